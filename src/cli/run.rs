//! `simctl run`: the screen, and tables and charts in a folder.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::beside::Beside;
use super::exit::{Exit, Failure};
use super::input::{Input, Prices, Short, strategy_names};
use super::interrupt::stop_on_interrupt;
use super::output::print;
use super::progress::Bar;
use crate::experiment::{self, Options, Results};
use crate::pricing::PriceBook;
use crate::report;
use crate::scenario::{Diagnostics, Scenario, load};

/// Run a scenario: every strategy against the same items, replication by replication.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    simctl run scenarios/atm.toml\n  \
    simctl run scenarios/atm.toml --set run.load=2 --replications 5 --only 'hourly batch,per event'\n  \
    simctl run scenarios/atm.toml --check --quiet --format json\n  \
    simctl run scenarios/atm.toml --check --junit junit.xml --format github")]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// Folder in which the folder of the report is made
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    #[command(flatten)]
    short: Short,
    /// Threads (no result depends on it) [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Only these strategies, separated by commas (may be repeated)
    #[arg(long, value_name = "NAMES")]
    only: Vec<String>,
    #[command(flatten)]
    prices: Prices,
    /// Exit with 1 if an objective is missed
    #[arg(long)]
    check: bool,
    /// Write the objectives to a JUnit file too, a test case for each with each strategy
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print nothing but errors (and, with --format json or github, what it is)
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One screen for people
    Text,
    /// The document of run.json on one line
    Json,
    /// Workflow commands of GitHub: an annotation at the line of each objective that is missed
    Github,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let scenario = args.scenario()?;
    let prices = args.prices.book()?;
    // Asked before the work, so that nobody waits for a result that cannot be written.
    report::files::check(&scenario.name, &args.out)?;
    let junit = args.junit.as_deref().map(Beside::new).transpose()?;
    let results = simulate(&scenario, &prices, args)?;
    let folder = report::files::write(&results, &args.out)?;
    if let Some(junit) = junit {
        junit.write(&report::junit(&results))?;
    }
    args.print(&results, &folder)?;
    let missed = results.objectives.iter().any(|objective| !objective.met);
    Ok(if args.check && missed { Exit::No } else { Exit::Done })
}

fn simulate(scenario: &Scenario, prices: &PriceBook, args: &Args) -> Result<Results, Failure> {
    let bar = Bar::new(args.quiet);
    let stop = stop_on_interrupt();
    let options = Options { threads: args.threads.map(usize::from), progress: Some(&bar), stop: Some(&stop) };
    let results = experiment::run(scenario, prices, options);
    bar.clear();
    Ok(results?)
}

impl Args {
    fn scenario(&self) -> Result<Scenario, Failure> {
        let overrides = self.input.changes.overrides(self.short.overrides())?;
        let scenario = load(&self.input.file, &overrides).map_err(|faults| self.refused(faults))?;
        if self.only.is_empty() {
            return Ok(scenario);
        }
        let names: Vec<String> = self.only.iter().flat_map(|names| strategy_names(names, &scenario)).collect();
        scenario.only(&names).map_err(|error| Failure::bad_input(format!("error: --only: {error}")))
    }

    /// Why a scenario is refused: for GitHub also where in the file.
    fn refused(&self, faults: Diagnostics) -> Failure {
        let annotated = match self.format {
            Format::Github => print(report::diagnostics_annotations(&faults)),
            Format::Text | Format::Json => Ok(()),
        };
        annotated.err().unwrap_or_else(|| faults.into())
    }

    fn print(&self, results: &Results, folder: &Path) -> Result<(), Failure> {
        match self.format {
            Format::Json => print(format_args!("{}\n", report::json_line(results)?)),
            Format::Github => print(report::annotations(results)),
            Format::Text if self.quiet => Ok(()),
            Format::Text => {
                let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                print(format_args!("{}\nreport: {}\n", report::render(results, 100, colour), folder.display()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::{Override, load_text, starter};

    #[test]
    fn a_strategy_is_named_whole_or_among_others() {
        let text = starter().replace("\"per event\"", "\"per event, warm\"");
        let scenario = load_text("test.toml", &text, Path::new(""), &[]).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(strategy_names("per event, warm", &scenario), ["per event, warm"]);
        assert_eq!(strategy_names("hourly batch,daily", &scenario), ["hourly batch", "daily"]);
    }

    #[test]
    fn an_option_is_blamed_by_its_own_name() {
        for (option, key, value) in [
            ("--duration", "run.duration", "5x"),
            ("--replications", "run.replications", "0"),
            ("--seed", "run.seed", "18446744073709551615"),
        ] {
            let one = Override::of_option(option, key, value);
            let faults = load_text("test.toml", starter(), Path::new(""), &[one]).unwrap_err().to_string();
            assert!(faults.contains(&format!("--> {option}:1:{}", option.len() + 2)), "{faults}");
            assert!(faults.contains(&format!("{option} {value}")) && !faults.contains("--set"), "{faults}");
        }
    }
}
