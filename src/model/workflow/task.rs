//! Tasks of executions: something that answers after a time, or a function that is invoked synchronously.
//!
//! A task outlives whoever waits for it: what was asked for is done even if its execution has timed out, or died with the
//! function that ran it. Only a task that waits for its token ends with its wait.

use std::sync::Arc;

use serde_json::Value;

use super::settings::{Binding, TaskWork};
use super::{RunBy, RunRef, TaskRef};
use crate::handlers::Plan;
use crate::kernel::{Span, Ticket};
use crate::model::lambda_node::Ended;
use crate::model::ledger::{Arrived, ItemRef, Path, StepId};
use crate::model::message::{Message, MessageRef, Work};
use crate::model::simulation::{Event, Simulation, class};
use crate::services::step_functions::execution::{Failure, TaskStart, Token};
use crate::words::{DuplicateCause, NodeId};

/// A task under way. It holds the item.
#[derive(Debug, Clone)]
pub(super) struct TaskRun {
    /// The execution that asked for it, and under which name; stale once nobody waits for it.
    run: RunRef,
    token: Token,
    node: NodeId,
    binding: usize,
    item: ItemRef,
    state: u32,
    /// Which visit of the state it belongs to.
    visit: u32,
    /// How often it was tried before.
    retries: u32,
    /// What its work is keyed by.
    piece: u32,
    cause: Option<DuplicateCause>,
    input: Arc<Value>,
    /// The error that it ends in, by its place among those of its binding.
    error: Option<usize>,
    /// Whether it has its effect.
    effect: bool,
    /// Its end in the calendar; none: a function does it, or it was interrupted.
    ends: Option<Ticket>,
    /// How long it takes, if no function does it.
    takes: Span,
    /// Whether it is a step of a durable function's own process.
    in_process: bool,
}

impl TaskRun {
    /// Whether it is a step of a durable function's own process, which is kept alive by it.
    pub(super) const fn works_in_process(&self) -> bool {
        self.in_process
    }
}

/// Attempts of a task are keyed by execution, visit and retry.
pub(super) const fn attempt(ordinal: u32, visit: u32, retries: u32) -> u32 {
    const fn mix(word: u32, by: u32) -> u32 {
        (word ^ by).wrapping_mul(0x9E37_79B1).rotate_left(15)
    }
    mix(mix(mix(0, visit), retries), ordinal)
}

/// What the time that a task takes is keyed by. The first try takes the same time in every design; those after it, others, and
/// so do other visits of its state.
pub(super) const fn piece(ordinal: u32, visit: u32, retries: u32) -> u32 {
    if retries == 0 && ordinal == 0 { visit } else { attempt(ordinal, visit, retries) }
}

impl<'a> Simulation<'a> {
    pub(super) fn binding(&self, node: NodeId, binding: usize) -> &'a Binding {
        let workflow = self.design.nodes[node.index()].workflow.as_ref();
        &workflow.expect("it runs a machine").tasks[binding]
    }
}

