//! The documented rules of Kinesis streams and of their event source mapping, one test each, with the arithmetic by hand. A
//! calm world (`common`) has no randomness and no delay but those a test sets; a function serves an item in a second, for
//! 15 minutes at most. Shards are polled at whole seconds, and every item has a key of its own.

mod common;

use common::{World, at, figure, function, latencies, secs, world};
use simctl::model::Outcome;
use simctl::model::outcome::RunTotals;
use simctl::words::{DuplicateCause, LineItem};

fn post() -> World {
    world("kinesis -> post")
}

/// Each item at its instant, of so many seconds of service; a run is killed after 10 s, so that an item of more is poison.
fn poisoned(items: &[(f64, f64)]) -> World {
    post().items(items).lasts("1s", "30h").post("timeout=10s")
}

/// Eight items at once, of which the sixth is poison, and a batch that holds them all.
fn eight() -> World {
    let mut items = [(0.0, 1.0); 8];
    items[5].1 = 20.0;
    poisoned(&items).strategy("kinesis.maximum-retry-attempts=1").strategy("kinesis.on-failure-destination=sqs")
}

/// Ten items at once, some of them poison that fails in its time.
fn ten() -> World {
    post()
        .burst(10)
        .lasts("1s", "30h")
        .set("run.seed=2")
        .post("failures.poison=0.3")
        .post("failures.fails-at=1.0")
        .strategy("kinesis.on-failure-destination=sqs")
}

fn runs(outcome: &Outcome) -> RunTotals {
    function(outcome, "post").runs
}

fn iterator_age(outcome: &Outcome) -> u128 {
    u128::from(outcome.streams[0].consumers[0].iterator_age.max)
}

/// Sum, least and greatest.
fn seconds(sum: f64, least: f64, most: f64) -> (u128, u128, u128) {
    (secs(sum), secs(least), secs(most))
}

fn caused(outcome: &Outcome, cause: DuplicateCause) -> u64 {
    outcome.items.duplicates_by_cause.count(cause)
}

// Writing.

/// 1,000 keys on four shards, of which every one has some: four batches at once, one a shard.
///
/// Rule [doc] K-con: the MD5 of the partition key, as a number of 128 bits, picks the shard by its hash range.
#[test]
fn keys_are_spread_over_the_shards() {
    let outcome = post().burst(1_000).strategy("kinesis.shards=4").strategy("kinesis.batch-size=1000").run();
    assert_eq!((runs(&outcome).invocations, outcome.concurrency.max, outcome.items.processed), (4, 4, 1_000));
}

/// Rule [doc] K-con: records of one key go to one shard, however many there are.
#[test]
fn one_key_is_one_shard() {
    let outcome = post().burst(100).stream("keys={ count = 1 }").strategy("kinesis.shards=50").run();
    assert_eq!((runs(&outcome).invocations, outcome.concurrency.max), (1, 1));
}

/// Rule [doc] K-lim: a shard takes 1,000 records a second, what exceeds that is refused.
#[test]
fn a_shard_refuses_more_than_1000_records_a_second() {
    let outcome = post().burst(1_500).strategy("kinesis.producer-attempts=1").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected), (1_000, 500));
    assert_eq!(outcome.streams[0].throttled_puts, 500);
}

/// 1 MiB are 64 records of 16 KiB.
///
/// Rule [doc] K-lim: a shard takes 1 MB a second, what exceeds that is refused.
#[test]
fn a_shard_refuses_more_than_1_mb_a_second() {
    let outcome = post().burst(100).stream("size=16KB").strategy("kinesis.producer-attempts=1").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected), (64, 36));
}

