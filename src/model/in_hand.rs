//! What a run over a batch works on: messages of a queue, or records of a stream.

use super::ledger::{ItemRef, Path};
use super::message::{MessageRef, Work};
use super::message_batch::{Left, Stage};
use super::message_run::MessageRun;
use super::simulation::{NodeState, Simulation};
use super::stream_batch;
use crate::kernel::Handle;
use crate::services::event_source_mapping::settings::PartialBatchResponse;
use crate::words::NodeId;

/// One item of a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct InHand {
    /// The function that runs.
    pub function: NodeId,
    pub item: ItemRef,
    /// The way up to the mapping.
    pub path: Path,
}

impl Simulation<'_> {
    /// The item at this place of a batch.
    pub(super) fn in_hand(&self, node: NodeId, batch: Handle, index: usize) -> InHand {
        match &self.nodes[node.index()] {
            NodeState::Sqs(state) => {
                let delivery = &state.batches[batch].deliveries[index];
                InHand { function: state.function, item: delivery.item, path: delivery.path }
            }
            NodeState::Stream(state) => Self::record_in_hand(state, batch, index),
            other => unreachable!("a batch names a node without batches: {other:?}"),
        }
    }

    /// How many items a batch has.
    pub(super) fn batch_len(&self, node: NodeId, batch: Handle) -> usize {
        match &self.nodes[node.index()] {
            NodeState::Sqs(state) => state.batches[batch].deliveries.len(),
            NodeState::Stream(state) => state.lanes[batch].lane.batch_len(),
            other => unreachable!("a batch names a node without batches: {other:?}"),
        }
    }

    /// The run over a batch, while there is one.
    pub(super) fn run_of(&self, node: NodeId, batch: Handle) -> Option<MessageRun> {
        match &self.nodes[node.index()] {
            NodeState::Sqs(state) => match state.batches[batch].stage {
                Stage::Running(run) => Some(run),
                _ => None,
            },
            NodeState::Stream(state) => match state.lanes[batch].stage {
                stream_batch::Stage::Running(run) => Some(run),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the run over a batch works on the last item of that.
    pub(super) fn is_last_of_batch(&self, reference: MessageRef) -> bool {
        let Work::Messages(node, batch) = self.messages[reference].work else { return true };
        self.run_of(node, batch).is_none_or(|run| run.index() + 1 == self.batch_len(node, batch))
    }

    /// The run over a batch has come so far.
    pub(super) fn keep_run(&mut self, node: NodeId, batch: Handle, run: MessageRun) {
        match &mut self.nodes[node.index()] {
            NodeState::Stream(state) => state.lanes[batch].stage = stream_batch::Stage::Running(run),
            _ => {
                self.sqs(node).batches[batch].stage = Stage::Running(run);
                self.arm_visibility(node, batch, run.ends());
            }
        }
    }

    /// What came of an item of a batch.
    pub(super) fn leave_item(&mut self, node: NodeId, batch: Handle, index: usize, left: Left) {
        match &mut self.nodes[node.index()] {
            NodeState::Stream(state) => state.lanes[batch].lane.get_mut(index).content.left = left,
            _ => self.sqs(node).batches[batch].deliveries[index].left = left,
        }
    }

    /// Whether a run has done with an item of a batch, without a failure.
    pub(super) fn is_done(&self, node: NodeId, batch: Handle, index: usize) -> bool {
        let left = match &self.nodes[node.index()] {
            NodeState::Stream(state) => state.lanes[batch].lane.get(index).content.left,
            NodeState::Sqs(state) => state.batches[batch].deliveries[index].left,
            _ => Left::Undone,
        };
        left == Left::InHand
    }

    /// Of a FIFO queue, a run that reports its failures stops at the first, and reports it and all later ones, so that
    /// none overtakes. Whether this is one.
    pub(super) fn reports_the_rest(&mut self, node: NodeId, batch: Handle, index: usize) -> bool {
        let NodeState::Sqs(state) = &mut self.nodes[node.index()] else { return false };
        let reports = state.settings.mapping.report_batch_item_failures && state.queue.is_fifo();
        if reports {
            for later in &mut state.batches[batch].deliveries[index + 1..] {
                later.left = Left::Undone;
            }
        }
        reports
    }

    /// Whether a run goes on after an item that failed, which it reports at its end.
    pub(super) fn goes_on(&self, node: NodeId) -> bool {
        match &self.nodes[node.index()] {
            NodeState::Sqs(state) => state.settings.mapping.report_batch_item_failures,
            NodeState::Stream(state) => {
                state.settings.mapping.partial_batch_response == PartialBatchResponse::ReportAll
            }
            _ => false,
        }
    }
}
