//! Calls at work: each at full speed while there are no more than the capacity, beyond that all at an equal share of it.
//!
//! This is egalitarian processor sharing: what the cores and disks of a database, or the threads of a partner's service,
//! make of more requests than they are. Every call progresses at the same speed, so it is enough to know how much work
//! a call that began at the start would have had done by now (`done`); a call ends when that has grown by its demand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::kernel::{Handle, Span, Time};

/// Full speed: a nanosecond of work a nanosecond, in the fractions that work is counted in.
const FULL_SPEED: u64 = 1 << 32;

/// Calls at work.
#[derive(Debug, Clone)]
pub(super) struct Workers {
    capacity: Option<u32>,
    contention: f64,
    /// Work of one call since the start, in 2^-32 ns.
    done: u128,
    updated: Time,
    /// What `done` will be when they end, the order of their beginnings, and who they are.
    at_work: BinaryHeap<Reverse<(u128, u64, Handle)>>,
    begun: u64,
}

impl Workers {
    pub(super) const fn new(capacity: Option<u32>, contention: f64) -> Self {
        Self { capacity, contention, done: 0, updated: Time::ZERO, at_work: BinaryHeap::new(), begun: 0 }
    }

    /// A call of this demand begins.
    pub(super) fn begin(&mut self, now: Time, call: Handle, demand: Span) {
        self.progress(now);
        self.begun += 1;
        let ends = self.done + u128::from(demand.as_nanos()) * u128::from(FULL_SPEED);
        self.at_work.push(Reverse((ends, self.begun, call)));
    }

    /// The call that has ended by now, of several the one that ended first.
    pub(super) fn take_ended(&mut self, now: Time) -> Option<Handle> {
        self.progress(now);
        let Reverse((ends, ..)) = *self.at_work.peek()?;
        if ends > self.done {
            return None;
        }
        self.at_work.pop().map(|Reverse((_, _, call))| call)
    }

    /// When the next call ends if none begins before.
    pub(super) fn next_end(&self) -> Option<Time> {
        let Reverse((ends, ..)) = self.at_work.peek()?;
        let left = ends.saturating_sub(self.done).div_ceil(u128::from(self.speed()));
        Some(self.updated + Span::from_nanos(u64::try_from(left).unwrap_or(u64::MAX)))
    }

    fn progress(&mut self, now: Time) {
        if !self.at_work.is_empty() {
            let elapsed = now.since(self.updated).as_nanos();
            self.done += u128::from(elapsed) * u128::from(self.speed());
        }
        self.updated = now;
    }

    /// The speed of each call now.
    fn speed(&self) -> u64 {
        let at_work = self.at_work.len() as u64;
        let Some(capacity) = self.capacity.map(u64::from).filter(|&capacity| at_work > capacity) else {
            return FULL_SPEED;
        };
        let share = FULL_SPEED * capacity / at_work;
        if self.contention == 0.0 {
            return share.max(1);
        }
        let beyond = (at_work - capacity) as f64 / capacity as f64;
        ((share as f64 / (1.0 + self.contention * beyond)) as u64).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Arena;

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    fn handles<const N: usize>() -> [Handle; N] {
        let mut arena = Arena::new();
        [(); N].map(|()| arena.insert(()))
    }

    /// Begins calls (call, ms at which it begins, ms of work), and notes when each ends.
    fn ends(mut workers: Workers, calls: &[(Handle, u64, u64)]) -> Vec<(Handle, Time)> {
        let mut ends = Vec::new();
        let mut calls = calls.iter().peekable();
        loop {
            let next = workers.next_end();
            match calls.peek() {
                Some(&&(call, begins, work)) if next.is_none_or(|next| at(begins) < next) => {
                    calls.next();
                    workers.begin(at(begins), call, Span::from_millis(work));
                }
                _ => {
                    let Some(next) = next else { return ends };
                    while let Some(call) = workers.take_ended(next) {
                        ends.push((call, next));
                    }
                }
            }
        }
    }

    #[test]
    fn within_the_capacity_each_call_takes_its_own_time() {
        let [one, two, three] = handles();
        for capacity in [None, Some(3)] {
            let found = ends(Workers::new(capacity, 0.5), &[(one, 0, 100), (two, 10, 20), (three, 30, 10)]);
            assert_eq!(found, [(two, at(30)), (three, at(40)), (one, at(100))], "{capacity:?}");
        }
    }

    /// One worker. The first call is alone for 100 ms; then both go at half speed: the second's 50 ms take 100, after
    /// which the first has 50 ms left, and is alone again.
    #[test]
    fn beyond_the_capacity_calls_share_it() {
        let [one, two] = handles();
        let found = ends(Workers::new(Some(1), 0.0), &[(one, 0, 200), (two, 100, 50)]);
        assert_eq!(found, [(two, at(200)), (one, at(250))]);
    }

    /// Four calls on two workers go at half speed; with a contention of 0.5 they are slower by 1 + 0.5 * 2 / 2 besides.
    #[test]
    fn contention_slows_what_is_beyond_the_capacity() {
        let calls: [Handle; 4] = handles();
        let at_once = calls.map(|call| (call, 0, 30));
        let end_of = |contention| ends(Workers::new(Some(2), contention), &at_once)[3].1;
        assert_eq!(end_of(0.0), at(60));
        let found = end_of(0.5).since(at(90)).as_nanos() as i64 - at(90).since(end_of(0.5)).as_nanos() as i64;
        assert!(found.abs() <= 1, "{found} ns off");
    }
}