/// Of 1,200 records 200 are refused. Each waits for less than a second, in which the shard takes 1,000 more: they are in
/// it when it is polled at 1 s, but for the few that came back within their millisecond and were refused again.
///
/// Rule [inferred] SDK: a refused producer tries again after U(0, 1) × min(2^i s, 20 s), three times in all.
#[test]
fn a_refused_producer_tries_again_within_a_second() {
    let outcome = post().burst(1_200).post("service-time=0s").strategy("kinesis.batch-size=10000").run();
    assert!((200..205).contains(&outcome.streams[0].throttled_puts), "{}", outcome.streams[0].throttled_puts);
    assert_eq!((outcome.items.processed, latencies(&outcome)), (1_200, seconds(200.0, 0.0, 1.0)));
    let back_off = outcome.items.split.back_off;
    assert!(back_off > secs(200.0 * 0.4) && back_off < secs(200.0 * 0.6), "half a second each: {back_off}");
}

/// 10 MiB are taken from a full shard at once, and keep it shut for 10 s: of ten more in the next ten seconds none comes
/// in; the one at 10 s does.
///
/// Rule [doc] K-lim: a record may be as large as 10 MiB, but only as a burst: the sustained rate stays 1 MB/s.
#[test]
fn a_record_of_10_mb_is_a_burst() {
    let outcome =
        post().every("1s", "0s").lasts("11s", "1h").stream("size=10MB").strategy("kinesis.producer-attempts=1").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected), (2, 9));
}

/// Of sizes that are drawn, between 8 and 12 MB here, those above 10 are refused for good.
///
/// Rule [doc] K-lim: a record larger than 10 MiB is refused, and no further try helps.
#[test]
fn a_record_above_10_mb_is_rejected() {
    let outcome = post()
        .every("1m", "0s")
        .lasts("100m", "1h")
        .stream("size={ uniform = { low = \"8MB\", high = \"12MB\" } }")
        .run();
    assert!((30..70).contains(&outcome.items.rejected), "{}", outcome.items.rejected);
    assert_eq!((outcome.items.processed, outcome.streams[0].throttled_puts), (100 - outcome.items.rejected, 0));
}

/// Two calls at most: every record is written twice, and the second effect has that cause.
///
/// Rule [doc] K-api: a producer that has no answer writes the record again.
#[test]
fn a_lost_answer_writes_the_record_twice() {
    let outcome =
        post().burst(5).strategy("kinesis.duplicate-probability=1.0").strategy("kinesis.producer-attempts=2").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (5, 5));
    assert_eq!(caused(&outcome, DuplicateCause::ClientRetry), 5);
}

/// Latencies of a put between 0 and 10 s, and a record every 100 ms of one key: without order they would overtake.
///
/// Rule [inferred] K-con: a producer writes the records of a shard one after the other, so that they are in its order.
#[test]
fn records_are_written_in_the_order_of_the_calls() {
    let outcome = post()
        .every("100ms", "0s")
        .lasts("60s", "1h")
        .stream("keys={ count = 3 }")
        .post("service-time=1ms")
        .strategy("kinesis.put-latency={ uniform = { low = \"0s\", high = \"10s\" } }")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.order_inversions), (600, Some(0)));
}

// Keeping.

/// Throttled at 0, 1, 3, 7, 15, 31, 63 s and then each minute: 63 + 60 × 1,439 = 86,403 s is the first try after a day.
///
/// Rule [doc] K-lim: a record is kept for 24 hours by default, then it is gone.
#[test]
fn a_record_expires_after_24_hours() {
    let outcome = post().lasts("1s", "60h").post("reserved-concurrency=0").run();
    assert_eq!((outcome.items.expired, runs(&outcome).throttles), (1, 7 + 1_438));
    assert_eq!((outcome.end, outcome.backlog.integral), (at(86_403.0), secs(86_403.0)));
}

/// Rule [doc] K-lim: retention can be extended, up to 8,760 hours.
#[test]
fn a_longer_retention_keeps_records_longer() {
    let outcome = post().lasts("1s", "60h").post("reserved-concurrency=0").strategy("kinesis.retention=48h").run();
    assert_eq!(outcome.end, at(63.0 + 60.0 * 2_879.0), "172,803 s: the first try after two days");
}

