//! Every replication of every strategy, in parallel, reduced in the order of the scenario.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::assemble::assemble;
use super::batch_means::BATCHES;
use super::results::Results;
use super::{precision, warm_up};
use crate::fluid;
use crate::kernel::{Root, Span, Time};
use crate::model::faults::DesignFault;
use crate::model::outcome::WithoutFaults;
use crate::model::{Design, Outcome, RunError, Simulation, Workload};
use crate::pricing::PriceBook;
use crate::scenario::{Mode, Objective, Scenario};

/// Slices of the arrivals of a run, and as many of its drain, between two reports of progress.
const SLICES: u64 = 64;

/// Reports of progress that a run makes in all.
pub(super) const REPORTS_A_RUN: u64 = 2 * SLICES;

/// Events between two looks at the request to stop.
const EVENTS_BETWEEN_LOOKS: u64 = 1 << 16;

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

impl Options<'_> {
    /// Fails if the experiment was asked to stop.
    pub(super) fn look(&self) -> Result<(), ExperimentError> {
        let asked = self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
        if asked { Err(ExperimentError::Stopped) } else { Ok(()) }
    }
}

/// Listens to how far an experiment has come. Called from many threads.
pub trait Progress: Sync + std::fmt::Debug {
    /// Of `total` equal parts of the work so many more are done.
    fn advanced(&self, parts: u64, total: u64);
}

/// The progress of a work that is a part of a larger one.
#[derive(Debug, Clone, Copy)]
pub struct Within<'a> {
    /// Who listens to the whole.
    pub whole: &'a (dyn Progress + 'a),
    /// Parts of the whole that one part of this work is.
    pub weight: u64,
    /// Parts of the whole.
    pub total: u64,
}

impl Progress for Within<'_> {
    fn advanced(&self, parts: u64, _total: u64) {
        self.whole.advanced(parts * self.weight, self.total);
    }
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
    let results = if scenario.run.finds_warm_up {
        let (settled, found) = warm_up::found(scenario, options)?;
        Results { warm_up: Some(found), ..measured(&settled, prices, options)? }
    } else {
        measured(scenario, prices, options)?
    };
    // Asked once more, so that nothing is written for who asked to stop at the very end.
    options.look()?;
    Ok(results)
}

/// The results of a scenario whose warm-up is known.
fn measured(scenario: &Scenario, prices: &PriceBook, options: Options<'_>) -> Result<Results, ExperimentError> {
    match &scenario.run.precision {
        None => Ok(assemble(scenario, prices, &run_all(scenario, options)?)),
        Some(asked) => {
            let (outcomes, reached) = precision::run_until(scenario, prices, asked, options)?;
            Ok(Results { precision: Some(reached), ..assemble(scenario, prices, &outcomes) })
        }
    }
}

/// Parts of the work that [`run_all`] tells the progress of.
#[must_use]
pub fn parts_of(scenario: &Scenario) -> u64 {
    scenario.run.replications * scenario.designs.len() as u64 * REPORTS_A_RUN
}

/// Every outcome of as many replications as the scenario says, by strategy and then by replication.
///
/// # Errors
/// As [`run`].
pub fn run_all(scenario: &Scenario, options: Options<'_>) -> Result<Vec<Vec<Outcome>>, ExperimentError> {
    let mut outcomes: Vec<Vec<Outcome>> = scenario.designs.iter().map(|_| Vec::new()).collect();
    add(scenario, 0..scenario.run.replications, &mut outcomes, &pool(options.threads)?, options)?;
    Ok(outcomes)
}

/// Adds the outcomes of some replications of every strategy to those before them.
pub(super) fn add(
    scenario: &Scenario,
    replications: Range<u64>,
    outcomes: &mut [Vec<Outcome>],
    pool: &rayon::ThreadPool,
    options: Options<'_>,
) -> Result<(), ExperimentError> {
    let designs = scenario.designs.len();
    let total = replications.end * designs as u64 * REPORTS_A_RUN;
    // Replications vary slowest, so that all strategies of one are near each other in time.
    let jobs: Vec<(u64, usize)> =
        replications.flat_map(|replication| (0..designs).map(move |design| (replication, design))).collect();
    let results: Vec<Result<Outcome, ExperimentError>> = pool.install(|| {
        jobs.par_iter().map(|&(replication, design)| run_one(scenario, replication, design, total, options)).collect()
    });
    for (&(_, design), result) in jobs.iter().zip(results) {
        outcomes[design].push(result?);
    }
    Ok(())
}

