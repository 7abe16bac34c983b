//! Measured values, each as likely as any other.

use std::sync::Arc;

use super::error::{DistributionError, at_least, non_negative};
use super::shape::Shape;
use crate::kernel::random::Draw;

/// The values in ascending order, shared by all clones: a measured set may be large.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Samples(Arc<[f64]>);

impl Samples {
    pub(super) fn new(mut values: Vec<f64>) -> Result<Self, DistributionError> {
        at_least("samples", 1, values.len())?;
        for value in &mut values {
            *value = non_negative("sample", *value)?;
        }
        values.sort_unstable_by(f64::total_cmp);
        Ok(Self(values.into()))
    }
}

impl Shape for Samples {
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        self.0[draw.below(self.0.len() as u64) as usize]
    }
    fn mean(&self) -> f64 {
        let count = self.0.len() as f64;
        self.0.iter().map(|value| value / count).sum()
    }
    fn variance(&self) -> f64 {
        let (mean, count) = (self.mean(), self.0.len() as f64);
        self.0.iter().map(|value| (value - mean) * (value - mean) / count).sum()
    }
    fn cdf(&self, x: f64) -> f64 {
        self.0.partition_point(|&value| value <= x) as f64 / self.0.len() as f64
    }
    fn smallest(&self) -> f64 {
        self.0[0]
    }
    fn largest(&self) -> Option<f64> {
        self.0.last().copied()
    }
    /// The least value that a share of at least `p` does not exceed.
    fn quantile(&self, p: f64) -> f64 {
        let count = self.0.len();
        let rank = (p * count as f64).ceil() as usize;
        self.0[rank.clamp(1, count) - 1]
    }
}
