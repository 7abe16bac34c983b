//! What it costs to keep track of where executions are, and what functions are paid for while they only wait: counts and
//! dollars by hand. Nothing is random and nothing takes time but what a test sets.

mod common;

use common::secs;
use common::workflow::{World, express, machine, orchestrated, ran, retried, standard, task, two};
use serde_json::{Value, json};
use simctl::experiment;
use simctl::experiment::figures::{Reckoning, figures};
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::pricing::{Changes, FreeTier, PriceBook, Tier};
use simctl::scenario::load_text;
use simctl::words::LineItem;

/// Ten minutes of nothing.
fn waits() -> Value {
    machine(&json!({ "A": { "Type": "Wait", "Seconds": 600, "End": true } }))
}

/// A of 1 s, ten minutes of nothing, and B of 2 s.
fn with_a_wait(flow: &'static str) -> World {
    let states = json!({
        "A": task("W"),
        "W": { "Type": "Wait", "Seconds": 600, "Next": "B" },
        "B": task(""),
    });
    World { flow, ..standard(machine(&states)) }.takes("A", "1s").takes("B", "2s")
}

/// Dollars a million items: for keeping track, and for waiting.
fn dollars_by(outcome: &Outcome, prices: &PriceBook, free_tier: FreeTier) -> (f64, f64) {
    let reckoning = Reckoning { prices, free_tier, duration: Span::from_secs(3_600), bounds: &[] };
    let figures = figures(outcome, &reckoning);
    let of = |metric: &str| {
        let figure = figures.iter().find(|figure| figure.scope.is_empty() && figure.metric.name == metric);
        figure.unwrap_or_else(|| panic!("{metric}")).value
    };
    let both = (of("orchestration_usd_per_million"), of("waiting_usd_per_million"));
    assert!(both.0 + both.1 <= of("cost_usd_per_million") * (1.0 + 1e-12), "both are parts of the whole");
    both
}

fn dollars(outcome: &Outcome) -> (f64, f64) {
    dollars_by(outcome, &PriceBook::embedded(), FreeTier::Ignored)
}

fn assert_close((found, expected): ((f64, f64), (f64, f64))) {
    let close = |one: f64, other: f64| (one - other).abs() <= 1e-9 * other.max(1e-3);
    assert!(close(found.0, expected.0) && close(found.1, expected.1), "{found:?}, not {expected:?}");
}

/// Run time in which functions waited and in which they kept track, in MB-ms on x86.
fn run_time(outcome: &Outcome) -> (u128, u128) {
    let machine = ran(outcome);
    (machine.waiting.count(LineItem::LambdaX86MbMs), machine.tracking.count(LineItem::LambdaX86MbMs))
}

/// Rule [doc] ORCH: what a function is paid for while it waits for ten minutes is 400 times what the transition costs.
///
/// 600 s of 1 GB at 0.0000166667 a GB-s and a request of 0.0000002, against a transition of 0.000025.
#[test]
fn ten_minutes_in_a_function_cost_four_hundred_transitions() {
    let (function, service) = (orchestrated(waits()).run(), standard(waits()).run());
    assert_close((dollars(&function), (0.2, 10_000.02)));
    assert_close((dollars(&service), (25.0, 0.0)));
    assert_eq!((run_time(&function), run_time(&service)), ((600_000 * 1_024, 0), (0, 0)));
}

/// An arm function of 512 MB: 300 GB-s at 0.0000133334.
#[test]
fn waiting_costs_what_the_memory_and_the_architecture_do() {
    let world = orchestrated(waits());
    let settings = "service-time = \"0s\"\nmemory = \"512MB\"\narchitecture = \"arm64\"";
    let outcome = world.table("workflow", settings).run();
    assert_eq!(ran(&outcome).waiting.count(LineItem::LambdaArmMbMs), 600_000 * 512);
    assert_close((dollars(&outcome), (0.2, 4_000.02)));
}

/// The same run at twice the price of run time, and with the free allowance: of 600 GB-s the hour's share of 400,000 a month is
/// free, 555.55… of them, so that of the time 2 / 27 is paid, and none of the one request.
#[test]
fn waiting_costs_what_the_price_table_says() {
    let outcome = orchestrated(waits()).run();
    let book = PriceBook::embedded();
    let mut dear = book.price(LineItem::LambdaX86MbMs).clone();
    dear.tiers = vec![Tier { up_to: None, picodollars: 33_333_400 }];
    let dearer = book.with(Changes { prices: vec![dear], ..Changes::default() });
    assert_close((dollars_by(&outcome, &dearer, FreeTier::Ignored), (0.2, 20_000.04)));
    let (tracking, waiting) = dollars_by(&outcome, &book, FreeTier::Granted);
    assert!(tracking.abs() < 1e-12 && (waiting - 10_000.02 * 2.0 / 27.0).abs() < 1e-3, "{tracking}, {waiting}");
}

