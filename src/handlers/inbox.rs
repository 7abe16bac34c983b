//! What is new since progress was last saved: the listing that a cron batch works from.

use std::collections::VecDeque;

/// A place in an inbox, for ever that of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(u64);

/// Who claimed an item: a run's own number, never zero.
pub type Claimant = u64;

#[derive(Debug, Clone, Copy)]
struct Slot<T> {
    position: Position,
    claimed: Option<Claimant>,
    item: Option<T>,
}

/// Items in order of arrival, until their progress is recorded. Memory grows with what is not recorded: places of
/// recorded items are given back once they are the greater part.
#[derive(Debug, Clone)]
pub struct Inbox<T> {
    slots: VecDeque<Slot<T>>,
    next: u64,
    live: usize,
}

impl<T: Copy> Inbox<T> {
    /// An empty inbox.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: VecDeque::new(), next: 0, live: 0 }
    }

    /// Adds an item behind all others.
    pub fn push(&mut self, item: T) {
        self.slots.push_back(Slot { position: Position(self.next), claimed: None, item: Some(item) });
        self.next += 1;
        self.live += 1;
    }

    /// Where the next item will be: everything before it is there now.
    #[must_use]
    pub const fn end(&self) -> Position {
        Position(self.next)
    }

    /// The first position of all.
    #[must_use]
    pub const fn start() -> Position {
        Position(0)
    }

    /// Lists, from `from` on and before `end`, up to `most` items that are not recorded nor claimed by another than
    /// `claimant`, which claims them if it is given; those of others are `passed` over. Returns where the listing stopped.
    pub fn list(
        &mut self,
        from: Position,
        end: Position,
        most: usize,
        claimant: Option<Claimant>,
        mut found: impl FnMut(Position, T),
        mut passed: impl FnMut(T),
    ) -> Position {
        let mut left = most;
        for index in self.index(from)..self.slots.len() {
            let slot = &mut self.slots[index];
            if slot.position >= end || left == 0 {
                return slot.position;
            }
            let Some(item) = slot.item else { continue };
            if let Some(claimant) = claimant {
                if slot.claimed.is_some_and(|other| other != claimant) {
                    passed(item);
                    continue;
                }
                slot.claimed = Some(claimant);
            }
            found(slot.position, item);
            left -= 1;
        }
        end
    }

    /// Records an item's progress: it is listed no more. Returns it, unless it was recorded before.
    pub fn record(&mut self, position: Position) -> Option<T> {
        let index = self.find(position)?;
        let item = self.slots[index].item.take()?;
        self.live -= 1;
        self.shrink();
        Some(item)
    }

    /// What is at a position, unless its progress was recorded.
    pub fn get_mut(&mut self, position: Position) -> Option<&mut T> {
        let index = self.find(position)?;
        self.slots[index].item.as_mut()
    }

    /// Gives up a claim.
    pub fn unclaim(&mut self, position: Position) {
        if let Some(index) = self.find(position) {
            self.slots[index].claimed = None;
        }
    }

    /// How many items are not recorded.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.live
    }

    /// Whether every item is recorded.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The first slot at or after a position. Places are given back in front, where the oldest items are: without gaps
    /// behind it, a slot is as far from the last one as subtraction says.
    fn index(&self, position: Position) -> usize {
        let Some(last) = self.slots.back() else { return 0 };
        let behind = usize::try_from(last.position.0.saturating_sub(position.0)).unwrap_or(usize::MAX);
        let guess = (self.slots.len() - 1).checked_sub(behind);
        let found = guess.filter(|&guess| self.slots[guess].position == position);
        found.unwrap_or_else(|| self.slots.partition_point(|slot| slot.position < position))
    }

    fn find(&self, position: Position) -> Option<usize> {
        let index = self.index(position);
        self.slots.get(index).filter(|slot| slot.position == position).map(|_| index)
    }

    fn shrink(&mut self) {
        while self.slots.front().is_some_and(|slot| slot.item.is_none()) {
            self.slots.pop_front();
        }
        if self.slots.len() > 2 * self.live + 64 {
            self.slots.retain(|slot| slot.item.is_some());
        }
    }
}

