//! A calm world for tests: one stream, known functions, no randomness and no delay but those a test asks for, so that its
//! arithmetic is done by hand.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod recordings;
pub mod texts;
pub mod workflow;

use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use simctl::experiment::figures::{Reckoning, figures};
use simctl::experiment::{self, Options, Progress};
use simctl::kernel::{Root, Span};
use simctl::model::outcome::FunctionOutcome;
use simctl::model::{Outcome, Simulation, Workload};
use simctl::pricing::{FreeTier, PriceBook};
use simctl::scenario::{Override, Scenario, load_text};

/// Listens to progress, and holds that no more is done than was announced.
#[derive(Debug, Default)]
pub struct Heard {
    reports: AtomicU64,
    announced: AtomicU64,
}

impl Progress for Heard {
    fn advanced(&self, parts: u64, total: u64) {
        assert!(self.reports.fetch_add(parts, Ordering::Relaxed) + parts <= total);
        self.announced.store(total, Ordering::Relaxed);
    }
}

impl Heard {
    /// Reports so far.
    pub fn reports(&self) -> u64 {
        self.reports.load(Ordering::Relaxed)
    }

    /// Reports that were announced last.
    pub fn announced(&self) -> u64 {
        self.announced.load(Ordering::Relaxed)
    }
}

/// Functions of a calm world: each serves in a second, on 1,024 MB, for at most 15 minutes.
const FUNCTIONS: [&str; 4] = ["post", "a", "b", "c"];

/// A scenario with one strategy, named `calm`.
#[derive(Debug)]
pub struct World {
    flow: String,
    arrivals: String,
    sets: Vec<String>,
    /// Holds the trace's file while the world lives.
    trace: Option<tempfile::NamedTempFile>,
}

/// A world of this flow, in which one item arrives at the start.
pub fn world(flow: &str) -> World {
    World { flow: flow.to_owned(), arrivals: burst(1), sets: Vec::new(), trace: None }
}

fn burst(items: u64) -> String {
    format!("process = \"bursts\"\nbursts = [{{ items = {items}, at = \"00:00\" }}]")
}

impl World {
    /// So many items, all at the start.
    pub fn burst(self, items: u64) -> Self {
        Self { arrivals: burst(items), ..self }
    }

    /// An item every so often, the first at `offset`.
    pub fn every(self, interval: &str, offset: &str) -> Self {
        let arrivals = format!("process = \"deterministic\"\ninterval = \"{interval}\"\noffset = \"{offset}\"");
        Self { arrivals, ..self }
    }

    /// Items at random, at this rate.
    pub fn poisson(self, rate: &str) -> Self {
        Self { arrivals: format!("process = \"poisson\"\nrate = \"{rate}\""), ..self }
    }

    /// Items by (arrival, service time), in seconds; the first arrives at 0.
    pub fn items(self, items: &[(f64, f64)]) -> Self {
        assert!(items.first().is_some_and(|first| first.0 == 0.0), "a trace starts with its first item");
        let mut text = String::from("time,service\n");
        for (at, service) in items {
            writeln!(text, "{at},{service}").expect("strings take text");
        }
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("a temporary file takes text");
        let path = file.path().display();
        let arrivals = format!("process = \"trace\"\npath = '{path}'\ntime = \"time\"\nservice = \"service\"");
        Self { arrivals, trace: Some(file), ..self }
    }

    /// Items by (arrival, service time, key), times in seconds; the first arrives at 0.
    pub fn keyed_items(self, items: &[(f64, f64, &str)]) -> Self {
        assert!(items.first().is_some_and(|first| first.0 == 0.0), "a trace starts with its first item");
        let mut text = String::from("time,service,key\n");
        for (at, service, key) in items {
            writeln!(text, "{at},{service},{key}").expect("strings take text");
        }
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("a temporary file takes text");
        let path = file.path().display();
        let arrivals =
            format!("process = \"trace\"\npath = '{path}'\ntime = \"time\"\nservice = \"service\"\nkey = \"key\"");
        Self { arrivals, trace: Some(file), ..self }
    }

    /// So many items at the start, of this service time in seconds each.
    pub fn batch_of(self, items: usize, service: f64) -> Self {
        self.items(&vec![(0.0, service); items])
    }

