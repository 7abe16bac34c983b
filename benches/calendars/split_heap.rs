//! The quaternary heap with a hole, with keys and events in two arrays, so that four sibling keys are one cache line.

use super::Pending;

const WAYS: usize = 4;

#[derive(Debug)]
pub struct SplitHeap<E> {
    keys: Vec<u128>,
    events: Vec<E>,
    hole: bool,
}

impl<E> Default for SplitHeap<E> {
    fn default() -> Self {
        Self { keys: Vec::new(), events: Vec::new(), hole: false }
    }
}

impl<E: Copy> SplitHeap<E> {
    fn sift_down(&mut self, key: u128, event: E) {
        let count = self.keys.len();
        let (keys, events) = (&mut self.keys[..count], &mut self.events[..count]);
        let mut at = 0;
        loop {
            let first = at * WAYS + 1;
            if first >= count {
                break;
            }
            let mut least = first;
            for child in first + 1..(first + WAYS).min(count) {
                least = if keys[child] < keys[least] { child } else { least };
            }
            if key <= keys[least] {
                break;
            }
            keys[at] = keys[least];
            events[at] = events[least];
            at = least;
        }
        keys[at] = key;
        events[at] = event;
    }

    fn fill(&mut self) {
        if self.hole {
            self.hole = false;
            if let (Some(key), Some(event)) = (self.keys.pop(), self.events.pop())
                && !self.keys.is_empty()
            {
                self.sift_down(key, event);
            }
        }
    }
}

impl<E: Copy> Pending<E> for SplitHeap<E> {
    fn schedule(&mut self, key: u128, event: E) {
        if self.hole {
            self.hole = false;
            self.sift_down(key, event);
            return;
        }
        let mut at = self.keys.len();
        self.keys.push(key);
        self.events.push(event);
        while at > 0 {
            let parent = (at - 1) / WAYS;
            if self.keys[parent] <= key {
                break;
            }
            self.keys[at] = self.keys[parent];
            self.events[at] = self.events[parent];
            at = parent;
        }
        self.keys[at] = key;
        self.events[at] = event;
    }
    fn pop(&mut self) -> Option<(u128, E)> {
        self.fill();
        let top = (*self.keys.first()?, *self.events.first()?);
        self.hole = true;
        Some(top)
    }
}
