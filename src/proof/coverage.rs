//! How often an experiment's 95 % intervals hold the truth, measured on M/M/1, where the truth is known.
//!
//! One experiment a seed: the replications of the textbook scenario `mm1`, their mean sojourn and mean wait, and the
//! interval that every report shows. A right procedure covers the theory in 95 % of the seeds; no seed is chosen.

use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::closed_forms::MarkovServer;
use super::figure;
use crate::experiment::figures::{Reckoning, figures};
use crate::experiment::{self, ExperimentError, Options, simulate};
use crate::kernel::Span;
use crate::metrics::catalogue;
use crate::model::RunError;
use crate::pricing::PriceBook;
use crate::scenario::{Diagnostics, Override, OverrideError, PrecisionSettings, Scenario, load_text};
use crate::stats::Estimate;

/// The experiment that is repeated for every seed. The one server takes 1 s on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Experiment {
    /// ρ, in (0, 1).
    pub utilisation: f64,
    /// Items of each replication after its warm-up, on average.
    pub items: u64,
    /// Items before that, on average.
    pub warm_up_items: u64,
    /// Independent replications: what the interval comes from.
    pub replications: u64,
}

/// Where an experiment's intervals come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Procedure {
    /// From as many replications as it has.
    Replications,
    /// From replications that are added to these until the half-width of the mean latency is at most this share of it.
    Precision {
        /// The share, in (0, 1).
        within: f64,
        /// Most replications.
        most: u64,
    },
    /// From the batches of one run, as long as the replications are together.
    BatchMeans,
}

/// How often the intervals of one figure held its true value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Coverage {
    /// The true value, seconds.
    pub truth: f64,
    /// Experiments, one a seed.
    pub seeds: u64,
    /// Intervals that held the truth.
    pub covered: u64,
    /// Intervals that lay wholly below it.
    pub below: u64,
    /// Intervals without an upper end: too few items to tell of one.
    pub unbounded: u64,
    /// Mean number of the experiments' replications.
    pub replications: f64,
    /// Mean of the experiments' means, seconds.
    pub mean: f64,
    /// Mean half-width of the intervals that have two ends, seconds.
    pub half_width: f64,
}

/// Coverage of both figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverages {
    /// Of the mean sojourn, `latency_mean`.
    pub latency: Coverage,
    /// Of the mean wait, `wait_mean`.
    pub wait: Coverage,
}

/// Why a coverage could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    /// The experiment has no stationary M/M/1 behind it.
    #[error("a utilisation of {0} is not above 0 and below 1")]
    Utilisation(f64),
    /// A setting cannot be written as an override of the scenario.
    #[error(transparent)]
    Override(#[from] OverrideError),
    /// The scenario does not hold with these settings.
    #[error(transparent)]
    Scenario(#[from] Diagnostics),
    /// A run failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// One of many runs failed.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
}

impl Coverage {
    /// The share of intervals that held the truth.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.covered as f64 / self.seeds as f64
    }

    /// Standard error of that share, by its binomial law.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        let share = self.share();
        (share * (1.0 - share) / self.seeds as f64).sqrt()
    }

    fn of(truth: f64, estimates: impl Iterator<Item = Estimate>) -> Self {
        let mut sums = Self { truth, ..Self::default() };
        for estimate in estimates {
            let (low, high) = estimate.interval.unwrap_or((f64::NAN, f64::NAN));
            sums.seeds += 1;
            sums.covered += u64::from(low <= truth && truth <= high);
            sums.below += u64::from(high < truth);
            sums.mean += estimate.mean;
            sums.replications += estimate.replications as f64;
            if high.is_infinite() {
                sums.unbounded += 1;
            } else {
                sums.half_width += (high - low) / 2.0;
            }
        }
        let (seeds, bounded) = (sums.seeds as f64, (sums.seeds - sums.unbounded) as f64);
        Self {
            mean: sums.mean / seeds,
            half_width: sums.half_width / bounded,
            replications: sums.replications / seeds,
            ..sums
        }
    }
}

impl Experiment {
    /// Repeats the experiment for every seed, on all processors. No result depends on how many there are.
    ///
    /// # Errors
    /// Settings out of range, and whatever stops a run.
    pub fn coverage(&self, seeds: Range<u64>) -> Result<Coverages, CoverageError> {
        let queue = MarkovServer::new(self.utilisation, 1.0).ok_or(CoverageError::Utilisation(self.utilisation))?;
        let scenario = self.scenario()?;
        let prices = PriceBook::embedded();
        let estimates: Result<Vec<(Estimate, Estimate)>, RunError> =
            seeds.into_par_iter().map(|seed| estimates(&scenario, &prices, seed)).collect();
        let estimates = estimates?;
        Ok(Coverages {
            latency: Coverage::of(queue.mean_sojourn(), estimates.iter().map(|&(latency, _)| latency)),
            wait: Coverage::of(queue.mean_wait(), estimates.iter().map(|&(_, wait)| wait)),
        })
    }

