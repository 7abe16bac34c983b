//! Order within keys: whether effects are applied in the order in which the items of a key arrived.
//!
//! Only keys with an item in the ledger are remembered: whatever arrives after the last of them has left is younger than
//! all of them.

use std::collections::HashMap;

use crate::words::StreamId;

/// Watches the effects of each key on each branch.
#[derive(Debug, Clone)]
pub(super) struct KeyOrder {
    branches: usize,
    /// The place of each key that has an item in the ledger.
    places: HashMap<(StreamId, u64), usize>,
    /// By place: items in the ledger.
    items: Vec<u32>,
    /// By place and branch: one above the ordinal of the youngest item whose effect was applied; 0 for none.
    youngest: Vec<u64>,
    /// Places of keys that left.
    free: Vec<usize>,
}

impl KeyOrder {
    pub(super) fn new(branches: usize) -> Self {
        Self { branches, places: HashMap::new(), items: Vec::new(), youngest: Vec::new(), free: Vec::new() }
    }

    /// An item of this key enters the ledger.
    pub(super) fn enter(&mut self, stream: StreamId, key: u64) {
        let place = *self.places.entry((stream, key)).or_insert_with(|| {
            self.free.pop().unwrap_or_else(|| {
                self.items.push(0);
                self.youngest.resize(self.youngest.len() + self.branches, 0);
                self.items.len() - 1
            })
        });
        self.items[place] += 1;
    }

    /// An item's effect is applied. Returns whether a younger item of its key had its own before.
    pub(super) fn apply(&mut self, stream: StreamId, key: u64, number: u64, branch: usize) -> bool {
        let Some(&place) = self.places.get(&(stream, key)) else { return false };
        let youngest = &mut self.youngest[place * self.branches + branch];
        let inverted = *youngest > number + 1;
        *youngest = (*youngest).max(number + 1);
        inverted
    }

    /// An item of this key leaves the ledger.
    pub(super) fn leave(&mut self, stream: StreamId, key: u64) {
        let Some(&place) = self.places.get(&(stream, key)) else { return };
        self.items[place] -= 1;
        if self.items[place] == 0 {
            self.places.remove(&(stream, key));
            self.youngest[place * self.branches..(place + 1) * self.branches].fill(0);
            self.free.push(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: StreamId = StreamId(0);

    #[test]
    fn an_effect_after_that_of_a_younger_item_of_its_key_is_out_of_order() {
        let mut order = KeyOrder::new(2);
        for _ in 0..3 {
            order.enter(STREAM, 7);
        }
        order.enter(STREAM, 8);
        assert!(!order.apply(STREAM, 7, 1, 0));
        assert!(order.apply(STREAM, 7, 0, 0), "item 1 was first");
        assert!(!order.apply(STREAM, 7, 0, 1), "not on the other branch");
        assert!(!order.apply(STREAM, 8, 0, 0), "nor for another key");
        assert!(!order.apply(STREAM, 7, 2, 0));
        assert!(!order.apply(STREAM, 7, 2, 0), "an item is not younger than itself");
    }

    #[test]
    fn a_key_is_forgotten_with_its_last_item() {
        let mut order = KeyOrder::new(1);
        order.enter(STREAM, 7);
        assert!(!order.apply(STREAM, 7, 5, 0));
        order.leave(STREAM, 7);
        assert!(order.places.is_empty());
        order.enter(STREAM, 9);
        assert_eq!(order.items.len(), 1, "its place is used again");
        assert!(!order.apply(STREAM, 9, 0, 0), "and clean");
    }

    /// Of three keys with two branches each the second leaves: its marks are gone, those of its neighbours are not.
    #[test]
    fn a_key_that_leaves_takes_its_own_marks_only() {
        let mut order = KeyOrder::new(2);
        for key in [7, 8, 9] {
            order.enter(STREAM, key);
            for branch in [0, 1] {
                assert!(!order.apply(STREAM, key, 5, branch));
            }
        }
        order.leave(STREAM, 8);
        assert_eq!(order.youngest, [6, 6, 0, 0, 6, 6]);
        order.enter(STREAM, 10);
        let late = |order: &mut KeyOrder, key| [0, 1].map(|branch| order.apply(STREAM, key, 0, branch));
        assert_eq!([7, 9, 10].map(|key| late(&mut order, key)), [[true; 2], [true; 2], [false; 2]]);
    }
}
