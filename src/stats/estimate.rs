//! A mean over replications with its confidence interval.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean with its 95 % Student-t interval. All three are infinite where the value is `never` in any replication; the
/// interval is absent (`None`) with a single replication.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Mean over the replications.
    pub mean: f64,
    /// Lower and upper end of the interval.
    pub interval: Option<(f64, f64)>,
    /// How many replications.
    pub replications: usize,
}

impl Estimate {
    /// The share of intervals that hold the true mean, where no other is asked for.
    pub const LEVEL: f64 = 0.95;

    /// The mean of independent samples with its 95 % interval.
    ///
    /// A sample without end (`never`, +∞) makes the mean and both ends +∞. No samples at all have the mean NaN.
    #[must_use]
    pub fn from_samples(samples: &[f64]) -> Self {
        Self::with_level(samples, Self::LEVEL)
    }

    /// The mean of independent samples with the interval of another level, between 0 and 1 (NaN ends outside that).
    #[must_use]
    pub fn with_level(samples: &[f64], level: f64) -> Self {
        let replications = samples.len();
        let mean = mean(samples);
        let interval = (replications > 1).then(|| {
            if mean.is_infinite() {
                return (mean, mean);
            }
            let half = student_quantile(level, replications - 1) * standard_error(samples, mean);
            (mean - half, mean + half)
        });
        Self { mean, interval, replications }
    }

    /// Half the length of the interval; infinite where the mean is.
    #[must_use]
    pub fn half_width(&self) -> Option<f64> {
        let (low, high) = self.interval?;
        Some(if self.mean.is_infinite() { f64::INFINITY } else { (high - low) / 2.0 })
    }

    /// Half the length of the interval as a share of the mean: 0 where both are 0, infinite where only the mean is 0.
    #[must_use]
    pub fn relative_half_width(&self) -> Option<f64> {
        let half = self.half_width()?;
        Some(if half == 0.0 || half.is_infinite() { half } else { half / self.mean.abs() })
    }
}

/// The 95 % interval of the mean of `a - b`, pair by pair: the replications of two designs that saw the same work.
///
/// None where the lists differ in length or are empty, or where no difference exists, as both of a pair are infinite. A
/// pair of which one is infinite makes the mean infinite, with its sign; none where such signs disagree.
#[must_use]
pub fn paired_difference(a: &[f64], b: &[f64]) -> Option<Estimate> {
    let differences = pairs(a, b)?.map(|(a, b)| a - b).collect::<Vec<_>>();
    let estimate = Estimate::from_samples(&differences);
    (!estimate.mean.is_nan()).then_some(estimate)
}

/// How many times `baseline` the `other` is: the geometric mean of the ratios, pair by pair, with the 95 % interval of
/// their logarithms carried back.
///
/// None where the lists differ in length or are empty, or any value is not a positive finite number.
#[must_use]
pub fn paired_ratio(baseline: &[f64], other: &[f64]) -> Option<Estimate> {
    let positive = |value: f64| value > 0.0 && value.is_finite();
    if !baseline.iter().chain(other).all(|&value| positive(value)) {
        return None;
    }
    let logs = pairs(other, baseline)?.map(|(other, base)| libm::log(other / base)).collect::<Vec<_>>();
    let Estimate { mean, interval, replications } = Estimate::from_samples(&logs);
    let interval = interval.map(|(low, high)| (libm::exp(low), libm::exp(high)));
    Some(Estimate { mean: libm::exp(mean), interval, replications })
}

/// The variance of `a - b`, pair by pair, over the sum of both variances: what common random numbers leave of the variance
/// that independent runs would have had. Above 1, they made it greater.
///
/// None with fewer than two pairs, where a value is infinite, or where neither varies.
#[must_use]
pub fn variance_ratio(a: &[f64], b: &[f64]) -> Option<f64> {
    let differences = pairs(a, b)?.map(|(a, b)| a - b).collect::<Vec<_>>();
    if differences.len() < 2 || !differences.iter().all(|difference| difference.is_finite()) {
        return None;
    }
    let error = |samples: &[f64]| standard_error(samples, mean(samples));
    let apart = error(a) * error(a) + error(b) * error(b);
    (apart > 0.0).then(|| error(&differences) * error(&differences) / apart)
}

fn pairs<'a>(a: &'a [f64], b: &'a [f64]) -> Option<impl Iterator<Item = (f64, f64)> + 'a> {
    (a.len() == b.len() && !a.is_empty()).then(|| a.iter().copied().zip(b.iter().copied()))
}

/// Taken from the first sample on, so that equal samples have exactly themselves as their mean.
fn mean(samples: &[f64]) -> f64 {
    let Some(&first) = samples.first() else { return f64::NAN };
    if samples.iter().any(|sample| sample.is_infinite()) {
        return samples.iter().filter(|sample| !sample.is_finite()).sum();
    }
    first + samples.iter().map(|sample| sample - first).sum::<f64>() / samples.len() as f64
}

fn standard_error(samples: &[f64], mean: f64) -> f64 {
    let count = samples.len() as f64;
    let squares: f64 = samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum();
    (squares / (count - 1.0) / count).sqrt()
}

