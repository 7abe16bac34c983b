//! The table: one row a strategy.

use comfy_table::{Attribute, Cell, CellAlignment, Color, LineStyle, Table, presets};

use super::paint::Paint;
use super::short_name;
use crate::experiment::results::{Results, StrategyResults};
use crate::report::lookup;
use crate::report::number::{self, Shown};
use crate::stats::Estimate;

/// Heading, metric and unit of each column after the name.
pub(in crate::report) const COLUMNS: [(&str, &str, &str); 7] = [
    ("latency\np50", "latency_p50", "s"),
    ("latency\np99", "latency_p99", "s"),
    ("latency\nmax", "latency_max", "s"),
    ("peak\nbacklog", "backlog_max", "effects"),
    ("\nduplicates", "duplicates", "effects"),
    ("\nlost", "lost", "effects"),
    ("USD per\nmillion", "cost_usd_per_million", "USD"),
];

/// Explains the sign of an interval that is wider than its value.
const UNKNOWN_NOTE: &str = "±?: more than the value itself, for there are too few replications";

/// The table; half widths move to a line of their own where they do not fit beside the values.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let beside = lines(results, " ", paint);
    let fits = lines(results, " ", Paint { colour: false }).iter().all(|line| line.chars().count() <= width);
    let mut lines = if fits { beside } else { lines(results, "\n", paint) };
    if holds_unknown(results) {
        lines.push(UNKNOWN_NOTE.to_owned());
    }
    lines.join("\n")
}

/// Whether the table has an interval that is wider than its value.
pub(in crate::report) fn holds_unknown(results: &Results) -> bool {
    results.strategies.iter().any(has_unknown)
}

fn has_unknown(strategy: &StrategyResults) -> bool {
    let estimates = COLUMNS.iter().filter_map(|&(_, metric, unit)| Some((lookup::figure(strategy, metric)?, unit)));
    let mut halves = estimates.map(|(estimate, unit)| number::estimate(estimate, unit).half_width);
    halves.any(|half| half.as_deref() == Some(number::UNKNOWN))
}

fn lines(results: &Results, between: &str, paint: Paint) -> Vec<String> {
    let mut table = Table::new();
    let rule = LineStyle::none().fill('─').junction('─');
    table.load_style(presets::NOTHING.header_separator(rule));
    if paint.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let right = |text: &str| Cell::new(text).set_alignment(CellAlignment::Right);
    table
        .set_header(std::iter::once(Cell::new("\nstrategy")).chain(COLUMNS.iter().map(|(heading, ..)| right(heading))));
    let fastest = lookup::smallest(results, "latency_p99").filter(|_| results.strategies.len() > 1);
    for (index, strategy) in results.strategies.iter().enumerate() {
        table.add_row(row(strategy, fastest == Some(index), between));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, u16::from(index < COLUMNS.len())));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

fn row(strategy: &StrategyResults, fastest: bool, between: &str) -> Vec<Cell> {
    let name = Cell::new(short_name(&strategy.name)).add_attribute(Attribute::Bold);
    let arrived = lookup::figure(strategy, "arrived").map(|estimate| estimate.mean);
    let cells = COLUMNS.iter().map(|&(_, metric, unit)| {
        // What an item costs where none arrived is of nothing too, not beyond bounds.
        let of_nothing = |estimate: &&Estimate| arrived == Some(0.0) && !estimate.mean.is_finite();
        let Some(estimate) = lookup::figure(strategy, metric).filter(|estimate| !of_nothing(estimate)) else {
            return Cell::new("-").set_alignment(CellAlignment::Right);
        };
        let text = joined(&number::estimate(estimate, unit), between);
        let cell = Cell::new(text).set_alignment(CellAlignment::Right);
        let bad = !estimate.mean.is_finite() || (metric == "lost" && estimate.mean > 0.0);
        match (bad, fastest && metric == "latency_p99") {
            (true, _) => cell.fg(Color::Red),
            (false, true) => cell.fg(Color::Green),
            (false, false) => cell,
        }
    });
    std::iter::once(name).chain(cells).collect()
}

fn joined(shown: &Shown, between: &str) -> String {
    match &shown.half_width {
        Some(half) => format!("{}{between}±{half}", shown.value),
        None => shown.value.clone(),
    }
}
