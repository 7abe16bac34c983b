//! Textbook servers behind a textbook queue: no start-up, limit, timeout or retry.

use std::collections::VecDeque;

use super::lambda_node::Ended;
use super::ledger::{Applied, Branches, End, ItemRef, Path};
use super::outcome::RunTotals;
use super::simulation::{Event, NodeState, Simulation, class};
use super::story::{Attempt, Host, Refusal, What};
use crate::handlers::PerItem;
use crate::kernel::{Handle, Span, Time};
use crate::metrics::Gauge;
use crate::words::NodeId;

/// The servers of one function and the queue in front of them.
#[derive(Debug)]
pub(super) struct IdealNode {
    /// Servers; none means as many as it takes.
    pub servers: Option<u32>,
    /// Waiting places; none means without bound.
    pub capacity: Option<u64>,
    pub waiting: VecDeque<(ItemRef, Path)>,
    pub busy: u32,
    pub handler: PerItem,
    pub branches: Branches,
    pub leaf: Option<usize>,
    pub runs: RunTotals,
    pub concurrency: Gauge,
    pub busy_max: u64,
}

/// An item in service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    node: NodeId,
    item: ItemRef,
    path: Path,
    begun: Time,
}

impl Service {
    pub(super) const fn node(&self) -> NodeId {
        self.node
    }

    pub(super) const fn begun(&self) -> Time {
        self.begun
    }
}

impl IdealNode {
    fn has_free_server(&self) -> bool {
        self.servers.is_none_or(|servers| self.busy < servers)
    }

    fn has_waiting_place(&self) -> bool {
        self.capacity.is_none_or(|capacity| (self.waiting.len() as u64) < capacity)
    }
}

impl Simulation<'_> {
    /// An item comes to ideal servers: served, queued, or refused. Takes over one hold.
    pub(super) fn queue_or_serve(&mut self, node: NodeId, item: ItemRef, path: Path) {
        let NodeState::Ideal(state) = &mut self.nodes[node.index()] else { return };
        if state.has_free_server() {
            self.serve(node, item, path);
        } else if state.has_waiting_place() {
            state.waiting.push_back((item, path));
            self.tell(item, node, What::Kept { copy: false, until: None });
        } else {
            let branches = state.branches;
            self.tell(item, node, What::Refused { why: Refusal::Full, again: None });
            self.ledger.end(self.now, item, branches, End::Rejected);
            self.ledger.release(self.now, item);
        }
    }

    fn serve(&mut self, node: NodeId, item: ItemRef, path: Path) {
        let attempt = self.ordinals.next_run(item, node);
        self.tell(item, node, What::Began(Attempt { ordinal: attempt, on: Host::Server }));
        let arrived = self.ledger.arrived(item);
        let NodeState::Ideal(state) = &mut self.nodes[node.index()] else { return };
        let plan = state.handler.plan(arrived.stream.index(), arrived.number, attempt, arrived.service);
        state.busy += 1;
        state.busy_max = state.busy_max.max(u64::from(state.busy));
        state.runs.invocations += 1;
        state.runs.attempts += 1;
        state.concurrency.up(self.now, 1);
        self.concurrency.up(self.now, 1);
        let service = self.in_service.insert(Service { node, item, path, begun: self.now });
        self.calendar.schedule(self.now + plan.processing, class::END, Event::Served(service));
    }

    /// A server has served: the effect (or the way on), then the next in the queue.
    pub(super) fn served(&mut self, service: Handle) {
        let Some(&Service { node, item, path, begun }) = self.in_service.get(service) else { return };
        self.in_service.remove(service);
        let service = self.now.since(begun);
        let path = path.then(Path { service, ..Path::default() });
        let NodeState::Ideal(state) = &mut self.nodes[node.index()] else { return };
        state.busy -= 1;
        state.runs.busy += u128::from(service.as_nanos());
        state.concurrency.down(self.now, 1);
        self.concurrency.down(self.now, 1);
        let (leaf, next) = (state.leaf, state.waiting.pop_front());
        let finished = What::Finished { ended: Ended::Returned, effect: true };
        self.tell_of(node, What::Ran { since: begun, on: Host::Server, ended: Some(Ended::Returned) });
        match leaf {
            Some(branch) => {
                let applied = self.ledger.apply(self.now, item, branch, path);
                self.count_waste(node, applied, service);
                self.tell(item, node, finished);
                self.ledger.release(self.now, item);
            }
            None => {
                self.tell(item, node, finished);
                self.forward(node, item, self.now, path);
            }
        }
        if let Some((item, path)) = next {
            self.serve(node, item, path);
        }
    }

    /// The time of services still under way at the end counts as far as they came.
    pub(super) fn count_unfinished_services(&mut self) {
        for service in self.in_service.iter() {
            if let NodeState::Ideal(state) = &mut self.nodes[service.node.index()] {
                state.runs.busy += u128::from(self.now.since(service.begun).as_nanos());
            }
        }
    }

    fn count_waste(&mut self, node: NodeId, applied: Applied, service: Span) {
        if let (Applied::Again, NodeState::Ideal(state)) = (applied, &mut self.nodes[node.index()]) {
            state.runs.wasted += u128::from(service.as_nanos());
        }
    }
}
