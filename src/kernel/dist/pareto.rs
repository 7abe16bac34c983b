//! Bounded Pareto: heavy tails that end somewhere.

use super::error::{DistributionError, below, positive};
use super::shape::Shape;
use crate::kernel::random::Draw;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pareto {
    shape: f64,
    low: f64,
    high: f64,
    inverse_shape: f64,
    /// 1 − (low/high)^shape: the mass the unbounded Pareto has up to `high`.
    mass: f64,
}

impl Pareto {
    pub(super) fn new(shape: f64, low: f64, high: f64) -> Result<Self, DistributionError> {
        let shape = positive("shape", shape)?;
        let low = positive("low", low)?;
        let high = positive("high", high)?;
        below("low", low, "high", high)?;
        let mass = positive("shape", -libm::expm1(shape * (libm::log(low) - libm::log(high))))?;
        Ok(Self { shape, low, high, inverse_shape: 1.0 / shape, mass })
    }

    /// E[Xⁿ] = lowⁿ · a/mass · (1 − (low/high)^(a−n)) / (a − n), whose last factor tends to ln(high/low) as a → n.
    fn moment(&self, order: f64) -> f64 {
        let log_ratio = libm::log(self.high) - libm::log(self.low);
        let excess = self.shape - order;
        let tail = if excess == 0.0 { log_ratio } else { -libm::expm1(-excess * log_ratio) / excess };
        libm::pow(self.low, order) * self.shape / self.mass * tail
    }

    #[inline]
    fn inverse(&self, p: f64) -> f64 {
        let factor = libm::exp(-libm::log1p(-p * self.mass) * self.inverse_shape);
        (self.low * factor).min(self.high)
    }
}

impl Shape for Pareto {
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        self.inverse(draw.unit())
    }
    fn mean(&self) -> f64 {
        self.moment(1.0)
    }
    fn variance(&self) -> f64 {
        let mean = self.mean();
        (self.moment(2.0) - mean * mean).max(0.0)
    }
    fn cdf(&self, x: f64) -> f64 {
        if x <= self.low {
            0.0
        } else {
            (-libm::expm1(self.shape * (libm::log(self.low) - libm::log(x))) / self.mass).min(1.0)
        }
    }
    fn smallest(&self) -> f64 {
        self.low
    }
    fn largest(&self) -> Option<f64> {
        Some(self.high)
    }
    fn quantile(&self, p: f64) -> f64 {
        self.inverse(p)
    }
}
