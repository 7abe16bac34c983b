//! `simctl schema`: the JSON Schema of scenario files.

use super::exit::{Exit, Failure};
use super::output::print;
use crate::scenario::schema;

/// Print the JSON Schema (draft-07) of scenario files, for editors.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  simctl schema > scenario.schema.json\n\n\
    An editor that knows TOML schemas reads it from the first line of a scenario:\n  #:schema scenario.schema.json")]
pub(super) struct Args {}

pub(super) fn execute(_: &Args) -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(&schema())
        .map_err(|error| Failure::internal(&format!("cannot write the schema: {error}"), ""))?;
    print(format_args!("{text}\n"))?;
    Ok(Exit::Done)
}
