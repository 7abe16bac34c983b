//! A CSV file with a header, read a row at a time.

use std::path::{Path, PathBuf};

use crate::arrivals::error::ArrivalError;

use super::records::{RECORD_BYTES_MAX, ReadError, Records};

pub(crate) use super::records::Source;

/// How much of a bad value an error shows.
const SHOWN_CHARS_MAX: usize = 60;
/// How many column names an error lists.
const LISTED_MAX: usize = 12;

/// The rows of a file, one after the other.
pub(crate) struct Table {
    path: PathBuf,
    records: Records,
    header: Vec<String>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("path", &self.path).field("line", &self.line()).finish_non_exhaustive()
    }
}

/// A column by its place and its name.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    index: usize,
    name: String,
}

impl Column {
    /// The column at a place, called by its number from 1: for a file without a header.
    pub(crate) fn numbered(index: usize) -> Self {
        Self { index, name: (index + 1).to_string() }
    }
}

impl Table {
    /// Reads the header. LF and CRLF, and a UTF-8 byte order mark, are all right.
    pub(crate) fn open(source: Source, path: &Path) -> Result<Self, ArrivalError> {
        Self::open_with(source, path, None)
    }

    /// The same for a file that may have lines of comment, which begin with `#`.
    pub(crate) fn open_commented(source: Source, path: &Path) -> Result<Self, ArrivalError> {
        Self::open_with(source, path, Some(b'#'))
    }

    fn open_with(source: Source, path: &Path, comment: Option<u8>) -> Result<Self, ArrivalError> {
        let unreadable = |source| ArrivalError::Unreadable { path: path.to_owned(), source };
        let records = Records::new(source, comment).map_err(unreadable)?;
        let mut table = Self { path: path.to_owned(), records, header: Vec::new() };
        if !table.advance()? {
            return Err(ArrivalError::Empty { path: path.to_owned(), problem: "the file is empty".to_owned() });
        }
        table.header = table.records.fields().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        Ok(table)
    }

    /// Goes to the next row; false at the end of the file.
    #[inline]
    pub(crate) fn advance(&mut self) -> Result<bool, ArrivalError> {
        self.records.advance().map_err(|error| self.read_error(error))
    }

