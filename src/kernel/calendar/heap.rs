//! An implicit heap of four children a node, whose root may be a hole.
//!
//! Taking the soonest entry leaves a hole at the root. Almost always something is scheduled next, and it sinks from the
//! hole to its place in one pass, where a plain heap would bring the last entry up, sink it to the bottom, append the
//! new one and raise that.

/// Children of a node: neighbours in memory, and half the levels of a binary heap.
const WAYS: usize = 4;

#[derive(Debug, Clone, Copy)]
struct Entry<E> {
    key: u128,
    event: E,
}

/// Entries by key, least first. No two keys are equal.
#[derive(Debug, Clone)]
pub(super) struct Heap<E> {
    entries: Vec<Entry<E>>,
    /// The root has been taken and stands for nothing.
    hole: bool,
}

impl<E: Copy> Heap<E> {
    pub(super) const fn new() -> Self {
        Self { entries: Vec::new(), hole: false }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len() - usize::from(self.hole)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = u128> + '_ {
        self.entries.iter().skip(usize::from(self.hole)).map(|entry| entry.key)
    }

    /// The least key: the root's, or the least of its children's where the root is a hole.
    #[inline]
    pub(super) fn least(&self) -> Option<u128> {
        if self.hole { self.keys().take(WAYS).min() } else { self.entries.first().map(|entry| entry.key) }
    }

    #[inline]
    pub(super) fn push(&mut self, key: u128, event: E) {
        let entry = Entry { key, event };
        if self.hole {
            self.hole = false;
            self.sink(entry);
        } else {
            self.entries.push(entry);
            self.raise(entry);
        }
    }

    /// Takes the entry with the least key and leaves a hole.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<(u128, E)> {
        self.close();
        let root = self.entries.first()?;
        self.hole = true;
        Some((root.key, root.event))
    }

    /// Keeps only the entries whose key passes, in time O(n log n) and without allocating.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(u128) -> bool) {
        self.close();
        self.entries.retain(|entry| keep(entry.key));
        // An ascending list is a heap.
        self.entries.sort_unstable_by_key(|entry| entry.key);
    }

    /// Fills the hole with the last entry.
    #[inline]
    fn close(&mut self) {
        if self.hole {
            self.hole = false;
            if let Some(last) = self.entries.pop()
                && !self.entries.is_empty()
            {
                self.sink(last);
            }
        }
    }

    /// Puts `entry` at the root, which is free, or as far below it as smaller keys push it.
    #[inline]
    fn sink(&mut self, entry: Entry<E>) {
        let entries = &mut self.entries[..];
        let mut free = 0;
        while let Some(child) = least_child(entries, free) {
            if entry.key <= entries[child].key {
                break;
            }
            entries[free] = entries[child];
            free = child;
        }
        entries[free] = entry;
    }

    /// Puts `entry` at the last place, which is free, or as far above it as larger keys let it.
    #[inline]
    fn raise(&mut self, entry: Entry<E>) {
        let entries = &mut self.entries[..];
        let mut free = entries.len() - 1;
        while free > 0 {
            let parent = (free - 1) / WAYS;
            if entries[parent].key <= entry.key {
                break;
            }
            entries[free] = entries[parent];
            free = parent;
        }
        entries[free] = entry;
    }
}

/// The place of the child with the least key; two pairs are compared independently of each other.
#[inline]
fn least_child<E>(entries: &[Entry<E>], parent: usize) -> Option<usize> {
    let first = parent * WAYS + 1;
    let Some([a, b, c, d]) = entries.get(first..first + WAYS) else {
        return (first..entries.len()).min_by_key(|&child| entries[child].key);
    };
    let (left, left_key) = if b.key < a.key { (1, b.key) } else { (0, a.key) };
    let (right, right_key) = if d.key < c.key { (3, d.key) } else { (2, c.key) };
    Some(first + if right_key < left_key { right } else { left })
}
