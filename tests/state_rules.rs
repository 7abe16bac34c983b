//! State that functions keep in their environments, with the arithmetic by hand. A calm world (`common`): a function
//! serves an item in a second, writes and loads take no time unless a test sets it, and environments rest for ten minutes.

mod common;

use common::{World, function, latencies, secs, world};
use simctl::handlers::state::{Cache, CounterTotals};
use simctl::model::Outcome;
use simctl::words::LineItem;

/// A function that counts what it does, written so.
fn counting(flow: &str, written: &[&str]) -> World {
    let world = world(flow).post("counter.write-time=0s").post("async.retries=0");
    written.iter().fold(world, |world, key| world.post(&format!("counter.{key}")))
}

/// A function that caches a value for so long, which changes every minute, at 60 s, 120 s and so on.
fn caching(ttl: &str) -> World {
    let world = world("events -> post").post("cache.load-time=0s");
    world.post(&format!("cache.ttl={ttl}")).post("cache.changes-every=60s").post("cache.changes=regular")
}

fn counter(outcome: &Outcome) -> CounterTotals {
    function(outcome, "post").state.as_ref().and_then(|state| state.counter).expect("it counts")
}

fn cache(outcome: &Outcome) -> Cache {
    function(outcome, "post").state.as_ref().and_then(|state| state.cache).expect("it caches")
}

/// True count, stored, lost, in memory only.
fn sums(outcome: &Outcome) -> (u64, u64, u64, u64) {
    let CounterTotals { truth, stored, lost, unflushed, .. } = counter(outcome);
    (truth, stored, lost, unflushed)
}

fn writes(outcome: &Outcome) -> u128 {
    outcome.usage.count(LineItem::DynamoDbWriteUnits)
}

// The counter.

/// An item every 10 s from 0 s to 90 s, one environment, written with every fourth: 8 of 10 are stored. Nobody asks for the
/// environment again: it ends at 91 + 600 s with 2. Were the hour over at 10 minutes, they would be in memory still.
///
/// Rule [doc] L-env: what a function keeps in a global outlives its invocations, and ends with its environment, met again or not.
#[test]
fn what_was_not_written_ends_with_its_environment() {
    let world = || counting("events -> post", &["flush-after=4"]).every("10s", "0s").lasts("95s", "0s");
    assert_eq!(sums(&world().run()), (10, 8, 0, 2));
    let items: Vec<(f64, f64)> = (0..10).map(|item| (10.0 * f64::from(item), 1.0)).collect();
    let outcome = counting("events -> post", &["flush-after=4"]).items(&items).run();
    assert_eq!((sums(&outcome), writes(&outcome)), ((10, 8, 2, 0), 2));
    assert_eq!(counter(&outcome).looks_off, 0, "one environment sees all");
}

/// Rule [inferred] from L-env: a counter that is never written is lost whole, one that is written at once is right.
#[test]
fn a_counter_that_is_never_written_is_lost_whole() {
    let of =
        |written: &[&str]| counting("events -> post", written).items(&[(0.0, 1.0), (10.0, 1.0), (20.0, 1.0)]).run();
    assert_eq!(sums(&of(&[])), (3, 0, 3, 0));
    let durable = of(&["flush-after=1"]);
    assert_eq!((sums(&durable), writes(&durable)), ((3, 3, 0, 0), 3));
}

/// Of four items at once each has an environment of its own: none reaches two. Four more at 10 s go to the same four.
///
/// Rule [doc] L-conc: one environment serves one request at a time: a counter in memory is split over the environments.
#[test]
fn each_environment_counts_for_itself() {
    let at_once = |rounds: usize| {
        let items: Vec<(f64, f64)> = (0..4 * rounds).map(|item| (if item < 4 { 0.0 } else { 10.0 }, 1.0)).collect();
        counting("events -> post", &["flush-after=2"]).items(&items).run()
    };
    assert_eq!(sums(&at_once(1)), (4, 0, 4, 0));
    let twice = at_once(2);
    assert_eq!((sums(&twice), writes(&twice)), ((8, 8, 0, 0), 4));
    // At 1 s they see 1 of 1, 2, 3 and 4. At 11 s each writes: 2 of 5, 4 of 6, 6 of 7, and at last 8 of 8.
    assert_eq!((counter(&twice).looks_off, counter(&twice).off_max), (6, 3));
}

/// Items at 0, 4, 10, 15, 20 and 95 s are done a second later. The environment begins to count at 0 s; the first at least
/// 10 s after that writes, at 11 s; the next is that at 21 s, and then that at 96 s.
///
/// Rule [doc] L-env: an environment is frozen between invocations: what is to be written at times is written by the next invocation.
#[test]
fn time_writes_only_while_something_runs() {
    let items = [0.0, 4.0, 10.0, 15.0, 20.0, 95.0].map(|at| (at, 1.0));
    let outcome = counting("events -> post", &["flush-every=10s"]).items(&items).run();
    assert_eq!((sums(&outcome), counter(&outcome).writes), ((6, 6, 0, 0), 3));
}