// Reading.

/// It arrives at 0.3 s, is seen at 1 s, and done at 2 s.
///
/// Rule [doc] E-kin: each shard is polled once a second.
#[test]
fn a_shard_is_polled_once_a_second() {
    let outcome = post().every("10s", "300ms").lasts("10s", "1h").run();
    assert_eq!(latencies(&outcome).0, secs(1.7));
    assert_eq!((outcome.items.split.wait, outcome.items.split.hop), (secs(0.7), 0));
}

/// 0.1 s to write, seen by the poll at 1 s, 0.2 s to the mapping.
///
/// Rule [inferred] M-bite: put, poll and read take their latency.
#[test]
fn put_and_read_take_their_latency() {
    let outcome = post()
        .every("10s", "300ms")
        .lasts("10s", "1h")
        .strategy("kinesis.put-latency=100ms")
        .strategy("kinesis.read-latency=200ms")
        .run();
    assert_eq!((latencies(&outcome).0, outcome.items.split.hop), (secs(1.9), secs(0.3)));
}

/// Rule [doc] K-efo: with enhanced fan-out a record is pushed, about 70 ms after its writing.
#[test]
fn enhanced_fan_out_pushes() {
    let outcome = post()
        .every("10s", "300ms")
        .lasts("10s", "1h")
        .strategy("kinesis.reading=enhanced-fan-out")
        .strategy("kinesis.push-latency=70ms")
        .run();
    assert_eq!((latencies(&outcome).0, outcome.items.split.hop), (secs(1.07), secs(0.07)));
}

/// Twice as fast at the poll at 0 s as without records before it: each consumer reads all of them.
///
/// Rule [doc] K-con: every consumer reads every record, and none waits for another.
#[test]
fn each_consumer_has_every_record_and_its_own_place() {
    let outcome = world("kinesis -> [a, b]")
        .burst(4)
        .lasts("1s", "30h")
        .set("functions.b.reserved-concurrency=0")
        .strategy("kinesis.maximum-record-age=60s")
        .run();
    let items = &outcome.items;
    assert_eq!((items.owed, items.processed, items.expired), (8, 4, 4));
    assert_eq!((function(&outcome, "a").runs.invocations, function(&outcome, "b").runs.invocations), (1, 0));
}

// Batches.

/// 10, 10 and 5 records, one batch after the other: done at 1, 2, … 25 s.
///
/// Rule [doc] E-kin: one batch of a shard is in flight at a time, of at most BatchSize records.
#[test]
fn batches_of_a_shard_follow_each_other() {
    let outcome = post().burst(25).strategy("kinesis.batch-size=10").run();
    assert_eq!((runs(&outcome).invocations, outcome.concurrency.max), (3, 1));
    assert_eq!(latencies(&outcome), seconds(325.0, 1.0, 25.0));
}

/// A record a second; the batch opens at 0 s and closes at 5 s with six of them. Its run ends at 11 s, when the window of
/// the seventh, read at 6 s, is over too: four more. Each is done six seconds after it came.
///
/// Rule [doc] E-gen: a batch closes when its window is over.
#[test]
fn a_window_gathers() {
    let outcome = post().every("1s", "0s").lasts("10s", "1h").strategy("kinesis.window=5s").run();
    assert_eq!((runs(&outcome).invocations, latencies(&outcome)), (2, seconds(60.0, 6.0, 6.0)));
}

/// A record of a MiB each second: at 6 s the seventh does not fit beside six, which are sent though the window is 10 s.
/// They are done at 7 to 12 s. The seventh is sent when its own window is over, at 16 s.
///
/// Rule [doc] E-gen: a batch closes when it reaches 6 MB.
#[test]
fn a_batch_closes_at_6_mb() {
    let outcome = post().every("1s", "0s").lasts("7s", "1h").stream("size=1MB").strategy("kinesis.window=10s").run();
    assert_eq!((runs(&outcome).invocations, latencies(&outcome)), (2, seconds(42.0 + 11.0, 7.0, 11.0)));
}

