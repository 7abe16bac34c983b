//! What a sweep is asked for, as its commands take it.

use std::path::{Path, PathBuf};

use super::super::exit::Failure;
use super::super::input::{Changes, Prices, Short, axes, strategy_names, template};
use crate::experiment::sweep::manifest;
use crate::experiment::sweep::{Plan, Sweep};
use crate::scenario::Sampling;

/// A scenario and what varies in it.
#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    /// The scenario file (TOML)
    // Not there where a subcommand is, which takes its place.
    #[arg(value_name = "FILE", required = true)]
    file: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    short: Short,
    /// Vary a key: KEY=a,b,c or KEY=LOW..HIGH:COUNT or KEY=LOW..HIGH:log:COUNT (several make a grid), instead of what the
    /// scenario's [sweep] table varies
    #[arg(long, value_name = "KEY=VALUES")]
    vary: Vec<String>,
    /// How values are combined: grid; latin:N for N points of a Latin hypercube, sobol:N of a Sobol sequence [default: grid]
    #[arg(long, value_name = "WAY")]
    sample: Option<Sampling>,
    #[command(flatten)]
    prices: Prices,
    /// Only these strategies, separated by commas (may be repeated) [default: all]
    #[arg(long, visible_alias = "strategy", value_name = "NAMES")]
    only: Vec<String>,
}

impl Asked {
    /// The scenario's file.
    pub(super) fn file(&self) -> Result<&Path, Failure> {
        let absent = || Failure::bad_input("error: no scenario: write simctl sweep FILE --vary KEY=VALUES");
        self.file.as_deref().ok_or_else(absent)
    }

    /// Every point, validated.
    pub(super) fn sweep(&self, threads: Option<u16>) -> Result<Sweep, Failure> {
        let mut axes = axes(&self.vary)?;
        let mut template = template(self.file()?, &self.changes, &self.short)?;
        let base = template.load([])?;
        template.only = self.only.iter().flat_map(|names| strategy_names(names, &base)).collect();
        let mut sampling = Sampling::Grid;
        if let Some(table) = base.sweep.filter(|_| axes.is_empty()) {
            (axes, sampling) = (table.vary, table.sampling);
        }
        let sampling = self.sample.unwrap_or(sampling);
        let prices = self.prices.book()?;
        Ok(Sweep::check(Plan { template, axes, sampling }, threads.map(usize::from))?.priced(prices))
    }
}

/// A manifest and where its parts are.
#[derive(Debug, clap::Args)]
pub(super) struct Shared {
    /// The manifest that `simctl sweep plan` printed
    #[arg(value_name = "MANIFEST")]
    pub(super) manifest: PathBuf,
    /// Folder of the parts, the same for all shards [default: DIR/<scenario>-sweep.parts]
    #[arg(long, value_name = "FOLDER")]
    pub(super) parts: Option<PathBuf>,
    /// Folder in which the folder of the report is made
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub(super) out: PathBuf,
    /// Threads (no result depends on it) [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Print nothing but errors
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl Shared {
    /// The manifest's sweep, every point validated again.
    pub(super) fn sweep(&self) -> Result<Sweep, Failure> {
        let path = &self.manifest;
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::bad_input(format!("error: cannot read {}: {error}", path.display())))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(manifest::read(&text, folder, self.threads.map(usize::from))?)
    }
}
