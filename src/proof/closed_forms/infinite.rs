//! As many servers as needed: M/G/∞.

use libm::{exp, expm1, lgamma, log};

use super::positive;

/// M/G/∞: the number busy is Poisson(a) with a = λE(S), whatever the distribution of service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InfiniteServers {
    arrival_rate: f64,
    mean_service: f64,
}

impl InfiniteServers {
    /// λ and E(S).
    #[must_use]
    pub fn new(arrival_rate: f64, mean_service: f64) -> Option<Self> {
        (positive(arrival_rate) && positive(mean_service)).then_some(Self { arrival_rate, mean_service })
    }

    /// a = λE(S), mean and variance of the number busy.
    #[must_use]
    pub fn mean_busy(&self) -> f64 {
        self.arrival_rate * self.mean_service
    }

    /// P(N = n) = e^{−a}aⁿ/n!.
    #[must_use]
    pub fn probability_of(&self, n: u32) -> f64 {
        let (a, n) = (self.mean_busy(), f64::from(n));
        exp(n * log(a) - a - lgamma(n + 1.0))
    }

    /// P(N > n), summed upwards.
    #[must_use]
    pub fn probability_above(&self, n: u32) -> f64 {
        let a = self.mean_busy();
        let (mut k, mut sum) = (n.saturating_add(1), 0.0);
        let mut term = self.probability_of(k);
        while f64::from(k) < a || term > sum * f64::EPSILON / 4.0 {
            sum += term;
            k += 1;
            term *= a / f64::from(k);
        }
        sum
    }

    /// P(N ≤ n), summed downwards.
    #[must_use]
    pub fn probability_at_most(&self, n: u32) -> f64 {
        let a = self.mean_busy();
        let (mut k, mut sum, mut term) = (n, 0.0, self.probability_of(n));
        loop {
            sum += term;
            if k == 0 || (f64::from(k) < a && term < sum * f64::EPSILON / 4.0) {
                return sum;
            }
            term *= f64::from(k) / a;
            k -= 1;
        }
    }

    /// The smallest n with P(N ≤ n) ≥ q: the concurrency that suffices for a share q (below 1) of all instants.
    #[must_use]
    pub fn quantile(&self, q: f64) -> u32 {
        let a = self.mean_busy();
        // Beyond 40 standard deviations and 100 more the tail is below any double.
        let (mut low, mut high) = (0, (a + 40.0 * a.sqrt() + 100.0) as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.probability_at_most(middle) >= q {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// E(N(t)) from empty where every service takes E(S): λ·min(t, E(S)).
    #[must_use]
    pub fn mean_after_constant(&self, t: f64) -> f64 {
        self.arrival_rate * t.clamp(0.0, self.mean_service)
    }

    /// E(N(t)) from empty where service is exponential: a(1−e^{−t/E(S)}).
    #[must_use]
    pub fn mean_after_exponential(&self, t: f64) -> f64 {
        self.mean_busy() * -expm1(-t.max(0.0) / self.mean_service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_tails_complete_each_other() {
        for (rate, n) in [(0.5, 0), (3.0, 2), (800.0, 700), (800.0, 900)] {
            let queue = InfiniteServers::new(rate, 1.0).unwrap();
            let whole = queue.probability_at_most(n) + queue.probability_above(n);
            assert!((whole - 1.0).abs() < 1e-11, "{rate} {n}: {whole}");
        }
        // Poisson(1): P(N ≤ 1) = 2/e.
        let unit = InfiniteServers::new(1.0, 1.0).unwrap();
        assert!((unit.probability_at_most(1) - 2.0 * exp(-1.0)).abs() < 1e-15);
        assert_eq!([0.3, 0.5, 0.9].map(|q| unit.quantile(q)), [0, 1, 2]);
    }
}
