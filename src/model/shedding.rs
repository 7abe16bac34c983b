//! Load shedding by functions: items that are too old when their work would begin are passed over.

use super::ledger::{End, ItemRef};
use super::simulation::{NodeState, Simulation};
use super::story::What;
use crate::kernel::Time;
use crate::words::NodeId;

impl Simulation<'_> {
    /// Whether a function passes an item over whose work would begin at that instant.
    pub(super) fn sheds(&self, function: NodeId, item: ItemRef, begins: Time) -> bool {
        let NodeState::Lambda(state) = &self.nodes[function.index()] else { return false };
        let Some(oldest) = state.function.settings().shed_older_than else { return false };
        begins.since(self.ledger.arrived(item).at) > oldest
    }

    /// A function passes an item over whose work would begin at that instant: it is done with, as expired.
    pub(super) fn shed(&mut self, function: NodeId, item: ItemRef, begins: Time) {
        self.remedies.shed_by_age += 1;
        let state = self.lambda(function);
        let (branches, oldest) = (state.branches, state.function.settings().shed_older_than);
        if let Some(oldest) = oldest {
            let age = begins.since(self.ledger.arrived(item).at);
            self.tell(item, function, What::Shed { age, oldest });
        }
        self.ledger.end(self.now, item, branches, End::Expired);
    }
}
