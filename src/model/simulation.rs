//! One run of one strategy: the event loop, and the way items take through the graph.
//!
//! The model routes; services and handlers decide. What happens at a node of each kind is in a file of its own:
//! [`lambda_node`](super::lambda_node), [`batch_node`](super::batch_node), [`fargate_node`](super::fargate_node),
//! [`ideal_node`](super::ideal_node), [`sqs_node`](super::sqs_node), [`stream_node`](super::stream_node),
//! [`push_node`](super::push_node), [`api_node`](super::api_node).

use super::api_node::ApiNode;
use super::batch_node::BatchNode;
use super::breakers::Breakers;
use super::clients::Clients;
use super::design::{Design, Node, NodeKind};
use super::fargate_node::FargateNode;
use super::fault_watch::{FaultWatch, RequestWatch, Watched};
use super::faults::{DesignFault, Faults};
use super::filters::Filters;
use super::ideal_node::{IdealNode, Service};
use super::item_work::{ItemWork, WorkRef};
use super::lambda_node::LambdaNode;
use super::ledger::{Arrived, Branches, ItemRef, Ledger, LedgerError, LedgerSettings, Path};
use super::message::{Message, MessageRef};
use super::object_put::Bucket;
use super::ordinals::Ordinals;
use super::outcome::{FaultOutcome, OUTCOME_VERSION, Outcome, RemedyTotals};
use super::push_node::PushNode;
use super::resource_call::Call;
use super::resource_node::ResourceNode;
use super::sqs_node::SqsNode;
use super::story::{Spot, Strike, What};
use super::stream_node::StreamNode;
use super::workflow::{RunRef, TaskRef, Workflows};
use crate::arrivals::{Arrival, ArrivalError, Stream, StreamSettings};
use crate::kernel::{Arena, Calendar, Class, Handle, Purpose, Root, Span, Time};
use crate::metrics::{Gauge, Grid};
use crate::services::lambda::Account;
use crate::services::notification::NotificationSettings;
use crate::services::{api_gateway, fargate};
use crate::words::{DuplicateCause, NodeId, ResourceId, StreamId, Usage};

/// What a strategy is run against: the same for every strategy of a scenario.
#[derive(Debug, Clone)]
pub struct Workload<'a> {
    /// The streams of items.
    pub streams: &'a [StreamSettings],
    /// Civil time at the start of the run.
    pub start: jiff::Timestamp,
    /// Arrivals stop here.
    pub duration: Span,
    /// The run goes on this long after that, unless it is drained before.
    pub drain: Span,
    /// Time means and latencies are taken from here on.
    pub warm_up: Span,
    /// Multiplies every stream.
    pub load: f64,
    /// Latency bounds whose share is counted exactly.
    pub bounds: &'a [Span],
    /// Whether effects are held against the order in which the items of each key arrived: some strategy promises it.
    pub watch_order: bool,
    /// What is in time for the strategy, by its objectives: when it is back after a fault is told by that.
    pub recovery_bound: Option<Span>,
}

/// Why a run ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An arrival stream could not be read.
    #[error(transparent)]
    Arrivals(#[from] ArrivalError),
    /// A law was broken: a mistake of the simulator.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Something was to happen past the end of the clock (584 years).
    #[error("the simulated clock overflowed: a delay reaches past 584 years")]
    ClockOverflow,
}

