//! A state machine as a choreography: what of it events over a bus can do, and what they are to do.
//!
//! What carries an item from step to step is an event, and each event is evaluated as a chain of states of its own: its
//! machine has no retries and no timeouts, for nobody is there to keep them, and what is a fork to the machine is one more
//! step to it, which its branches do.

use crate::services::step_functions::language::machine::{Amount, Kind, Machine, State, Task, Transition};

/// Rules of one bus, at most: AWS's quota.
const RULES_AT_MOST: usize = 300;
/// What the language takes for no timeout.
const NO_TIMEOUT: u64 = 99_999_999;

/// A state that a choreography cannot do, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its index among the machine's.
    pub state: usize,
    /// Why not.
    pub reason: String,
}

/// The states of a machine that are the target of a rule, in the machine's order: what a Task does is done by a function,
/// and what a Parallel state waits for is recorded by one.
pub fn targets_of_rules(machine: &Machine) -> impl Iterator<Item = (usize, &State)> {
    machine.states.iter().enumerate().filter(|(_, state)| matches!(state.kind, Kind::Task(_) | Kind::Parallel(_)))
}

/// Why a machine cannot be a choreography; nothing if it can.
#[must_use]
pub fn refusals(machine: &Machine) -> Vec<Refusal> {
    let nobody = entered_by_nobody(machine);
    let reason = |(index, state): (usize, &State)| {
        Some(Refusal { state: index, reason: reason(machine, index, state, nobody[index])? })
    };
    let mut found: Vec<Refusal> = machine.states.iter().enumerate().filter_map(reason).collect();
    if let Some((state, _)) = targets_of_rules(machine).nth(RULES_AT_MOST) {
        found.push(Refusal { state, reason: format!("it is the 301st rule of its bus, which has {RULES_AT_MOST}") });
    }
    found
}

fn reason(machine: &Machine, index: usize, state: &State, entered_by_nobody: bool) -> Option<String> {
    if matches!(state.kind, Kind::Map(_)) {
        return Some("it is a Map: no rule knows how many items it has, or which of them is the last".to_owned());
    }
    if assigns(state) {
        return Some("it assigns variables, and no execution is there to keep them".to_owned());
    }
    if let Some(way) = way_back(machine, index) {
        let names: Vec<&str> = way.iter().map(|&state| machine.states[state].name.as_str()).collect();
        return Some(format!("it leads back to itself ({}), and nobody counts the rounds", names.join(" -> ")));
    }
    if matches!(state.kind, Kind::Wait(_)) && entered_by_nobody {
        return Some(
            "it is a Wait that no function stands before: a function makes the one-time schedule that ends it"
                .to_owned(),
        );
    }
    None
}

fn assigns(state: &State) -> bool {
    let by_rule = match &state.kind {
        Kind::Choice { rules, .. } => rules.iter().any(|rule| rule.assign.is_some()),
        _ => false,
    };
    by_rule || state.data.assign.is_some() || state.catch.iter().any(|catcher| catcher.assign.is_some())
}

/// The way from a state to itself, if there is one, by the first state of it in the machine's order.
fn way_back(machine: &Machine, from: usize) -> Option<Vec<usize>> {
    let mut before: Vec<Option<usize>> = vec![None; machine.states.len()];
    let mut open = vec![from];
    while let Some(state) = open.pop() {
        for next in super::super::targets(&machine.states[state]) {
            if next == from {
                let mut way = vec![from];
                let mut at = state;
                while at != from {
                    way.push(at);
                    at = before[at]?;
                }
                way.push(from);
                way.reverse();
                // Told once for each loop.
                return (way.iter().min() == Some(&from)).then_some(way);
            }
            if before[next].is_none() {
                before[next] = Some(state);
                open.push(next);
            }
        }
    }
    None
}

