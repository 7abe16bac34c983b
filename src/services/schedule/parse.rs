//! From the text of an expression to a rule.

use std::ops::RangeInclusive;

use super::cron::{Cron, Days, YEAR_MAX, YEAR_MIN};
use super::value_set::ValueSet;
use super::{Expression, Grammar, Rule, ScheduleError};
use crate::kernel::Span;
use jiff::civil::DateTime;

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Units of a rate, for one and for more, in seconds.
const UNITS: [(&str, &str, u64); 3] = [("minute", "minutes", 60), ("hour", "hours", 3_600), ("day", "days", 86_400)];

/// A field of a cron expression.
struct Field {
    name: &'static str,
    values: RangeInclusive<u16>,
    /// Names of the values from the first one up.
    names: &'static [&'static str],
    expected: &'static str,
}

const MINUTES: Field =
    Field { name: "minutes", values: 0..=59, names: &[], expected: "0-59, `*`, or lists, ranges and steps of them" };
const HOURS: Field =
    Field { name: "hours", values: 0..=23, names: &[], expected: "0-23, `*`, or lists, ranges and steps of them" };
const DAY_OF_MONTH: Field = Field {
    name: "day-of-month",
    values: 1..=31,
    names: &[],
    expected: "1-31, `*`, lists, ranges and steps of them, or alone `?`, `L`, `LW`, `L-3`, `15W`",
};
const MONTH: Field = Field {
    name: "month",
    values: 1..=12,
    names: MONTHS,
    expected: "1-12 or JAN-DEC, `*`, or lists, ranges and steps of them",
};
const DAY_OF_WEEK: Field = Field {
    name: "day-of-week",
    values: 1..=7,
    names: WEEKDAYS,
    expected: "1-7 (1 is Sunday) or SUN-SAT, `*`, lists, ranges and steps of them, or alone `?`, `L`, `6L`, `FRI#2`",
};
const YEAR: Field = Field {
    name: "year",
    values: YEAR_MIN..=YEAR_MAX,
    names: &[],
    expected: "1970-2199, `*`, or lists, ranges and steps of them",
};

/// Part of an expression and where it stands in it.
#[derive(Clone, Copy)]
struct Piece<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Piece<'a> {
    fn error(self, field: &'static str, expected: impl Into<String>) -> ScheduleError {
        let range = self.start..self.start + self.text.len();
        ScheduleError::Syntax { field, range, value: self.text.to_owned(), expected: expected.into() }
    }

    /// Its parts between the separators, empty ones too.
    fn split(self, separator: char) -> impl Iterator<Item = Piece<'a>> {
        let mut start = self.start;
        self.text.split(separator).map(move |text| {
            let piece = Piece { text, start };
            start += text.len() + separator.len_utf8();
            piece
        })
    }

    /// What stands before and after the first separator.
    fn split_once(self, separator: char) -> Option<(Piece<'a>, Piece<'a>)> {
        let (before, after) = self.text.split_once(separator)?;
        let start = self.start + before.len() + separator.len_utf8();
        Some((Piece { text: before, ..self }, Piece { text: after, start }))
    }
}

/// Reads a whole expression.
pub(super) fn rule(grammar: Grammar, text: &str) -> Result<Rule, ScheduleError> {
    let whole = Piece { text, start: 0 };
    if text.chars().count() > Expression::LENGTH_MAX {
        return Err(whole.error("expression", format!("at most {} characters", Expression::LENGTH_MAX)));
    }
    let inside = |opening: &str| {
        let inner = text.strip_prefix(opening)?.strip_suffix(')')?;
        Some(Piece { text: inner, start: opening.len() })
    };
    if let Some(inner) = inside("cron(") {
        cron(inner).map(Rule::Cron)
    } else if let Some(inner) = inside("rate(") {
        rate(grammar, inner).map(Rule::Rate)
    } else if let (Grammar::Scheduler, Some(inner)) = (grammar, inside("at(")) {
        at(inner).map(Rule::At)
    } else {
        let expected = "`cron(minutes hours day-of-month month day-of-week year)` or `rate(value unit)`";
        let once = if grammar == Grammar::Scheduler { ", or `at(yyyy-mm-ddThh:mm:ss)`" } else { "" };
        Err(whole.error("expression", format!("{expected}{once}")))
    }
}

