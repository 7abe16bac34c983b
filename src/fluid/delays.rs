//! What an item's way takes apart from its wait: sums of independent parts, as equally likely values.

use crate::kernel::{Distribution, Purpose, Span};
use crate::metrics::Histogram;

/// Values of a sum.
const STRATA: usize = 4_096;
/// The golden section: its multiples fill the unit interval evenly, however many are taken.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Equally likely lengths of time in seconds, ascending.
#[derive(Debug, Clone)]
pub(super) struct Delays {
    values: Vec<f64>,
    mean: f64,
}

impl Delays {
    /// A sum of independent parts, each with a factor: of every part each of so many equal parts of its distribution is in
    /// the sum once, put together at random (a Latin hypercube), so that the mean is kept and quantiles vary little.
    pub(super) fn sum(parts: &[(&Distribution, f64)], purpose: &Purpose) -> Self {
        let mut sums = vec![0.0; STRATA];
        for (index, (part, factor)) in parts.iter().enumerate() {
            let mut values = values(part);
            let mut draw = purpose.draw(index as u64, 0);
            for end in (1..values.len()).rev() {
                values.swap(end, draw.below(end as u64 + 1) as usize);
            }
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value);
        }
        sums.sort_unstable_by(f64::total_cmp);
        Self::of(sums)
    }

    fn of(values: Vec<f64>) -> Self {
        Self { mean: values.iter().sum::<f64>() / values.len() as f64, values }
    }

    /// The same where none exceeds `most`.
    pub(super) fn at_most(self, most: f64) -> Self {
        Self::of(self.values.into_iter().map(|value| value.min(most)).collect())
    }

    /// Mean, in seconds.
    pub(super) const fn mean(&self) -> f64 {
        self.mean
    }

    /// Mean of the milliseconds begun, as they are billed.
    pub(super) fn mean_millis_begun(&self) -> f64 {
        let begun = |&value: &f64| Span::from_secs_f64(value).as_millis_ceil().max(1) as f64;
        self.values.iter().map(begun).sum::<f64>() / self.values.len() as f64
    }

    /// Adds to `latency` as many lengths as `waits` counts, each a wait and an independent one of these.
    pub(super) fn after(&self, waits: &Histogram, latency: &mut Histogram) {
        let mut turn = 0.0;
        for (low, high, count) in waits.buckets() {
            let wait = f64::midpoint(low.as_secs_f64(), high.as_secs_f64());
            let (each, rest) = (count / self.values.len() as u64, count % self.values.len() as u64);
            let mut record = |value: f64, many| latency.record_many(Span::from_secs_f64(wait + value), many);
            if each > 0 {
                self.values.iter().for_each(|&value| record(value, each));
            }
            if rest > 0 {
                turn = (turn + GOLDEN) % 1.0;
                let stride = self.values.len() as f64 / rest as f64;
                for index in 0..rest {
                    let at = ((index as f64 + turn) * stride) as usize;
                    record(self.values[at.min(self.values.len() - 1)], 1);
                }
            }
        }
    }
}

/// The middles of equal parts of a distribution; the last is set so that their mean is the distribution's.
fn values(part: &Distribution) -> Vec<f64> {
    let mut values: Vec<f64> = (0..STRATA).map(|index| part.quantile((index as f64 + 0.5) / STRATA as f64)).collect();
    if let Some((last, others)) = values.split_last_mut() {
        *last = (part.mean() * STRATA as f64 - others.iter().sum::<f64>()).max(*last);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Root;

    fn purpose() -> Purpose {
        Root::new(4, 0).purpose("delays", "test")
    }

    /// Two exponentials of 1 s are an Erlang of two stages: mean 2, p99 6.638.
    #[test]
    fn a_sum_has_the_mean_and_the_quantiles_of_independent_parts() {
        let one = Distribution::exponential(1.0).expect("a distribution");
        let sum = Delays::sum(&[(&one, 1.0), (&one, 1.0)], &purpose());
        assert!((sum.mean() - 2.0).abs() < 1e-9);
        let p99 = sum.values[STRATA * 99 / 100];
        assert!((p99 / 6.638 - 1.0).abs() < 0.04, "{p99}");
    }

    #[test]
    fn every_wait_has_its_delay() {
        let service = Distribution::exponential(2.0).expect("a distribution");
        let delays = Delays::sum(&[(&service, 1.0)], &purpose());
        let (mut waits, mut latency) = (Histogram::default(), Histogram::default());
        (0..500).for_each(|wait| waits.record_many(Span::from_millis(wait), wait % 7));
        waits.record_many(Span::from_secs(3), 1_000_000);
        delays.after(&waits, &mut latency);
        assert_eq!(latency.count(), waits.count());
        let mean = waits.mean().expect("waits") + 2.0;
        assert!((latency.mean().expect("latencies") / mean - 1.0).abs() < 2e-3);
    }

    #[test]
    fn milliseconds_are_billed_that_were_begun() {
        let constant = Distribution::constant(0.0101).expect("a distribution");
        let delays = Delays::sum(&[(&constant, 1.0)], &purpose());
        assert_eq!(delays.mean_millis_begun(), 11.0);
        assert_eq!(delays.at_most(0.002).mean_millis_begun(), 2.0);
    }
}
