//! Numbers with units, as people write them. Each parser says in its error what it expected.

use crate::kernel::Span;

const DURATION_UNITS: [(&str, f64); 9] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("min", 60e9),
    ("h", 3_600e9),
    ("d", 86_400e9),
];
const SIZE_UNITS: [(&str, f64); 7] = [
    ("B", 1.0),
    ("KB", 1024.0),
    ("KiB", 1024.0),
    ("MB", 1_048_576.0),
    ("MiB", 1_048_576.0),
    ("GB", 1_073_741_824.0),
    ("GiB", 1_073_741_824.0),
];
const RATE_UNITS: [(&str, f64); 7] =
    [("s", 1.0), ("sec", 1.0), ("m", 60.0), ("min", 60.0), ("h", 3_600.0), ("hour", 3_600.0), ("d", 86_400.0)];

/// `15m`, `250ms`, `1h30m`, `1.5s`: nanoseconds, to the nearest.
pub(crate) fn duration(text: &str) -> Result<Span, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut total = Span::ZERO;
    while !rest.is_empty() {
        let (number, after) = leading_number(rest)?;
        let after = after.trim_start();
        let unit_length = after.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(after.len());
        let (unit, after_unit) = after.split_at(unit_length);
        if unit.is_empty() {
            return Err("the unit is missing".to_owned());
        }
        let size = look_up(&DURATION_UNITS, unit)
            .ok_or_else(|| format!("`{unit}` is no unit of time; known are ns, us, ms, s, m, h, d"))?;
        let nanos = number * size;
        if nanos >= 1.8e19 {
            return Err("it is longer than the clock reaches (584 years)".to_owned());
        }
        total += Span::from_nanos((nanos + 0.5) as u64);
        rest = after_unit.trim_start();
    }
    Ok(total)
}

/// `512MB`: bytes; KB, MB and GB are binary, as Lambda's are.
pub(crate) fn size(text: &str) -> Result<f64, String> {
    let (number, unit) = leading_number(text.trim())?;
    match unit.trim() {
        "" => Err("the unit is missing".to_owned()),
        unit => look_up(&SIZE_UNITS, unit)
            .map(|size| number * size)
            .ok_or_else(|| format!("`{unit}` is no unit of size; known are B, KB, MB, GB (binary)")),
    }
}

/// `40/s`, `1200/min`: items per second.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let (number, unit) = leading_number(text.trim())?;
    let Some(unit) = unit.trim_start().strip_prefix('/') else {
        return Err("the unit is missing".to_owned());
    };
    let unit = unit.trim();
    look_up(&RATE_UNITS, unit)
        .map(|seconds| number / seconds)
        .ok_or_else(|| format!("`/{unit}` is no unit of rate; known are /s, /min, /h, /d"))
}

/// `12:30` or `12:30:15`: from midnight.
pub(crate) fn time_of_day(text: &str) -> Result<Span, String> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let wrong = || "it is no time of day".to_owned();
    if !(2..=3).contains(&parts.len()) || parts.iter().any(|part| part.len() != 2) {
        return Err(wrong());
    }
    let mut seconds = 0;
    for (part, limit) in parts.iter().zip([24u64, 60, 60]) {
        let value = part.parse::<u64>().ok().filter(|&value| value < limit).ok_or_else(wrong)?;
        seconds = seconds * 60 + value;
    }
    Ok(Span::from_secs(if parts.len() == 2 { seconds * 60 } else { seconds }))
}

/// An instant in RFC 3339.
pub(crate) fn instant(text: &str) -> Result<jiff::Timestamp, String> {
    let text = text.trim();
    text.parse().map_err(|_| {
        let written = jiff::fmt::temporal::Pieces::parse(text);
        match written.is_ok_and(|pieces| pieces.time().is_some() && pieces.offset().is_some()) {
            true => "the calendar reaches from -009999-01-02T01:59:59Z to 9999-12-30T22:00:00Z".to_owned(),
            false => "it is no date and time with an offset".to_owned(),
        }
    })
}

/// `p50`, `p99`, `p999` (99.9 %), `p99.9`, `p100`: the share below it, in [0, 1].
pub(crate) fn percentile(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('p')?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') && fraction.bytes().all(|b| b != b'.');
    if whole.is_empty() || !numeric || digits.len() > 12 {
        return None;
    }
    if whole == "100" {
        return fraction.bytes().all(|b| b == b'0').then_some(1.0);
    }
    // `p999` is a habit of those who count nines; `p101` or `p050` is a slip.
    if whole.len() > 2 && !(whole.starts_with('9') && fraction.is_empty()) {
        return None;
    }
    // Read as a decimal share, so that `p999` is the nearest number to 0.999.
    format!("0.{whole:0>2}{fraction}").parse().ok()
}

