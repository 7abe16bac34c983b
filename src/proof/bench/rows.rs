//! A trace that is written as it is read: rows without end, and neither a file nor memory for them.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use crate::arrivals::StreamSettings;
use crate::arrivals::settings::{KeySettings, ProcessSettings, TimeUnit, TraceFormat, TraceSettings};
use crate::kernel::{Distribution, Span};

/// The header.
const HEADER: &[u8] = b"time,key,bytes,service\n";
/// Rows a second of the trace, one each millisecond: the block that is written again and again.
const ROWS_A_BLOCK: usize = 1_000;
/// Bytes of a row: `2026-11-01T08:30:00.123Z,card-0417,6122,0.043` and its end.
pub const ROW_BYTES: usize = 46;
/// Where day and time of a row are.
const CLOCK: std::ops::Range<usize> = 8..19;

/// So many rows of times (RFC 3339), keys, sizes and service times, after a header. Up to 2 × 10⁹: a month has no more days.
#[derive(Debug)]
pub struct Rows {
    /// What is being given out, and how much of it is.
    text: Vec<u8>,
    given: usize,
    /// Blocks written, and rows still to be.
    blocks: u64,
    left: u64,
}

impl Rows {
    /// A header and so many rows.
    #[must_use]
    pub fn new(rows: u64) -> Self {
        Self { text: HEADER.to_vec(), given: 0, blocks: 0, left: rows }
    }

    /// Writes the next block in the place of the one that was given out: only its second is new.
    fn next_block(&mut self) {
        if self.blocks == 0 {
            self.text = (0..ROWS_A_BLOCK).flat_map(row).collect();
        }
        let second = self.blocks;
        let (day, hour, minute) = (second / 86_400 + 1, second / 3_600 % 24, second / 60 % 60);
        let mut clock = [0; CLOCK.end - CLOCK.start];
        // It has just the room, and so is full.
        let _ = write!(&mut clock[..], "{day:02}T{hour:02}:{minute:02}:{:02}", second % 60);
        for row in self.text.chunks_exact_mut(ROW_BYTES) {
            row[CLOCK].copy_from_slice(&clock);
        }
        let rows = self.left.min(ROWS_A_BLOCK as u64);
        self.text.truncate(rows as usize * ROW_BYTES);
        self.left -= rows;
        self.blocks += 1;
        self.given = 0;
    }
}

/// The row at that millisecond, as yet without its second.
fn row(millisecond: usize) -> Vec<u8> {
    let (key, bytes) = (millisecond * 7_919 % 4_000, 1_000 + millisecond * 31 % 9_000);
    format!("2026-11-01T00:00:00.{millisecond:03}Z,card-{key:04},{bytes},0.{:03}\n", millisecond * 17 % 1_000)
        .into_bytes()
}

impl Read for Rows {
    fn read(&mut self, mut buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() && self.left > 0 {
            self.next_block();
        }
        let count = buffer.write(&self.text[self.given..])?;
        self.given += count;
        Ok(count)
    }
}

/// A stream of items that is read from such rows.
#[must_use]
pub fn settings() -> StreamSettings {
    let name = |text: &str| Some(text.to_owned());
    let format = TraceFormat::Timestamps {
        time: "time".to_owned(),
        unit: TimeUnit::DateTime,
        key: name("key"),
        size: name("bytes"),
        service: name("service"),
    };
    StreamSettings {
        name: "rows".to_owned(),
        process: ProcessSettings::Trace(TraceSettings {
            path: PathBuf::from("rows.csv"),
            format,
            reorder: Span::ZERO,
            skip: Span::ZERO,
            speed: 1.0,
        }),
        keys: KeySettings::Unique,
        size: Distribution::constant(1_000.0).expect("a size"),
        sent_twice: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_each_other_by_a_millisecond() {
        let mut text = String::new();
        Rows::new(2_001).read_to_string(&mut text).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2_002);
        assert!(lines[1..].iter().all(|line| line.len() + 1 == ROW_BYTES));
        assert_eq!(lines[1], "2026-11-01T00:00:00.000Z,card-0000,1000,0.000");
        assert_eq!(lines[1_001], "2026-11-01T00:00:01.000Z,card-0000,1000,0.000");
        assert_eq!(lines[2_001], "2026-11-01T00:00:02.000Z,card-0000,1000,0.000");
        assert!(lines[1..].is_sorted());
    }
}
