//! Idempotent handlers by hand, over single items, batches of messages and batch runs. A calm world (`common`): a function
//! serves an item in a second, calls to the table take no time unless a test sets it, and a function's retries come 60 and
//! 120 s after its failures. The records themselves are tested beside their code.

mod common;

use common::{World, function, latencies, secs, world};
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::model::outcome::RunTotals;
use simctl::pricing::{FreeTier, PriceBook};
use simctl::words::DuplicateCause::{
    self, AtLeastOnceDelivery, CrashAfterEffect, ErrorAfterEffect, IdempotencyExpired, SentTwice, StoreFailed,
    TimeoutAfterEffect,
};
use simctl::words::{LineItem, SuppressedBy};

/// The handler puts a record before its work.
fn guarded(world: World) -> World {
    world
        .post("idempotency.mode=conditional-write")
        .post("idempotency.store.write-latency=0s")
        .post("idempotency.store.read-latency=0s")
        .post("idempotency.store.eventual-lag=0s")
        .post("idempotency.store.ttl-lag=0s")
}

/// The handler reads before its work, and writes after it.
fn checking(world: World) -> World {
    guarded(world).post("idempotency.mode=check-then-act")
}

fn events() -> World {
    guarded(world("events -> post"))
}

/// What each item's sender sends again after so long.
fn sent_again(world: World, after: &str) -> World {
    world.stream(&format!("sent-twice={{ probability = 1.0, after = \"{after}\" }}"))
}

fn causes(outcome: &Outcome) -> Vec<(DuplicateCause, u64)> {
    let counts = &outcome.items.duplicates_by_cause;
    DuplicateCause::ALL.map(|cause| (cause, counts.count(cause))).into_iter().filter(|&(_, count)| count > 0).collect()
}

/// Suppressed by a record; nothing else suppresses anything here.
fn suppressed(outcome: &Outcome) -> u64 {
    let items = &outcome.items;
    assert_eq!(items.suppressed_by.count(SuppressedBy::IdempotencyRecord), items.duplicates_suppressed);
    items.duplicates_suppressed
}

fn runs(outcome: &Outcome) -> RunTotals {
    function(outcome, "post").runs
}

fn writes(outcome: &Outcome) -> u128 {
    outcome.usage.count(LineItem::DynamoDbWriteUnits)
}

fn half_reads(outcome: &Outcome) -> u128 {
    outcome.usage.count(LineItem::DynamoDbHalfReadUnits)
}

// What a duplicate sees.

/// Three items at 0 s, sent again at 10 s: three effects, three repetitions caught.
///
/// Rule [doc] I-pt: a duplicate of finished work returns the stored result: the message is acknowledged, and nothing is done again.
#[test]
fn a_duplicate_of_finished_work_is_suppressed_and_acknowledged() {
    let outcome = sent_again(events().burst(3), "10s").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates, suppressed(&outcome)), (3, 0, 3));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).retries), (6, 0));
}

/// Sent again at 0.5 s, while the first is at work until 1 s: the second fails, and its retry at 60.5 s is suppressed.
///
/// Rule [doc] I-pt: a duplicate of work in progress fails its invocation, and the source's retry finds the work done.
#[test]
fn a_duplicate_of_work_in_progress_fails_and_its_retry_is_suppressed() {
    let outcome = sent_again(events(), "500ms").lasts("1s", "1h").run();
    assert_eq!((outcome.items.processed, causes(&outcome), suppressed(&outcome)), (1, vec![], 1));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).retries), (3, 1));
    assert_eq!(outcome.end, common::at(60.5));
}

/// Completed at 1 s, good for 10 s: a second sending at 11 s is in the whole second 11 and suppressed, one at 12 s runs.
///
/// Rule [doc] I-pt: what is sent again after expires_after runs again, and its duplicate has the cause idempotency_expired.
#[test]
fn what_comes_after_the_expiry_runs_again() {
    for (after, expected) in [("11s", (0, 1)), ("12s", (1, 0))] {
        let outcome = sent_again(events(), after).post("idempotency.expires-after=10s").run();
        assert_eq!((outcome.items.duplicates, suppressed(&outcome)), expected, "{after}");
        assert_eq!(causes(&outcome).len() as u64, expected.0);
        assert!(causes(&outcome).iter().all(|&(cause, _)| cause == IdempotencyExpired));
    }
}