/// So many threads; none means one for each processor.
pub(super) fn pool(threads: Option<usize>) -> Result<rayon::ThreadPool, ExperimentError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
    pool.map_err(|error| ExperimentError::Threads(error.to_string()))
}

/// Some replications of one strategy, in their order, among `total` reports of progress.
pub(super) fn run_some(
    scenario: &Scenario,
    design: usize,
    replications: Range<u64>,
    pool: &rayon::ThreadPool,
    total: u64,
    options: Options<'_>,
) -> Result<Vec<Outcome>, ExperimentError> {
    let one = |replication| run_one(scenario, replication, design, total, options);
    let outcomes: Vec<_> = pool.install(|| replications.into_par_iter().map(one).collect());
    outcomes.into_iter().collect()
}

/// One replication of one strategy, alone.
///
/// # Errors
/// What stopped the run.
pub fn simulate(scenario: &Scenario, replication: u64, design: usize) -> Result<Outcome, RunError> {
    if let Mode::Fluid { step } = scenario.run.mode {
        let outcome = fluid_outcome(scenario, (replication, design), step, &mut |_| true);
        return Ok(outcome.expect("a run that nobody stops comes to its end"));
    }
    with_and_without_faults(scenario, replication, design, |design, workload, root, _| {
        in_batches(scenario, Simulation::new(design, workload, root)?).finish()
    })
}

/// One replication of one strategy, among `total` reports of progress.
pub(super) fn run_one(
    scenario: &Scenario,
    replication: u64,
    design: usize,
    total: u64,
    options: Options<'_>,
) -> Result<Outcome, ExperimentError> {
    if let Mode::Fluid { step } = scenario.run.mode {
        return flow(scenario, (replication, design), step, total, options);
    }
    let failed = failed(scenario, replication, design);
    with_and_without_faults(scenario, replication, design, |design, workload, root, is_told| {
        let progress = options.progress.filter(|_| is_told);
        let simulation = Simulation::new(design, workload, root).map_err(&failed)?;
        play(in_batches(scenario, simulation), workload, total, Options { progress, ..options }, &failed)
    })
}

/// One replication of one strategy in aggregated counts, which may be stopped between two steps.
fn flow(
    scenario: &Scenario,
    run: (u64, usize),
    step: Span,
    total: u64,
    options: Options<'_>,
) -> Result<Outcome, ExperimentError> {
    let slice = (scenario.run.duration.as_nanos() / SLICES).max(1);
    let mut told = 0;
    let mut tell_up_to = |slices: u64| {
        while told < slices {
            options.progress.iter().for_each(|progress| progress.advanced(1, total));
            told += 1;
        }
    };
    let outcome = fluid_outcome(scenario, run, step, &mut |now| {
        tell_up_to((now.as_nanos() / slice).min(REPORTS_A_RUN));
        options.look().is_ok()
    });
    tell_up_to(REPORTS_A_RUN);
    outcome.ok_or(ExperimentError::Stopped)
}

fn fluid_outcome(
    scenario: &Scenario,
    (replication, design): (u64, usize),
    step: Span,
    tick: &mut dyn FnMut(Time) -> bool,
) -> Option<Outcome> {
    let bounds = latency_bounds(scenario);
    let workload = workload(scenario, design, &bounds);
    let root = Root::new(scenario.run.seed, replication);
    fluid::run(&scenario.designs[design], &workload, &root, step, tick)
}

/// What a run of a strategy that failed is reported as.
pub(super) fn failed(
    scenario: &Scenario,
    replication: u64,
    design: usize,
) -> impl Fn(RunError) -> ExperimentError + use<'_> {
    let strategy = &scenario.designs[design].name;
    move |source| ExperimentError::Run { strategy: strategy.clone(), replication, source: Box::new(source) }
}

/// Plays a replication of a strategy, whose progress is told, and where it has faults once more without them, untold.
fn with_and_without_faults<E>(
    scenario: &Scenario,
    replication: u64,
    design: usize,
    play: impl Fn(&Design, &Workload<'_>, &Root, bool) -> Result<Outcome, E>,
) -> Result<Outcome, E> {
    let bounds = latency_bounds(scenario);
    let workload = workload(scenario, design, &bounds);
    let root = Root::new(scenario.run.seed, replication);
    let design = &scenario.designs[design];
    let mut outcome = play(design, &workload, &root, true)?;
    if let Some(calm) = without_faults(design) {
        outcome.without_faults = Some(WithoutFaults::of(play(&calm, &workload, &root, false)?));
    }
    Ok(outcome)
}

/// The run with its items in batches, where the scenario asks for intervals from them.
fn in_batches<'a>(scenario: &Scenario, simulation: Simulation<'a>) -> Simulation<'a> {
    if scenario.run.batch_means { simulation.in_batches(BATCHES) } else { simulation }
}

