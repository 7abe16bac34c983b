//! Single expressions: schedules, what varies, conditions.

use std::str::FromStr;

use jiff::Timestamp;
use simctl::experiment::sweep::Shard;
use simctl::kernel::Span;
use simctl::scenario::{Condition, Override, Sampling, Vary};
use simctl::services::schedule::{Expression, Grammar, time_zone};

/// Ticks that a schedule is asked for at most.
const TICKS: usize = 64;

/// A schedule's expression on the first line, a time zone on the second.
pub fn schedule(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (text, zone) = text.split_once('\n').unwrap_or((text, "UTC"));
    let start: Timestamp = "2026-03-28T23:59:30Z".parse().expect("an instant");
    for grammar in [Grammar::Rule, Grammar::Scheduler] {
        let expression = match Expression::parse_by(grammar, text) {
            Ok(expression) => expression,
            Err(error) => {
                let _ = error.to_string();
                continue;
            }
        };
        let again = Expression::parse_by(grammar, &expression.to_string());
        assert_eq!(again.as_ref(), Ok(&expression), "what is printed reads back");
        if let Some(first) = expression.first_at_or_after(start) {
            assert!(first >= start, "{text}: {first} is before {start}");
            assert!(expression.matches(first, start), "{text}: it does not match {first}");
            assert!(expression.next_after(first).is_none_or(|next| next > first), "{text}: it stands still");
        }
        let month = Span::from_secs(31 * 24 * 3_600);
        rising(expression.ticks(start, month, TICKS).as_deref().unwrap_or_default());
        if let Some(zone) = time_zone(zone) {
            rising(expression.ticks_in_zone(&zone, start, month, TICKS).as_deref().unwrap_or_default());
        }
    }
}

fn rising(ticks: &[simctl::kernel::Time]) {
    assert!(ticks.len() <= TICKS && ticks.windows(2).all(|pair| pair[0] < pair[1]), "{ticks:?}");
}

/// A key and its values, as `--vary` takes it.
pub fn vary(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Vary::parse(text) {
        Ok(vary) => {
            let count = vary.count();
            for index in (0..count.unwrap_or(0)).take(20).chain(count.map(|count| count - 1)) {
                look_at(&vary, &vary.value(index));
            }
            for share in [0.0, 0.3, 1.0 - f64::EPSILON, 1.0] {
                look_at(&vary, &vary.at(share));
            }
            let _ = (vary.scale(), vary.is_range(), vary.unit());
        }
        Err(error) => drop(error.to_string()),
    }
}

/// A value of a key that varies is one that can be set.
fn look_at(vary: &Vary, value: &str) {
    let change = vary.change(value).unwrap_or_else(|error| panic!("{}={value}: {error}", vary.key()));
    let _ = (change.as_set(), Vary::number(value));
}

/// The small expressions of the command line: a condition, a change, a way to combine values, a shard.
pub fn conditions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Condition::parse(text) {
        Ok(condition) => assert!(condition.bound.is_finite(), "{text}"),
        Err(error) => drop(error.to_string()),
    }
    match Override::parse(text) {
        Ok(change) => assert!(Override::parse(&change.as_set()).is_ok(), "{text}: what it prints can be set"),
        Err(error) => drop(error.to_string()),
    }
    if let Ok(sampling) = Sampling::from_str(text) {
        assert_eq!(Sampling::from_str(&sampling.to_string()), Ok(sampling));
    }
    match Shard::from_str(text) {
        Ok(shard) => assert!(shard.points(1_000).take(10).all(|point| point < 1_000)),
        Err(error) => drop(error.to_string()),
    }
}
