//! The documented rules of SQS standard queues and of their event source mapping, one test each, with the arithmetic by
//! hand. A calm world (`common`) has no randomness and no delay but those a test sets; a function serves an item in a
//! second. Messages stay hidden for 15 minutes, and a batch holds at most 10.

mod common;

use common::{World, at, function, latencies, secs, world};
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::model::outcome::RunTotals;
use simctl::words::LineItem;

fn post() -> World {
    world("events -> sqs -> post")
}

/// The function may run for 10 s, and messages are hidden for 30 s.
fn short() -> World {
    post().post("timeout=10s").strategy("sqs.visibility-timeout=30s")
}

/// Each run fails after a second, without effect.
fn failing() -> World {
    short().lasts("10s", "1h").post("failures.error=1.0").post("failures.fails-at=1.0")
}

fn runs(outcome: &Outcome) -> RunTotals {
    function(outcome, "post").runs
}

fn requests(outcome: &Outcome) -> u128 {
    outcome.usage.count(LineItem::SqsRequests)
}

/// Sum, least and greatest.
fn seconds(sum: f64, least: f64, most: f64) -> (u128, u128, u128) {
    (secs(sum), secs(least), secs(most))
}

// The queue.

/// Received at 0, 30, 60 and 90 s, each run ends a second later; after two minutes it is over.
///
/// Rule [doc] S-vis: a message that is not deleted in time is visible again, and nothing is raised.
#[test]
fn what_is_not_deleted_is_visible_again_when_its_visibility_timeout_has_run() {
    let outcome = failing().strategy("sqs.retention=120s").run();
    assert_eq!((runs(&outcome).invocations, runs(&outcome).retries), (4, 3));
    assert_eq!((outcome.items.expired, outcome.items.processed), (1, 0));
}

/// Received three times, at 0, 30 and 60 s; the receive at 90 s moves it.
///
/// Rule [doc] S-dlq: with a maxReceiveCount of n a message is received n times, and the receive that would be the n + 1st moves it to the dead-letter queue.
#[test]
fn a_message_is_received_as_often_as_max_receive_count_says_then_it_is_a_dead_letter() {
    let outcome = failing().strategy("sqs.max-receive-count=3").run();
    assert_eq!((runs(&outcome).invocations, outcome.items.dead_lettered, outcome.items.lost), (3, 1, 0));
    assert_eq!((outcome.backlog.integral, outcome.end), (secs(90.0), at(90.0)));
}

/// Two run for 100 s each, the third waits: at 60 s all three leave the queue. Those that run get their effect.
///
/// Rule [doc*] S-api: a message is kept for the retention from its sending (in flight, too, is inferred).
#[test]
fn a_message_expires_after_its_retention_in_flight_or_not() {
    let outcome = post()
        .items(&[(0.0, 100.0), (0.0, 100.0), (0.0, 1.0)])
        .strategy("sqs.batch-size=1")
        .strategy("sqs.maximum-concurrency=2")
        .strategy("sqs.retention=60s")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.expired), (2, 1));
    assert_eq!(runs(&outcome).invocations, 2);
    assert_eq!(outcome.backlog.integral, secs(3.0 * 60.0), "all have expired at 60 s, two of them for a while");
}

/// Rule [doc] S-delay: the queue's delay hides each new message.
#[test]
fn a_new_message_is_hidden_for_the_delay() {
    let outcome = post().strategy("sqs.delay=10s").run();
    assert_eq!(latencies(&outcome).0, secs(11.0));
    assert_eq!((outcome.items.split.hop, outcome.items.split.wait), (secs(10.0), 0));
}

/// Both copies are visible at once and taken by one receive: one batch of two, the second effect a duplicate.
///
/// Rule [doc*] S-std: a standard queue delivers at least once: a copy may come, whatever becomes of the first (its odds are inferred).
#[test]
fn a_queue_delivers_at_least_once() {
    let outcome = post().strategy("sqs.duplicate-probability=1.0").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (1, 1));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).wasted), (1, secs(1.0)));
}

