//! `simctl limit`: where each design breaks.

use super::exit::{Exit, Failure};
use super::input;
use super::output::{WIDTH, print};
use super::study::{Format, Study};
use crate::experiment::limit::{Question, find};
use crate::report;
use crate::scenario::{Condition, Scenario, Vary};

/// Find the value of a key at which a condition on a metric begins, or ceases, to hold, for every strategy.
///
/// The key's range is bisected between values at which the metric's mean is shown to lie on one side of the bound.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    simctl limit scenarios/atm.toml --vary run.load=0.1..20:log --until 'latency_p99 > 60s' --replications 5\n  \
    simctl limit scenarios/atm.toml --strategy 'hourly batch' --vary run.load --until 'timeouts > 0'\n  \
    simctl limit scenarios/atm.toml --strategy '5-minute batch' --until 'latency_p99 > 10m' --replications 5 \\\n    \
        --vary 'strategy.\"5-minute batch\".schedule.expression=rate(1..60 minutes)'\n\n\
    The interval holds the true limit in 95 of 100 seeds at least, if the metric's mean moves in one direction over the\n\
    range. A value that --replications do not decide is run with up to eight times as many.")]
pub(super) struct Args {
    /// The key and its range: KEY=LOW..HIGH or KEY=LOW..HIGH:log; whole numbers with :whole; KEY alone is from a tenth to ten
    /// times of what the scenario has
    #[arg(long, value_name = "KEY=RANGE")]
    vary: String,
    /// What begins or ceases to hold: METRIC > BOUND (or >=, <, <=)
    #[arg(long, value_name = "CONDITION")]
    until: String,
    /// How narrow the interval shall be, in per cent of the limit
    #[arg(long, value_name = "PERCENT", default_value_t = 2.0)]
    precision: f64,
    /// Most runs of each strategy
    #[arg(long, value_name = "RUNS", default_value_t = 2_000)]
    budget: u64,
    #[command(flatten)]
    study: Study,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let (study, (question, base)) = (&args.study, args.question()?);
    let prices = study.prices()?;
    // Asked before the work, so that nobody waits for a result that cannot be written.
    report::limit::check(&base, &study.out)?;
    let limits = study.carry_out(|options| find(&question, &prices, options))?;
    let folder = report::limit::write(&question, &base, &limits, &study.out)?;
    match study.format {
        Format::Json => print(format_args!("{}\n", report::limit::limits_json(&question, &base, &limits)?))?,
        Format::Text if study.quiet => {}
        Format::Text => {
            let screen = report::limit::render_limits(&question, &limits, WIDTH);
            print(format_args!("{screen}report: {}\n", folder.display()))?;
        }
    }
    Ok(Exit::Done)
}

impl Args {
    /// What is asked, and the scenario as it stands.
    fn question(&self) -> Result<(Question, Scenario), Failure> {
        let refused = |option: &str, error: String| Failure::bad_input(format!("error: {option}: {error}"));
        if !(self.precision > 0.0 && self.precision <= 100.0) {
            return Err(refused("--precision", "expected more than 0 and at most 100 per cent".to_owned()));
        }
        let until = Condition::parse(&self.until).map_err(|error| refused("--until", error.to_string()))?;
        let (template, base) = self.study.scenario()?;
        input::tells(&base, "--until", until.metric.name)?;
        let vary = Vary::parse_around(&self.vary, &base.understood);
        let vary = vary.map_err(|error| refused("--vary", error.to_string()))?;
        let question = Question { template, vary, until, precision: self.precision / 100.0, budget: self.budget };
        Ok((question, base))
    }
}
