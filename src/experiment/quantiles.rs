//! Quantiles of latency, of whole strategies and of branches, and which of them rest on few items.

use super::assemble::present;
use super::figures::{LATENCY_QUANTILES, quantile};
use super::rare_quantiles::Past;
use super::results::{QuantileFigure, RareQuantile};
use super::{batch_means, rare_quantiles};
use crate::metrics::Histogram;
use crate::model::Outcome;
use crate::scenario::Scenario;
use crate::stats::Estimate;

/// The quantiles of `latency.csv`.
const QUANTILES: [f64; 13] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0];

/// The highest that a fluid tells.
const FLUID_MOST: f64 = 0.99;

/// Quantiles that differ by less than this part of them are one: buckets of the histogram are up to 1/512 apart.
const NOTABLE: f64 = 0.01;

/// The quantile that a metric is; none where it is no quantile of latency.
pub(super) fn of_metric(metric: &str) -> Option<f64> {
    LATENCY_QUANTILES.iter().find(|(name, _)| *name == metric).map(|&(_, q)| q)
}

/// Every quantile, whole strategy first.
pub(super) fn all(runs: &[Outcome]) -> Vec<QuantileFigure> {
    let branches = runs.first().map_or(&[][..], |run| &run.branches);
    let scopes = std::iter::once("").chain(branches.iter().map(|branch| branch.label.as_str()));
    let told = |q: &f64| *q <= FLUID_MOST || runs.iter().all(|run| run.fluid.is_none());
    scopes.flat_map(|scope| QUANTILES.into_iter().filter(told).filter_map(move |q| row(scope, q, runs))).collect()
}

fn row(scope: &str, q: f64, runs: &[Outcome]) -> Option<QuantileFigure> {
    let own =
        runs.iter().map(|run| of_run(scope, run).map_or(f64::NAN, |(latency, items)| quantile(latency, q, items)));
    let values = present(&own.collect::<Vec<_>>());
    let &first = values.first()?;
    let of_batches = || batch_means::quantile_estimate(runs, q, first).filter(|_| scope.is_empty());
    let by_other_means = pooled(scope, q, runs).or_else(of_batches);
    let estimate = by_other_means.unwrap_or_else(|| Estimate::from_samples(&values));
    Some(QuantileFigure { scope: scope.to_owned(), quantile: q, estimate })
}

/// A rare quantile, of all replications, or all batches of the one, together; none for any other.
pub(super) fn pooled(scope: &str, q: f64, runs: &[Outcome]) -> Option<Estimate> {
    let estimate = rare_quantiles::estimate(q, &latencies(scope, runs)?)?;
    Some(Estimate { replications: runs.len(), ..estimate })
}

/// The latencies of each replication, or of each batch of the one that there is, and the items that they are of; none for
/// what is no whole strategy and no branch.
fn latencies<'a>(scope: &str, runs: &'a [Outcome]) -> Option<Vec<(&'a Histogram, u64)>> {
    let batches = batch_means::latencies(runs).filter(|_| scope.is_empty());
    batches.or_else(|| runs.iter().map(|run| of_run(scope, run)).collect())
}

fn of_run<'a>(scope: &str, run: &'a Outcome) -> Option<(&'a Histogram, u64)> {
    if scope.is_empty() {
        return Some((&run.items.latency, run.items.measured));
    }
    let branch = run.branches.iter().find(|branch| branch.label == scope)?;
    Some((&branch.latency, branch.measured))
}

/// The quantile of all replications together that a metric is; none where it is that of each replication, or no quantile.
pub(super) fn rare_metric(metric: &str) -> Option<f64> {
    of_metric(metric).filter(|q| rare_quantiles::is_rare(*q))
}

/// The items of a replication beyond a length in seconds.
pub(super) fn past(run: &Outcome, length: f64) -> Past {
    Past::of(&run.items.latency, run.items.measured, length)
}

