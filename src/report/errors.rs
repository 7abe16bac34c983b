//! The errors of executions of state machines, in words.

use super::number;
use crate::experiment::machines::MachineResults;
use crate::model::workflow::outcome::ErrorOutcome;

/// Names that are told; the rest is counted.
const TOLD_AT_MOST: usize = 3;

/// A count of all replications together, as that of one of them on average.
pub(super) fn of_one_run(count: u64, replications: u64) -> String {
    match count as f64 / replications.max(1) as f64 {
        mean if mean < 9.95 && mean.fract() != 0.0 => format!("{mean:.1}"),
        mean => number::plain(mean.round(), "effects"),
    }
}

/// The errors of a state by name, the most frequent first; of those that are equal the first that appeared.
pub(super) fn of_state(
    machine: &MachineResults,
    state: usize,
    count: impl Fn(&ErrorOutcome) -> u64,
) -> Vec<(&str, u64)> {
    let of_it = machine.outcome.errors.0.iter().filter(|error| error.state == Some(state as u32));
    let mut found: Vec<(&str, u64)> =
        of_it.map(|error| (error.error.as_str(), count(error))).filter(|&(_, count)| count > 0).collect();
    found.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    found
}

/// `PaymentDeclined 12, States.Timeout 3, 2 others 2`: counts of one run on average; a name alone stands without.
pub(super) fn with_counts(errors: &[(&str, u64)], replications: u64) -> String {
    if let [(only, _)] = errors {
        return (*only).to_owned();
    }
    let shown = |count| of_one_run(count, replications);
    let (told, rest) = errors.split_at(errors.len().min(TOLD_AT_MOST));
    let told = told.iter().map(|&(name, count)| format!("{name} {}", shown(count)));
    told.chain(others(rest.len(), rest.iter().map(|(_, count)| count).sum(), replications))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What executions of a machine failed with: `12 with PaymentDeclined in Refuse, 3 with States.Timeout`; none failed: nothing.
pub(super) fn failures(machine: &MachineResults, replications: u64) -> Vec<String> {
    let mut ended: Vec<&ErrorOutcome> = machine.outcome.errors.0.iter().filter(|error| error.executions > 0).collect();
    ended.sort_by_key(|error| std::cmp::Reverse(error.executions));
    let (told, rest) = ended.split_at(ended.len().min(TOLD_AT_MOST));
    let told = told.iter().map(|error| {
        let state = error.state.and_then(|state| machine.states.get(state as usize));
        let whence = state.map_or(" as a whole".to_owned(), |state| format!(" in {}", state.name));
        format!("{} with {}{whence}", of_one_run(error.executions, replications), error.error)
    });
    let more = (!rest.is_empty()).then(|| {
        let count = rest.iter().map(|error| error.executions).sum();
        format!("{} otherwise", of_one_run(count, replications))
    });
    told.chain(more).collect()
}

fn others(names: usize, count: u64, replications: u64) -> Option<String> {
    let noun = if names == 1 { "1 other".to_owned() } else { format!("{names} others") };
    (names > 0).then(|| format!("{noun} {}", of_one_run(count, replications)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::experiment::machines::{GraphShape, StateShape};
    use crate::model::workflow::outcome::{ErrorTotals, MachineOutcome, StateOutcome};

    /// A machine of these tasks, whose executions had these errors.
    pub(in crate::report) fn machine(states: &[&str], errors: ErrorTotals) -> MachineResults {
        let shape = |name: &&str| StateShape {
            name: (*name).to_owned(),
            kind: "Task",
            graph: 0,
            inner: Vec::new(),
            ends: true,
            work: String::new(),
        };
        let counted = |name: &&str| StateOutcome {
            name: (*name).to_owned(),
            entered: 14,
            left: 14,
            retries: 40,
            ..StateOutcome::default()
        };
        let outcome =
            MachineOutcome { states: states.iter().map(counted).collect(), errors, ..MachineOutcome::default() };
        MachineResults {
            label: "machine".to_owned(),
            file: "order.asl.json".to_owned(),
            states: states.iter().map(shape).collect(),
            graphs: vec![GraphShape { start: 0 }],
            ways: Vec::new(),
            outcome,
        }
    }

    fn ended(errors: &[(&str, u64)]) -> ErrorTotals {
        let row = |&(error, executions): &(&str, u64)| ErrorOutcome {
            error: error.to_owned(),
            state: Some(0),
            executions,
            ..ErrorOutcome::default()
        };
        ErrorTotals(errors.iter().map(row).collect())
    }

    #[test]
    fn the_most_frequent_errors_are_told_first_and_the_rest_is_counted() {
        let errors = ended(&[("B", 5), ("A", 5), ("C", 40), ("D", 1), ("E", 3), ("F", 0)]);
        let machine = machine(&["Pay"], errors);
        assert_eq!(
            failures(&machine, 2),
            ["20 with C in Pay", "2.5 with B in Pay", "2.5 with A in Pay", "2 otherwise"]
        );
        let of_pay = of_state(&machine, 0, |error| error.executions);
        assert_eq!(with_counts(&of_pay, 2), "C 20, B 2.5, A 2.5, 2 others 2");
        assert_eq!(with_counts(&of_pay[..1], 2), "C");
        assert_eq!(with_counts(&of_pay[..4], 2), "C 20, B 2.5, A 2.5, 1 other 1.5");
    }
}
