//! Errors: retries, catchers, and what becomes of the rest.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::kernel::Handle;

use super::super::language::machine::{Catcher, Kind, QueryLanguage, Transition};
use super::super::language::retry::{reserved, takes};
use super::data::Seen;
use super::flow::Phase;
use super::run::Run;
use super::timers::Due;
use super::{End, EventKind, Failure, Token};

impl Run<'_> {
    /// A state has failed: it is tried again, its error is caught, or its flow fails.
    pub(super) fn fail(&mut self, flow: Handle, failure: Failure) {
        if self.execution.overflow.is_some() {
            return;
        }
        if self.retried(flow, &failure) {
            return;
        }
        self.fork_failed(flow);
        let state = self.state(flow);
        let catcher = state.catch.iter().find(|catcher| self.takes(&catcher.errors, &failure));
        let failure = match catcher.map(|catcher| self.caught(flow, catcher, &failure)) {
            Some(Ok(())) => return,
            Some(Err(another)) => another,
            None => failure,
        };
        self.note(flow, EventKind::Failed(&failure));
        match self.flow(flow).parent {
            None => self.end(End::Failed(failure)),
            Some(parent) => self.child_failed(parent, flow, failure),
        }
    }

    fn takes(&self, errors: &[String], failure: &Failure) -> bool {
        takes(errors, failure.name(), self.program.settings.all_takes_data_limit)
    }

    fn retried(&mut self, flow: Handle, failure: &Failure) -> bool {
        let state = self.state(flow);
        if state.retry.is_empty() {
            return false;
        }
        let luck = self.draw(self.flow(flow)).unit();
        let lenient = self.program.settings.all_takes_data_limit;
        let is_taken = |errors: &[String]| takes(errors, failure.name(), lenient);
        let Some(pause) = self.flow_mut(flow).retries.retry(&state.retry, is_taken, luck) else { return false };
        self.execution.usage.retries += 1;
        self.note(flow, EventKind::Retried(failure, pause));
        self.flow_mut(flow).retry_count += 1;
        self.wait_until(flow, self.now + pause, Due::Pause);
        true
    }

    /// What the history says of a Parallel or Map state that has failed for good.
    fn fork_failed(&mut self, flow: Handle) {
        if !self.flow(flow).has_forked {
            return;
        }
        match self.state(flow).kind {
            Kind::Parallel(_) => self.note(flow, EventKind::ParallelFailed),
            Kind::Map(_) => self.note(flow, EventKind::MapFailed),
            _ => {}
        }
    }

    fn caught(&mut self, flow: Handle, catcher: &Catcher, failure: &Failure) -> Result<(), Failure> {
        let error = Arc::new(as_value(failure));
        let (output, assigned) = match self.state(flow).language {
            QueryLanguage::Jsonata => {
                let seen = Seen { error: Some(&*error), ..Seen::default() };
                let output = match &catcher.output_template {
                    Some(template) => Arc::new(self.made(flow, template, &error, seen, "Output")?),
                    None => Arc::clone(&error),
                };
                (output, self.assigned(flow, catcher.assign.as_ref(), &error, seen)?)
            }
            QueryLanguage::JsonPath => {
                let assigned = self.assigned(flow, catcher.assign.as_ref(), &error, Seen::default())?;
                (self.merge(flow, catcher.result.as_ref(), error)?, assigned)
            }
        };
        self.bounded(flow, Some(&*output), assigned.as_ref())?;
        self.note(flow, EventKind::Caught(failure));
        self.note(flow, EventKind::Exited(&output));
        self.depart(flow, output, assigned, Transition::To(catcher.next));
        Ok(())
    }

    /// A task took too long, or was silent for too long.
    pub(super) fn timed_out(&mut self, flow: Handle, error: &str) {
        let token = Token { flow, serial: self.flow(flow).serial };
        self.host.cancel_task(token);
        self.new_serial(flow);
        self.flow_mut(flow).phase = Phase::Idle;
        let failure = Failure::named(error);
        self.note(flow, EventKind::TaskTimedOut(&failure));
        self.fail(flow, failure);
    }

    /// A task may have been silent for too long, unless it was heard of meanwhile.
    pub(super) fn maybe_silent(&mut self, flow: Handle) {
        let Phase::Task(task) = self.flow(flow).phase else { return };
        if task.silent_at > self.now {
            let serial = self.flow(flow).serial;
            return self.execution.timers.set(task.silent_at, Due::Heartbeat, flow, serial);
        }
        // Recorded runs report this name; the documents promise States.HeartbeatTimeout.
        self.timed_out(flow, reserved::TIMEOUT);
    }

    /// An execution has taken too long: the whole one, or a child.
    pub(super) fn execution_timed_out(&mut self, history: Handle) {
        if history == self.execution.history {
            return self.end(End::TimedOut);
        }
        self.child_ended(history, Failure::named(reserved::TIMEOUT));
    }

    /// A history has no room for anything but its end.
    pub(super) fn history_is_full(&mut self, history: Handle) {
        let most = self.program.settings.events_at_most.unwrap_or_default();
        let cause = format!("The execution reached the maximum number of history events ({most}).");
        let failure = Failure::new(reserved::RUNTIME, cause);
        if history == self.execution.history {
            return self.end(End::Failed(failure));
        }
        self.child_ended(history, failure);
    }

    /// A child execution ends from outside.
    fn child_ended(&mut self, history: Handle, failure: Failure) {
        let Some(flow) = self.execution.histories.get(history).and_then(|of| of.flow) else { return };
        let Some(parent) = self.flow(flow).parent else { return };
        self.silence(flow);
        self.child_failed(parent, flow, failure);
    }

    /// Stops all that a flow does, and the flows below it: `note` tells what was stopped.
    pub(super) fn silence(&mut self, flow: Handle) {
        let serial = self.flow(flow).serial;
        match std::mem::replace(&mut self.flow_mut(flow).phase, Phase::Idle) {
            Phase::Idle | Phase::Waiting => {}
            Phase::Task(_) => {
                self.host.cancel_task(Token { flow, serial });
                self.note(flow, EventKind::TaskAborted);
            }
            Phase::Reading(_) => self.host.cancel_task(Token { flow, serial }),
            Phase::Forked(mut fork) => {
                fork.children.sort_unstable_by_key(|&child| self.flow(child).index);
                fork.children.into_iter().for_each(|child| self.abort_child(flow, child));
            }
        }
        self.new_serial(flow);
    }

    /// Stops a flow that another's failure makes useless.
    pub(super) fn abort_child(&mut self, parent: Handle, child: Handle) {
        self.silence(child);
        let (index, history) = (self.flow(child).index, self.flow(child).history);
        if history != self.flow(parent).history {
            self.note_history(history, EventKind::ExecutionEnded(&End::Aborted));
            self.bill_child(history);
            self.execution.histories.remove(history);
        } else if matches!(self.state(parent).kind, Kind::Map(_)) {
            self.note(parent, EventKind::IterationAborted(index));
        }
        self.forget(child);
    }

    /// Ends a flow with all that it does, without a word.
    pub(super) fn release(&mut self, flow: Handle) {
        let serial = self.flow(flow).serial;
        match std::mem::replace(&mut self.flow_mut(flow).phase, Phase::Idle) {
            Phase::Idle | Phase::Waiting => {}
            Phase::Task(_) | Phase::Reading(_) => self.host.cancel_task(Token { flow, serial }),
            Phase::Forked(mut fork) => {
                fork.children.sort_unstable_by_key(|&child| self.flow(child).index);
                fork.children.into_iter().for_each(|child| self.release(child));
            }
        }
        self.forget(flow);
    }

    /// Gives a flow's place free.
    pub(super) fn forget(&mut self, flow: Handle) {
        let nothing = Arc::clone(&self.execution.histories[self.execution.history].input);
        let gone = self.flow_mut(flow);
        (gone.input, gone.variables, gone.item) = (nothing, None, None);
        self.execution.flows.remove(flow);
    }
}

/// What a catcher hands on.
fn as_value(failure: &Failure) -> Value {
    let text = |text: &Option<Arc<str>>| text.as_deref().map_or(Value::Null, |text| Value::String(text.to_owned()));
    let mut error = Map::new();
    error.insert("Error".to_owned(), text(&failure.error));
    error.insert("Cause".to_owned(), text(&failure.cause));
    Value::Object(error)
}
