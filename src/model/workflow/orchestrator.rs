//! The anti-pattern: a run of a function interprets the state machine, calls the tasks and waits. Where AWS Step
//! Functions keeps what it has done, all is forgotten here with the run.

use super::{RunBy, RunRef, WorkflowRun};
use crate::kernel::Time;
use crate::model::item_work::{Assignment, EffectOf, WorkHost, WorkResult};
use crate::model::lambda_node::Ended;
use crate::model::ledger::{Arrived, Path};
use crate::model::simulation::{Event, Simulation, class};
use crate::model::story::What;
use crate::services::step_functions::execution::{End, Execution};
use crate::words::DuplicateCause;

impl Simulation<'_> {
    /// A run of a function begins the workflow of an item. The function's own service time passes first.
    pub(in crate::model) fn begin_orchestration(&mut self, assignment: Assignment) -> RunRef {
        let Assignment { host, function, item, begins, deadline, mut path, .. } = assignment;
        self.ledger.hold(item);
        let &Arrived { stream, number, service, .. } = self.ledger.arrived(item);
        let own = self.host(function).handler.service(stream.index(), number, service);
        let begun = begins + own;
        let state = if self.is_durable(function) {
            self.begin_durably(&assignment, begun)
        } else {
            let ordinal = self.ordinals.next_run(item, function);
            if ordinal > 0 {
                path.cause = Some(cause_of_rerun(path.cause));
            }
            WorkflowRun {
                by: RunBy::Function(host),
                own,
                waits_from: begun,
                deadline: deadline.unwrap_or(Time::NEVER),
                ..WorkflowRun::new(function, item, ordinal, path, begins)
            }
        };
        let run = self.workflows.runs.insert(state);
        let (at, class) = match deadline {
            Some(deadline) if deadline < begun => (deadline, class::TIMEOUT),
            _ => (begun, class::END),
        };
        let ticket = self.calendar.schedule(at, class, Event::Orchestrate(run));
        self.workflows.runs[run].pending = Some((at, ticket));
        run
    }

    /// The function has come to the first state, or was killed before.
    pub(in crate::model) fn orchestrate(&mut self, run: RunRef) {
        if !self.workflows.runs.contains(run) {
            return;
        }
        let state = &mut self.workflows.runs[run];
        let (_, killed) = (state.pending.take(), state.deadline <= self.now);
        match (&state.by, killed, state.execution.is_some()) {
            (RunBy::Durable(_), true, _) => self.durable_invocation_killed(run),
            (RunBy::Durable(_), false, true) => self.catch_up(run),
            (_, true, _) => self.killed_before_the_first_state(run),
            (_, false, _) => self.begin_execution(run),
        }
    }

    /// The function that runs an execution is killed at its timeout.
    pub(super) fn kill_invocation(&mut self, run: RunRef) {
        match self.workflows.runs[run].by {
            RunBy::Durable(_) => self.durable_invocation_killed(run),
            RunBy::Function(_) | RunBy::Service | RunBy::Waited(..) | RunBy::Events(_) => self.kill_orchestrator(run),
        }
    }

    fn killed_before_the_first_state(&mut self, run: RunRef) {
        let &WorkflowRun { node, item, ref by, begun, .. } = &self.workflows.runs[run];
        let host = if let &RunBy::Function(host) = by { Some(host) } else { None };
        self.workflows.runs.remove(run);
        if let Some(host) = host {
            self.tell(item, node, What::Finished { ended: Ended::TimedOut, effect: false });
            let worked = self.now.since(begun);
            let result = WorkResult {
                ended: Ended::TimedOut,
                effect: EffectOf::None,
                announced: false,
                fails_run: false,
                worked,
            };
            self.work_over(host, result);
        }
        self.ledger.release(self.now, item);
    }

    /// All that an orchestrator knew is gone with it, and what it called goes on.
    fn kill_orchestrator(&mut self, run: RunRef) {
        let (state, _) = self.take_run(run);
        let RunBy::Function(host) = state.by else { return };
        self.workflow_node(state.node).statistics.killed();
        self.tell_host(&state, host, Ended::TimedOut);
        self.ledger.release(self.now, state.item);
    }

    /// An execution that a function ran has ended: the function returns, or ends in an error.
    pub(super) fn orchestration_over(&mut self, state: &WorkflowRun, host: WorkHost, execution: &Execution) {
        let succeeded = matches!(execution.end(), Some(End::Succeeded(_)));
        if succeeded {
            let service = self.now.since(state.begun);
            let path = state.path.then(Path { service, ..Path::default() });
            self.workflow_succeeded(state.node, state.item, path);
        }
        let ended = if succeeded { Ended::Returned } else { Ended::Errored };
        self.tell_host(state, host, ended);
    }

    fn tell_host(&mut self, state: &WorkflowRun, host: WorkHost, ended: Ended) {
        let had_effect = state.had_effect || ended == Ended::Returned;
        let effect = if had_effect { EffectOf::Applied } else { EffectOf::None };
        let worked = self.now.since(state.begun);
        self.pay_for_orchestration(state);
        self.tell(state.item, state.node, What::Finished { ended, effect: had_effect });
        self.work_over(host, WorkResult { ended, effect, announced: false, fails_run: false, worked });
    }
}

/// Why an orchestrator begins again with the first step: that it failed after some step, unless something else brought
/// its second run about.
const fn cause_of_rerun(cause: Option<DuplicateCause>) -> DuplicateCause {
    use DuplicateCause::{
        CrashAfterEffect, ErrorAfterEffect, OrchestratorRerun, RunFailedAfterEffect, TimeoutAfterEffect,
    };
    match cause {
        None | Some(ErrorAfterEffect | CrashAfterEffect | TimeoutAfterEffect | RunFailedAfterEffect) => {
            OrchestratorRerun
        }
        Some(other) => other,
    }
}
