//! Figures of a scenario as a table of a Markdown page.

use std::fmt::Write;

use super::{lookup, number};
use crate::experiment::results::{Results, StrategyResults};
use crate::metrics::catalogue;

/// A column of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub heading: String,
    /// A metric of the catalogue.
    pub metric: String,
    /// Its scope; empty for the whole strategy.
    pub scope: String,
}

/// The table of these columns, one row a strategy, in the order of the scenario. Numbers are as on the screen, their
/// half widths left out: no more digits are shown than the intervals know. What was not counted is 0, and what was not
/// measured is `-`.
#[must_use]
pub fn figures_table(results: &Results, columns: &[Column]) -> String {
    let mut table = String::from("| strategy |");
    for column in columns {
        _ = write!(table, " {} |", cell(&column.heading));
    }
    table.push_str("\n|---|");
    table.push_str(&"---:|".repeat(columns.len()));
    for strategy in &results.strategies {
        _ = write!(table, "\n| {} |", cell(&strategy.name));
        for column in columns {
            _ = write!(table, " {} |", figure(strategy, column));
        }
    }
    table.push('\n');
    table
}

fn figure(strategy: &StrategyResults, column: &Column) -> String {
    match lookup::scoped(strategy, &column.scope, &column.metric) {
        Some(figure) => number::mean(&figure.estimate, figure.unit),
        None if catalogue::find(&column.metric).is_some_and(|metric| is_count(metric.unit)) => "0".to_owned(),
        None => "-".to_owned(),
    }
}

/// Whether a unit is of things counted: of none there is no figure.
fn is_count(unit: &str) -> bool {
    !["s", "1", "USD", "GB-s", "times"].contains(&unit)
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn column(heading: &str, metric: &str, scope: &str) -> Column {
        Column { heading: heading.to_owned(), metric: metric.to_owned(), scope: scope.to_owned() }
    }

    #[test]
    fn a_row_a_strategy_and_numbers_as_on_the_screen() {
        let results = fixture::atm();
        let columns = [column("99 % within", "latency_p99", ""), column("kept | out", "duplicates", "no such cause")];
        let table = figures_table(&results, &columns);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines[..2], ["| strategy | 99 % within | kept \\| out |", "|---|---:|---:|"]);
        assert_eq!(lines.len(), 2 + results.strategies.len());
        for (line, strategy) in lines[2..].iter().zip(&results.strategies) {
            let p99 = figure(strategy, &columns[0]);
            assert_eq!(*line, format!("| {} | {p99} | 0 |", strategy.name));
        }
    }

    #[test]
    fn what_was_not_measured_is_a_dash() {
        let results = fixture::atm();
        assert_eq!(figure(&results.strategies[0], &column("", "latency_p99", "no such branch")), "-");
    }
}
