//! Distributions of lengths of time (and of other non-negative quantities, in their own unit).
//!
//! One family a file. A family is given by its parameters, or by what people know of it (a mean and a coefficient of
//! variation, a median and a 99th percentile). Values are drawn with `rand_distr`'s exponential and normal variates and
//! with `libm`, whose results do not depend on the platform's C library.

mod constant;
mod error;
mod exponential;
mod gamma;
mod hyper_exponential;
mod log_normal;
mod mixture;
mod pareto;
mod percentiles;
mod samples;
mod shape;
mod shifted;
#[cfg(test)]
mod tests;
mod triangular;
mod uniform;
mod weibull;
mod weights;

pub use error::DistributionError;

use constant::Constant;
use exponential::Exponential;
use gamma::Gamma;
use hyper_exponential::HyperExponential;
use log_normal::LogNormal;
use mixture::Mixture;
use pareto::Pareto;
use percentiles::Percentiles;
use samples::Samples;
use shape::Shape;
use shifted::Shifted;
use triangular::Triangular;
use uniform::Uniform;
use weibull::Weibull;

use super::random::Draw;
use super::time::Span;

/// A validated distribution of a non-negative quantity; lengths of time are in seconds.
///
/// Built by the constructors only, which refuse parameters outside their range: NaN, infinities, negative numbers, and
/// parameters whose mean or variance overflows.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Constant(Constant),
    Uniform(Uniform),
    Exponential(Exponential),
    Gamma(Gamma),
    LogNormal(LogNormal),
    Weibull(Weibull),
    Pareto(Pareto),
    Triangular(Triangular),
    HyperExponential(HyperExponential),
    Percentiles(Percentiles),
    Samples(Samples),
    Mixture(Mixture),
    Shifted(Shifted),
}

/// Asks the family at hand.
macro_rules! ask {
    ($kind:expr, $family:ident => $answer:expr) => {
        match $kind {
            Kind::Constant($family) => $answer,
            Kind::Uniform($family) => $answer,
            Kind::Exponential($family) => $answer,
            Kind::Gamma($family) => $answer,
            Kind::LogNormal($family) => $answer,
            Kind::Weibull($family) => $answer,
            Kind::Pareto($family) => $answer,
            Kind::Triangular($family) => $answer,
            Kind::HyperExponential($family) => $answer,
            Kind::Percentiles($family) => $answer,
            Kind::Samples($family) => $answer,
            Kind::Mixture($family) => $answer,
            Kind::Shifted($family) => $answer,
        }
    };
}

/// What a constructor gives.
type Built = Result<Distribution, DistributionError>;

/// Constructors by parameters.
impl Distribution {
    /// Always `value` (at least 0).
    pub fn constant(value: f64) -> Built {
        Self::checked(Kind::Constant(Constant::new(value)?))
    }

    /// Equally likely anywhere in [`low`, `high`), with 0 ≤ `low` < `high`.
    pub fn uniform(low: f64, high: f64) -> Built {
        Self::checked(Kind::Uniform(Uniform::new(low, high)?))
    }

    /// Exponential with a mean above 0.
    pub fn exponential(mean: f64) -> Built {
        Self::checked(Kind::Exponential(Exponential::new(mean)?))
    }

    /// Gamma with mean `shape` · `scale`: `shape` 10⁻⁷ to 10¹³, `scale` above 0.
    pub fn gamma(shape: f64, scale: f64) -> Built {
        Self::checked(Kind::Gamma(Gamma::new(shape, scale)?))
    }

    /// The sum of `stages` (at least 1) equal exponential stages, with the given mean (above 0) of the whole sum.
    pub fn erlang(stages: u32, mean: f64) -> Built {
        Self::checked(Kind::Gamma(Gamma::erlang(stages, mean)?))
    }

    /// Log-normal: the logarithm has mean `mu` (finite) and standard deviation `sigma` (above 0).
    pub fn log_normal(mu: f64, sigma: f64) -> Built {
        Self::checked(Kind::LogNormal(LogNormal::new(mu, sigma)?))
    }

    /// Weibull with cdf 1 − exp(−(x/`scale`)^`shape`); both above 0.
    pub fn weibull(shape: f64, scale: f64) -> Built {
        Self::checked(Kind::Weibull(Weibull::new(shape, scale)?))
    }

    /// Pareto of the given `shape` (above 0) from `low` (above 0), cut off at `high` (above `low`).
    pub fn pareto(shape: f64, low: f64, high: f64) -> Built {
        Self::checked(Kind::Pareto(Pareto::new(shape, low, high)?))
    }

    /// Triangular with 0 ≤ `low` ≤ `mode` ≤ `high` and `low` < `high`.
    pub fn triangular(low: f64, mode: f64, high: f64) -> Built {
        Self::checked(Kind::Triangular(Triangular::new(low, mode, high)?))
    }

