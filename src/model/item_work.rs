//! Work on one item by a function that calls something while it runs: advanced step by step, whatever hosts it.
//!
//! A host (a run over one item, a run over a batch of messages, a worker of a batch run) says "begin" and is told of two
//! things: the effect, at its instant ([`Simulation::work_effect`]), and the end ([`Simulation::work_over`]). A new
//! host is one more [`WorkHost`] and an arm in those two.
//!
//! Work has one pending event at most: the end of what it computes, the end of a pause before it calls again, or the
//! moment at which it gives up waiting for an answer. The answer itself comes from [`resource_call`](super::resource_call),
//! and what is left when the work is gone is dropped there.

mod idempotent;

use super::breakers::Passing;
use super::idempotency_store::{Answer, Ask};
use super::kept_state::Begins;
use super::lambda_node::Ended;
use super::ledger::{Arrived, ItemRef, Path};
use super::message::MessageRef;
use super::resource_call::CallRef;
use super::simulation::{Event, Simulation, class};
use super::story::{Spot, What};
use crate::handlers::{CallSettings, Ends, Plan, Program, Step};
use crate::kernel::{Class, Handle, Span, Ticket, Time};
use crate::services::downstream::Process;
use crate::services::sdk_client::{Call, Failure};
use crate::words::{DuplicateCause, NodeId, ResourceId};
use idempotent::Guard;

/// Names work under way; stale once it is over.
pub(super) type WorkRef = Handle;

/// Who is told of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkHost {
    /// A run over one item.
    Run(MessageRef),
    /// A run over a batch of messages, at work on one of them.
    Messages(MessageRef),
    /// A worker of a batch run.
    Worker(MessageRef, usize),
}

/// What a host asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assignment {
    pub host: WorkHost,
    pub function: NodeId,
    pub item: ItemRef,
    /// When the handler begins with the item: now or later.
    pub begins: Time,
    /// The process in which it runs, whose connections and client objects it uses.
    pub process: Process,
    /// The run is killed here; none: never, or by its host.
    pub deadline: Option<Time>,
    /// The item's way up to there.
    pub path: Path,
}

/// Whether work has had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EffectOf {
    /// It has none, and none is to come.
    None,
    /// Nobody waits for it any more, but a call that is under way will have it.
    Coming,
    /// It has.
    Applied,
}

/// How work was over.
#[derive(Debug, Clone, Copy)]
pub(super) struct WorkResult {
    pub ended: Ended,
    pub effect: EffectOf,
    /// Whether its host was told that an effect may come, or came.
    pub announced: bool,
    /// Whether its failure is the whole run's, and not of its item.
    pub fails_run: bool,
    /// From its beginning to now.
    pub worked: Span,
}

/// What work does until its pending event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It computes; by then so much of the service time is done, and the work fails there or not.
    Computing { done: Span, fails: bool },
    /// It waits for the answer to a call, no longer than until then.
    Calling(CallRef),
    /// It pauses before it makes the call of its step again.
    Pausing,
    /// It waits for the answer of its store.
    Asking { ask: Ask, answer: Answer, asked: Time },
    /// It pauses before it asks its store again.
    PausingStore(Ask),
    /// Its process is being made ready, since then; whether it opens the connections.
    Preparing { since: Time, opens: bool },
    /// It is between two of these.
    Between,
}

/// Work under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct ItemWork {
    pub host: WorkHost,
    pub function: NodeId,
    /// It holds the item.
    pub item: ItemRef,
    /// The ordinal of the run among those of the item here.
    pub attempt: u32,
    /// The item's way so far; what is not in it is waiting.
    pub path: Path,
    /// Why an effect tried for from now on would be one besides another: an earlier call had it, or will.
    besides: Option<DuplicateCause>,
    effect: EffectOf,
    pub process: Process,
    deadline: Option<Time>,
    plan: Plan,
    service: Span,
    /// Of it, what is computed.
    computed: Span,
    step: usize,
    pub phase: Phase,
    pending: Option<Ticket>,
    /// Whether the pending event is the kill.
    killed_next: bool,
    begun: Time,
    /// Calls made so far.
    pub calls: u32,
    /// What the client object knows of the call of this step.
    client_call: Call,
    /// The breaker that the call under way has passed.
    pub passing: Option<Passing>,
    /// Whether the client object held its next attempt back until now.
    held_back: bool,
    announced: bool,
    /// Whether its failure is the whole run's, and not of its item.
    pub fails_run: bool,
    /// What it knows of its record, if the function is idempotent.
    guard: Guard,
}

