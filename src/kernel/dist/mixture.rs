//! One of several distributions, chosen anew for each value.

use super::Distribution;
use super::error::{DistributionError, at_least};
use super::shape::Shape;
use super::weights::Weights;
use crate::kernel::random::Draw;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mixture {
    weights: Weights,
    parts: Box<[Distribution]>,
}

impl Mixture {
    pub(super) fn new(parts: Vec<(f64, Distribution)>) -> Result<Self, DistributionError> {
        at_least("mixture", 1, parts.len())?;
        let weights = Weights::new(parts.iter().map(|&(weight, _)| weight))?;
        // A part that is never chosen must not widen the support.
        let parts: Vec<_> = parts.into_iter().filter(|&(weight, _)| weight > 0.0).collect();
        let weights = if parts.len() == weights.probabilities().count() {
            weights
        } else {
            Weights::new(parts.iter().map(|&(weight, _)| weight))?
        };
        Ok(Self { weights, parts: parts.into_iter().map(|(_, part)| part).collect() })
    }

    fn expect(&self, of_part: impl Fn(&Distribution) -> f64) -> f64 {
        self.weights.probabilities().zip(&self.parts).map(|(probability, part)| probability * of_part(part)).sum()
    }
}

impl Shape for Mixture {
    fn sample(&self, draw: &mut Draw) -> f64 {
        self.parts[self.weights.pick(draw.unit())].sample(draw)
    }
    fn mean(&self) -> f64 {
        self.expect(Distribution::mean)
    }
    /// The spread within the parts and between them.
    fn variance(&self) -> f64 {
        let centre = self.mean();
        self.expect(|part| part.variance() + (part.mean() - centre) * (part.mean() - centre))
    }
    fn cdf(&self, x: f64) -> f64 {
        self.expect(|part| part.cdf(x)).min(1.0)
    }
    fn smallest(&self) -> f64 {
        self.parts.iter().map(Distribution::smallest).fold(f64::INFINITY, f64::min)
    }
    fn largest(&self) -> Option<f64> {
        self.parts.iter().map(Distribution::largest).try_fold(0.0, |most: f64, part| Some(most.max(part?)))
    }
}