/// Rule [doc] E-kin: as many batches of a shard are in flight as the ParallelizationFactor.
#[test]
fn a_parallelization_factor_is_so_many_batches_at_once() {
    let outcome = post()
        .burst(400)
        .strategy("kinesis.parallelization-factor=4")
        .strategy("kinesis.batch-size=1")
        .strategy("kinesis.shards=2")
        .run();
    assert_eq!((outcome.concurrency.max, outcome.items.processed), (8, 400));
}

/// A busy stream of 20 keys whose function fails now and then, before or after its effect, and crashes.
fn busy() -> World {
    post()
        .poisson("40/s")
        .lasts("120s", "24h")
        .stream("keys={ zipf = 0.9, count = 20 }")
        .post("service-time={ exponential = \"100ms\" }")
        .post("timeout=30s")
        .post("failures={ error = 0.02, crash = 0.01, after-effect = 0.5 }")
        .strategy("kinesis.shards=3")
        .strategy("kinesis.batch-size=8")
}

/// Rule [doc] E-kin: with a ParallelizationFactor records of one key still run in order, also where batches fail.
#[test]
fn the_order_of_each_key_is_kept() {
    for (factor, bisect, response) in
        [(1, "off", "off"), (10, "off", "off"), (10, "on", "off"), (10, "on", "report-first-failure")]
    {
        let outcome = busy()
            .strategy(&format!("kinesis.parallelization-factor={factor}"))
            .strategy(&format!("kinesis.bisect-on-error={bisect}"))
            .strategy(&format!("kinesis.partial-batch-response={response}"))
            .run();
        let items = &outcome.items;
        assert_eq!((items.order_inversions, items.processed), (Some(0), items.arrived), "{factor} {bisect} {response}");
        assert!(items.duplicates > 0 && runs(&outcome).retries > 0, "batches failed after effects");
    }
}

/// A function that goes on past a failed record applies younger effects of the key before it is tried again.
///
/// Rule [inferred] E-kin: a function that goes on after a failed record gives up the order of its key.
#[test]
fn who_goes_on_past_a_failure_loses_the_order() {
    let outcome = busy().strategy("kinesis.partial-batch-response=report-batch-item-failures").run();
    assert!(outcome.items.order_inversions.is_some_and(|inversions| inversions > 0));
}

/// Skipped batches leave gaps, and what is behind them comes later: the order of what is done is kept.
///
/// Rule [doc] E-kin: a batch that is given up is skipped, and the records behind it follow in their order.
#[test]
fn skipped_batches_leave_gaps_and_no_disorder() {
    let outcome = busy().strategy("kinesis.maximum-retry-attempts=0").run();
    let items = &outcome.items;
    assert_eq!(items.order_inversions, Some(0));
    assert!(items.lost > 0 && items.processed + items.lost == items.arrived);
}

// Failures.

/// The first is killed at 10 s and, tried again at 11 s, at 21 s. Then it is given up, and the second runs, 20 s old.
///
/// Rule [doc] E-kin: after a function error the same batch is tried again, and the shard waits.
#[test]
fn a_failing_batch_blocks_its_shard() {
    let outcome = poisoned(&[(0.0, 20.0), (0.5, 1.0)]).strategy("kinesis.maximum-retry-attempts=1").run();
    assert_eq!((runs(&outcome).timeouts, runs(&outcome).invocations, runs(&outcome).retries), (2, 3, 1));
    assert_eq!((outcome.items.lost, latencies(&outcome)), (1, seconds(21.5, 21.5, 21.5)));
}

