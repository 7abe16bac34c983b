//! A Lambda function in the graph: its queue of asynchronous events, its runs, and what they lead to.

use super::batch_host::Place;
use super::environment_ends::EndsWatch;
use super::faults::Invoked;
use super::idempotency_store::IdempotencyStore;
use super::initialise::Initialiser;
use super::item_work::{Assignment, EffectOf, WorkHost, WorkResult};
use super::kept_state::{Begins, KeptState};
use super::ledger::{Applied, Branches, End, ItemRef, Path};
use super::message::{Message, MessageRef, Run, Work};
use super::outcome::{FunctionOutcome, RunTotals};
use super::simulation::{Event, NodeState, Simulation, class};
use super::story::tell::host_of;
use super::story::{Spot, What};
use crate::handlers::{Ends, PerItem, Plan, Program};
use crate::kernel::{Purpose, Span, Time};
use crate::metrics::Gauge;
use crate::services::downstream::Process;
use crate::services::lambda::async_queue::{Verdict, after_error, after_throttle};
use crate::services::lambda::settings::{AsyncSettings, OnFailure};
use crate::services::lambda::{Function, Left, Mode, Start};
use crate::words::{DuplicateCause, NodeId};

/// A Lambda function at work.
#[derive(Debug)]
pub(super) struct LambdaNode {
    pub function: Function,
    pub handler: PerItem,
    /// What it does for each item, if it calls something.
    pub program: Option<Program>,
    /// Where it looks whether the work is done, if it does.
    pub store: Option<Box<IdempotencyStore>>,
    /// What it does before its first item, if anything.
    pub initialiser: Option<Box<Initialiser>>,
    /// What it keeps in its environments, if anything.
    pub kept: Option<Box<KeptState>>,
    /// The timer of its environments' ends, where something ends with them.
    pub ends_watch: Option<EndsWatch>,
    /// The schedule that wakes it, if it is a batch.
    pub batch: Option<NodeId>,
    /// Leaves below it, itself included.
    pub branches: Branches,
    /// Which leaf it is itself.
    pub leaf: Option<usize>,
    /// Hop and copies of asynchronous events, by stream.
    pub hops: Vec<Purpose>,
    /// The same for firings of a schedule.
    pub tick_hops: Purpose,
    /// Jitter of retries, by stream; the last is for firings of a schedule.
    pub jitters: Vec<Purpose>,
    pub runs: RunTotals,
    pub concurrency: Gauge,
    /// The share of invokes that a fault refuses at present.
    pub refused: f64,
    /// Most runs at once while a fault throttles: of all invokes, and of those that nobody waits for.
    pub most: Option<[u32; 2]>,
    /// Whether a fault may end its runs where they are, so that nothing of them is known before.
    pub may_be_lost: bool,
}

impl LambdaNode {
    pub(super) fn asynchronous(&self) -> &AsyncSettings {
        &self.function.settings().asynchronous
    }

    pub(super) fn timeout(&self) -> Span {
        self.function.settings().timeout
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It returned.
    Returned,
    /// It returned an error.
    Errored,
    /// Its process died.
    Crashed,
    /// It was killed at the function timeout.
    TimedOut,
    /// Its environment or task was lost with it.
    Lost,
}

impl Ended {
    /// Why what took effect before a run ended so is done again: nothing if the run ended well.
    pub(super) const fn cause_to_repeat(self) -> Option<DuplicateCause> {
        match self {
            Self::Returned => None,
            Self::Errored => Some(DuplicateCause::ErrorAfterEffect),
            Self::Crashed | Self::Lost => Some(DuplicateCause::CrashAfterEffect),
            Self::TimedOut => Some(DuplicateCause::TimeoutAfterEffect),
        }
    }

    /// The same of the other items of a run that was at work on more than the one it ended with.
    pub(super) const fn cause_to_repeat_others(self) -> Option<DuplicateCause> {
        match self {
            Self::Returned => None,
            Self::Errored | Self::Crashed => Some(DuplicateCause::RunFailedAfterEffect),
            Self::Lost => Some(DuplicateCause::CrashAfterEffect),
            Self::TimedOut => Some(DuplicateCause::TimeoutAfterEffect),
        }
    }
}

impl From<Ends> for Ended {
    fn from(ends: Ends) -> Self {
        match ends {
            Ends::Returned => Self::Returned,
            Ends::Errored => Self::Errored,
            Ends::Crashed => Self::Crashed,
        }
    }
}

impl Simulation<'_> {
    pub(super) fn lambda(&mut self, node: NodeId) -> &mut LambdaNode {
        match &mut self.nodes[node.index()] {
            NodeState::Lambda(state) => state,
            other => unreachable!("a message of a Lambda function names another node: {other:?}"),
        }
    }

