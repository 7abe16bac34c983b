//! The simulator with every metric on, against a bare hand-written loop for the same work.
//!
//! `cargo bench --bench simulation` prints criterion's figures for both, then their ratio, taken pair by pair in one
//! run so that a noisy machine does not decide it.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use simctl::arrivals::Stream;
use simctl::experiment::simulate;
use simctl::kernel::{Distribution, Root, Time};
use simctl::model::NodeKind;
use simctl::proof::bare_loop::{BareDelay, BareServers, run_delays};
use simctl::scenario::{Override, Scenario, load, load_text};
use simctl::services::lambda::settings::Platform;

/// Pairs of runs whose ratio is taken.
const PAIRS: usize = 15;

fn textbook(servers: u32, rate: &str, mean: &str, duration: &str) -> Scenario {
    let text = format!(
        r#"
        name = "mmc"
        summary = "M/M/c"
        [run]
        duration = "{duration}"
        replications = 1
        [[arrivals]]
        name = "jobs"
        process = "poisson"
        rate = "{rate}"
        [functions.serve]
        platform = "ideal"
        concurrency = {servers}
        service-time = {{ exponential = "{mean}" }}
        [[strategy]]
        name = "queue"
        flow = "queue -> serve"
        "#
    );
    load_text("mmc.toml", &text, Path::new("."), &[]).unwrap_or_else(|errors| panic!("{}", errors.render(false)))
}

/// A queue whose twenty batches at once are a tenth too few, so that every batch is full, with the default latencies.
fn queued() -> Scenario {
    let text = r#"
        name = "sqs"
        summary = "events -> sqs -> fn, ten messages a batch"
        [run]
        duration = "1000s"
        replications = 1
        [[arrivals]]
        name = "orders"
        process = "poisson"
        rate = "1000/s"
        [functions.post]
        timeout = "30s"
        service-time = { exponential = "22ms" }
        [[strategy]]
        name = "queued"
        flow = "events -> sqs -> post"
        [strategy.sqs]
        batch-size = 10
        maximum-concurrency = 20
        "#;
    load_text("sqs.toml", text, Path::new("."), &[]).unwrap_or_else(|errors| panic!("{}", errors.render(false)))
}

/// A stream of a hundred shards, each polled once a second, with the default latencies: a hundred records a batch.
fn streamed() -> Scenario {
    let text = r#"
        name = "kinesis"
        summary = "kinesis -> fn, a hundred shards"
        [run]
        duration = "100s"
        replications = 1
        [[arrivals]]
        name = "readings"
        process = "poisson"
        rate = "10000/s"
        keys = { zipf = 0.5, count = 100000 }
        [functions.post]
        timeout = "30s"
        service-time = { exponential = "2ms" }
        [[strategy]]
        name = "streamed"
        flow = "kinesis -> post"
        [strategy.kinesis]
        shards = 100
        "#;
    load_text("kinesis.toml", text, Path::new("."), &[]).unwrap_or_else(|errors| panic!("{}", errors.render(false)))
}

fn stream(scenario: &Scenario, root: &Root) -> Stream {
    let until = Time::ZERO + scenario.run.duration;
    Stream::open(&scenario.streams[0], scenario.run.start, until, scenario.run.load, root).expect("a stream")
}

/// The bare loop of a textbook queue.
fn bare_textbook(scenario: &Scenario, servers: usize, mean: f64) -> usize {
    let root = Root::new(scenario.run.seed, 0);
    let servers = BareServers {
        servers,
        service: Distribution::exponential(mean).expect("a mean"),
        draws: root.purpose("jobs/serve", "service"),
    };
    servers.run(stream(scenario, &root)).expect("a run").len()
}

/// The bare loop of an asynchronous invocation: hop, dispatch, service.
fn bare_per_event(scenario: &Scenario, design: usize) -> usize {
    let root = Root::new(scenario.run.seed, 0);
    let nodes = &scenario.designs[design].nodes;
    let function = nodes.iter().find_map(|node| match &node.kind {
        NodeKind::Function(function) => Some(function),
        _ => None,
    });
    let function = function.expect("a function");
    let Platform::Lambda(lambda) = &function.platform else { panic!("a lambda function") };
    let owner = format!("{}/{}", scenario.streams[0].name, function.name);
    let delay = |distribution: &Distribution, purpose: &str, chance| BareDelay {
        delay: distribution.clone(),
        draws: root.purpose(&owner, purpose),
        chance,
    };
    let delays = [
        delay(&lambda.asynchronous.hop, "hop", Some(lambda.asynchronous.duplicate_probability)),
        delay(&lambda.environments.warm_dispatch, "dispatch", None),
        delay(&function.service_time, "service", Some(function.failures.error)),
    ];
    run_delays(stream(scenario, &root), &delays).expect("a run").len()
}

/// Two ways to do the same work, measured by criterion and then as pairs.
fn compare(criterion: &mut Criterion, work: &str, simctl: &dyn Fn() -> usize, bare: &dyn Fn() -> usize) {
    let items = simctl();
    let mut group = criterion.benchmark_group(work);
    group.sample_size(10).measurement_time(Duration::from_secs(8)).throughput(Throughput::Elements(items as u64));
    group.bench_function("bare loop", |bencher| bencher.iter(|| black_box(bare())));
    group.bench_function("simctl", |bencher| bencher.iter(|| black_box(simctl())));
    group.finish();
    let mut ratios: Vec<f64> = (0..PAIRS)
        .map(|_| {
            let (before, simulated, after) = (time(bare), time(simctl), time(bare));
            2.0 * simulated / (before + after)
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "{work}: simctl takes {:.2} x the bare loop's time (median of {PAIRS} pairs, {:.2} to {:.2})\n",
        ratios[PAIRS / 2],
        ratios[0],
        ratios[PAIRS - 1]
    );
}

/// Work that has no bare loop to be compared with, measured by criterion.
fn measure(criterion: &mut Criterion, work: &str, simctl: &dyn Fn() -> usize) {
    let items = simctl();
    let mut group = criterion.benchmark_group(work);
    group.sample_size(10).measurement_time(Duration::from_secs(8)).throughput(Throughput::Elements(items as u64));
    group.bench_function("simctl", |bencher| bencher.iter(|| black_box(simctl())));
    group.finish();
}

fn time(work: &dyn Fn() -> usize) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let one = textbook(1, "9/s", "100ms", "30h");
    compare(&mut criterion, "M/M/1", &|| items(&one, 0), &|| bare_textbook(&one, 1, 0.1));
    let thousand = textbook(1_000, "900/s", "1s", "20m");
    compare(&mut criterion, "M/M/1000", &|| items(&thousand, 0), &|| bare_textbook(&thousand, 1_000, 1.0));
    let changes = ["run.duration=12h", "run.replications=1"].map(|text| Override::parse(text).expect("an override"));
    let atm = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/atm.toml");
    let atm = load(&atm, &changes).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let design = atm.designs.iter().position(|design| design.name == "per event").expect("a strategy");
    compare(&mut criterion, "per-event ATM day", &|| items(&atm, design), &|| bare_per_event(&atm, design));
    let queued = queued();
    measure(&mut criterion, "SQS, ten a batch", &|| items(&queued, 0));
    let streamed = streamed();
    measure(&mut criterion, "Kinesis, 100 shards", &|| items(&streamed, 0));
    criterion.final_summary();
}

fn items(scenario: &Scenario, design: usize) -> usize {
    let outcome = simulate(scenario, 0, design).unwrap_or_else(|error| panic!("{error}"));
    outcome.items.arrived as usize
}
