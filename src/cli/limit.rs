//! `simctl limit`: where each design breaks.

use std::path::PathBuf;

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::input::{self, Input, Prices, Short, strategy_names, template};
use super::interrupt::stop_on_interrupt;
use super::output::print;
use super::progress::Bar;
use crate::experiment::Options;
use crate::experiment::limit::{Question, find};
use crate::report;
use crate::scenario::{Condition, Vary};

/// Find the value of a key at which a condition on a metric begins, or ceases, to hold, for every strategy.
///
/// The key's range is bisected between values at which the metric's mean is shown to lie on one side of the bound.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    simctl limit scenarios/atm.toml --vary run.load=0.1..20:log --until 'latency_p99 > 60s' --replications 5\n  \
    simctl limit scenarios/atm.toml --strategy 'hourly batch' --vary run.load=0.1..10:log --until 'timeouts > 0'\n\n\
    The interval holds the true limit in 95 of 100 seeds at least, if the metric's mean moves in one direction over the\n\
    range. A value that --replications do not decide is run with up to eight times as many.")]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    short: Short,
    #[command(flatten)]
    prices: Prices,
    /// The key and its range: KEY=LOW..HIGH or KEY=LOW..HIGH:log; whole numbers with :whole
    #[arg(long, value_name = "KEY=RANGE")]
    vary: String,
    /// What begins or ceases to hold: METRIC > BOUND (or >=, <, <=)
    #[arg(long, value_name = "CONDITION")]
    until: String,
    /// Only these strategies, separated by commas (may be repeated) [default: all]
    #[arg(long, value_name = "NAMES")]
    strategy: Vec<String>,
    /// How narrow the interval shall be, in per cent of the limit
    #[arg(long, value_name = "PERCENT", default_value_t = 2.0)]
    precision: f64,
    /// Most runs of each strategy
    #[arg(long, value_name = "RUNS", default_value_t = 2_000)]
    budget: u64,
    /// Folder in which the folder of the report is made
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Threads (no result depends on it) [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print nothing but errors (and, with --format json, what it is)
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// An answer a line
    Text,
    /// The document of limit.json on one line
    Json,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let question = args.question()?;
    let prices = args.prices.book()?;
    let base = question.template.load([])?;
    // Asked before the work, so that nobody waits for a result that cannot be written.
    report::limit::check(&base, &args.out)?;
    let stop = stop_on_interrupt();
    let bar = Bar::new(args.quiet);
    let options = Options { threads: args.threads.map(usize::from), progress: Some(&bar), stop: Some(&stop) };
    let limits = find(&question, &prices, options);
    bar.clear();
    let limits = limits?;
    let folder = report::limit::write(&question, &base, &limits, &args.out)?;
    match args.format {
        Format::Json => print(format_args!("{}\n", report::limit::limits_json(&question, &base, &limits)?))?,
        Format::Text if args.quiet => {}
        Format::Text => {
            let screen = report::limit::render_limits(&question, &limits);
            print(format_args!("{screen}report: {}\n", folder.display()))?;
        }
    }
    Ok(Exit::Done)
}

impl Args {
    fn question(&self) -> Result<Question, Failure> {
        let refused = |option: &str, error: String| Failure::bad_input(format!("error: {option}: {error}"));
        if !(self.precision > 0.0 && self.precision <= 100.0) {
            return Err(refused("--precision", "expected more than 0 and at most 100 per cent".to_owned()));
        }
        let vary = Vary::parse(&self.vary).map_err(|error| refused("--vary", error.to_string()))?;
        let until = Condition::parse(&self.until).map_err(|error| refused("--until", error.to_string()))?;
        let mut template = template(&self.input.file, &self.input.changes, &self.short)?;
        let base = template.load([])?;
        input::tells(&base, "--until", until.metric.name)?;
        template.only = self.strategy.iter().flat_map(|names| strategy_names(names, &base)).collect();
        Ok(Question { template, vary, until, precision: self.precision / 100.0, budget: self.budget })
    }
}