/// Answers take 0.4 s. The record is completed at 1.4 s and good until the end of second 11. A second sending asks at 11.8 s
/// and is refused, but hears so at 12.2 s, when the record has expired: it asks again, runs from 12.6 s to 13.6 s, and is done at 14 s.
///
/// Rule [doc] I-pt: a record that is inconsistent when it is read has the handler ask again, within the same run.
#[test]
fn an_inconsistent_record_is_asked_for_again() {
    let world = sent_again(events(), "11800ms").lasts("1s", "1h").post("idempotency.expires-after=10s");
    let outcome = world.post("idempotency.store.write-latency=400ms").run();
    assert_eq!(causes(&outcome), [(IdempotencyExpired, 1)]);
    assert_eq!((runs(&outcome).invocations, runs(&outcome).retries), (2, 0), "no run fails over it");
    assert_eq!((writes(&outcome), outcome.end), (5, common::at(14.0)));
}

/// Whether the record's time to live has deleted it at 12 s (no lag) or not yet (an hour).
///
/// Rule [doc] D-ttl: the lag of the deletion neither lets a duplicate through early nor keeps one out late.
#[test]
fn the_lag_of_the_deletion_changes_nothing() {
    for lag in ["0s", "1h"] {
        let world = sent_again(events(), "12s").post("idempotency.expires-after=10s");
        let outcome = world.post(&format!("idempotency.store.ttl-lag={lag}")).run();
        assert_eq!(causes(&outcome), [(IdempotencyExpired, 1)], "{lag}");
    }
}

/// Every try applies its effect and raises: three tries, each with a put and a delete.
///
/// Rule [doc] I-pt: an exception after the effect deletes the record: the retry repeats the effect, with the cause of the exception.
#[test]
fn an_exception_after_the_effect_is_not_caught() {
    let failing = events().burst(2).post("failures.error=1.0").post("failures.after-effect=1.0");
    let outcome = failing.run();
    assert_eq!((causes(&outcome), suppressed(&outcome)), (vec![(ErrorAfterEffect, 4)], 0));
    assert_eq!(writes(&outcome), 2 * 3 * 2);
}

/// Every try crashes after its effect at 1 s. With a timeout of 10 s the lock is over when the retry comes at 61 s, and
/// with one of 15 minutes it holds at 61 and 182 s: those fail at once.
///
/// Rule [doc] I-pt: a crash after the effect leaves the record in progress: retries fail while its lock holds, and repeat the effect after that.
#[test]
fn a_crash_after_the_effect_is_caught_only_while_the_lock_holds() {
    let crashing = || events().post("failures.crash=1.0").post("failures.after-effect=1.0");
    let outcome = crashing().post("timeout=10s").run();
    assert_eq!(causes(&outcome), [(CrashAfterEffect, 2)]);
    let outcome = crashing().run();
    assert_eq!((causes(&outcome), suppressed(&outcome), runs(&outcome).invocations), (vec![], 0, 3));
    assert_eq!(runs(&outcome).busy, secs(1.0), "refused tries take no time here");
}

/// Half of the tries crash before their effect. The timeout is 10 s, so that a lock is over at the first retry; without
/// one the record of a crash blocks both retries, and the item is lost although most retries would have succeeded.
///
/// Rule [doc] I-pt: without the Lambda context a crash blocks its item for expires_after: retries are used up, and the item is lost.
#[test]
fn without_a_lock_the_items_of_crashed_runs_are_lost() {
    let crashing = |lock: &str| {
        let world = events().burst(200).post("failures.crash=0.5").post("timeout=10s");
        world.post(&format!("idempotency.in-progress-expiry={lock}")).run()
    };
    let (locked, blocked) = (crashing("function-timeout"), crashing("none"));
    let (items, totals) = (&blocked.items, runs(&blocked));
    assert_eq!(items.processed + items.lost, 200);
    assert_eq!(
        totals.invocations,
        items.processed + 3 * items.lost,
        "a first try that crashes is followed by two refusals"
    );
    assert!(
        items.lost > 70 && locked.items.lost < 50,
        "a half, and an eighth: {} and {}",
        items.lost,
        locked.items.lost
    );
}

