//! `simctl check`: validates scenarios and prints them as understood.

use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::input::Changes;
use super::output::print;
use crate::scenario::explain;

/// Validate scenarios and print them as understood, every default filled in and where it comes from.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  simctl check scenarios/atm.toml")]
pub(super) struct Args {
    /// Scenario files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    for file in &args.files {
        match args.changes.load(file, Vec::new()) {
            Ok(_) if args.quiet => {}
            Ok(scenario) => print(format_args!("# {}: valid\n{}", file.display(), explain(&scenario)))?,
            Err(failure) => exit = failure.report(),
        }
    }
    Ok(exit)
}
