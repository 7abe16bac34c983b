//! The rate limiter inside a client object of mode `adaptive`.
//!
//! Rules kept (SDKR, source of botocore): it is off until the first throttle. The rate of answers is measured over
//! buckets of half a second and smoothed, 0.8 of the new and 0.2 of the old. A throttle cuts the rate to 0.7 of the lesser
//! of measured and current rate, and keeps that as w; every other answer sets it to 0.4 (t − K)³ + w, t seconds after the
//! cut, K = ∛(0.3 w / 0.4); at most twice the measured rate, at least 0.5 a second. Tokens come at that rate and are
//! saved up for a second, one at least.
//!
//! Inferred: an attempt that must wait takes its token at once and goes out when that has come, so that a later change of
//! the rate moves only what comes after it. botocore's waiting threads race for each token instead.

use crate::kernel::{Span, Time};

/// Rates are measured over buckets of half a second.
const BUCKET: Span = Span::from_millis(500);
/// The share of the new in a smoothed rate.
const SMOOTHING: f64 = 0.8;
/// What a throttle leaves of a rate.
const CUT: f64 = 0.7;
/// How steeply a rate grows.
const SCALE: f64 = 0.4;
/// The lowest rate, a second.
const LOWEST_RATE: f64 = 0.5;
/// The highest rate, by the measured one.
const HIGHEST_SHARE: f64 = 2.0;

/// Attempts a second that a client object allows itself.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimiter {
    /// Whether a throttle was seen.
    enabled: bool,
    measured: MeasuredRate,
    /// Tokens a second.
    rate: f64,
    /// Tokens; below zero where attempts wait for theirs.
    tokens: f64,
    refilled: Time,
    /// The rate before the last cut.
    before_cut: f64,
    last_cut: Time,
}

/// A smoothed rate of answers.
#[derive(Debug, Clone, PartialEq, Default)]
struct MeasuredRate {
    rate: f64,
    count: u64,
    /// The bucket counted in, from the start of the run.
    bucket: u64,
}

impl MeasuredRate {
    /// One more answer; the rate up to the last bucket that is over.
    fn record(&mut self, now: Time) -> f64 {
        let bucket = now.as_nanos() / BUCKET.as_nanos();
        self.count += 1;
        if bucket > self.bucket {
            let seconds = (bucket - self.bucket) as f64 * BUCKET.as_secs_f64();
            self.rate = SMOOTHING * (self.count as f64 / seconds) + (1.0 - SMOOTHING) * self.rate;
            (self.count, self.bucket) = (0, bucket);
        }
        self.rate
    }
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self {
            enabled: false,
            measured: MeasuredRate::default(),
            rate: 1.0,
            tokens: 0.0,
            refilled: Time::ZERO,
            before_cut: 0.0,
            last_cut: Time::ZERO,
        }
    }
}

impl RateLimiter {
    /// Takes a token for an attempt: the instant at which it goes out.
    pub fn acquire(&mut self, now: Time) -> Time {
        if !self.enabled {
            return now;
        }
        self.refill(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 { now } else { now + Span::from_secs_f64(-self.tokens / self.rate) }
    }

    /// An answer came: the rate is cut by a throttle, else it grows.
    pub fn answered(&mut self, now: Time, throttled: bool) {
        let measured = self.measured.record(now);
        let rate = if throttled {
            let current = if self.enabled { measured.min(self.rate) } else { measured };
            self.enabled = true;
            (self.before_cut, self.last_cut) = (current, now);
            CUT * current
        } else {
            self.grown(now)
        };
        self.set_rate(now, rate.min(HIGHEST_SHARE * measured));
    }

    /// Attempts a second, once it is on.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        self.enabled.then_some(self.rate)
    }

    fn grown(&self, now: Time) -> f64 {
        let plateau = libm::cbrt((1.0 - CUT) * self.before_cut / SCALE);
        let from_plateau = now.since(self.last_cut).as_secs_f64() - plateau;
        SCALE * from_plateau * from_plateau * from_plateau + self.before_cut
    }

    fn set_rate(&mut self, now: Time, rate: f64) {
        self.refill(now);
        self.rate = rate.max(LOWEST_RATE);
        self.tokens = self.tokens.min(self.capacity());
    }

