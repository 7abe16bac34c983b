//! Rows in order of time, as items of the run.

use crate::arrivals::error::ArrivalError;
use crate::arrivals::spread::{Ascending, whole_count};
use crate::kernel::{Draw, Purpose, Root, Time};

use super::reorder::Ordered;
use super::{Carried, Pace, Row};

/// The items of a trace, each row as often as the load says.
#[derive(Debug)]
pub(super) struct Replay {
    rows: Ordered,
    pace: Pace,
    load: f64,
    copies: Purpose,
    offsets: Purpose,
    first_ns: Option<i64>,
    /// The row after the one being replayed: extra copies are spread up to it.
    ahead: Option<Row>,
    ordinal: u64,
    current: Option<Copies>,
}

/// What is left of the row being replayed.
#[derive(Debug)]
struct Copies {
    at: Time,
    gap_ns: f64,
    /// Whether the copy at the row's own time is still to come.
    own: bool,
    extra: Ascending,
    draw: Draw,
    carried: Carried,
}

impl Copies {
    fn next(&mut self) -> Option<(Time, Carried)> {
        if std::mem::take(&mut self.own) {
            return Some((self.at, self.carried));
        }
        let point = self.extra.next(&mut self.draw)?;
        Some((Time::from_nanos(self.at.as_nanos() + (point * self.gap_ns) as u64), self.carried))
    }
}

impl Replay {
    pub(super) fn new(rows: Ordered, pace: Pace, load: f64, root: &Root, stream: &str) -> Self {
        let copies = root.purpose(stream, "copies");
        let offsets = root.purpose(stream, "copy offset");
        Self { rows, pace, load, copies, offsets, first_ns: None, ahead: None, ordinal: 0, current: None }
    }

    /// The next item.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(Time, Carried)>, ArrivalError> {
        if self.load == 1.0 {
            return self.next_once();
        }
        loop {
            if let Some(item) = self.current.as_mut().and_then(Copies::next) {
                return Ok(Some(item));
            }
            if !self.next_row()? {
                return Ok(None);
            }
        }
    }

    /// The next item of a load of one: a row is an item, and nothing is drawn.
    fn next_once(&mut self) -> Result<Option<(Time, Carried)>, ArrivalError> {
        while let Some(row) = self.rows.next()? {
            self.first_ns.get_or_insert(row.at_ns);
            if let Some(at) = self.run_time(row) {
                return Ok(Some((at, row.carried)));
            }
        }
        Ok(None)
    }

    /// Goes to the next row; false at the end of the trace.
    fn next_row(&mut self) -> Result<bool, ArrivalError> {
        let row = match self.ahead.take() {
            Some(row) => row,
            None if self.first_ns.is_some() => return Ok(false),
            None => match self.rows.next()? {
                Some(row) => row,
                None => return Ok(false),
            },
        };
        self.first_ns.get_or_insert(row.at_ns);
        self.ahead = self.rows.next()?;
        self.current = self.copies_of(row);
        self.ordinal += 1;
        Ok(true)
    }

    /// The copies of a row; none if it is skipped to.
    fn copies_of(&self, row: Row) -> Option<Copies> {
        let at = self.run_time(row)?;
        let next = self.ahead.and_then(|row| self.run_time(row)).unwrap_or(at);
        let count = whole_count(self.load, &mut self.copies.draw(self.ordinal, 0));
        Some(Copies {
            at,
            gap_ns: next.since(at).as_nanos() as f64,
            own: count > 0,
            extra: Ascending::new(count.saturating_sub(1)),
            draw: self.offsets.draw(self.ordinal, 0),
            carried: row.carried,
        })
    }

    fn run_time(&self, row: Row) -> Option<Time> {
        self.pace.run_time(row.at_ns.abs_diff(self.first_ns.unwrap_or(row.at_ns)))
    }

    /// How many rows are held back now.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.rows.held()
    }
}
