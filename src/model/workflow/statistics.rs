//! Counts of what executions do, by state and by way between states.

use super::errors::{ErrorId, ErrorNames, Failing};
use super::outcome::{ErrorOutcome, MachineOutcome, StateOutcome, WayOutcome};
use crate::kernel::Span;
use crate::services::step_functions::execution::{self, Event, EventKind};
use crate::services::step_functions::language::machine::{Kind, Machine, State, Transition};
use crate::words::{LineItem, Usage};

const NANOS_PER_MILLI: u128 = 1_000_000;

/// What the executions of a machine have done so far.
#[derive(Debug)]
pub(super) struct Statistics {
    outcome: MachineOutcome,
    /// Whether a state is left for another, unless its error is caught.
    goes_on: Vec<bool>,
    /// Whether an error of the state that was last seen to fail was caught: it is left by that way.
    caught: Vec<u32>,
    /// What its waiting was paid as, in millionths of the counts: of nanoseconds, not of milliseconds.
    waiting: Usage,
    /// By state, and after the last of them of executions as a whole: what each error did, by its place among the names.
    errors: Vec<Vec<ErrorOutcome>>,
}

/// Where a state may lead to, by whatever way; each place once.
#[must_use]
pub fn targets(state: &State) -> Vec<usize> {
    let mut targets: Vec<usize> = state.catch.iter().map(|catcher| catcher.next).collect();
    if let Some(Transition::To(next)) = state.next {
        targets.push(next);
    }
    if let Kind::Choice { rules, default } = &state.kind {
        targets.extend(rules.iter().map(|rule| rule.next).chain(*default));
    }
    targets.sort_unstable();
    targets.dedup();
    targets
}

impl Statistics {
    /// Of a machine of which nothing was started.
    pub(super) fn new(label: &str, machine: &Machine) -> Self {
        let ways = machine.states.iter().enumerate().flat_map(|(from, state)| {
            let way = move |to: usize| WayOutcome { from: from as u32, to: to as u32, taken: 0 };
            targets(state).into_iter().map(way)
        });
        let state = |state: &State| StateOutcome { name: state.name.clone(), ..StateOutcome::default() };
        let goes_on =
            |state: &State| matches!(state.next, Some(Transition::To(_))) || matches!(state.kind, Kind::Choice { .. });
        Self {
            outcome: MachineOutcome {
                label: label.to_owned(),
                states: machine.states.iter().map(state).collect(),
                ways: ways.collect(),
                ..MachineOutcome::default()
            },
            goes_on: machine.states.iter().map(goes_on).collect(),
            caught: Vec::new(),
            waiting: Usage::default(),
            errors: vec![Vec::new(); machine.states.len() + 1],
        }
    }

    pub(super) const fn started(&mut self) {
        self.outcome.executions.started += 1;
    }

    pub(super) const fn killed(&mut self) {
        self.outcome.executions.killed += 1;
    }

    /// An execution that goes by events has come to a good end, so long after its first.
    pub(super) fn went_well(&mut self, duration: Span) {
        self.outcome.executions.succeeded += 1;
        self.outcome.duration.record(duration);
    }

    /// The same of an end that is a failure.
    pub(super) fn went_wrong(&mut self, duration: Span, failing: Failing) {
        self.outcome.executions.failed += 1;
        self.outcome.duration.record(duration);
        self.ended_with(failing);
    }

    fn ended_with(&mut self, Failing { state, error }: Failing) {
        self.of_error(state, error).executions += 1;
    }

    /// What an error did in a state, or in executions as a whole.
    fn of_error(&mut self, state: Option<u32>, error: ErrorId) -> &mut ErrorOutcome {
        let whole = self.errors.len() - 1;
        let errors = &mut self.errors[state.map_or(whole, |state| state as usize)];
        if errors.len() <= error.index() {
            errors.resize_with(error.index() + 1, ErrorOutcome::default);
        }
        &mut errors[error.index()]
    }

    /// An execution has no end, or none yet: where it stands, if that is known.
    pub(super) fn stranded(&mut self, state: Option<usize>) {
        self.outcome.executions.unfinished += 1;
        if let Some(state) = state {
            self.outcome.states[state].unfinished += 1;
        }
    }

    /// A step that goes by events is tried again after an error.
    pub(super) fn retried(&mut self, state: usize, error: ErrorId) {
        self.outcome.states[state].retries += 1;
        self.of_error(Some(state as u32), error).retried += 1;
    }

