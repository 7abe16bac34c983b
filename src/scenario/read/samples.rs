//! A column of numbers out of a CSV file.

use std::fs::File;
use std::path::Path;

use crate::arrivals::{ArrivalError, Column, Table};

/// The most rows that are read.
pub(super) const ROWS_AT_MOST: usize = 1_000_000;
/// What a cell must be.
const CELL: &str = "a number of at least 0";

/// The finite numbers, none below zero, of the column of that name; without a name the first column, with or without
/// a header. No row may be longer than a row of a trace.
///
/// # Errors
/// What is wrong, after the file as it was `written` and the line.
pub(super) fn column(path: &Path, written: &str, name: Option<&str>) -> Result<Vec<f64>, String> {
    let file = File::open(path).map_err(|error| format!("{written}: {error}"))?;
    let table = Table::open_commented(Box::new(file), Path::new(written)).map_err(|error| error.to_string())?;
    let values = values(table, name).map_err(|error| error.to_string())?;
    match values.len() {
        0 => Err(format!("{written}: it has no values")),
        1..=ROWS_AT_MOST => Ok(values),
        _ => Err(format!("{written}: it has more than 1,000,000 rows")),
    }
}

/// The values of a column, one more than [`ROWS_AT_MOST`] at most.
fn values(mut table: Table, name: Option<&str>) -> Result<Vec<f64>, ArrivalError> {
    let mut values = Vec::new();
    let column = match name {
        Some(name) => table.column(name)?,
        None => {
            // A header may stand over a column that is not asked for by name.
            let first = Column::numbered(0);
            if table.header().first().is_some_and(|cell| cell.parse::<f64>().is_ok()) {
                values.push(table.value(&first, CELL, number)?);
            }
            first
        }
    };
    while values.len() <= ROWS_AT_MOST && table.advance()? {
        values.push(table.value(&column, CELL, number)?);
    }
    Ok(values)
}

fn number(cell: &str) -> Option<f64> {
    cell.trim().parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, name: Option<&str>) -> Result<Vec<f64>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values.csv");
        std::fs::write(&path, text).unwrap();
        column(&path, "values.csv", name)
    }

    #[test]
    fn a_column_is_found_with_and_without_a_header() {
        assert_eq!(read("1\n2.5\n", None), Ok(vec![1.0, 2.5]));
        assert_eq!(read("rate\n1\n2\n", None), Ok(vec![1.0, 2.0]));
        assert_eq!(read("# made by hand\nhour,rate\n0,3\n1,4\n", Some("rate")), Ok(vec![3.0, 4.0]));
    }

    #[test]
    fn faults_name_the_line() {
        let message = "values.csv:2: column `1` is `x`; expected a number of at least 0";
        assert_eq!(read("1\nx\n", None), Err(message.to_owned()));
        let message = "values.csv:3: column `b` is `x`; expected a number of at least 0";
        assert_eq!(read("# c\na,b\n1,x\n", Some("b")), Err(message.to_owned()));
        assert!(read("a,b\n1,2\n", Some("weight")).unwrap_err().contains("the header has `a`, `b`"));
        for none in ["", "rate\n", "-1\n", "inf\n"] {
            assert!(read(none, None).is_err(), "{none}");
        }
    }

    #[test]
    fn long_cells_long_rows_and_many_columns_are_cut() {
        let cell = format!("1\n{}\n", "x".repeat(100_000));
        assert!(read(&cell, None).unwrap_err().len() < 200);
        let row = "1".repeat(1_048_577);
        assert!(read(&row, None).unwrap_err().contains("row longer than 1048576 bytes"));
        let header: Vec<String> = (100_000..150_000).map(|number| number.to_string()).collect();
        let message = read(&header.join(","), Some("weight")).unwrap_err();
        assert!(message.contains("`100011`, …") && !message.contains("100012"), "{message}");
    }

    #[test]
    fn rows_have_a_limit() {
        assert_eq!(read(&"1\n".repeat(ROWS_AT_MOST), None).map(|values| values.len()), Ok(ROWS_AT_MOST));
        assert!(read(&"1\n".repeat(ROWS_AT_MOST + 1), None).unwrap_err().contains("more than 1,000,000 rows"));
    }
}
