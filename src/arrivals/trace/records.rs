//! The records of a CSV file, one after the other out of one buffer, with bounds on what one may hold.
//!
//! A line without a quote is cut at its commas where it lies in the buffer. Any other goes through csv-core's automaton,
//! which would cut a plain line alike (a property test holds the two together) but looks at each byte of it by itself.

use std::io::{self, ErrorKind, Read};

use csv_core::ReadRecordResult;
use memchr::memchr;

/// Where the bytes come from.
pub(crate) type Source = Box<dyn Read + Send>;

/// The most bytes of a record, its line ends and the blank lines before it included: an open quote must not swallow the
/// file.
pub(super) const RECORD_BYTES_MAX: usize = 1 << 20;
/// Bytes read at a time; the buffer grows for a line that is longer.
const BUFFER_BYTES: usize = 1 << 17;
/// Bytes that are looked at together.
const WORD: usize = 8;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why there is no next record.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The record that starts at this line, or at a line after it, is longer than it may be.
    Long(u64),
    /// The source's own reason.
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The records of a source. LF, CRLF and CR end a record; blank lines are passed over.
pub(super) struct Records {
    source: Source,
    /// What was read and not given out yet is `buffer[at..filled]`.
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// Whether the source has no more.
    is_ended: bool,
    /// The line at `at`, from 1.
    line_at: u64,
    comment: Option<u8>,
    automaton: csv_core::Reader,
    /// What the automaton made of the current record, if it was needed.
    copied: Vec<u8>,
    ends: Vec<usize>,
    is_copied: bool,
    /// Where each field of the current record is, in `copied` or else in `buffer`.
    fields: Vec<(usize, usize)>,
    /// Where the current record starts, from 1.
    line: u64,
}

impl Records {
    /// The records of a source, which may begin with a UTF-8 byte order mark; lines that begin with `comment` are none.
    pub(super) fn new(source: Source, comment: Option<u8>) -> io::Result<Self> {
        let mut automaton = csv_core::ReaderBuilder::new().comment(comment).build();
        // Of a fresh automaton a first record may begin with a byte order mark; this one never sees the first.
        automaton.read_record(b"\n", &mut [], &mut []);
        let mut records = Self {
            source,
            buffer: vec![0; BUFFER_BYTES],
            at: 0,
            filled: 0,
            is_ended: false,
            line_at: 1,
            comment,
            automaton,
            copied: Vec::new(),
            ends: Vec::new(),
            is_copied: false,
            fields: Vec::new(),
            line: 0,
        };
        while records.filled < BYTE_ORDER_MARK.len() && !records.is_ended {
            records.fill()?;
        }
        if records.buffer[..records.filled].starts_with(BYTE_ORDER_MARK) {
            records.at = BYTE_ORDER_MARK.len();
        }
        Ok(records)
    }

    /// Where the current record starts, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// A field of the current record by its place.
    #[inline]
    pub(super) fn field(&self, index: usize) -> Option<&[u8]> {
        let &(from, to) = self.fields.get(index)?;
        let bytes = if self.is_copied { &self.copied } else { &self.buffer };
        bytes.get(from..to)
    }