/// 0.3 s to send, 0.2 s to receive, 0.1 s to dispatch, 1 s of service.
///
/// Rule [inferred] S-api: sends and receives take a few milliseconds.
#[test]
fn send_and_receive_take_their_latency() {
    let outcome = post()
        .strategy("sqs.send-latency=300ms")
        .strategy("sqs.receive-latency=200ms")
        .post("warm-dispatch=100ms")
        .run();
    assert_eq!(latencies(&outcome).0, secs(1.6));
    let split = outcome.items.split;
    assert_eq!((split.hop, split.service, split.wait, split.back_off), (secs(0.6), secs(1.0), 0, 0));
}

/// One message of 1 KB: a send, a receive, a delete. Five pollers are free for an hour, but for the second of the run:
/// 17,999 s, in each 20 s of which a poll comes back empty: 899.
///
/// Rule [doc] P-sqs: each call is a request on the bill, empty receives too; success deletes the whole batch (E-sqs).
#[test]
fn every_call_is_a_request_and_empty_receives_count() {
    assert_eq!(requests(&post().run()), 3 + 899);
    // Ten messages: ten sends, one receive, one delete; nine pollers of a second less each: (18,000 − 10) / 20 = 899.
    assert_eq!(requests(&post().burst(10).run()), 12 + 899);
}

/// A window of 50 s: the batch opens at 0 s, its poller receives at once (1 request) and finds a second message at 45 s
/// (1, after two polls that came back empty); the poll after that returns at 65 s (1). Two sends, a delete of both. Four
/// pollers are free for 3,600 s, one from 67 s on: 17,933 s are 896 polls.
///
/// Rule [doc] P-sqs: the empty receives of a poller that gathers count, too.
#[test]
fn a_gathering_poller_pays_for_its_empty_receives() {
    let outcome = post().items(&[(0.0, 1.0), (45.0, 1.0)]).strategy("sqs.window=50s").run();
    assert_eq!((runs(&outcome).invocations, latencies(&outcome)), (1, seconds(66.0 + 22.0, 22.0, 66.0)));
    assert_eq!(requests(&outcome), 2 + 2 + 2 + 1 + 1 + 896);
}

/// 65 KB are two requests to send; ten of them received at once are 650 KB, which is eleven. One delete.
///
/// Rule [doc] P-sqs: each 64 KB of a call, begun or full, are a request; a batch call counts by its whole payload.
#[test]
fn each_64_kb_of_a_call_is_a_request() {
    let outcome = post().burst(10).strategy("sqs.message-size=65KB").run();
    assert_eq!(requests(&outcome), 20 + 11 + 1 + 899);
}

/// A failed run deletes nothing: a send, three receives that find the message and one that moves it, and of the 90 s of
/// five pollers 447 free ones: 22.
///
/// Rule [doc] E-sqs: of a batch that failed nothing is deleted.
#[test]
fn what_fails_is_not_deleted() {
    let outcome = failing().strategy("sqs.max-receive-count=3").run();
    assert_eq!(requests(&outcome), 1 + 4 + 22);
}

// Batches.

/// 25 visible at once are received as 10, 10 and 5; each run works them off one after the other.
///
/// Rule [doc] E-gen: without a window, the messages that one poll returns are the batch.
#[test]
fn without_a_window_what_a_poll_returns_is_the_batch() {
    let outcome = post().burst(25).run();
    assert_eq!((runs(&outcome).invocations, outcome.concurrency.max), (3, 3));
    assert_eq!(latencies(&outcome), seconds(55.0 + 55.0 + 15.0, 1.0, 10.0));
    assert_eq!(outcome.items.split.service, secs(25.0));
}

