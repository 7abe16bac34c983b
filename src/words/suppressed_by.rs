//! What kept an effect from being applied to an item that has it, or from being worked towards once more: the
//! mechanisms of suppressed duplicates, all in one table.

use serde::{Deserialize, Serialize};

macro_rules! mechanisms {
    ($($mechanism:ident $name:literal $words:literal $meaning:literal;)*) => {
        /// What suppressed a repetition.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SuppressedBy {
            $(#[doc = $meaning] $mechanism,)*
        }

        impl SuppressedBy {
            /// Every mechanism, in the order of the reports.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$mechanism),*];

            /// Its stable name in tables and documents: the scope of the metric `duplicates_suppressed`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$mechanism => $name,)* }
            }

            /// What is said of so many repetitions: `309 by FIFO de-duplication`.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$mechanism => $words,)* }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$mechanism => $meaning,)* }
            }
        }
    };
}

mechanisms! {
    FifoDeduplication "fifo_deduplication" "by FIFO de-duplication"
        "A FIFO queue accepted the message and did not deliver it: one of its de-duplication id came within five minutes before.";
    IdempotencyRecord "idempotency_record" "by idempotency records"
        "The function found the item's record in its idempotency store, and did not work on it again.";
    IdempotentDownstream "idempotent_downstream" "by an idempotent downstream"
        "The downstream that was called knew the item by its key, and did not do its work again.";
    ExecutionName "execution_name" "by execution names"
        "A Standard workflow had an execution of the item's name, and started no other.";
    JoinRecord "join_record" "by records of joins"
        "The record of a fork of events had the end of that branch, or was closed, and took no other.";
}

impl SuppressedBy {
    /// Its place in [`SuppressedBy::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Counts of suppressed repetitions by mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<u64>", into = "Vec<u64>")]
pub struct SuppressedCounts([u64; SuppressedBy::ALL.len()]);

impl From<Vec<u64>> for SuppressedCounts {
    fn from(counts: Vec<u64>) -> Self {
        Self(super::padded(counts))
    }
}

impl From<SuppressedCounts> for Vec<u64> {
    fn from(counts: SuppressedCounts) -> Self {
        super::trimmed(&counts.0, SuppressedBy::ExecutionName.index())
    }
}

impl SuppressedCounts {
    /// Counts one more.
    pub const fn add(&mut self, mechanism: SuppressedBy) {
        self.0[mechanism.index()] += 1;
    }

    /// How many this mechanism suppressed.
    #[must_use]
    pub const fn count(&self, mechanism: SuppressedBy) -> u64 {
        self.0[mechanism.index()]
    }

    /// How many all of them suppressed.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Whether none was suppressed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mechanisms_keep_their_places_and_are_counted() {
        let mut counts = SuppressedCounts::default();
        assert!(counts.is_empty());
        for (index, mechanism) in SuppressedBy::ALL.into_iter().enumerate() {
            assert_eq!(mechanism.index(), index);
            counts.add(mechanism);
            assert_eq!((counts.count(mechanism), counts.total()), (1, index as u64 + 1));
        }
    }
}
