//! Log-normal: the usual shape of service times and network latencies.

use std::f64::consts::SQRT_2;

use rand_distr::{Distribution as _, StandardNormal};

use super::error::{DistributionError, below, finite, positive, within};
use super::shape::Shape;
use crate::kernel::random::Draw;

/// The 99th percentile of the standard normal distribution.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct LogNormal {
    mu: f64,
    sigma: f64,
}

impl LogNormal {
    pub(super) fn new(mu: f64, sigma: f64) -> Result<Self, DistributionError> {
        Ok(Self { mu: finite("mu", mu)?, sigma: positive("sigma", sigma)? })
    }

    /// σ² = ln(1 + cv²), μ = ln(mean) − σ²/2.
    pub(super) fn mean_cv(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        let mean = positive("mean", mean)?;
        let cv = within("cv", 1e-6, 1e3, cv)?;
        let square = libm::log1p(cv * cv);
        Self::new(libm::log(mean) - square / 2.0, square.sqrt())
    }

    /// μ = ln(median), σ = ln(p99 / median) / 2.326….
    pub(super) fn median_p99(median: f64, p99: f64) -> Result<Self, DistributionError> {
        let median = positive("median", median)?;
        let p99 = positive("p99", p99)?;
        below("median", median, "p99", p99)?;
        let mu = libm::log(median);
        Self::new(mu, (libm::log(p99) - mu) / NORMAL_P99)
    }
}

impl Shape for LogNormal {
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        let normal: f64 = StandardNormal.sample(draw);
        libm::exp(self.mu + self.sigma * normal)
    }
    fn mean(&self) -> f64 {
        libm::exp(self.mu + self.sigma * self.sigma / 2.0)
    }
    fn variance(&self) -> f64 {
        let square = self.sigma * self.sigma;
        libm::expm1(square) * libm::exp(2.0 * self.mu + square)
    }
    fn cdf(&self, x: f64) -> f64 {
        if x <= 0.0 { 0.0 } else { libm::erfc((self.mu - libm::log(x)) / (self.sigma * SQRT_2)) / 2.0 }
    }
}