    /// An asynchronous invoke about an item is accepted at `at`; its queue delivers it at least once. Takes over one
    /// hold.
    pub(super) fn accept(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        if self.is_durable(node) && !self.starts_durably(node, item) {
            return self.ledger.release(self.now, item);
        }
        self.queue_event(node, Work::Item(item), item, at, path);
    }

    /// An asynchronous invoke about an item is accepted at `at`, for this work: as its queue delivers it at least once,
    /// maybe for another like it.
    pub(super) fn queue_event(&mut self, node: NodeId, work: Work, item: ItemRef, at: Time, path: Path) {
        let delivery = self.ordinals.next_delivery(item, node);
        let arrived = *self.ledger.arrived(item);
        let state = self.lambda(node);
        let mut draw = state.hops[arrived.stream.index()].draw(arrived.number, delivery);
        let settings = state.asynchronous();
        let hop = settings.hop.span(&mut draw);
        let again = draw.chance(settings.duplicate_probability).then(|| settings.hop.span(&mut draw));
        if let Some(hop) = again.filter(|_| !self.copy_is_suppressed(node, item)) {
            let copy = Path { cause: Some(DuplicateCause::AtLeastOnceDelivery), ..path };
            self.ledger.tell(at, item, Spot::Node(node), What::Kept { copy: true, until: Some(at + hop) });
            let second = self.second_of(work, item);
            self.queue_message(node, second, at, hop, copy);
        }
        self.ledger.tell(at, item, Spot::Node(node), What::Kept { copy: false, until: Some(at + hop) });
        self.queue_message(node, work, at, hop, path);
    }

    /// What the second delivery of an event is about.
    fn second_of(&mut self, work: Work, item: ItemRef) -> Work {
        if let Work::Step(run) = work {
            return Work::Step(self.copy_of_event(run));
        }
        self.ledger.hold(item);
        work
    }

    /// Puts an event in a function's queue, due after its hop.
    pub(super) fn queue_message(&mut self, node: NodeId, work: Work, at: Time, hop: Span, path: Path) {
        let path = path.then(Path { hop, ..Path::default() });
        let message = self.messages.insert(Message::new(node, work, at, path));
        self.calendar.schedule(at + hop, class::TRY, Event::Try(message));
    }

    /// Tries an event: it runs, or waits to be tried again.
    pub(super) fn try_message(&mut self, reference: MessageRef) {
        let now = self.now;
        let message = &mut self.messages[reference];
        message.tries += 1;
        message.tried = now;
        let (node, work) = (message.node, message.work);
        let mut retry = message.tries > 1;
        if let Work::Messages(queue, batch) = work {
            retry |= self.is_redelivery(queue, batch);
        }
        if let Work::Request(api, request) = work {
            retry |= self.is_client_retry(api, request);
        }
        let synchronous = matches!(work, Work::Messages(..) | Work::Request(..) | Work::Task(_));
        let mode = if synchronous { Mode::Synchronous } else { Mode::Asynchronous };
        let NodeState::Lambda(state) = &mut self.nodes[node.index()] else { return };
        state.runs.attempts += 1;
        state.runs.retries += u64::from(retry);
        if let Some(watch) = &mut self.requests {
            watch.offered(now, node.index(), !retry);
        }
        let struck = state.is_struck();
        let invoked = if struck { self.invoke_struck(reference) } else { Invoked::Allowed };
        let NodeState::Lambda(state) = &mut self.nodes[node.index()] else { return };
        let admitted = match invoked {
            Invoked::Allowed => state.function.admit(&mut self.account, now, mode).ok(),
            Invoked::Refused | Invoked::Throttled => None,
        };
        if let Some(start) = admitted {
            self.note_met(node);
            return self.begin(reference, start);
        }
        state.runs.throttles += u64::from(invoked != Invoked::Refused);
        self.tell_of(node, What::RunRefused);
        if let Some(strike) = invoked.strike() {
            self.tell_message_struck(reference, strike);
        }
        match work {
            Work::Messages(queue, batch) => self.batch_throttled(reference, queue, batch),
            Work::Request(api, request) => self.request_throttled(reference, api, request),
            Work::Task(task) => self.task_throttled(reference, task),
            _ if invoked == Invoked::Refused => self.system_error(reference),
            _ => self.throttled(reference),
        }
    }

