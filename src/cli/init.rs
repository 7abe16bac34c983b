//! `simctl init`: a commented scenario to start from.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use super::exit::{Exit, Failure};
use crate::scenario::starter;

/// Write a commented scenario to start from.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  simctl init orders.toml && simctl run orders.toml")]
pub(super) struct Args {
    /// The file to write; an existing one is left alone
    #[arg(value_name = "FILE", default_value = "scenario.toml")]
    file: PathBuf,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let refused = |error| Failure::bad_input(format!("error: cannot write {}: {error}", args.file.display()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&args.file).map_err(refused)?;
    file.write_all(starter().as_bytes()).map_err(refused)?;
    let _ = writeln!(std::io::stdout(), "wrote {0}; run it with: simctl run {0}", args.file.display());
    Ok(Exit::Done)
}
