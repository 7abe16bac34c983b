//! Quantiles of latency, of whole strategies and of branches, and which of them rest on few items.

use super::assemble::present;
use super::figures::{LATENCY_QUANTILES, quantile};
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

/// What is to be known of a quantile: that few items lie beyond it, that its interval has no upper end, or that all items
/// together say another than the replications' own do. None where there is nothing.
fn doubtful(strategy: usize, metric: &'static str, runs: &[Outcome]) -> Option<RareQuantile> {
    let (q, latencies) = (of_metric(metric)?, latencies("", runs)?);
    let beyond = rare_quantiles::beyond(q, &latencies);
    let estimate = pooled("", q, runs);
    let open = |estimate: &Estimate| estimate.mean.is_finite() && estimate.half_width().is_some_and(f64::is_infinite);
    let (pooled, unbounded) = (estimate.is_some(), estimate.as_ref().is_some_and(open));
    let own = latencies.iter().map(|(latency, items)| quantile(latency, q, *items)).collect::<Vec<_>>();
    let own = Estimate::from_samples(&present(&own));
    let together = rare_quantiles::together(q, &latencies);
    let apart = (together - own.mean).abs();
    let outside = own.half_width().is_some_and(|half| apart > half) && apart > NOTABLE * own.mean;
    let together = (!pooled && outside && together.is_finite()).then_some(together);
    // Without items nothing is said of them.
    let few = beyond > 0.0 && beyond < rare_quantiles::FEW;
    (few || unbounded || together.is_some()).then_some(RareQuantile { strategy, metric, beyond, pooled, together })
}
