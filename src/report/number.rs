//! Numbers as people read them: with a unit, and with no more digits than their interval knows.

use std::fmt;

use crate::stats::Estimate;

/// A value and the half width of its interval in the same unit: none without an interval, nor where every replication
/// gave the same value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// `28.9 min`, `104,310`, `$0.42`, `never`.
    pub value: String,
    /// `0.4`: same unit and same last digit as the value; [`UNKNOWN`] where it is wider than the value.
    pub half_width: Option<String>,
}

/// Stands for a half width greater than its value, which says only that there were too few replications.
pub(super) const UNKNOWN: &str = "?";

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.half_width {
            Some(half) => write!(f, "{} ±{half}", self.value),
            None => f.write_str(&self.value),
        }
    }
}

/// How a unit is written around a number.
struct Dress {
    scale: f64,
    before: &'static str,
    after: &'static str,
    /// Whether it counts things, which are shown whole however large.
    counts: bool,
}

/// An estimate in its unit: durations in the unit that suits their size, shares in per cent, money in dollars, all
/// else as a count with thousands separated.
pub(super) fn estimate(estimate: &Estimate, unit: &str) -> Shown {
    if is_vague(estimate) {
        return Shown { value: plain(estimate.mean, unit), half_width: Some(UNKNOWN.to_owned()) };
    }
    shown(estimate.mean, half_width(estimate), unit)
}

/// A difference in its unit: like [`estimate`], but an interval wider than the value is shown, for it is what tells
/// that there may be no difference.
pub(super) fn difference(estimate: &Estimate, unit: &str) -> Shown {
    shown(estimate.mean, half_width(estimate), unit)
}

/// The value alone, to the digits its interval knows.
pub(super) fn mean(estimate: &Estimate, unit: &str) -> String {
    self::estimate(estimate, unit).value
}

/// Whether the interval is so wide that the value's own size is not known.
pub(super) fn is_vague(estimate: &Estimate) -> bool {
    estimate.mean != 0.0 && half_width(estimate).is_some_and(|half| half > estimate.mean.abs())
}

/// A plain value, to three significant digits (counts: whole).
pub(super) fn plain(value: f64, unit: &str) -> String {
    shown(value, None, unit).value
}

/// A length of time, as [`plain`] writes it.
pub(super) fn duration(seconds: f64) -> String {
    plain(seconds, "s")
}

/// How many times: `1,240 ×`, to the digits its interval knows.
pub(super) fn times(estimate: &Estimate) -> String {
    let half = half_width(estimate).filter(|&half| half > 0.0 && !is_vague(estimate));
    let number = rounded(estimate.mean, place_of(estimate.mean, half, false));
    format!("{} ×", if half.is_none() { trimmed(&number) } else { &number })
}

/// A share in per cent, to three significant digits but never rounded up to 100 nor down to 0.
pub(super) fn share(value: f64) -> String {
    if value > 0.0 && value < 0.0001 {
        return "< 0.01 %".to_owned();
    }
    if value < 1.0 && value > 0.9999 {
        return "> 99.99 %".to_owned();
    }
    let decimals = match value {
        1.0.. => 0,
        0.99.. => 2,
        0.9.. => 1,
        0.1.. => 0,
        0.01.. => 1,
        _ => 2,
    };
    let text = format!("{:.decimals$}", value * 100.0);
    format!("{} %", trimmed(&text))
}

