//! A stream of items: when each arrives, and what it carries.

use crate::kernel::{Distribution, Purpose, Root, Span, Time};

use super::bursts::{Bursts, DAY};
use super::deterministic::Deterministic;
use super::error::ArrivalError;
use super::keys::Keys;
use super::mmpp::Mmpp;
use super::poisson::Poisson;
use super::profile::{self, Profile};
use super::renewal::Renewal;
use super::settings::{
    Burst, KeySettings, MmppState, ProcessSettings, RateProfile, SentTwice, StreamSettings, TraceSettings,
};
use super::trace::{Carried, Trace};

/// The highest `load`: beyond it a single row of a trace would become an endless stream.
const LOAD_MAX: f64 = 1e9;
/// The most changes of rate in a run, so that a stream which hardly ever has an item still ends.
const CHANGES_MAX: f64 = 1e9;

/// One item as it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When, from the start of the run; never before the item before it.
    pub at: Time,
    /// Its key: equal keys belong together. The most frequent Zipf key is 0; a trace's key is a hash of its text.
    pub key: u64,
    /// Bytes.
    pub size: u64,
    /// Its service demand, where the trace tells.
    pub service: Option<Span>,
    /// How long after this its sender sends it again, if it does.
    pub again: Option<Span>,
}

/// The items of one arrival process, in time order.
///
/// All its randomness is keyed by the stream's name, the purpose (gap, key, size, again) and the item's number, so that
/// neither another stream nor another setting shifts it.
#[derive(Debug)]
pub struct Stream {
    process: Process,
    marks: Marks,
    number: u64,
    until: Time,
}

#[derive(Debug)]
enum Process {
    /// A rate of zero.
    Never,
    Deterministic(Deterministic),
    Poisson(Poisson),
    Profile(Box<Profile>),
    Mmpp(Box<Mmpp>),
    Renewal(Box<Renewal>),
    Bursts(Box<Bursts>),
    Trace(Box<Trace>),
}

impl Stream {
    /// Opens a stream. `start` is the civil start of the run, against which profiles and bursts are read; arrivals stop
    /// at `until`, which is exclusive; `load` multiplies the stream: rates and the items of bursts are multiplied,
    /// intervals and gaps divided, rows of a trace repeated.
    ///
    /// # Errors
    /// Settings that contradict themselves, and traces that cannot be read or whose header lacks a column.
    pub fn open(
        settings: &StreamSettings,
        start: jiff::Timestamp,
        until: Time,
        load: f64,
        root: &Root,
    ) -> Result<Self, ArrivalError> {
        check(settings, until, load).map_err(|problem| ArrivalError::settings(&settings.name, problem))?;
        let process = Process::open(settings, start, until, load, root)?;
        Ok(Self { process, marks: Marks::new(settings, root), number: 0, until })
    }

    /// The next item, in time order; the n-th call's item has number n (from 0). None when the stream is over, and ever
    /// after.
    ///
    /// # Errors
    /// A trace that cannot be read on, or has a bad row; the message names file and line.
    pub fn next(&mut self) -> Result<Option<Arrival>, ArrivalError> {
        let number = self.number;
        let (at, carried) = match &mut self.process {
            Process::Never => return Ok(None),
            Process::Poisson(process) => (process.next(number), Carried::default()),
            Process::Deterministic(process) => (process.next(), Carried::default()),
            Process::Profile(process) => (process.next(number), Carried::default()),
            Process::Mmpp(process) => (process.next(number), Carried::default()),
            Process::Renewal(process) => (process.next(number), Carried::default()),
            Process::Bursts(process) => (process.next(), Carried::default()),
            Process::Trace(process) => match process.next()? {
                Some(found) => found,
                None => (Time::NEVER, Carried::default()),
            },
        };
        if at >= self.until {
            self.process = Process::Never;
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(self.marks.arrival(number, at, carried)))
    }

    /// Expected number of items in the run, without those sent twice. None where only reading the trace tells. The
    /// long-run mean for `mmpp` and renewal processes.
    #[must_use]
    pub fn expected(settings: &StreamSettings, start: jiff::Timestamp, until: Time, load: f64) -> Option<f64> {
        match &settings.process {
            ProcessSettings::Deterministic { interval, offset } => {
                Some(Deterministic::expected(*interval, *offset, until, load))
            }
            ProcessSettings::Poisson(profile) => Some(profile::expected(profile, start, until, load)),
            ProcessSettings::Mmpp(states) => Some(Mmpp::mean_rate(states) * load * until.as_secs_f64()),
            ProcessSettings::Renewal { gap } => Some(until.as_secs_f64() * load / gap.mean()),
            ProcessSettings::Bursts(bursts) => Some(Bursts::expected(bursts, start, until, load)),
            ProcessSettings::Trace(_) => None,
        }
    }
}

