//! `simctl sweep FILE`: the whole sweep on this machine.

use std::path::PathBuf;

use super::super::exit::{Exit, Failure};
use super::super::interrupt::stop_on_interrupt;
use super::super::output::{WIDTH, print};
use super::super::progress::watched;
use super::asked::Asked;
use crate::experiment::sweep::parts::Parts;
use crate::experiment::sweep::{self, Shard, Sweep};
use crate::report;

#[derive(Debug, clap::Args)]
pub(super) struct Here {
    #[command(flatten)]
    asked: Asked,
    /// Folder in which the folder of the report is made
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Threads (no result depends on it) [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Forget the points of a sweep that was stopped, and begin anew
    #[arg(long)]
    restart: bool,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn execute(args: &Here) -> Result<Exit, Failure> {
    let sweep = args.asked.sweep(args.threads)?;
    // Asked before the work, so that nobody waits for a result that cannot be written.
    report::sweep::check(&sweep, &args.out)?;
    let parts = Parts::new(report::sweep::parts_folder(&sweep, &args.out), &sweep);
    if args.restart {
        parts.remove()?;
    }
    run(&sweep, Shard::WHOLE, &parts, args.threads, args.quiet)?;
    let written = report::sweep::write(&sweep, &parts, &args.out)?;
    parts.remove()?;
    if !args.quiet {
        print(written.render(&sweep, WIDTH))?;
    }
    Ok(Exit::Done)
}

/// Runs a shard of a sweep, with progress; what was finished before is not run again.
pub(super) fn run(
    sweep: &Sweep,
    shard: Shard,
    parts: &Parts,
    threads: Option<u16>,
    quiet: bool,
) -> Result<(), Failure> {
    let points = shard.points(sweep.points());
    let result = watched(&stop_on_interrupt(), quiet, threads, |options| sweep::run(sweep, points, parts, options));
    result.map_err(|error| {
        let done = parts.done().map_or(0, |done| done.iter().filter(|done| **done).count());
        let line = format!("{done} of {} points are done and kept: run the same again to go on", sweep.points());
        let failure = Failure::from(error);
        if done > 0 { failure.with_line(&line) } else { failure }
    })
}
