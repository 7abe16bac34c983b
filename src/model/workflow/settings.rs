//! A state machine with all that a simulation needs besides its text: what its tasks do and what it is given.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::kernel::random::Draw;
use crate::kernel::{Distribution, Span};
use crate::model::design::Design;
use crate::services::step_functions::language::machine::{Kind, Machine, State};
use crate::words::NodeId;

/// A state machine that a node runs.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkflowSettings {
    /// The file as the flow names it.
    pub file: String,
    /// The machine.
    pub machine: Arc<Machine>,
    /// The rules of its Choice states in a few words, by the state's name.
    pub rules: BTreeMap<String, Vec<String>>,
    /// What its Task states do, in the machine's order.
    pub tasks: Vec<Binding>,
    /// The input of an execution.
    pub input: Weighted,
    /// Whether the function that runs it is a durable one.
    pub durable: bool,
    /// How it is done by events over a bus; none: something runs it as a whole.
    pub choreography: Option<Choreography>,
}

/// A state machine as a choreography, besides its bus and its functions.
#[derive(Debug, Clone, PartialEq)]
pub struct Choreography {
    /// From the time of a one-time schedule to its firing.
    pub schedule_delay: Distribution,
    /// Chance that it fires twice.
    pub schedule_duplicates: f64,
    /// What writing into the record of a fork takes.
    pub join_latency: Distribution,
}

/// What a Task state does, or what reads the items of a Map state.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// The state's name.
    pub state: String,
    /// Its `Resource`.
    pub resource: String,
    /// Who works, and how long.
    pub work: TaskWork,
    /// Whether it is a Map state's `ItemReader`, and its result the items.
    pub reads_items: bool,
    /// Its result; none: what it was given.
    pub result: Option<Weighted>,
    /// Errors by name, with their chances at an attempt; together at most 1.
    pub errors: Vec<(String, f64)>,
    /// The share of the attempts that end in one of them which had applied the effect.
    pub after_effect: f64,
    /// Whether heartbeats come in time for as long as it works; if not, there are none.
    pub sends_heartbeats: bool,
    /// Whether a repetition is a duplicate.
    pub effect: bool,
}

/// Who works at a task.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskWork {
    /// A Lambda function, which is invoked synchronously.
    Function(NodeId),
    /// Something that answers after a time.
    Time(Distribution),
}

impl Binding {
    /// What does the work, in a few words; of functions by their labels in the design.
    #[must_use]
    pub fn words(&self, design: &Design) -> String {
        match &self.work {
            TaskWork::Function(function) => format!("function {}", design.nodes[function.index()].label),
            TaskWork::Time(time) => {
                let mean = Span::from_secs_f64(time.mean());
                let what = match (self.reads_items, self.waits_for_token()) {
                    (true, _) => "its items are read in",
                    (false, true) => "a token comes back",
                    (false, false) => "it takes",
                };
                format!("{what} {mean} on average")
            }
        }
    }

    /// Whether whoever is asked for the work answers when it has begun: it ends later.
    #[must_use]
    pub fn works_elsewhere(&self) -> bool {
        let awaited = self.waits_for_token() || self.resource.contains(".sync");
        awaited && matches!(self.work, TaskWork::Time(_))
    }

    /// Whether the task ends when its token comes back.
    #[must_use]
    pub fn waits_for_token(&self) -> bool {
        self.resource.ends_with(".waitForTaskToken")
    }
}

/// One of several values, by their weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    /// Each value, with the sum of the weights up to it.
    values: Vec<(f64, Arc<Value>)>,
}

impl Weighted {
    /// Values with weights of zero or more; none if they add up to nothing.
    #[must_use]
    pub fn new(values: Vec<(f64, Value)>) -> Option<Self> {
        let mut sum = 0.0;
        let values: Vec<(f64, Arc<Value>)> = values
            .into_iter()
            .map(|(weight, value)| {
                sum += weight;
                (sum, Arc::new(value))
            })
            .collect();
        (sum > 0.0 && sum.is_finite()).then_some(Self { values })
    }

    /// One value.
    #[must_use]
    pub fn constant(value: Value) -> Self {
        Self { values: vec![(1.0, Arc::new(value))] }
    }

    /// Draws one.
    pub fn draw(&self, draw: &mut Draw) -> &Arc<Value> {
        let (sum, last) = &self.values[self.values.len() - 1];
        if self.values.len() == 1 {
            return last;
        }
        let luck = draw.unit() * sum;
        self.values.iter().find(|(up_to, _)| luck < *up_to).map_or(last, |(_, value)| value)
    }

    /// Every value.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.values.iter().map(|(_, value)| &**value)
    }

    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Never: there is at least one value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// The states of a machine that ask something of others, in its order: its Task states, and Map states with an
/// `ItemReader`.
pub fn task_states(machine: &Machine) -> impl Iterator<Item = &State> {
    machine.states.iter().filter(|state| match &state.kind {
        Kind::Task(_) => true,
        Kind::Map(map) => map.reader.is_some(),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Root;
    use serde_json::json;

    #[test]
    fn values_are_drawn_by_their_weights() {
        let weighted = Weighted::new(vec![(95.0, json!("small")), (5.0, json!("large"))]).unwrap();
        let purpose = Root::new(1, 0).purpose("orders", "input");
        let large = (0..20_000).filter(|&item| **weighted.draw(&mut purpose.draw(item, 0)) == json!("large")).count();
        assert!((800..1_200).contains(&large), "{large} of 20,000 at 5 %");
        assert_eq!(Weighted::new(vec![(0.0, json!(1))]), None);
    }
}
