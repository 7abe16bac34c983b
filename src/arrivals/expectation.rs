//! How many items of a stream are expected up to an instant: what a run in aggregated counts is driven by.

use crate::kernel::{Span, Time};

use super::deterministic::Deterministic;
use super::profile::Cumulated;
use super::settings::{ProcessSettings, StreamSettings};

/// The expected items of one stream up to any instant before its end.
#[derive(Debug)]
pub struct Expectation(Kind);

#[derive(Debug)]
enum Kind {
    Poisson(Cumulated),
    Deterministic { interval: Span, offset: Span, load: f64 },
}

impl Expectation {
    /// Of a validated stream. None of a process whose items depend on more than the clock: states that jump, gaps that are
    /// drawn, bursts and traces.
    #[must_use]
    pub fn of(settings: &StreamSettings, start: jiff::Timestamp, load: f64) -> Option<Self> {
        Some(Self(match &settings.process {
            ProcessSettings::Poisson(profile) => Kind::Poisson(Cumulated::new(profile, start, load)),
            &ProcessSettings::Deterministic { interval, offset } => Kind::Deterministic { interval, offset, load },
            ProcessSettings::Mmpp(_)
            | ProcessSettings::Renewal { .. }
            | ProcessSettings::Bursts(_)
            | ProcessSettings::Trace(_) => return None,
        }))
    }

    /// Expected items from the start of the run up to `until`, exclusive; never less than of an earlier instant.
    #[must_use]
    pub fn upto(&self, until: Time) -> f64 {
        match &self.0 {
            Kind::Poisson(cumulated) => cumulated.upto(until),
            Kind::Deterministic { interval, offset, load } => Deterministic::expected(*interval, *offset, until, *load),
        }
    }

    /// Whether that many items come, no more and no fewer.
    #[must_use]
    pub const fn is_certain(&self) -> bool {
        matches!(self.0, Kind::Deterministic { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::Stream;
    use crate::arrivals::settings::{KeySettings, RateProfile};
    use crate::kernel::Distribution;

    fn stream(process: ProcessSettings) -> StreamSettings {
        let size = Distribution::constant(1.0).expect("a size");
        StreamSettings { name: "items".into(), process, keys: KeySettings::Unique, size, sent_twice: None }
    }

    /// Step by step it comes to what is expected of the whole, for each kind of profile and from any phase of it.
    #[test]
    fn many_instants_agree_with_one() {
        let day = Span::from_secs(86_400);
        let peak_at = Span::from_secs(45_000);
        let start: jiff::Timestamp = "2026-11-25T03:17:05Z".parse().expect("an instant");
        for process in [
            ProcessSettings::Poisson(RateProfile::Constant(7.0)),
            ProcessSettings::Poisson(RateProfile::Daily { mean: 10.0, peak: 15.0, peak_at }),
            ProcessSettings::Poisson(RateProfile::Daily { mean: 10.0, peak: 45.0, peak_at }),
            ProcessSettings::Poisson(RateProfile::Steps { rates: (0..24).map(f64::from).collect(), period: day }),
            ProcessSettings::Deterministic { interval: Span::from_millis(1_300), offset: Span::from_secs(2) },
        ] {
            let settings = stream(process);
            let expectation = Expectation::of(&settings, start, 2.5).expect("it follows the clock");
            let mut before = 0.0;
            for minute in (0..3_000).step_by(7) {
                let until = Time::ZERO + Span::from_secs(60 * minute);
                let upto = expectation.upto(until);
                assert!(upto >= before);
                let whole = Stream::expected(&settings, start, until, 2.5).expect("it follows the clock");
                assert!((upto - whole).abs() <= 1e-9 * whole.max(1.0), "{upto} {whole}");
                before = upto;
            }
        }
    }

    #[test]
    fn what_depends_on_more_than_the_clock_has_none() {
        let gap = Distribution::exponential(1.0).expect("a gap");
        let start = jiff::Timestamp::UNIX_EPOCH;
        assert!(Expectation::of(&stream(ProcessSettings::Renewal { gap }), start, 1.0).is_none());
    }
}
