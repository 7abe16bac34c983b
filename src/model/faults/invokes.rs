//! Invokes of functions that are struck: refused by the service, or throttled beyond what is left.

use super::FunctionDraws;
use crate::kernel::Purpose;
use crate::model::lambda_node::LambdaNode;
use crate::model::ledger::ItemRef;
use crate::model::message::{MessageRef, Work};
use crate::model::simulation::{NodeState, Simulation};
use crate::model::story::Strike;
use crate::words::NodeId;

/// What faults leave of an invoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Invoked {
    /// Nothing stands against it but the function's own limits.
    Allowed,
    /// The service refuses it with an error of its own (5xx).
    Refused,
    /// It is throttled (429).
    Throttled,
}

impl Invoked {
    /// What a fault does to what is to be worked on.
    pub(in crate::model) const fn strike(self) -> Option<Strike> {
        match self {
            Self::Allowed => None,
            Self::Refused => Some(Strike::Refused),
            Self::Throttled => Some(Strike::Throttled),
        }
    }
}

impl LambdaNode {
    /// Whether a fault stands against invokes at present.
    pub(in crate::model) const fn is_struck(&self) -> bool {
        self.refused > 0.0 || self.most.is_some()
    }
}

impl Simulation<'_> {
    /// What becomes of an invoke of a function that is struck.
    pub(in crate::model) fn invoke_struck(&mut self, reference: MessageRef) -> Invoked {
        let message = self.messages[reference];
        let state = self.lambda(message.node);
        let (refused, most) = (state.refused, state.most);
        let running = state.concurrency.level();
        if refused >= 1.0 || (refused > 0.0 && self.refusal(reference) < refused) {
            return Invoked::Refused;
        }
        let heard = matches!(message.work, Work::Request(..));
        match most {
            Some([_, most]) if !heard && running >= u64::from(most) => Invoked::Throttled,
            Some([most, _]) if running >= u64::from(most) => Invoked::Throttled,
            _ => Invoked::Allowed,
        }
    }

    /// Luck of an invoke: that of its item (of the first, of a batch) with the ordinal of its delivery here.
    fn refusal(&mut self, reference: MessageRef) -> f64 {
        let message = self.messages[reference];
        let item = match message.work {
            Work::Item(item) => item,
            Work::Request(api, request) => self.item_of_request(api, request),
            Work::Messages(node, batch) => self.in_hand(node, batch, 0).item,
            Work::Tick(ordinal) => {
                let luck = self.refusals(message.node).and_then(|purposes| purposes.last());
                return luck.map_or(1.0, |luck| luck.draw(u64::from(ordinal), message.tries).unit());
            }
            // Faults strike no function that does a task or goes on with an execution: the reader refuses them.
            Work::Task(_) | Work::Step(_) | Work::Resume(_) => return 1.0,
        };
        self.refusal_about(message.node, item)
    }

    fn refusal_about(&mut self, function: NodeId, item: ItemRef) -> f64 {
        let ordinal = self.ordinals.next_delivery(item, function);
        let arrived = *self.ledger.arrived(item);
        let luck = self.refusals(function).map(|purposes| &purposes[arrived.stream.index()]);
        luck.map_or(1.0, |luck| luck.draw(arrived.number, ordinal).unit())
    }

    fn refusals(&self, function: NodeId) -> Option<&Vec<Purpose>> {
        let draws: Option<&FunctionDraws> = self.faults.as_ref()?.draws[function.index()].as_ref();
        draws.map(|draws| &draws.refusals)
    }

    /// Whether a RunTask call is refused with an error of the service.
    pub(in crate::model) fn task_refused(&mut self, reference: MessageRef) -> bool {
        let message = self.messages[reference];
        let NodeState::Fargate(state) = &self.nodes[message.node.index()] else { return false };
        let (refused, Work::Tick(ordinal)) = (state.refused, message.work) else { return false };
        if refused <= 0.0 {
            return false;
        }
        let luck = self.refusals(message.node).and_then(|purposes| purposes.last());
        luck.is_some_and(|luck| luck.draw(u64::from(ordinal), message.tries).chance(refused))
    }
}
