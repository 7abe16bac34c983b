//! The batches of a stream's mapping: sent one after the other in each lane, and what becomes of those that fail.
//!
//! The records of the batch in hand stay where they are, the first of their lane, until they are done with.

use super::in_hand::InHand;
use super::lambda_node::Ended;
use super::ledger::{End, Path};
use super::message::{Message, MessageRef, Work};
use super::message_batch::Left;
use super::message_run::MessageRun;
use super::simulation::{Event, NodeState, Simulation, class};
use super::story::{Spot, What};
use super::stream_node::{Consumer, Entry, StreamNode};
use crate::kernel::{Handle, Span, Ticket, Time};
use crate::metrics::Gauge;
use crate::services::event_source_mapping::settings::PartialBatchResponse;
use crate::services::event_source_mapping::{Failed, Lane, Look, after_throttle};
use crate::words::NodeId;

/// One lane of a mapping.
#[derive(Debug)]
pub(super) struct LaneState {
    pub lane: Lane<Entry>,
    /// Whose it is.
    pub consumer: usize,
    pub stage: Stage,
    /// Throttles of the batch in hand since it last ran.
    pub throttles: u32,
    /// Whether its consumer counts it among those with a batch in hand.
    counted: bool,
}

/// What a lane does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stage {
    /// Nothing: it waits for records.
    Idle,
    /// It gathers a batch up to that instant.
    Gathers(Time, Ticket),
    /// Its batch waits to be tried again.
    Pauses,
    /// Its batch was sent.
    Sent,
    /// The function runs over its batch.
    Running(MessageRun),
}

/// How a run over a batch of records ended, for the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BatchEnd {
    Done,
    /// The function reported this record as its lowest failure.
    Checkpoint(usize),
    Failed,
}

impl StreamNode {
    /// Records are skipped once they are so old.
    fn age_limit(&self) -> Span {
        let retention = self.settings.stream.retention;
        self.settings.mapping.maximum_record_age.map_or(retention, |age| age.min(retention))
    }

    /// How the effects of records end that are skipped for their age: what the stream kept no longer has expired.
    fn end_of_old(&self) -> End {
        let by_mapping = self.age_limit() < self.settings.stream.retention;
        if by_mapping && self.settings.mapping.on_failure_destination { End::DeadLettered } else { End::Expired }
    }

    /// What a run that ended so, at this record, means for its batch.
    fn batch_end(&self, lane: Handle, come_to: usize, ended: Ended) -> BatchEnd {
        let lane = &self.lanes[lane].lane;
        match (ended, self.settings.mapping.partial_batch_response) {
            (Ended::Returned, _) => {
                let failed = (0..lane.batch_len()).find(|&index| lane.get(index).content.left != Left::InHand);
                failed.map_or(BatchEnd::Done, BatchEnd::Checkpoint)
            }
            (Ended::Errored, PartialBatchResponse::ReportFirst) => BatchEnd::Checkpoint(come_to),
            _ => BatchEnd::Failed,
        }
    }
}

impl LaneState {
    /// A lane without records.
    pub(super) const fn new(consumer: usize) -> Self {
        Self { lane: Lane::new(), consumer, stage: Stage::Idle, throttles: 0, counted: false }
    }

    /// If no batch is in hand any more, its consumer, which may have one in no lane now, is told.
    fn let_go(&mut self, consumer: &mut Consumer, now: Time) {
        if self.lane.batch_len() > 0 || !std::mem::take(&mut self.counted) {
            return;
        }
        self.throttles = 0;
        consumer.in_hand -= 1;
        if consumer.in_hand == 0 {
            set_level(&mut consumer.iterator_age, now, 0);
        }
    }

    /// A run that had come to this record failed: the records of the batch keep what they lost with it, and why there
    /// may be work on them again.
    fn leave_behind(&mut self, come_to: usize, ended: Ended, lost: Span) {
        for (index, record) in self.lane.batch_mut().enumerate() {
            let Entry { path, left, .. } = &mut record.content;
            let cause = match std::mem::replace(left, Left::InHand) {
                Left::Redone(cause) => Some(cause),
                Left::InHand if index < come_to => ended.cause_to_repeat_others(),
                Left::InHand | Left::Undone => None,
            };
            *path = path.then(Path { back_off: lost, cause, ..Path::default() });
        }
    }