/// Sent at 0, 11, 23, 37, 55, 81, 123, 193 s and then every 70 s: at 193 + 70 × 1,232 = 86,433 s it is older than a
/// day, and so is what came 0.5 s after it.
///
/// Rule [doc] E-kin: with the defaults a poison record blocks its shard until it expires.
#[test]
fn with_the_defaults_a_poison_record_blocks_its_shard_for_a_day() {
    let outcome = poisoned(&[(0.0, 20.0), (0.5, 1.0)]).run();
    assert_eq!((outcome.items.expired, outcome.items.processed, outcome.end), (2, 0, at(86_433.0)));
    assert_eq!(runs(&outcome).timeouts, 7 + 1_232);
}

/// Rule [inferred] E-kin: between tries of a failed batch pass min(60 s, 1 s × 2^k).
#[test]
fn pauses_double_up_to_a_minute() {
    let outcome = poisoned(&[(0.0, 20.0)]).strategy("kinesis.maximum-retry-attempts=8").run();
    assert_eq!((runs(&outcome).invocations, outcome.end), (9, at(193.0 + 70.0 + 10.0)));
}

/// Rule [doc] E-kin: MaximumRetryAttempts counts tries after the first; 0 gives up at once.
#[test]
fn without_retries_a_failed_batch_is_skipped_at_once() {
    let outcome = poisoned(&[(0.0, 20.0)]).strategy("kinesis.maximum-retry-attempts=0").run();
    assert_eq!((runs(&outcome).invocations, outcome.items.lost, outcome.end), (1, 1, at(10.0)));
}

/// Throttled at 0, 1, 3, 7, 15 and 31 s, without a retry to use up; at 63 s the record is too old.
///
/// Rule [doc] E-kin: throttles do not use up MaximumRetryAttempts.
#[test]
fn throttles_use_up_no_retry() {
    let shut = || {
        post()
            .lasts("1s", "1h")
            .post("reserved-concurrency=0")
            .strategy("kinesis.maximum-retry-attempts=0")
            .strategy("kinesis.maximum-record-age=60s")
    };
    let outcome = shut().run();
    assert_eq!((runs(&outcome).throttles, outcome.items.expired, outcome.end), (6, 1, at(63.0)));
    assert_eq!(shut().strategy("kinesis.on-failure-destination=sns").run().items.dead_lettered, 1);
}

/// Tried at 0, 11, 23, 37 and 55 s; at 81 s it is older than 70 s.
///
/// Rule [doc] E-kin: records older than MaximumRecordAge are skipped.
#[test]
fn records_that_are_too_old_are_skipped() {
    let outcome = poisoned(&[(0.0, 20.0), (0.9, 1.0)]).strategy("kinesis.maximum-record-age=70s").run();
    assert_eq!((outcome.items.expired, outcome.items.processed, runs(&outcome).timeouts), (2, 0, 5));
    assert_eq!(outcome.end, at(81.0));
}

/// Runs over 8 (at 0 s, five effects, killed at 10 s), 4 (11 s, repeated), 4 (15 s, one repeated, killed at 25 s), 2
/// (26 s, one repeated, killed at 36 s), 1 (37 s, repeated), the poison record (38 s and, its one retry, 49 s), and the
/// last 2 (59 s), done at 60 and 61 s.
///
/// Rule [doc] E-kin: bisect cuts a failed batch in two, each tried on its own, and a cut uses up no retry.
#[test]
fn bisect_isolates_the_poison_record() {
    let outcome = eight().strategy("kinesis.bisect-on-error=on").run();
    assert_eq!((outcome.items.processed, outcome.items.dead_lettered), (7, 1));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).timeouts), (8, 5));
    assert_eq!(latencies(&outcome), seconds(15.0 + 121.0, 1.0, 61.0));
    assert_eq!((outcome.items.duplicates, caused(&outcome, DuplicateCause::TimeoutAfterEffect)), (7, 7));
}

/// Killed at 10 and 21 s: the five before the poison record have their effect twice, the two behind it never.
///
/// Rule [doc] E-kin: a batch that is given up goes to the on-failure destination as a whole.
#[test]
fn without_bisect_the_whole_batch_is_given_up() {
    let outcome = eight().run();
    assert_eq!((outcome.items.processed, outcome.items.dead_lettered, outcome.items.duplicates), (5, 3, 5));
    assert_eq!(outcome.end, at(21.0));
}

