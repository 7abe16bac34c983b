//! Draws how event source mappings scale up, that of an SQS queue and that of a Kinesis stream, against what AWS documents.
//!
//!     cargo run --release --example scale_up
//!
//! It writes docs/sqs-scale-up.svg (batches at once under a backlog, against the documented pace) and docs/sqs-drain.svg (a
//! backlog of 1,000,000 messages, against the fluid bound worked out by hand), and docs/kinesis-scale-up.svg (batches at once
//! of a stream with a backlog in every shard); `tests/scale_up.rs` holds all to their lines, and the files to what is drawn
//! here.

use std::path::Path;

use simctl::experiment::simulate;
use simctl::metrics::Series;
use simctl::model::Outcome;
use simctl::report::{Curve, Curves, ReportError};
use simctl::scenario::load_text;

/// What is documented of a mode: batches at once at the start, added in a minute, and at most (E-sqs, B-nov23, B-prov).
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    pub(crate) documented: &'static str,
    start: f64,
    a_minute: f64,
    at_most: f64,
    settings: &'static str,
}

pub(crate) static MODES: [Mode; 2] = [
    Mode {
        name: "default mode, simulated",
        documented: "AWS: 5 + 300 a minute to 1,250",
        start: 5.0,
        a_minute: 300.0,
        at_most: 1_250.0,
        settings: "",
    },
    Mode {
        name: "provisioned mode, simulated",
        documented: "AWS: 20 + 1,000 a minute to 2,000",
        start: 20.0,
        a_minute: 1_000.0,
        at_most: 2_000.0,
        settings: "minimum-pollers = 2\nmaximum-pollers = 200\n",
    },
];

/// How long the scale-up is watched, in seconds.
const WATCHED: u32 = 300;
/// Messages of the backlog that is drained.
pub(crate) const BACKLOG: f64 = 1e6;
/// Messages that a batch works off in its second.
const A_BATCH: f64 = 10.0;

impl Mode {
    /// Batches at once after so many seconds of a backlog.
    pub(crate) fn batches(&self, seconds: f64) -> f64 {
        (self.start + self.a_minute / 60.0 * seconds).min(self.at_most)
    }

    /// The fluid bound: what is left of the backlog after so many seconds if every batch that is allowed runs without a
    /// pause: `BACKLOG - 10 × ∫ batches`, the integral of a ramp and of a level.
    pub(crate) fn left(&self, seconds: f64) -> f64 {
        let slope = self.a_minute / 60.0;
        let ramp = seconds.min((self.at_most - self.start) / slope);
        let done = A_BATCH * (self.start * ramp + slope * ramp * ramp / 2.0 + self.at_most * (seconds - ramp));
        (BACKLOG - done).max(0.0)
    }

    /// When the fluid bound reaches zero, in seconds.
    pub(crate) fn bound(&self) -> f64 {
        (0..).map(|step| f64::from(step) / 100.0).find(|&seconds| self.left(seconds) == 0.0).unwrap_or(f64::INFINITY)
    }

    /// More messages than it can take, each a batch of its own that runs to the end.
    pub(crate) fn scale_up(&self) -> Outcome {
        self.run(&format!("{WATCHED}s"), "0s", 5_000, "service-time = \"900s\"", "batch-size = 1")
    }

    /// A million messages at the start, ten a batch, a second a batch.
    pub(crate) fn drain(&self) -> Outcome {
        self.run("1s", "1h", BACKLOG as u64, "service-time = \"100ms\"", "batch-size = 10")
    }

    fn run(&self, duration: &str, drain: &str, messages: u64, function: &str, queue: &str) -> Outcome {
        let text = format!(
            "name = \"scale-up\"\n[run]\nduration = \"{duration}\"\ndrain = \"{drain}\"\nreplications = 1\n\
             [account]\nconcurrency = 10000\n\
             [[arrivals]]\nname = \"messages\"\nprocess = \"bursts\"\nbursts = [{{ items = {messages}, at = \"00:00\" }}]\n\
             [functions.post]\n{function}\ntimeout = \"15m\"\nmemory = \"1024MB\"\nwarm-dispatch = \"0s\"\n\
             hidden-replacement = 0.0\ncold-start = {{ init = \"0s\", unlogged = \"0s\" }}\n\
             [[strategy]]\nname = \"queue\"\nflow = \"events -> sqs -> post\"\n\
             [strategy.sqs]\nvisibility-timeout = \"12h\"\nduplicate-probability = 0.0\nsend-latency = \"0s\"\n\
             receive-latency = \"0s\"\n{queue}\n{}",
            self.settings
        );
        let scenario = load_text("scale_up", &text, Path::new(""), &[]).expect("the scenario is right");
        simulate(&scenario, 0, 0).expect("nothing goes wrong in it")
    }
}

/// The highest level of each bin of a series, with the seconds at which it begins, up to `end`.
pub(crate) fn levels(series: &Series, end: f64) -> Vec<(f64, f64)> {
    let width = series.grid.width().as_secs_f64();
    let points = series.bins.iter().enumerate().map(|(index, bin)| (index as f64 * width, bin.max as f64));
    points.take_while(|point| point.0 <= end).collect()
}

fn line(end: f64, of: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    (0..=600).map(|step| end * f64::from(step) / 600.0).map(|seconds| (seconds, of(seconds))).collect()
}