/// The queue's copy of an event comes at the same instant, fails as in progress, and is suppressed a minute later. A
/// second sending has an id of its own, and runs.
///
/// Rule [doc] I-pt: with a new id for each sending copies of a delivery are still caught, and what the sender sends twice is not.
#[test]
fn a_new_id_for_each_sending_catches_copies_only() {
    let by_delivery = || events().burst(3).post("idempotency.key=delivery");
    let copied = by_delivery().post("async.duplicate-probability=1.0").run();
    assert_eq!((causes(&copied), suppressed(&copied)), (vec![], 3));
    let sent = sent_again(by_delivery(), "10s").run();
    assert_eq!((causes(&sent), suppressed(&sent)), (vec![(SentTwice, 3)], 0));
}

/// Rule [doc] I-pt: an item without a key is neither kept nor caught, and costs nothing at the table.
#[test]
fn without_a_key_nothing_is_caught() {
    let outcome = sent_again(events().burst(2), "10s").post("idempotency.missing-key=1.0").run();
    assert_eq!((causes(&outcome), suppressed(&outcome), writes(&outcome)), (vec![(SentTwice, 2)], 0, 0));
}

/// The second sending has another payload. Validated, it fails at 10, 70 and 190 s; else it gets the stored result.
///
/// Rule [doc] I-pt: with validation a known key with another payload fails the invocation at every try.
#[test]
fn another_payload_fails_if_payloads_are_validated() {
    let other = |validate: &str| {
        let world = sent_again(events(), "10s").post("idempotency.payload-varies=1.0");
        world.post(&format!("idempotency.validate-payload={validate}")).run()
    };
    let (validated, not) = (other("on"), other("off"));
    assert_eq!((runs(&validated).invocations, suppressed(&validated), causes(&validated)), (4, 0, vec![]));
    assert_eq!((runs(&not).invocations, suppressed(&not)), (2, 1));
}

/// A function before the last: its second run sends nothing on.
#[test]
fn a_function_before_the_last_sends_nothing_on_twice() {
    let world = sent_again(world("events -> a -> post"), "10s");
    let guarded = world.set("functions.a.idempotency.mode=conditional-write");
    let outcome = guarded.set("functions.a.idempotency.store.write-latency=0s").run();
    assert_eq!((suppressed(&outcome), causes(&outcome), runs(&outcome).invocations), (1, vec![], 1));
}

// Time and money.

/// Calls of 5 ms: the effect is at 0.005 + 1 s, the run ends at 1.010 s and is billed for it. A duplicate takes 5 ms.
///
/// Rule [doc] I-pt: the calls to the table are part of the run: they delay the effect, and are billed as run time.
#[test]
fn calls_to_the_table_are_part_of_the_run() {
    let outcome = sent_again(events(), "10s").post("idempotency.store.write-latency=5ms").run();
    assert_eq!(latencies(&outcome).0, secs(1.005));
    assert_eq!((outcome.items.split.service, outcome.items.split.wait), (secs(1.005), 0));
    assert_eq!(runs(&outcome).busy, secs(1.010) + secs(0.005));
    assert_eq!(runs(&outcome).billed_mb_ms, (1_010 + 5) * 1_024);
    assert_eq!(runs(&outcome).wasted, secs(0.005));
}

/// A first event is a put and an update, a duplicate a put that fails: 1,000 of each are 3,000 units of a 1.6-millionth
/// of a dollar. A million first events are 1.25 dollars.
///
/// Rule [doc] I-pt: a first run takes two write units (put, update), a duplicate one for its failed condition; records of up to 1 KB.
#[test]
fn a_first_event_takes_two_write_units_and_a_duplicate_one() {
    let outcome = sent_again(events().burst(1_000), "10s").run();
    assert_eq!((writes(&outcome), half_reads(&outcome)), (3_000, 0));
    let cost = |outcome: &Outcome| {
        let bill = PriceBook::embedded().cost(outcome.usage.counts(), Span::from_secs(3_600), FreeTier::Ignored);
        bill.line(LineItem::DynamoDbWriteUnits).picodollars()
    };
    assert_eq!(cost(&outcome), 3_000 * 625_000);
    assert_eq!(1_000 * cost(&events().burst(1_000).run()), 1_250_000_000_000);
}

