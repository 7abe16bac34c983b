//! Simulated time: whole nanoseconds in 64 bits, which reach 584 years.
//!
//! Arithmetic saturates at [`Time::NEVER`] and [`Span::FOREVER`] and never wraps. A saturated time is an error the
//! moment it is scheduled: see [`Calendar::schedule`](super::Calendar::schedule).

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// An instant, in nanoseconds since the start of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(u64);

/// A length of time in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(u64);

impl Time {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// Past the end of the clock; nothing can happen then.
    pub const NEVER: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start, for reports only.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// How long ago `earlier` was; zero if it is in the future.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than any run.
    pub const FOREVER: Self = Self(u64::MAX);

    /// `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros.saturating_mul(1_000))
    }

    /// `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// `secs` seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// The nearest span to `secs` seconds: negative numbers and NaN give zero, too large ones [`Span::FOREVER`].
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        // `as` saturates and sends NaN to zero; the added half rounds to the nearest nanosecond.
        Self((secs * 1e9 + 0.5) as u64)
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds, for reports only.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Whole milliseconds, rounded up.
    #[must_use]
    pub const fn as_millis_ceil(self) -> u64 {
        self.0.div_ceil(1_000_000)
    }

    /// This span less `other`; zero where `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// This span `factor` times.
    #[must_use]
    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// This span scaled by a real factor, to the nearest nanosecond.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor + 0.5) as u64)
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub<Span> for Time {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

/// As people write it: the largest unit that keeps three significant figures, e.g. `1.25 s`, `28.9 min`, `40 ms`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 6] = [
            (86_400_000_000_000, "d"),
            (3_600_000_000_000, "h"),
            (60_000_000_000, "min"),
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
        ];
        let (size, unit) = UNITS.into_iter().find(|&(size, _)| self.0 >= size).unwrap_or((1, "ns"));
        let value = self.0 as f64 / size as f64;
        let text = if value >= 100.0 {
            format!("{value:.0}")
        } else if value >= 10.0 {
            format!("{value:.1}")
        } else {
            format!("{value:.2}")
        };
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        write!(f, "{text} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_and_never_wraps() {
        assert_eq!(Time::from_nanos(u64::MAX - 1) + Span::from_secs(1), Time::NEVER);
        assert_eq!(Span::FOREVER + Span::from_nanos(1), Span::FOREVER);
        assert_eq!(Time::ZERO.since(Time::from_nanos(5)), Span::ZERO);
        assert_eq!(Span::from_secs(u64::MAX), Span::FOREVER);
    }

    #[test]
    fn real_seconds_become_the_nearest_nanosecond() {
        assert_eq!(Span::from_secs_f64(0.1), Span::from_millis(100));
        assert_eq!(Span::from_secs_f64(-1.0), Span::ZERO);
        assert_eq!(Span::from_secs_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_secs_f64(f64::INFINITY), Span::FOREVER);
        assert_eq!(Span::from_secs(3).scaled(0.5), Span::from_millis(1_500));
    }

    #[test]
    fn units_are_of_a_thousand_each() {
        let spans = [Span::from_micros(3), Span::from_millis(3), Span::from_secs(3)];
        assert_eq!(spans.map(Span::as_nanos), [3_000, 3_000_000, 3_000_000_000]);
        assert_eq!(Span::from_millis(2_500).as_secs_f64(), 2.5);
        assert_eq!(Time::from_nanos(250_000_000).as_secs_f64(), 0.25);
        assert_eq!(Span::from_nanos(7).times(6).as_nanos(), 42);
        assert_eq!(Span::FOREVER.times(2), Span::FOREVER);
    }

    #[test]
    fn instants_and_spans_are_added_and_subtracted() {
        let mut time = Time::from_nanos(10);
        time += Span::from_nanos(5);
        assert_eq!((time, time - Span::from_nanos(4)), (Time::from_nanos(15), Time::from_nanos(11)));
        assert_eq!(time.since(Time::from_nanos(4)), Span::from_nanos(11));
        assert_eq!(time - Span::FOREVER, Time::ZERO);
        let mut span = Span::from_nanos(10);
        span += Span::from_nanos(5);
        assert_eq!((span, span.saturating_sub(Span::from_nanos(4))), (Span::from_nanos(15), Span::from_nanos(11)));
        assert_eq!(span.saturating_sub(Span::FOREVER), Span::ZERO);
    }

    /// 0.4, 0.5 and 2.5 ns, of which the last two are rounded up.
    #[test]
    fn half_a_nanosecond_is_rounded_up() {
        assert_eq!([0.4e-9, 0.5e-9, 2.5e-9].map(Span::from_secs_f64), [0, 1, 3].map(Span::from_nanos));
        assert_eq!([0.4, 0.5, 2.5].map(|factor| Span::from_nanos(1).scaled(factor)), [0, 1, 3].map(Span::from_nanos));
    }

    #[test]
    fn billing_rounds_up_to_the_millisecond() {
        assert_eq!(Span::from_nanos(1).as_millis_ceil(), 1);
        assert_eq!(Span::from_millis(7).as_millis_ceil(), 7);
        assert_eq!(Span::from_nanos(7_000_001).as_millis_ceil(), 8);
    }

    #[test]
    fn spans_print_as_people_write_them() {
        for (nanos, text) in [
            (0, "0 ns"),
            (1_250_000_000, "1.25 s"),
            (40_000_000, "40 ms"),
            (1_734_000_000_000, "28.9 min"),
            (86_400_000_000_000, "1 d"),
            (3_600_000_000_000, "1 h"),
            (1_500, "1.5 us"),
            (9_994_000, "9.99 ms"),
            (10_000_000, "10 ms"),
            (12_340_000, "12.3 ms"),
            (99_940_000, "99.9 ms"),
            (100_000_000, "100 ms"),
            (123_400_000, "123 ms"),
            (999_000_000, "999 ms"),
        ] {
            assert_eq!(Span::from_nanos(nanos).to_string(), text);
        }
    }
}
