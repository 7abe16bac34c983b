//! Dead letters of an SQS queue that are moved back to it.
//!
//! A message in the dead-letter queue has ended for the ledger, as dead-lettered; while a redrive is to come for it it is
//! held, and its effect, if it comes to one then, takes the item out of that state. The time in the dead-letter queue is
//! back-off.

use super::ledger::Path;
use super::simulation::{Event, NodeState, Simulation, class};
use super::sqs_node::Parcel;
use super::sqs_queue::MessageQueue;
use super::story::What;
use crate::words::NodeId;

impl Simulation<'_> {
    /// The first redrive of every queue that has any is put in the calendar.
    pub(super) fn start_redrives(&mut self) {
        for index in 0..self.nodes.len() {
            self.schedule_redrive(NodeId(index as u16));
        }
    }

    fn schedule_redrive(&mut self, node: NodeId) {
        let NodeState::Sqs(state) = &self.nodes[node.index()] else { return };
        if let Some(at) = state.dead_letters.as_ref().and_then(|letters| letters.next_start()) {
            self.calendar.schedule(at, class::TICK, Event::RedriveStarts(node));
        }
    }

    /// A redrive starts.
    pub(super) fn redrive_starts(&mut self, node: NodeId) {
        let Some(letters) = &mut self.sqs(node).dead_letters else { return };
        let begins = letters.start();
        self.schedule_redrive(node);
        if begins {
            self.redrive_moves(node);
        }
    }

    /// A redrive moves a message to the queue, as one that was never received.
    pub(super) fn redrive_moves(&mut self, node: NodeId) {
        let now = self.now;
        let state = self.sqs(node);
        let Some(letters) = &mut state.dead_letters else { return };
        let Some((since, Parcel { item, path })) = letters.take() else { return };
        let next = letters.next_after();
        let MessageQueue::Standard(queue) = &mut state.queue else { return };
        let path = path.then(Path { back_off: now.since(since), ..Path::default() });
        let message = queue.send(Parcel { item, path });
        self.remedies.redriven += 1;
        self.tell(item, node, What::MovedBack);
        if let Some(next) = next {
            self.calendar.schedule(now + next, class::ARRIVAL, Event::RedriveMoves(node));
        }
        self.message_stored(node, message);
    }
}
