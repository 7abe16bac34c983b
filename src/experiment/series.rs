//! Time series over replications, bin by bin on one grid: the coarsest that any of them came to.

use super::figures::consumer_scope;
use super::results::{SeriesFigure, SeriesPoint};
use crate::kernel::Span;
use crate::metrics::{Bin, GaugeTotals, Grid, Series};
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
    if first.fluid.is_some() {
        all.retain(|series| series.series != "oldest_age");
    }
    if first.functions.len() > 1 {
        for (index, function) in first.functions.iter().enumerate() {
            all.push(figure(&function.label, "concurrency", "runs", 1.0, runs, |run| {
                &run.functions[index].concurrency
            }));
        }
    }
    for (index, stream) in first.streams.iter().enumerate() {
        for (place, consumer) in stream.consumers.iter().enumerate() {
            all.push(figure(&consumer_scope(stream, consumer), "iterator_age", "s", 1e9, runs, |run| {
                &run.streams[index].consumers[place].iterator_age
            }));
        }
    }
    for (index, resource) in first.resources.iter().enumerate() {
        all.push(figure(&resource.label, "calls_at_once", "calls", 1.0, runs, |run| &run.resources[index].concurrency));
        if resource.connections.is_some() {
            all.push(figure(&resource.label, "connections", "connections", 1.0, runs, |run| {
                let connections = run.resources[index].connections.as_ref();
                connections.map_or(&run.resources[index].concurrency, |connections| &connections.open)
            }));
        }
    }
    all
}

/// A series whose unit is `per` of what its gauge counts.
fn figure<'a>(
    scope: &str,
    name: &'static str,
    unit: &'static str,
    per: f64,
    runs: &'a [Outcome],
    of: impl Fn(&'a Outcome) -> &'a GaugeTotals,
) -> SeriesFigure {
    let series = || runs.iter().map(|run| &of(run).series);
    let points = series().map(|series| series.grid).max().map_or_else(Vec::new, |grid| {
        let all: Vec<Series> = series().map(|series| series.coarsened(grid)).collect();
        let bins = all.iter().map(|series| series.bins.len()).max().unwrap_or(0);
        (0..bins).map(|bin| point(bin, grid.width(), &all, per)).collect()
    });
    SeriesFigure { scope: scope.to_owned(), series: name, unit, points }
}

/// The backlog, averaged over the replications, of each bin that ends by `until`, and the width of the bins.
pub(super) fn mean_backlog(runs: &[Outcome], until: Span) -> (Span, Vec<f64>) {
    let width = runs.iter().map(|run| run.backlog.series.grid).max().map_or(Span::ZERO, Grid::width);
    let points = figure("", "backlog", "effects", 1.0, runs, |run| &run.backlog).points;
    let whole = until.as_nanos().checked_div(width.as_nanos()).unwrap_or(0) as usize;
    (width, points.iter().take(whole).map(|point| point.estimate.mean).collect())
}

/// One bin over the replications. A run that has ended by then is drained: its levels are zero.
fn point(bin: usize, width: Span, all: &[Series], per: f64) -> SeriesPoint {
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
    match series.bin_span(bin) {
        Span::ZERO => series.grid.width(),
        span => span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::run_all;
    use crate::scenario::load_text;

    /// Series of a strategy on one ideal server of 1 s, in two replications.
    fn series(run: &str, stream: &str) -> Vec<SeriesFigure> {
        let text = format!(
            "name = \"short\"\n[run]\n{run}\nreplications = 2\n[[arrivals]]\nname = \"items\"\n{stream}\n\
             [functions.post]\nplatform = \"ideal\"\nconcurrency = 1\nservice-time = \"1s\"\n\
             [[strategy]]\nname = \"a\"\nflow = \"queue -> post\"\n"
        );
        let scenario = load_text("short.toml", &text, std::path::Path::new("."), &[]).expect("a valid scenario");
        merge(&run_all(&scenario, crate::experiment::Options::default()).expect("a run")[0])
    }

    /// An item at 0, 1.5, 3 s … 28.5 s, served for a second each: in the backlog for two thirds of the 29.5 s.
    const STEADY: &str = "process = \"deterministic\"\ninterval = \"1500ms\"\noffset = \"0s\"";

    fn times(figure: &SeriesFigure) -> Vec<f64> {
        figure.points.iter().map(|point| point.time_s).collect()
    }

    #[test]
    fn a_short_run_has_hundreds_of_points_however_long_its_drain_may_be() {
        let all = series("duration = \"30s\"\ndrain = \"24h\"", STEADY);
        assert_eq!(
            all.iter().map(|figure| figure.series).collect::<Vec<_>>(),
            ["backlog", "oldest_age", "concurrency"]
        );
        for figure in &all {
            // The drained run ends with its arrivals: 600 bins of 50 ms.
            let expected: Vec<f64> = (0..600).map(|bin| f64::from(bin * 5) / 100.0).collect();
            assert_eq!(times(figure), expected, "{}", figure.series);
        }
        let means = |index: usize| all[index].points.iter().map(|point| point.estimate.mean);
        let levels = [0.0, 0.95, 1.0, 1.45].map(|time| means(0).nth((time * 20.0 + 0.5) as usize).expect("a point"));
        assert_eq!(levels, [1.0, 1.0, 0.0, 0.0]);
        // Ages are seconds, divided once: the middle of each bin, and its edges.
        assert_eq!(means(1).take(3).collect::<Vec<_>>(), [0.025, 0.075, 0.125]);
        assert_eq!((all[1].points[5].min, all[1].points[5].max), (0.25, 0.3));
    }

    #[test]
    fn a_run_that_drains_for_long_has_wider_bins() {
        // 3,000 items at once and a second each: 50 minutes, for which bins of 50 ms, half a second and a second are too many.
        let all = series(
            "duration = \"30s\"\ndrain = \"24h\"",
            "process = \"bursts\"\nbursts = [{ items = 3000, at = \"00:00\" }]",
        );
        assert_eq!(times(&all[0]), (0..600).map(|bin| f64::from(bin * 5)).collect::<Vec<_>>());
        // The fifth service ends as the second bin begins, the tenth as the third does; a run begins at level 0.
        let levels = |index: usize| {
            let point = all[0].points[index];
            (point.min, point.max, point.estimate.mean)
        };
        assert_eq!([levels(0), levels(1)], [(0.0, 3_000.0, 2_998.0), (2_991.0, 2_996.0, 2_993.0)]);
        // The last item leaves at the age of 3,000 s, as the run ends.
        assert_eq!((all[1].points[599].min, all[1].points[599].max), (0.0, 3_000.0));
    }
}
