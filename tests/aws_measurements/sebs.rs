//! SeBS, 2020: N environments are warmed at once; after an idle gap, how many of them are left?
//!
//! A trial is one row: N, the gap, and what was left. The pool of environments is driven directly: each trial comes a
//! day after the one before, so that nothing is left of that, while the pool's own count of returns, which deals out
//! the halves, goes on. A lone run half a day before each trial makes that count odd and even in turn: whether a pool of
//! odd size is halved up or down differs from trial to trial.

use std::path::Path;

use simctl::kernel::{Distribution, Root, Span, Time};
use simctl::services::lambda::Environments;
use simctl::services::lambda::settings::{EnvironmentSettings, IdlePolicy};

use super::{Failure, Table, files, name_of};

/// The period that the paper found.
pub const PERIOD: Span = Span::from_secs(380);

/// Trials of one file whose gaps hold the same number of whole periods.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The file's name.
    pub name: String,
    /// Whole periods of 380 s in the gap.
    pub periods: u64,
    /// How many trials there are.
    pub trials: usize,
    /// Environments that were warmed, over all trials.
    pub warmed: usize,
    /// Of them, measured to be left.
    pub measured: usize,
    /// Of them, simulated to be left.
    pub simulated: usize,
    /// Trials in which simulation and measurement differ by one environment at most.
    pub within_one: usize,
}

/// Replays every trial with an idle policy: the cells of each file, in order.
pub fn cells(folder: &Path, policy: IdlePolicy) -> Result<Vec<Cell>, Failure> {
    let mut cells = Vec::new();
    for path in files(folder, "eviction-", ".csv")? {
        cells.extend(file(&path, policy)?);
    }
    Ok(cells)
}

fn file(path: &Path, policy: IdlePolicy) -> Result<Vec<Cell>, Failure> {
    let table = Table::read(path)?;
    let mut pool = Environments::new(settings(policy)?, Root::new(2020, 0).purpose("sleep", "life"));
    let mut cells: Vec<Cell> = Vec::new();
    for (ordinal, row) in table.rows.iter().enumerate() {
        let number = |column| -> Result<u64, Failure> { Ok(table.text(row, column)?.parse()?) };
        let (run, gap) = (Span::from_secs(number("FunctionTime")?), Span::from_secs(number("DeltaT")?));
        let (warmed, measured) = (number("Invocations")? as usize, number("WarmContainers")? as usize);
        let begin = Time::ZERO + Span::from_secs(86_400).times(ordinal as u64 + 1);
        let simulated = trial(&mut pool, begin, warmed, run, gap);
        let periods = gap.as_nanos() / PERIOD.as_nanos();
        let index = cells.iter().position(|cell| cell.periods == periods).unwrap_or_else(|| {
            cells.push(Cell::empty(path, periods));
            cells.len() - 1
        });
        cells[index].add(warmed, measured, simulated);
    }
    cells.sort_by_key(|cell| cell.periods);
    Ok(cells)
}

/// A lone run, and half a day later two bursts of `warmed` simultaneous runs, `gap` apart: how many of the second burst
/// find an environment.
fn trial(pool: &mut Environments, begin: Time, warmed: usize, run: Span, gap: Span) -> usize {
    let mut burst = |at: Time, size: usize| {
        let reused: Vec<_> = std::iter::from_fn(|| pool.reuse(at)).take(size).collect();
        let fresh: Vec<_> = (reused.len()..size).map(|_| pool.create(at)).collect();
        let found = reused.len();
        for environment in reused.into_iter().chain(fresh) {
            pool.give_back(at + run, environment);
        }
        found
    };
    burst(begin, 1);
    let warm_up = begin + Span::from_secs(43_200);
    burst(warm_up, warmed);
    burst(warm_up + run + gap, warmed)
}

fn settings(idle: IdlePolicy) -> Result<EnvironmentSettings, Failure> {
    let none = Distribution::constant(0.0)?;
    Ok(EnvironmentSettings {
        init: none.clone(),
        initialise: Vec::new(),
        unlogged: none.clone(),
        warm_dispatch: none,
        idle,
        max_life: Span::from_secs(7_200),
        max_life_spread: Span::from_secs(180),
        hidden_replacement: 0.45,
    })
}

impl Cell {
    fn empty(path: &Path, periods: u64) -> Self {
        Self { name: name_of(path), periods, trials: 0, warmed: 0, measured: 0, simulated: 0, within_one: 0 }
    }

    fn add(&mut self, warmed: usize, measured: usize, simulated: usize) {
        self.trials += 1;
        self.warmed += warmed;
        self.measured += measured;
        self.simulated += simulated;
        self.within_one += usize::from(measured.abs_diff(simulated) <= 1);
    }

    /// Whether simulation and measurement agree.
    pub fn agrees(&self) -> bool {
        self.excess().abs() <= self.tolerance()
    }

    /// By how many environments a trial, on average, measured more than was simulated.
    pub fn excess(&self) -> f64 {
        (self.measured as f64 - self.simulated as f64) / self.trials as f64
    }

    /// How far `excess` may lie from zero, in environments of one trial. A whole pool is halved to a whole number:
    /// AWS may round up or down each time, which is half an environment on average at most; and each of the two counts
    /// varies with a standard deviation of half an environment at most, of which the mean over trials is allowed four.
    pub fn tolerance(&self) -> f64 {
        0.5 + 4.0 * (0.5 / self.trials as f64).sqrt()
    }
}
