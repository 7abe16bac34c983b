//! The queue in front of asynchronous invocations: when an event is tried again, and when it is given up.
//!
//! Rules kept (L-async): 2 retries after function errors, 1 and 2 minutes later; throttles and system errors are tried
//! again after 1 s, doubling up to 5 minutes, and use up no retry; an event older than its largest age is given up;
//! with reserved concurrency 0 an event is given up at once (L-resv).
//!
//! Left out: a long queue also spaces retries and slows reading; AWS publishes no formula (L-async row 4).

use super::settings::AsyncSettings;
use crate::kernel::{Span, Time};

/// Waits before the retries that follow function errors (L-async).
const ERROR_WAITS: [Span; 2] = [Span::from_secs(60), Span::from_secs(120)];
/// First wait after a throttle; it doubles with each (L-async).
const FIRST_THROTTLE_WAIT: Span = Span::from_secs(1);
/// Longest wait after a throttle (L-async).
const LONGEST_THROTTLE_WAIT: Span = Span::from_secs(300);

/// What becomes of an event after a failed try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is tried again then.
    RetryAt(Time),
    /// Its retries are used up: given up now (`RetriesExhausted`).
    Exhausted,
    /// It will outlive its largest age before it could be tried again: given up then (`EventAgeExceeded`).
    ExpiresAt(Time),
}

/// An event whose run ended in a function error for the `errors`-th time (from 1).
#[must_use]
pub fn after_error(settings: &AsyncSettings, accepted: Time, now: Time, errors: u8, jitter: Span) -> Verdict {
    if errors > settings.max_retries {
        return Verdict::Exhausted;
    }
    let wait = ERROR_WAITS[usize::from(errors - 1).min(ERROR_WAITS.len() - 1)];
    unless_too_old(settings, accepted, now + wait + jitter)
}

/// An event that was throttled for the `throttles`-th time (from 1): waits 1 s × 2^(k−1), at most 5 minutes.
#[must_use]
pub fn after_throttle(settings: &AsyncSettings, accepted: Time, now: Time, throttles: u32) -> Verdict {
    let doublings = (throttles - 1).min(9);
    let wait = FIRST_THROTTLE_WAIT.times(1 << doublings).min(LONGEST_THROTTLE_WAIT);
    unless_too_old(settings, accepted, now + wait)
}

fn unless_too_old(settings: &AsyncSettings, accepted: Time, retry: Time) -> Verdict {
    let oldest = accepted + settings.max_event_age;
    if retry > oldest { Verdict::ExpiresAt(oldest) } else { Verdict::RetryAt(retry) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Distribution;
    use crate::services::lambda::settings::OnFailure;

    fn settings(max_retries: u8, max_event_age: Span) -> AsyncSettings {
        let none = Distribution::constant(0.0).expect("zero is a length of time");
        AsyncSettings {
            hop: none.clone(),
            max_retries,
            max_event_age,
            retry_jitter: none,
            duplicate_probability: 0.0,
            on_failure: OnFailure::Drop,
        }
    }

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    /// Rule [doc] L-async: Function errors (also timeouts and crashes) are retried twice, after 1 and 2 minutes.
    #[test]
    fn function_errors_are_retried_after_one_and_two_minutes() {
        let settings = settings(2, Span::from_secs(21_600));
        assert_eq!(after_error(&settings, at(0), at(10), 1, Span::ZERO), Verdict::RetryAt(at(70)));
        assert_eq!(after_error(&settings, at(0), at(80), 2, Span::from_secs(3)), Verdict::RetryAt(at(203)));
        assert_eq!(after_error(&settings, at(0), at(210), 3, Span::ZERO), Verdict::Exhausted);
    }

    #[test]
    fn no_retry_is_made_when_none_is_allowed() {
        assert_eq!(after_error(&settings(0, Span::from_secs(21_600)), at(0), at(1), 1, Span::ZERO), Verdict::Exhausted);
    }

    /// 1, 2, 4, … 256 s, then 300 s for ever.
    /// Rule [doc] L-async; formula inferred: Throttled events wait 1 s, doubling up to 5 min.
    #[test]
    fn throttled_events_back_off_from_one_second_to_five_minutes() {
        let settings = settings(2, Span::from_secs(21_600));
        let waits: Vec<u64> = (1..=11)
            .map(|k| match after_throttle(&settings, at(0), at(0), k) {
                Verdict::RetryAt(time) => time.as_nanos() / 1_000_000_000,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    /// Rule [doc] L-async: An event is given up at its largest age, 6 h by default, 60 s to 6 h.
    #[test]
    fn an_event_is_given_up_at_its_largest_age() {
        let settings = settings(2, Span::from_secs(60));
        assert_eq!(after_throttle(&settings, at(0), at(59), 1), Verdict::RetryAt(at(60)));
        assert_eq!(after_throttle(&settings, at(0), at(59), 2), Verdict::ExpiresAt(at(60)));
        assert_eq!(after_error(&settings, at(0), at(1), 1, Span::ZERO), Verdict::ExpiresAt(at(60)));
    }
}
