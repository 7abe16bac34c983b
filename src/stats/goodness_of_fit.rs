//! The Kolmogorov-Smirnov test of one sample against a continuous distribution.
//!
//! Stephens (Journal of the Royal Statistical Society B 32, 1970): D·(√n + 0.12 + 0.11/√n) follows Kolmogorov's limiting
//! distribution closely for n ≥ 5 in the upper tail, where tests are made.

/// The greatest distance between the steps of the samples' distribution and `cdf`. NaN without samples.
#[must_use]
pub fn ks_statistic(samples: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    if samples.is_empty() {
        return f64::NAN;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let distances = sorted.iter().enumerate().map(|(below, &sample)| {
        let expected = cdf(sample);
        (expected - below as f64 / count).max((below + 1) as f64 / count - expected)
    });
    distances.fold(0.0, f64::max)
}

/// How likely so great a distance or a greater one is, for `count` samples that do come from the distribution.
#[must_use]
pub fn ks_p_value(statistic: f64, count: usize) -> f64 {
    kolmogorov_tail(statistic * stephens(count))
}

/// The distance that `count` samples from the distribution exceed with probability `significance` (0 to 1, excluded).
#[must_use]
pub fn ks_critical(count: usize, significance: f64) -> f64 {
    // The tail is above 1 - 1e-12 below 0.15 and under 1e-300 beyond 20; it falls between.
    let (mut low, mut high) = (0.15, 20.0);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if kolmogorov_tail(middle) > significance {
            low = middle;
        } else {
            high = middle;
        }
    }
    high / stephens(count)
}

fn stephens(count: usize) -> f64 {
    let root = (count as f64).sqrt();
    root + 0.12 + 0.11 / root
}

/// P(K > x) = 2 Σ (-1)^(j-1) exp(-2 j² x²).
fn kolmogorov_tail(x: f64) -> f64 {
    if x < 0.15 {
        return 1.0;
    }
    let terms = (1..=100).map(|j| {
        let j = f64::from(j);
        libm::exp(-2.0 * j * j * x * x) * if j % 2.0 == 1.0 { 2.0 } else { -2.0 }
    });
    terms.sum::<f64>().clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Root;

    #[test]
    fn the_statistic_is_the_greatest_of_the_distances() {
        // Against the uniform distribution: steps at 0.1, 0.4, 0.7; the greatest gap is 1 - 0.7.
        assert!((ks_statistic(&[0.7, 0.1, 0.4], |x| x) - 0.3).abs() < 1e-12);
        // One sample at 0.9: 0.9 of the distribution is below it and none of the samples.
        assert_eq!(ks_statistic(&[0.9], |x| x), 0.9);
        assert!(ks_statistic(&[], |x| x).is_nan());
    }

    #[test]
    fn critical_values_are_those_of_the_printed_tables() {
        // Kolmogorov's limits 1.3581 and 1.6276 over √n; exact tables for n = 10 and 20 to the approximation's 0.1 %.
        for (count, significance, expected, tolerance) in [
            (1_000_000, 0.05, 1.358_10e-3, 2e-4),
            (1_000_000, 0.01, 1.627_62e-3, 2e-4),
            (10, 0.05, 0.409_25, 1e-3),
            (20, 0.05, 0.294_08, 1e-3),
        ] {
            let found = ks_critical(count, significance);
            assert!((found / expected - 1.0).abs() < tolerance, "{count} {significance}: {found}");
            assert!((ks_p_value(found, count) / significance - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn it_tells_uniform_draws_from_skewed_ones() {
        let mut draw = Root::new(1, 0).purpose("goodness", "test").draw(0, 0);
        let samples: Vec<f64> = (0..2_000).map(|_| draw.unit()).collect();
        let critical = ks_critical(samples.len(), 1e-5);
        assert!(ks_statistic(&samples, |x| x) < critical);
        let skewed: Vec<f64> = samples.iter().map(|unit| unit * unit).collect();
        assert!(ks_statistic(&skewed, |x| x) > critical);
    }
}
