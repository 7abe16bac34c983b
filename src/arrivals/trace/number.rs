//! Numbers and times as traces write them, to whole nanoseconds without a detour through floating point.

use crate::arrivals::settings::TimeUnit;

use super::date_time::utc_ns;

/// Powers of ten.
const TENS: [i64; 10] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

/// A decimal number times 10^`places`, to the nearest whole number. Takes `12`, `-0.5`, `3.`, `.25` and, through a
/// double, `1.5e-05`. Nothing for other text, and for what does not fit 64 bits.
#[inline]
pub(super) fn scaled_decimal(text: &[u8], places: u32) -> Option<i64> {
    plain_decimal(text, places).or_else(|| any_decimal(std::str::from_utf8(text).ok()?, places))
}

/// The same of digits with at most one point among them, and no more than `places` after it: what nearly all numbers are.
/// Nothing for any other.
#[inline]
fn plain_decimal(text: &[u8], places: u32) -> Option<i64> {
    // Nineteen digits fit 64 bits without a sign.
    const LONGEST: usize = 20;
    let (mut value, mut point) = (0u64, None);
    if text.len() > LONGEST {
        return None;
    }
    for (place, &byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        } else if byte == b'.' && point.is_none() {
            point = Some(place);
        } else {
            return None;
        }
    }
    let decimals = point.map_or(0, |point| text.len() - 1 - point);
    let digits = text.len() - usize::from(point.is_some());
    if digits == 0 || digits == LONGEST {
        return None;
    }
    let missing = (places as usize).checked_sub(decimals)?;
    i64::try_from(value).ok()?.checked_mul(*TENS.get(missing)?)
}

fn any_decimal(text: &str, places: u32) -> Option<i64> {
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
#[inline]
pub(super) fn scaled_positive(text: &[u8], places: u32) -> Option<u64> {
    scaled_decimal(text, places).and_then(|value| u64::try_from(value).ok())
}

/// An arrival time in nanoseconds from the unit's own zero (the epoch for dates).
#[inline]
pub(super) fn time_ns(text: &[u8], unit: TimeUnit) -> Option<i64> {
    match unit {
        TimeUnit::Seconds => scaled_decimal(text, 9),
        TimeUnit::Milliseconds => scaled_decimal(text, 6),
        TimeUnit::Microseconds => scaled_decimal(text, 3),
        TimeUnit::Nanoseconds => plain_decimal(text, 0)
            .filter(|_| !text.contains(&b'.'))
            .or_else(|| std::str::from_utf8(text).ok()?.trim().parse().ok()),
        TimeUnit::DateTime => utc_ns(text).or_else(|| any_date_time_ns(std::str::from_utf8(text).ok()?.trim())),
    }
}

/// A date and time in any form that jiff reads.
fn any_date_time_ns(text: &str) -> Option<i64> {
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
    use proptest::prelude::*;

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
            assert_eq!(scaled_decimal(text.as_bytes(), places), value, "{text:?}");
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
            assert_eq!(time_ns(text.as_bytes(), unit), Some(ns), "{text}");
        }
        for text in ["yesterday", "2023-02-30 00:00:00", "9999-12-31 00:00:00", "1.5"] {
            assert_eq!(time_ns(text.as_bytes(), TimeUnit::DateTime), None, "{text}");
        }
        assert_eq!(time_ns(b"1.5", TimeUnit::Nanoseconds), None);
        assert_eq!(time_ns(b"1.", TimeUnit::Nanoseconds), None);
        assert_eq!(time_ns(b" -9223372036854775808", TimeUnit::Nanoseconds), Some(i64::MIN));
    }

    proptest! {
        #[test]
        fn plain_numbers_are_read_as_any_number_is(
            text in "[0-9]{0,22}|[0-9]{0,12}\\.[0-9]{0,12}|[-+]?[0-9]{1,3}(\\.[0-9]*)?(e-?[0-9])?|[ .0-9]{0,4}",
            places in prop_oneof![Just(0u32), Just(3), Just(6), Just(9)],
        ) {
            prop_assert_eq!(scaled_decimal(text.as_bytes(), places), any_decimal(&text, places));
            if let Some(value) = plain_decimal(text.as_bytes(), places) {
                prop_assert_eq!(Some(value), any_decimal(&text, places));
            }
        }

        #[test]
        fn common_dates_are_read_as_any_date_is(
            year in prop_oneof![1600..2300u32, Just(2000u32), Just(2024), Just(1970), Just(0), Just(9999)],
            (month, day) in (0..14u32, 0..33u32),
            (hour, minute, second) in (0..26u32, 0..62u32, 0..62u32),
            between in "[T t]",
            fraction in "|\\.[0-9]{0,10}",
            zone in "|Z|z|[+-][0-2][0-9]:[0-6][0-9]|[+-][0-9]{2,4}|\\[UTC\\]|x",
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}{fraction}{zone}");
            prop_assert_eq!(time_ns(text.as_bytes(), TimeUnit::DateTime), any_date_time_ns(&text), "{}", text);
        }

        #[test]
        fn any_bytes_are_read_as_a_date_alike(mut text in Just(*b"2024-02-29T23:59:59.999Z"), place in 0..24usize, byte in any::<u8>()) {
            text[place] = byte;
            let slow = std::str::from_utf8(&text).ok().and_then(|text| any_date_time_ns(text.trim()));
            prop_assert_eq!(time_ns(&text, TimeUnit::DateTime), slow);
        }
    }
}
