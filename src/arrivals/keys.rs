//! The key each item carries.

use crate::kernel::{Draw, Purpose, Root};

use super::settings::KeySettings;

/// Gives item n its key.
#[derive(Debug)]
pub(super) enum Keys {
    /// n itself.
    Unique,
    /// One of `count`, equally likely.
    Uniform { count: u64, purpose: Purpose },
    /// One of `count`, in proportion to rank^-exponent.
    Zipf { zipf: Zipf, purpose: Purpose },
}

impl Keys {
    pub(super) fn new(settings: &KeySettings, root: &Root, stream: &str) -> Self {
        let purpose = root.purpose(stream, "key");
        match *settings {
            KeySettings::Unique => Self::Unique,
            KeySettings::Uniform { count } => Self::Uniform { count, purpose },
            KeySettings::Zipf { exponent, count } => Self::Zipf { zipf: Zipf::new(exponent, count), purpose },
        }
    }

    /// The key of item `number`: its ordinal, or from 0 (the most frequent) to `count - 1`.
    #[inline]
    pub(super) fn key(&self, number: u64) -> u64 {
        match self {
            Self::Unique => number,
            Self::Uniform { count, purpose } => purpose.draw(number, 0).below(*count),
            Self::Zipf { zipf, purpose } => zipf.sample(&mut purpose.draw(number, 0)) - 1,
        }
    }
}

/// Zipf ranks by rejection-inversion: exact, in constant time and memory whatever the count.
///
/// W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions",
/// ACM TOMACS 6(3), 1996. `h(x) = x^-s` is the envelope, `H` its integral with `H(1) = 0`; both through `libm`, so that
/// the bits are the same on every platform.
#[derive(Debug)]
pub(super) struct Zipf {
    exponent: f64,
    count: u64,
    /// H(1.5) - h(1): the low end of what is inverted.
    low: f64,
    /// H(count + 0.5): the high end.
    high: f64,
    /// Ranks no farther than this above the inverted point are accepted without a look at H.
    squeeze: f64,
}

impl Zipf {
    /// `exponent` is above zero and finite; `count` is at least 1.
    pub(super) fn new(exponent: f64, count: u64) -> Self {
        let mut zipf = Self { exponent, count, low: 0.0, high: 0.0, squeeze: 0.0 };
        zipf.low = zipf.integral(1.5) - 1.0;
        zipf.high = zipf.integral(count as f64 + 0.5);
        zipf.squeeze = 2.0 - zipf.integral_inverse(zipf.integral(2.5) - zipf.density(2.0));
        zipf
    }

    /// A rank in 1..=count.
    pub(super) fn sample(&self, draw: &mut Draw) -> u64 {
        loop {
            let level = self.high + draw.unit() * (self.low - self.high);
            let point = self.integral_inverse(level);
            let rank = ((point + 0.5) as u64).clamp(1, self.count);
            let real = rank as f64;
            if real - point <= self.squeeze || level >= self.integral(real + 0.5) - self.density(real) {
                return rank;
            }
        }
    }

    fn density(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// (x^(1-s) - 1) / (1 - s), and ln x at s = 1, without cancellation near it.
    fn integral(&self, x: f64) -> f64 {
        let log = libm::log(x);
        let power = (1.0 - self.exponent) * log;
        if power.abs() > 1e-8 { libm::expm1(power) / power * log } else { log * (1.0 + power / 2.0) }
    }

    fn integral_inverse(&self, y: f64) -> f64 {
        // Rounding may push the argument of log1p below -1, outside its domain.
        let power = (y * (1.0 - self.exponent)).max(-1.0);
        let factor = if power.abs() > 1e-8 { libm::log1p(power) / power } else { 1.0 - power / 2.0 };
        libm::exp(factor * y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pearson's statistic of `n` ranks against the exact Zipf probabilities of `count` ranks.
    fn chi_square(exponent: f64, count: u64, n: u64) -> f64 {
        let zipf = Zipf::new(exponent, count);
        let purpose = Root::new(11, 0).purpose("keys", "test");
        let mut seen = vec![0u64; count as usize];
        for i in 0..n {
            seen[zipf.sample(&mut purpose.draw(i, 0)) as usize - 1] += 1;
        }
        let weight = |rank: usize| ((rank + 1) as f64).powf(-exponent);
        let total: f64 = (0..seen.len()).map(weight).sum();
        let expected = |rank: usize| n as f64 * weight(rank) / total;
        seen.iter().enumerate().map(|(rank, &k)| (k as f64 - expected(rank)).powi(2) / expected(rank)).sum()
    }

    #[test]
    fn zipf_ranks_have_the_exact_probabilities() {
        // 99.99 % quantile of chi-square with 9 degrees of freedom: 33.72.
        for exponent in [0.3, 1.0, 1.1, 2.5] {
            let statistic = chi_square(exponent, 10, 200_000);
            assert!(statistic < 33.72, "exponent {exponent}: {statistic}");
        }
    }

    #[test]
    fn a_billion_keys_need_no_table() {
        // P(rank 1) = 1 / H(10^9, 1) with H = ln n + gamma = 20.7232658 + 0.5772157 = 21.3004815, so 0.04694730.
        let zipf = Zipf::new(1.0, 1_000_000_000);
        let purpose = Root::new(12, 0).purpose("keys", "test");
        let n = 200_000u64;
        let first = (0..n).filter(|&i| zipf.sample(&mut purpose.draw(i, 0)) == 1).count() as f64;
        let p = 0.046_947_3;
        let z = (first - n as f64 * p) / (n as f64 * p * (1.0 - p)).sqrt();
        assert!(z.abs() < 3.9, "z = {z}");
    }

    #[test]
    fn one_key_is_always_the_same() {
        let keys = Keys::new(&KeySettings::Zipf { exponent: 1.2, count: 1 }, &Root::new(1, 0), "s");
        assert!((0..1_000).all(|n| keys.key(n) == 0));
        let keys = Keys::new(&KeySettings::Uniform { count: 1 }, &Root::new(1, 0), "s");
        assert!((0..1_000).all(|n| keys.key(n) == 0));
    }

    #[test]
    fn uniform_keys_are_equally_likely() {
        let keys = Keys::new(&KeySettings::Uniform { count: 8 }, &Root::new(2, 0), "s");
        let mut seen = [0u64; 8];
        for n in 0..80_000 {
            seen[keys.key(n) as usize] += 1;
        }
        let statistic: f64 = seen.iter().map(|&k| (k as f64 - 10_000.0).powi(2) / 10_000.0).sum();
        // 99.99 % quantile of chi-square with 7 degrees of freedom: 29.88.
        assert!(statistic < 29.88, "{statistic}");
    }
}
