//! A column of numbers out of a CSV file.

use std::path::Path;

/// The most rows that are read.
pub(super) const ROWS_AT_MOST: usize = 1_000_000;

/// The finite numbers, none below zero, of the column of that name; without a name the first column, with or without
/// a header.
pub(super) fn column(path: &Path, name: Option<&str>) -> Result<Vec<f64>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(name.is_some())
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_path(path)
        .map_err(|error| error.to_string())?;
    let index = match name {
        None => 0,
        Some(name) => {
            let headers = reader.headers().map_err(|error| error.to_string())?;
            headers.iter().position(|header| header == name).ok_or_else(|| {
                format!(
                    "it has no column \"{name}\"; its columns are {}",
                    headers.iter().collect::<Vec<_>>().join(", ")
                )
            })?
        }
    };
    let mut values = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| error.to_string())? {
        let line = record.position().map_or(0, csv::Position::line);
        let cell = record.get(index).unwrap_or_default();
        match cell.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => values.push(value),
            // A header may stand over a column that is not asked for by name.
            Err(_) if name.is_none() && values.is_empty() && line == 1 => {}
            _ => return Err(format!("line {line}: \"{cell}\" is no number of at least 0")),
        }
        if values.len() > ROWS_AT_MOST {
            return Err("it has more than 1,000,000 rows".to_owned());
        }
    }
    if values.is_empty() { Err("it has no values".to_owned()) } else { Ok(values) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, name: Option<&str>) -> Result<Vec<f64>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values.csv");
        std::fs::write(&path, text).unwrap();
        column(&path, name)
    }

    #[test]
    fn a_column_is_found_with_and_without_a_header() {
        assert_eq!(read("1\n2.5\n", None), Ok(vec![1.0, 2.5]));
        assert_eq!(read("rate\n1\n2\n", None), Ok(vec![1.0, 2.0]));
        assert_eq!(read("# made by hand\nhour,rate\n0,3\n1,4\n", Some("rate")), Ok(vec![3.0, 4.0]));
    }

    #[test]
    fn faults_name_the_line() {
        assert_eq!(read("1\nx\n", None), Err("line 2: \"x\" is no number of at least 0".to_owned()));
        assert!(read("a,b\n1,2\n", Some("c")).unwrap_err().contains("a, b"));
        assert!(read("", None).is_err() && read("-1\n", None).is_err() && read("inf\n", None).is_err());
    }
}