/// The function works for 2 s, waits for A, a pause before its retry, A again, and is then done with its error: 3 + 1 + 3 s.
#[test]
fn pauses_before_retries_are_waiting_and_own_work_is_not() {
    let world = orchestrated(machine(&json!({ "A": retried("", 1) })));
    let world = world.task("A", "service-time = \"3s\"\nerrors = { Broken = 1.0 }");
    let world = world.table("workflow", "service-time = \"2s\"\nasync = { retries = 0 }");
    let outcome = world.run();
    assert_eq!(run_time(&outcome), (7_000 * 1_024, 2_000 * 1_024));
    assert_eq!(ran(&outcome).executions.waited, secs(7.0));
    assert_eq!(ran(&outcome).tracking.count(LineItem::LambdaRequests), 1);
}

/// Three runs that are killed after 15 minutes: all of it was waiting, and a run that is cut off with the simulation after ten of
/// them has waited so far.
#[test]
fn waiting_that_came_to_nothing_was_paid_for_too() {
    let long = || orchestrated(machine(&json!({ "A": { "Type": "Wait", "Seconds": 1_000, "End": true } })));
    assert_eq!(run_time(&long().run()), (3 * 900_000 * 1_024, 0));
    let text = long().drain("0s").text().replace("duration = \"1h\"", "duration = \"10m\"");
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("m.asl.json"), long().machine.to_string()).expect("it takes a file");
    let scenario = load_text("test.toml", &text, folder.path(), &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let outcome = experiment::simulate(&scenario, 0, 0).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (run_time(&outcome), outcome.end),
        ((600_000 * 1_024, 0), simctl::kernel::Time::ZERO + Span::from_secs(600))
    );
}

/// An Express workflow is paid by its request and 3 s of 64 MB: 0.000001 and 0.1875 GB-s at 0.00001667.
#[test]
fn an_express_workflow_is_paid_by_its_duration() {
    let outcome = express(two()).takes("A", "1s").takes("B", "2s").run();
    assert_close((dollars(&outcome), (1.0 + 0.1875 * 16.67, 0.0)));
}

/// Rule [doc] LDF: a durable function is paid for its operations, for running from the top again, and for steps that keep it alive, but not for a Wait.
///
/// 0.5 s of its own, then A for 1 s; it ends, is run again for 0.5 s, and B takes 2 s. Operations: the start, A, the Wait, B.
#[test]
fn a_durable_function_pays_for_operations_and_replays() {
    let outcome = with_a_wait("events -> durable(m.asl.json)").table("workflow", "service-time = \"500ms\"").run();
    assert_eq!(run_time(&outcome), (3_000 * 1_024, 1_000 * 1_024));
    let tracking = &ran(&outcome).tracking;
    assert_eq!((tracking.count(LineItem::DurableOperations), tracking.count(LineItem::LambdaRequests)), (4, 2));
    assert_close((dollars(&outcome), (4.0 * 8.0 + 2.0 * 0.2 + 16.6667, 3.0 * 16.6667)));
}

/// A choreography pays for the events of the item, of the schedule and of B, and for the schedule that ends the Wait; its functions wait for
/// what A and B call, and for nothing in between.
#[test]
fn a_choreography_pays_for_its_events() {
    let outcome = with_a_wait("events -> choreograph(m.asl.json)").run();
    assert_eq!((run_time(&outcome), ran(&outcome).executions.waited), ((3_000 * 1_024, 0), secs(3.0)));
    let tracking = &ran(&outcome).tracking;
    let counts = [LineItem::EventBridgeEvents, LineItem::SchedulerInvocations].map(|line| tracking.count(line));
    assert_eq!(counts, [3, 1]);
    assert_close((dollars(&outcome), (3.0 + 1.0, 3.0 * 16.6667)));
}

/// Of a fork of A for 1 s and B for 3 s the ends of both are written into a record, by a run of 5 ms each: that is keeping
/// track, and no waiting. Events of the item, of both ends and of the join; four of the runs.
#[test]
fn the_records_of_a_fork_keep_track() {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: task("") } });
    let states = json!({ "P": { "Type": "Parallel", "Branches": [branch("A"), branch("B")], "End": true } });
    let fork = json!({ "StartAt": "P", "States": states });
    let world = World { flow: "events -> choreograph(m.asl.json)", ..standard(fork) }.takes("A", "1s").takes("B", "3s");
    let outcome = world.bus("join-latency = \"5ms\"").run();
    assert_eq!(run_time(&outcome), (4_000 * 1_024, 2 * 5 * 1_024));
    let tracking = &ran(&outcome).tracking;
    let lines = [LineItem::EventBridgeEvents, LineItem::DynamoDbWriteUnits, LineItem::LambdaRequests];
    assert_eq!(lines.map(|line| tracking.count(line)), [4, 2, 2]);
    assert_eq!(outcome.usage.count(LineItem::LambdaRequests), 4);
}
