//! The ends of idle environments, of functions that keep something in them: connections, or state.
//!
//! Lambda's environments expire without an event: one that has expired is dropped when a request meets it, and nobody
//! meets the last ones. Where something is lost or freed with them, their ends are watched: one timer a function, set for
//! the next end of an idle environment. One that was used since is passed over when its timer comes.

use super::simulation::{Event, NodeState, Simulation, class};
use crate::kernel::{Ticket, Time};
use crate::services::downstream::Process;
use crate::words::NodeId;

/// The timer of a function whose environments' ends are watched.
#[derive(Debug, Default)]
pub(super) struct EndsWatch {
    armed: Option<(Time, Ticket)>,
}

impl Simulation<'_> {
    /// Sets the timer for the environment that was given back last, if that ends next.
    pub(super) fn watch_ends(&mut self, node: NodeId) {
        let NodeState::Lambda(state) = &self.nodes[node.index()] else { return };
        let Some(watch) = &state.ends_watch else { return };
        let (armed, last) = (watch.armed.map(|(at, _)| at), state.function.last_end());
        if let Some(end) = last.filter(|&end| armed.is_none_or(|at| end < at)) {
            self.arm_ends(node, end);
        }
    }

    /// The timer of a function's environments has come.
    pub(super) fn environments_end(&mut self, node: NodeId) {
        if let NodeState::Lambda(state) = &mut self.nodes[node.index()]
            && let Some(watch) = &mut state.ends_watch
        {
            watch.armed = None;
        }
        self.note_ends(node);
        let NodeState::Lambda(state) = &self.nodes[node.index()] else { return };
        if let Some(end) = state.function.next_end() {
            self.arm_ends(node, end);
        }
    }

    /// The processes of environments that have ended by now are gone.
    pub(super) fn note_ends(&mut self, node: NodeId) {
        let now = self.now;
        loop {
            let NodeState::Lambda(state) = &mut self.nodes[node.index()] else { return };
            if state.ends_watch.is_none() {
                return;
            }
            let Some(ordinal) = state.function.note_ended(now) else { return };
            self.environment_ended(node, ordinal);
        }
    }

    /// The same of those that a request has just met after their end.
    pub(super) fn note_met(&mut self, node: NodeId) {
        while let NodeState::Lambda(state) = &mut self.nodes[node.index()]
            && let Some(ordinal) = state.function.note_met()
        {
            self.environment_ended(node, ordinal);
        }
    }

    fn environment_ended(&mut self, node: NodeId, ordinal: u64) {
        let process = Process(node.0, ordinal);
        self.environment_expired(process);
        self.process_ends(process);
    }

    fn arm_ends(&mut self, node: NodeId, end: Time) {
        let ticket = self.calendar.schedule(end.max(self.now), class::END, Event::EnvironmentsEnd(node));
        let NodeState::Lambda(state) = &mut self.nodes[node.index()] else { return };
        let Some(watch) = &mut state.ends_watch else { return };
        if let Some((_, before)) = watch.armed.replace((end, ticket)) {
            self.calendar.cancel(before);
        }
    }
}
