//! What a fluid tells, and by how much that may be off. The tests hold it to this, the reports and `docs/fluid.md` say it.

use crate::model::outcome::FluidFlow;

/// By how much a metric of a kind of flow may be off from what the event-driven run says of the same scenario.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stated {
    /// The kind of flow.
    pub flow: FluidFlow,
    /// The metric.
    pub metric: &'static str,
    /// As a share of the event-driven figure.
    pub within: f64,
}

const fn row(flow: FluidFlow, metric: &'static str, within: f64) -> Stated {
    Stated { flow, metric, within }
}

/// The stated errors, held on the shipped scenarios by `tests/fluid.rs`.
pub const STATED: [Stated; 18] = [
    row(FluidFlow::Queue, "processed", 0.01),
    row(FluidFlow::Queue, "backlog_mean", 0.05),
    row(FluidFlow::Queue, "concurrency_mean", 0.02),
    row(FluidFlow::Queue, "latency_mean", 0.05),
    row(FluidFlow::Queue, "latency_p50", 0.15),
    row(FluidFlow::Queue, "latency_p99", 0.15),
    row(FluidFlow::PerEvent, "processed", 0.005),
    row(FluidFlow::PerEvent, "backlog_mean", 0.05),
    row(FluidFlow::PerEvent, "latency_mean", 0.05),
    row(FluidFlow::PerEvent, "latency_p50", 0.03),
    row(FluidFlow::PerEvent, "latency_p99", 0.05),
    row(FluidFlow::PerEvent, "cost_usd", 0.02),
    row(FluidFlow::Batch, "processed", 0.01),
    row(FluidFlow::Batch, "backlog_mean", 0.05),
    row(FluidFlow::Batch, "latency_mean", 0.05),
    row(FluidFlow::Batch, "latency_p50", 0.05),
    row(FluidFlow::Batch, "latency_p99", 0.10),
    row(FluidFlow::Batch, "cost_usd", 0.05),
];

/// Of these kinds of flow together, the largest stated error of a metric.
#[must_use]
pub fn stated(flows: &[FluidFlow], metric: &str) -> Option<f64> {
    let rows = STATED.iter().filter(|row| row.metric == metric && flows.contains(&row.flow));
    rows.map(|row| row.within).reduce(f64::max)
}

/// What every fluid tells.
const TOLD: [&str; 28] = [
    "arrived",
    "owed",
    "processed",
    "unprocessed_share",
    "backlog_end",
    "dead_lettered",
    "expired",
    "rejected",
    "lost",
    "invocations",
    "attempts",
    "retries",
    "throttles",
    "timeouts",
    "cold_starts",
    "latency_mean",
    "latency_p50",
    "latency_p90",
    "latency_p95",
    "latency_p99",
    "within_share",
    "backlog_mean",
    "backlog_max",
    "concurrency_mean",
    "concurrency_max",
    "environments_max",
    "busy_seconds",
    "billed_gb_seconds",
];
const COST: [&str; 2] = ["cost_usd", "cost_usd_per_million"];
/// What is of the wait: a textbook queue's alone.
const WAIT: [&str; 5] = ["wait_mean", "wait_p50", "wait_p95", "wait_p99", "waited_share"];

/// Whether the fluid of a kind of flow tells a metric of the whole strategy, or by the line of the bill. What it does not
/// tell is absent from its results, and never zero.
#[must_use]
pub fn tells(flow: FluidFlow, metric: &str) -> bool {
    TOLD.contains(&metric) || COST.contains(&metric) || (flow == FluidFlow::Queue && WAIT.contains(&metric))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::catalogue;

    #[test]
    fn what_is_told_is_of_the_catalogue_and_what_is_stated_is_told() {
        for metric in TOLD.iter().chain(&COST).chain(&WAIT) {
            assert!(catalogue::find(metric).is_some(), "{metric}");
        }
        assert!(STATED.iter().all(|row| tells(row.flow, row.metric)));
        assert!(!tells(FluidFlow::Batch, "wait_mean") && !tells(FluidFlow::Batch, "duplicates"));
    }

    #[test]
    fn together_the_largest_error_counts() {
        assert_eq!(stated(&[FluidFlow::PerEvent, FluidFlow::Batch], "latency_p99"), Some(0.10));
        assert_eq!(stated(&[FluidFlow::Queue], "cost_usd"), None);
    }
}
