//! Payload templates: JSON in which some values are selected or made when a state is entered.

use std::borrow::Cow;

use serde_json::Value;

use super::intrinsic::{Call, IntrinsicError};
use super::json::Document;
use super::jsonata::Expression;
use super::path::{Path, PathError};

/// A payload template.
#[derive(Debug, Clone, PartialEq)]
pub enum Template {
    /// As written.
    Value(Value),
    /// Element by element.
    List(Vec<Self>),
    /// Key by key; those that ended in `.$` have lost that.
    Table(Vec<(String, Self)>),
    /// What a path selects.
    Path(Path),
    /// What an intrinsic function makes.
    Intrinsic(Call),
    /// What a JSONata expression gives.
    Expression(Expression),
}

/// A source of an input alone.
#[cfg(test)]
pub(super) struct Plain<'a>(pub(super) &'a Value);

#[cfg(test)]
impl Source for Plain<'_> {
    fn select(&self, path: &Path) -> Option<Cow<'_, Value>> {
        path.select(self.0)
    }

    fn bits(&self) -> u64 {
        10
    }

    fn evaluate(&self, _: &Expression) -> Result<Value, String> {
        Err("has no input".to_owned())
    }
}

/// A fault of a template, with its place inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// Keys and indices to it: `.a[0]`.
    pub place: String,
    /// What is wrong.
    pub title: String,
}

/// Why a template has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A path selects nothing.
    #[error("the JSONPath '{path}' specified for the field '{field}' could not be found in the input")]
    Nothing {
        /// The key in the template, with its `.$`.
        field: String,
        /// The path.
        path: String,
    },
    /// What is selected is too much (`States.DataLimitExceeded`).
    #[error("the values of the template are too large")]
    TooLarge,
    /// An intrinsic function fails (`States.IntrinsicFailure`).
    #[error(transparent)]
    Intrinsic(#[from] IntrinsicError),
    /// A JSONata expression fails (`States.QueryEvaluationError`).
    #[error("the JSONata expression '{expression}' specified for the field '{field}' {reason}")]
    Expression {
        /// The keys to it, with `/` between them.
        field: String,
        /// The expression.
        expression: String,
        /// What became of it.
        reason: String,
    },
}

/// Where the values of templates and conditions come from.
pub trait Source {
    /// What a path selects.
    fn select(&self, path: &Path) -> Option<Cow<'_, Value>>;

    /// Random bits, others each time.
    fn bits(&self) -> u64;

    /// Whether there is room for a copy of a value beside those made before.
    fn affords(&self, _value: &Value) -> bool {
        true
    }

    /// What a JSONata expression gives.
    ///
    /// # Errors
    /// What became of it.
    fn evaluate(&self, expression: &Expression) -> Result<Value, String>;
}

impl Template {
    /// Reads a template of paths and intrinsic functions.
    pub fn of_paths(document: &Document, place: &str, faults: &mut Vec<TemplateFault>) -> Self {
        match document {
            Document::List(list) => Self::List(
                list.iter()
                    .enumerate()
                    .map(|(index, value)| Self::of_paths(value, &format!("{place}[{index}]"), faults))
                    .collect(),
            ),
            Document::Table(entries) => {
                let table: Vec<(String, Self)> =
                    entries.iter().map(|(key, value)| entry(key, value, place, faults)).collect();
                for (index, (name, _)) in table.iter().enumerate() {
                    let written = &entries[index].0;
                    let clashes = table[..index]
                        .iter()
                        .zip(entries)
                        .any(|((other, _), (key, _))| other == name && key != written);
                    if clashes {
                        let title = format!("`{name}` and `{name}.$` are one key");
                        faults.push(TemplateFault { place: format!("{place}.{written}"), title });
                    }
                }
                Self::Table(table)
            }
            plain => Self::Value(plain.to_value()),
        }
    }

    /// Reads a template of JSONata expressions.
    pub fn of_expressions(document: &Document, place: &str, faults: &mut Vec<TemplateFault>) -> Self {
        match document {
            Document::List(list) => Self::List(
                list.iter()
                    .enumerate()
                    .map(|(index, value)| Self::of_expressions(value, &format!("{place}[{index}]"), faults))
                    .collect(),
            ),
            Document::Table(entries) => Self::Table(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::of_expressions(value, &format!("{place}.{key}"), faults)))
                    .collect(),
            ),
            Document::Text(text) => match expression(text) {
                Ok(Some(text)) => match Expression::parse(text) {
                    Ok(expression) => Self::Expression(expression),
                    Err(title) => {
                        faults.push(TemplateFault { place: place.to_owned(), title });
                        Self::Value(Value::Null)
                    }
                },
                Ok(None) => Self::Value(Value::String(text.clone())),
                Err(title) => {
                    faults.push(TemplateFault { place: place.to_owned(), title });
                    Self::Value(Value::Null)
                }
            },
            plain => Self::Value(plain.to_value()),
        }
    }

    /// What it is worth.
    ///
    /// # Errors
    /// A path that selects nothing, an intrinsic function that fails, or a JSONata expression that does.
    pub fn value(&self, source: &dyn Source) -> Result<Value, TemplateError> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::List(list) => list.iter().map(|inner| inner.value(source)).collect(),
            Self::Table(entries) => entries
                .iter()
                .map(|(key, inner)| Ok((key.clone(), inner.value(source).map_err(|error| error.inside(key))?)))
                .collect(),
            Self::Path(path) => {
                let nothing = || TemplateError::Nothing { field: String::new(), path: path.text().to_owned() };
                let found = source.select(path).ok_or_else(nothing)?;
                if source.affords(&found) { Ok(found.into_owned()) } else { Err(TemplateError::TooLarge) }
            }
            Self::Intrinsic(call) => Ok(call.value(source)?),
            Self::Expression(expression) => source.evaluate(expression).map_err(|reason| TemplateError::Expression {
                field: String::new(),
                expression: expression.text().to_owned(),
                reason,
            }),
        }
    }
}

