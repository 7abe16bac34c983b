//! A stream in the graph, Kinesis or DynamoDB: producers that put records, shards, and the mappings that read them.
//!
//! A record costs one event, its writing. A consumer polls a shard only where that finds something: the polls between,
//! which it makes too, have no effect and no price. What was read goes into the lanes of the consumer's mapping, one or
//! more a shard; what becomes of it there is in [`stream_batch`](super::stream_batch).

use std::collections::VecDeque;

use super::design::MappedStream;
use super::ledger::{Arrived, Branches, End, ItemRef, Path};
use super::message_batch::Left;
use super::outcome::{ConsumerOutcome, StreamOutcome};
use super::simulation::{Event, NodeState, Simulation, class};
use super::story::{Refusal, Spot, What};
use super::stream_batch::LaneState;
use crate::kernel::{Arena, Handle, Purpose, Span, Time};
use crate::metrics::Gauge;
use crate::services::event_source_mapping::Record;
use crate::services::kinesis::settings::{Reading, StreamService};
use crate::services::kinesis::{
    CALL_BYTES, CALL_RECORDS, Place, Polls, Pushes, RECORD_BYTES, ShardReads, ShardWrites, Shards, back_off, put_units,
};
use crate::words::{DuplicateCause, LineItem, NodeId};

/// Of a delivery's draws, so many are kept for its calls.
const CALLS_OF_A_DELIVERY: u32 = 256;

/// A stream, its consumers, and the records they have not done with.
#[derive(Debug)]
pub(super) struct StreamNode {
    pub settings: MappedStream,
    shards: Shards,
    /// By shard.
    writes: Vec<ShardWrites>,
    reads: Vec<ShardReads>,
    /// When the last record that was sent in order reaches each shard.
    sent_until: Vec<Time>,
    /// Calls of producers under way.
    puts: Arena<Put>,
    pub consumers: Vec<Consumer>,
    /// By consumer and shard.
    readers: Vec<Reader>,
    /// By consumer, shard and lane: of each reader as many in a row as the ParallelizationFactor.
    pub lanes: Arena<LaneState>,
    lane_handles: Vec<Handle>,
    /// Leaves below it.
    branches: Branches,
    draws: StreamDraws,
    throttled_puts: u64,
    pushed_bytes: u128,
    /// A fault lets nothing be read before then.
    pub closed_until: Time,
}

/// What a stream draws.
#[derive(Debug)]
pub(super) struct StreamDraws {
    /// Latency and lost answers of calls, by arrival stream.
    pub puts: Vec<Purpose>,
    /// Waits after refused calls, by arrival stream.
    pub back_offs: Vec<Purpose>,
    /// First polls, by reader.
    pub first_polls: Purpose,
    /// Latency of polls, by reader and ordinal.
    pub polls: Purpose,
    /// Latency of pushes, by arrival stream.
    pub pushes: Vec<Purpose>,
}

/// A function that reads the stream, by a mapping of its own.
#[derive(Debug)]
pub(super) struct Consumer {
    pub function: NodeId,
    /// Leaves below it.
    pub branches: Branches,
    /// Age of the last record of the batch that was sent last, in ns; 0 while no batch is in hand.
    pub iterator_age: Gauge,
    /// Lanes with a batch in hand.
    pub in_hand: u32,
}

/// A producer's call.
#[derive(Debug, Clone, Copy)]
struct Put {
    item: ItemRef,
    path: Path,
    place: Place,
    /// Which delivery of the item to the stream it is, and which call of it, from 0.
    delivery: u32,
    call: u32,
    /// Whether its answer is lost, should it be taken.
    unanswered: bool,
}

/// One consumer of one shard.
#[derive(Debug)]
struct Reader {
    /// Records that it has not read, oldest first.
    unread: VecDeque<Unread>,
    polls: Polls,
    pushes: Pushes,
    polled: u32,
    /// Whether its next poll or push, or the answer to a poll, is in the calendar.
    awake: bool,
    /// Of that answer: how many records it holds, its latency, and whether there were more.
    answer: usize,
    latency: Span,
    more: bool,
}

/// A record in a shard.
#[derive(Debug, Clone, Copy)]
struct Unread {
    item: ItemRef,
    path: Path,
    written: Time,
    /// When a push of it arrives.
    arrives: Time,
    bytes: u64,
    lane: u32,
}

/// What a record in a lane is about. The lane holds its item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub item: ItemRef,
    /// The way up to the mapping.
    pub path: Path,
    /// What came of it in the latest run.
    pub left: Left,
}

