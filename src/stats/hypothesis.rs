//! Tests of "no difference", and what they could have seen.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A difference of means with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The second mean less the first.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Degrees of freedom of the t distribution that it follows under "no difference".
    pub degrees_of_freedom: f64,
}

/// Mean, standard error of the mean, and number of one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// How many values.
    pub count: usize,
}

impl Summary {
    /// Of finite values, at least two.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        if count < 2 || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        // Taken from the first value on, so that equal values have no error at all.
        let number = count as f64;
        let mean = values[0] + values.iter().map(|value| value - values[0]).sum::<f64>() / number;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Some(Self { mean, standard_error: (squares / (number - 1.0) / number).sqrt(), count })
    }

    /// From a mean and its 95 % Student-t interval.
    #[must_use]
    pub fn from_interval(mean: f64, half_width: f64, count: usize) -> Option<Self> {
        if count < 2 || !mean.is_finite() || !half_width.is_finite() {
            return None;
        }
        let standard_error = half_width / student(count as f64 - 1.0)?.inverse_cdf(0.975);
        Some(Self { mean, standard_error, count })
    }
}

impl Difference {
    /// Pair by pair: the mean of `second - first`. None for lists of different lengths, or of fewer than two.
    #[must_use]
    pub fn paired(first: &[f64], second: &[f64]) -> Option<Self> {
        if first.len() != second.len() {
            return None;
        }
        let differences: Vec<f64> = first.iter().zip(second).map(|(first, second)| second - first).collect();
        let Summary { mean, standard_error, count } = Summary::of(&differences)?;
        Some(Self { mean, standard_error, degrees_of_freedom: count as f64 - 1.0 })
    }

    /// Of two independent samples, by Welch (1947): their variances need not be equal.
    #[must_use]
    pub fn welch(first: Summary, second: Summary) -> Self {
        let [a, b] = [first, second].map(|summary| summary.standard_error * summary.standard_error);
        let [m, n] = [first, second].map(|summary| summary.count as f64 - 1.0);
        let together = a + b;
        let degrees = if together == 0.0 { m + n } else { together * together / (a * a / m + b * b / n) };
        Self { mean: second.mean - first.mean, standard_error: together.sqrt(), degrees_of_freedom: degrees }
    }

    /// The chance of a mean at least as far from zero if there is no difference: two-sided.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        if self.standard_error == 0.0 {
            return if self.mean == 0.0 { 1.0 } else { 0.0 };
        }
        let t = (self.mean / self.standard_error).abs();
        student(self.degrees_of_freedom).map_or(1.0, |student| (2.0 * student.sf(t)).min(1.0))
    }

    /// The interval that holds the true difference with that level; NaN ends outside (0, 1).
    #[must_use]
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let half = self.quantile(0.5 + level / 2.0) * self.standard_error;
        (self.mean - half, self.mean + half)
    }

    /// The smallest true difference, in either direction, that a two-sided test at `alpha` would have seen with
    /// probability `power`: (t(1 - alpha/2) + t(power)) standard errors.
    #[must_use]
    pub fn detectable(&self, alpha: f64, power: f64) -> f64 {
        (self.quantile(1.0 - alpha / 2.0) + self.quantile(power)) * self.standard_error
    }

    fn quantile(&self, probability: f64) -> f64 {
        let inside = probability > 0.0 && probability < 1.0;
        student(self.degrees_of_freedom).filter(|_| inside).map_or(f64::NAN, |student| student.inverse_cdf(probability))
    }
}

fn student(degrees_of_freedom: f64) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).ok()
}

/// The two-sided sign test: the chance of pairs at least as one-sided as these if either side is as likely to be greater.
/// Pairs of equals are left out; 1 where none are left.
#[must_use]
pub fn sign_test(greater: usize, less: usize) -> f64 {
    let pairs = greater + less;
    let mut term = libm::pow(0.5, pairs as f64);
    let mut tail = 0.0;
    for index in 0..=greater.min(less) {
        tail += term;
        term *= (pairs - index) as f64 / (index + 1) as f64;
    }
    (2.0 * tail).min(1.0)
}

