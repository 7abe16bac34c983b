//! A counter that each process keeps in memory and adds to a stored total at times.
//!
//! The store adds what it is sent to the total and answers with it. What a process sees as the count is the total as it
//! last learnt it, and what it has counted since: of what others count it knows nothing until it writes.

use serde::{Deserialize, Serialize};

use crate::kernel::{Distribution, Span, Time};

/// When a process adds what it has counted to the stored total.
#[derive(Debug, Clone, PartialEq)]
pub struct CounterSettings {
    /// With every so many increments, at least 1; 1: each is durable at once.
    pub flush_after: Option<u64>,
    /// With the first increment so long after the last write.
    pub flush_every: Option<Span>,
    /// Besides, at the end of something.
    pub flush_at_end_of: FlushAtEndOf,
    /// What a write takes, as a part of the run.
    pub write_time: Distribution,
}

/// What a process writes at the end of, besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlushAtEndOf {
    /// Of nothing.
    Nothing,
    /// Of each invocation that ends well.
    Invocation,
    /// Of its environment, if that expires: an extension has the time for it.
    Environment,
}

/// What one process has in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Counted since its last write.
    pending: u64,
    /// The stored total as it last learnt it.
    known: u64,
    /// When it last wrote, or began.
    written: Time,
}

/// What is counted of a counter, all processes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CounterTotals {
    /// What should have been counted: items that have their effect.
    pub truth: u64,
    /// Increments made.
    pub made: u64,
    /// Of them, those for an item that had its effect already.
    pub again: u64,
    /// Increments in the store.
    pub stored: u64,
    /// Increments that ended with their process.
    pub lost: u64,
    /// Increments that were in memory only when the run ended.
    pub unflushed: u64,
    /// Writes to the store.
    pub writes: u64,
    /// Increments after which the process saw another count than the true one.
    pub looks_off: u64,
    /// By how much at most.
    pub off_max: u64,
}

/// The counter of one function.
#[derive(Debug, Clone)]
pub struct Counter {
    settings: CounterSettings,
    totals: CounterTotals,
}

