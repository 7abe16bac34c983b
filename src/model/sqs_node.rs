//! An SQS queue in the graph, and the pollers that take its messages to a Lambda function.
//!
//! A message costs one event, its arrival in the queue. Pollers are numbers, not events: when a message is visible and a
//! poller free, it is received at that instant, together with what else is visible then, and one event brings the batch
//! to the poller. Visibility timeouts have a timer only where a message is not deleted in time: its run failed or outlives
//! the timeout, its invocation is throttled, or its batch gathers for longer. What becomes of a batch is
//! in [`message_batch`](super::message_batch), what its run does in [`message_run`](super::message_run).

use std::collections::VecDeque;

use super::design::PolledQueue;
use super::ledger::{Arrived, Branches, End, ItemRef, Path};
use super::message_batch::{Batch, Delivery, Left, Stage};
use super::simulation::{Event, NodeState, Simulation, class};
use super::sqs_queue::MessageQueue;
use super::story::{Refusal, Spot, What};
use crate::kernel::{Arena, Handle, Purpose, Span, Time};
use crate::services::event_source_mapping::{BatchRules, Pollers, TICK};
use crate::services::sqs::{DeadLetters, LONG_POLL, PER_CALL, Received, requests_of};
use crate::words::{DuplicateCause, LineItem, NodeId};

/// A queue, its event source mapping, and the batches under way.
#[derive(Debug)]
pub(super) struct SqsNode {
    pub settings: PolledQueue,
    /// The function that is invoked.
    pub function: NodeId,
    pub queue: MessageQueue,
    pub pollers: Pollers,
    pub batches: Arena<Batch>,
    rules: BatchRules,
    /// Dead letters that are moved back, if any are.
    pub dead_letters: Option<Box<DeadLetters<Parcel>>>,
    /// Leaves below it.
    pub branches: Branches,
    /// The line of the bill that its requests stand on.
    pub row: LineItem,
    /// Batches whose poller waits for more messages, oldest first.
    waiting: VecDeque<Handle>,
    /// Lists of batches that are over, to be used again.
    pub spare: Vec<Vec<Delivery>>,
    /// Latency and copies of sends, by stream.
    sends: Vec<Purpose>,
    receives: Purpose,
    receives_made: u64,
    /// Whether a look of the pollers, a tick and an expiry are in the calendar.
    looking: bool,
    ticking: bool,
    expiring: bool,
    /// A fault lets nothing be received or deleted before then.
    pub closed_until: Time,
}

/// What a message is about: an item, and its way up to the queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parcel {
    pub item: ItemRef,
    pub path: Path,
}

impl SqsNode {
    pub(super) fn new(
        settings: PolledQueue,
        queue: MessageQueue,
        function: NodeId,
        branches: Branches,
        sends: Vec<Purpose>,
        receives: Purpose,
    ) -> Self {
        Self {
            row: if queue.is_fifo() { LineItem::SqsFifoRequests } else { LineItem::SqsRequests },
            queue,
            pollers: Pollers::new(&settings.mapping),
            rules: BatchRules::new(&settings.mapping, settings.queue.message_bytes, PER_CALL, LONG_POLL),
            dead_letters: settings.redrive.clone().map(|redrive| Box::new(DeadLetters::new(redrive))),
            settings,
            function,
            batches: Arena::new(),
            branches,
            waiting: VecDeque::new(),
            spare: Vec::new(),
            sends,
            receives,
            receives_made: 0,
            looking: false,
            ticking: false,
            expiring: false,
            closed_until: Time::ZERO,
        }
    }

    /// A poller begins a batch.
    fn open_batch(&mut self, now: Time) -> Handle {
        self.pollers.take(now);
        let deliveries = self.spare.pop().unwrap_or_default();
        let batch = Batch { deliveries, stage: Stage::Receiving, opened: Time::NEVER, again: 0, armed: None };
        self.batches.insert(batch)
    }