/// What can happen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    /// The next item of a stream arrives.
    Arrival(StreamId),
    /// A sender sends an item once more.
    SentAgain(ItemRef),
    /// An event in a function's queue is due for a try.
    Try(MessageRef),
    /// An event in a function's queue reaches its largest age.
    TooOld(MessageRef),
    /// A run over one item ends.
    RunEnds(MessageRef),
    /// A sender tries once more to put an object.
    PutAgain(NodeId, Handle),
    /// A schedule fires for the n-th time.
    Tick(NodeId, u32),
    /// A schedule calls RunTask.
    RunTask(MessageRef),
    /// A batch run comes to its next step.
    Batch(MessageRef),
    /// A batch run reaches the function timeout.
    BatchTimeout(MessageRef),
    /// Work in steps comes to its next, or is killed.
    Work(WorkRef),
    /// A resource is done with a call.
    Resource(ResourceId),
    /// An idle environment of a function may have ended.
    EnvironmentsEnd(NodeId),
    /// An ideal server has served.
    Served(Handle),
    /// A message reaches its SQS queue.
    Stored(NodeId, Handle),
    /// An item is sent to a FIFO queue.
    SentInOrder(NodeId, Handle),
    /// A message's delay is over.
    Appears(NodeId, Handle),
    /// The pollers of a queue look at it.
    Look(NodeId),
    /// What a receive found reaches the poller of a batch.
    Received(NodeId, Handle),
    /// A poller sees that the window of its batch is over.
    WindowEnds(NodeId, Handle),
    /// A run over a batch of messages is done with one of them, or killed.
    MessageEnds(MessageRef),
    /// The visibility timeout of messages of a batch has run.
    VisibleAgain(NodeId, Handle),
    /// The oldest message of a queue may have outlived the retention.
    Retention(NodeId),
    /// A redrive of a queue's dead letters starts.
    RedriveStarts(NodeId),
    /// A redrive moves its next message.
    RedriveMoves(NodeId),
    /// The limit of a queue's pollers is looked at.
    PollerTick(NodeId),
    /// What a topic or a bus has put off is due.
    Push(NodeId, Handle),
    /// A client sends an attempt of a call to an API.
    ClientSends(NodeId, Handle),
    /// A request reaches its API.
    RequestArrives(NodeId, Handle),
    /// A client hears of its attempt, or gives it up.
    ClientHears(NodeId, Handle),
    /// A client or a gateway has waited long enough for a run.
    AnswerDue(NodeId, Handle),
    /// A producer's call reaches its stream.
    Put(NodeId, Handle),
    /// A reader of a stream polls its shard, or is pushed to.
    Polls(NodeId, u32),
    /// The answer to a poll of a shard is there.
    Records(NodeId, u32),
    /// A lane of a stream's mapping comes to the end of its window or pause.
    Lane(NodeId, Handle),
    /// A fault begins or ends.
    Fault(u32),
    /// An item is sent that its sender held back.
    Held(Handle),
    /// A schedule fires for the n-th time, when it can again.
    FiresLate(NodeId, u32),
    /// StartExecution of a state machine is called.
    StartExecution(NodeId, Handle),
    /// A function comes to the first state of the machine that it runs.
    Orchestrate(RunRef),
    /// What an execution of a state machine waits for is due.
    Workflow(RunRef),
    /// A task of an execution is over.
    TaskEnds(TaskRef),
    /// What a step of a choreography has asked for is told by another event.
    ToldLater(RunRef),
    /// No item arrives from here on: a run that is drained by then ends now.
    ArrivalsEnd,
    /// The end of the run.
    Until,
}

/// The order of events at one instant: what frees capacity comes before what asks for it.
pub(super) mod class {
    use super::Class;
    /// Ends of runs.
    pub const END: Class = Class(0);
    /// Arrivals.
    pub const ARRIVAL: Class = Class(1);
    /// Tries.
    pub const TRY: Class = Class(2);
    /// Looks of the pollers of a queue: they find all that is visible at that instant.
    pub const LOOK: Class = Class(3);
    /// Steps of batch runs.
    pub const BATCH: Class = Class(3);
    /// Timeouts of batch runs: what is done at that very instant is done in time, as it is of a run over one item.
    pub const TIMEOUT: Class = Class(4);
    /// The end of arrivals: a schedule that fires at that very instant finds the run over if it is drained.
    pub const ARRIVALS_END: Class = Class(5);
    /// Schedules.
    pub const TICK: Class = Class(6);
    /// The end of the run.
    pub const UNTIL: Class = Class(255);
}

