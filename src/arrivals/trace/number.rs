//! Numbers and times as traces write them, to whole nanoseconds without a detour through floating point.

use crate::arrivals::settings::TimeUnit;

/// A decimal number times 10^`places`, to the nearest whole number. Takes `12`, `-0.5`, `3.`, `.25` and, through a
/// double, `1.5e-05`. Nothing for other text, and for what does not fit 64 bits.
pub(super) fn scaled_decimal(text: &str, places: u32) -> Option<i64> {
    let text = text.trim();
    if text.bytes().any(|b| matches!(b, b'e' | b'E')) {
        return scaled_float(text, places);
    }
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let kept = fraction.bytes().chain(std::iter::repeat(b'0')).take(places as usize);
    let magnitude = whole
        .bytes()
        .chain(kept)
        .try_fold(0i64, |sum, digit| sum.checked_mul(10)?.checked_add(i64::from(digit - b'0')))?;
    let rounds_up = fraction.as_bytes().get(places as usize).is_some_and(|&digit| digit >= b'5');
    let magnitude = magnitude.checked_add(i64::from(rounds_up))?;
    Some(if negative { -magnitude } else { magnitude })
}

fn scaled_float(text: &str, places: u32) -> Option<i64> {
    let value = text.parse::<f64>().ok()? * 10f64.powi(i32::try_from(places).ok()?);
    (value.abs() < 9.2e18).then(|| value.round() as i64)
}

/// A non-negative decimal times 10^`places`.
pub(super) fn scaled_positive(text: &str, places: u32) -> Option<u64> {
    scaled_decimal(text, places).and_then(|value| u64::try_from(value).ok())
}

/// An arrival time in nanoseconds from the unit's own zero (the epoch for dates).
pub(super) fn time_ns(text: &str, unit: TimeUnit) -> Option<i64> {
    match unit {
        TimeUnit::Seconds => scaled_decimal(text, 9),
        TimeUnit::Milliseconds => scaled_decimal(text, 6),
        TimeUnit::Microseconds => scaled_decimal(text, 3),
        TimeUnit::Nanoseconds => text.trim().parse().ok(),
        TimeUnit::DateTime => date_time_ns(text.trim()),
    }
}

fn date_time_ns(text: &str) -> Option<i64> {
    let civil = text.parse::<jiff::civil::DateTime>().ok();
    let instant = match civil.filter(|_| !has_offset(text)) {
        Some(civil) => civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
        None => text.parse::<jiff::Timestamp>().ok()?,
    };
    i64::try_from(instant.as_nanosecond()).ok()
}

/// Whether the time of day is followed by `Z` or an offset, which a civil reading must not drop.
fn has_offset(text: &str) -> bool {
    text.get(10..).is_some_and(|time| time.contains(['Z', 'z', '+', '-']))
}

/// What a time column should hold.
pub(super) fn expected_time(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Seconds => "decimal seconds such as 1431857100.25",
        TimeUnit::Milliseconds => "decimal milliseconds such as 1431857100250",
        TimeUnit::Microseconds => "decimal microseconds such as 1431857100250000",
        TimeUnit::Nanoseconds => "whole nanoseconds such as 1431857100250000000",
        TimeUnit::DateTime => "a date and time such as 2026-11-23T08:30:00Z or 2026-11-23 08:30:00.25",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        for (text, places, value) in [
            ("1431857100.123456789", 9, Some(1_431_857_100_123_456_789)),
            (" 0.1 ", 9, Some(100_000_000)),
            ("-1.5", 3, Some(-1_500)),
            ("+3.", 0, Some(3)),
            (".25", 2, Some(25)),
            ("1.4999", 0, Some(1)),
            ("1.5", 0, Some(2)),
            ("1.5e-05", 9, Some(15_000)),
            ("", 9, None),
            (".", 9, None),
            ("-", 9, None),
            ("1,5", 9, None),
            ("NaN", 9, None),
            ("inf", 9, None),
            ("1e300", 9, None),
            ("99999999999999999999", 0, None),
            ("9223372037", 9, None),
        ] {
            assert_eq!(scaled_decimal(text, places), value, "{text:?}");
        }
    }

    #[test]
    fn times_are_read_in_their_unit() {
        let ns = 1_700_158_623_979_960_000;
        for (text, unit) in [
            ("2023-11-16 18:17:03.9799600", TimeUnit::DateTime),
            ("2023-11-16T18:17:03.97996Z", TimeUnit::DateTime),
            ("2023-11-16T20:17:03.97996+02:00", TimeUnit::DateTime),
            ("1700158623.97996", TimeUnit::Seconds),
            ("1700158623979.96", TimeUnit::Milliseconds),
            ("1700158623979960", TimeUnit::Microseconds),
            ("1700158623979960000", TimeUnit::Nanoseconds),
        ] {
            assert_eq!(time_ns(text, unit), Some(ns), "{text}");
        }
        for text in ["yesterday", "2023-02-30 00:00:00", "9999-12-31 00:00:00", "1.5"] {
            assert_eq!(time_ns(text, TimeUnit::DateTime), None, "{text}");
        }
        assert_eq!(time_ns("1.5", TimeUnit::Nanoseconds), None);
    }
}