    fn begin(&mut self, reference: MessageRef, start: Start) {
        let Message { node, work, .. } = self.messages[reference];
        self.concurrency.up(self.now, 1);
        let now = self.now;
        let state = self.lambda(node);
        state.runs.invocations += 1;
        state.runs.cold_starts += u64::from(start.delays.cold);
        state.concurrency.up(now, 1);
        match work {
            Work::Item(item) if self.works_in_steps(node) => self.begin_run_in_steps(reference, item, start),
            Work::Item(item) => _ = self.begin_item(reference, item, start),
            Work::Tick(_) => self.begin_batch(reference, Place::Environment(start)),
            Work::Messages(queue, batch) => self.begin_messages(reference, queue, batch, start),
            Work::Request(api, request) => self.begin_request(reference, api, request, start),
            Work::Task(task) => _ = self.begin_item(reference, self.item_of_task(task), start),
            Work::Step(run) => _ = self.begin_item(reference, self.item_of_step(run), start),
            Work::Resume(run) => self.resume(reference, run, start),
        }
    }

    /// A run over one item: all it will do is known now, and one event ends it. Returns when.
    pub(super) fn begin_item(&mut self, reference: MessageRef, item: ItemRef, start: Start) -> Time {
        let node = self.messages[reference].node;
        let attempt = self.ordinals.next_run(item, node);
        self.tell_began(item, node, attempt, &start);
        let arrived = *self.ledger.arrived(item);
        let begins = self.now + start.delays.before_run() + start.delays.repeated_init;
        let shed = matches!(self.messages[reference].work, Work::Item(_)) && self.sheds(node, item, begins);
        let state = self.lambda(node);
        let mut plan = if shed {
            Plan::NOTHING
        } else {
            state.handler.plan(arrived.stream.index(), arrived.number, attempt, arrived.service)
        };
        match self.messages[reference].work {
            Work::Task(task) => plan = self.plan_of_task(node, task, attempt, plan),
            Work::Step(run) => plan = self.plan_of_step(reference, run, attempt, plan),
            _ => {}
        }
        let state = self.lambda(node);
        let timeout = state.timeout();
        if state.kept.is_some() && !shed {
            let begins =
                Begins { process: process_of(node, &start), arrived: &arrived, attempt, at: begins, last: true };
            plan.processing += self.state_adds(node, &begins, &plan);
        }
        let needed = start.delays.repeated_init + plan.processing;
        let timed_out = needed > timeout;
        let end = self.now + start.delays.before_run() + needed.min(timeout);
        self.messages[reference].run = Some(Run { start, plan, timed_out, ends: end });
        self.calendar.schedule(end, class::END, Event::RunEnds(reference));
        end
    }

    /// A run over one item by a function that calls something: its work is advanced step by step.
    pub(super) fn begin_run_in_steps(&mut self, reference: MessageRef, item: ItemRef, start: Start) {
        let run = Run::of_many_steps(start);
        let message = &mut self.messages[reference];
        message.run = Some(run);
        let (function, path) = (message.node, message.path.then(way_through(&run)));
        let begins = self.now + start.delays.before_run();
        let deadline = begins + self.lambda(function).timeout();
        self.begin_work(Assignment {
            host: WorkHost::Run(reference),
            function,
            item,
            begins: begins + start.delays.repeated_init,
            process: process_of(function, &start),
            deadline: Some(deadline),
            path,
        });
    }