/// A node of the graph at work.
#[derive(Debug)]
pub(super) enum NodeState {
    Notification(NotificationNode),
    Schedule(Box<BatchNode>),
    Lambda(Box<LambdaNode>),
    Fargate(Box<FargateNode>),
    Ideal(Box<IdealNode>),
    Sqs(Box<SqsNode>),
    Push(Box<PushNode>),
    Api(Box<ApiNode>),
    Stream(Box<StreamNode>),
    /// AWS Step Functions: what it does is kept with the other state machines.
    Machine,
    /// A textbook queue, which is kept by the servers it feeds.
    Queue,
}

/// `events` and `s3` at work.
#[derive(Debug)]
pub(super) struct NotificationNode {
    settings: NotificationSettings,
    /// Latency and copies, by stream.
    draws: Vec<Purpose>,
    /// A fault lets it notify of nothing before then.
    pub closed_until: Time,
    /// Where objects are put first, if they are.
    pub bucket: Option<Box<Bucket>>,
}

/// One run of one strategy.
#[derive(Debug)]
pub struct Simulation<'a> {
    pub(super) design: &'a Design,
    pub(super) calendar: Calendar<Event>,
    pub(super) now: Time,
    pub(super) ledger: Ledger,
    pub(super) messages: Arena<Message>,
    pub(super) in_service: Arena<Service>,
    /// Work on items by functions that call something, and their calls.
    pub(super) works: Arena<ItemWork>,
    pub(super) calls: Arena<Call>,
    pub(super) resources: Vec<ResourceNode>,
    pub(super) clients: Clients,
    pub(super) breakers: Breakers,
    pub(super) requests: Option<Box<RequestWatch>>,
    pub(super) remedies: RemedyTotals,
    pub(super) ordinals: Ordinals,
    pub(super) nodes: Vec<NodeState>,
    pub(super) account: Account,
    pub(super) fargate: fargate::Account,
    pub(super) api_account: api_gateway::Account,
    pub(super) concurrency: Gauge,
    pub(super) usage: Usage,
    pub(super) filters: Filters,
    /// What goes wrong, if anything does.
    pub(super) faults: Option<Box<Faults>>,
    pub(super) workflows: Workflows,
    /// Whether a function has records of the items it has worked on.
    remembers: bool,
    streams: Vec<OpenStream>,
    streams_left: usize,
    duration: Time,
    ended: bool,
}

/// A part of a design that requests are made to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Node(NodeId),
    Resource(ResourceId),
}

/// A stream and its one pending arrival.
#[derive(Debug)]
struct OpenStream {
    stream: Stream,
    pending: Option<Arrival>,
    number: u64,
}

impl<'a> Simulation<'a> {
    /// Puts the measured items in so many batches by the time of their arrival (one at least), for intervals of this run
    /// alone. Before anything happens.
    #[must_use]
    pub fn in_batches(mut self, count: usize) -> Self {
        self.ledger.cut_in_batches(count);
        self
    }

