//! What an execution is told by its surroundings: how long its transitions take. What it does is counted.

use super::StreamDraws;
use super::errors::{ErrorId, ErrorNames, Failing, failure_of_event};
use super::service::Starts;
use super::statistics::Statistics;
use crate::kernel::Time;
use crate::model::ledger::{ItemRef, Ledger};
use crate::model::story::{InWorkflow, Spot, What};
use crate::services::step_functions::execution::{Command, Event, EventKind, Host, TaskStart, Token};
use crate::services::step_functions::language::machine::{Kind, Machine};
use crate::words::NodeId;

/// The surroundings of an execution during one step.
pub(super) struct Observer<'a> {
    /// Who is told the item's story.
    pub(super) ledger: &'a mut Ledger,
    pub(super) item: ItemRef,
    pub(super) node: NodeId,
    pub(super) asked: &'a mut Vec<Command>,
    pub(super) statistics: &'a mut Statistics,
    /// AWS Step Functions; none: the execution runs inside of a function, where transitions take no time.
    pub(super) service: Option<&'a mut Starts>,
    pub(super) draws: &'a StreamDraws,
    /// Whether it is a branch of what is told of, and its beginning and end are no execution's.
    pub(super) is_branch: bool,
    pub(super) number: u64,
    pub(super) ordinal: u32,
    pub(super) transitions: &'a mut u32,
    pub(super) exits: &'a mut Vec<u32>,
    /// The names of the run's errors.
    pub(super) errors: &'a mut ErrorNames,
    /// The error that is on its way up from the state in which it arose, until something takes it up.
    pub(super) failing: &'a mut Option<Failing>,
    pub(super) machine: &'a Machine,
    /// What a durable function is billed for.
    pub(super) operations: &'a mut u64,
}

/// Operations of a durable function that an event stands for: one for the execution's start, a step or one of its retries,
/// a wait or an invoke; three for a callback that is waited for, and one for each of its retries; one for a fork and for
/// each of its branches or items.
fn operations(event: &Event<'_>, machine: &Machine) -> u64 {
    let state = event.state.map(|index| &machine.states[index].kind);
    match (event.kind, state) {
        (EventKind::ExecutionStarted(_), _) | (EventKind::Entered(_), Some(Kind::Wait(_))) => 1,
        (EventKind::Entered(_), Some(Kind::Task(task))) if task.resource.ends_with(".waitForTaskToken") => 2,
        (EventKind::TaskScheduled(_), _) => 1,
        (EventKind::ParallelStarted, Some(Kind::Parallel(branches))) => 1 + branches.len() as u64,
        (EventKind::MapStarted(items), _) => 1 + items as u64,
        _ => 0,
    }
}

/// Executions of an item are this far apart in the attempts that their transitions are keyed by.
const TRANSITIONS: u32 = 1 << 16;

impl Observer<'_> {
    /// An error that nothing takes up fails the state around it too, and at last the execution: where it began.
    fn follow(&mut self, event: &Event<'_>, error: Option<ErrorId>) {
        match (event.kind, error) {
            (EventKind::Failed(_), Some(error)) if self.failing.is_none_or(|failing| failing.error != error) => {
                *self.failing = Some(Failing { state: event.state.map(|state| state as u32), error });
            }
            (EventKind::Retried(..) | EventKind::Caught(_) | EventKind::Entered(_), _) => *self.failing = None,
            (EventKind::ExecutionEnded(_), _) if event.is_child => *self.failing = None,
            _ => {}
        }
    }
}

impl Host for Observer<'_> {
    fn start_task(&mut self, task: TaskStart) {
        self.asked.push(Command::Start(task));
    }

    fn cancel_task(&mut self, token: Token) {
        self.asked.push(Command::Cancel(token));
    }

    fn transition(&mut self, now: Time) -> Time {
        let first = *self.transitions == 0;
        *self.transitions += 1;
        let Some(service) = &mut self.service else { return now };
        let at = service.next_transition(now);
        let settings = service.settings();
        if first {
            return at + settings.start_latency.span(&mut self.draws.start.draw(self.number, self.ordinal));
        }
        let attempt = self.ordinal.wrapping_mul(TRANSITIONS).wrapping_add(*self.transitions);
        at + settings.transition_latency.span(&mut self.draws.transitions.draw(self.number, attempt))
    }

    fn observe(&mut self, event: &Event<'_>) {
        *self.operations += operations(event, self.machine);
        let error = failure_of_event(event).map(|failure| self.errors.know(failure.name()));
        self.statistics.observe(event, error, self.exits);
        self.follow(event, error);
        if let Some(told) =
            InWorkflow::of(event, error, *self.failing).filter(|_| !self.is_branch || event.state.is_some())
        {
            self.ledger.tell(event.at, self.item, Spot::Node(self.node), What::Workflow(told));
        }
    }
}
