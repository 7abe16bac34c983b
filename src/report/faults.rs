//! The account of what went wrong, as the screen and the page show it: which faults there were and when, and for each
//! strategy how long it took to recover, what the faults did to its effects, and how much more was asked of its parts.

use super::time_text::{self, Clock};
use super::{lookup, number};
use crate::experiment::results::{FaultWindow, Results, StrategyResults};

/// At most so many faults are listed, by name.
const MOST_LISTED: usize = 6;

/// A figure of the account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Its heading in two lines.
    pub heading: [&'static str; 2],
    /// What it says, to somebody who has not read the guide.
    pub meaning: &'static str,
    metric: &'static str,
    unit: &'static str,
    /// For a time that may be without end: the metric that says whether it would have been without the fault too.
    anyway: Option<&'static str>,
}

const COLUMNS: [Column; 6] = [
    Column {
        heading: ["backlog", "back after"],
        meaning: "from the end of the fault until the backlog is as low as before it",
        metric: "recovery_seconds",
        unit: "s",
        anyway: Some("recovery_never_anyway"),
    },
    Column {
        heading: ["latency", "back after"],
        meaning: "from the end of the fault until 99 % come in time again",
        metric: "latency_recovery_seconds",
        unit: "s",
        anyway: Some("latency_recovery_never_anyway"),
    },
    Column {
        heading: ["more", "given up"],
        meaning: "effects dead-lettered, expired, rejected or lost beyond those of the same run without the faults (the lost of the results are a part of them)",
        metric: "lost_in_fault",
        unit: "effects",
        anyway: None,
    },
    Column {
        heading: ["more", "doubled"],
        meaning: "effects applied again, beyond those of the same run without the faults",
        metric: "duplicates_in_fault",
        unit: "effects",
        anyway: None,
    },
    Column {
        heading: ["most", "load"],
        meaning: "requests while a fault holds, retries too, over those without the fault, of the part that has most of them",
        metric: "load_in_fault",
        unit: "times",
        anyway: None,
    },
    Column {
        heading: ["tries per", "request"],
        meaning: "requests while a fault holds, over those of them that are no repetition, of the part that repeats most",
        metric: "load_amplification_in_fault",
        unit: "times",
        anyway: None,
    },
];

/// Stands in place of `never` where a fault is not to blame, and what that means.
pub(super) const ANYWAY: &str = "never anyway";
pub(super) const NOT_WITHOUT: &str = "not held without the fault either";

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// The figure.
    pub text: String,
    /// Whether it is without bounds.
    pub bad: bool,
    /// Whether it is so without the faults too, in every run.
    pub anyway: bool,
}

/// The columns that some strategy has a figure for; none where nothing goes wrong.
pub(super) fn columns(results: &Results) -> Vec<Column> {
    if results.faults.is_empty() {
        return Vec::new();
    }
    let is_measured =
        |column: &Column| results.strategies.iter().any(|strategy| lookup::figure(strategy, column.metric).is_some());
    COLUMNS.into_iter().filter(is_measured).collect()
}

/// The cell of a strategy in a column.
pub(super) fn cell(strategy: &StrategyResults, column: &Column) -> Cell {
    let Some(estimate) = lookup::figure(strategy, column.metric) else {
        return Cell { text: "-".to_owned(), bad: false, anyway: false };
    };
    let bad = !estimate.mean.is_finite();
    let anyway = bad && column.anyway.is_some_and(|metric| lookup::mean(strategy, metric) >= 1.0);
    let text = match column.unit {
        _ if anyway => ANYWAY.to_owned(),
        "times" => number::times(estimate),
        unit => number::mean(estimate, unit),
    };
    Cell { text, bad, anyway }
}

/// What the columns mean, and what stands in them: `more doubled: effects applied again, beyond those of the same run
/// without the faults`.
pub(super) fn meanings(results: &Results, columns: &[Column]) -> Vec<String> {
    let of = |column: &Column| format!("{}: {}", column.heading.join(" "), column.meaning);
    let mut cells = results.strategies.iter().flat_map(|strategy| columns.iter().map(|column| cell(strategy, column)));
    let anyway = cells.any(|cell| cell.anyway).then(|| format!("{ANYWAY}: {NOT_WITHOUT}"));
    columns.iter().map(of).chain(anyway).collect()
}

/// `outage: 06:00 to 12:00`, each name once.
pub(super) fn listed(results: &Results) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    // A phase of an incident may strike nothing here.
    for fault in results.faults.iter().filter(|fault| !fault.strategies.is_empty()) {
        if !names.contains(&fault.name.as_str()) {
            names.push(&fault.name);
        }
    }
    let omitted = names.len().saturating_sub(MOST_LISTED);
    let one = |name: &&str| {
        let windows: Vec<&FaultWindow> = results.faults.iter().filter(|fault| fault.name == **name).collect();
        let all = results.strategies.len();
        let struck = windows.first().map_or(0, |fault| fault.strategies.len());
        let whom = if struck < all { format!(", of {struck} of {all} strategies") } else { String::new() };
        format!("{name}: {}{whom}", when(results, &windows))
    };
    let more = (omitted > 0).then(|| format!("and {omitted} more"));
    names.iter().take(MOST_LISTED).map(one).chain(more).collect()
}

/// From when to when, and how often again.
fn when(results: &Results, windows: &[&FaultWindow]) -> String {
    let Some(first) = windows.first() else { return String::new() };
    let clock = Clock::of(&results.start);
    let end = results.faults.iter().map(|fault| fault.end_s).fold(results.duration_s, f64::max);
    let instant = |seconds: f64| clock.exact_instant(seconds, end);
    let length = time_text::exact(first.end_s - first.start_s);
    let again = match windows.len() {
        1 => String::new(),
        2 => ", and once more".to_owned(),
        count => format!(", and {} more times", count - 1),
    };
    format!("{} to {} ({length}){again}", instant(first.start_s), instant(first.end_s))
}
