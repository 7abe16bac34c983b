//! What every shape of distribution must answer.

use crate::kernel::random::Draw;

/// One family of distributions with its parameters, already validated.
pub(super) trait Shape {
    /// One value, never negative.
    fn sample(&self, draw: &mut Draw) -> f64;
    /// The expected value.
    fn mean(&self) -> f64;
    /// The variance.
    fn variance(&self) -> f64;
    /// The probability of a value of at most `x`.
    fn cdf(&self, x: f64) -> f64;
    /// The lower end of the support.
    fn smallest(&self) -> f64 {
        0.0
    }
    /// The upper end of the support, if it is bounded.
    fn largest(&self) -> Option<f64> {
        None
    }
    /// The least value whose cdf reaches `p`, for `p` strictly between 0 and 1.
    fn quantile(&self, p: f64) -> f64 {
        bisect(self, p)
    }
}

/// Halves the bracket until its ends are neighbouring floats; at most about 2,100 steps from any bracket, usually 60.
fn bisect<S: Shape + ?Sized>(shape: &S, p: f64) -> f64 {
    let mut low = shape.smallest();
    if shape.cdf(low) >= p {
        return low;
    }
    let mut high = shape.largest().unwrap_or_else(|| upper_bracket(shape, p));
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if shape.cdf(middle) >= p {
            high = middle;
        } else {
            low = middle;
        }
    }
}

/// Doubles from the mean until the quantile is bracketed, or the floats end.
fn upper_bracket<S: Shape + ?Sized>(shape: &S, p: f64) -> f64 {
    let mut high = shape.mean().max(f64::MIN_POSITIVE);
    while shape.cdf(high) < p && high < f64::MAX {
        high = (high * 2.0).min(f64::MAX);
    }
    high
}
