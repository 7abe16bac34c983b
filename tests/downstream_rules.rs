//! What functions call while they run, one test a rule, with the arithmetic by hand. A calm world (`common`) has no
//! randomness and no delay but those a test sets; a function serves an item in a second, and then calls the downstream
//! `db`, which takes 2 s. No document prescribes what a downstream does: its rules are inferred.

mod common;

use common::{World, at, figure, function, latencies, run_all, secs, world};
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::model::outcome::{CallTotals, ResourceOutcome};
use simctl::stats::Estimate;
use simctl::words::{DuplicateCause, SuppressedBy};

/// One invocation for each event, tried once.
fn post() -> World {
    calling("events -> post").post("async.retries=0")
}

/// The same, tried again a minute after the first error, and two minutes after the second.
fn retried() -> World {
    calling("events -> post")
}

fn calling(flow: &str) -> World {
    world(flow).set("downstream.db.latency=2s").post("calls=[\"db\"]")
}

fn db(world: World, setting: &str) -> World {
    world.set(&format!("downstream.db.{setting}"))
}

/// The call is the effect of an item.
fn effect_there(world: World, more: &str) -> World {
    world.post(&format!("calls=[{{ to = \"db\", effect = \"downstream\"{more} }}]"))
}

fn resource(outcome: &Outcome) -> &ResourceOutcome {
    outcome.resources.first().expect("a downstream is called")
}

fn calls(outcome: &Outcome) -> CallTotals {
    resource(outcome).calls
}

fn cause(outcome: &Outcome, cause: DuplicateCause) -> u64 {
    outcome.items.duplicates_by_cause.count(cause)
}

/// Sum, least and greatest.
fn seconds(sum: f64, least: f64, most: f64) -> (u128, u128, u128) {
    (secs(sum), secs(least), secs(most))
}

// The call.

/// Rule [inferred] simctl: the time that a function waits for the answer to its call is run time: it is paid for, and counts as service.
#[test]
fn a_call_is_part_of_the_run() {
    let outcome = post().run();
    assert_eq!(latencies(&outcome).0, secs(3.0));
    assert_eq!((outcome.items.split.service, outcome.items.split.wait), (secs(3.0), 0));
    assert_eq!(function(&outcome, "post").runs.billed_mb_ms, 3_000 * 1_024);
    let counted = CallTotals { calls: 1, done: 1, connections_max: 1, ..CallTotals::default() };
    assert_eq!(calls(&outcome), counted);
    assert_eq!(resource(&outcome).latency.sum(), secs(2.0));
    assert_eq!((resource(&outcome).concurrency.max, resource(&outcome).concurrency.integral), (1, secs(2.0)));
}

/// A quarter of 4 s, 2 s of call, three quarters of 4 s.
#[test]
fn a_call_is_made_where_it_stands_in_the_service_time() {
    let world = post().items(&[(0.0, 4.0)]);
    let own = world.post("calls=[{ to = \"db\", at = 0.25 }]").run();
    assert_eq!(latencies(&own).0, secs(6.0));
    let world = post().items(&[(0.0, 4.0)]);
    let there = effect_there(world, ", at = 0.25").run();
    assert_eq!(
        (latencies(&there).0, there.end),
        (secs(3.0), at(3_600.0)),
        "the downstream has done it after 1 s and 2 s"
    );
    assert_eq!(function(&there, "post").runs.busy, secs(6.0));
}

/// Half of the second, then `audit` for 3 s, the other half, then `db` for 2 s.
#[test]
fn several_calls_are_made_one_after_the_other() {
    let world = post().set("downstream.audit.latency=3s").post("calls=[\"db\", { to = \"audit\", at = 0.5 }]");
    let outcome = world.run();
    assert_eq!((latencies(&outcome).0, outcome.items.split.service), (secs(6.0), secs(6.0)));
    let labels: Vec<&str> = outcome.resources.iter().map(|resource| resource.label.as_str()).collect();
    assert_eq!(labels, ["db", "audit"]);
}