/// `2%`, `0.5 %`: a share.
pub(crate) fn percent(text: &str) -> Result<f64, String> {
    let (number, unit) = leading_number(text.trim())?;
    match unit.trim() {
        "%" => Ok(number / 100.0),
        "" => Err("the sign % is missing".to_owned()),
        unit => Err(format!("`{unit}` is not the sign %")),
    }
}

/// A plain decimal number that is not below zero, and what follows it.
fn leading_number(text: &str) -> Result<(f64, &str), String> {
    let mut end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let exponent = text[end..].strip_prefix(['e', 'E']).and_then(|after| {
        let digits = after.strip_prefix(['-', '+']).unwrap_or(after);
        let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        (length > 0).then_some(1 + (after.len() - digits.len()) + length)
    });
    end += exponent.unwrap_or(0);
    if text.starts_with('-') {
        return Err("it is below zero".to_owned());
    }
    let digits = text[..end].replace('_', "");
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((number, &text[end..])),
        _ => Err("it does not begin with a number".to_owned()),
    }
}

fn look_up(units: &[(&str, f64)], unit: &str) -> Option<f64> {
    units.iter().find(|(name, _)| *name == unit).map(|&(_, size)| size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_add_their_parts() {
        assert_eq!(duration("15m"), Ok(Span::from_secs(900)));
        assert_eq!(duration("1h30m"), Ok(Span::from_secs(5_400)));
        assert_eq!(duration("1 h 30 min"), Ok(Span::from_secs(5_400)));
        assert_eq!(duration("1.5s"), Ok(Span::from_millis(1_500)));
        assert_eq!(duration("0.1ms"), Ok(Span::from_micros(100)));
        assert_eq!(duration("2d"), Ok(Span::from_secs(172_800)));
        for wrong in ["", "15", "m", "-3s", "3 parsecs", "1e999s", "9e30d", "1..2s", "15m x"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_binary() {
        assert_eq!(size("512MB"), Ok(536_870_912.0));
        assert_eq!(size("1.5 KB"), Ok(1_536.0));
        assert_eq!(size("2GB"), Ok(2_147_483_648.0));
        assert!(size("512").is_err() && size("512mb").is_err() && size("MB").is_err());
    }

    #[test]
    fn rates_are_per_second() {
        assert_eq!(rate("40/s"), Ok(40.0));
        assert_eq!(rate("1200/min"), Ok(20.0));
        assert_eq!(rate("3_600 / h"), Ok(1.0));
        assert!(rate("40").is_err() && rate("40/y").is_err() && rate("-1/s").is_err());
    }

    #[test]
    fn percentiles_read_as_people_say_them() {
        assert_eq!(percentile("p50"), Some(0.5));
        assert_eq!(percentile("p999"), Some(0.999));
        assert_eq!(percentile("p99.9"), Some(0.999));
        assert_eq!((percentile("p975"), percentile("p5")), (Some(0.975), Some(0.05)));
        assert_eq!((percentile("p0"), percentile("p100")), (Some(0.0), Some(1.0)));
        for wrong in ["50", "p", "p-1", "p101.5", "px", "p1e9", "pµ", "p9.9.9", "p100.5", "p101", "p050", "p250"] {
            assert_eq!(percentile(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_of_day_and_instants() {
        assert_eq!(time_of_day("12:30"), Ok(Span::from_secs(45_000)));
        assert_eq!(time_of_day("00:00:59"), Ok(Span::from_secs(59)));
        for wrong in ["24:00", "12", "1:30", "12:60", "12:30:15:1", "ab:cd"] {
            assert!(time_of_day(wrong).is_err(), "{wrong}");
        }
        assert_eq!(instant("1970-01-02T00:00:00Z").map(jiff::Timestamp::as_second), Ok(86_400));
        for (text, reason) in [
            ("1970-01-02", "no date and time with an offset"),
            ("1970-01-02T00:00:00", "no date and time with an offset"),
            ("tomorrow", "no date and time with an offset"),
            ("9999-12-31T00:00:00Z", "to 9999-12-30T22:00:00Z"),
            ("-009999-01-01T00:00:00Z", "from -009999-01-02T01:59:59Z"),
        ] {
            assert!(instant(text).is_err_and(|error| error.contains(reason)), "{text}");
        }
        assert!(instant("-009999-01-02T01:59:59Z").is_ok() && instant("9999-12-30T22:00:00Z").is_ok());
    }
}
