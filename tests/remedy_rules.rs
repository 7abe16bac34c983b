//! Remedies against failures, one test a rule, with the arithmetic by hand: circuit breakers, redrives of dead letters,
//! load shedding, and limits of concurrency as bulkheads. A calm world (`common`) has no randomness and no delay but
//! those a test sets; a function serves an item in a second. No AWS service is a circuit breaker or sheds load by age, so
//! those rules are inferred.

mod common;

use common::{World, at, function, latencies, secs, world};
use simctl::model::Outcome;
use simctl::model::outcome::CallTotals;
use simctl::words::DuplicateCause;

fn calls(outcome: &Outcome) -> CallTotals {
    outcome.resources.first().expect("a downstream is called").calls
}

/// Made, kept from being made, and how often a breaker opened.
fn passed(outcome: &Outcome) -> (u64, u64, u64) {
    let calls = calls(outcome);
    (calls.calls, calls.short_circuited, calls.breakers_opened)
}

// Circuit breakers.

/// Each run computes for a second, calls `db` through a breaker, and waits for 2 s for an error; it is not tried again.
fn breaking(breaker: &str) -> World {
    let call = format!("calls=[{{ to = \"db\", circuit-breaker = {{ {breaker} }} }}]");
    let world = world("events -> post").post("async.retries=0").post(&call);
    world.set("downstream.db.latency=2s").set("downstream.db.error=1.0").lasts("100s", "2h")
}

/// An item every 10 s, called for a second later. Failures at 3, 13 and 23 s open it until 53 s: the calls at 31, 41 and 51 s
/// are not made. The one at 61 s probes, and fails at 63 s: nor are those at 71, 81 and 91 s.
///
/// Rule [inferred] simctl: a circuit breaker opens after so many failures in a row and refuses calls for a while; then one probes, and opens it again if it fails.
#[test]
fn a_breaker_opens_after_failures_in_a_row_and_again_when_its_probe_fails() {
    let outcome = breaking("failures = 3, open = \"30s\"").every("10s", "0s").run();
    assert_eq!(passed(&outcome), (4, 6, 2));
    assert_eq!((outcome.items.processed, outcome.items.lost), (0, 10));
    // A run that is refused ends on the spot.
    assert_eq!(function(&outcome, "post").runs.busy, secs(4.0 * 3.0 + 6.0 * 1.0));
}

/// The second call answers: it closes the breaker, and all that follow are made.
#[test]
fn a_breaker_closes_when_its_probes_succeed() {
    // Nothing is refused of db; a call that waits longer than 3 s has failed. Capacity is 1: three calls of 2 s at once take
    // 6 s each and fail, at 4 s; alone each takes 2 s.
    let call = "calls=[{ to = \"db\", timeout = \"3s\", circuit-breaker = { failures = 3, open = \"30s\", kept = \"shared\" } }]";
    let items = [(0.0, 1.0), (0.0, 1.0), (0.0, 1.0), (20.0, 1.0), (40.0, 1.0), (50.0, 1.0)];
    let world = world("events -> post").post("async.retries=0").post(call).items(&items);
    let outcome = world.set("downstream.db.latency=2s").set("downstream.db.capacity=1").run();
    // Opened at 4 s; refused at 21 s; at 41 s it probes, and closes at 43 s.
    assert_eq!(passed(&outcome), (5, 1, 1));
    assert_eq!((outcome.items.processed, outcome.items.lost), (2, 4));
}

/// Three at once fail, each in an environment of its own, and three more come when the first are over. One breaker for all
/// of them has seen three failures by then, a breaker of an environment one.
///
/// Rule [inferred] simctl: a breaker in the memory of an environment knows only what happened there; a shared one knows all.
#[test]
fn a_breaker_kept_per_environment_learns_alone() {
    let items = [0.0, 0.0, 0.0, 10.0, 10.0, 10.0].map(|second| (second, 1.0));
    let alone = breaking("failures = 3").items(&items).run();
    assert_eq!(passed(&alone), (6, 0, 0));
    let shared = breaking("failures = 3, kept = \"shared\"").items(&items).run();
    assert_eq!(passed(&shared), (3, 3, 1));
}

/// An environment is taken away 5 s after its last use, and an item comes every 10 s.
///
/// Rule [inferred] simctl: a breaker in the memory of an environment is forgotten with it.
#[test]
fn a_breaker_kept_per_environment_is_new_after_a_cold_start() {
    let breaker = |kept: &str| {
        breaking(&format!("failures = 1, open = \"1h\", kept = \"{kept}\""))
            .every("10s", "0s")
            .post("idle={ ttl = \"5s\" }")
    };
    assert_eq!(passed(&breaker("per-environment").run()), (10, 0, 10));
    assert_eq!(passed(&breaker("shared").run()), (1, 9, 1));
}

/// The first attempt fails and opens the breaker; the second is refused, although the client has one left.
#[test]
fn a_call_that_a_breaker_refuses_is_not_made_again() {
    let call = "calls=[{ to = \"db\", retries = \"standard\", circuit-breaker = { failures = 1, open = \"1h\" } }]";
    let world = world("events -> post").post("async.retries=0").post(call);
    let outcome = world.set("downstream.db.latency=2s").set("downstream.db.error=1.0").run();
    assert_eq!(passed(&outcome), (1, 1, 1));
}

