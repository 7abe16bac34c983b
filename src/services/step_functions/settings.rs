//! What can be set on a state machine of AWS Step Functions, validated. Defaults are AWS's where AWS documents one.

use crate::kernel::Distribution;

/// A workflow's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Each state runs exactly once unless it is retried; billed by state transition.
    Standard,
    /// Runs at least once, or at most once where it is waited for; billed by request, duration and memory.
    Express,
}

impl Type {
    /// Executions started a second, and at once, in the largest Regions.
    #[must_use]
    pub const fn start_quota(self) -> Quota {
        match self {
            Self::Standard => Quota { rate: 300, burst: 1_300 },
            Self::Express => Quota { rate: 6_000, burst: 6_000 },
        }
    }
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// A second.
    pub rate: u64,
    /// At once.
    pub burst: u64,
}

/// A state machine of AWS Step Functions.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSettings {
    /// Its type.
    pub kind: Type,
    /// Whether whoever starts an execution waits for its end: Express workflows only.
    pub synchronous: bool,
    /// Whether an execution has its item's name, so that a Standard workflow starts no second one of it.
    pub named_by_item: bool,
    /// What entering a state takes.
    pub transition_latency: Distribution,
    /// From StartExecution to the first state at work.
    pub start_latency: Distribution,
    /// StartExecution.
    pub starts: Quota,
    /// State transitions of a Standard workflow; what exceeds them is delayed.
    pub transitions: Quota,
    /// How often whoever starts an execution tries.
    pub start_attempts: u32,
    /// Chance that an Express workflow runs twice.
    pub duplicate_probability: f64,
}
