//! What holds of a part, handed to it.

use super::Target;
use crate::handlers::{ByFault, PerItem, Struck};
use crate::kernel::{Purpose, Time};
use crate::model::ledger::ItemRef;
use crate::model::simulation::{NodeState, Simulation};
use crate::model::story::Strike;
use crate::services::faults::{Condition, Timeline};
use crate::words::NodeId;

impl Simulation<'_> {
    /// What holds of a part from an instant on is handed to it.
    pub(super) fn strike(&mut self, target: Target, timeline: &Timeline, at: Time) {
        let condition = timeline.condition(at);
        let until = timeline.unavailable_until(at).unwrap_or(Time::ZERO);
        match target {
            Target::Node(node) => self.strike_node(node, &condition, until, timeline.late_firings()),
            Target::Resource(resource) => self.resources[resource.index()].struck = condition,
            Target::Store(node) => {
                if let Some(store) = self.host(node).store {
                    store.struck = condition;
                }
            }
            Target::BatchSource(node) => self.batch(node).source_unavailable = condition.is_unavailable(),
        }
    }

    fn strike_node(&mut self, node: NodeId, condition: &Condition, until: Time, late_firings: bool) {
        let account = self.design.account.concurrency;
        match &mut self.nodes[node.index()] {
            NodeState::Lambda(state) => {
                strike_handler(&mut state.handler, condition);
                state.function.set_start_pace(condition.start_pace);
                let whole = state.function.settings().reserved.unwrap_or(account);
                let left = |share: f64, most: u32| ((share * f64::from(whole)).floor() as u32).min(most);
                state.refused = condition.refused;
                state.most = match condition.share_left_unheard < 1.0 || condition.concurrency_left_unheard < u32::MAX {
                    true => Some([
                        left(condition.share_left, condition.concurrency_left),
                        left(condition.share_left_unheard, condition.concurrency_left_unheard),
                    ]),
                    false => None,
                };
            }
            NodeState::Fargate(state) => {
                strike_handler(&mut state.handler, condition);
                state.tasks.set_start_pace(condition.start_pace);
                state.refused = condition.refused;
            }
            NodeState::Ideal(state) => strike_handler(&mut state.handler, condition),
            NodeState::Sqs(state) => state.closed_until = until,
            NodeState::Stream(state) => state.closed_until = until,
            NodeState::Push(state) => (state.closed_until, state.failing) = (until, condition.fails),
            NodeState::Notification(state) => state.closed_until = until,
            NodeState::Schedule(state) => (state.closed_until, state.late_firings) = (until, late_firings),
            NodeState::Api(state) => state.struck = *condition,
            // No fault means anything for a queue of servers, and none that is read strikes a state machine.
            NodeState::Queue | NodeState::Machine => {}
        }
    }

    /// Every environment of a function is replaced; a task has its code from its start to its end.
    pub(super) fn replace_code(&mut self, node: NodeId) {
        if let NodeState::Lambda(state) = &mut self.nodes[node.index()] {
            state.function.replace_code();
        }
    }

    /// Items that arrive from now on are poison for a function, as luck has it.
    pub(super) fn poison_from(&mut self, node: NodeId, luck: &[Purpose], share: f64) {
        for (stream, &luck) in luck.iter().enumerate() {
            let next = self.next_number(stream);
            if let Some(handler) = self.handler_of(node) {
                handler.poison_from(stream, next, share, luck);
            }
        }
    }

    /// Items that arrive from now on are not.
    pub(super) fn poison_until(&mut self, node: NodeId, luck: &[Purpose]) {
        for (stream, &luck) in luck.iter().enumerate() {
            let next = self.next_number(stream);
            if let Some(handler) = self.handler_of(node) {
                handler.poison_until(stream, next, luck);
            }
        }
    }

    /// What a fault does to an attempt at an item that begins.
    pub(in crate::model) fn attempt_struck(&mut self, node: NodeId, item: ItemRef, attempt: u32) -> Option<Strike> {
        self.faults.as_ref()?;
        let arrived = *self.ledger.arrived(item);
        let handler = self.handler_of(node)?;
        handler.failed_by_fault(arrived.stream.index(), arrived.number, attempt).map(|by| match by {
            ByFault::Poison => Strike::Poisoned,
            ByFault::Luck => Strike::Fails,
        })
    }

    fn handler_of(&mut self, node: NodeId) -> Option<&mut PerItem> {
        match &mut self.nodes[node.index()] {
            NodeState::Lambda(state) => Some(&mut state.handler),
            NodeState::Fargate(state) => Some(&mut state.handler),
            NodeState::Ideal(state) => Some(&mut state.handler),
            _ => None,
        }
    }
}

fn strike_handler(handler: &mut PerItem, condition: &Condition) {
    handler.strike(condition.pace, Struck { fails: condition.fails, after_effect: condition.after_effect });
}
