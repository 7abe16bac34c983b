//! A machine and what its executions have in common.

use std::sync::Arc;

use crate::kernel::{Purpose, Span, Time};

use super::super::language::machine::Machine;

/// A machine with its settings: what every execution of it reads and none changes.
#[derive(Debug, Clone)]
pub struct Program {
    /// The machine.
    pub machine: Machine,
    /// How it runs.
    pub settings: Settings,
}

/// The type of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MachineType {
    /// Up to a year, 25,000 events of history, paid by the transition.
    #[default]
    Standard,
    /// Up to five minutes, no bound on the history, paid by the duration.
    Express,
}

/// How the executions of a machine run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the machine, for the context object.
    pub name: Arc<str>,
    /// Its type.
    pub machine_type: MachineType,
    /// The instant at which the simulated clock is at zero.
    pub epoch: jiff::Timestamp,
    /// Where jitter, `States.MathRandom` and `States.UUID` draw from, by execution and by place in it.
    pub luck: Purpose,
    /// Events of a history at most, none: no bound.
    pub events_at_most: Option<u32>,
    /// Transitions of one execution at most, its children's included: a bound of this simulator for machines that
    /// would go round for ever.
    pub transitions_at_most: u64,
    /// The longest that an execution lasts, whatever the machine says; none: as long as that says.
    pub longest: Option<Span>,
    /// When nobody looks any more: no execution has a timer for an end after that.
    pub horizon: Time,
    /// Iterations of an inline Map state at once, where it sets no bound.
    pub inline_concurrency: usize,
    /// Child executions of a distributed Map state at once, at most.
    pub distributed_concurrency: usize,
    /// The longest an input or output may be as JSON, in bytes.
    pub payload_at_most: usize,
    /// Whether `States.ALL` takes `States.DataLimitExceeded`: AWS was recorded to do so (2024-03-21), its documents
    /// say that it does not.
    pub all_takes_data_limit: bool,
}

impl Settings {
    /// AWS's limits for a type of machine.
    #[must_use]
    pub fn new(machine_type: MachineType, luck: Purpose) -> Self {
        let (events_at_most, longest) = match machine_type {
            MachineType::Standard => (Some(25_000), Span::from_secs(365 * 86_400)),
            MachineType::Express => (None, Span::from_secs(300)),
        };
        Self {
            name: "machine".into(),
            machine_type,
            epoch: jiff::Timestamp::UNIX_EPOCH,
            luck,
            events_at_most,
            transitions_at_most: 1_000_000,
            longest: Some(longest),
            horizon: Time::NEVER,
            inline_concurrency: 40,
            distributed_concurrency: 10_000,
            payload_at_most: 256 * 1_024,
            all_takes_data_limit: true,
        }
    }
}

/// What tells an execution from others of its machine.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// Its number: what its random draws are keyed by.
    pub number: u64,
    /// Its name, for the context object; none: made of its number.
    pub name: Option<Arc<str>>,
}
