//! Lambda durable functions: a function that runs the state machine and keeps a checkpoint of each step. It ends whenever
//! all that is left is to wait, and is invoked again when something is due; it then runs from the top, passes over what is
//! done, and goes on.
//!
//! A step that works in the process itself keeps the invocation alive; waits, callbacks, pauses before retries and invokes
//! of other functions do not. A step that was interrupted by a kill begins anew.

use std::sync::Arc;

use serde_json::Value;

use super::task::TaskRun;
use super::{RunBy, RunRef, TaskRef, WorkflowRun};
use crate::kernel::Time;
use crate::model::item_work::{Assignment, WorkHost};
use crate::model::lambda_node::Ended;
use crate::model::ledger::{End, ItemRef, Path};
use crate::model::message::{Message, MessageRef, Run, Work};
use crate::model::simulation::{Event, Simulation, class};
use crate::model::story::{InWorkflow, What};
use crate::services::lambda::Start;
use crate::services::lambda::settings::OnFailure;
use crate::services::step_functions::execution::{self, Execution, Failure, Token};
use crate::words::{LineItem, NodeId, SuppressedBy};

/// Operations of one durable execution at most: AWS's limit.
const OPERATIONS_AT_MOST: u64 = 3_000;

/// What a durable execution is doing.
#[derive(Debug, Default)]
pub(super) struct Durable {
    /// The invocation that is at work; none: it is suspended, or on its way.
    invocation: Option<MessageRef>,
    /// Whether an invocation is on its way.
    called: bool,
    /// Whether it is being told what came meanwhile: it does not end before it knows all.
    catching_up: bool,
    /// Invocations after the first.
    resumed: u32,
    /// Answers that came while no invocation was at work.
    answers: Vec<(Token, Result<Arc<Value>, Failure>)>,
}

impl Durable {
    /// The invocation that is at work, if one is.
    pub(super) const fn invocation(&self) -> Option<MessageRef> {
        self.invocation
    }
}

