//! Exponential: the gaps of a Poisson process.

use rand_distr::{Distribution as _, Exp1};

use super::error::{DistributionError, positive};
use super::shape::Shape;
use crate::kernel::random::Draw;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exponential {
    mean: f64,
}

impl Exponential {
    pub(super) fn new(mean: f64) -> Result<Self, DistributionError> {
        Ok(Self { mean: positive("mean", mean)? })
    }
}

impl Shape for Exponential {
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        let unit_mean: f64 = Exp1.sample(draw);
        self.mean * unit_mean
    }
    fn mean(&self) -> f64 {
        self.mean
    }
    fn variance(&self) -> f64 {
        self.mean * self.mean
    }
    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-x.max(0.0) / self.mean)
    }
    fn quantile(&self, p: f64) -> f64 {
        -self.mean * libm::log1p(-p)
    }
}