    /// A run at time zero.
    ///
    /// # Errors
    /// A trace that cannot be opened or whose first rows are bad.
    pub fn new(design: &'a Design, workload: &Workload<'_>, root: &Root) -> Result<Self, RunError> {
        let horizon = Time::ZERO + workload.duration + workload.drain;
        let (warm_up, duration) = (Time::ZERO + workload.warm_up, Time::ZERO + workload.duration);
        let grid = Grid::covering(workload.duration);
        let leaves = design.leaves();
        let all = Branches::try_from((1_u32 << leaves.len()) - 1).expect("a flow has at most 16 leaves");
        let mut simulation = Self {
            calendar: Calendar::new(),
            now: Time::ZERO,
            ledger: Ledger::new(LedgerSettings {
                grid,
                warm_up,
                until: duration,
                branches: leaves.len(),
                bounds: workload.bounds.to_vec(),
                watch_order: workload.watch_order,
            }),
            messages: Arena::new(),
            in_service: Arena::new(),
            works: Arena::new(),
            calls: Arena::new(),
            clients: Clients::default(),
            breakers: Breakers::default(),
            remedies: RemedyTotals::default(),
            requests: RequestWatch::new(&watched(design), design.nodes.len() + design.resources.len()),
            resources: super::build::resources(design, workload, root, grid),
            ordinals: Ordinals::new(design.nodes.len()),
            nodes: super::build::nodes(design, workload, root, grid),
            account: super::build::account(design),
            fargate: fargate::Account::new(design.fargate),
            api_account: api_gateway::Account::new(design.api),
            concurrency: Gauge::new(grid, warm_up, duration),
            usage: Usage::default(),
            streams: Vec::new(),
            streams_left: 0,
            workflows: Workflows::new(design, workload, root),
            filters: Filters::new(design, all, workload.streams, root),
            faults: Faults::new(design, workload.streams, root),
            remembers: design.nodes.iter().any(|node| node.idempotency.is_some()),
            duration,
            ended: false,
            design,
        };
        simulation.ledger.faults = FaultWatch::new(&watched(design), workload.duration, workload.recovery_bound);
        simulation.start_faults();
        simulation.calendar.schedule(horizon, class::UNTIL, Event::Until);
        simulation.calendar.schedule(duration, class::ARRIVALS_END, Event::ArrivalsEnd);
        simulation.start_schedules();
        simulation.start_redrives();
        for settings in workload.streams {
            let stream = Stream::open(settings, workload.start, duration, workload.load, root)?;
            simulation.streams.push(OpenStream { stream, pending: None, number: 0 });
            simulation.streams_left += 1;
            let id = StreamId((simulation.streams.len() - 1) as u16);
            simulation.fetch_arrival(id)?;
        }
        Ok(simulation)
    }

    /// Runs up to `time` (events at that instant included), or to the end. Returns whether the run has ended.
    ///
    /// # Errors
    /// A bad row in a trace, or a clock that overflowed.
    pub fn advance(&mut self, time: Time) -> Result<bool, RunError> {
        self.advance_some(time, u64::MAX)?;
        Ok(self.ended)
    }

    /// Runs up to `time`, to the end, or for so many events, whatever comes first. Returns whether events up to `time`
    /// may be left.
    ///
    /// # Errors
    /// As [`Simulation::advance`].
    pub fn advance_some(&mut self, time: Time, events: u64) -> Result<bool, RunError> {
        let mut left = events;
        while !self.ended && self.calendar.next_time().is_some_and(|next| next <= time) {
            if left == 0 {
                return Ok(true);
            }
            left -= 1;
            let Some((at, event)) = self.calendar.pop() else { break };
            debug_assert!(at >= self.now, "time goes forward only");
            self.now = at;
            self.handle(event)?;
            if at >= self.duration && self.drained() {
                self.ended = true;
            }
            if self.calendar.overflowed() {
                return Err(RunError::ClockOverflow);
            }
        }
        Ok(false)
    }

    /// Runs to the end and closes the books.
    ///
    /// # Errors
    /// As [`Simulation::advance`], and a law the run broke.
    pub fn finish(mut self) -> Result<Outcome, RunError> {
        self.advance(Time::NEVER)?;
        let end = self.now;
        let labels = self.design.leaves();
        (0..self.nodes.len()).for_each(|node| self.note_ends(NodeId(node as u16)));
        self.charge_unfinished();
        self.charge_unfinished_tasks();
        self.count_unfinished_services();
        self.close_queues(end);
        let apis = self.close_apis();
        let streams = self.close_streams(end);
        let machines = self.close_workflows();
        let functions = self.close_functions(end);
        let resources = std::mem::take(&mut self.resources).into_iter().map(|resource| resource.finish(end)).collect();
        let faults = self.close_faults(end);
        let mut totals = self.ledger.close(end)?;
        for (branch, leaf) in totals.branches.iter_mut().zip(labels) {
            branch.label.clone_from(&self.design.nodes[leaf.index()].label);
        }
        Ok(Outcome {
            version: OUTCOME_VERSION,
            end,
            items: totals.items,
            branches: totals.branches,
            functions,
            apis,
            streams,
            machines,
            resources,
            faults,
            without_faults: None,
            remedies: self.remedies,
            backlog: totals.backlog,
            oldest_age: totals.oldest_age,
            concurrency: self.concurrency.finish(end),
            usage: self.usage,
            fluid: None,
        })
    }

