//! The chosen heap with `WAYS` children a node instead of four: a pop leaves a hole at the root that the next schedule fills.

use super::{Entry, Pending};

#[derive(Debug)]
pub struct HoleHeap<E, const WAYS: usize> {
    entries: Vec<Entry<E>>,
    hole: bool,
}

impl<E, const WAYS: usize> Default for HoleHeap<E, WAYS> {
    fn default() -> Self {
        Self { entries: Vec::new(), hole: false }
    }
}

impl<E: Copy, const WAYS: usize> HoleHeap<E, WAYS> {
    #[inline]
    fn sift_down(&mut self, entry: Entry<E>) {
        let entries = &mut self.entries[..];
        let mut at = 0;
        loop {
            let first = at * WAYS + 1;
            let mut least;
            if let Some(children) = entries.get(first..first + WAYS) {
                let mut offset = 0;
                let mut key = children[0].key;
                for (place, child) in children.iter().enumerate().skip(1) {
                    let less = child.key < key;
                    offset = if less { place } else { offset };
                    key = if less { child.key } else { key };
                }
                least = first + offset;
            } else if first < entries.len() {
                least = first;
                for child in first + 1..entries.len() {
                    least = if entries[child].key < entries[least].key { child } else { least };
                }
            } else {
                break;
            }
            let child = entries[least];
            if entry.key <= child.key {
                break;
            }
            entries[at] = child;
            at = least;
        }
        entries[at] = entry;
    }

    #[inline]
    fn fill(&mut self) {
        if self.hole {
            self.hole = false;
            let last = self.entries.pop().unwrap();
            if !self.entries.is_empty() {
                self.sift_down(last);
            }
        }
    }
}

impl<E: Copy, const WAYS: usize> Pending<E> for HoleHeap<E, WAYS> {
    #[inline]
    fn schedule(&mut self, key: u128, event: E) {
        let entry = Entry { key, event };
        if self.hole {
            self.hole = false;
            self.sift_down(entry);
            return;
        }
        let mut at = self.entries.len();
        self.entries.push(entry);
        while at > 0 {
            let parent = (at - 1) / WAYS;
            if self.entries[parent].key <= key {
                break;
            }
            self.entries[at] = self.entries[parent];
            at = parent;
        }
        self.entries[at] = entry;
    }
    #[inline]
    fn pop(&mut self) -> Option<(u128, E)> {
        self.fill();
        let top = self.entries.first()?;
        self.hole = true;
        Some((top.key, top.event))
    }
}
