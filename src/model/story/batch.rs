//! What the end of a run over several items means for those that it did not end with.

use std::cmp::Ordering;

use super::{RunOver, What};
use crate::kernel::Handle;
use crate::model::in_hand::InHand;
use crate::model::lambda_node::Ended;
use crate::model::ledger::{Arrived, ItemRef};
use crate::model::simulation::Simulation;
use crate::words::{ItemId, NodeId};

impl Simulation<'_> {
    /// The name of an item in flight.
    pub(in crate::model) fn item_id(&self, item: ItemRef) -> ItemId {
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        ItemId { stream, number }
    }

    /// Tells the other items of a batch that the run over it, which had come to this one, failed: those it had done, and
    /// those it had not begun with.
    pub(in crate::model) fn tell_run_failed(&mut self, mapping: NodeId, batch: Handle, come_to: usize, ended: Ended) {
        if self.recorder().is_none() || ended == Ended::Returned {
            return;
        }
        let at = self.item_id(self.in_hand(mapping, batch, come_to).item);
        // That a place is lost is no item's doing.
        let over = RunOver { ended, at: (ended != Ended::Lost).then_some(at) };
        for index in 0..self.batch_len(mapping, batch) {
            let what = match index.cmp(&come_to) {
                Ordering::Less if self.is_done(mapping, batch, index) => What::NotKept(over),
                Ordering::Greater => What::NotBegun(over),
                Ordering::Less | Ordering::Equal => continue,
            };
            let InHand { function, item, .. } = self.in_hand(mapping, batch, index);
            self.tell(item, function, what);
        }
    }

    /// Tells the items of a batch that come again although they are done that this one, before them, was reported as failed.
    pub(in crate::model) fn tell_reported(&mut self, mapping: NodeId, batch: Handle, failed: usize) {
        if self.recorder().is_none() {
            return;
        }
        let over =
            RunOver { ended: Ended::Returned, at: Some(self.item_id(self.in_hand(mapping, batch, failed).item)) };
        for index in failed + 1..self.batch_len(mapping, batch) {
            if self.is_done(mapping, batch, index) {
                let InHand { function, item, .. } = self.in_hand(mapping, batch, index);
                self.tell(item, function, What::NotKept(over));
            }
        }
    }
}
