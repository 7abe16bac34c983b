//! Where a design breaks: the value of one key at which a condition on a metric begins, or ceases, to hold.
//!
//! The method is bisection between two ends of which one is shown to fulfil the condition and the other not. A value is
//! decided when the Student-t interval of the metric's mean lies wholly on one side of the bound (of p99.9: when that of the
//! share of all items beyond the bound lies on one side of a thousandth); if it does not, the
//! replications are doubled, up to eight times as many. What is undecided even then is left inside the interval, which
//! is narrowed from both sides. Every look at every value has the same small share of the five per cent that all may be
//! wrong together, so that the interval between the two decided values holds the true limit in at least 95 of 100
//! seeds, as far as the metric's mean moves in one direction over the range and the t interval holds.

mod probe;
mod search;

use serde::Serialize;
use thiserror::Error;

use crate::experiment::ExperimentError;
use crate::experiment::results::RareQuantile;
use crate::experiment::sweep::{Template, TemplateError};
use crate::scenario::{Condition, Vary};
use crate::stats::Estimate;

pub use crate::experiment::decide::Decision;
pub use search::find;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Question {
    /// The scenario.
    pub template: Template,
    /// The key that varies, over a range of numbers.
    pub vary: Vary,
    /// What begins or ceases to hold.
    pub until: Condition,
    /// The interval is narrow enough at this part of the limit.
    pub precision: f64,
    /// Most runs of each strategy.
    pub budget: u64,
}

/// One value that was tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probe {
    /// As it stands in the scenario.
    pub value: String,
    /// Its number.
    pub number: f64,
    /// The metric there.
    pub estimate: Estimate,
    /// What follows.
    pub decision: Decision,
    /// What is to be known of the metric, where it is a quantile in doubt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<RareQuantile>,
}

/// What was found for a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// The limit lies in the interval, which is as narrow as was asked.
    Limit,
    /// The limit lies in the interval, but the budget was used up.
    Budget,
    /// The limit lies in the interval; what is inside it no number of replications that was tried could decide.
    Noise,
    /// The condition holds at both ends.
    Everywhere,
    /// It holds at neither end.
    Nowhere,
    /// An end could not be decided.
    Unknown,
}

/// The limit of one strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limit {
    /// The strategy's name.
    pub strategy: String,
    /// What was found.
    pub found: Found,
    /// The two decided values that the limit lies between, the lesser first; the whole range where there is none.
    pub low: String,
    /// The greater.
    pub high: String,
    /// Between them: in the middle, or where the ratio to both is the same.
    pub estimate: f64,
    /// Every value that was tried, in increasing order.
    pub probes: Vec<Probe>,
    /// Runs that it took.
    pub runs: u64,
}

/// Why no limit can be looked for.
#[derive(Debug, Error)]
pub enum LimitError {
    /// The scenario, with a value of the range, is refused.
    #[error(transparent)]
    Scenario(#[from] TemplateError),
    /// The key has a list of values.
    #[error("error: --vary {0}: a limit is looked for in a range of numbers, e.g. run.load=0.1..100:log")]
    List(String),
    /// There is one replication, which has no interval.
    #[error("error: a limit needs 2 replications at least: with one, nothing can be told of its error")]
    Replications,
    /// The varied key changes the strategies.
    #[error("error: --vary {0}: the strategies change with it")]
    Strategies(String),
    /// A run failed.
    #[error("{0}")]
    Experiment(#[from] ExperimentError),
}
