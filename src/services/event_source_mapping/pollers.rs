//! How many batches a mapping works on at once (E-sqs, B-nov23), by the model of sources.md §3.3.
//!
//! Rules kept: it starts at 5; while messages wait and all are busy it adds 5 each second (300 a minute) up to 1,250, or
//! MaximumConcurrency; idle ones are given up, never below 5. What AWS does not publish is inferred: on errors the limit
//! is cut each minute by their share, and grows by what is left of it; idle pollers go at 10 % a minute; a throttled
//! invoke is tried again after 1 s, doubling up to a minute. Errors are those of the function; throttles are none.
//!
//! In provisioned mode start, ceiling and pace are those of the [event pollers](super::provisioned); all else is the same.
//!
//! Left out: two pollers instead of five with very little traffic.

use super::provisioned::{BATCHES_A_POLLER, EventPollers, growth};
use super::settings::MappingSettings;
use crate::kernel::{Span, Time};

/// Batches at once at the start, and the least the limit falls back to (E-sqs).
pub const START: u32 = 5;
/// Most batches at once of one mapping (E-sqs, B-nov23).
pub const CEILING: u32 = 1_250;
/// How often the limit is looked at.
pub const TICK: Span = Span::from_secs(1);
/// Added each second while messages wait: 300 a minute (E-sqs, B-nov23).
const GROWTH: u64 = 5;
/// Ticks between two cuts.
const MINUTE: u32 = 60;
/// First and longest wait after a throttled invoke.
const THROTTLE_WAITS: (Span, Span) = (Span::from_secs(1), Span::from_secs(60));

/// The pollers of one mapping. Each free one holds a long poll.
#[derive(Debug, Clone)]
pub struct Pollers {
    limit: u32,
    floor: u32,
    ceiling: u32,
    busy: u32,
    /// Of this minute: ticks, most busy ones, batches that ended, and those of them that failed.
    ticks: u32,
    busy_most: u32,
    ended: u64,
    failed: u64,
    /// Time that pollers were free, all together, in ns, up to `updated`.
    free_time: u128,
    updated: Time,
    /// In provisioned mode: the pollers, and the time that there were, all together, in ns.
    provisioned: Option<EventPollers>,
    poller_time: u128,
}

/// How long a poller waits after the `throttles`-th throttle (from 1) of a batch: 1 s × 2^(k−1), at most a minute.
#[must_use]
pub fn after_throttle(throttles: u32) -> Span {
    THROTTLE_WAITS.0.times(1 << (throttles - 1).min(6)).min(THROTTLE_WAITS.1)
}

impl Pollers {
    /// The pollers at the start of a run.
    #[must_use]
    pub fn new(settings: &MappingSettings) -> Self {
        let (floor, ceiling) = match settings.provisioned {
            Some(pollers) => (pollers.minimum * BATCHES_A_POLLER, pollers.maximum * BATCHES_A_POLLER),
            None => {
                let ceiling = settings.maximum_concurrency.unwrap_or(CEILING).min(CEILING);
                (START.min(ceiling), ceiling)
            }
        };
        Self {
            limit: floor,
            floor,
            ceiling,
            busy: 0,
            ticks: 0,
            busy_most: 0,
            ended: 0,
            failed: 0,
            free_time: 0,
            updated: Time::ZERO,
            provisioned: settings.provisioned.as_ref().map(EventPollers::new),
            poller_time: 0,
        }
    }

    /// How many batches may be worked on at once now.
    #[must_use]
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// Whether one is free.
    #[must_use]
    pub const fn has_free(&self) -> bool {
        self.busy < self.limit
    }

    /// A free one takes messages.
    pub fn take(&mut self, now: Time) {
        self.account(now);
        self.busy += 1;
        self.busy_most = self.busy_most.max(self.busy);
    }

    /// One is done with its batch, whose run failed, succeeded, or never was.
    pub fn give_back(&mut self, now: Time, failed: Option<bool>) {
        self.account(now);
        self.busy -= 1;
        self.ended += u64::from(failed.is_some());
        self.failed += u64::from(failed == Some(true));
    }

    /// Whether the limit may change at the next tick, given whether messages wait.
    #[must_use]
    pub const fn wants_ticks(&self, waiting: bool) -> bool {
        self.limit > self.floor || (waiting && self.busy >= self.limit && self.limit < self.ceiling)
    }

    /// Ticks begin: a minute of its own.
    pub const fn begin_ticks(&mut self) {
        self.begin_minute();
    }

    /// A second is over.
    pub fn tick(&mut self, now: Time, waiting: bool) {
        self.account(now);
        self.ticks += 1;
        let all_needed = waiting && self.busy >= self.limit;
        if all_needed {
            self.limit = (self.limit + self.growth()).min(self.ceiling);
        }
        if self.ticks >= MINUTE {
            self.limit = self.cut(all_needed).max(self.floor);
            self.begin_minute();
        }
        if let Some(pollers) = &mut self.provisioned {
            pollers.set_limit(now, self.limit);
        }
    }

