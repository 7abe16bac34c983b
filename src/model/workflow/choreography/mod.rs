//! Choreography: the steps of a state machine as events over a bus. Each Task is a function that a rule invokes
//! asynchronously on the event of what comes before it; when it returns, it puts its own event. A Choice is the pattern of
//! rules, a Parallel state several rules on one event, and its end a record of who has arrived. Nobody knows an execution as
//! a whole: no history, no timeout, no retry but those of the bus and of Lambda, and what is lost is lost in silence.
//!
//! What is on its way from step to step is a `Chain`, which stands in for its event: it holds the item, and the machine
//! up to where the event has come. A delivery that is made twice makes two chains of one. What is known here of all chains
//! of an item together (a `Tally`) only counts, but for the records of its forks, which a table of the choreography keeps.
//!
//! - [`plan`]: what of a machine can be done so;
//! - `step`: a function's work, from the event to what comes of it;
//! - `join`: forks and their records;
//! - `ends`: how chains end, and what is counted of it.

mod ends;
mod join;
pub mod plan;
mod step;

use std::sync::Arc;

use serde_json::Value;

use super::{RunBy, RunRef, WorkflowRun};
use crate::kernel::{Handle, Span, Time};
use crate::model::lambda_node::Ended;
use crate::model::ledger::{Arrived, ItemRef, Path};
use crate::model::simulation::Simulation;
use crate::services::lambda::settings::OnFailure;
use crate::services::step_functions::execution::{Execution, Failure, Token};
use crate::words::{DuplicateCause, LineItem, NodeId};

/// An event and what led to it.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    tally: Handle,
    /// The branch that it is in; none: the machine itself.
    inside: Option<Branch>,
    /// What it is on its way to, or at work on; none: it waits for its schedule, or is about to go on.
    step: Option<Step>,
    /// Whether its next event costs nothing: it is there already, or an AWS service puts it.
    is_free: bool,
    /// What becomes of failures of the function whose failure nothing catches; none: there is none.
    given_up: Option<OnFailure>,
}

impl Chain {
    /// Whether it is in a branch of a Parallel state.
    pub(super) const fn is_in_branch(&self) -> bool {
        self.inside.is_some()
    }
}

/// A branch of a Parallel state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Branch {
    fork: usize,
    place: usize,
}

/// What a function is to do for an event.
#[derive(Debug, Clone)]
struct Step {
    /// The state.
    state: usize,
    work: StepWork,
    /// The error that the attempt under way ends in, by its place among those of its binding.
    error: Option<usize>,
    /// Whether that attempt has its effect.
    effect: bool,
    /// How long the run of that attempt waits for what it calls.
    waits: Span,
    /// How its latest run ended that failed.
    failed: Option<Ended>,
}

/// The work itself.
#[derive(Debug, Clone)]
enum StepWork {
    /// Of a Task state.
    Task { token: Token, binding: usize, input: Arc<Value> },
    /// To write down that a branch has ended so.
    Arrive(Result<Arc<Value>, Failure>),
}

/// What is counted of all chains of an item together, and the records that its forks keep.
#[derive(Debug)]
pub(super) struct Tally {
    node: NodeId,
    begun: Time,
    /// Chains on their way.
    chains: u32,
    /// Whether it has come to an end.
    has_ended: bool,
    /// Where a chain of it was last lost.
    stood: Option<usize>,
    records: Vec<join::Record>,
}

/// A chain at this place of an execution draws by this.
const fn keyed(first: u32, second: u32) -> u32 {
    (first ^ second.wrapping_mul(0x9E37_79B1)).rotate_left(13).wrapping_mul(0x85EB_CA6B)
}

