//! Calls of functions to the resources of a strategy, from the request to the answer, whether or not anybody waits for
//! it.
//!
//! Either side may be gone when something happens: a caller that left is not told of the answer, and a call that is at
//! work is finished although nobody waits for it. If it is what the effect of an item is, it has that effect all the
//! same; the call holds the item until then.

use super::item_work::{EffectOf, WorkRef};
use super::ledger::{Applied, ItemRef, Path};
use super::resource_node::ResourceNode;
use super::simulation::{Event, Part, Simulation, class};
use super::story::{CallBegins, Spot, What};
use crate::handlers::CallSettings;
use crate::kernel::{Draw, Handle, Span, Time};
use crate::services::downstream::{Asked, Process, Refused};
use crate::services::sdk_client::Failure;
use crate::words::{NodeId, ResourceId, SuppressedBy};

/// Names a call; stale once it is done or refused.
pub(super) type CallRef = Handle;

/// A call under way. It holds its item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    resource: ResourceId,
    /// Who waits for the answer; none: nobody any more.
    work: Option<WorkRef>,
    function: NodeId,
    process: Process,
    item: ItemRef,
    /// When it was made.
    pub asked: Time,
    /// When it got its connection, once it has.
    begun: Option<Time>,
    /// The caller waits so long for a connection …
    connects_until: Time,
    /// … and so long for the answer.
    answered_until: Time,
    /// Whether it is answered as done.
    done: bool,
    /// The way to its effect, if it has one.
    effect: Option<Path>,
}

impl Call {
    /// What its caller, who waits no longer, makes of it: no connection is as good as a refusal.
    pub(super) fn failure_by_waiting(&self) -> Failure {
        if self.begun.is_some() { Failure::Timeout } else { Failure::Throttled }
    }

    /// When the caller gives up waiting, as things are.
    pub(super) fn waited_for_until(&self) -> Time {
        match self.begun {
            Some(_) => self.answered_until,
            None => self.answered_until.min(self.connects_until),
        }
    }
}

