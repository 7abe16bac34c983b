//! Objectives for pipelines: each objective of each strategy is a case that passed, failed, or had nothing to measure.

mod github;
mod junit;

pub use github::{annotations, diagnostics_annotations};
pub use junit::junit;

use crate::experiment::results::{ObjectiveResult, Results};
use crate::metrics::catalogue;
use crate::report::number;
use crate::scenario::Location;

/// How an objective of a strategy ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Met,
    /// Its mean meets the objective, but the interval reaches over the bound.
    MetUnsure,
    Missed,
    /// Nothing was measured, as no item arrived.
    Unmeasured,
}

/// An objective held against a strategy.
struct Case<'a> {
    strategy: &'a str,
    objective: &'a str,
    status: Status,
    /// What was measured, in a sentence without a full stop.
    message: String,
    /// Where the objective was written in a file; none where an option wrote it.
    place: Option<&'a Location>,
}

/// Every case, in the order of the objectives.
fn cases(results: &Results) -> impl Iterator<Item = Case<'_>> {
    results.objectives.iter().filter_map(|objective| {
        let strategy = results.strategies.get(objective.strategy)?.name.as_str();
        Some(Case {
            strategy,
            objective: &objective.text,
            status: status(objective),
            message: message(objective, strategy),
            place: objective.location.as_ref().filter(|place| !place.text.starts_with("--")),
        })
    })
}

fn status(objective: &ObjectiveResult) -> Status {
    match (objective.undefined, objective.met, objective.certain) {
        (true, ..) => Status::Unmeasured,
        (_, false, _) => Status::Missed,
        (_, true, true) => Status::Met,
        // Without an interval there is nothing that could reach over the bound.
        (_, true, false) if objective.measured.interval.is_none() => Status::Met,
        (_, true, false) => Status::MetUnsure,
    }
}

/// `hourly batch misses latency_p99 below 60s: 59.5 min ±0.1, 0.01 % of items within it`.
fn message(objective: &ObjectiveResult, strategy: &str) -> String {
    let text = &objective.text;
    if objective.undefined {
        return format!("{strategy}: nothing was measured for {text}, as no item arrived");
    }
    let unit = catalogue::find(objective.metric).map_or("", |metric| metric.unit);
    let mut message = format!(
        "{strategy} {} {text}: {}",
        if objective.met { "meets" } else { "misses" },
        number::estimate(&objective.measured, unit)
    );
    if let Some(within) = &objective.share_within {
        message.push_str(&format!(", {} of items within it", number::share(within.mean)));
    }
    if let Some(left) = &objective.unprocessed {
        message.push_str(&format!(", {} of the items were never processed", number::share(left.mean)));
    }
    if !objective.certain && objective.measured.interval.is_some() {
        message.push_str("; the interval reaches over the bound: more replications would tell");
    }
    message
}
