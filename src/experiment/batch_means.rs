//! `intervals = "batch-means"`: one long run, cut into twenty batches of equal time by the arrival of their items.
//!
//! Twenty, as more than thirty gain little and are more alike to their neighbours (Schmeiser, Operations Research 30,
//! 1982). Whether they are long enough is told by the correlation of each with the next.

use super::figures::{LATENCY_QUANTILES, WAIT_QUANTILES, quantile};
use super::results::{BatchMeansOf, BatchMeansResult};
use crate::metrics::Histogram;
use crate::model::Outcome;
use crate::model::outcome::ItemBatch;
use crate::scenario::Scenario;
use crate::stats::{Estimate, batch_means, critical_correlation, lag_one_correlation};

/// Batches of a run.
pub(super) const BATCHES: usize = 20;

/// A metric of each batch of a run; none where the run was not cut, or for a metric that is not of items' latencies and
/// waits.
pub(super) fn values(runs: &[Outcome], metric: &str) -> Option<Vec<f64>> {
    let batches = only(runs)?;
    let quantile_of = |list: &[(&str, f64)]| list.iter().find(|(name, _)| *name == metric).map(|&(_, q)| q);
    let each = |of: &dyn Fn(&ItemBatch) -> f64| Some(batches.iter().map(of).collect());
    match (metric, quantile_of(&LATENCY_QUANTILES), quantile_of(&WAIT_QUANTILES)) {
        ("latency_mean", ..) => each(&|batch| batch.latency.mean().unwrap_or(f64::NAN)),
        ("wait_mean", ..) => each(&|batch| batch.wait.mean().unwrap_or(f64::NAN)),
        (_, Some(q), _) => each(&|batch| quantile(&batch.latency, q, batch.measured)),
        (_, _, Some(q)) => each(&|batch| quantile(&batch.wait, q, batch.wait.count())),
        _ => None,
    }
}

/// A quantile of latency with its interval.
pub(super) fn quantile_estimate(runs: &[Outcome], q: f64, whole: f64) -> Option<Estimate> {
    let batches = only(runs)?.iter().map(|batch| quantile(&batch.latency, q, batch.measured));
    Some(batch_means(whole, &batches.collect::<Vec<_>>()))
}

/// The latencies of each batch and the items that they are of; none where the run was not cut.
pub(super) fn latencies(runs: &[Outcome]) -> Option<Vec<(&Histogram, u64)>> {
    Some(only(runs)?.iter().map(|batch| (&batch.latency, batch.measured)).collect())
}

fn only(runs: &[Outcome]) -> Option<&[ItemBatch]> {
    match runs {
        [run] if !run.items.batches.is_empty() => Some(&run.items.batches),
        _ => None,
    }
}

/// What is to be known of the batches, where there are any.
pub(super) fn result(scenario: &Scenario, outcomes: &[Vec<Outcome>]) -> Option<BatchMeansResult> {
    let strategies = outcomes.iter().enumerate().map(|(strategy, runs)| {
        let correlation = lag_one_correlation(&values(runs, "latency_mean")?);
        let least_items = only(runs)?.iter().map(|batch| batch.measured).min().unwrap_or(0);
        Some(BatchMeansOf {
            strategy,
            correlation,
            correlated: correlation.is_some_and(|found| found > critical_correlation(BATCHES)),
            least_items,
        })
    });
    let strategies = strategies.collect::<Option<Vec<_>>>()?;
    let seconds = scenario.run.duration.saturating_sub(scenario.run.warm_up).as_secs_f64() / BATCHES as f64;
    Some(BatchMeansResult { batches: BATCHES, seconds, strategies })
}
