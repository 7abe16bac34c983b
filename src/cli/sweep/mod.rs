//! `simctl sweep`: a scenario at many points, on this machine or in parts on many.

mod asked;
mod here;
mod merge;
mod plan;
mod shard;

use clap::Subcommand;

use super::exit::{Exit, Failure};

/// Run a scenario at many points, each a choice of values for some of its keys.
///
/// Every point sees the same items with the same service times, as far as its own values leave them the same. What is
/// finished is kept: a sweep that was stopped or killed goes on where it was when the same is run again.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  \
        simctl sweep scenarios/atm.toml --vary run.load=0.1..10:log:20 --replications 5\n  \
        simctl sweep scenarios/atm.toml --vary run.load=0.5,1,2 \\\n    \
            --vary 'strategy.\"hourly batch\".schedule.expression=rate(5 minutes),rate(15 minutes),rate(1 hour)'\n  \
        simctl sweep scenarios/atm.toml --vary run.load=0.1..10:log --vary functions.post.memory=256MB,512MB --sample sobol:64\n\n\
    On many machines:\n  \
        simctl sweep plan scenarios/atm.toml --vary run.load=0.1..10:log:20 > manifest.json\n  \
        simctl sweep run manifest.json --shard 3/8\n  \
        simctl sweep merge manifest.json"
)]
pub(super) struct Args {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    here: here::Here,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Print the manifest of a sweep: its points by number, and what they must agree in.
    Plan(plan::Args),
    /// Run a share of a manifest's points.
    Run(shard::Args),
    /// Make the report of a manifest's parts.
    Merge(merge::Args),
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    match &args.part {
        Some(Part::Plan(args)) => plan::execute(args),
        Some(Part::Run(args)) => shard::execute(args),
        Some(Part::Merge(args)) => merge::execute(args),
        None => here::execute(&args.here),
    }
}
