//! What a cron batch lists: items whose progress is not saved, and why a run does again what another has done.
//!
//! A run that applies the effect of an item that has it does so for one cause. Where the item was in two runs' hands at
//! once it is their overlap: one listed it before the other had processed it, or while the other was at work still. Else
//! it is how the earlier run left the item unmarked: by the item's own failure after its effect, by a kill, or by a
//! failure at another item.

use super::lambda_node::Ended;
use super::ledger::ItemRef;
use crate::handlers::{Claimant, Inbox, Position};
use crate::words::DuplicateCause;

/// Items in order of arrival, until their progress is saved.
#[derive(Debug, Default)]
pub(super) struct Listing {
    inbox: Inbox<Unmarked>,
}

/// An item whose progress is not saved, and what runs have done with it so far.
#[derive(Debug, Clone, Copy)]
struct Unmarked {
    item: ItemRef,
    /// How often a run has processed it so that its effect took place, or will when that run ends well.
    processed: u16,
    /// Why a run that lists it from now on would process it besides another, or besides another delivery of the item.
    cause: Option<DuplicateCause>,
}

/// An item that a run has listed, as it was then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    pub position: Position,
    pub item: ItemRef,
    processed: u16,
    cause: Option<DuplicateCause>,
}

impl Listing {
    /// The first position of all.
    pub(super) const fn start() -> Position {
        Inbox::<Unmarked>::start()
    }

    /// Where the next item will be: everything before it is there now.
    pub(super) const fn end(&self) -> Position {
        self.inbox.end()
    }

    /// An item is new, or delivered once more if there is a cause.
    pub(super) fn arrives(&mut self, item: ItemRef, cause: Option<DuplicateCause>) {
        self.inbox.push(Unmarked { item, processed: 0, cause });
    }

    /// Lists as [`Inbox::list`] does.
    pub(super) fn list(
        &mut self,
        from: Position,
        end: Position,
        most: usize,
        claimant: Option<Claimant>,
        mut found: impl FnMut(Listed),
    ) -> Position {
        self.inbox.list(from, end, most, claimant, |position, Unmarked { item, processed, cause }| {
            found(Listed { position, item, processed, cause });
        })
    }

    /// A run has processed an item as far as its effect, and `ended` with the item so. Returns why it did that besides
    /// another, and notes why the next run would: as long as nothing else is known, because this one is at work still.
    pub(super) fn processed(&mut self, listed: &Listed, ended: Ended) -> Option<DuplicateCause> {
        let overlap = Some(DuplicateCause::OverlappingRuns);
        // What is gone was saved by another run since this one listed it.
        let Some(unmarked) = self.inbox.get_mut(listed.position) else { return overlap };
        let meanwhile = unmarked.processed > listed.processed;
        unmarked.processed = unmarked.processed.saturating_add(1);
        unmarked.cause = ended.cause_to_repeat().or(overlap);
        if meanwhile { overlap } else { listed.cause }
    }

    /// What a run had processed is undone, for its effects were not durable yet.
    pub(super) fn undone(&mut self, listed: &Listed) {
        let Some(unmarked) = self.inbox.get_mut(listed.position) else { return };
        unmarked.processed = unmarked.processed.saturating_sub(1);
        if unmarked.processed == listed.processed {
            unmarked.cause = listed.cause;
        }
    }

    /// A run was killed, or failed at another item, before it saved its progress with these, whose effects are durable.
    pub(super) fn left_unmarked(&mut self, positions: &[Position], ended: Ended) {
        let cause = match ended {
            Ended::Returned => return,
            Ended::Errored | Ended::Crashed => DuplicateCause::RunFailedAfterEffect,
            Ended::TimedOut => DuplicateCause::TimeoutAfterEffect,
        };
        for &position in positions {
            if let Some(unmarked) = self.inbox.get_mut(position) {
                unmarked.cause = Some(cause);
            }
        }
    }

    /// Saves an item's progress: it is listed no more. Returns it, unless that was done before.
    pub(super) fn record(&mut self, position: Position) -> Option<ItemRef> {
        self.inbox.record(position).map(|unmarked| unmarked.item)
    }