    /// Repeats the whole run, as `simctl run` does it, for every seed, and counts how often the intervals of its report held
    /// the truth: the mean latency, its 99th and its 99.9th percentile, and the mean wait.
    ///
    /// # Errors
    /// Settings out of range, and whatever stops a run.
    pub fn reported(
        &self,
        procedure: Procedure,
        seeds: Range<u64>,
    ) -> Result<Vec<(&'static str, Coverage)>, CoverageError> {
        let queue = MarkovServer::new(self.utilisation, 1.0).ok_or(CoverageError::Utilisation(self.utilisation))?;
        let mut scenario = self.scenario()?;
        match procedure {
            Procedure::Replications => {}
            Procedure::Precision { within, most } => {
                let metric = catalogue::find("latency_mean").expect("a metric of the catalogue");
                scenario.run.precision = Some(PrecisionSettings { metric, within, max_replications: most });
            }
            Procedure::BatchMeans => {
                (scenario.run.batch_means, scenario.run.replications) = (true, 1);
                let measured = scenario.run.duration.saturating_sub(scenario.run.warm_up);
                scenario.run.duration = scenario.run.warm_up + measured.times(self.replications);
            }
        }
        let metrics = [
            ("latency_mean", queue.mean_sojourn()),
            ("latency_p99", queue.sojourn_quantile(0.99)),
            ("latency_p999", queue.sojourn_quantile(0.999)),
            ("wait_mean", queue.mean_wait()),
        ];
        let prices = PriceBook::embedded();
        // One seed after the other: each run has threads of its own.
        let reports: Result<Vec<Vec<Estimate>>, ExperimentError> =
            seeds.map(|seed| report(&scenario, &prices, seed, &metrics)).collect();
        let reports = reports?;
        let coverage = |(index, &(metric, truth)): (usize, &(&'static str, f64))| {
            (metric, Coverage::of(truth, reports.iter().map(|estimates| estimates[index])))
        };
        Ok(metrics.iter().enumerate().map(coverage).collect())
    }

    fn scenario(&self) -> Result<Scenario, CoverageError> {
        let seconds = |items: u64| items as f64 / self.utilisation;
        let (warm_up, whole) = (seconds(self.warm_up_items), seconds(self.warm_up_items + self.items));
        let overrides = [
            format!("arrivals.mm1.rate={}/s", self.utilisation),
            "functions.server.service-time.exponential=1s".to_owned(),
            format!("run.warm-up={}ns", Span::from_secs_f64(warm_up).as_nanos()),
            format!("run.duration={}ns", Span::from_secs_f64(whole).as_nanos()),
            "run.drain=30d".to_owned(),
            format!("run.replications={}", self.replications),
        ];
        let overrides = overrides.iter().map(|text| Override::parse(text)).collect::<Result<Vec<_>, _>>()?;
        let text = include_str!("../../scenarios/textbook/mm1.toml");
        Ok(load_text("mm1.toml", text, Path::new(""), &overrides)?)
    }
}

/// What the report of that seed shows for these metrics.
fn report(
    scenario: &Scenario,
    prices: &PriceBook,
    seed: u64,
    metrics: &[(&'static str, f64)],
) -> Result<Vec<Estimate>, ExperimentError> {
    let mut scenario = scenario.clone();
    scenario.run.seed = seed;
    let results = experiment::run(&scenario, prices, Options::default())?;
    let shown = |metric: &str| {
        let mut figures = results.strategies[0].figures.iter();
        let found = figures.find(|figure| figure.scope.is_empty() && figure.metric == metric);
        found.map_or_else(|| Estimate::from_samples(&[]), |figure| figure.estimate)
    };
    Ok(metrics.iter().map(|(metric, _)| shown(metric)).collect())
}

/// What the report of that seed would show as the mean sojourn and the mean wait.
fn estimates(scenario: &Scenario, prices: &PriceBook, seed: u64) -> Result<(Estimate, Estimate), RunError> {
    let mut scenario = scenario.clone();
    scenario.run.seed = seed;
    let reckoning = Reckoning { prices, free_tier: scenario.free_tier, duration: scenario.run.duration, bounds: &[] };
    let (mut latency, mut wait) = (Vec::new(), Vec::new());
    for replication in 0..scenario.run.replications {
        let outcome = simulate(&scenario, replication, 0)?;
        let figures = figures(&outcome, &reckoning);
        latency.push(figure(&figures, "latency_mean"));
        wait.push(figure(&figures, "wait_mean"));
    }
    Ok((Estimate::from_samples(&latency), Estimate::from_samples(&wait)))
}