/// The number of standard errors on either side that makes an interval of that level, with so many degrees of freedom, one
/// at least; NaN for a level outside 0 to 1.
#[must_use]
pub fn student_quantile(level: f64, degrees_of_freedom: usize) -> f64 {
    if !(0.0..1.0).contains(&level) {
        return f64::NAN;
    }
    StudentsT::new(0.0, 1.0, degrees_of_freedom as f64)
        .map_or(f64::NAN, |student| student.inverse_cdf(0.5 + level / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance * expected.abs(), "{found} is not {expected}");
    }

    #[test]
    fn quantiles_are_those_of_the_printed_tables() {
        // Two-sided 95 % and 99 % columns of Student's t.
        for (degrees, level, expected) in [
            (1, 0.95, 12.706_204_736),
            (2, 0.95, 4.302_652_730),
            (4, 0.95, 2.776_445_105),
            (9, 0.95, 2.262_157_163),
            (29, 0.95, 2.045_229_642),
            (99, 0.95, 1.984_216_952),
            (9, 0.99, 3.249_835_542),
            (999, 0.95, 1.962_341_461),
        ] {
            close(student_quantile(level, degrees), expected, 1e-8);
        }
    }

    #[test]
    fn the_interval_is_that_of_the_hand_calculation() {
        // Mean 3, squares 4 + 1 + 0 + 1 + 4 = 10, variance 2.5, standard error √0.5; t = 2.776445 at 4 degrees.
        let estimate = Estimate::from_samples(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        let half = 2.776_445_105 * 0.5f64.sqrt();
        assert_eq!((estimate.mean, estimate.replications), (3.0, 5));
        close(estimate.half_width().unwrap(), half, 1e-8);
        close(estimate.relative_half_width().unwrap(), half / 3.0, 1e-8);
        let (low, high) = estimate.interval.unwrap();
        close(high + low, 6.0, 1e-12);
        // 4.604095 is the 99 % value at 4 degrees.
        close(
            Estimate::with_level(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.99).half_width().unwrap(),
            4.604_094_871 * 0.5f64.sqrt(),
            1e-8,
        );
    }

    #[test]
    fn few_equal_and_endless_samples() {
        assert_eq!(Estimate::from_samples(&[7.0]), Estimate { mean: 7.0, interval: None, replications: 1 });
        assert_eq!(Estimate::from_samples(&[7.0]).half_width(), None);
        assert_eq!(Estimate::from_samples(&[0.1; 3]).interval, Some((0.1, 0.1)));
        assert_eq!(Estimate::from_samples(&[0.0; 3]).relative_half_width(), Some(0.0));
        let never = Estimate::from_samples(&[1.0, f64::INFINITY, 3.0]);
        assert_eq!((never.mean, never.interval), (f64::INFINITY, Some((f64::INFINITY, f64::INFINITY))));
        assert_eq!((never.half_width(), never.relative_half_width()), (Some(f64::INFINITY), Some(f64::INFINITY)));
        assert_eq!(Estimate::from_samples(&[f64::INFINITY]).interval, None);
        assert!(Estimate::from_samples(&[]).mean.is_nan());
        assert!(Estimate::with_level(&[1.0, 2.0], 1.5).half_width().unwrap().is_nan());
    }

    #[test]
    fn differences_are_taken_pair_by_pair() {
        // Differences 1, 2, 3: mean 2, standard error 1/√3, t = 4.302653 at 2 degrees.
        let estimate = paired_difference(&[11.0, 22.0, 33.0], &[10.0, 20.0, 30.0]).unwrap();
        assert_eq!(estimate.mean, 2.0);
        close(estimate.half_width().unwrap(), 4.302_652_730 / 3f64.sqrt(), 1e-8);
        let never = f64::INFINITY;
        assert_eq!(paired_difference(&[1.0, 2.0], &[1.0, never]).unwrap().mean, -never);
        assert_eq!(paired_difference(&[1.0, never], &[1.0, never]), None);
        assert_eq!(paired_difference(&[1.0, never], &[never, 1.0]), None);
        assert_eq!(paired_difference(&[1.0], &[]), None);
        assert_eq!(paired_difference(&[], &[]), None);
    }

    #[test]
    fn common_random_numbers_are_worth_what_they_take_off_the_variance() {
        // Variances 100 and 121, of the differences -1, -2, -3: 1.
        close(variance_ratio(&[10.0, 20.0, 30.0], &[11.0, 22.0, 33.0]).unwrap(), 1.0 / 221.0, 1e-12);
        // Opposite movements: differences -2, 0, 2 have the variance 4, and each side 1.
        assert_eq!(variance_ratio(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(2.0));
        for (a, b) in [([1.0, 1.0], [2.0, 2.0]), ([1.0, f64::INFINITY], [1.0, 2.0])] {
            assert_eq!(variance_ratio(&a, &b), None);
        }
        assert_eq!(variance_ratio(&[1.0], &[2.0]), None);
        assert_eq!(variance_ratio(&[1.0, 2.0], &[2.0]), None);
    }

    #[test]
    fn ratios_are_averaged_on_the_scale_of_logarithms() {
        // Ratios 1 and 4: logarithms 0 and 2 ln 2, mean ln 2, standard error ln 2; t = 12.706205 at 1 degree.
        let estimate = paired_ratio(&[3.0, 5.0], &[3.0, 20.0]).unwrap();
        close(estimate.mean, 2.0, 1e-12);
        let (low, high) = estimate.interval.unwrap();
        close(low, 2f64.powf(1.0 - 12.706_204_736), 1e-7);
        close(high, 2f64.powf(1.0 + 12.706_204_736), 1e-7);
        for (baseline, other) in
            [([1.0, 0.0], [1.0, 1.0]), ([1.0, 1.0], [1.0, f64::INFINITY]), ([1.0, -1.0], [1.0, 1.0])]
        {
            assert_eq!(paired_ratio(&baseline, &other), None);
        }
        assert_eq!(paired_ratio(&[1.0], &[1.0, 2.0]), None);
    }
}
