//! Uniform points in ascending order, one at a time, without holding them.

use crate::kernel::Draw;

use super::clock::unit_exponential;

/// The order statistics of `left` independent uniforms on [0, 1), drawn smallest first.
///
/// Given the previous point, the next of k is the smallest of k uniforms on what is left of the interval:
/// `1 - V^(1/k)` of the way on (Devroye, *Non-Uniform Random Variate Generation*, V.3).
#[derive(Debug, Clone, Copy)]
pub(super) struct Ascending {
    left: u64,
    tail: f64,
}

impl Ascending {
    /// `count` points to come.
    pub(super) fn new(count: u64) -> Self {
        Self { left: count, tail: 1.0 }
    }

    /// How many points are still to come.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// The next point, at or above the one before; none when all were given.
    pub(super) fn next(&mut self, draw: &mut Draw) -> Option<f64> {
        if self.left == 0 {
            return None;
        }
        self.tail *= libm::exp(-unit_exponential(draw) / self.left as f64);
        self.left -= 1;
        // A tail below 2^-53 would round to 1, which is the next interval's.
        Some((1.0 - self.tail).min(1.0 - f64::EPSILON / 2.0))
    }
}

/// A real count made whole: the whole part, and one more with the chance of the fraction. The mean is kept.
pub(super) fn whole_count(count: f64, draw: &mut Draw) -> u64 {
    let whole = count as u64;
    whole.saturating_add(u64::from(draw.chance(count - whole as f64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Root;

    #[test]
    fn points_ascend_and_are_uniform() {
        let mut draw = Root::new(3, 0).purpose("spread", "test").draw(0, 0);
        let count = 20_000;
        let mut points = Ascending::new(count);
        let (mut before, mut worst) = (0.0, 0.0f64);
        for i in 0..count {
            let point = points.next(&mut draw).unwrap_or(f64::NAN);
            assert!(point >= before && point < 1.0);
            worst =
                worst.max((point - i as f64 / count as f64).abs()).max((point - (i + 1) as f64 / count as f64).abs());
            before = point;
        }
        assert_eq!(points.next(&mut draw), None);
        // Kolmogorov: P(D > 2.23 / sqrt n) = 2 exp(-2 * 2.23^2) = 1e-4.
        assert!(worst < 2.23 / (count as f64).sqrt(), "D = {worst}");
    }

    #[test]
    fn whole_counts_keep_the_mean() {
        let purpose = Root::new(4, 0).purpose("spread", "count");
        let total: u64 = (0..40_000).map(|i| whole_count(2.25, &mut purpose.draw(i, 0))).sum();
        // Binomial(40,000, 1/4) above 80,000: sd = sqrt(40,000 * 3/16) = 86.6; 3.9 sd is 1e-4 two-sided.
        assert!((total as f64 - 90_000.0).abs() < 3.9 * 86.6, "{total}");
        assert_eq!(whole_count(7.0, &mut purpose.draw(0, 0)), 7);
    }
}
