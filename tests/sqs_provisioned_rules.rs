//! The documented rules of provisioned mode of an SQS event source mapping, one test each, with the arithmetic by hand.
//! A calm world (`common`) has no randomness and no delay but those a test sets; a function serves an item in a second.

mod common;

use common::{World, at, function, latencies, secs, world};
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::pricing::{FreeTier, PriceBook};
use simctl::words::LineItem;

/// So many event pollers, no more and no fewer, in an account with room.
fn provisioned(pollers: u32) -> World {
    between(pollers, pollers)
}

fn between(least: u32, most: u32) -> World {
    world("events -> sqs -> post")
        .set("account.concurrency=100000")
        .strategy(&format!("sqs.minimum-pollers={least}"))
        .strategy(&format!("sqs.maximum-pollers={most}"))
}

fn one_a_batch(world: World) -> World {
    world.strategy("sqs.batch-size=1")
}

/// The most runs at once in that second.
fn level_after(outcome: &Outcome, second: u64) -> u64 {
    let series = &outcome.concurrency.series;
    series.bins[(second * 1_000_000_000 / series.grid.width().as_nanos()) as usize].max
}

fn poller_seconds(outcome: &Outcome) -> u128 {
    outcome.usage.count(LineItem::EventPollerS)
}

/// Two pollers, forty messages of a minute each: twenty at once. Their calls are let through two at once and twenty a
/// second, so that the last of the first twenty begins within a second.
///
/// Rule [doc] E-sqs: an event poller invokes the function for up to 10 batches at once.
#[test]
fn a_poller_works_on_ten_batches_at_once() {
    let outcome = one_a_batch(provisioned(2).burst(40)).post("service-time=60s").run();
    assert_eq!((outcome.concurrency.max, outcome.items.processed), (20, 40));
    assert!(latencies(&outcome).2 < secs(122.0));
    assert!(level_after(&outcome, 1) == 20 && level_after(&outcome, 3_000) == 0);
}

/// Two pollers, a hundred messages of a millisecond, one a call: 2 at once, the other 98 at 20 a second, the last at 4.9 s.
///
/// Rule [doc] E-sqs: an event poller takes at most 10 × batch messages a second, ten a call.
#[test]
fn two_pollers_make_twenty_calls_a_second() {
    let outcome = one_a_batch(provisioned(2).burst(100)).post("service-time=1ms").run();
    assert_eq!(latencies(&outcome).2, secs(4.901));
}

/// Ten a call: a thousand messages are 100 calls, the last at 4.9 s; its ten take 10 ms. As AWS's formula says of a poller:
/// min(1,024 of 1 KB, 1,000 by ten batches at once of 10 ms, 100 by its calls) a second.
///
/// Rule [doc] E-sqs: of small messages and fast functions an event poller works off 100 a second.
#[test]
fn a_poller_works_off_a_hundred_small_messages_a_second() {
    let outcome = provisioned(2).burst(1_000).post("service-time=1ms").run();
    assert_eq!((latencies(&outcome).2, function(&outcome, "post").runs.invocations), (secs(4.910), 100));
}

/// 100 messages of 256 KB: ten are 2.5 MB, and two pollers take 2 MB a second: after the first call, for which there is
/// the 0.2 MB saved up, 2.3 MB are owed, and a call may follow 1.15 s later; each further one after 1.25 s. The tenth is
/// made at 1.15 + 8 × 1.25 s, when a byte is there again.
///
/// Rule [doc] E-sqs: an event poller takes up to 1 MB a second.
#[test]
fn two_pollers_take_two_megabytes_a_second() {
    let outcome = provisioned(2).burst(100).post("service-time=1ms").strategy("sqs.message-size=256KB").run();
    let expected = secs(1.15 + 8.0 * 1.25 + 0.01);
    assert!(latencies(&outcome).2.abs_diff(expected) < secs(0.001), "{} for {expected} ns", latencies(&outcome).2);
}

