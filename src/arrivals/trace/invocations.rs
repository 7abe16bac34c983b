//! Azure Functions 2021: one row an invocation, by the time it ended.
//!
//! `app,func,end_timestamp,duration` in seconds; start = end - duration
//! (github.com/Azure/AzurePublicDataset, AzureFunctionsInvocationTrace2021.md).

use crate::arrivals::error::ArrivalError;

use super::number::scaled_decimal;
use super::table::{Column, Table, shown, text_key};
use super::timestamps::seconds;
use super::{Carried, Row};

/// The columns that are read, and the function that was asked for.
#[derive(Debug)]
pub(super) struct Invocations {
    function: Column,
    end: Column,
    duration: Column,
    only: Option<String>,
}

impl Invocations {
    /// Finds the columns in the header.
    pub(super) fn new(table: &Table, only: Option<&str>) -> Result<Self, ArrivalError> {
        Ok(Self {
            function: table.column("func")?,
            end: table.column("end_timestamp")?,
            duration: table.column("duration")?,
            only: only.map(str::to_owned),
        })
    }

    /// The arrival of the current row; nothing if it is another function's.
    pub(super) fn row(&self, table: &Table) -> Result<Option<Row>, ArrivalError> {
        let function = table.text(&self.function)?;
        if self.only.as_ref().is_some_and(|only| only != function) {
            return Ok(None);
        }
        let duration = seconds(table, &self.duration)?;
        let at_ns = table.bytes(&self.end, "decimal seconds within 292 years of zero", |text| {
            scaled_decimal(text, 9)?.checked_sub(i64::try_from(duration.as_nanos()).ok()?)
        })?;
        let carried = Carried { key: Some(text_key(function.as_bytes())), size: None, service: Some(duration) };
        Ok(Some(Row { at_ns, line: table.line(), carried }))
    }

    /// Why there may be no rows.
    pub(super) fn nothing(&self) -> String {
        self.only.as_ref().map_or_else(
            || "no rows; expected at least one invocation".to_owned(),
            |only| format!("no row with `func` {}; expected at least one invocation", shown(only)),
        )
    }
}
