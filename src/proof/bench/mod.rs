//! The works whose speed is told, each with its bare loop where there is one, and how they are measured.
//!
//! `simctl bench` and `cargo bench --bench simulation` measure the same works. Only here and in the command does the
//! program look at a clock: a measurement is the one result that cannot be repeated to the byte.

mod bare;
mod measure;
pub mod rows;
mod scenarios;

use std::io;
use std::path::Path;

pub use measure::{Effort, Row, measure};

use crate::arrivals::{ArrivalError, Stream, StreamSettings};
use crate::experiment::{ExperimentError, simulate};
use crate::kernel::{Root, Time};
use crate::model::RunError;
use crate::scenario::{Diagnostics, Override, OverrideError, Scenario, load_text};
use rows::Rows;

/// Work whose speed is measured.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    /// As tables call it.
    pub name: &'static str,
    /// What is counted, in the plural.
    pub unit: &'static str,
    /// What is aimed at, on one core of a quiet machine.
    pub target: &'static str,
    /// Makes it ready to be done again and again.
    pub ready: fn(Length) -> Result<Ready, BenchError>,
}

/// How much of each work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// What takes a few tenths of a second.
    Whole,
    /// A hundredth of that: it shows that the work can be done, not how fast it is.
    Hundredth,
}

impl Length {
    /// So much of what is whole; one at least.
    #[must_use]
    pub fn of(self, whole: u64) -> u64 {
        match self {
            Self::Whole => whole,
            Self::Hundredth => (whole / 100).max(1),
        }
    }
}

/// Does a work once; how many of its unit were done.
pub type Play = Box<dyn Fn() -> Result<u64, BenchError>>;

/// Work that is ready to be done.
pub struct Ready {
    /// By the simulator, with every metric on.
    pub simctl: Play,
    /// By a hand-written loop with nothing around it.
    pub bare: Option<Play>,
}

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ready").field("bare", &self.bare.is_some()).finish_non_exhaustive()
    }
}

