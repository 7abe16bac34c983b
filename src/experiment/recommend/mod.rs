//! The cheapest setting of each strategy that meets the objectives, with a stated confidence.
//!
//! The procedure (`race`) plays all settings with the same replications, drops what is shown to miss an objective or to
//! cost more than another that meets them, doubles the replications of the rest, and stops when one is shown to meet
//! them all and none of the rest to be cheaper by more than the indifference. `docs/recommendation.md` has the guarantee
//! with its proof and its assumptions.

mod find;
mod front;
mod race;
mod space;

use serde::Serialize;
use thiserror::Error;

use crate::experiment::ExperimentError;
use crate::experiment::results::RareQuantile;
use crate::experiment::sweep::{AskedError, Plan, PlanError};
use crate::scenario::{Condition, Side};
use crate::stats::Estimate;

pub use crate::experiment::decide::Decision;
pub use find::recommend;
pub use race::LOOKS;

/// The most points of a search space.
pub const POINTS_AT_MOST: u64 = 1_000;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Question {
    /// The scenario and the search space.
    pub plan: Plan,
    /// What a setting must meet instead of the scenario's objectives, as written and as read; empty: those.
    pub meet: Vec<(String, Condition)>,
    /// How likely the whole answer is right, above 0 and below 1.
    pub confidence: f64,
    /// A part of the cost that is not worth more runs: 0 to below 1.
    pub indifference: f64,
    /// Most runs of each strategy.
    pub budget: u64,
}

/// What became of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The recommendation for its strategy.
    Chosen,
    /// Shown to miss an objective.
    Misses,
    /// Shown to cost more than a setting of its strategy that meets the objectives.
    Dearer,
    /// Shown not to be cheaper than the chosen one by more than the indifference.
    NoCheaper,
    /// It may meet the objectives and be cheaper: the runs could not tell.
    Open,
}

/// One objective held against one setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    /// Index among the [`goals`](Recommendation::goals).
    pub goal: usize,
    /// The metric there.
    pub estimate: Estimate,
    /// Whether it is shown to be met.
    pub decision: Decision,
}

/// One setting of one strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Index of its strategy.
    pub strategy: usize,
    /// The value of each key, in their order; none where the key changes nothing about the strategy.
    pub values: Vec<Option<String>>,
    /// Dollars for a million processed.
    pub cost: Estimate,
    /// Its latency: [`Recommendation::latency`].
    pub latency: Estimate,
    /// The objectives that it is held against.
    pub held: Vec<Held>,
    /// Quantiles among these that are in doubt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<RareQuantile>,
    /// What became of it.
    pub standing: Standing,
    /// Whether no other setting of any strategy is both cheaper and sooner, by the means.
    pub on_front: bool,
    /// How often it was played.
    pub replications: u64,
}

/// How the search in a strategy ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// The cheapest that meets the objectives, but for the indifference.
    Cheapest,
    /// A setting meets them, but the budget was used up before it was told whether an open one is cheaper.
    Budget,
    /// The same, after the most replications of each.
    Noise,
    /// Every setting misses an objective.
    Nothing,
    /// None is shown to meet them; some could not be told.
    Unknown,
}

/// What was found for a strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Its name.
    pub strategy: String,
    /// How the search ended.
    pub found: Found,
    /// Index of the chosen setting.
    pub chosen: Option<usize>,
    /// Where none is chosen, the setting that misses least.
    pub nearest: Option<usize>,
    /// Settings that it has, once those that differ in nothing are taken together.
    pub settings: usize,
    /// Settings that could not be told.
    pub open: usize,
    /// Runs that it took.
    pub runs: u64,
}

/// What a setting must meet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Goal {
    /// As written.
    pub text: String,
    /// Its metric.
    pub metric: &'static str,
    /// The metric's unit.
    pub unit: &'static str,
    /// On which side of the bound it must lie.
    #[serde(skip)]
    pub side: Side,
    /// The bound, in that unit.
    pub bound: f64,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// The keys that vary.
    pub keys: Vec<String>,
    /// What a setting must meet.
    pub goals: Vec<Goal>,
    /// The latency that stands beside the cost: that of the first objective on one, else `latency_p99`.
    pub latency: &'static str,
    /// An answer a strategy, in the order of the scenario.
    pub answers: Vec<Answer>,
    /// Index of the cheapest of the chosen settings.
    pub best: Option<usize>,
    /// Whether no setting of any strategy that may meet the objectives is cheaper than that by more than the indifference,
    /// with the confidence that was asked for.
    pub certain: bool,
    /// Every setting, strategy by strategy.
    pub settings: Vec<Setting>,
    /// Statements that may be wrong at a look: all share the chance that the answer is.
    pub statements: u64,
    /// Runs that it took in all.
    pub runs: u64,
}

/// Why nothing can be recommended.
#[derive(Debug, Error)]
pub enum RecommendError {
    /// Nothing varies.
    #[error(
        "error: nothing to choose from: write e.g. --vary functions.post.memory=256MB,512MB,1024MB, or a [search] table in \
         the scenario"
    )]
    NoSpace,
    /// There is nothing to meet.
    #[error(
        "error: nothing to meet: write an [[objective]] in the scenario, or e.g. --meet 'latency_p99 < 60s'; the cheapest \
         setting of all is told by simctl sweep"
    )]
    NoObjective,
    /// The keys make no points.
    #[error("error: {0}")]
    Asked(#[from] AskedError),
    /// There are too many points.
    #[error("error: the search space has {0} points: at most 1,000 are searched; vary less, or write --sample latin:N")]
    Many(u64),
    /// A point is refused.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A key changes the work and not how it is done.
    #[error(
        "error: {values} changes {what}: settings are compared on the same work; write it as --set, and ask for each of its \
         values"
    )]
    Work {
        /// The point, as changes of the scenario.
        values: String,
        /// `[run]`, `[[arrivals]]` …
        what: &'static str,
    },
    /// There is one replication, which has no interval.
    #[error("error: a recommendation needs 2 replications at least: with one, nothing can be told of its error")]
    Replications,
    /// The budget does not suffice for the first replications.
    #[error(
        "error: --budget {budget} is too small: the first {replications} replications of the {settings} settings of \
         \"{strategy}\" are {needed} runs; raise it, or write fewer --replications"
    )]
    Budget {
        /// What was asked.
        budget: u64,
        /// What is needed.
        needed: u64,
        /// Of each setting.
        replications: u64,
        /// How many.
        settings: usize,
        /// Of which strategy.
        strategy: String,
    },
    /// A run failed.
    #[error("{0}")]
    Experiment(#[from] ExperimentError),
}
