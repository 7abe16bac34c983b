//! What went wrong, and how each strategy came through it.

use super::paint::Paint;
use super::{name_width, paint, short_name};
use crate::experiment::results::{FaultWindow, Results, StrategyResults};
use crate::report::time_text::{self, Clock};
use crate::report::{lookup, number};

/// At most so many faults are listed, by name.
const MOST_LISTED: usize = 6;

/// Heading of a column in two lines, its metric and unit.
const COLUMNS: [([&str; 2], &str, &str); 5] = [
    (["backlog", "back after"], "recovery_seconds", "s"),
    (["latency", "back after"], "latency_recovery_seconds", "s"),
    (["", "lost"], "lost_in_fault", "effects"),
    (["", "doubled"], "duplicates_in_fault", "effects"),
    (["most", "load"], "load_in_fault", "times"),
];

/// The faults, and a line a strategy; empty where nothing goes wrong.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    if results.faults.is_empty() {
        return String::new();
    }
    let mut lines = vec![paint.bold("faults")];
    lines.extend(listed(results).into_iter().map(|line| paint::wrapped(&format!("  {line}"), width, 4)));
    let shown: Vec<_> = COLUMNS.into_iter().filter(|(_, metric, _)| is_measured(results, metric)).collect();
    let cells: Vec<Vec<String>> =
        results.strategies.iter().map(|strategy| shown.iter().map(|column| cell(strategy, column)).collect()).collect();
    let names = name_width(results);
    let widths: Vec<usize> = (0..shown.len())
        .map(|column| {
            let cells = cells.iter().map(|row| row[column].chars().count());
            cells.chain(shown[column].0.map(|line| line.chars().count())).max().unwrap_or(0)
        })
        .collect();
    let row = |name: &str, cells: Vec<&str>| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("  {cell:>width$}"));
        format!("  {name:<names$}{}", cells.collect::<String>())
    };
    for line in 0..2 {
        lines.push(row("", shown.iter().map(|column| column.0[line]).collect()).trim_end().to_owned());
    }
    for (strategy, cells) in results.strategies.iter().zip(&cells) {
        lines.push(row(&short_name(&strategy.name), cells.iter().map(String::as_str).collect()));
    }
    lines.push(paint::wrapped(NOTE, width, 2));
    lines.join("\n")
}

const NOTE: &str = "  after: from the end of the fault until the backlog is as low as before it, until 99 % come in time again; lost, doubled: more than without the faults; most load: requests while a fault holds, retries too, over those without the fault, of the part that has most of them";

fn is_measured(results: &Results, metric: &str) -> bool {
    results.strategies.iter().any(|strategy| lookup::figure(strategy, metric).is_some())
}

fn cell(strategy: &StrategyResults, &(_, metric, unit): &([&str; 2], &str, &str)) -> String {
    match lookup::figure(strategy, metric) {
        Some(estimate) if unit == "times" => number::times(estimate),
        Some(estimate) => number::mean(estimate, unit),
        None => "-".to_owned(),
    }
}

/// `outage: 06:00 to 12:00`, each name once.
fn listed(results: &Results) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for fault in &results.faults {
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
    let instant = |seconds: f64| clock.instant(seconds, end);
    let length = time_text::short(first.end_s - first.start_s);
    let again = match windows.len() {
        1 => String::new(),
        2 => ", and once more".to_owned(),
        count => format!(", and {} more times", count - 1),
    };
    format!("{} to {} ({length}){again}", instant(first.start_s), instant(first.end_s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::stats::Estimate;

    fn fault(name: &str, start_s: f64, strategies: Vec<usize>) -> FaultWindow {
        FaultWindow { name: name.to_owned(), start_s, end_s: start_s + 7_200.0, strategies }
    }

    #[test]
    fn nothing_is_said_where_nothing_goes_wrong() {
        assert_eq!(render(&fixture::atm(), 100, Paint { colour: false }), "");
    }

    #[test]
    fn each_fault_is_listed_once_and_each_strategy_has_a_line() {
        let mut results = fixture::atm();
        results.faults = vec![
            fault("outage", 21_600.0, vec![0, 1, 2]),
            fault("outage", 43_200.0, vec![0, 1, 2]),
            fault("slow database", 30_000.0, vec![0]),
        ];
        let certain = |mean: f64| Estimate { mean, interval: None, replications: 1 };
        let figures = [(0, "recovery_seconds", 7_200.0), (0, "lost_in_fault", 1_234.0), (0, "load_in_fault", 48.25)];
        for (strategy, metric, mean) in figures.into_iter().chain([(1, "recovery_seconds", f64::INFINITY)]) {
            fixture::set(&mut results, strategy, metric, certain(mean));
        }
        results.strategies[1].figures.retain(|figure| figure.metric != "load_in_fault");
        let text = render(&results, 100, Paint { colour: false });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "  outage: 06:00 to 08:00 (2 h), and once more");
        assert_eq!(lines[2], "  slow database: 08:20 to 10:20 (2 h), of 1 of 3 strategies");
        assert!(lines[3].trim_start().starts_with("backlog") && lines[4].ends_with("load"), "{text}");
        assert!(lines[5].contains("hourly batch") && lines[5].contains("2 h") && lines[5].contains("1,234"), "{text}");
        assert!(lines[5].ends_with("48.2 ×"), "{text}");
        assert!(lines[6].contains("never") && lines[6].ends_with('-'), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{text}");
    }
}