/// Every call fails: nothing is done; or everything, and twice.
///
/// Rule [doc] I-pt: a store that fails is an error of the handler (fail closed): nothing is done; a handler that proceeds does it twice.
#[test]
fn a_store_that_fails_stops_the_work_or_lets_everything_through() {
    let failing = |policy: &str| {
        let world = sent_again(events(), "10s").post("idempotency.store.error=1.0");
        world.post(&format!("idempotency.on-store-error={policy}")).run()
    };
    let (closed, open) = (failing("fail"), failing("proceed"));
    assert_eq!((closed.items.processed, closed.items.lost, runs(&closed).invocations), (0, 1, 6));
    assert_eq!((open.items.processed, causes(&open), writes(&open)), (1, vec![(StoreFailed, 1)], 0));
}

// A check before the work.

/// The queue's copy comes at the same instant: both find nothing, at half a read unit each. A second sending at 10 s, and
/// its copy, find the record.
///
/// Rule [inferred] I-cta: a plain check before the work lets runs through that work at once, and catches what comes later.
#[test]
fn a_check_before_the_work_lets_runs_at_once_through() {
    let outcome = sent_again(checking(world("events -> post")), "10s").post("async.duplicate-probability=1.0").run();
    assert_eq!((causes(&outcome), suppressed(&outcome)), (vec![(AtLeastOnceDelivery, 1)], 2));
    assert_eq!((half_reads(&outcome), writes(&outcome)), (4, 2));
}

/// Written at 1 s, checked at 2 s by a read that is 1.5 s behind, or current for twice the price.
///
/// Rule [doc] D-read: an eventually consistent check misses a record that was just written; a strongly consistent one finds it, for twice the units.
#[test]
fn an_eventually_consistent_check_misses_what_was_just_written() {
    let late = |read: &str| {
        let world = sent_again(checking(world("events -> post")), "2s").post("idempotency.store.eventual-lag=1500ms");
        world.post(&format!("idempotency.read={read}")).run()
    };
    let (eventual, strong) = (late("eventual"), late("strong"));
    assert_eq!((causes(&eventual), half_reads(&eventual)), (vec![(SentTwice, 1)], 2));
    assert_eq!((causes(&strong), suppressed(&strong), half_reads(&strong)), (vec![], 1, 4));
}

/// Records of a check expire too: good until 11 s.
#[test]
fn the_record_of_a_check_expires_too() {
    let world = sent_again(checking(world("events -> post")), "12s").post("idempotency.expires-after=10s");
    assert_eq!(causes(&world.run()), [(IdempotencyExpired, 1)]);
}

// Batches of messages.

fn queued() -> World {
    guarded(world("events -> sqs -> post")).post("timeout=10s").strategy("sqs.visibility-timeout=30s")
}

/// Both copies in one batch: the first is done at 1 s, the second found done at that instant; one run deletes both.
///
/// Rule [doc] I-pt: in a batch of messages each has its own record; a repetition in the same batch gets the stored result.
#[test]
fn a_copy_in_the_same_batch_is_suppressed() {
    let outcome = queued().strategy("sqs.duplicate-probability=1.0").run();
    assert_eq!((runs(&outcome).invocations, suppressed(&outcome), causes(&outcome)), (1, 1, vec![]));
    assert_eq!(runs(&outcome).busy, secs(1.0));
}

/// Two pollers each take one of two copies: the second fails at once, comes back at 30 s, and is suppressed.
///
/// Rule [doc] I-pt: a message whose work is in progress fails its batch and comes back after the visibility timeout.
#[test]
fn a_copy_in_another_batch_comes_back() {
    let outcome = queued().strategy("sqs.duplicate-probability=1.0").strategy("sqs.batch-size=1").run();
    assert_eq!((runs(&outcome).invocations, suppressed(&outcome), causes(&outcome)), (3, 1, vec![]));
    assert_eq!(outcome.end, common::at(3_600.0));
}