impl StreamNode {
    pub(super) fn new(
        settings: MappedStream,
        consumers: Vec<Consumer>,
        branches: Branches,
        draws: StreamDraws,
    ) -> Self {
        let stream = &settings.stream;
        let shards = Shards::new(stream.shards);
        let (count, pf) = (shards.count() as usize, settings.mapping.parallelization_factor as usize);
        let readers: Vec<Reader> = (0..consumers.len() * count)
            .map(|index| {
                let polls = match &stream.reading {
                    Reading::Polls { every, first, .. } => {
                        let first = Time::ZERO + first.span(&mut draws.first_polls.draw(index as u64, 0));
                        Polls::new(stream.service, consumers.len(), first, *every)
                    }
                    Reading::Pushes { .. } => Polls::new(stream.service, 0, Time::ZERO, Span::ZERO),
                };
                Reader::new(polls)
            })
            .collect();
        let mut lanes = Arena::new();
        let lane_handles = (0..readers.len() * pf)
            .map(|index| {
                let consumer = index / (count * pf);
                lanes.insert(LaneState::new(consumer))
            })
            .collect();
        Self {
            writes: vec![ShardWrites::default(); count],
            reads: vec![ShardReads::default(); count],
            sent_until: vec![Time::ZERO; count],
            puts: Arena::new(),
            shards,
            consumers,
            readers,
            lanes,
            lane_handles,
            branches,
            draws,
            throttled_puts: 0,
            pushed_bytes: 0,
            closed_until: Time::ZERO,
            settings,
        }
    }

    fn is_kinesis(&self) -> bool {
        self.settings.stream.service == StreamService::Kinesis
    }

    /// The number of a reader: of a consumer and a shard.
    fn reader(&self, consumer: usize, shard: u32) -> usize {
        consumer * self.shards.count() as usize + shard as usize
    }

    /// Whether the shard takes the record.
    fn takes(&mut self, now: Time, shard: u32, bytes: u64) -> bool {
        !self.is_kinesis() || self.writes[shard as usize].take(now, bytes).is_ok()
    }

    /// Closes its books: what it cost, and how far its readers were behind.
    fn finish(
        self,
        label: String,
        functions: impl Iterator<Item = String>,
        end: Time,
    ) -> (StreamOutcome, Vec<(LineItem, u128)>) {
        let mut bill = Vec::new();
        if self.is_kinesis() {
            let seconds = u128::from(end.as_nanos().div_ceil(1_000_000_000));
            let shards = u128::from(self.shards.count());
            bill.push((LineItem::KinesisShardS, shards * seconds));
            if matches!(self.settings.stream.reading, Reading::Pushes { .. }) {
                bill.push((LineItem::KinesisFanOutShardS, self.consumers.len() as u128 * shards * seconds));
                bill.push((LineItem::KinesisFanOutKb, self.pushed_bytes.div_ceil(1_024)));
            }
        }
        let consumers = self.consumers.into_iter().zip(functions);
        let consumers = consumers
            .map(|(consumer, function)| ConsumerOutcome { function, iterator_age: consumer.iterator_age.finish(end) });
        (StreamOutcome { label, throttled_puts: self.throttled_puts, consumers: consumers.collect() }, bill)
    }
}

impl Consumer {
    pub(super) const fn new(function: NodeId, branches: Branches, iterator_age: Gauge) -> Self {
        Self { function, branches, iterator_age, in_hand: 0 }
    }
}

impl Reader {
    fn new(polls: Polls) -> Self {
        Self {
            unread: VecDeque::new(),
            polls,
            pushes: Pushes::default(),
            polled: 0,
            awake: false,
            answer: 0,
            latency: Span::ZERO,
            more: false,
        }
    }

    /// How many records one call takes, and their bytes.
    fn call(&self) -> (usize, u64) {
        let (mut count, mut bytes) = (0, 0);
        for record in self.unread.iter().take(CALL_RECORDS) {
            if bytes + record.bytes > CALL_BYTES && count > 0 {
                break;
            }
            count += 1;
            bytes += record.bytes;
        }
        (count, bytes)
    }
}

