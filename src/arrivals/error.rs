//! What can go wrong with an arrival stream.

use std::io;
use std::path::PathBuf;

/// Why a stream cannot be opened, or cannot go on. Every error of a trace names the file, and the line where there is one.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalError {
    /// The settings contradict themselves.
    #[error("arrivals `{stream}`: {problem}")]
    Settings {
        /// The stream's name.
        stream: String,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// The file cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The trace.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file has a header and no row to replay.
    #[error("{}: {problem}", path.display())]
    Empty {
        /// The trace.
        path: PathBuf,
        /// Whether there is no row at all, or none of the function asked for.
        problem: String,
    },
    /// The header lacks a column, or has it twice.
    #[error("{}:1: {problem}", path.display())]
    Header {
        /// The trace.
        path: PathBuf,
        /// The column, what the header has, and the nearest spelling.
        problem: String,
    },
    /// A row is longer than the reader is willing to hold.
    #[error("{}:{line}: row longer than {limit} bytes; is a quote left open?", path.display())]
    LongRow {
        /// The trace.
        path: PathBuf,
        /// Where the row starts, from 1.
        line: u64,
        /// The most bytes a row may have.
        limit: u64,
    },
    /// A field does not read as what its column holds.
    #[error("{}:{line}: column `{column}` is {value}; expected {expected}", path.display())]
    Value {
        /// The trace.
        path: PathBuf,
        /// Where the row starts, from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// The text found, quoted and cut to a sensible length; `missing` where the row ends before the column.
        value: String,
        /// What would have been right.
        expected: String,
    },
    /// The trace, times the load, has more items than a run can have.
    #[error("{}: more than {limit} items in the run; expected fewer (lower `load` or `duration`)", path.display())]
    TooManyItems {
        /// The trace.
        path: PathBuf,
        /// The most items of one run.
        limit: u64,
    },
    /// A row arrives later in the file than `reorder` allows.
    #[error(
        "{}:{line}: arrival {behind_s} s behind an earlier row; expected at most {reorder_s} s (set a longer `reorder`)",
        path.display()
    )]
    Late {
        /// The trace.
        path: PathBuf,
        /// Where the row starts, from 1.
        line: u64,
        /// Seconds it is behind the latest arrival seen before it.
        behind_s: f64,
        /// The bound in seconds.
        reorder_s: f64,
    },
    /// More rows fall within `reorder` than the reader is willing to hold.
    #[error("{}:{line}: more than {limit} rows within `reorder`; expected fewer (set a shorter `reorder`)", path.display())]
    Crowded {
        /// The trace.
        path: PathBuf,
        /// The row that did not fit, from 1.
        line: u64,
        /// The most rows held.
        limit: usize,
    },
}

impl ArrivalError {
    /// A contradiction in the settings of `stream`.
    pub(super) fn settings(stream: &str, problem: impl Into<String>) -> Self {
        Self::Settings { stream: stream.to_owned(), problem: problem.into() }
    }
}
