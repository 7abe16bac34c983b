//! The partitions of a table: each serves so much, whatever the table has left. Keys are spread over them by their hash.

use super::bucket::{Bucket, Rate};
use super::capacity::{PARTITION_READS, PARTITION_WRITES};
use super::units::{Consistency, half_read_units};
use crate::kernel::Time;

/// Halves of read units that a strongly consistent read of one unit takes: the scale of the counts of reads.
pub(super) const HALVES: u64 = half_read_units(1, Consistency::Strong);
const WRITES: Rate = Rate { units: PARTITION_WRITES, kept: 1 };
const READS: Rate = Rate { units: PARTITION_READS * HALVES, kept: 1 };

/// What is asked of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

/// The partitions of a table: a power of two of them.
#[derive(Debug, Clone)]
pub(super) struct Partitions {
    partitions: Vec<Partition>,
}

#[derive(Debug, Clone)]
struct Partition {
    writes: Bucket,
    reads: Bucket,
}

impl Partitions {
    /// One partition.
    pub(super) fn new() -> Self {
        Self { partitions: vec![Partition { writes: Bucket::new(WRITES), reads: Bucket::new(READS) }] }
    }

    /// Splits until there are enough for what the table serves, reads in halves. A table never loses a partition.
    pub(super) fn grow_for(&mut self, writes: u64, reads: u64) {
        let needed = writes.div_ceil(PARTITION_WRITES).max(reads.div_ceil(PARTITION_READS * HALVES));
        while (self.partitions.len() as u64) < needed {
            // Each half of the keys of a partition goes on with what that had left.
            self.partitions =
                self.partitions.iter().flat_map(|partition| [partition.clone(), partition.clone()]).collect();
        }
    }

    /// Whether the partition of a key serves so many units more.
    pub(super) fn covers(&mut self, now: Time, hash: u64, access: Access, units: u64) -> bool {
        let partition = self.of(hash);
        match access {
            Access::Write => partition.writes.covers(now, WRITES, units),
            Access::Read => partition.reads.covers(now, READS, units),
        }
    }

    /// The call is served.
    pub(super) fn spend(&mut self, hash: u64, access: Access, units: u64) {
        let partition = self.of(hash);
        match access {
            Access::Write => partition.writes.spend(units),
            Access::Read => partition.reads.spend(units),
        }
    }

    /// The partition of a key: the highest bits of its hash, so that a split leaves each key in a half of its own.
    fn of(&mut self, hash: u64) -> &mut Partition {
        let count = self.partitions.len() as u128;
        let index = (u128::from(hash) * count) >> 64;
        &mut self.partitions[index as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_partitions_as_it_takes() {
        let mut partitions = Partitions::new();
        let mut count = |writes, reads: u64| {
            partitions.grow_for(writes, reads * HALVES);
            partitions.partitions.len()
        };
        assert_eq!([count(500, 500), count(1_001, 0), count(0, 12_000), count(5_000, 0)], [1, 2, 4, 8]);
        assert_eq!(count(1, 1), 8, "a table never loses a partition");
    }

    #[test]
    fn a_split_leaves_each_key_with_the_partition_it_was_in() {
        let mut partitions = Partitions::new();
        partitions.grow_for(2_000, 0);
        let (low, high) = (1 << 62, 3 << 62);
        partitions.spend(low, Access::Write, 1_000);
        assert!(!partitions.covers(Time::ZERO, low, Access::Write, 1));
        assert!(partitions.covers(Time::ZERO, high, Access::Write, 1));
        partitions.grow_for(8_000, 0);
        assert!(!partitions.covers(Time::ZERO, low, Access::Write, 1));
        assert!(partitions.covers(Time::ZERO, high, Access::Write, 1));
    }
}
