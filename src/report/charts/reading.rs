//! What a chart says under a pointer: values that are too many to be written on it.

use serde::Serialize;

use super::{latency, over_time};
use crate::experiment::results::Results;

/// The values along a chart's horizontal axis, in equal steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::report) struct Reading {
    /// Where the first values stand, pixels from the chart's left edge.
    pub left: f64,
    /// Pixels from one to the next.
    pub step: f64,
    /// What each place is: an instant, or a time within which items are done.
    pub labels: Vec<String>,
    /// The values of each line.
    pub rows: Vec<Row>,
}

/// The values of one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::report) struct Row {
    /// Index of the strategy that it belongs to.
    pub strategy: usize,
    /// Its name.
    pub name: String,
    /// As many as there are labels.
    pub values: Vec<String>,
}

/// The readings of the charts that have lines, by their file names.
pub(in crate::report) fn readings(results: &Results) -> Vec<(&'static str, Reading)> {
    let kinds = [&over_time::BACKLOG, &over_time::CONCURRENCY, &over_time::ITERATOR_AGE];
    let levels = kinds.into_iter().filter(|kind| over_time::is_measured(results, kind));
    let levels = levels.map(|kind| (kind.file, over_time::reading(results, kind)));
    std::iter::once(("latency-cdf.svg", latency::reading(results))).chain(levels).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn each_line_has_a_value_at_each_place() {
        let results = fixture::atm();
        let readings = readings(&results);
        assert_eq!(
            readings.iter().map(|(file, _)| *file).collect::<Vec<_>>(),
            ["latency-cdf.svg", "backlog.svg", "concurrency.svg"]
        );
        for (file, reading) in &readings {
            assert_eq!(reading.rows.len(), 3, "{file}");
            assert!(reading.rows.iter().all(|row| row.values.len() == reading.labels.len()), "{file}");
            assert!(reading.left + reading.step * (reading.labels.len() - 1) as f64 <= super::super::WIDTH, "{file}");
        }
        let within = &readings[0].1;
        let at = within.labels.iter().position(|label| label.starts_with("done within 10")).expect("some ten");
        let shares: Vec<_> = within.rows.iter().map(|row| row.values[at].as_str()).collect();
        assert_eq!(within.rows[2].name, "per event");
        assert!(shares[2] > shares[0] || shares[2].starts_with("100"), "{shares:?}");
    }
}
