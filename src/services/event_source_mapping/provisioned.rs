//! Event pollers of provisioned mode (sources.md §3.4; E-sqs, B-prov): each invokes for up to 10 batches at once, calls
//! SQS up to 10 times a second and takes up to 1 MB a second; 1,000 batches at once are added a minute.
//!
//! The limits are held against all pollers together, as if each had its share of the work; a tenth of a second's calls
//! and bytes are saved up. That a poller that is free waits in one long poll is inferred.

use super::settings::ProvisionedPollers;
use crate::kernel::Time;
use crate::services::rate::Rate;

/// Batches at once of one poller (E-sqs).
pub const BATCHES_A_POLLER: u32 = 10;
/// Calls of SQS that one poller makes a second (E-sqs).
const POLLS_A_SECOND: u64 = 10;
/// Bytes that one poller takes a second: 1 MB (E-sqs).
const BYTES_A_SECOND: u64 = 1_048_576;
/// Batches at once that are added a minute (E-sqs, B-prov).
const GROWTH_A_MINUTE: u32 = 1_000;
/// What is saved up is this part of a second's.
const SAVED: u64 = 10;

/// The event pollers of one mapping.
#[derive(Debug, Clone)]
pub(super) struct EventPollers {
    pollers: u32,
    polls: Rate,
    bytes: Rate,
}

impl EventPollers {
    /// The least number of pollers.
    pub(super) fn new(settings: &ProvisionedPollers) -> Self {
        let pollers = settings.minimum;
        let [polls, bytes] = [POLLS_A_SECOND, BYTES_A_SECOND].map(|each| {
            let per_second = each * u64::from(pollers);
            Rate::new(per_second, per_second / SAVED)
        });
        Self { pollers, polls, bytes }
    }

    /// Pollers now.
    pub(super) const fn count(&self) -> u32 {
        self.pollers
    }

    /// So many batches may be worked on at once from `now` on.
    pub(super) fn set_limit(&mut self, now: Time, batches: u32) {
        self.pollers = batches.div_ceil(BATCHES_A_POLLER);
        for (rate, each) in [(&mut self.polls, POLLS_A_SECOND), (&mut self.bytes, BYTES_A_SECOND)] {
            let per_second = each * u64::from(self.pollers);
            rate.set(now, per_second, per_second / SAVED);
        }
    }

    /// When the next call of SQS may be made.
    pub(super) fn poll_at(&mut self, now: Time) -> Time {
        self.polls.ready_at(now).max(self.bytes.ready_at(now))
    }

    /// A call of SQS returned so many bytes.
    pub(super) fn polled(&mut self, now: Time, bytes: u64) {
        self.polls.take(now, 1);
        self.bytes.take(now, bytes);
    }
}

/// Batches at once added in the `second`-th second (from 1) of a minute: 1,000 in all 60 of them.
pub(super) const fn growth(second: u32) -> u32 {
    GROWTH_A_MINUTE * second / 60 - GROWTH_A_MINUTE * (second - 1) / 60
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    /// Calls that are let through within a second, each of which returns so many bytes.
    fn calls(pollers: &mut EventPollers, bytes: u64) -> usize {
        let let_through = |millis: &u64| {
            let through = pollers.poll_at(at(*millis)) == at(*millis);
            if through {
                pollers.polled(at(*millis), bytes);
            }
            through
        };
        (0..10_000).map(|step| step / 10).filter(let_through).count()
    }

    fn pollers(minimum: u32) -> EventPollers {
        EventPollers::new(&ProvisionedPollers { minimum, maximum: 200 })
    }

    /// Two pollers: 2 calls at once, and 20 in the second that follows, but for the last that falls on its end.
    ///
    /// Rule [doc] E-sqs: an event poller makes up to 10 calls of SQS a second.
    #[test]
    fn a_poller_polls_ten_times_a_second() {
        assert!((20..=22).contains(&calls(&mut pollers(2), 0)));
        let mut more = pollers(2);
        more.set_limit(at(0), 51);
        assert_eq!(more.count(), 6);
        assert!((58..=62).contains(&calls(&mut more, 0)));
    }

    /// 2 MB a second in calls of 512 KB: four, and one on account.
    ///
    /// Rule [doc] E-sqs: an event poller takes up to 1 MB a second.
    #[test]
    fn a_poller_takes_a_megabyte_a_second() {
        assert!((4..=5).contains(&calls(&mut pollers(2), 524_288)));
    }

    #[test]
    fn a_thousand_batches_are_added_a_minute() {
        assert_eq!((1..=60).map(growth).sum::<u32>(), 1_000);
        assert!((1..=60).map(growth).all(|each| (16..=17).contains(&each)));
    }
}
