//! What happens in a run, moment by moment: the seam to which `explain`, the timeline and the tests' own ledger attach.
//!
//! A run that nobody listens to has no [`Recorder`], and then a moment costs one comparison. Moments are told by the
//! [ledger](super::ledger), which knows the truth of each item, and by the nodes, which know why: a message received, an
//! attempt begun, a call refused. What is known ahead is told ahead, with the instant at which it happens; a reader puts
//! moments in the order of their instants.

mod batch;
mod recorder;
mod search;
mod strike;
pub(super) mod tell;
mod verdict;
mod workflow;

use super::faults::Target;
use super::ledger::{Branches, End, Path};
use crate::kernel::{Span, Time};
use crate::services::lambda::StartUp;
use crate::words::{DuplicateCause, ItemId, NodeId, ResourceId, SuppressedBy};

pub use super::lambda_node::Ended;
pub use recorder::{MOMENTS_OF_AN_ITEM, Record, Recorder, Whom};
pub use search::{Fate, Found, Search, Wanted};
pub use strike::{Strike, boundaries};
pub use verdict::Verdict;
pub use workflow::{Answer, InWorkflow, Outcome as WorkflowOutcome};

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// When.
    pub at: Time,
    /// To which item; none: to a run, a schedule or a task.
    pub item: Option<ItemId>,
    /// Where.
    pub spot: Spot,
    /// What.
    pub what: What,
}