/// Rule [inferred] simctl: an attempt that fails before its effect makes the calls that come before the point at which it fails.
/// Fails half-way, before the call; with the call at a quarter of the service time, after it.
#[test]
fn a_failing_attempt_makes_the_calls_before_the_point_at_which_it_fails() {
    let failing = || post().post("failures.error=1.0").post("failures.fails-at=0.5");
    assert_eq!(calls(&failing().run()).calls, 0);
    let outcome = effect_there(failing(), ", at = 0.25").run();
    assert_eq!((outcome.items.processed, calls(&outcome).done), (1, 1));
    assert_eq!(latencies(&outcome).0, secs(2.25));
}

// Connections.

/// Rule [inferred] simctl: a call holds a connection for as long as it is at work; where all are in use it waits its turn, which counts as waiting.
#[test]
fn where_all_connections_are_in_use_calls_wait_their_turn() {
    let outcome = db(db(post().burst(3), "connections=1"), "connection-wait=1h").run();
    // They call at 1 s, and are at work from 1, 3 and 5 s on.
    assert_eq!(latencies(&outcome), seconds(3.0 + 5.0 + 7.0, 3.0, 7.0));
    assert_eq!((outcome.items.split.service, outcome.items.split.wait), (secs(9.0), secs(2.0 + 4.0)));
    assert_eq!((calls(&outcome).waited, calls(&outcome).done, calls(&outcome).connections_max), (2, 3, 1));
    assert_eq!(resource(&outcome).latency.sum(), secs(2.0 + 4.0 + 6.0));
}

/// Rule [inferred] simctl: without a `connection-wait` a call for which no connection is free is refused at once, and fails the item.
#[test]
fn a_call_without_a_connection_is_refused() {
    let outcome = db(retried().burst(3), "connections=1").run();
    // At 1 s one of three has a connection, at 62 s one of two, at 62 + 120 + 1 s the last. Refused at 1 s, twice, and at 62 s.
    assert_eq!((calls(&outcome).calls, calls(&outcome).done, calls(&outcome).refused_connections), (6, 3, 3));
    assert_eq!(latencies(&outcome), seconds(3.0 + 64.0 + 185.0, 3.0, 185.0));
    assert_eq!((outcome.items.processed, function(&outcome, "post").runs.retries), (3, 3));
}

/// Rule [inferred] simctl: a call that has no connection when its `connection-wait` is over is refused.
/// One is at work from 1 to 3 s; the others wait until 2.5 s.
#[test]
fn a_call_waits_for_a_connection_no_longer_than_it_may() {
    let outcome = db(db(post().burst(3), "connections=1"), "connection-wait=1500ms").run();
    assert_eq!((outcome.items.processed, outcome.items.lost), (1, 2));
    assert_eq!((calls(&outcome).waited, calls(&outcome).refused_connections), (2, 2));
    assert_eq!(outcome.backlog.integral, secs(3.0 + 2.5 + 2.5));
}

/// Rule [inferred] simctl: where `max-waiting` calls wait for a connection, a further one is refused at once.
#[test]
fn no_more_calls_wait_than_there_is_room_for() {
    let world = db(db(post().burst(3), "connections=1"), "connection-wait=1h");
    let outcome = db(world, "max-waiting=1").run();
    assert_eq!((outcome.items.processed, calls(&outcome).refused_connections), (2, 1));
    assert_eq!(latencies(&outcome), seconds(3.0 + 5.0, 3.0, 5.0));
}

/// The function `a` calls from 1 to 3 s and then invokes `b`, which calls from 4 s on: there is one connection for both.
fn one_connection_for_two(wait: &str, idle: &str) -> Outcome {
    let world = world("events -> a -> b").set("downstream.db.latency=2s").set("functions.a.calls=[\"db\"]");
    let world = db(world.set("functions.b.calls=[\"db\"]").set("functions.b.async.retries=0"), "connections=1");
    db(db(db(world, "connection=per-environment"), wait), idle).run()
}

