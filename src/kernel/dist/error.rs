//! Why a distribution was refused, and the checks all of them share.

use thiserror::Error;

/// Why parameters do not make a distribution. The texts read after "failed to": they name the parameter and its range.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// A parameter must be positive and finite.
    #[error("{parameter} must be above 0 and finite, got {value}")]
    NotPositive {
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// A parameter must be zero or more, and finite.
    #[error("{parameter} must be at least 0 and finite, got {value}")]
    Negative {
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// A parameter must be a finite number.
    #[error("{parameter} must be finite, got {value}")]
    NotFinite {
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// A parameter lies outside a closed range.
    #[error("{parameter} must be between {low} and {high}, got {value}")]
    OutOfRange {
        /// The parameter's name.
        parameter: &'static str,
        /// The least value allowed.
        low: f64,
        /// The greatest value allowed.
        high: f64,
        /// What was given.
        value: f64,
    },
    /// One parameter must be below another.
    #[error("{lower} must be below {upper}, got {low} and {high}")]
    NotBelow {
        /// The name of the parameter that must be the lower one.
        lower: &'static str,
        /// The name of the parameter that must be the upper one.
        upper: &'static str,
        /// The value of the first.
        low: f64,
        /// The value of the second.
        high: f64,
    },
    /// A table or list has too few rows.
    #[error("{parameter} must have at least {least} entries, got {count}")]
    TooFew {
        /// The table's name.
        parameter: &'static str,
        /// The least number of rows.
        least: usize,
        /// How many were given.
        count: usize,
    },
    /// A column of a table must ascend.
    #[error("{parameter} must ascend, got {before} and then {after}")]
    NotAscending {
        /// The column's name.
        parameter: &'static str,
        /// The value before the fault.
        before: f64,
        /// The value that should have been above it.
        after: f64,
    },
    /// All weights are zero, or their sum overflows.
    #[error("the sum of the weights must be above 0 and finite, got {sum}")]
    Weights {
        /// The sum of the weights.
        sum: f64,
    },
    /// The parameters are each in range, but the mean or the variance overflows a 64-bit float.
    #[error("the mean and variance must be finite, got a mean of {mean} and a variance of {variance}")]
    Moments {
        /// The mean that follows from the parameters.
        mean: f64,
        /// The variance that follows from the parameters.
        variance: f64,
    },
}

use DistributionError as E;

pub(super) fn positive(parameter: &'static str, value: f64) -> Result<f64, E> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(E::NotPositive { parameter, value }) }
}

/// Zero comes back as positive zero, whatever its sign.
pub(super) fn non_negative(parameter: &'static str, value: f64) -> Result<f64, E> {
    if value >= 0.0 && value.is_finite() { Ok(value.abs()) } else { Err(E::Negative { parameter, value }) }
}

pub(super) fn finite(parameter: &'static str, value: f64) -> Result<f64, E> {
    if value.is_finite() { Ok(value) } else { Err(E::NotFinite { parameter, value }) }
}

pub(super) fn within(parameter: &'static str, low: f64, high: f64, value: f64) -> Result<f64, E> {
    if (low..=high).contains(&value) { Ok(value) } else { Err(E::OutOfRange { parameter, low, high, value }) }
}

pub(super) fn below(lower: &'static str, low: f64, upper: &'static str, high: f64) -> Result<(), E> {
    if low < high { Ok(()) } else { Err(E::NotBelow { lower, upper, low, high }) }
}

pub(super) fn at_least(parameter: &'static str, least: usize, count: usize) -> Result<(), E> {
    if count >= least { Ok(()) } else { Err(E::TooFew { parameter, least, count }) }
}
