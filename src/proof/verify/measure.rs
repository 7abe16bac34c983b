//! What is taken from a run to be compared with theory.

use crate::experiment::figures::Value;
use crate::metrics::Histogram;
use crate::model::Outcome;
use crate::proof::figure;

/// What is taken from each replication.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// A metric of the whole strategy, as reports show it.
    Metric(&'static str),
    /// A count for each item that arrived.
    PerItem(&'static str),
    /// The share of the items after the warm-up that were refused.
    RefusedShare,
    /// The share of the items after the warm-up that took longer than the bound of the scenario's one objective.
    LateShare,
    /// Variance of the sojourn, s².
    LatencyVariance,
    /// Variance of the wait, s².
    WaitVariance,
    /// Variance of the runs at once at one instant about a known mean, where the window of time means is that instant.
    ConcurrencyVariance {
        /// The mean.
        about: f64,
    },
    /// Whether the runs at once at one instant are more than this, in the same way: 0 or 1.
    ConcurrencyAbove(u32),
}

/// One replication's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// In the measure's unit.
    pub value: f64,
    /// By how much it may be off because the histogram keeps buckets, not lengths; 0 for all that is counted exactly.
    pub slack: f64,
}

impl Measure {
    /// What one run has to say.
    #[must_use]
    pub fn sample(self, outcome: &Outcome, figures: &[Value]) -> Sample {
        let items = &outcome.items;
        let exact = |value| Sample { value, slack: 0.0 };
        match self {
            Self::Metric(metric) => {
                let value = figure(figures, metric);
                let slack = if is_quantile(metric) { value * Histogram::RELATIVE_ERROR } else { 0.0 };
                Sample { value, slack }
            }
            Self::PerItem(metric) => exact(figure(figures, metric) / items.arrived as f64),
            Self::RefusedShare => exact(1.0 - items.latency.count() as f64 / items.measured as f64),
            Self::LateShare => exact(1.0 - within_share(figures)),
            Self::LatencyVariance => variance(&items.latency),
            Self::WaitVariance => variance(&items.wait),
            Self::ConcurrencyVariance { about } => {
                let off = figure(figures, "concurrency_mean") - about;
                exact(off * off)
            }
            Self::ConcurrencyAbove(level) => {
                exact(f64::from(u8::from(figure(figures, "concurrency_mean") > f64::from(level))))
            }
        }
    }

    /// The unit of the values, for people; empty for shares and counts.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Metric(metric) if metric.starts_with("latency_") || metric.starts_with("wait_") => "s",
            Self::LatencyVariance | Self::WaitVariance => "s²",
            _ => "",
        }
    }
}

/// Whether a metric is read from the buckets of a histogram.
fn is_quantile(metric: &str) -> bool {
    let quantile = metric.strip_prefix("latency_p").or_else(|| metric.strip_prefix("wait_p"));
    quantile.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
}

fn within_share(figures: &[Value]) -> f64 {
    figures.iter().find(|value| value.metric.name == "within_share").map_or(f64::NAN, |value| value.value)
}

/// The variance of what a histogram counted, each length taken as the middle of its bucket.
///
/// That moves each by at most ε of itself, so the deviations from the (exact) mean, as a vector, by at most ε times the
/// root mean square e of the lengths; by the triangle inequality the standard deviation s moves by at most εe, and the
/// variance by at most εe(2s + εe).
fn variance(histogram: &Histogram) -> Sample {
    let Some(mean) = histogram.mean() else { return Sample { value: f64::NAN, slack: 0.0 } };
    let count = histogram.count() as f64;
    let (mut about_mean, mut about_zero) = (0.0, 0.0);
    for (low, high, many) in histogram.buckets() {
        let middle = f64::midpoint(low.as_secs_f64(), high.as_secs_f64());
        about_mean += many as f64 * (middle - mean) * (middle - mean);
        about_zero += many as f64 * middle * middle;
    }
    let value = about_mean / count;
    let most = Histogram::RELATIVE_ERROR * (about_zero / count).sqrt();
    Sample { value, slack: most * (2.0 * value.sqrt() + most) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;

    #[test]
    fn quantiles_are_told_from_means() {
        assert!(is_quantile("latency_p999") && is_quantile("wait_p50"));
        assert!(!is_quantile("latency_mean") && !is_quantile("processed") && !is_quantile("wait_mean"));
    }

    /// 1 s and 3 s: mean 2, variance 1, within the error that the slack allows and it is not large.
    #[test]
    fn the_variance_of_two_lengths_is_known_by_hand() {
        let mut histogram = Histogram::default();
        histogram.record(Span::from_secs(1));
        histogram.record(Span::from_secs(3));
        let Sample { value, slack } = variance(&histogram);
        assert!((value - 1.0).abs() <= slack, "{value}");
        assert!(slack < 0.01, "{slack}");
    }
}
