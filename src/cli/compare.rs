//! `simctl compare`: is the second better, worse, or was no difference shown?

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::input::{Changes, Prices, Short};
use super::interrupt::stop_on_interrupt;
use super::output::{WIDTH, print};
use super::progress::watched;
use super::study::Format;
use crate::experiment::compare::{Side, Verdict, compare};
use crate::experiment::{ExperimentError, Options, Progress, Within, parts_of, run_alone};
use crate::pricing::PriceBook;
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
    /// Print nothing but errors (and, with --format json, what it is)
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A metric of a strategy is worse
    Worse,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    // Both are read before either is run.
    let (first, second) = (args.source(&args.first, &[])?, args.source(&args.second, &args.set_second)?);
    let prices = args.prices.book()?;
    if let (Source::Earlier(_), Source::Earlier(_), false) = (&first, &second, args.prices.are_embedded()) {
        return Err(Failure::bad_input("error: --prices changes nothing in two runs that are over"));
    }
    let total = first.parts() + second.parts();
    let (first, second) = watched(&stop_on_interrupt(), args.quiet, args.threads, |options| {
        let within = options.progress.map(|whole| Within { whole, weight: 1, total });
        let progress = within.as_ref().map(|within| within as &dyn Progress);
        let options = Options { progress, ..options };
        Ok::<_, ExperimentError>((first.side(&prices, options)?, second.side(&prices, options)?))
    })?;
    let compared = compare(&first, &second);
    if compared.rows.is_empty() {
        let names = format!("A has {}; B has {}", compared.only_first.join(", "), compared.only_second.join(", "));
        return Err(Failure::bad_input(format!("error: no strategy of the same name: {names}")));
    }
    match args.format {
        Format::Text if args.quiet => {}
        Format::Text => print(report::render_comparison(&compared, WIDTH))?,
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

impl Source {
    /// Parts of the work that it is to run it.
    fn parts(&self) -> u64 {
        match self {
            Self::Earlier(_) => 0,
            Self::Scenario(_, scenario) => parts_of(scenario),
        }
    }

    /// Runs what is to be run.
    fn side(self, prices: &PriceBook, options: Options<'_>) -> Result<Side, ExperimentError> {
        match self {
            Self::Earlier(side) => Ok(side),
            Self::Scenario(label, scenario) => Side::run(&label, &scenario, prices, options),
        }
    }
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
