//! `simctl compare`: is the second better, worse, or was no difference shown?

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::input::{Changes, Prices, Short};
use super::interrupt::stop_on_interrupt;
use super::output::print;
use super::progress::Bar;
use crate::experiment::compare::{Side, Verdict, compare};
use crate::experiment::{Options, run_alone};
use crate::report;

/// Compare two scenarios, or two earlier runs, metric by metric: better, worse, or no difference shown.
///
/// A file that ends in .json is the run.json of an earlier run; any other is a scenario, which is run. Strategies are
/// compared by name; where each side has one only, these two are.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    simctl compare before.toml after.toml\n  \
    simctl compare scenarios/atm.toml scenarios/atm.toml --set-b functions.post.memory=1024MB\n  \
    simctl compare main/run.json reports/atm/run.json --fail-on worse\n\n\
    Two scenarios with the same seed and replications are compared pair by pair; all else, by Welch's test of independent\n\
    samples. Verdicts are corrected together for the number of metrics and strategies (Holm).")]
pub(super) struct Args {
    /// The first: what the second is held against
    #[arg(value_name = "A")]
    first: PathBuf,
    /// The second
    #[arg(value_name = "B")]
    second: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Change one value of B alone, after --set (may be repeated)
    #[arg(long = "set-b", value_name = "KEY=VALUE")]
    set_second: Vec<String>,
    #[command(flatten)]
    short: Short,
    #[command(flatten)]
    prices: Prices,
    /// Threads (no result depends on it) [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Exit with 1 if a verdict is this
    #[arg(long, value_enum, value_name = "VERDICT")]
    fail_on: Option<FailOn>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A metric of a strategy is worse
    Worse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people
    Text,
    /// One JSON document on one line
    Json,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    // Both are read before either is run.
    let (first, second) = (args.source(&args.first, &[])?, args.source(&args.second, &args.set_second)?);
    let prices = args.prices.book()?;
    if let (Source::Earlier(_), Source::Earlier(_), false) = (&first, &second, args.prices.are_embedded()) {
        return Err(Failure::bad_input("error: --prices changes nothing in two runs that are over"));
    }
    let stop = stop_on_interrupt();
    let run = |source: Source| -> Result<Side, Failure> {
        let bar = Bar::new(false);
        let options = Options { threads: args.threads.map(usize::from), progress: Some(&bar), stop: Some(&stop) };
        let side = match source {
            Source::Earlier(side) => Ok(side),
            Source::Scenario(label, scenario) => Side::run(&label, &scenario, &prices, options),
        };
        bar.clear();
        Ok(side?)
    };
    let compared = compare(&run(first)?, &run(second)?);
    if compared.rows.is_empty() {
        let names = format!("A has {}; B has {}", compared.only_first.join(", "), compared.only_second.join(", "));
        return Err(Failure::bad_input(format!("error: no strategy of the same name: {names}")));
    }
    match args.format {
        Format::Text => print(report::render_comparison(&compared, 120))?,
        Format::Json => print(format_args!("{}\n", report::comparison_json(&compared)?))?,
    }
    let worse = compared.rows.iter().any(|row| row.verdict == Verdict::Worse);
    Ok(if args.fail_on.is_some() && worse { Exit::No } else { Exit::Done })
}

/// What a file of a comparison holds.
enum Source {
    Earlier(Side),
    Scenario(String, Box<crate::scenario::Scenario>),
}

impl Args {
    fn source(&self, file: &Path, more: &[String]) -> Result<Source, Failure> {
        let label = file.display().to_string();
        if file.extension().is_some_and(|ending| ending == "json") {
            if !(self.changes.set.is_empty() && more.is_empty() && self.short.overrides().is_empty()) {
                let message = format!("error: {label} is a run that is over: --set and the like change nothing in it");
                return Err(Failure::bad_input(message));
            }
            let text = report::whole::read_run(file).map_err(|error| Failure::bad_input(format!("error: {error}")))?;
            let side =
                Side::read(&label, &text).map_err(|error| Failure::bad_input(format!("error: {label}: {error}")))?;
            return Ok(Source::Earlier(side));
        }
        let set = self.changes.set.iter().chain(more).cloned().collect();
        let scenario = Changes { set }.load(file, self.short.overrides())?;
        run_alone::check(&scenario).map_err(|error| Failure::bad_input(format!("error: {label}: {error}")))?;
        let label = if more.is_empty() { label } else { format!("{label} with {}", more.join(", ")) };
        Ok(Source::Scenario(label, Box::new(scenario)))
    }
}
