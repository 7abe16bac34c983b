//! The documented rules of EventBridge buses (the default bus and Classic custom buses), one test each, with the
//! arithmetic by hand. A calm world (`common`) has no randomness and no delay but those a test sets; a function serves an
//! item in a second.

mod common;

use common::{World, function, latencies, load, secs, world};
use simctl::experiment;
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::pricing::{FreeTier, PriceBook};
use simctl::words::{DuplicateCause, LineItem, Usage};

fn bus() -> World {
    world("eventbridge -> post")
}

/// Invocations of the target fail for ever.
fn failing() -> World {
    bus().strategy("eventbridge.rules.post.server-error=1.0")
}

fn events(outcome: &Outcome) -> u128 {
    outcome.usage.count(LineItem::EventBridgeEvents)
}

/// Effects that are neither processed nor in the backlog: dead-lettered, expired, rejected, lost.
fn ends(outcome: &Outcome) -> (u64, u64, u64, u64) {
    let items = &outcome.items;
    (items.dead_lettered, items.expired, items.rejected, items.lost)
}

/// Rule [doc] EBR: each rule sees every event, and each matching target gets a copy of its own with retries of its own.
///
/// `b` fails for ever; `a` has its effect after a second.
#[test]
fn every_target_gets_a_copy_of_its_own() {
    let outcome =
        world("eventbridge -> [a, b]").strategy("eventbridge.rules.b.server-error=1.0").lasts("1h", "1h").run();
    assert_eq!((outcome.items.owed, outcome.items.processed, outcome.items.backlog_end), (2, 1, 1));
    assert_eq!(outcome.branches[0].latency.max(), Some(Span::from_secs(1)));
}

/// Rule [doc] EBR: an invocation that fails is retried as often as the rule's policy says, then it is dropped.
///
/// Waits of 1, 2 and 4 s: after 7 s the third retry has failed.
#[test]
fn an_event_is_dropped_after_its_retries() {
    let outcome = failing().strategy("eventbridge.max-retry-attempts=3").run();
    assert_eq!((ends(&outcome), outcome.backlog.integral), ((0, 0, 0, 1), secs(7.0)));
}

/// Rule [doc] EBR: or when it has reached its largest age, whatever comes first.
///
/// Retries after 1, 3, 7, 15 and 31 s; the next would come at 63 s, and the event is 60 s old before.
#[test]
fn an_event_is_dropped_at_its_largest_age() {
    let outcome = failing().strategy("eventbridge.max-event-age=60s").run();
    assert_eq!((ends(&outcome), outcome.backlog.integral), ((0, 1, 0, 0), secs(60.0)));
}

/// Rule [doc] EBR: by default an event is retried for 24 hours and up to 185 times.
///
/// Without jitter 152 retries fit into the day (BO-12), so the day comes first.
#[test]
fn by_default_an_event_is_retried_for_a_day() {
    let outcome = failing().lasts("1h", "25h").run();
    assert_eq!((ends(&outcome), outcome.backlog.integral), ((0, 1, 0, 0), secs(86_400.0)));
}

/// Rule [inferred] EBR: with full jitter the waits halve in the mean, and the 185 retries may come first.
///
/// Ten waits of 1,023 s and 175 of 600 s are 106,023 s, half of which is 53,012 s; a sum of 185 such waits lies within four standard
/// deviations of √(175 × 600² / 12) = 2,291 s.
#[test]
fn full_jitter_halves_the_waits() {
    let outcome = failing().strategy("eventbridge.retry-jitter=1.0").lasts("1h", "25h").run();
    let end = outcome.backlog.integral as f64 / 1e9;
    assert_eq!(ends(&outcome), (0, 0, 0, 1));
    assert!((end - 53_011.5).abs() < 4.0 * 2_400.0, "{end}");
}

/// Rule [doc] EBR: what is given up goes to the target's dead-letter queue, if it has one, for its retries or its age.
#[test]
fn what_is_given_up_goes_to_the_dead_letter_queue() {
    let kept = || failing().strategy("eventbridge.rules.post.on-failure=dead-letter-queue");
    for limit in ["max-retry-attempts=0", "max-event-age=60s"] {
        assert_eq!(ends(&kept().strategy(&format!("eventbridge.{limit}")).run()), (1, 0, 0, 0), "{limit}");
    }
}

/// Rule [doc] EBR: a missing permission or a target that is gone is not retried.
#[test]
fn a_target_that_is_gone_is_not_retried() {
    let outcome = bus().strategy("eventbridge.rules.post.client-error=1.0").run();
    assert_eq!((ends(&outcome), outcome.backlog.integral), ((0, 0, 0, 1), 0));
}

