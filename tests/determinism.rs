//! Same input, same bytes: whatever the threads, however a run is cut into parts, and however many strategies and streams
//! stand beside it. What differs in the seed differs.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{load, run_all};
use simctl::experiment::{self, Options, Results};
use simctl::kernel::Root;
use simctl::model::Outcome;
use simctl::pricing::PriceBook;
use simctl::report;
use simctl::scenario::Scenario;

/// Two random streams; what is fixed of the functions is their names and that they fail now and then.
const STREAMS: &str = r#"
[[arrivals]]
name = "withdrawals"
process = "poisson"
rate = { mean = "1/s", peak = "1.8/s", peak-at = "00:30" }
keys = { zipf = 1.1, count = 100 }
sent-twice = { probability = 0.01, after = { exponential = { mean = "20s" } } }

[[arrivals]]
name = "objects"
process = "bursts"
bursts = [{ items = 400, at = "00:05", within = "1m" }, { items = 300, at = "00:20", within = "0s" }]
"#;

const FUNCTIONS: &str = r#"
[functions.post]
memory = "512MB"
timeout = "5m"
service-time = { lognormal = { median = "180ms", p99 = "1.2s" } }
reserved-concurrency = 60
[functions.post.failures]
error = 0.02
crash = 0.01
after-effect = 0.3
[functions.post.async]
duplicate-probability = 0.01

[functions.audit]
service-time = { exponential = { mean = "400ms" } }
[functions.audit.failures]
poison = 0.01
[functions.audit.async]
on-failure = "dead-letter-queue"

[functions.server]
platform = "ideal"
concurrency = 4
service-time = { exponential = { mean = "1s" } }
"#;

/// Strategies of every kind that is built: (name, flow, its tables).
const STRATEGIES: [(&str, &str, &str); 7] = [
    (
        "batch",
        "schedule -> post",
        "[strategy.schedule]\nexpression = \"rate(10 minutes)\"\nparallel = 8\nmarker = \"per-page\"\npage-size = 100",
    ),
    (
        "slow batch",
        "schedule -> post",
        "[strategy.schedule]\nexpression = \"cron(0/5 * * * ? *)\"\noverlap = \"claim\"\ncommit = \"at-end\"",
    ),
    (
        "task",
        "schedule -> post",
        "[strategy.schedule]\nexpression = \"rate(10 minutes)\"\nparallel = 4\n\
         [strategy.post]\nplatform = \"fargate\"\nvcpu = 1\nmemory = \"2GB\"",
    ),
    ("per event", "events -> post", ""),
    ("s3 chain", "s3 -> post -> audit", ""),
    ("fan-out", "events -> [post, audit]", ""),
    ("queue", "queue -> server", "[strategy.queue]\ncapacity = 50"),
];

/// Half an hour of the given strategies.
fn text(streams: &str, strategies: &[(&str, &str, &str)]) -> String {
    let strategies: String = strategies
        .iter()
        .map(|(name, flow, tables)| format!("[[strategy]]\nname = \"{name}\"\nflow = \"{flow}\"\n{tables}\n"))
        .collect();
    format!(
        "name = \"all-flows\"\n[run]\nduration = \"30m\"\ndrain = \"1h\"\nwarm-up = \"1m\"\nseed = 11\n\
         replications = 3\n{streams}{FUNCTIONS}{strategies}\
         [[objective]]\nmetric = \"latency_p99\"\nbelow = \"60s\"\n"
    )
}

fn scenario() -> Scenario {
    load(&text(STREAMS, &STRATEGIES), &[])
}

fn results(scenario: &Scenario, threads: usize) -> Results {
    let options = Options { threads: Some(threads), ..Options::default() };
    experiment::run(scenario, &PriceBook::embedded(), options).unwrap_or_else(|error| panic!("{error}"))
}

