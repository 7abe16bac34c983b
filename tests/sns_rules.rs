//! The documented rules of SNS standard topics, one test each, with the arithmetic by hand. A calm world (`common`) has
//! no randomness and no delay but those a test sets; a function serves an item in a second.

mod common;

use common::{World, at, function, latencies, load, secs, world};
use simctl::experiment;
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::pricing::{FreeTier, PriceBook};
use simctl::words::{DuplicateCause, LineItem, Usage};

/// `a` and `b` are subscribed to one topic.
fn fan_out() -> World {
    world("sns -> [a, b]")
}

fn publishes(outcome: &Outcome) -> u128 {
    outcome.usage.count(LineItem::SnsRequests)
}

fn runs(outcome: &Outcome, label: &str) -> u64 {
    function(outcome, label).runs.invocations
}

/// Effects that are neither processed nor in the backlog: dead-lettered, expired, rejected, lost.
fn ends(outcome: &Outcome) -> (u64, u64, u64, u64) {
    let items = &outcome.items;
    (items.dead_lettered, items.expired, items.rejected, items.lost)
}

/// Rule [doc] SNSR: every subscription gets a copy of each message, so an item owes an effect on each branch and has all of them with the slowest.
///
/// `a` serves in 1 s, `b` in 5 s: the item has both effects after 5 s.
#[test]
fn every_subscription_gets_a_copy_of_its_own() {
    let outcome = fan_out().set("functions.b.service-time=5s").run();
    assert_eq!((outcome.items.owed, outcome.items.processed, outcome.items.completed), (2, 2, 1));
    assert_eq!((runs(&outcome, "a"), runs(&outcome, "b")), (1, 1));
    assert_eq!(latencies(&outcome).0, secs(5.0));
    assert_eq!(outcome.branches[0].latency.sum(), secs(1.0), "a has its effect after a second");
}

/// Rule [doc] SNSR: subscriptions have retries of their own, so one that fails holds up no other.
///
/// Deliveries to `b` fail for ever; `a` has each of its ten after a second.
#[test]
fn a_failing_subscription_holds_up_no_other() {
    let outcome = fan_out().burst(10).strategy("sns.subscriptions.b.server-error=1.0").lasts("1h", "1h").run();
    assert_eq!((runs(&outcome, "a"), runs(&outcome, "b")), (10, 0));
    assert_eq!(outcome.branches[0].latency.max(), Some(Span::from_secs(1)));
    assert_eq!((outcome.items.processed, outcome.items.backlog_end), (10, 10), "b's are being retried still");
}

/// Rule [doc] SNSR: deliveries to SQS and Lambda are given up after 100,015 retries over 23 days.
///
/// 2,000,070.107 s: the sum of the ladder (BO-10).
#[test]
fn a_delivery_is_retried_for_23_days() {
    let outcome = world("sns -> post").strategy("sns.subscriptions.post.server-error=1.0").lasts("1h", "24d").run();
    assert_eq!(ends(&outcome), (0, 0, 0, 1), "there is no dead-letter queue");
    let end = outcome.end.as_secs_f64();
    assert!((end - 2_000_070.107_258_652).abs() < 1e-3, "{end}");
    assert_eq!(outcome.backlog.integral, u128::from(outcome.end.as_nanos()));
}

/// Rule [doc] SNSR: the first retries come at once, then a second apart, then grow: what fails twice in three comes through within seconds as a rule.
///
/// Three retries at once bring all but 2/3 to the fourth, 20 %, of the messages through without any delay: of 1,000 some 802.
#[test]
fn the_first_three_retries_come_at_once() {
    let outcome = world("sns -> post")
        .burst(1_000)
        .post("service-time=1ns")
        .strategy("sns.subscriptions.post.server-error=0.666666")
        .run();
    let at_once = outcome.items.latency.buckets().filter(|&(_, high, _)| high < Span::from_millis(1));
    let at_once: u64 = at_once.map(|(_, _, count)| count).sum();
    // Four standard deviations of a binomial count.
    assert!((802 - 51..=802 + 51).contains(&at_once), "{at_once}");
    assert_eq!((outcome.items.processed, outcome.items.lost), (1_000, 0));
    assert!(outcome.items.split.back_off > 0);
}

