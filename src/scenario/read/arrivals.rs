//! `[[arrivals]]`, and how many items are to be expected.

use std::path::Path;

use super::distributions::Unit;
use super::{Reader, samples};
use crate::arrivals::settings::{
    Burst, KeySettings, MmppState, ProcessSettings, RateProfile, SentTwice, StreamSettings, TimeUnit, TraceFormat,
    TraceSettings,
};
use crate::arrivals::{ArrivalError, ITEMS_MAX, MOST_POINTED, Stream};
use crate::kernel::{Root, Span, Time};
use crate::scenario::tree::{Node, Table, Value, quoted};
use crate::scenario::{Mode, RunSettings};

/// The most items that one run may be expected to have.
const ITEMS_AT_MOST: f64 = ITEMS_MAX as f64;
/// The most items of one run in aggregated counts: whole in a double with room to spare.
const FLUID_ITEMS_AT_MOST: f64 = 1e15;
/// The most items that all runs together may be expected to have: days of work for the fastest machine.
const ITEM_RUNS_AT_MOST: f64 = 1e12;
const DAY: Span = Span::from_secs(86_400);
const WEEK: Span = Span::from_secs(7 * 86_400);

/// Reads every stream, and tries each out.
pub(crate) fn streams(reader: &mut Reader<'_>, list: &Node, run: Option<&RunSettings>) -> Option<Vec<StreamSettings>> {
    let mut names: Vec<&str> = Vec::new();
    let mut streams: Vec<Option<StreamSettings>> = Vec::new();
    for node in list.list()? {
        if let Some((node, name)) = node.table().and_then(|table| table.get("name")).and_then(|n| Some((n, n.text()?)))
        {
            if names.contains(&name) {
                reader.fault(node, format!("two streams are named {}", quoted(name)), "expected a name of its own");
            }
            names.push(name);
        }
        let stream = node.table().and_then(|table| reader.stream(table));
        if let (Some(stream), Some(run)) = (&stream, run) {
            reader.try_out(node, stream, run);
        }
        streams.push(stream);
    }
    streams.into_iter().collect()
}

/// How many items a stream is expected to have in one run; none where only the trace tells.
pub(super) fn expected_items(stream: &StreamSettings, run: &RunSettings) -> Option<f64> {
    Stream::expected(stream, run.start, Time::ZERO + run.duration, run.load)
}

/// Holds the items that are expected against what one run, and all runs together, can have.
pub(crate) fn limit_items(reader: &mut Reader<'_>, root: &Table, streams: &[StreamSettings], run: &RunSettings) {
    let expected: f64 = streams.iter().filter_map(|stream| expected_items(stream, run)).sum();
    let strategies = root.get("strategy").and_then(Node::list).map_or(1, <[Node]>::len);
    let total = expected * run.replications as f64 * strategies as f64;
    let Some(list) = root.get("arrivals") else { return };
    if run.mode != Mode::Events {
        if expected > FLUID_ITEMS_AT_MOST {
            let title = format!("about {expected:.1e} items are expected in one run");
            reader.fault(list, title, "expected at most 1e15: lower a rate, `load` or `duration`");
        }
    } else if expected > ITEMS_AT_MOST {
        let title = format!("about {expected:.0} items are expected in one run");
        let expected = "expected at most 2,000,000,000: lower a rate, `load` or `duration`, or see `mode = \"fluid\"`";
        reader.fault(list, title, expected);
    } else if total > ITEM_RUNS_AT_MOST {
        let title = format!(
            "about {total:.1e} items are expected in all runs together: {expected:.0} in each, times {} replications, \
             times {strategies} strategies",
            run.replications
        );
        let written = root.table("run").and_then(|table| table.get("replications"));
        let place = written.filter(|node| node.origin.place().is_some()).unwrap_or(list);
        reader.fault(place, title, "expected at most 1e12: lower `replications`, a rate, `load` or `duration`");
    }
}

