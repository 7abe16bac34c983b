//! `simctl schema`: the JSON Schema of scenario files.

use std::io::Write;

use super::exit::{Exit, Failure};
use crate::scenario::schema;

/// Print the JSON Schema (draft-07) of scenario files, for editors.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  simctl schema > scenario.schema.json\n\n\
    An editor that knows TOML schemas reads it from the first line of a scenario:\n  #:schema scenario.schema.json")]
pub(super) struct Args {}

pub(super) fn execute(_: &Args) -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(&schema()).map_err(|error| Failure::bad_input(error.to_string()))?;
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(Exit::Done)
}
