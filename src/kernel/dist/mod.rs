//! Distributions of lengths of time (and of other non-negative quantities, in their own unit).

use super::random::Draw;
use super::time::Span;

/// A validated distribution of a non-negative quantity; lengths of time are in seconds.
///
/// Built by the constructors only, which refuse parameters outside their range.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Constant(f64),
    Exponential(f64),
}

impl Distribution {
    /// Always `value`.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self(Kind::Constant(value))
    }
    /// Exponential with the given mean.
    #[must_use]
    pub fn exponential(mean: f64) -> Self {
        Self(Kind::Exponential(mean))
    }
    /// One value.
    pub fn sample(&self, draw: &mut Draw) -> f64 {
        match self.0 {
            Kind::Constant(value) => value,
            Kind::Exponential(mean) => -mean * libm::log1p(-draw.unit()),
        }
    }
    /// One value as a length of time.
    pub fn span(&self, draw: &mut Draw) -> Span {
        match self.0 {
            Kind::Constant(value) => Span::from_secs_f64(value),
            _ => Span::from_secs_f64(self.sample(draw)),
        }
    }
}
