//! Poisson arrivals at a constant rate.

use crate::kernel::{Purpose, Root, Time};

use super::clock::{Clock, unit_exponential};

/// Independent exponential gaps; the n-th gap is keyed by n.
#[derive(Debug)]
pub(super) struct Poisson {
    clock: Clock,
    mean_gap_ns: f64,
    gaps: Purpose,
}

impl Poisson {
    /// `rate` is in items per second, above zero, with the load already in it.
    pub(super) fn new(rate: f64, root: &Root, stream: &str) -> Self {
        Self { clock: Clock::default(), mean_gap_ns: 1e9 / rate, gaps: root.purpose(stream, "gap") }
    }

    /// When item `number` arrives.
    #[inline]
    pub(super) fn next(&mut self, number: u64) -> Time {
        self.clock.advance(unit_exponential(&mut self.gaps.draw(number, 0)) * self.mean_gap_ns)
    }
}
