//! One side of a comparison: a scenario that was run, or the `run.json` of an earlier run.

use serde_json::Value;
use thiserror::Error;

use crate::experiment::results::RareQuantile;
use crate::experiment::{ExperimentError, Options, assemble, quantiles, run_all};
use crate::metrics::catalogue;
use crate::pricing::PriceBook;
use crate::scenario::Scenario;
use crate::stats::{Estimate, Summary};

/// The version of `run.json` that is read.
const FORMAT_VERSION: u64 = 1;

/// One side.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// What it is called: its file.
    pub label: String,
    /// The seed of its runs.
    pub seed: u64,
    /// Replications of each strategy.
    pub replications: u64,
    /// Its strategies, in its order.
    pub strategies: Vec<SideStrategy>,
}

/// The figures of one strategy as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct SideStrategy {
    /// Its name.
    pub name: String,
    /// One a metric.
    pub figures: Vec<SideFigure>,
}

/// One metric.
#[derive(Debug, Clone, PartialEq)]
pub struct SideFigure {
    /// Which.
    pub metric: &'static str,
    /// Over the replications.
    pub estimate: Estimate,
    /// Replication by replication, NaN where one has no such figure; none where that is not known.
    pub samples: Option<Vec<f64>>,
    /// What is to be known of it, where it is a quantile in doubt.
    pub doubt: Option<RareQuantile>,
}

/// Why a `run.json` is no side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SideError {
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    Json(String),
    /// It lacks what a document of a run has.
    #[error("it is no run.json of simctl: {0} is missing")]
    Missing(&'static str),
    /// It is of another form.
    #[error("its format_version is {0}, this program reads 1")]
    Version(u64),
}

impl SideFigure {
    /// Mean and standard error; none where they do not exist.
    pub(super) fn summary(&self) -> Option<Summary> {
        let Estimate { mean, replications, .. } = self.estimate;
        Summary::from_interval(mean, self.estimate.half_width()?, replications)
    }
}

impl Side {
    /// Runs a scenario.
    ///
    /// # Errors
    /// As [`run_all`].
    pub fn run(
        label: &str,
        scenario: &Scenario,
        prices: &PriceBook,
        options: Options<'_>,
    ) -> Result<Self, ExperimentError> {
        let outcomes = run_all(scenario, options)?;
        let samples = assemble::samples_of(scenario, prices, &outcomes);
        let designs = scenario.designs.iter().enumerate().zip(samples);
        let strategies = designs.map(|((index, design), samples)| SideStrategy {
            name: design.name.clone(),
            figures: samples
                .into_iter()
                .filter(|figure| figure.scope.is_empty())
                .map(|figure| SideFigure {
                    metric: figure.metric.name,
                    estimate: figure.estimate(),
                    doubt: quantiles::doubtful_own(index, figure.metric.name, &outcomes[index]),
                    samples: Some(figure.values),
                })
                .collect(),
        });
        Ok(Self {
            label: label.to_owned(),
            seed: scenario.run.seed,
            replications: scenario.run.replications,
            strategies: strategies.collect(),
        })
    }

    /// Reads a `run.json`. It holds means and intervals, so that it can be compared but not paired.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(label: &str, text: &str) -> Result<Self, SideError> {
        let document: Value = serde_json::from_str(text).map_err(|error| SideError::Json(error.to_string()))?;
        let number = |key: &'static str| document[key].as_u64().ok_or(SideError::Missing(key));
        match number("format_version")? {
            FORMAT_VERSION => {}
            other => return Err(SideError::Version(other)),
        }
        let strategies = document["strategies"].as_array().ok_or(SideError::Missing("strategies"))?;
        Ok(Self {
            label: label.to_owned(),
            seed: number("seed")?,
            replications: number("replications")?,
            strategies: strategies.iter().map(strategy).collect::<Option<_>>().ok_or(SideError::Missing("figures"))?,
        })
    }

    /// Why differences between two sides cannot be taken pair by pair; none where they can.
    pub(super) fn unpaired_with(&self, other: &Self) -> Option<String> {
        let known = |side: &Self| {
            let mut figures = side.strategies.iter().flat_map(|strategy| &strategy.figures);
            figures.all(|figure| figure.samples.is_some())
        };
        if self.seed != other.seed {
            return Some(format!("their seeds differ ({} and {})", self.seed, other.seed));
        }
        if self.replications != other.replications {
            let (own, others) = (self.replications, other.replications);
            return Some(format!("their replications differ ({own} and {others})"));
        }
        let json = "a run.json holds means and intervals, no replications one by one".to_owned();
        (!known(self) || !known(other)).then_some(json)
    }
}

fn strategy(document: &Value) -> Option<SideStrategy> {
    let figures = document["figures"].as_array()?.iter().filter(|figure| figure["scope"] == "");
    // A metric that this version does not know is left out.
    let known = figures.filter_map(|figure| Some((catalogue::find(figure["metric"].as_str()?)?, figure)));
    let figures = known.map(|(metric, figure)| {
        let estimate = &figure["estimate"];
        // What is never is null, and so is an absent interval.
        let number = |key: &str| estimate[key].as_f64();
        let mean = number("mean").unwrap_or(f64::INFINITY);
        let replications = usize::try_from(estimate["replications"].as_u64()?).ok()?;
        let interval = match (number("ci_low"), number("ci_high")) {
            (Some(low), Some(high)) => Some((low, high)),
            _ if mean.is_infinite() && replications > 1 => Some((mean, mean)),
            _ => None,
        };
        let estimate = Estimate { mean, interval, replications };
        Some(SideFigure { metric: metric.name, estimate, samples: None, doubt: None })
    });
    Some(SideStrategy { name: document["name"].as_str()?.to_owned(), figures: figures.collect::<Option<_>>()? })
}