/// One a second finds a poller waiting: each is a batch of its own.
///
/// Rule [doc] S-poll: a long poll returns at once when a message is there, else after its wait.
#[test]
fn a_waiting_poller_returns_with_the_first_message() {
    let outcome = post().every("1s", "0s").lasts("10s", "1h").run();
    assert_eq!((runs(&outcome).invocations, outcome.items.latency.max()), (10, Some(Span::from_secs(1))));
}

/// 10 are there at once: nothing is gathered. 9 wait for the window.
///
/// Rule [doc] E-gen: a batch that has its full size is invoked before its window is over.
#[test]
fn a_full_batch_does_not_wait_for_its_window() {
    let outcome = post().burst(10).strategy("sqs.window=5s").run();
    assert_eq!(latencies(&outcome), seconds(55.0, 1.0, 10.0));
    assert!(latencies(&post().burst(9).strategy("sqs.window=5s").run()).1 > secs(5.0));
}

/// Messages come at 0, 1, 2, … 9 s. The one at 5 s ends the first poll after the window of 5 s: six messages. The next
/// batch opens at 6 s with the seventh, and its long poll from 9 s on returns empty 20 s later: four messages.
///
/// Rule [doc] E-gen: a window gathers messages until it is over or the batch is full.
#[test]
fn a_window_gathers_what_comes() {
    let outcome =
        post().every("1s", "0s").lasts("10s", "1h").strategy("sqs.window=5s").strategy("sqs.batch-size=100").run();
    assert_eq!(runs(&outcome).invocations, 2);
    // At 5 s: 6 s − 0 s, 7 − 1, … 11 − 5, all 6 s. At 29 s: 30 − 6, 31 − 7, …, all 24 s.
    assert_eq!(latencies(&outcome), seconds(6.0 * 6.0 + 4.0 * 24.0, 6.0, 24.0));
}

/// Three messages and a window of 5 s: the long poll that finds no fourth returns after 20 s.
///
/// Rule [doc] E-sqs: with a window and little traffic a batch may take up to 20 s although its window is shorter.
#[test]
fn with_little_traffic_a_batch_takes_up_to_20_seconds() {
    let outcome = post().burst(3).strategy("sqs.window=5s").run();
    assert_eq!(latencies(&outcome), seconds(21.0 + 22.0 + 23.0, 21.0, 23.0));
    assert_eq!(outcome.items.split.wait, secs(20.0 + 21.0 + 22.0));
}

/// Rule [doc] E-gen: a batch of 6 MB is closed.
#[test]
fn a_batch_of_6_mb_is_closed() {
    let outcome = post().burst(12).strategy("sqs.message-size=1MB").run();
    assert_eq!((runs(&outcome).invocations, latencies(&outcome).2), (2, secs(6.0)));
}

/// More than ten take several receives. As AWS recorded it (batch size 20, window 1 s, reserved and maximum concurrency
/// 2, 30 messages): two batches, each message received once. Here each poller receives 10, then one of them the last 10;
/// the other waits for more until its long poll returns at 20 s, when the first batch is done.
///
/// Rule [doc] S-api: a receive returns at most 10 messages, so that larger batches take several.
#[test]
fn batches_above_ten_take_several_receives() {
    let outcome = post()
        .burst(30)
        .post("reserved-concurrency=2")
        .strategy("sqs.batch-size=20")
        .strategy("sqs.window=1s")
        .strategy("sqs.maximum-concurrency=2")
        .run();
    let totals = runs(&outcome);
    assert_eq!((totals.invocations, totals.throttles, totals.retries), (2, 0, 0));
    assert_eq!((outcome.items.processed, latencies(&outcome).2), (30, secs(20.0 + 10.0)));
}

// Runs that fail.

