//! The items of one long run in batches by the time of their arrival, for intervals without replications.

use serde::{Deserialize, Serialize};

use crate::kernel::{Span, Time};
use crate::metrics::Histogram;

/// The measured items that arrived in one part of the run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ItemBatch {
    /// How many they are.
    pub measured: u64,
    /// Sojourn times of those that completed.
    pub latency: Histogram,
    /// Their waits.
    pub wait: Histogram,
}

/// The batches under way: equal parts of the time from the warm-up to the end of arrivals.
#[derive(Debug, Clone)]
pub(super) struct Batches {
    from: Time,
    width: u64,
    list: Vec<ItemBatch>,
}

impl Batches {
    /// So many, one at least.
    pub(super) fn new(from: Time, until: Time, count: usize) -> Self {
        let width = until.since(from).as_nanos().div_ceil(count as u64).max(1);
        Self { from, width, list: vec![ItemBatch::default(); count] }
    }

    /// A measured item arrived.
    pub(super) fn arrived(&mut self, at: Time) {
        self.of(at).measured += 1;
    }

    /// A measured item has all its effects.
    pub(super) fn completed(&mut self, arrived: Time, latency: Span, wait: Span) {
        let batch = self.of(arrived);
        batch.latency.record(latency);
        batch.wait.record(wait);
    }

    /// What they came to.
    pub(super) fn into_list(self) -> Vec<ItemBatch> {
        self.list
    }

    fn of(&mut self, at: Time) -> &mut ItemBatch {
        let index = (at.since(self.from).as_nanos() / self.width) as usize;
        let last = self.list.len() - 1;
        &mut self.list[index.min(last)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_belong_to_the_part_of_the_time_in_which_they_arrived() {
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        let mut batches = Batches::new(at(10), at(50), 4);
        for (secs, latency) in [(10, 1), (19, 2), (20, 3), (49, 100), (50, 7)] {
            batches.arrived(at(secs));
            batches.completed(at(secs), Span::from_secs(latency), Span::ZERO);
        }
        batches.arrived(at(35));
        let list = batches.into_list();
        let counts: Vec<(u64, u64)> = list.iter().map(|batch| (batch.measured, batch.latency.count())).collect();
        assert_eq!(counts, [(2, 2), (1, 1), (1, 0), (2, 2)], "the very end belongs to the last");
        assert_eq!(list[3].latency.max(), Some(Span::from_secs(100)));
    }
}
