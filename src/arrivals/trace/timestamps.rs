//! One row an arrival, with a column of times.

use crate::arrivals::error::ArrivalError;
use crate::arrivals::settings::TimeUnit;
use crate::kernel::Span;

use super::number::{expected_time, scaled_positive, time_ns};
use super::table::{Column, Table};
use super::{Carried, Row};

/// The columns that are read.
#[derive(Debug)]
pub(super) struct Timestamps {
    time: Column,
    unit: TimeUnit,
    key: Option<Column>,
    size: Option<Column>,
    service: Option<Column>,
}

impl Timestamps {
    /// Finds the columns in the header: the time, and (if named) key, size and service time.
    pub(super) fn new(
        table: &Table,
        time: &str,
        unit: TimeUnit,
        [key, size, service]: [Option<&str>; 3],
    ) -> Result<Self, ArrivalError> {
        let find = |name: Option<&str>| name.map(|name| table.column(name)).transpose();
        Ok(Self { time: table.column(time)?, unit, key: find(key)?, size: find(size)?, service: find(service)? })
    }

    /// The arrival of the current row.
    pub(super) fn row(&self, table: &Table) -> Result<Row, ArrivalError> {
        let at_ns = table.bytes(&self.time, expected_time(self.unit), |text| time_ns(text, self.unit))?;
        let key = given(table, &self.key, |column| table.key(column))?;
        let size = given(table, &self.size, |column| table.bytes(column, "a number of bytes", bytes))?;
        let service = given(table, &self.service, |column| seconds(table, column))?;
        Ok(Row { at_ns, line: table.line(), carried: Carried { key, size, service } })
    }
}

/// What a column says; nothing where there is no such column or its cell is empty, so that the stream's settings hold.
fn given<T>(
    table: &Table,
    column: &Option<Column>,
    read: impl FnOnce(&Column) -> Result<T, ArrivalError>,
) -> Result<Option<T>, ArrivalError> {
    match column {
        Some(column) if !table.is_empty(column) => read(column).map(Some),
        _ => Ok(None),
    }
}

/// A length of time in decimal seconds.
pub(super) fn seconds(table: &Table, column: &Column) -> Result<Span, ArrivalError> {
    table.bytes(column, "seconds such as 0.25", |text| scaled_positive(text, 9).map(Span::from_nanos))
}

fn bytes(text: &[u8]) -> Option<u64> {
    scaled_positive(text, 0)
}