/// Rule [inferred] simctl: with `connection = "per-environment"` an environment keeps the connection that it opened, also while it has nothing to do.
#[test]
fn an_environment_keeps_its_connection() {
    let outcome = one_connection_for_two("connection-wait=0s", "connection-idle=10m");
    assert_eq!((outcome.items.processed, outcome.items.lost, calls(&outcome).refused_connections), (0, 1, 1));
    // Two items, ten seconds after each other, are served by one environment on its one connection.
    let world = db(db(post().items(&[(0.0, 1.0), (10.0, 1.0)]), "connections=1"), "connection=per-environment");
    let again = world.run();
    assert_eq!((again.items.processed, calls(&again).connections_max), (2, 1));
}

/// Rule [inferred] simctl: a server closes a connection that was idle for `connection-idle`; who waits may have one in its place.
#[test]
fn the_server_closes_connections_that_are_idle_for_too_long() {
    let free = one_connection_for_two("connection-wait=0s", "connection-idle=1s");
    assert_eq!((free.items.processed, latencies(&free).0), (1, secs(6.0)), "closed at 4 s, when the next is wanted");
    let waits = one_connection_for_two("connection-wait=1h", "connection-idle=5s");
    assert_eq!((waits.items.processed, latencies(&waits).0), (1, secs(10.0)), "closed at 8 s");
    assert_eq!(waits.items.split.wait, secs(4.0));
}

/// Killed at 2 s, when its call has a second to go. Its environment is reset, and its connection closed when the call is
/// done at 3 s; an environment that ended its run in peace would keep it.
#[test]
fn a_killed_environment_loses_its_connections() {
    let refused_after = |timeout: &str| {
        let world = world("[events -> post, schedule -> b]").set("downstream.db.latency=2s").post("calls=[\"db\"]");
        let world = world.post("async.retries=0").post(timeout).set("functions.b.calls=[\"db\"]").lasts("50m", "1h");
        let world = db(db(world.every("1h", "30m"), "connections=1"), "connection=per-environment");
        let outcome = db(world, "connection-idle=1d").run();
        calls(&outcome).refused_connections
    };
    assert_eq!((refused_after("timeout=10s"), refused_after("timeout=2s")), (1, 0));
}

// Speed and rate.

/// Rule [inferred] simctl: calls beyond the capacity share it equally (processor sharing), so that each takes longer.
#[test]
fn calls_beyond_the_capacity_share_it() {
    // Two of 2 s at once on a capacity of one end together after 4 s; the third, 2 s later, shares with both.
    let two = db(post().burst(2), "capacity=1").run();
    assert_eq!(latencies(&two), seconds(5.0 + 5.0, 5.0, 5.0));
    // By 3 s each of two has done 1 s of its 2 s. From then on four share: after 4 s the first two are done, and the
    // others have a second left, of which two more make 2 s.
    let four = db(post().items(&[(0.0, 1.0), (0.0, 1.0), (2.0, 1.0), (2.0, 1.0)]), "capacity=1").run();
    assert_eq!(latencies(&four), seconds(2.0 * 7.0 + 2.0 * 7.0, 7.0, 7.0));
    assert_eq!(latencies(&db(post().burst(2), "capacity=2").run()), seconds(6.0, 3.0, 3.0));
}

/// Rule [inferred] simctl: `contention` slows all calls by what is beyond the capacity, besides their sharing it.
/// Two on a capacity of one: half speed, and by the contention slower by 1 + 1 × (2 − 1) / 1.
#[test]
fn contention_makes_them_slower_than_that() {
    let outcome = db(db(post().burst(2), "capacity=1"), "contention=1.0").run();
    assert_eq!(latencies(&outcome), seconds(18.0, 9.0, 9.0));
}

