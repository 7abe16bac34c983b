//! `simctl sweep merge`: the report of a manifest's parts.

use super::super::exit::{Exit, Failure};
use super::super::output::{WIDTH, print};
use super::asked::Shared;
use crate::experiment::sweep::parts::Parts;
use crate::report;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    simctl sweep merge manifest.json --parts /shared/parts\n\n\
    Every point must have its part, whole and of this manifest. The report has the same bytes as if one machine had run\n\
    the sweep. The parts are left where they are.")]
pub(super) struct Args {
    #[command(flatten)]
    shared: Shared,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let shared = &args.shared;
    let sweep = shared.sweep()?;
    report::sweep::check(&sweep, &shared.out)?;
    let folder = shared.parts.clone().unwrap_or_else(|| report::sweep::parts_folder(&sweep, &shared.out));
    let written = report::sweep::write(&sweep, &Parts::new(folder, &sweep), &shared.out)?;
    if !shared.quiet {
        print(written.render(&sweep, WIDTH))?;
    }
    Ok(Exit::Done)
}
