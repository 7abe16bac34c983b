//! `simctl sensitivity`: which inputs move a metric most.

use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::input::{self, Input, Prices, Short, axes, strategy_names, template};
use super::interrupt::stop_on_interrupt;
use super::output::print;
use super::progress::Bar;
use crate::experiment::Options;
use crate::experiment::sensitivity::{Question, study};
use crate::report;
use crate::scenario::metric_named;

/// Tell which inputs move a metric most, and by how much, for every strategy.
///
/// Each input is taken to its low and to its high value while the others stay as the scenario has them; then, along
/// random ways through all their values, Morris's elementary effects; and, where --sobol asks for them, Sobol's indices.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    simctl sensitivity scenarios/atm.toml --vary run.load=0.5..2:log --vary functions.post.memory=256MB,1GB --metric cost_usd_per_million\n  \
    simctl sensitivity scenarios/atm.toml --vary run.load=0.5..2:log --vary functions.post.service-time.lognormal.median=100ms..300ms \\\n    \
        --metric latency_p99 --replications 3 --morris 0 --sobol 64\n\n\
    With k inputs this takes 2 k + 1 points, and k + 1 for each of Morris's ways and k + 2 for each of Sobol's rows; at each\n\
    point every strategy runs with all replications. A list of values is taken from its first to its last.")]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    short: Short,
    #[command(flatten)]
    prices: Prices,
    /// An input and its range: KEY=LOW..HIGH or KEY=LOW..HIGH:log or KEY=a,b,c (may be repeated), instead of what the
    /// scenario's [sweep] table varies
    #[arg(long, value_name = "KEY=RANGE")]
    vary: Vec<String>,
    /// The metric that is moved
    #[arg(long, value_name = "METRIC", default_value = "latency_p99")]
    metric: String,
    /// Only these strategies, separated by commas (may be repeated) [default: all]
    #[arg(long, value_name = "NAMES")]
    strategy: Vec<String>,
    /// Ways of Morris's method through all inputs; 0 leaves it out
    #[arg(long, value_name = "WAYS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    morris: u32,
    /// Rows of the design for Sobol's indices, best a power of two; 0 leaves them out
    #[arg(long, value_name = "ROWS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    sobol: u32,
    /// Most runs of each strategy
    #[arg(long, value_name = "RUNS", default_value_t = 5_000)]
    budget: u64,
    /// Folder in which the folder of the report is made
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Threads (no result depends on it) [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let question = args.question()?;
    let prices = args.prices.book()?;
    let base = question.template.load([])?;
    // Asked before the work, so that nobody waits for a result that cannot be written.
    report::sensitivity::check(&base, &args.out)?;
    let bar = Bar::new(args.quiet);
    let stop = stop_on_interrupt();
    let options = Options { threads: args.threads.map(usize::from), progress: Some(&bar), stop: Some(&stop) };
    let found = study(&question, &prices, options);
    bar.clear();
    let found = found?;
    let folder = report::sensitivity::write(&question, &base, &found, &args.out)?;
    if !args.quiet {
        let screen = report::sensitivity::render(&question, &found);
        print(format_args!("{screen}\nreport: {}\n", folder.display()))?;
    }
    Ok(Exit::Done)
}

impl Args {
    fn question(&self) -> Result<Question, Failure> {
        let mut inputs = axes(&self.vary)?;
        let metric =
            metric_named(&self.metric).map_err(|error| Failure::bad_input(format!("error: --metric: {error}")))?;
        let mut template = template(&self.input.file, &self.input.changes, &self.short)?;
        let base = template.load([])?;
        input::tells(&base, "--metric", metric.name)?;
        template.only = self.strategy.iter().flat_map(|names| strategy_names(names, &base)).collect();
        if let Some(table) = base.sweep.filter(|_| inputs.is_empty()) {
            inputs = table.vary;
        }
        Ok(Question { template, inputs, metric, ways: self.morris, rows: self.sobol, budget: self.budget })
    }
}
