//! Expressions of JSONata, between `{%` and `%}`.

use serde_json::{Map, Value};

/// An expression that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    text: Box<str>,
}

impl Expression {
    /// Reads an expression: what stands between `{%` and `%}`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.into() })
    }

    /// What it gives, where these variables are seen.
    ///
    /// # Errors
    /// What became of it.
    pub fn evaluate(&self, _variables: Map<String, Value>) -> Result<Value, String> {
        Err("is not evaluated".to_owned())
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
