//! What the executions of a state machine came to: integers and labels only.

use serde::{Deserialize, Serialize};

use super::errors::{NAMES_AT_MOST, OTHER};
use crate::metrics::Histogram;
use crate::words::Usage;

/// One state machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MachineOutcome {
    /// Its node's label.
    pub label: String,
    /// Executions by their ends.
    pub executions: ExecutionTotals,
    /// Durations of the executions that ended, well or not.
    pub duration: Histogram,
    /// Every state, in the order of the machine's.
    pub states: Vec<StateOutcome>,
    /// Every way from one state to another.
    pub ways: Vec<WayOutcome>,
    /// What was used to keep track of where executions are: transitions, or requests and durations of Express
    /// workflows, or operations, or a choreography's events, schedules and records; and of a function that does it, its
    /// runs but for the time in which they only waited.
    #[serde(default)]
    pub tracking: Usage,
    /// Run time of functions in which they only waited: for a task, in a Wait state, before a retry.
    #[serde(default)]
    pub waiting: Usage,
    /// Every error by the state that had it, names in the order of their first appearance. No part of the outcome's
    /// integers: what of them the fingerprint covers are the counts by state.
    #[serde(skip)]
    pub errors: ErrorTotals,
}

/// Counts of executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExecutionTotals {
    /// Started.
    pub started: u64,
    /// Ended well.
    pub succeeded: u64,
    /// Ended in an error that nothing caught.
    pub failed: u64,
    /// Took longer than they may.
    pub timed_out: u64,
    /// Died with the function that ran them.
    pub killed: u64,
    /// Of those that events carry: an event of theirs was given up, or they were under way when the run ended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unfinished: u64,
    /// Calls of StartExecution that were throttled.
    pub throttled_starts: u64,
    /// State transitions of those that ended.
    pub transitions: u64,
    /// Most events of a history.
    pub longest_history: u64,
    /// Time in which functions only waited, ns: those that run a machine, all of their runs but for their own service time;
    /// the steps of a choreography, for what they call.
    pub waited: u128,
}

/// One state.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StateOutcome {
    /// Its name.
    pub name: String,
    /// How often it was entered.
    pub entered: u64,
    /// How often it was left: it ended well, or its error was caught.
    pub left: u64,
    /// How often it was tried again.
    pub retries: u64,
    /// Of its errors, those that were caught.
    pub caught: u64,
    /// Of them, those that were not.
    pub failed: u64,
    /// Tasks that took too long or were silent for too long.
    pub timed_out: u64,
    /// Executions that events carry which have no end and stand in it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unfinished: u64,
    /// From entering it to leaving it.
    pub latency: Histogram,
}

/// What errors did, by name and state: names in the order of their first appearance, and so many at most.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorTotals(pub Vec<ErrorOutcome>);

/// One error in one state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorOutcome {
    /// The error's name; [`OTHER`] of all those for which there was no room.
    pub error: String,
    /// Index of the state in which it arose; none: the execution as a whole took too long, or its history was full.
    pub state: Option<u32>,
    /// How often the state was tried again after it.
    pub retried: u64,
    /// How often it was caught.
    pub caught: u64,
    /// How often it was neither.
    pub failed: u64,
    /// Executions that failed or timed out with it.
    pub executions: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One way between two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WayOutcome {
    /// Index of a state.
    pub from: u32,
    /// Index of a state.
    pub to: u32,
    /// How often it was taken.
    pub taken: u64,
}

impl MachineOutcome {
    /// Adds what the same machine came to in another run.
    pub fn add(&mut self, other: &Self) {
        self.executions.add(&other.executions);
        self.duration.merge(&other.duration);
        self.states.iter_mut().zip(&other.states).for_each(|(state, more)| state.add(more));
        self.ways.iter_mut().zip(&other.ways).for_each(|(way, more)| way.taken += more.taken);
        self.tracking.merge(&other.tracking);
        self.waiting.merge(&other.waiting);
        self.errors.add(&other.errors);
    }
}

impl ErrorTotals {
    /// Adds what errors did in another run. Names that would be too many count as [`OTHER`], so that the order in which runs
    /// are added decides which are kept.
    pub fn add(&mut self, other: &Self) {
        for more in &other.0 {
            let name = if self.has_room_for(&more.error) { &more.error } else { OTHER };
            match self.0.iter_mut().find(|known| known.error == name && known.state == more.state) {
                Some(known) => known.add(more),
                None => self.0.push(ErrorOutcome { error: name.to_owned(), ..more.clone() }),
            }
        }
    }

    /// Every name, in the order of their first appearance.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for ErrorOutcome { error, .. } in &self.0 {
            if !names.contains(&error.as_str()) {
                names.push(error.as_str());
            }
        }
        names
    }

    /// What errors of a name did, state by state.
    pub fn of(&self, name: &str) -> impl Iterator<Item = &ErrorOutcome> {
        self.0.iter().filter(move |known| known.error == name)
    }

    fn has_room_for(&self, name: &str) -> bool {
        let names = self.names();
        names.contains(&name) || names.iter().filter(|&&known| known != OTHER).count() < NAMES_AT_MOST
    }
}

impl ErrorOutcome {
    /// The same error in the same state, which it never had.
    #[must_use]
    pub fn nothing(&self) -> Self {
        Self { error: self.error.clone(), state: self.state, ..Self::default() }
    }

    fn add(&mut self, other: &Self) {
        self.retried += other.retried;
        self.caught += other.caught;
        self.failed += other.failed;
        self.executions += other.executions;
    }

    /// How often the state had it: each time it was tried again, it was caught, or it failed for good.
    #[must_use]
    pub const fn times(&self) -> u64 {
        self.retried + self.caught + self.failed
    }
}

impl ExecutionTotals {
    /// Executions by how they ended, with words for it.
    #[must_use]
    pub const fn by_end(&self) -> [(&'static str, u64); 5] {
        [
            ("succeeded", self.succeeded),
            ("failed", self.failed),
            ("timed out", self.timed_out),
            ("killed", self.killed),
            ("unfinished", self.unfinished),
        ]
    }

    /// Adds other executions.
    pub fn add(&mut self, other: &Self) {
        self.started += other.started;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.killed += other.killed;
        self.unfinished += other.unfinished;
        self.throttled_starts += other.throttled_starts;
        self.transitions += other.transitions;
        self.longest_history = self.longest_history.max(other.longest_history);
        self.waited += other.waited;
    }
}

impl StateOutcome {
    fn add(&mut self, other: &Self) {
        self.entered += other.entered;
        self.left += other.left;
        self.retries += other.retries;
        self.caught += other.caught;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.unfinished += other.unfinished;
        self.latency.merge(&other.latency);
    }
}