/// Why a work could not be done.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A scenario of the program's own is refused: a mistake of the program.
    #[error("a scenario of the benchmark is refused: {0}")]
    Scenario(#[from] Diagnostics),
    /// An override of it is: a mistake of the program.
    #[error("a change of a scenario of the benchmark is refused: {0}")]
    Override(#[from] OverrideError),
    /// What the works expect is not in such a scenario: a mistake of the program.
    #[error("a scenario of the benchmark has no {0}")]
    Missing(&'static str),
    /// A run failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// One of many runs failed.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// Items could not be made.
    #[error(transparent)]
    Arrivals(#[from] ArrivalError),
    /// A file that is in the way for a moment could not be written, or a process not started.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// A report could not be written.
    #[error("cannot write a report: {0}")]
    Report(String),
}

/// The works that need nothing but the simulator, in the order of the table.
#[must_use]
pub fn works() -> Vec<Work> {
    const ATM: &str = "≥ 4 M/s";
    let work = |name, unit, target, ready| Work { name, unit, target, ready };
    vec![
        work("textbook M/M/1", "items", "≥ 8 M/s, ≤ 2.2 × bare", |length| {
            textbook(length, 1, "9/s", 0.1, 100_000)
        }),
        work("M/M/1000", "items", "≥ 4.5 M/s, ≤ 1.2 × bare", |length| {
            textbook(length, 1_000, "900/s", 1.0, 1_000)
        }),
        work("per-event ATM day, 2 environments", "items", ATM, |length| per_event(scenarios::atm_day(length, 2.0)?)),
        work("per-event ATM day, 90 environments", "items", ATM, |length| per_event(scenarios::atm_day(length, 90.0)?)),
        work("per-event ATM day, 900 environments", "items", ATM, |length| {
            per_event(scenarios::atm_day(length, 900.0)?)
        }),
        work("per-event ATM day, 100,000 in flight", "items", "≥ 2 M/s", |length| {
            per_event(scenarios::atm_crowd(length)?)
        }),
        work("sqs -> fn, batch 10", "messages", "≥ 5 M/s", |length| simulated(scenarios::queued(length)?, 0)),
        work("kinesis -> fn, 100 shards", "records", "≥ 5 M/s", |length| simulated(scenarios::streamed(length)?, 0)),
        work("hourly batch", "items", "≥ 15 M/s", |length| {
            let scenario = scenarios::atm(length)?;
            let design = design(&scenario, "hourly batch")?;
            simulated(scenario, design)
        }),
        work("state machine orders.toml", "transitions", "≥ 1 M/s", machine),
        work("trace reader, CSV", "rows", "≥ 5 M/s", trace),
    ]
}

/// `scenarios/atm.toml`, whole but for these changes.
///
/// # Errors
/// What is wrong with the changes.
pub fn atm(changes: &[&str]) -> Result<Scenario, BenchError> {
    scenarios::atm_with(changes)
}

/// A textbook queue.
fn textbook(length: Length, servers: u32, rate: &str, mean: f64, duration: u64) -> Result<Ready, BenchError> {
    let scenario = scenarios::textbook(length, servers, rate, mean, duration)?;
    let own = scenario.clone();
    let bare: Play = Box::new(move || bare::textbook(&own, servers as usize, mean));
    Ok(Ready { bare: Some(bare), ..simulated(scenario, 0)? })
}

/// The strategy of the ATM that makes one invocation for each withdrawal.
fn per_event(scenario: Scenario) -> Result<Ready, BenchError> {
    let design = design(&scenario, "per event")?;
    let own = scenario.clone();
    let bare: Play = Box::new(move || bare::per_event(&own, design));
    Ok(Ready { bare: Some(bare), ..simulated(scenario, design)? })
}

/// A strategy, without a bare loop.
fn simulated(scenario: Scenario, design: usize) -> Result<Ready, BenchError> {
    let simctl: Play = Box::new(move || Ok(simulate(&scenario, 0, design)?.items.arrived));
    Ok(Ready { simctl, bare: None })
}

/// The states that the executions of `scenarios/orders.toml` enter on Step Functions.
fn machine(length: Length) -> Result<Ready, BenchError> {
    let scenario = scenarios::orders(length)?;
    let design = design(&scenario, "step functions")?;
    let simctl: Play = Box::new(move || {
        let outcome = simulate(&scenario, 0, design)?;
        Ok(outcome.machines.iter().flat_map(|machine| &machine.states).map(|state| state.entered).sum())
    });
    Ok(Ready { simctl, bare: None })
}

/// A trace with times, keys, sizes and service times that is read and nothing else.
fn trace(length: Length) -> Result<Ready, BenchError> {
    let rows = length.of(1_000_000);
    let settings = rows::settings();
    let simctl: Play = Box::new(move || {
        let mut stream = Stream::replay(&settings, Box::new(Rows::new(rows)), Time::NEVER, 1.0, &Root::new(1, 0))?;
        let mut read = 0;
        while stream.next()?.is_some() {
            read += 1;
        }
        Ok(read)
    });
    Ok(Ready { simctl, bare: None })
}

/// The strategy of that name.
fn design(scenario: &Scenario, name: &'static str) -> Result<usize, BenchError> {
    scenario.designs.iter().position(|design| design.name == name).ok_or(BenchError::Missing(name))
}

/// The arrivals of a scenario's first stream.
fn arrivals(scenario: &Scenario, root: &Root) -> Result<Stream, BenchError> {
    let settings: &StreamSettings = scenario.streams.first().ok_or(BenchError::Missing("stream"))?;
    let until = Time::ZERO + scenario.run.duration;
    Ok(Stream::open(settings, scenario.run.start, until, scenario.run.load, root)?)
}

/// A scenario of the benchmark, with changes as `--set` takes them.
fn load(name: &str, text: &str, folder: &Path, changes: &[String]) -> Result<Scenario, BenchError> {
    let changes = changes.iter().map(|change| Override::parse(change)).collect::<Result<Vec<_>, _>>()?;
    Ok(load_text(name, text, folder, &changes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_do_the_same_work() {
        for work in works() {
            let ready = (work.ready)(Length::Hundredth).unwrap_or_else(|error| panic!("{}: {error}", work.name));
            let done = (ready.simctl)().unwrap_or_else(|error| panic!("{}: {error}", work.name));
            assert!(done > 0, "{}", work.name);
            if let Some(bare) = ready.bare {
                assert_eq!(bare().unwrap_or_else(|error| panic!("{}: {error}", work.name)), done, "{}", work.name);
            }
        }
    }

    #[test]
    fn names_are_those_of_the_table() {
        let names: Vec<&str> = works().iter().map(|work| work.name).collect();
        assert_eq!(names[..2], ["textbook M/M/1", "M/M/1000"]);
        let mut distinct = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len());
    }
}
