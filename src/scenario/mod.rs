//! A scenario: TOML to a tree of values that know their place, checked against shapes, filled with defaults, and read
//! into the settings that each floor owns.
//!
//! One definition of a key (see `shape`) feeds its check, its default, the JSON Schema ([`schema`]), the reference page
//! ([`reference`](fn@reference)) and what `check` prints ([`explain`](fn@explain)). Every fault of a file is reported at once, each with its
//! place, what was expected there and the nearest right spelling.

mod condition;
mod diagnostics;
mod explain;
mod flow;
mod graph;
mod keys;
mod load;
mod nearest;
mod overrides;
mod prices;
mod read;
mod sampling;
mod select;
mod settings;
mod shape;
mod tree;
mod units;
mod vary;

use crate::arrivals::StreamSettings;
use crate::kernel::Span;
use crate::metrics::catalogue::Metric;
use crate::model::Workload;
use crate::model::design::Design;
use crate::pricing::FreeTier;
use crate::services::faults::Fault;

pub use condition::{Condition, ConditionError, metric_named};
pub use diagnostics::{Diagnostic, Diagnostics, Location};
pub use explain::explain;
pub(crate) use flow::{Chain, Step, parse as parse_flow};
pub use load::{load, load_text, text_of};
pub use overrides::{Override, OverrideError};
pub use prices::{load_prices, load_prices_text};
pub use sampling::{Sampling, SamplingError};
pub use select::{UnknownStrategy, UnknownStream};
pub use settings::Setting;
pub use vary::{Scale, VALUES_AT_MOST, Vary, VaryError};

/// A scenario in which everything holds: what runs, and what a good answer is.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The folder of its reports: lower-case letters, digits and hyphens.
    pub name: String,
    /// One line.
    pub summary: String,
    /// Index of the strategy that the others are compared with.
    pub baseline: usize,
    /// How long, how often and from which seed.
    pub run: RunSettings,
    /// The streams, at least one.
    pub streams: Vec<StreamSettings>,
    /// The strategies, at least one.
    pub designs: Vec<Design>,
    /// What goes wrong, and when, with an incident in its parts; what each strikes is in the designs.
    pub faults: Vec<Fault>,
    /// What a good strategy must reach.
    pub objectives: Vec<Objective>,
    /// Whether each strategy has the monthly free allowances to itself.
    pub free_tier: FreeTier,
    /// The keys that vary in a sweep of it, where none are named from outside.
    pub sweep: Option<SweepSettings>,
    /// The settings that a recommendation chooses among, where none are named from outside.
    pub search: Option<SweepSettings>,
    /// What holds but may surprise, a sentence each: strategies that cannot keep up, so that `drain` cuts them off.
    pub notes: Vec<String>,
    /// The files it reads besides its own (traces, samples, rates), in the order of their mention.
    pub files: Vec<std::path::PathBuf>,
    /// Every key with every default filled in.
    pub understood: serde_json::Value,
    /// The same key by key, with the source of each default.
    pub settings: Vec<Setting>,
    /// The strategies that were asked for by name; empty: all.
    pub only: Vec<String>,
    /// The same for people, with the source of each default: see [`explain`](fn@explain).
    explained: String,
}

/// `[run]`.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSettings {
    /// The instant at which it starts.
    pub start: jiff::Timestamp,
    /// Items arrive for this long; above zero.
    pub duration: Span,
    /// After that it goes on until all is done, at most this long.
    pub drain: Span,
    /// Time means run from here to `duration`; shorter than `duration`.
    pub warm_up: Span,
    /// Whether the warm-up is to be found; it is zero here then.
    pub finds_warm_up: bool,
    /// Multiplies every stream; above zero.
    pub load: f64,
    /// The root of all randomness.
    pub seed: u64,
    /// Independent runs of each strategy, 1 to 10,000.
    pub replications: u64,
    /// Whether intervals are from the batches of the one run that there is.
    pub batch_means: bool,
    /// How narrow an interval must be, if that is asked for: replications are added until it is.
    pub precision: Option<PrecisionSettings>,
    /// How strategies are played.
    pub mode: Mode,
}

