//! The command line: one file a subcommand. What was typed becomes what is meant, then work is done.

mod bench;
mod check;
mod compare;
mod exit;
mod explain;
mod guard;
mod init;
mod input;
mod interrupt;
mod limit;
mod machine;
mod output;
mod prices;
mod progress;
mod recommend;
mod run;
mod schema;
mod sensitivity;
mod study;
mod sweep;
mod verify;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::Exit;

/// Plays one stream of work through several serverless designs and says which wins, by how much, and where it breaks.
#[derive(Debug, Parser)]
#[command(
    name = "simctl",
    version,
    about,
    arg_required_else_help = true,
    after_help = "Example:\n  simctl run scenarios/atm.toml\n\n\
        Exit codes: 0 done; 1 the answer is no; 2 bad input or usage; \
        3 an internal error; 130 interrupted."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a scenario: the screen, and tables and charts in a folder.
    Run(Box<run::Args>),
    /// Run a scenario at many points: grids, lists, ranges, Latin hypercubes, Sobol sequences; on one machine or many.
    Sweep(Box<sweep::Args>),
    /// Compare two scenarios, or two earlier runs: better, worse, or no difference shown.
    Compare(Box<compare::Args>),
    /// Find where each design breaks: the value of a key at which a condition begins to hold.
    Limit(Box<limit::Args>),
    /// Tell which inputs move a metric most: one at a time, Morris's effects, Sobol's indices.
    Sensitivity(Box<sensitivity::Args>),
    /// Find the cheapest setting of each design that meets the objectives, with a stated confidence.
    Recommend(Box<recommend::Args>),
    /// Tell the story of one item: each delivery, attempt and effect, and how it ended.
    Explain(Box<explain::Args>),
    /// Validate scenarios and print them as understood, every default filled in.
    Check(check::Args),
    /// Write a commented scenario to start from.
    Init(init::Args),
    /// Print the price book as TOML, to look at and to start from.
    Prices(prices::Args),
    /// Print the JSON Schema of scenario files.
    Schema(schema::Args),
    /// Hold the simulator against queueing theory.
    Verify(verify::Args),
    /// Measure this program on this machine: the benchmark table, with a bare hand-written loop beside.
    Bench(bench::Args),
}

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    guard::guarded(program).into()
}

fn program() -> Exit {
    let result = Cli::try_parse().map_or_else(|error| unparsed(&error), |cli| dispatch(cli.command));
    result.unwrap_or_else(exit::Failure::report)
}

/// Help and version are no errors; clap knows which stream each belongs to.
fn unparsed(error: &clap::Error) -> Result<Exit, exit::Failure> {
    let printed = error.print().and_then(|()| std::io::stdout().flush());
    if error.use_stderr() {
        return Ok(Exit::BadInput);
    }
    output::printed(printed)?;
    Ok(Exit::Done)
}

fn dispatch(command: Command) -> Result<Exit, exit::Failure> {
    match command {
        Command::Run(args) => run::execute(&args),
        Command::Sweep(args) => sweep::execute(&args),
        Command::Compare(args) => compare::execute(&args),
        Command::Limit(args) => limit::execute(&args),
        Command::Sensitivity(args) => sensitivity::execute(&args),
        Command::Recommend(args) => recommend::execute(&args),
        Command::Explain(args) => explain::execute(&args),
        Command::Check(args) => check::execute(&args),
        Command::Init(args) => init::execute(&args),
        Command::Prices(args) => prices::execute(&args),
        Command::Schema(args) => schema::execute(&args),
        Command::Verify(args) => verify::execute(&args),
        Command::Bench(args) => bench::execute(&args),
    }
}
