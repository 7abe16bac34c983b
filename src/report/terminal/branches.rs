//! In a fan-out: how long each branch takes, so that it is seen which one the others would wait for.

use super::paint::{self, Paint};
use super::{name_width, short_name};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::number;

const METRIC: &str = "latency_p99";

/// A line a strategy that has branches: the p99 of each; empty if none has.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let names = name_width(results);
    let line = |strategy: &StrategyResults| {
        let mut branches = strategy.figures.iter().filter(|figure| figure.metric == METRIC && !figure.scope.is_empty());
        let first = branches.next()?;
        let shown = std::iter::once(first).chain(branches);
        let shown = shown.map(|figure| format!("{} {}", figure.scope, number::mean(&figure.estimate, "s")));
        let list = shown.collect::<Vec<_>>().join(", ");
        Some(paint::wrapped(&format!("  {:<names$}  {list}", short_name(&strategy.name)), width, names + 4))
    };
    let lines: Vec<String> = results.strategies.iter().filter_map(line).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("{}\n{}", paint.bold("latency p99 by branch"), lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::results::Figure;
    use crate::report::fixture;
    use crate::stats::Estimate;

    fn branch(scope: &str, seconds: f64) -> Figure {
        let estimate = Estimate { mean: seconds, interval: None, replications: 20 };
        Figure { scope: scope.to_owned(), metric: METRIC, unit: "s", estimate }
    }

    #[test]
    fn a_fan_out_shows_the_p99_of_each_branch() {
        let mut results = fixture::atm();
        assert_eq!(render(&results, 100, Paint { colour: false }), "", "nothing where nothing divides");
        let branches = [branch("billing", 0.25), branch("search", f64::INFINITY)];
        results.strategies[1].figures.extend(branches);
        let text = render(&results, 100, Paint { colour: false });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines[0], lines.len()), ("latency p99 by branch", 2));
        assert!(lines[1].ends_with("billing 250 ms, search never"), "{text}");
        assert!(lines[1].contains(&results.strategies[1].name), "{text}");
    }
}