    /// From the send call about an item, its `delivery`-th to this queue, to the message in it.
    pub(super) fn send_latency(&self, arrived: &Arrived, delivery: u32) -> Span {
        let mut draw = self.sends[arrived.stream.index()].draw(arrived.number, delivery);
        self.settings.queue.send_latency.span(&mut draw)
    }

    /// When the next receive is let through, if not now.
    fn held_until(&mut self, now: Time) -> Option<Time> {
        let polled = self.pollers.poll_at(now);
        let at = match &mut self.queue {
            MessageQueue::Standard(_) => polled,
            MessageQueue::Fifo(fifo) => fifo.limits.receive_at(now).max(polled),
        };
        let at = at.max(self.closed_until);
        (at > now).then_some(at)
    }

    /// Whether senders give their items up for what waits already.
    fn sheds(&self) -> bool {
        let Some(most) = self.settings.shed_above else { return false };
        matches!(&self.queue, MessageQueue::Standard(queue) if queue.visible() >= most)
    }

    /// A receive is made that returns so many messages.
    fn count_receive(&mut self, now: Time, messages: usize) {
        let bytes = self.bytes_of(messages);
        self.pollers.polled(now, bytes);
        if let MessageQueue::Fifo(fifo) = &mut self.queue {
            fifo.limits.receive(now);
        }
    }

    fn bytes_of(&self, messages: usize) -> u64 {
        self.settings.queue.message_bytes * messages as u64
    }
}