/// A takes 5 s and B one; both are sent at 0 s and again at 1 s. The first batch works on A until 5 s. In the second A is
/// in progress: alone it fails, with partial response, and B is done at 2 s; without, the whole batch fails at once and B
/// is done in the first batch, at 6 s. At 31 s what came back is suppressed.
///
/// Rule [doc] I-pt: with partial batch response a message whose work is in progress is a failed item, and the others of its batch go on.
#[test]
fn a_message_in_progress_is_a_failed_item() {
    let both = || sent_again(queued().items(&[(0.0, 5.0), (0.0, 1.0)]), "1s");
    let outcome = both().strategy("sqs.partial-batch-response=report-batch-item-failures").run();
    assert_eq!(latencies(&outcome), (secs(5.0 + 2.0), secs(2.0), secs(5.0)));
    assert_eq!((runs(&outcome).invocations, suppressed(&outcome), causes(&outcome)), (3, 2, vec![]));
    let outcome = both().run();
    assert_eq!(latencies(&outcome), (secs(5.0 + 6.0), secs(5.0), secs(6.0)));
    assert_eq!((runs(&outcome).invocations, suppressed(&outcome), causes(&outcome)), (3, 2, vec![]));
}

/// As without idempotency a run of 9 s after an Init of 8 s outlives the visibility timeout of 10 s. The second delivery
/// begins at 18 s, a second after the first has completed its record.
///
/// Rule [doc] I-pt: a message delivered again for its visibility timeout is suppressed when the first run has returned.
#[test]
fn a_visibility_timeout_over_a_run_repeats_nothing() {
    let outcome = guarded(world("events -> sqs -> post"))
        .items(&[(0.0, 9.0)])
        .post("timeout=10s")
        .post("cold-start.init=8s")
        .strategy("sqs.visibility-timeout=10s")
        .run();
    assert_eq!((runs(&outcome).invocations, suppressed(&outcome), causes(&outcome)), (2, 1, vec![]));
}

/// Of three messages two are done when the third is killed at 10 s, its lock with it. All three come back at 30 s: two are
/// suppressed at once, the third is killed again.
///
/// Rule [doc] I-pt: what a batch had done before it was killed is suppressed when it comes back, and not charged twice.
#[test]
fn what_a_killed_batch_had_done_is_suppressed() {
    let outcome = queued()
        .items(&[(0.0, 1.0), (0.0, 1.0), (0.0, 20.0)])
        .lasts("1s", "1h")
        .strategy("sqs.max-receive-count=2")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.dead_lettered, suppressed(&outcome)), (2, 1, 2));
    assert_eq!((causes(&outcome), runs(&outcome).timeouts), (vec![], 2));
}

/// A call of 5 s after the work: effect at 6 s, killed at 10 s over the update, whose record is complete all the same. At
/// 30 s the message comes back and is suppressed.
///
/// Rule [doc] I-pt: an update that was sent before the kill completes the record: the redelivery is suppressed.
#[test]
fn a_kill_over_the_update_leaves_the_record_complete() {
    let outcome = queued().post("idempotency.store.write-latency=5s").run();
    assert_eq!((runs(&outcome).timeouts, suppressed(&outcome), causes(&outcome)), (1, 1, vec![]));
    assert_eq!(latencies(&outcome).0, secs(6.0));
}

// Batch runs.

/// Ten items of 95 s for a function that is killed at 900 s and marks nothing: nine are done, the tenth is in progress.
/// The retry at 960 s finds nine done, takes the tenth over, whose lock ended with the kill, and ends at 1,055 s.
///
/// Rule [doc] I-pt: a batch run that is killed repeats nothing: its retry passes over what has a record, and takes over what was in progress.
#[test]
fn the_retry_of_a_killed_batch_passes_over_what_is_done() {
    let outcome = guarded(world("schedule -> post"))
        .lasts("59m", "1h")
        .strategy("schedule.expression=rate(1 day)")
        .batch_of(10, 95.0)
        .run();
    assert_eq!((outcome.items.processed, causes(&outcome), suppressed(&outcome)), (10, vec![], 9));
    assert_eq!((runs(&outcome).invocations, latencies(&outcome).2), (2, secs(1_055.0)));
}