impl Simulation<'_> {
    fn resource(&mut self, resource: ResourceId) -> &mut ResourceNode {
        &mut self.resources[resource.index()]
    }

    /// A call is made. Returns it, unless it is refused.
    pub(super) fn ask(&mut self, work: WorkRef, settings: &CallSettings) -> Option<CallRef> {
        let now = self.now;
        let caller = self.works[work];
        let arrived = *self.ledger.arrived(caller.item);
        let node = self.resource(settings.to);
        let plan =
            node.plan(caller.function, arrived.stream, arrived.number, call_ordinal(caller.attempt, caller.calls));
        let throttled = plan.throttled;
        if throttled {
            node.count_throttled();
        }
        if let Some(strike) = plan.struck {
            self.ledger.tell(now, caller.item, Spot::Resource(settings.to), What::Struck(strike));
        }
        if throttled {
            return None;
        }
        let wait = self.resource(settings.to).service.settings().connection_wait;
        let call = self.calls.insert(Call {
            resource: settings.to,
            work: Some(work),
            function: caller.function,
            process: caller.process,
            item: caller.item,
            asked: now,
            begun: None,
            connects_until: now + wait,
            answered_until: now + settings.timeout,
            done: plan.done,
            effect: (settings.is_effect && plan.commits).then(|| caller.path_of_call()),
        });
        let first = caller.attempt == 0 && caller.is_first_attempt();
        self.offered(Part::Resource(settings.to), first);
        let node = self.resource(settings.to);
        node.count_repeated(!first);
        let asked = node.ask(now, call, caller.process, &plan);
        let begins = match asked {
            Asked::Refused(Refused::RateLimit) => CallBegins::OverRate,
            Asked::Refused(Refused::Connections) => CallBegins::NoConnection,
            Asked::Begun => CallBegins::AtOnce,
            Asked::Waits => CallBegins::Waits,
        };
        self.ledger.tell(now, caller.item, Spot::Resource(settings.to), What::Called { begins });
        match asked {
            Asked::Refused(_) => {
                self.calls.remove(call);
                return None;
            }
            Asked::Begun => self.calls[call].begun = Some(now),
            Asked::Waits => {}
        }
        self.ledger.hold(caller.item);
        self.arm_resource(settings.to);
        Some(call)
    }

    /// The luck of the pause after the latest call of a piece of work.
    pub(super) fn draw_of_pause(&mut self, work: WorkRef, settings: &CallSettings) -> Draw {
        let caller = self.works[work];
        let arrived = *self.ledger.arrived(caller.item);
        let ordinal = call_ordinal(caller.attempt, caller.calls);
        self.resource(settings.to).pauses(caller.function, arrived.stream).draw(arrived.number, ordinal)
    }

    /// A process is gone: its connections are closed, and its client objects forgotten.
    pub(super) fn process_ends(&mut self, process: Process) {
        self.clients.forget(process);
        self.forget_initialised(process);
        self.forget_state(process);
        self.breakers.forget(process);
        self.close_connections(process);
    }

    /// The connections that a process keeps are closed.
    pub(super) fn close_connections(&mut self, process: Process) {
        let now = self.now;
        for resource in 0..self.resources.len() {
            let resource = ResourceId(resource as u16);
            self.resource(resource).process_ends(now, process);
            self.serve_waiting(resource);
        }
    }

    /// A caller waits for its call no longer. Returns what effect the call will have.
    pub(super) fn leave_call(&mut self, call: CallRef) -> EffectOf {
        let now = self.now;
        let left = &mut self.calls[call];
        left.work = None;
        let Call { resource, item, begun, effect, .. } = *left;
        self.resource(resource).count_left(begun.is_some());
        let left = What::LeftWaiting { begun: begun.is_some(), effect: begun.is_some() && effect.is_some() };
        self.ledger.tell(now, item, Spot::Resource(resource), left);
        if begun.is_some() {
            return if effect.is_some() { EffectOf::Coming } else { EffectOf::None };
        }
        self.resource(resource).service.give_up(call);
        self.calls.remove(call);
        self.ledger.release(now, item);
        EffectOf::None
    }

    /// Calls of a resource are done: their connections go to those that wait, and their callers learn of it.
    pub(super) fn resource_done(&mut self, resource: ResourceId) {
        let now = self.now;
        self.resource(resource).pending = None;
        while let Some(call) = self.resource(resource).take_done(now) {
            let Call { process, work, .. } = self.calls[call];
            self.resource(resource).give_back(now, process, work.is_some());
            self.serve_waiting(resource);
            self.call_done(call);
        }
        self.serve_waiting(resource);
    }

    /// Calls that wait get the connections that are free.
    fn serve_waiting(&mut self, resource: ResourceId) {
        let now = self.now;
        while let Some(next) = self.resource(resource).begin_next(now) {
            self.call_begins(next);
        }
        self.arm_resource(resource);
    }

    /// A call that waited has got its connection.
    fn call_begins(&mut self, call: CallRef) {
        let now = self.now;
        let begins = &mut self.calls[call];
        begins.begun = Some(now);
        let (work, until) = (begins.work, begins.waited_for_until());
        if let Some(work) = work {
            self.call_has_begun(work, until);
        }
    }

    /// A call is done: its effect, and the answer to whoever waits for it.
    fn call_done(&mut self, reference: CallRef) {
        let now = self.now;
        let call = self.calls[reference];
        self.calls.remove(reference);
        let at_work = now.since(call.begun.unwrap_or(call.asked));
        if let Some(path) = call.effect {
            let path = path.then(Path { service: at_work, ..Path::default() });
            self.effect_of_call(&call, path, now.since(call.asked));
        }
        if let Some(work) = call.work {
            let (done, took) = (call.done, now.since(call.asked));
            self.resource(call.resource).count_answer(done, took);
            self.ledger.tell(now, call.item, Spot::Resource(call.resource), What::Answered { done, took });
            self.call_answered(work, call.asked, at_work, call.done);
        }
        self.ledger.release(now, call.item);
    }

    /// The effect of an item at the resource that was called for it.
    fn effect_of_call(&mut self, call: &Call, path: Path, worked: Span) {
        if let Some(work) = call.work {
            self.call_had_effect(work);
        }
        let Some(branch) = self.host(call.function).leaf else { return };
        let knows_keys = self.resource(call.resource).service.settings().idempotent;
        if knows_keys && self.ledger.has_effect(call.item, branch) {
            self.ledger.suppress(self.now, call.item, SuppressedBy::IdempotentDownstream);
            return;
        }
        let applied = self.ledger.apply(self.now, call.item, branch, path);
        self.count_item(call.function, call.work.map(|_| call.process), applied);
        if applied == Applied::Again {
            self.host(call.function).runs.wasted += u128::from(worked.as_nanos());
        }
    }

    /// Sets the event of the next call that is done at a resource.
    fn arm_resource(&mut self, resource: ResourceId) {
        let node = self.resource(resource);
        // One so crushed that it would be done past the end of the clock is looked at again when its calls are fewer.
        let next = node.service.next_event().filter(|&at| at < Time::NEVER);
        if node.pending.map(|(at, _)| at) == next {
            return;
        }
        let before = node.pending.take();
        if let Some((_, ticket)) = before {
            self.calendar.cancel(ticket);
        }
        if let Some(at) = next {
            let ticket = self.calendar.schedule(at, class::END, Event::Resource(resource));
            self.resource(resource).pending = Some((at, ticket));
        }
    }
}

/// What the draws of a call are keyed by, besides its item: the run and the ordinal of the call in it.
const fn call_ordinal(attempt: u32, calls: u32) -> u32 {
    attempt << 10 | calls & 0x3ff
}
