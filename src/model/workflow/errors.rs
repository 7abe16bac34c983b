//! Errors of executions, by their names.
//!
//! Names are kept in the order of their first appearance in a run, and so many at most: a Fail state may make a name of the
//! item's data, and another for every item. What comes after that is counted under [`OTHER`].

use std::borrow::Cow;

use crate::services::step_functions::execution::{End, Event, EventKind, Failure};
use crate::words::visible;

/// Names of errors that a run tells apart.
pub const NAMES_AT_MOST: usize = 64;
/// What stands for every error whose name came later.
pub const OTHER: &str = "(other)";
/// What stands for an error that was given no name.
pub const UNNAMED: &str = "(unnamed)";
/// The longest that is kept of a name, in characters: AWS's own bound on what SendTaskFailure is given.
const CHARACTERS_AT_MOST: usize = 256;

/// An error that a run knows by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorId(u8);

/// An error that fails an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// The error.
    pub error: ErrorId,
    /// The state in which it arose; none: the execution as a whole took too long, or its history was full.
    pub state: Option<u32>,
}

impl Failing {
    /// The error, with the state of `known` where that is the same one.
    pub(in crate::model) fn with_state_of(error: ErrorId, known: Option<Self>) -> Self {
        Self { error, state: known.filter(|known| known.error == error).and_then(|known| known.state) }
    }
}

/// The names of a run's errors, each in one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorNames(Vec<Box<str>>);

impl ErrorId {
    const OTHER: Self = Self(NAMES_AT_MOST as u8);

    /// Its place among the names, from 0; of all that have none, the one after the last.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl ErrorNames {
    /// The error of that name, which is known from now on if there is room.
    pub fn know(&mut self, name: &str) -> ErrorId {
        let shown = shown(name);
        match self.0.iter().position(|known| **known == *shown) {
            Some(place) => ErrorId(place as u8),
            None if self.0.len() == NAMES_AT_MOST || shown == OTHER => ErrorId::OTHER,
            None => {
                self.0.push(shown.into());
                ErrorId((self.0.len() - 1) as u8)
            }
        }
    }

    /// Every error there can be, in the order of their first appearance: those without a name come last.
    pub(super) fn all(&self) -> impl Iterator<Item = ErrorId> + use<> {
        (0..self.0.len()).map(|place| ErrorId(place as u8)).chain([ErrorId::OTHER])
    }

    /// The name of an error.
    #[must_use]
    pub fn name(&self, error: ErrorId) -> &str {
        self.0.get(error.index()).map_or(OTHER, |name| name)
    }
}

/// A name in one line, whatever it was made of.
fn shown(name: &str) -> Cow<'_, str> {
    let cut = name.char_indices().nth(CHARACTERS_AT_MOST).map_or(name, |(end, _)| &name[..end]);
    match cut {
        "" => UNNAMED.into(),
        _ if cut.contains(char::is_control) => visible(cut).into(),
        _ => cut.into(),
    }
}

/// The error that an event of an execution is about.
pub(super) const fn failure_of_event<'a>(event: &Event<'a>) -> Option<&'a Failure> {
    match event.kind {
        EventKind::TaskFailed(failure)
        | EventKind::TaskTimedOut(failure)
        | EventKind::Retried(failure, _)
        | EventKind::Caught(failure)
        | EventKind::Failed(failure)
        | EventKind::ExecutionEnded(End::Failed(failure)) => Some(failure),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_the_order_of_their_first_appearance() {
        let mut names = ErrorNames::default();
        let ids = ["States.Timeout", "PaymentDeclined", "States.Timeout", ""].map(|name| names.know(name));
        assert_eq!(ids.map(ErrorId::index), [0, 1, 0, 2]);
        assert_eq!(ids.map(|id| names.name(id)), ["States.Timeout", "PaymentDeclined", "States.Timeout", UNNAMED]);
    }

    #[test]
    fn so_many_names_are_kept_and_the_rest_is_other() {
        let mut names = ErrorNames::default();
        let first = |names: &mut ErrorNames| (0..NAMES_AT_MOST).map(|n| names.know(&format!("Card{n}"))).collect();
        let known: Vec<ErrorId> = first(&mut names);
        let other = names.know("Card64");
        assert_eq!((names.name(known[63]), names.name(other)), ("Card63", OTHER));
        assert_eq!((names.know("Card65"), first(&mut names)), (other, known), "the first stay known");
    }

    #[test]
    fn a_name_of_data_is_shown_in_one_line_and_cut() {
        let mut names = ErrorNames::default();
        let hostile = names.know("No\u{1b}[2Jstock\n");
        assert_eq!(names.name(hostile), "No\\u{1b}[2Jstock\\n");
        let long = names.know(&"é".repeat(300));
        assert_eq!(names.name(long).chars().count(), CHARACTERS_AT_MOST);
        assert_eq!(names.know(&"é".repeat(400)), long, "what is cut off tells nothing apart");
    }
}
