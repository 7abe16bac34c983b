//! The binary heap of the standard library.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::{Entry, Pending};

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl<E> Eq for Entry<E> {}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

#[derive(Debug)]
pub struct StdHeap<E>(BinaryHeap<Reverse<Entry<E>>>);

impl<E> Default for StdHeap<E> {
    fn default() -> Self {
        Self(BinaryHeap::new())
    }
}

impl<E: Copy> Pending<E> for StdHeap<E> {
    fn schedule(&mut self, key: u128, event: E) {
        self.0.push(Reverse(Entry { key, event }));
    }
    fn pop(&mut self) -> Option<(u128, E)> {
        self.0.pop().map(|Reverse(entry)| (entry.key, entry.event))
    }
}
