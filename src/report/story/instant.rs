//! Instants and lengths of time of a story, exact enough to tell what came before what.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::kernel::{Span, Time};

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400;

/// Time since the start of the run: `00:12:03.046`, `1d 02:12:03.046`; to the millisecond, cut.
#[must_use]
pub fn clock(at: Time) -> String {
    let (seconds, millis) = (at.as_nanos() / SECOND, at.as_nanos() % SECOND / 1_000_000);
    let (day, second) = (seconds / DAY, seconds % DAY);
    let clock = format!("{:02}:{:02}:{:02}.{millis:03}", second / 3_600, second / 60 % 60, second % 60);
    if day == 0 { clock } else { format!("{day}d {clock}") }
}

/// A length of time as it is read aloud: `850 µs`, `46 ms`, `1.046 s`, `3 min 01.046 s`, `2 h 03 min 01 s`.
pub(super) fn length(span: Span) -> String {
    let nanos = span.as_nanos();
    let (seconds, micros) = (nanos / SECOND, nanos % SECOND / 1_000);
    let millis = micros / 1_000;
    match seconds {
        0 if nanos == 0 => "0 s".to_owned(),
        0 if nanos < 1_000 => format!("{nanos} ns"),
        0 if millis == 0 => format!("{micros} µs"),
        0 if millis < 10 => format!("{millis}.{:03} ms", micros % 1_000),
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{millis:03} s"),
        60..3_600 => format!("{} min {:02}.{millis:03} s", seconds / 60, seconds % 60),
        3_600..172_800 => format!("{} h {:02} min {:02} s", seconds / 3_600, seconds / 60 % 60, seconds % 60),
        _ => format!("{} d {:02} h {:02} min", seconds / DAY, seconds / 3_600 % 24, seconds / 60 % 60),
    }
}

/// The civil time of an instant of a run, in UTC to the millisecond: `2026-11-23 13:00:00.046 UTC`.
pub(super) fn civil(start: Timestamp, at: Time) -> String {
    let nanos = i64::try_from(at.as_nanos()).unwrap_or(i64::MAX);
    let Ok(instant) = start.checked_add(SignedDuration::from_nanos(nanos)) else {
        return "past the end of the calendar".to_owned();
    };
    let civil = instant.to_zoned(TimeZone::UTC).datetime();
    let millis = civil.subsec_nanosecond() / 1_000_000;
    format!("{} {:02}:{:02}:{:02}.{millis:03} UTC", civil.date(), civil.hour(), civil.minute(), civil.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Time {
        Time::ZERO + Span::from_secs_f64(seconds)
    }

    #[test]
    fn instants_are_read_by_the_clock_of_the_run() {
        assert_eq!(clock(at(723.0461)), "00:12:03.046");
        assert_eq!(clock(at(86_400.0 + 7_923.5)), "1d 02:12:03.500");
        let start: Timestamp = "2026-11-23T23:59:59Z".parse().expect("an instant");
        assert_eq!(civil(start, at(1.25)), "2026-11-24 00:00:00.250 UTC");
    }

    #[test]
    fn lengths_have_the_digits_of_their_size() {
        let cases = [
            (0.0, "0 s"),
            (12e-9, "12 ns"),
            (0.000_85, "850 µs"),
            (0.001_5, "1.500 ms"),
            (0.046, "46 ms"),
            (1.046, "1.046 s"),
            (181.046, "3 min 01.046 s"),
            (7_381.9, "2 h 03 min 01 s"),
            (180_000.0, "2 d 02 h 00 min"),
        ];
        for (seconds, text) in cases {
            assert_eq!(length(Span::from_secs_f64(seconds)), text);
        }
    }
}
