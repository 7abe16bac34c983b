//! Typed views of the values of a table that was checked: none where a value is absent or was refused.

use crate::kernel::Span;
use crate::scenario::tree::{Node, Table, Value};
use crate::scenario::units;

impl Node {
    pub(crate) fn number(&self) -> Option<f64> {
        match &self.value {
            Value::Integer(number) => Some(*number as f64),
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn integer<T: TryFrom<i64>>(&self) -> Option<T> {
        match &self.value {
            Value::Integer(number) => T::try_from(*number).ok(),
            _ => None,
        }
    }

    pub(crate) fn span(&self) -> Option<Span> {
        units::duration(self.text()?).ok()
    }

    pub(crate) fn rate(&self) -> Option<f64> {
        units::rate(self.text()?).ok()
    }

    /// The text, or the date or time as written.
    pub(crate) fn written(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::DateTime(text) => Some(text),
            _ => None,
        }
    }
}

impl Table {
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.get(key)?.number()
    }

    pub(crate) fn integer<T: TryFrom<i64>>(&self, key: &str) -> Option<T> {
        self.get(key)?.integer()
    }

    pub(crate) fn span(&self, key: &str) -> Option<Span> {
        self.get(key)?.span()
    }

    pub(crate) fn rate(&self, key: &str) -> Option<f64> {
        self.get(key)?.rate()
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    pub(crate) fn table(&self, key: &str) -> Option<&Self> {
        self.get(key)?.table()
    }

    pub(crate) fn time_of_day(&self, key: &str) -> Option<Span> {
        units::time_of_day(self.get(key)?.written()?).ok()
    }

    /// Whole megabytes.
    pub(crate) fn megabytes(&self, key: &str) -> Option<u64> {
        units::size(self.text(key)?).ok().map(|bytes| (bytes / 1_048_576.0) as u64)
    }

    /// A number, or none for `unlimited`; outside: absent or refused.
    pub(crate) fn limit<T: TryFrom<i64>>(&self, key: &str) -> Option<Option<T>> {
        let node = self.get(key)?;
        match &node.value {
            Value::Text(_) => Some(None),
            _ => node.integer().map(Some),
        }
    }
}
