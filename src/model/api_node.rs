//! An API in the graph, and the clients that call it: one call an item, of one or several attempts.
//!
//! What a client will hear is known as soon as a request is refused or its run begins, so that a call costs, for each
//! attempt, one event at the gateway and one answer. A client that gave up has no more to do with its request, whose run
//! goes on: a call is kept until its client is done with it and its last request is over.

use super::design::CalledApi;
use super::item_work::{EffectOf, WorkResult};
use super::lambda_node::Ended;
use super::ledger::{Arrived, Branches, End, ItemRef, Path};
use super::message::{Message, MessageRef, Run, Work};
use super::outcome::ApiOutcome;
use super::simulation::{Event, NodeState, Part, Simulation, class};
use super::story::{Refusal, Spot, Strike, What};
use crate::handlers::Ends;
use crate::kernel::{Arena, Handle, Purpose, Span, Ticket, Time};
use crate::services::api_gateway::{Gateway, Integration};
use crate::services::faults::Condition;
use crate::services::lambda::Start;
use crate::services::sdk_client::settings::CallerSettings;
use crate::services::sdk_client::{Call, Client, Failure};
use crate::words::{DuplicateCause, NodeId};

/// Of the ordinals that an attempt's draws are keyed by, those of its luck while faults strike the API.
const BY_FAULT: u32 = 1 << 31;
/// Service unavailable.
const UNAVAILABLE: u16 = 503;
/// Too many requests.
const TOO_MANY: u16 = 429;

/// An API, its clients, and their calls under way.
#[derive(Debug)]
pub(super) struct ApiNode {
    gateway: Gateway,
    callers: CallerSettings,
    clients: Vec<Client>,
    calls: Arena<ClientCall>,
    requests: Arena<Request>,
    /// What it invokes, or hands its requests to.
    next: NodeId,
    /// Leaves below it.
    branches: Branches,
    /// Network and overhead of requests, by stream.
    latencies: Vec<Purpose>,
    /// Jitter of back-offs, by stream.
    back_offs: Vec<Purpose>,
    /// Response times are of the items that arrive from here on.
    warm_up: Time,
    totals: ApiOutcome,
    /// What faults make of it at present.
    pub struck: Condition,
}

/// A call of a client about an item. It holds the item as long as the client waits.
#[derive(Debug)]
struct ClientCall {
    item: ItemRef,
    /// The way up to the call.
    path: Path,
    /// Which client object makes it.
    client: usize,
    call: Call,
    begun: Time,
    /// When its first attempt went out.
    sent: Time,
    /// The ordinal of its present attempt among those about the item.
    ordinal: u32,
    /// What the client will hear of the present attempt, once that is known.
    fate: Option<Fate>,
    /// Whether the client waits still, and if not, what it had in the end.
    stage: Stage,
    /// Requests that are not over.
    in_flight: u32,
    /// How many of its runs lead to an effect, or to a message onward.
    lead_on: u32,
    /// Whether one has led there.
    done: bool,
}

/// How an attempt ends for its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered(u16),
    GaveUp,
}

/// How far a client is with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Succeeded,
    Failed,
}

/// An attempt under way, from its client to the end of its run. It holds the item.
#[derive(Debug, Clone, Copy)]
struct Request {
    call: Handle,
    item: ItemRef,
    /// Which attempt of the call it is, from 1.
    attempt: u32,
    /// The way up to the function.
    path: Path,
    /// One way between client and gateway.
    network: Span,
    overhead: Span,
    /// When its client stops waiting.
    gives_up: Time,
    /// When the gateway stops waiting for the function; never before that runs.
    waits_until: Time,
    /// Set for the first of the two, while it is not known when the run will end.
    timer: Option<Ticket>,
    /// Whether the gateway has answered it.
    answered: bool,
}

