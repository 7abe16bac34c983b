//! What happens in an execution of a state machine, as far as the story of its item tells it.

use crate::kernel::Time;
use crate::model::ledger::StepId;
use crate::model::workflow::errors::{ErrorId, Failing};
use crate::services::step_functions::execution::{End, Event, EventKind};
use crate::words::DuplicateCause;

/// Something that happened in an execution. States are indices of the machine's states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InWorkflow {
    /// The execution begins.
    Begins,
    /// It is over.
    Ends(Outcome),
    /// The invocation of a durable function ends, as all that is left is to wait.
    Suspends,
    /// It enters a state.
    Enters {
        /// The state.
        state: u32,
    },
    /// A Task state asks for its work.
    Asks {
        /// The state.
        state: u32,
    },
    /// The work is done, or has failed, or was waited for too long.
    Hears {
        /// The state.
        state: u32,
        /// How it ended.
        answer: Answer,
    },
    /// The state failed and is tried again, as its `Retry` says.
    Retries {
        /// The state.
        state: u32,
        /// When.
        until: Time,
        /// Its error.
        error: ErrorId,
    },
    /// The state failed, and its `Catch` leads elsewhere.
    Catches {
        /// The state.
        state: u32,
        /// Its error.
        error: ErrorId,
    },
    /// A step has its effect, the first time.
    Applied {
        /// Which step.
        step: StepId,
        /// The cause of the way that led here; none: it came the plain way.
        way: Option<DuplicateCause>,
    },
    /// A step has its effect again: a duplicate.
    AppliedAgain {
        /// Which step.
        step: StepId,
        /// Why it was done again.
        cause: DuplicateCause,
        /// The cause of the way that led here; none: it came the plain way.
        way: Option<DuplicateCause>,
    },
}

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Succeeded,
    /// With an error that nothing caught.
    Failed(Failing),
    /// It took longer than its machine allows.
    TimedOut,
    /// It was stopped from outside.
    Aborted,
}

/// How the work of a Task state ended, for the execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Well.
    Succeeded,
    /// With an error.
    Failed(ErrorId),
    /// Nobody waits for it any longer; the error that its state has for it.
    TimedOut(ErrorId),
}

impl InWorkflow {
    /// What an event of an execution is to the story of its item, if it is told; `error` is the one that it is about, and
    /// `failing` the one that nothing has taken up. Children of distributed Map states begin and end with an event of
    /// their state.
    pub(in crate::model) fn of(event: &Event<'_>, error: Option<ErrorId>, failing: Option<Failing>) -> Option<Self> {
        let Some(state) = event.state else {
            return match event.kind {
                _ if event.is_child => None,
                EventKind::ExecutionStarted(_) => Some(Self::Begins),
                EventKind::ExecutionEnded(end) => Outcome::of(end, error, failing).map(Self::Ends),
                _ => None,
            };
        };
        let state = state as u32;
        let hears = |answer| Some(Self::Hears { state, answer });
        match event.kind {
            EventKind::Entered(_) => Some(Self::Enters { state }),
            EventKind::TaskScheduled(_) => Some(Self::Asks { state }),
            EventKind::TaskSucceeded(_) => hears(Answer::Succeeded),
            EventKind::TaskFailed(_) => hears(Answer::Failed(error?)),
            EventKind::TaskTimedOut(_) => hears(Answer::TimedOut(error?)),
            EventKind::Retried(_, pause) => Some(Self::Retries { state, until: event.at + pause, error: error? }),
            EventKind::Caught(_) => Some(Self::Catches { state, error: error? }),
            _ => None,
        }
    }

    /// The error that it is about.
    #[must_use]
    pub const fn error(&self) -> Option<ErrorId> {
        match *self {
            Self::Ends(Outcome::Failed(Failing { error, .. }))
            | Self::Hears { answer: Answer::Failed(error) | Answer::TimedOut(error), .. }
            | Self::Retries { error, .. }
            | Self::Catches { error, .. } => Some(error),
            _ => None,
        }
    }

    /// The state that it is about; none: the execution.
    #[must_use]
    pub const fn state(&self) -> Option<u32> {
        match *self {
            Self::Ends(Outcome::Failed(failing)) => failing.state,
            Self::Begins | Self::Ends(_) | Self::Suspends => None,
            Self::Enters { state }
            | Self::Asks { state }
            | Self::Hears { state, .. }
            | Self::Retries { state, .. }
            | Self::Catches { state, .. } => Some(state),
            Self::Applied { step, .. } | Self::AppliedAgain { step, .. } => Some(step.state),
        }
    }
}

impl Outcome {
    fn of(end: &End, error: Option<ErrorId>, failing: Option<Failing>) -> Option<Self> {
        Some(match end {
            End::Succeeded(_) => Self::Succeeded,
            End::Failed(_) => Self::Failed(Failing::with_state_of(error?, failing)),
            End::TimedOut => Self::TimedOut,
            End::Aborted => Self::Aborted,
        })
    }
}
