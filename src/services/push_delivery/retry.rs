//! When a delivery that failed is tried again, and when it is given up.
//!
//! A topic's ladder for Lambda and SQS: 3 retries at once, 2 a second apart, 10 that grow geometrically from 1 s to 20 s,
//! and 100,000 at 20 s: 100,015 over 23 days (SNSR; that the growth is geometric is inferred: the sum is then 2,000,070 s,
//! 23.149 days). A bus: up to 185 retries within 24 h, the waits of which AWS does not publish (EBR); they double here
//! from 1 s to at most 600 s, with full jitter.

use crate::kernel::{Span, Time};

/// The waits before each retry, without jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// A topic's ladder.
    Ladder,
    /// Doubling from the first to the longest.
    Doubling {
        /// Before the first retry.
        first: Span,
        /// The longest.
        longest: Span,
    },
}

/// How far chance moves a wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Jitter {
    /// Up to this share of it either way.
    Around(f64),
    /// Up to this share of it down: 1 is "full jitter", anything from nothing to the whole wait.
    Below(f64),
}

/// When a failed delivery is tried again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// The waits.
    pub waits: Waits,
    /// How chance moves them.
    pub jitter: Jitter,
    /// Most retries.
    pub retries: u32,
    /// No retry comes this long after the message was published, or later; none: age does not matter.
    pub max_age: Option<Span>,
}

/// What becomes of a delivery that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is tried again then.
    RetryAt(Time),
    /// It would be tried again after it had grown too old, which it does then.
    TooOldAt(Time),
    /// It was tried as often as allowed.
    Exhausted,
}

const LADDER_AT_ONCE: u32 = 3;
const LADDER_SECONDS: u32 = 2;
const LADDER_GROWING: u32 = 10;
const LADDER_LAST: Span = Span::from_secs(20);

/// Retries of a topic's ladder.
pub const LADDER_RETRIES: u32 = LADDER_AT_ONCE + LADDER_SECONDS + LADDER_GROWING + 100_000;

impl Waits {
    /// The wait before the n-th retry, counted from 1.
    #[must_use]
    pub fn before(self, retry: u32) -> Span {
        match self {
            Self::Ladder => ladder(retry),
            Self::Doubling { first, longest } => {
                let factor = 1_u64.checked_shl(retry.saturating_sub(1)).unwrap_or(u64::MAX);
                first.times(factor).min(longest)
            }
        }
    }
}

fn ladder(retry: u32) -> Span {
    let growing_from = LADDER_AT_ONCE + LADDER_SECONDS + 1;
    match retry {
        0..=LADDER_AT_ONCE => Span::ZERO,
        _ if retry < growing_from => Span::from_secs(1),
        _ if retry < growing_from + LADDER_GROWING => {
            let step = f64::from(retry - growing_from) / f64::from(LADDER_GROWING - 1);
            Span::from_secs_f64(libm::pow(LADDER_LAST.as_secs_f64(), step))
        }
        _ => LADDER_LAST,
    }
}

impl Jitter {
    /// A wait, moved by a number in [0, 1).
    fn moved(self, wait: Span, unit: f64) -> Span {
        match self {
            Self::Around(share) => wait.scaled(1.0 + share * (2.0 * unit - 1.0)),
            Self::Below(share) => wait.scaled(1.0 - share * unit),
        }
    }
}

impl RetryPolicy {
    /// After a failure at `now`, the n-th of a message published at `published`: `unit` in [0, 1) is the jitter's.
    #[must_use]
    pub fn after_failure(&self, published: Time, now: Time, failures: u32, unit: f64) -> Verdict {
        if failures > self.retries {
            return Verdict::Exhausted;
        }
        let next = now + self.jitter.moved(self.waits.before(failures), unit);
        match self.max_age.map(|age| published + age) {
            Some(end) if next >= end => Verdict::TooOldAt(end.max(now)),
            _ => Verdict::RetryAt(next),
        }
    }
}

