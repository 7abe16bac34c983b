//! Independent gaps from one distribution.

use crate::kernel::{Distribution, Purpose, Root, Time};

use super::clock::Clock;

/// An ordinary renewal process: the first item comes one gap after the start of the run.
#[derive(Debug)]
pub(super) struct Renewal {
    clock: Clock,
    gap: Distribution,
    nanos_per_unit: f64,
    gaps: Purpose,
}

impl Renewal {
    /// Gaps are in seconds, divided by `load`.
    pub(super) fn new(gap: &Distribution, load: f64, root: &Root, stream: &str) -> Self {
        let gaps = root.purpose(stream, "gap");
        Self { clock: Clock::default(), gap: gap.clone(), nanos_per_unit: 1e9 / load, gaps }
    }

    /// When item `number` arrives.
    pub(super) fn next(&mut self, number: u64) -> Time {
        self.clock.advance(self.gap.sample(&mut self.gaps.draw(number, 0)) * self.nanos_per_unit)
    }
}