impl Simulation<'_> {
    /// Closes the books of every stream, in the order of the graph.
    pub(super) fn close_streams(&mut self, end: Time) -> Vec<StreamOutcome> {
        let design = self.design;
        let mut outcomes = Vec::new();
        for (node, state) in design.nodes.iter().zip(&mut self.nodes) {
            if !matches!(state, NodeState::Stream(_)) {
                continue;
            }
            let NodeState::Stream(stream) = std::mem::replace(state, NodeState::Queue) else { continue };
            let functions = node.next.iter().map(|next| design.nodes[next.index()].label.clone());
            let (outcome, bill) = stream.finish(node.label.clone(), functions, end);
            outcomes.push(outcome);
            for (row, count) in bill {
                self.usage.add(row, count);
            }
        }
        outcomes
    }

    pub(super) fn stream(&mut self, node: NodeId) -> &mut StreamNode {
        match &mut self.nodes[node.index()] {
            NodeState::Stream(state) => state,
            other => unreachable!("a record of a stream names another node: {other:?}"),
        }
    }

    /// A producer puts an item into a stream at `at`. Takes over one hold.
    pub(super) fn put(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        let delivery = self.ordinals.next_delivery(item, node);
        let key = self.ledger.arrived(item).key;
        let place = self.stream(node).shards.place(key);
        self.call(node, at, Put { item, path, place, delivery, call: 0, unanswered: false });
    }

    /// One call of a producer. First calls about records of one shard are made one after the other.
    fn call(&mut self, node: NodeId, at: Time, mut put: Put) {
        let &Arrived { stream, number, .. } = self.ledger.arrived(put.item);
        let state = self.stream(node);
        let settings = &state.settings.stream;
        let ordinal = put.delivery.wrapping_mul(CALLS_OF_A_DELIVERY).wrapping_add(put.call);
        let mut draw = state.draws.puts[stream.index()].draw(number, ordinal);
        let mut reaches = at + settings.put_latency.span(&mut draw);
        put.unanswered = draw.chance(settings.duplicate_probability) && put.call + 1 < settings.attempts;
        if put.call == 0 {
            let until = &mut state.sent_until[put.place.shard as usize];
            reaches = reaches.max(*until);
            *until = reaches;
        }
        put.path.hop += reaches.since(at);
        let put = state.puts.insert(put);
        self.calendar.schedule(reaches, class::ARRIVAL, Event::Put(node, put));
    }

    /// A producer's call reaches its shard: the record is written, or refused.
    pub(super) fn record_stored(&mut self, node: NodeId, call: Handle) {
        let now = self.now;
        let state = self.stream(node);
        let put = state.puts[call];
        state.puts.remove(call);
        let bytes = self.ledger.arrived(put.item).size;
        let state = self.stream(node);
        if state.is_kinesis() && bytes > RECORD_BYTES {
            self.tell(put.item, node, What::Refused { why: Refusal::Size, again: None });
            return self.reject(node, put.item);
        }
        if !state.takes(now, put.place.shard, bytes) {
            state.throttled_puts += 1;
            return match put.call + 1 < state.settings.stream.attempts {
                true => {
                    let again = self.put_record_again(node, put);
                    self.tell(put.item, node, What::Refused { why: Refusal::Rate, again: Some(again) });
                }
                false => {
                    self.tell(put.item, node, What::Refused { why: Refusal::Rate, again: None });
                    self.reject(node, put.item);
                }
            };
        }
        if put.unanswered {
            self.ledger.hold(put.item);
            let path = Path { cause: Some(DuplicateCause::ClientRetry), ..put.path };
            self.put_record_again(node, Put { path, ..put });
        }
        self.write(node, put, bytes);
    }

    /// A call that was refused, or whose answer is lost: the producer waits and calls again. Returns when.
    fn put_record_again(&mut self, node: NodeId, mut put: Put) -> Time {
        let now = self.now;
        let &Arrived { stream, number, .. } = self.ledger.arrived(put.item);
        let state = self.stream(node);
        put.call += 1;
        let ordinal = put.delivery.wrapping_mul(CALLS_OF_A_DELIVERY).wrapping_add(put.call);
        let wait = back_off(put.call, &mut state.draws.back_offs[stream.index()].draw(number, ordinal));
        put.path.back_off += wait;
        self.call(node, now + wait, put);
        now + wait
    }

    fn reject(&mut self, node: NodeId, item: ItemRef) {
        let branches = self.stream(node).branches;
        self.ledger.end(self.now, item, branches, End::Rejected);
        self.ledger.release(self.now, item);
    }

    /// A record is in its shard: every consumer has it before it.
    fn write(&mut self, node: NodeId, put: Put, bytes: u64) {
        let now = self.now;
        let &Arrived { stream, number, .. } = self.ledger.arrived(put.item);
        self.tell(put.item, node, What::Kept { copy: put.call > 0, until: None });
        let Self { nodes, ledger, calendar, usage, .. } = self;
        let NodeState::Stream(state) = &mut nodes[node.index()] else { return };
        let pf = u128::from(state.settings.mapping.parallelization_factor);
        let lane = ((u128::from(put.place.within) * pf) >> 64) as u32;
        for consumer in 0..state.consumers.len() {
            if consumer > 0 {
                ledger.hold(put.item);
            }
            let index = state.reader(consumer, put.place.shard);
            let reader = &mut state.readers[index];
            let mut record = Unread { item: put.item, path: put.path, written: now, arrives: now, bytes, lane };
            let due = match &state.settings.stream.reading {
                Reading::Polls { .. } => reader.polls.next(now),
                Reading::Pushes { latency } => {
                    let ordinal = put.delivery.wrapping_mul(CALLS_OF_A_DELIVERY).wrapping_add(put.call);
                    let latency = latency.span(&mut state.draws.pushes[stream.index()].draw(number, ordinal));
                    record.arrives = reader.pushes.arrives(now, bytes, latency);
                    record.path.hop += record.arrives.since(now);
                    state.pushed_bytes += u128::from(bytes);
                    record.arrives
                }
            };
            reader.unread.push_back(record);
            if !std::mem::replace(&mut reader.awake, true) {
                calendar.schedule(due, class::LOOK, Event::Polls(node, index as u32));
            }
        }
        if state.is_kinesis() {
            usage.add(LineItem::KinesisPutUnits, u128::from(put_units(bytes)));
        }
    }

    /// A poll of a reader is due, or a push to it.
    pub(super) fn reader_polls(&mut self, node: NodeId, index: u32) {
        let (now, until) = (self.now, self.stream(node).closed_until);
        if until > now {
            self.calendar.schedule(until, class::LOOK, Event::Polls(node, index));
            return;
        }
        match self.stream(node).settings.stream.reading {
            Reading::Polls { .. } => self.poll_shard(node, index),
            Reading::Pushes { .. } => self.pushed(node, index),
        }
    }

    /// A poll: what is in the shard by now is on its way to the poller; unless the shard's read limits say later.
    fn poll_shard(&mut self, node: NodeId, index: u32) {
        let now = self.now;
        let state = self.stream(node);
        let shard = index as usize % state.reads.len();
        let reads = &mut state.reads[shard];
        let reader = &mut state.readers[index as usize];
        let kinesis = state.settings.stream.service == StreamService::Kinesis;
        let answered = if kinesis { reads.next_call(now) } else { now };
        if answered > now {
            self.calendar.schedule(answered, class::LOOK, Event::Polls(node, index));
            return;
        }
        let (count, bytes) = reader.call();
        reads.answered(now, bytes);
        let Reading::Polls { latency, .. } = &state.settings.stream.reading else { return };
        reader.latency = latency.span(&mut state.draws.polls.draw(u64::from(index), reader.polled));
        reader.polled = reader.polled.wrapping_add(1);
        (reader.answer, reader.more) = (count, count < reader.unread.len());
        let arrives = now + reader.latency;
        self.calendar.schedule(arrives, class::TRY, Event::Records(node, index));
    }

    /// The answer to a poll: its records are in their lanes. Where there were more, the shard is polled again at once.
    pub(super) fn records_read(&mut self, node: NodeId, index: u32) {
        let now = self.now;
        let state = self.stream(node);
        let reader = &mut state.readers[index as usize];
        let (count, latency) = (reader.answer, reader.latency);
        self.fill_lanes(node, index, count, latency);
        let reader = &mut self.stream(node).readers[index as usize];
        reader.awake = !reader.unread.is_empty();
        if reader.awake {
            let due = if reader.more { now } else { reader.polls.next(now) };
            self.calendar.schedule(due, class::LOOK, Event::Polls(node, index));
        }
    }

    /// A push arrives, with all that arrive at that instant.
    fn pushed(&mut self, node: NodeId, index: u32) {
        let now = self.now;
        let reader = &self.stream(node).readers[index as usize];
        let count = reader.unread.iter().take_while(|record| record.arrives <= now).count();
        self.fill_lanes(node, index, count, Span::ZERO);
        let reader = &mut self.stream(node).readers[index as usize];
        let next = reader.unread.front().map(|record| record.arrives);
        reader.awake = next.is_some();
        if let Some(next) = next {
            self.calendar.schedule(next, class::LOOK, Event::Polls(node, index));
        }
    }

    /// The first records that a reader had before it are in its lanes, which are looked at.
    fn fill_lanes(&mut self, node: NodeId, index: u32, count: usize, latency: Span) {
        let now = self.now;
        let Self { nodes, ledger, .. } = self;
        let NodeState::Stream(state) = &mut nodes[node.index()] else { return };
        let pf = state.settings.mapping.parallelization_factor as usize;
        let first = index as usize * pf;
        let reader = &mut state.readers[index as usize];
        for Unread { item, path, written, bytes, lane, .. } in reader.unread.drain(..count) {
            let content = Entry { item, path: path.then(Path { hop: latency, ..Path::default() }), left: Left::InHand };
            ledger.tell(now, item, Spot::Node(node), What::Read);
            let handle = state.lane_handles[first + lane as usize];
            state.lanes[handle].lane.push(Record { content, written, read: now, bytes });
        }
        for lane in first..first + pf {
            let handle = self.stream(node).lane_handles[lane];
            self.look_at_lane(node, handle);
        }
    }
}
