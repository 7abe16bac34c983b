//! When flows go on by themselves.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::kernel::{Handle, Time};

/// What happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// A state is entered.
    Enter,
    /// The pause before a retry ends.
    Pause,
    /// A state is tried again.
    Retry,
    /// A distributed Map state starts another child.
    Start,
    /// A Wait state ends.
    Wait,
    /// A task has taken too long.
    Timeout,
    /// A task may have been silent for too long.
    Heartbeat,
    /// An execution has taken too long: the handle is its history's.
    Execution,
}

/// A timer: valid while what it is for waits under the same serial number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timer {
    pub at: Time,
    /// Of two at one time, the one set first.
    order: u64,
    pub due: Due,
    pub of: Handle,
    pub serial: u32,
}

/// Pending timers.
#[derive(Debug, Clone, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<Timer>>,
    set: u64,
}

/// Timers kept without a look at whether they are still wanted.
const FEW: usize = 64;

impl Timers {
    pub fn set(&mut self, at: Time, due: Due, of: Handle, serial: u32) {
        self.set += 1;
        self.heap.push(Reverse(Timer { at, order: self.set, due, of, serial }));
    }

    /// The next timer.
    pub fn next(&self) -> Option<Timer> {
        self.heap.peek().map(|timer| timer.0)
    }

    /// Takes the next timer out.
    pub fn take(&mut self) {
        self.heap.pop();
    }

    /// Forgets those that nobody waits for, once they may be most of them.
    pub fn prune(&mut self, live: usize, is_wanted: impl Fn(&Timer) -> bool) {
        if self.heap.len() > FEW + 4 * live {
            self.heap.retain(|timer| is_wanted(&timer.0));
        }
    }

    pub fn clear(&mut self) {
        self.heap.clear();
    }
}
