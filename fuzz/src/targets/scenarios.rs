//! Scenarios: the whole text, single values changed in a shipped one, a flow, a price file; and the first events of runs.

use simctl::kernel::{Root, Time};
use simctl::model::{RunError, Simulation, Workload};
use simctl::scenario::{Override, Scenario, explain, load_prices_text, load_text};

use super::project;

/// The scenario in which single values are changed; a strategy follows.
const BASE: &str = r#"
name = "base"
[run]
duration = "10m"
replications = 1
[[arrivals]]
name = "items"
process = "poisson"
rate = "1/s"
[functions.post]
service-time = { lognormal = { mean = "80ms", cv = 1.5 } }
memory = "512MB"
timeout = "30s"
[functions.pay]
service-time = "10ms"
calls = [{ to = "db", effect = "downstream" }]
[functions.pay.idempotency]
store = { write-latency = "5ms" }
[functions.tally]
platform = "ideal"
concurrency = 2
service-time = "1s"
[functions.import]
platform = "fargate"
vcpu = 0.5
memory = "1GB"
service-time = "20ms"
[downstream.db]
latency = "5ms"
[[objective]]
metric = "latency_p99"
below = "60s"
[[strategy]]
name = "one"
"#;
/// One strategy for each service, and for each way that a function works.
const STRATEGIES: [&str; 16] = [
    "flow = \"events -> post\"",
    "flow = \"events -> pay\"",
    "flow = \"sqs -> post\"",
    "flow = \"events -> sqs -> pay\"",
    "flow = \"sqs-fifo -> post\"",
    "flow = \"kinesis -> post\"",
    "flow = \"dynamodb-streams -> [post, pay]\"",
    "flow = \"sns -> [sqs:a -> post, pay]\"",
    "flow = \"eventbridge -> post\"",
    "flow = \"s3 -> eventbridge -> sqs -> post\"",
    "flow = \"api -> post\"",
    "flow = \"queue -> tally\"",
    "flow = \"schedule -> post\"\nschedule = { expression = \"rate(1 minute)\" }",
    "flow = \"schedule -> import\"\nschedule = { expression = \"rate(1 minute)\" }",
    "flow = \"schedule -> post\"\nschedule = { expression = \"rate(1 minute)\", source = \"table\" }",
    "flow = \"scheduler -> post\"\nscheduler = { expression = \"rate(1 minute)\" }",
];
/// Changes that are made at once at most.
const CHANGES: usize = 8;
/// Events of each strategy that are run.
const EVENTS: u64 = 500;

/// A scenario in which a flow stands for `FLOW`.
const WITH_FLOW: &str = r#"
name = "flows"
[run]
duration = "1m"
[[arrivals]]
name = "items"
process = "poisson"
rate = "1/s"
[functions.post]
service-time = "1s"
[functions.bill]
service-time = "1s"
[functions.tally]
platform = "ideal"
concurrency = 1
service-time = "1s"
[[strategy]]
name = "one"
flow = FLOW
"#;

/// Reads a scenario; one that is refused says why, one that is not can be explained.
fn read(text: &str, changes: &[Override]) -> Option<Scenario> {
    match load_text("fuzz.toml", text, &project().join("scenarios"), changes) {
        Ok(scenario) => {
            assert!(!explain(&scenario).is_empty());
            Some(scenario)
        }
        Err(diagnostics) => {
            assert!(!diagnostics.to_string().is_empty());
            None
        }
    }
}

/// The text of a scenario.
pub fn scenario(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        read(text, &[]);
    }
}

/// Which strategy the first byte stands for, and the changes on the lines after it.
fn changed(data: &[u8]) -> Option<Scenario> {
    let (&base, lines) = data.split_first()?;
    let lines = std::str::from_utf8(lines).ok()?.lines().filter(|line| !line.is_empty());
    let changes: Result<Vec<_>, _> = lines.take(CHANGES).map(Override::parse).collect();
    read(&format!("{BASE}{}\n", STRATEGIES[usize::from(base) % STRATEGIES.len()]), &changes.ok()?)
}

/// Changes of single values in a small scenario.
pub fn set(data: &[u8]) {
    changed(data);
}

/// The same, and then the first events of each strategy: what is accepted can be run.
pub fn run(data: &[u8]) {
    let Some(scenario) = changed(data) else { return };
    // Nothing but the project's own files, which are there and have an end.
    if scenario.files.iter().any(|file| !file.starts_with(project())) {
        return;
    }
    let workload = Workload { watch_order: true, ..scenario.workload() };
    for design in &scenario.designs {
        let started = Simulation::new(design, &workload, &Root::new(scenario.run.seed, 0));
        let advanced = started.and_then(|mut simulation| simulation.advance_some(Time::from_nanos(u64::MAX), EVENTS));
        assert!(!matches!(advanced, Err(RunError::Ledger(_))), "{advanced:?}");
    }
}

/// A flow.
pub fn flow(data: &[u8]) {
    let Ok(flow) = std::str::from_utf8(data) else { return };
    let quoted = serde_json::Value::from(flow).to_string();
    read(&WITH_FLOW.replace("FLOW", &quoted), &[]);
}

/// A price file; the book that it makes is printed and reads back as the same.
pub fn prices(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match load_prices_text("prices.toml", text) {
        Ok(book) => {
            let printed = book.to_string();
            let again = load_prices_text("printed.toml", &printed);
            let again = again.unwrap_or_else(|faults| panic!("what is printed is refused: {faults}\n{printed}"));
            assert_eq!(again, book, "what is printed reads back");
        }
        Err(diagnostics) => assert!(!diagnostics.to_string().is_empty()),
    }
}
