//! The table: one row a strategy.

use comfy_table::{Attribute, Cell, CellAlignment, Color, LineStyle, Table, presets};

use super::paint::Paint;
use super::short_name;
use crate::experiment::results::{Results, StrategyResults};
use crate::report::lookup;
use crate::report::number::Shown;
use crate::report::overview::{self, COLUMNS};

/// Explains the sign of an interval that is wider than its value.
const UNKNOWN_NOTE: &str = "±?: more than the value itself, for there are too few replications";

/// The table; half widths move to a line of their own where they do not fit beside the values.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let beside = lines(results, " ", paint);
    let fits = lines(results, " ", Paint { colour: false }).iter().all(|line| line.chars().count() <= width);
    let mut lines = if fits { beside } else { lines(results, "\n", paint) };
    if overview::holds_unknown(results) {
        lines.push(UNKNOWN_NOTE.to_owned());
    }
    lines.join("\n")
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
    let cells = COLUMNS.iter().map(|column| {
        let Some(found) = overview::cell(strategy, column) else {
            return Cell::new("-").set_alignment(CellAlignment::Right);
        };
        let cell = Cell::new(joined(&found.shown, between)).set_alignment(CellAlignment::Right);
        match (found.bad, fastest && column.1 == "latency_p99") {
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