impl<T: Copy> Default for Inbox<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(items: u32) -> Inbox<u32> {
        let mut inbox = Inbox::new();
        (0..items).for_each(|item| inbox.push(item));
        inbox
    }

    fn listed(inbox: &mut Inbox<u32>, most: usize, claimant: Option<Claimant>) -> Vec<u32> {
        let mut found = Vec::new();
        let end = inbox.end();
        inbox.list(Inbox::<u32>::start(), end, most, claimant, |_, item| found.push(item), |_| ());
        found
    }

    /// Rule [doc] S3-list: A LIST page holds at most 1,000 keys; pages follow each other.
    #[test]
    fn pages_follow_each_other_without_gap_or_overlap() {
        let mut inbox = filled(25);
        let (mut from, end, mut pages) = (Inbox::<u32>::start(), inbox.end(), Vec::new());
        while from < end {
            let mut page = Vec::new();
            from = inbox.list(from, end, 10, None, |_, item| page.push(item), |_| ());
            pages.push(page);
        }
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
        assert_eq!(pages.concat(), (0..25).collect::<Vec<_>>());
    }

    #[test]
    fn a_listing_stops_at_its_end_though_more_has_come() {
        let mut inbox = filled(3);
        let end = inbox.end();
        inbox.push(99);
        let mut found = Vec::new();
        inbox.list(Inbox::<u32>::start(), end, 10, None, |_, item| found.push(item), |_| ());
        assert_eq!(found, [0, 1, 2]);
    }

    /// Rule [doc] S3-list: A listing comes in the order of keys: here, of arrival.
    #[test]
    fn recorded_items_are_listed_no_more() {
        let mut inbox = filled(5);
        assert_eq!(inbox.record(Position(1)), Some(1));
        assert_eq!(inbox.record(Position(1)), None);
        assert_eq!(inbox.record(Position(0)), Some(0));
        assert_eq!(listed(&mut inbox, 10, None), [2, 3, 4]);
        assert_eq!(inbox.len(), 3);
        assert_eq!(inbox.get_mut(Position(1)), None);
        assert_eq!(inbox.get_mut(Position(2)), Some(&mut 2));
    }

    /// Places are given back around every third item, so that none is where subtraction says.
    #[test]
    fn items_are_found_though_places_before_them_were_given_back() {
        let mut inbox = filled(3_000);
        (0..3_000).filter(|position| position % 3 != 1).for_each(|position| {
            inbox.record(Position(position));
        });
        assert!(inbox.slots.len() < 2_200);
        for position in 0..3_010 {
            let expected = inbox.slots.partition_point(|slot| slot.position < Position(position));
            assert_eq!(inbox.index(Position(position)), expected, "{position}");
        }
        assert_eq!(inbox.get_mut(Position(1_000)), Some(&mut 1_000));
        assert_eq!(inbox.get_mut(Position(999)), None);
    }

    #[test]
    fn claimed_items_are_passed_over_by_others_until_given_up() {
        let mut inbox = filled(4);
        assert_eq!(listed(&mut inbox, 2, Some(1)), [0, 1]);
        assert_eq!(listed(&mut inbox, 9, Some(2)), [2, 3]);
        inbox.unclaim(Position(1));
        assert_eq!(listed(&mut inbox, 9, Some(2)), [1, 2, 3]);
    }

    #[test]
    fn memory_grows_with_what_is_not_recorded() {
        let mut inbox = filled(1);
        for item in 1..100_000 {
            inbox.push(item);
            inbox.record(Position(u64::from(item)));
        }
        assert_eq!(inbox.len(), 1);
        assert!(inbox.slots.len() < 100, "one item that is never recorded holds no others");
        assert_eq!(listed(&mut inbox, 10, None), [0]);
    }
}
