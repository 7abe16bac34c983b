//! What the commands have in common that ask a scenario a question in many runs: limit, recommend and sensitivity.

use std::path::PathBuf;

use clap::ValueEnum;

use super::exit::Failure;
use super::input::{Input, Prices, Short, strategy_names, template};
use super::interrupt::stop_on_interrupt;
use super::progress::watched;
use crate::experiment::Options;
use crate::experiment::sweep::Template;
use crate::pricing::PriceBook;
use crate::scenario::Scenario;

/// The scenario, and where the answer goes.
#[derive(Debug, clap::Args)]
pub(super) struct Study {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    short: Short,
    #[command(flatten)]
    prices: Prices,
    /// Only these strategies, separated by commas (may be repeated) [default: all]
    #[arg(long, visible_alias = "only", value_name = "NAMES")]
    strategy: Vec<String>,
    /// Folder in which the folder of the report is made
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub(super) out: PathBuf,
    /// Threads (no result depends on it) [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Print nothing but errors (and, with --format json, what it is)
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// What is printed of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// The answer for people
    Text,
    /// The report's JSON document on one line
    Json,
}

impl Study {
    /// The scenario's text with what is changed in it, and the scenario as it stands, with the strategies asked for.
    pub(super) fn scenario(&self) -> Result<(Template, Scenario), Failure> {
        let mut template = template(&self.input.file, &self.input.changes, &self.short)?;
        let whole = template.load([])?;
        template.only = self.strategy.iter().flat_map(|names| strategy_names(names, &whole)).collect();
        let base = template.load([])?;
        Ok((template, base))
    }

    /// The prices that make money of counts.
    pub(super) fn prices(&self) -> Result<PriceBook, Failure> {
        self.prices.book()
    }

    /// Does the work, with progress, until it is done or stopped by Ctrl-C.
    pub(super) fn carry_out<T, E>(&self, work: impl FnOnce(Options<'_>) -> Result<T, E>) -> Result<T, Failure>
    where
        Failure: From<E>,
    {
        Ok(watched(&stop_on_interrupt(), self.quiet, self.threads, work)?)
    }
}
