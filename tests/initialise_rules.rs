//! What functions do before their first item, one test a rule, with the arithmetic by hand. A calm world (`common`): a
//! function serves an item in a second, and an environment that is asked for nothing else is there at once.

mod common;

use common::{World, at, function, latencies, secs, world};
use simctl::model::Outcome;
use simctl::model::outcome::ConnectionsOutcome;

/// A function that initialises itself so, and is not tried again.
fn initialising(flow: &str, when: &str) -> World {
    world(flow).post(&format!("initialise.when={when}")).post("async.retries=0")
}

/// The same, which opens so many connections to a database that has so many, and calls it for nothing.
fn pooled(flow: &str, when: &str, connections: u32, most: u32) -> World {
    initialising(flow, when)
        .post("initialise.connects-to=db")
        .post(&format!("initialise.connections={connections}"))
        .set("downstream.db.latency=0s")
        .set("downstream.db.connection=per-environment")
        .set("downstream.db.connection-idle=1h")
        .set(&format!("downstream.db.connections={most}"))
}

fn connections(outcome: &Outcome) -> &ConnectionsOutcome {
    outcome.resources[0].connections.as_ref().expect("a function opens connections")
}

/// Opened, refused, most at once, and how long each was open, together.
fn counted(outcome: &Outcome) -> (u64, u64, u64, u128) {
    let found = connections(outcome);
    (found.opened, found.refused, found.open.max, found.open.integral)
}

fn billed_ms(outcome: &Outcome) -> u128 {
    function(outcome, "post").runs.billed_mb_ms / 1_024
}

// Work.

/// Two items ten seconds apart, one environment, 2 s: 3 s and 1 s, of which all is billed.
///
/// Rule [doc] L-env: what the initialiser does is a part of Init: it is done once in each environment, and kept between invocations.
/// Rule [doc] B-init: Billed Duration = ceil(Duration + Init Duration).
#[test]
fn the_initialiser_works_once_in_each_environment() {
    let outcome = initialising("events -> post", "environment")
        .post("initialise.time=2s")
        .items(&[(0.0, 1.0), (10.0, 1.0)])
        .run();
    assert_eq!(latencies(&outcome), (secs(4.0), secs(1.0), secs(3.0)));
    assert_eq!((outcome.items.split.cold_start, billed_ms(&outcome)), (secs(2.0), 4_000));
}

/// The same work in the handler: 3 s twice, and all of it service.
///
/// Rule [doc] L-env: what the handler does is done at every invocation, warm or not, inside the timeout and on the bill.
#[test]
fn the_handler_works_at_every_invocation() {
    let world =
        || initialising("events -> post", "invocation").post("initialise.time=2s").items(&[(0.0, 1.0), (10.0, 1.0)]);
    let outcome = world().run();
    assert_eq!(latencies(&outcome), (secs(6.0), secs(3.0), secs(3.0)));
    assert_eq!(
        (outcome.items.split.cold_start, outcome.items.split.service, billed_ms(&outcome)),
        (0, secs(6.0), 6_000)
    );
    let killed = world().post("timeout=2s").run();
    assert_eq!((function(&killed, "post").runs.timeouts, killed.items.lost), (2, 2));
}

/// 12 s: given up after 10 s, done in 12 s inside the run, and then the item. The first attempt is not billed.
///
/// Rule [doc] L-env: an Init over 10 s is repeated at the first invocation, inside the function timeout.
/// Rule [doc] B-init: a failed Init that is repeated is billed as part of that invocation.
#[test]
fn an_initialiser_over_ten_seconds_is_repeated_inside_the_run() {
    let world = || initialising("events -> post", "environment").post("initialise.time=12s");
    let outcome = world().run();
    assert_eq!((latencies(&outcome).0, billed_ms(&outcome)), (secs(23.0), 13_000));
    let killed = world().post("timeout=12s").run();
    assert_eq!((function(&killed, "post").runs.timeouts, killed.items.lost), (1, 1));
}

/// The run at 0 s crashes at its end, at 3 s. That at 10 s repeats the initialiser, inside its run.
///
/// Rule [doc] L-env: after a crash the environment is reset in place, and its Init repeated together with the next invocation.
#[test]
fn a_crash_loses_what_was_initialised() {
    let outcome = initialising("events -> post", "environment")
        .post("initialise.time=2s")
        .post("failures.crash=1.0")
        .post("failures.after-effect=1.0")
        .items(&[(0.0, 1.0), (10.0, 1.0)])
        .run();
    assert_eq!(latencies(&outcome), (secs(6.0), secs(3.0), secs(3.0)));
    assert_eq!(function(&outcome, "post").runs.cold_starts, 1);
}

