//! What paths and expressions select from: the input, the context object and variables.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use serde_json::{Map, Value, json};

use crate::kernel::{Draw, Time};

use super::super::language::jsonata::{Expression, World};
use super::super::language::machine::Kind;
use super::super::language::path::{Path, Root};
use super::super::language::template::Source;
use super::flow::{Flow, History};
use super::{Program, Seed, Token, values};

/// What the templates of a state see.
pub(super) struct Scope<'a> {
    pub program: &'a Program,
    pub seed: &'a Seed,
    pub history: &'a History,
    pub flow: &'a Flow,
    /// What `$` stands for.
    pub input: &'a Value,
    /// `$states.result` of JSONata.
    pub result: Option<&'a Value>,
    /// `$states.errorOutput` of JSONata.
    pub error: Option<&'a Value>,
    /// `$$.Task.Token`.
    pub token: Option<Token>,
    pub now: Time,
    pub draw: RefCell<Draw>,
    /// Bytes that may still be copied.
    pub room: Cell<usize>,
}

impl Source for Scope<'_> {
    fn select(&self, path: &Path) -> Option<Cow<'_, Value>> {
        match &path.root {
            Root::Input => path.select(self.input),
            Root::Context => {
                let context = self.context(path.first_name());
                path.select(&context).map(|found| Cow::Owned(found.into_owned()))
            }
            Root::Variable(name) => path.select(self.flow.variables.as_ref()?.get(name)?),
        }
    }

    fn bits(&self) -> u64 {
        self.draw.borrow_mut().bits()
    }

    fn affords(&self, value: &Value) -> bool {
        let mut left = self.room.get();
        let fits = values::fits(value, &mut left, 0);
        self.room.set(left);
        fits
    }

    fn evaluate(&self, expression: &Expression) -> Result<Value, String> {
        let now = self.program.settings.epoch.as_millisecond() + (self.now.as_nanos() / 1_000_000) as i64;
        expression.evaluate(&self.variables(), World { bits: &|| self.bits(), now_millis: now })
    }
}

impl Scope<'_> {
    /// The context object, or the section of it that a path asks for.
    fn context(&self, section: Option<&str>) -> Value {
        let mut context = Map::new();
        for name in ["Execution", "State", "StateMachine", "Task", "Map"] {
            if section.is_none_or(|wanted| wanted == name)
                && let Some(value) = self.section(name)
            {
                context.insert(name.to_owned(), value);
            }
        }
        Value::Object(context)
    }

    fn section(&self, name: &str) -> Option<Value> {
        let machine = &self.program.settings.name;
        Some(match name {
            "Execution" => {
                let number = || format!("execution-{}", self.seed.number);
                let name = self.seed.name.as_deref().map_or_else(number, str::to_owned);
                json!({
                    "Id": format!("arn:aws:states:us-east-1:123456789012:execution:{machine}:{name}"),
                    "Input": &*self.history.input,
                    "Name": name,
                    "RedriveCount": 0,
                    "RoleArn": "arn:aws:iam::123456789012:role/state-machine",
                    "StartTime": self.instant(self.history.started),
                })
            }
            "State" => {
                let state = &self.program.machine.states[self.flow.state];
                let mut section = Map::new();
                section.insert("EnteredTime".to_owned(), json!(self.instant(self.flow.entered)));
                section.insert("Name".to_owned(), json!(state.name));
                // Recorded: states that are never retried have none.
                if matches!(state.kind, Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_)) {
                    section.insert("RetryCount".to_owned(), json!(self.flow.retry_count));
                }
                Value::Object(section)
            }
            "StateMachine" => json!({
                "Id": format!("arn:aws:states:us-east-1:123456789012:stateMachine:{machine}"),
                "Name": &**machine,
            }),
            "Task" => json!({ "Token": format!("{}-{}", self.seed.number, self.token?) }),
            _ => {
                let item = self.flow.item.as_ref()?;
                json!({ "Item": { "Index": item.index, "Value": &*item.value } })
            }
        })
    }

    /// An instant as the context object writes it, to the millisecond.
    fn instant(&self, at: Time) -> String {
        let nanos = self.program.settings.epoch.as_nanosecond() + i128::from(at.as_nanos());
        let instant = jiff::Timestamp::from_nanosecond(nanos).unwrap_or(jiff::Timestamp::MAX);
        format!("{}Z", instant.strftime("%Y-%m-%dT%H:%M:%S.%3f"))
    }

    /// What JSONata sees: `$states` and the variables.
    fn variables(&self) -> Map<String, Value> {
        let mut variables = self.flow.variables.as_deref().cloned().unwrap_or_default();
        let mut states = Map::new();
        states.insert("input".to_owned(), (*self.flow.input).clone());
        states.insert("context".to_owned(), self.context(None));
        states.extend(self.result.map(|result| ("result".to_owned(), result.clone())));
        states.extend(self.error.map(|error| ("errorOutput".to_owned(), error.clone())));
        variables.insert("states".to_owned(), Value::Object(states));
        variables
    }
}