/// Holm's (1979) adjusted p-values, in the order given: those below a level may all be called different, and the chance that
/// any of them is not is at most that level.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut greatest: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        greatest = greatest.max((p_values.len() - rank) as f64 * p_values[index]).min(1.0);
        adjusted[index] = greatest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }

    /// Student (1908), table of the extra hours of sleep by two drugs on ten patients: t = 4.0621, p = 0.002833.
    #[test]
    fn students_own_pairs() {
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let paired = Difference::paired(&first, &second).unwrap();
        close(paired.mean, 1.58, 1e-12);
        close(paired.mean / paired.standard_error, 4.062_128, 1e-6);
        close(paired.p_value(), 0.002_832_89, 1e-7);
        let (low, high) = paired.interval(0.95);
        close(low, 0.700_114_2, 1e-6);
        close(high, 2.459_885_8, 1e-6);
        // The same as two samples, by Welch: t = 1.8608, 17.776 degrees of freedom, p = 0.07939.
        let welch = Difference::welch(Summary::of(&first).unwrap(), Summary::of(&second).unwrap());
        close(welch.mean / welch.standard_error, 1.860_813, 1e-6);
        close(welch.degrees_of_freedom, 17.776_474, 1e-5);
        close(welch.p_value(), 0.079_394_14, 1e-6);
    }

    #[test]
    fn an_interval_gives_its_standard_error_back() {
        let summary = Summary::of(&[1.0, 2.0, 4.0, 8.0]).unwrap();
        // 3.182446 is the 97.5 % quantile at 3 degrees.
        let back = Summary::from_interval(summary.mean, 3.182_446_305 * summary.standard_error, 4).unwrap();
        close(back.standard_error, summary.standard_error, 1e-8);
        assert_eq!(Summary::of(&[1.0]), None);
        assert_eq!(Summary::of(&[1.0, f64::INFINITY]), None);
        assert_eq!(Summary::from_interval(1.0, f64::INFINITY, 9), None);
    }

    #[test]
    fn what_never_varies_is_certain() {
        assert_eq!(Difference::paired(&[1.0, 2.0], &[1.0, 2.0]).unwrap().p_value(), 1.0);
        assert_eq!(Difference::paired(&[1.0, 2.0], &[1.5, 2.5]).unwrap().p_value(), 0.0);
        assert_eq!(Difference::paired(&[1.0, 2.0], &[1.5]), None);
    }

    #[test]
    fn what_would_be_seen_is_known_by_hand() {
        // 20 degrees: t(0.975) = 2.085963, t(0.8) = 0.859964.
        let difference = Difference { mean: 0.0, standard_error: 2.0, degrees_of_freedom: 20.0 };
        close(difference.detectable(0.05, 0.8), 2.0 * (2.085_963 + 0.859_964), 1e-5);
    }

    #[test]
    fn signs_follow_the_binomial() {
        // Of ten: 2 · (1 + 10) / 1024 for one against nine.
        close(sign_test(9, 1), 22.0 / 1_024.0, 1e-15);
        close(sign_test(0, 20), 2.0 / 1_048_576.0, 1e-18);
        assert_eq!((sign_test(5, 5), sign_test(0, 0)), (1.0, 1.0));
    }

    #[test]
    fn holm_steps_down() {
        // Holm's own steps: 3 · 0.01, then 2 · 0.02, then 0.04 raised to what came before it.
        assert_eq!(holm(&[0.02, 0.01, 0.04]), [0.04, 0.03, 0.04]);
        assert_eq!(holm(&[0.9, 0.6]), [1.0, 1.0]);
        assert_eq!(holm(&[]), Vec::<f64>::new());
    }
}
