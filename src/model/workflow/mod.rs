//! State machines at work: one execution an item, run by AWS Step Functions (`service`), inside of a function
//! (`orchestrator`, `durable`), or by nobody, as events over a bus (`choreography`). All run the same machine by the same
//! interpreter, and their tasks (`task`) are the same, so that
//! what differs between them is what they are.
//!
//! An execution knows its own time; here it has one entry in the calendar, for the next thing that it waits for besides
//! its tasks. What it asks for is done after each step, in the order in which it asked.
//!
//! **What an item owes** is the end of its workflow. What its steps do is owed by nobody, since which steps an item comes
//! to depends on its way; but each is done once, and again is a duplicate
//! ([`Ledger::apply_step`](super::ledger::Ledger::apply_step)).

pub mod choreography;
mod durable;
pub mod errors;
mod observer;
mod orchestrator;
pub mod outcome;
mod paid;
pub mod rules;
mod service;
pub mod settings;
mod statistics;
mod task;
mod visits;

use self::choreography::plan::machine_of_events;
use self::choreography::{Chain, Tally};
use self::durable::Durable;
use self::errors::{ErrorNames, Failing};
use self::observer::Observer;
use self::service::Starts;
use self::settings::{Binding, WorkflowSettings};
pub use self::statistics::targets;

use self::statistics::Statistics;
use self::task::TaskRun;
use self::visits::Visits;
use super::design::{Design, NodeKind};
use super::item_work::WorkHost;
use super::ledger::{Arrived, Branches, ItemRef, Path};
use super::simulation::{Event, NodeState, Simulation, Workload, class};
use crate::kernel::{Arena, Handle, Purpose, Root, Span, Ticket, Time};
use crate::services::step_functions::execution::{
    self, Command, Execution, MachineType, Program, Seed, Settings, Token,
};
use crate::services::step_functions::language::machine::{Kind, Machine};
use crate::services::step_functions::language::retry::reserved;
use crate::services::step_functions::service::Service;
use crate::services::step_functions::settings::Type;
use crate::words::{DuplicateCause, NodeId, Usage};

/// Names an execution under way; stale once it is over.
pub(super) type RunRef = Handle;
/// Names a task under way.
pub(super) type TaskRef = Handle;

/// All state machines of a simulation, and what they do.
#[derive(Debug, Default)]
pub(super) struct Workflows {
    /// By node; none of nodes that run no machine. Empty where no node runs one.
    nodes: Vec<Option<Box<WorkflowNode>>>,
    runs: Arena<WorkflowRun>,
    tasks: Arena<TaskRun>,
    /// Of executions that go by events.
    tallies: Arena<Tally>,
    /// The names of all errors that executions had.
    errors: ErrorNames,
}

/// A state machine at work.
#[derive(Debug)]
struct WorkflowNode {
    program: Program,
    /// Which of its bindings each state has, if it is a Task.
    bindings: Vec<Option<usize>>,
    /// By stream.
    draws: Vec<StreamDraws>,
    /// AWS Step Functions, unless a function runs it.
    service: Option<Box<Starts>>,
    /// Which leaf it is.
    leaf: usize,
    branches: Branches,
    statistics: Statistics,
    /// What an execution has asked for and is not done yet: empty between two steps.
    asked: Vec<Command>,
}

/// What is drawn for the items of one stream.
#[derive(Debug)]
struct StreamDraws {
    input: Purpose,
    start: Purpose,
    back_off: Purpose,
    transitions: Purpose,
    /// By binding.
    tasks: Vec<TaskDraws>,
}

/// What is drawn for a task.
#[derive(Debug, Clone, Copy)]
struct TaskDraws {
    time: Purpose,
    failure: Purpose,
    result: Purpose,
}

/// Who runs an execution.
#[derive(Debug)]
enum RunBy {
    /// AWS Step Functions.
    Service,
    /// A run of a function, which is told of its end.
    Function(WorkHost),
    /// The same, and an API waits for its end with a request.
    Waited(NodeId, Handle),
    /// Invocations of a durable function, one after the other.
    Durable(Box<Durable>),
    /// Nobody: an event carries it from one function to the next.
    Events(Box<Chain>),
}

/// An execution under way.
#[derive(Debug)]
struct WorkflowRun {
    node: NodeId,
    /// It holds the item.
    item: ItemRef,
    /// Which execution of the item here it is, from 0.
    ordinal: u32,
    by: RunBy,
    /// The item's way up to its start.
    path: Path,
    /// Why its steps are done besides those of another execution.
    cause: Option<DuplicateCause>,
    begun: Time,
    /// What the function that runs it does before its first state.
    own: Span,
    /// From when on the run of that function does nothing but wait.
    waits_from: Time,
    /// When it is killed, with the function that runs it.
    deadline: Time,
    /// None before its start, and while it is taken out.
    execution: Option<Box<Execution>>,
    /// Its tasks under way.
    tasks: Vec<(Token, TaskRef)>,
    /// Its entry in the calendar.
    pending: Option<(Time, Ticket)>,
    /// Transitions that were timed so far.
    transitions: u32,
    /// States that were left, until it is known where to.
    exits: Vec<u32>,
    /// The error that nothing has taken up so far.
    failing: Option<Failing>,
    /// Operations of a durable execution.
    operations: u64,
    /// Which visit of its state each task belongs to.
    visits: Visits,
    /// Whether a step of it has had an effect.
    had_effect: bool,
}

