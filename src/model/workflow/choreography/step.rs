//! A step of a choreography: its event is put, a rule's target is invoked, its runs fail and are tried again, and what it
//! tells, or what is told of its failure, leads on.

use super::super::settings::TaskWork;
use super::super::task::{attempt, error_of, failure_of, piece};
use super::super::{RunRef, WorkflowRun};
use super::plan::targets_of_rules;
use super::{Step, StepWork, keyed};
use crate::handlers::{Ends, Plan};
use crate::kernel::{Span, Time};
use crate::model::lambda_node::Ended;
use crate::model::ledger::{Arrived, End, Path, StepId};
use crate::model::message::{Message, MessageRef, Run, Work};
use crate::model::simulation::{Event, Simulation, class};
use crate::services::lambda::settings::OnFailure;
use crate::services::step_functions::execution::{Failure, TaskStart, Token};
use crate::services::step_functions::language::machine::{Kind, Machine};
use crate::services::step_functions::language::retry::takes;
use crate::words::NodeId;

impl<'a> Simulation<'a> {
    /// The machine as it was written.
    pub(super) fn machine_of(&self, node: NodeId) -> &'a Machine {
        let workflow = self.design.nodes[node.index()].workflow.as_ref();
        &workflow.expect("it runs a machine").machine
    }
}

