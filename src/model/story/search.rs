//! Looks for an item while a run goes on: the latest, the most repeated, the first that came to a bad end.
//!
//! Memory grows with the items in flight that have something to be remembered, never with those that have arrived.

use std::collections::BTreeMap;

use super::{Moment, What};
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
            What::AppliedAgain { .. } => {
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
            What::EndedAs { branches, end } if Fate::from(end) == fate => {
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