/// A batch of three messages: 2 s once, and then a second each.
#[test]
fn a_handler_makes_itself_ready_once_for_a_batch() {
    for flow in ["events -> sqs -> post", "kinesis -> post"] {
        let outcome = initialising(flow, "invocation").post("initialise.time=2s").burst(3).run();
        let first = latencies(&outcome).1;
        assert_eq!(latencies(&outcome), (3 * first + secs(3.0), first, first + secs(2.0)), "{flow}");
        assert_eq!(billed_ms(&outcome), 5_000, "{flow}");
    }
}

/// Three workers begin when the run is ready.
#[test]
fn the_workers_of_a_batch_run_begin_together() {
    let outcome = initialising("schedule -> post", "invocation")
        .post("initialise.time=2s")
        .strategy("schedule.expression=rate(1 day)")
        .strategy("schedule.parallel=3")
        .burst(6)
        .run();
    assert_eq!((latencies(&outcome).1, latencies(&outcome).2), (secs(3.0), secs(4.0)));
}

/// A task does once what an environment would, and is billed for it: 2 s and two items of a second, for a minute at least.
#[test]
fn a_task_makes_itself_ready_once() {
    let outcome = initialising("schedule -> post", "environment")
        .post("initialise.time=2s")
        .strategy("schedule.expression=rate(1 day)")
        .strategy("post.platform=fargate")
        .strategy("post.vcpu=1")
        .strategy("post.memory=2GB")
        .strategy("post.start-up=0s")
        .strategy("post.duplicate-probability=0.0")
        .burst(2)
        .run();
    assert_eq!((latencies(&outcome).1, latencies(&outcome).2), (secs(3.0), secs(4.0)));
}

// Connections.

/// Opened when the handler begins at 0 s, kept for the second item at 5 s, which ends at 6 s; the environment rests for 10 s.
/// The one at 20 s opens its own.
///
/// Rule [doc] L-env: open connections are kept between invocations, as long as the environment.
#[test]
fn an_environment_holds_its_connections_until_it_ends() {
    let outcome = pooled("events -> post", "environment", 3, 3)
        .post("idle={ ttl = \"10s\" }")
        .items(&[(0.0, 1.0), (5.0, 1.0), (20.0, 1.0)])
        .run();
    assert_eq!(counted(&outcome), (6, 0, 3, 3 * (secs(16.0) + secs(11.0))));
    assert_eq!((outcome.items.processed, outcome.resources[0].calls.connections_max), (3, 3));
}

/// A second and three connections each time.
#[test]
fn an_invocation_closes_what_it_opened() {
    let outcome = pooled("events -> post", "invocation", 3, 3).items(&[(0.0, 1.0), (5.0, 1.0), (20.0, 1.0)]).run();
    assert_eq!(counted(&outcome), (9, 0, 3, 9 * secs(1.0)));
}

/// Three environments at once want three connections each of eight. The third is refused at the end of its Init of 2 s,
/// which is repeated inside the run; refused again at 4 s, its process exits. It is billed for the 2 s of the run.
///
/// Rule [doc] B-init, L-env: an Init that fails is repeated inside the first invocation, and billed there; one that fails there fails the invocation.
#[test]
fn an_environment_that_is_refused_its_connections_fails_its_invocation() {
    let outcome = pooled("events -> post", "environment", 3, 8).post("initialise.time=2s").burst(3).run();
    assert_eq!((outcome.items.processed, outcome.items.lost), (2, 1));
    let (opened, refused, most, _) = counted(&outcome);
    assert_eq!((opened, refused, most), (6, 2, 6));
    assert_eq!(billed_ms(&outcome), 2 * 3_000 + 2_000);
}

/// The same with a retry, at 64 s. The environment used last is the one that was reset: it repeats its Init of 2 s inside
/// the run, and is refused, as the two others rest with their connections. The retry 2 minutes after that fares the same.
///
/// Rule [inferred] from M-pacs, L-env: a retry meets the environment used last, which is the one that failed: it is refused again while others rest with their connections.
#[test]
fn a_retry_meets_the_environment_that_failed() {
    let outcome =
        pooled("events -> post", "environment", 3, 8).post("initialise.time=2s").post("async.retries=2").burst(3).run();
    assert_eq!((outcome.items.lost, function(&outcome, "post").runs.invocations), (1, 5));
    assert_eq!((counted(&outcome).1, billed_ms(&outcome)), (4, 2 * 3_000 + 3 * 2_000));
}

/// Two at a time, of three: the third is throttled and tried again a second later, and again 2 s after that, when an
/// environment with connections is free.
///
/// Rule [doc] L-resv: reserved concurrency holds environments, and with them connections, within what the database has.
#[test]
fn reserved_concurrency_keeps_environments_within_the_database() {
    let outcome = pooled("events -> post", "environment", 3, 8)
        .post("initialise.time=2s")
        .post("reserved-concurrency=2")
        .burst(3)
        .run();
    assert_eq!((outcome.items.processed, outcome.items.lost, counted(&outcome).1), (3, 0, 0));
    assert_eq!(latencies(&outcome).2, secs(4.0));
}

