//! State transitions a second, by what the states do.
//!
//! `cargo bench --bench states`

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use simctl::experiment;
use simctl::kernel::{Root, Time};
use simctl::scenario;
use simctl::services::step_functions::execution::{Command, Commands, Execution, MachineType, Program, Seed, Settings};
use simctl::services::step_functions::language::machine::Machine;

/// An order as machines have it: tasks with parameters and results, a choice, a fork, and a retried payment.
const ORDER: &str = r#"{
  "StartAt": "Check",
  "States": {
    "Check": {"Type": "Task", "Resource": "check", "Parameters": {"order.$": "$.order", "mode": "full"},
      "ResultPath": "$.check", "Next": "Is it large?"},
    "Is it large?": {"Type": "Choice", "Choices": [
      {"Variable": "$.order.total", "NumericGreaterThan": 1000, "Next": "Ask"}], "Default": "Charge"},
    "Ask": {"Type": "Task", "Resource": "ask.waitForTaskToken", "ResultPath": null, "Next": "Charge"},
    "Charge": {"Type": "Task", "Resource": "charge", "InputPath": "$.order", "ResultPath": "$.payment",
      "Retry": [{"ErrorEquals": ["Declined"], "MaxAttempts": 2}], "Next": "Fork"},
    "Fork": {"Type": "Parallel", "ResultPath": "$.done", "Next": "Done", "Branches": [
      {"StartAt": "Ship", "States": {"Ship": {"Type": "Task", "Resource": "ship", "End": true}}},
      {"StartAt": "Tell", "States": {"Tell": {"Type": "Task", "Resource": "tell", "End": true}}}]},
    "Done": {"Type": "Succeed"}
  }
}"#;

fn program(text: &str) -> Program {
    let machine = Machine::parse(text).expect("a machine");
    Program { machine, settings: Settings::new(MachineType::Standard, Root::new(1, 0).purpose("machine", "luck")) }
}

/// Runs one execution whose tasks succeed at once; its transitions.
fn run(program: &Program, number: u64, input: Value, host: &mut Commands) -> u64 {
    let seed = Seed { number, name: None };
    let mut execution = Execution::start(program, seed, input, Time::ZERO, host);
    while let Some(command) = host.list.pop() {
        if let Command::Start(task) = command {
            execution.task_succeeded(program, task.token, json!({"ok": true}), Time::ZERO, host);
        }
    }
    assert!(execution.end().is_some(), "it ends");
    execution.usage().transitions
}

fn transitions(criterion: &mut Criterion) {
    let chain: serde_json::Map<String, Value> = (0..1_000)
        .map(|index| {
            let next = json!({"Type": "Pass", "Next": format!("s{}", index + 1)});
            (format!("s{index}"), if index == 999 { json!({"Type": "Pass", "End": true}) } else { next })
        })
        .collect();
    let chain = json!({"StartAt": "s0", "States": chain}).to_string();
    let machines = [("order", program(ORDER)), ("chain of Pass", program(&chain))];
    let input =
        json!({"order": {"id": "o-17", "total": 42.5, "lines": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}]}});
    let mut group = criterion.benchmark_group("state transitions");
    for (name, program) in &machines {
        let mut host = Commands::default();
        group.throughput(Throughput::Elements(run(program, 0, input.clone(), &mut host)));
        group.bench_function(*name, |bencher| {
            let mut number = 0;
            bencher.iter(|| {
                number += 1;
                black_box(run(program, number, input.clone(), &mut host))
            });
        });
    }
    group.finish();
}

/// `scenarios/orders.toml` whole, queue, ledger, statistics and all, a strategy at a time: state machine, orchestrators, durable
/// function and choreography, of which the last goes from state to state by events, rules and runs of functions.
fn orders(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/orders.toml");
    let scenario = scenario::load(&path, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let mut group = criterion.benchmark_group("state transitions of scenarios/orders.toml");
    group.sample_size(20);
    for (index, design) in scenario.designs.iter().enumerate() {
        let run = || experiment::simulate(&scenario, 0, index).unwrap_or_else(|error| panic!("{error}"));
        assert!(design.nodes.iter().any(|node| node.workflow.is_some()), "{} runs the order machine", design.name);
        let entered: u64 = run().machines.iter().flat_map(|machine| &machine.states).map(|state| state.entered).sum();
        group.throughput(Throughput::Elements(entered));
        group.bench_function(&design.name, |bencher| bencher.iter(|| black_box(run())));
    }
    group.finish();
}

criterion_group!(benches, transitions, orders);
criterion_main!(benches);
