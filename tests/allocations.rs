//! No allocation per event in steady state, and memory that grows with what is in flight only: counted by an allocator
//! that counts. One test in a process of its own, so that what it counts is its own.

use simctl::kernel::{Root, Span, Time};
use simctl::model::{Simulation, Workload};
use simctl::scenario::{Scenario, load_text};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// 1,000 items a second for 2,000 s: the first half is warm-up.
const HEAD: &str = r#"
name = "steady"
[run]
duration = "2000s"
drain = "1h"
replications = 1
[[arrivals]]
name = "items"
process = "poisson"
rate = "1000/s"
"#;

/// A database that is asked for much, with one call in ten waiting for its connection or leaving before the answer.
const DOWNSTREAM: &str = "[downstream.db]\nlatency = { exponential = { mean = \"90ms\" } }\nconnections = 100\ncapacity = 95\n\
     connection-wait = \"1s\"\n";

const FUNCTIONS: [(&str, &str); 8] = [
    ("queue -> post", "platform = \"ideal\"\nconcurrency = 100\nservice-time = { exponential = { mean = \"80ms\" } }"),
    (
        "events -> post",
        "service-time = { lognormal = { median = \"180ms\", p99 = \"1.2s\" } }\nfailures = { error = 0.001 }",
    ),
    ("s3 -> post", "service-time = { exponential = { mean = \"100ms\" } }\nreserved-concurrency = 150"),
    ("events -> sqs-fifo -> post", "service-time = { exponential = { mean = \"20ms\" } }"),
    ("kinesis -> post", "service-time = { exponential = { mean = \"20ms\" } }"),
    (
        "schedule -> post",
        "memory = \"4096MB\"\ntimeout = \"15m\"\nservice-time = { exponential = { mean = \"20ms\" } }",
    ),
    ("events -> post", "service-time = \"20ms\"\ncalls = [{ to = \"db\", timeout = \"400ms\" }]"),
    (
        "events -> post",
        "service-time = \"20ms\"\ncalls = [{ to = \"db\", retries = \"standard\", effect = \"downstream\" }]",
    ),
];

const SCHEDULE: &str = "[strategy.schedule]\nexpression = \"rate(1 minute)\"\nparallel = 64\nmarker = \"per-page\"\n";
const STREAM: &str = "[strategy.kinesis]\nshards = 10\nparallelization-factor = 4\n";

/// A thousand messages a second are more than 300 calls, unless each holds ten.
const FIFO: &str = "[strategy.sqs-fifo]\nsend-batch = 10\n";

fn scenario(flow: &str, function: &str) -> Scenario {
    let settings = match flow {
        "schedule -> post" => SCHEDULE,
        "events -> sqs-fifo -> post" => FIFO,
        "kinesis -> post" => STREAM,
        _ => "",
    };
    let text = format!(
        "{HEAD}[functions.post]\n{function}\n[[strategy]]\nname = \"calm\"\nflow = \"{flow}\"\n{settings}{DOWNSTREAM}"
    );
    load_text("steady.toml", &text, std::path::Path::new("."), &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

/// Blocks allocated by now, and the most bytes held at once.
fn heap() -> (u64, usize) {
    let stats = dhat::HeapStats::get();
    (stats.total_blocks, stats.max_bytes)
}

/// A million items pass between the two looks, each with two events or more. What may still be allocated is a table that
/// finds a new high-water mark of what is in flight and doubles; and a batch run has lists of its own, of a thousand items
/// a page: less than one block a page.
#[test]
fn a_million_items_in_steady_state_allocate_next_to_nothing() {
    for (flow, function) in FUNCTIONS {
        let scenario = scenario(flow, function);
        let workload = Workload { watch_order: false, ..scenario.workload() };
        let _profiler = dhat::Profiler::builder().testing().build();
        let root = Root::new(scenario.run.seed, 0);
        let mut run = Simulation::new(&scenario.designs[0], &workload, &root).expect("a run begins");
        run.advance(at(1_000)).expect("half of it");
        let (blocks_at_half, bytes_at_half) = heap();
        run.advance(at(2_000)).expect("all of it");
        let (blocks, bytes) = heap();
        let few = match flow {
            "schedule -> post" => 1_000,
            // Each of ten readers and forty lanes has a table of its own.
            "kinesis -> post" => 64,
            _ => 16,
        };
        assert!(blocks - blocks_at_half <= few, "{flow}, {function}: {} blocks", blocks - blocks_at_half);
        assert!(bytes < bytes_at_half + bytes_at_half / 4, "{flow}: {bytes_at_half} bytes, then {bytes}");
    }
}