/// A date and a time of day, to the second and without a zone.
fn at(inner: Piece<'_>) -> Result<DateTime, ScheduleError> {
    let digits_stand = inner.text.len() == "yyyy-mm-ddThh:mm:ss".len() && inner.text.as_bytes()[10] == b'T';
    let civil = inner.text.parse::<DateTime>().ok().filter(|_| digits_stand);
    civil.ok_or_else(|| inner.error("time", "`yyyy-mm-ddThh:mm:ss`, without a zone: `time-zone` says which"))
}

fn rate(grammar: Grammar, inner: Piece<'_>) -> Result<Span, ScheduleError> {
    let (value, unit) =
        inner.split_once(' ').ok_or_else(|| inner.error("rate", "a value, one blank and a unit, as in `5 minutes`"))?;
    let number = Some(value.text)
        .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse::<u64>().ok())
        .filter(|&number| number > 0)
        .ok_or_else(|| value.error("rate value", "a whole number of at least 1"))?;
    let fits = |singular: &str, plural: &str| match grammar {
        Grammar::Rule => unit.text == if number == 1 { singular } else { plural },
        Grammar::Scheduler => [singular, plural].contains(&unit.text),
    };
    let seconds = UNITS.into_iter().find_map(|(singular, plural, seconds)| fits(singular, plural).then_some(seconds));
    let one = grammar == Grammar::Rule && number == 1;
    let expected = if one { "`minute`, `hour` or `day`" } else { "`minutes`, `hours` or `days`" };
    let seconds = seconds.ok_or_else(|| unit.error("rate unit", expected))?;
    let nanos = number.checked_mul(seconds * 1_000_000_000);
    // Half the clock, so that an interval fits a signed duration.
    let nanos = nanos.filter(|&nanos| nanos <= u64::MAX / 2);
    nanos.map(Span::from_nanos).ok_or_else(|| value.error("rate value", "an interval under 292 years"))
}

fn cron(inner: Piece<'_>) -> Result<Cron, ScheduleError> {
    let fields: Vec<Piece<'_>> =
        inner.split(' ').flat_map(|piece| piece.split('\t')).filter(|piece| !piece.text.is_empty()).collect();
    let &[minutes, hours, day_of_month, month, day_of_week, year] = fields.as_slice() else {
        let expected =
            format!("six fields (minutes hours day-of-month month day-of-week year), found {}", fields.len());
        return Err(inner.error("expression", expected));
    };
    let mut years = ValueSet::default();
    for value in values(year, &YEAR)? {
        years.insert(value - YEAR_MIN);
    }
    Ok(Cron {
        minutes: set(minutes, &MINUTES)?,
        hours: set(hours, &HOURS)?,
        days: days(day_of_month, day_of_week)?,
        months: set(month, &MONTH)?,
        years,
    })
}

/// Exactly one of the two is `?`; the other says on which days.
fn days(day_of_month: Piece<'_>, day_of_week: Piece<'_>) -> Result<Days, ScheduleError> {
    match (day_of_month.text == "?", day_of_week.text == "?") {
        (false, true) => days_of_month(day_of_month),
        (true, false) => days_of_week(day_of_week),
        (true, true) => Err(day_of_week.error(DAY_OF_WEEK.name, "a value or `*`, as day-of-month is `?`")),
        (false, false) => {
            Err(day_of_week.error(DAY_OF_WEEK.name, "`?`, as day-of-month is not (one of the two must be)"))
        }
    }
}