impl Simulation<'_> {
    /// A chain has come to a Task or a Parallel state.
    pub(in crate::model::workflow) fn begin_step(&mut self, run: RunRef, start: TaskStart) {
        let TaskStart { token, state, input, .. } = start;
        let node = self.workflows.runs[run].node;
        if let Kind::Parallel(branches) = &self.machine_of(node).states[state].kind {
            return self.fork(run, token, state, branches, &input);
        }
        let Some(binding) = self.workflow_node(node).bindings[state] else { return };
        self.put_event(run, state, StepWork::Task { token, binding, input });
    }

    /// The event that a step is to follow is put on the bus.
    pub(super) fn put_event(&mut self, run: RunRef, state: usize, work: StepWork) {
        let chain = self.chain(run);
        chain.step = Some(Step { state, work, error: None, effect: false, waits: Span::ZERO, failed: None });
        let is_free = std::mem::take(&mut chain.is_free);
        let WorkflowRun { node, item, path, .. } = self.workflows.runs[run];
        let place = rule_of(self.machine_of(node), state);
        self.publish_step(node, item, (run, place), is_free, path);
    }

    /// A rule's target is invoked, at an instant that may lie ahead.
    pub(in crate::model) fn invoke_step(&mut self, function: NodeId, run: RunRef, at: Time, path: Path) {
        let item = self.workflows.runs[run].item;
        let path = Path { cause: self.workflows.runs[run].path.cause, ..path };
        self.queue_event(function, Work::Step(run), item, at, path);
    }

    /// What a run does for a step, where the function's own part of it is `plan` at the first try.
    pub(in crate::model) fn plan_of_step(
        &mut self,
        reference: MessageRef,
        run: RunRef,
        attempt_here: u32,
        mut plan: Plan,
    ) -> Plan {
        let retries = u32::from(self.messages[reference].errors);
        let WorkflowRun { node, item, ordinal, .. } = self.workflows.runs[run];
        let Some(step) = self.chain(run).step.clone() else { return plan };
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let StepWork::Task { binding, .. } = step.work else {
            let key = keyed(self.place_key(run), retries);
            let mut draw = self.workflow_node(node).draws[stream.index()].transitions.draw(number, key);
            plan.processing += self.choreography(node).join_latency.span(&mut draw);
            return plan;
        };
        if retries > 0 {
            let failure = self.failure_of_step(node, binding, &step).unwrap_or_default();
            let error = self.workflows.errors.know(failure.name());
            self.workflow_node(node).statistics.retried(step.state, error);
        }
        let draws = self.workflow_node(node).draws[stream.index()].tasks[binding];
        let settings = self.binding(node, binding);
        let piece = piece(ordinal, 0, retries);
        if piece > 0 && matches!(settings.work, TaskWork::Function(_)) {
            plan = self.plan_of_piece(self.messages[reference].node, item, piece, attempt_here);
        }
        let mut luck = draws.failure.draw(number, attempt(ordinal, 0, retries));
        let drawn = error_of(&settings.errors, luck.unit());
        let after_effect = luck.chance(settings.after_effect);
        // What the machine would not try again is of the work, not of the attempt: it meets every attempt.
        let lasts = |&error: &usize| !self.machine_retries(node, step.state, &settings.errors[error].0);
        let error = step.error.filter(lasts).or(drawn);
        let effect = error.is_none() || after_effect;
        let mut waits = Span::ZERO;
        if !settings.works_elsewhere() && plan.ends == Ends::Returned {
            if let TaskWork::Time(time) = &settings.work {
                waits = time.span(&mut draws.time.draw(number, piece));
                plan.processing += waits;
            }
            if error.is_some() {
                (plan.ends, plan.effect) = (Ends::Errored, effect);
            }
        }
        if let Some(step) = &mut self.chain(run).step {
            (step.error, step.effect, step.waits) = (error, effect, waits);
        }
        plan
    }

    fn machine_retries(&self, node: NodeId, state: usize, error: &str) -> bool {
        let retriers = &self.machine_of(node).states[state].retry;
        retriers
            .iter()
            .find(|retrier| takes(&retrier.errors, error, true))
            .is_some_and(|retrier| retrier.max_attempts > 0)
    }

    /// The run of a step has its effect; `path` is the way that led to it.
    pub(in crate::model) fn step_effect(&mut self, run: RunRef, path: Path) {
        let Some(Step { state, work: StepWork::Task { binding, .. }, .. }) = self.chain(run).step else { return };
        let WorkflowRun { node, item, .. } = self.workflows.runs[run];
        let settings = self.binding(node, binding);
        if settings.effect && !settings.works_elsewhere() {
            self.ledger.apply_step(self.now, item, StepId { node, state: state as u32, visit: 0 }, path.cause);
        }
    }

    /// A run of a step is over, or is so far: it has waited for what it calls, or kept a record of who has arrived.
    pub(in crate::model::workflow) fn pay_for_step(&mut self, reference: MessageRef, run: RunRef) {
        let Message { node: function, tried, run: at_work, .. } = self.messages[reference];
        let Some(Run { start, plan, .. }) = at_work else { return };
        let Some(step) = &self.chain(run).step else { return };
        let (waits, keeps_record) = (step.waits, matches!(step.work, StepWork::Arrive(_)));
        let took = self.now.since(tried + start.delays.before_run());
        let machine = self.workflows.runs[run].node;
        if keeps_record {
            let function = &self.lambda(function).function;
            let (line, billed) = (function.run_time_of(&start), function.billed_mb_ms(&start, took));
            self.runs_to_keep_track(machine, line, billed);
        } else if waits > Span::ZERO {
            // It waits after what it does itself: what the timeout cut off is of the waiting.
            let needed = start.delays.repeated_init + plan.processing;
            let cut_off = needed.saturating_sub(took);
            self.pay_for_waiting(machine, reference, waits.saturating_sub(cut_off));
        }
    }

    /// The run of a step is over; `path` is the way of its item up to here.
    pub(in crate::model) fn step_run_over(&mut self, reference: MessageRef, run: RunRef, ended: Ended, path: Path) {
        self.pay_for_step(reference, run);
        if ended != Ended::Returned {
            if let Some(step) = &mut self.chain(run).step {
                step.failed = Some(ended);
            }
            return self.conclude(reference, ended);
        }
        self.messages.remove(reference);
        // What it tells it tells once, however often it was tried.
        let cause = self.workflows.runs[run].path.cause;
        self.workflows.runs[run].path = Path { cause, ..path };
        let node = self.workflows.runs[run].node;
        let Some(step) = self.chain(run).step.clone() else { return };
        match step.work {
            StepWork::Arrive(ended) => self.branch_arrived(run, ended),
            StepWork::Task { binding, .. } if self.binding(node, binding).works_elsewhere() => {
                self.wait_for_what_goes_on(run, binding);
            }
            StepWork::Task { token, binding, .. } => self.step_done(run, token, binding),
        }
    }

    /// A function has asked for something, and what comes of it is told by another event: of a person, or of a job.
    fn wait_for_what_goes_on(&mut self, run: RunRef, binding: usize) {
        let WorkflowRun { node, item, ordinal, .. } = self.workflows.runs[run];
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let draws = self.workflow_node(node).draws[stream.index()].tasks[binding];
        let TaskWork::Time(time) = &self.binding(node, binding).work else { return };
        let takes = time.span(&mut draws.time.draw(number, piece(ordinal, 0, 0)));
        self.passes(run, takes);
        self.calendar.schedule(self.now + takes, class::END, Event::ToldLater(run));
    }

    /// The event that a step has waited for comes.
    pub(in crate::model) fn told_later(&mut self, run: RunRef) {
        let WorkflowRun { node, item, path, .. } = self.workflows.runs[run];
        let Some(step) = self.chain(run).step.clone() else { return };
        let StepWork::Task { token, binding, .. } = step.work else { return };
        let settings = self.binding(node, binding);
        if step.effect && settings.effect {
            let id = StepId { node, state: step.state as u32, visit: 0 };
            self.ledger.apply_step(self.now, item, id, path.cause);
        }
        // AWS's services tell of their jobs for nothing; what a person answers somebody's own code puts on the bus.
        self.chain(run).is_free = !self.binding(node, binding).waits_for_token();
        match step.error {
            None => self.step_done(run, token, binding),
            Some(error) => {
                let failure = Failure::named(&self.binding(node, binding).errors[error].0);
                self.step_failed(run, token, failure);
            }
        }
    }

    fn step_done(&mut self, run: RunRef, token: Token, binding: usize) {
        let WorkflowRun { node, item, .. } = self.workflows.runs[run];
        let Some(Step { work: StepWork::Task { input, .. }, .. }) = self.chain(run).step.clone() else { return };
        let output = self.result_of_task(node, binding, item, 0, input);
        self.drive(run, |execution, program, now, observer| {
            execution.task_succeeded(program, token, output, now, observer);
        });
    }

    fn step_failed(&mut self, run: RunRef, token: Token, failure: Failure) {
        self.drive(run, |execution, program, now, observer| {
            execution.task_failed(program, token, failure, now, observer);
        });
    }

    /// Why the latest run of a step failed, if one has.
    fn failure_of_step(&self, node: NodeId, binding: usize, step: &Step) -> Option<Failure> {
        match (step.error, step.failed) {
            (Some(error), Some(Ended::Errored)) => Some(Failure::named(&self.binding(node, binding).errors[error].0)),
            (_, ended) => ended.and_then(failure_of),
        }
    }

    /// Lambda has given up the invocation of a step: its on-failure destination tells the bus, if a Catch of the machine
    /// says what follows; else it goes where the function's failures go.
    pub(in crate::model) fn step_given_up(&mut self, reference: MessageRef, run: RunRef, too_old: Option<End>) {
        let message = self.messages[reference];
        self.messages.remove(reference);
        let cause = self.workflows.runs[run].path.cause;
        self.workflows.runs[run].path = Path { cause, ..message.path };
        let on_failure = self.lambda(message.node).asynchronous().on_failure;
        let Some(step) = self.chain(run).step.clone() else { return };
        let node = self.workflows.runs[run].node;
        let StepWork::Task { token, binding, .. } = step.work else { return self.chain_lost(run, on_failure) };
        let failure = match (too_old, self.failure_of_step(node, binding, &step)) {
            (Some(_), _) => Failure::named("EventAgeExceeded"),
            (None, failure) => failure.unwrap_or_else(|| Failure::named("RetriesExhausted")),
        };
        let catchers = &self.machine_of(node).states[step.state].catch;
        if !catchers.iter().any(|catcher| takes(&catcher.errors, failure.name(), true)) {
            self.chain(run).given_up = Some(on_failure);
        }
        self.step_failed(run, token, failure);
    }

    /// The bus has given up the event of a step.
    pub(in crate::model) fn event_given_up(&mut self, run: RunRef) {
        self.chain_lost(run, OnFailure::Drop);
    }
}

/// Which rule of the bus a state is the target of.
fn rule_of(machine: &Machine, state: usize) -> usize {
    targets_of_rules(machine).position(|(index, _)| index == state).expect("a step is the target of a rule")
}
