//! The documented rules of SQS FIFO queues and of their event source mapping, one test each, with the arithmetic by
//! hand. A calm world (`common`) has no randomness and no delay but those a test sets; a function serves an item in a
//! second. Messages stay hidden for 15 minutes, and a batch holds at most 10.

mod common;

use common::{World, at, figure, function, latencies, secs, world};
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::model::outcome::RunTotals;
use simctl::words::{DuplicateCause, LineItem, SuppressedBy};

fn post() -> World {
    world("events -> sqs-fifo -> post")
}

/// All items are of one key.
fn one_key(world: World) -> World {
    keys(world, 1)
}

fn keys(world: World, count: u32) -> World {
    world.stream(&format!("keys={{ count = {count} }}"))
}

/// One message a batch.
fn single(world: World) -> World {
    world.strategy("sqs-fifo.batch-size=1")
}

/// The function may run for 10 s, and messages are hidden for 30 s.
fn short(world: World) -> World {
    world.post("timeout=10s").strategy("sqs-fifo.visibility-timeout=30s")
}

fn reporting(world: World) -> World {
    world.strategy("sqs-fifo.partial-batch-response=report-batch-item-failures")
}

fn sent_twice(world: World, after: &str) -> World {
    world.stream(&format!("sent-twice={{ probability = 1.0, after = \"{after}\" }}"))
}

fn runs(outcome: &Outcome) -> RunTotals {
    function(outcome, "post").runs
}

fn requests(outcome: &Outcome) -> u128 {
    outcome.usage.count(LineItem::SqsFifoRequests)
}

fn suppressed(outcome: &Outcome) -> u64 {
    let counts = outcome.items.suppressed_by;
    assert_eq!(counts.total(), outcome.items.duplicates_suppressed);
    counts.count(SuppressedBy::FifoDeduplication)
}

/// Sum, least and greatest.
fn seconds(sum: f64, least: f64, most: f64) -> (u128, u128, u128) {
    (secs(sum), secs(least), secs(most))
}

// Groups.

/// 20 of one key: a batch of ten, and when it is done the other, so that the last is done at 20 s.
///
/// Rule [doc] E-sqs: one message group never runs in parallel.
#[test]
fn one_group_never_runs_in_parallel() {
    let outcome = one_key(post().burst(20)).run();
    assert_eq!((runs(&outcome).invocations, outcome.concurrency.max), (2, 1));
    assert_eq!(latencies(&outcome), seconds(210.0, 1.0, 20.0));
    assert_eq!(outcome.items.order_inversions, Some(0));
}

/// Three groups of ten, one message a batch: three at once, the last done at 10 s, though five pollers are there.
///
/// Rule [doc] E-sqs: no more batches of a FIFO queue run at once than there are active message groups.
#[test]
fn no_more_batches_than_active_groups_run_at_once() {
    let items: Vec<_> = (0..30).map(|number| (0.0, 1.0, ["a", "b", "c"][number % 3])).collect();
    let outcome = single(post().keyed_items(&items)).run();
    assert_eq!((runs(&outcome).invocations, outcome.concurrency.max), (30, 3));
    assert_eq!(latencies(&outcome), seconds(3.0 * 55.0, 1.0, 10.0));
}

/// Ten groups of one message, two at once: done at 1, 1, 2, 2, … 5 s.
///
/// Rule [doc] E-sqs: no more batches of a FIFO queue run at once than its MaximumConcurrency.
#[test]
fn no_more_batches_than_maximum_concurrency_run_at_once() {
    let outcome = single(post().burst(10)).strategy("sqs-fifo.maximum-concurrency=2").run();
    assert_eq!((outcome.concurrency.max, latencies(&outcome)), (2, seconds(30.0, 1.0, 5.0)));
    assert_eq!(runs(&outcome).attempts, 10);
}

/// a, b, a, b, a: the three of a and then the two of b in one batch.
///
/// Rule [doc] S-fifo: a batch may hold messages of several groups, each in its order.
#[test]
fn a_batch_holds_one_group_then_others() {
    let items = [(0.0, 1.0, "a"), (0.0, 10.0, "b"), (0.0, 1.0, "a"), (0.0, 10.0, "b"), (0.0, 1.0, "a")];
    let outcome = post().keyed_items(&items).run();
    assert_eq!(runs(&outcome).invocations, 1);
    assert_eq!(latencies(&outcome), seconds(1.0 + 2.0 + 3.0 + 13.0 + 23.0, 1.0, 23.0));
}