    /// When the next receive may be made: `now`, or later in provisioned mode.
    pub fn poll_at(&mut self, now: Time) -> Time {
        self.provisioned.as_mut().map_or(now, |pollers| pollers.poll_at(now))
    }

    /// A receive was made, which returned so many bytes.
    pub fn polled(&mut self, now: Time, bytes: u64) {
        if let Some(pollers) = &mut self.provisioned {
            pollers.polled(now, bytes);
        }
    }

    /// Seconds of event pollers up to `end`, all together, the last one begun in full.
    pub fn poller_seconds(&mut self, end: Time) -> u128 {
        self.account(end);
        self.poller_time.div_ceil(u128::from(Span::from_secs(1).as_nanos()))
    }

    /// How many long polls came back empty up to `end`: one for each `long_poll` that a poller was free.
    pub fn empty_polls(&mut self, end: Time, long_poll: Span) -> u128 {
        self.account(end);
        self.free_time / u128::from(long_poll.as_nanos().max(1))
    }

    /// 5, or the share of a second in provisioned mode, less the share of failed batches of this minute, rounded.
    fn growth(&self) -> u32 {
        let whole = if self.provisioned.is_some() { u64::from(growth(self.ticks)) } else { GROWTH };
        if self.failed == 0 {
            return whole as u32;
        }
        ((whole * (self.ended - self.failed) + self.ended / 2) / self.ended) as u32
    }

    /// The limit after a minute: less by the share of failed batches, or a tenth less where so many were not needed.
    fn cut(&self, all_needed: bool) -> u32 {
        if self.failed > 0 {
            return (u64::from(self.limit) * (self.ended - self.failed) / self.ended) as u32;
        }
        if all_needed {
            return self.limit;
        }
        let tenth_less = self.limit - self.limit.div_ceil(10);
        self.limit.min(self.busy_most.max(tenth_less))
    }

    const fn begin_minute(&mut self) {
        self.ticks = 0;
        self.ended = 0;
        self.failed = 0;
        self.busy_most = self.busy;
    }

