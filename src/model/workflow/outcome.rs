//! What the executions of a state machine came to: integers and labels only.

use serde::{Deserialize, Serialize};

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