    /// The fields of the current record.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.fields.len()).filter_map(|index| self.field(index))
    }

    /// Goes to the next record; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, ReadError> {
        let line = self.line_at;
        let mut spent = 0;
        loop {
            let ready = &self.buffer[self.at..self.filled];
            let length = match memchr(b'\n', ready) {
                Some(length) => length,
                None if self.is_ended && ready.is_empty() => return Ok(false),
                None if self.is_ended => ready.len(),
                None if spent + ready.len() >= RECORD_BYTES_MAX => return Err(ReadError::Long(line)),
                None => {
                    self.fill()?;
                    continue;
                }
            };
            let skipped = match ready.first() {
                Some(b'\n' | b'\r') => 1,
                first if self.comment.is_some() && first == self.comment.as_ref() => length,
                _ => {
                    self.line = self.line_at;
                    return match spent + length < RECORD_BYTES_MAX {
                        true if self.cut(length) => Ok(true),
                        true => self.copy(spent, line),
                        false => Err(ReadError::Long(line)),
                    };
                }
            };
            self.line_at += u64::from(ready.first() == Some(&b'\n'));
            self.at += skipped;
            spent += skipped;
            if spent >= RECORD_BYTES_MAX {
                return Err(ReadError::Long(line));
            }
        }
    }

    /// Cuts the line of so many bytes that lies in the buffer at its commas; false if that takes more than this.
    #[inline]
    fn cut(&mut self, length: usize) -> bool {
        let end = self.at + length;
        let text = &self.buffer[self.at..end];
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        self.fields.clear();
        let (mut from, mut at) = (self.at, self.at);
        let (words, rest) = text.as_chunks::<WORD>();
        let mut last = [0; WORD];
        last[..rest.len()].copy_from_slice(rest);
        for word in words.iter().chain([&last]) {
            let word = u64::from_le_bytes(*word);
            if marks(word, b'"') | marks(word, b'\r') != 0 {
                return false;
            }
            let mut commas = marks(word, b',');
            while commas != 0 {
                let comma = at + commas.trailing_zeros() as usize / 8;
                self.fields.push((from, comma));
                from = comma + 1;
                commas &= commas - 1;
            }
            at += WORD;
        }
        self.fields.push((from, self.at + text.len()));
        self.is_copied = false;
        // The last line may have no end.
        let has_end = end < self.filled;
        self.at = end + usize::from(has_end);
        self.line_at += u64::from(has_end);
        true
    }

    /// Has the automaton copy the next record; false if there is none.
    fn copy(&mut self, mut spent: usize, line: u64) -> Result<bool, ReadError> {
        let (mut bytes, mut fields) = (0, 0);
        loop {
            let input = &self.buffer[self.at..self.filled];
            let (result, read, written, ended) =
                self.automaton.read_record(input, &mut self.copied[bytes..], &mut self.ends[fields..]);
            self.line_at += input[..read].iter().filter(|&&byte| byte == b'\n').count() as u64;
            self.at += read;
            spent += read;
            bytes += written;
            fields += ended;
            if spent >= RECORD_BYTES_MAX {
                return Err(ReadError::Long(line));
            }
            match result {
                ReadRecordResult::InputEmpty => self.fill()?,
                ReadRecordResult::OutputFull => self.copied.resize((2 * bytes).max(1 << 10), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize((2 * fields).max(1 << 4), 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(false),
            }
        }
        self.is_copied = true;
        self.fields.clear();
        let mut from = 0;
        for &end in &self.ends[..fields] {
            self.fields.push((from, end));
            from = end;
        }
        Ok(true)
    }

    /// Reads on. What was given out makes room; a line that fills the buffer makes it grow.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        let count = loop {
            match self.source.read(&mut self.buffer[self.filled..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.filled += count;
        self.is_ended = count == 0;
        Ok(())
    }
}

/// The highest bit of each byte of a word that is `wanted`, and no other bit.
#[inline]
fn marks(word: u64, wanted: u8) -> u64 {
    const LOW: u64 = u64::from_le_bytes([0x7F; WORD]);
    let other = word ^ u64::from_le_bytes([wanted; WORD]);
    // A byte is zero if adding 0x7F to its low bits does not reach its highest, and that is not set either.
    !(((other & LOW) + LOW) | other | LOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A source that gives out a few bytes at a time.
    struct Trickle(io::Cursor<Vec<u8>>, usize);

    impl Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(self.1);
            self.0.read(&mut buffer[..most])
        }
    }

    type Found = Vec<Vec<Vec<u8>>>;

    fn records(text: &[u8], at_a_time: usize, comment: Option<u8>) -> (Found, Vec<u64>) {
        let source = Trickle(io::Cursor::new(text.to_vec()), at_a_time);
        let mut records = Records::new(Box::new(source), comment).unwrap();
        let (mut found, mut lines) = (Vec::new(), Vec::new());
        while records.advance().unwrap() {
            found.push(records.fields().map(<[u8]>::to_vec).collect());
            lines.push(records.line());
        }
        (found, lines)
    }

    /// The same by the csv crate, which reads every record with its automaton.
    fn by_the_crate(text: &[u8], comment: Option<u8>) -> Found {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).comment(comment).from_reader(text);
        reader.byte_records().map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect()).collect()
    }

    #[test]
    fn every_record_has_the_line_where_it_starts() {
        let text = b"a,b\r\n\r\n\"x\ny\",2\n\n#c\n3\n4,\"\"\"\"";
        let (found, lines) = records(text, 7, Some(b'#'));
        assert_eq!(lines, [1, 3, 7, 8]);
        assert_eq!(found[1], [b"x\ny".to_vec(), b"2".to_vec()]);
        assert_eq!(found[3], [b"4".to_vec(), b"\"".to_vec()]);
    }

    #[test]
    fn a_line_longer_than_the_buffer_is_whole() {
        let long = "x".repeat(3 * BUFFER_BYTES);
        let (found, lines) = records(format!("a\n{long},y\nb\n").as_bytes(), usize::MAX, None);
        assert_eq!(lines, [1, 2, 3]);
        assert_eq!(found[1], [long.into_bytes(), b"y".to_vec()]);
    }

    proptest! {
        #[test]
        fn plain_lines_are_cut_as_the_automaton_cuts_them(
            text in "[ab,\"#\r\n]{0,60}|([a-c]{0,3}(,[a-c]{0,3}){0,3}(\n|\r\n|\r)){0,8}(\"[a,\n]{0,4}\")?[a,]{0,4}",
            at_a_time in 1..20usize,
            has_comments in any::<bool>(),
        ) {
            let comment = has_comments.then_some(b'#');
            // Of a comment without an end, the last line, the crate makes an empty record.
            let text = if has_comments { text + "\n" } else { text };
            prop_assert_eq!(records(text.as_bytes(), at_a_time, comment).0, by_the_crate(text.as_bytes(), comment));
        }
    }
}