/// A handler that is refused fails its invocation at once, and leaves its environment as it is.
#[test]
fn a_handler_that_is_refused_its_connections_fails() {
    let outcome = pooled("events -> post", "invocation", 3, 8).post("initialise.time=2s").burst(3).run();
    assert_eq!((outcome.items.processed, outcome.items.lost, counted(&outcome).1), (2, 1, 1));
    assert_eq!(billed_ms(&outcome), 2 * 3_000 + 2_000);
}

/// Two batches of a message each want the one connection. The second fails as a whole, and its message comes back after
/// 20 s, when the connection is free, as its environment ended at 1 + 5 s.
#[test]
fn a_batch_that_is_refused_comes_back() {
    let outcome = pooled("events -> sqs -> post", "environment", 1, 1)
        .post("timeout=10s")
        .post("idle={ ttl = \"5s\" }")
        .strategy("sqs.batch-size=1")
        .strategy("sqs.visibility-timeout=20s")
        .burst(2)
        .run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (2, 0));
    assert_eq!(latencies(&outcome).2, secs(21.0));
}

/// Reported item by item or not, a run that is not ready fails whole: one refusal for three messages.
#[test]
fn a_run_that_is_not_ready_fails_as_a_whole() {
    let outcome = pooled("events -> sqs -> post", "invocation", 1, 1)
        .strategy("sqs.partial-batch-response=report-batch-item-failures")
        .strategy("sqs.visibility-timeout=20s")
        .strategy("sqs.batch-size=3")
        .post("timeout=10s")
        .burst(6)
        .run();
    assert_eq!((outcome.items.processed, counted(&outcome).1), (6, 1));
    assert_eq!(latencies(&outcome).2, secs(23.0));
}

/// A provisioned environment has its own, which it keeps; a second one is refused.
#[test]
fn each_provisioned_environment_has_its_own_connections() {
    let provisioned = |most: u32| {
        let world = pooled("events -> post", "environment", 1, most).post("provisioned-concurrency=2").burst(2);
        world.items(&[(0.0, 1.0), (0.0, 1.0), (3_000.0, 1.0)]).run()
    };
    let outcome = provisioned(2);
    assert_eq!((outcome.items.processed, counted(&outcome).0, counted(&outcome).1), (3, 2, 0));
    assert_eq!(provisioned(1).items.lost, 1);
}

// What connecting takes.

/// 0.5 s of Init to connect; a call of 2 s then takes 2 s. Without connections ahead of it a call opens its own first.
///
/// Rule [inferred] simctl: a new connection takes its time before its first call: once where it is kept, at each call where it is not.
#[test]
fn connecting_takes_its_time() {
    let calls = |world: World| {
        world
            .set("downstream.db.latency=2s")
            .set("downstream.db.connect-time=500ms")
            .post("calls=[\"db\"]")
            .items(&[(0.0, 1.0), (10.0, 1.0)])
            .run()
    };
    let ahead = calls(pooled("events -> post", "environment", 1, 1));
    assert_eq!(latencies(&ahead), (secs(6.5), secs(3.0), secs(3.5)));
    assert_eq!(ahead.items.split.cold_start, secs(0.5));
    let in_handler = calls(pooled("events -> post", "invocation", 1, 1));
    assert_eq!(latencies(&in_handler), (secs(7.0), secs(3.5), secs(3.5)));
    let kept = calls(world("events -> post").set("downstream.db.connection=per-environment"));
    assert_eq!(latencies(&kept), (secs(6.5), secs(3.0), secs(3.5)));
    let each = calls(world("events -> post"));
    assert_eq!(latencies(&each), (secs(7.0), secs(3.5), secs(3.5)));
}

/// The pool opened at 0.5 s is used until 3.5 s and closed by the server at 8.5 s; the item at 10 s opens a connection
/// for its call at 11 s, and holds it until 13.5 s and for 5 s after that.
///
/// Rule [inferred] simctl: the server closes a connection that was idle for so long, a pool's too; a later call opens its own.
#[test]
fn the_server_closes_what_is_idle() {
    let outcome = pooled("events -> post", "environment", 1, 1)
        .set("downstream.db.latency=2s")
        .set("downstream.db.connect-time=500ms")
        .set("downstream.db.connection-idle=5s")
        .post("calls=[\"db\"]")
        .items(&[(0.0, 1.0), (10.0, 1.0)])
        .run();
    assert_eq!(latencies(&outcome), (secs(7.0), secs(3.5), secs(3.5)));
    assert_eq!(counted(&outcome), (2, 0, 1, secs(8.0) + secs(7.5)));
    assert_eq!(outcome.end, at(3_600.0));
}
