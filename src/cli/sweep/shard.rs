//! `simctl sweep run`: a share of a manifest's points.

use super::super::exit::{Exit, Failure};
use super::super::output::print;
use super::asked::Shared;
use super::here;
use crate::experiment::sweep::Shard;
use crate::experiment::sweep::parts::Parts;
use crate::report;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    simctl sweep run manifest.json --shard 3/8\n  \
    simctl sweep run manifest.json --shards 8 --parts /shared/parts\n\n\
    Without --shard, the shard is that of the array job it runs in: SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX or\n\
    JOB_COMPLETION_INDEX (Kubernetes). With --shards N that index counts from 0; without, N and the least index are\n\
    Slurm's or AWS Batch's own. Points that have their part are not run again.")]
pub(super) struct Args {
    #[command(flatten)]
    shared: Shared,
    /// Which share: i/n, with i from 1 to n
    #[arg(long, value_name = "I/N", conflicts_with = "shards")]
    shard: Option<Shard>,
    /// Of how many shares the array job's index is one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    shards: Option<u64>,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let shared = &args.shared;
    let shard = match args.shard {
        Some(shard) => shard,
        None => Shard::of_scheduler(|name| std::env::var(name).ok(), args.shards)
            .map_err(|error| Failure::bad_input(format!("error: {error}")))?,
    };
    let sweep = shared.sweep()?;
    let folder = shared.parts.clone().unwrap_or_else(|| report::sweep::parts_folder(&sweep, &shared.out));
    let parts = Parts::new(folder, &sweep);
    here::run(&sweep, shard, &parts, shared.threads, shared.quiet)?;
    if !shared.quiet {
        let points = shard.points(sweep.points()).count();
        print(format_args!("{points} of {} points\nparts: {}\n", sweep.points(), parts.folder().display()))?;
    }
    Ok(Exit::Done)
}
