//! A bucket of capacity units in whole numbers: refilled continuously at a rate that may change, up to some seconds of it.

use crate::kernel::Time;

const SECOND: i128 = 1_000_000_000;

/// What a bucket is refilled by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// Units a second.
    pub units: u64,
    /// Seconds of unused units that are kept.
    pub kept: u64,
}

impl Rate {
    fn capacity(self) -> i128 {
        i128::from(self.units) * i128::from(self.kept) * SECOND
    }
}

/// Units that can be taken at once.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    /// Units × nanoseconds of a second, so that refilling is exact.
    credit: i128,
    updated: Time,
}

impl Bucket {
    /// A bucket that holds a second of units at time zero: what is kept beyond that has first to go unused.
    pub(super) fn new(rate: Rate) -> Self {
        Self { credit: i128::from(rate.units) * SECOND, updated: Time::ZERO }
    }

    /// Whether so many units are there, or the bucket is full: a call about an item that is larger than all of it is
    /// served too, and what follows waits the longer.
    pub(super) fn covers(&mut self, now: Time, rate: Rate, units: u64) -> bool {
        let capacity = rate.capacity();
        let elapsed = i128::from(now.since(self.updated).as_nanos());
        self.credit = (self.credit + elapsed * i128::from(rate.units)).min(capacity);
        self.updated = now;
        self.credit >= (i128::from(units) * SECOND).min(capacity)
    }

    /// Takes units.
    pub(super) fn spend(&mut self, units: u64) {
        self.credit -= i128::from(units) * SECOND;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    fn take(bucket: &mut Bucket, rate: Rate, now: Time, units: u64) -> bool {
        let covered = bucket.covers(now, rate, units);
        if covered {
            bucket.spend(units);
        }
        covered
    }

    #[test]
    fn an_item_larger_than_the_bucket_is_served_by_a_full_one_and_paid_back() {
        let rate = Rate { units: 2, kept: 1 };
        let mut bucket = Bucket::new(rate);
        assert!(take(&mut bucket, rate, at(0), 5));
        // Three owed, paid back at 1.5 s; one unit is there at 2 s.
        assert!(!take(&mut bucket, rate, at(1_999), 1));
        assert!(take(&mut bucket, rate, at(2_000), 1));
    }

    #[test]
    fn a_rate_that_grows_refills_faster() {
        let (slow, fast) = (Rate { units: 1, kept: 1 }, Rate { units: 10, kept: 1 });
        let mut bucket = Bucket::new(slow);
        assert!(take(&mut bucket, slow, at(0), 1));
        assert!(!take(&mut bucket, fast, at(99), 1));
        assert!(take(&mut bucket, fast, at(100), 1));
    }
}
