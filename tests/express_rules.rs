//! The rules of Express workflows that an API starts and waits for, one test each, with the arithmetic by hand. Nothing is
//! random and nothing takes time but what a test sets.

mod common;

use common::workflow::{World, duplicates, entered, longest, machine, ran, standard, task, two};
use common::{latencies, secs};
use serde_json::json;
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::words::{DuplicateCause, LineItem};

const SYNCHRONOUS: &str = "type = \"express\"\nstart = \"synchronous\"\n";

/// A REST API that waits for an Express workflow, whose client tries so often and waits for so long.
fn waited(world: World, attempts: u32, timeout: &str) -> World {
    waited_with(world, "", attempts, timeout)
}

/// The same with further settings of the machine.
fn waited_with(world: World, settings: &str, attempts: u32, timeout: &str) -> World {
    let client = format!("client = {{ attempts = {attempts}, timeout = \"{timeout}\" }}");
    let world = world.flow("api -> machine(m.asl.json)").machine(&format!("{SYNCHRONOUS}{settings}"));
    world.table("api", &format!("kind = \"rest\"\noverhead = \"0s\"\n{client}"))
}

fn answered(outcome: &Outcome, status: u16) -> u64 {
    outcome.apis[0].answered(status)
}

/// Rule [doc] SFNS: StartSyncExecution answers when the execution has ended; it is billed by request and duration like any Express workflow.
///
/// A takes 2 s and B 3.05 s: the answer after 5.05 s, billed as 5.1 s of 64 MB.
#[test]
fn an_api_waits_for_the_end_of_an_express_workflow() {
    let outcome = waited(standard(two()), 1, "1m").takes("A", "2s").takes("B", "3050ms").run();
    assert_eq!((answered(&outcome, 200), outcome.apis[0].response.max()), (1, Some(Span::from_millis(5_050))));
    assert_eq!((latencies(&outcome).0, outcome.items.processed), (secs(5.05), 1));
    assert_eq!(outcome.usage.count(LineItem::StepExpressRequests), 1);
    assert_eq!(outcome.usage.count(LineItem::StepExpressMbMs), 5_100 * 64);
    assert_eq!(outcome.usage.count(LineItem::StepTransitions), 0);
}

/// Rule [measured] BITE: a synchronous start reaches the first step earlier than an asynchronous one: p50 77 ms, p99 241 ms.
#[test]
fn a_synchronous_start_is_quicker() {
    let at_once = |settings: &str| {
        let world = standard(machine(&json!({ "A": task("") }))).flow("api -> machine(m.asl.json)").items(2_000);
        let world = world.takes("A", "0s").table("machine", &format!("transition-latency = \"0s\"\n{settings}"));
        let outcome = world.table("api", "overhead = \"0s\"").run();
        outcome.items.latency.quantile(0.5, 0).map_or(0.0, Span::as_secs_f64)
    };
    assert!((at_once(SYNCHRONOUS) - 0.0773).abs() < 0.003);
    assert!((at_once("type = \"express\"\nduplicate-probability = 0.0\n") - 0.118).abs() < 0.004);
}

/// Rule [doc] APIG: an API waits for 29 s at most; the execution goes on, takes effect and is billed.
///
/// The client hears 504 after 29 s, and gives up; the item is done after 40 s.
#[test]
fn an_api_gives_a_long_execution_up_which_goes_on() {
    let outcome = waited(standard(two()), 1, "1m").takes("A", "20s").takes("B", "20s").run();
    assert_eq!((answered(&outcome, 504), outcome.apis[0].response.max()), (1, Some(Span::from_secs(29))));
    assert_eq!((longest(&outcome), outcome.items.processed, outcome.items.rejected), (40.0, 1, 0));
    assert_eq!(outcome.usage.count(LineItem::StepExpressMbMs), 40_000 * 64);
    assert_eq!((outcome.apis[0].errors, outcome.apis[0].errors_done), (1, 1));
}

/// Rule [doc] SFNQ: a synchronous Express execution lasts five minutes at most.
#[test]
fn a_synchronous_execution_is_over_after_five_minutes() {
    let outcome = waited(standard(two()), 1, "1m").takes("A", "200s").takes("B", "200s").run();
    assert_eq!((ran(&outcome).executions.timed_out, outcome.items.processed), (1, 0));
    assert_eq!(outcome.usage.count(LineItem::StepExpressMbMs), 300_000 * 64);
}

/// Rule [doc] SFNS: a synchronous Express execution runs at most once: whatever fails, the service starts no second one.
///
/// B fails; `duplicate-probability` is that of asynchronous starts and means nothing here.
#[test]
fn the_service_starts_nothing_again() {
    let world = waited(standard(two()), 1, "1m").takes("A", "1s");
    let outcome = world.task("B", "service-time = \"1s\"\nerrors = { Broken = 1.0 }").run();
    assert_eq!((ran(&outcome).executions.started, ran(&outcome).executions.failed), (1, 1));
    assert_eq!((answered(&outcome, 502), outcome.items.rejected, outcome.items.duplicates), (1, 1, 0));
}

/// Rule [doc] SDKR: only the client tries again; the steps that were done are done again.
///
/// Three attempts, each of which does A and fails at B: two duplicates of A.
#[test]
fn a_client_that_tries_again_repeats_what_was_done() {
    let world = waited(standard(two()), 3, "1m").takes("A", "1s");
    let outcome = world.task("B", "service-time = \"1s\"\nerrors = { Broken = 1.0 }").run();
    assert_eq!((entered(&outcome, "A"), answered(&outcome, 502)), (3, 3));
    assert_eq!(duplicates(&outcome, DuplicateCause::ClientRetry), (2, 2));
}

/// Rule [doc] SFNS: an execution has no name by which a second one would be known: a client that gives up and calls again has two at work.
///
/// The client waits for 3 s, the execution takes 4 s: all three attempts run to their end, and do A and B again twice.
#[test]
fn a_client_that_gives_up_has_several_executions_at_work() {
    let outcome = waited(standard(two()), 3, "3s").takes("A", "2s").takes("B", "2s").run();
    assert_eq!((ran(&outcome).executions.succeeded, outcome.apis[0].timeouts), (3, 3));
    assert_eq!(duplicates(&outcome, DuplicateCause::ClientRetry), (4, 4));
    assert_eq!((outcome.items.processed, longest(&outcome)), (1, 4.0));
}

/// Rule [doc] SFNQ: synchronous starts have no quota of their own: their capacity scales.
#[test]
fn synchronous_starts_are_not_throttled() {
    let few = "start-rate = 1\nstart-burst = 1\nstart-attempts = 1";
    let outcome = waited_with(standard(two()), few, 1, "1m").takes("A", "1s").takes("B", "1s").items(20).run();
    assert_eq!((outcome.items.processed, ran(&outcome).executions.throttled_starts), (20, 0));
}

/// Rule [doc] SFNS: only Express workflows can be waited for.
#[test]
fn what_cannot_be_waited_for_is_refused() {
    let refused = |world: World| world.load().map(|_| ()).expect_err("it is refused");
    let standard_type = "start = \"synchronous\"";
    let told = refused(standard(two()).flow("api -> machine(m.asl.json)").machine(standard_type));
    assert!(told.contains("nobody can wait for the end of a Standard workflow"), "{told}");
    let told = refused(standard(two()).machine(SYNCHRONOUS));
    assert!(told.contains("`events` waits for the end of no execution"), "{told}");
}