/// A run is killed at 2 s while it waits for the answer. The breaker opens then, until 32 s; the probe of the call at 41 s is
/// killed at 42 s, so that it is open until 72 s.
///
/// Rule [inferred] simctl: a call whose caller is killed has failed for its breaker, also if it was its probe.
#[test]
fn a_caller_that_is_killed_tells_its_breaker_of_a_failure() {
    let world = breaking("failures = 1, open = \"30s\", kept = \"shared\"").every("10s", "0s").lasts("90s", "2h");
    let outcome = world.post("timeout=2s").set("downstream.db.latency=1h").run();
    assert_eq!(passed(&outcome), (3, 6, 3));
    assert_eq!((function(&outcome, "post").runs.timeouts, calls(&outcome).left), (3, 3));
}

// Redrives.

/// A queue that takes what was received once to its dead-letter queue, one message a run.
fn queued() -> World {
    world("events -> sqs -> post").strategy("sqs.max-receive-count=1").strategy("sqs.batch-size=1")
}

/// Each run fails after a second; messages are hidden for 30 s.
fn failing() -> World {
    let world = queued().post("timeout=10s").strategy("sqs.visibility-timeout=30s").lasts("10s", "1h");
    world.post("failures.error=1.0").post("failures.fails-at=1.0")
}

/// Three come at once where one may run, for 25 s, and messages are hidden for 60 s. Throttled invocations are tried again
/// after 1, 3, 7, 15, 31 and 63 s: one of them runs from 31 s on, the other is a dead letter at 60 s. At 200 s it is moved
/// back, and runs for 25 s.
///
/// Rule [doc*] S-dlq: a redrive moves the messages of a dead-letter queue back to their queue, where they are received as new ones.
#[test]
fn a_dead_letter_that_is_moved_back_and_processed_is_no_dead_letter_any_more() {
    let world = || {
        let world = queued().items(&[(0.0, 25.0); 3]).post("timeout=50s").strategy("sqs.visibility-timeout=60s");
        world.post("reserved-concurrency=1")
    };
    let left = world().run();
    assert_eq!((left.items.processed, left.items.dead_lettered), (2, 1));
    let redriven = world().strategy("sqs.redrive={ at = [\"200s\"] }").run();
    assert_eq!((redriven.items.processed, redriven.items.dead_lettered), (3, 0));
    assert_eq!(latencies(&redriven).2, secs(225.0));
    // It left the backlog at 60 s, and did not come back to it.
    assert_eq!(redriven.backlog.integral, left.backlog.integral);
}

/// All three are dead letters at 30 s. From 60 s on they are moved, one a second, and are dead letters again at 90, 91 and 92
/// s, for good: what fails again is not moved again by the redrive that moved it.
///
/// Rule [doc*] S-dlq: a redrive moves so many messages a second, at most 500.
#[test]
fn a_redrive_has_a_rate() {
    let outcome = failing().burst(3).strategy("sqs.redrive={ at = [\"60s\"], rate = 1 }").run();
    assert_eq!((function(&outcome, "post").runs.invocations, outcome.items.dead_lettered), (6, 3));
    assert_eq!((outcome.end, outcome.remedies.redriven), (at(92.0), 3));
    let fast = failing().burst(3).strategy("sqs.redrive={ at = [\"60s\"] }").run();
    assert_eq!(fast.end, at(90.004), "a message each 2 ms");
}

/// What fails each time is moved as often as there are redrives: received at 0, 60 and 120 s.
#[test]
fn each_redrive_moves_what_is_there_by_then() {
    let outcome = failing().strategy("sqs.redrive={ at = [\"60s\", \"120s\", \"121s\"] }").run();
    assert_eq!((function(&outcome, "post").runs.invocations, outcome.items.dead_lettered), (3, 1));
    assert_eq!(outcome.end, at(150.0), "hidden from 120 s on; the redrive of 121 s found nothing");
}

/// Rule [inferred] simctl: a dead letter that had taken effect before its run failed takes effect again when it is moved back.
#[test]
fn a_redrive_does_again_what_was_done_before_its_run_failed() {
    let outcome = failing().post("failures.after-effect=1.0").strategy("sqs.redrive={ at = [\"60s\"] }").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (1, 1));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::ErrorAfterEffect), 1);
    assert_eq!(outcome.items.dead_lettered, 0, "it has its effect");
}

// Load shedding.

