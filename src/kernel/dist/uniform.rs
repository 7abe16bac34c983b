//! Equally likely between two ends.

use super::error::{DistributionError, below, finite, non_negative};
use super::shape::Shape;
use crate::kernel::random::Draw;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Uniform {
    low: f64,
    high: f64,
}

impl Uniform {
    pub(super) fn new(low: f64, high: f64) -> Result<Self, DistributionError> {
        let low = non_negative("low", low)?;
        let high = finite("high", high)?;
        below("low", low, "high", high)?;
        Ok(Self { low, high })
    }
}

impl Shape for Uniform {
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        self.low + (self.high - self.low) * draw.unit()
    }
    fn mean(&self) -> f64 {
        self.low + (self.high - self.low) / 2.0
    }
    fn variance(&self) -> f64 {
        (self.high - self.low) * (self.high - self.low) / 12.0
    }
    fn cdf(&self, x: f64) -> f64 {
        ((x - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
    fn smallest(&self) -> f64 {
        self.low
    }
    fn largest(&self) -> Option<f64> {
        Some(self.high)
    }
    fn quantile(&self, p: f64) -> f64 {
        self.low + (self.high - self.low) * p
    }
}
