//! `simctl check`: validates scenarios and state machines, and prints them as understood.

use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::input::Changes;
use super::machine;
use super::output::print;
use crate::scenario::explain;

/// Validate scenarios and print them as understood, every default filled in and where it comes from.
///
/// A file with `StartAt` is a state machine of the Amazon States Language, in JSON or YAML, and is validated alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  simctl check scenarios/atm.toml\n  simctl check order.asl.json")]
pub(super) struct Args {
    /// Scenario files, or state machines
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
        if let Some(text) = machine::text(file) {
            match machine::check(file, &text) {
                Ok(_) if args.quiet => {}
                Ok(told) => print(format_args!("{told}"))?,
                Err(failure) => exit = failure.report(),
            }
            continue;
        }
        match args.changes.load(file, Vec::new()) {
            Ok(_) if args.quiet => {}
            Ok(scenario) => print(format_args!("# {}: valid\n{}", file.display(), explain(&scenario)))?,
            Err(failure) => exit = failure.report(),
        }
    }
    Ok(exit)
}