/// Two at once, 10 s each: six begin at 0, 10 and 20 s, and those of 20 s are passed over.
///
/// Rule [inferred] simctl: a function that sheds passes an item over in no time if it is older than the limit when its work would begin; the item is expired.
#[test]
fn a_function_passes_over_what_is_too_old() {
    let two_at_once = |world: World| {
        let world = world.strategy("sqs.maximum-concurrency=2").strategy("sqs.batch-size=1").batch_of(6, 10.0);
        world.post("shed-older-than=15s")
    };
    let outcome = two_at_once(world("events -> sqs -> post")).run();
    assert_eq!((outcome.items.processed, outcome.items.expired, outcome.remedies.shed_by_age), (4, 2, 2));
    let runs = function(&outcome, "post").runs;
    assert_eq!((runs.invocations, runs.busy, runs.wasted), (6, secs(40.0), 0));
    // The same of a function that calls something, in no time.
    let steps =
        two_at_once(world("events -> sqs -> post")).post("calls=[\"db\"]").set("downstream.db.latency=0s").run();
    assert_eq!((steps.items.processed, steps.items.expired, steps.remedies.shed_by_age), (4, 2, 2));
    assert_eq!((calls(&steps).calls, function(&steps, "post").runs.busy), (4, secs(40.0)));
}

/// Its limit is reached, not passed: 10 s is not older than 10 s. An event that fails at 10 s is tried again a minute later,
/// and passed over then.
#[test]
fn an_event_that_comes_back_too_late_is_passed_over() {
    let world =
        || world("events -> post").items(&[(0.0, 10.0)]).post("failures.error=1.0").post("failures.fails-at=1.0");
    let outcome = world().post("shed-older-than=70s").run();
    // Tried at 0 s and, 60 s after its failure, at 70 s; the third try, 120 s after 80 s, is too late.
    assert_eq!((function(&outcome, "post").runs.invocations, outcome.items.expired), (3, 1));
    assert_eq!((function(&outcome, "post").runs.busy, outcome.items.lost), (secs(20.0), 0));
}

/// Two run for 100 s, and three wait: the items of 5 and 6 s are given up, that of 101 s finds two in the queue.
///
/// Rule [inferred] simctl: a sender that sheds gives an item up where so many messages are visible in the queue; it is rejected.
#[test]
fn a_sender_gives_up_what_would_wait_behind_too_many() {
    let items = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 100.5].map(|second| (second, 100.0));
    let world = world("events -> sqs -> post").items(&items).strategy("sqs.batch-size=1");
    let outcome = world.strategy("sqs.maximum-concurrency=2").strategy("sqs.shed-above=3").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected, outcome.remedies.shed_by_depth), (6, 2, 2));
}

// On-failure destinations.

/// Two events fail three times each; of a stream's two records the first attempt is the last. A dead-letter queue is no
/// destination.
///
/// Rule [doc] L-async: an event that is given up goes to the on-failure destination of its function, if it has one.
#[test]
fn what_is_given_up_goes_to_the_destination() {
    let failing = |flow: &str| world(flow).burst(2).post("failures.error=1.0");
    let events = failing("events -> post").post("async.on-failure=destination").run();
    assert_eq!((events.items.dead_lettered, events.remedies.to_destination), (2, 2));
    let letters = failing("events -> post").post("async.on-failure=dead-letter-queue").run();
    assert_eq!((letters.items.dead_lettered, letters.remedies.to_destination), (2, 0));
    let stream = failing("kinesis -> post").strategy("kinesis.maximum-retry-attempts=0");
    let records = stream.strategy("kinesis.on-failure-destination=sqs").run();
    assert_eq!((records.items.dead_lettered, records.remedies.to_destination), (2, 2));
}

// Bulkheads.

/// `a` takes 200 s for each of two items a second, and would need 400 of the account's 150; `b` takes a second.
///
/// Rule [doc] L-resv: reserved concurrency is the most that a function gets, so that it cannot take what others need.
#[test]
fn reserved_concurrency_keeps_a_slow_function_from_starving_the_others() {
    let world = || {
        let world = world("events -> [a, b]").every("500ms", "0s").lasts("200s", "1h");
        world.set("account.concurrency=150").set("functions.a.service-time=200s")
    };
    let starved = world().run();
    assert!(function(&starved, "b").runs.throttles > 100, "{:?}", function(&starved, "b").runs);
    let bulkhead = world().set("functions.a.reserved-concurrency=50").run();
    assert_eq!((function(&bulkhead, "b").runs.throttles, function(&bulkhead, "b").runs.retries), (0, 0));
    assert!(function(&bulkhead, "a").runs.throttles > 0);
}

/// `db` works on one call at a time at full speed, and a caller waits for 3 s. Five at once take 5 s each, so that all fail;
/// two take 2 s.
///
/// Rule [doc] E-sqs: `MaximumConcurrency` bounds how many batches of a queue are worked on at once, and with it what is asked of a downstream.
#[test]
fn maximum_concurrency_keeps_a_queue_from_crushing_what_is_called() {
    let world = || {
        let world =
            world("events -> sqs -> post").burst(5).strategy("sqs.batch-size=1").strategy("sqs.max-receive-count=3");
        let world = world.set("downstream.db.latency=1s").set("downstream.db.capacity=1");
        world.post("calls=[{ to = \"db\", timeout = \"3s\" }]")
    };
    let crushed = world().run();
    assert_eq!((calls(&crushed).left, crushed.items.processed), (15, 0), "tried three times");
    let bounded = world().strategy("sqs.maximum-concurrency=2").run();
    assert_eq!((calls(&bounded).left, bounded.items.processed), (0, 5));
}