/// Keys of two streams are of different groups, though both streams count them from 0.
///
/// Rule [doc] S-fifo: messages of one group are processed one batch after the other, those of different groups at once.
#[test]
fn all_messages_are_one_group_if_it_is_said_so() {
    let unique = single(post().burst(4));
    assert_eq!(unique.run().concurrency.max, 4);
    let one = single(post().burst(4)).strategy("sqs-fifo.group=one").run();
    assert_eq!((one.concurrency.max, latencies(&one)), (1, seconds(10.0, 1.0, 4.0)));
}

// Order.

/// A send takes up to 10 s, and one item of a key is sent each second: the sender waits, and the queue keeps the order.
#[test]
fn a_sender_sends_the_messages_of_a_group_one_after_the_other() {
    let sends = "sqs-fifo.send-latency={ uniform = { low = \"0s\", high = \"10s\" } }";
    let outcome = one_key(post().every("1s", "0s").lasts("100s", "1h")).strategy(sends).run();
    assert_eq!((outcome.items.processed, outcome.items.order_inversions), (100, Some(0)));
    assert!(latencies(&outcome).2 > secs(10.0));
}

fn troubled(world: World, seed: u32) -> World {
    keys(short(world.poisson("2/s").lasts("5m", "24h")), 5)
        .post("failures={ error = 0.2, after-effect = 0.5 }")
        .post("service-time={ exponential = { mean = \"300ms\" } }")
        .set(&format!("run.seed={seed}"))
}

/// Whatever fails, by chance, before its effect or after it.
///
/// Rule [doc] E-sqs: with ReportBatchItemFailures a FIFO function that stops at the first failure keeps the order of each group.
#[test]
fn order_is_kept_under_random_failures_that_are_reported() {
    for seed in 0..5 {
        let outcome = reporting(troubled(post(), seed)).run();
        let items = &outcome.items;
        assert_eq!((items.processed, items.order_inversions), (items.arrived, Some(0)), "seed {seed}");
        assert!(runs(&outcome).retries > 20 && items.duplicates > 20);
    }
}

/// Rule [doc] S-fifo: order is kept inside a message group, also where every fifth try of a message fails.
#[test]
fn order_is_kept_under_random_failures_of_single_messages() {
    for seed in 0..5 {
        let outcome = single(troubled(post(), seed)).run();
        let items = &outcome.items;
        assert_eq!((items.processed, items.order_inversions), (items.arrived, Some(0)), "seed {seed}");
        assert!(runs(&outcome).retries > 20);
    }
}

/// A whole batch that fails does again what it had done. Two of one key; the second is killed at 10 s, and at 30 s the first is
/// done again; in the third receive the queue gives up. Of three, two are done again, the first after the effect of the
/// second: a repetition is a duplicate, and no disorder.
#[test]
fn a_batch_that_fails_as_a_whole_repeats_effects_and_keeps_the_order_of_first_ones() {
    let batch = |items: &[(f64, f64, &str)]| {
        short(post().keyed_items(items)).lasts("1s", "1h").strategy("sqs-fifo.max-receive-count=2").run().items
    };
    let two = batch(&[(0.0, 1.0, "a"), (0.0, 20.0, "a")]);
    assert_eq!((two.duplicates, two.order_inversions), (1, Some(0)));
    let three = batch(&[(0.0, 1.0, "a"), (0.0, 1.0, "a"), (0.0, 20.0, "a")]);
    assert_eq!((three.duplicates, three.order_inversions), (2, Some(0)));
}

/// A standard queue under the same failures: the order is lost.
#[test]
fn a_standard_queue_does_not_keep_the_order() {
    let text =
        post().every("500ms", "0s").text() + "[[strategy]]\nname = \"standard\"\nflow = \"events -> sqs -> post\"\n";
    let sets = [
        "arrivals.items.keys={ count = 5 }",
        "functions.post.failures={ error = 0.2 }",
        "strategy.calm.sqs-fifo.batch-size=1",
        "strategy.standard.sqs.batch-size=1",
        "strategy.standard.sqs.visibility-timeout=15m",
    ];
    let outcomes = common::run_all(&common::load(&text, &sets.map(str::to_owned)), 1);
    assert_eq!(outcomes[0][0].items.order_inversions, Some(0));
    assert!(outcomes[1][0].items.order_inversions > Some(20));
}

// What fails.