/// The quantiles that an objective or a precision speaks of and that are in doubt.
pub(super) fn rare(scenario: &Scenario, outcomes: &[Vec<Outcome>]) -> Vec<RareQuantile> {
    let objectives = scenario
        .objectives
        .iter()
        .flat_map(|objective| objective.strategies.iter().map(|&strategy| (strategy, objective.metric.name)));
    let precision = scenario
        .run
        .precision
        .iter()
        .flat_map(|asked| (0..outcomes.len()).map(|strategy| (strategy, asked.metric.name)));
    let mut asked: Vec<(usize, &'static str)> = objectives.chain(precision).collect();
    asked.sort_unstable();
    asked.dedup();
    asked.into_iter().filter_map(|(strategy, metric)| doubtful(strategy, metric, &outcomes[strategy])).collect()
}

/// The quantiles in doubt of those that a sweep draws, p99, and of those that an objective speaks of: strategy and metric.
pub(super) fn in_doubt(scenario: &Scenario, outcomes: &[Vec<Outcome>]) -> Vec<(usize, &'static str)> {
    let p99 = outcomes.iter().enumerate().filter_map(|(strategy, runs)| doubtful(strategy, "latency_p99", runs));
    let found = rare(scenario, outcomes).into_iter().chain(p99);
    let mut found: Vec<(usize, &'static str)> = found.map(|found| (found.strategy, found.metric)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// What is to be known of a quantile that is taken of `runs` as reports show it. None where there is nothing.
pub(super) fn doubtful(strategy: usize, metric: &'static str, runs: &[Outcome]) -> Option<RareQuantile> {
    let q = of_metric(metric)?;
    doubtful_as(strategy, metric, q, runs, pooled("", q, runs).as_ref())
}

/// The same where the mean of the replications' own is looked at, however rare the quantile is.
pub(super) fn doubtful_own(strategy: usize, metric: &'static str, runs: &[Outcome]) -> Option<RareQuantile> {
    doubtful_as(strategy, metric, of_metric(metric)?, runs, None)
}

fn doubtful_as(
    strategy: usize,
    metric: &'static str,
    q: f64,
    runs: &[Outcome],
    pooled: Option<&Estimate>,
) -> Option<RareQuantile> {
    let latencies = latencies("", runs)?;
    let own = latencies.iter().map(|(latency, items)| quantile(latency, q, *items)).collect::<Vec<_>>();
    let all = All { latency: &rare_quantiles::merged(&latencies), items: rare_quantiles::items(&latencies) };
    doubt(strategy, metric, &own, all, pooled)
}

/// All items of some replications.
#[derive(Debug, Clone, Copy)]
pub(super) struct All<'a> {
    /// Latencies of those that came.
    pub latency: &'a Histogram,
    /// How many there are.
    pub items: u64,
}

/// What is to be known of a quantile: that few items lie beyond it, that its interval has no upper end, or that all items
/// together say another than the replications' own do. `pooled` is what it was taken to be, where that is of all together.
pub(super) fn doubt(
    strategy: usize,
    metric: &'static str,
    own: &[f64],
    all: All<'_>,
    pooled: Option<&Estimate>,
) -> Option<RareQuantile> {
    let q = of_metric(metric)?;
    let beyond = (1.0 - q) * all.items as f64 / own.len().max(1) as f64;
    let open = |estimate: &Estimate| estimate.mean.is_finite() && estimate.half_width().is_some_and(f64::is_infinite);
    let unbounded = pooled.is_some_and(open);
    let own = Estimate::from_samples(&present(own));
    let together = quantile(all.latency, q, all.items);
    let apart = (together - own.mean).abs();
    let outside = own.half_width().is_some_and(|half| apart > half) && apart > NOTABLE * own.mean;
    let together = (pooled.is_none() && outside && together.is_finite()).then_some(together);
    // Without items nothing is said of them.
    let few = beyond > 0.0 && beyond < rare_quantiles::FEW;
    let pooled = pooled.is_some();
    (few || unbounded || together.is_some()).then_some(RareQuantile { strategy, metric, beyond, pooled, together })
}