/// Rule [inferred] simctl: a rate limit is a token bucket, and what exceeds it is refused without being worked on.
#[test]
fn a_rate_limit_refuses_what_exceeds_it() {
    // Calls at 1, 1.25, 1.5 … 3.25 s. Two tokens at first, one more each second: taken at 1 and 1.25 s, which leaves a
    // quarter; the next whole token is there at 2 s, and one at 3 s.
    let world = post().items(&[0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25].map(|at| (at, 1.0)));
    let outcome = db(db(world, "rate-limit=1/s"), "rate-burst=2").run();
    assert_eq!((calls(&outcome).calls, calls(&outcome).done, calls(&outcome).refused_rate), (10, 4, 6));
    assert_eq!(outcome.items.lost, 6);
}

// Failures.

#[test]
fn a_call_that_fails_fails_the_item() {
    let outcome = db(retried(), "error=1.0").run();
    assert_eq!((calls(&outcome).failed, outcome.items.lost, outcome.items.processed), (3, 1, 0));
    // Three runs of 3 s, at 0, 63 and 186 s.
    assert_eq!((function(&outcome, "post").runs.wasted, outcome.backlog.integral), (secs(9.0), secs(189.0)));
}

/// Rule [inferred] simctl: a call may fail after it has done its work, which the retry then does again.
/// What was done although the call failed is done again by the retry.
#[test]
fn a_call_may_fail_after_it_has_done_its_work() {
    let outcome = db(db(effect_there(retried(), ""), "error=1.0"), "after-commit=1.0").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates, latencies(&outcome).0), (1, 2, secs(3.0)));
    assert_eq!(cause(&outcome, DuplicateCause::ErrorAfterEffect), 2);
}

/// Rule [inferred] simctl: a caller waits for an answer no longer than its timeout; the call is done to its end all the same, and may have its effect.
#[test]
fn a_call_that_is_not_answered_in_time_is_done_all_the_same() {
    let outcome = effect_there(post(), ", timeout = \"1s\"").run();
    assert_eq!((calls(&outcome).left, calls(&outcome).done, outcome.items.lost), (1, 0, 0));
    assert_eq!((outcome.items.processed, latencies(&outcome).0), (1, secs(3.0)));
    assert_eq!(function(&outcome, "post").runs.busy, secs(2.0), "the run has failed by then");
    // An answer at the very instant is in time.
    assert_eq!(calls(&effect_there(post(), ", timeout = \"2s\"").run()).done, 1);
}

/// The same where the effect is the function's own: nobody is there any more to apply it.
#[test]
fn an_answer_that_comes_too_late_is_dropped() {
    let outcome = post().post("calls=[{ to = \"db\", timeout = \"1s\" }]").run();
    assert_eq!((outcome.items.processed, outcome.items.lost, calls(&outcome).left), (0, 1, 1));
    assert_eq!((outcome.backlog.integral, function(&outcome, "post").runs.wasted), (secs(3.0), secs(2.0)));
}

/// Rule [inferred] simctl: a run that is killed while it waits for an answer leaves its call at work; an effect it has is one of a run that was killed.
/// Killed 2 s into each run, a second into its call, which takes 5 s. The retries come 60 and 120 s after.
#[test]
fn a_kill_during_a_call_leaves_the_call_at_work() {
    let killed = |world: World| db(world.post("timeout=2s"), "latency=5s");
    let outcome = killed(effect_there(retried(), "")).run();
    assert_eq!(function(&outcome, "post").runs.timeouts, 3);
    assert_eq!((outcome.items.processed, latencies(&outcome).0), (1, secs(6.0)), "the effect comes 4 s after the kill");
    assert_eq!((outcome.items.duplicates, cause(&outcome, DuplicateCause::TimeoutAfterEffect)), (2, 2));
    assert_eq!((calls(&outcome).left, resource(&outcome).concurrency.integral), (3, secs(15.0)));
}

