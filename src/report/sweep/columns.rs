//! `sweep.parquet`: the rows of `sweep.csv` as columns with types, for tables that are too long to be read as text.
//!
//! A key whose values are all plain numbers is a column of numbers; any other (`512MB`, `rate(1 hour)`) is text, as it
//! stands in the scenario. The bytes depend on the rows alone: no time, host or library of the machine is in the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::experiment::results::Figure;
use crate::experiment::sweep::Sweep;
use crate::report::ReportError;
use crate::report::files::failed;
use crate::scenario::Vary;

/// Rows that are in memory before they are written, as a group of their own.
const ROWS_IN_MEMORY: usize = 1 << 14;

/// The table, open.
pub(super) struct Columns {
    path: PathBuf,
    file: SerializedFileWriter<File>,
    columns: Vec<Column>,
    /// The values of the keys at the point whose rows are added.
    point: Vec<Cell>,
    rows: usize,
    /// Names that stand in many rows, each in memory once.
    names: BTreeMap<String, ByteArray>,
}

/// What stands in a cell.
#[derive(Clone)]
enum Cell {
    Whole(i64),
    Number(Option<f64>),
    Text(ByteArray),
}

/// A column of the rows in memory.
enum Column {
    Whole(Vec<i64>),
    Number(Vec<f64>),
    /// The values that there are, and for each row whether it has one.
    Optional(Vec<f64>, Vec<i16>),
    Text(Vec<ByteArray>),
}

impl Column {
    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Self::Whole(values), Cell::Whole(value)) => values.push(value),
            (Self::Number(values), Cell::Number(value)) => values.push(value.unwrap_or(f64::NAN)),
            (Self::Optional(values, there), Cell::Number(value)) => {
                values.extend(value);
                there.push(i16::from(value.is_some()));
            }
            (Self::Text(values), Cell::Text(value)) => values.push(value),
            _ => unreachable!("a cell is of its column's kind"),
        }
    }

    fn write(&mut self, mut to: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Self::Whole(values) => {
                to.typed::<Int64Type>().write_batch(values, None, None)?;
                values.clear();
            }
            Self::Number(values) => {
                to.typed::<DoubleType>().write_batch(values, None, None)?;
                values.clear();
            }
            Self::Optional(values, there) => {
                to.typed::<DoubleType>().write_batch(values, Some(there), None)?;
                values.clear();
                there.clear();
            }
            Self::Text(values) => {
                to.typed::<ByteArrayType>().write_batch(values, None, None)?;
                values.clear();
            }
        }
        to.close()
    }

    fn field(&self, name: &str) -> Result<Type, ParquetError> {
        let (physical, logical, repetition) = match self {
            Self::Whole(_) => (Physical::INT64, None, Repetition::REQUIRED),
            Self::Number(_) => (Physical::DOUBLE, None, Repetition::REQUIRED),
            Self::Optional(..) => (Physical::DOUBLE, None, Repetition::OPTIONAL),
            Self::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::REQUIRED),
        };
        Type::primitive_type_builder(name, physical).with_logical_type(logical).with_repetition(repetition).build()
    }
}

/// Whether all values of a key are numbers without a unit.
fn is_plain(axis: &Vary) -> bool {
    let number = |value: String| value.parse().is_ok_and(f64::is_finite);
    if axis.is_range() {
        axis.unit().is_empty()
    } else {
        (0..axis.count().unwrap_or(0)).map(|index| axis.value(index)).all(number)
    }
}

/// Names and kinds of the columns: those of `sweep.csv`.
fn columns(sweep: &Sweep) -> Vec<(&str, Column)> {
    let text = || Column::Text(Vec::new());
    let optional = || Column::Optional(Vec::new(), Vec::new());
    let mut columns = vec![("point", Column::Whole(Vec::new()))];
    let of_key = |axis: &Vary| if is_plain(axis) { Column::Number(Vec::new()) } else { text() };
    columns.extend(sweep.axes().iter().map(|axis| (axis.key(), of_key(axis))));
    columns.extend(["strategy", "scope", "metric", "unit"].map(|name| (name, text())));
    columns.extend([("mean", Column::Number(Vec::new())), ("ci_low", optional()), ("ci_high", optional())]);
    columns.push(("replications", Column::Whole(Vec::new())));
    columns
}

impl Columns {
    /// With its schema.
    pub(super) fn create(sweep: &Sweep, path: PathBuf) -> Result<Self, ReportError> {
        let columns = columns(sweep);
        let fields: Result<Vec<_>, ParquetError> =
            columns.iter().map(|(name, column)| column.field(name).map(Arc::new)).collect();
        let schema = Type::group_type_builder("sweep").with_fields(fields?).build()?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("simctl version ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .build();
        let file = File::create(&path).map_err(failed("create", &path))?;
        let file = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        Ok(Self { path, file, columns, point: Vec::new(), rows: 0, names: BTreeMap::new() })
    }

    /// The rows that follow are of this point, whose keys have these values.
    pub(super) fn begin(&mut self, sweep: &Sweep, point: u64, values: &[String]) -> Result<(), ReportError> {
        if self.rows >= ROWS_IN_MEMORY {
            self.write()?;
        }
        let value = |(axis, value): (&Vary, &String)| match is_plain(axis) {
            true => Cell::Number(value.parse().ok()),
            false => Cell::Text(value.as_str().into()),
        };
        self.point = vec![Cell::Whole(i64::try_from(point).unwrap_or(i64::MAX))];
        self.point.extend(sweep.axes().iter().zip(values).map(value));
        Ok(())
    }

    /// A row.
    pub(super) fn add(&mut self, strategy: &str, figure: &Figure) {
        let names = [strategy, &figure.scope, figure.metric, figure.unit].map(|name| Cell::Text(self.name(name)));
        let estimate = &figure.estimate;
        let ends = estimate.interval.map_or([None, None], |(low, high)| [Some(low), Some(high)]);
        let numbers = [Some(estimate.mean), ends[0], ends[1]].map(Cell::Number);
        let replications = Cell::Whole(i64::try_from(estimate.replications).unwrap_or(i64::MAX));
        let cells = self.point.iter().cloned().chain(names).chain(numbers).chain([replications]);
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
        self.rows += 1;
    }

    fn name(&mut self, name: &str) -> ByteArray {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        self.names.entry(name.to_owned()).or_insert_with(|| name.into()).clone()
    }

    /// The rows in memory go to the file, as a group.
    fn write(&mut self) -> Result<(), ReportError> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            if let Some(to) = group.next_column()? {
                column.write(to)?;
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    /// To the last byte.
    pub(super) fn finish(mut self) -> Result<(), ReportError> {
        if self.rows > 0 {
            self.write()?;
        }
        let file = self.file.into_inner()?;
        file.sync_data().map_err(failed("write", &self.path))
    }
}
