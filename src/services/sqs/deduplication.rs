//! De-duplication of a FIFO queue: what is sent again within five minutes is accepted and not delivered (S-fifo).

use crate::kernel::{Span, Time};

/// How long an accepted message keeps out others of its de-duplication id (S-fifo).
pub const WINDOW: Span = Span::from_secs(300);

/// When the message of each id was accepted last. Ids have places, of which one may follow another; memory grows with
/// the number of places.
#[derive(Debug, Clone, Default)]
pub struct Deduplication<I> {
    accepted: Vec<Option<(I, Time)>>,
}

impl<I: Copy + Eq> Deduplication<I> {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self { accepted: Vec::new() }
    }

    /// A message of this id, whose place is `place`, is accepted. Returns whether it is delivered: none of its id was
    /// delivered in the last five minutes.
    pub fn accept(&mut self, now: Time, place: usize, id: I) -> bool {
        if self.accepted.len() <= place {
            self.accepted.resize(place + 1, None);
        }
        let known = &mut self.accepted[place];
        if known.is_some_and(|(known, at)| known == id && now < at + WINDOW) {
            return false;
        }
        *known = Some((id, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    /// Accepted at 10 s: kept out up to 310 s. What was kept out does not begin a window.
    ///
    /// Rule [doc] S-fifo: a message sent again within 5 minutes with the same de-duplication id is accepted and not delivered.
    #[test]
    fn an_id_is_kept_out_for_five_minutes_from_its_delivery() {
        let mut ids = Deduplication::new();
        assert_eq!(
            [10, 11, 309, 310, 609, 610].map(|s| ids.accept(at(s), 0, 'a')),
            [true, false, false, true, false, true]
        );
    }

    #[test]
    fn a_place_used_again_does_not_keep_its_next_id_out() {
        let mut ids = Deduplication::new();
        assert!(ids.accept(at(0), 3, 'a') && ids.accept(at(1), 3, 'b') && ids.accept(at(1), 0, 'c'));
        assert!(!ids.accept(at(2), 3, 'b'));
    }
}
