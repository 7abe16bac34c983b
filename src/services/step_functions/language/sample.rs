//! A value in which the paths of a machine find something: an input, and results of tasks, for those who have none.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::choice::{Condition, Operand, Operator, Type};
use super::machine::{Amount, Items, Kind, Machine, Selection, State, Text, Wait};
use super::path::{Path, Root};
use super::template::Template;

/// Items of a list that nothing else is known of.
const ITEMS: usize = 2;

impl Machine {
    /// An object in which every path from `$` finds something of a kind that its state can use: a number where a number is
    /// compared, a list where items are taken from.
    ///
    /// Used as the input and as the result of every task, it lets most machines run to their end without their code.
    #[must_use]
    pub fn sample(&self) -> Value {
        self.sample_of(Self::WHOLE)
    }

    /// Items of which a Map state makes something: samples of what its processor looks for.
    #[must_use]
    pub fn sample_items(&self, map: &super::machine::Map) -> Value {
        Value::Array(vec![self.sample_of(map.processor); ITEMS])
    }

    fn sample_of(&self, graph: usize) -> Value {
        let mut wanted = Wanted(BTreeMap::new());
        for state in &self.states[self.graphs[graph].states.clone()] {
            self.wants(state, &mut wanted);
        }
        let mut sample = Value::Object(Map::new());
        // The longest paths first, so that what holds others is not taken for a plain value.
        let mut all: Vec<(&str, &(Path, Value))> = wanted.0.iter().map(|(text, one)| (text.as_str(), one)).collect();
        all.sort_by_key(|(text, (path, _))| (std::cmp::Reverse(path.length()), *text));
        for (_, (path, value)) in all {
            path.fill(&mut sample, value);
        }
        sample
    }

    fn wants(&self, state: &State, wanted: &mut Wanted) {
        let data = &state.data;
        for selection in [&data.input, &data.output].into_iter().flatten() {
            if let Selection::Path(path) = selection {
                wanted.path(path, json!({}));
            }
        }
        for template in [&data.parameters, &data.result_selector, &data.assign].into_iter().flatten() {
            wanted.template(template);
        }
        match &state.kind {
            Kind::Task(task) => {
                wanted.amount(&task.timeout);
                task.heartbeat.iter().for_each(|amount| wanted.amount(amount));
            }
            Kind::Choice { rules, .. } => rules.iter().for_each(|rule| wanted.condition(&rule.condition)),
            Kind::Wait(Wait::Seconds(amount)) => wanted.amount(amount),
            Kind::Wait(Wait::UntilPath(path)) => wanted.path(path, json!("2016-03-14T01:59:00Z")),
            Kind::Fail { error, cause } => {
                for text in [error, cause].into_iter().flatten() {
                    if let Text::Template(template) = text {
                        wanted.template(template);
                    }
                }
            }
            Kind::Parallel(branches) => {
                for &branch in branches {
                    self.states[self.graphs[branch].states.clone()].iter().for_each(|inner| self.wants(inner, wanted));
                }
            }
            Kind::Map(map) => {
                let item = self.sample_of(map.processor);
                if let Some(Items::Path(path)) = &map.items {
                    wanted.path(path, Value::Array(vec![item; ITEMS]));
                }
                map.item_selector.iter().for_each(|template| wanted.template(template));
                map.reader.iter().flat_map(|reader| &reader.parameters).for_each(|one| wanted.template(one));
                let amounts = [&map.tolerated_count, &map.tolerated_percentage].into_iter().flatten();
                let batches = map.batcher.iter().flat_map(|batcher| [&batcher.max_items, &batcher.max_bytes]).flatten();
                let most = map.reader.iter().flat_map(|reader| &reader.max_items);
                amounts
                    .chain([&map.max_concurrency])
                    .chain(batches)
                    .chain(most)
                    .for_each(|amount| wanted.amount(amount));
            }
            _ => {}
        }
    }
}

/// Paths with what is to stand there, by their text; of two wishes for one place the more particular counts.
struct Wanted(BTreeMap<String, (Path, Value)>);

impl Wanted {
    fn path(&mut self, path: &Path, value: Value) {
        if path.root != Root::Input || path.is_root() {
            return;
        }
        let known = self.0.get(path.text()).map(|(_, known)| known);
        if known.is_none_or(|known| *known == json!("sample")) {
            self.0.insert(path.text().to_owned(), (path.clone(), value));
        }
    }

    fn amount(&mut self, amount: &Amount) {
        if let Amount::Path(path) = amount {
            self.path(path, json!(1));
        }
    }

    fn template(&mut self, template: &Template) {
        match template {
            Template::Path(path) => self.path(path, json!("sample")),
            Template::List(list) => list.iter().for_each(|inner| self.template(inner)),
            Template::Table(entries) => entries.iter().for_each(|(_, inner)| self.template(inner)),
            Template::Intrinsic(call) => {
                call.paths(&mut |path, value| self.path(path, value));
            }
            Template::Value(_) | Template::Expression(_) => {}
        }
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Compares { variable, operator, operand } => {
                let value = match (operator, operand) {
                    (Operator::Is(_), _) => json!("sample"),
                    (_, Operand::Value(value)) => value.clone(),
                    (Operator::Orders(Type::Numeric, _), _) => json!(1),
                    (Operator::Orders(Type::Boolean, _), _) => json!(true),
                    (Operator::Orders(Type::Timestamp, _), _) => json!("2016-03-14T01:59:00Z"),
                    _ => json!("sample"),
                };
                if let Operand::Path(path) = operand {
                    self.path(path, value.clone());
                }
                self.path(variable, value);
            }
            Condition::And(all) | Condition::Or(all) => all.iter().for_each(|one| self.condition(one)),
            Condition::Not(inner) => self.condition(inner),
            Condition::Fixed(_) | Condition::Expression(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_what_the_paths_ask_for() {
        let machine = r#"{"StartAt": "A", "States": {
            "A": {"Type": "Task", "Resource": "r", "Parameters": {"x.$": "$.order.id", "n.$": "States.MathAdd($.n, 1)"}, "Next": "B"},
            "B": {"Type": "Choice", "Choices": [{"Variable": "$.order.total", "NumericGreaterThan": 10, "Next": "C"}], "Default": "C"},
            "C": {"Type": "Map", "ItemsPath": "$.lines", "End": true, "ItemProcessor": {"StartAt": "D", "States": {
                "D": {"Type": "Wait", "SecondsPath": "$.tags[1].pause", "End": true}}}}}}"#;
        let sample = Machine::parse(machine).map(|machine| machine.sample());
        let item = json!({"tags": [{}, {"pause": 1}]});
        let expected = json!({"order": {"id": "sample", "total": 10}, "n": 1, "lines": [item, item]});
        assert_eq!(sample.ok(), Some(expected));
    }
}
