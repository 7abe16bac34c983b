//! What is sent to a service that is unavailable: held back by its sender, or refused.

use super::{Faults, Held};
use crate::kernel::{Handle, Time};
use crate::model::ledger::{End, ItemRef, Path};
use crate::model::simulation::{Event, Simulation, class};
use crate::model::story::{Spot, Strike, What};
use crate::services::faults::{Sent, Timeline};
use crate::words::NodeId;

impl Faults {
    fn door(&self, node: NodeId) -> Option<&Timeline> {
        self.doors[node.index()].map(|place| &self.parts[place].1)
    }
}

impl Simulation<'_> {
    /// Whether a node takes in what is sent to it now.
    pub(in crate::model) fn is_closed(&self, node: NodeId) -> bool {
        let door = self.faults.as_ref().and_then(|faults| faults.door(node));
        door.is_some_and(|door| !door.lets_in(self.now) || door.sent(self.now) == Sent::Refused)
    }

    /// Whether what is sent to a node at `at` gets in then. If not, the item is dealt with: its sender holds it back, or
    /// it is refused.
    pub(in crate::model) fn gets_in(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) -> bool {
        let Some(door) = self.faults.as_ref().and_then(|faults| faults.door(node)) else { return true };
        match door.sent(at) {
            Sent::Now => true,
            Sent::Later(later) => {
                let held = What::Struck(Strike::HeldOutside { until: later });
                self.ledger.tell(at, item, Spot::Node(node), held);
                self.hold_back(node, item, path, at, later);
                false
            }
            Sent::Refused => {
                self.tell(item, node, What::Struck(Strike::TurnedAway));
                let branches = self.design.leaves_below(node);
                self.ledger.end(self.now, item, branches, End::Rejected);
                self.ledger.release(self.now, item);
                false
            }
        }
    }

    fn hold_back(&mut self, node: NodeId, item: ItemRef, mut path: Path, from: Time, until: Time) {
        path.back_off += until.since(from);
        let Some(faults) = &mut self.faults else { return };
        let held = faults.held.insert(Held { node, item, path });
        self.calendar.schedule(until, class::ARRIVAL, Event::Held(held));
    }

    /// An item that was held back is sent; into another outage, if there is one by now.
    pub(in crate::model) fn sent_at_last(&mut self, held: Handle) {
        let now = self.now;
        let Some(faults) = &mut self.faults else { return };
        let Some(&Held { node, item, path }) = faults.held.get(held) else { return };
        faults.held.remove(held);
        let let_in = faults.door(node).is_none_or(|door| door.lets_in(now));
        if let_in || self.gets_in(node, item, now, path) {
            self.take_in(node, item, now, path);
        }
    }
}