    /// A function of so much memory only waited for so long, in a run whose time stands in that line of the bill.
    pub(super) fn waited(&mut self, time: Span, line: LineItem, memory_mb: u64) {
        let nanos = u128::from(time.as_nanos());
        self.outcome.executions.waited += nanos;
        self.waiting.add(line, nanos * u128::from(memory_mb));
    }

    /// So much of a line of the bill was used to keep track of executions.
    pub(super) fn tracked(&mut self, line: LineItem, count: u128) {
        self.outcome.tracking.add(line, count);
    }

    /// An execution has ended; `failing` is the error that it ended with, if it failed or took too long.
    pub(super) fn ended(
        &mut self,
        end: &execution::End,
        duration: Span,
        usage: &execution::Usage,
        failing: Option<Failing>,
    ) {
        if let Some(failing) = failing {
            self.ended_with(failing);
        }
        let executions = &mut self.outcome.executions;
        match end {
            execution::End::Succeeded(_) => executions.succeeded += 1,
            execution::End::Failed(_) => executions.failed += 1,
            execution::End::TimedOut => executions.timed_out += 1,
            execution::End::Aborted => executions.killed += 1,
        }
        executions.transitions += usage.transitions;
        executions.longest_history = executions.longest_history.max(u64::from(usage.events));
        self.outcome.duration.record(duration);
    }

    /// Something happened in an execution, with the error that it is about, if it is about one; `exits` are the states that
    /// it has left, until it is known where to.
    pub(super) fn observe(&mut self, event: &Event<'_>, error: Option<ErrorId>, exits: &mut Vec<u32>) {
        let Some(index) = event.state else { return };
        if let Some(error) = error {
            self.count_error(event, index as u32, error);
        }
        let state = &mut self.outcome.states[index];
        let place = index as u32;
        match event.kind {
            EventKind::Entered(_) => {
                state.entered += 1;
                self.count_way(exits, place);
            }
            EventKind::Exited(_) => {
                state.left += 1;
                state.latency.record(event.at.since(event.since));
                if let Some(found) = self.caught.iter().position(|&caught| caught == place) {
                    self.caught.swap_remove(found);
                } else if self.goes_on[index] {
                    exits.push(place);
                }
            }
            EventKind::Retried(..) => state.retries += 1,
            EventKind::Caught(_) => {
                state.caught += 1;
                exits.push(place);
                self.caught.push(place);
            }
            EventKind::Failed(_) => state.failed += 1,
            EventKind::TaskTimedOut(_) => state.timed_out += 1,
            _ => {}
        }
    }

    fn count_error(&mut self, event: &Event<'_>, state: u32, error: ErrorId) {
        let count: fn(&mut ErrorOutcome) -> &mut u64 = match event.kind {
            EventKind::Retried(..) => |of| &mut of.retried,
            EventKind::Caught(_) => |of| &mut of.caught,
            EventKind::Failed(_) => |of| &mut of.failed,
            _ => return,
        };
        *count(self.of_error(Some(state), error)) += 1;
    }

    /// The way by which a state was entered: from the first that was left for it.
    fn count_way(&mut self, exits: &mut Vec<u32>, to: u32) {
        let ways = &mut self.outcome.ways;
        let found = exits.iter().enumerate().find_map(|(place, &from)| {
            let way = ways.iter().position(|way| way.from == from && way.to == to)?;
            Some((place, way))
        });
        if let Some((place, way)) = found {
            exits.remove(place);
            ways[way].taken += 1;
        }
    }

    /// What it all came to. `bill` is of who runs the machine, AWS Step Functions or a function: what of it is no waiting
    /// is for keeping track.
    pub(super) fn finish(mut self, throttled_starts: u64, bill: &Usage, names: &ErrorNames) -> MachineOutcome {
        let MachineOutcome { executions, tracking, waiting, .. } = &mut self.outcome;
        executions.throttled_starts = throttled_starts;
        for line in LineItem::ALL {
            waiting.add(line, self.waiting.count(line) / NANOS_PER_MILLI);
            tracking.add(line, bill.count(line).saturating_sub(waiting.count(line)));
        }
        let whole = self.errors.len() - 1;
        for error in names.all() {
            for (state, errors) in self.errors.iter_mut().enumerate() {
                let Some(counts) = errors.get_mut(error.index()).map(std::mem::take) else { continue };
                if counts != ErrorOutcome::default() {
                    let (error, state) = (names.name(error).to_owned(), (state < whole).then_some(state as u32));
                    self.outcome.errors.0.push(ErrorOutcome { error, state, ..counts });
                }
            }
        }
        self.outcome
    }
}