/// Rule [doc] SNSR: a dead-letter queue belongs to a subscription; what is given up there is kept, on that branch alone.
#[test]
fn what_is_given_up_goes_to_the_subscriptions_own_dead_letter_queue() {
    let gone = fan_out().strategy("sns.subscriptions.b.client-error=1.0");
    assert_eq!(ends(&gone.run()), (0, 0, 0, 1), "without one it is lost");
    let kept = gone.strategy("sns.subscriptions.b.on-failure=dead-letter-queue").run();
    assert_eq!((ends(&kept), kept.items.processed), ((1, 0, 0, 0), 1));
}

/// Rule [doc] SNSR: client-side errors (an endpoint deleted, no permission) are never retried.
///
/// It is given up at the instant of its publish.
#[test]
fn a_client_side_error_is_not_retried() {
    let outcome = world("sns -> post")
        .strategy("sns.subscriptions.post.client-error=1.0")
        .strategy("sns.subscriptions.post.on-failure=dead-letter-queue")
        .run();
    assert_eq!((outcome.items.dead_lettered, outcome.backlog.integral), (1, 0));
}

/// Rule [doc] LA: SNS invokes Lambda asynchronously, so a function error is retried by Lambda, twice, and not by SNS.
///
/// Runs at 0, 61 and 182 s, each a second long; the topic's ladder would have tried at once.
#[test]
fn a_function_error_follows_lambdas_own_retries() {
    let outcome = world("sns -> post").post("failures.error=1.0").post("failures.fails-at=1.0").run();
    assert_eq!((runs(&outcome, "post"), function(&outcome, "post").runs.retries), (3, 2));
    assert_eq!((outcome.items.lost, outcome.backlog.integral), (1, secs(183.0)));
}

/// Rule [doc] LA: a throttle of the function is no failed delivery of SNS: Lambda has accepted the event and tries it again.
///
/// Without retries of its own the second of two would be lost; its function runs one at a time.
#[test]
fn a_throttle_of_the_function_is_lambdas_to_retry() {
    let outcome = world("sns -> post").burst(2).post("reserved-concurrency=1").run();
    assert!(function(&outcome, "post").runs.throttles > 0);
    assert_eq!((outcome.items.processed, outcome.items.lost), (2, 0));
}

/// Rule [doc] SNSR: an SQS subscriber gets a message, and what happens to it then is the queue's: its receives, its dead-letter queue.
///
/// Received three times, at 0, 30 and 60 s; the receive at 90 s moves it.
#[test]
fn a_subscribed_queue_gets_a_message() {
    let outcome = world("sns -> sqs -> post")
        .post("timeout=10s")
        .post("failures.error=1.0")
        .strategy("sqs.visibility-timeout=30s")
        .strategy("sqs.max-receive-count=3")
        .lasts("10s", "1h")
        .run();
    assert_eq!((runs(&outcome, "post"), outcome.items.dead_lettered), (3, 1));
    assert_eq!(outcome.backlog.integral, secs(90.0));
}

/// Rule [inferred] M-bite: a delivery takes SNS's own latency, and after it that of what it is delivered to.
///
/// 2 s in the topic, 0.3 s to send and 0.2 s to receive in the queue, 1 s of service.
#[test]
fn latencies_of_the_topic_and_of_the_queue_add_up() {
    let outcome = world("sns -> sqs -> post")
        .strategy("sns.latency=2s")
        .strategy("sqs.send-latency=300ms")
        .strategy("sqs.receive-latency=200ms")
        .run();
    assert_eq!((latencies(&outcome).0, outcome.items.split.hop), (secs(3.5), secs(2.5)));
}

/// The share of `of` that a filter of 30 % lets through of 1,000, within four standard deviations (14.5 each).
fn is_thirty_percent(count: u64) -> bool {
    (300 - 58..=300 + 58).contains(&count)
}

/// Rule [doc*] SNSG: what does not match a subscription's filter policy is not delivered to it: no copy, no retry, no dead letter, and no effect owed.
#[test]
fn what_is_filtered_is_not_delivered_and_not_owed() {
    let outcome = fan_out()
        .burst(1_000)
        .strategy("sns.subscriptions.a.filter=0.3")
        .strategy("sns.subscriptions.a.on-failure=dead-letter-queue")
        .run();
    let to_a = runs(&outcome, "a");
    assert!(is_thirty_percent(to_a), "{to_a}");
    assert_eq!((runs(&outcome, "b"), outcome.items.owed, outcome.items.processed), (1_000, 1_000 + to_a, 1_000 + to_a));
    assert_eq!((ends(&outcome), outcome.items.completed), ((0, 0, 0, 0), 1_000));
    assert_eq!((outcome.branches[0].measured, outcome.branches[1].measured), (to_a, 1_000));
}