/// A batch of three: two are done at 1 and 2 s, the third needs 20 s and is killed at 10 s. At 30 s all three come
/// back, in their order, and the same happens; at 60 s they are dead letters. Two have their effect, twice.
///
/// Rule [doc] E-sqs: after a timeout nothing is deleted, and the whole batch is visible again when its visibility timeout has run.
#[test]
fn a_timeout_brings_the_whole_batch_back_when_the_visibility_timeout_has_run() {
    let outcome = short()
        .items(&[(0.0, 1.0), (0.0, 1.0), (0.0, 20.0)])
        .lasts("1s", "1h")
        .strategy("sqs.max-receive-count=2")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates, outcome.items.dead_lettered), (2, 2, 1));
    assert_eq!((runs(&outcome).timeouts, runs(&outcome).invocations), (2, 2));
    assert_eq!(latencies(&outcome), seconds(3.0, 1.0, 2.0));
    assert_eq!(runs(&outcome).wasted, secs(8.0 + 1.0 + 1.0 + 8.0));
    assert_eq!(outcome.end, at(60.0));
}

/// Every item has its effect and then fails: the first ends the run, those behind it are never begun, at none of three
/// receives.
///
/// Rule [doc] E-sqs: after a function error the whole batch comes back, also what was done.
#[test]
fn an_error_without_partial_response_fails_the_batch_at_that_item() {
    let outcome = failing().burst(10).post("failures.after-effect=1.0").strategy("sqs.max-receive-count=3").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates, outcome.items.dead_lettered), (1, 2, 9));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).busy), (3, secs(3.0)));
}

fn partial(world: World) -> World {
    world.strategy("sqs.partial-batch-response=report-batch-item-failures")
}

/// The same with partial response: each run goes through all ten, and all ten stay.
///
/// Rule [doc] E-sqs: with ReportBatchItemFailures the listed messages stay and the rest are deleted; pollers are not slowed down.
#[test]
fn with_partial_response_a_run_goes_on_and_failed_items_stay() {
    let every = partial(failing().burst(10)).post("timeout=30s").post("failures.after-effect=1.0");
    let outcome = every.strategy("sqs.max-receive-count=3").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates, outcome.items.dead_lettered), (10, 20, 0));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).busy), (3, secs(30.0)));
}

/// Some of ten are poison and fail at every run, in half the time. With partial response the others are done in the
/// first run and deleted; without it no item behind the first poisoned one is ever begun.
///
/// Rule [doc] E-sqs: with ReportBatchItemFailures only the listed messages are received again.
#[test]
fn with_partial_response_only_what_failed_is_received_again() {
    let poison = || {
        failing().burst(10).post("failures.error=0.0").post("failures.poison=0.3").post("timeout=30s").set("run.seed=2")
    };
    let outcome = partial(poison()).strategy("sqs.max-receive-count=2").run();
    let failed = outcome.items.dead_lettered;
    assert!((1..10).contains(&failed) && outcome.items.processed == 10 - failed);
    assert_eq!((outcome.items.duplicates, runs(&outcome).invocations), (0, 2));
    assert_eq!(runs(&outcome).busy, secs((10 + failed) as f64), "the second run has the failed ones only");
    let whole = poison().strategy("sqs.max-receive-count=2").run();
    assert!((1..10 - failed).contains(&whole.items.processed));
    assert_eq!(whole.items.duplicates, whole.items.processed, "what came before the first poisoned one is done twice");
}

/// A crash ends the whole run, reported items or not.
///
/// Rule [doc] E-sqs: an exception fails the whole batch also with ReportBatchItemFailures.
#[test]
fn a_crash_fails_the_batch_also_with_partial_response() {
    let crashing = partial(failing().burst(10)).post("failures={ crash = 1.0, after-effect = 1.0 }");
    let outcome = crashing.strategy("sqs.max-receive-count=1").run();
    assert_eq!((outcome.items.processed, outcome.items.dead_lettered), (1, 9));
}

