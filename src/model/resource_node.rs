//! What functions call while they run, with what is counted of it.

use super::outcome::{CallTotals, ConnectionsOutcome, ResourceOutcome};
use super::story::Strike;
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
    /// Connections open, where functions open them ahead of their calls.
    open: Option<OpenConnections>,
}

/// What is counted of connections.
#[derive(Debug)]
struct OpenConnections {
    gauge: Gauge,
    refused: u64,
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
    /// What a new connection takes.
    pub connect: Span,
    /// Whether it is answered as done.
    pub done: bool,
    /// Whether what it asks for is done, whatever the answer.
    pub commits: bool,
    /// Whether it is refused for its number.
    pub throttled: bool,
    /// What a fault does to it.
    pub struck: Option<Strike>,
}

impl ResourceNode {
    pub(super) fn new(
        label: String,
        settings: DownstreamSettings,
        draws: Vec<Vec<CallDraws>>,
        concurrency: Gauge,
        open: Option<Gauge>,
    ) -> Self {
        Self {
            service: Downstream::new(settings),
            label,
            pending: None,
            draws,
            totals: CallTotals::default(),
            latency: Histogram::default(),
            concurrency,
            open: open.map(|gauge| OpenConnections { gauge, refused: 0 }),
            struck: Condition::SOUND,
        }
    }

    /// What a call will come to.
    pub(super) fn plan(&self, function: NodeId, stream: StreamId, number: u64, ordinal: u32) -> CallPlan {
        let mut draw = self.draws[function.index()][stream.index()].call.draw(number, ordinal);
        let settings = self.service.settings();
        let fails = draw.chance(settings.error);
        let after_commit = draw.chance(settings.after_commit);
        let (work, connect) = (settings.latency.span(&mut draw), settings.connect.span(&mut draw));
        let plan =
            CallPlan { work, connect, done: !fails, commits: !fails || after_commit, throttled: false, struck: None };
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
        let strike = match (throttled, refused, fails) {
            (true, _, _) => Some(Strike::Throttled),
            (false, true, _) => Some(Strike::Refused),
            (false, false, true) => Some(Strike::Fails),
            (false, false, false) => None,
        };
        let plan = CallPlan { throttled, struck: strike, ..plan };
        if refused {
            return CallPlan { work: Span::ZERO, done: false, commits: false, ..plan };
        }
        let work = plan.work.scaled(struck.pace);
        if fails {
            return CallPlan { work, done: false, commits: after, ..plan };
        }
        CallPlan { work, ..plan }
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
    pub(super) fn ask(&mut self, now: Time, call: Handle, process: Process, plan: &CallPlan) -> Asked {
        self.totals.calls += 1;
        self.settle(now);
        let asked = self.service.ask(now, call, process, plan.work, plan.connect);
        self.note_open(now);
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
        self.settle(now);
        let call = self.service.begin_next(now);
        self.note_open(now);
        let call = call?;
        self.count_begun(now);
        Some(call)
    }

    /// The connection of a call that is done is used no more; `whole` unless its process left before it was done.
    pub(super) fn give_back(&mut self, now: Time, process: Process, whole: bool) {
        self.settle(now);
        self.service.give_back(now, process, whole);
        self.note_open(now);
    }

    /// A process opens connections ahead of its calls. Returns whether it got them.
    pub(super) fn open_pool(&mut self, now: Time, process: Process, count: u32) -> bool {
        self.settle(now);
        let opened = self.service.open_pool(now, process, count);
        self.note_open(now);
        self.totals.connections_max = self.totals.connections_max.max(self.service.connections());
        if let Some(open) = &mut self.open {
            open.refused += u64::from(!opened);
        }
        opened
    }

    /// A process is gone, or closes its connections.
    pub(super) fn process_ends(&mut self, now: Time, process: Process) {
        self.settle(now);
        self.service.process_ends(process);
        self.note_open(now);
    }

    /// Counts the connections that the server has closed by now, each at its instant.
    fn settle(&mut self, now: Time) {
        let Some(open) = &mut self.open else { return };
        while let Some(closed) = self.service.close_idle(now) {
            open.gauge.down(closed, 1);
        }
    }

    fn note_open(&mut self, now: Time) {
        let Some(open) = &mut self.open else { return };
        let (before, level) = (open.gauge.level(), self.service.connections());
        if level > before {
            open.gauge.up(now, level - before);
        } else if level < before {
            open.gauge.down(now, before - level);
        }
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
    pub(super) fn finish(mut self, end: Time) -> ResourceOutcome {
        self.settle(end);
        let (opened, refused_calls) = (self.service.opened(), self.totals.refused_connections);
        ResourceOutcome {
            label: self.label,
            calls: self.totals,
            latency: self.latency,
            concurrency: self.concurrency.finish(end),
            connections: self.open.map(|open| ConnectionsOutcome {
                open: open.gauge.finish(end),
                opened,
                refused: open.refused + refused_calls,
            }),
        }
    }
}
