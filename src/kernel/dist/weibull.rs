//! Weibull: times to failure, and stretched-exponential tails.

use rand_distr::{Distribution as _, Exp1};

use super::error::{DistributionError, positive, within};
use super::shape::Shape;
use crate::kernel::random::Draw;

/// The shapes searched for a given cv; they give cv from about 430 down to about 0.0013.
const SHAPES: (f64, f64) = (0.1, 1_000.0);

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weibull {
    scale: f64,
    shape: f64,
    inverse_shape: f64,
}

impl Weibull {
    pub(super) fn new(shape: f64, scale: f64) -> Result<Self, DistributionError> {
        let shape = positive("shape", shape)?;
        let scale = positive("scale", scale)?;
        Ok(Self { scale, shape, inverse_shape: 1.0 / shape })
    }

    pub(super) fn mean_cv(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        let mean = positive("mean", mean)?;
        let cv = within("cv", 0.002, 400.0, cv)?;
        let shape = shape_of_cv(cv);
        Self::new(shape, mean / libm::tgamma(1.0 + 1.0 / shape))
    }

    /// E[Xⁿ] at scale 1 is Γ(1 + n/shape).
    fn unit_moment(&self, order: f64) -> f64 {
        libm::tgamma(1.0 + order * self.inverse_shape)
    }
}

/// ln(1 + cv²) = lnΓ(1 + 2/k) − 2 lnΓ(1 + 1/k), which falls as the shape k grows.
fn log_square_ratio(shape: f64) -> f64 {
    libm::lgamma(1.0 + 2.0 / shape) - 2.0 * libm::lgamma(1.0 + 1.0 / shape)
}

/// Bisection of the formula above; 100 halvings leave neighbouring floats.
fn shape_of_cv(cv: f64) -> f64 {
    let target = libm::log1p(cv * cv);
    let (mut low, mut high) = SHAPES;
    for _ in 0..100 {
        let middle = low + (high - low) / 2.0;
        if log_square_ratio(middle) > target {
            low = middle;
        } else {
            high = middle;
        }
    }
    low + (high - low) / 2.0
}

impl Shape for Weibull {
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        let exponential: f64 = Exp1.sample(draw);
        self.scale * libm::pow(exponential, self.inverse_shape)
    }
    fn mean(&self) -> f64 {
        self.scale * self.unit_moment(1.0)
    }
    fn variance(&self) -> f64 {
        let first = self.unit_moment(1.0);
        self.scale * self.scale * first * first * libm::expm1(log_square_ratio(self.shape).max(0.0))
    }
    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-libm::pow(x.max(0.0) / self.scale, self.shape))
    }
    fn quantile(&self, p: f64) -> f64 {
        self.scale * libm::pow(-libm::log1p(-p), self.inverse_shape)
    }
}