/// Rule [doc*] SNSG: a message that no subscription matches is published, and that is all.
#[test]
fn an_item_that_is_filtered_from_every_branch_owes_nothing() {
    let outcome =
        fan_out().burst(10).strategy("sns.subscriptions.a.filter=0.0").strategy("sns.subscriptions.b.filter=0.0").run();
    assert_eq!((outcome.items.arrived, outcome.items.owed, outcome.items.completed), (10, 0, 10));
    assert_eq!((outcome.items.measured, outcome.items.latency.count(), outcome.backlog.max), (0, 0, 0));
    assert_eq!(publishes(&outcome), 10);
}

/// A filter keeps the same items from a function in every strategy, whatever stands between.
///
/// Each item's service time tells which it is: equal sums are equal items.
#[test]
fn every_strategy_filters_the_same_items() {
    let items: Vec<(f64, f64)> = (0..40).map(|n| (0.0, 1.0 + f64::from(n) * 1e-3)).collect();
    let direct = fan_out().items(&items).strategy("sns.subscriptions.a.filter=0.5").run();
    let queued = world("eventbridge -> [sqs:first -> a, b]")
        .items(&items)
        .strategy("eventbridge.rules.first.filter=0.5")
        .strategy("first.batch-size=1")
        .run();
    assert_eq!(direct.branches[0].latency.count(), queued.branches[0].latency.count());
    assert!((5..=35).contains(&direct.branches[0].processed));
    let worked = |outcome: &Outcome| function(outcome, "a").runs.busy;
    assert_eq!(worked(&direct), worked(&queued));
}

/// Rule [doc] SNSG: a topic delivers at least once; a copy is one subscription's alone.
#[test]
fn a_topic_delivers_at_least_once() {
    let outcome = fan_out().strategy("sns.duplicate-probability=1.0").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (2, 2));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::AtLeastOnceDelivery), 2);
    assert_eq!((runs(&outcome, "a"), runs(&outcome, "b")), (2, 2));
}

/// Rule [doc] SNSG: a topic keeps no order (best effort): deliveries overtake one another.
///
/// Items of one key each second, and a latency of up to 10 s.
#[test]
fn deliveries_overtake_one_another() {
    let outcome = world("sns -> post")
        .every("1s", "0s")
        .stream("keys={count=1}")
        .lasts("5m", "1h")
        .strategy("sns.latency={uniform={low=\"0s\",high=\"10s\"}}")
        .run_in_order();
    assert_eq!(outcome.items.processed, 300);
    assert!(outcome.items.order_inversions.is_some_and(|count| count > 30), "{:?}", outcome.items.order_inversions);
}

/// Rule [doc] SNSG: publishes above the quota (30,000 a second in us-east-1) are throttled.
///
/// A quota of 4 a second, which may come at once: of ten publishes without retries six are refused for good.
#[test]
fn publishes_above_the_quota_are_refused() {
    let outcome = fan_out().burst(10).strategy("sns.publish-quota=4").strategy("sns.publish-attempts=1").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected), (8, 12), "two effects each");
    assert_eq!(publishes(&outcome), 4, "what is refused is not billed");
}

/// Rule [doc] SDKR: a publisher that was throttled tries three times in all, up to 1 s and up to 2 s later.
///
/// Ten at once and a quota of 4 a second: 4 pass at once, and within the 3 s of the retries there is room for the rest.
#[test]
fn a_refused_publisher_tries_three_times() {
    let outcome = world("sns -> post").burst(10).strategy("sns.publish-quota=4").run();
    let items = &outcome.items;
    assert_eq!(items.processed + items.rejected, 10);
    assert!(items.processed > 4, "{}", items.processed);
    assert!(items.latency.max().is_some_and(|latest| latest <= Span::from_secs(4)));
    assert_eq!(items.split.wait, 0, "the waits of the retries are back-off");
    assert!(items.split.back_off > 0);
}

/// Rule [inferred] S3-ev: S3 does not give up a publish that was throttled: it waits for its turn.
///
/// Ten at once and a quota of 4 a second: the last is published after 1.5 s, the fifth after a quarter; 1/4 + … + 6/4 s.
#[test]
fn what_another_service_publishes_waits_for_its_turn() {
    for flow in ["s3 -> sns -> post", "eventbridge -> sns -> post"] {
        let outcome = world(flow).burst(10).strategy("sns.publish-quota=4").run();
        assert_eq!((outcome.items.processed, outcome.items.rejected), (10, 0), "{flow}");
        assert_eq!(latencies(&outcome), (secs(10.0 + 5.25), secs(1.0), secs(2.5)), "{flow}");
    }
}