    /// A request is offered to a part of the design while there may be a fault.
    #[inline]
    pub(super) fn offered(&mut self, part: Part, first: bool) {
        if let Some(watch) = &mut self.requests {
            let part = match part {
                Part::Node(node) => node.index(),
                Part::Resource(resource) => self.design.nodes.len() + resource.index(),
            };
            watch.offered(self.now, part, first);
        }
    }

    /// How the strategy came through its faults.
    fn close_faults(&mut self, end: Time) -> Vec<FaultOutcome> {
        let (Some(watch), Some(requests)) = (self.ledger.faults.take(), self.requests.take()) else {
            return Vec::new();
        };
        let asked =
            |node: &Node| matches!(node.kind, NodeKind::Function(_) | NodeKind::Api(_)).then(|| node.label.clone());
        let resources = self.design.resources.iter().map(|resource| Some(resource.label.clone()));
        let labels: Vec<Option<String>> = self.design.nodes.iter().map(asked).chain(resources).collect();
        let mut faults = watch.finish(watched(self.design), self.ledger.backlog(), end);
        for (fault, requests) in faults.iter_mut().zip(requests.finish(&labels)) {
            fault.requests = requests;
        }
        faults
    }

    /// The instant the run has come to.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    fn drained(&self) -> bool {
        self.streams_left == 0 && self.messages.is_empty() && self.ledger.is_empty()
    }

    fn handle(&mut self, event: Event) -> Result<(), RunError> {
        match event {
            Event::Arrival(stream) => self.arrive(stream)?,
            Event::SentAgain(item) => self.enter(item, Some(DuplicateCause::SentTwice)),
            Event::Try(message) => self.try_message(message),
            Event::TooOld(message) => self.message_too_old(message),
            Event::RunEnds(message) => self.run_ends(message),
            Event::PutAgain(node, put) => self.put_again(node, put),
            Event::Tick(node, ordinal) => self.tick(node, ordinal),
            Event::RunTask(message) => self.run_task(message),
            Event::Batch(message) => self.batch_step(message),
            Event::BatchTimeout(message) => self.batch_timeout(message),
            Event::Work(work) => self.advance_work(work),
            Event::Resource(resource) => self.resource_done(resource),
            Event::EnvironmentsEnd(node) => self.environments_end(node),
            Event::Served(service) => self.served(service),
            Event::Stored(node, message) => self.message_stored(node, message),
            Event::SentInOrder(node, ahead) => self.sent_in_order(node, ahead),
            Event::Put(node, call) => self.record_stored(node, call),
            Event::Polls(node, reader) => self.reader_polls(node, reader),
            Event::Records(node, reader) => self.records_read(node, reader),
            Event::Lane(node, lane) => self.lane_due(node, lane),
            Event::Appears(node, message) => self.message_appears(node, message),
            Event::Look(node) => self.looked(node),
            Event::Received(node, batch) => self.messages_received(node, batch),
            Event::WindowEnds(node, batch) => self.window_ends(node, batch),
            Event::MessageEnds(message) => self.message_ends(message),
            Event::VisibleAgain(node, batch) => self.visible_again(node, batch),
            Event::Retention(node) => self.expire_messages(node),
            Event::RedriveStarts(node) => self.redrive_starts(node),
            Event::RedriveMoves(node) => self.redrive_moves(node),
            Event::PollerTick(node) => self.poller_tick(node),
            Event::Push(node, pending) => self.push_due(node, pending),
            Event::ClientSends(node, call) => self.client_sends(node, call),
            Event::RequestArrives(node, request) => self.request_arrives(node, request),
            Event::ClientHears(node, call) => self.client_hears(node, call),
            Event::AnswerDue(node, request) => self.answer_due(node, request),
            Event::Fault(number) => self.fault_boundary(number),
            Event::Held(held) => self.sent_at_last(held),
            Event::FiresLate(node, ordinal) => self.fire(node, ordinal),
            Event::StartExecution(node, start) => self.execution_starts(node, start),
            Event::Orchestrate(run) => self.orchestrate(run),
            Event::Workflow(run) => self.workflow_due(run),
            Event::TaskEnds(task) => self.timed_task_ends(task),
            Event::ToldLater(run) => self.told_later(run),
            // Whether the run is drained is asked after every event.
            Event::ArrivalsEnd => {}
            Event::Until => self.ended = true,
        }
        Ok(())
    }

    /// The number that the next arrival of a stream has.
    pub(super) fn next_number(&self, stream: usize) -> u64 {
        self.streams[stream].number
    }

    fn fetch_arrival(&mut self, id: StreamId) -> Result<(), RunError> {
        let open = &mut self.streams[id.index()];
        open.pending = open.stream.next()?;
        match &open.pending {
            Some(arrival) => {
                self.calendar.schedule(arrival.at, class::ARRIVAL, Event::Arrival(id));
            }
            None => self.streams_left -= 1,
        }
        Ok(())
    }

    fn arrive(&mut self, id: StreamId) -> Result<(), RunError> {
        let open = &mut self.streams[id.index()];
        let Some(arrival) = open.pending.take() else { return Ok(()) };
        let number = open.number;
        open.number += 1;
        // Before all that this arrival leads to: the next one is soon as a rule, and takes the place at the calendar's
        // top that this one left.
        self.fetch_arrival(id)?;
        let arrived = Arrived {
            stream: id,
            number,
            at: self.now,
            service: arrival.service,
            key: arrival.key,
            size: arrival.size,
        };
        let item = self.ledger.arrive(arrived, self.filters.owed(id, number));
        self.ordinals.reset(item);
        if self.remembers {
            self.forget_records(item);
        }
        if let Some(after) = arrival.again {
            self.ledger.hold(item);
            self.calendar.schedule(self.now + after, class::ARRIVAL, Event::SentAgain(item));
        }
        self.enter(item, None);
        Ok(())
    }

    /// An item comes in at every entry of the flow, once more if there is a cause. Takes over one hold.
    fn enter(&mut self, item: ItemRef, cause: Option<DuplicateCause>) {
        let (design, path) = (self.design, Path { cause, sending: u16::from(cause.is_some()), ..Path::default() });
        if cause.is_some() {
            self.ledger.tell(self.now, item, Spot::Item, What::SentAgain);
        }
        for &entry in &design.entries {
            self.ledger.hold(item);
            self.deliver(entry, item, self.now, path);
        }
        self.ledger.release(self.now, item);
    }

    /// Hands an item to a node, at an instant that may lie ahead. Takes over one hold.
    pub(super) fn deliver(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        if self.faults.is_none() || self.gets_in(node, item, at, path) {
            self.take_in(node, item, at, path);
        }
    }

    /// A node takes an item in. Takes over one hold.
    pub(super) fn take_in(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        match &mut self.nodes[node.index()] {
            state if state.is_fifo() => self.send_in_order(node, item, at, path),
            NodeState::Notification(_) => self.put_object(node, item, at, path),
            NodeState::Schedule(_) => self.put_in_source(node, item, &path),
            NodeState::Lambda(_) => self.accept(node, item, at, path),
            NodeState::Queue => {
                let servers = self.design.nodes[node.index()].next[0];
                self.queue_or_serve(servers, item, path);
            }
            NodeState::Ideal(_) => self.queue_or_serve(node, item, path),
            NodeState::Fargate(_) => unreachable!("tasks are started by schedules, never by items"),
            NodeState::Sqs(_) => self.send(node, item, at, path),
            NodeState::Push(_) => self.publish(node, item, at, path),
            NodeState::Api(_) => self.call_api(node, item, at, path),
            NodeState::Stream(_) => self.put(node, item, at, path),
            NodeState::Machine => self.start_execution(node, item, at, path),
        }
    }

    /// Hands an item to every successor of a node. Takes over one hold.
    pub(super) fn forward(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        let design = self.design;
        for &next in &design.nodes[node.index()].next {
            self.ledger.hold(item);
            self.deliver(next, item, at, path);
        }
        self.ledger.release(self.now, item);
    }

    /// A source tells of an item: after a latency, at least once.
    pub(super) fn notify(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        let delivery = self.ordinals.next_delivery(item, node);
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let NodeState::Notification(state) = &self.nodes[node.index()] else { return };
        let mut draw = state.draws[stream.index()].draw(number, delivery);
        let latency = state.settings.latency.span(&mut draw);
        let again = draw.chance(state.settings.duplicate_probability).then(|| state.settings.latency.span(&mut draw));
        let closed_until = state.closed_until;
        if closed_until > at {
            self.ledger.tell(at, item, Spot::Node(node), What::Struck(Strike::Waits { until: closed_until }));
        }
        let at = at.max(closed_until);
        if let Some(latency) = again {
            self.ledger.hold(item);
            let copy = Path { hop: latency, cause: Some(DuplicateCause::AtLeastOnceDelivery), ..Path::default() };
            self.ledger.tell(at + latency, item, Spot::Node(node), What::HandedOn { to: None, copy: true });
            self.forward(node, item, at + latency, path.then(copy));
        }
        self.ledger.tell(at + latency, item, Spot::Node(node), What::HandedOn { to: None, copy: false });
        self.forward(node, item, at + latency, path.then(Path { hop: latency, ..Path::default() }));
    }
}

