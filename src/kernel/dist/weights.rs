//! A choice among weighted alternatives.

use super::error::{DistributionError, non_negative};

/// Weights as cumulative probabilities, the last of them exactly 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights(Box<[f64]>);

impl Weights {
    /// Any scale will do: the weights are divided by their sum. A weight of zero is never chosen.
    pub(super) fn new(weights: impl Iterator<Item = f64>) -> Result<Self, DistributionError> {
        let mut sum = 0.0;
        let mut cumulative = Vec::new();
        for weight in weights {
            sum += non_negative("weight", weight)?;
            cumulative.push(sum);
        }
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(DistributionError::Weights { sum });
        }
        // Entries equal to the sum become exactly 1, so a trailing zero weight stays out of reach of [0, 1).
        Ok(Self(cumulative.into_iter().map(|partial| partial / sum).collect()))
    }

    /// The alternative that a uniform number in [0, 1) falls on.
    #[inline]
    pub(super) fn pick(&self, unit: f64) -> usize {
        self.0.partition_point(|&cumulative| cumulative <= unit)
    }

    /// The probability of each alternative.
    pub(super) fn probabilities(&self) -> impl Iterator<Item = f64> + '_ {
        let before = std::iter::once(0.0).chain(self.0.iter().copied());
        self.0.iter().zip(before).map(|(after, before)| after - before)
    }
}