impl Simulation<'_> {
    /// The event of an item is on the bus: its first step follows. Takes over one hold.
    pub(in crate::model) fn begin_choreography(&mut self, node: NodeId, item: ItemRef, path: Path) {
        let ordinal = self.ordinals.next_run(item, node);
        let tally = Tally { node, begun: self.now, chains: 1, has_ended: false, stood: None, records: Vec::new() };
        let tally = self.workflows.tallies.insert(tally);
        let chain = Chain { tally, inside: None, step: None, is_free: true, given_up: None };
        let by = RunBy::Events(Box::new(chain));
        let run = WorkflowRun { by, ..WorkflowRun::new(node, item, ordinal, path, self.now) };
        let run = self.workflows.runs.insert(run);
        self.begin_execution(run);
    }

    fn chain(&mut self, run: RunRef) -> &mut Chain {
        match &mut self.workflows.runs[run].by {
            RunBy::Events(chain) => chain,
            other => unreachable!("an event names an execution that no events carry: {other:?}"),
        }
    }

    /// Whether an execution goes by events.
    pub(super) fn goes_by_events(&self, run: RunRef) -> bool {
        self.workflows.runs.get(run).is_some_and(|state| matches!(state.by, RunBy::Events(_)))
    }

    /// The item that an event is about.
    pub(in crate::model) fn item_of_step(&self, run: RunRef) -> ItemRef {
        self.workflows.runs[run].item
    }

    /// Another chain of the same item, which goes on from here.
    fn enter_chain(
        &mut self,
        of: RunRef,
        inside: Option<Branch>,
        ordinal: u32,
        execution: Option<Box<Execution>>,
    ) -> RunRef {
        let mut chain = self.chain(of).clone();
        chain.inside = inside;
        self.workflows.tallies[chain.tally].chains += 1;
        let &WorkflowRun { node, item, path, begun, .. } = &self.workflows.runs[of];
        self.ledger.hold(item);
        let by = RunBy::Events(Box::new(chain));
        self.workflows.runs.insert(WorkflowRun { by, execution, ..WorkflowRun::new(node, item, ordinal, path, begun) })
    }

    /// An event is delivered twice: a second chain goes the same way.
    pub(in crate::model) fn copy_of_event(&mut self, run: RunRef) -> RunRef {
        let &WorkflowRun { node, item, .. } = &self.workflows.runs[run];
        let execution = self.workflows.runs[run].execution.clone();
        let ordinal = self.ordinals.next_run(item, node);
        let inside = self.chain(run).inside;
        let copy = self.enter_chain(run, inside, ordinal, execution);
        let transitions = self.workflows.runs[run].transitions;
        let state = &mut self.workflows.runs[copy];
        (state.path.cause, state.transitions) = (Some(DuplicateCause::AtLeastOnceDelivery), transitions);
        copy
    }

    /// When the schedule that ends a Wait state fires, which was made to fire at `due`.
    pub(super) fn schedule_fires(&mut self, run: RunRef, due: Time) -> Time {
        let key = self.place_key(run);
        let &WorkflowRun { node, item, .. } = &self.workflows.runs[run];
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let mut draw = self.workflow_node(node).draws[stream.index()].start.draw(number, key);
        due + self.choreography(node).schedule_delay.span(&mut draw)
    }

    /// The schedule that ends a Wait state has fired, once or twice: the event that it puts is told to the chain, or chains.
    pub(super) fn schedule_fired(&mut self, run: RunRef) {
        let key = self.place_key(run);
        let &WorkflowRun { node, item, .. } = &self.workflows.runs[run];
        self.pay_to_keep_track(node, LineItem::SchedulerInvocations, 1);
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let odds = self.choreography(node).schedule_duplicates;
        let twice = self.workflow_node(node).draws[stream.index()].back_off.draw(number, key).chance(odds);
        let copy = twice.then(|| self.copy_of_event(run));
        for run in [Some(run), copy].into_iter().flatten() {
            self.drive(run, |execution, program, now, observer| execution.wake(program, now, observer));
        }
    }

    /// Where a chain stands, for what is drawn there.
    fn place_key(&mut self, run: RunRef) -> u32 {
        let inside = self.chain(run).inside.map_or(0, |branch| (branch.fork * 64 + branch.place + 1) as u32);
        let state = &self.workflows.runs[run];
        keyed(keyed(state.ordinal, inside), state.transitions)
    }

    fn choreography(&self, node: NodeId) -> &super::settings::Choreography {
        let workflow = self.design.nodes[node.index()].workflow.as_ref();
        let choreography = workflow.and_then(|workflow| workflow.choreography.as_ref());
        choreography.expect("events carry only executions of choreographies")
    }

    /// A part of the way that no function worked on.
    fn passes(&mut self, run: RunRef, service: Span) {
        let path = &mut self.workflows.runs[run].path;
        *path = path.then(Path { service, ..Path::default() });
    }
}