/// a1 is killed at 10 s, comes back at 30 s, is killed again at 40 s and is a dead letter at 60 s, when a2 may be received.
/// b1 waits for nothing.
///
/// Rule [doc] S-fifo: a message that failed blocks its group until its visibility timeout has run; other groups go on.
#[test]
fn a_failed_message_blocks_its_group_till_its_visibility_timeout_has_run() {
    let items = [(0.0, 20.0, "a"), (0.0, 1.0, "a"), (0.0, 1.0, "b")];
    let outcome = single(short(post().keyed_items(&items))).strategy("sqs-fifo.max-receive-count=2").run();
    assert_eq!(latencies(&outcome), seconds(1.0 + 61.0, 1.0, 61.0));
    assert_eq!((outcome.items.processed, outcome.items.dead_lettered), (2, 1));
    assert_eq!(runs(&outcome).timeouts, 2);
}

/// Without a dead-letter queue a poison message holds its group up until it expires, 120 s after its sending.
///
/// Rule [doc] S-dlq: without a dead-letter queue a poison message blocks its group for as long as it is kept.
#[test]
fn without_a_dead_letter_queue_a_poison_message_blocks_its_group_for_its_retention() {
    let items = [(0.0, 20.0, "a"), (60.0, 1.0, "a"), (60.0, 1.0, "b")];
    let outcome = single(short(post().keyed_items(&items))).strategy("sqs-fifo.retention=120s").run();
    assert_eq!((outcome.items.processed, outcome.items.expired), (2, 1));
    assert_eq!(latencies(&outcome), seconds(1.0 + 61.0, 1.0, 61.0));
}

/// Each run ends with its first message, in a second: at 0, 30 and 60 s; at 90 s all ten were received three times. A
/// standard queue's run would have gone through all ten.
///
/// Rule [doc] E-sqs: on FIFO a function with ReportBatchItemFailures stops at the first failure and returns it and all later ones.
#[test]
fn with_partial_response_a_run_stops_at_the_first_failure_and_returns_all_later_ones() {
    let failing = |after_effect: &str| {
        reporting(one_key(short(post().burst(10))).lasts("10s", "1h"))
            .post(&format!("failures={{ error = 1.0, fails-at = 1.0, after-effect = {after_effect} }}"))
            .strategy("sqs-fifo.max-receive-count=3")
            .run()
    };
    let outcome = failing("0.0");
    assert_eq!((runs(&outcome).invocations, runs(&outcome).busy), (3, secs(3.0)));
    assert_eq!((outcome.items.processed, outcome.items.dead_lettered), (0, 10));
    let outcome = failing("1.0");
    assert_eq!((outcome.items.processed, outcome.items.duplicates, outcome.items.dead_lettered), (1, 2, 9));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::ErrorAfterEffect), 2);
}

/// Three of five are done when the fourth fails for the first time; they are deleted, and two come back.
#[test]
fn with_partial_response_what_came_before_the_failure_is_deleted() {
    let outcome = reporting(one_key(short(post().burst(10))))
        .post("failures={ poison = 0.2 }")
        .post("timeout=30s")
        .strategy("sqs-fifo.max-receive-count=2")
        .set("run.seed=2")
        .run();
    let items = &outcome.items;
    assert!((1..10).contains(&items.dead_lettered), "{} dead letters", items.dead_lettered);
    assert_eq!((items.processed, items.duplicates), (10 - items.dead_lettered, 0));
}

/// Throttled until 30 s, twice; at 60 s the message is a dead letter, and the second of its group follows.
///
/// Rule [doc] E-sqs: throttled messages of a FIFO queue block their group and reach the dead-letter queue without a run.
#[test]
fn throttled_messages_block_their_group_and_end_as_dead_letters() {
    let outcome = single(one_key(short(post().burst(2))))
        .post("reserved-concurrency=0")
        .strategy("sqs-fifo.max-receive-count=2")
        .lasts("1s", "1h")
        .run();
    assert_eq!((runs(&outcome).invocations, outcome.items.dead_lettered), (0, 2));
    assert_eq!(outcome.end, at(120.0));
}

/// Rule [doc] S-api: a message of a FIFO queue is kept for the retention from its sending.
#[test]
fn a_message_expires_after_its_retention() {
    let outcome = single(one_key(post().keyed_items(&[(0.0, 100.0, "a"), (0.0, 1.0, "a")])))
        .strategy("sqs-fifo.retention=60s")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.expired), (1, 1));
}

/// Rule [doc] S-delay: the queue's delay hides each new message.
#[test]
fn a_new_message_is_hidden_for_the_delay() {
    let outcome = one_key(post().burst(2)).strategy("sqs-fifo.delay=10s").run();
    assert_eq!(latencies(&outcome), seconds(11.0 + 12.0, 11.0, 12.0));
    assert_eq!(outcome.items.split.hop, secs(20.0));
}