impl ApiNode {
    pub(super) fn new(
        settings: CalledApi,
        (label, next): (&str, NodeId),
        branches: Branches,
        [latencies, back_offs]: [Vec<Purpose>; 2],
        warm_up: Time,
    ) -> Self {
        let CalledApi { gateway, callers } = settings;
        Self {
            gateway: Gateway::new(gateway),
            clients: (0..callers.objects).map(|_| Client::new(&callers.client)).collect(),
            callers,
            calls: Arena::new(),
            requests: Arena::new(),
            next,
            branches,
            latencies,
            back_offs,
            warm_up,
            totals: ApiOutcome { label: label.to_owned(), ..ApiOutcome::default() },
            struck: Condition::SOUND,
        }
    }

    /// The next attempt of a call goes out, at once unless the client's rate limiter holds it back. Returns the request
    /// and the instant at which it reaches the gateway.
    fn send(&mut self, now: Time, handle: Handle, arrived: &Arrived, ordinal: u32) -> (Handle, Time) {
        let call = &mut self.calls[handle];
        let sent = self.clients[call.client].send(now, &mut call.call);
        let attempt = call.call.attempts();
        if attempt == 1 {
            call.sent = sent;
        }
        (call.ordinal, call.fate) = (ordinal, None);
        call.in_flight += 1;
        let mut draw = self.latencies[arrived.stream.index()].draw(arrived.number, ordinal);
        let network = self.callers.network.span(&mut draw);
        let overhead = self.gateway.settings().overhead.span(&mut draw);
        let stretch = Path { hop: network + overhead, back_off: sent.since(call.sent), ..Path::default() };
        let (item, path) = (call.item, call.path.then(stretch));
        let gives_up = sent + self.callers.timeout;
        self.totals.requests += 1;
        let request = Request {
            call: handle,
            item,
            attempt,
            path,
            network,
            overhead,
            gives_up,
            waits_until: Time::NEVER,
            timer: None,
            answered: false,
        };
        (self.requests.insert(request), sent + network)
    }

    /// A client has its final answer.
    fn answered(&mut self, now: Time, call: Handle, arrived: &Arrived, stage: Stage) {
        let call = &mut self.calls[call];
        call.stage = stage;
        if stage == Stage::Failed {
            self.totals.errors += 1;
            self.totals.errors_done += u64::from(call.done);
        }
        if arrived.at >= self.warm_up {
            self.totals.response.record(now.since(call.begun));
        }
    }

    /// A run about a call has led to its effect, or to a message onward.
    fn has_led_on(&mut self, call: Handle) {
        let call = &mut self.calls[call];
        let first = !std::mem::replace(&mut call.done, true);
        self.totals.errors_done += u64::from(first && call.stage == Stage::Failed);
    }
}