    fn account(&mut self, now: Time) {
        let elapsed = u128::from(now.since(self.updated).as_nanos());
        let free = match &self.provisioned {
            Some(pollers) => {
                self.poller_time += u128::from(pollers.count()) * elapsed;
                pollers.count().saturating_sub(self.busy.div_ceil(BATCHES_A_POLLER))
            }
            None => self.limit.saturating_sub(self.busy),
        };
        self.free_time += u128::from(free) * elapsed;
        self.updated = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::event_source_mapping::settings::ProvisionedPollers;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn pollers(maximum_concurrency: Option<u32>) -> Pollers {
        Pollers::new(&MappingSettings {
            batch_size: 10,
            window: Span::ZERO,
            maximum_concurrency,
            provisioned: None,
            report_batch_item_failures: false,
        })
    }

    fn provisioned(minimum: u32, maximum: u32) -> Pollers {
        Pollers::new(&MappingSettings {
            batch_size: 10,
            window: Span::ZERO,
            maximum_concurrency: None,
            provisioned: Some(ProvisionedPollers { minimum, maximum }),
            report_batch_item_failures: false,
        })
    }

    fn all_busy(pollers: &mut Pollers, now: Time) {
        while pollers.has_free() {
            pollers.take(now);
        }
    }

    /// The limit after so many seconds of a backlog that keeps every poller busy.
    fn ramp(pollers: &mut Pollers, seconds: u64) -> u32 {
        for second in 1..=seconds {
            all_busy(pollers, at(second));
            pollers.tick(at(second), true);
        }
        pollers.limit()
    }

    /// 5 + 60 × 5 = 305 after a minute; (1,250 − 5) / 5 = 249 s to the ceiling.
    #[test]
    fn a_backlog_adds_300_batches_a_minute_up_to_1250() {
        assert_eq!(ramp(&mut pollers(None), 60), 305);
        assert_eq!(ramp(&mut pollers(None), 248), 1_245);
        assert_eq!(ramp(&mut pollers(None), 249), 1_250);
        assert_eq!(ramp(&mut pollers(None), 400), 1_250);
    }

    /// Two pollers work on 20 batches; 1,020 after a minute, 2,020 after two; ten pollers at most on 100.
    ///
    /// Rule [doc] B-prov: in provisioned mode the mapping starts with the minimum of pollers, ten batches each, and adds 1,000 batches at once a minute up to the maximum.
    #[test]
    fn in_provisioned_mode_a_backlog_adds_1000_batches_a_minute() {
        assert_eq!(provisioned(2, 200).limit(), 20);
        assert_eq!((ramp(&mut provisioned(2, 200), 60), ramp(&mut provisioned(2, 200), 120)), (1_020, 2_000));
        assert_eq!((ramp(&mut provisioned(2, 10_000), 6_000), ramp(&mut provisioned(2, 10), 60)), (100_000, 100));
    }

    /// Two for 100 s, 3 with 21 batches from then on, one tick of a minute later.
    #[test]
    fn poller_seconds_are_counted_by_the_poller() {
        let mut pollers = provisioned(2, 3);
        assert_eq!((pollers.poller_seconds(at(100)), pollers.empty_polls(at(100), Span::from_secs(20))), (200, 10));
        all_busy(&mut pollers, at(100));
        pollers.tick(at(100), true);
        assert_eq!((pollers.limit(), pollers.poller_seconds(at(200))), (30, 200 + 300));
    }

    /// Rule [doc] E-sqs: MaximumConcurrency is the ceiling of the batches at once.
    #[test]
    fn maximum_concurrency_is_the_ceiling_and_below_five_the_start() {
        assert_eq!(ramp(&mut pollers(Some(20)), 60), 20);
        assert_eq!((pollers(Some(2)).limit(), ramp(&mut pollers(Some(2)), 60)), (2, 2));
    }

    /// Rule [doc] E-sqs: batches at once are added while messages wait, not otherwise.
    #[test]
    fn nothing_grows_while_a_poller_is_free_or_no_message_waits() {
        let mut pollers = pollers(None);
        pollers.take(at(0));
        pollers.tick(at(1), true);
        all_busy(&mut pollers, at(1));
        pollers.tick(at(2), false);
        assert_eq!(pollers.limit(), 5);
        assert!(!pollers.wants_ticks(false) && pollers.wants_ticks(true));
    }

    /// 305 with nothing to do: a tenth less each minute (274, 246, …), never below 5.
    ///
    /// Rule [doc*] E-sqs: with little traffic the mapping falls back to 5 batches at once (a tenth a minute is inferred).
    #[test]
    fn idle_pollers_are_given_up_at_a_tenth_a_minute() {
        let mut pollers = pollers(None);
        ramp(&mut pollers, 60);
        for _ in 0..300 {
            pollers.give_back(at(60), Some(false));
        }
        pollers.begin_ticks();
        let minute = |pollers: &mut Pollers, minute: u64| {
            (0..60).for_each(|second| pollers.tick(at(60 * minute + second), false));
            pollers.limit()
        };
        assert_eq!((1..=3).map(|n| minute(&mut pollers, n)).collect::<Vec<_>>(), [274, 246, 221]);
        let last = (4..100).map(|n| minute(&mut pollers, n)).last();
        assert_eq!((last, pollers.wants_ticks(false)), (Some(5), false));
    }

    /// 60 busy ones are needed: the limit stays there.
    #[test]
    fn what_is_needed_is_kept() {
        let mut pollers = pollers(None);
        ramp(&mut pollers, 11);
        assert_eq!(pollers.limit(), 60);
        all_busy(&mut pollers, at(11));
        (0..600).for_each(|second| pollers.tick(at(12 + second), false));
        assert_eq!(pollers.limit(), 60);
    }

    /// A fifth of a minute's batches fail: growth of 5 × 0.8 = 4 a second, and at the end of the minute a fifth less.
    ///
    /// Rule [doc*] E-sqs: function errors lower the concurrency, which rises again as they stop (by how much is inferred).
    #[test]
    fn function_errors_slow_growth_and_cut_the_limit_by_their_share() {
        let mut pollers = pollers(None);
        pollers.begin_ticks();
        for second in 0..60 {
            all_busy(&mut pollers, at(second));
            for batch in 0..5 {
                pollers.give_back(at(second), Some(batch == 0));
                pollers.take(at(second));
            }
            pollers.tick(at(second + 1), true);
        }
        // 5 + 60 × 4 = 245, less a fifth.
        assert_eq!(pollers.limit(), 196);
    }

    #[test]
    fn where_everything_fails_the_limit_stays_at_its_least() {
        let mut pollers = pollers(None);
        for second in 0..600 {
            all_busy(&mut pollers, at(second));
            pollers.give_back(at(second), Some(true));
            pollers.take(at(second));
            pollers.tick(at(second + 1), true);
        }
        assert_eq!(pollers.limit(), 5);
    }

    /// 5 free for 40 s, then 4 for 60 s: 440 s, of which a poll takes 20.
    ///
    /// Rule [doc] S-poll: a free poller makes an empty receive every 20 s, 15 a minute for five of them.
    #[test]
    fn each_free_poller_makes_an_empty_receive_every_20_seconds() {
        let mut pollers = pollers(None);
        pollers.take(at(40));
        assert_eq!(pollers.empty_polls(at(100), Span::from_secs(20)), 22);
    }

    /// Rule [inferred] E-sqs: a throttled invocation is tried again after 1 s, doubling up to a minute; AWS publishes no schedule.
    #[test]
    fn a_throttled_invoke_is_tried_again_after_a_second_doubling_up_to_a_minute() {
        let waits: Vec<u64> = (1..=9).map(|k| after_throttle(k).as_nanos() / 1_000_000_000).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
