//! Amazon DynamoDB, one table: what its calls consume, when they are throttled, and how long its items are there. It knows
//! nothing of who calls it, nor of what the items say.
//!
//! Rules kept, with their sources:
//!
//! * Units: a write takes one unit for each KB begun, a strongly consistent read one for each 4 KB, an eventually
//!   consistent one half of that, a transaction twice as much; a conditional write whose condition fails takes as many as
//!   the larger of the item there and the item that was to be written (D-units, D-cond).
//! * On demand: a new table serves 4,000 write and 12,000 read units a second at once, a grown one twice its previous
//!   peak, where a peak is previous once it is 30 minutes old; what exceeds that is throttled. No table serves more
//!   than 40,000 of either (D-od, D-quota).
//! * Provisioned: what was ordered, and of the last 300 s what was not used (D-burst).
//! * A partition serves 1,000 write and 3,000 read units a second, so no single key is served more (D-part).
//! * Time to live: an expired item is deleted some time later, free of charge; until then reads and conditions find it
//!   (D-ttl).
//!
//! Left out: global tables and indexes; splitting a partition that is hot, which takes minutes; storage on the bill.

mod bucket;
mod capacity;
mod items;
mod partitions;
pub mod settings;
mod table;
mod units;

pub use capacity::{
    NEW_TABLE_PEAK_READS, NEW_TABLE_PEAK_WRITES, PARTITION_READS, PARTITION_WRITES, PEAK_SETTLES_AFTER, TABLE_QUOTA,
};
pub use items::{Found, Items};
pub use table::{Table, Throttled};
pub use units::{Consistency, failed_write_units, half_read_units, transactional, write_units};
