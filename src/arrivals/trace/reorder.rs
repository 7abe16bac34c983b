//! Rows put in order of time within a bounded window.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::arrivals::error::ArrivalError;
use crate::kernel::Span;

use super::table::Table;
use super::{Form, Row};

/// The most rows held back at once (about 80 MB).
pub(super) const HELD_MAX: usize = 1 << 20;

/// A row, ordered by time and then by its place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held(Row);

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.at_ns, self.0.line).cmp(&(other.0.at_ns, other.0.line))
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The rows of a table in order of time.
///
/// A row may be up to `reorder` behind the latest before it, so whatever is that far behind can be given out: nothing
/// earlier may follow.
#[derive(Debug)]
pub(super) struct Ordered {
    table: Table,
    form: Form,
    reorder_ns: i64,
    latest_ns: Option<i64>,
    held: BinaryHeap<Reverse<Held>>,
    finished: bool,
}

impl Ordered {
    pub(super) fn new(table: Table, form: Form, reorder: Span) -> Self {
        let reorder_ns = i64::try_from(reorder.as_nanos()).unwrap_or(i64::MAX);
        Self { table, form, reorder_ns, latest_ns: None, held: BinaryHeap::new(), finished: false }
    }

    /// The next row in order of time; none at the end of the file.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Row>, ArrivalError> {
        if self.reorder_ns == 0 {
            // Nothing is ever held back.
            return self.read();
        }
        while !self.finished && !self.is_ready() {
            if let Some(row) = self.read()? {
                self.hold(row)?;
            }
        }
        Ok(self.held.pop().map(|Reverse(Held(row))| row))
    }

    /// Whether the earliest row held can have nothing before it.
    fn is_ready(&self) -> bool {
        let Some((Reverse(Held(first)), latest)) = self.held.peek().zip(self.latest_ns) else { return false };
        latest.saturating_sub(first.at_ns) >= self.reorder_ns
    }

    /// The next row in the order of the file; none at its end.
    fn read(&mut self) -> Result<Option<Row>, ArrivalError> {
        while !self.finished {
            if !self.table.advance()? {
                self.finished = true;
                if self.latest_ns.is_none() {
                    let (path, problem) = (self.table.path().to_owned(), self.form.nothing());
                    return Err(ArrivalError::Empty { path, problem });
                }
            } else if let Some(row) = self.form.row(&self.table)? {
                let latest = self.latest_ns.unwrap_or(row.at_ns);
                if latest.saturating_sub(row.at_ns) > self.reorder_ns {
                    return Err(self.late(&row, latest));
                }
                self.latest_ns = Some(latest.max(row.at_ns));
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    #[cold]
    fn late(&self, row: &Row, latest: i64) -> ArrivalError {
        ArrivalError::Late {
            path: self.table.path().to_owned(),
            line: row.line,
            behind_s: latest.saturating_sub(row.at_ns) as f64 / 1e9,
            reorder_s: self.reorder_ns as f64 / 1e9,
        }
    }

    fn hold(&mut self, row: Row) -> Result<(), ArrivalError> {
        if self.held.len() == HELD_MAX {
            return Err(ArrivalError::Crowded { path: self.table.path().to_owned(), line: row.line, limit: HELD_MAX });
        }
        self.held.push(Reverse(Held(row)));
        Ok(())
    }

    /// How many rows are held back now.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }
}
