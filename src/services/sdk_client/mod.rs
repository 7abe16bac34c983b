//! A client object of an AWS SDK: whether and when a call that failed is tried again.
//!
//! Rules kept (SDKR unless said otherwise):
//! - `standard`, the default today: 3 attempts; before retry i (from 0) a wait of U(0,1) × min(2^i s, 20 s); a quota of
//!   500 tokens for each client object, of which a retry costs 5, after a timeout 10; a success gives back what its last
//!   retry cost, 1 if there was none; with too few tokens the error is returned at once;
//! - `standard-2026`, opt-in since May 2026: waits of U(0,1) × min(base × 2^i, 20 s), base 50 ms after transient errors
//!   and 1 s after throttles, costs of 14 and 5; for DynamoDB 4 attempts and a base of 25 ms;
//! - `adaptive`: `standard`, and a [`RateLimiter`] that may hold back first attempts too;
//! - `legacy`: 5 attempts, U(0,1) × 2^i s, no quota; for DynamoDB 10 attempts and 50 ms × 2^i.
//!
//! Left out: the server's hint `x-amz-retry-after`, and the back-off of long polls with an empty quota.
//!
//! The caller keeps a [`Call`] for each call under way, and asks its [`Client`] at each attempt and answer:
//! [`Client::send`], then [`Client::succeeded`] or [`Client::failed`].

mod rate_limiter;
pub mod settings;

pub use rate_limiter::RateLimiter;

use crate::kernel::{Draw, Span, Time};
use settings::{Callee, ClientSettings, RetryMode};

/// Tokens of a client object, at most and at first (SDKR).
pub const QUOTA: u32 = 500;
/// The longest wait before a retry, except in `legacy` (SDKR).
const LONGEST_WAIT: Span = Span::from_secs(20);
/// Doublings after which every wait is at its longest; a shift by more could overflow.
const DOUBLINGS_AT_MOST: u32 = 30;

/// How an attempt failed, as a client sorts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// HTTP 500, 502, 503 or 504, or a connection error.
    Transient,
    /// The client waited for as long as it would: a connect or read timeout, which is transient too.
    Timeout,
    /// Throttled: HTTP 429, or an error code that says so.
    Throttled,
    /// Anything else, which no retry mends.
    Permanent,
}

impl Failure {
    /// How a client sorts an HTTP status; none if it is a success. (Where an error code comes with it, that wins.)
    #[must_use]
    pub const fn of_status(status: u16) -> Option<Self> {
        match status {
            0..=399 => None,
            429 => Some(Self::Throttled),
            500 | 502 | 503 | 504 => Some(Self::Transient),
            _ => Some(Self::Permanent),
        }
    }
}

/// One call of a client object, from its first attempt to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Call {
    attempts: u32,
    /// What its last retry cost.
    paid: u32,
    /// Whether the quota had too few tokens for another.
    denied: bool,
}

impl Call {
    /// Whether it ended because its client object's quota was used up.
    #[must_use]
    pub const fn is_denied(&self) -> bool {
        self.denied
    }

    /// Attempts so far.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }
}

/// A client object: what its calls share.
#[derive(Debug, Clone)]
pub struct Client {
    tokens: u32,
    /// Of `adaptive` only.
    limiter: Option<Box<RateLimiter>>,
}

impl Client {
    /// A client object that has made no call.
    #[must_use]
    pub fn new(settings: &ClientSettings) -> Self {
        let limiter = (settings.mode == RetryMode::Adaptive).then(Box::default);
        Self { tokens: QUOTA, limiter }
    }

    /// Tokens left of its quota.
    #[must_use]
    pub const fn tokens(&self) -> u32 {
        self.tokens
    }

    /// The next attempt of a call: the instant it goes out, `now` unless a rate limiter holds it back.
    pub fn send(&mut self, now: Time, call: &mut Call) -> Time {
        call.attempts += 1;
        self.limiter.as_mut().map_or(now, |limiter| limiter.acquire(now))
    }

    /// An attempt succeeded.
    pub fn succeeded(&mut self, now: Time, call: Call) {
        self.tokens = (self.tokens + call.paid.max(1)).min(QUOTA);
        if let Some(limiter) = &mut self.limiter {
            limiter.answered(now, false);
        }
    }

    /// An attempt failed: how long to wait for the next one; none if the error is returned to the caller. Takes one value
    /// of `draw`, whatever it decides.
    pub fn failed(
        &mut self,
        now: Time,
        settings: &ClientSettings,
        call: &mut Call,
        failure: Failure,
        draw: &mut Draw,
    ) -> Option<Span> {
        let luck = draw.unit();
        if let Some(limiter) = &mut self.limiter {
            limiter.answered(now, failure == Failure::Throttled);
        }
        if failure == Failure::Permanent || call.attempts >= settings.max_attempts {
            return None;
        }
        let cost = cost(settings.mode, failure);
        let left = self.tokens.checked_sub(cost);
        call.denied = left.is_none();
        self.tokens = left?;
        call.paid = cost;
        let retry = call.attempts.saturating_sub(1);
        Some(wait(settings, failure, retry, luck))
    }
}

/// Tokens that a retry costs.
const fn cost(mode: RetryMode, failure: Failure) -> u32 {
    match (mode, failure) {
        (RetryMode::None | RetryMode::Legacy, _) => 0,
        (RetryMode::Standard | RetryMode::Adaptive, Failure::Timeout) => 10,
        (RetryMode::Standard2026, Failure::Transient | Failure::Timeout) => 14,
        (RetryMode::Standard | RetryMode::Standard2026 | RetryMode::Adaptive, _) => 5,
    }
}

/// The wait before retry `retry` (from 0), with a `luck` in [0, 1).
fn wait(settings: &ClientSettings, failure: Failure, retry: u32, luck: f64) -> Span {
    let doubled = |base: Span| base.times(1 << retry.min(DOUBLINGS_AT_MOST));
    match (settings.mode, settings.callee) {
        (RetryMode::Legacy, Callee::DynamoDb) => doubled(Span::from_millis(50)),
        (RetryMode::Legacy, Callee::Other) => doubled(Span::from_secs(1)).scaled(luck),
        (RetryMode::Standard2026, callee) => {
            let base = match (failure, callee) {
                (Failure::Throttled, _) => Span::from_secs(1),
                (_, Callee::DynamoDb) => Span::from_millis(25),
                (_, Callee::Other) => Span::from_millis(50),
            };
            doubled(base).min(LONGEST_WAIT).scaled(luck)
        }
        (RetryMode::None | RetryMode::Standard | RetryMode::Adaptive, _) => {
            doubled(Span::from_secs(1)).min(LONGEST_WAIT).scaled(luck)
        }
    }
}

#[cfg(test)]
mod tests;
