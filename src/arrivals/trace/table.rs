//! A CSV file with a header, read a row at a time, with bounds on what one row may hold.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::ByteRecord;

use crate::arrivals::error::ArrivalError;

/// Where the bytes come from.
pub(crate) type Source = Box<dyn Read + Send>;

/// The most bytes of a row, its line ends included: an open quote must not swallow the file.
pub(super) const ROW_BYTES_MAX: u64 = 1 << 20;
/// How much of a bad value an error shows.
const SHOWN_CHARS_MAX: usize = 60;
/// How many column names an error lists.
const LISTED_MAX: usize = 12;

/// A reader that gives out one line at a time, so that the lines given are the lines read, and no more bytes than it was
/// allowed since the last row.
struct Lines {
    source: BufReader<Source>,
    allowed: u64,
    /// The line being given out, from 1; 0 before the first.
    line: u64,
    ended: bool,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.allowed == 0 {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let most = buffer.len().min(usize::try_from(self.allowed).unwrap_or(usize::MAX));
        let ready = self.source.fill_buf()?;
        let ready = &ready[..ready.len().min(most)];
        let newline = ready.iter().position(|&byte| byte == b'\n');
        let count = newline.map_or(ready.len(), |at| at + 1);
        buffer[..count].copy_from_slice(&ready[..count]);
        if std::mem::replace(&mut self.ended, newline.is_some()) && count > 0 {
            self.line += 1;
        }
        self.source.consume(count);
        self.allowed -= count as u64;
        Ok(count)
    }
}

/// The rows of a file, one after the other.
pub(crate) struct Table {
    path: PathBuf,
    reader: csv::Reader<Lines>,
    header: Vec<String>,
    row: ByteRecord,
    line: u64,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("path", &self.path).field("line", &self.line).finish_non_exhaustive()
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
        let lines = Lines { source: BufReader::with_capacity(1 << 16, source), allowed: 0, line: 0, ended: true };
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).comment(comment).from_reader(lines);
        let mut table = Self { path: path.to_owned(), reader, header: Vec::new(), row: ByteRecord::new(), line: 0 };
        if !table.advance()? {
            return Err(ArrivalError::Empty { path: path.to_owned(), problem: "the file is empty".to_owned() });
        }
        table.header = table.row.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        Ok(table)
    }

    /// Goes to the next row; false at the end of the file.
    pub(crate) fn advance(&mut self) -> Result<bool, ArrivalError> {
        let lines = self.reader.get_mut();
        lines.allowed = ROW_BYTES_MAX;
        let before = lines.line;
        match self.reader.read_byte_record(&mut self.row) {
            Ok(found) => {
                // A quoted field may span lines; the row starts where its first one does.
                let inside = self.row.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
                self.line = self.reader.get_ref().line - inside;
                Ok(found)
            }
            Err(error) => Err(self.read_error(error, before + 1)),
        }
    }

    fn read_error(&self, error: csv::Error, line: u64) -> ArrivalError {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) if source.kind() == io::ErrorKind::FileTooLarge => {
                return ArrivalError::LongRow { path: self.path.clone(), line, limit: ROW_BYTES_MAX };
            }
            csv::ErrorKind::Io(source) => source,
            other => io::Error::other(format!("line {line}: {other:?}")),
        };
        ArrivalError::Unreadable { path: self.path.clone(), source }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the current row starts, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
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
        self.row.get(column.index).is_some_and(|field| field.trim_ascii().is_empty())
    }

    /// The text of a column in the current row.
    pub(super) fn text(&self, column: &Column) -> Result<&str, ArrivalError> {
        let field = self.row.get(column.index).ok_or_else(|| self.bad(column, "missing".to_owned(), "a value"))?;
        std::str::from_utf8(field).map_err(|_| self.bad(column, "not UTF-8".to_owned(), "text in UTF-8"))
    }

    /// The text of a column, read by `parse`; the error names line, column, value and what was expected.
    pub(crate) fn value<T>(
        &self,
        column: &Column,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ArrivalError> {
        let field = self.row.get(column.index).ok_or_else(|| self.bad(column, "missing".to_owned(), expected))?;
        let parsed = std::str::from_utf8(field).ok().and_then(parse);
        parsed.ok_or_else(|| self.bad(column, format!("`{}`", shown(&String::from_utf8_lossy(field))), expected))
    }

    fn bad(&self, column: &Column, value: String, expected: &str) -> ArrivalError {
        ArrivalError::Value {
            path: self.path.clone(),
            line: self.line,
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
pub(super) fn text_key(text: &str) -> u64 {
    let hash = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
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
        assert_eq!(text_key("card-17"), text_key("card-17"));
        assert_ne!(text_key("card-17"), text_key("card-71"));
        assert_ne!(text_key(""), text_key("0"));
    }
}
