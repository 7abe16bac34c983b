//! Scenario files and overrides, as commands take them.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Failure;
use crate::experiment::sweep::Template;
use crate::fluid;
use crate::pricing::PriceBook;
use crate::scenario::{Mode, Override, Scenario, Vary, load, load_prices, text_of};

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
        Ok(load(file, &self.overrides(more)?)?)
    }

    /// These changes, and `more` after them.
    pub(super) fn overrides(&self, more: Vec<Override>) -> Result<Vec<Override>, Failure> {
        let parse = |text: &String| {
            Override::parse(text).map_err(|error| Failure::bad_input(format!("error: --set {text}: {error}")))
        };
        let mut overrides = self.set.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        overrides.extend(more);
        Ok(overrides)
    }
}

/// Options that stand for changes of `[run]` and `[prices]`.
#[derive(Debug, Args, Default)]
pub(super) struct Short {
    /// Root of all randomness, instead of run.seed
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Independent runs of each strategy, instead of run.replications
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    replications: Option<u64>,
    /// How long items arrive, e.g. 2h, instead of run.duration
    #[arg(long, value_name = "TIME")]
    duration: Option<String>,
    /// Take AWS's monthly free allowances off the bill, instead of prices.free-tier
    #[arg(long)]
    free_tier: bool,
}

impl Short {
    /// The overrides that they stand for.
    pub(super) fn overrides(&self) -> Vec<Override> {
        let seed = self.seed.map(|seed| Override::of_option("--seed", "run.seed", &seed.to_string()));
        let count = |count: u64| Override::of_option("--replications", "run.replications", &count.to_string());
        let duration = |text: &String| Override::of_option("--duration", "run.duration", text);
        let replications = self.replications.map(count);
        let duration = self.duration.as_ref().map(duration);
        let free_tier = self.free_tier.then(|| Override::of_option("--free-tier", "prices.free-tier", "granted"));
        seed.into_iter().chain(replications).chain(duration).chain(free_tier).collect()
    }
}

/// The prices that make money of counts.
#[derive(Debug, Args, Default)]
pub(super) struct Prices {
    /// Prices instead of the embedded ones: a book as `simctl prices` prints it, or only the rows that differ
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
}

impl Prices {
    /// The book.
    pub(super) fn book(&self) -> Result<PriceBook, Failure> {
        match &self.prices {
            Some(file) => Ok(load_prices(file)?),
            None => Ok(PriceBook::embedded()),
        }
    }

    /// Whether the embedded ones hold.
    pub(super) fn are_embedded(&self) -> bool {
        self.prices.is_none()
    }
}

/// Refuses a scenario whose items are not played one by one, for what tells of single ones.
pub(super) fn plays_items(scenario: &Scenario, what: &str) -> Result<(), Failure> {
    match scenario.run.mode {
        Mode::Events => Ok(()),
        Mode::Fluid { .. } => Err(Failure::bad_input(format!(
            "error: `run.mode`: {what} tells of items, and a fluid has none: add --set run.mode=events"
        ))),
    }
}

/// Refuses a question about a metric that a fluid does not tell; `option` asks it.
pub(super) fn tells(scenario: &Scenario, option: &str, metric: &str) -> Result<(), Failure> {
    let flows = || scenario.designs.iter().filter_map(|design| fluid::flow_of(design, &scenario.streams).ok());
    if scenario.run.mode == Mode::Events || flows().all(|flow| fluid::tells(flow, metric)) {
        return Ok(());
    }
    let title = format!("error: {option}: {metric} is of single items, and `mode = \"fluid\"` does not tell it");
    Err(Failure::bad_input(format!("{title}: add --set run.mode=events")))
}

/// The scenario in a file, as yet unread, so that it can be read with other values again and again.
pub(super) fn template(file: &Path, changes: &Changes, short: &Short) -> Result<Template, Failure> {
    Ok(Template {
        name: file.display().to_string(),
        text: text_of(file)?,
        folder: file.parent().unwrap_or(Path::new("")).to_owned(),
        sets: changes.overrides(short.overrides())?,
        only: Vec::new(),
    })
}

/// Keys with their values, as `--vary` gives them.
pub(super) fn axes(vary: &[String]) -> Result<Vec<Vary>, Failure> {
    let refused = |text: &String, error| Failure::bad_input(format!("error: --vary {text}: {error}"));
    vary.iter().map(|text| Vary::parse(text).map_err(|error| refused(text, error))).collect()
}

/// The strategies that an `--only` names: one whose name may hold commas, or several with commas between them.
pub(super) fn strategy_names(names: &str, scenario: &Scenario) -> Vec<String> {
    if scenario.designs.iter().any(|design| design.name == names) {
        return vec![names.to_owned()];
    }
    names.split(',').map(str::to_owned).collect()
}