impl Process {
    fn open(
        settings: &StreamSettings,
        start: jiff::Timestamp,
        until: Time,
        load: f64,
        root: &Root,
    ) -> Result<Self, ArrivalError> {
        let name = settings.name.as_str();
        if load == 0.0 {
            return Ok(Self::Never);
        }
        Ok(match &settings.process {
            ProcessSettings::Deterministic { interval, offset } => {
                Self::Deterministic(Deterministic::new(*interval, *offset, load))
            }
            ProcessSettings::Poisson(RateProfile::Constant(rate)) if *rate * load == 0.0 => Self::Never,
            ProcessSettings::Poisson(RateProfile::Constant(rate)) => {
                Self::Poisson(Poisson::new(rate * load, root, name))
            }
            ProcessSettings::Poisson(profile) => Profile::new(profile, start, until, load, root, name)
                .map_or(Self::Never, |profile| Self::Profile(Box::new(profile))),
            ProcessSettings::Mmpp(states) => Self::Mmpp(Box::new(Mmpp::new(states, until, load, root, name))),
            ProcessSettings::Renewal { gap } => Self::Renewal(Box::new(Renewal::new(gap, load, root, name))),
            ProcessSettings::Bursts(bursts) => {
                Self::Bursts(Box::new(Bursts::new(bursts, start, until, load, root, name)))
            }
            ProcessSettings::Trace(trace) => Self::Trace(Box::new(Trace::open(trace, load, root, name)?)),
        })
    }
}

/// What items carry, where the trace does not say. Draws that could not change anything are not made.
#[derive(Debug)]
struct Marks {
    keys: Keys,
    size: Size,
    again: Option<(SentTwice, Purpose)>,
}

#[derive(Debug)]
enum Size {
    Constant(u64),
    Drawn(Distribution, Purpose),
}

impl Marks {
    fn new(settings: &StreamSettings, root: &Root) -> Self {
        let name = settings.name.as_str();
        let again = settings.sent_twice.clone().filter(|twice| twice.probability > 0.0);
        Self {
            keys: Keys::new(&settings.keys, root, name),
            size: Size::new(&settings.size, root.purpose(name, "size")),
            again: again.map(|twice| (twice, root.purpose(name, "again"))),
        }
    }

    fn arrival(&self, number: u64, at: Time, carried: Carried) -> Arrival {
        let again = self.again.as_ref().and_then(|(twice, purpose)| {
            let mut draw = purpose.draw(number, 0);
            draw.chance(twice.probability).then(|| twice.after.span(&mut draw))
        });
        Arrival {
            at,
            key: carried.key.unwrap_or_else(|| self.keys.key(number)),
            size: carried.size.unwrap_or_else(|| self.size.bytes(number)),
            service: carried.service,
            again,
        }
    }
}

impl Size {
    fn new(size: &Distribution, purpose: Purpose) -> Self {
        if size.variance() == 0.0 {
            Self::Constant(whole_bytes(size.mean()))
        } else {
            Self::Drawn(size.clone(), purpose)
        }
    }

    fn bytes(&self, number: u64) -> u64 {
        match self {
            Self::Constant(bytes) => *bytes,
            Self::Drawn(size, purpose) => whole_bytes(size.sample(&mut purpose.draw(number, 0))),
        }
    }
}

/// The nearest whole number; what is not positive is zero.
fn whole_bytes(bytes: f64) -> u64 {
    (bytes + 0.5) as u64
}

/// What keeps a stream from contradicting itself or never ending; the problem if there is one.
fn check(settings: &StreamSettings, until: Time, load: f64) -> Result<(), String> {
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
        ProcessSettings::Poisson(profile) => check_profile(profile, until),
        ProcessSettings::Mmpp(states) => check_states(states, until),
        ProcessSettings::Renewal { gap } if gap.mean() > 0.0 => Ok(()),
        ProcessSettings::Renewal { .. } => Err("every gap is zero; expected a positive mean".to_owned()),
        ProcessSettings::Bursts(bursts) => check_bursts(bursts),
        ProcessSettings::Trace(trace) => check_trace(trace),
        ProcessSettings::Deterministic { .. } => Ok(()),
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

fn check_rate(rate: f64) -> Result<(), String> {
    if rate >= 0.0 && rate.is_finite() {
        Ok(())
    } else {
        Err(format!("a rate is {rate}; expected a number of at least 0"))
    }
}

fn check_changes(run_s: f64, length_s: f64) -> Result<(), String> {
    let changes = run_s / length_s;
    if changes <= CHANGES_MAX {
        Ok(())
    } else {
        Err(format!("the rate would change {changes:.1e} times in the run; expected at most {CHANGES_MAX:e}"))
    }
}

fn check_profile(profile: &RateProfile, until: Time) -> Result<(), String> {
    match profile {
        RateProfile::Constant(rate) => check_rate(*rate),
        RateProfile::Daily { mean, peak, .. } => {
            check_rate(*mean)?;
            if *peak >= *mean && *peak <= 2.0 * *mean {
                Ok(())
            } else {
                Err(format!("the peak is {peak}/s; expected from the mean, {mean}/s, to twice the mean"))
            }
        }
        RateProfile::Steps { rates, .. } if rates.is_empty() => {
            Err("there are no rates; expected at least 1".to_owned())
        }
        RateProfile::Steps { rates, period } => {
            rates.iter().try_for_each(|&rate| check_rate(rate))?;
            if period.as_nanos() < rates.len() as u64 {
                return Err(format!("{} rates share {period}; expected a longer period", rates.len()));
            }
            check_changes(until.as_secs_f64(), period.as_secs_f64() / rates.len() as f64)
        }
    }
}

fn check_states(states: &[MmppState], until: Time) -> Result<(), String> {
    if states.is_empty() {
        return Err("there are no states; expected at least 1".to_owned());
    }
    for state in states {
        check_rate(state.rate)?;
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
