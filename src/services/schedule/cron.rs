//! When a cron rule fires: by year, month, day, hour and minute, never minute by minute.

use jiff::Span as Step;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::value_set::ValueSet;

/// The first year a rule may name; years are kept relative to it.
pub(super) const YEAR_MIN: u16 = 1970;
/// The last year a rule may name.
pub(super) const YEAR_MAX: u16 = 2199;

const MINUTE_NANOS: i128 = 60_000_000_000;
const SATURDAY: u8 = 7;
const SUNDAY: u8 = 1;

/// A cron rule, as sets of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    pub(super) minutes: ValueSet,
    pub(super) hours: ValueSet,
    pub(super) days: Days,
    pub(super) months: ValueSet,
    /// Years since [`YEAR_MIN`].
    pub(super) years: ValueSet,
}

/// The days of a month on which a rule fires. Weekdays are 1 (Sunday) to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Days {
    /// Days by their number.
    OfMonth(ValueSet),
    /// So many days before the last (`L`, `L-2`).
    BeforeLast(u8),
    /// The Monday-to-Friday nearest to a day, inside the month (`15W`).
    NearestWorkday(u8),
    /// The last Monday-to-Friday (`LW`).
    LastWorkday,
    /// Weekdays.
    OfWeek(ValueSet),
    /// The last such weekday (`6L`).
    LastOfWeek(u8),
    /// The n-th such weekday (`3#2`).
    Nth(u8, u8),
}

/// A month of a year: what its days depend on.
#[derive(Debug, Clone, Copy)]
struct Month {
    days: u8,
    /// Weekday of the first, 0 = Sunday.
    first: u8,
}

impl Month {
    fn weekday(self, day: u8) -> u8 {
        (self.first + day - 1) % 7 + 1
    }

    fn nearest_workday(self, day: u8) -> u8 {
        match self.weekday(day) {
            SATURDAY if day == 1 => 3,
            SATURDAY => day - 1,
            SUNDAY if day == self.days => day - 2,
            SUNDAY => day + 1,
            _ => day,
        }
    }
}

impl Days {
    fn contain(self, month: Month, day: u8) -> bool {
        match self {
            Self::OfMonth(days) => days.contains(u16::from(day)),
            Self::BeforeLast(back) => day + back == month.days,
            Self::NearestWorkday(near) => near <= month.days && day == month.nearest_workday(near),
            Self::LastWorkday => day == month.nearest_workday(month.days),
            Self::OfWeek(weekdays) => weekdays.contains(u16::from(month.weekday(day))),
            Self::LastOfWeek(weekday) => month.weekday(day) == weekday && day + 7 > month.days,
            Self::Nth(weekday, nth) => month.weekday(day) == weekday && day.div_ceil(7) == nth,
        }
    }
}

impl Cron {
    /// Whether it fires at this instant, to the nanosecond.
    pub(super) fn matches(&self, instant: Timestamp) -> bool {
        self.first_at_or_after(instant) == Some(instant)
    }

    /// The first time it fires at or after `instant`; none after [`YEAR_MAX`].
    pub(super) fn first_at_or_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let found = self.first_civil(next_whole_minute(instant)?)?;
        Offset::UTC.to_timestamp(found).ok()
    }

    /// The same by the clocks of a time zone: a time that they skip in spring is no time to fire, and one that they show
    /// twice in autumn is the first.
    pub(super) fn first_in_zone(&self, instant: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut from = next_whole_minute_in(instant, zone)?;
        loop {
            let civil = self.first_civil(from)?;
            if let Some(found) = instant_of(civil, zone).filter(|&found| found >= instant) {
                return Some(found);
            }
            from = civil.checked_add(Step::new().minutes(1)).ok()?;
        }
    }

    /// The first time on a clock, at or after a whole minute.
    fn first_civil(&self, from: DateTime) -> Option<DateTime> {
        let first_year = u16::try_from(from.year()).ok().filter(|&year| year >= YEAR_MIN)?;
        for year in self.years.from(first_year - YEAR_MIN).map(|since| since + YEAR_MIN) {
            let first_month = if year == first_year { from.month() as u16 } else { 1 };
            let mut months = self.months.from(first_month);
            if let Some(found) = months.find_map(|month| self.in_month(year as i16, month as i8, from)) {
                return Some(found);
            }
        }
        None
    }

    /// The first time in a month, not before `from` where that lies in it.
    fn in_month(&self, year: i16, month: i8, from: DateTime) -> Option<DateTime> {
        let first = Date::new(year, month, 1).ok()?;
        let shape = Month { days: first.days_in_month() as u8, first: first.weekday().to_sunday_zero_offset() as u8 };
        let starts_inside = (from.year(), from.month()) == (year, month);
        let first_day = if starts_inside { from.day() as u8 } else { 1 };
        (first_day..=shape.days).filter(|&day| self.days.contain(shape, day)).find_map(|day| {
            let (hour, minute) = if starts_inside && day == first_day {
                self.time_of_day(from.hour() as u16, from.minute() as u16)?
            } else {
                self.time_of_day(0, 0)?
            };
            Some(DateTime::constant(year, month, day as i8, hour as i8, minute as i8, 0, 0))
        })
    }

    /// The first hour and minute of a day from the given ones on.
    fn time_of_day(&self, hour: u16, minute: u16) -> Option<(u16, u16)> {
        let in_hour = |at: u16| Some((at, self.minutes.from(if at == hour { minute } else { 0 }).next()?));
        self.hours.from(hour).find_map(in_hour)
    }
}

/// The first whole minute at or after an instant, in UTC and not before [`YEAR_MIN`].
fn next_whole_minute(instant: Timestamp) -> Option<DateTime> {
    let minutes = instant.as_nanosecond().max(0).div_euclid(MINUTE_NANOS);
    let whole = minutes * MINUTE_NANOS;
    let up = if instant.as_nanosecond() > whole { whole + MINUTE_NANOS } else { whole };
    Timestamp::from_nanosecond(up).ok().map(|up| Offset::UTC.to_datetime(up))
}

/// The same by the clocks of a time zone.
fn next_whole_minute_in(instant: Timestamp, zone: &TimeZone) -> Option<DateTime> {
    let shown = zone.to_datetime(instant);
    let whole = shown.with().second(0).subsec_nanosecond(0).build().ok()?;
    if whole == shown { Some(whole) } else { whole.checked_add(Step::new().minutes(1)).ok() }
}

/// When clocks of a zone show a time: never where they are put forward over it, and first where they show it twice.
pub(super) fn instant_of(civil: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(civil).ok()
        }
        AmbiguousOffset::Gap { .. } => None,
    }
}
