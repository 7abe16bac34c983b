//! The calendar: pending events in the total order (time, class, sequence).
//!
//! Its heap of four children a node with a hole at the root was chosen by measurement (`benches/calendar.rs`). With
//! 10², 10³, 10⁴ and 10⁵ pending events and exponential delays, taking one event and scheduling another takes 23, 31, 51
//! and 88 ns; the standard library's heap takes 35, 40, 67 and 130, a radix heap 34, 39, 45 and 55, a calendar queue 20,
//! 22, 34 and 68. The last was refused for what happens when many events share an instant, as bursts and ticks make
//! them: at 10³ it takes 1,683 ns and the radix heap 261, where this heap takes 27. `docs/calendar.md` tells the whole.

mod heap;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::time::Time;
use heap::Heap;

/// Below this many cancellations the calendar is not swept.
const SWEEP_FLOOR: usize = 32;

/// Orders events of one instant: lower classes first, whatever their order of scheduling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(pub u8);

/// Names a scheduled event, so that it can be cancelled. It means nothing to another calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket(u128);

/// Pending events, soonest first.
#[derive(Debug, Clone)]
pub struct Calendar<E: Copy> {
    /// An event's key packs its time (64 bits), class (8) and sequence (56: ten million a second for 228 years).
    heap: Heap<E>,
    /// Keys of cancelled events. The heap's least entry is never among them.
    cancelled: BinaryHeap<Reverse<u128>>,
    sequence: u64,
    overflowed: bool,
}

impl<E: Copy> Calendar<E> {
    /// An empty calendar.
    #[must_use]
    pub const fn new() -> Self {
        Self { heap: Heap::new(), cancelled: BinaryHeap::new(), sequence: 0, overflowed: false }
    }

    /// Adds an event, in time O(log n). A time of [`Time::NEVER`] is an overflow of the clock, remembered in
    /// [`Calendar::overflowed`].
    #[inline]
    pub fn schedule(&mut self, at: Time, class: Class, event: E) -> Ticket {
        self.overflowed |= at == Time::NEVER;
        self.sequence += 1;
        let order = u64::from(class.0) << 56 | self.sequence;
        let key = u128::from(at.as_nanos()) << 64 | u128::from(order);
        self.heap.push(key, event);
        Ticket(key)
    }

    /// Takes the soonest event, in time O(log n).
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, E)> {
        let (key, event) = self.heap.pop()?;
        if !self.cancelled.is_empty() {
            self.drop_cancelled();
        }
        Some((time_of(key), event))
    }

    /// When the soonest event is due.
    #[inline]
    #[must_use]
    pub fn next_time(&self) -> Option<Time> {
        self.heap.least().map(time_of)
    }

    /// Withdraws an event that has not happened yet; an event that has, or that was withdrawn before, is left alone.
    ///
    /// A cancelled event stays in the heap until it is due or until more than half of the events are cancelled, and then
    /// all of them are swept out; over time that costs O(log n) a cancellation.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.cancelled.push(Reverse(ticket.0));
        self.drop_cancelled();
        if self.cancelled.len() > (self.heap.len() / 2).max(SWEEP_FLOOR) {
            self.sweep();
        }
    }

    /// How many events are pending. It takes time O(n log n) while cancelled events wait to be swept.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.cancelled.is_empty() {
            return self.heap.len();
        }
        let cancelled = sorted(self.cancelled.clone());
        self.heap.keys().filter(|&key| cancelled.binary_search(&Reverse(key)).is_err()).count()
    }

    /// Whether nothing is pending.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // The least entry is never a cancelled one.
        self.heap.len() == 0
    }

    /// Whether an event was ever scheduled past the end of the clock.
    #[must_use]
    pub const fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Takes cancelled events off the front, and forgets cancellations of what is no longer pending.
    #[cold]
    fn drop_cancelled(&mut self) {
        while let Some(&Reverse(cancelled)) = self.cancelled.peek() {
            match self.heap.least() {
                Some(least) if cancelled > least => break,
                Some(least) if cancelled == least => _ = self.heap.pop(),
                // Less than all that is pending: it has happened, or was cancelled twice.
                _ => _ = self.cancelled.pop(),
            }
        }
    }

    /// Takes all cancelled events out, in the memory they already have.
    #[cold]
    fn sweep(&mut self) {
        let mut cancelled = sorted(std::mem::take(&mut self.cancelled));
        self.heap.retain(|key| cancelled.binary_search(&Reverse(key)).is_err());
        cancelled.clear();
        self.cancelled = cancelled.into();
    }
}

impl<E: Copy> Default for Calendar<E> {
    fn default() -> Self {
        Self::new()
    }
}

const fn time_of(key: u128) -> Time {
    Time::from_nanos((key >> 64) as u64)
}

fn sorted(keys: BinaryHeap<Reverse<u128>>) -> Vec<Reverse<u128>> {
    let mut keys = keys.into_vec();
    keys.sort_unstable();
    keys
}