/// Rule [doc] E-kin: without a destination what is given up is lost.
#[test]
fn without_a_destination_what_is_given_up_is_lost() {
    let outcome = eight().strategy("kinesis.on-failure-destination=none").run();
    assert_eq!((outcome.items.dead_lettered, outcome.items.lost), (0, 3));
}

/// What comes before the first poisoned record is done once; the rest is a batch of its own, and given up.
///
/// Rule [doc] E-kin: the lowest failure that is reported is the checkpoint: what is before it is not tried again.
#[test]
fn what_is_before_the_checkpoint_is_done() {
    let first = ten().strategy("kinesis.maximum-retry-attempts=0").run().items.processed;
    let reported = ten()
        .strategy("kinesis.maximum-retry-attempts=0")
        .strategy("kinesis.partial-batch-response=report-first-failure")
        .run();
    assert!((1..9).contains(&first));
    assert_eq!((reported.items.processed, reported.items.duplicates), (first, 0));
    assert_eq!((reported.items.dead_lettered, runs(&reported).invocations), (10 - first, 2));
}

/// All ten are worked on, those that are not poison have their effect. From the first poisoned one on all are tried
/// again, twice, and those of them that had worked are repeated each time.
///
/// Rule [doc] E-kin: records behind the lowest failure are repeated even if they had worked.
#[test]
fn what_is_behind_the_checkpoint_is_repeated_even_if_it_worked() {
    let before = ten().strategy("kinesis.maximum-retry-attempts=0").run().items.processed;
    let outcome = ten()
        .strategy("kinesis.maximum-retry-attempts=1")
        .strategy("kinesis.partial-batch-response=report-batch-item-failures")
        .run();
    let items = &outcome.items;
    assert_eq!((items.processed + items.dead_lettered, runs(&outcome).invocations), (10, 3));
    let repeated = 2 * (10 - before - items.dead_lettered);
    assert_eq!((items.duplicates, caused(&outcome, DuplicateCause::RunFailedAfterEffect)), (repeated, repeated));
}

/// A crash answers nothing: the whole batch is tried again.
///
/// Rule [doc] E-kin: a run that dies reports no failures, and its whole batch is tried again.
#[test]
fn a_crash_reports_nothing() {
    let outcome = post()
        .burst(5)
        .lasts("1s", "1h")
        .post("failures={ crash = 1.0, after-effect = 1.0 }")
        .strategy("kinesis.maximum-retry-attempts=2")
        .strategy("kinesis.partial-batch-response=report-batch-item-failures")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.lost, runs(&outcome).invocations), (1, 4, 3));
    assert_eq!(caused(&outcome, DuplicateCause::CrashAfterEffect), 2);
}

/// 10 s in the run that is killed and a second of pause: the second try, whose item is served at once, is all service.
///
/// Rule [inferred] E-kin: the time of failed tries and of the pauses after them is back-off.
#[test]
fn failed_tries_are_back_off() {
    // Killed over the second item each time, the first is repeated; both arrive at 0 s.
    let outcome = poisoned(&[(0.0, 1.0), (0.0, 20.0), (0.0, 1.0)])
        .strategy("kinesis.maximum-retry-attempts=0")
        .strategy("kinesis.bisect-on-error=on")
        .run();
    // [1, 2, 3] killed at 10 s; [1] at 11 s; [2, 3] at 12 s, killed at 22 s; [2] at 23 s, killed at 33 s; [3] to 34 s.
    assert_eq!((latencies(&outcome), outcome.items.lost), (seconds(1.0 + 34.0, 1.0, 34.0), 1));
    // Of the third: 10 s in each of two failed runs and the pause before the second; then it waited for the others.
    let split = outcome.items.split;
    assert_eq!((split.back_off, split.service, split.wait), (secs(20.0), secs(2.0), secs(13.0)));
}