impl Simulation<'_> {
    /// An execution asks for a task.
    pub(super) fn begin_task(&mut self, run: RunRef, start: TaskStart) {
        let Some(state) = self.workflows.runs.get(run) else { return };
        let (node, item, ordinal, cause) = (state.node, state.item, state.ordinal, state.cause);
        let TaskStart { token, state, work, input, retries, key } = start;
        if self.goes_by_events(run) {
            return self.begin_step(run, TaskStart { token, state, work, input, retries, key });
        }
        let Some(binding) = self.workflow_node(node).bindings[state] else { return };
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let draws = self.workflow_node(node).draws[stream.index()].tasks[binding];
        let settings = self.binding(node, binding);
        let visit = self.workflows.runs[run].visits.begin(state as u32, key, retries);
        let mut luck = draws.failure.draw(number, attempt(ordinal, visit, retries));
        let error = error_of(&settings.errors, luck.unit());
        let effect = error.is_none() || luck.chance(settings.after_effect);
        self.ledger.hold(item);
        let task = self.workflows.tasks.insert(TaskRun {
            run,
            token,
            node,
            binding,
            item,
            state: state as u32,
            visit,
            retries,
            piece: piece(ordinal, visit, retries),
            cause: if retries > 0 { Some(DuplicateCause::TaskRetry) } else { cause },
            input,
            error,
            effect: effect && settings.effect,
            ends: None,
            takes: Span::ZERO,
            in_process: false,
        });
        self.workflows.runs[run].tasks.push((token, task));
        match &settings.work {
            TaskWork::Time(time) => {
                let durable = matches!(self.workflows.runs[run].by, RunBy::Durable(_));
                let state = &mut self.workflows.tasks[task];
                state.takes = time.span(&mut draws.time.draw(number, state.piece));
                state.in_process = durable && !settings.works_elsewhere();
                self.task_goes_on(task);
            }
            &TaskWork::Function(function) => {
                let message = Message::new(function, Work::Task(task), self.now, Path::default());
                let message = self.messages.insert(message);
                self.calendar.schedule(self.now, class::TRY, Event::Try(message));
            }
        }
    }

    /// What a run of the function that does a task does, where `first` is what it does for the first task of an item.
    pub(in crate::model) fn plan_of_task(
        &mut self,
        function: NodeId,
        task: TaskRef,
        attempt: u32,
        first: Plan,
    ) -> Plan {
        let TaskRun { item, piece, .. } = self.workflows.tasks[task];
        if piece == 0 { first } else { self.plan_of_piece(function, item, piece, attempt) }
    }

    /// What a run of a function does for one of the tasks of an item.
    pub(super) fn plan_of_piece(&mut self, function: NodeId, item: ItemRef, piece: u32, attempt: u32) -> Plan {
        let &Arrived { stream, number, service, .. } = self.ledger.arrived(item);
        self.lambda(function).handler.plan_piece(stream.index(), number, piece, attempt, service)
    }

    /// A task that takes a time begins.
    fn task_goes_on(&mut self, task: TaskRef) {
        let ends = self.now + self.workflows.tasks[task].takes;
        let ticket = self.calendar.schedule(ends, class::END, Event::TaskEnds(task));
        self.workflows.tasks[task].ends = Some(ticket);
    }

    /// A step of a durable function's process dies with it.
    pub(super) fn interrupt(&mut self, task: TaskRef) {
        let state = &mut self.workflows.tasks[task];
        if let Some(ends) = state.ends.take_if(|_| state.in_process) {
            self.calendar.cancel(ends);
        }
    }

    /// A step that was interrupted begins anew.
    pub(super) fn begin_interrupted(&mut self, task: TaskRef) {
        let state = &self.workflows.tasks[task];
        if state.in_process && state.ends.is_none() {
            self.task_goes_on(task);
        }
    }

    /// An execution waits for a task no more.
    pub(super) fn cancel_task(&mut self, run: RunRef, token: Token) {
        let Some(tasks) = self.workflows.runs.get(run).map(|state| &state.tasks) else { return };
        let Some(place) = tasks.iter().position(|(other, _)| *other == token) else { return };
        let (_, task) = self.workflows.runs[run].tasks.swap_remove(place);
        if let Some(&TaskRun { state, visit, retries, .. }) = self.workflows.tasks.get(task) {
            self.workflows.runs[run].visits.failed(state, visit, retries);
        }
        self.abandon_task(task);
    }

    /// Nobody waits for a task any more: it goes on all the same, unless all that it does is to wait for its token.
    pub(super) fn abandon_task(&mut self, task: TaskRef) {
        let Some(state) = self.workflows.tasks.get(task) else { return };
        let (node, binding, item, ends) = (state.node, state.binding, state.item, state.ends);
        if let (true, Some(ends)) = (self.binding(node, binding).waits_for_token(), ends) {
            self.calendar.cancel(ends);
            self.workflows.tasks.remove(task);
            self.ledger.release(self.now, item);
        }
    }

    /// A task that takes a time is over.
    pub(in crate::model) fn timed_task_ends(&mut self, task: TaskRef) {
        if self.workflows.tasks.contains(task) {
            self.task_effect(task);
            self.task_over(task, None);
        }
    }

    /// The item that a task is about.
    pub(in crate::model) fn item_of_task(&self, task: TaskRef) -> ItemRef {
        self.workflows.tasks[task].item
    }

    /// A task has its effect, if it has one.
    pub(in crate::model) fn task_effect(&mut self, task: TaskRef) {
        let TaskRun { run, node, item, state, visit, cause, effect, .. } = self.workflows.tasks[task];
        if effect {
            self.ledger.apply_step(self.now, item, StepId { node, state, visit }, cause);
            if self.workflows.runs.contains(run) {
                self.workflows.runs[run].had_effect = true;
            }
        }
    }

    /// The function that does a task has run.
    pub(in crate::model) fn task_run_over(&mut self, message: MessageRef, task: TaskRef, ended: Ended) {
        self.messages.remove(message);
        self.task_over(task, failure_of(ended));
    }

    /// Lambda refuses to run the function that does a task.
    pub(in crate::model) fn task_throttled(&mut self, message: MessageRef, task: TaskRef) {
        self.messages.remove(message);
        self.task_over(task, Some(Failure::new("Lambda.TooManyRequestsException", "Rate Exceeded.")));
    }

    /// A task is over: whoever waits for it is told.
    fn task_over(&mut self, task: TaskRef, failure: Option<Failure>) {
        let TaskRun { run, token, node, binding, item, state, visit, retries, input, error, .. } =
            self.workflows.tasks[task].clone();
        self.workflows.tasks.remove(task);
        if self.workflows.runs.contains(run) {
            let tasks = &mut self.workflows.runs[run].tasks;
            if let Some(place) = tasks.iter().position(|(other, _)| *other == token) {
                tasks.swap_remove(place);
            }
            let failure = failure.or_else(|| {
                let (name, _) = &self.binding(node, binding).errors[error?];
                Some(Failure::named(name))
            });
            if failure.is_some() {
                self.workflows.runs[run].visits.failed(state, visit, retries);
            }
            let output = self.result_of_task(node, binding, item, visit, input);
            if self.is_suspended(run) {
                self.answer_later(run, token, failure.map_or(Ok(output), Err));
                return self.ledger.release(self.now, item);
            }
            self.drive(run, |execution, program, now, observer| match failure {
                Some(failure) => _ = execution.task_failed(program, token, failure, now, observer),
                None => _ = execution.task_succeeded(program, token, output, now, observer),
            });
        }
        self.ledger.release(self.now, item);
    }

    pub(super) fn result_of_task(
        &mut self,
        node: NodeId,
        binding: usize,
        item: ItemRef,
        visit: u32,
        input: Arc<Value>,
    ) -> Arc<Value> {
        let Some(result) = &self.binding(node, binding).result else { return input };
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let draws = self.workflow_node(node).draws[stream.index()].tasks[binding];
        Arc::clone(result.draw(&mut draws.result.draw(number, visit)))
    }
}

