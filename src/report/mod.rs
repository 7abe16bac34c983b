//! What a run leaves behind: the screen, the tables, the document and the charts, all drawn from
//! [`Results`](crate::experiment::results::Results) and nothing else.

mod beside;
mod charts;
mod comparison;
mod document;
mod errors;
mod faults;
pub mod files;
pub mod limit;
mod lookup;
mod markdown;
mod number;
mod overview;
mod page;
mod pipeline;
mod plain_table;
mod probe;
pub mod recommend;
pub mod sensitivity;
pub mod story;
mod study;
pub mod sweep;
mod tables;
mod terminal;
mod time_text;
pub mod timeline;
pub mod whole;

#[cfg(test)]
mod fixture;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::experiment::sweep::parts::PartError;

pub use beside::Beside;
pub use charts::curves::{Curve, Curves};
pub use comparison::{comparison_json, render_comparison};
pub use document::json_line;
pub use markdown::{Column, figures_table};
pub use pipeline::{annotations, diagnostics_annotations, junit};
pub use terminal::render;

/// Why a report could not be written. Nothing of an earlier report is touched when this is returned, but where folders
/// cannot be exchanged in one step ([`files::write`]).
#[derive(Debug, Error)]
pub enum ReportError {
    /// The scenario's name cannot be the name of a folder.
    #[error("scenario name {name:?} is not made of a-z, 0-9 and '-' alone")]
    Name {
        /// The name as given.
        name: String,
    },
    /// The folder of the report holds something that no report writes: it may be someone's own.
    #[error("refusing to replace {}: it holds {entry:?}, which is no file of a report", folder.display())]
    Foreign {
        /// The folder that was to be exchanged.
        folder: PathBuf,
        /// The first such entry in alphabetical order.
        entry: String,
    },
    /// The place of the report is taken by something that is not a folder.
    #[error("refusing to replace {}: it is not a folder", folder.display())]
    NotAFolder {
        /// The place.
        folder: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was being done: `create`, `write`, `rename` …
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// A table could not be formed.
    #[error("cannot form a table")]
    Table(#[from] csv::Error),
    /// A table of columns could not be formed or written.
    #[error("cannot write a parquet table")]
    Columns(#[from] parquet::errors::ParquetError),
    /// The document could not be formed.
    #[error("cannot form the json document")]
    Json(#[from] serde_json::Error),
    /// A part of a sweep could not be read.
    #[error(transparent)]
    Part(#[from] PartError),
    /// A chart could not be drawn.
    #[error("cannot draw {chart}: {reason}")]
    Chart {
        /// The chart's file name.
        chart: String,
        /// What the drawing library said.
        reason: String,
    },
}
