//! A table as its callers see it: each call is served and counted, or throttled and free.

use super::capacity::Throughput;
use super::partitions::{Access, HALVES, Partitions};
use super::settings::{Capacity, TableSettings};
use crate::kernel::Time;
use crate::words::{LineItem, Usage};

/// A call was refused: ProvisionedThroughputExceededException or ThrottlingException, which the SDKs retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled;

/// The throughput of a table and its bill.
#[derive(Debug, Clone)]
pub struct Table {
    settings: TableSettings,
    writes: Throughput,
    /// In halves of read units.
    reads: Throughput,
    partitions: Partitions,
    usage: Usage,
    throttles: u64,
}

impl Table {
    /// A table with no traffic yet.
    #[must_use]
    pub fn new(settings: TableSettings) -> Self {
        let (writes, reads) = match settings.capacity {
            Capacity::OnDemand { peak_writes, peak_reads } => {
                (Throughput::on_demand(peak_writes, 1), Throughput::on_demand(peak_reads, HALVES))
            }
            Capacity::Provisioned { writes, reads } => {
                (Throughput::provisioned(writes, 1), Throughput::provisioned(reads, HALVES))
            }
        };
        let (usage, partitions) = (Usage::default(), Partitions::new());
        Self { settings, writes, reads, partitions, usage, throttles: 0 }
    }

    /// What was set.
    #[must_use]
    pub const fn settings(&self) -> &TableSettings {
        &self.settings
    }

    /// A put, update or delete of so many write units on the key of this hash, successful or not for its condition.
    ///
    /// # Errors
    /// The table or the partition serves no more: nothing was done, and nothing is billed.
    pub fn write(&mut self, now: Time, hash: u64, units: u64) -> Result<(), Throttled> {
        self.call(now, hash, Access::Write, units)
    }

    /// A read of so many halves of read units.
    ///
    /// # Errors
    /// As [`Table::write`].
    pub fn read(&mut self, now: Time, hash: u64, halves: u64) -> Result<(), Throttled> {
        self.call(now, hash, Access::Read, halves)
    }

    /// What is billed so far.
    #[must_use]
    pub const fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Calls that were refused so far.
    #[must_use]
    pub const fn throttles(&self) -> u64 {
        self.throttles
    }

    fn call(&mut self, now: Time, hash: u64, access: Access, units: u64) -> Result<(), Throttled> {
        self.partitions.grow_for(self.writes.served(now), self.reads.served(now));
        let (throughput, row) = match access {
            Access::Write => (&mut self.writes, LineItem::DynamoDbWriteUnits),
            Access::Read => (&mut self.reads, LineItem::DynamoDbHalfReadUnits),
        };
        if !throughput.covers(now, units) || !self.partitions.covers(now, hash, access, units) {
            self.throttles += 1;
            return Err(Throttled);
        }
        throughput.spend(now, units);
        self.partitions.spend(hash, access, units);
        self.usage.add(row, u128::from(units));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Distribution, Span};
    use crate::services::dynamodb::{NEW_TABLE_PEAK_READS, NEW_TABLE_PEAK_WRITES};

    fn table(capacity: Capacity) -> Table {
        let none = || Distribution::constant(0.0).expect("a constant");
        Table::new(TableSettings {
            capacity,
            write_latency: none(),
            read_latency: none(),
            eventual_lag: none(),
            ttl_lag: none(),
            error: 0.0,
        })
    }

    fn new_table() -> Table {
        table(Capacity::OnDemand { peak_writes: NEW_TABLE_PEAK_WRITES, peak_reads: NEW_TABLE_PEAK_READS })
    }

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    /// 2,000 writes of one key at once, then one each millisecond for a second: 1,000 and 1,000 are served. Another key
    /// in another partition is served meanwhile.
    ///
    /// Rule [doc] D-part: one partition, and so one hot key, serves 1,000 write units a second, whatever the table has left.
    #[test]
    fn one_key_is_served_1_000_writes_a_second() {
        let mut table = new_table();
        let served = |table: &mut Table, now, count: u64| (0..count).filter(|_| table.write(now, 7, 1).is_ok()).count();
        assert_eq!(served(&mut table, at(0), 2_000), 1_000);
        assert_eq!((1..=1_000).map(|millis| served(&mut table, at(millis), 1)).sum::<usize>(), 1_000);
        assert!(table.write(at(1_000), u64::MAX, 1).is_ok(), "another partition");
    }

    /// 5,000 strong reads of one key at once: 3,000. Eventually consistent ones: 6,000.
    ///
    /// Rule [doc] D-part: one partition, and so one hot key, serves 3,000 read units a second: 6,000 eventually consistent reads of up to 4 KB.
    #[test]
    fn one_key_is_served_3_000_reads_a_second() {
        for (halves, expected) in [(2, 3_000), (1, 6_000)] {
            let mut table = new_table();
            let served = (0..7_000).filter(|_| table.read(at(0), 7, halves).is_ok()).count();
            assert_eq!(served, expected);
        }
    }

    /// Keys spread evenly over all partitions: the table's own limit is what binds.
    #[test]
    fn a_spread_load_gets_all_that_the_table_serves() {
        let mut table = new_table();
        let served = (0..8_000u64).filter(|key| table.write(at(0), key << 51, 1).is_ok()).count();
        assert_eq!(served, 4_000);
    }

    /// Ten units a second on a provisioned table: the eleventh call is refused, and is not on the bill.
    ///
    /// Rule [doc] D-throt: a call beyond the capacity is refused as throttled, does nothing, and is not billed.
    #[test]
    fn what_is_throttled_is_not_billed() {
        let mut table = table(Capacity::Provisioned { writes: 10, reads: 10 });
        assert_eq!((0..11).filter(|_| table.write(at(0), 1, 1).is_ok()).count(), 10);
        assert_eq!((table.usage().count(LineItem::DynamoDbWriteUnits), table.throttles()), (10, 1));
        assert!(table.write(at(100), 1, 1).is_ok(), "a unit each tenth of a second");
        assert!(table.read(at(0), 1, 20).is_ok(), "reads have a capacity of their own");
    }
}