/// Two tasks list the same three items of 5 s at once. The second finds the first item in progress, leaves it, and works on
/// the second item from 0 s to 5 s; at 5 s each finds that item of the other done, and both look at the third.
///
/// Rule [doc] I-pt: overlapping batch runs share their items: what one has claimed is an item that fails in the other.
#[test]
fn overlapping_tasks_share_their_items() {
    let outcome = guarded(world("schedule -> post"))
        .batch_of(3, 5.0)
        .strategy("schedule.expression=rate(1 day)")
        .strategy("post.platform=fargate")
        .strategy("post.vcpu=1")
        .strategy("post.memory=2GB")
        .strategy("post.start-up=0s")
        .strategy("post.duplicate-probability=1.0")
        .run();
    assert_eq!((outcome.items.processed, causes(&outcome)), (3, vec![]));
    assert_eq!(latencies(&outcome).2, secs(10.0), "and not 15 s");
}

/// A task has no Lambda context: what a crash leaves is blocked for an hour, whatever the switch says. Ticks at 0, 10, …
/// minutes: the item whose task crashed at 0 s is refused until 3,600 s and tried again at 4,200 s.
///
/// Rule [doc] I-pt: where there is no Lambda context nothing unlocks what a crash left before its record expires.
#[test]
fn a_task_has_no_lock() {
    let outcome = guarded(world("schedule -> post"))
        .lasts("1s", "75m")
        .strategy("schedule.expression=rate(10 minutes)")
        .strategy("post.platform=fargate")
        .strategy("post.vcpu=1")
        .strategy("post.memory=2GB")
        .strategy("post.start-up=0s")
        .strategy("post.duplicate-probability=0.0")
        .post("failures.crash=1.0")
        .post("failures.fails-at=1.0")
        .run();
    assert_eq!((outcome.items.processed, runs(&outcome).busy), (0, secs(2.0)), "at 0 and at 4,200 s");
}

// What still gets through, path by path.

/// The work of 20 s, in a quarter of which a database does what it is for, so that the effect is there at 5 s. The run is
/// killed at 10 s, and its lock is over with it. So do both retries, at 70 and 200 s: each repeats the effect.
///
/// Rule [doc] I-pt: a timeout between the effect and its record leaves the record in progress: when its lock is over a retry repeats the effect.
#[test]
fn a_timeout_after_the_effect_is_not_caught() {
    let world = events().items(&[(0.0, 20.0)]).post("timeout=10s").set("downstream.db.latency=0s");
    let world = world.post("calls=[{ to = \"db\", at = 0.25, effect = \"downstream\" }]");
    let outcome = world.run();
    assert_eq!((causes(&outcome), suppressed(&outcome)), (vec![(TimeoutAfterEffect, 2)], 0));
    assert_eq!((runs(&outcome).timeouts, latencies(&outcome).0), (3, secs(5.0)));
}

/// The same, and the database knows what it has done: nothing is done twice, whatever the records say.
///
/// Rule [inferred] simctl: a downstream that knows items by their keys catches what no record can: the effect and its record are one.
#[test]
fn a_downstream_that_knows_its_items_catches_what_records_do_not() {
    let world = events().items(&[(0.0, 20.0)]).post("timeout=10s").set("downstream.db.latency=0s");
    let world = world.post("calls=[{ to = \"db\", at = 0.25, effect = \"downstream\" }]");
    let outcome = world.set("downstream.db.idempotent=yes").run();
    let caught = outcome.items.suppressed_by.count(SuppressedBy::IdempotentDownstream);
    assert_eq!((causes(&outcome), caught, runs(&outcome).timeouts), (vec![], 2, 3));
}

/// A function that knows nothing of records does all of it again: sent twice, and failed after its effect.
///
/// Rule [doc] L-async: an event may be received more than once: a function without idempotency does its work each time.
#[test]
fn without_idempotency_everything_is_done_again() {
    let outcome = sent_again(world("events -> post").burst(3), "10s").run();
    assert_eq!((causes(&outcome), outcome.items.duplicates_suppressed), (vec![(SentTwice, 3)], 0));
    let failing = world("events -> post").post("failures.error=1.0").post("failures.after-effect=1.0").run();
    assert_eq!(causes(&failing), [(ErrorAfterEffect, 2)]);
}

