//! `simctl sensitivity`: which inputs move a metric most.

use super::exit::{Exit, Failure};
use super::input::{self, axes};
use super::output::{WIDTH, print};
use super::study::{Format, Study};
use crate::experiment::sensitivity::{Question, study};
use crate::report;
use crate::scenario::{Scenario, metric_named};

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
    /// An input and its range: KEY=LOW..HIGH or KEY=LOW..HIGH:log or KEY=a,b,c (may be repeated), instead of what the
    /// scenario's [sweep] table varies
    #[arg(long, value_name = "KEY=RANGE")]
    vary: Vec<String>,
    /// The metric that is moved
    #[arg(long, value_name = "METRIC", default_value = "latency_p99")]
    metric: String,
    /// Ways of Morris's method through all inputs; 0 leaves it out
    #[arg(long, value_name = "WAYS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    morris: u32,
    /// Rows of the design for Sobol's indices, best a power of two; 0 leaves them out
    #[arg(long, value_name = "ROWS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    sobol: u32,
    /// Most runs of each strategy
    #[arg(long, value_name = "RUNS", default_value_t = 5_000)]
    budget: u64,
    #[command(flatten)]
    study: Study,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let (asked, (question, base)) = (&args.study, args.question()?);
    let prices = asked.prices()?;
    // Asked before the work, so that nobody waits for a result that cannot be written.
    report::sensitivity::check(&base, &asked.out)?;
    let found = asked.carry_out(|options| study(&question, &prices, options))?;
    let folder = report::sensitivity::write(&question, &base, &found, &asked.out)?;
    match asked.format {
        Format::Json => print(format_args!("{}\n", report::sensitivity::sensitivity_json(&question, &base, &found)?))?,
        Format::Text if asked.quiet => {}
        Format::Text => {
            let screen = report::sensitivity::render(&question, &found, WIDTH);
            print(format_args!("{screen}\nreport: {}\n", folder.display()))?;
        }
    }
    Ok(Exit::Done)
}

impl Args {
    /// What is asked, and the scenario as it stands.
    fn question(&self) -> Result<(Question, Scenario), Failure> {
        let mut inputs = axes(&self.vary)?;
        let metric =
            metric_named(&self.metric).map_err(|error| Failure::bad_input(format!("error: --metric: {error}")))?;
        let (template, base) = self.study.scenario()?;
        input::tells(&base, "--metric", metric.name)?;
        if let Some(table) = base.sweep.clone().filter(|_| inputs.is_empty()) {
            inputs = table.vary;
        }
        let question = Question { template, inputs, metric, ways: self.morris, rows: self.sobol, budget: self.budget };
        Ok((question, base))
    }
}