/// Hidden for 10 s from the receive at 0 s. An Init of 8 s and 9 s of work end at 17 s: at 10 s the message is visible
/// again and received by another poller, whose run ends at 27 s; at 20 s a third, in the environment left at 17 s, whose
/// run ends at 29 s, before its own 10 s are over. Only the third holds the latest receipt and deletes.
///
/// Rule [doc] S-vis: a message whose run outlives the visibility timeout is received again beside it.
#[test]
fn a_run_that_outlives_the_visibility_timeout_is_repeated_beside_itself() {
    let outcome = post()
        .items(&[(0.0, 9.0)])
        .post("timeout=10s")
        .post("cold-start.init=8s")
        .strategy("sqs.visibility-timeout=10s")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (1, 2));
    assert_eq!((latencies(&outcome).0, outcome.concurrency.max), (secs(17.0), 2));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).cold_starts), (3, 2));
    let enough = post().items(&[(0.0, 9.0)]).post("timeout=10s").post("cold-start.init=8s");
    assert_eq!(enough.strategy("sqs.visibility-timeout=60s").run().items.duplicates, 0);
}

/// The window of 20 s eats up most of the 30 s: received at 0 s, invoked at 20 s, visible again at 30 s, done at 34 s.
///
/// Rule [doc] E-sqs: the batching window counts against the visibility timeout, which should be six timeouts and the window.
#[test]
fn the_window_counts_against_the_visibility_timeout() {
    let late = |visibility: &str| {
        post()
            .items(&[(0.0, 14.0)])
            .lasts("1s", "1h")
            .post("timeout=15s")
            .strategy("sqs.window=20s")
            .strategy(&format!("sqs.visibility-timeout={visibility}"))
            .strategy("sqs.max-receive-count=1")
            .run()
    };
    // The receive at 30 s would be the second: a dead letter, until the run that works still applies the effect.
    let outcome = late("30s");
    assert_eq!((outcome.items.processed, outcome.items.dead_lettered, runs(&outcome).invocations), (1, 0, 1));
    assert_eq!(outcome.backlog.integral, secs(30.0), "counted as a dead letter from 30 s on");
    assert_eq!(late("40s").backlog.integral, secs(34.0));
}

// Throttling.

/// Nothing may run. Tries at 0, 1, 3, 7 and 15 s, the next would be at 31 s; at 30 s the message is visible again. So at
/// each of three receives; the fourth moves it, and the function has never run.
///
/// Rule [measured] M-char: with a low reserved concurrency messages reach the dead-letter queue without the function having run.
#[test]
fn throttled_messages_reach_the_dead_letter_queue_without_a_run() {
    let outcome = short().lasts("1s", "1h").post("reserved-concurrency=0").strategy("sqs.max-receive-count=3").run();
    let totals = runs(&outcome);
    assert_eq!((totals.attempts, totals.throttles, totals.invocations), (15, 15, 0));
    assert_eq!((outcome.items.dead_lettered, outcome.end), (1, at(90.0)));
}

/// The second is throttled at 0, 1 and 3 s, while the first runs for 4 s, and runs at 7 s.
///
/// Rule [doc] E-sqs: a throttled invocation is tried again by its poller.
#[test]
fn a_throttled_invocation_is_tried_again_by_the_poller() {
    let outcome =
        post().items(&[(0.0, 4.0), (0.0, 1.0)]).post("reserved-concurrency=1").strategy("sqs.batch-size=1").run();
    assert_eq!((runs(&outcome).throttles, latencies(&outcome)), (3, seconds(4.0 + 8.0, 4.0, 8.0)));
    assert_eq!((outcome.items.split.back_off, outcome.items.split.wait), (secs(7.0), 0));
}

/// The second is throttled until its 60 s have run (0, 1, 3, 7, 15, 31 s), received again at 60 s, and done at 61 s.
///
/// Rule [doc*] E-sqs: a throttled message is visible again when its visibility timeout has run, received once more (how AWS is read is inferred).
#[test]
fn a_throttled_message_is_visible_again_when_its_visibility_timeout_has_run() {
    let outcome = post()
        .items(&[(0.0, 50.0), (0.0, 1.0)])
        .post("reserved-concurrency=1")
        .post("timeout=60s")
        .strategy("sqs.visibility-timeout=60s")
        .strategy("sqs.batch-size=1")
        .run();
    assert_eq!((runs(&outcome).throttles, runs(&outcome).invocations), (6, 2));
    assert_eq!(latencies(&outcome).2, secs(61.0));
    assert_eq!(outcome.items.split.back_off, secs(60.0));
}