/// Rule [inferred] simctl: the connection of a caller that was killed stays in use until its call is done.
#[test]
fn a_killed_run_holds_its_connection_until_its_call_is_done() {
    // The first is killed at 2 s, and its call ends at 6 s; the other, at 3 s, waits for that and is killed at 5 s.
    let world = post().items(&[(0.0, 1.0), (3.0, 1.0), (5.0, 1.0)]).post("timeout=2s");
    let world = db(db(db(world, "latency=5s"), "connections=1"), "connection-wait=1h");
    let outcome = effect_there(world, "").run();
    // The third calls at 6 s, when the connection is free, and ends at 11 s, though its run does at 7 s.
    assert_eq!((outcome.items.processed, outcome.items.lost), (2, 1));
    assert_eq!(latencies(&outcome), seconds(6.0 + 6.0, 6.0, 6.0));
    assert_eq!((calls(&outcome).refused_connections, calls(&outcome).left), (1, 2));
}

// Retries of the client.

/// Rule [doc] SDKR: a client object makes a call again that was not answered in time; what the first has done is then done again.
#[test]
fn a_client_that_calls_again_does_again_what_was_done() {
    let outcome = effect_there(post(), ", timeout = \"1500ms\", retries = \"standard\"").run();
    assert_eq!((calls(&outcome).calls, calls(&outcome).left), (3, 3));
    assert_eq!((outcome.items.processed, latencies(&outcome).0), (1, secs(3.0)));
    assert_eq!((outcome.items.duplicates, cause(&outcome, DuplicateCause::ClientRetry)), (2, 2));
}

/// A refused call has done nothing, and the pause before the next is waited for in the run, which is paid for.
#[test]
fn a_client_that_calls_again_may_find_a_connection() {
    let calls_of = |retries: &str| {
        let world = post()
            .items(&[(0.0, 1.0), (1.9, 1.0)])
            .post(&format!("calls=[{{ to = \"db\", retries = \"{retries}\", attempts = 5 }}]"));
        db(world, "connections=1").run()
    };
    assert_eq!(calls_of("none").items.processed, 1);
    let outcome = calls_of("legacy");
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (2, 0));
    assert!(outcome.items.split.back_off > 0 && outcome.items.split.wait == 0);
    assert_eq!(outcome.items.split.service, secs(6.0));
}

/// Rule [inferred] simctl: an idempotent downstream does the work of an item once, and suppresses the repetition.
#[test]
fn an_idempotent_downstream_suppresses_what_is_done_again() {
    let world = effect_there(post(), ", timeout = \"1500ms\", retries = \"standard\"");
    let outcome = db(world, "idempotent=yes").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates, outcome.items.duplicates_suppressed), (1, 0, 2));
    assert_eq!(outcome.items.suppressed_by.count(SuppressedBy::IdempotentDownstream), 2);
}

// Hosts.

/// Three messages in one run, each a second and a call of 2 s.
#[test]
fn a_run_over_a_batch_of_messages_calls_for_each() {
    let outcome = calling("events -> sqs -> post").burst(3).run();
    assert_eq!((function(&outcome, "post").runs.invocations, calls(&outcome).done), (1, 3));
    assert_eq!(latencies(&outcome), seconds(3.0 + 6.0 + 9.0, 3.0, 9.0));
    assert_eq!((outcome.items.split.service, outcome.items.split.wait), (secs(9.0), secs(9.0)));
}

