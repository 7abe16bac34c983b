//! Replay of a recorded stream, read a row at a time: memory grows with `reorder`, never with the file.
//!
//! | form | an item arrives | it carries |
//! |---|---|---|
//! | timestamps | at the row's time, from the trace's first arrival | key, size and service time, as the columns say |
//! | invocations | at `end_timestamp - duration`, from the trace's first arrival | key of its `func`, service time |
//! | minute counts | uniformly within its minute, from the start of minute 1 | nothing |
//!
//! `load` repeats each row: once for each whole part, and once more with the chance of the fraction. The first copy
//! keeps the row's time; the others are spread uniformly over the gap to the next row, and come all at once after the
//! last. A minute's count is multiplied alike.

mod date_time;
mod invocations;
mod minutes;
mod number;
mod records;
mod reorder;
mod replay;
pub(crate) mod table;
mod timestamps;

use std::path::{Path, PathBuf};

use crate::kernel::{Root, Span, Time};

use super::error::ArrivalError;
use super::settings::{TraceFormat, TraceSettings};
use invocations::Invocations;
use minutes::{Minutes, TooManyInOne};
use reorder::Ordered;
use replay::Replay;
use table::{Source, Table};
use timestamps::Timestamps;

/// What the trace itself says of an item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Carried {
    pub(super) key: Option<u64>,
    pub(super) size: Option<u64>,
    pub(super) service: Option<Span>,
}

/// One arrival of a trace, on the trace's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    at_ns: i64,
    /// Of the file, from 1; decides between rows of one instant.
    line: u64,
    carried: Carried,
}

/// How a row of the table becomes an arrival.
#[derive(Debug)]
enum Form {
    Timestamps(Timestamps),
    Invocations(Invocations),
}

impl Form {
    /// The arrival of the table's current row; nothing if it is of a function that was not asked for.
    fn row(&self, table: &Table) -> Result<Option<Row>, ArrivalError> {
        match self {
            Self::Timestamps(form) => form.row(table).map(Some),
            Self::Invocations(form) => form.row(table),
        }
    }

    /// Why there may be no rows at all.
    fn nothing(&self) -> String {
        match self {
            Self::Timestamps(_) => "no rows; expected at least one arrival".to_owned(),
            Self::Invocations(form) => form.nothing(),
        }
    }
}

/// The most items of a stream in one run. How many a trace will have is known only as it is read.
pub(crate) const ITEMS_MAX: u64 = 2_000_000_000;

/// A trace being replayed.
#[derive(Debug)]
pub(super) struct Trace {
    kind: Kind,
    path: PathBuf,
    /// How many items it may still give.
    left: u64,
}

#[derive(Debug)]
enum Kind {
    Rows(Box<Replay>),
    Minutes(Minutes),
}

impl Trace {
    /// Opens the file and reads its header (minute counts are summed at once: 1,440 counters).
    pub(super) fn open(settings: &TraceSettings, load: f64, root: &Root, stream: &str) -> Result<Self, ArrivalError> {
        let path = settings.path.as_path();
        let unreadable = |source| ArrivalError::Unreadable { path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        Self::from_source(Box::new(file), path, settings, load, root, stream)
    }

    /// Reads the bytes of `source`; `path` stands in messages.
    pub(super) fn from_source(
        source: Source,
        path: &Path,
        settings: &TraceSettings,
        load: f64,
        root: &Root,
        stream: &str,
    ) -> Result<Self, ArrivalError> {
        let mut table = Table::open(source, path)?;
        let pace = Pace { skip_ns: settings.skip.as_nanos(), speed: settings.speed };
        let ready = |kind| Self { kind, path: path.to_owned(), left: ITEMS_MAX };
        let form = match &settings.format {
            TraceFormat::Timestamps { time, unit, key, size, service } => {
                let names = [key, size, service].map(Option::as_deref);
                Form::Timestamps(Timestamps::new(&table, time, *unit, names)?)
            }
            TraceFormat::Invocations { function } => Form::Invocations(Invocations::new(&table, function.as_deref())?),
            TraceFormat::MinuteCounts { function } => {
                let counts = minutes::read(&mut table, function.as_deref())?;
                let minutes = Minutes::new(counts, pace, load, root, stream);
                return Ok(ready(Kind::Minutes(minutes.map_err(|TooManyInOne| too_many(path))?)));
            }
        };
        let rows = Ordered::new(table, form, settings.reorder);
        Ok(ready(Kind::Rows(Box::new(Replay::new(rows, pace, load, root, stream)))))
    }

    /// The next item: when it arrives in the run, and what it carries.
    pub(super) fn next(&mut self) -> Result<Option<(Time, Carried)>, ArrivalError> {
        let item = match &mut self.kind {
            Kind::Rows(replay) => replay.next()?,
            Kind::Minutes(minutes) => {
                let at = minutes.next().map_err(|TooManyInOne| too_many(&self.path))?;
                at.map(|at| (at, Carried::default()))
            }
        };
        if item.is_some() {
            self.left = self.left.checked_sub(1).ok_or_else(|| too_many(&self.path))?;
        }
        Ok(item)
    }
}

fn too_many(path: &Path) -> ArrivalError {
    ArrivalError::TooManyItems { path: path.to_owned(), limit: ITEMS_MAX }
}

/// From the trace's clock to the run's.
#[derive(Debug, Clone, Copy)]
struct Pace {
    skip_ns: u64,
    speed: f64,
}

impl Pace {
    /// The run's time at so many nanoseconds into the trace; nothing for what is skipped.
    fn run_time(&self, into_trace_ns: u64) -> Option<Time> {
        let nanos = into_trace_ns.checked_sub(self.skip_ns)?;
        // A speed of 1 keeps every nanosecond; another cannot.
        let nanos = if self.speed == 1.0 { nanos } else { (nanos as f64 / self.speed + 0.5) as u64 };
        Some(Time::from_nanos(nanos))
    }
}

#[cfg(test)]
mod tests;
