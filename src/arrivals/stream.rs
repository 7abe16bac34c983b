//! A stream of items: when each arrives, and what it carries.

use crate::kernel::{Root, Span, Time};

use super::bursts::Bursts;
use super::check::check;
use super::deterministic::Deterministic;
use super::error::ArrivalError;
use super::marks::Marks;
use super::mmpp::Mmpp;
use super::poisson::Poisson;
use super::profile::{self, Profile};
use super::renewal::Renewal;
use super::settings::{ProcessSettings, RateProfile, StreamSettings};
use super::trace::Trace;

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

    /// Opens a stream that replays the bytes of `source` in the place of the trace file that its settings name.
    ///
    /// # Errors
    /// As [`open`](Self::open), and settings of another process.
    pub fn replay(
        settings: &StreamSettings,
        source: Box<dyn std::io::Read + Send>,
        until: Time,
        load: f64,
        root: &Root,
    ) -> Result<Self, ArrivalError> {
        let refused = |problem| ArrivalError::settings(&settings.name, problem);
        check(settings, until, load).map_err(refused)?;
        let ProcessSettings::Trace(trace) = &settings.process else {
            return Err(refused("expected a trace".to_owned()));
        };
        let trace = Trace::from_source(source, &trace.path, trace, load, root, &settings.name)?;
        Ok(Self { process: Process::Trace(Box::new(trace)), marks: Marks::new(settings, root), number: 0, until })
    }

    /// The next item, in time order; the n-th call's item has number n (from 0). None when the stream is over, and ever
    /// after.
    ///
    /// # Errors
    /// A trace that cannot be read on, or has a bad row; the message names file and line.
    #[expect(clippy::should_implement_trait, reason = "an iterator of results would have to be unwrapped twice")]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Arrival>, ArrivalError> {
        let number = self.number;
        let at = match &mut self.process {
            Process::Never => return Ok(None),
            Process::Poisson(process) => process.next(number),
            Process::Deterministic(process) => process.next(),
            Process::Profile(process) => process.next(number),
            Process::Mmpp(process) => process.next(number),
            Process::Renewal(process) => process.next(number),
            Process::Bursts(process) => process.next(),
            Process::Trace(_) => return self.next_recorded(),
        };
        if at >= self.until {
            self.process = Process::Never;
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(self.marks.arrival(number, at)))
    }

    fn next_recorded(&mut self) -> Result<Option<Arrival>, ArrivalError> {
        let Process::Trace(trace) = &mut self.process else { return Ok(None) };
        match trace.next()? {
            Some((at, carried)) if at < self.until => {
                self.number += 1;
                Ok(Some(self.marks.recorded(self.number - 1, at, carried)))
            }
            _ => {
                self.process = Process::Never;
                Ok(None)
            }
        }
    }

    /// Expected number of items in the run, without those sent twice: the long-run mean for `mmpp` and renewal processes.
    /// None where only reading the trace tells, and for settings that [`Stream::open`] refuses.
    #[must_use]
    pub fn expected(settings: &StreamSettings, start: jiff::Timestamp, until: Time, load: f64) -> Option<f64> {
        check(settings, until, load).ok()?;
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