impl ItemWork {
    /// Whether the client makes the call of this step for the first time in this run.
    pub(super) const fn is_first_attempt(&self) -> bool {
        self.client_call.attempts() <= 1
    }

    /// The way to the effect of a call that is made now.
    pub(super) fn path_of_call(&self) -> Path {
        Path { cause: self.besides.or(self.path.cause), ..self.path }
    }

    /// How much of the service time is done at the end of a computation, and whether the work fails there.
    fn computes_to(&self, until: f64) -> (Span, bool) {
        let target = if until >= 1.0 { self.service } else { self.service.scaled(until) };
        let fails_early = self.plan.ends != Ends::Returned && !self.plan.effect;
        if fails_early && self.plan.processing <= target {
            (self.plan.processing.max(self.computed), true)
        } else {
            (target.max(self.computed), false)
        }
    }
}

impl Simulation<'_> {
    /// Whether a function's work is advanced here: it calls something.
    pub(super) fn works_in_steps(&mut self, function: NodeId) -> bool {
        self.workflows.runs_in(function) || self.host(function).program.is_some()
    }

    /// Begins work on an item. Its first step is an event of its own even if it takes no time, so that a host may begin
    /// work when it is told that other work is over.
    pub(super) fn begin_work(&mut self, assignment: Assignment) -> WorkRef {
        if self.workflows.runs_in(assignment.function) {
            let work = self.begin_orchestration(assignment);
            self.tell_work_began(assignment.host, assignment.item, self.workflows.ordinal(work));
            return work;
        }
        let Assignment { host, function, item, begins, process, deadline, path } = assignment;
        let attempt = self.ordinals.next_run(item, function);
        let arrived = *self.ledger.arrived(item);
        let (stream, number) = (arrived.stream.index(), arrived.number);
        let handler = self.host(function).handler;
        let plan = handler.plan(stream, number, attempt, arrived.service);
        let mut service = handler.service(stream, number, arrived.service);
        let mut plan = plan;
        let added = self.state_of_work(&assignment, &arrived, attempt, &plan);
        plan.processing += added;
        service += added;
        self.ledger.hold(item);
        let work = self.works.insert(ItemWork {
            host,
            function,
            item,
            attempt,
            path,
            besides: None,
            effect: EffectOf::None,
            process,
            deadline,
            plan,
            service,
            computed: Span::ZERO,
            step: 0,
            phase: Phase::Between,
            pending: None,
            killed_next: false,
            begun: begins,
            calls: 0,
            client_call: Call::default(),
            passing: None,
            held_back: false,
            announced: false,
            fails_run: false,
            guard: Guard::default(),
        });
        self.tell_work_began(host, item, attempt);
        if self.sheds(function, item, begins) {
            self.works[work].step = Program::DONE;
            self.shed(function, item, begins);
        }
        match self.step_of(work) {
            Some(Step::Compute { until }) => self.compute(work, begins, until),
            _ => self.wait_until(work, begins, class::END),
        }
        work
    }

    /// Tells that its host begins with an item.
    fn tell_work_began(&mut self, host: WorkHost, item: ItemRef, attempt: u32) {
        match host {
            WorkHost::Run(run) | WorkHost::Messages(run) => self.tell_began_in_run(run, item, attempt),
            WorkHost::Worker(run, worker) => self.tell_worker_began(run, worker, item, attempt),
        }
    }

    /// What the state of its function adds to work that begins.
    fn state_of_work(&mut self, assignment: &Assignment, arrived: &Arrived, attempt: u32, plan: &Plan) -> Span {
        let &Assignment { host, function, begins: at, process, .. } = assignment;
        let last = match host {
            WorkHost::Run(_) => true,
            WorkHost::Messages(reference) => self.is_last_of_batch(reference),
            WorkHost::Worker(..) => false,
        };
        self.state_adds(function, &Begins { process, arrived, attempt, at, last }, plan)
    }

    /// The step that work has come to; none: it is through.
    fn step_of(&mut self, work: WorkRef) -> Option<Step> {
        let ItemWork { function, step, .. } = self.works[work];
        self.host(function).program.and_then(|program| program.step(step))
    }

    fn compute(&mut self, work: WorkRef, from: Time, until: f64) {
        let state = &mut self.works[work];
        let (done, fails) = state.computes_to(until);
        let ends = from + done.saturating_sub(state.computed);
        state.phase = Phase::Computing { done, fails };
        self.wait_until(work, ends, class::END);
    }

    /// Sets the pending event of work: at the given instant, or its kill if that comes before.
    pub(super) fn wait_until(&mut self, work: WorkRef, at: Time, class: Class) {
        let state = &mut self.works[work];
        let kill = state.deadline.filter(|&deadline| deadline < at);
        state.killed_next = kill.is_some();
        let (at, class) = kill.map_or((at, class), |deadline| (deadline, class::TIMEOUT));
        state.pending = Some(self.calendar.schedule(at, class, Event::Work(work)));
    }

    /// The pending event of work is due.
    pub(super) fn advance_work(&mut self, work: WorkRef) {
        if !self.works.contains(work) {
            return;
        }
        let state = &mut self.works[work];
        state.pending = None;
        if state.killed_next {
            return self.end_work(work, Ended::TimedOut);
        }
        match state.phase {
            Phase::Computing { done, fails } => {
                state.path.service += done.saturating_sub(state.computed);
                state.computed = done;
                state.phase = Phase::Between;
                if fails {
                    let ended = state.plan.ends.into();
                    return self.fail_work(work, ended);
                }
                state.step += 1;
                self.take_steps(work);
            }
            Phase::Calling(call) => {
                let (asked, failure) = (self.calls[call].asked, self.calls[call].failure_by_waiting());
                let effect = self.leave_call(call);
                self.call_not_done(work, asked, effect, failure);
            }
            Phase::Pausing => self.make_call(work),
            Phase::Asking { ask, answer, asked } => self.store_answers(work, ask, answer, asked),
            Phase::PausingStore(ask) => self.send_to_store(work, ask),
            Phase::Preparing { since, opens } => self.prepared(work, since, opens),
            Phase::Between => self.take_steps(work),
        }
    }

    /// Takes steps up to one that lasts.
    pub(super) fn take_steps(&mut self, work: WorkRef) {
        loop {
            match self.step_of(work) {
                None => return self.end_work(work, Ended::Returned),
                Some(Step::Compute { until }) => {
                    let (done, fails) = self.works[work].computes_to(until);
                    if done > self.works[work].computed || fails {
                        return self.compute(work, self.now, until);
                    }
                }
                Some(Step::Call(_)) => {
                    self.works[work].client_call = Call::default();
                    return self.make_call(work);
                }
                Some(Step::Effect) => {
                    self.function_effect(work);
                    let ends = self.works[work].plan.ends;
                    if ends != Ends::Returned {
                        return self.fail_work(work, ends.into());
                    }
                }
                Some(Step::Initialise) if self.initialise(work) => return,
                Some(Step::Look) if self.look_in_store(work) => return,
                Some(Step::Keep) if self.complete_in_store(work) => return,
                Some(Step::Initialise | Step::Look | Step::Keep) => {}
            }
            self.works[work].step += 1;
        }
    }

    /// The function applies the effect, unless that is what one of its calls does.
    fn function_effect(&mut self, work: WorkRef) {
        let function = self.works[work].function;
        if self.host(function).program.is_some_and(Program::effect_by_call) {
            return;
        }
        self.announce(work);
        let now = self.now;
        let state = &mut self.works[work];
        state.effect = EffectOf::Applied;
        let ItemWork { host, item, path, begun, process, .. } = *state;
        self.work_effect(host, function, process, item, path, now.since(begun));
    }

    /// The host learns, once, that an effect may come of the work.
    fn announce(&mut self, work: WorkRef) {
        let state = &mut self.works[work];
        if std::mem::replace(&mut state.announced, true) {
            return;
        }
        let host = state.host;
        let cause = match host {
            WorkHost::Worker(reference, worker) => self.worker_announces(reference, worker),
            WorkHost::Run(reference) if self.run_announces(reference) => Some(DuplicateCause::ClientRetry),
            WorkHost::Run(_) | WorkHost::Messages(_) => return,
        };
        let state = &mut self.works[work];
        state.path.cause = state.guard.cause(cause);
    }

    /// The call of the step that work has come to.
    fn call_of(&mut self, work: WorkRef) -> Option<CallSettings> {
        let Some(Step::Call(number)) = self.step_of(work) else { return None };
        let function = self.works[work].function;
        self.host(function).program.map(|program| *program.call(number))
    }

    /// Makes the call of this step, for the first time or again.
    fn make_call(&mut self, work: WorkRef) {
        let Some(settings) = self.call_of(work) else { return };
        if !std::mem::take(&mut self.works[work].held_back) {
            let ItemWork { process, mut client_call, .. } = self.works[work];
            let goes_out = self.clients.send(process, &settings, self.now, &mut client_call);
            let state = &mut self.works[work];
            state.client_call = client_call;
            if goes_out > self.now {
                (state.held_back, state.phase) = (true, Phase::Pausing);
                self.tell_of_call(work, settings.to, What::Delayed { until: goes_out });
                return self.wait_until(work, goes_out, class::END);
            }
        }
        if !self.pass_breaker(work, &settings) {
            // No retry mends it.
            self.tell_of_call(work, settings.to, What::ShortCircuited);
            return self.call_not_done(work, self.now, EffectOf::None, Failure::Permanent);
        }
        if settings.is_effect {
            self.announce(work);
        }
        let asked = self.ask(work, &settings);
        self.works[work].calls += 1;
        match asked {
            Some(call) => {
                self.works[work].phase = Phase::Calling(call);
                let until = self.calls[call].waited_for_until();
                self.wait_until(work, until, class::TIMEOUT);
            }
            None => self.call_not_done(work, self.now, EffectOf::None, Failure::Throttled),
        }
    }

    /// The call that work waits for has got its connection: the time that it may wait for one is over.
    pub(super) fn call_has_begun(&mut self, work: WorkRef, until: Time) {
        if let Some(pending) = self.works[work].pending.take() {
            self.calendar.cancel(pending);
        }
        self.wait_until(work, until, class::TIMEOUT);
    }

    /// The call that work waits for has had the effect.
    pub(super) fn call_had_effect(&mut self, work: WorkRef) {
        self.works[work].effect = EffectOf::Applied;
    }

    /// The answer to the call that work waits for has come, after so long at work.
    pub(super) fn call_answered(&mut self, work: WorkRef, asked: Time, at_work: Span, done: bool) {
        let state = &mut self.works[work];
        state.phase = Phase::Between;
        if let Some(pending) = state.pending.take() {
            self.calendar.cancel(pending);
        }
        if done {
            self.tell_breaker(work, true);
            self.client_succeeded(work);
        } else {
            let effect = self.works[work].effect;
            return self.call_not_done(work, asked, effect, Failure::Transient);
        }
        let state = &mut self.works[work];
        state.path.service += at_work;
        state.step += 1;
        self.take_steps(work);
    }

    /// The call failed, was refused or not answered in time; it has this effect all the same. It is made again after a
    /// pause, or the work ends in an error.
    fn call_not_done(&mut self, work: WorkRef, asked: Time, effect: EffectOf, failure: Failure) {
        let now = self.now;
        self.tell_breaker(work, false);
        let state = &mut self.works[work];
        state.phase = Phase::Between;
        state.path.back_off += now.since(asked);
        if effect != EffectOf::None {
            state.besides = Some(DuplicateCause::ClientRetry);
            if state.effect == EffectOf::None {
                state.effect = effect;
            }
        }
        let to = self.call_of(work).map(|settings| settings.to);
        let Some(pause) = self.pause_before_retry(work, failure) else {
            if let Some(to) = to.filter(|_| failure != Failure::Permanent) {
                self.tell_of_call(work, to, What::GivenUp);
            }
            return self.fail_work(work, Ended::Errored);
        };
        if let Some(to) = to {
            self.tell_of_call(work, to, What::BackOff { until: now + pause });
        }
        let state = &mut self.works[work];
        state.phase = Phase::Pausing;
        state.path.back_off += pause;
        self.wait_until(work, now + pause, class::END);
    }

    /// Tells of a moment of the item of some work at a resource that it calls, now.
    pub(super) fn tell_of_call(&mut self, work: WorkRef, resource: ResourceId, what: What) {
        let item = self.works[work].item;
        self.ledger.tell(self.now, item, Spot::Resource(resource), what);
    }

    /// How long the client object pauses before it makes the call of this step again; none: it does not.
    fn pause_before_retry(&mut self, work: WorkRef, failure: Failure) -> Option<Span> {
        let settings = self.call_of(work)?;
        let mut draw = self.draw_of_pause(work, &settings);
        let ItemWork { process, mut client_call, .. } = self.works[work];
        let pause = self.clients.failed(process, &settings, self.now, &mut client_call, failure, &mut draw);
        self.works[work].client_call = client_call;
        self.remedies.retries_denied += u64::from(client_call.is_denied());
        pause
    }

    fn client_succeeded(&mut self, work: WorkRef) {
        if let Some(settings) = self.call_of(work) {
            let ItemWork { process, client_call, .. } = self.works[work];
            self.clients.succeeded(process, &settings, self.now, client_call);
        }
    }

    fn end_work(&mut self, work: WorkRef, ended: Ended) {
        let host = self.works[work].host;
        let result = self.abandon_work(work, ended);
        self.work_over(host, result);
    }

    /// Work is lost with the place that it runs in.
    pub(super) fn lose_work(&mut self, work: WorkRef) {
        self.end_work(work, Ended::Lost);
    }

    /// Drops work under way; a call that it waits for loses its caller.
    pub(super) fn abandon_work(&mut self, work: WorkRef, ended: Ended) -> WorkResult {
        let state = self.works[work];
        if let Some(pending) = state.pending {
            self.calendar.cancel(pending);
        }
        let mut effect = state.effect;
        if let Phase::Calling(call) = state.phase {
            self.tell_breaker(work, false);
            let coming = self.leave_call(call);
            if effect == EffectOf::None {
                effect = coming;
            }
        }
        self.works.remove(work);
        self.tell(state.item, state.function, What::Finished { ended, effect: effect != EffectOf::None });
        self.ledger.release(self.now, state.item);
        WorkResult {
            ended,
            effect,
            announced: state.announced,
            fails_run: state.fails_run,
            worked: self.now.since(state.begun),
        }
    }

    /// The effect of work, at its instant, to its host.
    fn work_effect(
        &mut self,
        host: WorkHost,
        function: NodeId,
        process: Process,
        item: ItemRef,
        path: Path,
        worked: Span,
    ) {
        match host {
            WorkHost::Run(_) | WorkHost::Messages(_) => self.effect(function, process, item, path, worked),
            WorkHost::Worker(reference, worker) => self.worker_effect(reference, worker, path),
        }
    }

    /// The end of work, to its host.
    pub(super) fn work_over(&mut self, host: WorkHost, result: WorkResult) {
        match host {
            WorkHost::Run(reference) => self.run_over(reference, result),
            WorkHost::Messages(reference) => self.message_over(reference, result),
            WorkHost::Worker(reference, worker) => self.worker_over(reference, worker, result),
        }
    }
}
