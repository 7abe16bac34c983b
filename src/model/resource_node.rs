//! What functions call while they run, with what is counted of it.

use super::outcome::{CallTotals, ResourceOutcome};
use crate::kernel::{Draw, Handle, Purpose, Root, Span, Ticket, Time};
use crate::metrics::{Gauge, Histogram};
use crate::services::downstream::settings::DownstreamSettings;
use crate::services::downstream::{Asked, Downstream, Process, Refused};
use crate::services::faults::Condition;
use crate::words::{NodeId, StreamId};

/// Of the ordinals that a call's draws are keyed by, those of its luck while faults strike the resource.
const BY_FAULT: u32 = 1 << 31;

/// A resource of a strategy at work.
#[derive(Debug)]
pub(super) struct ResourceNode {
    pub service: Downstream,
    label: String,
    /// When the next call is done, and the event that says so.
    pub pending: Option<(Time, Ticket)>,
    /// Draws by function, and by stream; none for functions that do not call it.
    draws: Vec<Vec<CallDraws>>,
    totals: CallTotals,
    latency: Histogram,
    concurrency: Gauge,
    /// What faults make of it at present.
    pub struck: Condition,
}

/// Draws of the calls that one function makes about the items of one stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallDraws {
    call: Purpose,
    pause: Purpose,
}

impl CallDraws {
    /// Keyed by names, so that a call for an item takes as long in every strategy.
    pub(super) fn new(stream: &str, function: &str, resource: &str, root: &Root) -> Self {
        let owner = format!("{stream}/{function}/{resource}");
        Self { call: root.purpose(&owner, "call"), pause: root.purpose(&owner, "pause before a call") }
    }
}

/// What a call will come to.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallPlan {
    /// What it takes where nothing else is asked.
    pub work: Span,
    /// Whether it is answered as done.
    pub done: bool,
    /// Whether what it asks for is done, whatever the answer.
    pub commits: bool,
    /// Whether it is refused for its number.
    pub throttled: bool,
}

impl ResourceNode {
    pub(super) fn new(
        label: String,
        settings: DownstreamSettings,
        draws: Vec<Vec<CallDraws>>,
        concurrency: Gauge,
    ) -> Self {
        Self {
            service: Downstream::new(settings),
            label,
            pending: None,
            draws,
            totals: CallTotals::default(),
            latency: Histogram::default(),
            concurrency,
            struck: Condition::SOUND,
        }
    }

    /// What a call will come to.
    pub(super) fn plan(&self, function: NodeId, stream: StreamId, number: u64, ordinal: u32) -> CallPlan {
        let mut draw = self.draws[function.index()][stream.index()].call.draw(number, ordinal);
        let settings = self.service.settings();
        let fails = draw.chance(settings.error);
        let after_commit = draw.chance(settings.after_commit);
        let work = settings.latency.span(&mut draw);
        let plan = CallPlan { work, done: !fails, commits: !fails || after_commit, throttled: false };
        if self.struck == Condition::SOUND {
            return plan;
        }
        let luck = self.draws[function.index()][stream.index()].call.draw(number, ordinal | BY_FAULT);
        self.plan_struck(plan, luck)
    }

    /// The same while faults strike.
    fn plan_struck(&self, plan: CallPlan, mut luck: Draw) -> CallPlan {
        let struck = &self.struck;
        let (refused, fails, left) = (luck.chance(struck.refused), luck.chance(struck.fails), luck.unit());
        let after = luck.chance(struck.after_effect);
        let throttled = left >= struck.share_left;
        if refused {
            return CallPlan { work: Span::ZERO, done: false, commits: false, throttled };
        }
        let work = plan.work.scaled(struck.pace);
        if fails {
            return CallPlan { work, done: false, commits: after, throttled };
        }
        CallPlan { work, throttled, ..plan }
    }

    /// A call is refused for its number, by a fault.
    pub(super) fn count_throttled(&mut self) {
        self.totals.calls += 1;
        self.totals.refused_rate += 1;
    }

    /// Draws of the pauses before retries.
    pub(super) fn pauses(&self, function: NodeId, stream: StreamId) -> &Purpose {
        &self.draws[function.index()][stream.index()].pause
    }

    /// A call is made.
    pub(super) fn ask(&mut self, now: Time, call: Handle, process: Process, work: Span) -> Asked {
        self.totals.calls += 1;
        let asked = self.service.ask(now, call, process, work);
        match asked {
            Asked::Begun => self.count_begun(now),
            Asked::Waits => self.totals.waited += 1,
            Asked::Refused(Refused::Connections) => self.totals.refused_connections += 1,
            Asked::Refused(Refused::RateLimit) => self.totals.refused_rate += 1,
        }
        asked
    }

    /// A call that has been done by now.
    pub(super) fn take_done(&mut self, now: Time) -> Option<Handle> {
        let call = self.service.take_done(now)?;
        self.concurrency.down(now, 1);
        Some(call)
    }

    /// The next call that waits gets its connection, if there is one.
    pub(super) fn begin_next(&mut self, now: Time) -> Option<Handle> {
        let call = self.service.begin_next(now)?;
        self.count_begun(now);
        Some(call)
    }

    fn count_begun(&mut self, now: Time) {
        self.concurrency.up(now, 1);
        self.totals.connections_max = self.totals.connections_max.max(self.service.connections());
    }

    /// An answer has reached its caller, so long after it asked.
    pub(super) fn count_answer(&mut self, done: bool, latency: Span) {
        self.totals.failed += u64::from(!done);
        if done {
            self.totals.done += 1;
            self.latency.record(latency);
        }
    }

    /// A caller left before it was answered: while it waited for a connection, or after that.
    pub(super) fn count_left(&mut self, begun: bool) {
        if begun {
            self.totals.left += 1;
        } else {
            self.totals.refused_connections += 1;
        }
    }

    /// A call is made that may have been made before.
    pub(super) fn count_repeated(&mut self, repeated: bool) {
        self.totals.repeated += u64::from(repeated);
    }

    /// A breaker kept a function from calling.
    pub(super) fn count_short_circuited(&mut self) {
        self.totals.short_circuited += 1;
    }

    /// A breaker in front of it has opened.
    pub(super) fn count_opened(&mut self) {
        self.totals.breakers_opened += 1;
    }

    /// Closes its books.
    pub(super) fn finish(self, end: Time) -> ResourceOutcome {
        ResourceOutcome {
            label: self.label,
            calls: self.totals,
            latency: self.latency,
            concurrency: self.concurrency.finish(end),
        }
    }
}
