//! What an answer in aggregated counts is worth: its stated errors, and what it does not tell.

use super::results::{FluidResult, StatedError};
use crate::fluid::{STATED, stated};
use crate::metrics::catalogue;
use crate::model::Outcome;
use crate::model::outcome::FluidFlow;
use crate::scenario::{Mode, Scenario};

/// Metrics that any strategy of a fluid's flows has in an event-driven run.
const USUAL: [&str; 12] = [
    "duplicates",
    "duplicates_suppressed",
    "latency_p999",
    "latency_max",
    "wait_mean",
    "wait_p50",
    "wait_p95",
    "wait_p99",
    "waited_share",
    "oldest_age_max",
    "wasted_seconds",
    "order_inversions",
];

/// Whether the runs of a strategy tell a metric.
pub(super) fn tells(runs: &[Outcome], metric: &str) -> bool {
    runs.iter().filter_map(|run| run.fluid).all(|flow| crate::fluid::tells(flow, metric))
}

/// None where every item was played.
pub(super) fn result(scenario: &Scenario, outcomes: &[Vec<Outcome>]) -> Option<FluidResult> {
    let Mode::Fluid { step } = scenario.run.mode else { return None };
    let mut flows: Vec<FluidFlow> = outcomes.iter().flatten().filter_map(|run| run.fluid).collect();
    flows.sort_unstable();
    flows.dedup();
    let mut metrics: Vec<&'static str> = STATED.iter().map(|row| row.metric).collect();
    metrics.sort_by_key(|metric| catalogue::ALL.iter().position(|known| known.name == *metric));
    metrics.dedup();
    let error = |metric| Some(StatedError { metric, within: stated(&flows, metric)? });
    let untold = |metric: &&str| flows.iter().any(|&flow| !crate::fluid::tells(flow, metric));
    let unanswered = scenario.objectives.iter().filter(|objective| {
        objective.strategies.iter().any(|&strategy| !tells(&outcomes[strategy], objective.metric.name))
    });
    Some(FluidResult {
        step_s: step.as_secs_f64(),
        stated: metrics.into_iter().filter_map(error).collect(),
        not_told: USUAL.into_iter().filter(untold).collect(),
        unanswered: unanswered.map(|objective| objective.text.clone()).collect(),
    })
}
