//! `simctl explain`: the story of one item, moment by moment.

use clap::{ArgGroup, ValueEnum};

use super::exit::{Exit, Failure};
use super::input::{self, Input, Short};
use super::interrupt::stop_on_interrupt;
use super::output::print;
use crate::experiment::Options;
use crate::experiment::story::{Candidate, Runs, Story, bad_ends, search, tell};
use crate::model::story::{Fate, Wanted};
use crate::report;
use crate::scenario::Scenario;
use crate::words::ItemId;

/// Tell the story of one item: arrival, deliveries, attempts, back-offs, effects, and how it ended.
///
/// The item's replication is played again up to the item's end; what is told agrees exactly with the results of `run`.
#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("which").required(true).args(["item", "worst", "ended", "lost"]),
    after_help = "Examples:\n  \
    simctl explain scenarios/atm.toml --strategy 'hourly batch' --item withdrawals:17\n  \
    simctl explain scenarios/payments.toml --worst duplicates\n  \
    simctl explain scenarios/atm.toml --lost --replications 3 --format json\n\n\
    Exit codes: 0 a story was told; 1 there is no such item (nothing was lost, no duplicates); 2 bad input or usage."
)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    short: Short,
    /// The strategy [default: with --item the only one there is; else all are searched]
    #[arg(long, value_name = "NAME")]
    strategy: Option<String>,
    /// The replication, from 1 [default: with --item the first; else all are searched]
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u64).range(1..))]
    replication: Option<u64>,
    /// The item: the name of its stream and its number there, from 0
    #[arg(long, value_name = "STREAM:N")]
    item: Option<String>,
    /// The item with the longest latency, or with the most duplicates
    #[arg(long, value_name = "WHAT")]
    worst: Option<Worst>,
    /// The first item an effect of which ended so
    #[arg(long, value_name = "HOW")]
    ended: Option<EndedAs>,
    /// The first item that was lost: --ended lost
    #[arg(long)]
    lost: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Threads (no result depends on it) [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Worst {
    /// From the arrival to the last effect
    Latency,
    /// Effects applied again
    Duplicates,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EndedAs {
    /// Nothing worked towards it any more
    Lost,
    /// Given up into a dead-letter queue or destination
    DeadLettered,
    /// Outlived its largest age
    Expired,
    /// Refused at the door
    Rejected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A timeline for people
    Text,
    /// A document on one line
    Json,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let scenario = args.input.changes.load(&args.input.file, args.short.overrides())?;
    input::plays_items(&scenario, "explain")?;
    let stop = stop_on_interrupt();
    let options = Options { threads: args.threads.map(usize::from), progress: None, stop: Some(&stop) };
    let runs = args.runs(&scenario)?;
    let (design, replication, item) = match args.wanted() {
        None => args.named(&scenario, runs)?,
        Some(wanted) => match search(&scenario, wanted, runs, options)? {
            Some(Candidate { design, replication, found }) => (design, replication, found.item),
            None => return args.print_none(&scenario, wanted, runs, options),
        },
    };
    let story = tell(&scenario, replication, design, item, options)?;
    if story.verdict.arrived.is_none() {
        return Err(never_arrived(&scenario, &story));
    }
    match args.format {
        Format::Text => print(report::story::render(&scenario, &story))?,
        Format::Json => print(format_args!("{}\n", report::story::json(&scenario, &story)))?,
    }
    Ok(Exit::Done)
}

impl Args {
    /// What is looked for; none: an item was named.
    fn wanted(&self) -> Option<Wanted> {
        let fate = match self.ended {
            Some(EndedAs::Lost) => Some(Fate::Lost),
            Some(EndedAs::DeadLettered) => Some(Fate::DeadLettered),
            Some(EndedAs::Expired) => Some(Fate::Expired),
            Some(EndedAs::Rejected) => Some(Fate::Rejected),
            None => self.lost.then_some(Fate::Lost),
        };
        match self.worst {
            Some(Worst::Latency) => Some(Wanted::Latency),
            Some(Worst::Duplicates) => Some(Wanted::Duplicates),
            None => fate.map(Wanted::Fate),
        }
    }

    fn runs(&self, scenario: &Scenario) -> Result<Runs, Failure> {
        let refused = |option: &str, error: String| Failure::bad_input(format!("error: {option}: {error}"));
        let found = self.strategy.as_ref().map(|name| scenario.strategy(name)).transpose();
        let design = found.map_err(|error| refused("--strategy", error.to_string()))?;
        let replications = scenario.run.replications;
        match self.replication {
            Some(asked) if asked > replications => {
                let error =
                    format!("there is no replication {asked}: the scenario has {replications} (1 to {replications})");
                Err(refused("--replication", error))
            }
            asked => Ok(Runs { design, replication: asked.map(|from_one| from_one - 1) }),
        }
    }

    /// The item that `--item` names, and its run.
    fn named(&self, scenario: &Scenario, runs: Runs) -> Result<(usize, u64, ItemId), Failure> {
        let text = self.item.as_deref().unwrap_or_default();
        let refused = |error: String| Failure::bad_input(format!("error: --item {text}: {error}"));
        let design = match (runs.design, scenario.designs.as_slice()) {
            (Some(design), _) => design,
            (None, [_]) => 0,
            (None, designs) => {
                let names: Vec<&str> = designs.iter().map(|design| design.name.as_str()).collect();
                return Err(refused(format!("--strategy is needed; strategies: {}", names.join(", "))));
            }
        };
        let Some((stream, number)) = text.rsplit_once(':') else {
            return Err(refused("expected STREAM:N, the name of a stream and a number from 0".to_owned()));
        };
        let stream = scenario.stream(stream).map_err(|error| refused(error.to_string()))?;
        let number = number.parse().map_err(|_| refused(format!("`{number}` is no whole number from 0")))?;
        Ok((design, runs.replication.unwrap_or(0), ItemId { stream, number }))
    }

    /// There is no such item: the answer is no.
    fn print_none(
        &self,
        scenario: &Scenario,
        wanted: Wanted,
        runs: Runs,
        options: Options<'_>,
    ) -> Result<Exit, Failure> {
        if self.format == Format::Json {
            print("null\n")?;
            return Ok(Exit::No);
        }
        let replications = runs.replication.map_or_else(
            || match scenario.run.replications {
                1 => "the one replication".to_owned(),
                count => format!("all {count} replications"),
            },
            |one| format!("replication {}", one + 1),
        );
        let strategies = runs.design.map_or_else(
            || match scenario.designs.as_slice() {
                [only] => format!("\"{}\"", only.name),
                designs => format!("all {} strategies", designs.len()),
            },
            |one| format!("\"{}\"", scenario.designs[one].name),
        );
        let what = match wanted {
            Wanted::Latency => "no measured item has all its effects".to_owned(),
            Wanted::Duplicates => "nothing was applied twice".to_owned(),
            Wanted::Fate(Fate::Expired) => "nothing expired".to_owned(),
            Wanted::Fate(fate) => format!("nothing was {}", fate.words()),
        };
        print(format_args!("{what}, in {replications} of {strategies}\n"))?;
        print(what_can_be_asked(wanted, &bad_ends(scenario, runs, options)?))?;
        Ok(Exit::No)
    }
}

/// What else there is to be told, where there is nothing of what was asked.
fn what_can_be_asked(wanted: Wanted, ends: &[(Fate, u64)]) -> String {
    let mut lines: Vec<String> = ends
        .iter()
        .map(|(fate, count)| format!("  {count} {0}: --ended {0} tells of the first", fate.words()))
        .collect();
    if lines.is_empty() {
        lines.push("  no item ended lost, dead-lettered, expired or rejected".to_owned());
    }
    lines.push(match wanted {
        Wanted::Latency => "  any item by its number: --strategy NAME --item STREAM:N".to_owned(),
        Wanted::Duplicates | Wanted::Fate(_) => "  the latest: --worst latency".to_owned(),
    });
    lines.join("\n") + "\n"
}

fn never_arrived(scenario: &Scenario, story: &Story) -> Failure {
    let stream = &scenario.streams[story.item.stream.index()].name;
    let (number, arrived) = (story.item.number, story.arrived);
    let known = match arrived {
        0 => format!("no item of `{stream}` arrives"),
        1 => format!("only `{stream}:0` arrives"),
        _ => format!("{arrived} items of `{stream}` arrive, 0 to {}", arrived - 1),
    };
    let replication = story.replication + 1;
    Failure::bad_input(format!("error: --item {stream}:{number}: there is none: in replication {replication} {known}"))
}