/// The faults that strike a design.
fn watched(design: &Design) -> Vec<Watched> {
    let one = |struck: &DesignFault| Watched { name: struck.fault.name.clone(), windows: struck.fault.windows.clone() };
    design.faults.iter().map(one).collect()
}

impl NotificationNode {
    pub(super) fn new(settings: NotificationSettings, label: &str, streams: &[StreamSettings], root: &Root) -> Self {
        let draws =
            streams.iter().map(|stream| root.purpose(&format!("{}/{label}", stream.name), "notification")).collect();
        let bucket = settings.puts.filter(|_| Bucket::is_shared(streams));
        let bucket = bucket.map(|puts| Box::new(Bucket::new(puts, label, streams, root)));
        Self { settings, draws, closed_until: Time::ZERO, bucket }
    }
}

impl Design {
    /// The leaves of the flow, in the order of the graph: an item owes one effect on each.
    #[must_use]
    pub fn leaves(&self) -> Vec<NodeId> {
        let is_leaf = |index: &usize| {
            let node = &self.nodes[*index];
            node.workflow.is_some() || node.next.is_empty() && matches!(node.kind, NodeKind::Function(_))
        };
        (0..self.flow_nodes).filter(is_leaf).map(|index| NodeId(index as u16)).collect()
    }

    /// The leaves that can be reached from a node, as a set.
    #[must_use]
    pub fn leaves_below(&self, node: NodeId) -> Branches {
        let leaves = self.leaves();
        let mut reached = 0;
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if let Some(branch) = leaves.iter().position(|&leaf| leaf == node) {
                reached |= 1 << branch;
            }
            open.extend(&self.nodes[node.index()].next);
        }
        reached
    }
}
