//! Choreographies: which machines can be one, and the functions of their steps.

use std::ops::Range;

use super::Reader;
use super::machines::FAULTS_AT_MOST;
use super::strategies::function_with;
use crate::model::design::{Node as DesignNode, NodeKind};
use crate::model::workflow::choreography::plan::{refusals, targets_of_rules};
use crate::model::workflow::settings::{Choreography, TaskWork};
use crate::scenario::tree::{Node, Table, quoted};
use crate::services::lambda::settings::FunctionSettings;
use crate::services::push_delivery::settings::DeliverySettings;
use crate::services::step_functions::language::machine::{Machine, State};
use crate::words::NodeId;

impl Reader<'_> {
    /// Says which states of a machine a choreography cannot do, and why.
    pub(super) fn can_be_choreographed(
        &mut self,
        flow: &Node,
        span: &Range<usize>,
        file: &str,
        machine: &Machine,
    ) -> Option<()> {
        let refusals = refusals(machine);
        for refusal in refusals.iter().take(FAULTS_AT_MOST) {
            let name = &machine.states[refusal.state].name;
            let line = self.machine_texts.get(file).and_then(|text| line_of(text, name));
            let place = line.map_or_else(|| file.to_owned(), |line| format!("{file}, line {line}"));
            let title = format!("the state {} ({place}) cannot be choreographed: {}", quoted(name), refusal.reason);
            self.flow_fault(flow, span, title, "expected a chain or a fork of tasks, choices and waits");
        }
        refusals.is_empty().then_some(())
    }

    /// What a choreography has besides its bus, out of a table that was filled.
    pub(super) fn choreography(&mut self, table: &Table) -> Option<Choreography> {
        Some(Choreography {
            schedule_delay: self.time(table, "schedule-delay")?,
            schedule_duplicates: table.number("duplicate-probability")?,
            join_latency: self.time(table, "join-latency")?,
        })
    }

    /// The bus of a choreography, before it has rules.
    pub(super) fn bus_of_steps(&mut self, table: &Table) -> Option<NodeKind> {
        self.bus_settings(table).map(|settings| NodeKind::Push(Box::new(settings)))
    }

    /// Gives each choreography its rules, and each rule its target: the function that a task names, or one of its own.
    pub(super) fn step_functions_of_buses(
        &mut self,
        root: &Table,
        strategy: &Table,
        nodes: &mut Vec<DesignNode>,
    ) -> Option<()> {
        for index in 0..nodes.len() {
            let Some(workflow) = nodes[index].workflow.as_ref().filter(|workflow| workflow.choreography.is_some())
            else {
                continue;
            };
            let named = |state: &State| {
                let task = workflow.tasks.iter().find(|task| task.state == state.name)?;
                if let TaskWork::Function(function) = task.work { Some(function) } else { None }
            };
            let targets: Vec<(String, Option<NodeId>)> =
                targets_of_rules(&workflow.machine).map(|(_, state)| (state.name.clone(), named(state))).collect();
            let label = nodes[index].label.clone();
            let template = self.function_of_steps(root, strategy, &label)?;
            let mut next = Vec::new();
            for (state, function) in targets {
                next.push(match function {
                    Some(function) => function,
                    None => {
                        let name = format!("{label}/{state}");
                        nodes.push(function_node(FunctionSettings { name, ..template.clone() }));
                        NodeId(u16::try_from(nodes.len() - 1).ok()?)
                    }
                });
            }
            if let NodeKind::Push(bus) = &mut nodes[index].kind {
                bus.deliveries = vec![DeliverySettings::default(); next.len()];
            }
            nodes[index].next = next;
        }
        Some(())
    }

    /// The function that those of a choreography's steps are like.
    fn function_of_steps(&mut self, root: &Table, strategy: &Table, label: &str) -> Option<FunctionSettings> {
        let named = strategy.table(label)?.get("function")?;
        let name = self.function_named(root, named)?;
        let table = function_with(root, strategy.table(&name), &name)?;
        self.plain_function(named, &name, &table, "do a step")?;
        self.function(&name, &table)
    }
}

fn function_node(function: FunctionSettings) -> DesignNode {
    DesignNode {
        label: function.name.clone(),
        kind: NodeKind::Function(Box::new(function)),
        next: Vec::new(),
        calls: Vec::new(),
        idempotency: None,
        initialise: None,
        state: None,
        workflow: None,
    }
}

/// The line, from 1, on which a state is written in the text of its machine: JSON or YAML.
fn line_of(text: &str, state: &str) -> Option<usize> {
    let is_key = |line: &str| {
        let line = line.trim_start().trim_start_matches(['{', ' ']);
        let quoted = serde_json::to_string(state).unwrap_or_default();
        let rest = line.strip_prefix(quoted.as_str()).or_else(|| line.strip_prefix(state));
        rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
    };
    text.lines().position(is_key).map(|line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_found_where_it_is_written() {
        let json = "{\n  \"StartAt\": \"B\",\n  \"States\": {\n    \"A\" : {},\n    \"B\": { \"Type\": \"Map\" }";
        assert_eq!((line_of(json, "A"), line_of(json, "B"), line_of(json, "C")), (Some(4), Some(5), None));
        assert_eq!(line_of("StartAt: A\nStates:\n  A:\n    Type: Map", "A"), Some(3));
    }
}
