//! Load shedding by functions: items that are too old when their work would begin are passed over.

use super::ledger::{End, ItemRef};
use super::simulation::{NodeState, Simulation};
use crate::kernel::Time;
use crate::words::NodeId;

impl Simulation<'_> {
    /// Whether a function passes an item over whose work would begin at that instant.
    pub(super) fn sheds(&self, function: NodeId, item: ItemRef, begins: Time) -> bool {
        let NodeState::Lambda(state) = &self.nodes[function.index()] else { return false };
        let Some(oldest) = state.function.settings().shed_older_than else { return false };
        begins.since(self.ledger.arrived(item).at) > oldest
    }

    /// A function has passed an item over: it is done with, as expired.
    pub(super) fn shed(&mut self, function: NodeId, item: ItemRef) {
        self.remedies.shed_by_age += 1;
        let branches = self.lambda(function).branches;
        self.ledger.end(self.now, item, branches, End::Expired);
    }
}