    /// The batch in hand waits so long.
    fn wait(&mut self, pause: Span) {
        self.stage = Stage::Pauses;
        for record in self.lane.batch_mut() {
            record.content.path.back_off += pause;
        }
    }
}

impl Simulation<'_> {
    /// A lane comes to the end of its window or pause.
    pub(super) fn lane_due(&mut self, node: NodeId, lane: Handle) {
        self.stream(node).lanes[lane].stage = Stage::Idle;
        self.look_at_lane(node, lane);
    }

    /// A lane that has nothing under way closes its next batch, if it is time to, and sends it.
    pub(super) fn look_at_lane(&mut self, node: NodeId, handle: Handle) {
        let now = self.now;
        let stage = self.stream(node).lanes[handle].stage;
        if !matches!(stage, Stage::Idle | Stage::Gathers(..)) {
            return;
        }
        self.skip_old(node, handle);
        let state = self.stream(node);
        let lane = &mut state.lanes[handle];
        let look = lane.lane.look(now, &state.settings.mapping);
        if let (Stage::Gathers(until, ticket), false) = (stage, matches!(look, Look::Gathers(_))) {
            debug_assert!(until >= now, "a window that was over is looked at when it is");
            self.calendar.cancel(ticket);
        }
        match (look, stage) {
            (Look::Empty, _) => self.stream(node).lanes[handle].stage = Stage::Idle,
            (Look::Gathers(until), Stage::Gathers(before, _)) if before == until => {}
            (Look::Gathers(until), _) => {
                if let Stage::Gathers(_, ticket) = stage {
                    self.calendar.cancel(ticket);
                }
                let ticket = self.calendar.schedule(until, class::TIMEOUT, Event::Lane(node, handle));
                self.stream(node).lanes[handle].stage = Stage::Gathers(until, ticket);
            }
            (Look::Closed, _) => self.send_batch(node, handle),
        }
    }

    /// Records at the head of a lane that are too old are skipped.
    fn skip_old(&mut self, node: NodeId, handle: Handle) {
        let now = self.now;
        let Self { nodes, ledger, .. } = self;
        let NodeState::Stream(state) = &mut nodes[node.index()] else { return };
        let (limit, end) = (state.age_limit(), state.end_of_old());
        let lane = &mut state.lanes[handle];
        let consumer = &mut state.consumers[lane.consumer];
        while let Some(Entry { item, .. }) = lane.lane.skip_old(now, limit) {
            ledger.tell(now, item, Spot::Node(node), What::TooOld);
            ledger.end(now, item, consumer.branches, end);
            ledger.release(now, item);
        }
        lane.let_go(consumer, now);
    }

    /// The batch in hand is sent: the function is invoked, synchronously.
    fn send_batch(&mut self, node: NodeId, handle: Handle) {
        let now = self.now;
        let state = self.stream(node);
        let LaneState { lane, consumer, stage, counted, .. } = &mut state.lanes[handle];
        let consumer = &mut state.consumers[*consumer];
        consumer.in_hand += u32::from(!std::mem::replace(counted, true));
        *stage = Stage::Sent;
        let last = lane.get(lane.batch_len() - 1);
        set_level(&mut consumer.iterator_age, now, now.since(last.written).as_nanos());
        let message = Message::new(consumer.function, Work::Messages(node, handle), now, Path::default());
        let reference = self.messages.insert(message);
        self.try_message(reference);
    }

    /// The function is throttled: the batch waits, which uses up none of its retries.
    pub(super) fn lane_throttled(&mut self, reference: MessageRef, node: NodeId, handle: Handle) {
        let function = self.messages[reference].node;
        self.messages.remove(reference);
        let lane = &mut self.stream(node).lanes[handle];
        lane.throttles += 1;
        let pause = after_throttle(lane.throttles);
        lane.wait(pause);
        self.calendar.schedule(self.now + pause, class::TRY, Event::Lane(node, handle));
        self.tell_batch(node, handle, function, What::Throttled { again: Some(self.now + pause) });
    }

    /// A run over a batch of records ends.
    pub(super) fn record_run_ends(&mut self, reference: MessageRef, node: NodeId, handle: Handle, ended: Ended) {
        let Message { node: function, accepted, tried, run, .. } = self.messages[reference];
        if let Some(run) = run {
            self.end_run(function, tried, &run.start, ended);
        }
        self.messages.remove(reference);
        let lost = self.now.since(accepted);
        let state = self.stream(node);
        let Stage::Running(run) = state.lanes[handle].stage else { return };
        let end = state.batch_end(handle, run.index(), ended);
        state.lanes[handle].throttles = 0;
        match end {
            BatchEnd::Done => self.finish_batch(node, handle, None),
            BatchEnd::Checkpoint(before) => {
                // All of a run that went on to its end was worked on.
                let come_to = if ended == Ended::Returned { usize::MAX } else { run.index() };
                self.tell_reported(node, handle, before);
                let state = self.stream(node);
                state.lanes[handle].leave_behind(come_to, Ended::Errored, lost);
                self.finish_records(node, handle, before, None);
                let state = self.stream(node);
                let verdict = state.lanes[handle].lane.reported(before, &state.settings.mapping);
                self.follow_failure(node, handle, verdict);
            }
            BatchEnd::Failed => {
                self.tell_run_failed(node, handle, run.index(), ended);
                let state = self.stream(node);
                let lane = &mut state.lanes[handle];
                lane.leave_behind(run.index(), ended, lost);
                let verdict = lane.lane.failed(&state.settings.mapping);
                self.follow_failure(node, handle, verdict);
            }
        }
    }

    fn follow_failure(&mut self, node: NodeId, handle: Handle, verdict: Failed) {
        let state = self.stream(node);
        match verdict {
            Failed::Again(pause) => {
                state.lanes[handle].wait(pause);
                self.calendar.schedule(self.now + pause, class::TRY, Event::Lane(node, handle));
                self.tell_batch(node, handle, node, What::BackOff { until: self.now + pause });
            }
            Failed::GivenUp => {
                let told = state.settings.mapping.on_failure_destination;
                self.tell_batch(node, handle, node, What::GivenUp);
                self.finish_batch(node, handle, told.then_some(End::DeadLettered));
            }
        }
    }

    /// The batch in hand is done with, or skipped: the lane goes on.
    fn finish_batch(&mut self, node: NodeId, handle: Handle, end: Option<End>) {
        self.finish_records(node, handle, usize::MAX, end);
        self.stream(node).lanes[handle].stage = Stage::Idle;
        self.look_at_lane(node, handle);
    }

    /// Lets go of the first records of the batch in hand, whose effects end so if they were not applied.
    fn finish_records(&mut self, node: NodeId, handle: Handle, count: usize, end: Option<End>) {
        let now = self.now;
        let Self { nodes, ledger, remedies, .. } = self;
        let NodeState::Stream(state) = &mut nodes[node.index()] else { return };
        let lane = &mut state.lanes[handle];
        let consumer = &mut state.consumers[lane.consumer];
        for _ in 0..count {
            let Some(Entry { item, .. }) = lane.lane.finish_first() else { break };
            ledger.tell(now, item, Spot::Node(node), What::PassedOver);
            if let Some(end) = end {
                // A stream keeps what is given up nowhere but in a destination.
                remedies.to_destination += u64::from(end == End::DeadLettered);
                ledger.end(now, item, consumer.branches, end);
            }
            ledger.release(now, item);
        }
        lane.let_go(consumer, now);
    }

    /// A record of the batch in hand.
    pub(super) fn record_in_hand(state: &StreamNode, lane: Handle, index: usize) -> InHand {
        let LaneState { lane, consumer, .. } = &state.lanes[lane];
        let Entry { item, path, .. } = lane.get(index).content;
        InHand { function: state.consumers[*consumer].function, item, path }
    }
}

/// Moves a gauge to a level.
fn set_level(gauge: &mut Gauge, now: Time, level: u64) {
    match level.checked_sub(gauge.level()) {
        Some(more) => gauge.up(now, more),
        None => gauge.down(now, gauge.level() - level),
    }
}