/// What a function's end is to whoever asked for its work; none: it ended well.
pub(super) fn failure_of(ended: Ended) -> Option<Failure> {
    Some(match ended {
        Ended::Returned => return None,
        Ended::Errored => Failure::new("Exception", "the function returned an error"),
        Ended::Crashed => Failure::new("Runtime.ExitError", "the function's process died"),
        Ended::TimedOut => Failure::new("Sandbox.Timedout", "the function was killed at its timeout"),
        Ended::Lost => Failure::new("Lambda.ServiceException", "the function was lost with its environment"),
    })
}

/// The error that is drawn, if one is.
pub(super) fn error_of(errors: &[(String, f64)], luck: f64) -> Option<usize> {
    let mut up_to = 0.0;
    errors.iter().position(|(_, odds)| {
        up_to += odds;
        luck < up_to
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_exclude_each_other_and_leave_the_rest() {
        let errors = [("Declined".to_owned(), 0.1), ("Busy".to_owned(), 0.2)];
        let drawn = [0.0, 0.099, 0.1, 0.299, 0.301, 0.999].map(|luck| error_of(&errors, luck));
        assert_eq!(drawn, [Some(0), Some(0), Some(1), Some(1), None, None]);
    }

    #[test]
    fn the_first_try_of_each_visit_is_keyed_by_the_visit_alone() {
        assert_eq!([piece(0, 0, 0), piece(0, 1, 0), piece(0, 7, 0)], [0, 1, 7]);
        let mut others =
            vec![piece(0, 0, 1), piece(0, 0, 2), piece(0, 1, 1), piece(1, 0, 0), piece(1, 1, 0), piece(1, 0, 1)];
        others.sort_unstable();
        others.dedup();
        assert!(others.len() == 6 && others.iter().all(|&piece| piece > 1_000), "{others:?}");
    }

    #[test]
    fn attempts_of_a_task_differ_in_what_they_are_keyed_by() {
        let mut keys: Vec<u32> = (0..8)
            .flat_map(|one| (0..8).flat_map(move |two| (0..8).map(move |three| attempt(one, two, three))))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 512);
    }
}
