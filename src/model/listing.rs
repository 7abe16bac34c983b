//! What a cron batch lists: items whose progress is not saved, and how far runs have come with each.

use super::lambda_node::Ended;
use super::ledger::{ItemRef, Path};
use super::progress::Progress;
use crate::handlers::{Claimant, Inbox, Position};
use crate::words::DuplicateCause;

/// Items in order of arrival, until their progress is saved.
#[derive(Debug, Default)]
pub(super) struct Listing {
    inbox: Inbox<Unmarked>,
}

/// An item whose progress is not saved.
#[derive(Debug, Clone, Copy)]
struct Unmarked {
    item: ItemRef,
    sending: u16,
    progress: Progress,
}

/// An item that a run has listed, as it was then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    pub position: Position,
    pub item: ItemRef,
    /// The sending that it came by.
    pub sending: u16,
    progress: Progress,
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
    pub(super) fn arrives(&mut self, item: ItemRef, path: &Path) {
        self.inbox.push(Unmarked { item, sending: path.sending, progress: Progress::new(path.cause) });
    }

    /// Lists as [`Inbox::list`] does.
    pub(super) fn list(
        &mut self,
        from: Position,
        end: Position,
        most: usize,
        claimant: Option<Claimant>,
        mut found: impl FnMut(Listed),
        mut passed: impl FnMut(ItemRef),
    ) -> Position {
        let found = |position, Unmarked { item, sending, progress }| {
            found(Listed { position, item, sending, progress });
        };
        self.inbox.list(from, end, most, claimant, found, |Unmarked { item, .. }| passed(item))
    }

    /// A run has processed an item as far as its effect, and `ended` with it so. Returns why it did that besides another.
    pub(super) fn processed(&mut self, listed: &Listed, ended: Ended) -> Option<DuplicateCause> {
        let shared = self.inbox.get_mut(listed.position).map(|unmarked| &mut unmarked.progress);
        Progress::process(shared, listed.progress, ended)
    }

    /// What a run had processed is undone, for its effects were not durable yet.
    pub(super) fn undone(&mut self, listed: &Listed) {
        if let Some(unmarked) = self.inbox.get_mut(listed.position) {
            unmarked.progress.undo(listed.progress);
        }
    }

    /// A run that had processed an item failed with it after that.
    pub(super) fn failed(&mut self, position: Position, ended: Ended) {
        if let Some(unmarked) = self.inbox.get_mut(position) {
            unmarked.progress.fail(ended);
        }
    }

    /// A run was killed, or failed at another item, before it saved its progress with these, whose effects are durable.
    pub(super) fn left_unmarked(&mut self, positions: &[Position], ended: Ended) {
        for &position in positions {
            if let Some(unmarked) = self.inbox.get_mut(position) {
                unmarked.progress.leave(ended);
            }
        }
    }

    /// Saves an item's progress: it is listed no more. Returns it, unless that was done before.
    pub(super) fn record(&mut self, position: Position) -> Option<ItemRef> {
        self.inbox.record(position).map(|unmarked| unmarked.item)
    }

    /// The item whose progress is not saved at a position.
    pub(super) fn item_at(&mut self, position: Position) -> Option<ItemRef> {
        self.inbox.get_mut(position).map(|unmarked| unmarked.item)
    }

    /// Gives up a claim.
    pub(super) fn unclaim(&mut self, position: Position) {
        self.inbox.unclaim(position);
    }
}
