//! A batch of messages, from the poller that gathers it to the last of its messages deleted or visible again.

use super::lambda_node::Ended;
use super::ledger::{ItemRef, Path};
use super::message::{Message, MessageRef, Work};
use super::message_run::MessageRun;
use super::simulation::{Event, NodeState, Simulation, class};
use super::sqs_node::{Parcel, SqsNode};
use super::story::{Spot, What};
use crate::kernel::{Handle, Span, Ticket, Time};
use crate::services::event_source_mapping::after_throttle;
use crate::services::sqs::{PER_CALL, Receipt};
use crate::words::{DuplicateCause, NodeId};

/// A message in a batch. The batch holds its item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delivery {
    pub receipt: Receipt,
    pub item: ItemRef,
    /// The way up to the poller.
    pub path: Path,
    /// What came of it, for the message if that comes back.
    pub left: Left,
}

/// Why a delivery after this one may do its work again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// It is still in hand, or was processed and is deleted.
    InHand,
    /// It was not processed.
    Undone,
    /// It was processed, and stays in the queue for this.
    Redone(DuplicateCause),
}

/// Messages that a poller took, until the last of them is deleted or visible again.
#[derive(Debug)]
pub(super) struct Batch {
    /// In the order of their receives.
    pub deliveries: Vec<Delivery>,
    pub stage: Stage,
    /// When the first of them reached the poller; none so far: never.
    pub opened: Time,
    /// Of the deliveries, those whose visibility timeout has run.
    pub again: usize,
    /// The timer of the next of them, if it is set.
    pub armed: Option<Ticket>,
}

/// What is done with a batch.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stage {
    /// A receive is on its way back to the poller.
    Receiving,
    /// The poller waits for more since then, until it sees that the window is over.
    Gathering(Time, Ticket),
    /// The function is invoked, and throttled.
    Trying(MessageRef),
    /// The function runs.
    Running(MessageRun),
    /// The poller is done with it; messages are hidden still.
    Over,
}

impl SqsNode {
    /// A batch none of whose messages is hidden any more.
    pub(super) fn drop_batch(&mut self, batch: Handle) {
        let mut deliveries = std::mem::take(&mut self.batches[batch].deliveries);
        deliveries.clear();
        self.spare.push(deliveries);
        self.batches.remove(batch);
    }
}

impl Batch {
    /// A run ended that had come to the message of this index: those that it was done with may be done again, those that
    /// it was not have nothing to be done again.
    pub(super) fn leave_behind(&mut self, come_to: usize, ended: Ended) {
        let Some(redone) = ended.cause_to_repeat_others() else { return };
        for (index, delivery) in self.deliveries.iter_mut().enumerate() {
            if delivery.left == Left::InHand {
                delivery.left = if index < come_to { Left::Redone(redone) } else { Left::Undone };
            }
        }
    }

    /// When the next of its messages is visible again, if it is not deleted before.
    fn next_again(&self) -> Option<Time> {
        self.deliveries.get(self.again).map(|delivery| delivery.receipt.visible_again)
    }
}

