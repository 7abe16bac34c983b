//! AWS Step Functions in the graph: it starts one execution an item, and runs it.

use std::ops::{Deref, DerefMut};

use super::{RunBy, WorkflowRun};
use crate::kernel::{Arena, Handle, Time};
use crate::model::ledger::{Arrived, End, ItemRef, Path};
use crate::model::simulation::{Event, Simulation, class};
use crate::model::story::{Refusal, What};
use crate::services::step_functions::execution::{self, Execution};
use crate::services::step_functions::service::{Service, wait_before_retry};
use crate::services::step_functions::settings::Type;
use crate::words::{DuplicateCause, NodeId, SuppressedBy};

/// The service, and the calls that are to start an execution.
#[derive(Debug)]
pub(super) struct Starts {
    service: Service,
    pending: Arena<Start>,
    /// Calls that were throttled.
    pub(super) throttled: u64,
}

/// A call of StartExecution, on its way or tried again. It holds the item.
#[derive(Debug, Clone, Copy)]
struct Start {
    item: ItemRef,
    path: Path,
    /// The ordinal of the call among those about the item.
    ordinal: u32,
    tries: u32,
    /// The API and its request that waits for the end; none: nobody waits.
    waits: Option<(NodeId, Handle)>,
}

impl Starts {
    pub(super) const fn new(service: Service) -> Self {
        Self { service, pending: Arena::new(), throttled: 0 }
    }
}

impl Deref for Starts {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.service
    }
}

impl DerefMut for Starts {
    fn deref_mut(&mut self) -> &mut Service {
        &mut self.service
    }
}

/// Tries of one call are this far apart in the attempts that their back-offs are keyed by.
const TRIES: u32 = 256;

