//! A radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990): buckets by the highest bit in which a time differs from the last
//! one popped. It needs times that never go back.

use super::{Entry, Pending};

#[derive(Debug)]
pub struct RadixHeap<E> {
    /// Bucket 0 holds the events of the present instant, bucket b those that first differ from it in bit b − 1.
    buckets: Vec<Vec<Entry<E>>>,
    /// Which of the buckets 1..=64 hold anything.
    filled: u64,
    now: u64,
}

impl<E> Default for RadixHeap<E> {
    fn default() -> Self {
        Self { buckets: (0..=64).map(|_| Vec::new()).collect(), filled: 0, now: 0 }
    }
}

impl<E: Copy> RadixHeap<E> {
    fn place(&mut self, entry: Entry<E>) {
        let bucket = 64 - (entry.time() ^ self.now).leading_zeros();
        self.buckets[bucket as usize].push(entry);
        if bucket > 0 {
            self.filled |= 1 << (bucket - 1);
        }
    }

    /// Moves the clock to the soonest event and deals its bucket out to lower ones.
    fn advance(&mut self) -> Option<()> {
        if self.filled == 0 {
            return None;
        }
        let bucket = self.filled.trailing_zeros() as usize + 1;
        self.filled &= self.filled - 1;
        let mut entries = std::mem::take(&mut self.buckets[bucket]);
        self.now = entries.iter().map(Entry::time).min()?;
        entries.drain(..).for_each(|entry| self.place(entry));
        self.buckets[bucket] = entries;
        Some(())
    }
}

impl<E: Copy> Pending<E> for RadixHeap<E> {
    fn schedule(&mut self, key: u128, event: E) {
        self.place(Entry { key, event });
    }
    fn pop(&mut self) -> Option<(u128, E)> {
        if self.buckets[0].is_empty() {
            self.advance()?;
        }
        let present = &mut self.buckets[0];
        let (soonest, _) = present.iter().enumerate().min_by_key(|(_, entry)| entry.key)?;
        let entry = present.swap_remove(soonest);
        Some((entry.key, entry.event))
    }
}
