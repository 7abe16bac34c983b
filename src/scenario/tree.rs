//! The scenario as a tree of values that know where each was written.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::Place;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    /// It was written in the file or in a `--set`.
    Written(Place),
    /// It is a default, for this reason.
    Default(&'static str),
}

impl Origin {
    /// The place, of a written value.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Written(place) => Some(place.clone()),
            Self::Default(_) => None,
        }
    }

    fn shifted(&self, span: Range<usize>) -> Self {
        match self {
            Self::Written(base) => Self::Written(Place {
                source: base.source,
                span: base.span.start + span.start..base.span.start + span.end,
            }),
            Self::Default(reason) => Self::Default(reason),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// A value as TOML knows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    /// A number with a fraction.
    Number(f64),
    /// A whole number beyond 64 bits, in decimal digits: no key takes one, but messages show it as it is.
    LargeInteger(String),
    /// What the parser took for a number and is none, such as `1_000ms` without quotes.
    NoNumber(String),
    Bool(bool),
    /// A date, a time or both, as written.
    DateTime(String),
    List(Vec<Node>),
    Table(Table),
    /// It was refused, and said so; nobody shall complain again.
    Refused,
}

/// Keys and values in the order of the keys.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
    /// Keys that are absent, and what that means; known once defaults were filled in.
    pub(crate) absent: Vec<(&'static str, &'static str)>,
}

/// One key of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_origin: Origin,
    pub(crate) node: Node,
}

impl Table {
    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The value of a key, to change it.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node)
    }

    /// Sets a key, whether it was there or not.
    pub(crate) fn set(&mut self, key: &str, key_origin: Origin, node: Node) {
        match self.entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => (entry.key_origin, entry.node) = (key_origin, node),
            None => self.entries.push(Entry { key: key.to_owned(), key_origin, node }),
        }
    }
}

impl Node {
    /// The table, if it is one.
    pub(crate) fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The table, to change it.
    pub(crate) fn table_mut(&mut self) -> Option<&mut Table> {
        match &mut self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub(crate) fn list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// What kind of value it is, for messages.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("the text {}", quoted(text)),
            Value::Integer(value) => format!("the bare number {value}"),
            Value::Number(value) => format!("the bare number {value}"),
            Value::LargeInteger(digits) => format!("the bare number {digits}"),
            Value::NoNumber(text) => format!("{}, which is no number and has no quotes", one_word(text)),
            Value::Bool(value) => format!("`{value}`"),
            Value::DateTime(text) => format!("the date or time {text}"),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
            Value::Refused => "a refused value".to_owned(),
        }
    }

    /// Reads one TOML value out of a program text that is known to be right: a default.
    ///
    /// # Panics
    /// If it is not TOML; a test reads every default.
    pub(crate) fn of_default(text: &'static str, reason: &'static str) -> Self {
        let value = DeValue::parse(text).unwrap_or_else(|error| panic!("the default {text} is not TOML: {error}"));
        convert(&value, &Origin::Default(reason))
    }
}

/// A text as TOML and messages quote it, cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    if text.chars().count() <= 60 {
        return format!("\"{text}\"");
    }
    format!("\"{}…\"", text.chars().take(57).collect::<String>())
}

/// The tree under a spanned table; `base` is where its text starts.
pub(crate) fn convert_document(table: &Spanned<DeTable<'_>>, base: &Origin) -> Node {
    Node { value: Value::Table(convert_table(table.get_ref(), base)), origin: base.shifted(table.span()) }
}

/// The tree under a spanned value; `base` is where its text starts.
pub(crate) fn convert(value: &Spanned<DeValue<'_>>, base: &Origin) -> Node {
    let origin = base.shifted(value.span());
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => integer(number.as_str(), number.radix()),
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(value) => Value::Number(value),
            Err(_) => Value::NoNumber(number.as_str().to_owned()),
        },
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(value) => Value::DateTime(value.to_string()),
        DeValue::Array(list) => Value::List(list.iter().map(|value| convert(value, base)).collect()),
        DeValue::Table(table) => Value::Table(convert_table(table, base)),
    };
    Node { value, origin }
}

/// A whole number, kept exactly; the parser lets pass what only begins like one.
fn integer(digits: &str, radix: u32) -> Value {
    if let Ok(number) = i64::from_str_radix(digits, radix) {
        return Value::Integer(number);
    }
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let whole = !unsigned.is_empty() && unsigned.chars().all(|digit| digit.is_digit(radix));
    match u128::from_str_radix(unsigned, radix) {
        Ok(number) if digits.starts_with('-') => Value::LargeInteger(format!("-{number}")),
        Ok(number) => Value::LargeInteger(number.to_string()),
        Err(_) if whole => Value::LargeInteger(digits.to_owned()),
        Err(_) => Value::NoNumber(digits.to_owned()),
    }
}

/// A word that is no text, cut where it is long.
fn one_word(text: &str) -> String {
    format!("`{}`", quoted(text).trim_matches('"'))
}

fn convert_table(table: &DeTable<'_>, base: &Origin) -> Table {
    let entries = table.iter().map(|(key, value)| Entry {
        key: key.get_ref().to_string(),
        key_origin: base.shifted(key.span()),
        node: convert(value, base),
    });
    Table { entries: entries.collect(), absent: Vec::new() }
}