/// Rule [doc] EBR: a failure that passes costs the wait before the retry, and nothing else.
///
/// A third of the tries fails; without jitter the waits are whole seconds.
#[test]
fn a_retry_that_succeeds_ends_the_retries() {
    let outcome =
        bus().burst(100).post("service-time=1ns").strategy("eventbridge.rules.post.server-error=0.333333").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (100, 0));
    let split = outcome.items.split;
    assert_eq!((split.back_off % secs(1.0), split.wait), (0, 0));
    assert!(split.back_off > 0);
}

/// Rule [doc] EBQ: PutEvents requests above the quota (10,000 a second in us-east-1) are rejected; the sender must send them again.
///
/// A quota of 4 a second and senders that do not try again: six of ten are rejected.
#[test]
fn put_events_above_the_quota_are_rejected() {
    let outcome = bus().burst(10).strategy("eventbridge.put-quota=4").strategy("eventbridge.put-attempts=1").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected, events(&outcome)), (4, 6, 4));
}

/// Rule [doc] SDKR: the sender's SDK tries three times in all.
#[test]
fn a_rejected_sender_tries_three_times() {
    let outcome = bus().burst(10).strategy("eventbridge.put-quota=4").run();
    assert_eq!(outcome.items.processed + outcome.items.rejected, 10);
    assert!(outcome.items.processed > 4);
    assert!(outcome.items.latency.max().is_some_and(|latest| latest <= Span::from_secs(4)));
}

/// Rule [inferred] EBQ: what S3 puts on the bus is no PutEvents request of the account.
#[test]
fn notifications_of_s3_do_not_count_against_put_events() {
    let outcome = world("s3 -> eventbridge -> post").burst(10).strategy("eventbridge.put-quota=4").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected, latencies(&outcome).2), (10, 0, secs(1.0)));
}

/// Rule [doc] EBQ: invocations above the quota (18,750 a second in us-east-1) are delayed, not dropped.
///
/// Two a second: four events are delivered at 0, 0, 0.5 and 1 s.
#[test]
fn invocations_above_the_quota_are_delayed() {
    let outcome = bus().burst(4).strategy("eventbridge.invocation-quota=2").run();
    assert_eq!(latencies(&outcome), (secs(5.5), secs(1.0), secs(2.0)));
    assert_eq!((outcome.items.processed, outcome.items.split.wait), (4, secs(1.5)));
}

/// Rule [doc] EBQ: an invocation is one event to one target.
///
/// Two events to two targets each, two a second: the four invocations come at 0, 0, 0.5 and 1 s.
#[test]
fn each_target_counts_against_the_quota() {
    let outcome = world("eventbridge -> [a, b]").burst(2).strategy("eventbridge.invocation-quota=2").run();
    assert_eq!(latencies(&outcome), (secs(1.0 + 2.0), secs(1.0), secs(2.0)));
}

/// Rule [doc] LA: a Lambda target is invoked asynchronously: a function error is Lambda's to retry, after 1 and 2 minutes.
///
/// Without any retry of the bus there are three runs, at 0, 61 and 182 s.
#[test]
fn a_function_error_is_no_failure_of_the_bus() {
    let outcome = bus()
        .post("failures.error=1.0")
        .post("failures.fails-at=1.0")
        .strategy("eventbridge.max-retry-attempts=0")
        .run();
    assert_eq!((function(&outcome, "post").runs.invocations, outcome.backlog.integral), (3, secs(183.0)));
}

/// Rule [inferred] LA: nor is a throttle of the function.
#[test]
fn a_throttle_of_the_function_is_no_failure_of_the_bus() {
    let outcome = bus().burst(2).post("reserved-concurrency=1").strategy("eventbridge.max-retry-attempts=0").run();
    assert_eq!((outcome.items.processed, outcome.items.lost), (2, 0));
    assert!(function(&outcome, "post").runs.throttles > 0);
}

/// Rule [doc] EBR: a bus delivers at least once: a target may be called twice for an event.
#[test]
fn a_bus_delivers_at_least_once() {
    let outcome = bus().strategy("eventbridge.duplicate-probability=1.0").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (1, 1));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::AtLeastOnceDelivery), 1);
}

/// Rule [doc] EBR: a bus keeps no order.
///
/// Items of one key each second, and a latency of up to 10 s.
#[test]
fn events_overtake_one_another() {
    let outcome = bus()
        .every("1s", "0s")
        .stream("keys={count=1}")
        .lasts("5m", "1h")
        .strategy("eventbridge.latency={uniform={low=\"0s\",high=\"10s\"}}")
        .run_in_order();
    assert!(outcome.items.order_inversions.is_some_and(|count| count > 30), "{:?}", outcome.items.order_inversions);
}

