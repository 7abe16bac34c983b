//! Independent gaps from one distribution.

use crate::kernel::{Distribution, Purpose, Root, Time};

use super::clock::Clock;

/// Samples in the estimate of a distribution's mean gap.
const MEAN_SAMPLES: u64 = 4_096;

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

/// The mean of a gap in seconds, estimated from a fixed sample of its own: the same for every seed.
pub(super) fn estimated_mean(gap: &Distribution) -> f64 {
    let sample = Root::new(0, 0).purpose("renewal", "mean");
    (0..MEAN_SAMPLES).map(|i| gap.sample(&mut sample.draw(i, 0))).sum::<f64>() / MEAN_SAMPLES as f64
}
