//! The points of a sweep, run in parallel. The unit of work is one replication of one strategy at one point; units are
//! handed out in order, so that no more points are open at once than there are threads, and memory does not grow with
//! their number.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use super::checked::work_of;
use super::parts::{PartError, Parts};
use super::{PlanError, PointResults, Sweep};
use crate::experiment::run::{REPORTS_A_RUN, pool, run_one};
use crate::experiment::{ExperimentError, Options, Progress, Within, assemble, fingerprint, quantiles};
use crate::model::Outcome;
use crate::pricing::PriceBook;
use crate::scenario::Scenario;

/// Why a sweep stopped. The points that were done have their parts.
#[derive(Debug, Error)]
pub enum SweepError {
    /// A run of a point failed.
    #[error("point {point} ({values}): {source}")]
    Point {
        /// Its number, from 0.
        point: u64,
        /// Its values, as changes of the scenario.
        values: String,
        /// Why.
        source: ExperimentError,
    },
    /// A point could no longer be read: its files have changed.
    #[error("{0}")]
    Plan(#[from] PlanError),
    /// A part could not be written or read.
    #[error("error: {0}")]
    Part(#[from] PartError),
    /// It was asked to stop, or the threads could not be started.
    #[error("{0}")]
    Experiment(#[from] ExperimentError),
}

/// Runs those of the `wanted` points that have no part yet, and writes their parts.
///
/// # Errors
/// The first failure in the order of the points, among those met before all threads had stopped.
pub fn run(
    sweep: &Sweep,
    wanted: impl Iterator<Item = u64> + Send,
    parts: &Parts,
    options: Options<'_>,
) -> Result<(), SweepError> {
    let prices = sweep.prices();
    let done = parts.done()?;
    let todo: Vec<u64> = wanted.filter(|&point| !done[point as usize]).collect();
    let total = sweep.work(&todo).saturating_mul(REPORTS_A_RUN);
    let queue = Queue {
        sweep,
        hand: Mutex::new(Hand { rest: todo.into_iter(), open: None }),
        failed: AtomicBool::new(false),
        total,
    };
    let pool = pool(options.threads)?;
    let failures = pool.broadcast(|_| queue.work(parts, prices, options));
    options.look()?;
    // Each thread stops at its first failure: the first point of them all is told.
    match failures.into_iter().flatten().min_by_key(|(point, _)| *point) {
        Some((_, failure)) => Err(failure),
        None => Ok(()),
    }
}

/// A point under way.
struct Open {
    point: u64,
    scenario: Scenario,
    /// By replication and then by strategy.
    outcomes: Mutex<Outcomes>,
}

struct Outcomes {
    list: Vec<Option<Outcome>>,
    left: usize,
}

/// A unit of work: its point, and its number among that point's.
type Unit = (Arc<Open>, usize);

/// What is handed out next.
struct Hand {
    rest: std::vec::IntoIter<u64>,
    /// The point that is handed out, and its next unit.
    open: Option<Unit>,
}

struct Queue<'a> {
    sweep: &'a Sweep,
    hand: Mutex<Hand>,
    failed: AtomicBool,
    total: u64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue<'_> {
    /// Works until nothing is left or something failed; the failure and its point.
    fn work(&self, parts: &Parts, prices: &PriceBook, options: Options<'_>) -> Option<(u64, SweepError)> {
        loop {
            if self.failed.load(Ordering::Relaxed) || options.look().is_err() {
                return None;
            }
            let result = match self.next() {
                Ok(None) => return None,
                Ok(Some((open, unit))) => {
                    let point = open.point;
                    self.unit(&open, unit, parts, prices, options).map_err(|failure| (point, failure))
                }
                Err(failure) => Err(failure),
            };
            if let Err(failure) = result {
                self.failed.store(true, Ordering::Relaxed);
                return Some(failure);
            }
        }
    }

    /// The next unit of work.
    fn next(&self) -> Result<Option<Unit>, (u64, SweepError)> {
        let mut hand = lock(&self.hand);
        if hand.open.is_none() {
            let Some(point) = hand.rest.next() else { return Ok(None) };
            let scenario = self.sweep.scenario(point).map_err(|error| (point, error.into()))?;
            let units = scenario.run.replications as usize * scenario.designs.len();
            let outcomes = Mutex::new(Outcomes { list: (0..units).map(|_| None).collect(), left: units });
            hand.open = Some((Arc::new(Open { point, scenario, outcomes }), 0));
        }
        let Some((open, unit)) = hand.open.take() else { return Ok(None) };
        let units = open.scenario.run.replications as usize * open.scenario.designs.len();
        if unit + 1 < units {
            hand.open = Some((Arc::clone(&open), unit + 1));
        }
        Ok(Some((open, unit)))
    }

    /// Runs a unit; with the last of its point, the point is done.
    fn unit(
        &self,
        open: &Open,
        unit: usize,
        parts: &Parts,
        prices: &PriceBook,
        options: Options<'_>,
    ) -> Result<(), SweepError> {
        let designs = open.scenario.designs.len();
        let (replication, design) = ((unit / designs) as u64, unit % designs);
        let (weight, total) = (work_of(&open.scenario), self.total);
        let within = options.progress.map(|whole| Within { whole, weight, total });
        let progress = within.as_ref().map(|within| within as &dyn Progress);
        let options = Options { progress, ..options };
        let outcome = run_one(&open.scenario, replication, design, total, options).map_err(|source| {
            let stopped = matches!(source, ExperimentError::Stopped);
            let values = self.sweep.described(open.point);
            if stopped { source.into() } else { SweepError::Point { point: open.point, values, source } }
        })?;
        let finished = {
            let mut outcomes = lock(&open.outcomes);
            outcomes.list[unit] = Some(outcome);
            outcomes.left -= 1;
            (outcomes.left == 0).then(|| std::mem::take(&mut outcomes.list))
        };
        match finished {
            Some(outcomes) => Ok(parts.write(&reduced(open, outcomes, prices))?),
            None => Ok(()),
        }
    }
}

/// The figures of a point, in index order.
fn reduced(open: &Open, outcomes: Vec<Option<Outcome>>, prices: &PriceBook) -> PointResults {
    let designs = open.scenario.designs.len();
    let mut by_design: Vec<Vec<Outcome>> = (0..designs).map(|_| Vec::new()).collect();
    for (unit, outcome) in outcomes.into_iter().flatten().enumerate() {
        by_design[unit % designs].push(outcome);
    }
    PointResults {
        point: open.point,
        fingerprint: fingerprint::of(&by_design),
        strategies: assemble::figures_of(&open.scenario, prices, &by_design),
        doubts: quantiles::in_doubt(&open.scenario, &by_design),
    }
}
