//! Time series over replications, bin by bin on the one fixed grid.

use super::results::{SeriesFigure, SeriesPoint};
use crate::kernel::Span;
use crate::metrics::{Bin, GaugeTotals, Series};
use crate::model::Outcome;
use crate::stats::Estimate;

/// Every series of a strategy.
pub(super) fn merge(runs: &[Outcome]) -> Vec<SeriesFigure> {
    let Some(first) = runs.first() else { return Vec::new() };
    let mut all = vec![
        figure("", "backlog", "effects", 1.0, runs, |run| &run.backlog),
        figure("", "oldest_age", "s", 1e9, runs, |run| &run.oldest_age),
        figure("", "concurrency", "runs", 1.0, runs, |run| &run.concurrency),
    ];
    if first.functions.len() > 1 {
        for (index, function) in first.functions.iter().enumerate() {
            all.push(figure(&function.label, "concurrency", "runs", 1.0, runs, |run| {
                &run.functions[index].concurrency
            }));
        }
    }
    all
}

/// A series whose unit is `per` of what its gauge counts.
fn figure<'a>(
    scope: &str,
    series: &'static str,
    unit: &'static str,
    per: f64,
    runs: &'a [Outcome],
    of: impl Fn(&'a Outcome) -> &'a GaugeTotals,
) -> SeriesFigure {
    let all: Vec<&Series> = runs.iter().map(|run| &of(run).series).collect();
    let bins = all.iter().map(|series| series.bins.len()).max().unwrap_or(0);
    let points = (0..bins).map(|bin| point(bin, &all, per)).collect();
    SeriesFigure { scope: scope.to_owned(), series, unit, points }
}

/// One bin over the replications. A run that has ended by then is drained: its levels are zero.
fn point(bin: usize, all: &[&Series], per: f64) -> SeriesPoint {
    let width = all[0].grid.width;
    let ended = Bin::default();
    let bins = all.iter().map(|series| (series, series.bins.get(bin).unwrap_or(&ended)));
    let means: Vec<f64> = bins
        .clone()
        .map(|(series, found)| found.integral as f64 / covered(series, bin).as_nanos() as f64 / per)
        .collect();
    SeriesPoint {
        time_s: width.times(bin as u64).as_secs_f64(),
        estimate: Estimate::from_samples(&means),
        min: bins.clone().map(|(_, found)| found.min).min().unwrap_or(0) as f64 / per,
        max: bins.map(|(_, found)| found.max).max().unwrap_or(0) as f64 / per,
    }
}

/// How much of a bin a run lasted; the whole bin where it had ended before.
fn covered(series: &Series, bin: usize) -> Span {
    let width = series.grid.width;
    let from = width.times(bin as u64).as_nanos();
    let left = series.end.as_nanos().saturating_sub(from);
    if left == 0 { width } else { width.min(Span::from_nanos(left)) }
}
