//! `simctl bench`: how fast this program is on this machine.

use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::output::print;
use super::progress::Bar;
use crate::experiment::{self, Options, Progress};
use crate::pricing::PriceBook;
use crate::proof::bench::{BenchError, Effort, Length, Ready, Row, Work, atm, measure, works};
use crate::report;
use crate::scenario::Scenario;

/// Work from the scenario to the report's files, on all processors.
const END_TO_END: &str = "atm.toml end to end";
/// Widths of the columns of the table.
const NAME: usize = 37;
const FIGURE: usize = 11;

/// Measure this program on this machine: the benchmark table, with a bare hand-written loop beside.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    simctl bench\n  \
    simctl bench --work 'textbook M/M/1' --work M/M/1000 --format json\n\n\
    Each work is done by the simulator with every metric on and, where there is one, by a bare loop that makes the same\n\
    draws, in turn. Columns: what is done a second; the time for one; that time over the bare loop's (the median of the\n\
    pairs); the most memory of a process that does nothing but this (on Linux); and what is aimed at, on one core of a\n\
    quiet machine. It takes less than a minute there and reads no file.\n\n\
    Every other command prints the same bytes for the same input. This one prints what a clock says, which differs from\n\
    run to run: on a busy machine believe the ratios only.")]
pub(super) struct Args {
    /// Only this work, by its name in the table (may be repeated)
    #[arg(long, value_name = "NAME")]
    work: Vec<String>,
    /// A hundredth of each work, once: shows that it runs, not how fast it is
    #[arg(long)]
    quick: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Measure in this very process
    #[arg(long, hide = true)]
    alone: bool,
    /// Start, read a scenario, play its first second, end
    #[arg(long, hide = true)]
    first_second: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people, line by line as it is measured
    Text,
    /// One JSON list with an object for each work
    Json,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    if args.first_second {
        first_second()?;
        return Ok(Exit::Done);
    }
    let works = args.works()?;
    args.tell(&header())?;
    let bar = Bar::new(args.alone || args.format == Format::Text);
    let mut rows = Vec::new();
    for work in &works {
        let row = args.measure(work)?;
        args.tell(&line(work, &row))?;
        bar.advanced(1, works.len() as u64);
        rows.push(row);
    }
    bar.clear();
    match args.format {
        Format::Text => print(format_args!("\n{}\n", summary(args.quick, &rows)?))?,
        Format::Json => {
            let list = serde_json::to_string(&rows)
                .map_err(|error| Failure::internal(&format!("cannot write the list of works: {error}"), ""))?;
            print(format_args!("{list}\n"))?;
        }
    }
    Ok(Exit::Done)
}

impl Args {
    /// The works that are asked for, in the order of the table.
    fn works(&self) -> Result<Vec<Work>, Failure> {
        let all = all();
        if let Some(unknown) = self.work.iter().find(|name| !all.iter().any(|work| work.name == **name)) {
            let known: Vec<String> = all.iter().map(|work| format!("`{}`", work.name)).collect();
            let message = format!("error: --work: there is no work `{unknown}`; works: {}", known.join(", "));
            return Err(Failure::bad_input(message));
        }
        let wanted = |work: &Work| self.work.is_empty() || self.work.iter().any(|name| name == work.name);
        Ok(all.into_iter().filter(wanted).collect())
    }

    /// Measures a work in a process of its own, whose memory is the work's. Where none can be had, in this one, whose is not.
    fn measure(&self, work: &Work) -> Result<Row, Failure> {
        if self.alone {
            return Ok(measure(work, &self.effort())?);
        }
        match self.measured_apart(work) {
            Some(row) => Ok(row),
            None => Ok(Row { peak_mib: None, ..measure(work, &self.effort())? }),
        }
    }

    fn measured_apart(&self, work: &Work) -> Option<Row> {
        let mut arguments = vec!["bench", "--alone", "--format", "json", "--work", work.name];
        arguments.extend(self.quick.then_some("--quick"));
        let output = again(&arguments).ok()?.stderr(Stdio::null()).output().ok()?;
        let rows: Vec<Row> = serde_json::from_slice(&output.stdout).ok()?;
        rows.into_iter().next()
    }

    fn effort(&self) -> Effort {
        if self.quick {
            return Effort { length: Length::Hundredth, fewest: 1, most: 1, time: Duration::ZERO };
        }
        Effort { length: Length::Whole, fewest: 3, most: 25, time: Duration::from_millis(2_500) }
    }

    /// Prints a line of the table, as soon as it is known.
    fn tell(&self, text: &str) -> Result<(), Failure> {
        match self.format {
            Format::Text => print(format_args!("{text}\n")),
            Format::Json => Ok(()),
        }
    }
}

/// Every work of the table.
fn all() -> Vec<Work> {
    let mut all = works();
    let target = "≤ 10 s for 20 replications on two cores";
    all.push(Work { name: END_TO_END, unit: "items", target, ready: end_to_end });
    all.push(Work { name: "start-up", unit: "starts", target: "≤ 10 ms", ready: start_up });
    all
}

/// Half of the ATM's day, two of its twenty replications, all strategies, and the report.
fn end_to_end(length: Length) -> Result<Ready, BenchError> {
    let scenario = atm(&[&format!("run.duration={}s", length.of(12 * 3_600)), "run.replications=2"])?;
    let prices = PriceBook::embedded();
    let simctl = Box::new(move || {
        let results = experiment::run(&scenario, &prices, Options::default())?;
        let folder = temporary_folder()?;
        report::files::write(&results, folder.path()).map_err(|error| BenchError::Report(error.to_string()))?;
        let figures = results.strategies.iter().flat_map(|strategy| &strategy.figures);
        let arrived = figures.filter(|figure| figure.scope.is_empty() && figure.metric == "arrived");
        let mean: f64 = arrived.map(|figure| figure.estimate.mean).sum();
        Ok((mean * results.replications as f64).round() as u64)
    });
    Ok(Ready { simctl, bare: None })
}