    fn read_error(&self, error: ReadError) -> ArrivalError {
        let path = self.path.clone();
        match error {
            ReadError::Long(line) => ArrivalError::LongRow { path, line, limit: RECORD_BYTES_MAX as u64 },
            ReadError::Io(source) => ArrivalError::Unreadable { path, source },
        }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the current row starts, from 1.
    pub(super) fn line(&self) -> u64 {
        self.records.line()
    }

    /// The names in the header, in order.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// The column of that name.
    pub(crate) fn column(&self, name: &str) -> Result<Column, ArrivalError> {
        let mut places = self.header.iter().enumerate().filter(|(_, found)| *found == name);
        let problem = match (places.next(), places.next()) {
            (Some((index, _)), None) => return Ok(Column { index, name: name.to_owned() }),
            (Some(_), Some(_)) => format!("column `{name}` appears twice in the header"),
            (None, _) => format!("no column `{}`; {}", shown(name), self.advice(name)),
        };
        Err(ArrivalError::Header { path: self.path.clone(), problem })
    }

    /// The column at a place in the header.
    pub(super) fn column_at(&self, index: usize) -> Column {
        Column { index, name: self.header.get(index).cloned().unwrap_or_default() }
    }

    /// The nearest spelling if one is near, else what there is.
    fn advice(&self, name: &str) -> String {
        let lower = name.to_lowercase();
        let distance = |found: &String| edit_distance(&lower, &found.to_lowercase());
        let listed = self.header.iter().take(LISTED_MAX);
        match listed.clone().min_by_key(|found| distance(found)) {
            Some(nearest) if distance(nearest) <= name.len() / 3 + 1 => format!("did you mean `{}`?", shown(nearest)),
            _ => {
                let names: Vec<_> = listed.map(|found| format!("`{}`", shown(found))).collect();
                let more = if self.header.len() > LISTED_MAX { ", …" } else { "" };
                format!("the header has {}{more}", names.join(", "))
            }
        }
    }

    /// Whether the current row has a cell in that column with nothing in it.
    pub(super) fn is_empty(&self, column: &Column) -> bool {
        self.records.field(column.index).is_some_and(|field| field.trim_ascii().is_empty())
    }

    /// The key that the text of a column in the current row stands for.
    #[inline]
    pub(super) fn key(&self, column: &Column) -> Result<u64, ArrivalError> {
        let field = self.field(column)?;
        if !field.is_ascii() {
            self.text(column)?;
        }
        Ok(text_key(field))
    }

    #[inline]
    fn field(&self, column: &Column) -> Result<&[u8], ArrivalError> {
        self.records.field(column.index).ok_or_else(|| self.bad(column, "missing".to_owned(), "a value"))
    }

    /// The text of a column in the current row.
    pub(super) fn text(&self, column: &Column) -> Result<&str, ArrivalError> {
        let field = self.field(column)?;
        std::str::from_utf8(field).map_err(|_| self.bad(column, "not UTF-8".to_owned(), "text in UTF-8"))
    }

    /// The text of a column, read by `parse`; the error names line, column, value and what was expected.
    pub(crate) fn value<T>(
        &self,
        column: &Column,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ArrivalError> {
        self.bytes(column, expected, |field| std::str::from_utf8(field).ok().and_then(parse))
    }

    /// The same of the bytes of a column.
    #[inline]
    pub(super) fn bytes<T>(
        &self,
        column: &Column,
        expected: &str,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<T, ArrivalError> {
        let field = self.records.field(column.index).ok_or_else(|| self.bad(column, "missing".to_owned(), expected))?;
        let shown = || format!("`{}`", shown(&String::from_utf8_lossy(field)));
        parse(field).ok_or_else(|| self.bad(column, shown(), expected))
    }

    #[cold]
    fn bad(&self, column: &Column, value: String, expected: &str) -> ArrivalError {
        ArrivalError::Value {
            path: self.path.clone(),
            line: self.line(),
            column: shown(&column.name),
            value,
            expected: expected.to_owned(),
        }
    }
}

/// Text cut to what fits a message, without control characters.
pub(super) fn shown(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let cut: String = text.chars().take(SHOWN_CHARS_MAX).map(clean).collect();
    if cut.len() < text.len() { cut + "…" } else { cut }
}

/// Levenshtein's distance between the first characters of two names.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<_> = b.chars().take(SHOWN_CHARS_MAX).collect();
    let mut costs: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(SHOWN_CHARS_MAX).enumerate() {
        let mut diagonal = std::mem::replace(&mut costs[0], i + 1);
        for (j, &y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = costs[j + 1];
            costs[j + 1] = substituted.min(costs[j] + 1).min(diagonal + 1);
        }
    }
    costs[b.len()]
}

/// A stable 64-bit hash of a key's text: FNV-1a, with the bits mixed at the end. Equal text, equal key.
#[inline]
pub(super) fn text_key(text: &[u8]) -> u64 {
    let hash = text
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_edits() {
        for (a, b, distance) in [("time", "time", 0), ("tiem", "time", 2), ("key", "keys", 1), ("", "abc", 3)] {
            assert_eq!(edit_distance(a, b), distance, "{a} {b}");
        }
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(shown("short"), "short");
        assert_eq!(shown(&"x".repeat(1_000)).chars().count(), SHOWN_CHARS_MAX + 1);
        assert_eq!(shown("a\u{1b}[31m"), "a [31m");
    }

    #[test]
    fn keys_are_the_same_for_ever() {
        assert_eq!(text_key(b"card-17"), text_key(b"card-17"));
        assert_ne!(text_key(b"card-17"), text_key(b"card-71"));
        assert_ne!(text_key(b""), text_key(b"0"));
    }
}
