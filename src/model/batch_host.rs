//! Where the runs of a batch happen: in a Lambda environment, or in a Fargate task. The batch itself is the same.

use super::idempotency_store::IdempotencyStore;
use super::lambda_node::{Ended, process_of};
use super::message::MessageRef;
use super::outcome::RunTotals;
use super::simulation::{NodeState, Simulation};
use super::story::Host as Told;
use super::story::tell::host_of;
use crate::handlers::{PerItem, Program};
use crate::kernel::Span;
use crate::services::downstream::Process;
use crate::services::fargate::Task;
use crate::services::lambda::{Place as Environment, Start};
use crate::words::NodeId;

/// Where one run happens, and what passes there before its handler starts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// An execution environment of a Lambda function.
    Environment(Start),
    /// A Fargate task.
    Task(Task),
}

impl Place {
    /// From the admitted try to where a timeout counts from.
    pub(super) fn before_run(&self) -> Span {
        match self {
            Self::Environment(start) => start.delays.before_run(),
            Self::Task(task) => task.start_up(),
        }
    }

    /// From the admitted try to the handler's first instruction.
    pub(super) fn before_handler(&self) -> Span {
        match self {
            Self::Environment(start) => start.delays.before_run() + start.delays.repeated_init,
            Self::Task(task) => task.start_up(),
        }
    }

    /// Where that is, for whoever listens.
    pub(super) fn told(&self) -> Told {
        match self {
            Self::Environment(start) => host_of(start),
            Self::Task(task) => Told::Task { start_up: task.start_up() },
        }
    }

    /// The ordinal of its environment, if it is one of its own.
    pub(super) const fn environment(&self) -> Option<u64> {
        match self {
            Self::Environment(Start { place: Environment::OnDemand(environment), .. }) => Some(environment.ordinal),
            Self::Environment(_) | Self::Task(_) => None,
        }
    }

    /// The process of the run.
    pub(super) fn process(&self, function: NodeId, run: MessageRef) -> Process {
        match self {
            Self::Environment(start) => process_of(function, start),
            Self::Task(_) => Process(function.0, run.index() as u64),
        }
    }

    /// What of it is a cold start.
    pub(super) fn cold_start(&self) -> Span {
        match self {
            Self::Environment(start) => start.delays.cold_start(),
            Self::Task(task) => task.start_up(),
        }
    }

    /// What of it is the hop to where the run happens.
    pub(super) const fn hop(&self) -> Span {
        match self {
            Self::Environment(start) => start.delays.dispatch,
            Self::Task(_) => Span::ZERO,
        }
    }
}

/// What a batch, or work in steps, needs of its function, whatever runs that.
#[derive(Debug)]
pub(super) struct Host<'a> {
    /// The schedule that wakes it.
    pub schedule: Option<NodeId>,
    pub handler: &'a PerItem,
    /// What it does for each item, if it calls something.
    pub program: Option<&'a Program>,
    /// Where it looks whether the work is done, if it does.
    pub store: Option<&'a mut IdempotencyStore>,
    /// Which leaf it is.
    pub leaf: Option<usize>,
    /// When a run is killed, from its start; none: never.
    pub timeout: Option<Span>,
    pub runs: &'a mut RunTotals,
}

impl Simulation<'_> {
    pub(super) fn host(&mut self, function: NodeId) -> Host<'_> {
        match &mut self.nodes[function.index()] {
            NodeState::Lambda(state) => Host {
                schedule: state.batch,
                timeout: Some(state.timeout()),
                handler: &state.handler,
                program: state.program.as_ref(),
                store: state.store.as_deref_mut(),
                leaf: state.leaf,
                runs: &mut state.runs,
            },
            NodeState::Fargate(state) => Host {
                schedule: state.batch,
                timeout: state.tasks.settings().job.as_ref().and_then(|job| job.timeout),
                handler: &state.handler,
                program: state.program.as_ref(),
                store: state.store.as_deref_mut(),
                leaf: state.leaf,
                runs: &mut state.runs,
            },
            other => unreachable!("a batch, or work in steps, names another node as its function: {other:?}"),
        }
    }

    /// A run has ended: its place is free, and what invoked it is done or, in Lambda, perhaps tried again.
    pub(super) fn leave(&mut self, reference: MessageRef, place: &Place, ended: Ended) {
        match place {
            Place::Environment(start) => {
                let message = self.messages[reference];
                self.end_run(message.node, message.tried, start, ended);
                self.conclude(reference, ended);
            }
            Place::Task(task) => self.task_ends(reference, task, ended),
        }
    }
}