fn temporary_folder() -> Result<tempfile::TempDir, BenchError> {
    tempfile::tempdir().map_err(|source| BenchError::Io { what: "make a folder for temporary files", source })
}

/// A process that starts, reads `atm.toml`, starts its threads, plays a second of each strategy and ends; in this process
/// all of it but the start where no other can be had.
fn start_up(_: Length) -> Result<Ready, BenchError> {
    // Here too, so that this process has held what such a process holds.
    first_second()?;
    let simctl = Box::new(|| {
        let ended = again(&["bench", "--first-second"]).and_then(|mut command| command.status());
        match ended {
            Ok(status) if status.success() => Ok(1),
            _ => first_second().map(|()| 1),
        }
    });
    Ok(Ready { simctl, bare: None })
}

fn first_second() -> Result<(), BenchError> {
    let scenario = atm(&["run.duration=1s", "run.replications=1"])?;
    experiment::run_all(&scenario, Options::default())?;
    Ok(())
}

/// This program, once more.
fn again(arguments: &[&str]) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).stdin(Stdio::null());
    Ok(command)
}

fn header() -> String {
    format!(
        "{:NAME$}{:>FIGURE$}  {:12}{:>FIGURE$}{:>FIGURE$}{:>FIGURE$}   target",
        "work", "a second", "", "one takes", "× bare", "peak MiB"
    )
}

fn line(work: &Work, row: &Row) -> String {
    let given = |value: Option<f64>, decimals: usize| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
    };
    format!(
        "{:NAME$}{:>FIGURE$}  {:12}{:>FIGURE$}{:>FIGURE$}{:>FIGURE$}   {}",
        work.name,
        count(row.items_per_s),
        work.unit,
        time(row.ns_per_item),
        given(row.ratio, 2),
        given(row.peak_mib, 1),
        work.target
    )
}

/// Three digits or so, with thousands and millions cut off.
fn count(value: f64) -> String {
    match value {
        _ if value >= 1e6 => format!("{:.2} M", value / 1e6),
        _ if value >= 1e3 => format!("{:.1} k", value / 1e3),
        _ => format!("{value:.1}"),
    }
}

fn time(nanos: f64) -> String {
    match nanos {
        _ if nanos >= 1e6 => format!("{:.1} ms", nanos / 1e6),
        _ if nanos >= 1e4 => format!("{:.1} µs", nanos / 1e3),
        _ => format!("{nanos:.1} ns"),
    }
}

/// What was shortened, and what that stands for.
fn summary(quick: bool, rows: &[Row]) -> Result<String, Failure> {
    let mut text = "The ATM's day is its first twelve hours. Not measured: 10⁹ items, which take minutes.".to_owned();
    if let Some(row) = rows.iter().find(|row| row.work == END_TO_END) {
        let scenario = atm(&[])?;
        let items = items(&scenario);
        text += &format!(
            "\n{END_TO_END}: 2 of {} replications of twelve hours, and the report; the whole day and all of them are {} \
             items, {:.1} s at this speed.",
            scenario.run.replications,
            count(items),
            items / row.items_per_s
        );
    }
    if quick {
        text += "\nA hundredth of each work was done, once: these figures are no measure of speed.";
    }
    Ok(text)
}

/// How many items all replications of all strategies have on average.
fn items(scenario: &Scenario) -> f64 {
    let until = crate::kernel::Time::ZERO + scenario.run.duration;
    let streams = scenario.streams.iter();
    let expected: f64 = streams
        .filter_map(|stream| crate::arrivals::Stream::expected(stream, scenario.run.start, until, scenario.run.load))
        .sum();
    expected * (scenario.designs.len() as u64 * scenario.run.replications) as f64
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Self {
        match error {
            BenchError::Io { .. } | BenchError::Report(_) => Self::bad_input(format!("error: {error}")),
            _ => Self::internal(&error.to_string(), ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!([12_345_678.0, 4_500_000.0, 31_415.9, 120.0].map(count), ["12.35 M", "4.50 M", "31.4 k", "120.0"]);
        assert_eq!([83.25, 9_999.0, 31_415.9, 8_300_000.0].map(time), ["83.2 ns", "9999.0 ns", "31.4 µs", "8.3 ms"]);
    }

    #[test]
    fn columns_stand_below_their_names() {
        let work = all().remove(0);
        let row =
            Row { work: work.name.to_owned(), items_per_s: 8e6, ns_per_item: 125.0, ratio: Some(2.0), peak_mib: None };
        let (header, line) = (header(), line(&work, &row));
        let end_of = |text: &str, word: &str| text[..text.find(word).unwrap()].chars().count() + word.chars().count();
        assert_eq!(end_of(&header, "one takes"), end_of(&line, "125.0 ns"));
        assert_eq!(end_of(&header, "× bare"), end_of(&line, "2.00"));
        assert_eq!(end_of(&header, "peak MiB"), end_of(&line, " -"));
    }

    #[test]
    fn the_whole_of_the_atm_is_told() {
        let row =
            Row { work: END_TO_END.to_owned(), items_per_s: 1e7, ns_per_item: 100.0, ratio: None, peak_mib: None };
        let text = summary(false, &[row]).unwrap_or_else(|_| panic!("a summary"));
        // 2.07 million withdrawals, three strategies, twenty replications.
        assert!(text.contains("124.") && text.contains(" M items, 12.4 s at this speed"), "{text}");
    }
}
