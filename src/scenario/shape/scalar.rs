//! The check of single values, and hints for those that are refused.

use super::{ANY_DURATION, Kind, LONGEST, metrics, written};
use crate::kernel::Span;
use crate::metrics::catalogue;
use crate::scenario::nearest::nearest;
use crate::scenario::tree::{Node, Value, quoted};
use crate::scenario::units;

/// Longest text, in characters.
const TEXT_AT_MOST: usize = 1_024;
/// AWS's largest payload, in bytes.
const JSON_AT_MOST: usize = 262_144;
/// Longest name, in characters.
const LABEL_AT_MOST: usize = 64;

/// What is wrong with a scalar.
pub(super) enum Fault {
    /// It has the wrong TOML type.
    Type,
    /// Its value is refused, for this reason.
    Value(String),
    /// It lies outside its limits, for this reason.
    Limit(String),
}

/// Whether a value is what its kind allows.
pub(super) fn fault(kind: &Kind, value: &Value) -> Result<(), Fault> {
    match (kind, value) {
        (_, Value::Refused) => Ok(()),
        (Kind::Duration { min, max, step }, Value::Text(text)) => {
            duration_within(units::duration(text).map_err(Fault::Value)?, *min, *max, *step)
        }
        (Kind::DurationOr(word), Value::Text(text)) if text == word => Ok(()),
        (Kind::DurationOr(_), Value::Text(_)) => fault(&ANY_DURATION, value),
        (Kind::Memory { min_mb, max_mb }, Value::Text(text)) => {
            let megabytes = units::size(text).map_err(Fault::Value)? / 1_048_576.0;
            limit(megabytes.fract() == 0.0, "it is no whole number of megabytes")?;
            limit(megabytes >= *min_mb as f64, "it is too small")?;
            limit(megabytes <= *max_mb as f64, "it is too large")
        }
        (Kind::Bytes, Value::Text(text)) => {
            within(units::size(text).map_err(Fault::Value)? <= 1_099_511_627_776.0, "it is more than 1024GB")
        }
        (Kind::Rate, Value::Text(text)) => {
            within(units::rate(text).map_err(Fault::Value)? <= 1e9, "it is more than a thousand million a second")
        }
        (Kind::Probability, Value::Integer(_) | Value::Number(_)) => number_within(value, 0.0, 1.0),
        (Kind::Number { min, max }, Value::Integer(_) | Value::Number(_)) => number_within(value, *min, *max),
        (Kind::Integer { min, max }, Value::Integer(number)) => {
            limit(number >= min, "it is too small")?;
            limit(number <= max, "it is too large")
        }
        // Beyond 64 bits, and so beyond the limits of every key.
        (Kind::Integer { .. } | Kind::Number { .. } | Kind::Probability, Value::LargeInteger(digits)) => {
            let reason = if digits.starts_with('-') { "it is too small" } else { "it is too large" };
            Err(Fault::Limit(reason.to_owned()))
        }
        (Kind::Integer { .. }, Value::Number(_)) => Err(Fault::Value("it is no whole number of that size".to_owned())),
        (Kind::Text(_), Value::Text(text)) => printable(text, TEXT_AT_MOST),
        (Kind::Json(_), Value::Text(text)) => {
            let reason = format!("it is longer than {JSON_AT_MOST} bytes, AWS's largest payload");
            within(text.len() <= JSON_AT_MOST, &reason)?;
            printable(&text.replace(['\n', '\r', '\t'], " "), JSON_AT_MOST)
        }
        (Kind::Label, Value::Text(text)) => printable(text, LABEL_AT_MOST),
        (Kind::Slug, Value::Text(text)) => within(is_slug(text), "it becomes the name of a folder"),
        (Kind::DateTime, Value::Text(text) | Value::DateTime(text)) => {
            units::instant(text).map(|_| ()).map_err(Fault::Value)
        }
        (Kind::TimeOfDay, Value::Text(text) | Value::DateTime(text)) => {
            units::time_of_day(text).map(|_| ()).map_err(Fault::Value)
        }
        (Kind::Choice(words), Value::Text(text)) => {
            within(words.iter().any(|word| word.word == text), "it is no such word")
        }
        (Kind::Metric, Value::Text(text)) => metric(text),
        _ => Err(Fault::Type),
    }
}

fn metric(name: &str) -> Result<(), Fault> {
    within(catalogue::find(name).is_some(), "there is no such metric")?;
    let whole = metrics().any(|metric| metric.name == name);
    within(whole, "it has no figure for a whole strategy; a bound on a latency metric gives the share within it")
}

fn printable(text: &str, longest: usize) -> Result<(), Fault> {
    within(!text.trim().is_empty(), "it is empty")?;
    within(text.chars().count() <= longest, &format!("it is longer than {longest} characters"))?;
    within(!text.chars().any(char::is_control), "it holds control characters")
}

fn within(holds: bool, reason: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::Value(reason.to_owned())) }
}

fn limit(holds: bool, reason: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::Limit(reason.to_owned())) }
}

fn duration_within(span: Span, min: Span, max: Span, step: Span) -> Result<(), Fault> {
    limit(span >= min, if span == Span::ZERO { "it is zero" } else { "it is too short" })?;
    limit(span <= max, if max == LONGEST { "it is longer than ten years (3652.5d)" } else { "it is too long" })?;
    let whole = span.as_nanos().is_multiple_of(step.as_nanos());
    limit(whole, &format!("it is no multiple of {}", written(step)))
}

fn number_within(value: &Value, min: f64, max: f64) -> Result<(), Fault> {
    let number = match value {
        Value::Integer(number) => *number as f64,
        Value::Number(number) => *number,
        _ => return Err(Fault::Type),
    };
    within(number.is_finite(), "it is no finite number")?;
    limit(number >= min, "it is too small")?;
    limit(number <= max, "it is too large")
}

/// A value, for messages.
pub(super) fn value_text(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::DateTime(text) | Value::LargeInteger(text) => text.clone(),
        _ => "that".to_owned(),
    }
}

/// A bare number where a unit is needed, as a number or in a text: how it might be written.
pub(super) fn unit_hint(kind: &Kind, node: &Node) -> Option<String> {
    let number = match &node.value {
        Value::Text(text) => {
            text.trim().parse::<f64>().ok().filter(|number| *number >= 0.0).map(|_| text.trim().to_owned())?
        }
        Value::Integer(_) | Value::Number(_) | Value::LargeInteger(_) => value_text(&node.value),
        _ => return None,
    };
    let kind = match kind {
        Kind::ByType(types) => types.text.as_ref()?,
        kind => kind,
    };
    let unit = match kind {
        Kind::Duration { .. } | Kind::DurationOr(_) => "s",
        Kind::Memory { .. } => "MB",
        Kind::Bytes => "B",
        Kind::Rate => "/s",
        _ => return None,
    };
    Some(format!("a bare number has no unit: write \"{number}{unit}\""))
}

/// The nearest word of a choice.
pub(super) fn nearest_choice(kind: &Kind, value: &Value) -> Option<&'static str> {
    let Value::Text(text) = value else { return None };
    match kind {
        Kind::Choice(words) => nearest(text, words.iter().map(|word| word.word)),
        // A metric that is refused for what it is was spelled right.
        Kind::Metric if catalogue::find(text).is_some() => None,
        Kind::Metric => nearest(text, metrics().map(|metric| metric.name)),
        _ => None,
    }
}
fn is_slug(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&text.len()) && text.chars().all(allowed)
}