/// One call a minute. The second of three messages is refused; the run goes on, and only that one comes back 60 s after
/// its receive, which is in time for the next token at 61 s.
#[test]
fn a_refused_call_fails_its_message_only_if_the_function_reports_that() {
    let world = || {
        let world =
            calling("events -> sqs -> post").burst(2).post("timeout=10s").strategy("sqs.visibility-timeout=61s");
        db(world, "rate-limit=1/min")
    };
    let whole = world().run();
    // The first is done at 3 s, the second refused at 4 s, and the run fails. Both come back at 61 s: the first, which is
    // done, has the token of 62 s, the second is refused at 65 s, and so it goes on.
    assert_eq!((whole.items.processed, whole.items.duplicates > 0), (1, true));
    let reported = world().strategy("sqs.partial-batch-response=report-batch-item-failures").run();
    assert_eq!((reported.items.processed, reported.items.duplicates), (2, 0));
    assert_eq!(latencies(&reported), seconds(3.0 + 64.0, 3.0, 64.0));
    assert_eq!(calls(&reported).refused_rate, 1);
}

/// The run is killed at 10 s over its fourth message, whose call is at work from 10 s on: it has its effect at 12 s, and
/// again after the messages are visible again.
#[test]
fn a_kill_leaves_the_call_of_one_message_at_work() {
    let world = calling("events -> sqs -> post").burst(4).post("timeout=11s").strategy("sqs.visibility-timeout=30s");
    let outcome = effect_there(world, "").strategy("sqs.max-receive-count=1").run();
    assert_eq!((outcome.items.processed, latencies(&outcome)), (4, seconds(3.0 + 6.0 + 9.0 + 12.0, 3.0, 12.0)));
    assert_eq!((outcome.items.dead_lettered, function(&outcome, "post").runs.timeouts), (0, 1));
}

fn batch(parallel: u32) -> World {
    calling("schedule -> post")
        .strategy("schedule.expression=rate(1 hour)")
        .strategy(&format!("schedule.parallel={parallel}"))
}

/// Two workers: a second each, then calls one after the other on the one connection: at 1 to 3 and 3 to 5 s. The first
/// worker is back at 3 s and calls at 4 s, waits until 5 s; the second at 6 s, until 7 s. They end at 3, 5, 7 and 9 s.
#[test]
fn the_workers_of_a_batch_run_share_the_connections() {
    let outcome = db(db(batch(2).burst(4), "connections=1"), "connection-wait=1h").run();
    assert_eq!((function(&outcome, "post").runs.invocations, calls(&outcome).waited), (1, 3));
    assert_eq!(latencies(&outcome), seconds(3.0 + 5.0 + 7.0 + 9.0, 3.0, 9.0));
    assert_eq!(outcome.items.split.service, secs(4.0 * 3.0));
    // Without the limit two and two.
    assert_eq!(latencies(&batch(2).burst(4).run()), seconds(2.0 * 3.0 + 2.0 * 6.0, 3.0, 6.0));
}

/// Killed at 4 s: two are done at 3 s, two have computed for a second and are at their calls, which have their effect at 6 s.
/// The retry a minute after lists what is not marked.
#[test]
fn a_killed_batch_run_leaves_the_calls_of_all_its_workers_at_work() {
    let world = effect_there(batch(2).burst(4), "").post("timeout=5s").strategy("schedule.marker=per-item");
    let outcome = world.run();
    assert_eq!(function(&outcome, "post").runs.timeouts, 1);
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (4, 2));
    assert_eq!(cause(&outcome, DuplicateCause::TimeoutAfterEffect), 2);
    assert_eq!(latencies(&outcome), seconds(2.0 * 3.0 + 2.0 * 6.0, 3.0, 6.0));
}

/// Effects of a batch that commits at its end are undone by a kill, whatever it called for them.
#[test]
fn a_batch_that_commits_at_its_end_commits_what_was_called_for() {
    let world = batch(2).burst(4).strategy("schedule.commit=at-end").strategy("schedule.marker=none");
    let outcome = world.run();
    assert_eq!(latencies(&outcome), seconds(4.0 * 6.0, 6.0, 6.0));
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (4, 0));
}

