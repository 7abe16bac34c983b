//! What can be set on a Fargate task and on the account it runs in, validated.

use super::size::Size;
use crate::kernel::{Distribution, Span};
use crate::words::Architecture;

/// How a function runs as an Amazon ECS task on Fargate.
#[derive(Debug, Clone, PartialEq)]
pub struct FargateSettings {
    /// Processor and memory.
    pub size: Size,
    /// Kind of processor, for the price.
    pub architecture: Architecture,
    /// From the accepted RunTask call to the handler's first instruction, with an image of 200 MB or less.
    pub start_up: Distribution,
    /// The share of `start_up`, at its end, that passes from the start of the image pull, in [0, 1]: it is billed.
    pub pull_share: f64,
    /// What an image above 200 MB adds to the pull.
    pub further_pull: Span,
    /// Chance that a firing of the schedule starts two tasks.
    pub duplicate_probability: f64,
    /// Chance that a RunTask call finds no capacity and starts nothing.
    pub start_failure: f64,
    /// The AWS Batch job by which a firing starts its task; none: it calls RunTask itself.
    pub job: Option<JobSettings>,
}

/// An AWS Batch job: what stands between a firing and its task.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSettings {
    /// From the submitted job, or the end of an attempt, to the RunTask call of the next attempt.
    pub scheduler_delay: Distribution,
    /// Attempts in all, 1 to 10.
    pub attempts: u8,
    /// When an attempt is ended, from the end of its start-up; none: never.
    pub timeout: Option<Span>,
}

/// The account that all functions of a strategy share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// On-demand virtual processors that Fargate tasks may have at once.
    pub vcpus: u32,
}
