//! A DynamoDB table as an idempotent handler meets it: units, throttling and the retries of the SDK, by hand. A calm world
//! (`common`): a function serves an item in a second, calls to the table take no time, and a function's retries come 60
//! and 120 s after its failures. Units, capacity, partitions and expiry are tested beside their code.

mod common;

use common::{World, function, latencies, secs, world};
use simctl::model::Outcome;
use simctl::model::outcome::RunTotals;
use simctl::words::LineItem;

/// The handler puts a record before its work, and completes it after that.
fn events() -> World {
    world("events -> post").post("idempotency.mode=conditional-write").post("idempotency.store.write-latency=0s")
}

fn sent_again(world: World, after: &str) -> World {
    world.stream(&format!("sent-twice={{ probability = 1.0, after = \"{after}\" }}"))
}

fn runs(outcome: &Outcome) -> RunTotals {
    function(outcome, "post").runs
}

fn writes(outcome: &Outcome) -> u128 {
    outcome.usage.count(LineItem::DynamoDbWriteUnits)
}

/// Records of 2.5 KB: three units a write; a failed condition by the record that is there.
///
/// Rule [doc] D-units: each KB begun of a record is a write unit, of a failed condition too.
#[test]
fn each_kb_of_a_record_is_a_write_unit() {
    let outcome = sent_again(events(), "10s").post("idempotency.record-size=2500B").run();
    assert_eq!(writes(&outcome), 3 * 3);
}

/// 5,000 at once on a new table: 4,000 claims are served, 1,000 in each of four partitions. The others fail, and are done
/// by their retries a minute later.
///
/// Rule [doc] D-od: 5,000 events at once on a new on-demand table: 4,000 writes are served, and 1,000 are throttled.
#[test]
fn a_new_table_throttles_what_exceeds_4_000_writes_a_second() {
    let burst = events().burst(5_000).set("account.concurrency=10000").set("account.scaling-burst=10000");
    let outcome = burst.post("idempotency.store.sdk-retries=none").run();
    let totals = runs(&outcome);
    assert_eq!((totals.invocations, totals.retries, outcome.items.processed), (6_000, 1_000, 5_000));
}

/// A table that has served 3,000 a second before serves 6,000: all of the 5,000.
///
/// Rule [doc] D-od: a table serves twice its previous peak at once.
#[test]
fn a_table_that_has_seen_more_serves_more() {
    let burst = events().burst(5_000).set("account.concurrency=10000").set("account.scaling-burst=10000");
    let outcome = burst.post("idempotency.store.sdk-retries=none").post("idempotency.store.peak-writes=3000").run();
    assert_eq!((runs(&outcome).retries, outcome.items.processed), (0, 5_000));
}

/// A table that serves two a second, and three events at once: the third's put is throttled at 0 s, and again 50, 100
/// and 200 ms after each other; at 0.75 s 1.5 units are there. Its effect is at 1.75 s, without a retry of the invocation.
///
/// Rule [doc] SDKR: a throttled call is made again by the SDK within the run: boto3's legacy mode after 50 ms, doubled each time.
#[test]
fn the_sdk_makes_throttled_calls_again() {
    let outcome =
        events().burst(3).post("idempotency.store.sdk-retries=legacy").post("idempotency.store.peak-writes=1").run();
    assert_eq!((latencies(&outcome).2, runs(&outcome).retries), (secs(1.75), 0));
    assert_eq!(outcome.items.split.back_off, secs(0.75));
}

/// Without retries the third fails, and is done a minute later.
///
/// Rule [doc] D-throt: a throttled call that is not retried fails the handler before its work.
#[test]
fn a_throttled_put_without_retries_fails_the_invocation() {
    let world = events().burst(3).post("idempotency.store.sdk-retries=none");
    let outcome = world.post("idempotency.store.peak-writes=1").run();
    assert_eq!((latencies(&outcome).2, runs(&outcome).retries), (secs(61.0), 1));
    // Two puts at 0 s, two updates at 1 s, and the third's two at 60 and 61 s.
    assert_eq!(writes(&outcome), 6);
}

/// 3,000 a second from 0 s on is a new peak, which counts from 30 minutes on. 5,000 at 29 minutes: 4,000 are served and
/// 1,000 throttled; 5,000 at 31 minutes: all of them.
///
/// Rule [doc] D-od: growth that is spread over 30 minutes is not throttled.
#[test]
fn growth_over_half_an_hour_is_not_throttled() {
    let bursts = |minute: u32| {
        let arrivals = format!("[{{ items = 3000, at = \"00:00\" }}, {{ items = 5000, at = \"00:{minute}\" }}]");
        let world = events().burst(1).stream(&format!("bursts={arrivals}"));
        world
            .set("account.concurrency=10000")
            .set("account.scaling-burst=10000")
            .post("idempotency.store.sdk-retries=none")
    };
    let (early, late) = (bursts(29).run(), bursts(31).run());
    assert_eq!((runs(&early).retries, early.items.processed), (1_000, 8_000));
    assert_eq!((runs(&late).retries, late.items.processed), (0, 8_000));
}

/// A call takes 5 ms; a put that is throttled takes as long until the handler knows.
///
/// Rule [inferred] D-throt: a throttled call is answered after the latency of a call.
#[test]
fn a_throttled_call_takes_its_time() {
    let outcome = events()
        .burst(3)
        .post("idempotency.store.write-latency=5ms")
        .post("idempotency.store.sdk-retries=none")
        .post("idempotency.store.peak-writes=1")
        .run();
    assert_eq!(runs(&outcome).retries, 1);
    assert_eq!(latencies(&outcome).2, secs(60.0 + 0.005 + 0.005 + 1.0));
}
