//! One item every interval.

use crate::kernel::{Span, Time};

use super::clock::Clock;

/// Items at `offset`, `offset + interval / load`, `offset + 2 interval / load`, …
#[derive(Debug)]
pub(super) struct Deterministic {
    clock: Clock,
    step_ns: f64,
    started: bool,
}

impl Deterministic {
    /// `interval` is above zero; `load` divides it and leaves the offset alone.
    pub(super) fn new(interval: Span, offset: Span, load: f64) -> Self {
        Self { clock: Clock::at(Time::ZERO + offset), step_ns: interval.as_nanos() as f64 / load, started: false }
    }

    /// The next arrival.
    pub(super) fn next(&mut self) -> Time {
        if self.started {
            self.clock.advance(self.step_ns)
        } else {
            self.started = true;
            self.clock.now()
        }
    }

    /// How many items arrive before `until`.
    pub(super) fn expected(interval: Span, offset: Span, until: Time, load: f64) -> f64 {
        let left = until.since(Time::ZERO + offset).as_nanos() as f64;
        (left * load / interval.as_nanos() as f64).ceil()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_at_the_offset_and_every_interval_after() {
        let mut process = Deterministic::new(Span::from_secs(10), Span::from_secs(3), 1.0);
        let times: Vec<_> = (0..4).map(|_| process.next()).collect();
        assert_eq!(times, [3, 13, 23, 33].map(|s| Time::ZERO + Span::from_secs(s)));
    }

    #[test]
    fn load_divides_the_interval_without_drift() {
        // One third of a second is no whole number of nanoseconds; 3,000 of them are 1,000 s to the nanosecond.
        let mut process = Deterministic::new(Span::from_secs(1), Span::ZERO, 3.0);
        let last = (0..=3_000).map(|_| process.next()).last();
        let error = last.map(|time| time.as_nanos().abs_diff(1_000_000_000_000));
        assert!(error.is_some_and(|nanos| nanos <= 1), "off by {error:?} ns");
    }

    #[test]
    fn the_end_is_exclusive() {
        let until = Time::ZERO + Span::from_secs(10);
        assert_eq!(Deterministic::expected(Span::from_secs(5), Span::ZERO, until, 1.0), 2.0);
        assert_eq!(Deterministic::expected(Span::from_secs(5), Span::from_secs(1), until, 1.0), 2.0);
        assert_eq!(Deterministic::expected(Span::from_secs(5), Span::from_secs(20), until, 1.0), 0.0);
    }
}