    /// The work of such a run is over, and with it the run.
    pub(super) fn run_over(&mut self, reference: MessageRef, result: WorkResult) {
        let Message { node, work, tried, run, .. } = self.messages[reference];
        let Some(run) = run else { return };
        self.end_run(node, tried, &run.start, result.ended);
        if result.effect == EffectOf::None {
            let processed = self.now.since(tried + run.start.delays.before_run());
            self.lambda(node).runs.wasted += u128::from(processed.as_nanos());
        } else if let Some(cause) = result.ended.cause_to_repeat() {
            self.messages[reference].path.cause = Some(cause);
        }
        match work {
            Work::Request(api, request) => self.request_run_over(reference, api, request, &result),
            _ => self.conclude(reference, result.ended),
        }
    }

    /// A run over one item ends: its effect, its environment, and whether it is tried again.
    pub(super) fn run_ends(&mut self, reference: MessageRef) {
        let Some(&Message { node, work, path, tried, run, .. }) = self.messages.get(reference) else { return };
        let item = match work {
            Work::Item(item) => item,
            Work::Request(api, request) => self.item_of_request(api, request),
            Work::Task(task) => self.item_of_task(task),
            Work::Step(run) => self.item_of_step(run),
            Work::Tick(_) | Work::Messages(..) | Work::Resume(_) => return,
        };
        // An earlier run of the message may have been lost before it came to its end.
        let Some(run) = run.filter(|run| run.ends == self.now) else { return };
        let ended = if run.timed_out { Ended::TimedOut } else { run.plan.ends.into() };
        let effect = run.plan.effect && !run.timed_out;
        let process = process_of(node, &run.start);
        if let (true, Work::Task(task)) = (effect, work) {
            self.task_effect(task);
        } else if effect {
            match work {
                Work::Step(step) => self.step_effect(step, path),
                _ => self.effect(node, process, item, path.then(way_through(&run)), run.plan.processing),
            }
            // A try after this one does again what is done.
            if let Some(cause) = ended.cause_to_repeat() {
                self.messages[reference].path.cause = Some(cause);
            }
        }
        self.end_run(node, tried, &run.start, ended);
        if !effect && ended == Ended::Returned {
            self.shed(node, item, self.now);
        }
        self.tell(item, node, What::Finished { ended, effect });
        if !effect {
            let processed = self.now.since(tried + run.start.delays.before_run());
            self.lambda(node).runs.wasted += u128::from(processed.as_nanos());
        }
        match work {
            Work::Request(api, request) if self.lambda(node).may_be_lost => {
                let worked = run.plan.processing;
                let led = if effect { EffectOf::Applied } else { EffectOf::None };
                let result = WorkResult { ended, effect: led, announced: effect, fails_run: false, worked };
                self.request_run_over(reference, api, request, &result);
            }
            Work::Request(api, request) => self.request_done(reference, api, request, effect),
            Work::Task(task) => self.task_run_over(reference, task, ended),
            Work::Step(step) => self.step_run_over(reference, step, ended, path.then(way_through(&run))),
            _ => self.conclude(reference, ended),
        }
    }

    /// What a function's work of `service` on an item leads to: the owed effect at a leaf, a message onward before it.
    pub(super) fn effect(&mut self, node: NodeId, process: Process, item: ItemRef, path: Path, service: Span) {
        match self.lambda(node).leaf {
            Some(branch) => {
                let applied = self.ledger.apply(self.now, item, branch, path);
                self.count_item(node, Some(process), applied);
                if applied == Applied::Again {
                    self.lambda(node).runs.wasted += u128::from(service.as_nanos());
                }
            }
            None => {
                self.ledger.hold(item);
                self.forward(node, item, self.now, path);
            }
        }
    }

    /// Frees a run's environment and counts its time.
    pub(super) fn end_run(&mut self, node: NodeId, tried: Time, start: &Start, ended: Ended) {
        let now = self.now;
        self.concurrency.down(now, 1);
        let NodeState::Lambda(state) = &mut self.nodes[node.index()] else { return };
        let duration = now.since(tried + start.delays.before_run());
        let left = match ended {
            Ended::Returned | Ended::Errored => Left::Intact,
            Ended::Crashed | Ended::TimedOut => Left::Reset,
            Ended::Lost => Left::Lost,
        };
        state.function.finish(&mut self.account, now, start, duration, left);
        state.concurrency.down(now, 1);
        state.runs.timeouts += u64::from(ended == Ended::TimedOut);
        state.runs.busy += u128::from(now.since(tried).as_nanos());
        let (keeps, watched) = (state.program.is_some() || state.kept.is_some(), state.ends_watch.is_some());
        self.tell_of(node, What::Ran { since: tried, on: host_of(start), ended: Some(ended) });
        if keeps && left != Left::Intact {
            self.process_ends(process_of(node, start));
        } else if keeps {
            self.invocation_ends(process_of(node, start), ended);
        }
        if watched {
            self.watch_ends(node);
        }
    }

