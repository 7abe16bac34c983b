//! `simctl sweep plan`: a manifest on standard output.

use super::super::exit::{Exit, Failure};
use super::super::output::printed;
use super::asked::Asked;
use crate::experiment::sweep::manifest;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    simctl sweep plan scenarios/atm.toml --vary run.load=0.1..10:log:20 > manifest.json\n\n\
    The manifest holds the scenario's text. Other files that it names (traces, samples) are looked for beside the manifest.")]
pub(super) struct Args {
    #[command(flatten)]
    asked: Asked,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let sweep = args.asked.sweep(None)?;
    let file = args.asked.file()?.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    printed(manifest::write(&sweep, &file, &mut out).and_then(|()| std::io::Write::flush(&mut out)))?;
    Ok(Exit::Done)
}