/// `run.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every item, event by event.
    Events,
    /// In aggregated counts.
    Fluid {
        /// The length of a step, above zero.
        step: Span,
    },
}

/// `run.precision`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrecisionSettings {
    /// The metric whose interval is looked at.
    pub metric: &'static Metric,
    /// Largest half-width of its 95 % interval as a share of its mean, in (0, 1).
    pub within: f64,
    /// Most replications, at least as many as a run begins with.
    pub max_replications: u64,
}

/// Which side of its bound a metric must lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Below it.
    Below,
    /// Below it or at it.
    AtMost,
    /// Above it or at it.
    AtLeast,
    /// Above it.
    Above,
}

impl Side {
    /// Every side, and the key of an objective that names it.
    pub(crate) const KEYS: [(&'static str, Self); 4] =
        [("below", Self::Below), ("at-most", Self::AtMost), ("at-least", Self::AtLeast), ("above", Self::Above)];

    /// Whether a value lies on this side of a bound.
    #[must_use]
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Below => value < bound,
            Self::AtMost => value <= bound,
            Self::AtLeast => value >= bound,
            Self::Above => value > bound,
        }
    }
}

/// `[sweep]` or `[search]`: no part of what is understood, as no run depends on it.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepSettings {
    /// The keys that vary, at least one.
    pub vary: Vec<Vary>,
    /// How their values are combined.
    pub sampling: Sampling,
}

/// `[[objective]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    /// As written, e.g. `latency_p99 below 60s` or `lost at most 0`.
    pub text: String,
    /// The metric it speaks of.
    pub metric: &'static Metric,
    /// In the metric's unit.
    pub bound: f64,
    /// Where the metric must lie.
    pub side: Side,
    /// Indices of the strategies it is held against.
    pub strategies: Vec<usize>,
    /// Where its bound was written.
    pub location: Option<Location>,
}

impl Scenario {
    /// What its strategies are run against. Of what its objectives ask nothing is counted; effects are held against the
    /// order in which items arrived where a strategy promises it.
    #[must_use]
    pub fn workload(&self) -> Workload<'_> {
        let run = &self.run;
        Workload {
            streams: &self.streams,
            start: run.start,
            duration: run.duration,
            drain: run.drain,
            warm_up: run.warm_up,
            load: run.load,
            bounds: &[],
            watch_order: self.designs.iter().any(Design::keeps_order),
            recovery_bound: None,
        }
    }
}

/// The JSON Schema (draft-07) of scenario files.
#[must_use]
pub fn schema() -> serde_json::Value {
    shape::schema::document()
}

/// Every key of a scenario in Markdown, for `docs/scenario-reference.md`.
#[must_use]
pub fn reference() -> String {
    shape::reference::document()
}

/// A commented scenario to start from; it loads.
#[must_use]
pub const fn starter() -> &'static str {
    include_str!("starter.toml")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn load_starter(overrides: &[&str]) -> Result<Scenario, Diagnostics> {
        let overrides: Vec<Override> = overrides.iter().map(|text| Override::parse(text).unwrap()).collect();
        load_text("starter.toml", starter(), Path::new(""), &overrides)
    }

    #[test]
    fn the_starter_loads() {
        let scenario = load_starter(&[]).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!((scenario.streams.len(), scenario.designs.len(), scenario.objectives.len()), (1, 2, 1));
    }

    #[test]
    fn what_is_explained_loads_again_and_is_understood_alike() {
        let first = load_starter(&[]).unwrap_or_else(|faults| panic!("{faults}"));
        let again = load_text("again.toml", &explain(&first), Path::new(""), &[]);
        let again = again.unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(first.understood, again.understood);
        assert_eq!(first.designs, again.designs);
    }
}
