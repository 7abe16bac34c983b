//! A fixed part plus a random one, e.g. a network's floor plus its jitter.

use super::Distribution;
use super::error::{DistributionError, non_negative};
use super::shape::Shape;
use crate::kernel::random::Draw;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shifted {
    offset: f64,
    rest: Box<Distribution>,
}

impl Shifted {
    pub(super) fn new(offset: f64, rest: Distribution) -> Result<Self, DistributionError> {
        Ok(Self { offset: non_negative("offset", offset)?, rest: Box::new(rest) })
    }
}

impl Shape for Shifted {
    fn sample(&self, draw: &mut Draw) -> f64 {
        self.offset + self.rest.sample(draw)
    }
    fn mean(&self) -> f64 {
        self.offset + self.rest.mean()
    }
    fn variance(&self) -> f64 {
        self.rest.variance()
    }
    fn cdf(&self, x: f64) -> f64 {
        self.rest.cdf(x - self.offset)
    }
    fn smallest(&self) -> f64 {
        self.offset + self.rest.smallest()
    }
    fn largest(&self) -> Option<f64> {
        self.rest.largest().map(|largest| self.offset + largest)
    }
    fn quantile(&self, p: f64) -> f64 {
        self.offset + self.rest.quantile(p)
    }
}
