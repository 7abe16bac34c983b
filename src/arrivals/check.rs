//! What keeps a stream from contradicting itself, or from never ending.

use crate::kernel::{Span, Time};

use super::bursts::DAY;
use super::pointed::MOST_POINTED;
use super::settings::{Burst, KeySettings, MmppState, ProcessSettings, RateProfile, StreamSettings, TraceSettings};

/// The highest `load`: beyond it a single row of a trace would become an endless stream.
const LOAD_MAX: f64 = 1e9;
/// The highest rate with the load in it, in items per second: a thousand each nanosecond.
const RATE_MAX: f64 = 1e12;
/// The most changes of rate in a run, so that a stream which hardly ever has an item still ends.
const CHANGES_MAX: f64 = 1e9;

/// The problem with the settings, if there is one.
pub(super) fn check(settings: &StreamSettings, until: Time, load: f64) -> Result<(), String> {
    if !(0.0..=LOAD_MAX).contains(&load) {
        return Err(format!("load is {load}; expected a number from 0 to {LOAD_MAX:e}"));
    }
    check_keys(&settings.keys)?;
    if let Some(twice) = &settings.sent_twice
        && !(0.0..=1.0).contains(&twice.probability)
    {
        return Err(format!("the chance of being sent twice is {}; expected 0 to 1", twice.probability));
    }
    match &settings.process {
        ProcessSettings::Deterministic { interval, .. } if *interval == Span::ZERO => {
            Err("the interval is zero; expected a positive time".to_owned())
        }
        ProcessSettings::Deterministic { interval, .. } => check_rate(1.0 / interval.as_secs_f64(), load),
        ProcessSettings::Poisson(profile) => check_profile(profile, until, load),
        ProcessSettings::Mmpp(states) => check_states(states, until, load),
        ProcessSettings::Renewal { gap } if gap.mean() > 0.0 => check_rate(1.0 / gap.mean(), load),
        ProcessSettings::Renewal { .. } => Err("every gap is zero; expected a positive mean".to_owned()),
        ProcessSettings::Bursts(bursts) => check_bursts(bursts),
        ProcessSettings::Trace(trace) => check_trace(trace),
    }
}

fn check_keys(keys: &KeySettings) -> Result<(), String> {
    match *keys {
        KeySettings::Uniform { count: 0 } | KeySettings::Zipf { count: 0, .. } => {
            Err("there are 0 keys; expected at least 1".to_owned())
        }
        KeySettings::Zipf { exponent, .. } if !(exponent > 0.0 && exponent.is_finite()) => {
            Err(format!("the Zipf exponent is {exponent}; expected a positive number"))
        }
        _ => Ok(()),
    }
}

fn check_rate(rate: f64, load: f64) -> Result<(), String> {
    if !(rate >= 0.0 && rate.is_finite()) {
        return Err(format!("a rate is {rate}; expected a number of at least 0"));
    }
    if rate * load > RATE_MAX {
        return Err(format!("a rate is {rate:e}/s times {load}; expected at most {RATE_MAX:e}/s"));
    }
    Ok(())
}

fn check_changes(run_s: f64, length_s: f64) -> Result<(), String> {
    let changes = run_s / length_s;
    if changes <= CHANGES_MAX {
        Ok(())
    } else {
        Err(format!("the rate would change {changes:.1e} times in the run; expected at most {CHANGES_MAX:e}"))
    }
}

fn check_profile(profile: &RateProfile, until: Time, load: f64) -> Result<(), String> {
    match profile {
        RateProfile::Constant(rate) => check_rate(*rate, load),
        RateProfile::Daily { mean, peak, .. } => {
            check_rate(*mean, load)?;
            if *peak >= *mean && *peak <= MOST_POINTED * *mean {
                Ok(())
            } else {
                Err(format!("the peak is {peak}/s; expected from the mean, {mean}/s, to {MOST_POINTED} times the mean"))
            }
        }
        RateProfile::Steps { rates, .. } if rates.is_empty() => {
            Err("there are no rates; expected at least 1".to_owned())
        }
        RateProfile::Steps { rates, period } => {
            rates.iter().try_for_each(|&rate| check_rate(rate, load))?;
            if period.as_nanos() < rates.len() as u64 {
                return Err(format!("{} rates share {period}; expected a longer period", rates.len()));
            }
            check_changes(until.as_secs_f64(), period.as_secs_f64() / rates.len() as f64)
        }
    }
}

fn check_states(states: &[MmppState], until: Time, load: f64) -> Result<(), String> {
    if states.is_empty() {
        return Err("there are no states; expected at least 1".to_owned());
    }
    for state in states {
        check_rate(state.rate, load)?;
        if state.mean_stay == Span::ZERO {
            return Err("a state's mean stay is zero; expected a positive time".to_owned());
        }
    }
    let cycle_s: f64 = states.iter().map(|state| state.mean_stay.as_secs_f64()).sum();
    check_changes(until.as_secs_f64(), cycle_s / states.len() as f64)
}

fn check_bursts(bursts: &[Burst]) -> Result<(), String> {
    match bursts.iter().find(|burst| burst.at >= DAY || burst.within > DAY) {
        None => Ok(()),
        Some(burst) => Err(format!(
            "a burst is {} after midnight, within {}; expected a time of day, within at most a day",
            burst.at, burst.within
        )),
    }
}

fn check_trace(trace: &TraceSettings) -> Result<(), String> {
    if trace.speed > 0.0 && trace.speed.is_finite() {
        Ok(())
    } else {
        Err(format!("the trace's speed is {}; expected a positive number", trace.speed))
    }
}
