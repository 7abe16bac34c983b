//! What calls consume: whole write units, and read units in halves, so that they stay whole numbers.

/// Bytes that one write unit covers.
const WRITE_BYTES: u64 = 1_024;
/// Bytes that one read unit covers.
const READ_BYTES: u64 = 4_096;

/// How current a read is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// It may miss what was written a moment ago.
    Eventual,
    /// It sees every write that was acknowledged before it.
    Strong,
}

/// Write units of an item of so many bytes: one for each KB begun, at least one.
#[must_use]
pub const fn write_units(bytes: u64) -> u64 {
    at_least_one(bytes.div_ceil(WRITE_BYTES))
}

/// Write units of a conditional write whose condition failed: those of the larger of the item there, if any, and the item
/// that was to be written.
#[must_use]
pub const fn failed_write_units(there: Option<u64>, offered: u64) -> u64 {
    match there {
        Some(there) if there > offered => write_units(there),
        _ => write_units(offered),
    }
}

/// Halves of read units of an item of so many bytes: for each 4 KB begun, two of them, or one if the read is only
/// eventually consistent. What is not there is read for the price of the smallest item.
#[must_use]
pub const fn half_read_units(bytes: u64, consistency: Consistency) -> u64 {
    let units = at_least_one(bytes.div_ceil(READ_BYTES));
    match consistency {
        Consistency::Eventual => units,
        Consistency::Strong => 2 * units,
    }
}

/// The same units within a transaction, which prepares and then commits.
#[must_use]
pub const fn transactional(units: u64) -> u64 {
    2 * units
}

const fn at_least_one(units: u64) -> u64 {
    if units == 0 { 1 } else { units }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 bytes (the smallest item), 1 byte, 1 KB, 1 KB and a byte, 400 KB.
    ///
    /// Rule [doc] D-units: a write takes one write unit for each KB begun, at least one.
    #[test]
    fn a_write_takes_a_unit_for_each_kb_begun() {
        assert_eq!([0, 1, 1_024, 1_025, 409_600].map(write_units), [1, 1, 1, 2, 400]);
    }

    /// A strong read of 4 KB is one unit, two halves; an eventual one a half; a byte more doubles both.
    ///
    /// Rule [doc] D-units: a strongly consistent read takes a read unit for each 4 KB begun, an eventually consistent one half.
    #[test]
    fn an_eventually_consistent_read_takes_half_of_a_strong_one() {
        assert_eq!([0, 4_096, 4_097].map(|bytes| half_read_units(bytes, Consistency::Strong)), [2, 2, 4]);
        assert_eq!([0, 4_096, 4_097].map(|bytes| half_read_units(bytes, Consistency::Eventual)), [1, 1, 2]);
    }

    /// 1.5 KB: two units by itself, four within a transaction; 4 KB read: two units, four halves.
    ///
    /// Rule [doc] D-units: within a transaction reads and writes take twice the units.
    #[test]
    fn a_transaction_takes_twice_the_units() {
        assert_eq!(transactional(write_units(1_536)), 4);
        assert_eq!(transactional(half_read_units(4_096, Consistency::Strong)), 4);
    }

    /// 200 bytes are offered: nothing there, something smaller, and 3 KB there.
    ///
    /// Rule [doc] D-cond: a failed conditional write still takes write units, by the larger of the two items, at least one.
    #[test]
    fn a_failed_condition_takes_the_units_of_the_larger_item() {
        assert_eq!([None, Some(100), Some(3_072)].map(|there| failed_write_units(there, 200)), [1, 1, 3]);
        assert_eq!(failed_write_units(Some(100), 2_048), 2, "the new item is the larger one");
    }
}
