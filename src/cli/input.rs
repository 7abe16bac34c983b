//! Scenario files and overrides, as commands take them.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Failure;
use crate::scenario::{Override, Scenario, load};

/// A scenario file and what is changed in it.
#[derive(Debug, Args)]
pub(super) struct Input {
    /// The scenario file (TOML)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub changes: Changes,
}

/// Changes to single values of a scenario.
#[derive(Debug, Args, Default)]
pub(super) struct Changes {
    /// Change one value, e.g. run.load=2 or 'strategy."hourly batch".schedule.parallel=32' (may be repeated)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

impl Changes {
    /// The scenario in `file` with these changes, and `more` after them: those that other options stand for.
    pub(super) fn load(&self, file: &Path, more: Vec<Override>) -> Result<Scenario, Failure> {
        let parse = |text: &String| {
            Override::parse(text).map_err(|error| Failure::bad_input(format!("error: --set {text}: {error}")))
        };
        let mut overrides = self.set.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        overrides.extend(more);
        Ok(load(file, &overrides)?)
    }
}