// De-duplication.

/// Sent again after four minutes: accepted, paid for, not delivered. After five minutes: delivered.
///
/// Rule [doc] S-fifo: what is sent again within 5 minutes is accepted but not delivered; later it is a message of its own.
#[test]
fn what_is_sent_again_within_five_minutes_is_not_delivered() {
    let outcome = sent_twice(post().burst(7), "4m").run();
    assert_eq!((suppressed(&outcome), outcome.items.duplicates, runs(&outcome).attempts), (7, 0, 1));
    assert_eq!(figure(&outcome, "duplicates_suppressed"), 7.0);
    let late = sent_twice(post().burst(7), "5m").run();
    assert_eq!((suppressed(&late), late.items.duplicates), (0, 7));
    assert_eq!(late.items.duplicates_by_cause.count(DuplicateCause::SentTwice), 7);
}

/// The function in front sends, fails after that, and sends again a minute later; or it is invoked twice.
///
/// Rule [doc] S-fifo: retries and copies upstream of a FIFO queue are not delivered again within 5 minutes.
#[test]
fn retries_and_copies_before_the_queue_are_not_delivered_again() {
    let upstream = || world("events -> a -> sqs-fifo -> post").burst(5);
    let failing = upstream().set("functions.a.failures={ error = 1.0, after-effect = 1.0 }").run();
    assert_eq!((suppressed(&failing), failing.items.duplicates, failing.items.processed), (10, 0, 5));
    let copied = upstream().set("functions.a.async.duplicate-probability=1.0").run();
    assert_eq!((suppressed(&copied), copied.items.duplicates, copied.items.processed), (5, 0, 5));
}

/// The same on a standard queue: each is a duplicate.
#[test]
fn a_standard_queue_suppresses_nothing() {
    let outcome = sent_twice(world("events -> sqs -> post").burst(7), "4m").run();
    assert_eq!((outcome.items.duplicates, outcome.items.duplicates_suppressed), (7, 0));
}

/// Rule [doc] S-fifo: a failed run's messages are delivered again: de-duplication is of sends, not of deliveries.
#[test]
fn deduplication_does_not_keep_a_failed_runs_effects_from_being_repeated() {
    let outcome = single(short(post()))
        .post("failures={ error = 1.0, after-effect = 1.0 }")
        .strategy("sqs-fifo.max-receive-count=3")
        .run();
    assert_eq!((suppressed(&outcome), outcome.items.duplicates), (0, 2));
}

// Throughput.

/// 300 of 3,000 are taken at once, the others are tried twice more within three seconds, for which the queue has 300 each:
/// at most 1,200 get in, and as they press all the while nearly so many do.
///
/// Rule [doc] S-qlim: a FIFO queue takes 300 sends a second, so that a burst is throttled and, retried in vain, rejected.
#[test]
fn a_burst_of_sends_is_throttled_and_then_rejected() {
    let outcome = post().burst(3_000).run();
    let items = &outcome.items;
    assert_eq!(items.processed + items.rejected, 3_000);
    assert!((900..=1_200).contains(&items.processed), "{} got in", items.processed);
}

/// 250 a second are taken as they come; of 500 a second two in five are not, after the first second's.
#[test]
fn the_limit_is_a_rate() {
    let sent = |every: &str| keys(post().every(every, "0s").lasts("10s", "1h"), 1_000).run().items;
    assert_eq!((sent("4ms").rejected, sent("4ms").split.back_off), (0, 0));
    let above = sent("2ms");
    assert!(above.rejected > 1_000 && above.processed + above.rejected == 5_000);
}

/// 400 of one key at once: those beyond the first 300 wait for each other's tries, in order.
#[test]
fn a_throttled_send_holds_up_those_of_its_group() {
    let outcome = one_key(post().burst(400)).strategy("sqs-fifo.visibility-timeout=12h").run();
    assert_eq!(outcome.items.order_inversions, Some(0));
    assert!(outcome.items.split.back_off > 0 && outcome.items.processed > 300);
}

/// In calls of ten 3,000 are taken at once.
///
/// Rule [doc] S-qlim: with calls of ten messages a FIFO queue takes 3,000 messages a second.
#[test]
fn calls_of_ten_take_ten_times_as_many() {
    let sent = |items| post().burst(items).strategy("sqs-fifo.send-batch=10").run().items;
    assert_eq!((sent(3_000).rejected, sent(3_000).split.back_off), (0, 0));
    assert!(sent(3_500).split.back_off > 0);
}

