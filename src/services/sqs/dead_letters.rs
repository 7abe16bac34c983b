//! A dead-letter queue whose messages are moved back to the source queue (a redrive), in the order in which they came.
//!
//! A redrive takes what is in the queue when it starts; what comes in later is left to the next one, so that a message
//! which fails again does not go round. It moves one message at a time, at a rate (S-dlq: at most 500 a second). Where
//! one starts while another is under way they are one that takes all.
//!
//! Left out: the retention of the dead-letter queue, which is at most 14 days (S-dlq).

use std::collections::VecDeque;

use crate::kernel::{Span, Time};

/// Most messages a second that a redrive moves (S-dlq).
pub const REDRIVE_RATE_AT_MOST: u32 = 500;

/// When and how fast messages are moved back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedriveSettings {
    /// When redrives start, in order.
    pub starts: Vec<Time>,
    /// Messages a second, from 1 to [`REDRIVE_RATE_AT_MOST`].
    pub rate: u32,
}

/// The messages of a dead-letter queue that a redrive is to come for.
#[derive(Debug, Clone)]
pub struct DeadLetters<T> {
    settings: RedriveSettings,
    /// With the instant at which each came, oldest first.
    kept: VecDeque<(Time, T)>,
    /// Of them, those that the redrive under way has still to move.
    to_move: usize,
    /// Redrives that have started.
    started: usize,
}

impl<T> DeadLetters<T> {
    /// An empty queue.
    #[must_use]
    pub const fn new(settings: RedriveSettings) -> Self {
        Self { settings, kept: VecDeque::new(), to_move: 0, started: 0 }
    }

    /// When the next redrive starts, if there is one.
    #[must_use]
    pub fn next_start(&self) -> Option<Time> {
        self.settings.starts.get(self.started).copied()
    }

    /// A message comes in. Returns whether it is kept: not if no redrive is to come for it.
    pub fn keep(&mut self, now: Time, message: T) -> bool {
        let kept = self.next_start().is_some();
        if kept {
            self.kept.push_back((now, message));
        }
        kept
    }

    /// The next redrive starts. Returns whether there is something to move, and nothing was being moved.
    pub fn start(&mut self) -> bool {
        self.started += 1;
        let idle = self.to_move == 0;
        self.to_move = self.kept.len();
        idle && self.to_move > 0
    }

    /// Takes the next message that is to be moved, with the instant at which it came.
    pub fn take(&mut self) -> Option<(Time, T)> {
        self.to_move = self.to_move.checked_sub(1)?;
        self.kept.pop_front()
    }

    /// How long after the message just moved the next one is; none: the redrive is over.
    #[must_use]
    pub fn next_after(&self) -> Option<Span> {
        (self.to_move > 0).then(|| Span::from_nanos(1_000_000_000 / u64::from(self.settings.rate)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn queue(starts: &[u64]) -> DeadLetters<u32> {
        DeadLetters::new(RedriveSettings { starts: starts.iter().map(|&second| at(second)).collect(), rate: 4 })
    }

    #[test]
    fn a_redrive_takes_what_is_there_when_it_starts_and_leaves_the_rest_to_the_next() {
        let mut queue = queue(&[10, 20]);
        assert!(queue.keep(at(1), 7) && queue.keep(at(2), 8));
        assert!(queue.start());
        assert_eq!(queue.take(), Some((at(1), 7)));
        assert_eq!(queue.next_after(), Some(Span::from_millis(250)));
        assert!(queue.keep(at(10), 7), "it failed again at once");
        assert_eq!((queue.take(), queue.next_after(), queue.take()), (Some((at(2), 8)), None, None));
        assert_eq!(queue.next_start(), Some(at(20)));
        assert!(queue.start());
        assert!(!queue.keep(at(21), 9), "no redrive is to come");
        assert_eq!((queue.take(), queue.take()), (Some((at(10), 7)), None));
    }

    #[test]
    fn a_redrive_that_starts_while_another_is_under_way_adds_to_it() {
        let mut queue = queue(&[10, 10]);
        assert!(queue.keep(at(1), 1) && queue.keep(at(1), 2));
        assert!(queue.start());
        assert_eq!(queue.take(), Some((at(1), 1)));
        assert!(queue.keep(at(10), 3));
        assert!(!queue.start(), "the one under way goes on");
        assert_eq!([queue.take(), queue.take(), queue.take()], [Some((at(1), 2)), Some((at(10), 3)), None]);
    }

    #[test]
    fn there_is_nothing_to_move_in_an_empty_queue() {
        let mut queue = queue(&[10]);
        assert!(!queue.start());
        assert_eq!((queue.take(), queue.next_start()), (None, None));
    }
}
