//! Which inputs move an answer most: a metric of every strategy while the inputs vary, each over its own range.
//!
//! Three looks, each with its question:
//!
//! - **one at a time**: each input at its low and its high value while the others are as the scenario has them. The
//!   changes are paired differences (both sides see the same items), so that few replications tell small ones.
//! - **Morris** (1991; Campolongo, Cariboni and Saltelli 2007): elementary effects along random ways through the grid
//!   of all inputs. Their mean size, mu*, ranks inputs when others are elsewhere too; their spread, sigma, tells effects
//!   that depend on the other inputs or are not straight.
//! - **Sobol** (Saltelli et al. 2010): the share of the metric's variance over all inputs that an input explains alone
//!   (first order) and together with others (total), each input uniform over its range (logarithmic ranges: in the
//!   logarithm).
//!
//! A point's figure is the mean over the scenario's replications, from the same seed at every point (common random
//! numbers): what the values leave the same is the same, and the noise that is left is mostly common to all points.

mod designs;
mod estimators;
mod evaluate;
mod study;

use serde::Serialize;
use thiserror::Error;

use super::ExperimentError;
use super::results::RareQuantile;
use super::sobol::DIMENSIONS_AT_MOST;
use super::sweep::{Template, TemplateError};
use crate::metrics::catalogue::Metric;
use crate::scenario::{Diagnostics, Vary};
use crate::stats::Estimate;

pub use study::study;

/// The most inputs of Sobol indices: each takes two dimensions of the sequence.
pub const SOBOL_INPUTS_AT_MOST: usize = DIMENSIONS_AT_MOST / 2;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The scenario.
    pub template: Template,
    /// The inputs and their ranges.
    pub inputs: Vec<Vary>,
    /// The metric of the whole strategy that moves.
    pub metric: &'static Metric,
    /// Ways of Morris's method; 0 leaves it out.
    pub ways: u32,
    /// Rows of Saltelli's design; 0 leaves it out.
    pub rows: u32,
    /// Most runs of each strategy.
    pub budget: u64,
}

/// What the inputs do to one strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sensitivity {
    /// The strategy's name.
    pub strategy: String,
    /// The metric as the scenario stands.
    pub base: Estimate,
    /// What is to be known of it, where it is a quantile in doubt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<RareQuantile>,
    /// In the order of the inputs.
    pub inputs: Vec<Influence>,
    /// Points of Morris's and Saltelli's designs at which the metric is never, or was not measured: where there are
    /// any, no effect or index can be told.
    pub endless: usize,
}

/// What one input does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Influence {
    /// Its key.
    pub key: String,
    /// At its low value, the others as they stand.
    pub low: Swing,
    /// At its high value.
    pub high: Swing,
    /// Morris's, where they were asked for and can be told.
    pub effects: Option<Effects>,
    /// Sobol's, where they were asked for and can be told.
    pub indices: Option<Indices>,
}

/// The metric at one end of an input's range.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Swing {
    /// The input's value, as it stands in the scenario.
    pub value: String,
    /// The metric.
    pub estimate: Estimate,
    /// How much more than as the scenario stands, pair by pair; none where no difference exists.
    pub change: Option<Estimate>,
}

/// Morris's elementary effects, in the metric's unit for a way through the input's whole range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Effects {
    /// The mean of their sizes.
    pub mu_star: Estimate,
    /// Their mean: smaller in size than mu* where they have both signs.
    pub mu: Estimate,
    /// Their standard deviation.
    pub sigma: f64,
}

/// Sobol's indices, shares of the variance. Estimates may lie somewhat outside 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Indices {
    /// What the input explains alone.
    pub first: Index,
    /// What it explains alone and together with others.
    pub total: Index,
}

/// An index with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Index {
    /// The estimate.
    pub share: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Influence {
    /// How far apart the metric is over both ends and the scenario's own value; infinite where it is never at some.
    #[must_use]
    pub fn spread(&self, base: &Estimate) -> f64 {
        let means = [self.low.estimate.mean, base.mean, self.high.estimate.mean];
        let (least, most) = (
            means.iter().copied().fold(f64::INFINITY, f64::min),
            means.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        );
        if least == most { 0.0 } else { most - least }
    }

    /// Whether either end is shown to differ from the scenario as it stands: the interval of its change is on one side of
    /// zero.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        let shown = |swing: &Swing| {
            let change = swing.change.as_ref();
            change.is_some_and(|change| change.interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0))
        };
        shown(&self.low) || shown(&self.high)
    }
}

impl Sensitivity {
    /// The inputs, those that move the metric most first; equal ones in the order they were asked for.
    #[must_use]
    pub fn ranked(&self) -> Vec<&Influence> {
        let mut ranked: Vec<&Influence> = self.inputs.iter().collect();
        ranked.sort_by(|one, other| other.spread(&self.base).total_cmp(&one.spread(&self.base)));
        ranked
    }
}

/// Why no sensitivity can be told. Nothing has run, but where a run failed.
#[derive(Debug, Error)]
pub enum SensitivityError {
    /// The scenario is refused as it stands.
    #[error(transparent)]
    Scenario(#[from] TemplateError),
    /// It is refused at some values of the inputs.
    #[error("{diagnostics}")]
    Refused {
        /// The values, as changes of the scenario.
        values: String,
        /// What is wrong with it.
        diagnostics: Diagnostics,
    },
    /// Nothing varies.
    #[error("error: nothing varies: write e.g. --vary run.load=0.5..2, or a [sweep] table in the scenario")]
    Nothing,
    /// An input stands twice.
    #[error("error: --vary {0}: it varies twice")]
    Twice(String),
    /// An input has a single value.
    #[error("error: --vary {0}: one value moves nothing: write LOW..HIGH, or two values")]
    Single(String),
    /// An input changes the scenario's name or strategies.
    #[error("error: {0}: the strategies, or the scenario's name, change with it")]
    Strategies(String),
    /// There is one replication, which has no interval.
    #[error("error: a sensitivity needs 2 replications at least: with one, nothing can be told of its error")]
    Replications,
    /// There are too many inputs for Sobol indices.
    #[error(
        "error: --sobol: at most {SOBOL_INPUTS_AT_MOST} inputs have Sobol indices, and {0} vary: leave some out, or use --morris"
    )]
    Inputs(usize),
    /// It takes more runs than it may.
    #[error(
        "error: this takes {needed} runs of each strategy, and --budget allows {budget}: ask for fewer inputs, ways, rows or replications, or allow more"
    )]
    Budget {
        /// Runs that it takes.
        needed: u64,
        /// Runs that it may.
        budget: u64,
    },
    /// A run failed.
    #[error("{0}")]
    Experiment(#[from] ExperimentError),
}