/// By state, whether some way into it has no function at its other end: the start of a graph, a Wait that is over, or an
/// event that an on-failure destination sent.
fn entered_by_nobody(machine: &Machine) -> Vec<bool> {
    let mut nobody = vec![false; machine.states.len()];
    let mut open: Vec<usize> = machine.graphs.iter().map(|graph| graph.start).collect();
    for state in &machine.states {
        if !matches!(state.kind, Kind::Parallel(_)) {
            open.extend(state.catch.iter().map(|catcher| catcher.next));
        }
        if let (Kind::Wait(_), Some(Transition::To(next))) = (&state.kind, state.next) {
            open.push(next);
        }
    }
    while let Some(state) = open.pop() {
        let passes_on = matches!(machine.states[state].kind, Kind::Choice { .. } | Kind::Pass { .. });
        if !std::mem::replace(&mut nobody[state], true) && passes_on {
            open.extend(super::super::targets(&machine.states[state]));
        }
    }
    nobody
}

/// The machine that an event is evaluated by.
pub(in crate::model::workflow) fn machine_of_events(machine: &Machine) -> Machine {
    let mut machine = machine.clone();
    machine.timeout_seconds = None;
    for state in &mut machine.states {
        state.retry.clear();
        let resource = match &state.kind {
            Kind::Parallel(_) => String::new(),
            // What an event waits for is told by another event: there is no call whose end is awaited.
            Kind::Task(task) => task.resource.clone(),
            _ => continue,
        };
        let task = Task { resource, timeout: Amount::Fixed(NO_TIMEOUT), heartbeat: None };
        state.kind = Kind::Task(Box::new(task));
    }
    machine
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn machine(states: &Value) -> Machine {
        Machine::parse(&json!({ "StartAt": "A", "States": states }).to_string())
            .unwrap_or_else(|error| panic!("{error}"))
    }

    fn told(states: &Value) -> Vec<(String, String)> {
        let machine = machine(states);
        refusals(&machine).into_iter().map(|found| (machine.states[found.state].name.clone(), found.reason)).collect()
    }

    fn task(next: &str) -> Value {
        json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": next })
    }

    #[test]
    fn chains_choices_and_forks_can_be_choreographed() {
        let done = json!({ "Type": "Succeed" });
        let branch = json!({ "StartAt": "B", "States": { "B": { "Type": "Pass", "End": true } } });
        let states = json!({
            "A": task("C"),
            "C": { "Type": "Choice", "Choices": [{ "Variable": "$.x", "IsPresent": true, "Next": "W" }], "Default": "P" },
            "W": { "Type": "Wait", "Seconds": 5, "Next": "P" },
            "P": { "Type": "Parallel", "Branches": [branch], "Next": "D" },
            "D": done,
        });
        assert_eq!(told(&states), []);
    }

    #[test]
    fn what_needs_somebody_who_keeps_count_is_refused() {
        let item = json!({ "StartAt": "B", "States": { "B": { "Type": "Pass", "End": true } } });
        let map = json!({ "A": { "Type": "Map", "ItemProcessor": item, "End": true } });
        assert!(told(&map)[0].1.starts_with("it is a Map"));
        let choices = json!([{ "Variable": "$.x", "IsPresent": true, "Next": "D" }]);
        let polling = json!({
            "A": task("W"),
            "W": { "Type": "Wait", "Seconds": 5, "Next": "C" },
            "C": { "Type": "Choice", "Choices": choices, "Default": "A" },
            "D": { "Type": "Succeed" },
        });
        let [(state, reason)] = &told(&polling)[..] else { panic!("{:?}", told(&polling)) };
        assert_eq!((state.as_str(), reason.contains("A -> W -> C -> A")), ("A", true), "{reason}");
        let first = json!({ "A": { "Type": "Wait", "Seconds": 5, "End": true } });
        assert!(told(&first)[0].1.contains("no function stands before"));
        let variables = json!({ "A": { "Type": "Pass", "Assign": { "x": 1 }, "End": true } });
        assert!(told(&variables)[0].1.contains("variables"));
    }

    #[test]
    fn an_event_knows_no_retries_and_no_timeouts() {
        let mut first = task("D");
        first["TimeoutSeconds"] = json!(5);
        first["Retry"] = json!([{ "ErrorEquals": ["States.ALL"] }]);
        let plain = machine(&json!({ "A": first, "D": { "Type": "Succeed" } }));
        let state = &machine_of_events(&plain).states[0];
        let Kind::Task(task) = &state.kind else { panic!("{state:?}") };
        assert_eq!((task.timeout.clone(), state.retry.len()), (Amount::Fixed(NO_TIMEOUT), 0));
    }
}
