//! Forks: several rules on one event, and a record of which branches have ended. Whoever writes the last of them into the
//! record puts the event that leads on; a branch that fails closes it, and the event of that leads to what is to be done
//! then. The others are not stopped: nobody could.

use std::sync::Arc;

use serde_json::Value;

use super::super::{EXECUTIONS, RunRef, WorkflowRun};
use super::{Branch, StepWork};
use crate::model::ledger::Arrived;
use crate::model::simulation::Simulation;
use crate::services::step_functions::execution::{Execution, Failure, Seed, Token};
use crate::services::step_functions::language::retry::takes;
use crate::words::{LineItem, NodeId, SuppressedBy};

/// The record of a fork: an item of a table.
#[derive(Debug)]
pub(super) struct Record {
    /// The Parallel state.
    fork: usize,
    /// What each branch has left, once it has.
    arrived: Vec<Option<Arc<Value>>>,
    /// What goes on once all have, or once one has failed; none: it went on.
    waiting: Option<Waiting>,
}

/// Where a fork stands.
#[derive(Debug)]
struct Waiting {
    execution: Box<Execution>,
    token: Token,
    inside: Option<Branch>,
}

impl Simulation<'_> {
    /// A chain comes to a Parallel state: the rule of each branch sees its event.
    pub(super) fn fork(&mut self, run: RunRef, token: Token, fork: usize, branches: &[usize], input: &Arc<Value>) {
        let &WorkflowRun { item, ordinal, .. } = &self.workflows.runs[run];
        let (tally, inside) = (self.chain(run).tally, self.chain(run).inside);
        let execution = self.workflows.runs[run].execution.take();
        let records = &mut self.workflows.tallies[tally].records;
        // A second chain that comes here finds the record, and adds nothing to it but its branches' repetitions.
        if records.iter().all(|record| record.fork != fork)
            && let Some(execution) = execution
        {
            let waiting = Some(Waiting { execution, token, inside });
            records.push(Record { fork, arrived: vec![None; branches.len()], waiting });
        }
        let &Arrived { number, .. } = self.ledger.arrived(item);
        let seed = Seed { number: number.wrapping_mul(EXECUTIONS).wrapping_add(u64::from(ordinal)), name: None };
        for (place, &graph) in branches.iter().enumerate() {
            let branch = self.enter_chain(run, Some(Branch { fork, place }), ordinal, None);
            // One event is put for all of them.
            self.chain(branch).is_free |= place > 0;
            let seed = seed.clone();
            self.step(branch, |execution, program, now, observer| {
                *execution = Some(Box::new(Execution::start_in(program, graph, seed, input, now, observer)));
            });
        }
        self.leave_chain(run);
    }

    /// A branch has ended, well or not: that is an event too, and what it is told to writes it down.
    pub(super) fn tell_of_branch(&mut self, run: RunRef, branch: Branch, ended: Result<Arc<Value>, Failure>) {
        self.workflows.runs[run].execution = None;
        self.put_event(run, branch.fork, StepWork::Arrive(ended));
    }

    /// Whether some Parallel state around a branch catches an error.
    pub(super) fn is_caught_around(&self, node: NodeId, branch: Branch, failure: &Failure) -> bool {
        let machine = self.machine_of(node);
        let mut around = Some(branch.fork);
        while let Some(fork) = around {
            let catches = |errors: &[String]| takes(errors, failure.name(), true);
            if machine.states[fork].catch.iter().any(|catcher| catches(&catcher.errors)) {
                return true;
            }
            around = machine
                .graphs
                .iter()
                .filter(|graph| graph.states.contains(&fork))
                .max_by_key(|graph| graph.depth)
                .and_then(|graph| graph.owner);
        }
        false
    }

    /// The end of a branch is written into its record, on condition that it is not there. A write whose condition fails
    /// costs as much.
    pub(super) fn branch_arrived(&mut self, run: RunRef, ended: Result<Arc<Value>, Failure>) {
        let WorkflowRun { node, item, .. } = self.workflows.runs[run];
        self.pay_to_keep_track(node, LineItem::DynamoDbWriteUnits, 1);
        let (tally, inside) = (self.chain(run).tally, self.chain(run).inside);
        let Some(branch) = inside else { return };
        let records = &mut self.workflows.tallies[tally].records;
        let Some(record) = records.iter_mut().find(|record| record.fork == branch.fork) else { return };
        if record.waiting.is_none() || record.arrived[branch.place].is_some() {
            self.ledger.suppress(self.now, item, SuppressedBy::JoinRecord);
            return self.leave_chain(run);
        }
        let ended = match ended {
            Ok(output) => {
                record.arrived[branch.place] = Some(output);
                let all: Option<Vec<Value>> = record.arrived.iter().map(|output| output.as_deref().cloned()).collect();
                let Some(all) = all else { return self.leave_chain(run) };
                Ok(Arc::new(Value::Array(all)))
            }
            Err(failure) => Err(failure),
        };
        let Some(Waiting { execution, token, inside }) = record.waiting.take() else { return };
        let chain = self.chain(run);
        (chain.inside, chain.step) = (inside, None);
        self.workflows.runs[run].execution = Some(execution);
        self.drive(run, |execution, program, now, observer| match ended {
            Ok(outputs) => _ = execution.task_succeeded(program, token, outputs, now, observer),
            Err(failure) => _ = execution.task_failed(program, token, failure, now, observer),
        });
    }
}