    /// An event whose run has ended: done with, or tried again.
    pub(super) fn conclude(&mut self, reference: MessageRef, ended: Ended) {
        match ended {
            Ended::Returned => self.done(reference),
            Ended::Errored | Ended::Crashed | Ended::TimedOut => self.failed(reference),
            Ended::Lost => self.system_error(reference),
        }
    }

    /// An event that needs no further try.
    pub(super) fn done(&mut self, reference: MessageRef) {
        let work = self.messages[reference].work;
        self.messages.remove(reference);
        if let Work::Item(item) = work {
            self.ledger.release(self.now, item);
        }
    }

    /// An event whose run ended in a function error: tried again in 1 and 2 minutes, then given up.
    pub(super) fn failed(&mut self, reference: MessageRef) {
        self.messages[reference].errors += 1;
        let message = self.messages[reference];
        let about = match message.work {
            Work::Item(item) => Some(item),
            Work::Step(run) => Some(self.item_of_step(run)),
            _ => None,
        };
        let mut draw = match (message.work, about) {
            (_, Some(item)) => {
                let arrived = *self.ledger.arrived(item);
                self.lambda(message.node).jitters[arrived.stream.index()].draw(arrived.number, message.tries)
            }
            (Work::Tick(ordinal), None) => {
                let jitters = &self.lambda(message.node).jitters;
                jitters[jitters.len() - 1].draw(u64::from(ordinal), message.tries)
            }
            // Its messages come back by their visibility timeout; its client or its machine calls again.
            _ => return,
        };
        let now = self.now;
        let settings = self.lambda(message.node).asynchronous();
        let jitter = settings.retry_jitter.span(&mut draw);
        let verdict = after_error(settings, message.accepted, now, message.errors, jitter);
        self.follow(reference, verdict);
    }

    fn throttled(&mut self, reference: MessageRef) {
        self.messages[reference].throttles += 1;
        let message = self.messages[reference];
        let now = self.now;
        let state = self.lambda(message.node);
        // Reserved concurrency 0 blocks the function: no retries (L-resv).
        let verdict = if state.function.settings().reserved == Some(0) {
            Verdict::Exhausted
        } else {
            after_throttle(state.asynchronous(), message.accepted, now, message.throttles)
        };
        self.follow(reference, verdict);
    }

    /// An event that met an error of the service: tried again like one that was throttled (L-async).
    fn system_error(&mut self, reference: MessageRef) {
        let now = self.now;
        let message = &mut self.messages[reference];
        message.throttles += 1;
        let (node, accepted, errors) = (message.node, message.accepted, message.throttles);
        if matches!(message.work, Work::Item(_) | Work::Step(_) | Work::Tick(_)) {
            let verdict = after_throttle(self.lambda(node).asynchronous(), accepted, now, errors);
            self.follow(reference, verdict);
        }
    }

    fn follow(&mut self, reference: MessageRef, verdict: Verdict) {
        self.tell_follow(reference, verdict);
        let message = &mut self.messages[reference];
        message.run = None;
        match verdict {
            Verdict::RetryAt(time) => {
                message.path.back_off += time.since(message.tried);
                self.calendar.schedule(time, class::TRY, Event::Try(reference));
            }
            Verdict::ExpiresAt(time) => {
                self.calendar.schedule(time.max(self.now), class::TRY, Event::TooOld(reference));
            }
            Verdict::Exhausted => self.give_up(reference, None),
        }
    }

    /// An event outlived its largest age.
    pub(super) fn message_too_old(&mut self, reference: MessageRef) {
        self.give_up(reference, Some(End::Expired));
    }

