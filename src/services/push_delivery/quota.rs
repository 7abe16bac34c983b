//! A quota of so many a second, in whole numbers.

use crate::kernel::{Span, Time};

/// Nanoseconds in a second: credits are counted in tokens × nanoseconds, so that refilling is exact.
const SECOND: i128 = 1_000_000_000;

/// So many a second; what a second holds may come at once. Starts full.
#[derive(Debug, Clone)]
pub struct Quota {
    rate: i128,
    /// Tokens × 10⁹; below zero, what was reserved ahead.
    credit: i128,
    updated: Time,
}

impl Quota {
    /// A quota of `rate` a second, at least 1.
    #[must_use]
    pub fn new(rate: u64) -> Self {
        let rate = i128::from(rate.max(1));
        Self { rate, credit: rate * SECOND, updated: Time::ZERO }
    }

    /// Takes one if there is one left; else it is refused, and nothing is taken.
    pub fn take(&mut self, now: Time) -> bool {
        self.refill(now);
        let left = self.credit >= SECOND;
        self.credit -= if left { SECOND } else { 0 };
        left
    }

    /// Takes one in any case, and says when it may be used: at once, or when those before it have had theirs.
    pub fn reserve(&mut self, now: Time) -> Time {
        self.refill(now);
        self.credit -= SECOND;
        if self.credit >= 0 {
            return now;
        }
        let wait = (-self.credit + self.rate - 1) / self.rate;
        now + Span::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX))
    }

    fn refill(&mut self, now: Time) {
        let elapsed = i128::from(now.since(self.updated).as_nanos());
        self.updated = now;
        self.credit = (self.credit + elapsed * self.rate).min(self.rate * SECOND);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    #[test]
    fn what_exceeds_a_second_is_refused_until_there_is_room_again() {
        let mut quota = Quota::new(4);
        assert_eq!((0..6).filter(|_| quota.take(at(0))).count(), 4);
        assert!(!quota.take(at(249)));
        assert!(quota.take(at(250)), "a quarter of a second is one of four");
        assert!(!quota.take(at(250)));
    }

    #[test]
    fn nothing_is_saved_up_beyond_a_second() {
        let mut quota = Quota::new(4);
        assert_eq!((0..9).filter(|_| quota.take(at(60_000))).count(), 4);
    }

    #[test]
    fn what_is_reserved_waits_for_its_turn() {
        let mut quota = Quota::new(4);
        let turns: Vec<Time> = (0..6).map(|_| quota.reserve(at(0))).collect();
        assert_eq!(turns, [0, 0, 0, 0, 250, 500].map(at));
        assert_eq!(quota.reserve(at(500)), at(750));
    }
}