/// Two pollers at first: 20 batches at once; 1,020 after a minute, 2,020 after two.
///
/// Rule [doc] B-prov: 1,000 batches at once are added a minute, three times the default mode's pace and more.
#[test]
fn a_backlog_adds_a_thousand_batches_a_minute() {
    let outcome = one_a_batch(between(2, 2_000).burst(10_000)).lasts("130s", "0s").post("service-time=600s").run();
    // What the limit admits at a tick is received within the tenths of a second that follow.
    for (second, limit) in [(1, 36), (30, 520), (60, 1_020), (90, 1_520), (120, 2_020)] {
        let found = level_after(&outcome, second);
        assert!(found.abs_diff(limit) <= 17, "{found} after {second} s for {limit}");
    }
}

/// Rule [doc] E-sqs: the maximum of pollers is the ceiling, ten batches at once each.
#[test]
fn the_maximum_of_pollers_is_the_ceiling() {
    let outcome = one_a_batch(between(2, 12).burst(1_000)).lasts("60s", "0s").post("service-time=600s").run();
    assert_eq!(outcome.concurrency.max, 120);
}

/// The default mode begins with 5 batches at once and adds 5 a second; five pollers begin with 50.
///
/// Rule [doc] E-sqs: provisioned mode begins with its minimum of pollers, where the default mode begins with 5 batches.
#[test]
fn a_spike_finds_the_minimum_of_pollers() {
    let spike = |world: World| one_a_batch(world.burst(50)).set("account.concurrency=1000").run();
    let (ready, default) = (spike(provisioned(5)), spike(world("events -> sqs -> post")));
    // 5 at once and 50 calls a second: the last begins at 0.9 s. The default: 5, 10, 15 and 20 in four seconds.
    assert_eq!((latencies(&ready).2, latencies(&default).2), (secs(1.9), secs(4.0)));
}

/// Two pollers for an hour, at 0.00925 dollars an hour each; the polls of a free poller are paid for too.
///
/// Rule [doc] P-list: event pollers of provisioned mode are paid for by the second, in use or not.
#[test]
fn event_pollers_are_paid_for_by_the_second() {
    let outcome = provisioned(2).run();
    assert_eq!((outcome.end, poller_seconds(&outcome)), (at(3_600.0), 7_200));
    assert_eq!(poller_seconds(&world("events -> sqs -> post").run()), 0);
    let bill = PriceBook::embedded().cost(outcome.usage.counts(), Span::from_secs(3_600), FreeTier::Ignored);
    assert!(bill.line(LineItem::EventPollerS).usd() > 0.0);
    // A send, a receive and a delete; two free pollers, one of them busy for a second: 7,199 s in polls of 20 s.
    assert_eq!(outcome.usage.count(LineItem::SqsRequests), 3 + 359);
}

/// Receives of batches that gather are let through at the same pace: two batches of 50 are ten calls, two at once and eight
/// at 20 a second, which the batches take by turns; the last at 0.4 s, and 50 messages of a millisecond.
#[test]
fn a_large_batch_is_gathered_at_the_pollers_pace() {
    let outcome = provisioned(2)
        .burst(100)
        .post("service-time=1ms")
        .strategy("sqs.batch-size=50")
        .strategy("sqs.window=5s")
        .run();
    assert_eq!((function(&outcome, "post").runs.invocations, latencies(&outcome).2), (2, secs(0.45)));
}

/// Runs of two seconds. Where all fail, the limit grows only till the first of a minute has ended, and is back at the
/// minimum of pollers with the minute.
///
/// Rule [doc*] E-sqs: function errors lower the concurrency of provisioned mode, never below its minimum of pollers (by how much is inferred).
#[test]
fn function_errors_lower_the_limit_to_the_minimum() {
    let runs = |failures: &str| {
        let world = one_a_batch(between(2, 200).burst(15_000)).lasts("5m", "0s").post("service-time=2s");
        world.post(&format!("failures={{ error = {failures}, fails-at = 1.0 }}")).run()
    };
    let (calm, failing) = (runs("0.0"), runs("1.0"));
    assert!(calm.concurrency.max > 500, "{}", calm.concurrency.max);
    assert!((15..=80).contains(&level_after(&failing, 250)), "{}", level_after(&failing, 250));
}