    /// One value of the scenario, as `--set` takes it.
    pub fn set(mut self, text: &str) -> Self {
        self.sets.push(text.to_owned());
        self
    }

    /// One value of the function `post`.
    pub fn post(self, text: &str) -> Self {
        self.set(&format!("functions.post.{text}"))
    }

    /// One value of the strategy, for example of its schedule.
    pub fn strategy(self, text: &str) -> Self {
        self.set(&format!("strategy.calm.{text}"))
    }

    /// One value of the stream.
    pub fn stream(self, text: &str) -> Self {
        self.set(&format!("arrivals.items.{text}"))
    }

    /// How long items arrive, and how long after that the run may go on.
    pub fn lasts(self, duration: &str, drain: &str) -> Self {
        self.set(&format!("run.duration={duration}")).set(&format!("run.drain={drain}"))
    }

    pub fn text(&self) -> String {
        let Self { flow, arrivals, .. } = self;
        let mut text = format!(
            "name = \"calm\"\n[run]\nduration = \"1h\"\ndrain = \"24h\"\nreplications = 1\n\
             [[arrivals]]\nname = \"items\"\n{arrivals}\n[account]\nconcurrency = 1000\n\
             [[strategy]]\nname = \"calm\"\nflow = \"{flow}\"\n"
        );
        if words(flow).any(|word| word == "schedule") {
            text += "[strategy.schedule]\nexpression = \"rate(1 hour)\"\ndelay = \"0s\"\nlist-latency = \"0s\"\n";
        }
        if flow.contains("s3") {
            text += "[strategy.s3]\nlatency = \"0s\"\nduplicate-probability = 0.0\n";
        }
        if words(flow).any(|word| word == "scheduler") {
            text += "[strategy.scheduler]\nexpression = \"rate(1 hour)\"\ndelay = \"0s\"\nlist-latency = \"0s\"\n\
                     duplicate-probability = 0.0\n";
        }
        for service in ["sns", "eventbridge"].into_iter().filter(|service| words(flow).any(|word| word == *service)) {
            let _infallible = writeln!(
                text,
                "[strategy.{service}]\nlatency = \"0s\"\nduplicate-probability = 0.0\nretry-jitter = 0.0"
            );
        }
        for label in labels(flow, "sqs") {
            text += &calm_queue(label);
        }
        for label in labels(flow, "sqs-fifo") {
            text += &calm_fifo_queue(label);
        }
        for label in labels(flow, "kinesis").chain(labels(flow, "dynamodb-streams")) {
            text += &calm_stream(label);
        }
        for name in FUNCTIONS {
            text += &calm_function(name);
        }
        text
    }

    /// What is set on the text, as `--set` takes it.
    pub fn sets(&self) -> &[String] {
        &self.sets
    }

    pub fn scenario(&self) -> Scenario {
        load(&self.text(), &self.sets)
    }

    /// What is said of a scenario that is refused.
    pub fn refusal(&self) -> String {
        let overrides: Vec<Override> = self.sets.iter().map(|set| Override::parse(set).expect("an override")).collect();
        let loaded = load_text("test.toml", &self.text(), Path::new(""), &overrides);
        loaded.map(|_| ()).expect_err("the scenario is refused").to_string()
    }