/// Rule [doc] P-vt: a publish is billed once for every 64 KB, however many subscriptions it is delivered to.
#[test]
fn each_64_kb_of_a_publish_are_billed_and_deliveries_are_free() {
    assert_eq!(publishes(&fan_out().burst(10).run()), 10);
    assert_eq!(publishes(&fan_out().burst(10).strategy("sns.message-size=65KB").run()), 20);
    assert_eq!(publishes(&fan_out().burst(10).strategy("sns.message-size=256KB").run()), 40);
}

/// Rule [doc] P-vt: a million publishes of up to 64 KB cost 0.50 dollars, with 3 functions and 2 queues behind them too.
#[test]
fn a_million_publishes_cost_half_a_dollar() {
    let mut usage = Usage::default();
    usage.add(LineItem::SnsRequests, 1_000_000);
    let bill = PriceBook::embedded().cost(usage.counts(), Span::from_secs(2_592_000), FreeTier::Ignored);
    assert!((bill.total().usd() - 0.5).abs() < 1e-9, "{}", bill.total().usd());
}

/// Rule [doc] SNSG: a message has at most 256 KB.
#[test]
fn a_message_above_256_kb_is_refused() {
    let text = fan_out().strategy("sns.message-size=257KB").refusal();
    assert!(text.contains("256KB: AWS's limit"), "{text}");
}

#[test]
fn a_subscription_is_named_by_what_follows_the_topic() {
    let text = world("sns -> [sqs:billing -> a, b]").strategy("sns.subscriptions.biling.filter=0.5").refusal();
    assert!(text.contains("does not follow `sns`") && text.contains("billing"), "{text}");
}

/// A function publishes when it is done: 1 s in `post`, 2 s in the topic, 1 s in `a` and `b`.
#[test]
fn a_function_publishes_to_a_topic() {
    let outcome = world("events -> post -> sns -> [a, b]").strategy("sns.latency=2s").run();
    assert_eq!((outcome.items.processed, latencies(&outcome).0), (2, secs(4.0)));
}

/// What the sender sends twice is published twice, and repeats each of its effects.
#[test]
fn an_item_that_is_sent_twice_is_published_twice() {
    let outcome = fan_out().stream("sent-twice={probability=1.0,after=\"5s\"}").run();
    assert_eq!((outcome.items.duplicates, publishes(&outcome)), (2, 2));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::SentTwice), 2);
}

/// Rule [measured] M-bite: from a publish to a warm function it takes 73 ms in the median and 125 ms at p90; the defaults come within a tenth of that.
#[test]
fn the_default_latency_is_what_was_measured() {
    let text = "name = \"warm\"\n[run]\nduration = \"30m\"\nwarm-up = \"1m\"\nreplications = 1\n\
        [[arrivals]]\nname = \"items\"\nprocess = \"deterministic\"\ninterval = \"100ms\"\n\
        [functions.post]\nservice-time = \"1us\"\n[[strategy]]\nname = \"topic\"\nflow = \"sns -> post\"\n";
    let outcome = experiment::simulate(&load(text, &[]), 0, 0).unwrap();
    for (share, measured) in [(0.5, 0.073), (0.9, 0.125)] {
        let found = outcome.items.latency.quantile(share, 0).unwrap().as_secs_f64();
        assert!((found / measured - 1.0).abs() < 0.1, "p{share}: {found} s");
    }
}

/// The end of a run does not lose what is on its way: it is backlog.
#[test]
fn what_is_still_being_retried_at_the_end_is_in_the_backlog() {
    let outcome = world("sns -> post").strategy("sns.subscriptions.post.server-error=1.0").lasts("10s", "10s").run();
    assert_eq!((outcome.items.backlog_end, outcome.items.lost, outcome.end), (1, 0, at(20.0)));
}

/// Ten items a second of a second each keep ten runs busy, and three of ten only three: five are enough for these.
#[test]
fn whether_a_function_keeps_up_depends_on_what_its_filter_lets_through() {
    let busy = world("sns -> sqs -> post").poisson("10/s").post("reserved-concurrency=5").lasts("1h", "1h");
    assert!(busy.scenario().notes.iter().any(|note| note.contains("cannot keep up")));
    let filtered = busy.strategy("sns.subscriptions.sqs.filter=0.3").scenario();
    assert!(!filtered.notes.iter().any(|note| note.contains("cannot keep up")), "{:?}", filtered.notes);
}