/// The chart of the scale-up.
pub(crate) fn scale_up_chart() -> Result<String, ReportError> {
    let outcomes: Vec<Outcome> = MODES.iter().map(Mode::scale_up).collect();
    let end = f64::from(WATCHED);
    let curves = MODES.iter().zip(&outcomes).map(|(mode, outcome)| Curve {
        name: mode.name,
        found: levels(&outcome.concurrency.series, end),
        expected_name: mode.documented,
        expected: line(end, |seconds| mode.batches(seconds)),
    });
    Curves {
        title: "A mapping scales up at the documented pace, in either mode",
        note: "A backlog of long runs, one message a batch; provisioned mode with 2 to 200 event pollers",
        across: "seconds since the messages were sent",
        upward: "batches at once",
        curves: curves.collect(),
    }
    .svg()
}

/// The chart of the backlog.
pub(crate) fn drain_chart() -> Result<String, ReportError> {
    let outcomes: Vec<Outcome> = MODES.iter().map(Mode::drain).collect();
    let end = 1.05 * MODES.iter().map(Mode::bound).fold(0.0, f64::max);
    let names: Vec<String> = MODES.iter().map(|mode| format!("fluid bound: empty at {:.1} s", mode.bound())).collect();
    let curves = MODES.iter().zip(&outcomes).zip(&names).map(|((mode, outcome), name)| {
        let mut found = levels(&outcome.backlog.series, end);
        found.push((outcome.end.as_secs_f64(), 0.0));
        Curve {
            name: mode.name,
            found,
            expected_name: name,
            expected: line(mode.bound(), |seconds| mode.left(seconds)),
        }
    });
    let ends: Vec<String> = outcomes.iter().map(|outcome| format!("{:.1} s", outcome.end.as_secs_f64())).collect();
    Curves {
        title: &format!("A million messages are worked off in {}", ends.join(" and ")),
        note: "Ten messages a batch, a second a batch. The bound is 1,000,000 less 10 times the integral of the documented batches at once",
        across: "seconds since the messages were sent",
        upward: "messages not yet processed",
        curves: curves.collect(),
    }
    .svg()
}

/// Shards of the stream that is watched.
const SHARDS: u32 = 50;
/// How long it is watched, in seconds.
const STREAM_WATCHED: f64 = 4.0;

/// A mapping of the stream: batches at once of a shard (E-kin).
pub(crate) struct Parallel {
    pub(crate) name: &'static str,
    documented: &'static str,
    pub(crate) factor: u32,
}

pub(crate) static PARALLEL: [Parallel; 2] = [
    Parallel { name: "factor 1, simulated", documented: "AWS: 50 shards x 1", factor: 1 },
    Parallel { name: "factor 10, simulated", documented: "AWS: 50 shards x 10", factor: 10 },
];

impl Parallel {
    /// Batches at once: those of the shards that were polled by then, which are all of them after a second.
    pub(crate) fn batches(&self, seconds: f64) -> f64 {
        f64::from(SHARDS * self.factor) * seconds.min(1.0)
    }

    /// Records for every part of every shard, in batches that run to the end.
    pub(crate) fn scale_up(&self) -> Outcome {
        let text = format!(
            "name = \"scale-up\"\n[run]\nduration = \"10s\"\ndrain = \"0s\"\nreplications = 1\n\
             [[arrivals]]\nname = \"records\"\nprocess = \"bursts\"\nbursts = [{{ items = 30000, at = \"00:00\" }}]\n\
             [functions.post]\nservice-time = \"900s\"\ntimeout = \"15m\"\nmemory = \"1024MB\"\nwarm-dispatch = \"0s\"\n\
             hidden-replacement = 0.0\ncold-start = {{ init = \"0s\", unlogged = \"0s\" }}\n\
             [[strategy]]\nname = \"stream\"\nflow = \"kinesis -> post\"\n\
             [strategy.kinesis]\nshards = {SHARDS}\nparallelization-factor = {}\nput-latency = \"0s\"\nread-latency = \"0s\"\n",
            self.factor
        );
        let scenario = load_text("scale_up", &text, Path::new(""), &[]).expect("the scenario is right");
        simulate(&scenario, 0, 0).expect("nothing goes wrong in it")
    }
}

/// The chart of the stream.
pub(crate) fn stream_chart() -> Result<String, ReportError> {
    let outcomes: Vec<Outcome> = PARALLEL.iter().map(Parallel::scale_up).collect();
    let curves = PARALLEL.iter().zip(&outcomes).map(|(mapping, outcome)| Curve {
        name: mapping.name,
        found: levels(&outcome.concurrency.series, STREAM_WATCHED),
        expected_name: mapping.documented,
        expected: line(STREAM_WATCHED, |seconds| mapping.batches(seconds)),
    });
    Curves {
        title: "A stream's mapping runs one batch for each shard and parallel part, from the first poll on",
        note: "A backlog in each of 50 shards, long runs; each shard is polled once a second",
        across: "seconds since the records were put",
        upward: "batches at once",
        curves: curves.collect(),
    }
    .svg()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let charts = [
        ("sqs-scale-up.svg", scale_up_chart()?),
        ("sqs-drain.svg", drain_chart()?),
        ("kinesis-scale-up.svg", stream_chart()?),
    ];
    for (name, svg) in charts {
        std::fs::write(docs.join(name), svg)?;
        println!("docs/{name}");
    }
    Ok(())
}