/// A table that serves two writes at once, and two a second; the SDK tries once.
fn narrow(items: u64, policy: &str) -> World {
    events()
        .burst(items)
        .post("idempotency.store.peak-writes=1")
        .post("idempotency.store.sdk-retries=none")
        .post(&format!("idempotency.on-store-error={policy}"))
}

/// Six claims at 0 s, of which two are served: four fail closed before their work, and are tried again at 60 s. Of these
/// two are served, and the last two at 180 s. All are done, late, and none twice.
///
/// Rule [doc] I-pt: a store that throttles fails the invocations (fail closed): they come back later, and nothing is done twice.
#[test]
fn a_throttled_store_delays_what_fails_closed() {
    let outcome = narrow(6, "fail").run();
    assert_eq!((outcome.items.processed, causes(&outcome)), (6, vec![]));
    assert_eq!(latencies(&outcome), (2 * secs(1.0) + 2 * secs(61.0) + 2 * secs(181.0), secs(1.0), secs(181.0)));
    assert_eq!(runs(&outcome).invocations, 6 + 4 + 2);
}

/// The same six proceed: all are done at 1 s, four of them without a claim, which then do not complete a record either.
/// Sent again at 10 s, what has a record is caught: of six claims two are served, and these are the same two that were
/// first before. The four others proceed again.
///
/// Rule [doc] I-pt: a handler that proceeds when its store throttles (fail open) is on time, and does what is sent twice twice.
#[test]
fn a_throttled_store_lets_through_what_fails_open() {
    let outcome = sent_again(narrow(6, "proceed"), "10s").run();
    assert_eq!((outcome.items.processed, latencies(&outcome).2), (6, secs(1.0)));
    assert_eq!((causes(&outcome), suppressed(&outcome)), (vec![(StoreFailed, 4)], 2));
}

/// Two items of a quarter of a second: both claims are served at 0 s, which leaves room for half a write at 0.25 s: both
/// updates are throttled, after the effect. The runs fail, and leave their records in progress until 10 s; at 60.25 s both
/// are done again, and one of their updates, at 60.5 s, is throttled again: room for two less two claims, and a half.
///
/// Rule [doc] I-pt: a store that fails after the effect leaves the record in progress: the retry finds its lock over, and repeats the effect.
#[test]
fn a_store_that_fails_after_the_effect_has_it_repeated() {
    let outcome = narrow(2, "fail").post("service-time=250ms").post("timeout=10s").run();
    assert_eq!(causes(&outcome), [(IdempotencyExpired, 4)], "at 60.25 and again at 180.5 s");
    assert_eq!((runs(&outcome).invocations, outcome.items.processed), (6, 2));
    let open = narrow(2, "proceed").post("service-time=250ms").post("timeout=10s").run();
    assert_eq!((causes(&open), runs(&open).invocations), (vec![], 2), "without a completed record, but well");
}

/// Messages of a FIFO queue, sent again after four minutes, and after six; and one whose run crashes after its effect. The
/// queue drops the first, and delivers the others again. With records behind it nothing is done twice.
///
/// Rule [doc] S-fifo, I-pt: "exactly once" of a FIFO queue is of sends within 5 minutes: later sends and failed runs repeat the effect, and take a record to be caught.
#[test]
fn exactly_once_of_a_fifo_queue_is_of_its_sends() {
    let fifo = |after: &str| {
        let world = sent_again(world("events -> sqs-fifo -> post"), after).post("timeout=10s");
        world.strategy("sqs-fifo.visibility-timeout=30s").strategy("sqs-fifo.max-receive-count=2")
    };
    let within = fifo("4m").run();
    assert_eq!((causes(&within), within.items.suppressed_by.count(SuppressedBy::FifoDeduplication)), (vec![], 1));
    assert_eq!(causes(&fifo("6m").run()), [(SentTwice, 1)]);
    let crashes = |world: World| world.post("failures.crash=1.0").post("failures.after-effect=1.0");
    assert_eq!(causes(&crashes(fifo("4m")).run()), [(CrashAfterEffect, 1)]);
    assert_eq!((causes(&guarded(fifo("6m")).run()), suppressed(&guarded(fifo("6m")).run())), (vec![], 1));
}
