//! What the charts of a sweep draw: a few metrics of whole strategies, at every point.

use crate::experiment::sweep::{PointResults, Sweep};
use crate::metrics::catalogue::{self, Metric};
use crate::stats::Estimate;

/// Drawn in every sweep; further ones are those of the objectives.
const ALWAYS: [&str; 4] = ["latency_p99", "backlog_max", "duplicates", "cost_usd_per_million"];

/// Estimates by metric.
#[derive(Debug)]
pub(in crate::report) struct Drawn {
    pub metrics: Vec<DrawnMetric>,
}

/// One metric: by strategy and then by point; none where a point has no such figure.
#[derive(Debug)]
pub(in crate::report) struct DrawnMetric {
    pub metric: &'static Metric,
    pub strategies: Vec<Vec<Option<Estimate>>>,
}

impl Drawn {
    /// The metrics of a sweep, without any point yet.
    pub(super) fn of(sweep: &Sweep) -> Self {
        let base = sweep.base();
        let mut metrics: Vec<&'static Metric> = ALWAYS.iter().filter_map(|name| catalogue::find(name)).collect();
        for objective in &base.objectives {
            if !metrics.contains(&objective.metric) {
                metrics.push(objective.metric);
            }
        }
        let empty = |metric| DrawnMetric { metric, strategies: base.designs.iter().map(|_| Vec::new()).collect() };
        Self { metrics: metrics.into_iter().map(empty).collect() }
    }

    /// Adds the next point.
    pub(super) fn add(&mut self, point: &PointResults) {
        for drawn in &mut self.metrics {
            for (column, figures) in drawn.strategies.iter_mut().zip(&point.strategies) {
                let of_whole = figures.iter().find(|f| f.scope.is_empty() && f.metric == drawn.metric.name);
                column.push(of_whole.map(|figure| figure.estimate));
            }
        }
    }
}

impl DrawnMetric {
    /// Whether there is anything to see: a figure that is not zero.
    pub(in crate::report) fn says_something(&self) -> bool {
        self.strategies.iter().flatten().flatten().any(|estimate| estimate.mean != 0.0 && !estimate.mean.is_nan())
    }
}
