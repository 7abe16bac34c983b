//! A table of percentiles, as monitoring reports them, read with straight lines between its points.

use super::error::{DistributionError, at_least, non_negative, within};
use super::shape::Shape;
use crate::kernel::random::Draw;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Percentiles(Box<[Point]>);

#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    p: f64,
    value: f64,
}

impl Percentiles {
    pub(super) fn new(table: &[(f64, f64)]) -> Result<Self, DistributionError> {
        at_least("percentiles", 2, table.len())?;
        for &(p, value) in table {
            within("percentile", 0.0, 1.0, p)?;
            non_negative("value", value)?;
        }
        for pair in table.windows(2) {
            let ((p, value), (next_p, next_value)) = (pair[0], pair[1]);
            if p >= next_p {
                return Err(DistributionError::NotAscending { parameter: "percentiles", before: p, after: next_p });
            }
            if value > next_value {
                return Err(DistributionError::NotAscending {
                    parameter: "the values of percentiles",
                    before: value,
                    after: next_value,
                });
            }
        }
        Ok(Self(table.iter().map(|&(p, value)| Point { p, value: value.abs() }).collect()))
    }

    #[inline]
    fn inverse(&self, p: f64) -> f64 {
        let above = self.0.partition_point(|point| point.p <= p);
        if above == 0 {
            return self.smallest();
        }
        let below = self.0[above - 1];
        let Some(above) = self.0.get(above) else { return below.value };
        below.value + (above.value - below.value) * ((p - below.p) / (above.p - below.p))
    }

    fn first(&self) -> Point {
        self.0[0]
    }

    fn last(&self) -> Point {
        self.0[self.0.len() - 1]
    }

    /// The atoms at both ends and, between each two points, what `between` says of a uniform on their values.
    fn expect(&self, at: impl Fn(f64) -> f64, between: impl Fn(f64, f64) -> f64) -> f64 {
        let lines = self.0.windows(2).map(|pair| (pair[1].p - pair[0].p) * between(pair[0].value, pair[1].value));
        self.first().p * at(self.first().value) + lines.sum::<f64>() + (1.0 - self.last().p) * at(self.last().value)
    }
}

impl Shape for Percentiles {
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        self.inverse(draw.unit())
    }
    fn mean(&self) -> f64 {
        self.expect(|value| value, |low, high| low + (high - low) / 2.0)
    }
    fn variance(&self) -> f64 {
        let mean = self.mean();
        let square = |value: f64| (value - mean) * (value - mean);
        self.expect(square, |low, high| square(low + (high - low) / 2.0) + (high - low) * (high - low) / 12.0)
    }
    fn cdf(&self, x: f64) -> f64 {
        let above = self.0.partition_point(|point| point.value <= x);
        if above == 0 {
            return 0.0;
        }
        let below = self.0[above - 1];
        let Some(above) = self.0.get(above) else { return 1.0 };
        below.p + (above.p - below.p) * ((x - below.value) / (above.value - below.value))
    }
    fn smallest(&self) -> f64 {
        self.first().value
    }
    fn largest(&self) -> Option<f64> {
        Some(self.last().value)
    }
    fn quantile(&self, p: f64) -> f64 {
        self.inverse(p)
    }
}
