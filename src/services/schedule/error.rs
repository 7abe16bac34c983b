//! What is wrong with a schedule expression, and where.

use std::ops::Range;

use thiserror::Error;

/// Why an expression is refused, or cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// It is not in AWS's grammar.
    #[error("{field} `{value}` in a schedule expression: expected {expected}")]
    Syntax {
        /// The field at fault (`minutes`, `day-of-week`, `rate value` …), or `expression` for the whole.
        field: &'static str,
        /// Where it stands, in bytes of the expression.
        range: Range<usize>,
        /// What stands there.
        value: String,
        /// What could have stood there.
        expected: String,
    },
    /// It fires more often than asked for.
    #[error("`{expression}` fires more than {limit} times before the horizon")]
    TooManyTicks {
        /// The expression.
        expression: String,
        /// The most times allowed.
        limit: usize,
    },
}