impl WorkflowRun {
    /// An execution that Step Functions runs, before its start.
    fn new(node: NodeId, item: ItemRef, ordinal: u32, path: Path, begun: Time) -> Self {
        Self {
            node,
            item,
            ordinal,
            by: RunBy::Service,
            path,
            cause: path.cause,
            begun,
            own: Span::ZERO,
            waits_from: begun,
            deadline: Time::NEVER,
            execution: None,
            tasks: Vec::new(),
            pending: None,
            transitions: 0,
            exits: Vec::new(),
            failing: None,
            operations: 0,
            visits: Visits::default(),
            had_effect: false,
        }
    }
}

impl Workflows {
    /// Every state machine of a design, at the start of a run.
    pub(super) fn new(design: &Design, workload: &Workload<'_>, root: &Root) -> Self {
        if design.nodes.iter().all(|node| node.workflow.is_none()) {
            return Self::default();
        }
        let node = |index: usize| {
            let workflow = design.nodes[index].workflow.as_ref()?;
            let id = NodeId(index as u16);
            Some(Box::new(WorkflowNode::new(design, id, workflow, workload, root)))
        };
        Self {
            nodes: (0..design.nodes.len()).map(node).collect(),
            runs: Arena::new(),
            tasks: Arena::new(),
            tallies: Arena::new(),
            errors: ErrorNames::default(),
        }
    }

    /// Which execution of its item an execution under way is, from 0.
    pub(super) fn ordinal(&self, run: RunRef) -> u32 {
        self.runs[run].ordinal
    }

    /// Whether a node runs a state machine, or is the bus of one.
    pub(super) fn runs_in(&self, node: NodeId) -> bool {
        self.nodes.get(node.index()).is_some_and(Option::is_some)
    }
}

impl WorkflowNode {
    fn new(design: &Design, id: NodeId, workflow: &WorkflowSettings, workload: &Workload<'_>, root: &Root) -> Self {
        let node = &design.nodes[id.index()];
        let (service, machine_type) = match &node.kind {
            NodeKind::Machine(settings) => {
                let machine_type = match settings.kind {
                    Type::Standard => MachineType::Standard,
                    Type::Express => MachineType::Express,
                };
                (Some(Box::new(Starts::new(Service::new((**settings).clone())))), machine_type)
            }
            _ => (None, MachineType::Standard),
        };
        let mut settings = Settings::new(machine_type, root.purpose(&workflow.file, "execution"));
        settings.epoch = workload.start;
        settings.name = workflow.file.as_str().into();
        settings.horizon = Time::ZERO + workload.duration + workload.drain;
        if service.is_none() {
            // A function knows no history, and has a timeout of its own.
            (settings.events_at_most, settings.longest) = (None, None);
        }
        let mut machine = match &workflow.choreography {
            Some(_) => machine_of_events(&workflow.machine),
            None => (*workflow.machine).clone(),
        };
        heartbeats_come(&mut machine, workflow);
        let program = Program { machine, settings };
        let place = |name: &str| workflow.tasks.iter().position(|task| task.state == name);
        let draws = workload.streams.iter().map(|stream| StreamDraws::new(&stream.name, &node.label, workflow, root));
        Self {
            bindings: program.machine.states.iter().map(|state| place(&state.name)).collect(),
            draws: draws.collect(),
            service,
            leaf: design.leaves().iter().position(|&leaf| leaf == id).expect("what runs a machine ends its flow"),
            branches: design.leaves_below(id),
            statistics: Statistics::new(&node.label, &program.machine),
            asked: Vec::new(),
            program,
        }
    }
}

/// Where heartbeats come in time nobody has to watch for them.
fn heartbeats_come(machine: &mut Machine, workflow: &WorkflowSettings) {
    for state in &mut machine.states {
        let sends = |task: &&Binding| task.state == state.name && task.sends_heartbeats;
        if let Kind::Task(task) = &mut state.kind
            && workflow.tasks.iter().any(|binding| sends(&binding))
        {
            task.heartbeat = None;
        }
    }
}

