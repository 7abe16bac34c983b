//! What went wrong, and how each strategy came through it.

use super::paint::Paint;
use super::{name_width, paint, short_name};
use crate::experiment::results::Results;
use crate::report::faults::{self, Column};

/// The faults, and a line a strategy; empty where nothing goes wrong.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    if results.faults.is_empty() {
        return String::new();
    }
    let mut lines = vec![paint.bold("faults")];
    lines.extend(faults::listed(results).into_iter().map(|line| paint::wrapped(&format!("  {line}"), width, 4)));
    let names = name_width(results);
    let (columns, widths): (Vec<Column>, Vec<usize>) =
        that_fit(results, width.saturating_sub(2 + names)).into_iter().unzip();
    let row = |name: &str, cells: Vec<&str>| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("  {cell:>width$}"));
        format!("  {name:<names$}{}", cells.collect::<String>())
    };
    for line in 0..2 {
        lines.push(row("", columns.iter().map(|column| column.heading[line]).collect()).trim_end().to_owned());
    }
    for strategy in &results.strategies {
        let cells: Vec<String> = columns.iter().map(|column| faults::cell(strategy, column).text).collect();
        lines.push(row(&short_name(&strategy.name), cells.iter().map(String::as_str).collect()));
    }
    let meanings = faults::meanings(results, &columns).join("; ");
    lines.push(paint::wrapped(&format!("  {meanings}"), width, 2));
    lines.join("\n")
}

/// The columns with their widths, as many from the first on as have room; the page has them all.
fn that_fit(results: &Results, mut room: usize) -> Vec<(Column, usize)> {
    let measured = faults::columns(results).into_iter().map(|column| {
        let cells = results.strategies.iter().map(|strategy| faults::cell(strategy, &column).text.chars().count());
        let width = cells.chain(column.heading.map(|line| line.chars().count())).max().unwrap_or(0);
        (column, width)
    });
    let fits = |(_, width): &(Column, usize)| {
        let left = room.checked_sub(2 + width);
        room = left.unwrap_or(0);
        left.is_some()
    };
    measured.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::results::FaultWindow;
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
            fault("incident: what nobody has", 0.0, Vec::new()),
            fault("slow database", 30_000.0, vec![0]),
        ];
        let certain = |mean: f64| Estimate { mean, interval: None, replications: 1 };
        let figures = [(0, "recovery_seconds", 7_200.0), (0, "lost_in_fault", 1_234.0), (0, "load_in_fault", 48.25)];
        for (strategy, metric, mean) in figures.into_iter().chain([(1, "recovery_seconds", f64::INFINITY)]) {
            fixture::set(&mut results, strategy, metric, certain(mean));
        }
        results.strategies[1].figures.retain(|figure| figure.metric != "load_in_fault");
        fixture::set(&mut results, 2, "latency_recovery_seconds", certain(f64::INFINITY));
        fixture::set(&mut results, 2, "latency_recovery_never_anyway", certain(1.0));
        let text = render(&results, 100, Paint { colour: false });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "  outage: 06:00 to 08:00 (2 h), and once more");
        assert_eq!(lines[2], "  slow database: 08:20 to 10:20 (2 h), of 1 of 3 strategies");
        assert!(lines[3].trim_start().starts_with("backlog") && lines[4].ends_with("load    request"), "{text}");
        assert!(lines[5].contains("hourly batch") && lines[5].contains("2 h") && lines[5].contains("1,234"), "{text}");
        assert!(lines[5].contains("  48.2 ×"), "{text}");
        assert!(lines[6].contains("never") && lines[6].contains("  -  "), "{text}");
        assert!(lines[7].contains("never anyway"), "{text}");
        assert!(text.replace("\n  ", " ").contains("; never anyway: not held without the fault either"), "{text}");
        fixture::set(&mut results, 2, "latency_recovery_never_anyway", certain(0.5));
        assert!(
            !render(&results, 100, Paint { colour: false }).contains("anyway"),
            "in half of the runs it is the fault"
        );
        for width in 60..=100 {
            let text = render(&results, width, Paint { colour: false });
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
        }
        let narrow = render(&results, 60, Paint { colour: false });
        assert!(
            narrow.contains("back after") && !narrow.contains("most load"),
            "only what is shown is explained: {narrow}"
        );
    }
}