impl Simulation<'_> {
    pub(super) fn sqs(&mut self, node: NodeId) -> &mut SqsNode {
        match &mut self.nodes[node.index()] {
            NodeState::Sqs(state) => state,
            other => unreachable!("a message of an SQS queue names another node: {other:?}"),
        }
    }

    /// An item is sent to a standard queue at `at`, which stores it at least once. Takes over one hold.
    pub(super) fn send(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        let state = self.sqs(node);
        if state.sheds() {
            let branches = state.branches;
            self.remedies.shed_by_depth += 1;
            self.tell(item, node, What::Refused { why: Refusal::Crowded, again: None });
            self.ledger.end(self.now, item, branches, End::Rejected);
            return self.ledger.release(self.now, item);
        }
        let delivery = self.ordinals.next_delivery(item, node);
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let state = self.sqs(node);
        let mut draw = state.sends[stream.index()].draw(number, delivery);
        let settings = &state.settings.queue;
        let latency = settings.send_latency.span(&mut draw);
        let copies = if draw.chance(settings.duplicate_probability) { 2 } else { 1 };
        let path = path.then(Path { hop: latency + settings.delay, ..Path::default() });
        let requests = requests_of(settings.message_bytes);
        for copy in 0..copies {
            let mut parcel = Parcel { item, path };
            if copy > 0 {
                self.ledger.hold(item);
                parcel.path.cause = Some(DuplicateCause::AtLeastOnceDelivery);
            }
            let (stored, delay) = (at + latency, self.sqs(node).settings.queue.delay);
            let kept = What::Kept { copy: copy > 0, until: (delay > Span::ZERO).then_some(stored + delay) };
            self.ledger.tell(stored, item, Spot::Node(node), kept);
            let MessageQueue::Standard(queue) = &mut self.sqs(node).queue else { return };
            let message = queue.send(parcel);
            self.calendar.schedule(at + latency, class::ARRIVAL, Event::Stored(node, message));
        }
        self.usage.add(LineItem::SqsRequests, u128::from(requests));
    }

    /// A message reaches its queue.
    pub(super) fn message_stored(&mut self, node: NodeId, message: Handle) {
        let now = self.now;
        let appears = match &mut self.sqs(node).queue {
            MessageQueue::Standard(queue) => queue.store(now, message),
            MessageQueue::Fifo(_) => return self.message_at_door(node, message),
        };
        self.watch_expiry(node);
        match appears {
            Some(at) => _ = self.calendar.schedule(at, class::ARRIVAL, Event::Appears(node, message)),
            None => self.look(node),
        }
    }

    /// A message's delay is over.
    pub(super) fn message_appears(&mut self, node: NodeId, message: Handle) {
        self.sqs(node).queue.appear(message);
        self.look(node);
    }

    /// Something changed: free pollers receive, after all else that comes at this instant.
    pub(super) fn look(&mut self, node: NodeId) {
        let now = self.now;
        let state = self.sqs(node);
        let free = state.pollers.has_free() || !state.waiting.is_empty();
        if !free || !state.queue.is_receivable() {
            return self.arm_tick(node);
        }
        if state.looking {
            return;
        }
        if let Some(at) = state.held_until(now) {
            self.look_later(node, at);
            return self.arm_tick(node);
        }
        if self.calendar.next_time().is_some_and(|next| next <= now) {
            self.look_later(node, now);
        } else {
            self.poll(node);
        }
    }

    fn look_later(&mut self, node: NodeId, at: Time) {
        self.sqs(node).looking = true;
        self.calendar.schedule(at, class::LOOK, Event::Look(node));
    }

    /// The look that was put off.
    pub(super) fn looked(&mut self, node: NodeId) {
        self.sqs(node).looking = false;
        self.poll(node);
    }

    /// Pollers receive while messages are visible: those that gather first, then free ones.
    fn poll(&mut self, node: NodeId) {
        let now = self.now;
        loop {
            let state = self.sqs(node);
            let row = state.row;
            let free = state.pollers.has_free() || !state.waiting.is_empty();
            if !free || !state.queue.is_receivable() {
                break;
            }
            if let Some(at) = state.held_until(now) {
                self.look_later(node, at);
                break;
            }
            let batch = if let Some(batch) = state.waiting.pop_front() {
                if let Stage::Gathering(since, window) = state.batches[batch].stage {
                    self.calendar.cancel(window);
                    self.usage.add(row, empty_polls(since, now));
                }
                batch
            } else {
                state.open_batch(now)
            };
            self.receive(node, batch);
        }
        self.arm_tick(node);
    }

    /// One receive of a batch: its messages are hidden from now on and reach the poller after a latency.
    fn receive(&mut self, node: NodeId, batch: Handle) {
        let now = self.now;
        let Self { nodes, ledger, .. } = self;
        let NodeState::Sqs(state) = &mut nodes[node.index()] else { return };
        let mut draw = state.receives.draw(state.receives_made, 0);
        state.receives_made += 1;
        let latency = state.settings.queue.receive_latency.span(&mut draw);
        let deliveries = &mut state.batches[batch].deliveries;
        let held = deliveries.len();
        let most = held + state.rules.room(held) as usize;
        while deliveries.len() < most {
            match state.queue.receive(now) {
                Some(Received::Delivered { receipt, content: Parcel { item, path }, hidden }) => {
                    let path = path.then(Path { hop: latency, back_off: hidden, ..Path::default() });
                    ledger.hold(item);
                    let (receives, visible_again) = (receipt.receives, receipt.visible_again);
                    ledger.tell(now, item, Spot::Node(node), What::Received { receives, visible_again });
                    deliveries.push(Delivery { receipt, item, path, left: Left::InHand });
                }
                Some(Received::DeadLettered(parcel)) => {
                    ledger.tell(now, parcel.item, Spot::Node(node), What::Redriven);
                    ledger.end(now, parcel.item, state.branches, End::DeadLettered);
                    let letters = state.dead_letters.as_mut();
                    let kept = letters.is_some_and(|letters| letters.keep(now, parcel));
                    if !kept {
                        ledger.release(now, parcel.item);
                    }
                }
                None => break,
            }
        }
        let got = deliveries.len() - held;
        state.queue.end_receive();
        state.count_receive(now, got);
        let requests = requests_of(state.bytes_of(got));
        state.batches[batch].stage = Stage::Receiving;
        self.usage.add(state.row, u128::from(requests));
        if got == 0 && held == 0 {
            // Dead letters only: the poll goes on.
            let state = self.sqs(node);
            state.pollers.give_back(now, None);
            return state.drop_batch(batch);
        }
        self.calendar.schedule(now + latency, class::TRY, Event::Received(node, batch));
        self.arm_visibility(node, batch, now + latency);
    }

    /// What a receive found is at the poller: the batch is closed, or more is asked for.
    pub(super) fn messages_received(&mut self, node: NodeId, batch: Handle) {
        let now = self.now;
        let state = self.sqs(node);
        let rules = state.rules;
        let open = &mut state.batches[batch];
        open.opened = open.opened.min(now);
        let (held, opened) = (open.deliveries.len(), open.opened);
        if rules.is_closed(held, opened, now) {
            return self.invoke(node, batch);
        }
        let more = state.queue.is_receivable();
        if more && state.held_until(now).is_none() {
            return self.receive(node, batch);
        }
        let seen = rules.window_seen(opened, now);
        let window = self.calendar.schedule(seen, class::TIMEOUT, Event::WindowEnds(node, batch));
        let state = self.sqs(node);
        state.batches[batch].stage = Stage::Gathering(now, window);
        state.waiting.push_back(batch);
        self.arm_visibility(node, batch, seen);
        if more {
            self.look(node);
        }
    }

    /// A poller sees that its window is over.
    pub(super) fn window_ends(&mut self, node: NodeId, batch: Handle) {
        let now = self.now;
        let state = self.sqs(node);
        let row = state.row;
        state.waiting.retain(|&waiting| waiting != batch);
        if let Stage::Gathering(since, _) = state.batches[batch].stage {
            self.usage.add(row, empty_polls(since, now));
        }
        self.invoke(node, batch);
    }

    /// The limit of the pollers is looked at each second while it may change.
    fn arm_tick(&mut self, node: NodeId) {
        let now = self.now;
        let state = self.sqs(node);
        let waiting = state.queue.has_waiting();
        if !state.ticking && state.pollers.wants_ticks(waiting) {
            state.ticking = true;
            state.pollers.begin_ticks();
            self.calendar.schedule(now + TICK, class::TICK, Event::PollerTick(node));
        }
    }

    /// A second is over.
    pub(super) fn poller_tick(&mut self, node: NodeId) {
        let now = self.now;
        let state = self.sqs(node);
        let waiting = state.queue.has_waiting();
        state.pollers.tick(now, waiting);
        state.ticking = state.pollers.wants_ticks(waiting);
        if state.ticking {
            self.calendar.schedule(now + TICK, class::TICK, Event::PollerTick(node));
        }
        self.look(node);
    }

    /// A message was stored: the end of its retention will be looked at.
    pub(super) fn watch_expiry(&mut self, node: NodeId) {
        if !std::mem::replace(&mut self.sqs(node).expiring, true) {
            self.schedule_expiry(node);
        }
    }

    fn schedule_expiry(&mut self, node: NodeId) {
        if let Some(at) = self.sqs(node).queue.next_expiry() {
            self.calendar.schedule(at, class::ARRIVAL, Event::Retention(node));
        }
    }

    /// The oldest message may have outlived the retention.
    pub(super) fn expire_messages(&mut self, node: NodeId) {
        let now = self.now;
        let Self { nodes, ledger, .. } = self;
        let NodeState::Sqs(state) = &mut nodes[node.index()] else { return };
        while let Some(Parcel { item, .. }) = state.queue.expire(now) {
            ledger.tell(now, item, Spot::Node(node), What::TooOld);
            ledger.end(now, item, state.branches, End::Expired);
            ledger.release(now, item);
        }
        state.expiring = state.queue.next_expiry().is_some();
        self.schedule_expiry(node);
        // Those in flight made room.
        self.look(node);
    }

    /// Polls of free pollers that found nothing, up to the end, are counted together.
    pub(super) fn close_queues(&mut self, end: Time) {
        for node in &mut self.nodes {
            if let NodeState::Sqs(state) = node {
                self.usage.add(state.row, state.pollers.empty_polls(end, LONG_POLL));
                self.usage.add(LineItem::EventPollerS, state.pollers.poller_seconds(end));
            }
        }
    }
}

/// Long polls between the two instants that found nothing.
fn empty_polls(since: Time, now: Time) -> u128 {
    u128::from(now.since(since).as_nanos() / LONG_POLL.as_nanos())
}
