//! What a shard takes (K-lim): 1 MB a second or 1,000 records a second, whichever is reached first.
//!
//! AWS does not say how the second is counted. Here each of the two is a bucket that holds a second's worth and fills
//! steadily. A record larger than a second's worth is taken when the bucket is full, and has to be made up for: bursts are
//! possible, the sustained rate is the limit.

use super::MIB;
use crate::kernel::{Span, Time};

/// Records a second of a shard (K-lim).
pub const RECORDS_A_SECOND: u64 = 1_000;
/// A second's worth.
const WORTH: Span = Span::from_secs(1);

/// One shard's account of what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShardWrites {
    /// When each bucket is full again.
    records_full: Time,
    bytes_full: Time,
}

/// A record was refused: `ProvisionedThroughputExceeded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

impl ShardWrites {
    /// Takes a record of so many bytes, its key included.
    ///
    /// # Errors
    /// It exceeds what the shard takes.
    pub fn take(&mut self, now: Time, bytes: u64) -> Result<(), Refused> {
        let record = Span::from_nanos(WORTH.as_nanos() / RECORDS_A_SECOND);
        let size =
            Span::from_nanos((u128::from(bytes) * u128::from(WORTH.as_nanos())).div_ceil(u128::from(MIB)) as u64);
        if self.records_full.since(now) + record > WORTH || self.bytes_full.since(now) + size.min(WORTH) > WORTH {
            return Err(Refused);
        }
        self.records_full = self.records_full.max(now) + record;
        self.bytes_full = self.bytes_full.max(now) + size;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    /// How many of many records at one instant are taken.
    fn taken(shard: &mut ShardWrites, now: Time, bytes: u64) -> usize {
        (0..5_000).filter(|_| shard.take(now, bytes).is_ok()).count()
    }

    /// A full bucket of 1,000; half a second later 500 more.
    #[test]
    fn a_shard_takes_1000_records_a_second() {
        let mut shard = ShardWrites::default();
        assert_eq!((taken(&mut shard, at(0), 100), taken(&mut shard, at(500), 100)), (1_000, 500));
        assert_eq!((taken(&mut shard, at(1_499), 100), taken(&mut shard, at(60_000), 100)), (999, 1_000));
    }

    /// 1 MiB are 64 records of 16 KiB; a quarter of a second later 16 more.
    #[test]
    fn a_shard_takes_1_mb_a_second() {
        let mut shard = ShardWrites::default();
        assert_eq!((taken(&mut shard, at(0), 16_384), taken(&mut shard, at(250), 16_384)), (64, 16));
    }

    /// 10 MiB are taken from a full bucket and made up for in 10 s: after 9.5 s there is room for half a MiB again.
    #[test]
    fn a_large_record_is_a_burst_that_has_to_be_made_up_for() {
        let mut shard = ShardWrites::default();
        assert_eq!((taken(&mut shard, at(0), 10 * MIB), taken(&mut shard, at(9_000), 1)), (1, 0));
        assert_eq!(taken(&mut shard, at(9_500), 262_144), 2);
        assert!(shard.take(at(10_400), 10 * MIB).is_err(), "the bucket is not full");
        assert!(shard.take(at(10_500), 10 * MIB).is_ok());
    }
}
