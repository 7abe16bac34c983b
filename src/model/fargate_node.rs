//! A function on Fargate in the graph: the tasks that its schedule starts.
//!
//! A firing is one RunTask call, or two (the schedule delivers at least once). A call that is refused starts nothing and
//! is not made again, and a task that fails is not started again: what is left waits for the next firing. With an AWS
//! Batch job between them, the call is made until there is capacity, and again for a task that failed.

use super::batch_host::Place;
use super::idempotency_store::IdempotencyStore;
use super::initialise::Initialiser;
use super::kept_state::KeptState;
use super::lambda_node::Ended;
use super::ledger::Path;
use super::message::{Message, MessageRef, Work};
use super::outcome::{FunctionOutcome, RunTotals};
use super::simulation::{Event, NodeState, Simulation, class};
use super::story::What;
use crate::handlers::{PerItem, Program};
use crate::kernel::{Purpose, Span, Time};
use crate::metrics::Gauge;
use crate::services::fargate::job::Attempt;
use crate::services::fargate::{Task, Tasks};
use crate::words::NodeId;

/// A function on Fargate at work.
#[derive(Debug)]
pub(super) struct FargateNode {
    pub tasks: Tasks,
    pub handler: PerItem,
    /// What it does for each item, if it calls something.
    pub program: Option<Program>,
    /// Where it looks whether the work is done, if it does.
    pub store: Option<Box<IdempotencyStore>>,
    /// What it keeps in its tasks, if anything.
    pub kept: Option<Box<KeptState>>,
    /// What it does before its first item, if anything.
    pub initialiser: Option<Box<Initialiser>>,
    /// The schedule that starts its tasks.
    pub batch: Option<NodeId>,
    /// Which leaf it is.
    pub leaf: Option<usize>,
    /// Copies of firings, by their ordinal.
    pub copies: Purpose,
    /// Delays of the scheduler of a Batch job, by the ordinal of the firing and the call.
    pub scheduler: Purpose,
    pub runs: RunTotals,
    pub concurrency: Gauge,
    /// The share of RunTask calls that a fault refuses at present.
    pub refused: f64,
}

impl FargateNode {
    /// Closes its books.
    pub(super) fn finish(self, label: String, end: Time) -> FunctionOutcome {
        let mut runs = self.runs;
        runs.billed_mb_ms = self.tasks.billed_mb_ms();
        let environments_max = self.tasks.most();
        let state = self.kept.map(|kept| kept.finish());
        FunctionOutcome { label, runs, concurrency: self.concurrency.finish(end), environments_max, state }
    }
}

/// A scheduler that found no capacity does not look again at the same instant.
const LEAST_WAIT_FOR_CAPACITY: Span = Span::from_secs(1);

impl Simulation<'_> {
    /// A schedule fires, as a copy or not, and after `delay` calls RunTask, or submits a job, at least once.
    pub(super) fn fire_task(&mut self, function: NodeId, (ordinal, copy): (u32, u32), delay: Span) {
        let NodeState::Fargate(state) = &self.nodes[function.index()] else { return };
        let twice = state.copies.draw(u64::from(ordinal), copy).chance(state.tasks.settings().duplicate_probability);
        let at = self.now + delay;
        for _ in 0..=u32::from(twice) {
            let path = Path { hop: delay, ..Path::default() };
            let message = self.messages.insert(Message::new(function, Work::Tick(ordinal), at, path));
            let at = at + self.scheduler_delay(message).unwrap_or_default();
            self.calendar.schedule(at, class::TRY, Event::RunTask(message));
        }
    }

    /// How long the scheduler of a Batch job takes to the next RunTask call; none where there is no job.
    fn scheduler_delay(&self, reference: MessageRef) -> Option<Span> {
        let message = &self.messages[reference];
        let NodeState::Fargate(state) = &self.nodes[message.node.index()] else { return None };
        let job = state.tasks.settings().job.as_ref()?;
        let Work::Tick(ordinal) = message.work else { return None };
        Some(job.scheduler_delay.span(&mut state.scheduler.draw(u64::from(ordinal), message.tries)))
    }

    /// A job waits for the scheduler, `least` at any rate, and then calls RunTask again. Returns whether there is a job.
    fn call_again(&mut self, reference: MessageRef, least: Span) -> bool {
        let Some(delay) = self.scheduler_delay(reference) else { return false };
        self.calendar.schedule(self.now + delay.max(least), class::TRY, Event::RunTask(reference));
        true
    }

    /// A RunTask call: a task starts up, or is refused.
    pub(super) fn run_task(&mut self, reference: MessageRef) {
        let now = self.now;
        let message = &mut self.messages[reference];
        message.tries += 1;
        message.tried = now;
        let refused = self.task_refused(reference);
        let message = &mut self.messages[reference];
        let NodeState::Fargate(state) = &mut self.nodes[message.node.index()] else { return };
        state.runs.attempts += 1;
        let task = if refused { None } else { state.tasks.run_task(&mut self.fargate).ok() };
        let Some(task) = task else {
            state.runs.throttles += 1;
            let node = message.node;
            self.tell_of(node, What::RunRefused);
            // A job stays RUNNABLE until there is capacity.
            if !self.call_again(reference, LEAST_WAIT_FOR_CAPACITY) {
                self.done(reference);
            }
            return;
        };
        state.runs.invocations += 1;
        state.runs.retries += u64::from(message.errors > 0);
        state.runs.cold_starts += 1;
        state.concurrency.up(now, 1);
        self.concurrency.up(now, 1);
        self.begin_batch(reference, Place::Task(task));
    }

    /// A task's process ends, well or not: the task stops.
    pub(super) fn task_ends(&mut self, reference: MessageRef, task: &Task, ended: Ended) {
        let (now, message) = (self.now, self.messages[reference]);
        self.concurrency.down(now, 1);
        let on = Place::Task(*task).told();
        self.tell_of(message.node, What::Ran { since: message.tried, on, ended: Some(ended) });
        let attempt = match ended {
            Ended::Returned => Attempt::Succeeded,
            Ended::TimedOut => Attempt::TimedOut,
            _ => Attempt::Failed,
        };
        let mut goes_on = false;
        if let NodeState::Fargate(state) = &mut self.nodes[message.node.index()] {
            state.tasks.stop(&mut self.fargate, task, message.tried, now);
            state.concurrency.down(now, 1);
            state.runs.busy += u128::from(now.since(message.tried).as_nanos());
            state.runs.timeouts += u64::from(attempt == Attempt::TimedOut);
            let made = u32::from(message.errors) + 1;
            goes_on = state.tasks.settings().job.as_ref().is_some_and(|job| job.goes_on(made, attempt));
            if state.program.is_some() || state.kept.is_some() {
                let process = Place::Task(*task).process(message.node, reference);
                self.invocation_ends(process, ended);
                self.process_ends(process);
            }
        }
        if goes_on {
            self.messages[reference].errors += 1;
            self.call_again(reference, Span::ZERO);
        } else {
            self.done(reference);
        }
    }

    /// Tasks still alive at the end are billed, and their time counted, as far as they came.
    pub(super) fn charge_unfinished_tasks(&mut self) {
        let now = self.now;
        let live: Vec<Message> = self.messages.iter().filter(|message| message.batch_run.is_some()).copied().collect();
        for message in live {
            let Some(Place::Task(task)) = self.place_of(&message) else { continue };
            let NodeState::Fargate(state) = &mut self.nodes[message.node.index()] else { continue };
            state.tasks.charge_unfinished(&task, message.tried, now);
            state.runs.busy += u128::from(now.since(message.tried).as_nanos());
        }
    }
}
