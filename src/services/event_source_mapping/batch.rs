//! When a batch is closed (E-gen, E-sqs).
//!
//! Rules kept: the first of window over, batch size reached, 6 MB reached closes a batch; without a window, whatever one
//! poll returns is the batch; with one and little traffic, up to 20 s pass, because a poller sees that the window is over
//! only when its long poll returns.

use super::settings::MappingSettings;
use crate::kernel::{Span, Time};

/// Largest payload of a synchronous invocation (E-gen), in bytes.
pub const PAYLOAD_LIMIT: u64 = 6 * 1_048_576;

/// When batches of one mapping are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchRules {
    most: u32,
    per_receive: u32,
    window: Span,
    long_poll: Span,
}

impl BatchRules {
    /// Rules for messages of `message_bytes` each, of which a receive returns at most `per_receive` and waits up to
    /// `long_poll` for the first.
    #[must_use]
    pub fn new(settings: &MappingSettings, message_bytes: u64, per_receive: u32, long_poll: Span) -> Self {
        let fit = (PAYLOAD_LIMIT / message_bytes.max(1)).clamp(1, u64::from(u32::MAX)) as u32;
        Self { most: settings.batch_size.min(fit), per_receive, window: settings.window, long_poll }
    }

    /// How many messages the next receive of a batch that holds `held` asks for.
    #[must_use]
    pub fn room(&self, held: usize) -> u32 {
        self.per_receive.min(self.most.saturating_sub(held as u32))
    }

    /// Whether a batch that holds `held` messages, the first since `opened`, is closed.
    #[must_use]
    pub fn is_closed(&self, held: usize, opened: Time, now: Time) -> bool {
        self.room(held) == 0 || now >= opened + self.window
    }

    /// When the poller of an open batch, whose long polls find nothing from now on, sees that the window is over.
    #[must_use]
    pub fn window_seen(&self, opened: Time, now: Time) -> Time {
        let left = (opened + self.window).since(now).as_nanos();
        let polls = left.div_ceil(self.long_poll.as_nanos()).max(1);
        now + self.long_poll.times(polls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn rules(batch_size: u32, window: u64, message_bytes: u64) -> BatchRules {
        let window = Span::from_secs(window);
        let settings = MappingSettings {
            batch_size,
            window,
            maximum_concurrency: None,
            provisioned: None,
            report_batch_item_failures: false,
        };
        BatchRules::new(&settings, message_bytes, 10, Span::from_secs(20))
    }

    #[test]
    fn without_a_window_what_one_poll_returns_is_the_batch() {
        let rules = rules(10, 0, 1_024);
        assert!(rules.is_closed(1, at(5), at(5)));
        assert_eq!((rules.room(0), self::rules(3, 0, 1_024).room(0)), (10, 3));
    }

    /// Rule [doc] E-gen: a batch is closed when its window is over or its size is reached, whichever comes first.
    #[test]
    fn a_batch_is_closed_when_its_window_is_over_or_its_size_is_reached() {
        let rules = rules(25, 5, 1_024);
        assert!(!rules.is_closed(24, at(10), at(14)));
        assert!(rules.is_closed(1, at(10), at(15)) && rules.is_closed(25, at(10), at(10)));
        assert_eq!([0, 10, 20, 25].map(|held| rules.room(held)), [10, 10, 5, 0]);
    }

    /// 6 MiB hold 24 messages of 256 KiB, and 6 of a whole MiB.
    #[test]
    fn a_batch_is_closed_when_6_mb_are_reached() {
        assert_eq!([20, 23, 24].map(|held| rules(100, 5, 262_144).room(held)), [4, 1, 0]);
        assert_eq!(rules(10, 0, 1_048_576).room(0), 6);
    }

    /// A window of 5 s is seen to be over when the long poll of 20 s returns; one of 50 s after three of them.
    #[test]
    fn with_little_traffic_a_batch_takes_up_to_20_seconds() {
        assert_eq!(rules(10, 5, 1_024).window_seen(at(100), at(100)), at(120));
        assert_eq!(rules(10, 50, 1_024).window_seen(at(100), at(102)), at(162));
    }
}