impl Simulation<'_> {
    fn api(&mut self, node: NodeId) -> &mut ApiNode {
        match &mut self.nodes[node.index()] {
            NodeState::Api(state) => state,
            other => unreachable!("a request to an API names another node: {other:?}"),
        }
    }

    /// A client calls about an item at `at`. Takes over one hold.
    pub(super) fn call_api(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        let arrived = *self.ledger.arrived(item);
        let state = self.api(node);
        let client = (arrived.key % u64::from(state.callers.objects)) as usize;
        let call = state.calls.insert(ClientCall {
            item,
            path,
            client,
            call: Call::default(),
            begun: at,
            sent: at,
            ordinal: 0,
            fate: None,
            stage: Stage::Waiting,
            in_flight: 0,
            lead_on: 0,
            done: false,
        });
        state.totals.calls += 1;
        state.totals.measured += u64::from(arrived.at >= state.warm_up);
        self.calendar.schedule(at, class::TRY, Event::ClientSends(node, call));
    }

    /// A client sends the next attempt of a call.
    pub(super) fn client_sends(&mut self, node: NodeId, call: Handle) {
        let now = self.now;
        let item = self.api(node).calls[call].item;
        self.ledger.hold(item);
        let ordinal = self.ordinals.next_delivery(item, node);
        let arrived = *self.ledger.arrived(item);
        let (request, reaches) = self.api(node).send(now, call, &arrived, ordinal);
        let attempt = self.api(node).requests[request].attempt;
        self.tell(item, node, What::Requested { attempt });
        self.calendar.schedule(reaches, class::TRY, Event::RequestArrives(node, request));
        self.give_up_before(node, request, reaches);
    }

    /// A request reaches the gateway: refused, handed on, or put through to its function after the overhead.
    pub(super) fn request_arrives(&mut self, node: NodeId, request: Handle) {
        let now = self.now;
        let first = !self.is_client_retry(node, request);
        self.offered(Part::Node(node), first);
        let item = self.api(node).requests[request].item;
        let bytes = self.ledger.arrived(item).size;
        if let Some(status) = self.struck_status(node, request) {
            let strike = if status == TOO_MANY { Strike::Throttled } else { Strike::Refused };
            self.tell(item, node, What::Struck(strike));
            self.settle_request(node, request, now, status);
            return self.request_over(node, request);
        }
        let Self { nodes, api_account, usage, .. } = self;
        let NodeState::Api(state) = &mut nodes[node.index()] else { return };
        if let Err(refused) = state.gateway.admit(api_account, now, bytes) {
            self.tell(item, node, What::Refused { why: Refusal::Status(refused.status()), again: None });
            self.settle_request(node, request, now, refused.status());
            return self.request_over(node, request);
        }
        let (row, units) = state.gateway.billed(bytes);
        usage.add(row, u128::from(units));
        let Request { overhead, path, .. } = state.requests[request];
        let (next, invoked) = (state.next, now + overhead);
        if matches!(self.nodes[next.index()], NodeState::Lambda(_)) {
            self.give_up_before(node, request, invoked);
            let message = self.messages.insert(Message::new(next, Work::Request(node, request), invoked, path));
            self.calendar.schedule(invoked, class::TRY, Event::Try(message));
        } else if self.is_closed(next) {
            self.tell(item, next, What::Struck(Strike::Refused));
            let status = self.api(node).gateway.status(Integration::InvokeRefused);
            self.settle_request(node, request, invoked, status);
            self.request_over(node, request);
        } else if self.is_waited_for(next) {
            self.give_up_before(node, request, invoked);
            // What a client sends again is worked on again: nothing knows the execution that it has given up.
            let cause = if first { path.cause } else { Some(DuplicateCause::ClientRetry) };
            self.start_and_wait(next, item, invoked, Path { cause, ..path }, (node, request));
        } else {
            self.hand_request_on(node, request, invoked);
        }
    }

    /// What the gateway answers at once for a fault.
    fn struck_status(&mut self, node: NodeId, request: Handle) -> Option<u16> {
        let state = self.api(node);
        let struck = state.struck;
        if struck == Condition::SOUND {
            return None;
        }
        let Request { call, item, .. } = state.requests[request];
        let ordinal = state.calls[call].ordinal;
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let mut draw = self.api(node).back_offs[stream.index()].draw(number, ordinal | BY_FAULT);
        let (refused, fails, left) = (draw.unit(), draw.unit(), draw.unit());
        match struck {
            Condition { refused: share, .. } if refused < share => Some(UNAVAILABLE),
            Condition { fails: share, .. } if fails < share => Some(UNAVAILABLE),
            Condition { share_left, .. } if left >= share_left => Some(TOO_MANY),
            _ => None,
        }
    }

    /// An integration without a function: the service that follows takes the request, which is answered at once.
    fn hand_request_on(&mut self, node: NodeId, request: Handle, at: Time) {
        let Request { item, mut path, .. } = self.api(node).requests[request];
        if self.request_leads_on(node, request) {
            path.cause = Some(DuplicateCause::ClientRetry);
        }
        let state = self.api(node);
        let (next, status) = (state.next, state.gateway.status(Integration::Returned));
        let call = state.requests[request].call;
        state.has_led_on(call);
        self.settle_request(node, request, at, status);
        self.ledger.hold(item);
        self.ledger.tell(at, item, Spot::Node(node), What::HandedOn { to: Some(next), copy: false });
        self.deliver(next, item, at, path);
        self.request_over(node, request);
    }

    /// Whether an attempt of a request's call was on the same way before. From now on one is.
    fn request_leads_on(&mut self, node: NodeId, request: Handle) -> bool {
        let state = self.api(node);
        let call = state.requests[request].call;
        let lead_on = &mut state.calls[call].lead_on;
        *lead_on += 1;
        *lead_on > 1
    }

    /// Whether a request's attempt is not the first of its call.
    pub(super) fn is_client_retry(&mut self, node: NodeId, request: Handle) -> bool {
        self.api(node).requests[request].attempt > 1
    }

    /// The item that a request is about.
    pub(super) fn item_of_request(&mut self, node: NodeId, request: Handle) -> ItemRef {
        self.api(node).requests[request].item
    }

    /// The run over a request begins, and will end at `end`: what its client will hear is known.
    pub(super) fn begin_request(&mut self, reference: MessageRef, node: NodeId, request: Handle, start: Start) {
        let (item, function) = (self.item_of_request(node, request), self.messages[reference].node);
        if self.works_in_steps(function) {
            self.begin_run_in_steps(reference, item, start);
            return self.wait_for_run(reference, node, request);
        }
        let end = self.begin_item(reference, item, start);
        let Message { run, accepted, .. } = self.messages[reference];
        let Some(Run { plan, timed_out, .. }) = run else { return };
        if self.lambda(function).may_be_lost {
            if plan.effect && !timed_out && self.request_leads_on(node, request) {
                self.messages[reference].path.cause = Some(DuplicateCause::ClientRetry);
            }
            return self.wait_for_run(reference, node, request);
        }
        let state = self.api(node);
        let waits_until = accepted + state.gateway.settings().integration_timeout;
        let integration = match (end > waits_until, plan.ends == Ends::Returned && !timed_out) {
            (true, _) => Integration::TimedOut,
            (false, true) => Integration::Returned,
            (false, false) => Integration::FunctionError,
        };
        let status = state.gateway.status(integration);
        self.settle_request(node, request, end.min(waits_until), status);
        if plan.effect && !timed_out && self.request_leads_on(node, request) {
            self.messages[reference].path.cause = Some(DuplicateCause::ClientRetry);
        }
    }

    /// The run over a request begins, and nobody knows yet when it will end: gateway and client have a timer.
    fn wait_for_run(&mut self, reference: MessageRef, node: NodeId, request: Handle) {
        let accepted = self.messages[reference].accepted;
        self.wait_since(accepted, node, request);
    }

    /// An execution begins that a request waits for.
    pub(super) fn wait_for_execution(&mut self, node: NodeId, request: Handle) {
        self.request_leads_on(node, request);
        self.wait_since(self.now, node, request);
    }

    fn wait_since(&mut self, accepted: Time, node: NodeId, request: Handle) {
        let state = self.api(node);
        let waits_until = accepted + state.gateway.settings().integration_timeout;
        let waiting = &mut state.requests[request];
        waiting.waits_until = waits_until;
        let first = waiting.gives_up.min(waits_until);
        self.set_timer(node, request, first);
    }

    fn set_timer(&mut self, node: NodeId, request: Handle, at: Time) {
        let timer = self.calendar.schedule(at.max(self.now), class::TIMEOUT, Event::AnswerDue(node, request));
        self.api(node).requests[request].timer = Some(timer);
    }

    /// A client or the gateway has waited long enough for a run that is still under way.
    pub(super) fn answer_due(&mut self, node: NodeId, request: Handle) {
        let now = self.now;
        let state = self.api(node);
        if !state.requests.contains(request) {
            return;
        }
        let waiting = &mut state.requests[request];
        waiting.timer = None;
        let waits_until = waiting.waits_until;
        if waits_until > now {
            // Nobody hears what is answered from now on, but it is answered.
            self.settle_request(node, request, Time::NEVER, 0);
            return self.set_timer(node, request, waits_until);
        }
        waiting.answered = true;
        let status = state.gateway.status(Integration::TimedOut);
        self.settle_request(node, request, waits_until, status);
    }

    /// A run over a request, whose work was advanced in steps, is over.
    pub(super) fn request_run_over(
        &mut self,
        reference: MessageRef,
        node: NodeId,
        request: Handle,
        result: &WorkResult,
    ) {
        self.messages.remove(reference);
        let integration = match result.ended {
            Ended::Returned => Integration::Returned,
            Ended::Errored | Ended::Crashed | Ended::TimedOut => Integration::FunctionError,
            Ended::Lost => Integration::InvokeRefused,
        };
        let effect = result.effect != EffectOf::None;
        self.what_was_waited_for_is_over(node, request, integration, (result.announced, effect));
    }

    /// An execution that a request waits for has ended, well or not: the API answers what it maps that to.
    pub(super) fn execution_answers(&mut self, node: NodeId, request: Handle, well: bool) {
        let integration = if well { Integration::Returned } else { Integration::FunctionError };
        self.what_was_waited_for_is_over(node, request, integration, (true, well));
    }

    /// What a request waited for is over: whether it was told that there would be an effect, and whether there is one.
    fn what_was_waited_for_is_over(
        &mut self,
        node: NodeId,
        request: Handle,
        integration: Integration,
        (announced, effect): (bool, bool),
    ) {
        let now = self.now;
        let state = self.api(node);
        let Request { call, timer, answered, .. } = state.requests[request];
        let status = state.gateway.status(integration);
        if announced && !effect {
            state.calls[call].lead_on -= 1;
        }
        if let Some(timer) = timer {
            self.calendar.cancel(timer);
        }
        if !answered {
            self.settle_request(node, request, now, status);
        }
        self.request_has_led(node, request, effect);
    }

    /// A run over one item may come to its effect. Whether another attempt of its client's call may have before.
    pub(super) fn run_announces(&mut self, reference: MessageRef) -> bool {
        match self.messages[reference].work {
            Work::Request(node, request) => self.request_leads_on(node, request),
            Work::Item(_) | Work::Tick(_) | Work::Messages(..) | Work::Task(_) | Work::Step(_) | Work::Resume(_) => {
                false
            }
        }
    }

    /// Lambda refuses to run a request: its client is told at once.
    pub(super) fn request_throttled(&mut self, reference: MessageRef, node: NodeId, request: Handle) {
        let (now, function) = (self.now, self.messages[reference].node);
        let item = self.item_of_request(node, request);
        self.tell(item, function, What::Throttled { again: None });
        self.messages.remove(reference);
        let status = self.api(node).gateway.status(Integration::InvokeRefused);
        self.settle_request(node, request, now, status);
        self.request_over(node, request);
    }

    /// The run over a request has ended: nothing tries it again but its client.
    pub(super) fn request_done(&mut self, reference: MessageRef, node: NodeId, request: Handle, effect: bool) {
        self.messages.remove(reference);
        self.request_has_led(node, request, effect);
    }

    fn request_has_led(&mut self, node: NodeId, request: Handle, effect: bool) {
        if effect {
            let state = self.api(node);
            let call = state.requests[request].call;
            state.has_led_on(call);
        }
        self.request_over(node, request);
    }

    /// Nothing works on a request any more.
    fn request_over(&mut self, node: NodeId, request: Handle) {
        let state = self.api(node);
        let Request { call, item, .. } = state.requests[request];
        state.requests.remove(request);
        state.calls[call].in_flight -= 1;
        self.forget_call(node, call);
        self.ledger.release(self.now, item);
    }

    /// A client stops waiting before anything can have answered: a request is not where it is going before `reaches`.
    fn give_up_before(&mut self, node: NodeId, request: Handle, reaches: Time) {
        if self.api(node).requests[request].gives_up < reaches {
            self.settle_request(node, request, Time::NEVER, 0);
        }
    }

    /// The gateway answers a request at `answer`: its client hears that, unless it stops waiting first. Of an attempt that
    /// its client is done with nothing is heard.
    fn settle_request(&mut self, node: NodeId, request: Handle, answer: Time, status: u16) {
        let state = self.api(node);
        let Request { call: handle, attempt, network, gives_up, .. } = state.requests[request];
        let call = &mut state.calls[handle];
        if answer < Time::NEVER {
            state.totals.count(status);
        }
        if call.stage != Stage::Waiting || call.call.attempts() != attempt || call.fate.is_some() {
            return;
        }
        let heard = answer + network;
        let (at, fate) = if heard <= gives_up { (heard, Fate::Answered(status)) } else { (gives_up, Fate::GaveUp) };
        call.fate = Some(fate);
        self.calendar.schedule(at, class::ARRIVAL, Event::ClientHears(node, handle));
    }

    /// A client has an answer, or has waited for long enough: it is done, or tries again.
    pub(super) fn client_hears(&mut self, node: NodeId, handle: Handle) {
        let now = self.now;
        let item = self.api(node).calls[handle].item;
        let arrived = *self.ledger.arrived(item);
        let state = self.api(node);
        let Some(fate) = state.calls[handle].fate else { return };
        state.totals.timeouts += u64::from(fate == Fate::GaveUp);
        let failure = match fate {
            Fate::Answered(status) => Failure::of_status(status),
            Fate::GaveUp => Some(Failure::Timeout),
        };
        let call = &mut state.calls[handle];
        let client = &mut state.clients[call.client];
        let stage = match failure {
            None => {
                client.succeeded(now, call.call);
                Stage::Succeeded
            }
            Some(failure) => {
                let mut draw = state.back_offs[arrived.stream.index()].draw(arrived.number, call.ordinal);
                let settings = &state.callers.client;
                if let Some(wait) = client.failed(now, settings, &mut call.call, failure, &mut draw) {
                    self.calendar.schedule(now + wait, class::TRY, Event::ClientSends(node, handle));
                    return self.tell(item, node, heard(fate, Some(now + wait)));
                }
                Stage::Failed
            }
        };
        let denied = call.call.is_denied();
        state.answered(now, handle, &arrived, stage);
        self.remedies.retries_denied += u64::from(denied);
        self.tell(item, node, heard(fate, None));
        self.forget_call(node, handle);
        self.ledger.release(now, item);
    }

    /// Forgets a call whose client and requests are done. What failed and led to nothing was refused.
    fn forget_call(&mut self, node: NodeId, handle: Handle) {
        let state = self.api(node);
        let (branches, call) = (state.branches, &state.calls[handle]);
        if call.stage == Stage::Waiting || call.in_flight > 0 {
            return;
        }
        let (item, refused) = (call.item, call.stage == Stage::Failed && call.lead_on == 0);
        state.calls.remove(handle);
        if refused {
            self.ledger.end(self.now, item, branches, End::Rejected);
        }
    }

    /// What the clients of each API saw, in the order of the graph.
    pub(super) fn close_apis(&mut self) -> Vec<ApiOutcome> {
        let apis = self.nodes.iter_mut().filter_map(|node| match node {
            NodeState::Api(state) => Some(std::mem::take(&mut state.totals)),
            _ => None,
        });
        apis.collect()
    }
}

/// What a client learns of an attempt that ended so for it, and when it calls again.
const fn heard(fate: Fate, again: Option<Time>) -> What {
    match fate {
        Fate::Answered(status) => What::Heard { status, again },
        Fate::GaveUp => What::ClientGaveUp { again },
    }
}
