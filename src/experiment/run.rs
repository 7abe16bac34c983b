//! Every replication of every strategy, in parallel, reduced in the order of the scenario.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::assemble::assemble;
use super::results::Results;
use crate::kernel::{Root, Span, Time};
use crate::model::{Outcome, RunError, Simulation, Workload};
use crate::pricing::PriceBook;
use crate::scenario::Scenario;

/// Slices of a run between two reports of progress.
const SLICES: u64 = 64;

/// How an experiment is carried out; none of it reaches a result.
#[derive(Debug, Default, Clone, Copy)]
pub struct Options<'a> {
    /// Threads; none means one for each processor.
    pub threads: Option<usize>,
    /// Told after each slice of each run.
    pub progress: Option<&'a (dyn Progress + 'a)>,
    /// Set by whoever wants the experiment to stop.
    pub stop: Option<&'a AtomicBool>,
}

/// Listens to how far an experiment has come. Called from many threads.
pub trait Progress: Sync + std::fmt::Debug {
    /// `done` of `total` equal parts of the work are done by one more.
    fn advanced(&self, total: u64);
}

/// Why an experiment has no result.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// One run failed.
    #[error("strategy `{strategy}`, replication {replication}: {source}")]
    Run {
        /// The strategy's name.
        strategy: String,
        /// The replication, from 0.
        replication: u64,
        /// Why.
        source: Box<RunError>,
    },
    /// It was asked to stop.
    #[error("interrupted")]
    Stopped,
    /// The threads could not be started.
    #[error("failed to start threads: {0}")]
    Threads(String),
}

/// Runs a scenario and assembles what it found.
///
/// # Errors
/// The first run, in the scenario's order, that failed; or the request to stop.
pub fn run(scenario: &Scenario, prices: &PriceBook, options: Options<'_>) -> Result<Results, ExperimentError> {
    let outcomes = run_all(scenario, options)?;
    Ok(assemble(scenario, prices, &outcomes))
}

/// Every outcome, by strategy and then by replication.
///
/// # Errors
/// As [`run`].
pub fn run_all(scenario: &Scenario, options: Options<'_>) -> Result<Vec<Vec<Outcome>>, ExperimentError> {
    let threads = options.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| ExperimentError::Threads(error.to_string()))?;
    let replications = scenario.run.replications;
    // Replications vary slowest, so that all strategies of one are near each other in time.
    let jobs: Vec<(u64, usize)> = (0..replications)
        .flat_map(|replication| (0..scenario.designs.len()).map(move |design| (replication, design)))
        .collect();
    let total = jobs.len() as u64 * SLICES;
    let results: Vec<Result<Outcome, ExperimentError>> = pool.install(|| {
        jobs.par_iter().map(|&(replication, design)| run_one(scenario, replication, design, total, options)).collect()
    });
    let mut outcomes: Vec<Vec<Outcome>> = scenario.designs.iter().map(|_| Vec::new()).collect();
    for (&(_, design), result) in jobs.iter().zip(results) {
        outcomes[design].push(result?);
    }
    Ok(outcomes)
}

/// One replication of one strategy, alone.
///
/// # Errors
/// What stopped the run.
pub fn simulate(scenario: &Scenario, replication: u64, design: usize) -> Result<Outcome, RunError> {
    let bounds = latency_bounds(scenario);
    let workload = workload(scenario, &bounds);
    let root = Root::new(scenario.run.seed, replication);
    Simulation::new(&scenario.designs[design], &workload, &root)?.finish()
}

fn run_one(
    scenario: &Scenario,
    replication: u64,
    design: usize,
    total: u64,
    options: Options<'_>,
) -> Result<Outcome, ExperimentError> {
    let failed = |source: RunError| ExperimentError::Run {
        strategy: scenario.designs[design].name.clone(),
        replication,
        source: Box::new(source),
    };
    let bounds = latency_bounds(scenario);
    let workload = workload(scenario, &bounds);
    let root = Root::new(scenario.run.seed, replication);
    let mut simulation = Simulation::new(&scenario.designs[design], &workload, &root).map_err(failed)?;
    let slice = workload.duration.as_nanos() / SLICES + 1;
    for part in 1..=SLICES {
        if options.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Err(ExperimentError::Stopped);
        }
        simulation.advance(Time::from_nanos(slice.saturating_mul(part))).map_err(failed)?;
        if let Some(progress) = options.progress {
            progress.advanced(total);
        }
    }
    simulation.finish().map_err(failed)
}

fn workload<'a>(scenario: &'a Scenario, bounds: &'a [Span]) -> Workload<'a> {
    let run = &scenario.run;
    Workload {
        streams: &scenario.streams,
        start: run.start,
        duration: run.duration,
        drain: run.drain,
        warm_up: run.warm_up,
        load: run.load,
        bounds,
    }
}

/// The distinct latency bounds of the objectives, shortest first: the shares within them are counted exactly.
pub(super) fn latency_bounds(scenario: &Scenario) -> Vec<Span> {
    let latencies = scenario.objectives.iter().filter(|objective| objective.metric.name.starts_with("latency_"));
    let mut bounds: Vec<Span> = latencies.map(|objective| Span::from_secs_f64(objective.bound)).collect();
    bounds.sort_unstable();
    bounds.dedup();
    bounds
}
