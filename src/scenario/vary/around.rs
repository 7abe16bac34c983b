//! A range around the number that a scenario has for a key, where none is given.

use serde_json::Value;

use super::{RATE, Vary, VaryError, quantity, rounded};
use crate::scenario::overrides::{Override, OverrideError};

/// How far such a range reaches either way.
const TIMES: f64 = 10.0;

impl Vary {
    /// The range from a tenth to ten times of what a scenario, as understood, has for a key, in equal ratios; of whole
    /// numbers, whole ones.
    ///
    /// # Errors
    /// If the key is badly written, or there is no number above zero.
    pub fn around(key: &str, understood: &Value) -> Result<Self, VaryError> {
        let path = Override::parse(&format!("{key}="))?;
        let here = path.find(understood);
        let range = here.and_then(range).ok_or_else(|| VaryError::Around(key.trim().to_owned()))?;
        Self::parse(&format!("{}={range}", key.trim()))
    }

    /// Reads what [`parse`](Self::parse) does, or a key alone, which gets a range [around](Self::around) its number.
    ///
    /// # Errors
    /// As these.
    pub fn parse_around(text: &str, understood: &Value) -> Result<Self, VaryError> {
        match Override::parse(text) {
            Err(OverrideError::NoValue(_)) => Self::around(text, understood),
            _ => Self::parse(text),
        }
    }
}

/// `0.1..10:log` of 1.0, `2..160:log:whole` of 16, `51.2MB..5120MB:log` of "512MB", `rate(6..600 minutes):log` of "rate(1 hour)".
fn range(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) if number.is_f64() => ends(number.as_f64()?, "", false),
        Value::Number(number) => ends(number.as_f64()?, "", true),
        Value::String(text) => match text.strip_prefix(RATE).and_then(|rest| rest.strip_suffix(')')) {
            Some(inner) => rates(inner),
            None => quantity(text).and_then(|(_, number, unit)| ends(number, unit, false)),
        },
        _ => None,
    }
}

fn ends(number: f64, unit: &str, whole: bool) -> Option<String> {
    let (low, high) = (number / TIMES, number * TIMES);
    let (low, high, word) = match whole {
        true => (libm::ceil(low), high, ":whole"),
        false => (rounded(low), rounded(high), ""),
    };
    (low > 0.0 && low < high).then(|| format!("{low}{unit}..{high}{unit}:log{word}"))
}

/// Rates are whole, so that a tenth of an hour is told in minutes.
fn rates(inner: &str) -> Option<String> {
    let (number, unit) = inner.split_once(' ')?;
    let number: f64 = number.parse().ok()?;
    let minutes = match unit.trim_end_matches('s') {
        "minute" => number,
        "hour" => 60.0 * number,
        "day" => 1_440.0 * number,
        _ => return None,
    };
    let (low, high) = (libm::ceil(minutes / TIMES), minutes * TIMES);
    (low < high).then(|| format!("rate({low}..{high} minutes):log"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reaches_ten_times_either_way() {
        let understood = serde_json::json!({
            "run": { "load": 1.0, "duration": "24h", "name": "x", "seed": 0 },
            "strategy": [{ "name": "a.b", "schedule": { "parallel": 62, "expression": "rate(1 hour)" } }],
        });
        let around = |key: &str| Vary::parse_around(key, &understood).map(|vary| vary.text().to_owned());
        let text = |key: &str| around(key).unwrap_or_else(|error| panic!("{key}: {error}"));
        assert_eq!(text("run.load"), "run.load=0.1..10:log");
        assert_eq!(text("run.duration"), "run.duration=2.4h..240h:log");
        assert_eq!(text("strategy.\"a.b\".schedule.parallel"), "strategy.\"a.b\".schedule.parallel=7..620:log:whole");
        let expression = "strategy.\"a.b\".schedule.expression";
        assert_eq!(text(expression), format!("{expression}=rate(6..600 minutes):log"));
        assert_eq!(text("run.load=1..2"), "run.load=1..2", "a range that is given stays");
        for key in ["run.none", "run.name", "run.seed", "run", "strategy.c.schedule.parallel"] {
            assert_eq!(around(key), Err(VaryError::Around(key.to_owned())));
        }
        assert!(matches!(around("run..load"), Err(VaryError::Key(_))));
    }
}