    /// The one run of the one strategy, with effects held against the order of their keys.
    pub fn run_in_order(&self) -> Outcome {
        let scenario = self.scenario();
        let workload = Workload { watch_order: true, ..scenario.workload() };
        let simulation = Simulation::new(&scenario.designs[0], &workload, &Root::new(scenario.run.seed, 0));
        simulation.and_then(Simulation::finish).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The one run of the one strategy.
    pub fn run(&self) -> Outcome {
        experiment::simulate(&self.scenario(), 0, 0).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// The words of a flow, each with its label.
fn words(flow: &str) -> impl Iterator<Item = &str> {
    flow.split(|c: char| !(c.is_ascii_alphanumeric() || c == ':' || c == '-'))
}

/// The labels of a flow's services of this word.
fn labels<'a>(flow: &'a str, service: &'a str) -> impl Iterator<Item = &'a str> {
    words(flow).filter_map(move |word| match word.strip_prefix(service)? {
        "" => Some(word),
        label => label.strip_prefix(':'),
    })
}

/// A stream without latency, whose shards are all polled at whole seconds (those of a table at whole quarters).
pub fn calm_stream(label: &str) -> String {
    format!("[strategy.{label}]\nput-latency = \"0s\"\nfirst-poll = \"0s\"\nread-latency = \"0s\"\n")
}

/// A queue without randomness or latency, whose messages stay hidden as long as a calm function may run.
pub fn calm_queue(label: &str) -> String {
    format!(
        "[strategy.{label}]\nvisibility-timeout = \"15m\"\nduplicate-probability = 0.0\n\
         send-latency = \"0s\"\nreceive-latency = \"0s\"\n"
    )
}

/// A FIFO queue without randomness or latency.
pub fn calm_fifo_queue(label: &str) -> String {
    format!("[strategy.{label}]\nvisibility-timeout = \"15m\"\nsend-latency = \"0s\"\nreceive-latency = \"0s\"\n")
}

/// A function without randomness or delay.
pub fn calm_function(name: &str) -> String {
    format!(
        "[functions.{name}]\nmemory = \"1024MB\"\ntimeout = \"15m\"\nservice-time = \"1s\"\nwarm-dispatch = \"0s\"\n\
         max-life-spread = \"0s\"\nhidden-replacement = 0.0\n\
         [functions.{name}.cold-start]\ninit = \"0s\"\nunlogged = \"0s\"\n\
         [functions.{name}.async]\nhop = \"0s\"\nretry-jitter = \"0s\"\nduplicate-probability = 0.0\n"
    )
}

/// A scenario out of its text, with values set.
pub fn load(text: &str, sets: &[String]) -> Scenario {
    let overrides: Vec<Override> = sets.iter().map(|set| Override::parse(set).expect("an override")).collect();
    load_text("test.toml", text, Path::new(""), &overrides).unwrap_or_else(|faults| panic!("{faults}\n{text}"))
}

/// Every outcome of a scenario, by strategy and replication.
pub fn run_all(scenario: &Scenario, threads: usize) -> Vec<Vec<Outcome>> {
    let options = Options { threads: Some(threads), ..Options::default() };
    experiment::run_all(scenario, options).unwrap_or_else(|error| panic!("{error}"))
}

/// Nanoseconds of so many seconds.
pub fn secs(seconds: f64) -> u128 {
    u128::from(Span::from_secs_f64(seconds).as_nanos())
}

/// The instant so many seconds from the start.
pub fn at(seconds: f64) -> simctl::kernel::Time {
    simctl::kernel::Time::ZERO + Span::from_secs_f64(seconds)
}

/// The function of this label.
pub fn function<'a>(outcome: &'a Outcome, label: &str) -> &'a FunctionOutcome {
    outcome.functions.iter().find(|function| function.label == label).unwrap_or_else(|| panic!("no function {label}"))
}

/// The sum, least and greatest of the latencies, in nanoseconds.
pub fn latencies(outcome: &Outcome) -> (u128, u128, u128) {
    let latency = &outcome.items.latency;
    let nanos = |span: Option<Span>| u128::from(span.map_or(0, Span::as_nanos));
    (latency.sum(), nanos(latency.min()), nanos(latency.max()))
}

/// The figure of a metric for the whole strategy.
pub fn figure(outcome: &Outcome, metric: &str) -> f64 {
    let prices = PriceBook::embedded();
    let free_tier = FreeTier::Ignored;
    let reckoning = Reckoning { prices: &prices, free_tier, duration: Span::from_secs(3_600), bounds: &[] };
    let found =
        figures(outcome, &reckoning).into_iter().find(|value| value.scope.is_empty() && value.metric.name == metric);
    found.unwrap_or_else(|| panic!("no figure {metric}")).value
}

/// Holds quantiles of the latency against measured ones: each a share, what was measured in seconds, and how far off it may
/// be, as a share of that.
pub fn assert_near_measured(outcome: &Outcome, quantiles: &[(f64, f64, f64)]) {
    for &(q, measured, within) in quantiles {
        let found = outcome.items.latency.quantile(q, 0).map_or(0.0, Span::as_secs_f64);
        assert!((found / measured - 1.0).abs() < within, "p{}: {found} s for {measured} s", 100.0 * q);
    }
}
