//! What happens at one instant: states are entered and left, flows begin and end.

use std::sync::Arc;

use serde_json::Value;

use crate::kernel::{Handle, Span, Time};

use super::super::language::machine::{QueryLanguage, State, Transition};
use super::super::language::retry::{RetryCounts, reserved};
use super::data::Seen;
use super::flow::{Flow, Phase, mixed};
use super::timers::{Due, Timer};
use super::{End, Event, EventKind, Execution, Failure, Host, Program, values};

/// Milliseconds to which the time of an Express execution is rounded up.
const EXPRESS_STEP: u64 = 100;

/// An execution, its host, and the instant.
pub(super) struct Run<'a> {
    pub program: &'a Program,
    pub execution: &'a mut Execution,
    pub host: &'a mut dyn Host,
    pub now: Time,
}

impl<'a> Run<'a> {
    pub(super) fn flow(&self, flow: Handle) -> &Flow {
        &self.execution.flows[flow]
    }

    pub(super) fn flow_mut(&mut self, flow: Handle) -> &mut Flow {
        &mut self.execution.flows[flow]
    }

    pub(super) fn state(&self, flow: Handle) -> &'a State {
        &self.program.machine.states[self.flow(flow).state]
    }

    /// The first flow, in the first state of a graph.
    pub(super) fn begin(&mut self, graph: usize, input: &Arc<Value>) {
        let history = self.execution.history;
        let flow = self.fork_off(None, 0, history, Arc::clone(input));
        self.execution.histories[history].flow = Some(flow);
        self.note_history(history, EventKind::ExecutionStarted(input));
        let (settings, own) = (&self.program.settings, self.program.machine.timeout_seconds.map(Span::from_secs));
        let ends_at = [own, settings.longest].into_iter().flatten().min().map(|longest| self.now + longest);
        if let Some(ends_at) = ends_at.filter(|&ends_at| ends_at <= settings.horizon) {
            self.execution.timers.set(ends_at, Due::Execution, history, 0);
        }
        self.go(flow, self.program.machine.graphs[graph].start);
    }

    /// A new flow; its parent's variables are seen in it, unless it is a child execution.
    pub(super) fn fork_off(
        &mut self,
        parent: Option<Handle>,
        index: usize,
        history: Handle,
        input: Arc<Value>,
    ) -> Handle {
        let outer = parent.map(|parent| self.flow(parent));
        let is_child = outer.is_some_and(|outer| outer.history != history);
        let flow = Flow {
            parent,
            index,
            seat: 0,
            history,
            state: 0,
            input,
            variables: outer.filter(|_| !is_child).and_then(|outer| outer.variables.clone()),
            item: outer.and_then(|outer| outer.item.clone()),
            retries: RetryCounts::default(),
            retry_count: 0,
            entered: self.now,
            entered_event: 0,
            key: outer.map_or(0, |outer| mixed(mixed(outer.key, outer.steps), index as u32 + 1)),
            steps: 0,
            serial: 0,
            phase: Phase::Idle,
            has_forked: false,
        };
        self.execution.flows.insert(flow)
    }

    /// Does all that is to be done at this instant.
    pub(super) fn drain(&mut self) {
        loop {
            if self.execution.end.is_some() {
                self.execution.ready.clear();
                return;
            }
            if let Some(history) = self.execution.overflow.take() {
                self.history_is_full(history);
                continue;
            }
            let Some(flow) = self.execution.ready.pop_front() else { return };
            if self.execution.flows.contains(flow) {
                self.enter(flow);
            }
        }
    }

    /// A timer that somebody waits for.
    pub(super) fn due(&mut self, timer: &Timer) {
        let flow = timer.of;
        match timer.due {
            Due::Enter => self.execution.ready.push_back(flow),
            Due::Pause => {
                let at = self.host.transition(self.now);
                if at > self.now { self.wait_until(flow, at, Due::Retry) } else { self.attempt(flow) }
            }
            Due::Retry => self.attempt(flow),
            Due::Start => self.start_child(flow),
            Due::Wait => {
                let left = self.leave(flow);
                self.or_fail(flow, left);
            }
            Due::Timeout => self.timed_out(flow, reserved::TIMEOUT),
            Due::Heartbeat => self.maybe_silent(flow),
            Due::Execution => self.execution_timed_out(timer.of),
        }
    }

    /// What a flow waits for now has a number that nothing had before.
    pub(super) fn new_serial(&mut self, flow: Handle) -> u32 {
        self.execution.serial = self.execution.serial.wrapping_add(1);
        let serial = self.execution.serial;
        self.flow_mut(flow).serial = serial;
        serial
    }

    /// Waits until an instant.
    pub(super) fn wait_until(&mut self, flow: Handle, at: Time, due: Due) {
        let serial = self.new_serial(flow);
        self.flow_mut(flow).phase = Phase::Waiting;
        self.execution.timers.set(at, due, flow, serial);
    }

    /// Enters a state, now or when its transition may happen.
    pub(super) fn go(&mut self, flow: Handle, state: usize) {
        self.flow_mut(flow).state = state;
        let at = self.host.transition(self.now);
        if at > self.now {
            return self.wait_until(flow, at, Due::Enter);
        }
        self.flow_mut(flow).phase = Phase::Idle;
        self.execution.ready.push_back(flow);
    }

    fn enter(&mut self, flow: Handle) {
        self.execution.entered += 1;
        if self.execution.entered > self.program.settings.transitions_at_most {
            let most = self.program.settings.transitions_at_most;
            let cause = format!("The execution made {most} state transitions, as many as this simulation allows.");
            return self.end(End::Failed(Failure::new(reserved::RUNTIME, cause)));
        }
        self.execution.usage.transitions += u64::from(self.is_billed(flow));
        let now = self.now;
        let entering = self.flow_mut(flow);
        entering.entered = now;
        entering.retries.reset();
        entering.retry_count = 0;
        entering.steps += 1;
        (entering.phase, entering.has_forked) = (Phase::Idle, false);
        let (input, history) = (Arc::clone(&entering.input), entering.history);
        self.note(flow, EventKind::Entered(&input));
        drop(input);
        self.flow_mut(flow).entered_event = self.execution.histories[history].events;
        let done = self.perform(flow);
        self.or_fail(flow, done);
    }

    /// Tries a state again.
    fn attempt(&mut self, flow: Handle) {
        self.execution.usage.transitions += u64::from(self.is_billed(flow));
        let trying = self.flow_mut(flow);
        (trying.phase, trying.has_forked) = (Phase::Idle, false);
        let done = self.perform(flow);
        self.or_fail(flow, done);
    }

    /// Whether a transition of this flow is one of a Standard execution.
    fn is_billed(&self, flow: Handle) -> bool {
        !self.execution.histories[self.flow(flow).history].is_express_child
    }

    pub(super) fn or_fail(&mut self, flow: Handle, done: Result<(), Failure>) {
        if let Err(failure) = done {
            if failure.name() == reserved::QUERY {
                self.note(flow, EventKind::EvaluationFailed(&failure));
            }
            self.fail(flow, failure);
        }
    }

    /// Leaves a state that has no result: with its input.
    pub(super) fn leave(&mut self, flow: Handle) -> Result<(), Failure> {
        let next = self.state(flow).next.unwrap_or(Transition::End);
        let data = &self.state(flow).data;
        let input = self.effective_input(flow)?;
        let (output, assigned) = match self.state(flow).language {
            QueryLanguage::Jsonata => self.declared(flow, &data.output_template, &data.assign, &input, None)?,
            QueryLanguage::JsonPath => {
                let assigned = self.assigned(flow, data.assign.as_ref(), &input, Seen::default())?;
                (self.select(flow, data.output.as_ref(), input)?, assigned)
            }
        };
        self.exit(flow, output, assigned, next)
    }

    /// Leaves a state with a result.
    pub(super) fn leave_with(&mut self, flow: Handle, result: Arc<Value>) -> Result<(), Failure> {
        let state = self.state(flow);
        let (data, next) = (&state.data, state.next.unwrap_or(Transition::End));
        if state.language == QueryLanguage::Jsonata {
            let (output, assigned) =
                self.declared(flow, &data.output_template, &data.assign, &result, Some(&*result))?;
            return self.exit(flow, output, assigned, next);
        }
        let result = match &data.result_selector {
            Some(selector) => Arc::new(self.made(flow, selector, &result, Seen::default(), "ResultSelector")?),
            None => result,
        };
        let assigned = self.assigned(flow, data.assign.as_ref(), &result, Seen::default())?;
        let merged = self.merge(flow, data.result.as_ref(), result)?;
        let output = self.select(flow, data.output.as_ref(), merged)?;
        self.exit(flow, output, assigned, next)
    }

    /// Leaves a state.
    pub(super) fn exit(
        &mut self,
        flow: Handle,
        output: Arc<Value>,
        assigned: Option<Value>,
        next: Transition,
    ) -> Result<(), Failure> {
        let is_new = !Arc::ptr_eq(&output, &self.flow(flow).input);
        self.bounded(flow, is_new.then_some(&*output), assigned.as_ref())?;
        self.note(flow, EventKind::Exited(&output));
        // Where the history has no room for this, the execution ends, and does not go on.
        if self.execution.overflow.is_none() {
            self.depart(flow, output, assigned, next);
        }
        Ok(())
    }

    /// An output or variables that are too long, or nested too deep.
    pub(super) fn bounded(
        &self,
        flow: Handle,
        output: Option<&Value>,
        assigned: Option<&Value>,
    ) -> Result<(), Failure> {
        let most = self.program.settings.payload_at_most;
        for (value, what) in [(output, "output"), (assigned, "variables")] {
            if value.is_some_and(|value| values::exceeds(value, most)) {
                let cause = format!("The state's {what} exceed {most} bytes, or are nested too deep.");
                return Err(self.told(flow, reserved::DATA_LIMIT, &cause));
            }
        }
        Ok(())
    }

    /// Goes on after a state was left.
    pub(super) fn depart(&mut self, flow: Handle, output: Arc<Value>, assigned: Option<Value>, next: Transition) {
        if let Some(Value::Object(assigned)) = assigned {
            let variables = self.flow_mut(flow).variables.get_or_insert_with(Arc::default);
            Arc::make_mut(variables).extend(assigned);
        }
        match next {
            Transition::To(state) => {
                self.flow_mut(flow).input = output;
                self.go(flow, state);
            }
            Transition::End => self.finish(flow, output),
        }
    }

    /// A flow has come to its end.
    pub(super) fn finish(&mut self, flow: Handle, output: Arc<Value>) {
        match self.flow(flow).parent {
            None => self.end(End::Succeeded(output)),
            Some(parent) => self.child_finished(parent, flow, output),
        }
    }

    /// The execution ends.
    pub(super) fn end(&mut self, end: End) {
        if let Some(flow) = self.execution.histories[self.execution.history].flow {
            self.release(flow);
        }
        self.note_history(self.execution.history, EventKind::ExecutionEnded(&end));
        self.execution.end = Some(end);
    }

    /// Something happened in a flow's state.
    pub(super) fn note(&mut self, flow: Handle, kind: EventKind<'_>) {
        let (history, state, since) = {
            let flow = self.flow(flow);
            (flow.history, flow.state, flow.entered)
        };
        if self.count(history, &kind) {
            let is_child = self.execution.histories[history].is_child;
            self.host.observe(&Event { at: self.now, state: Some(state), is_child, since, kind });
        }
    }

    /// Something happened to an execution, or to a child.
    pub(super) fn note_history(&mut self, history: Handle, kind: EventKind<'_>) {
        if self.count(history, &kind) {
            let of = &self.execution.histories[history];
            let event = Event { at: self.now, state: None, is_child: of.is_child, since: of.started, kind };
            self.host.observe(&event);
        }
    }

    /// Counts an event, if there is room for it: the last place is for the end.
    fn count(&mut self, history: Handle, kind: &EventKind<'_>) -> bool {
        if !kind.is_history() {
            return true;
        }
        let of = &mut self.execution.histories[history];
        let is_end = matches!(kind, EventKind::ExecutionEnded(_));
        let most = if of.is_express_child { None } else { self.program.settings.events_at_most };
        if most.is_some_and(|most| of.events + 1 >= most) && !is_end {
            self.execution.overflow = Some(history);
            return false;
        }
        of.events += 1;
        if history == self.execution.history {
            self.execution.usage.events = of.events;
        }
        true
    }

    /// A child execution begins or ends: what it costs.
    pub(super) fn bill_child(&mut self, history: Handle) {
        let of = &self.execution.histories[history];
        if of.is_express_child {
            let millis = self.now.since(of.started).as_millis_ceil().div_ceil(EXPRESS_STEP) * EXPRESS_STEP;
            self.execution.usage.express_children += 1;
            self.execution.usage.express_time += Span::from_millis(millis);
        }
        self.execution.usage.children += 1;
    }
}