impl Simulation<'_> {
    /// Whether a function is a durable one.
    pub(in crate::model) fn is_durable(&self, function: NodeId) -> bool {
        let workflow = self.design.nodes.get(function.index()).and_then(|node| node.workflow.as_ref());
        workflow.is_some_and(|workflow| workflow.durable)
    }

    /// An asynchronous invoke of a durable function is accepted: whether it is the first of its execution's name, which is
    /// the item's. Of another nothing comes.
    pub(in crate::model) fn starts_durably(&mut self, function: NodeId, item: ItemRef) -> bool {
        let first = self.ordinals.next_run(item, function) == 0;
        if !first {
            self.ledger.suppress(self.now, item, SuppressedBy::ExecutionName);
        }
        first
    }

    /// The first invocation of a durable execution.
    pub(super) fn begin_durably(&mut self, assignment: &Assignment, begun: Time) -> WorkflowRun {
        let &Assignment { host, function, item, begins, deadline, path, .. } = assignment;
        let invocation = match host {
            WorkHost::Run(message) => Some(message),
            WorkHost::Messages(_) | WorkHost::Worker(..) => None,
        };
        WorkflowRun {
            by: RunBy::Durable(Box::new(Durable { invocation, ..Durable::default() })),
            deadline: deadline.unwrap_or(Time::NEVER),
            own: begun.since(begins),
            waits_from: begun,
            ..WorkflowRun::new(function, item, 0, path, begins)
        }
    }

    fn durable(&mut self, run: RunRef) -> &mut Durable {
        match &mut self.workflows.runs[run].by {
            RunBy::Durable(durable) => durable,
            other => unreachable!("an execution that is not durable is suspended: {other:?}"),
        }
    }

    /// Whether an execution is durable and no invocation is at work for it.
    pub(super) fn is_suspended(&self, run: RunRef) -> bool {
        match &self.workflows.runs[run].by {
            RunBy::Durable(durable) => durable.invocation.is_none(),
            _ => false,
        }
    }

    /// Ends the invocation of an execution that has nothing left to do but to wait.
    pub(super) fn suspend_if_idle(&mut self, run: RunRef) {
        let Some(state) = self.workflows.runs.get(run) else { return };
        let RunBy::Durable(durable) = &state.by else { return };
        let Some(invocation) = durable.invocation.filter(|_| !durable.catching_up) else { return };
        let works =
            |&(_, task): &(Token, TaskRef)| self.workflows.tasks.get(task).is_some_and(TaskRun::works_in_process);
        if state.execution.is_none() || state.tasks.iter().any(works) {
            return;
        }
        self.leave_invocation(run, invocation, Ended::Returned);
    }

    fn leave_invocation(&mut self, run: RunRef, invocation: MessageRef, ended: Ended) {
        self.pay_for_orchestration_of(run);
        self.durable(run).invocation = None;
        let &WorkflowRun { node, item, had_effect, .. } = &self.workflows.runs[run];
        self.tell(
            item,
            node,
            match ended {
                Ended::Returned => What::Workflow(InWorkflow::Suspends),
                _ => What::Finished { ended, effect: had_effect },
            },
        );
        let state = &mut self.workflows.runs[run];
        state.deadline = Time::NEVER;
        if let Some((_, ticket)) = state.pending.take() {
            self.calendar.cancel(ticket);
        }
        self.durable_invocation_over(invocation, ended);
        self.arm(run);
    }

    /// An invocation of a durable execution is over: Lambda itself does not try it again.
    fn durable_invocation_over(&mut self, invocation: MessageRef, ended: Ended) {
        let Message { node, tried, run, .. } = self.messages[invocation];
        if let Some(run) = run {
            self.end_run(node, tried, &run.start, ended);
        }
        self.done(invocation);
    }

    /// Something is due while no invocation is at work: one is asked for, unless it is on its way.
    pub(super) fn call_back(&mut self, run: RunRef) {
        if std::mem::replace(&mut self.durable(run).called, true) {
            return;
        }
        let node = self.workflows.runs[run].node;
        let message = self.messages.insert(Message::new(node, Work::Resume(run), self.now, Path::default()));
        self.calendar.schedule(self.now, class::TRY, Event::Try(message));
    }

    /// An answer to a task of a suspended execution.
    pub(super) fn answer_later(&mut self, run: RunRef, token: Token, answer: Result<Arc<Value>, Failure>) {
        self.durable(run).answers.push((token, answer));
        self.call_back(run);
    }

    /// An invocation that goes on with a durable execution is admitted: it passes over what is done.
    pub(in crate::model) fn resume(&mut self, reference: MessageRef, run: RunRef, start: Start) {
        let message = &mut self.messages[reference];
        message.run = Some(Run::of_many_steps(start));
        let node = message.node;
        let begins = self.now + start.delays.before_run();
        let deadline = begins + self.lambda(node).timeout();
        let durable = self.durable(run);
        (durable.called, durable.invocation) = (false, Some(reference));
        durable.resumed += 1;
        let (item, ordinal) = (self.workflows.runs[run].item, self.durable(run).resumed);
        self.tell_began(item, node, ordinal, &start);
        let state = &mut self.workflows.runs[run];
        state.deadline = deadline;
        if let Some((_, ticket)) = state.pending.take() {
            self.calendar.cancel(ticket);
        }
        state.waits_from = begins + start.delays.repeated_init + state.own;
        let at = state.waits_from.min(deadline);
        let ticket = self.calendar.schedule(at, class::END, Event::Orchestrate(run));
        self.workflows.runs[run].pending = Some((at, ticket));
    }

    /// An invocation has come to where the execution stood: interrupted steps begin anew, and what came meanwhile is told.
    pub(super) fn catch_up(&mut self, run: RunRef) {
        let interrupted: Vec<TaskRef> = self.workflows.runs[run].tasks.iter().map(|&(_, task)| task).collect();
        for task in interrupted {
            self.begin_interrupted(task);
        }
        let durable = self.durable(run);
        durable.catching_up = true;
        let answers = std::mem::take(&mut durable.answers);
        for (token, answer) in answers {
            if !self.workflows.runs.contains(run) {
                return;
            }
            self.drive(run, |execution, program, now, observer| match answer {
                Ok(output) => _ = execution.task_succeeded(program, token, output, now, observer),
                Err(failure) => _ = execution.task_failed(program, token, failure, now, observer),
            });
        }
        if self.workflows.runs.contains(run) {
            self.drive(run, |execution, program, now, observer| execution.wake(program, now, observer));
        }
        if self.workflows.runs.contains(run) {
            self.durable(run).catching_up = false;
            self.suspend_if_idle(run);
        }
    }

    /// An execution has made more operations than it may: it ends.
    pub(super) fn end_if_too_long(&mut self, run: RunRef) {
        let too_long = |state: &WorkflowRun| {
            matches!(state.by, RunBy::Durable(_)) && state.operations > OPERATIONS_AT_MOST && state.execution.is_some()
        };
        if self.workflows.runs.get(run).is_some_and(too_long) {
            self.drive(run, |execution, program, now, observer| execution.abort(program, now, observer));
        }
    }

    /// Lambda has given up to run an invocation that goes on with an execution: another is asked for.
    pub(in crate::model) fn resume_given_up(&mut self, reference: MessageRef, run: RunRef) {
        self.messages.remove(reference);
        self.durable(run).called = false;
        self.call_back(run);
    }

    /// The invocation of a durable execution is killed: another goes on where the last checkpoint stands.
    pub(super) fn durable_invocation_killed(&mut self, run: RunRef) {
        let Some(invocation) = self.durable(run).invocation else { return };
        let tasks: Vec<TaskRef> = self.workflows.runs[run].tasks.iter().map(|&(_, task)| task).collect();
        for task in tasks {
            self.interrupt(task);
        }
        self.leave_invocation(run, invocation, Ended::TimedOut);
        self.call_back(run);
    }

    /// A durable execution has ended. What fails goes where failures of the function go.
    pub(super) fn durable_execution_over(&mut self, state: &WorkflowRun, durable: &Durable, execution: &Execution) {
        let (now, node, item) = (self.now, state.node, state.item);
        self.pay_to_keep_track(node, LineItem::DurableOperations, u128::from(state.operations));
        self.pay_for_orchestration(state);
        if let Some(invocation) = durable.invocation {
            let ended = matches!(execution.end(), Some(execution::End::Succeeded(_)));
            self.durable_invocation_over(invocation, if ended { Ended::Returned } else { Ended::Errored });
        }
        if let Some(execution::End::Succeeded(_)) = execution.end() {
            let path = state.path.then(Path { service: now.since(state.begun), ..Path::default() });
            return self.workflow_succeeded(node, item, path);
        }
        if self.lambda(node).asynchronous().on_failure != OnFailure::Drop {
            let branches = self.workflow_node(node).branches;
            self.ledger.end(now, item, branches, End::DeadLettered);
        }
    }

    /// Operations of durable executions that are under way at the end.
    pub(super) fn bill_unfinished_operations(&mut self) {
        let unfinished = self.workflows.runs.iter().filter(|run| matches!(run.by, RunBy::Durable(_)));
        let operations: Vec<(NodeId, u64)> = unfinished.map(|run| (run.node, run.operations)).collect();
        for (node, operations) in operations {
            self.pay_to_keep_track(node, LineItem::DurableOperations, u128::from(operations));
        }
    }

    /// Whether a copy of an asynchronous event of a durable function, which its queue delivered twice, is of use.
    pub(in crate::model) fn copy_is_suppressed(&mut self, function: NodeId, item: ItemRef) -> bool {
        let durable = self.is_durable(function);
        if durable {
            self.ledger.suppress(self.now, item, SuppressedBy::ExecutionName);
        }
        durable
    }
}
