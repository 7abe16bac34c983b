//! The door of a FIFO queue: senders that keep the messages of a group in order, throttled sends, de-duplication.
//!
//! A sender sends the messages of one group one after the other: one that is under way or throttled holds up those
//! after it. A throttled send is tried again as the AWS SDKs do by default, and then given up: its item is rejected. An
//! item sent again has the same de-duplication id. Behind the door a FIFO queue is polled like any other, by
//! [`sqs_node`](super::sqs_node).

use super::ledger::{Arrived, End, ItemRef, Path};
use super::simulation::{Event, NodeState, Simulation, class};
use super::sqs_node::Parcel;
use super::sqs_queue::MessageQueue;
use super::story::{Refusal, What};
use crate::kernel::{Arena, Handle, Purpose, Time};
use crate::services::sqs::settings::{FifoSettings, Grouping, SqsSettings};
use crate::services::sqs::{CallLimits, Deduplication, FifoQueue, SEND_TRIES, requests_of, send_back_off};
use crate::words::{NodeId, StreamId, SuppressedBy};

/// A FIFO queue and its door.
#[derive(Debug)]
pub(super) struct Fifo {
    pub queue: FifoQueue<Sent, GroupName>,
    pub limits: CallLimits,
    settings: FifoSettings,
    ids: Deduplication<ItemRef>,
    /// Items whose sending lies ahead.
    ahead: Arena<Parcel>,
    /// Messages sent so far.
    sent: u64,
    draws: FifoDraws,
}

/// What is drawn at the door, by stream.
#[derive(Debug)]
pub(super) struct FifoDraws {
    /// The partition of a group.
    pub partitions: Vec<Purpose>,
    /// The waits after throttled sends.
    pub back_offs: Vec<Purpose>,
}

/// The name of a message group: stream and key, or the one group of all.
type GroupName = Option<(StreamId, u64)>;

/// What a message is about, and how it is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub parcel: Parcel,
    partition: u32,
    /// Which sending of the item to this queue it is, from 0.
    delivery: u32,
    /// Tries that were throttled.
    tries: u32,
}

impl Fifo {
    pub(super) fn new(queue: &SqsSettings, settings: FifoSettings, draws: FifoDraws) -> Self {
        Self {
            queue: FifoQueue::new(queue),
            limits: CallLimits::new(&settings),
            settings,
            ids: Deduplication::new(),
            ahead: Arena::new(),
            sent: 0,
            draws,
        }
    }

    fn group_of(&self, arrived: &Arrived) -> GroupName {
        match self.settings.grouping {
            Grouping::Key => Some((arrived.stream, arrived.key)),
            Grouping::One => None,
        }
    }

    fn partition_of(&self, group: GroupName) -> u32 {
        let (stream, key) = group.unwrap_or((StreamId(0), 0));
        let partitions = u64::from(self.settings.throughput.partitions());
        self.draws.partitions[stream.index()].draw(key, 0).below(partitions) as u32
    }

    /// The requests on the bill for one more message of so many bytes: those of a whole call with its first message.
    fn requests_of_next(&mut self, bytes: u64) -> u128 {
        let batch = u64::from(self.settings.send_batch);
        let begins = self.sent.is_multiple_of(batch);
        self.sent += 1;
        if begins { u128::from(requests_of(bytes * batch)) } else { 0 }
    }
}

