//! A flow: one line of states, of the machine itself, of a branch, or of an iteration.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::kernel::{Handle, Span, Time};

use super::super::language::retry::RetryCounts;

/// Variables by name.
pub(super) type Variables = Map<String, Value>;

/// One line of states.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    /// The flow whose Parallel or Map state it belongs to; none: it is the machine's.
    pub parent: Option<Handle>,
    /// Which branch or iteration it is.
    pub index: usize,
    /// Its place among the children of its parent's state.
    pub seat: usize,
    /// The history that its events belong to.
    pub history: Handle,
    /// The state it is in, an index of the machine's states.
    pub state: usize,
    /// What that state received.
    pub input: Arc<Value>,
    /// What earlier states assigned; those outside are seen too.
    pub variables: Option<Arc<Variables>>,
    /// The item of the innermost Map state it is in.
    pub item: Option<Arc<Item>>,
    /// Retries of the state, by retrier.
    pub retries: RetryCounts,
    /// Retries of the state.
    pub retry_count: u32,
    /// When the state was entered.
    pub entered: Time,
    /// The number of that event in the history.
    pub entered_event: u32,
    /// Tells it from all other flows of the execution, the same in every run.
    pub key: u32,
    /// States entered so far.
    pub steps: u32,
    /// What it waits for now: answers to anything else are stale.
    pub serial: u32,
    /// What it does.
    pub phase: Phase,
    /// Whether its Parallel or Map state has begun its branches, its iterations or its run.
    pub has_forked: bool,
}

/// What a flow does.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    /// Its state is about to be entered, or was just left.
    Idle,
    /// It waits for its transition, its Wait state, or the pause before a retry.
    Waiting,
    /// A resource is at work.
    Task(TaskPhase),
    /// Its branches or iterations are at work.
    Forked(Box<Fork>),
    /// The items of its Map state are being read.
    Reading(Box<Fork>),
}

/// A resource at work.
#[derive(Debug, Clone, Copy)]
pub(super) struct TaskPhase {
    /// The longest it may be silent.
    pub heartbeat: Option<Span>,
    /// When it will have been.
    pub silent_at: Time,
    /// Whether the history holds that it was submitted.
    pub submitted: bool,
}

/// The item of a Map state's iteration.
#[derive(Debug)]
pub(super) struct Item {
    pub index: usize,
    pub value: Arc<Value>,
}

/// A Parallel or Map state at work.
#[derive(Debug, Clone)]
pub(super) struct Fork {
    /// What each branch or iteration left, by its index; none of those that failed and were tolerated.
    pub results: Vec<Option<Value>>,
    /// Those at work.
    pub children: Vec<Handle>,
    /// Those that ended.
    pub done: usize,
    /// Those that failed and were tolerated.
    pub failed: usize,
    /// Those to start.
    pub todo: Todo,
}

/// Iterations to start.
#[derive(Debug, Clone)]
pub(super) struct Todo {
    /// Their items, in order; taken out as they start.
    pub items: Vec<Value>,
    /// The first that has not started.
    pub next: usize,
    /// Items that are used at most, of those that are read; 0: all.
    pub most: Option<f64>,
    /// At work at once, at most.
    pub concurrency: usize,
    /// When the next child execution may start, and whether a timer is set for that.
    pub starts_at: Time,
    pub is_timed: bool,
    /// What the state's templates select from.
    pub input: Arc<Value>,
    /// Failures that are tolerated, and their share in per cent.
    pub tolerated: (u64, f64),
    /// Whether its items are batches, which the item selector has been applied to.
    pub is_selected: bool,
}

/// The history of the execution, or of a child of a distributed Map state.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Events so far.
    pub events: u32,
    /// When it started.
    pub started: Time,
    /// What it received.
    pub input: Arc<Value>,
    /// The flow that it began with.
    pub flow: Option<Handle>,
    /// Whether it is a child.
    pub is_child: bool,
    /// Whether it is an Express one.
    pub is_express_child: bool,
}

/// One number of several, the same in every run.
pub(super) const fn mixed(first: u32, second: u32) -> u32 {
    let mixed = (first ^ second.wrapping_mul(0x9E37_79B9)).wrapping_add(0x7F4A_7C15);
    let mixed = (mixed ^ mixed >> 16).wrapping_mul(0x85EB_CA6B);
    let mixed = (mixed ^ mixed >> 13).wrapping_mul(0xC2B2_AE35);
    mixed ^ mixed >> 16
}
