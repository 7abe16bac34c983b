//! Amazon S3 as the place that objects are put to: how many a second a prefix takes.
//!
//! Rules kept: a prefix takes at least 3,500 PUTs a second, each prefix for itself; what exceeds that is answered 503 Slow
//! Down, and a prefix under lasting pressure is gradually divided, so that it takes more (S3-perf).
//!
//! Left out: the 5,500 GETs a second of a prefix, for a function's reading is in its service time; LIST pages, of which a batch asks
//! one after the other.

use std::collections::HashMap;

use crate::kernel::{Span, Time};

/// A second: how much of its rate a prefix takes at once.
const BURST: u64 = 1_000_000_000;
/// Prefixes are looked through for idle ones when there are so many, and then whenever they have doubled.
const KEPT_AT_LEAST: usize = 1_024;

/// How objects are put into a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutSettings {
    /// PUTs a second that a prefix takes at first, at least 1.
    pub rate: u32,
    /// How long a prefix is refused requests until it takes twice as many.
    pub repartition: Span,
    /// Tries of a sender in all, at least 1.
    pub attempts: u32,
}

/// What is known of a prefix.
#[derive(Debug, Clone, Copy)]
struct Prefix {
    /// When it would have taken all that it has been asked, at its rate.
    busy_until: u64,
    /// How often it was divided: each time it takes twice as much.
    divided: u32,
    /// The first and the latest refusal of the present pressure.
    refused: Option<(Time, Time)>,
}

/// The prefixes of a bucket that were lately written to, or were divided: a prefix that is idle is like a new one.
#[derive(Debug)]
pub struct Prefixes {
    settings: PutSettings,
    known: HashMap<(u16, u64), Prefix>,
    look_through_at: usize,
}

impl Prefixes {
    /// A bucket without objects.
    #[must_use]
    pub fn new(settings: PutSettings) -> Self {
        Self { settings, known: HashMap::new(), look_through_at: KEPT_AT_LEAST }
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &PutSettings {
        &self.settings
    }

    /// Whether a prefix takes a PUT now; else the answer is 503 Slow Down. Time must not go backwards.
    pub fn put(&mut self, prefix: (u16, u64), now: Time) -> bool {
        self.forget_idle(now);
        let PutSettings { rate, repartition, .. } = self.settings;
        let fresh = Prefix { busy_until: 0, divided: 0, refused: None };
        let state = self.known.entry(prefix).or_insert(fresh);
        let interval = (BURST / (u64::from(rate) << state.divided)).max(1);
        let from = state.busy_until.max(now.as_nanos());
        if from - now.as_nanos() + interval <= BURST {
            state.busy_until = from + interval;
            return true;
        }
        state.refused = match state.refused {
            // Pressure that ceased for as long as it takes to divide a prefix counts for nothing.
            Some((first, latest)) if now.since(latest) < repartition => Some((first, now)),
            _ => Some((now, now)),
        };
        if state.refused.is_some_and(|(first, _)| now.since(first) >= repartition) && state.divided < 16 {
            state.divided += 1;
            state.refused = None;
        }
        false
    }

    /// Forgets prefixes that are as new ones. What is left does not depend on the order in which they are met.
    fn forget_idle(&mut self, now: Time) {
        if self.known.len() < self.look_through_at {
            return;
        }
        let repartition = self.settings.repartition;
        self.known.retain(|_, prefix| {
            let pressed = prefix.refused.is_some_and(|(_, latest)| now.since(latest) < repartition);
            prefix.divided > 0 || pressed || prefix.busy_until > now.as_nanos()
        });
        self.look_through_at = (2 * self.known.len()).max(KEPT_AT_LEAST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(rate: u32, repartition_s: u64) -> Prefixes {
        Prefixes::new(PutSettings { rate, repartition: Span::from_secs(repartition_s), attempts: 3 })
    }

    fn at_ms(ms: u64) -> Time {
        Time::ZERO + Span::from_millis(ms)
    }

    /// A second's worth at once, then one each 1/3,500 s.
    #[test]
    fn a_prefix_takes_its_rate_and_no_more() {
        let mut bucket = bucket(3_500, 600);
        let taken = |bucket: &mut Prefixes, asked: u32, at| (0..asked).filter(|_| bucket.put((0, 0), at)).count();
        assert_eq!(taken(&mut bucket, 4_000, Time::ZERO), 3_500);
        assert_eq!(taken(&mut bucket, 4_000, at_ms(100)), 350);
        assert!(bucket.put((0, 1), at_ms(100)), "each prefix has a rate of its own");
    }

    /// Refused from 0 to 10 s, each second: at 10 s it is divided, and takes twice as many from then on.
    #[test]
    fn lasting_pressure_divides_a_prefix() {
        let mut bucket = bucket(10, 10);
        let mut taken = |second: u64| (0..40).filter(|_| bucket.put((0, 0), at_ms(1_000 * second))).count();
        let counts: Vec<_> = (0..12).map(&mut taken).collect();
        assert_eq!(counts[..10], [10; 10]);
        assert_eq!((counts[10], counts[11]), (10, 20), "divided at the first refusal of the tenth second");
    }

    #[test]
    fn idle_prefixes_are_forgotten() {
        let mut bucket = bucket(1_000, 10);
        for prefix in 0..100_000 {
            assert!(bucket.put((0, prefix), at_ms(prefix)));
        }
        assert!(bucket.known.len() <= KEPT_AT_LEAST);
    }
}