/// Where something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spot {
    /// Nowhere in particular: the item's own story.
    Item,
    /// At a node of the flow.
    Node(NodeId),
    /// At a resource that functions call.
    Resource(ResourceId),
    /// At the leaf of this branch of the flow.
    Branch(usize),
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// The item arrives and owes an effect on each of these branches.
    Arrived {
        /// The branches, as bits.
        owed: Branches,
        /// Whether it arrived after the warm-up, so that its latency counts.
        measured: bool,
        /// Its key: equal keys of a stream belong together.
        key: u64,
    },
    /// Its sender sends it once more.
    SentAgain,
    /// The place has taken it in: a queue its message, a stream its record, a bucket the object, a table the row, a function's
    /// own queue its event.
    Kept {
        /// Whether it is a copy that the service made (at-least-once delivery).
        copy: bool,
        /// When it can be taken from there; none: at once.
        until: Option<Time>,
    },
    /// A notification, topic or bus has handed it to what follows.
    HandedOn {
        /// What follows; none: all that does.
        to: Option<NodeId>,
        /// Whether it is a copy.
        copy: bool,
    },
    /// The place holds it back until then: a quota.
    Delayed {
        /// Until when.
        until: Time,
    },
    /// The place refused it, or a delivery from the place failed.
    Refused {
        /// Why.
        why: Refusal,
        /// When it is tried again; none: it is not.
        again: Option<Time>,
    },
    /// A poller received its message.
    Received {
        /// The how-manieth receive of the message, from 1.
        receives: u32,
        /// When the message is visible again unless it is deleted.
        visible_again: Time,
    },
    /// The visibility timeout of its message has run: it is visible again.
    VisibleAgain,
    /// Its message was deleted from the queue.
    Deleted,
    /// The message was received too often: its queue moves it to the dead-letter queue.
    Redriven,
    /// A redrive has moved the message from the dead-letter queue back to its queue.
    MovedBack,
    /// The message or record outlived what keeps it.
    TooOld,
    /// A reader has read its record.
    Read,
    /// Its record is done with.
    PassedOver,
    /// A batch run has listed it.
    Listed {
        /// The run's number, from 1.
        run: u64,
    },
    /// The run's progress with it is saved: it is listed no more.
    Marked,
    /// A batch run makes what it has processed durable: effects follow.
    Committed,
    /// The effect that a batch run had processed was not durable yet, and is gone with the run.
    Undone(RunOver),
    /// A run over several items was over before it had begun with this one.
    NotBegun(RunOver),
    /// A run over several items was over while it worked on this one, and not because of it.
    CutOff(RunOver),
    /// A run over several items was over after it had done this one, and before that was kept: the item comes again.
    NotKept(RunOver),
    /// A function passes the item over, which is too old for it.
    Shed {
        /// How old the item is as its work would begin.
        age: Span,
        /// The oldest that the function takes.
        oldest: Span,
    },
    /// A function begins to work on it.
    Began(Attempt),
    /// The work on it is over.
    Finished {
        /// How.
        ended: Ended,
        /// Whether it led to an effect or a message onward, now or soon.
        effect: bool,
    },
    /// Lambda refused to run the function.
    Throttled {
        /// When it is tried again; none: whoever called decides.
        again: Option<Time>,
    },
    /// A failed try is made again.
    BackOff {
        /// When.
        until: Time,
    },
    /// The event is given up: for its tries or for its age.
    GivenUp,
    /// A client sends an attempt of its call.
    Requested {
        /// Which attempt of the call, from 1.
        attempt: u32,
    },
    /// The client has its answer.
    Heard {
        /// The HTTP status.
        status: u16,
        /// When it calls again; none: it does not.
        again: Option<Time>,
    },
    /// The client stopped waiting.
    ClientGaveUp {
        /// When it calls again; none: it does not.
        again: Option<Time>,
    },
    /// A function calls a resource.
    Called {
        /// What came of the call at once.
        begins: CallBegins,
    },
    /// The resource has answered.
    Answered {
        /// Whether the call was done.
        done: bool,
        /// From the call to its answer.
        took: Span,
    },
    /// The caller waits no longer.
    LeftWaiting {
        /// Whether the call was at work; else it waited for a connection still.
        begun: bool,
        /// Whether the call has its effect all the same.
        effect: bool,
    },
    /// A circuit breaker is open: the resource is not called.
    ShortCircuited,
    /// The resource refuses the connections that a function opens before its first item.
    PoolRefused {
        /// When the environment, whose Init is repeated, is ready; none: the attempt fails.
        again: Option<Time>,
    },
    /// A function asks its idempotency store.
    Asked(Question),
    /// The store has answered.
    Told(Reply),
    /// The store could not be asked, or told, for good.
    StoreSilent {
        /// Whether the function goes on without it (fails open); else its attempt fails (fails closed).
        goes_on: bool,
    },
    /// A fault does this to the item here; what comes of it is told next.
    Struck(Strike),
    /// A fault of the design begins to hold, or holds as the item arrives.
    FaultBegins {
        /// Which of the design's faults.
        fault: usize,
        /// What it strikes.
        target: Target,
        /// Since when.
        since: Time,
    },
    /// A fault of the design holds no longer.
    FaultEnds {
        /// Which of the design's faults.
        fault: usize,
        /// What it struck.
        target: Target,
    },
    /// The effect is applied, the first on this branch.
    Applied {
        /// The way to it.
        path: Path,
        /// From the arrival.
        latency: Span,
        /// Whether the item has all its effects with it.
        last: bool,
    },
    /// The effect is applied again.
    AppliedAgain {
        /// Why there was work for it besides other work.
        cause: Option<DuplicateCause>,
        /// The cause of the way that led here; none: it came the plain way, and what overtook it has the cause.
        way: Option<DuplicateCause>,
    },
    /// Something in an execution of a state machine about the item.
    Workflow(InWorkflow),
    /// A repetition was caught.
    Suppressed(SuppressedBy),
    /// Effects that were still owed end without having been applied.
    EndedAs {
        /// On these branches; none: all of them had been applied, or had ended, before.
        branches: Branches,
        /// What was to end.
        asked: Branches,
        /// How.
        end: End,
    },
    /// Nothing works towards these effects any more.
    Lost {
        /// On these branches.
        branches: Branches,
    },
    /// Nothing holds the item any more: nothing will happen with it.
    Folded,
    /// Effects owed and not yet applied are so many now.
    Backlog {
        /// So many.
        level: u64,
    },
    /// A run of a function, told when it has ended (or when nobody listens any longer).
    Ran {
        /// When it was admitted.
        since: Time,
        /// Where.
        on: Host,
        /// How it ended; none: it is under way still.
        ended: Option<Ended>,
    },
    /// A function refused to run, for want of concurrency.
    RunRefused,
    /// A schedule fires.
    Fired {
        /// The how-manieth time, from 0.
        ordinal: u32,
    },
}

