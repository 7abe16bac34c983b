//! `simctl run`: the screen, and tables and charts in a folder.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::input::{self, Input, Prices, Short, strategy_names};
use super::interrupt::stop_on_interrupt;
use super::output::{WIDTH, note, print};
use super::progress::watched;
use crate::experiment::timeline::record;
use crate::experiment::{self, Options, Results};
use crate::pricing::PriceBook;
use crate::report::{self, Beside};
use crate::scenario::{Diagnostics, Override, Scenario, load};

/// Run a scenario: every strategy against the same items, replication by replication.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    simctl run scenarios/atm.toml\n  \
    simctl run scenarios/atm.toml --set run.load=2 --replications 5 --only 'hourly batch,per event'\n  \
    simctl run scenarios/atm.toml --precision 2% --max-replications 200\n  \
    simctl run scenarios/atm.toml --check --quiet --format json\n  \
    simctl run scenarios/atm.toml --check --junit junit.xml --format github\n  \
    simctl run scenarios/atm.toml --duration 1h --replications 1 --timeline atm-timeline.json")]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// Folder in which the folder of the report is made
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    #[command(flatten)]
    short: Short,
    /// Add replications until the half-width of latency_p99 is at most this share of it, e.g. 2%, instead of run.precision
    #[arg(long, value_name = "SHARE")]
    precision: Option<String>,
    /// Most replications that --precision may come to, instead of run.max-replications
    #[arg(long, value_name = "N")]
    max_replications: Option<u64>,
    /// Threads (no result depends on it) [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Only these strategies, separated by commas (may be repeated) [default: all]
    #[arg(long, visible_alias = "strategy", value_name = "NAMES")]
    only: Vec<String>,
    #[command(flatten)]
    prices: Prices,
    /// Exit with 1 if an objective is missed
    #[arg(long)]
    check: bool,
    /// Write the objectives to a JUnit file too, a test case for each with each strategy
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the runs of one replication as a timeline to this file, in the Chrome trace format (ui.perfetto.dev opens it)
    #[arg(long, value_name = "FILE")]
    timeline: Option<PathBuf>,
    #[command(flatten)]
    timeline_of: TimelineOf,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print nothing but errors (and, with --format json or github, what it is)
    #[arg(long, short)]
    quiet: bool,
}

/// What the timeline shows.
#[derive(Debug, clap::Args)]
struct TimelineOf {
    /// Most events of the timeline, names of tracks among them, shared out evenly among its strategies
    #[arg(long, value_name = "N", default_value_t = 200_000, requires = "timeline",
          value_parser = clap::value_parser!(u32).range(1..))]
    timeline_limit: u32,
    /// Only this strategy in the timeline [default: all that are run]
    #[arg(long, value_name = "NAME", requires = "timeline")]
    timeline_strategy: Option<String>,
    /// The replication that the timeline shows, from 1
    #[arg(long, value_name = "R", default_value_t = 1, requires = "timeline",
          value_parser = clap::value_parser!(u64).range(1..))]
    timeline_replication: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One screen for people
    Text,
    /// The document of run.json on one line
    Json,
    /// Workflow commands of GitHub: an annotation at the line of each objective that is missed
    Github,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let scenario = args.scenario()?;
    let prices = args.prices.book()?;
    // Asked before the work, so that nobody waits for a result that cannot be written.
    report::files::check(&scenario.name, &args.out)?;
    let junit = args.junit.as_deref().map(Beside::new).transpose()?;
    let timeline = args.timeline.as_deref().map(Beside::new).transpose()?;
    let shown = args.shown_in_timeline(&scenario)?;
    let stop = stop_on_interrupt();
    if !args.quiet && args.format == Format::Text {
        note(&scenario.notes);
    }
    let results = simulate(&scenario, &prices, args, &stop)?;
    let folder = report::files::write(&results, &args.out)?;
    if let Some(junit) = junit {
        let text = report::junit(&results);
        junit.write(|out| out.write_all(text.as_bytes()))?;
    }
    let timeline = match timeline {
        Some(place) => args.write_timeline(&scenario, &shown, &place, &stop)?,
        None => String::new(),
    };
    args.print(&results, &folder)?;
    if !args.quiet && args.format == Format::Text {
        print(timeline)?;
    }
    let unanswered = results.fluid.as_ref().is_some_and(|fluid| !fluid.unanswered.is_empty());
    let missed = unanswered || results.objectives.iter().any(|objective| !objective.met);
    Ok(if args.check && missed { Exit::No } else { Exit::Done })
}

fn simulate(scenario: &Scenario, prices: &PriceBook, args: &Args, stop: &AtomicBool) -> Result<Results, Failure> {
    Ok(watched(stop, args.quiet, args.threads, |options| experiment::run(scenario, prices, options))?)
}