/// Every file of a report by name, and the screen.
fn files(scenario: &Scenario, threads: usize) -> BTreeMap<String, Vec<u8>> {
    let results = results(scenario, threads);
    let out = tempfile::tempdir().expect("a temporary folder");
    let folder = report::files::write(&results, out.path()).unwrap_or_else(|error| panic!("{error}"));
    let mut files = BTreeMap::from([("screen".to_owned(), report::render(&results, 100, false).into_bytes())]);
    for entry in std::fs::read_dir(folder).expect("the report's folder") {
        let path = entry.expect("an entry").path();
        files.insert(name(&path), std::fs::read(&path).expect("a file of the report"));
    }
    files
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[test]
fn threads_change_no_byte_of_any_file() {
    let scenario = scenario();
    let one = files(&scenario, 1);
    assert!(["summary.csv", "latency.csv", "series.csv", "run.json"].iter().all(|&name| one.contains_key(name)));
    for threads in [2, 7] {
        let many = files(&scenario, threads);
        assert!(one.keys().eq(many.keys()));
        for (name, bytes) in &one {
            assert!(*bytes == many[name], "{name} differs between 1 and {threads} threads");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_and_another_seed_another_result() {
    let fingerprint = |sets: &[String]| results(&load(&text(STREAMS, &STRATEGIES), sets), 2).fingerprint;
    assert_eq!(fingerprint(&[]), fingerprint(&[]));
    assert_ne!(fingerprint(&[]), fingerprint(&["run.seed=12".to_owned()]));
}

#[test]
fn a_replication_alone_is_the_same_as_among_others() {
    let scenario = scenario();
    let all = run_all(&scenario, 2);
    assert_eq!((all.len(), all[0].len()), (STRATEGIES.len(), 3));
    for (design, replications) in all.iter().enumerate() {
        for (replication, outcome) in (0..).zip(replications) {
            let alone = experiment::simulate(&scenario, replication, design).unwrap_or_else(|error| panic!("{error}"));
            assert!(alone == *outcome, "{}, replication {replication}", scenario.designs[design].name);
        }
        assert_ne!(replications[0], replications[1], "replications are independent");
    }
}

/// A replication more leaves those before it alone.
#[test]
fn more_replications_change_none_of_the_first() {
    let fewer = run_all(&load(&text(STREAMS, &STRATEGIES), &["run.replications=2".to_owned()]), 2);
    let more = run_all(&scenario(), 2);
    assert!(fewer.iter().zip(&more).all(|(fewer, more)| fewer[..] == more[..2]));
}

#[test]
fn a_strategy_more_changes_nothing_for_the_others() {
    let all = run_all(&scenario(), 2);
    for (index, strategy) in STRATEGIES.iter().enumerate() {
        let alone = run_all(&load(&text(STREAMS, &[*strategy]), &[]), 2);
        assert!(alone[0] == all[index], "{}", strategy.0);
    }
}

/// Functions that never fail, on servers without end: an item's sojourn is its service time.
fn served(streams: &str, flow: &str) -> Outcome {
    let text = format!(
        "name = \"served\"\n[run]\nduration = \"20m\"\nreplications = 1\n{streams}\
         [functions.server]\nplatform = \"ideal\"\nconcurrency = \"unlimited\"\n\
         service-time = {{ lognormal = {{ median = \"180ms\", p99 = \"1.2s\" }} }}\n\
         [functions.post]\ntimeout = \"15m\"\nservice-time = {{ lognormal = {{ median = \"180ms\", p99 = \"1.2s\" }} }}\n\
         [[strategy]]\nname = \"served\"\nflow = \"{flow}\"\n{}",
        if flow.contains("schedule") {
            "[strategy.schedule]\nexpression = \"rate(2 minutes)\"\nparallel = 3\n"
        } else {
            ""
        }
    );
    experiment::simulate(&load(&text, &[]), 0, 0).unwrap_or_else(|error| panic!("{error}"))
}

const STEADY: &str = "[[arrivals]]\nname = \"steady\"\nprocess = \"poisson\"\nrate = \"2/s\"\n";
const OTHER: &str = "[[arrivals]]\nname = \"other\"\nprocess = \"mmpp\"\non = { rate = \"5/s\", mean-stay = \"30s\" }\n\
                     off = { rate = \"0/s\", mean-stay = \"60s\" }\n";

/// Common random numbers: the same items have the same service times in a batch and event by event, so that the sums
/// agree to the nanosecond.
#[test]
fn an_item_has_the_same_service_time_in_every_strategy() {
    let event = served(STEADY, "events -> post");
    let batch = served(STEADY, "schedule -> post");
    let s3 = served(STEADY, "s3 -> post");
    assert!(event.items.arrived > 2_000 && event.items.completed == event.items.arrived);
    for other in [&batch, &s3] {
        assert_eq!(other.items.completed, event.items.completed);
        assert_eq!(other.items.split.service, event.items.split.service);
    }
    assert_ne!(batch.items.latency, event.items.latency);
}

/// Items of a stream do not change with another beside it: on endless servers both add up exactly.
#[test]
fn a_stream_more_changes_nothing_for_the_others() {
    let [steady, other] = [STEADY, OTHER].map(|stream| served(stream, "queue -> server"));
    let both = served(&format!("{STEADY}{OTHER}"), "queue -> server");
    let mut latency = steady.items.latency.clone();
    latency.merge(&other.items.latency);
    assert!(other.items.arrived > 100);
    assert_eq!(both.items.arrived, steady.items.arrived + other.items.arrived);
    assert_eq!(both.items.latency, latency);
}

/// A draw is named by what it is for: it can be made again alone, in any order.
#[test]
fn one_items_draws_can_be_made_again_alone() {
    let service = |number| Root::new(11, 2).purpose("withdrawals/post", "service").draw(number, 0).unit();
    let forward: Vec<f64> = (0..100).map(service).collect();
    let backward: Vec<f64> = (0..100).rev().map(service).collect();
    assert!(forward.iter().eq(backward.iter().rev()));
}
