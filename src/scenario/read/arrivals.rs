//! `[[arrivals]]`, and how many items are to be expected.

use super::distributions::Unit;
use super::{Reader, samples};
use crate::arrivals::MOST_POINTED;
use crate::arrivals::settings::{
    Burst, KeySettings, MmppState, ProcessSettings, RateProfile, SentTwice, StreamSettings, TimeUnit, TraceFormat,
    TraceSettings,
};
use crate::kernel::Span;
use crate::scenario::RunSettings;
use crate::scenario::tree::{Node, Table, Value, quoted};

/// The most items that one run may be expected to have.
const ITEMS_AT_MOST: f64 = 2e9;
const DAY: Span = Span::from_secs(86_400);
const WEEK: Span = Span::from_secs(7 * 86_400);

/// Reads every stream.
pub(crate) fn streams(reader: &mut Reader<'_>, list: &Node, run: Option<&RunSettings>) -> Option<Vec<StreamSettings>> {
    let mut streams: Vec<Option<StreamSettings>> = Vec::new();
    let mut expected = 0.0;
    for node in list.list()? {
        let stream = node.table().and_then(|table| reader.stream(table));
        if let (Some(stream), Some(run)) = (&stream, run) {
            expected += reader.expected_items(node, &stream.process, run);
            if streams.iter().flatten().any(|other| other.name == stream.name) {
                let name = node.table().and_then(|table| table.get("name")).unwrap_or(node);
                reader.fault(
                    name,
                    format!("two streams are named {}", quoted(&stream.name)),
                    "expected a name of its own",
                );
            }
        }
        streams.push(stream);
    }
    if expected > ITEMS_AT_MOST && expected.is_finite() {
        let title = format!("about {expected:.0} items are expected in one run");
        reader.fault(list, title, "expected at most 2,000,000,000: lower a rate, `load` or `duration`");
    }
    streams.into_iter().collect()
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

    /// How many items a stream is expected to have in one run; reports a stream that has none, or that never ends.
    fn expected_items(&mut self, node: &Node, process: &ProcessSettings, run: &RunSettings) -> f64 {
        let expected = match process {
            ProcessSettings::Bursts(bursts) => {
                let items = bursts.iter().map(|burst| burst.items as f64 * occurrences(burst.at, run) as f64);
                items.sum::<f64>() * run.load
            }
            ProcessSettings::Deterministic { offset, .. } if *offset >= run.duration => 0.0,
            process => match mean_rate(process) {
                Some(rate) => rate * run.load * run.duration.as_secs_f64(),
                None => return 0.0,
            },
        };
        let process = node.table().and_then(|table| table.get("process")).unwrap_or(node);
        if expected == 0.0 {
            self.fault(process, "no item of this stream ever arrives", "expected items within `duration`");
        } else if expected.is_infinite() {
            self.fault(process, "this stream has no gaps: the run would never end", "expected a mean gap above zero");
        }
        expected
    }
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

/// Items per second in the long run, before `load`; none where only the file knows.
pub(super) fn mean_rate(process: &ProcessSettings) -> Option<f64> {
    Some(match process {
        ProcessSettings::Deterministic { interval, .. } => 1.0 / interval.as_secs_f64(),
        ProcessSettings::Poisson(RateProfile::Constant(rate)) => *rate,
        ProcessSettings::Poisson(RateProfile::Daily { mean, .. }) => *mean,
        ProcessSettings::Poisson(RateProfile::Steps { rates, .. }) => rates.iter().sum::<f64>() / rates.len() as f64,
        ProcessSettings::Mmpp(states) => {
            let items: f64 = states.iter().map(|state| state.rate * state.mean_stay.as_secs_f64()).sum();
            items / states.iter().map(|state| state.mean_stay.as_secs_f64()).sum::<f64>()
        }
        ProcessSettings::Renewal { gap } => 1.0 / gap.mean(),
        ProcessSettings::Bursts(bursts) => {
            bursts.iter().map(|burst| burst.items as f64).sum::<f64>() / DAY.as_secs_f64()
        }
        ProcessSettings::Trace(_) => return None,
    })
}

/// How often a time of day comes while items arrive.
fn occurrences(at: Span, run: &RunSettings) -> u64 {
    let day = DAY.as_nanos();
    let start = run.start.as_nanosecond().rem_euclid(i128::from(day)) as u64;
    let first = (at.as_nanos() + day - start) % day;
    let length = run.duration.as_nanos();
    if first < length { 1 + (length - first - 1) / day } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_are_counted_in_the_days_of_the_run() {
        let run = |start: &str, hours: u64| RunSettings {
            start: start.parse().unwrap(),
            duration: Span::from_secs(hours * 3_600),
            drain: Span::ZERO,
            warm_up: Span::ZERO,
            load: 1.0,
            seed: 1,
            replications: 1,
        };
        let two = Span::from_secs(7_200);
        assert_eq!(occurrences(two, &run("2026-11-23T00:00:00Z", 24)), 1);
        assert_eq!(occurrences(two, &run("2026-11-23T00:00:00Z", 2)), 0);
        assert_eq!(occurrences(two, &run("2026-11-23T02:00:00Z", 24)), 1);
        assert_eq!(occurrences(two, &run("2026-11-23T02:00:00Z", 25)), 2);
        assert_eq!(occurrences(two, &run("2026-11-23T03:00:00Z", 48)), 2);
    }
}
