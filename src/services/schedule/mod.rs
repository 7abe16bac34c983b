//! EventBridge scheduled rules: `cron(...)` and `rate(...)` expressions, in AWS's own grammar, always in UTC.
//!
//! Kept, with its source in the EventBridge user guide ("Schedule expressions for rules") unless another is named:
//!
//! - `cron(minutes hours day-of-month month day-of-week year)`: six fields, 1 = Sunday, years 1970 to 2199; exactly one
//!   of the two day fields is `?` (PutRule refuses `cron(0 1 * * * *)`);
//! - `,` `-` `*` `/` in every field, `L` and `W` in day-of-month, `L` and `#` in day-of-week, one expression in the field
//!   with `#`; a range may wrap (`20-2` hours); a day that does not exist is skipped;
//! - `rate(value unit)`: 1 takes the singular, more the plural, lower case, one blank (as PutRule answers). It starts at the
//!   creation of the rule, which is the start of the run here, and a day is 24 hours;
//! - at most 256 characters; nothing faster than once a minute.
//!
//! Where the guide is silent, the grammar follows Quartz, whose dialect it describes: names in any case, `LW` (last
//! Monday-to-Friday of the month), `L-n` (n days before the last), steps in day-of-week; `nW` stays inside its month and
//! skips a month without day n; `L`, `W` and `#` stand alone in their field. A step of 0 is refused.
//!
//! The `croner` crate was weighed and falls short: it does not read a bare `L` in day-of-week (Saturday here), and it
//! accepts forms that AWS refuses, where a scenario has to be told which bytes of its expression AWS would not take.
//!
//! EventBridge Scheduler ([`Grammar::Scheduler`], its user guide, "Schedule types") reads the same and more: `at(…)` once, a
//! rate's unit in singular or plural whatever the value, and the time zone of a schedule ([`time_zone`]), whose clocks tell
//! when a `cron(…)` or an `at(…)` fires: a time that they skip in spring is skipped, and one that they show twice in autumn
//! fires once, the first time. A day of a rate is 24 hours in every zone.
//!
//! Left out: the up to 60 seconds by which AWS fires late inside the minute, and double firing; they belong to delivery.

mod cron;
mod error;
mod parse;
mod value_set;

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use crate::kernel::{Span, Time};
use cron::Cron;
pub use error::ScheduleError;

/// A valid schedule expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    text: String,
    rule: Rule,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Cron(Cron),
    Rate(Span),
    At(DateTime),
}

/// Whose grammar an expression is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// Scheduled rules of EventBridge: `cron(…)` and `rate(…)`, in UTC.
    Rule,
    /// EventBridge Scheduler: `at(…)` too, and rates in singular or plural.
    Scheduler,
}

/// The time zone of an IANA name such as `Europe/Berlin`, by the rules that are built into the program: the machine's own
/// do not matter.
#[must_use]
pub fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// The IANA names of the time zones there are, sorted.
#[must_use]
pub fn time_zones() -> Vec<String> {
    let mut names: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
    names.sort_unstable();
    names
}

impl Expression {
    /// The longest expression PutRule takes, in characters.
    pub const LENGTH_MAX: usize = 256;

    /// Reads an expression such as `cron(0 2 * * ? *)` or `rate(5 minutes)`.
    ///
    /// # Errors
    ///
    /// [`ScheduleError::Syntax`] says which field is wrong, where in `text`, and what it could have been.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        Self::parse_by(Grammar::Rule, text)
    }

    /// Reads an expression by one of the grammars.
    ///
    /// # Errors
    ///
    /// As [`Expression::parse`].
    pub fn parse_by(grammar: Grammar, text: &str) -> Result<Self, ScheduleError> {
        parse::rule(grammar, text).map(|rule| Self { text: text.to_owned(), rule })
    }

    /// The interval of a `rate` expression; none for the others.
    #[must_use]
    pub fn interval(&self) -> Option<Span> {
        match self.rule {
            Rule::Cron(_) | Rule::At(_) => None,
            Rule::Rate(interval) => Some(interval),
        }
    }

    /// Whether the rule fires at this instant. A rate fires at every whole interval since `created`.
    #[must_use]
    pub fn matches(&self, instant: Timestamp, created: Timestamp) -> bool {
        match &self.rule {
            Rule::Cron(cron) => cron.matches(instant),
            Rule::At(_) => self.first_at_or_after(instant) == Some(instant),
            Rule::Rate(interval) => {
                let age = instant.as_nanosecond() - created.as_nanosecond();
                age >= 0 && age % i128::from(interval.as_nanos()) == 0
            }
        }
    }

    /// The first time it fires at or after `instant`; none where it never fires again (the last year is 2199).
    ///
    /// A rate has no clock of its own: the rule is taken to be created at `instant`, so this is `instant` itself.
    #[must_use]
    pub fn first_at_or_after(&self, instant: Timestamp) -> Option<Timestamp> {
        match &self.rule {
            Rule::Cron(cron) => cron.first_at_or_after(instant),
            Rule::Rate(_) | Rule::At(_) => self.first_in_zone(instant, &TimeZone::UTC),
        }
    }

    /// The same by the clocks of a time zone.
    #[must_use]
    pub fn first_in_zone(&self, instant: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match &self.rule {
            Rule::Cron(cron) => cron.first_in_zone(instant, zone),
            Rule::Rate(_) => Some(instant),
            Rule::At(civil) => cron::instant_of(*civil, zone).filter(|&at| at >= instant),
        }
    }

    /// The first time it fires after `instant`, which for a rate is taken to be a time it fired.
    #[must_use]
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        self.first_at_or_after(self.step_after(instant)?)
    }

    /// From where the time after one that it fired is looked for.
    fn step_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let step = self.interval().map_or(1, |interval| i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX));
        instant.checked_add(SignedDuration::from_nanos(step)).ok()
    }

    /// Every time it fires in a run that begins at `start` and whose schedules end before `horizon`, relative to `start`.
    ///
    /// # Errors
    ///
    /// [`ScheduleError::TooManyTicks`] where there are more than `limit` of them.
    pub fn ticks(&self, start: Timestamp, horizon: Span, limit: usize) -> Result<Vec<Time>, ScheduleError> {
        self.collect(start, horizon, limit, |from| self.first_at_or_after(from))
    }

    /// The same by the clocks of a time zone.
    ///
    /// # Errors
    ///
    /// As [`Expression::ticks`].
    pub fn ticks_in_zone(
        &self,
        zone: &TimeZone,
        start: Timestamp,
        horizon: Span,
        limit: usize,
    ) -> Result<Vec<Time>, ScheduleError> {
        self.collect(start, horizon, limit, |from| self.first_in_zone(from, zone))
    }

    fn collect(
        &self,
        start: Timestamp,
        horizon: Span,
        limit: usize,
        first: impl Fn(Timestamp) -> Option<Timestamp>,
    ) -> Result<Vec<Time>, ScheduleError> {
        let mut ticks = Vec::new();
        let mut next = first(start);
        while let Some(instant) = next {
            let since = u64::try_from(instant.as_nanosecond() - start.as_nanosecond()).unwrap_or(u64::MAX);
            if since >= horizon.as_nanos() {
                break;
            }
            if ticks.len() == limit {
                return Err(ScheduleError::TooManyTicks { expression: self.text.clone(), limit });
            }
            ticks.push(Time::from_nanos(since));
            next = self.step_after(instant).and_then(&first);
        }
        Ok(ticks)
    }
}

/// As it was written.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Expression {
    type Err = ScheduleError;
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