impl Simulation<'_> {
    fn fifo(&mut self, node: NodeId) -> &mut Fifo {
        match &mut self.sqs(node).queue {
            MessageQueue::Fifo(fifo) => fifo,
            MessageQueue::Standard(_) => unreachable!("a message of a FIFO queue names a standard one"),
        }
    }

    /// An item is sent to a FIFO queue at `at`, after those of its group that were sent before. Takes over one hold.
    pub(super) fn send_in_order(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        let parcel = Parcel { item, path };
        if at > self.now {
            let ahead = self.fifo(node).ahead.insert(parcel);
            self.calendar.schedule(at, class::ARRIVAL, Event::SentInOrder(node, ahead));
        } else {
            self.begin_send(node, parcel);
        }
    }

    /// An item is sent now that was to be sent later.
    pub(super) fn sent_in_order(&mut self, node: NodeId, ahead: Handle) {
        let fifo = self.fifo(node);
        let parcel = fifo.ahead[ahead];
        fifo.ahead.remove(ahead);
        self.begin_send(node, parcel);
    }

    fn begin_send(&mut self, node: NodeId, Parcel { item, path }: Parcel) {
        let delivery = self.ordinals.next_delivery(item, node);
        let arrived = *self.ledger.arrived(item);
        let state = self.sqs(node);
        let latency = state.send_latency(&arrived, delivery);
        let (delay, bytes, row) = (state.settings.queue.delay, state.settings.queue.message_bytes, state.row);
        let fifo = self.fifo(node);
        let group = fifo.group_of(&arrived);
        let path = path.then(Path { hop: latency + delay, ..Path::default() });
        let sent = Sent { parcel: Parcel { item, path }, partition: fifo.partition_of(group), delivery, tries: 0 };
        let message = fifo.queue.send(sent, group);
        let requests = fifo.requests_of_next(bytes);
        self.calendar.schedule(self.now + latency, class::ARRIVAL, Event::Stored(node, message));
        self.usage.add(row, requests);
    }

    /// A send call reaches a FIFO queue: its message comes in when it is its turn, and with it those of its group that
    /// wait at the door.
    pub(super) fn message_at_door(&mut self, node: NodeId, message: Handle) {
        if !self.fifo(node).queue.reach(message) {
            return;
        }
        let mut turn = Some(message);
        while let Some(message) = turn {
            turn = self.come_in(node, message);
        }
        self.look(node);
    }

    /// A message whose turn it is: stored, suppressed, rejected, or to be sent again later. Returns the next of its group
    /// if that is at the door.
    fn come_in(&mut self, node: NodeId, message: Handle) -> Option<Handle> {
        let now = self.now;
        let fifo = self.fifo(node);
        let Sent { parcel: Parcel { item, .. }, partition, .. } = *fifo.queue.sending_mut(message);
        if !fifo.limits.send(now, partition) {
            return self.send_throttled(node, message, item);
        }
        if !fifo.ids.accept(now, item.index(), item) {
            let next = fifo.queue.refuse(message).next;
            self.ledger.suppress(now, item, SuppressedBy::FifoDeduplication);
            self.ledger.release(now, item);
            return next;
        }
        let entered = fifo.queue.store(now, message);
        self.tell(item, node, What::Kept { copy: false, until: entered.result });
        if let Some(at) = entered.result {
            self.calendar.schedule(at, class::ARRIVAL, Event::Appears(node, message));
        }
        self.watch_expiry(node);
        entered.next
    }

    /// A throttled send is tried again, or given up.
    fn send_throttled(&mut self, node: NodeId, message: Handle, item: ItemRef) -> Option<Handle> {
        let now = self.now;
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let fifo = self.fifo(node);
        let sent = fifo.queue.sending_mut(message);
        sent.tries += 1;
        let attempt = sent.delivery * SEND_TRIES + sent.tries;
        let unit = fifo.draws.back_offs[stream.index()].draw(number, attempt).unit();
        let Some(wait) = send_back_off(sent.tries, unit) else {
            let next = fifo.queue.refuse(message).next;
            self.tell(item, node, What::Refused { why: Refusal::Rate, again: None });
            let branches = self.sqs(node).branches;
            self.ledger.end(now, item, branches, End::Rejected);
            self.ledger.release(now, item);
            return next;
        };
        sent.parcel.path.back_off += wait;
        fifo.queue.hold_off(message);
        self.tell(item, node, What::Refused { why: Refusal::Rate, again: Some(now + wait) });
        self.calendar.schedule(now + wait, class::ARRIVAL, Event::Stored(node, message));
        None
    }
}

impl NodeState {
    /// Whether it is a FIFO queue.
    pub(super) const fn is_fifo(&self) -> bool {
        matches!(self, Self::Sqs(state) if state.queue.is_fifo())
    }
}
