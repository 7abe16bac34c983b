//! Dates and times as nearly all logs write them, read without a parser for all the others.

use crate::kernel::Span;

const NS_A_SECOND: i64 = Span::from_secs(1).as_nanos() as i64;

/// Nanoseconds from the epoch at `2026-11-23T08:30:00`, with a blank in the place of `T`, up to nine decimals, and `Z` or
/// an offset such as `+02:00` at will; without either it is UTC. Nothing for any other form, for a day or an hour that
/// there is none of, for a leap second, and for what does not fit 64 bits.
#[inline]
pub(super) fn utc_ns(text: &[u8]) -> Option<i64> {
    let (clock, rest) = text.split_first_chunk::<19>()?;
    let is_separated =
        matches!((clock[4], clock[7], clock[10], clock[13], clock[16]), (b'-', b'-', b'T' | b' ', b':', b':'));
    let two = |at: usize| two_digits(clock[at], clock[at + 1]);
    let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    if !is_separated || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction_ns, zone) = fraction(rest)?;
    let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second - offset(zone)?;
    seconds.checked_mul(NS_A_SECOND)?.checked_add(fraction_ns)
}

#[inline]
fn two_digits(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

/// The nanoseconds of one to nine decimals after a point, if there is one, and what follows.
#[inline]
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', digits)) = rest.split_first() else { return Some((0, rest)) };
    let (mut nanos, mut unit, mut count) = (0, NS_A_SECOND, 0);
    while let Some(digit) = digits.get(count).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
        unit /= 10;
        nanos += i64::from(digit) * unit;
        count += 1;
    }
    (1..=9).contains(&count).then(|| (nanos, &digits[count..]))
}

/// Seconds by which the zone is ahead of UTC.
#[inline]
fn offset(zone: &[u8]) -> Option<i64> {
    match *zone {
        [] | [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), a, b, b':', c, d] => {
            let (hours, minutes) = (two_digits(a, b)?, two_digits(c, d)?);
            let ahead = hours * 3_600 + minutes * 60;
            (hours <= 23 && minutes <= 59).then_some(if sign == b'-' { -ahead } else { ahead })
        }
        _ => None,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, if there is such a day (Hinnant, "chrono-compatible low-level date
/// algorithms": a year begins in March, so that the leap day is its last).
#[inline]
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    const LONGEST: [i64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = *LONGEST.get(usize::try_from(month - 1).ok()?)?;
    if day < 1 || day > longest || (month == 2 && day == 29 && !is_leap) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_forms_are_read() {
        for (text, ns) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01 00:00:00.000000001", 1),
            ("2026-11-23T08:30:00.25Z", 1_795_422_600_250_000_000),
            ("2026-11-23T10:30:00.25+02:00", 1_795_422_600_250_000_000),
            ("2026-11-23T03:00:00.250-05:30", 1_795_422_600_250_000_000),
            ("1969-12-31T23:59:59.5Z", -500_000_000),
            ("2000-03-01 00:00:00", 951_868_800_000_000_000),
        ] {
            assert_eq!(utc_ns(text.as_bytes()), Some(ns), "{text}");
        }
    }

    #[test]
    fn other_forms_are_left_to_others() {
        for text in [
            "2023-02-29 00:00:00",
            "2026-11-23",
            "2026-11-23T24:00:00Z",
            "2026-11-23T08:30:60Z",
            "2026-11-23T08:30:00z",
        ] {
            assert_eq!(utc_ns(text.as_bytes()), None, "{text}");
        }
    }
}
