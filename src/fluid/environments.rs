//! Environments on demand: how many there are, which of them are new, and how fast new ones come.

use std::collections::VecDeque;

use super::counts::binomial;
use crate::kernel::{Draw, Span, Time};
use crate::services::lambda::settings::{EnvironmentSettings, IdlePolicy};

/// The environments of one function. The most recently used is taken first, so that as many are warm as were at work at once
/// within the time that an idle one lives.
#[derive(Debug)]
pub(super) struct Environments {
    ttl: Span,
    /// Mean life in seconds, and the share of replacements that somebody waits for.
    life: f64,
    felt: f64,
    /// Peaks within that time, each higher than all after it.
    peaks: VecDeque<(Time, u64)>,
    /// New environments that may be added at present, and so many more a second up to the burst.
    tokens: f64,
    refill: f64,
    burst: f64,
    pub most: u64,
}

impl Environments {
    /// Of a function with this time to live, in an account that adds so many in a period.
    pub(super) fn new(settings: &EnvironmentSettings, burst: u32, period: Span) -> Self {
        let IdlePolicy::FixedTtl(ttl) = settings.idle else {
            unreachable!("another policy is refused before a run");
        };
        let burst = f64::from(burst);
        Self {
            ttl,
            life: (settings.max_life + settings.max_life_spread.scaled(0.5)).as_secs_f64(),
            felt: 1.0 - settings.hidden_replacement,
            peaks: VecDeque::new(),
            tokens: burst,
            refill: burst / period.as_secs_f64(),
            burst,
            most: 0,
        }
    }

    /// How many could be at work now.
    pub(super) fn available(&self) -> u64 {
        self.warm() + self.tokens as u64
    }

    fn warm(&self) -> u64 {
        self.peaks.front().map_or(0, |&(_, peak)| peak)
    }

    /// A step of `length` seconds begins.
    pub(super) fn begin(&mut self, now: Time, length: f64) {
        self.tokens = (self.tokens + self.refill * length).min(self.burst.max(self.refill * length));
        while self.peaks.front().is_some_and(|&(at, _)| now.since(at) > self.ttl) {
            self.peaks.pop_front();
        }
    }

    /// At most `peak` were at work in a step, of which `level` on average: returns how many had to be made new.
    pub(super) fn use_up_to(&mut self, now: Time, peak: u64, level: u64, length: f64, draw: &mut Draw) -> u64 {
        let new = peak.saturating_sub(self.warm());
        self.tokens = (self.tokens - new as f64).max(0.0);
        while self.peaks.back().is_some_and(|&(_, lower)| lower <= peak) {
            self.peaks.pop_back();
        }
        self.peaks.push_back((now, peak));
        self.most = self.most.max(self.warm());
        new + binomial(level, (length / self.life * self.felt).min(1.0), draw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Distribution, Root};

    fn environments() -> Environments {
        let none = Distribution::constant(0.0).expect("a length of time");
        let settings = EnvironmentSettings {
            init: none.clone(),
            initialise: Vec::new(),
            unlogged: none.clone(),
            warm_dispatch: none,
            idle: IdlePolicy::FixedTtl(Span::from_secs(600)),
            max_life: Span::from_secs(1 << 40),
            max_life_spread: Span::ZERO,
            hidden_replacement: 0.0,
        };
        Environments::new(&settings, 1_000, Span::from_secs(10))
    }

    #[test]
    fn as_many_are_warm_as_were_at_work_within_their_life() {
        let (mut all, draw) = (environments(), &mut Root::new(1, 0).purpose("e", "t").draw(0, 0));
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        let mut new = |secs, peak| {
            all.begin(at(secs), 1.0);
            all.use_up_to(at(secs), peak, 0, 1.0, draw)
        };
        assert_eq!([new(0, 50), new(300, 40), new(600, 50), new(1_201, 45)], [50, 0, 0, 45]);
        assert_eq!(all.most, 50);
    }

    /// A thousand at first, and a hundred a second.
    #[test]
    fn new_ones_come_as_fast_as_the_account_lets_them() {
        let (mut all, draw) = (environments(), &mut Root::new(1, 0).purpose("e", "t").draw(0, 0));
        assert_eq!(all.available(), 1_000);
        for second in 0..10 {
            all.begin(Time::ZERO + Span::from_secs(second), if second == 0 { 0.0 } else { 1.0 });
            let peak = all.available();
            assert_eq!(peak, 1_000 + 100 * second);
            all.use_up_to(Time::ZERO + Span::from_secs(second), peak, 0, 1.0, draw);
        }
    }
}
