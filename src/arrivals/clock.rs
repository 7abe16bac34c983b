//! A clock that adds real nanoseconds without losing the fractions, and unit exponentials to advance it by.

use rand_distr::{Distribution, Exp1};

use crate::kernel::{Draw, Time};

/// The instant of a process's latest event: whole nanoseconds, and the part of one still owed.
///
/// Rounding each gap by itself would bias streams whose gaps are near a nanosecond; carrying the part does not.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    whole: u64,
    part: f64,
}

impl Clock {
    /// A clock that stands at `time`.
    pub(super) fn at(time: Time) -> Self {
        Self { whole: time.as_nanos(), part: 0.0 }
    }

    /// Goes on by a non-negative number of nanoseconds (stops at [`Time::NEVER`]) and tells the new time.
    #[inline]
    pub(super) fn advance(&mut self, nanos: f64) -> Time {
        let sum = self.part + nanos;
        let whole = sum as u64;
        self.part = sum - whole as f64;
        self.whole = self.whole.saturating_add(whole);
        self.now()
    }

    /// The whole nanoseconds so far.
    #[inline]
    pub(super) fn now(&self) -> Time {
        Time::from_nanos(self.whole)
    }
}

/// An exponential with mean 1.
#[inline]
pub(super) fn unit_exponential(draw: &mut Draw) -> f64 {
    Exp1.sample(draw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_a_nanosecond_add_up() {
        let mut clock = Clock::at(Time::from_nanos(7));
        for _ in 0..4 {
            clock.advance(0.25);
        }
        assert_eq!(clock.now(), Time::from_nanos(8));
    }

    #[test]
    fn the_clock_stops_at_never() {
        let mut clock = Clock::default();
        assert_eq!(clock.advance(f64::INFINITY), Time::NEVER);
        assert_eq!(clock.advance(5.0), Time::NEVER);
    }
}