impl Simulation<'_> {
    fn starts(&mut self, node: NodeId) -> &mut Starts {
        match &mut self.workflow_node(node).service {
            Some(service) => service,
            None => unreachable!("a start names a machine that a function runs"),
        }
    }

    /// An execution about an item is to be started at `at`. Takes over one hold.
    pub(in crate::model) fn start_execution(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        let ordinal = self.ordinals.next_delivery(item, node);
        let start = self.starts(node).pending.insert(Start { item, path, ordinal, tries: 0, waits: None });
        self.calendar.schedule(at, class::TRY, Event::StartExecution(node, start));
    }

    /// Whether whoever starts executions at a node waits for their ends.
    pub(in crate::model) fn is_waited_for(&self, node: NodeId) -> bool {
        let node = self.workflows.nodes.get(node.index()).and_then(Option::as_ref);
        node.and_then(|node| node.service.as_ref()).is_some_and(|service| service.settings().synchronous)
    }

    /// StartSyncExecution is called at `at`, for a request to an API that waits for the end.
    pub(in crate::model) fn start_and_wait(
        &mut self,
        node: NodeId,
        item: ItemRef,
        at: Time,
        path: Path,
        request: (NodeId, Handle),
    ) {
        let ordinal = self.ordinals.next_delivery(item, node);
        let waits = Some(request);
        let start = self.starts(node).pending.insert(Start { item, path, ordinal, tries: 0, waits });
        self.calendar.schedule(at, class::TRY, Event::StartExecution(node, start));
    }

    /// StartExecution is called: an execution begins, or there is one of that name, or the call is throttled.
    pub(in crate::model) fn execution_starts(&mut self, node: NodeId, handle: Handle) {
        let now = self.now;
        let starts = self.starts(node);
        let Start { item, path, waits, .. } = starts.pending[handle];
        if let Some((api, request)) = waits {
            starts.pending.remove(handle);
            self.ledger.hold(item);
            let ordinal = self.ordinals.next_run(item, node);
            self.wait_for_execution(api, request);
            return self.run_execution(node, item, ordinal, path, RunBy::Waited(api, request));
        }
        if !starts.may_start(now) {
            return self.start_throttled(node, handle);
        }
        starts.pending.remove(handle);
        let (kind, named) = (starts.settings().kind, starts.settings().named_by_item);
        let again = starts.settings().duplicate_probability;
        let ordinal = self.ordinals.next_run(item, node);
        if kind == Type::Standard && named && ordinal > 0 {
            self.ledger.suppress(self.now, item, SuppressedBy::ExecutionName);
            return self.ledger.release(now, item);
        }
        if kind == Type::Express {
            let &Arrived { stream, number, .. } = self.ledger.arrived(item);
            let draws = &self.workflow_node(node).draws[stream.index()];
            if draws.back_off.draw(number, u32::MAX - ordinal).chance(again) {
                self.ledger.hold(item);
                let second = self.ordinals.next_run(item, node);
                let copy = Path { cause: Some(DuplicateCause::AtLeastOnceDelivery), ..path };
                self.run_execution(node, item, second, copy, RunBy::Service);
            }
        }
        self.run_execution(node, item, ordinal, path, RunBy::Service);
    }

    /// Runs an execution. Takes over one hold.
    fn run_execution(&mut self, node: NodeId, item: ItemRef, ordinal: u32, path: Path, by: RunBy) {
        let run = WorkflowRun { by, ..WorkflowRun::new(node, item, ordinal, path, self.now) };
        let run = self.workflows.runs.insert(run);
        self.begin_execution(run);
    }

    /// Whoever starts an execution tries again, or has tried often enough.
    fn start_throttled(&mut self, node: NodeId, handle: Handle) {
        let now = self.now;
        let starts = self.starts(node);
        starts.throttled += 1;
        let start = &mut starts.pending[handle];
        start.tries += 1;
        let Start { item, ordinal, tries, .. } = *start;
        if tries >= starts.settings().start_attempts {
            starts.pending.remove(handle);
            self.tell(item, node, What::Refused { why: Refusal::Rate, again: None });
            let branches = self.workflow_node(node).branches;
            self.ledger.end(now, item, branches, End::Rejected);
            return self.ledger.release(now, item);
        }
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let key = ordinal.wrapping_mul(TRIES).wrapping_add(tries);
        let luck = self.workflow_node(node).draws[stream.index()].back_off.draw(number, key).unit();
        let wait = wait_before_retry(tries, luck);
        self.starts(node).pending[handle].path.back_off += wait;
        self.tell(item, node, What::Refused { why: Refusal::Rate, again: Some(now + wait) });
        self.calendar.schedule(now + wait, class::TRY, Event::StartExecution(node, handle));
    }

    /// An execution that Step Functions ran has ended. What failed is kept in its history, from where it can be
    /// redriven; of an Express workflow nothing is kept.
    pub(super) fn service_execution_over(&mut self, state: &WorkflowRun, execution: &Execution) {
        let now = self.now;
        let (taken, node) = (now.since(state.begun), state.node);
        let starts = self.starts(node);
        starts.bill(execution.usage(), taken);
        let kind = starts.settings().kind;
        match execution.end() {
            Some(execution::End::Succeeded(_)) => {
                let path = state.path.then(Path { service: taken, ..Path::default() });
                self.workflow_succeeded(node, state.item, path);
            }
            _ if kind == Type::Standard => {
                let branches = self.workflow_node(node).branches;
                self.ledger.end(now, state.item, branches, End::DeadLettered);
            }
            _ => {}
        }
    }

    /// Executions that are under way at the end are billed as far as they came.
    pub(super) fn bill_unfinished_executions(&mut self) {
        let now = self.now;
        let super::Workflows { nodes, runs, .. } = &mut self.workflows;
        for run in runs.iter().filter(|run| matches!(run.by, RunBy::Service | RunBy::Waited(..))) {
            let Some(node) = &mut nodes[run.node.index()] else { continue };
            if let (Some(service), Some(execution)) = (&mut node.service, &run.execution) {
                service.bill(execution.usage(), now.since(run.begun));
            }
        }
    }
}