/// How a run over several items was over before it had done and kept all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOver {
    /// How; [`Ended::Returned`] where it reported an item as failed, from which on all come again.
    pub ended: Ended,
    /// The item that it was over with; none: it was no item's doing.
    pub at: Option<ItemId>,
}

/// A try of a function at one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Which of the function's tries at this item, from 0.
    pub ordinal: u32,
    /// Where it happens.
    pub on: Host,
}

/// Where a function works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// In a Lambda execution environment, one item or one batch at a time.
    Environment {
        /// The how-manieth of its function, from 0; none: a provisioned one, which are all alike.
        ordinal: Option<u64>,
        /// What passes before the handler runs.
        start_up: StartUp,
    },
    /// A worker of a batch run.
    Worker {
        /// The run's number, from 1.
        run: u64,
        /// The worker, from 0.
        worker: usize,
        /// The run's environment, if it is an on-demand one.
        environment: Option<u64>,
    },
    /// A Fargate task.
    Task {
        /// From the RunTask call to the handler's start.
        start_up: Span,
    },
    /// An ideal server.
    Server,
}

/// Why a place refused an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The rate or quota of the place was used up.
    Rate,
    /// It has no room.
    Full,
    /// So much waits there already that its sender gives the item up.
    Crowded,
    /// The item is too large for it.
    Size,
    /// An error of the service or its target that may pass.
    ServerError,
    /// An error that would come again.
    ClientError,
    /// An answer with this HTTP status.
    Status(u16),
}

/// What comes at once of a call to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallBegins {
    /// It is at work.
    AtOnce,
    /// It waits for a connection.
    Waits,
    /// It is refused: the rate limit of the resource is exceeded.
    OverRate,
    /// It is refused: no connection is free, and none may be waited for.
    NoConnection,
}

/// What a function asks its idempotency store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Whether the work is done.
    Look,
    /// To keep a claim on the work, on the condition that there is no good record.
    Claim,
    /// To keep that it is done.
    Complete,
    /// To delete the claim.
    Withdraw,
}

/// What an idempotency store answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// There is no record: the work may begin.
    Fresh,
    /// There was a record, which has expired.
    Expired,
    /// There was a lock, which has expired.
    Unlocked,
    /// The work is done already.
    Done,
    /// The claim was refused: another run is at it, or the payload differs.
    Refused,
    /// The change is made.
    Kept,
    /// The table throttled the call.
    Throttled,
    /// The call failed.
    Failed,
}

impl What {
    /// Whether it is about a fault: its beginning, its end, or what it does to the item.
    #[must_use]
    pub const fn is_of_fault(&self) -> bool {
        matches!(self, Self::FaultBegins { .. } | Self::FaultEnds { .. } | Self::Struck(_))
    }

    /// Whether a timeline of runs shows it: runs, refusals, firings, and items: their arrivals, effects and bad ends.
    #[must_use]
    pub const fn is_of_runs(&self) -> bool {
        matches!(
            self,
            Self::Ran { .. }
                | Self::Arrived { .. }
                | Self::Applied { .. }
                | Self::AppliedAgain { .. }
                | Self::RunRefused
                | Self::Fired { .. }
                | Self::EndedAs { branches: 1.., .. }
                | Self::Lost { .. }
        )
    }
}