impl Reader<'_> {
    fn stream(&mut self, table: &Table) -> Option<StreamSettings> {
        let process = match table.text("process")? {
            "deterministic" => Some(ProcessSettings::Deterministic {
                interval: table.span("interval")?,
                offset: table.span("offset")?,
            }),
            "poisson" => self.rate_profile(table.get("rate")?).map(ProcessSettings::Poisson),
            "mmpp" => self.states(table).map(ProcessSettings::Mmpp),
            "renewal" => {
                let gap = self.distribution(table.get("gap")?, Unit::Time);
                gap.map(|gap| ProcessSettings::Renewal { gap })
            }
            "bursts" => bursts(table).map(ProcessSettings::Bursts),
            "trace" => self.trace(table).map(ProcessSettings::Trace),
            _ => None,
        };
        let size = self.bytes(table, "size");
        let sent_twice = match table.get("sent-twice") {
            None => None,
            Some(node) => {
                let table = node.table()?;
                Some(SentTwice { probability: table.number("probability")?, after: self.time(table, "after")? })
            }
        };
        Some(StreamSettings {
            name: table.text("name")?.to_owned(),
            process: process?,
            keys: keys(table.get("keys")?)?,
            size: size?,
            sent_twice,
        })
    }

    fn rate_profile(&mut self, node: &Node) -> Option<RateProfile> {
        let Some(table) = node.table() else { return Some(RateProfile::Constant(node.rate()?)) };
        if table.get("hourly").is_some() {
            return self.hourly(node, table);
        }
        if let Some(file) = table.get("csv") {
            return self.rates_of_file(file, table);
        }
        let (mean, peak) = (table.rate("mean")?, table.rate("peak")?);
        if peak < mean || peak > MOST_POINTED * mean {
            let title = format!("a wave with a mean of {mean}/s cannot have a peak of {peak}/s");
            self.fault(
                table.get("peak")?,
                title,
                "expected a peak from the mean to 100 times the mean; beyond that use `hourly` or bursts",
            );
            return None;
        }
        Some(RateProfile::Daily { mean, peak, peak_at: table.time_of_day("peak-at")? })
    }

    fn hourly(&mut self, node: &Node, table: &Table) -> Option<RateProfile> {
        let list = table.get("hourly")?.list()?;
        if list.len() != 24 && list.len() != 168 {
            let title = format!("`hourly` has {} rates", list.len());
            self.fault(table.get("hourly")?, title, "expected 24 from midnight or 168 from Monday midnight");
            return None;
        }
        let per = table.text("per").map(seconds_of);
        let mut rates = Vec::with_capacity(list.len());
        for entry in list {
            match (entry.rate(), entry.number(), per) {
                (Some(rate), _, _) => rates.push(rate),
                (None, Some(number), Some(seconds)) => rates.push(number / seconds),
                (None, Some(_), None) => {
                    self.fault(node, "bare rates need a unit", "expected `per = \"s\"` (or min, h, d) in this table");
                    return None;
                }
                (None, None, _) => return None,
            }
        }
        Some(RateProfile::Steps { rates, period: if list.len() == 24 { DAY } else { WEEK } })
    }

    fn rates_of_file(&mut self, file: &Node, table: &Table) -> Option<RateProfile> {
        let seconds = seconds_of(table.text("per")?);
        let period = if table.text("period")? == "week" { WEEK } else { DAY };
        let path = self.path(file)?;
        let rates = match samples::column(&path, file.text()?, table.text("column")) {
            Ok(rates) => rates,
            Err(reason) => {
                self.fault(file, reason, "expected a CSV file with one rate a row");
                return None;
            }
        };
        if period.as_nanos() % rates.len() as u64 != 0 {
            let title = format!("{} rates do not divide the period evenly", rates.len());
            self.fault(file, title, "expected as many rows as equal steps fit into a day or week, e.g. 24, 168, 288");
            return None;
        }
        Some(RateProfile::Steps { rates: rates.into_iter().map(|rate| rate / seconds).collect(), period })
    }

    fn states(&mut self, table: &Table) -> Option<Vec<MmppState>> {
        let state = |node: &Node| {
            let table = node.table()?;
            Some(MmppState { rate: table.rate("rate")?, mean_stay: table.span("mean-stay")? })
        };
        match (table.get("on"), table.get("off"), table.get("states")) {
            (Some(on), Some(off), None) => Some(vec![state(on)?, state(off)?]),
            (None, None, Some(states)) => states.list()?.iter().map(state).collect(),
            _ => {
                let expected = "expected `on` and `off`, or `states`";
                self.fault(table.get("process")?, "the states of the mmpp are not clear", expected);
                None
            }
        }
    }

    fn trace(&mut self, table: &Table) -> Option<TraceSettings> {
        let format = self.trace_format(table);
        Some(TraceSettings {
            path: self.path(table.get("path")?)?,
            format: format?,
            reorder: table.span("reorder")?,
            skip: table.span("skip")?,
            speed: table.number("speed")?,
        })
    }

    fn trace_format(&mut self, table: &Table) -> Option<TraceFormat> {
        let format = table.text("format")?;
        let azure = format != "timestamps";
        let foreign: &[&str] = if azure { &["time", "unit", "key", "size-column", "service"] } else { &["function"] };
        for &key in foreign {
            if let Some(node) = table.get(key) {
                let title = format!("`{key}` has no meaning with format = \"{format}\"");
                self.fault(node, title, "expected this key with another format only");
            }
        }
        if foreign.iter().any(|key| table.get(key).is_some()) {
            return None;
        }
        let column = |key: &str| table.text(key).map(str::to_owned);
        Some(match format {
            "azure-2019" => TraceFormat::MinuteCounts { function: column("function") },
            "azure-2021" => TraceFormat::Invocations { function: column("function") },
            _ => TraceFormat::Timestamps {
                time: column("time").unwrap_or_else(|| "time".to_owned()),
                unit: match table.text("unit").unwrap_or("s") {
                    "ms" => TimeUnit::Milliseconds,
                    "us" => TimeUnit::Microseconds,
                    "ns" => TimeUnit::Nanoseconds,
                    "datetime" => TimeUnit::DateTime,
                    _ => TimeUnit::Seconds,
                },
                key: column("key"),
                size: column("size-column"),
                service: column("service"),
            },
        })
    }

    /// Opens a stream as a run would, so that what a run would refuse is reported at its place; likewise a stream
    /// without a single item. Of a trace the first item is read.
    fn try_out(&mut self, node: &Node, stream: &StreamSettings, run: &RunSettings) {
        let table = node.table();
        let process = table.and_then(|table| table.get("process")).unwrap_or(node);
        let until = Time::ZERO + run.duration;
        let trace = match &stream.process {
            ProcessSettings::Trace(trace) => Some(trace),
            _ => None,
        };
        // Whether a trace has an item does not depend on its load, which only repeats or leaves out what there is.
        let load = if trace.is_some() { 1.0 } else { run.load };
        let opened = Stream::open(stream, run.start, until, load, &Root::new(run.seed, 0));
        let none = opened.and_then(|mut opened| match trace {
            Some(_) => opened.next().map(|first| first.is_none()),
            None => Ok(expected_items(stream, run).is_some_and(|items| items <= 0.0)),
        });
        match (none, trace) {
            (Ok(false), _) => {}
            (Ok(true), _) => {
                self.fault(process, "no item of this stream ever arrives", "expected items within `duration`");
            }
            (Err(error), None) => self.refused(process, &error.to_string()),
            (Err(error), Some(trace)) => {
                let path = table.and_then(|table| table.get("path")).unwrap_or(node);
                self.refused(path, &as_written(&error, &trace.path, path.text().unwrap_or_default()));
            }
        }
    }

    /// What was expected, if an error says so, stands beside the caret.
    fn refused(&mut self, node: &Node, error: &str) {
        match error.rsplit_once("; expected ") {
            Some((title, expected)) => self.fault(node, title, format!("expected {expected}")),
            None => self.fault(node, error, "expected a file that this stream can replay"),
        }
    }
}

/// An error of a trace with its file as it was written.
fn as_written(error: &ArrivalError, path: &Path, written: &str) -> String {
    let text = error.to_string();
    let rest = text.strip_prefix(&*path.to_string_lossy());
    rest.map_or_else(|| text.clone(), |rest| format!("{written}{rest}"))
}

fn keys(node: &Node) -> Option<KeySettings> {
    let Some(table) = node.table() else {
        return (!matches!(node.value, Value::Refused)).then_some(KeySettings::Unique);
    };
    let count = table.integer("count")?;
    Some(match table.number("zipf") {
        Some(exponent) => KeySettings::Zipf { exponent, count },
        None => KeySettings::Uniform { count },
    })
}

fn bursts(table: &Table) -> Option<Vec<Burst>> {
    let bursts = table.get("bursts")?.list()?.iter().map(|node| {
        let table = node.table()?;
        Some(Burst { items: table.integer("items")?, at: table.time_of_day("at")?, within: table.span("within")? })
    });
    bursts.collect()
}

fn seconds_of(per: &str) -> f64 {
    match per {
        "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => 1.0,
    }
}