impl StreamDraws {
    fn new(stream: &str, label: &str, workflow: &WorkflowSettings, root: &Root) -> Self {
        // Not keyed by the node: an item has the same input and the same tasks in every strategy.
        let owner = format!("{stream}/{}", workflow.file);
        let task = |binding: &Binding| {
            let owner = format!("{owner}/{}", binding.state);
            TaskDraws {
                time: root.purpose(&owner, "task"),
                failure: root.purpose(&owner, "task failure"),
                result: root.purpose(&owner, "task result"),
            }
        };
        let own = format!("{stream}/{label}");
        Self {
            input: root.purpose(&owner, "machine input"),
            start: root.purpose(&own, "start"),
            back_off: root.purpose(&own, "start back-off"),
            transitions: root.purpose(&own, "transition"),
            tasks: workflow.tasks.iter().map(task).collect(),
        }
    }
}

impl Simulation<'_> {
    fn workflow_node(&mut self, node: NodeId) -> &mut WorkflowNode {
        match &mut self.workflows.nodes[node.index()] {
            Some(node) => node,
            None => unreachable!("an execution names a node that runs no machine, or one that is at work"),
        }
    }

    /// Starts an execution that is entered in the runs but for this.
    fn begin_execution(&mut self, run: RunRef) {
        let &WorkflowRun { node, item, ordinal, .. } = &self.workflows.runs[run];
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let workflow = self.design.nodes[node.index()].workflow.as_ref().expect("it runs a machine");
        let draw = &mut self.workflow_node(node).draws[stream.index()].input.draw(number, 0);
        let input = (**workflow.input.draw(draw)).clone();
        let seed = Seed { number: number.wrapping_mul(EXECUTIONS).wrapping_add(u64::from(ordinal)), name: None };
        self.workflow_node(node).statistics.started();
        self.step(run, |execution, program, now, observer| {
            *execution = Some(Box::new(Execution::start(program, seed, input, now, observer)));
        });
    }

    /// Lets an execution go on.
    fn drive(&mut self, run: RunRef, act: impl FnOnce(&mut Execution, &Program, Time, &mut Observer<'_>)) {
        self.step(run, |execution, program, now, observer| {
            if let Some(execution) = execution {
                act(execution, program, now, observer);
            }
        });
    }

    fn step(&mut self, run: RunRef, act: impl FnOnce(&mut Option<Box<Execution>>, &Program, Time, &mut Observer<'_>)) {
        let now = self.now;
        let Workflows { nodes, runs, errors, .. } = &mut self.workflows;
        let state = &mut runs[run];
        let Some(node) = &mut nodes[state.node.index()] else { return };
        state.failing = None;
        let &Arrived { stream, number, .. } = self.ledger.arrived(state.item);
        let WorkflowNode { program, draws, service, statistics, asked, .. } = &mut **node;
        let mut observer = Observer {
            ledger: &mut self.ledger,
            item: state.item,
            node: state.node,
            asked,
            statistics,
            service: service.as_deref_mut(),
            draws: &draws[stream.index()],
            is_branch: matches!(&state.by, RunBy::Events(chain) if chain.is_in_branch()),
            number,
            ordinal: state.ordinal,
            transitions: &mut state.transitions,
            exits: &mut state.exits,
            errors,
            failing: &mut state.failing,
            machine: &program.machine,
            operations: &mut state.operations,
        };
        act(&mut state.execution, program, now, &mut observer);
        let mut asked = std::mem::take(asked);
        for command in asked.drain(..) {
            match command {
                Command::Start(start) => self.begin_task(run, start),
                Command::Cancel(token) => self.cancel_task(run, token),
            }
        }
        self.give_back(run, asked);
        self.arm(run);
        self.end_if_too_long(run);
        self.suspend_if_idle(run);
    }

    /// Keeps the memory of what was asked.
    fn give_back(&mut self, run: RunRef, asked: Vec<Command>) {
        if let Some(state) = self.workflows.runs.get(run) {
            let node = state.node;
            self.workflow_node(node).asked = asked;
        }
    }

    /// Ends an execution that has come to its end, or sets its entry in the calendar.
    fn arm(&mut self, run: RunRef) {
        if !self.workflows.runs.contains(run) {
            return;
        }
        let state = &mut self.workflows.runs[run];
        let Some(execution) = &state.execution else { return };
        if execution.end().is_some() {
            return self.execution_over(run);
        }
        let wakes = execution.wakes_at();
        let by_schedule = wakes < Time::NEVER && matches!(state.by, RunBy::Events(_));
        let wakes = if by_schedule { self.schedule_fires(run, wakes) } else { wakes };
        let state = &mut self.workflows.runs[run];
        let (at, class) = if wakes <= state.deadline { (wakes, class::END) } else { (state.deadline, class::TIMEOUT) };
        let set = state.pending.map(|(set, _)| set);
        if at == Time::NEVER || set.is_some_and(|set| set <= at) {
            return;
        }
        if let Some((_, ticket)) = state.pending.take() {
            self.calendar.cancel(ticket);
        }
        let ticket = self.calendar.schedule(at.max(self.now), class, Event::Workflow(run));
        self.workflows.runs[run].pending = Some((at, ticket));
    }

    /// What an execution waits for is due, or its function is killed.
    pub(super) fn workflow_due(&mut self, run: RunRef) {
        if !self.workflows.runs.contains(run) {
            return;
        }
        let now = self.now;
        let state = &mut self.workflows.runs[run];
        state.pending = None;
        let deadline = state.deadline;
        let wakes = state.execution.as_ref().map_or(Time::NEVER, |execution| execution.wakes_at());
        if self.goes_by_events(run) {
            self.schedule_fired(run);
        } else if self.is_suspended(run) {
            if wakes <= now { self.call_back(run) } else { self.arm(run) }
        } else if wakes <= now {
            self.drive(run, |execution, program, now, observer| execution.wake(program, now, observer));
        } else if deadline <= now {
            self.kill_invocation(run);
        } else {
            self.arm(run);
        }
    }

    /// Takes an execution that is over, or given up, out of the runs. Its item is still held.
    fn take_run(&mut self, run: RunRef) -> (WorkflowRun, Box<Execution>) {
        let state = &mut self.workflows.runs[run];
        let execution = state.execution.take().expect("an execution is at hand between two steps");
        let pending = state.pending.take();
        let spent = WorkflowRun::new(state.node, state.item, state.ordinal, state.path, state.begun);
        let taken = std::mem::replace(state, spent);
        if let Some((_, ticket)) = pending {
            self.calendar.cancel(ticket);
        }
        self.workflows.runs.remove(run);
        for &(_, task) in &taken.tasks {
            self.abandon_task(task);
        }
        (taken, execution)
    }

    /// An execution has ended.
    fn execution_over(&mut self, run: RunRef) {
        if self.goes_by_events(run) {
            return self.chain_over(run);
        }
        let (state, execution) = self.take_run(run);
        let (now, node) = (self.now, state.node);
        let Some(end) = execution.end() else { return };
        let failing = self.failing_of(state.failing, end);
        self.workflow_node(node).statistics.ended(end, now.since(state.begun), execution.usage(), failing);
        match &state.by {
            RunBy::Service => self.service_execution_over(&state, &execution),
            &RunBy::Function(host) => self.orchestration_over(&state, host, &execution),
            &RunBy::Waited(api, request) => {
                self.service_execution_over(&state, &execution);
                self.execution_answers(api, request, matches!(end, execution::End::Succeeded(_)));
            }
            RunBy::Durable(durable) => self.durable_execution_over(&state, durable, &execution),
            RunBy::Events(_) => {}
        }
        self.ledger.release(now, state.item);
    }

    /// The error with which an execution has ended, where `known` is what its states had of it.
    fn failing_of(&mut self, known: Option<Failing>, end: &execution::End) -> Option<Failing> {
        let name = match end {
            execution::End::Failed(failure) => failure.name(),
            execution::End::TimedOut => reserved::TIMEOUT,
            execution::End::Succeeded(_) | execution::End::Aborted => return None,
        };
        Some(Failing::with_state_of(self.workflows.errors.know(name), known))
    }

    /// The names of the errors that executions had so far.
    #[must_use]
    pub fn error_names(&self) -> &ErrorNames {
        &self.workflows.errors
    }

    /// The item's workflow has come to a good end. That it comes there again is no effect of its own: its steps tell.
    fn workflow_succeeded(&mut self, node: NodeId, item: ItemRef, path: Path) {
        let leaf = self.workflow_node(node).leaf;
        if !self.ledger.has_effect(item, leaf) {
            self.ledger.apply(self.now, item, leaf, path);
        }
    }

    /// Closes the books of every state machine, in the order of the graph.
    pub(super) fn close_workflows(&mut self) -> Vec<outcome::MachineOutcome> {
        self.bill_unfinished_executions();
        self.bill_unfinished_operations();
        self.count_stranded();
        self.pay_for_waits_under_way();
        let nodes = std::mem::take(&mut self.workflows.nodes);
        let outcomes = nodes.into_iter().enumerate().filter_map(|(index, node)| {
            let node = node?;
            let bill = match (&node.service, &self.nodes[index]) {
                (Some(service), _) => *service.usage(),
                (None, NodeState::Lambda(state)) => *state.function.usage(),
                (None, _) => Usage::default(),
            };
            if node.service.is_some() {
                self.usage.merge(&bill);
            }
            let throttled = node.service.as_ref().map_or(0, |service| service.throttled);
            Some(node.statistics.finish(throttled, &bill, &self.workflows.errors))
        });
        outcomes.collect()
    }
}

/// Spreads the executions of an item over the numbers that their draws are keyed by.
const EXECUTIONS: u64 = 1 << 20;