/// The wait of a publisher before its n-th retry (from 1), by the standard mode of the AWS SDKs: up to 1 s, 2 s, 4 s …,
/// at most 20 s, by a number in [0, 1) (SDKR).
#[must_use]
pub fn publisher_wait(retry: u32, unit: f64) -> Span {
    let doubling = Waits::Doubling { first: Span::from_secs(1), longest: Span::from_secs(20) };
    Jitter::Below(1.0).moved(doubling.before(retry), unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUS: RetryPolicy = RetryPolicy {
        waits: Waits::Doubling { first: Span::from_secs(1), longest: Span::from_secs(600) },
        jitter: Jitter::Below(0.0),
        retries: 185,
        max_age: Some(Span::from_secs(86_400)),
    };

    /// Rule [doc] SNSR: a delivery to Lambda or SQS is retried 3 times at once, twice a second apart, 10 times growing from 1 s to 20 s, and 100,000 times each 20 s: 100,015 over 23 days.
    ///
    /// 2 × 1 s, the sum of 20^(k/9) s for k from 0 to 9, and 100,000 × 20 s are 2,000,070.107 s.
    #[test]
    fn a_topics_ladder_has_100_015_retries_over_23_days() {
        let waits: Vec<f64> = (1..=LADDER_RETRIES).map(|retry| Waits::Ladder.before(retry).as_secs_f64()).collect();
        assert_eq!(waits.len(), 100_015);
        assert_eq!(waits[..6], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(waits[14..16], [20.0, 20.0]);
        let total: f64 = waits.iter().sum();
        assert!((total - 2_000_070.107_258_652).abs() < 1e-3, "{total}");
        assert!((total / 86_400.0 - 23.148_959_574_752_92).abs() < 1e-7);
    }

    /// Rule [inferred] BO-12: waits that double from 1 s to 600 s let 152 retries fit into the 24 hours of a bus.
    ///
    /// 1 + 2 + … + 512 s are 1,023 s in 10 retries; (86,400 − 1,023) / 600 leaves room for 142 more.
    #[test]
    fn a_day_holds_152_retries_without_jitter() {
        let (mut now, mut failures) = (Time::ZERO, 1);
        while let Verdict::RetryAt(next) = BUS.after_failure(Time::ZERO, now, failures, 0.5) {
            (now, failures) = (next, failures + 1);
        }
        assert_eq!(failures - 1, 152);
        let day = Time::ZERO + Span::from_secs(86_400);
        assert_eq!(BUS.after_failure(Time::ZERO, now, failures, 0.5), Verdict::TooOldAt(day));
    }

    /// Rule [doc] EBR: of the 185 retries and the 24 hours of a bus, what is reached first ends the retries.
    #[test]
    fn with_full_jitter_the_185_retries_may_come_first() {
        let jittered = RetryPolicy { jitter: Jitter::Below(1.0), ..BUS };
        let (mut now, mut failures) = (Time::ZERO, 1);
        let verdict = loop {
            match jittered.after_failure(Time::ZERO, now, failures, 0.5) {
                Verdict::RetryAt(next) => (now, failures) = (next, failures + 1),
                end => break end,
            }
        };
        assert_eq!((verdict, failures), (Verdict::Exhausted, 186));
    }

    #[test]
    fn jitter_moves_a_wait_around_itself_or_down() {
        let wait = Span::from_secs(10);
        assert_eq!(Jitter::Around(0.1).moved(wait, 0.0), Span::from_secs(9));
        assert_eq!(Jitter::Around(0.1).moved(wait, 0.5), wait);
        assert_eq!(Jitter::Below(1.0).moved(wait, 0.0), wait);
        assert_eq!(Jitter::Below(1.0).moved(wait, 0.75), Span::from_millis(2_500));
    }

    #[test]
    fn doubling_ends_at_the_longest_however_many_retries_there_were() {
        let Waits::Doubling { longest, .. } = BUS.waits else { panic!("a bus doubles") };
        assert_eq!(
            [1, 2, 10, 11, 64, 65, 185].map(|retry| BUS.waits.before(retry).as_secs_f64()),
            [1.0, 2.0, 512.0, 600.0, 600.0, 600.0, 600.0]
        );
        assert_eq!(BUS.waits.before(u32::MAX), longest);
    }
}
