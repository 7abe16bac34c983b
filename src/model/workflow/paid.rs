//! What a state machine is paid for: keeping track of its executions, and time in which a function only waits.
//!
//! What a function waits for costs the same in every design; that it waits costs only where it is alive meanwhile. So both are
//! counted apart, in the lines of the bill: as parts of what the strategy uses.

use super::{RunBy, RunRef, WorkflowRun};
use crate::kernel::{Span, Time};
use crate::model::item_work::WorkHost;
use crate::model::message::{Message, MessageRef, Work};
use crate::model::simulation::{NodeState, Simulation};
use crate::words::{LineItem, NodeId};

impl WorkflowRun {
    /// The run of a function that is at work for it, and since when that has only waited.
    const fn waiting(&self) -> Option<(NodeId, MessageRef, Time)> {
        let invocation = match &self.by {
            RunBy::Function(WorkHost::Run(message) | WorkHost::Messages(message)) => Some(*message),
            RunBy::Durable(durable) => durable.invocation(),
            // No schedule starts a state machine.
            RunBy::Function(WorkHost::Worker(..)) | RunBy::Service | RunBy::Waited(..) | RunBy::Events(_) => None,
        };
        match invocation {
            Some(invocation) => Some((self.node, invocation, self.waits_from)),
            None => None,
        }
    }
}

impl Simulation<'_> {
    /// Uses so much of a line of the bill to keep track of the executions of a machine.
    pub(in crate::model) fn pay_to_keep_track(&mut self, machine: NodeId, line: LineItem, count: u128) {
        self.usage.add(line, count);
        self.workflow_node(machine).statistics.tracked(line, count);
    }

    /// A run of a function does nothing but to keep track of the executions of a machine.
    pub(super) fn runs_to_keep_track(&mut self, machine: NodeId, line: LineItem, count: u128) {
        let statistics = &mut self.workflow_node(machine).statistics;
        statistics.tracked(LineItem::LambdaRequests, 1);
        statistics.tracked(line, count);
    }

    /// The run of a function that runs a machine is over for an execution.
    pub(super) fn pay_for_orchestration(&mut self, state: &WorkflowRun) {
        if let Some((machine, invocation, since)) = state.waiting() {
            self.pay_for_waiting(machine, invocation, self.now.since(since));
        }
    }

    /// The same of an execution that goes on.
    pub(super) fn pay_for_orchestration_of(&mut self, run: RunRef) {
        if let Some((machine, invocation, since)) = self.workflows.runs[run].waiting() {
            self.pay_for_waiting(machine, invocation, self.now.since(since));
        }
    }

    /// A run of a function has only waited for so long, because of a machine.
    pub(super) fn pay_for_waiting(&mut self, machine: NodeId, invocation: MessageRef, waited: Span) {
        let Message { node, run, .. } = self.messages[invocation];
        let (Some(run), NodeState::Lambda(state)) = (run, &self.nodes[node.index()]) else { return };
        let (line, memory) = (state.function.run_time_of(&run.start), state.function.settings().memory_mb);
        self.workflow_node(machine).statistics.waited(waited, line, memory);
    }

    /// Runs that are under way at the end are billed as far as they came, and so is their waiting.
    pub(super) fn pay_for_waits_under_way(&mut self) {
        let runs: Vec<RunRef> = self.workflows.runs.entries().map(|(run, _)| run).collect();
        runs.into_iter().for_each(|run| self.pay_for_orchestration_of(run));
        let step = |(reference, message): (MessageRef, &Message)| match message.work {
            Work::Step(run) => Some((reference, run)),
            _ => None,
        };
        let steps: Vec<(MessageRef, RunRef)> = self.messages.entries().filter_map(step).collect();
        steps.into_iter().for_each(|(reference, run)| self.pay_for_step(reference, run));
    }
}
