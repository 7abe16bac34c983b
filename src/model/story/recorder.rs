//! Who listens to a run, and what is kept of what they hear.

use super::{Found, Moment, Search, Verdict, Wanted, What};
use crate::kernel::{Span, Time};
use crate::words::{ItemId, StreamId};

/// Moments of one item that are kept: a story that nobody reads to its end is cut, its verdict is not.
pub const MOMENTS_OF_AN_ITEM: usize = 10_000;

/// Listens to a run.
#[derive(Debug, Clone)]
pub enum Recorder {
    /// Keeps moments.
    Record(Box<Record>),
    /// Looks for an item, and keeps nothing but what it needs for that.
    Search(Search),
}

/// Whose moments are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// Everybody's.
    All,
    /// One item's.
    Item(ItemId),
    /// Those that a timeline of runs shows, and the backlog once in so long.
    Runs(Span),
}

/// Moments that were kept, in the order in which they were told.
#[derive(Debug, Clone)]
pub struct Record {
    whom: Whom,
    limit: usize,
    /// The moments.
    pub moments: Vec<Moment>,
    /// Moments that came when there was no room left.
    pub left_out: u64,
    /// What became of the item, for [`Whom::Item`].
    pub verdict: Verdict,
    /// Items of the item's stream that have arrived, for [`Whom::Item`].
    pub arrived: u64,
    /// When the backlog was last kept, and the latest change since that was not, for [`Whom::Runs`].
    kept: Option<Time>,
    pending: Option<Moment>,
}

impl Record {
    /// Keeps the moments of these, at most so many.
    #[must_use]
    pub fn new(whom: Whom, limit: usize) -> Self {
        Self {
            whom,
            limit,
            moments: Vec::new(),
            left_out: 0,
            verdict: Verdict::default(),
            arrived: 0,
            kept: None,
            pending: None,
        }
    }

    fn hear(&mut self, moment: &Moment) {
        let wanted = match self.whom {
            Whom::All => true,
            Whom::Runs(every) => moment.what.is_of_runs() || self.samples(moment, every),
            Whom::Item(item) => {
                self.count_arrival(item.stream, moment);
                moment.item == Some(item)
            }
        };
        if !wanted {
            return;
        }
        if matches!(self.whom, Whom::Item(_)) {
            self.verdict.hear(moment);
        }
        // Runs under way when nobody listens any longer are few, and without them a timeline would end ragged.
        let under_way = matches!(moment.what, What::Ran { ended: None, .. });
        if self.moments.len() < self.limit || under_way {
            self.moments.push(*moment);
        } else {
            self.left_out += 1;
        }
    }

    /// Whether a change of the backlog is kept: the last one was so long ago.
    fn samples(&mut self, moment: &Moment, every: Span) -> bool {
        if !matches!(moment.what, What::Backlog { .. }) {
            return false;
        }
        let due = self.kept.is_none_or(|kept| moment.at >= kept + every);
        if due {
            (self.kept, self.pending) = (Some(moment.at), None);
        } else {
            self.pending = Some(*moment);
        }
        due
    }

    fn count_arrival(&mut self, stream: StreamId, moment: &Moment) {
        if matches!(moment.what, What::Arrived { .. }) && moment.item.is_some_and(|item| item.stream == stream) {
            self.arrived += 1;
        }
    }

    /// Whether nothing that comes would be kept.
    fn is_done(&self) -> bool {
        match self.whom {
            Whom::Item(_) => self.verdict.folded.is_some(),
            Whom::All | Whom::Runs(_) => self.moments.len() >= self.limit,
        }
    }

    /// The moments in the order in which they happened, up to `now`: what was told ahead and lies behind the end of the
    /// run did not happen.
    #[must_use]
    pub fn in_order(mut self, now: Time) -> Vec<Moment> {
        self.moments.extend(self.pending);
        self.moments.retain(|moment| moment.at <= now);
        self.moments.sort_by_key(|moment| moment.at);
        self.moments
    }
}

impl Recorder {
    /// Keeps all moments of all items and runs.
    #[must_use]
    pub fn everything() -> Self {
        Self::Record(Box::new(Record::new(Whom::All, usize::MAX)))
    }

    /// Keeps the moments of one item.
    #[must_use]
    pub fn of_item(item: ItemId) -> Self {
        Self::Record(Box::new(Record::new(Whom::Item(item), MOMENTS_OF_AN_ITEM)))
    }

    /// Keeps the first `limit` moments that a timeline of runs shows, and with them the backlog as it is `every` so often.
    #[must_use]
    pub fn of_runs(limit: usize, every: Span) -> Self {
        Self::Record(Box::new(Record::new(Whom::Runs(every), limit)))
    }

    /// Looks for an item.
    #[must_use]
    pub fn search(wanted: Wanted) -> Self {
        Self::Search(Search::new(wanted))
    }

    /// Something happens.
    pub(in crate::model) fn hear(&mut self, moment: &Moment) {
        match self {
            Self::Record(record) => record.hear(moment),
            Self::Search(search) => search.hear(moment),
        }
    }

    /// Whether it has heard enough.
    #[must_use]
    pub fn is_done(&self) -> bool {
        match self {
            Self::Record(record) => record.is_done(),
            Self::Search(search) => search.is_done(),
        }
    }

    /// The record, if it keeps one.
    #[must_use]
    pub fn into_record(self) -> Option<Record> {
        match self {
            Self::Record(record) => Some(*record),
            Self::Search(_) => None,
        }
    }

    /// What was found, if it has looked for something.
    #[must_use]
    pub fn into_found(self) -> Option<Found> {
        match self {
            Self::Record(_) => None,
            Self::Search(search) => search.into_found(),
        }
    }
}
