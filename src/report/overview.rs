//! The table of results, as the screen and the page show it: its columns, and what stands in its cells.

use super::lookup;
use super::number::{self, Shown};
use crate::experiment::results::{Results, StrategyResults};

/// Heading, metric and unit of each column after the name.
pub(super) const COLUMNS: [Column; 7] = [
    ("latency\np50", "latency_p50", "s"),
    ("latency\np99", "latency_p99", "s"),
    ("latency\nmax", "latency_max", "s"),
    ("peak\nbacklog", "backlog_max", "effects"),
    ("\nduplicates", "duplicates", "effects"),
    ("\nlost", "lost", "effects"),
    ("USD per\nmillion", "cost_usd_per_million", "USD"),
];

/// Heading of up to two lines, metric and unit.
pub(super) type Column = (&'static str, &'static str, &'static str);

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// The figure.
    pub shown: Shown,
    /// Whether it is one that nobody wants: without bounds, or lost.
    pub bad: bool,
}

/// The cell of a strategy in a column; none where there is nothing to show.
pub(super) fn cell(strategy: &StrategyResults, &(_, metric, unit): &Column) -> Option<Cell> {
    let estimate = lookup::figure(strategy, metric)?;
    let arrived = lookup::figure(strategy, "arrived").map(|estimate| estimate.mean);
    // What an item costs where none arrived is of nothing too, not beyond bounds.
    if arrived == Some(0.0) && !estimate.mean.is_finite() {
        return None;
    }
    let bad = !estimate.mean.is_finite() || (metric == "lost" && estimate.mean > 0.0);
    Some(Cell { shown: number::estimate(estimate, unit), bad })
}

/// Whether the table has an interval that is wider than its value.
pub(super) fn holds_unknown(results: &Results) -> bool {
    let cells = |strategy| COLUMNS.iter().filter_map(move |column| cell(strategy, column));
    let mut halves = results.strategies.iter().flat_map(cells).map(|cell| cell.shown.half_width);
    halves.any(|half| half.as_deref() == Some(number::UNKNOWN))
}