    /// An event is given up: kept where failures go, or dropped. What is dropped for its retries is lost, what is
    /// dropped for its age has expired.
    fn give_up(&mut self, reference: MessageRef, dropped_as: Option<End>) {
        let Message { node, work, .. } = self.messages[reference];
        match work {
            Work::Resume(run) => return self.resume_given_up(reference, run),
            Work::Step(run) => return self.step_given_up(reference, run, dropped_as),
            _ => {}
        }
        if let Work::Item(item) = work {
            self.tell(item, node, What::GivenUp);
            let state = self.lambda(node);
            let branches = state.branches;
            let on_failure = state.asynchronous().on_failure;
            self.remedies.to_destination += u64::from(on_failure == OnFailure::Destination);
            let end = match on_failure {
                OnFailure::Drop => dropped_as,
                OnFailure::DeadLetterQueue | OnFailure::Destination => Some(End::DeadLettered),
            };
            if let Some(end) = end {
                self.ledger.end(self.now, item, branches, end);
            }
        }
        self.done(reference);
    }

    /// Runs still under way at the end are billed, and their time counted, as far as they came; and what was kept ready.
    pub(super) fn charge_unfinished(&mut self) {
        let now = self.now;
        for node in &mut self.nodes {
            if let NodeState::Lambda(state) = node {
                state.function.charge_provisioned(now);
            }
        }
        for message in self.messages.iter() {
            let Some(run) = &message.run else { continue };
            let NodeState::Lambda(state) = &mut self.nodes[message.node.index()] else { continue };
            let duration = now.since(message.tried + run.start.delays.before_run());
            state.function.finish(&mut self.account, now, &run.start, duration, Left::Intact);
            state.runs.busy += u128::from(now.since(message.tried).as_nanos());
        }
    }

    /// Closes every function's books, in the order of the graph.
    pub(super) fn close_functions(&mut self, end: Time) -> Vec<FunctionOutcome> {
        let mut outcomes = Vec::new();
        let nodes = std::mem::take(&mut self.nodes);
        for (node, state) in self.design.nodes.iter().zip(nodes) {
            let label = node.label.clone();
            match state {
                NodeState::Lambda(state) => {
                    if let Some(store) = &state.store {
                        self.usage.merge(store.usage());
                    }
                    if let Some(kept) = &state.kept {
                        self.usage.merge(kept.usage());
                    }
                    let usage = *state.function.usage();
                    let mut runs = state.runs;
                    runs.billed_mb_ms = billed_mb_ms(&usage);
                    self.usage.merge(&usage);
                    outcomes.push(FunctionOutcome {
                        label,
                        runs,
                        concurrency: state.concurrency.finish(end),
                        environments_max: state.function.environments_max(),
                        state: state.kept.map(|kept| kept.finish()),
                    });
                }
                NodeState::Fargate(state) => {
                    self.usage.merge(state.tasks.usage());
                    if let Some(store) = &state.store {
                        self.usage.merge(store.usage());
                    }
                    if let Some(kept) = &state.kept {
                        self.usage.merge(kept.usage());
                    }
                    outcomes.push(state.finish(label, end));
                }
                NodeState::Ideal(state) => outcomes.push(FunctionOutcome {
                    label,
                    runs: state.runs,
                    concurrency: state.concurrency.finish(end),
                    environments_max: state.busy_max,
                    state: None,
                }),
                NodeState::Notification(_)
                | NodeState::Schedule(_)
                | NodeState::Queue
                | NodeState::Sqs(_)
                | NodeState::Push(_)
                | NodeState::Api(_)
                | NodeState::Stream(_)
                | NodeState::Machine => {}
            }
        }
        outcomes
    }
}

/// The process of a run.
pub(super) const fn process_of(function: NodeId, start: &Start) -> Process {
    Process(function.0, start.place.process())
}

/// The way of an item through a run.
fn way_through(run: &Run) -> Path {
    let delays = &run.start.delays;
    let Plan { processing, .. } = run.plan;
    Path { hop: delays.dispatch, cold: delays.cold_start(), service: processing, ..Path::default() }
}

fn billed_mb_ms(usage: &crate::words::Usage) -> u128 {
    use crate::words::LineItem::{LambdaArmMbMs, LambdaX86MbMs, ProvisionedArmMbMs, ProvisionedX86MbMs};
    [LambdaX86MbMs, LambdaArmMbMs, ProvisionedX86MbMs, ProvisionedArmMbMs].map(|row| usage.count(row)).iter().sum()
}