/// A decimal without zeros at the end of its fraction.
fn trimmed(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// The half width of the interval relative to the mean, in per cent: `±3 %`, or words where it is above 100 %. None
/// without an interval or at zero.
pub(super) fn relative_half_width(estimate: &Estimate) -> Option<String> {
    let half = half_width(estimate)?;
    if is_vague(estimate) {
        return Some("too few replications to tell how much".to_owned());
    }
    (estimate.mean != 0.0 && half.is_finite()).then(|| {
        let percent = (half / estimate.mean).abs() * 100.0;
        let text = if percent >= 0.95 { format!("{percent:.0}") } else { format!("{percent:.1}") };
        if text == "0.0" { "±<0.1 %".to_owned() } else { format!("±{text} %") }
    })
}

/// Half the length of the interval, if there is one.
pub(super) fn half_width(estimate: &Estimate) -> Option<f64> {
    estimate.interval.map(|(low, high)| (high - low) / 2.0).filter(|half| half.is_finite())
}

fn shown(value: f64, half: Option<f64>, unit: &str) -> Shown {
    if !value.is_finite() {
        let word = if unit == "s" { "never" } else { "unbounded" };
        return Shown { value: word.to_owned(), half_width: None };
    }
    let dress = dress(value, unit);
    let (value, half) = (value / dress.scale, half.map(|half| half / dress.scale));
    let place = place_of(value, half, dress.counts);
    let half = half.filter(|&half| half > 0.0);
    let number = rounded(value.abs(), place);
    // Without an interval zeros at the end say nothing.
    let number = if half.is_none() { trimmed(&number) } else { &number };
    let minus = if value < 0.0 && number.contains(|c: char| ('1'..='9').contains(&c)) { "-" } else { "" };
    Shown {
        value: format!("{minus}{}{number}{}", dress.before, dress.after),
        half_width: half.map(|half| half_text(half, place)),
    }
}

/// The half width to the value's last digit; one that would vanish there is rounded up to it, so that no interval
/// is shown narrower than the digits allow.
fn half_text(half: f64, place: i32) -> String {
    let text = rounded(half, place);
    let vanished = !text.contains(|c: char| ('1'..='9').contains(&c));
    if vanished { rounded(unit_of(place), place) } else { text }
}

fn dress(value: f64, unit: &str) -> Dress {
    let seconds = value.abs();
    let (scale, before, after, counts) = match unit {
        "s" => match seconds {
            0.0 => (1.0, "", " s", false),
            s if s < 1e-6 => (1e-9, "", " ns", false),
            s if s < 1e-3 => (1e-6, "", " us", false),
            s if s < 1.0 => (1e-3, "", " ms", false),
            s if s < 120.0 => (1.0, "", " s", false),
            s if s < 5_400.0 => (60.0, "", " min", false),
            s if s < 172_800.0 => (3_600.0, "", " h", false),
            _ => (86_400.0, "", " d", false),
        },
        "1" => (0.01, "", " %", false),
        "USD" => (1.0, "$", "", false),
        "times" => (1.0, "", " ×", false),
        _ => (1.0, "", "", true),
    };
    Dress { scale, before, after, counts }
}

/// The decimal place of the last digit shown: 0 for units, 2 for hundreds, -1 for tenths. It is where the half width has
/// its first digit (its second, when the first is a 1), but no finer than the third digit of the value; counts are whole
/// as far as their interval allows.
fn place_of(value: f64, half: Option<f64>, counts: bool) -> i32 {
    let by_value = if value == 0.0 {
        0
    } else {
        let third = leading(value).1 - 2;
        if counts { third.min(0) } else { third }
    };
    let whole = counts && value == libm::trunc(value);
    match half {
        Some(half) if half > 0.0 => {
            let (digit, exponent) = leading(half);
            let by_half = if digit == '1' { exponent - 1 } else { exponent };
            if value == 0.0 { by_half } else { by_half.max(by_value) }
        }
        _ if whole => 0,
        _ => by_value,
    }
}

/// The first significant digit and its decimal exponent, read off the exact decimal form.
fn leading(value: f64) -> (char, i32) {
    let text = format!("{:e}", value.abs());
    let digit = text.chars().next().unwrap_or('0');
    let exponent = text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    (digit, exponent)
}

fn unit_of(place: i32) -> f64 {
    libm::pow(10.0, f64::from(place))
}

/// The value rounded at a decimal place, thousands separated, zeros at the end of a plain fraction kept.
fn rounded(value: f64, place: i32) -> String {
    let decimals = usize::try_from(-place).unwrap_or(0);
    let value = if place > 0 { libm::round(value / unit_of(place)) * unit_of(place) } else { value };
    separated(&format!("{value:.decimals$}"))
}

/// Commas between the thousands of the whole part.
fn separated(number: &str) -> String {
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let digits = whole.len();
    let mut text = String::with_capacity(number.len() + digits / 3);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (digits - position) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(mean: f64, half: f64) -> Estimate {
        Estimate { mean, interval: Some((mean - half, mean + half)), replications: 20 }
    }

    #[test]
    fn an_estimate_shows_the_digits_its_interval_knows() {
        for (mean, half, unit, text) in [
            (1_734.0, 24.0, "s", "28.9 min ±0.4"),
            (1.4, 0.04, "s", "1.40 s ±0.04"),
            (0.040_123, 0.000_000_1, "s", "40.1 ms ±0.1"),
            (104_312.0, 120.0, "items", "104,310 ±120"),
            (104_312.0, 2_600.0, "items", "104,000 ±3,000"),
            (104_312.0, 0.3, "items", "104,312 ±1"),
            (3.24, 0.31, "items", "3.2 ±0.3"),
            (0.0, 0.0, "items", "0"),
            (0.4213, 0.003, "USD", "$0.421 ±0.003"),
            (0.023, 0.0004, "1", "2.30 % ±0.04"),
            (f64::INFINITY, 0.0, "s", "never"),
            (-3.2, 0.4, "s", "-3.2 s ±0.4"),
            (126.0, 780.0, "s", "2.1 min ±?"),
        ] {
            assert_eq!(estimate(&around(mean, half), unit).to_string(), text);
        }
        assert_eq!(difference(&around(-6.0, 18.0), "s").to_string(), "-6 s ±18");
    }

    #[test]
    fn without_an_interval_three_digits_are_shown_and_counts_are_whole() {
        for (value, unit, text) in [
            (0.0, "s", "0 s"),
            (0.000_25, "s", "250 us"),
            (59.96, "s", "60 s"),
            (3_600.0, "s", "60 min"),
            (7_200.0, "s", "2 h"),
            (1_234_567.0, "items", "1,234,567"),
            (2.5, "items", "2.5"),
            (2.0, "items", "2"),
            (1_234.5, "USD", "$1,230"),
        ] {
            assert_eq!(plain(value, unit), text);
        }
    }

    #[test]
    fn ratios_and_shares() {
        assert_eq!(times(&around(1_238.6, 37.0)), "1,240 ×");
        assert_eq!(times(&around(2.1, 0.06)), "2.10 ×");
        assert_eq!(relative_half_width(&around(1_238.6, 37.0)).as_deref(), Some("±3 %"));
        assert_eq!(relative_half_width(&around(100.0, 0.01)).as_deref(), Some("±<0.1 %"));
        assert_eq!(times(&around(1_238.6, 1_500.0)), "1,240 ×");
        assert_eq!(
            relative_half_width(&around(100.0, 120.0)).as_deref(),
            Some("too few replications to tell how much")
        );
        assert_eq!(share(1.0), "100 %");
        assert_eq!(share(0.999_99), "> 99.99 %");
        assert_eq!(share(0.9971), "99.71 %");
        assert_eq!(share(0.9771), "97.7 %");
        assert_eq!(share(0.023), "2.3 %");
        assert_eq!(share(0.0004), "0.04 %");
        assert_eq!(share(0.000_001), "< 0.01 %");
        assert_eq!(share(0.0), "0 %");
    }

    #[test]
    fn an_endless_interval_is_not_shown() {
        let endless = Estimate { mean: 3.0, interval: Some((f64::NEG_INFINITY, f64::INFINITY)), replications: 2 };
        assert_eq!(estimate(&endless, "items").to_string(), "3");
    }
}
