//! Items in the order of their arrival, by their number: when each arrived, though only counts of steps are kept.

use std::collections::VecDeque;

use crate::kernel::Time;

/// Counts by step of the items that something may still ask for.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    steps: VecDeque<Step>,
    /// Items up to the first step kept, and when that begins.
    before: (u64, Time),
}

/// Items up to the end of a step.
#[derive(Debug, Clone, Copy)]
struct Step {
    end: Time,
    upto: u64,
}

impl Backlog {
    /// So many items arrive, evenly up to `end`.
    pub(super) fn push(&mut self, end: Time, count: u64) {
        let upto = self.arrived() + count;
        self.steps.push_back(Step { end, upto });
    }

    /// All items so far.
    pub(super) fn arrived(&self) -> u64 {
        self.steps.back().map_or(self.before.0, |step| step.upto)
    }

    /// Items that have arrived by an instant no earlier than the steps kept.
    pub(super) fn arrived_by(&self, now: Time) -> u64 {
        let index = self.steps.partition_point(|step| step.end <= now);
        let (before, begin) = self.before_step(index);
        let Some(step) = self.steps.get(index) else { return before };
        let (passed, whole) = (now.since(begin).as_nanos(), step.end.since(begin).as_nanos());
        before + (u128::from(step.upto - before) * u128::from(passed) / u128::from(whole.max(1))) as u64
    }

    /// When the items up to this real number had arrived: of the n-th, from 0, n + ½ is the middle.
    pub(super) fn arrival(&self, place: f64) -> Time {
        let index = self.steps.partition_point(|step| step.upto as f64 <= place);
        let (before, begin) = self.before_step(index);
        let Some(step) = self.steps.get(index) else { return begin };
        let whole = step.end.since(begin);
        begin + whole.scaled((place - before as f64).max(0.0) / (step.upto - before).max(1) as f64)
    }

    fn before_step(&self, index: usize) -> (u64, Time) {
        match index.checked_sub(1).and_then(|last| self.steps.get(last)) {
            Some(step) => (step.upto, step.end),
            None => self.before,
        }
    }

    /// Items below this number, and instants before `now`, are asked for no more.
    pub(super) fn forget(&mut self, number: u64, now: Time) {
        while let Some(first) = self.steps.front().filter(|step| step.upto <= number && step.end < now) {
            self.before = (first.upto, first.end);
            self.steps.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;

    #[test]
    fn items_arrive_evenly_within_their_step() {
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        let mut backlog = Backlog::default();
        backlog.push(at(10), 5);
        backlog.push(at(20), 0);
        backlog.push(at(30), 10);
        assert_eq!(
            [0, 4, 10, 15, 20, 25, 30, 40].map(|secs| backlog.arrived_by(at(secs))),
            [0, 2, 5, 5, 5, 10, 15, 15]
        );
        assert_eq!([0.5, 4.5].map(|place| backlog.arrival(place)), [at(1), at(9)]);
        assert_eq!(backlog.arrival(5.5).as_nanos(), 20_500_000_000);
        backlog.forget(6, at(25));
        assert_eq!((backlog.steps.len(), backlog.arrived()), (1, 15));
        assert_eq!(backlog.arrival(7.5).as_nanos(), 22_500_000_000);
    }
}
