//! The verdict on one check.

use serde::Serialize;

use super::{Check, LEVEL, Sample};
use crate::stats::Estimate;

/// Whether simulation and theory go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The theory lies in the interval.
    Agrees,
    /// It lies outside.
    Differs,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The model, e.g. `M/M/1`.
    pub model: &'static str,
    /// What was compared.
    pub what: &'static str,
    /// Its unit; empty for shares and counts.
    pub unit: &'static str,
    /// What theory says.
    pub theory: f64,
    /// Mean over the replications.
    pub simulation: f64,
    /// The 99.9 % interval of that mean, both ends.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// By how much the histogram's buckets widen the interval on either side; included in it.
    pub slack: f64,
    /// Replications.
    pub replications: usize,
    /// Whether the theory lies within.
    pub verdict: Verdict,
}

/// Holds the replications of a figure against theory: the Student-t interval of their mean at [`LEVEL`], widened by what
/// the histogram may be off. A single replication has no interval and agrees with nothing; nor does anything with NaN.
#[must_use]
pub fn judge(model: &'static str, check: &Check, samples: &[Sample]) -> Finding {
    let values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
    let estimate = Estimate::with_level(&values, LEVEL);
    let slack = samples.iter().map(|sample| sample.slack).sum::<f64>() / samples.len() as f64;
    let (low, high) = estimate.interval.map_or((f64::NAN, f64::NAN), |(low, high)| (low - slack, high + slack));
    let agrees = low <= check.theory && check.theory <= high;
    Finding {
        model,
        what: check.what,
        unit: check.measure.unit(),
        theory: check.theory,
        simulation: estimate.mean,
        low,
        high,
        slack,
        replications: samples.len(),
        verdict: if agrees { Verdict::Agrees } else { Verdict::Differs },
    }
}

impl Finding {
    /// Half the length of the interval.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::Measure;
    use super::*;

    fn verdict(theory: f64, values: &[f64], slack: f64) -> Finding {
        let check = Check { what: "mean", strategy: 0, measure: Measure::Metric("latency_mean"), theory };
        let samples: Vec<Sample> = values.iter().map(|&value| Sample { value, slack }).collect();
        judge("model", &check, &samples)
    }

    /// 9, 10, 11: mean 10, standard error 1/√3, t = 31.5991 at 2 degrees and 99.9 %: 10 ± 18.2437.
    #[test]
    fn the_interval_is_students_at_that_level() {
        let finding = verdict(28.2, &[9.0, 10.0, 11.0], 0.0);
        assert!((finding.half_width() - 18.2437).abs() < 1e-3, "{finding:?}");
        assert_eq!(finding.verdict, Verdict::Agrees);
        assert_eq!(verdict(28.3, &[9.0, 10.0, 11.0], 0.0).verdict, Verdict::Differs);
        assert_eq!(verdict(28.3, &[9.0, 10.0, 11.0], 0.1).verdict, Verdict::Agrees);
    }

    #[test]
    fn what_is_not_known_agrees_with_nothing() {
        assert_eq!(verdict(f64::NAN, &[1.0, 2.0], 0.0).verdict, Verdict::Differs);
        assert_eq!(verdict(1.0, &[1.0], 0.0).verdict, Verdict::Differs);
        assert_eq!(verdict(1.0, &[], 0.0).verdict, Verdict::Differs);
        assert_eq!(verdict(1.0, &[f64::NAN, 1.0], 0.0).verdict, Verdict::Differs);
    }
}
