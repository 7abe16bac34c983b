//! What functions do before their first item, and what becomes of it: the connections that an environment opens at its
//! start and holds until it ends, or that each invocation opens and closes.
//!
//! On Lambda what an environment does once is a part of its Init, whose time is known when it starts up; whether the
//! database then has the connections is decided at its end, when the handler begins. An Init that is refused them has
//! failed: Lambda repeats it inside the first invocation (L-env), and the process exits if it fails there again. A handler
//! that opens its connections itself fails its invocation when it is refused.

use std::collections::BTreeMap;

use super::item_work::{Phase, WorkHost, WorkRef};
use super::lambda_node::Ended;
use super::simulation::{NodeState, Simulation, class};
use super::story::What;
use crate::handlers::{InitialiseSettings, PoolSettings, When};
use crate::kernel::{Distribution, Purpose, Span, Time};
use crate::services::downstream::Process;
use crate::words::NodeId;

/// What a function does before its first item, at work.
#[derive(Debug)]
pub(super) struct Initialiser {
    settings: InitialiseSettings,
    /// What opening the connections takes.
    connect: Distribution,
    /// Whether Lambda's Init takes the time that all that needs.
    in_init: bool,
    draws: Purpose,
    begun: u64,
    /// Processes that are ready, or will be at an instant that lies ahead.
    ready: BTreeMap<Process, Time>,
}

impl Initialiser {
    pub(super) const fn new(
        settings: InitialiseSettings,
        connect: Distribution,
        on_lambda: bool,
        draws: Purpose,
    ) -> Self {
        let in_init = on_lambda && matches!(settings.when, When::Environment);
        Self { settings, connect, in_init, draws, begun: 0, ready: BTreeMap::new() }
    }

    /// Whether its end closes what an invocation opened.
    pub(super) const fn is_per_invocation(&self) -> bool {
        matches!(self.settings.when, When::Invocation)
    }

    /// When a process is ready; one that was not begins with it, and the second value says so.
    fn begin(&mut self, now: Time, process: Process) -> (Time, bool) {
        if let Some(&ready) = self.ready.get(&process) {
            return (ready, false);
        }
        let takes = if self.in_init { Span::ZERO } else { self.takes() };
        self.ready.insert(process, now + takes);
        (now + takes, true)
    }

    fn takes(&mut self) -> Span {
        let mut draw = self.draws.draw(self.begun, 0);
        self.begun += 1;
        let connect = if self.settings.pool.is_some() { self.connect.span(&mut draw) } else { Span::ZERO };
        self.settings.time.span(&mut draw) + connect
    }
}

impl Simulation<'_> {
    pub(super) fn initialiser(&mut self, function: NodeId) -> Option<&mut Initialiser> {
        match &mut self.nodes[function.index()] {
            NodeState::Lambda(state) => state.initialiser.as_deref_mut(),
            NodeState::Fargate(state) => state.initialiser.as_deref_mut(),
            _ => None,
        }
    }

    /// Work begins, and its process must be ready for it. Returns whether it waits for that, or is over.
    pub(super) fn initialise(&mut self, work: WorkRef) -> bool {
        let (now, state) = (self.now, self.works[work]);
        let Some(initialiser) = self.initialiser(state.function) else { return false };
        let (ready, begins) = initialiser.begin(now, state.process);
        match (ready > now, begins) {
            (true, opens) => self.prepare_until(work, ready, opens),
            (false, true) => return self.open_pool(work),
            (false, false) => return false,
        }
        true
    }

    fn prepare_until(&mut self, work: WorkRef, ready: Time, opens: bool) {
        self.works[work].phase = Phase::Preparing { since: self.now, opens };
        self.wait_until(work, ready, class::END);
    }

    /// What work has waited for since then is built; the connections are opened by the work that began with it.
    pub(super) fn prepared(&mut self, work: WorkRef, since: Time, opens: bool) {
        let took = self.now.since(since);
        let function = self.works[work].function;
        let in_init = self.initialiser(function).is_some_and(|initialiser| initialiser.in_init);
        let path = &mut self.works[work].path;
        *(if in_init { &mut path.cold } else { &mut path.service }) += took;
        if opens && self.open_pool(work) {
            return;
        }
        self.take_steps(work);
    }

    /// The connections are opened. Returns whether they are refused, so that the work waits, or is over.
    fn open_pool(&mut self, work: WorkRef) -> bool {
        let (now, state) = (self.now, self.works[work]);
        let Some(initialiser) = self.initialiser(state.function) else { return false };
        let Some(PoolSettings { to, connections }) = initialiser.settings.pool else { return false };
        let in_init = initialiser.in_init;
        if self.resources[to.index()].open_pool(now, state.process, connections) {
            return false;
        }
        if in_init && let Some(again) = self.repeat_init(work) {
            if let Some(initialiser) = self.initialiser(state.function) {
                initialiser.ready.insert(state.process, now + again);
            }
            self.tell_of_call(work, to, What::PoolRefused { again: Some(now + again) });
            self.prepare_until(work, now + again, true);
            return true;
        }
        if let Some(initialiser) = self.initialiser(state.function) {
            initialiser.ready.remove(&state.process);
        }
        self.tell_of_call(work, to, What::PoolRefused { again: None });
        // An exception of the handler leaves the environment as it is; one of the initialiser ends the process.
        self.works[work].fails_run = true;
        self.fail_work(work, if in_init { Ended::Crashed } else { Ended::Errored });
        true
    }

    /// An Init that failed is repeated inside the run, once. Returns how long that takes.
    fn repeat_init(&mut self, work: WorkRef) -> Option<Span> {
        let (WorkHost::Run(reference) | WorkHost::Messages(reference) | WorkHost::Worker(reference, _)) =
            self.works[work].host;
        let function = self.works[work].function;
        let repeated = self.messages[reference].run?.start.delays.repeated_init;
        if repeated > Span::ZERO {
            return None;
        }
        let NodeState::Lambda(state) = &mut self.nodes[function.index()] else { return None };
        let initialiser = state.initialiser.as_deref_mut()?;
        let mut draw = initialiser.draws.draw(initialiser.begun, 1);
        initialiser.begun += 1;
        // No more than one repetition, even of an Init that takes no time.
        let again = state.function.settings().environments.init(&mut draw).max(Span::from_nanos(1));
        if let Some(run) = &mut self.messages[reference].run {
            run.start.delays.repeated_init = again;
        }
        self.batch_repeats_init(reference, again);
        Some(again)
    }

    /// A process is gone, and with it all that was built in it.
    pub(super) fn forget_initialised(&mut self, process: Process) {
        if let Some(initialiser) = self.initialiser(NodeId(process.0)) {
            initialiser.ready.remove(&process);
        }
    }

    /// An invocation is over whose process lives on: what it opened for itself is closed.
    pub(super) fn invocation_ends(&mut self, process: Process, ended: Ended) {
        if ended == Ended::Returned {
            self.invocation_returned(process);
        }
        if !self.initialiser(NodeId(process.0)).is_some_and(|initialiser| initialiser.is_per_invocation()) {
            return;
        }
        self.forget_initialised(process);
        self.close_connections(process);
    }
}