/// Two items are counted at 1 s and 11 s; the third run crashes when it has counted, at 21 s; the fourth begins anew.
///
/// Rule [doc] L-env: a crash ends the process, and with it what it kept; the environment is reset in place.
#[test]
fn a_crash_ends_what_was_kept() {
    let outcome = counting("events -> post", &["flush-after=2"])
        .post("failures.crash=1.0")
        .post("failures.after-effect=1.0")
        .items(&[(0.0, 1.0), (10.0, 1.0), (20.0, 1.0)])
        .run();
    assert_eq!((sums(&outcome), counter(&outcome).made), ((3, 0, 3, 0), 3));
    assert_eq!(function(&outcome, "post").runs.cold_starts, 1, "it is reset, not replaced");
}

/// The second item takes 20 s and is killed at 10 s.
#[test]
fn a_kill_ends_what_was_kept() {
    let world = counting("events -> post", &["flush-after=3"]).post("timeout=10s");
    let outcome = world.items(&[(0.0, 1.0), (10.0, 20.0), (40.0, 1.0), (50.0, 1.0), (60.0, 1.0)]).run();
    assert_eq!(sums(&outcome), (4, 3, 1, 0));
}

/// An error leaves the process as it is. Three tries of one item, each after its effect: counted three times.
///
/// Rule [inferred] from L-env, L-async: an exception does not reset the environment; a retry counts its item again.
#[test]
fn a_retry_counts_its_item_again() {
    let outcome = counting("events -> post", &["flush-after=1"])
        .post("async.retries=2")
        .post("failures.error=1.0")
        .post("failures.after-effect=1.0")
        .run();
    let found = counter(&outcome);
    assert_eq!((found.truth, found.made, found.again, found.stored), (1, 3, 2, 3));
}

/// Two messages in a batch: one write of two. Without it both would end with the environment.
#[test]
fn the_end_of_an_invocation_may_write() {
    for flow in ["events -> sqs -> post", "kinesis -> post", "schedule -> post"] {
        let outcome = counting(flow, &["flush-at-end-of=invocation"]).burst(2).run();
        assert_eq!((sums(&outcome), counter(&outcome).writes), ((2, 2, 0, 0), 1), "{flow}");
        assert_eq!(sums(&counting(flow, &[]).burst(2).run()), (2, 0, 2, 0), "{flow}");
    }
}

/// The first run counts one item and is killed over the second: what it counted is lost with the process. The item at
/// 100 s is written with its own.
#[test]
fn an_invocation_that_fails_writes_nothing() {
    let world = counting("events -> sqs -> post", &["flush-at-end-of=invocation"])
        .post("timeout=10s")
        .strategy("sqs.visibility-timeout=20s");
    let outcome = world.items(&[(0.0, 6.0), (0.0, 6.0), (100.0, 1.0)]).strategy("sqs.max-receive-count=1").run();
    assert_eq!(sums(&outcome), (2, 1, 1, 0));
}

/// The environment expires 600 s after its last run: an extension has 2 s then. A crash leaves no time.
///
/// Rule [doc] L-env: at the end of an environment extensions are given 500 ms or 2 s; without one it is killed at once.
#[test]
fn an_extension_writes_when_its_environment_expires() {
    let outcome = counting("events -> post", &["flush-at-end-of=environment"]).items(&[(0.0, 1.0), (10.0, 1.0)]).run();
    assert_eq!((sums(&outcome), writes(&outcome)), ((2, 2, 0, 0), 1));
    let crashing = counting("events -> post", &["flush-at-end-of=environment"]).post("failures.crash=1.0");
    assert_eq!(sums(&crashing.post("failures.after-effect=1.0").run()), (1, 0, 1, 0));
}

/// A task counts while it works, and ends: its two workers share what it keeps.
#[test]
fn a_task_is_a_process_of_its_own() {
    let task = |written: &[&str]| {
        counting("schedule -> post", written)
            .strategy("schedule.expression=rate(1 day)")
            .strategy("schedule.parallel=2")
            .strategy("post.platform=fargate")
            .strategy("post.vcpu=1")
            .strategy("post.memory=2GB")
            .strategy("post.start-up=0s")
            .strategy("post.duplicate-probability=0.0")
            .burst(5)
            .run()
    };
    assert_eq!(sums(&task(&["flush-after=2"])), (5, 4, 1, 0));
    assert_eq!(sums(&task(&["flush-at-end-of=invocation"])), (5, 5, 0, 0));
}

/// Effects at the end of the batch run are counted then; one that is killed has none.
#[test]
fn effects_at_the_end_are_counted_at_the_end() {
    let world = counting("schedule -> post", &["flush-after=3"]).strategy("schedule.commit=at-end");
    assert_eq!(sums(&world.burst(4).run()), (4, 3, 1, 0));
}

/// Three provisioned environments, one item each: three processes, which do not end.
#[test]
fn provisioned_environments_are_processes_of_their_own() {
    let outcome = counting("events -> post", &["flush-after=2"]).post("provisioned-concurrency=3").burst(3).run();
    assert_eq!((sums(&outcome), counter(&outcome).off_max), ((3, 0, 0, 3), 2));
}