fn days_of_month(field: Piece<'_>) -> Result<Days, ScheduleError> {
    let upper = field.text.to_ascii_uppercase();
    let refused = || field.error(DAY_OF_MONTH.name, DAY_OF_MONTH.expected);
    match upper.as_str() {
        "L" => return Ok(Days::BeforeLast(0)),
        "LW" => return Ok(Days::LastWorkday),
        _ => {}
    }
    if let Some(back) = upper.strip_prefix("L-") {
        let back = number(back).filter(|back| (1..=30).contains(back)).ok_or_else(refused)?;
        return Ok(Days::BeforeLast(back as u8));
    }
    if let Some(day) = upper.strip_suffix('W') {
        let day = number(day).filter(|day| DAY_OF_MONTH.values.contains(day)).ok_or_else(refused)?;
        return Ok(Days::NearestWorkday(day as u8));
    }
    set(field, &DAY_OF_MONTH).map(Days::OfMonth)
}

fn days_of_week(field: Piece<'_>) -> Result<Days, ScheduleError> {
    let refused = || field.error(DAY_OF_WEEK.name, DAY_OF_WEEK.expected);
    if let Some((weekday, nth)) = field.split_once('#') {
        let nth = number(nth.text).filter(|nth| (1..=5).contains(nth)).ok_or_else(refused)?;
        return Ok(Days::Nth(value(weekday, &DAY_OF_WEEK)? as u8, nth as u8));
    }
    match field.text.strip_suffix(['L', 'l']) {
        Some("") => Ok(Days::OfWeek(range(7, 7, 1, &DAY_OF_WEEK).fold(ValueSet::default(), with))),
        Some(weekday) => {
            let weekday = value(Piece { text: weekday, ..field }, &DAY_OF_WEEK).map_err(|_| refused())?;
            Ok(Days::LastOfWeek(weekday as u8))
        }
        None => set(field, &DAY_OF_WEEK).map(Days::OfWeek),
    }
}

fn with(mut set: ValueSet, value: u16) -> ValueSet {
    set.insert(value);
    set
}

fn set(piece: Piece<'_>, field: &Field) -> Result<ValueSet, ScheduleError> {
    Ok(values(piece, field)?.into_iter().fold(ValueSet::default(), with))
}

/// The values of a list of `*`, values and ranges, each with or without a step.
fn values(piece: Piece<'_>, field: &Field) -> Result<Vec<u16>, ScheduleError> {
    let mut values = Vec::new();
    for item in piece.split(',') {
        let (base, step) = match item.split_once('/') {
            Some((base, step)) => {
                let expected = "a whole number of at least 1 after `/`";
                let step =
                    number(step.text).filter(|&step| step > 0).ok_or_else(|| step.error(field.name, expected))?;
                (base, Some(step))
            }
            None => (item, None),
        };
        let (first, last) = match base.split_once('-') {
            Some((first, last)) => (value(first, field)?, value(last, field)?),
            None if base.text == "*" => (*field.values.start(), *field.values.end()),
            // A step runs on from a single value to the end of the field.
            None => {
                value(base, field).map(|first| (first, if step.is_some() { *field.values.end() } else { first }))?
            }
        };
        values.extend(range(first, last, step.unwrap_or(1), field));
    }
    Ok(values)
}

/// From `first` by `step` to `last`, through the end of the field and on from its start where `last` is the smaller.
fn range(first: u16, last: u16, step: u16, field: &Field) -> impl Iterator<Item = u16> {
    let (least, size) = (*field.values.start(), field.values.end() - field.values.start() + 1);
    let length = if last >= first { last - first } else { last + size - first };
    (0..=length).step_by(usize::from(step)).map(move |offset| least + (first - least + offset) % size)
}

/// One value, by number or by name in any case.
fn value(piece: Piece<'_>, field: &Field) -> Result<u16, ScheduleError> {
    let named = field.names.iter().position(|name| name.eq_ignore_ascii_case(piece.text));
    let by_name = named.map(|place| field.values.start() + place as u16);
    by_name
        .or_else(|| number(piece.text).filter(|number| field.values.contains(number)))
        .ok_or_else(|| piece.error(field.name, field.expected))
}

/// Digits only; a zero in front is for two digits (`05`).
fn number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = text.starts_with('0') && text.len() > 2;
    if digits && !padded { text.parse().ok() } else { None }
}
