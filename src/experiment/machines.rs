//! State machines of a strategy: their shape, and what their executions came to over all replications.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::Outcome;
use crate::model::design::{Design, Node};
use crate::model::workflow::outcome::MachineOutcome;
use crate::model::workflow::settings::WorkflowSettings;
use crate::model::workflow::targets;
use crate::services::step_functions::language::machine::{Kind, State, Transition};

/// One state machine of a strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MachineResults {
    /// The label of the node that runs it.
    pub label: String,
    /// The file it was read from.
    pub file: String,
    /// Every state, in the machine's order.
    pub states: Vec<StateShape>,
    /// Every graph in it; the first is the machine.
    pub graphs: Vec<GraphShape>,
    /// Every way between two states, in the order of the outcome's.
    pub ways: Vec<WayShape>,
    /// What its executions came to, all replications together.
    pub outcome: MachineOutcome,
}

/// A state, as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateShape {
    /// Its name.
    pub name: String,
    /// Its `Type`.
    pub kind: &'static str,
    /// The graph that it stands in.
    pub graph: usize,
    /// The graphs that stand in it.
    pub inner: Vec<usize>,
    /// Whether its graph may end with it; a Succeed or a Fail state is an end by itself.
    pub ends: bool,
    /// What does its work, in a few words; empty of all that is no Task.
    pub work: String,
}

/// A graph of states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GraphShape {
    /// Its first state.
    pub start: usize,
}

/// A way between two states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WayShape {
    /// Index of a state.
    pub from: usize,
    /// Index of a state.
    pub to: usize,
    /// When it is taken: a rule of a Choice, or errors that are caught; empty: always.
    pub label: String,
    /// Whether errors alone lead there.
    pub is_catch: bool,
}

/// The state machines of a strategy, in the order of its graph.
pub(super) fn merge(design: &Design, runs: &[Outcome]) -> Vec<MachineResults> {
    let nodes = design.nodes.iter().filter(|node| node.workflow.is_some());
    let merged = |(index, node): (usize, &Node)| {
        let mut outcomes = runs.iter().filter_map(|run| run.machines.get(index));
        let mut outcome = outcomes.next()?.clone();
        outcomes.for_each(|other| outcome.add(other));
        let workflow = node.workflow.as_ref()?;
        let work = |name: &str| {
            let task = workflow.tasks.iter().find(|task| task.state == name);
            task.map_or(String::new(), |task| task.words(design))
        };
        Some(shape(&node.label, workflow, outcome, work))
    };
    nodes.enumerate().filter_map(merged).collect()
}

fn shape(
    label: &str,
    workflow: &WorkflowSettings,
    outcome: MachineOutcome,
    work: impl Fn(&str) -> String,
) -> MachineResults {
    let WorkflowSettings { file, machine, rules, .. } = workflow;
    let graph_of = |index: usize| machine.graphs.iter().position(|graph| graph.states.contains(&index)).unwrap_or(0);
    let state = |(index, state): (usize, &State)| StateShape {
        name: state.name.clone(),
        kind: state.kind.word(),
        graph: graph_of(index),
        inner: match &state.kind {
            Kind::Parallel(branches) => branches.clone(),
            Kind::Map(map) => vec![map.processor],
            _ => Vec::new(),
        },
        ends: matches!(state.next, Some(Transition::End)),
        work: work(&state.name),
    };
    let ways = machine.states.iter().enumerate().flat_map(|(from, state)| {
        targets(state).into_iter().map(move |to| {
            let (label, is_catch) = reason(state, to, rules);
            WayShape { from, to, label, is_catch }
        })
    });
    MachineResults {
        label: label.to_owned(),
        file: file.clone(),
        states: machine.states.iter().enumerate().map(state).collect(),
        graphs: machine.graphs.iter().map(|graph| GraphShape { start: graph.start }).collect(),
        ways: ways.collect(),
        outcome,
    }
}

/// Why a state goes to another, in words, and whether errors alone lead there.
fn reason(state: &State, to: usize, rules_in_words: &BTreeMap<String, Vec<String>>) -> (String, bool) {
    if let Kind::Choice { rules, default } = &state.kind {
        let said = rules_in_words.get(&state.name).map_or(&[][..], Vec::as_slice);
        let rules = rules.iter().zip(said).filter(|(rule, _)| rule.next == to).map(|(_, words)| words.clone());
        let otherwise = (*default == Some(to)).then(|| "otherwise".to_owned());
        return (rules.chain(otherwise).collect::<Vec<_>>().join(" or "), false);
    }
    if state.next == Some(Transition::To(to)) {
        return (String::new(), false);
    }
    let errors = state.catch.iter().filter(|catcher| catcher.next == to).flat_map(|catcher| &catcher.errors);
    let names: Vec<&str> = errors.map(|error| if error == "States.ALL" { "any error" } else { error }).collect();
    (names.join(", "), true)
}