    /// Gives up a claim.
    pub(super) fn unclaim(&mut self, position: Position) {
        self.inbox.unclaim(position);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Span, Time};
    use crate::metrics::Grid;
    use crate::model::ledger::{Arrived, Ledger, LedgerSettings};
    use crate::words::StreamId;

    const OVERLAP: Option<DuplicateCause> = Some(DuplicateCause::OverlappingRuns);

    /// A listing with one item in it.
    fn listing(cause: Option<DuplicateCause>) -> Listing {
        let mut ledger = Ledger::new(LedgerSettings {
            grid: Grid::covering(Span::from_secs(1)),
            warm_up: Time::ZERO,
            until: Time::ZERO,
            branches: 1,
            bounds: vec![],
        });
        let mut listing = Listing::default();
        let arrived = Arrived { stream: StreamId(0), number: 0, at: Time::ZERO, service: None };
        listing.arrives(ledger.arrive(arrived, 1), cause);
        listing
    }

    fn list(listing: &mut Listing) -> Listed {
        let mut found = None;
        let end = listing.end();
        listing.list(Listing::start(), end, 1, None, |listed| found = Some(listed));
        found.expect("the item is not recorded")
    }

    #[test]
    fn an_item_is_processed_for_what_delivered_it() {
        for cause in [None, Some(DuplicateCause::SentTwice)] {
            let mut listing = listing(cause);
            let first = list(&mut listing);
            assert_eq!(listing.processed(&first, Ended::Returned), cause);
        }
    }

    #[test]
    fn runs_that_have_an_item_in_hand_at_once_overlap() {
        let mut listing = listing(None);
        let [first, second] = [list(&mut listing), list(&mut listing)];
        assert_eq!(listing.processed(&first, Ended::Returned), None);
        let third = list(&mut listing);
        assert_eq!(listing.processed(&second, Ended::Returned), OVERLAP);
        assert_eq!(listing.processed(&third, Ended::Returned), OVERLAP);
        // Listed, and then saved by another.
        let fourth = list(&mut listing);
        assert!(listing.record(fourth.position).is_some());
        assert_eq!(listing.processed(&fourth, Ended::Returned), OVERLAP);
    }

    #[test]
    fn what_a_run_left_unmarked_has_the_cause_of_its_end() {
        for (ended, cause) in [
            (Ended::TimedOut, DuplicateCause::TimeoutAfterEffect),
            (Ended::Errored, DuplicateCause::RunFailedAfterEffect),
            (Ended::Crashed, DuplicateCause::RunFailedAfterEffect),
        ] {
            let mut listing = listing(Some(DuplicateCause::SentTwice));
            let first = list(&mut listing);
            listing.processed(&first, Ended::Returned);
            listing.left_unmarked(&[first.position], ended);
            let second = list(&mut listing);
            assert_eq!(listing.processed(&second, Ended::Returned), Some(cause));
        }
    }

    /// Also where the run that processed it is at work still: its progress would not have been saved in any case.
    #[test]
    fn an_item_that_failed_itself_has_the_cause_of_its_own_end() {
        for (ended, cause) in
            [(Ended::Errored, DuplicateCause::ErrorAfterEffect), (Ended::Crashed, DuplicateCause::CrashAfterEffect)]
        {
            let mut listing = listing(None);
            let [first, early] = [list(&mut listing), list(&mut listing)];
            listing.processed(&first, ended);
            let second = list(&mut listing);
            assert_eq!(listing.processed(&second, Ended::Returned), Some(cause));
            assert_eq!(listing.processed(&early, Ended::Returned), OVERLAP, "it had the item in hand before that");
        }
    }

    #[test]
    fn what_is_undone_leaves_the_cause_as_it_was() {
        let mut listing = listing(Some(DuplicateCause::SentTwice));
        let first = list(&mut listing);
        listing.processed(&first, Ended::Returned);
        listing.undone(&first);
        let second = list(&mut listing);
        assert_eq!(listing.processed(&second, Ended::Returned), Some(DuplicateCause::SentTwice));
        // With another run's effect beside it, that run still counts.
        let third = list(&mut listing);
        listing.processed(&third, Ended::Errored);
        listing.undone(&third);
        let fourth = list(&mut listing);
        assert_eq!(listing.processed(&fourth, Ended::Returned), OVERLAP);
    }
}
