//! Always the same value.

use super::error::{DistributionError, non_negative};
use super::shape::Shape;
use crate::kernel::random::Draw;
use crate::kernel::time::Span;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Constant {
    value: f64,
    /// The value as seconds, converted once.
    pub(super) span: Span,
}

impl Constant {
    pub(super) fn new(value: f64) -> Result<Self, DistributionError> {
        let value = non_negative("value", value)?;
        Ok(Self { value, span: Span::from_secs_f64(value) })
    }
}

impl Shape for Constant {
    #[inline]
    fn sample(&self, _draw: &mut Draw) -> f64 {
        self.value
    }
    fn mean(&self) -> f64 {
        self.value
    }
    fn variance(&self) -> f64 {
        0.0
    }
    fn cdf(&self, x: f64) -> f64 {
        if x >= self.value { 1.0 } else { 0.0 }
    }
    fn smallest(&self) -> f64 {
        self.value
    }
    fn largest(&self) -> Option<f64> {
        Some(self.value)
    }
}