/// 40 items of 9 s for a reserved concurrency of 2. Five pollers and more compete for it, and messages become dead
/// letters that never ran; with MaximumConcurrency at 2 none is received too early.
///
/// Rule [measured] M-char: a MaximumConcurrency no higher than the reserved concurrency keeps messages out of the dead-letter queue.
#[test]
fn maximum_concurrency_at_the_reserved_concurrency_keeps_messages_out_of_the_dead_letter_queue() {
    let low = || {
        short()
            .burst(40)
            .post("reserved-concurrency=2")
            .post("service-time=9s")
            .strategy("sqs.batch-size=1")
            .strategy("sqs.max-receive-count=2")
    };
    let outcome = low().run();
    assert!(outcome.items.dead_lettered > 0 && runs(&outcome).throttles > 0);
    let outcome = low().strategy("sqs.maximum-concurrency=2").run();
    assert_eq!((outcome.items.processed, outcome.items.dead_lettered, runs(&outcome).throttles), (40, 0, 0));
    assert_eq!(latencies(&outcome).2, secs(180.0));
}

/// Two at once, a second each: done at 1, 1, 2, 2, 3 and 3 s. Nothing is received before its turn.
///
/// Rule [doc] E-sqs: at MaximumConcurrency the mapping takes no messages off the queue.
#[test]
fn at_maximum_concurrency_nothing_is_taken_off_the_queue() {
    let outcome = post().burst(6).strategy("sqs.batch-size=1").strategy("sqs.maximum-concurrency=2").run();
    assert_eq!(latencies(&outcome), seconds(12.0, 1.0, 3.0));
    assert_eq!((outcome.items.split.wait, outcome.concurrency.max), (secs(6.0), 2));
    assert_eq!((runs(&outcome).retries, runs(&outcome).attempts), (0, 6));
}

/// A reserved concurrency of 5 admits 50 requests a second. 100 items of 10 ms on 5 pollers would take 0.2 s and need
/// 500 a second: no run finds the 5 busy, and yet some are throttled.
///
/// Rule [doc] E-sqs: pollers invoke the function synchronously, so that its requests-per-second limit applies.
#[test]
fn the_mapping_invokes_synchronously_so_that_the_request_rate_applies() {
    let outcome = post()
        .burst(100)
        .post("service-time=10ms")
        .post("reserved-concurrency=5")
        .strategy("sqs.batch-size=1")
        .strategy("sqs.maximum-concurrency=5")
        .run();
    assert!(runs(&outcome).throttles > 0 && outcome.concurrency.max == 5);
    assert_eq!(outcome.items.processed, 100);
    assert!(latencies(&outcome).2 > secs(1.0), "50 at once, and 50 more in a second");
}

// Scaling.

/// A backlog that keeps every batch busy, in an account with room: 5 at once, and 5 more each second up to 1,250.
///
/// Rule [doc*] E-sqs: a mapping starts with 5 batches at once and adds 300 a minute up to 1,250 (in steps of 5 a second is inferred).
#[test]
fn the_mapping_adds_300_batches_a_minute_up_to_1250() {
    let outcome = post()
        .burst(2_000)
        .lasts("270s", "0s")
        .set("account.concurrency=10000")
        .post("service-time=600s")
        .strategy("sqs.batch-size=1")
        .run();
    let series = &outcome.concurrency.series;
    let width = series.grid.width().as_nanos();
    let level_after = |second: u64| series.bins[(second * 1_000_000_000 / width) as usize].max;
    for second in 0..270 {
        assert_eq!(level_after(second), (5 + 5 * second).min(1_250), "after {second} s");
    }
    assert_eq!((level_after(60), level_after(248), level_after(249)), (305, 1_245, 1_250));
}