impl TemplateError {
    /// The same, one key further out.
    fn inside(self, key: &str) -> Self {
        match self {
            Self::Nothing { field, path } if field.is_empty() => Self::Nothing { field: format!("{key}.$"), path },
            Self::Expression { field, expression, reason } => {
                let field = if field.is_empty() { key.to_owned() } else { format!("{key}/{field}") };
                Self::Expression { field, expression, reason }
            }
            other => other,
        }
    }
}

/// A key and its template; one that ends in `.$` has a path or an intrinsic function.
fn entry(key: &str, value: &Document, place: &str, faults: &mut Vec<TemplateFault>) -> (String, Template) {
    let place = format!("{place}.{key}");
    let Some(name) = key.strip_suffix(".$") else {
        return (key.to_owned(), Template::of_paths(value, &place, faults));
    };
    let template = match value.text().map(source) {
        Some(Ok(template)) => template,
        Some(Err(title)) => {
            faults.push(TemplateFault { place, title });
            Template::Value(Value::Null)
        }
        None => {
            let title =
                format!("expected a path or an intrinsic function for a key that ends in `.$`, not {}", value.kind());
            faults.push(TemplateFault { place, title });
            Template::Value(Value::Null)
        }
    };
    (name.to_owned(), template)
}

/// A path, or a call of an intrinsic function.
///
/// # Errors
/// What is wrong with the text.
pub fn source(text: &str) -> Result<Template, String> {
    if text.starts_with("States.") {
        return Call::parse(text).map(Template::Intrinsic).map_err(|error| error.to_string());
    }
    Path::parse(text).map(Template::Path).map_err(|error: PathError| format!("`{text}` is no path: {error}"))
}

/// The expression between `{%` and `%}`; none where a text is plain, as one is with anything before or after them.
///
/// # Errors
/// A text with one of the two only.
pub fn expression(text: &str) -> Result<Option<&str>, String> {
    let (opens, closes) = (text.starts_with("{%"), text.ends_with("%}"));
    match (opens, closes) {
        (true, true) if text.len() >= 4 => Ok(Some(text[2..text.len() - 2].trim())),
        (false, false) => Ok(None),
        (true, _) => Err(format!("the expression {text:?} has no `%}}` at its end")),
        (false, true) if text.trim_start().starts_with("{%") => Ok(None),
        (false, true) => Err(format!("the expression {text:?} has no `{{%` at its start")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template(text: &str) -> Result<Template, Vec<TemplateFault>> {
        let mut faults = Vec::new();
        let template = Template::of_paths(&Document::parse(text).unwrap(), "$", &mut faults);
        if faults.is_empty() { Ok(template) } else { Err(faults) }
    }

    #[test]
    fn keys_that_end_in_dollar_are_selected_and_others_kept() {
        let input = json!({"vals": [0, 10, 20, 30]});
        let template = template(
            r#"{"flagged": true, "parts": {"first.$": "$.vals[0]", "last.$": "$.vals[2:]"}, "l": [1, {"x.$": "$.vals[1]"}]}"#,
        );
        let value = template.unwrap().value(&Plain(&input));
        assert_eq!(value, Ok(json!({"flagged": true, "parts": {"first": 0, "last": [20, 30]}, "l": [1, {"x": 10}]})));
    }

    #[test]
    fn a_path_that_selects_nothing_is_named() {
        let template = template(r#"{"a.$": "$.missing"}"#).unwrap();
        let error = TemplateError::Nothing { field: "a.$".into(), path: "$.missing".into() };
        assert_eq!(template.value(&Plain(&json!({}))), Err(error));
    }

    #[test]
    fn a_key_that_ends_in_dollar_must_have_a_path() {
        let faults = template(r#"{"ok": 1, "lorem.$": "ipsum", "n": [{"x.$": 5}]}"#).unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.place.as_str()).collect::<Vec<_>>(), ["$.lorem.$", "$.n[0].x.$"]);
    }

    #[test]
    fn expressions_are_told_from_texts() {
        assert_eq!(expression("{% $a + 1 %}"), Ok(Some("$a + 1")));
        assert_eq!(expression("plain"), Ok(None));
        assert_eq!(expression(" {% a %}"), Ok(None), "as AWS was recorded to take it");
        for text in ["{% a", "a %}", "{%}"] {
            assert!(expression(text).is_err(), "{text}");
        }
    }
}
