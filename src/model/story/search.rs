//! Looks for an item while a run goes on: the latest, the most repeated, the first that came to a bad end.
//!
//! Memory grows with the items in flight that have something to be remembered, never with those that have arrived.

use std::collections::BTreeMap;

use super::{InWorkflow, Moment, What};
use crate::model::ledger::{Branches, End};
use crate::words::ItemId;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The item whose last effect came latest after its arrival, of those that arrived after the warm-up.
    Latency,
    /// The item whose effects were applied again most often.
    Duplicates,
    /// The first item an effect of which ended so.
    Fate(Fate),
}

/// How an effect can end badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Nothing worked towards it any more.
    Lost,
    /// It was given up into a dead-letter queue.
    DeadLettered,
    /// It outlived its largest age.
    Expired,
    /// It was refused at the door.
    Rejected,
}

/// An item, and by what it is the one looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The item.
    pub item: ItemId,
    /// Its latency in nanoseconds, its duplicates, or 0.
    pub measure: u64,
}

/// What an item in flight is remembered for.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    measured: bool,
    duplicates: u64,
    /// Branches that ended as is looked for.
    ended: Branches,
}

/// The search.
#[derive(Debug, Clone)]
pub struct Search {
    wanted: Wanted,
    open: BTreeMap<ItemId, Open>,
    best: Option<Found>,
}

impl Search {
    pub(super) const fn new(wanted: Wanted) -> Self {
        Self { wanted, open: BTreeMap::new(), best: None }
    }

    /// Keeps the better of the best so far and this one; of equals the one that came first in its stream.
    fn offer(&mut self, item: ItemId, measure: u64) {
        let better = |best: Found| measure > best.measure || (measure == best.measure && item < best.item);
        if self.best.is_none_or(better) {
            self.best = Some(Found { item, measure });
        }
    }

    pub(super) fn hear(&mut self, moment: &Moment) {
        let Some(item) = moment.item else { return };
        match self.wanted {
            Wanted::Latency => self.hear_latency(item, &moment.what),
            Wanted::Duplicates => self.hear_duplicate(item, &moment.what),
            Wanted::Fate(fate) => self.hear_end(item, moment, fate),
        }
    }

    fn hear_latency(&mut self, item: ItemId, what: &What) {
        match *what {
            What::Arrived { measured: true, .. } => {
                self.open.insert(item, Open { measured: true, ..Open::default() });
            }
            What::Applied { latency, last: true, .. } if self.open.get(&item).is_some_and(|open| open.measured) => {
                self.offer(item, latency.as_nanos());
            }
            What::Folded => _ = self.open.remove(&item),
            _ => {}
        }
    }

    fn hear_duplicate(&mut self, item: ItemId, what: &What) {
        match what {
            What::AppliedAgain { .. } | What::Workflow(InWorkflow::AppliedAgain { .. }) => {
                let open = self.open.entry(item).or_default();
                open.duplicates += 1;
                let duplicates = open.duplicates;
                self.offer(item, duplicates);
            }
            What::Folded => _ = self.open.remove(&item),
            _ => {}
        }
    }

    /// What ended otherwise may still be applied by a straggler, so that it is known with the item's fold only.
    fn hear_end(&mut self, item: ItemId, moment: &Moment, fate: Fate) {
        match moment.what {
            What::Lost { .. } if fate == Fate::Lost => self.offer_first(item),
            What::EndedAs { branches, end, .. } if Fate::from(end) == fate => {
                self.open.entry(item).or_default().ended |= branches;
            }
            What::Applied { .. } => {
                let super::Spot::Branch(branch) = moment.spot else { return };
                if let Some(open) = self.open.get_mut(&item) {
                    open.ended &= !(1 << branch);
                }
            }
            What::Folded => {
                let ended = self.open.remove(&item).is_some_and(|open| open.ended != 0);
                if ended {
                    self.offer_first(item);
                }
            }
            _ => {}
        }
    }

    fn offer_first(&mut self, item: ItemId) {
        self.best.get_or_insert(Found { item, measure: 0 });
    }

    pub(super) const fn is_done(&self) -> bool {
        matches!(self.wanted, Wanted::Fate(_)) && self.best.is_some()
    }

    /// What was found by the end of the run: items that are in flight still have ended as they stand.
    pub(super) fn into_found(self) -> Option<Found> {
        let standing = self.open.iter().find(|(_, open)| open.ended != 0).map(|(&item, _)| Found { item, measure: 0 });
        self.best.or(standing)
    }
}

impl Fate {
    /// Its name, as the metric of it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::DeadLettered => "dead_lettered",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::DeadLettered => "dead-lettered",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
        }
    }
}

impl From<End> for Fate {
    fn from(end: End) -> Self {
        match end {
            End::DeadLettered => Self::DeadLettered,
            End::Expired => Self::Expired,
            End::Rejected => Self::Rejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Spot;
    use super::*;
    use crate::kernel::{Span, Time};
    use crate::model::ledger::Path;
    use crate::words::StreamId;

    fn item(number: u64) -> ItemId {
        ItemId { stream: StreamId(0), number }
    }

    fn hear(search: &mut Search, number: u64, spot: Spot, what: What) {
        search.hear(&Moment { at: Time::ZERO, item: Some(item(number)), spot, what });
    }

    fn arrives(search: &mut Search, number: u64, measured: bool) {
        hear(search, number, Spot::Item, What::Arrived { owed: 1, measured, key: 0 });
    }

    fn applied(search: &mut Search, number: u64, secs: u64) {
        let what = What::Applied { path: Path::default(), latency: Span::from_secs(secs), last: true };
        hear(search, number, Spot::Branch(0), what);
    }

    #[test]
    fn the_latest_of_the_measured_items_is_found_and_nothing_is_kept_of_those_that_are_over() {
        let mut search = Search::new(Wanted::Latency);
        for (number, measured, secs) in [(0, false, 9), (1, true, 3), (2, true, 5), (3, true, 5)] {
            arrives(&mut search, number, measured);
            applied(&mut search, number, secs);
            hear(&mut search, number, Spot::Item, What::Folded);
        }
        assert!(search.open.is_empty());
        assert_eq!(search.into_found(), Some(Found { item: item(2), measure: 5_000_000_000 }));
    }

    #[test]
    fn an_effect_that_a_straggler_applied_was_not_dead_lettered() {
        let dead = What::EndedAs { branches: 1, asked: 1, end: End::DeadLettered };
        let mut search = Search::new(Wanted::Fate(Fate::DeadLettered));
        for number in [0, 1] {
            hear(&mut search, number, Spot::Item, dead);
        }
        applied(&mut search, 0, 1);
        hear(&mut search, 0, Spot::Item, What::Folded);
        assert!(!search.is_done());
        hear(&mut search, 1, Spot::Item, What::Folded);
        assert!(search.is_done());
        assert_eq!(search.into_found().map(|found| found.item), Some(item(1)));
    }

    #[test]
    fn an_item_that_is_in_flight_at_the_end_has_ended_as_it_stands() {
        let mut search = Search::new(Wanted::Fate(Fate::Expired));
        hear(&mut search, 4, Spot::Item, What::EndedAs { branches: 0, asked: 1, end: End::Expired });
        hear(&mut search, 7, Spot::Item, What::EndedAs { branches: 1, asked: 1, end: End::Expired });
        assert_eq!(search.into_found().map(|found| found.item), Some(item(7)));
    }
}