/// 3,000 keys over 233 partitions of 300; one key is in one partition and fares as in ordinary mode.
///
/// Rule [doc] S-fifo: in high-throughput mode the limit is each partition's, and a group is in one partition.
#[test]
fn with_high_throughput_the_limit_is_each_partitions() {
    let high = |world: World| world.strategy("sqs-fifo.throughput=high").run().items;
    assert_eq!((high(post().burst(3_000)).rejected, high(post().burst(3_000)).split.back_off), (0, 0));
    let hot = high(one_key(post().burst(400)).strategy("sqs-fifo.visibility-timeout=12h"));
    assert!(hot.split.back_off > 0);
}

/// 1,000 messages, each a batch of a millisecond: five pollers could take 5,000 a second, the queue lets 300 receives
/// through at once and 300 a second: the last at (1,000 − 300) / 300 s.
///
/// Rule [doc] S-qlim: a FIFO queue lets 300 receive calls a second through.
#[test]
fn three_hundred_receives_a_second_are_let_through() {
    let outcome = single(post().burst(1_000)).strategy("sqs-fifo.send-batch=10").post("service-time=1ms").run();
    let last = latencies(&outcome).2;
    let expected = secs(700.0 / 300.0 + 0.001);
    // The 300 at once are taken by five pollers over 60 ms, in which 18 more are let through.
    assert!(last.abs_diff(expected) < secs(0.07), "{last} ns for {expected}");
    assert_eq!(outcome.items.processed, 1_000);
}

// The bill.

/// As of a standard queue, on a line of their own, at 0.50 dollars a million.
///
/// Rule [doc] P-sqs: requests on FIFO queues cost 0.50 dollars a million.
#[test]
fn requests_stand_on_their_own_line_of_the_bill() {
    let outcome = post().run();
    assert_eq!((requests(&outcome), outcome.usage.count(LineItem::SqsRequests)), (3 + 899, 0));
    let prices = simctl::pricing::PriceBook::embedded();
    let bill = prices.cost(outcome.usage.counts(), Span::from_secs(3_600), simctl::pricing::FreeTier::Ignored);
    assert!((bill.line(LineItem::SqsFifoRequests).usd() - 902.0 * 0.5e-6).abs() < 1e-12);
}

/// Ten messages: ten sends, or one in a call of ten; one receive, one delete.
///
/// Rule [doc] P-sqs: a send call of ten messages is one request on the bill.
#[test]
fn a_call_of_ten_messages_is_one_request() {
    assert_eq!(requests(&one_key(post().burst(10)).run()), 12 + 899);
    assert_eq!(requests(&one_key(post().burst(10)).strategy("sqs-fifo.send-batch=10").run()), 3 + 899);
}

// Ways through the graph.

/// Through a FIFO queue to a function, and through another to the next.
#[test]
fn fifo_queues_decouple_functions() {
    let outcome = one_key(world("events -> sqs-fifo:one -> a -> sqs-fifo:two -> b").burst(3)).run();
    assert_eq!((outcome.items.processed, outcome.items.order_inversions), (3, Some(0)));
    // Sent on at 1, 2 and 3 s: a second each, one after the other, as its poller finds them.
    assert_eq!(latencies(&outcome), seconds(2.0 + 3.0 + 4.0, 2.0, 4.0));
}

/// A producer and a consumer that are warm, one message at a time, with the default latencies. Measured in 2022: p10
/// 21.9 ms, p50 28.1 ms, p90 61.2 ms, p99 645 ms.
///
/// Rule [measured] M-bite: through a FIFO queue from function to function p50 is 28.1 ms, p90 61.2 ms and p99 645 ms.
#[test]
fn the_default_latencies_are_near_those_measured() {
    let text = "name = \"latency\"\n[run]\nduration = \"6h\"\nreplications = 1\n\
                [[arrivals]]\nname = \"items\"\nprocess = \"deterministic\"\ninterval = \"2s\"\n\
                [functions.post]\nservice-time = \"0s\"\ncold-start = { init = \"0s\", unlogged = \"0s\" }\n\
                [[strategy]]\nname = \"calm\"\nflow = \"events -> sqs-fifo -> post\"\n";
    let outcome = &common::run_all(&common::load(text, &[]), 1)[0][0];
    common::assert_near_measured(outcome, &[(0.5, 0.0281, 0.12), (0.9, 0.0612, 0.2), (0.99, 0.645, 0.2)]);
}
