//! What an execution asks of its host, and what it tells it.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::kernel::{Handle, Span, Time};

/// A task that a host has begun and not yet ended: unique in its execution, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    pub(super) flow: Handle,
    pub(super) serial: u32,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.flow.index(), self.serial)
    }
}

/// A task that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskStart {
    /// Under which it succeeds, fails or beats.
    pub token: Token,
    /// Its state: an index of the machine's states, where its resource is told.
    pub state: usize,
    /// What is asked of the resource.
    pub work: Work,
    /// What the resource receives.
    pub input: Arc<Value>,
    /// How often it was tried before since the state was entered.
    pub retries: u32,
    /// Where it stands among all that the execution does: the same in every run, for keyed draws.
    pub key: u32,
}

/// What is asked of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The work of a Task state; the output is its result.
    Task,
    /// The items of a distributed Map state (`ItemReader`); the output is the array of them.
    ReadItems,
}

/// How an execution, or a child of a distributed Map state, ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// Well, with this output.
    Succeeded(Arc<Value>),
    /// With an error that nothing caught.
    Failed(Failure),
    /// It took longer than it may (`States.Timeout` of the machine).
    TimedOut,
    /// It was stopped from outside.
    Aborted,
}

/// An error and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// Its name; a Fail state may give none.
    pub error: Option<Arc<str>>,
    /// What is said of it.
    pub cause: Option<Arc<str>>,
}

impl Failure {
    /// An error of a name, with a cause.
    #[must_use]
    pub fn new(error: &str, cause: impl Into<Arc<str>>) -> Self {
        Self { error: Some(error.into()), cause: Some(cause.into()) }
    }

    /// An error of which nothing is said.
    #[must_use]
    pub fn named(error: &str) -> Self {
        Self { error: Some(error.into()), cause: None }
    }

    /// Its name, empty where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.error.as_deref().unwrap_or_default()
    }
}

/// Something that happened in an execution: AWS's history events, and a few beside them.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// When.
    pub at: Time,
    /// The state that it happened in, an index of the machine's states; none: the execution's own.
    pub state: Option<usize>,
    /// Whether it happened in a child execution of a distributed Map state, whose history it belongs to.
    pub is_child: bool,
    /// When that state was entered; of the execution's own events, when it started.
    pub since: Time,
    /// What happened.
    pub kind: EventKind<'a>,
}

/// What happened. Each counts as one event of the history but for those that say otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EventKind<'a> {
    /// The execution started, with this input.
    ExecutionStarted(&'a Value),
    /// It ended. Of a machine or of a child of a distributed Map state.
    ExecutionEnded(&'a End),
    /// A state was entered, with this input.
    Entered(&'a Value),
    /// A state was left, with this output: it ended well, or its error was caught.
    Exited(&'a Value),
    /// A resource was asked for work, with this input.
    TaskScheduled(&'a Value),
    /// It began.
    TaskStarted,
    /// It answered that the work goes on elsewhere (`.sync`, `.waitForTaskToken`).
    TaskSubmitted,
    /// It gave this result.
    TaskSucceeded(&'a Value),
    /// It failed.
    TaskFailed(&'a Failure),
    /// It took too long, or was silent for too long.
    TaskTimedOut(&'a Failure),
    /// What it was doing is no longer wanted: another branch failed.
    TaskAborted,
    /// A value of the state could not be made (JSONata).
    EvaluationFailed(&'a Failure),
    /// All branches begin.
    ParallelStarted,
    /// All branches ended well.
    ParallelSucceeded,
    /// A branch failed, for good.
    ParallelFailed,
    /// So many items will be worked on; 0 where they are still to be read.
    MapStarted(usize),
    /// A distributed run begins.
    MapRunStarted,
    /// It ended well.
    MapRunSucceeded,
    /// It failed.
    MapRunFailed(&'a Failure),
    /// The iteration of this index begins.
    IterationStarted(usize),
    /// It ended well.
    IterationSucceeded(usize),
    /// It failed.
    IterationFailed(usize),
    /// Another failed.
    IterationAborted(usize),
    /// All items were worked on.
    MapSucceeded,
    /// An item failed, for good.
    MapFailed,
    /// The state will be tried again after this pause. No event of the history.
    Retried(&'a Failure, Span),
    /// An error of the state was caught. No event of the history.
    Caught(&'a Failure),
    /// The state failed for good, or its error was not caught. No event of the history.
    Failed(&'a Failure),
}

impl EventKind<'_> {
    /// Whether the history holds it.
    #[must_use]
    pub const fn is_history(&self) -> bool {
        !matches!(self, Self::Retried(..) | Self::Caught(_) | Self::Failed(_))
    }
}

/// Who runs an execution: it does the tasks, and may slow the transitions.
pub trait Host {
    /// A task begins. It ends by `task_succeeded` or `task_failed` of its execution, later or never.
    fn start_task(&mut self, task: TaskStart);

    /// A task is no longer waited for: it timed out, another branch failed, or the execution ended. What it does
    /// meanwhile goes on; what it answers is ignored.
    fn cancel_task(&mut self, token: Token);

    /// When a state that is to be entered, or tried again, is: now, or later where transitions take time or are
    /// throttled. Asked once for each transition.
    fn transition(&mut self, now: Time) -> Time {
        now
    }

    /// Something happened. All that is borrowed here is gone afterwards.
    fn observe(&mut self, _event: &Event<'_>) {}
}

/// A host that notes what it is asked for: for callers that would rather read a list.
#[derive(Debug, Default)]
pub struct Commands {
    /// Oldest first; the caller takes them out.
    pub list: Vec<Command>,
}

/// What an execution asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A task begins.
    Start(TaskStart),
    /// A task is no longer waited for.
    Cancel(Token),
}

impl Host for Commands {
    fn start_task(&mut self, task: TaskStart) {
        self.list.push(Command::Start(task));
    }

    fn cancel_task(&mut self, token: Token) {
        self.list.push(Command::Cancel(token));
    }
}