    /// One of several exponentials, given as (weight, mean): at least one, weights 0 or more of any sum above 0,
    /// means above 0.
    pub fn hyper_exponential(phases: &[(f64, f64)]) -> Built {
        Self::checked(Kind::HyperExponential(HyperExponential::new(phases)?))
    }

    /// At least two percentiles, given as (p, value): p ascending within 0..=1, values (0 or more) never descending.
    ///
    /// Between two points values lie on a straight line; below the first p they are the first value, above the last p
    /// the last.
    pub fn percentiles(table: &[(f64, f64)]) -> Built {
        Self::checked(Kind::Percentiles(Percentiles::new(table)?))
    }

    /// Measured values (at least one, each 0 or more), every one as likely as any other.
    pub fn samples(values: Vec<f64>) -> Built {
        Self::checked(Kind::Samples(Samples::new(values)?))
    }

    /// One of several distributions, given as (weight, distribution): at least one, weights 0 or more of any sum above 0.
    pub fn mixture(parts: Vec<(f64, Self)>) -> Built {
        Self::checked(Kind::Mixture(Mixture::new(parts)?))
    }

    /// `offset` (at least 0) plus a value of `rest`.
    pub fn shifted(offset: f64, rest: Self) -> Built {
        Self::checked(Kind::Shifted(Shifted::new(offset, rest)?))
    }

    fn checked(kind: Kind) -> Built {
        let distribution = Self(kind);
        let (mean, variance) = (distribution.mean(), distribution.variance());
        if mean.is_finite() && variance.is_finite() {
            Ok(distribution)
        } else {
            Err(DistributionError::Moments { mean, variance })
        }
    }
}

/// Constructors by what people know. `cv` is the coefficient of variation: standard deviation over mean.
impl Distribution {
    /// Gamma by its mean (above 0) and cv (0.000001 to 1,000).
    pub fn gamma_mean_cv(mean: f64, cv: f64) -> Built {
        Self::checked(Kind::Gamma(Gamma::mean_cv(mean, cv)?))
    }

    /// Log-normal by its mean (above 0) and cv (0.000001 to 1,000).
    pub fn log_normal_mean_cv(mean: f64, cv: f64) -> Built {
        Self::checked(Kind::LogNormal(LogNormal::mean_cv(mean, cv)?))
    }

    /// Log-normal by its median (above 0) and 99th percentile (above the median).
    pub fn log_normal_median_p99(median: f64, p99: f64) -> Built {
        Self::checked(Kind::LogNormal(LogNormal::median_p99(median, p99)?))
    }

    /// Weibull by its mean (above 0) and cv (0.002 to 400).
    pub fn weibull_mean_cv(mean: f64, cv: f64) -> Built {
        Self::checked(Kind::Weibull(Weibull::mean_cv(mean, cv)?))
    }

    /// Hyper-exponential of two phases with balanced means, by its mean (above 0) and cv (1 to 1,000).
    pub fn hyper_exponential_mean_cv(mean: f64, cv: f64) -> Built {
        Self::checked(Kind::HyperExponential(HyperExponential::mean_cv(mean, cv)?))
    }
}

impl Distribution {
    /// One value, never negative.
    #[inline]
    #[must_use]
    pub fn sample(&self, draw: &mut Draw) -> f64 {
        ask!(&self.0, family => family.sample(draw))
    }

    /// One value as a length of time, to the nearest nanosecond; [`Span::FOREVER`] if it is too long for the clock.
    #[inline]
    #[must_use]
    pub fn span(&self, draw: &mut Draw) -> Span {
        match &self.0 {
            Kind::Constant(constant) => constant.span,
            _ => Span::from_secs_f64(self.sample(draw)),
        }
    }

    /// The expected value.
    #[must_use]
    pub fn mean(&self) -> f64 {
        ask!(&self.0, family => family.mean())
    }

    /// The variance, in the square of the unit.
    #[must_use]
    pub fn variance(&self) -> f64 {
        ask!(&self.0, family => family.variance())
    }

    /// The probability of a value of at most `x`; NaN for NaN.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        if x.is_nan() {
            x
        } else if x == f64::INFINITY {
            1.0
        } else {
            ask!(&self.0, family => family.cdf(x))
        }
    }

    /// The upper end of the values, if they have one.
    #[must_use]
    pub fn largest(&self) -> Option<f64> {
        ask!(&self.0, family => family.largest())
    }

    /// The least value whose [`cdf`](Self::cdf) reaches `p`: the lower end of the values for `p` ≤ 0, the upper end (or
    /// infinity) for `p` ≥ 1, NaN for NaN.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if p.is_nan() {
            p
        } else if p <= 0.0 {
            self.smallest()
        } else if p >= 1.0 {
            self.largest().unwrap_or(f64::INFINITY)
        } else {
            ask!(&self.0, family => family.quantile(p))
        }
    }

    fn smallest(&self) -> f64 {
        ask!(&self.0, family => family.smallest())
    }
}
