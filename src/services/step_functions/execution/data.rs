//! The values of states: what their fields select and make of their input and result.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::kernel::{Draw, Handle};

use super::super::language::machine::Selection;
use super::super::language::path::{Path, Root};
use super::super::language::retry::reserved;
use super::super::language::template::{Source, Template, TemplateError};
use super::flow::{Flow, mixed};
use super::run::Run;
use super::scope::Scope;
use super::{Failure, Token};

/// Bytes that one template may copy of its sources: a definition may name its input a hundred thousand times.
const ROOM: usize = 16 << 20;

/// What JSONata states see beside their input.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen<'a> {
    pub result: Option<&'a Value>,
    pub error: Option<&'a Value>,
    pub token: Option<Token>,
}

impl Run<'_> {
    /// `Output` and `Assign` of JSONata, made from the same values.
    pub(super) fn declared(
        &self,
        flow: Handle,
        output: &Option<Template>,
        assign: &Option<Template>,
        plain: &Arc<Value>,
        result: Option<&Value>,
    ) -> Result<(Arc<Value>, Option<Value>), Failure> {
        let seen = Seen { result, ..Seen::default() };
        let made = match output {
            Some(template) => Arc::new(self.made(flow, template, plain, seen, "Output")?),
            None => Arc::clone(plain),
        };
        Ok((made, self.assigned(flow, assign.as_ref(), plain, seen)?))
    }

    pub(super) fn assigned(
        &self,
        flow: Handle,
        assign: Option<&Template>,
        input: &Value,
        seen: Seen<'_>,
    ) -> Result<Option<Value>, Failure> {
        assign.map(|template| self.made(flow, template, input, seen, "Assign")).transpose()
    }

    /// Puts a result into the state's input, where `ResultPath` says.
    pub(super) fn merge(
        &mut self,
        flow: Handle,
        place: Option<&Selection>,
        result: Arc<Value>,
    ) -> Result<Arc<Value>, Failure> {
        match place {
            None => Ok(result),
            Some(Selection::Discard) => Ok(Arc::clone(&self.flow(flow).input)),
            Some(Selection::Path(path)) if path.is_root() => Ok(result),
            Some(Selection::Path(path)) => {
                let input = &mut self.flow_mut(flow).input;
                let result = Arc::try_unwrap(result).unwrap_or_else(|shared| (*shared).clone());
                if path.put(Arc::make_mut(input), result) {
                    return Ok(Arc::clone(input));
                }
                let cause = format!("Unable to apply ReferencePath {} to the state's input", path.text());
                Err(self.told(flow, reserved::RESULT_PATH, &cause))
            }
        }
    }

    /// `InputPath` of the state's input.
    pub(super) fn effective_input(&self, flow: Handle) -> Result<Arc<Value>, Failure> {
        let input = Arc::clone(&self.flow(flow).input);
        self.select(flow, self.state(flow).data.input.as_ref(), input)
    }

    /// What `InputPath` or `OutputPath` selects.
    pub(super) fn select(
        &self,
        flow: Handle,
        selection: Option<&Selection>,
        from: Arc<Value>,
    ) -> Result<Arc<Value>, Failure> {
        match selection {
            None => Ok(from),
            Some(Selection::Discard) => Ok(Arc::new(Value::Object(Map::new()))),
            Some(Selection::Path(path)) => {
                if path.is_root() && path.root == Root::Input {
                    return Ok(from);
                }
                let scope = self.scope(flow, &from, Seen::default());
                match scope.select(path).map(Cow::into_owned) {
                    Some(found) => Ok(Arc::new(found)),
                    None => Err(self.not_found(flow, path)),
                }
            }
        }
    }

    /// What a template is worth.
    pub(super) fn made(
        &self,
        flow: Handle,
        template: &Template,
        input: &Value,
        seen: Seen<'_>,
        field: &str,
    ) -> Result<Value, Failure> {
        template.value(&self.scope(flow, input, seen)).map_err(|error| self.not_made(flow, error, input, field))
    }

    /// Why a template has no value.
    pub(super) fn not_made(&self, flow: Handle, error: TemplateError, input: &Value, root: &str) -> Failure {
        match error {
            TemplateError::Nothing { .. } => {
                self.told(flow, reserved::RUNTIME, &format!("{} '{input}'", capital(&error.to_string())))
            }
            TemplateError::TooLarge => self.told(flow, reserved::DATA_LIMIT, &error.to_string()),
            TemplateError::Intrinsic(_) => self.told(flow, reserved::INTRINSIC, &error.to_string()),
            TemplateError::Expression { field, expression, reason } => {
                let field = if field.is_empty() { root.to_owned() } else { format!("{root}/{field}") };
                let cause =
                    format!("The JSONata expression '{expression}' specified for the field '{field}' {reason}.");
                self.told(flow, reserved::QUERY, &cause)
            }
        }
    }

    pub(super) fn scope<'s>(&'s self, flow: Handle, input: &'s Value, seen: Seen<'s>) -> Scope<'s> {
        let flow = self.flow(flow);
        Scope {
            program: self.program,
            seed: &self.execution.seed,
            history: &self.execution.histories[flow.history],
            flow,
            input,
            result: seen.result,
            error: seen.error,
            token: seen.token,
            now: self.now,
            draw: RefCell::new(self.draw(flow)),
            room: Cell::new(ROOM),
        }
    }

    /// Luck, by where it is drawn.
    pub(super) fn draw(&self, flow: &Flow) -> Draw {
        self.program.settings.luck.draw(self.execution.seed.number, self.key(flow))
    }

    /// Where the execution stands: flow, states entered there, retries.
    pub(super) fn key(&self, flow: &Flow) -> u32 {
        mixed(mixed(flow.key, flow.steps), flow.retry_count)
    }

    /// A path of a field that is one selects nothing.
    pub(super) fn not_found(&self, flow: Handle, path: &Path) -> Failure {
        let cause = format!("Invalid path '{}' : No results for path: {}", path.text(), path.canonical());
        self.told(flow, reserved::RUNTIME, &cause)
    }

    /// An error in the words of AWS.
    pub(super) fn told(&self, flow: Handle, error: &str, cause: &str) -> Failure {
        let (name, event) = (&self.state(flow).name, self.flow(flow).entered_event);
        let cause =
            format!("An error occurred while executing the state '{name}' (entered at the event id #{event}). {cause}");
        Failure::new(error, cause)
    }
}

/// With a capital at its start.
fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