    fn refill(&mut self, now: Time) {
        let came = now.since(self.refilled).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + came).min(self.capacity());
        self.refilled = now;
    }

    /// Tokens saved up at most: those of a second.
    fn capacity(&self) -> f64 {
        self.rate.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Time {
        Time::ZERO + Span::from_secs_f64(seconds)
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    /// Ten answers a second for `seconds`, the last of them at `seconds`.
    fn steady(limiter: &mut RateLimiter, seconds: f64) {
        for answer in 1..=(seconds * 10.0) as u32 {
            limiter.answered(at(f64::from(answer) / 10.0), false);
        }
    }

    /// The answer at 0.5 s is the fifth and ends the first bucket: 5 / 0.5 s = 10 a second, of which 0.8 count: 8. At 1 s
    /// 0.8 × 10 + 0.2 × 8 = 9.6, at 1.5 s 0.8 × 10 + 0.2 × 9.6 = 9.92.
    /// Rule [doc] SDKR: adaptive measures its rate over buckets of half a second, smoothed with 0.8.
    #[test]
    fn the_measured_rate_is_smoothed_over_half_seconds() {
        let mut measured = MeasuredRate::default();
        let rates: Vec<f64> = (1..=15).map(|answer| measured.record(at(f64::from(answer) / 10.0))).collect();
        assert!([0, 1, 2, 3].iter().all(|&index| rates[index] == 0.0));
        assert!(close(rates[4], 8.0) && close(rates[9], 9.6) && close(rates[14], 9.92), "{rates:?}");
    }

    /// Rule [doc] SDKR: adaptive holds back nothing before the first throttle.
    #[test]
    fn nothing_is_held_back_before_the_first_throttle() {
        let mut limiter = RateLimiter::default();
        steady(&mut limiter, 1.0);
        assert!((0..1_000).all(|_| limiter.acquire(at(1.0)) == at(1.0)));
        assert_eq!(limiter.rate(), None);
    }

    /// Measured 9.6 a second at 1 s; the throttle at 1.2 s cuts that to 0.7 × 9.6 = 6.72.
    /// Rule [doc] SDKR: adaptive cuts its rate at a throttle to 0.7 of the lesser of measured and current rate.
    #[test]
    fn a_throttle_cuts_the_rate_to_seven_tenths() {
        let mut limiter = RateLimiter::default();
        steady(&mut limiter, 1.0);
        limiter.answered(at(1.2), true);
        assert!(close(limiter.rate().unwrap(), 6.72));
        // The next one starts from the lesser of measured and current rate: 0.7 × 6.72.
        limiter.answered(at(1.3), true);
        assert!(close(limiter.rate().unwrap(), 4.704));
    }

    /// w = 9.6, K = ∛(0.3 × 9.6 / 0.4) = ∛7.2 = 1.930979 s. Just after the cut 9.6 − 0.4 × 7.2 = 6.72 again; K later 9.6.
    /// Rule [doc] SDKR: between throttles adaptive's rate grows along a cubic, 0.4 (t - K)^3 + w, K = cbrt(0.3 w / 0.4).
    #[test]
    fn the_rate_grows_along_a_cubic() {
        let mut limiter = RateLimiter { before_cut: 9.6, last_cut: at(1.0), ..RateLimiter::default() };
        assert!(close(limiter.grown(at(1.0)), 6.72));
        limiter.last_cut = at(0.0);
        let plateau = 1.930_978_770;
        assert!((limiter.grown(at(plateau)) - 9.6).abs() < 1e-8);
        // One second later: 0.4 × 1³ more.
        assert!((limiter.grown(at(plateau + 1.0)) - 10.0).abs() < 1e-8);
    }

    /// Long after a cut the cubic is beyond all bounds: 0.4 × (100 − 1.93)³ is more than 300,000. What is measured holds:
    /// one answer in 98.5 s is 0.8 / 98.5 + 0.2 × 9.6 = 1.928 a second, twice of which is 3.856.
    /// Rule [doc] SDKR: adaptive allows itself at most twice the measured rate.
    #[test]
    fn the_rate_is_at_most_twice_the_measured_one() {
        let mut limiter = RateLimiter::default();
        steady(&mut limiter, 1.0);
        limiter.answered(at(1.2), true);
        limiter.answered(at(100.0), false);
        // Between 1 s and 100 s two answers came: 2 / 99 s.
        let measured = 0.8 * 2.0 / 99.0 + 0.2 * 9.6;
        assert!(close(limiter.rate().unwrap(), 2.0 * measured));
    }

    /// Before any bucket is over nothing is measured, and a cut of nothing is the floor; an empty bucket gives its first
    /// token after 2 s, the second after 4 s.
    /// Rule [doc] SDKR: adaptive allows itself at least 0.5 attempts a second.
    #[test]
    fn the_rate_is_at_least_one_attempt_in_two_seconds() {
        let mut limiter = RateLimiter { refilled: at(0.2), ..RateLimiter::default() };
        limiter.answered(at(0.2), true);
        assert_eq!(limiter.rate(), Some(0.5));
        assert_eq!((limiter.acquire(at(0.2)), limiter.acquire(at(0.2))), (at(2.2), at(4.2)));
        // In 8 s 4 tokens came: 2 were owed, and of the others one is kept.
        assert_eq!((limiter.acquire(at(8.2)), limiter.acquire(at(8.2))), (at(8.2), at(10.2)));
    }
}
