//! `simctl recommend`: the cheapest setting of each design that meets the objectives.

use super::exit::{Exit, Failure};
use super::input::{self, axes};
use super::output::{WIDTH, print};
use super::study::{Format, Study};
use crate::experiment::recommend::{Question, recommend};
use crate::experiment::sweep::Plan;
use crate::report;
use crate::scenario::{Condition, Sampling, Scenario};

/// Find the cheapest setting of each strategy that meets the objectives, with a stated confidence.
///
/// All settings face the same items, replication by replication. Those that are shown to miss an objective, or to cost more
/// than another that meets them, are dropped; the replications of the rest are doubled until the cheapest is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    simctl recommend scenarios/atm.toml --vary functions.post.memory=256MB,512MB,1024MB --only 'per event'\n  \
    simctl recommend scenarios/atm.toml --meet 'latency_p99 < 5m' --meet 'lost <= 0' --replications 5 \\\n    \
        --vary 'strategy.\"5-minute batch\".schedule.expression=rate(1 minute),rate(2 minutes),rate(5 minutes)'\n  \
    simctl recommend scenarios/mine.toml --confidence 99 --indifference 5 --format json\n\n\
    Exit codes: 0 something is recommended; 1 no setting is shown to meet the objectives; 2 bad input or usage.\n\
    The guarantee, its proof and what it assumes: docs/recommendation.md.")]
pub(super) struct Args {
    /// Vary a key: KEY=a,b,c or KEY=LOW..HIGH:COUNT or KEY=LOW..HIGH:log:COUNT (several make a grid), instead of what the
    /// scenario's [search] table varies
    #[arg(long, value_name = "KEY=VALUES")]
    vary: Vec<String>,
    /// How values are combined: grid, latin:N or sobol:N for N points of a Latin hypercube or a Sobol sequence [default: grid]
    #[arg(long, value_name = "WAY")]
    sample: Option<Sampling>,
    /// What a setting must meet instead of the scenario's objectives: METRIC < BOUND (or <=, >, >=; may be repeated)
    #[arg(long, value_name = "CONDITION")]
    meet: Vec<String>,
    /// How likely the whole answer shall be right, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 95.0)]
    confidence: f64,
    /// A difference in cost that is not worth more runs, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    indifference: f64,
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
    report::recommend::check(&base, &study.out)?;
    let found = study.carry_out(|options| recommend(&question, &prices, options))?;
    let asked = report::recommend::Asked { question: &question, base: &base, prices: &prices, found: &found };
    let folder = report::recommend::write(&asked, &study.out)?;
    match study.format {
        Format::Json => print(format_args!("{}\n", report::recommend::recommendation_json(&asked)?))?,
        Format::Text if study.quiet => {}
        Format::Text => {
            let screen = report::recommend::render_recommendation(&asked, WIDTH);
            print(format_args!("{screen}report: {}\n", folder.display()))?;
        }
    }
    Ok(if asked.found.best.is_some() { Exit::Done } else { Exit::No })
}

impl Args {
    /// What is asked, and the scenario without any change of the search.
    fn question(&self) -> Result<(Question, Scenario), Failure> {
        let refused = |option: &str, error: &str| Failure::bad_input(format!("error: {option}: {error}"));
        if !(self.confidence >= 50.0 && self.confidence < 100.0) {
            return Err(refused("--confidence", "expected at least 50 and less than 100 per cent"));
        }
        if !(self.indifference >= 0.0 && self.indifference <= 50.0) {
            return Err(refused("--indifference", "expected 0 to 50 per cent"));
        }
        let condition = |text: &String| match Condition::parse(text) {
            Ok(condition) => Ok((text.trim().to_owned(), condition)),
            Err(error) => Err(refused("--meet", &error.to_string())),
        };
        let meet = self.meet.iter().map(condition).collect::<Result<Vec<_>, _>>()?;
        let mut axes = axes(&self.vary)?;
        let (template, base) = self.study.scenario()?;
        for (_, condition) in &meet {
            input::tells(&base, "--meet", condition.metric.name)?;
        }
        for objective in base.objectives.iter().filter(|_| meet.is_empty()) {
            input::tells(&base, "[[objective]]", objective.metric.name)?;
        }
        let mut sampling = Sampling::Grid;
        if let Some(table) = base.search.clone().filter(|_| axes.is_empty()) {
            (axes, sampling) = (table.vary, table.sampling);
        }
        let plan = Plan { template, axes, sampling: self.sample.unwrap_or(sampling) };
        let (confidence, indifference) = (self.confidence / 100.0, self.indifference / 100.0);
        Ok((Question { plan, meet, confidence, indifference, budget: self.budget }, base))
    }
}
