//! How the chains of a choreography end, and what is counted of an execution that nobody knows as one.

use super::super::{RunBy, RunRef, Statistics, WorkflowRun};
use super::{Branch, Chain, Tally};
use crate::kernel::{Handle, Span};
use crate::model::ledger::End as ItemEnd;
use crate::model::simulation::{NodeState, Simulation};
use crate::services::lambda::settings::OnFailure;
use crate::services::step_functions::execution::End;
use crate::words::{LineItem, NodeId};

impl Simulation<'_> {
    /// The machine of a chain, or of a branch, has come to its end.
    pub(in crate::model::workflow) fn chain_over(&mut self, run: RunRef) {
        let node = self.workflows.runs[run].node;
        let end = self.workflows.runs[run].execution.as_ref().and_then(|execution| execution.end().cloned());
        let (inside, given_up) = (self.chain(run).inside, self.chain(run).given_up.take());
        match (end, inside) {
            (Some(End::Succeeded(output)), Some(branch)) => self.tell_of_branch(run, branch, Ok(output)),
            (Some(End::Succeeded(_)), None) => self.choreography_done(run),
            (Some(End::Failed(failure)), Some(branch)) if self.is_caught_around(node, branch, &failure) => {
                self.tell_of_branch(run, branch, Err(failure));
            }
            (Some(end @ End::Failed(_)), _) => match given_up {
                Some(on_failure) => self.chain_lost(run, on_failure),
                None => self.choreography_fails(run, &end),
            },
            _ => {}
        }
    }

    /// The last step tells that all is done.
    fn choreography_done(&mut self, run: RunRef) {
        let WorkflowRun { node, item, path, .. } = self.workflows.runs[run];
        self.bill_last_event(run);
        self.count_end(run, Statistics::went_well);
        self.workflow_succeeded(node, item, path);
        self.leave_chain(run);
    }

    /// A Fail state: an event of an end that is no good one.
    fn choreography_fails(&mut self, run: RunRef, end: &End) {
        self.bill_last_event(run);
        if let Some(failing) = self.failing_of(self.workflows.runs[run].failing, end) {
            self.count_end(run, |statistics, duration| statistics.went_wrong(duration, failing));
        }
        self.leave_chain(run);
    }

    /// An event that no rule matches costs what the others do.
    fn bill_last_event(&mut self, run: RunRef) {
        let node = self.workflows.runs[run].node;
        if !std::mem::take(&mut self.chain(run).is_free)
            && let NodeState::Push(bus) = &self.nodes[node.index()]
        {
            let chunks = u128::from(bus.chunks());
            self.pay_to_keep_track(node, LineItem::EventBridgeEvents, chunks);
        }
    }

    fn count_end(&mut self, run: RunRef, count: impl FnOnce(&mut Statistics, Span)) {
        let tally = self.chain(run).tally;
        let now = self.now;
        let Tally { node, begun, ref mut has_ended, .. } = self.workflows.tallies[tally];
        if !std::mem::replace(has_ended, true) {
            count(&mut self.workflow_node(node).statistics, now.since(begun));
        }
    }

    /// An event is given up: it is in a dead-letter queue, or nowhere.
    pub(super) fn chain_lost(&mut self, run: RunRef, on_failure: OnFailure) {
        let WorkflowRun { node, item, .. } = self.workflows.runs[run];
        let stands = self.stands_at(run);
        let tally = self.chain(run).tally;
        self.workflows.tallies[tally].stood = stands;
        if on_failure != OnFailure::Drop {
            let branches = self.workflow_node(node).branches;
            self.ledger.end(self.now, item, branches, ItemEnd::DeadLettered);
        }
        self.leave_chain(run);
    }

    /// The state that a chain is on its way to, at work on, or waiting in.
    fn stands_at(&self, run: RunRef) -> Option<usize> {
        let state = self.workflows.runs.get(run)?;
        let RunBy::Events(chain) = &state.by else { return None };
        let Chain { step, inside, .. } = &**chain;
        let in_machine = state.execution.as_ref().and_then(|execution| execution.stands_in());
        in_machine.or(step.as_ref().map(|step| step.state)).or(inside.map(|Branch { fork, .. }| fork))
    }

    /// A chain is no more. With the last of them it is known that an execution that has no end will have none.
    pub(super) fn leave_chain(&mut self, run: RunRef) {
        let tally = self.chain(run).tally;
        let WorkflowRun { item, ref mut pending, .. } = self.workflows.runs[run];
        if let Some((_, ticket)) = pending.take() {
            self.calendar.cancel(ticket);
        }
        self.workflows.runs.remove(run);
        self.workflows.tallies[tally].chains -= 1;
        if self.workflows.tallies[tally].chains == 0 {
            self.close_tally(tally);
        }
        self.ledger.release(self.now, item);
    }

    fn close_tally(&mut self, tally: Handle) {
        let Tally { node, has_ended, stood, .. } = self.workflows.tallies[tally];
        if !has_ended {
            self.workflow_node(node).statistics.stranded(stood);
        }
        self.workflows.tallies.remove(tally);
    }

    /// Executions that have no end when the run has: where each stands.
    pub(in crate::model::workflow) fn count_stranded(&mut self) {
        let runs: Vec<RunRef> = self.workflows.runs.entries().map(|(run, _)| run).collect();
        for run in runs {
            if !self.goes_by_events(run) {
                continue;
            }
            let stands = self.stands_at(run);
            let tally = self.chain(run).tally;
            let Tally { node, has_ended, .. } = self.workflows.tallies[tally];
            self.workflows.tallies[tally].has_ended = true;
            if !has_ended {
                self.count_one_stranded(node, stands);
            }
        }
    }

    fn count_one_stranded(&mut self, node: NodeId, stands: Option<usize>) {
        self.workflow_node(node).statistics.stranded(stands);
    }
}