/// A task takes 30 s to start; then as in Lambda.
#[test]
fn a_task_calls_as_a_lambda_function_does() {
    let world = batch(2)
        .burst(4)
        .strategy("post={ platform = \"fargate\", vcpu = 1, memory = \"2GB\", start-up = \"30s\", calls = [\"db\"] }");
    let outcome = world.strategy("post.duplicate-probability=0").run();
    assert_eq!(latencies(&outcome), seconds(2.0 * 33.0 + 2.0 * 36.0, 33.0, 36.0));
    assert_eq!((calls(&outcome).done, resource(&outcome).concurrency.max), (4, 2));
}

/// Rule [inferred] simctl: all functions of a strategy that call a downstream share its connections, its capacity and its rate.
/// Two functions of a strategy call one downstream: what one takes the other lacks.
#[test]
fn the_functions_of_a_strategy_share_a_downstream() {
    let world = world("events -> [a, b]").set("downstream.db.latency=2s").set("downstream.db.connections=1");
    let world = world.set("downstream.db.connection-wait=1h").set("functions.a.calls=[\"db\"]");
    let outcome = world.set("functions.b.calls=[\"db\"]").run();
    assert_eq!(latencies(&outcome).0, secs(5.0), "one of the two waits for the other");
    assert_eq!((calls(&outcome).done, calls(&outcome).waited), (2, 1));
}

#[test]
fn a_strategy_overrides_a_downstream() {
    let outcome = post().strategy("db.latency=500ms").run();
    assert_eq!(latencies(&outcome).0, secs(1.5));
}

// Theory.

/// Means over the replications of a figure, with the half-width of the interval.
fn estimate(world: &World, metric: &str) -> Estimate {
    let outcomes = run_all(&world.scenario(), 2);
    let values: Vec<f64> = outcomes[0].iter().map(|outcome| figure(outcome, metric)).collect();
    Estimate::from_samples(&values)
}

fn random(rate: &str) -> World {
    let world = post().poisson(rate).post("service-time=0s").lasts("2h", "1h").set("run.warm-up=5m");
    db(world.set("run.replications=20"), "latency={ exponential = { mean = \"1s\" } }")
}

fn assert_holds(estimate: &Estimate, expected: f64) {
    let (low, high) = estimate.interval.expect("several replications");
    assert!(low <= expected && expected <= high, "{expected} is not in {low} to {high}");
    assert!((high - low) / 2.0 < 0.1 * expected, "the interval says little: {low} to {high}");
}

/// Row MMC-1 of theory: three connections, two calls a second of a second each: a call waits 0.444 s on average.
#[test]
fn a_pool_of_connections_is_the_textbooks_queue_with_many_servers() {
    let world = db(db(random("2/s"), "connections=3"), "connection-wait=1h");
    assert_holds(&estimate(&world, "wait_mean"), 4.0 / 9.0);
}

/// M/M/1-PS: half loaded, a call takes twice its time on average.
#[test]
fn a_capacity_is_the_textbooks_processor_sharing() {
    let world = db(random("0.5/s"), "capacity=1");
    assert_holds(&estimate(&world, "latency_mean"), 1.0 / (1.0 - 0.5));
}

/// Erlang B: a = 2 on three connections: B = (8 / 6) / (1 + 2 + 2 + 8 / 6) = 4 / 19 of the calls are refused.
#[test]
fn refusals_of_a_pool_are_the_textbooks_losses() {
    let world = db(random("2/s"), "connections=3");
    assert_holds(&estimate(&world, "unprocessed_share"), 4.0 / 19.0);
}

/// A day of calls ends with nothing left in memory, whoever left before the answer.
#[test]
fn a_crowd_that_waits_and_gives_up_leaves_nothing_behind() {
    let world = db(db(post().burst(500), "connections=7"), "connection-wait=3s");
    let outcome = world.run();
    // Each connection takes 2 s a call: at 1, 3 and (the wait being over at 4 s) no later.
    assert_eq!((outcome.items.processed, outcome.items.lost), (14, 486));
    assert_eq!(outcome.items.latency.max(), Some(Span::from_secs(5)));
}
