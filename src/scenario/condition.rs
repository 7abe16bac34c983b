//! `latency_p99 > 60s`: a metric and the side of a bound that it lies on.

use thiserror::Error;

use super::Side;
use super::nearest::nearest;
use super::shape::metrics;
use super::units;
use crate::kernel::Span;
use crate::metrics::catalogue::Metric;

/// A metric, a side and a bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// Which metric of the whole strategy.
    pub metric: &'static Metric,
    /// On which side of the bound it holds.
    pub side: Side,
    /// In the metric's unit.
    pub bound: f64,
}

/// Why a condition cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConditionError {
    /// It has no comparison.
    #[error("`{0}` is no condition: write METRIC > BOUND, with >, >=, < or <=, e.g. 'latency_p99 > 60s'")]
    Form(String),
    /// The metric is unknown.
    #[error("there is no metric `{metric}`{hint}", hint = .near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)")))]
    Metric {
        /// As written.
        metric: String,
        /// The nearest that there is.
        near: Option<&'static str>,
    },
    /// The bound is no length of time, or no number.
    #[error("`{bound}` is no bound for {metric}: write {expected}")]
    Bound {
        /// As written.
        bound: String,
        /// The metric.
        metric: &'static str,
        /// What is expected.
        expected: &'static str,
    },
}

impl Condition {
    /// Reads `METRIC > BOUND`; the bound is a duration for metrics in seconds, else a number.
    ///
    /// # Errors
    /// If it has not this form, the metric is unknown, or the bound is of another kind.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        const SIDES: [(&str, Side); 4] =
            [(">=", Side::AtLeast), ("<=", Side::AtMost), (">", Side::Above), ("<", Side::Below)];
        let split = SIDES.into_iter().find_map(|(sign, side)| Some((text.split_once(sign)?, side)));
        let ((name, bound), side) = split.ok_or_else(|| ConditionError::Form(text.to_owned()))?;
        let (name, bound) = (name.trim(), bound.trim());
        let metric = metric_named(name)?;
        let (value, expected) = if metric.unit == "s" {
            (units::duration(bound).ok().map(Span::as_secs_f64), "a duration such as 60s")
        } else {
            (bound.parse().ok().filter(|value: &f64| value.is_finite()), "a bare number")
        };
        let refused = || ConditionError::Bound { bound: bound.to_owned(), metric: metric.name, expected };
        Ok(Self { metric, side, bound: value.ok_or_else(refused)? })
    }
}

/// The metric of that name.
///
/// # Errors
/// [`ConditionError::Metric`] if there is none.
pub fn metric_named(name: &str) -> Result<&'static Metric, ConditionError> {
    metrics().find(|metric| metric.name == name).ok_or_else(|| ConditionError::Metric {
        metric: name.to_owned(),
        near: nearest(name, metrics().map(|metric| metric.name)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_has_a_metric_a_side_and_a_bound() {
        let read = |text: &str| {
            let condition = Condition::parse(text).unwrap_or_else(|error| panic!("{error}"));
            (condition.metric.name, condition.side, condition.bound)
        };
        assert_eq!(read("latency_p99 > 60s"), ("latency_p99", Side::Above, 60.0));
        assert_eq!(read("timeouts>0"), ("timeouts", Side::Above, 0.0));
        assert_eq!(read("processed <= 1e3"), ("processed", Side::AtMost, 1_000.0));
        assert_eq!(read("latency_mean >= 1.5m"), ("latency_mean", Side::AtLeast, 90.0));
        assert_eq!(read("unprocessed_share < 0.5"), ("unprocessed_share", Side::Below, 0.5));
    }

    #[test]
    fn what_is_none_is_refused() {
        for (text, because) in [
            ("latency_p99", "is no condition"),
            ("latency_p98 > 60s", "did you mean `latency_p9"),
            ("latency_p99 > 60", "a duration such as 60s"),
            ("lost > 60s", "a bare number"),
        ] {
            let error = Condition::parse(text).expect_err(text).to_string();
            assert!(error.contains(because), "{text}: {error}");
        }
    }
}
