//! Hyper-exponential: one of several exponentials; more variable than any one of them.

use rand_distr::{Distribution as _, Exp1};

use super::error::{DistributionError, at_least, positive, within};
use super::shape::Shape;
use super::weights::Weights;
use crate::kernel::random::Draw;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct HyperExponential {
    weights: Weights,
    means: Box<[f64]>,
}

impl HyperExponential {
    pub(super) fn new(phases: &[(f64, f64)]) -> Result<Self, DistributionError> {
        at_least("phases", 1, phases.len())?;
        let weights = Weights::new(phases.iter().map(|&(weight, _)| weight))?;
        let means = phases.iter().map(|&(_, mean)| positive("mean", mean)).collect::<Result<_, _>>()?;
        Ok(Self { weights, means })
    }

    /// Two phases that each carry half of the mean ("balanced means"): p = (1 + √((cv²−1)/(cv²+1))) / 2.
    pub(super) fn mean_cv(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        let mean = positive("mean", mean)?;
        let square = within("cv", 1.0, 1e3, cv)? * cv;
        let root = ((square - 1.0) / (square + 1.0)).sqrt();
        let often = (1.0 + root) / 2.0;
        // 1 − often, written so that nothing cancels when cv is large.
        let seldom = 1.0 / ((square + 1.0) * (1.0 + root));
        Self::new(&[(often, mean / (2.0 * often)), (seldom, mean / (2.0 * seldom))])
    }

    fn expect(&self, of_phase: impl Fn(f64) -> f64) -> f64 {
        self.weights.probabilities().zip(&self.means).map(|(probability, &mean)| probability * of_phase(mean)).sum()
    }
}

impl Shape for HyperExponential {
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        let mean = self.means[self.weights.pick(draw.unit())];
        let unit_mean: f64 = Exp1.sample(draw);
        mean * unit_mean
    }
    fn mean(&self) -> f64 {
        self.expect(|mean| mean)
    }
    /// The spread within the phases and between them.
    fn variance(&self) -> f64 {
        let centre = self.mean();
        self.expect(|mean| mean * mean + (mean - centre) * (mean - centre))
    }
    fn cdf(&self, x: f64) -> f64 {
        self.expect(|mean| -libm::expm1(-x.max(0.0) / mean))
    }
}