/// The design with faults that strike nothing, so that what would have been is counted at the same times; none where it
/// has no faults.
fn without_faults(design: &Design) -> Option<Design> {
    let idle = |struck: &DesignFault| DesignFault { fault: struck.fault.clone(), targets: Vec::new() };
    (!design.faults.is_empty()).then(|| Design { faults: design.faults.iter().map(idle).collect(), ..design.clone() })
}

/// One run, in slices, between which it may be stopped.
fn play(
    mut simulation: Simulation<'_>,
    workload: &Workload<'_>,
    total: u64,
    options: Options<'_>,
    failed: &dyn Fn(RunError) -> ExperimentError,
) -> Result<Outcome, ExperimentError> {
    let (duration, drain) = (workload.duration.as_nanos(), workload.drain.as_nanos());
    let arrivals = (1..=SLICES).map(|part| (duration / SLICES + 1).saturating_mul(part).min(duration));
    let after = (1..=SLICES).map(|part| duration.saturating_add((drain / SLICES + 1).saturating_mul(part)));
    for until in arrivals.chain(after) {
        options.look()?;
        while simulation.advance_some(Time::from_nanos(until), EVENTS_BETWEEN_LOOKS).map_err(failed)? {
            options.look()?;
        }
        if let Some(progress) = options.progress {
            progress.advanced(1, total);
        }
    }
    simulation.finish().map_err(failed)
}

pub(super) fn workload<'a>(scenario: &'a Scenario, design: usize, bounds: &'a [Span]) -> Workload<'a> {
    Workload { bounds, recovery_bound: recovery_bound(scenario, design), ..scenario.workload() }
}

/// The shortest bound on the 99th percentile of the latency that a strategy must meet, or else on another figure of it.
fn recovery_bound(scenario: &Scenario, design: usize) -> Option<Span> {
    let own = scenario.objectives.iter().filter(|objective| objective.strategies.contains(&design));
    let latencies = own.filter(|objective| objective.metric.name.starts_with("latency_p"));
    let shortest = latencies.min_by(|one, other| {
        let other_than_p99 = |objective: &Objective| objective.metric.name != "latency_p99";
        other_than_p99(one).cmp(&other_than_p99(other)).then(one.bound.total_cmp(&other.bound))
    });
    shortest.map(|objective| Span::from_secs_f64(objective.bound))
}

/// The distinct latency bounds of the objectives, shortest first: the shares within them are counted exactly.
pub(super) fn latency_bounds(scenario: &Scenario) -> Vec<Span> {
    let latencies = scenario.objectives.iter().filter(|objective| objective.metric.name.starts_with("latency_"));
    let mut bounds: Vec<Span> = latencies.map(|objective| Span::from_secs_f64(objective.bound)).collect();
    bounds.sort_unstable();
    bounds.dedup();
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load_text;

    /// Asks to stop as soon as all arrivals are over.
    #[derive(Debug)]
    struct InDrain<'a>(std::sync::atomic::AtomicU64, &'a AtomicBool);

    impl Progress for InDrain<'_> {
        fn advanced(&self, parts: u64, total: u64) {
            assert_eq!((parts, total), (1, REPORTS_A_RUN));
            if self.0.fetch_add(1, Ordering::Relaxed) + 1 == SLICES {
                self.1.store(true, Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn a_run_stops_also_in_its_drain() {
        let text = "name = \"late\"\n[run]\nduration = \"1m\"\nreplications = 1\n\
                    [[arrivals]]\nname = \"items\"\nprocess = \"bursts\"\nbursts = [{ items = 500, at = \"00:00\" }]\n\
                    [functions.post]\nplatform = \"ideal\"\nconcurrency = 1\nservice-time = \"1s\"\n\
                    [[strategy]]\nname = \"a\"\nflow = \"queue -> post\"\n";
        let scenario = load_text("late.toml", text, std::path::Path::new("."), &[]).expect("a valid scenario");
        let stop = AtomicBool::new(false);
        let progress = InDrain(0.into(), &stop);
        let options = Options { threads: Some(1), progress: Some(&progress), stop: Some(&stop) };
        assert!(matches!(run_all(&scenario, options), Err(ExperimentError::Stopped)));
        assert_eq!(progress.0.into_inner(), SLICES);
    }
}
