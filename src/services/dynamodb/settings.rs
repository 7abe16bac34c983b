//! What can be set on a table, validated. Defaults are AWS's where AWS documents one.

use crate::kernel::Distribution;

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableSettings {
    /// How much it serves.
    pub capacity: Capacity,
    /// Time of a put, an update or a delete, as the caller sees it.
    pub write_latency: Distribution,
    /// Time of a get.
    pub read_latency: Distribution,
    /// How far an eventually consistent read is behind the writes.
    pub eventual_lag: Distribution,
    /// From the expiry of an item to its deletion.
    pub ttl_lag: Distribution,
    /// Chance that a call fails with an error of the service, after all that the caller's SDK tries; in [0, 1].
    pub error: f64,
}

/// How much a table serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// As much as it takes, within what it has served before.
    OnDemand {
        /// The highest write units a second that it has served before the run; of a new table 2,000.
        peak_writes: u64,
        /// The highest read units a second; of a new table 6,000.
        peak_reads: u64,
    },
    /// As much as was ordered.
    Provisioned {
        /// Write units a second, at least 1.
        writes: u64,
        /// Read units a second, at least 1.
        reads: u64,
    },
}
