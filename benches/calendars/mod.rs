//! The candidates for the calendar's data structure that were measured and not chosen.

pub mod calendar_queue;
pub mod hole_heap;
pub mod radix_heap;
pub mod split_heap;
pub mod std_heap;
pub mod wide_heap;

/// What the hold model asks of a candidate. A key is time (64 bits), class (8) and sequence (56).
pub trait Pending<E: Copy>: Default {
    fn schedule(&mut self, key: u128, event: E);
    fn pop(&mut self) -> Option<(u128, E)>;
}

/// An event with its key, as most candidates hold it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<E> {
    pub key: u128,
    pub event: E,
}

impl<E> Entry<E> {
    pub fn time(&self) -> u64 {
        (self.key >> 64) as u64
    }
}