/// A million at once, ten a batch, a second a batch. In second k (from 0) 5 + 5k batches are worked on, so after n
/// seconds 10 × Σ (5 + 5k) = 25 n (n + 1) messages are done: 1,000,000 = 25 n (n + 1) at n = 199.5, and the batch that
/// does the last of them ends with the second it began in: 200 s.
///
/// Rule [doc] B-nov23: a backlog drains at the pace of that ramp.
#[test]
fn a_backlog_of_a_million_drains_as_the_ramp_says() {
    let outcome =
        post().burst(1_000_000).lasts("1s", "1h").set("account.concurrency=2000").post("service-time=100ms").run();
    assert_eq!((outcome.items.processed, outcome.end), (1_000_000, at(200.0)));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).throttles), (100_000, 0));
    assert_eq!(outcome.concurrency.max, 995, "5 + 5 × 198; 500 batches are left for the last second");
}

// Ways through the graph.

/// Notified after 0.6 s, sent in 0.3 s.
///
/// Rule [doc] S3-ev: S3 notifies a standard queue.
#[test]
fn s3_notifies_a_queue() {
    let outcome = world("s3 -> sqs -> post").strategy("s3.latency=600ms").strategy("sqs.send-latency=300ms").run();
    assert_eq!((latencies(&outcome).0, outcome.items.split.hop), (secs(1.9), secs(0.9)));
}

/// The function in front is invoked at once and sends the message at the end of its second; a second more behind the
/// queue, and another in a function after it.
#[test]
fn a_queue_decouples_two_functions() {
    let outcome = world("events -> a -> sqs -> b -> c").run();
    assert_eq!((outcome.items.owed, outcome.items.processed), (1, 1));
    assert_eq!(latencies(&outcome).0, secs(3.0));
}

/// Four items to each of two queues: `b` is killed over every item and its messages end as dead letters.
#[test]
fn each_queue_of_a_fan_out_has_its_own_messages() {
    let outcome = world("events -> [sqs:billing -> a, sqs:audit -> b]")
        .burst(4)
        .set("functions.b.service-time=20s")
        .set("functions.b.timeout=10s")
        .strategy("audit.max-receive-count=1")
        .run();
    let items = &outcome.items;
    assert_eq!((items.owed, items.processed, items.dead_lettered, items.completed), (8, 4, 4, 0));
    assert_eq!(function(&outcome, "a").runs.invocations, 1);
}

/// A producer and a consumer that are warm, one message at a time, with the default latencies. Measured in 2022 (from
/// function to function, 1,024 messages): p50 16.2 ms, p90 33.8 ms, p99 105 ms. The spread of the default dispatch makes
/// the fastest tenth faster than measured, and the slowest hundredth is a quarter short.
///
/// Rule [measured] M-bite: through a standard queue from function to function p50 is 16.2 ms, p90 33.8 ms and p99 105 ms.
#[test]
fn the_default_latencies_are_near_those_measured() {
    let text = "name = \"latency\"\n[run]\nduration = \"3h\"\nreplications = 1\n\
                [[arrivals]]\nname = \"items\"\nprocess = \"deterministic\"\ninterval = \"1s\"\n\
                [functions.post]\nservice-time = \"0s\"\ncold-start = { init = \"0s\", unlogged = \"0s\" }\n\
                [[strategy]]\nname = \"calm\"\nflow = \"events -> sqs -> post\"\n";
    let outcome = &common::run_all(&common::load(text, &[]), 1)[0][0];
    common::assert_near_measured(outcome, &[(0.5, 0.0162, 0.1), (0.9, 0.0338, 0.15), (0.99, 0.105, 0.3)]);
}