/// A database makes the effect at 3 s. Its caller is killed at 2 s: the item is done and counted by nobody.
#[test]
fn what_is_done_after_its_caller_is_gone_is_not_counted() {
    let calling = |timeout: &str| {
        counting("events -> post", &["flush-after=1"])
            .set("downstream.db.latency=2s")
            .post("calls=[{ to = \"db\", effect = \"downstream\" }]")
            .post(&format!("timeout={timeout}"))
            .run()
    };
    assert_eq!(sums(&calling("10s")), (1, 1, 0, 0));
    let late = calling("2s");
    assert_eq!((sums(&late), counter(&late).made), ((1, 0, 0, 0), 0));
}

/// Writes of half a second: with each item 1.5 s, with every second one 1 s and 1.5 s, and at the end of a batch of three
/// 3.5 s in all.
///
/// Rule [inferred] simctl: a write of the counter is a part of the run that makes it: waited for, billed, one write unit.
#[test]
fn a_write_is_part_of_the_run() {
    let slow = |flow: &str, written: &str| counting(flow, &[written]).post("counter.write-time=500ms");
    let each = slow("events -> post", "flush-after=1").items(&[(0.0, 1.0), (10.0, 1.0)]).run();
    assert_eq!((latencies(&each).0, function(&each, "post").runs.billed_mb_ms), (secs(3.0), 3_000 * 1_024));
    let second = slow("events -> post", "flush-after=2").items(&[(0.0, 1.0), (10.0, 1.0)]).run();
    assert_eq!((latencies(&second).1, latencies(&second).2), (secs(1.0), secs(1.5)));
    let batch = slow("events -> sqs -> post", "flush-at-end-of=invocation").burst(3).run();
    assert_eq!(function(&batch, "post").runs.billed_mb_ms, 3_500 * 1_024);
    assert_eq!(writes(&batch), 1);
}

// The cache.

/// Loaded at 0 s and used for 100 s: the reads at 70 and 90 s are stale by 10 and 30 s. That at 100 s loads again, and the
/// one at 130 s is stale by 10 s.
///
/// Rule [doc] L-env: a value in a global is kept between invocations: until its time to live is over, whatever has become of it.
#[test]
fn a_cached_value_is_used_until_its_time_to_live_is_over() {
    let items = [0.0, 50.0, 70.0, 90.0, 100.0, 130.0].map(|at| (at, 1.0));
    let outcome = caching("100s").items(&items).run();
    let nanos = secs(50.0);
    let expected = Cache { reads: 6, loads: 2, stale: 3, staleness: nanos, staleness_max: 30_000_000_000 };
    assert_eq!(cache(&outcome), expected);
    assert_eq!(outcome.usage.count(LineItem::DynamoDbHalfReadUnits), 4);
}

/// Two environments at once load twice. A new environment after ten minutes of rest loads again.
#[test]
fn each_environment_loads_for_itself() {
    let outcome = caching("1d").items(&[(0.0, 1.0), (0.0, 1.0), (1_000.0, 1.0)]).run();
    assert_eq!((cache(&outcome).loads, cache(&outcome).stale), (3, 0));
}

/// Loads of half a second: 1.5 s, and 1 s from memory.
#[test]
fn loading_is_part_of_the_run() {
    let outcome = caching("100s").post("cache.load-time=500ms").items(&[(0.0, 1.0), (10.0, 1.0)]).run();
    assert_eq!((latencies(&outcome).1, latencies(&outcome).2), (secs(1.0), secs(1.5)));
}

/// Rule [inferred] simctl: a time to live of zero is no cache: every item loads, and none is stale.
#[test]
fn no_time_to_live_is_no_cache() {
    let outcome = caching("0s").every("7s", "0s").lasts("1000s", "1h").run();
    assert_eq!((cache(&outcome).loads, cache(&outcome).stale), (cache(&outcome).reads, 0));
}

/// One environment, reads 1 s apart, 100 after each load (which is fresh), changes at random every 50 s on average. A read
/// so long after its load is stale with the chance that a change came since, 1 − e^(−t/50): over the 100 of a load, among
/// them the load itself, 1 − Σ e^(−t/50) / 100 for t = 0 … 99, which is 1 − (1 − e^−2) / (1 − e^(−1/50)) / 100 = 0.563.
#[test]
fn the_share_of_stale_reads_is_that_of_random_changes() {
    let outcome = caching("100s")
        .post("cache.changes=random")
        .post("cache.changes-every=50s")
        .post("service-time=10ms")
        .post("max-life=30h")
        .every("1s", "0s")
        .lasts("24h", "1h")
        .run();
    let found = cache(&outcome);
    assert_eq!((found.reads, found.loads), (86_400, 864));
    let expected = 1.0 - (1.0 - (-2.0_f64).exp()) / (1.0 - (-0.02_f64).exp()) / 100.0;
    let share = found.stale as f64 / found.reads as f64;
    // 864 loads whose shares have a standard deviation of at most 0.5: four standard errors are 0.07.
    assert!((share - expected).abs() < 0.07, "{share} for {expected}");
}
