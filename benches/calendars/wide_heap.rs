//! An implicit heap with `WAYS` children a node, popped and pushed in the textbook way: the last entry moves to the root.

use super::{Entry, Pending};

#[derive(Debug)]
pub struct WideHeap<E, const WAYS: usize>(Vec<Entry<E>>);

impl<E, const WAYS: usize> Default for WideHeap<E, WAYS> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E: Copy, const WAYS: usize> WideHeap<E, WAYS> {
    fn sift_down(&mut self, entry: Entry<E>) {
        let count = self.0.len();
        let mut at = 0;
        loop {
            let first = at * WAYS + 1;
            if first >= count {
                break;
            }
            let mut least = first;
            for child in first + 1..(first + WAYS).min(count) {
                least = if self.0[child].key < self.0[least].key { child } else { least };
            }
            if entry.key <= self.0[least].key {
                break;
            }
            self.0[at] = self.0[least];
            at = least;
        }
        self.0[at] = entry;
    }
}

impl<E: Copy, const WAYS: usize> Pending<E> for WideHeap<E, WAYS> {
    fn schedule(&mut self, key: u128, event: E) {
        let entry = Entry { key, event };
        let mut at = self.0.len();
        self.0.push(entry);
        while at > 0 {
            let parent = (at - 1) / WAYS;
            if self.0[parent].key <= key {
                break;
            }
            self.0[at] = self.0[parent];
            at = parent;
        }
        self.0[at] = entry;
    }
    fn pop(&mut self) -> Option<(u128, E)> {
        let last = self.0.pop()?;
        let Some(&top) = self.0.first() else { return Some((last.key, last.event)) };
        self.sift_down(last);
        Some((top.key, top.event))
    }
}
