//! A piece of work on its way through a function: a queued event, and its run while it runs.

use super::ledger::{ItemRef, Path};
use super::workflow::{RunRef, TaskRef};
use crate::handlers::Plan;
use crate::kernel::{Handle, Time};
use crate::services::lambda::Start;
use crate::words::NodeId;

/// Names a message; stale once it is done with.
pub(super) type MessageRef = Handle;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// One item.
    Item(ItemRef),
    /// The n-th firing of a schedule.
    Tick(u32),
    /// A batch of messages of an SQS queue, or of records of a stream.
    Messages(NodeId, Handle),
    /// A request to an API.
    Request(NodeId, Handle),
    /// A task of an execution of a state machine.
    Task(TaskRef),
    /// An event of a choreography.
    Step(RunRef),
    /// A durable execution that goes on.
    Resume(RunRef),
}

/// An invocation of a function: accepted once, tried until it is done or given up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    /// The function.
    pub node: NodeId,
    /// What it is about.
    pub work: Work,
    /// When the invoke call was accepted: its age counts from here.
    pub accepted: Time,
    /// The way so far.
    pub path: Path,
    /// Tries so far.
    pub tries: u32,
    /// Of them, runs that ended in a function error.
    pub errors: u8,
    /// Of them, refused for throttling.
    pub throttles: u32,
    /// When the latest try was made.
    pub tried: Time,
    /// The run, while there is one.
    pub run: Option<Run>,
    /// The batch run, while there is one.
    pub batch_run: Option<Handle>,
}

/// A run under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// Where it runs and what passed before.
    pub start: Start,
    /// What the handler will do, for a run over one item.
    pub plan: Plan,
    /// Whether the timeout ends it first.
    pub timed_out: bool,
    /// When it ends, for a run over one item that is known from its beginning; else never.
    pub ends: Time,
}

impl Run {
    /// A run whose end nobody knows yet.
    pub(super) const fn of_many_steps(start: Start) -> Self {
        Self { start, plan: Plan::NOTHING, timed_out: false, ends: Time::NEVER }
    }
}

impl Message {
    pub(super) const fn new(node: NodeId, work: Work, accepted: Time, path: Path) -> Self {
        Self {
            node,
            work,
            accepted,
            path,
            tries: 0,
            errors: 0,
            throttles: 0,
            tried: accepted,
            run: None,
            batch_run: None,
        }
    }
}
