//! Amazon Kinesis Data Streams, and DynamoDB Streams as its near twin: shards, what they take and what they give, by the
//! documented rules. It knows nothing of who reads.
//!
//! Rules kept (sources.md §4.1 and §5; K-lim, K-con, K-api, K-efo, D-str): the MD5 of the partition key picks the shard by
//! its range; a shard takes 1 MB/s or 1,000 records/s, whichever comes first, and refuses what exceeds that; a refused
//! producer tries again as the AWS SDKs do; standard consumers share 5 calls/s and 2 MB/s of each shard and see a record
//! at their next poll, consumers with enhanced fan-out have 2 MB/s each and are pushed to.
//!
//! Left out: splitting and merging of shards, on-demand streams.

mod partition;
mod producer;
mod reads;
pub mod settings;
mod writes;

pub use partition::{Place, Shards};
pub use producer::back_off;
pub use reads::{CALL_BYTES, CALL_RECORDS, Polls, Pushes, ShardReads};
pub use writes::{RECORDS_A_SECOND, Refused, ShardWrites};

/// Largest record, in bytes: 10 MiB (K-lim).
pub const RECORD_BYTES: u64 = 10 * MIB;
/// Bytes of a PUT payload unit of the bill (P-kin).
const PUT_UNIT: u64 = 25 * 1_024;
const MIB: u64 = 1_048_576;

/// How many PUT payload units a record of so many bytes is on the bill: one for each 25 KB begun, at least one (P-kin).
#[must_use]
pub fn put_units(bytes: u64) -> u64 {
    bytes.div_ceil(PUT_UNIT).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_25_kb_begun_is_a_unit() {
        assert_eq!([0, 1, 25_600, 25_601, 1_048_576].map(put_units), [1, 1, 1, 2, 41]);
    }
}
