//! A circuit breaker in front of calls: after failures enough it lets none through for a while, so that what fails is
//! asked less, and then tries with a few.
//!
//! No AWS service is one, and no document prescribes it: these are the states that the pattern has in every library.
//! **Closed**, calls go through; `failures` in a row open it, or as many within a time. **Open**, they are refused on the
//! spot. After the open time it is **half-open**: so many calls at once may probe; as many in a row that succeed close it,
//! one that fails opens it anew.
//!
//! A call that goes through gets a [`Permit`] and reports its end with it. What is reported of a call that was let through
//! in an earlier state tells nothing of this one, and is passed over; so a call must not be dropped without a report, or
//! its probe stays out for ever.
//!
//! Left out: rates of failures or of slow calls over many calls, and what it takes to ask a breaker that is kept elsewhere.

use std::collections::VecDeque;

use crate::kernel::{Span, Time};

/// How a breaker is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures that open it, at least 1: in a row, or within a time.
    pub failures: u32,
    /// How long failures count; none: those in a row do, however long ago.
    pub within: Option<Span>,
    /// How long it stays open, above zero.
    pub open: Span,
    /// Calls that may probe at once, and must succeed in a row for it to close; at least 1.
    pub probes: u32,
    /// Who shares it.
    pub kept: BreakerKept,
}

/// Who shares a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerKept {
    /// Each execution environment or task has its own, in its memory: it learns alone, and is new after each cold start.
    PerEnvironment,
    /// All of a function's have one, in a store that answers at once.
    Shared,
}

/// The right to one call, to be given back with how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    era: u32,
}

/// A breaker at work.
#[derive(Debug, Clone, Default)]
pub struct CircuitBreaker {
    state: State,
    /// Changes with the state.
    era: u32,
    /// Failures that count, oldest first; of those in a row only their number is of use.
    failed: VecDeque<Time>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Time,
    },
    HalfOpen {
        out: u32,
        succeeded: u32,
    },
}

impl CircuitBreaker {
    /// Whether it is as good as a new one.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.state == State::Closed && self.failed.is_empty()
    }

    /// A call asks to be let through; none: it is refused.
    pub fn admit(&mut self, now: Time, settings: &BreakerSettings) -> Option<Permit> {
        if let State::Open { until } = self.state
            && now >= until
        {
            self.change_to(State::HalfOpen { out: 0, succeeded: 0 });
        }
        match &mut self.state {
            State::Closed => {}
            State::Open { .. } => return None,
            State::HalfOpen { out, succeeded } => {
                if *out + *succeeded >= settings.probes {
                    return None;
                }
                *out += 1;
            }
        }
        Some(Permit { era: self.era })
    }

    /// A call that was let through has ended. Returns whether that opened the breaker.
    pub fn report(&mut self, now: Time, settings: &BreakerSettings, permit: Permit, succeeded: bool) -> bool {
        if permit.era != self.era {
            return false;
        }
        match &mut self.state {
            State::Closed => self.count(now, settings, succeeded),
            State::Open { .. } => false,
            State::HalfOpen { .. } if !succeeded => {
                self.open(now, settings);
                true
            }
            State::HalfOpen { out, succeeded } => {
                *out -= 1;
                *succeeded += 1;
                if *succeeded >= settings.probes {
                    self.change_to(State::Closed);
                }
                false
            }
        }
    }

    /// While it is closed. Returns whether it opens.
    fn count(&mut self, now: Time, settings: &BreakerSettings, succeeded: bool) -> bool {
        match settings.within {
            Some(within) => {
                while self.failed.front().is_some_and(|&failed| failed + within <= now) {
                    self.failed.pop_front();
                }
            }
            None if succeeded => self.failed.clear(),
            None => {}
        }
        if succeeded {
            return false;
        }
        self.failed.push_back(now);
        let opens = self.failed.len() >= settings.failures as usize;
        if opens {
            self.open(now, settings);
        }
        opens
    }

    fn open(&mut self, now: Time, settings: &BreakerSettings) {
        self.change_to(State::Open { until: now + settings.open });
    }

    fn change_to(&mut self, state: State) {
        self.state = state;
        self.era = self.era.wrapping_add(1);
        self.failed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(within: Option<u64>) -> BreakerSettings {
        BreakerSettings {
            failures: 3,
            within: within.map(Span::from_secs),
            open: Span::from_secs(30),
            probes: 2,
            kept: BreakerKept::Shared,
        }
    }

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    /// One call at a time, each over at once. Returns whether each went through.
    fn calls(breaker: &mut CircuitBreaker, settings: &BreakerSettings, calls: &[(u64, bool)]) -> Vec<bool> {
        let one = |&(second, succeeds): &(u64, bool)| {
            let permit = breaker.admit(at(second), settings);
            if let Some(permit) = permit {
                breaker.report(at(second), settings, permit, succeeds);
            }
            permit.is_some()
        };
        calls.iter().map(one).collect()
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_them_starts_anew() {
        let mut breaker = CircuitBreaker::default();
        let through =
            calls(&mut breaker, &settings(None), &[(0, false), (1, false), (2, true), (3, false), (500, false)]);
        assert_eq!(through, [true; 5]);
        assert_eq!(
            calls(&mut breaker, &settings(None), &[(501, false), (501, true), (530, true)]),
            [true, false, false]
        );
        assert_eq!(calls(&mut breaker, &settings(None), &[(531, true)]), [true], "30 s after the third failure");
    }

    #[test]
    fn failures_within_a_time_open_it_whatever_succeeds_between_them() {
        let mut breaker = CircuitBreaker::default();
        let within = settings(Some(10));
        // At 10 s the failure of 0 s counts no more: 5, 10, and 14 make three.
        let through =
            calls(&mut breaker, &within, &[(0, false), (5, false), (6, true), (10, false), (14, false), (14, true)]);
        assert_eq!(through, [true, true, true, true, true, false]);
    }

    #[test]
    fn half_open_it_lets_so_many_probe_and_closes_when_all_of_them_succeeded() {
        let mut breaker = CircuitBreaker::default();
        let set = settings(None);
        calls(&mut breaker, &set, &[(0, false), (0, false), (0, false)]);
        let probes = [breaker.admit(at(30), &set), breaker.admit(at(30), &set), breaker.admit(at(30), &set)];
        let [Some(one), Some(two), None] = probes else { panic!("two probes: {probes:?}") };
        breaker.report(at(31), &set, one, true);
        assert!(breaker.admit(at(31), &set).is_none(), "one of two succeeded, the other is out");
        breaker.report(at(32), &set, two, true);
        assert!(breaker.is_calm());
    }

    #[test]
    fn a_probe_that_fails_opens_it_anew_and_what_was_let_through_before_tells_nothing() {
        let mut breaker = CircuitBreaker::default();
        let set = settings(None);
        let slow = breaker.admit(at(0), &set).expect("closed");
        calls(&mut breaker, &set, &[(0, false), (0, false), (0, false)]);
        assert!(!breaker.report(at(5), &set, slow, true), "it stays open");
        assert_eq!(
            calls(&mut breaker, &set, &[(29, true), (30, false), (59, true), (60, true)]),
            [false, true, false, true]
        );
    }
}