impl Args {
    fn scenario(&self) -> Result<Scenario, Failure> {
        let overrides = self.input.changes.overrides(self.own_overrides())?;
        let scenario = load(&self.input.file, &overrides).map_err(|faults| self.refused(faults))?;
        if self.only.is_empty() {
            return Ok(scenario);
        }
        let names: Vec<String> = self.only.iter().flat_map(|names| strategy_names(names, &scenario)).collect();
        scenario.only(&names).map_err(|error| Failure::bad_input(format!("error: --only: {error}")))
    }

    /// The overrides that options stand for.
    fn own_overrides(&self) -> Vec<Override> {
        let mut overrides = self.short.overrides();
        let share = |share: &String| Override::of_option("--precision", "run.precision", share);
        overrides.extend(self.precision.as_ref().map(share));
        let most = |most: u64| Override::of_option("--max-replications", "run.max-replications", &most.to_string());
        overrides.extend(self.max_replications.map(most));
        overrides
    }

    /// Why a scenario is refused: for GitHub also where in the file.
    fn refused(&self, faults: Diagnostics) -> Failure {
        let annotated = match self.format {
            Format::Github => print(report::diagnostics_annotations(&faults)),
            Format::Text | Format::Json => Ok(()),
        };
        annotated.err().unwrap_or_else(|| faults.into())
    }

    /// The strategies of the timeline, if one is asked for.
    fn shown_in_timeline(&self, scenario: &Scenario) -> Result<Vec<usize>, Failure> {
        if self.timeline.is_none() {
            return Ok(Vec::new());
        }
        input::plays_items(scenario, "--timeline")?;
        let TimelineOf { timeline_strategy, timeline_replication: asked, .. } = &self.timeline_of;
        let replications = scenario.run.replications;
        if *asked > replications {
            return Err(Failure::bad_input(format!(
                "error: --timeline-replication: there is no replication {asked}: the scenario has {replications} \
                 (1 to {replications})"
            )));
        }
        match timeline_strategy {
            None => Ok((0..scenario.designs.len()).collect()),
            Some(name) => {
                let found = scenario.strategy(name);
                let one = found.map_err(|error| Failure::bad_input(format!("error: --timeline-strategy: {error}")))?;
                Ok(vec![one])
            }
        }
    }

    /// Writes the timeline, and says so.
    fn write_timeline(
        &self,
        scenario: &Scenario,
        shown: &[usize],
        place: &Beside,
        stop: &AtomicBool,
    ) -> Result<String, Failure> {
        let limit = self.timeline_of.timeline_limit as usize;
        let options = Options { threads: self.threads.map(usize::from), progress: None, stop: Some(stop) };
        let replication = self.timeline_of.timeline_replication - 1;
        // A moment is an event at least, so that no more than the limit are of use.
        let tracks = record(scenario, replication, shown, (limit / shown.len().max(1)).max(1), options)?;
        let written = report::timeline::write(scenario, &tracks, limit, place)?;
        let mut text = format!("timeline: {}, {} events\n", place.path().display(), written.events);
        for (strategy, until) in &written.cut {
            let until = report::story::clock(*until);
            text += &format!("  \"{strategy}\" only up to {until}: the limit; more with --timeline-limit\n");
        }
        Ok(text)
    }

    fn print(&self, results: &Results, folder: &Path) -> Result<(), Failure> {
        match self.format {
            Format::Json => print(format_args!("{}\n", report::json_line(results)?)),
            Format::Github => print(report::annotations(results)),
            Format::Text if self.quiet => Ok(()),
            Format::Text => {
                let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                print(format_args!(
                    "{}\nreport: {}\n",
                    report::render(results, usize::from(WIDTH), colour),
                    folder.display()
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::{load_text, starter};

    #[test]
    fn a_strategy_is_named_whole_or_among_others() {
        let text = starter().replace("\"per event\"", "\"per event, warm\"");
        let scenario = load_text("test.toml", &text, Path::new(""), &[]).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(strategy_names("per event, warm", &scenario), ["per event, warm"]);
        assert_eq!(strategy_names("hourly batch,daily", &scenario), ["hourly batch", "daily"]);
    }

    #[test]
    fn an_option_is_blamed_by_its_own_name() {
        for (option, key, value) in [
            ("--duration", "run.duration", "5x"),
            ("--replications", "run.replications", "0"),
            ("--seed", "run.seed", "18446744073709551615"),
        ] {
            let one = Override::of_option(option, key, value);
            let faults = load_text("test.toml", starter(), Path::new(""), &[one]).unwrap_err().to_string();
            assert!(faults.contains(&format!("--> {option}:1:{}", option.len() + 2)), "{faults}");
            assert!(faults.contains(&format!("{option} {value}")) && !faults.contains("--set"), "{faults}");
        }
    }
}
