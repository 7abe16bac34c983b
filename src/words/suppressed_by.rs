//! What kept a repeated effect from being applied again: the mechanisms of idempotency.

use serde::{Deserialize, Serialize};

macro_rules! mechanisms {
    ($($mechanism:ident $name:literal $meaning:literal;)*) => {
        /// What knew that an item has its effect, and suppressed the repetition.
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

            /// What it means, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$mechanism => $meaning,)* }
            }
        }
    };
}

mechanisms! {
    FifoDeduplication "fifo_deduplication"
        "A FIFO queue had taken a message with the same deduplication id in the last five minutes.";
    IdempotencyRecord "idempotency_record"
        "The function found the item's record in its idempotency store.";
    IdempotentDownstream "idempotent_downstream"
        "The downstream that is called knew the item by its key.";
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
#[serde(transparent)]
pub struct Suppressed([u64; SuppressedBy::ALL.len()]);

impl Suppressed {
    /// Counts one more.
    pub fn add(&mut self, mechanism: SuppressedBy) {
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

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mechanisms_keep_their_places_and_are_counted_by_themselves() {
        let mut counts = Suppressed::default();
        assert!(counts.is_empty());
        for (index, mechanism) in SuppressedBy::ALL.into_iter().enumerate() {
            assert_eq!(mechanism.index(), index);
            (0..=index).for_each(|_| counts.add(mechanism));
        }
        assert_eq!(SuppressedBy::ALL.map(|mechanism| counts.count(mechanism)), [1, 2, 3]);
        assert_eq!(counts.total(), 6);
    }
}