/// Rule [doc] EBQ: a rule delivers what matches its pattern; the rest is no event to its target.
#[test]
fn what_no_rule_matches_is_published_and_dropped() {
    let outcome = bus().burst(10).strategy("eventbridge.rules.post.filter=0.0").run();
    assert_eq!((outcome.items.owed, outcome.items.lost, events(&outcome)), (0, 0, 10));
    assert_eq!(function(&outcome, "post").runs.invocations, 0);
}

/// Rule [doc] P-vt: every 64 KB of an event are billed as one; deliveries to targets are free.
#[test]
fn each_64_kb_of_an_event_are_billed_and_deliveries_are_free() {
    let fan_out = || world("eventbridge -> [a, b]").burst(10);
    assert_eq!(events(&fan_out().run()), 10);
    assert_eq!(events(&fan_out().strategy("eventbridge.event-size=100KB").run()), 20);
}

/// Rule [inferred] P-vt: retries of a delivery are free.
#[test]
fn retries_are_free() {
    let outcome = failing().strategy("eventbridge.max-retry-attempts=10").run();
    assert_eq!((outcome.items.lost, events(&outcome)), (1, 1));
}

/// Rule [doc] P-vt: a million events of 100 KB cost 2 dollars.
#[test]
fn a_million_events_of_100_kb_cost_two_dollars() {
    let mut usage = Usage::default();
    usage.add(LineItem::EventBridgeEvents, 2_000_000);
    let bill = PriceBook::embedded().cost(usage.counts(), Span::from_secs(2_592_000), FreeTier::Ignored);
    assert!((bill.total().usd() - 2.0).abs() < 1e-9, "{}", bill.total().usd());
}

/// From S3 over the bus and a queue: 3 s for the notification, 2 s in the bus, 0.3 s and 0.2 s in the queue, 1 s of service.
#[test]
fn latencies_along_the_way_add_up() {
    let outcome = world("s3 -> eventbridge -> sqs -> post")
        .strategy("s3.latency=3s")
        .strategy("eventbridge.latency=2s")
        .strategy("sqs.send-latency=300ms")
        .strategy("sqs.receive-latency=200ms")
        .run();
    assert_eq!((latencies(&outcome).0, outcome.items.split.hop), (secs(6.5), secs(5.5)));
    assert_eq!((events(&outcome), outcome.items.split.wait), (1, 0));
}

/// A bus before a topic: a copy of the bus is two publishes, and each branch repeats its effect.
#[test]
fn a_topic_is_a_target() {
    let outcome = world("eventbridge -> sns -> [a, b]").strategy("eventbridge.duplicate-probability=1.0").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (2, 2));
    assert_eq!((events(&outcome), outcome.usage.count(LineItem::SnsRequests)), (1, 2));
}

/// Rule [doc] EBR: a retry policy has 0 to 185 retries and an age of 60 to 86,400 s; EBQ: an event has at most 1 MB.
#[test]
fn settings_beyond_aws_s_limits_are_refused() {
    for (set, limit) in [
        ("max-retry-attempts=186", "185"),
        ("max-event-age=59s", "from 1m to 1d"),
        ("max-event-age=25h", "from 1m to 1d"),
        ("event-size=1025KB", "1MB: AWS's limit"),
    ] {
        let text = bus().strategy(&format!("eventbridge.{set}")).refusal();
        assert!(text.contains(limit), "{text}");
    }
}

/// Rule [measured] M-bite: from PutEvents to a warm function it takes 148 ms in the median and 241 ms at p90; the defaults come within a tenth of that.
#[test]
fn the_default_latency_is_what_was_measured() {
    let text = "name = \"warm\"\n[run]\nduration = \"30m\"\nwarm-up = \"1m\"\nreplications = 1\n\
        [[arrivals]]\nname = \"items\"\nprocess = \"deterministic\"\ninterval = \"100ms\"\n\
        [functions.post]\nservice-time = \"1us\"\n[[strategy]]\nname = \"bus\"\nflow = \"eventbridge -> post\"\n";
    let outcome = experiment::simulate(&load(text, &[]), 0, 0).unwrap();
    for (share, measured) in [(0.5, 0.148), (0.9, 0.241)] {
        let found = outcome.items.latency.quantile(share, 0).unwrap().as_secs_f64();
        assert!((found / measured - 1.0).abs() < 0.1, "p{share}: {found} s");
    }
}
