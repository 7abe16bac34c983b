//! Triangular: what people know when they know the least, the usual and the most.

use super::error::{DistributionError, below, finite, non_negative, within};
use super::shape::Shape;
use crate::kernel::random::Draw;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Triangular {
    low: f64,
    mode: f64,
    high: f64,
    /// The cdf at the mode.
    rise: f64,
}

impl Triangular {
    pub(super) fn new(low: f64, mode: f64, high: f64) -> Result<Self, DistributionError> {
        let low = non_negative("low", low)?;
        let high = finite("high", high)?;
        below("low", low, "high", high)?;
        let mode = within("mode", low, high, mode)?;
        Ok(Self { low, mode, high, rise: (mode - low) / (high - low) })
    }

    #[inline]
    fn inverse(&self, p: f64) -> f64 {
        let width = self.high - self.low;
        if p < self.rise {
            self.low + (p * width * (self.mode - self.low)).sqrt()
        } else {
            self.high - ((1.0 - p) * width * (self.high - self.mode)).sqrt()
        }
    }
}

impl Shape for Triangular {
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        self.inverse(draw.unit())
    }
    fn mean(&self) -> f64 {
        (self.low + self.mode + self.high) / 3.0
    }
    /// ((b−a)² + (c−a)² − (b−a)(c−a)) / 18 with a, c, b = low, mode, high.
    fn variance(&self) -> f64 {
        let (width, rise) = (self.high - self.low, self.mode - self.low);
        (width * width + rise * rise - width * rise) / 18.0
    }
    fn cdf(&self, x: f64) -> f64 {
        let width = self.high - self.low;
        if x <= self.low {
            0.0
        } else if x >= self.high {
            1.0
        } else if x < self.mode {
            (x - self.low) * (x - self.low) / (width * (self.mode - self.low))
        } else {
            1.0 - (self.high - x) * (self.high - x) / (width * (self.high - self.mode))
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