// Measures and the bill.

/// The first batch is sent at 0 and 11 s, 0 and 11 s old; the record that was written at 0.5 s at 21 s.
///
/// Rule [doc] E-metr: IteratorAge is the age of the last record of a batch when the batch is sent.
#[test]
fn the_iterator_age_is_that_of_the_last_record_when_it_is_sent() {
    let outcome = poisoned(&[(0.0, 20.0), (0.5, 1.0)]).strategy("kinesis.maximum-retry-attempts=1").run();
    assert_eq!((iterator_age(&outcome), figure(&outcome, "iterator_age_max")), (secs(20.5), 20.5));
    let series = &outcome.streams[0].consumers[0].iterator_age;
    // 0 from 0 to 11 s, 11 s from there to 21 s, 20.5 s for the second of the last run.
    assert_eq!(series.integral, secs(1.0) * (secs(11.0) * 10 + secs(20.5)));
}

/// Three shards for the hour; 30 KB are two units.
///
/// Rule [doc] P-kin: shards are paid by the hour and records by each 25 KB begun.
#[test]
fn shards_and_put_units_are_on_the_bill() {
    let outcome = post().burst(10).stream("size=30KB").strategy("kinesis.shards=3").run();
    assert_eq!(outcome.usage.count(LineItem::KinesisShardS), 3 * 3_600);
    assert_eq!(outcome.usage.count(LineItem::KinesisPutUnits), 20);
    assert_eq!(outcome.usage.count(LineItem::KinesisFanOutKb), 0);
}

/// Two consumers of one shard for the hour, and ten records of 1 KB to each.
///
/// Rule [doc] P-kin: enhanced fan-out is paid by consumer and shard, and by the data.
#[test]
fn enhanced_fan_out_is_on_the_bill() {
    let outcome = world("kinesis -> [a, b]").burst(10).strategy("kinesis.reading=enhanced-fan-out").run();
    assert_eq!(outcome.usage.count(LineItem::KinesisFanOutShardS), 2 * 3_600);
    assert_eq!(outcome.usage.count(LineItem::KinesisFanOutKb), 20);
}

// Ways through the graph.

/// A second in the first function; its record is seen by the poll at 1 s, and a second more in each of the others.
#[test]
fn a_stream_decouples_functions() {
    assert_eq!(latencies(&world("events -> a -> kinesis -> b -> c").run()).0, secs(3.0));
}

/// Measured in 2022 from function to function, with default latencies here: p10, p50, p90 and p99 in ms.
///
/// Rule [measured] M-bite: a record reaches a warm function in 627 ms by polls and 49 ms by pushes, in the median.
#[test]
fn the_default_latencies_are_near_those_measured() {
    for (reading, measured, within) in [
        ("standard", [0.267, 0.627, 0.965, 1.580], [0.35, 0.15, 0.2, 0.35]),
        ("enhanced-fan-out", [0.0288, 0.0494, 0.0675, 0.109], [0.35, 0.15, 0.35, 0.35]),
    ] {
        let text = format!(
            "name = \"latency\"\n[run]\nduration = \"3h\"\nreplications = 1\n\
             [[arrivals]]\nname = \"items\"\nprocess = \"poisson\"\nrate = \"1/s\"\n\
             [functions.post]\nservice-time = \"0s\"\ncold-start = {{ init = \"0s\", unlogged = \"0s\" }}\n\
             [[strategy]]\nname = \"calm\"\nflow = \"kinesis -> post\"\n\
             [strategy.kinesis]\nreading = \"{reading}\"\nparallelization-factor = 10\n"
        );
        let outcome = &common::run_all(&common::load(&text, &[]), 1)[0][0];
        let quantiles = [0.1, 0.5, 0.9, 0.99].into_iter().zip(measured).zip(within);
        let quantiles: Vec<_> = quantiles.map(|((q, measured), within)| (q, measured, within)).collect();
        common::assert_near_measured(outcome, &quantiles);
    }
}