impl Simulation<'_> {
    /// A closed batch: the function is invoked, synchronously.
    pub(super) fn invoke(&mut self, node: NodeId, batch: Handle) {
        let function = self.sqs(node).function;
        let message = Message::new(function, Work::Messages(node, batch), self.now, Path::default());
        let reference = self.messages.insert(message);
        self.sqs(node).batches[batch].stage = Stage::Trying(reference);
        self.try_message(reference);
    }

    /// Whether any message of a batch was delivered before.
    pub(super) fn is_redelivery(&mut self, node: NodeId, batch: Handle) -> bool {
        if let NodeState::Stream(state) = &self.nodes[node.index()] {
            let lane = &state.lanes[batch];
            return lane.lane.is_retry() || lane.throttles > 0;
        }
        self.sqs(node).batches[batch].deliveries.iter().any(|delivery| delivery.receipt.receives > 1)
    }

    /// A throttled invocation is tried again until the visibility timeout of its messages has run.
    pub(super) fn batch_throttled(&mut self, reference: MessageRef, node: NodeId, batch: Handle) {
        if let NodeState::Stream(_) = self.nodes[node.index()] {
            return self.lane_throttled(reference, node, batch);
        }
        let message = &mut self.messages[reference];
        message.throttles += 1;
        let (function, wait) = (message.node, after_throttle(message.throttles));
        let retry = self.now + wait;
        self.tell_batch(node, batch, function, What::Throttled { again: Some(retry) });
        let waits = &self.sqs(node).batches[batch];
        if waits.again > 0 {
            self.give_batch_up(reference, node, batch);
            self.arm_visibility(node, batch, Time::NEVER);
            self.drop_if_over(node, batch);
            self.look(node);
        } else if waits.next_again().is_some_and(|again| again <= retry) {
            self.arm_visibility(node, batch, Time::NEVER);
        } else {
            self.calendar.schedule(retry, class::TRY, Event::Try(reference));
        }
    }

    /// A poller gives up a batch that could not be run: its messages come back.
    fn give_batch_up(&mut self, reference: MessageRef, node: NodeId, batch: Handle) {
        self.messages.remove(reference);
        self.poller_done(node, batch, None);
    }

    /// A poller is free; its batch lets go of its items.
    pub(super) fn poller_done(&mut self, node: NodeId, batch: Handle, failed: Option<bool>) {
        let now = self.now;
        let Self { nodes, ledger, .. } = self;
        let NodeState::Sqs(state) = &mut nodes[node.index()] else { return };
        state.pollers.give_back(now, failed);
        let over = &mut state.batches[batch];
        over.stage = Stage::Over;
        for delivery in &over.deliveries {
            ledger.release(now, delivery.item);
        }
    }

    /// Deletes from the queue those messages of a batch that were processed, and frees it if that is all of them.
    pub(super) fn delete_processed(&mut self, node: NodeId, batch: Handle) {
        let now = self.now;
        let Self { nodes, ledger, .. } = self;
        let NodeState::Sqs(state) = &mut nodes[node.index()] else { return };
        let (mut deleted, mut stay) = (0, false);
        let closed_until = if state.closed_until > now { state.closed_until } else { Time::ZERO };
        for delivery in &mut state.batches[batch].deliveries {
            // Deletes that come to nothing are tried until the message is visible again.
            if delivery.left == Left::InHand && delivery.receipt.visible_again <= closed_until {
                delivery.left = Left::Redone(DuplicateCause::VisibilityTimeout);
            }
            // Of a run that returned, only what it reported as failed.
            if delivery.left != Left::InHand {
                stay = true;
                continue;
            }
            deleted += 1;
            if let Some(Parcel { item, .. }) = state.queue.delete(&delivery.receipt) {
                ledger.tell(now, item, Spot::Node(node), What::Deleted);
                ledger.release(now, item);
            }
        }
        let over = &mut state.batches[batch];
        if !stay {
            over.again = over.deliveries.len();
        }
        self.usage.add(state.row, u128::from(u32::div_ceil(deleted, PER_CALL)));
    }

    /// Sets the timer of a batch's next visibility timeout, where that runs out before `until`, up to which the batch is
    /// known to be under way.
    pub(super) fn arm_visibility(&mut self, node: NodeId, batch: Handle, until: Time) {
        let now = self.now;
        let timed = &mut self.sqs(node).batches[batch];
        if let Some(again) = timed.next_again()
            && timed.armed.is_none()
            && again < until
        {
            let timer = self.calendar.schedule(again.max(now), class::ARRIVAL, Event::VisibleAgain(node, batch));
            self.sqs(node).batches[batch].armed = Some(timer);
        }
    }

    /// Takes back the timer of a batch whose messages are all deleted: it was set because nobody knew when its run would end.
    pub(super) fn disarm_if_deleted(&mut self, node: NodeId, batch: Handle) {
        let over = &mut self.sqs(node).batches[batch];
        if over.again == over.deliveries.len()
            && let Some(timer) = over.armed.take()
        {
            self.calendar.cancel(timer);
        }
    }

    /// The visibility timeout of a batch's next messages has run: those not deleted are visible again.
    pub(super) fn visible_again(&mut self, node: NodeId, batch: Handle) {
        let now = self.now;
        let Self { nodes, ledger, .. } = self;
        let NodeState::Sqs(state) = &mut nodes[node.index()] else { return };
        let Some(timed) = state.batches.get(batch) else { return };
        let due = timed.deliveries[timed.again..].iter().take_while(|delivery| delivery.receipt.visible_again <= now);
        let until = timed.again + due.count();
        let in_hand = !matches!(timed.stage, Stage::Trying(_) | Stage::Over);
        for delivery in &timed.deliveries[timed.again..until] {
            if state.queue.content_mut(&delivery.receipt).is_some() {
                ledger.tell(now, delivery.item, Spot::Node(node), What::VisibleAgain);
            }
            let cause = match delivery.left {
                Left::Redone(cause) => cause,
                Left::InHand if in_hand => DuplicateCause::VisibilityTimeout,
                Left::InHand | Left::Undone => continue,
            };
            if let Some(parcel) = state.queue.content_mut(&delivery.receipt) {
                parcel.path.cause = Some(cause);
            }
        }
        state.queue.reappear(timed.deliveries[timed.again..until].iter().map(|delivery| delivery.receipt));
        let timed = &mut state.batches[batch];
        (timed.again, timed.armed) = (until, None);
        if let Stage::Trying(reference) = timed.stage {
            self.give_batch_up(reference, node, batch);
        }
        self.arm_visibility(node, batch, Time::NEVER);
        self.drop_if_over(node, batch);
        self.look(node);
    }

    /// Frees a batch that is over and whose messages are all deleted or visible again.
    pub(super) fn drop_if_over(&mut self, node: NodeId, batch: Handle) {
        let state = self.sqs(node);
        let done = &state.batches[batch];
        if matches!(done.stage, Stage::Over) && done.again == done.deliveries.len() && done.armed.is_none() {
            state.drop_batch(batch);
        }
    }
}

/// What passed between the closing of a batch and its run: throttled tries.
pub(super) const fn throttled_for(message: &Message) -> Span {
    message.tried.since(message.accepted)
}
