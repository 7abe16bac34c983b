//! A limit on how much may happen in a second, in whole numbers, and when there is room again.

use crate::kernel::{Span, Time};

const SECOND: i128 = 1_000_000_000;

/// So many units a second, of which `burst` at most are saved up. Starts full. What is taken beyond what is there is
/// owed, and holds back what comes after.
#[derive(Debug, Clone)]
pub struct Rate {
    per_second: u64,
    burst: u64,
    /// Units × nanoseconds of a second, so that refilling is exact.
    credit: i128,
    updated: Time,
}

impl Rate {
    /// `per_second` units a second; both are at least 1.
    #[must_use]
    pub fn new(per_second: u64, burst: u64) -> Self {
        Self { per_second, burst, credit: i128::from(burst) * SECOND, updated: Time::ZERO }
    }

    /// Another pace from `now` on; what is saved up stays, as far as the new burst holds it.
    pub fn set(&mut self, now: Time, per_second: u64, burst: u64) {
        self.refill(now);
        (self.per_second, self.burst) = (per_second, burst);
        self.refill(now);
    }

    /// Takes units, there or not.
    pub fn take(&mut self, now: Time, units: u64) {
        self.refill(now);
        self.credit -= i128::from(units) * SECOND;
    }

    /// Takes a unit if there is a whole one.
    pub fn try_take(&mut self, now: Time) -> bool {
        let ready = self.ready_at(now) <= now;
        if ready {
            self.take(now, 1);
        }
        ready
    }

    /// Takes a unit in any case, and says when it may be used: at once, or when those before it have had theirs.
    pub fn reserve(&mut self, now: Time) -> Time {
        let ready = self.ready_at(now);
        self.take(now, 1);
        ready
    }

    /// When a whole unit is there: `now` or later.
    pub fn ready_at(&mut self, now: Time) -> Time {
        self.refill(now);
        let missing = (SECOND - self.credit).max(0);
        let per_second = i128::from(self.per_second);
        now + Span::from_nanos(u64::try_from((missing + per_second - 1) / per_second).unwrap_or(u64::MAX))
    }

    fn refill(&mut self, now: Time) {
        let elapsed = i128::from(now.since(self.updated).as_nanos());
        self.credit = (self.credit + elapsed * i128::from(self.per_second)).min(i128::from(self.burst) * SECOND);
        self.updated = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    #[test]
    fn what_is_saved_up_is_taken_at_once_and_the_rest_at_the_rate() {
        let mut rate = Rate::new(4, 2);
        assert_eq!([(); 3].map(|()| rate.try_take(at(0))), [true, true, false]);
        assert_eq!(rate.ready_at(at(0)), at(250));
        assert_eq!((rate.try_take(at(249)), rate.try_take(at(250)), rate.try_take(at(251))), (false, true, false));
        assert_eq!([(); 3].map(|()| rate.try_take(at(9_000))), [true, true, false]);
    }

    /// Ten units at four a second out of a full two: eight are owed, and the ninth is there after 2.25 s.
    #[test]
    fn what_is_owed_holds_back_what_comes_after() {
        let mut rate = Rate::new(4, 2);
        rate.take(at(0), 10);
        assert_eq!(rate.ready_at(at(0)), at(2_250));
        rate.set(at(250), 8, 4);
        assert_eq!(rate.ready_at(at(250)), at(250 + 1_000), "seven are owed: eight at eight a second");
    }

    #[test]
    fn what_exceeds_a_second_is_refused_until_there_is_room_again() {
        let mut rate = Rate::new(4, 4);
        assert_eq!((0..6).filter(|_| rate.try_take(at(0))).count(), 4);
        assert!(!rate.try_take(at(249)));
        assert!(rate.try_take(at(250)), "a quarter of a second is one of four");
        assert!(!rate.try_take(at(250)));
    }

    #[test]
    fn nothing_is_saved_up_beyond_a_second() {
        let mut rate = Rate::new(4, 4);
        assert_eq!((0..9).filter(|_| rate.try_take(at(60_000))).count(), 4);
    }

    #[test]
    fn what_is_reserved_waits_for_its_turn() {
        let mut rate = Rate::new(4, 4);
        let turns: Vec<Time> = (0..6).map(|_| rate.reserve(at(0))).collect();
        assert_eq!(turns, [0, 0, 0, 0, 250, 500].map(at));
        assert_eq!(rate.reserve(at(500)), at(750));
    }
}