impl Counter {
    /// A counter at zero.
    #[must_use]
    pub const fn new(settings: CounterSettings) -> Self {
        let totals = CounterTotals {
            truth: 0,
            made: 0,
            again: 0,
            stored: 0,
            lost: 0,
            unflushed: 0,
            writes: 0,
            looks_off: 0,
            off_max: 0,
        };
        Self { settings, totals }
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &CounterSettings {
        &self.settings
    }

    /// What a process begins with: nothing counted, and the total read.
    #[must_use]
    pub const fn begin(&self, now: Time) -> Tally {
        Tally { pending: 0, known: self.totals.stored, written: now }
    }

    /// Whether the next increment of a process is written with it, if it is made at `at`.
    #[must_use]
    pub fn is_due(&self, tally: &Tally, at: Time) -> bool {
        let CounterSettings { flush_after, flush_every, .. } = self.settings;
        flush_after.is_some_and(|after| tally.pending + 1 >= after)
            || flush_every.is_some_and(|every| at.since(tally.written) >= every)
    }

    /// An item has its effect, for the first time or `again`, and nobody counts it: its process is gone.
    pub fn miss(&mut self, again: bool) {
        self.totals.truth += u64::from(!again);
    }

    /// A process counts an item that has its effect, for the first time or `again`, and writes if that is due. Returns
    /// whether it did.
    pub fn count(&mut self, tally: &mut Tally, now: Time, again: bool) -> bool {
        let due = self.is_due(tally, now);
        self.miss(again);
        self.totals.made += 1;
        self.totals.again += u64::from(again);
        tally.pending += 1;
        if due {
            self.write(tally, now);
        }
        let off = self.totals.truth.abs_diff(tally.known + tally.pending);
        self.totals.looks_off += u64::from(off > 0);
        self.totals.off_max = self.totals.off_max.max(off);
        due
    }

    /// A process adds what it has counted to the total, if there is any. Returns whether there was.
    pub const fn write(&mut self, tally: &mut Tally, now: Time) -> bool {
        let writes = tally.pending > 0;
        if writes {
            self.totals.stored += tally.pending;
            self.totals.writes += 1;
            *tally = Tally { pending: 0, known: self.totals.stored, written: now };
        }
        writes
    }

    /// A process is gone, with what it had not written.
    pub const fn lose(&mut self, tally: &Tally) {
        self.totals.lost += tally.pending;
    }

    /// The run ends while a process is there.
    pub const fn leave(&mut self, tally: &Tally) {
        self.totals.unflushed += tally.pending;
    }

    /// What was counted. Every increment is stored, lost or still in memory.
    #[must_use]
    pub fn totals(&self) -> CounterTotals {
        let CounterTotals { made, stored, lost, unflushed, .. } = self.totals;
        assert_eq!(made, stored + lost + unflushed, "increments must be stored, lost or in memory");
        self.totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(flush_after: Option<u64>, flush_every: Option<u64>) -> Counter {
        Counter::new(CounterSettings {
            flush_after,
            flush_every: flush_every.map(Span::from_secs),
            flush_at_end_of: FlushAtEndOf::Nothing,
            write_time: Distribution::constant(0.0).expect("a length of time"),
        })
    }

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    /// Seven items in steps of three: six are stored, and one ends with the process.
    #[test]
    fn what_was_not_written_ends_with_its_process() {
        let mut counter = counter(Some(3), None);
        let mut tally = counter.begin(at(0));
        let writes: Vec<bool> = (1..=7).map(|second| counter.count(&mut tally, at(second), false)).collect();
        assert_eq!(writes, [false, false, true, false, false, true, false]);
        counter.lose(&tally);
        let totals = counter.totals();
        assert_eq!((totals.truth, totals.made, totals.stored, totals.lost, totals.writes), (7, 7, 6, 1, 2));
        assert_eq!((totals.looks_off, totals.off_max), (0, 0), "one process alone sees all");
    }

    /// Two processes take turns, neither writes: at its k-th item each knows k of what both have counted, 2k − 1 or 2k.
    #[test]
    fn each_process_sees_its_own_count() {
        let mut counter = counter(None, None);
        let mut tallies = [counter.begin(at(0)), counter.begin(at(0))];
        for second in 0..10 {
            counter.count(&mut tallies[second as usize % 2], at(second), false);
        }
        tallies.iter().for_each(|tally| counter.leave(tally));
        let totals = counter.totals();
        assert_eq!((totals.stored, totals.unflushed, totals.off_max), (0, 10, 5));
        assert_eq!(totals.looks_off, 9, "only the very first item is seen alone");
    }

    #[test]
    fn a_count_that_is_written_at_once_is_never_off() {
        let mut counter = counter(Some(1), None);
        let mut tallies = [counter.begin(at(0)), counter.begin(at(0))];
        for second in 0..10 {
            assert!(counter.count(&mut tallies[second as usize % 2], at(second), false));
        }
        let totals = counter.totals();
        assert_eq!((totals.stored, totals.writes, totals.looks_off), (10, 10, 0));
    }

    /// Written with the first increment 10 s or more after the last write: at 10 s, at 20 s, and, as nothing happens while
    /// the environment is frozen, only at 95 s.
    #[test]
    fn time_alone_writes_nothing() {
        let mut counter = counter(None, Some(10));
        let mut tally = counter.begin(at(0));
        let written: Vec<u64> = [4, 10, 15, 20, 25, 95]
            .into_iter()
            .filter(|&second| counter.count(&mut tally, at(second), false))
            .collect();
        assert_eq!(written, [10, 20, 95]);
    }

    #[test]
    fn an_item_that_is_done_again_is_counted_again() {
        let mut counter = counter(Some(1), None);
        let mut tally = counter.begin(at(0));
        counter.count(&mut tally, at(0), false);
        counter.count(&mut tally, at(1), true);
        counter.miss(false);
        let totals = counter.totals();
        assert_eq!((totals.truth, totals.made, totals.again, totals.stored), (2, 2, 1, 2));
        assert_eq!((totals.looks_off, totals.off_max), (1, 1));
    }
}
