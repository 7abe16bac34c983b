//! What Standard workflows may do and Express ones may not: neither an Express machine, nor the Express children of a
//! distributed Map state.

use super::super::machine::{Graph, Kind, Machine, MapMode};
use super::Fault;
use super::common::key;

/// What a fault says of whatever it is.
const RULE: &str = "runs in Standard workflows only, and this one is Express";

impl Machine {
    /// Where the machine does what no Express workflow may; nothing if it can be one.
    #[must_use]
    pub fn express_faults(&self) -> Vec<Fault> {
        self.graphs.first().map(|whole| self.express_faults_in(whole)).unwrap_or_default()
    }

    /// The same of the children of distributed Map states that are Express.
    pub(super) fn express_children_faults(&self) -> Vec<Fault> {
        let is_express = |graph: &&Graph| graph.owner.is_some_and(|owner| self.is_run_by_express_children(owner));
        self.graphs.iter().filter(is_express).flat_map(|graph| self.express_faults_in(graph)).collect()
    }

    fn is_run_by_express_children(&self, state: usize) -> bool {
        matches!(&self.states[state].kind, Kind::Map(map) if map.mode == MapMode::DistributedExpress)
    }

    /// What is wrong in a graph and in the branches and iterations of it, those of distributed Map states not looked into.
    fn express_faults_in(&self, graph: &Graph) -> Vec<Fault> {
        let mut faults = Vec::new();
        for index in graph.states.clone() {
            let state = &self.states[index];
            let path = format!("{}.States.{}", graph.path, key(&state.name));
            let inner = match &state.kind {
                Kind::Task(task) if task.is_awaited() || task.is_activity() => {
                    let reason = format!("`{}` {RULE}", task.resource);
                    faults.push(Fault { path: format!("{path}.Resource"), reason });
                    continue;
                }
                Kind::Map(map) if map.mode != MapMode::Inline => {
                    faults.push(Fault { path, reason: format!("a distributed Map {RULE}") });
                    continue;
                }
                Kind::Map(map) => vec![map.processor],
                Kind::Parallel(branches) => branches.clone(),
                _ => continue,
            };
            faults.extend(inner.into_iter().flat_map(|inner| self.express_faults_in(&self.graphs[inner])));
        }
        faults
    }
}
