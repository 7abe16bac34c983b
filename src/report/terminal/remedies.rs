//! What remedies did: a line a strategy that has some, and used them.

use super::paint::Paint;
use super::{name_width, paint, short_name};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{lookup, number};

/// The lines under their heading; empty where no remedy did anything.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let names = name_width(results);
    let line = |strategy: &StrategyResults| {
        let used = lookup::remedies(strategy);
        let parts: Vec<String> =
            used.iter().map(|(words, count)| format!("{} {words}", number::mean(count, "uses"))).collect();
        let text = format!("  {:<names$}  {}", short_name(&strategy.name), parts.join(", "));
        (!parts.is_empty()).then(|| paint::wrapped(&text, width, 4 + names))
    };
    let lines: Vec<String> = results.strategies.iter().filter_map(line).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("{}\n{}", paint.bold("what remedies did"), lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn only_strategies_whose_remedies_did_something_have_a_line() {
        let mut results = fixture::atm();
        assert_eq!(render(&results, 100, Paint { colour: false }), "");
        fixture::set(&mut results, 2, "redriven", fixture::around(3_120.0, 4.0));
        fixture::set(&mut results, 2, "breakers_opened", fixture::around(12.0, 0.0));
        fixture::set(&mut results, 2, "calls_short_circuited", fixture::around(4_500.0, 0.0));
        let text = render(&results, 100, Paint { colour: false });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0]), (2, "what remedies did"), "{text}");
        let expected = "  per event       12 breaker openings, 4,500 calls short-circuited, 3,120 messages redriven";
        assert_eq!(lines[1], expected);
    }
}
