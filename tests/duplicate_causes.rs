//! Every duplicate has a cause: one test for each, built so that it alone occurs, and then what happens where several
//! meet. A calm world (`common`) has no randomness and no delay but those a test sets. That the causes add up to the
//! duplicates is a law that the ledger proves at the end of every run.

mod common;

use common::{World, world};
use simctl::model::Outcome;
use simctl::words::DuplicateCause::{
    self, AtLeastOnceDelivery, ClientRetry, CrashAfterEffect, ErrorAfterEffect, IdempotencyExpired, OverlappingRuns,
    RunFailedAfterEffect, SentTwice, StoreFailed, TimeoutAfterEffect, VisibilityTimeout,
};

/// The causes that occurred, with their counts.
fn causes(outcome: &Outcome) -> Vec<(DuplicateCause, u64)> {
    let counts = &outcome.items.duplicates_by_cause;
    assert_eq!(counts.total(), outcome.items.duplicates);
    DuplicateCause::ALL.map(|cause| (cause, counts.count(cause))).into_iter().filter(|&(_, count)| count > 0).collect()
}

fn sent_twice(world: World) -> World {
    world.stream("sent-twice={ probability = 1.0, after = \"10s\" }")
}

/// A batch of one worker that fires once, and whose retries are all that follows.
fn daily_batch() -> World {
    world("schedule -> post").lasts("59m", "1h").strategy("schedule.expression=rate(1 day)")
}

#[test]
fn the_sender_sent_it_twice() {
    for flow in ["events -> post", "s3 -> post", "schedule -> post", "events -> a -> post"] {
        let outcome = sent_twice(world(flow).burst(3)).lasts("1h", "2h").run();
        assert_eq!(causes(&outcome), [(SentTwice, 3)], "{flow}");
    }
}

/// An item owes an effect on each branch, and has each twice.
#[test]
fn each_branch_has_its_own_duplicates() {
    assert_eq!(causes(&sent_twice(world("events -> [a, b]").burst(3)).run()), [(SentTwice, 6)]);
}

#[test]
fn a_notification_or_a_queue_delivered_it_twice() {
    let notified = world("s3 -> post").burst(7).strategy("s3.duplicate-probability=1.0");
    assert_eq!(causes(&notified.run()), [(AtLeastOnceDelivery, 7)]);
    let queued = world("events -> post").burst(7).post("async.duplicate-probability=1.0");
    assert_eq!(causes(&queued.run()), [(AtLeastOnceDelivery, 7)]);
}

/// A run of 2 s, which clients give up after 1.5 s, twice in vain; and one that fails after its effect.
#[test]
fn the_client_called_again() {
    let impatient = world("api -> post").burst(2).post("service-time=2s").strategy("api.client.timeout=1500ms");
    assert_eq!(causes(&impatient.run()), [(ClientRetry, 4)]);
    let failing = world("api -> post").burst(2).post("failures.error=1.0").post("failures.after-effect=1.0");
    assert_eq!(causes(&failing.run()), [(ClientRetry, 4)]);
    let behind = world("api -> a -> sqs -> post").burst(2).set("functions.a.service-time=2s");
    assert_eq!(causes(&behind.strategy("api.client.timeout=1500ms").run()), [(ClientRetry, 4)]);
    let direct = world("api -> sqs -> post").burst(2).strategy("api.overhead=2s").strategy("api.client.timeout=1500ms");
    assert_eq!(causes(&direct.run()), [(ClientRetry, 4)]);
}

/// What was refused or failed before its effect has nothing to repeat, and another sender's call is another cause.
#[test]
fn a_client_that_repeats_nothing_is_no_cause() {
    let calm = |flow: &str| world(flow).burst(5).strategy("api.client.attempts=20");
    let throttled = calm("api -> post").post("reserved-concurrency=1").run();
    assert!(throttled.apis[0].requests > 5);
    assert_eq!(causes(&throttled), []);
    let failing = calm("api -> post").post("failures.error=0.5").run();
    assert!(failing.apis[0].requests > 5);
    assert_eq!(causes(&failing), []);
    assert_eq!(causes(&sent_twice(world("api -> post").burst(3)).run()), [(SentTwice, 3)]);
}

/// Three tries of each of two items apply their effect and fail then: at 1, 62 and 183 s.
#[test]
fn the_try_failed_after_its_effect() {
    for (failure, cause) in [("error", ErrorAfterEffect), ("crash", CrashAfterEffect)] {
        let outcome = world("events -> post")
            .burst(2)
            .post(&format!("failures.{failure}=1.0"))
            .post("failures.after-effect=1.0")
            .run();
        assert_eq!(causes(&outcome), [(cause, 4)]);
    }
}

/// The first function's message onward is sent at each of its three tries.
#[test]
fn a_try_that_failed_after_it_sent_the_item_on() {
    let failing = world("events -> a -> post").set("functions.a.failures.error=1.0");
    let outcome = failing.set("functions.a.failures.after-effect=1.0").run();
    assert_eq!(causes(&outcome), [(ErrorAfterEffect, 2)]);
}

/// Ticks at 0, 60 and 120 s: each run does both items, and records neither.
#[test]
fn a_batchs_item_failed_after_its_effect() {
    let outcome = world("schedule -> post")
        .burst(2)
        .lasts("150s", "0s")
        .strategy("schedule.expression=rate(1 minute)")
        .post("failures.error=1.0")
        .post("failures.after-effect=1.0")
        .run();
    assert_eq!(causes(&outcome), [(ErrorAfterEffect, 4)]);
    // A crash ends the run with its first item, at each of three tries.
    let crashing = daily_batch().burst(2).post("failures.crash=1.0").post("failures.after-effect=1.0");
    assert_eq!(causes(&crashing.run()), [(CrashAfterEffect, 2)]);
}

/// Ten items of 95 s for a function that is killed at 900 s, in pages of four: of nine that are done, the last is not
/// marked with its page. Without a marker the two retries each do all nine again.
#[test]
fn a_batch_was_killed_after_the_effect() {
    for (marker, again) in [("per-page", 1), ("none", 18)] {
        let outcome = daily_batch()
            .batch_of(10, 95.0)
            .strategy(&format!("schedule.marker={marker}"))
            .strategy("schedule.page-size=4")
            .run();
        assert_eq!(causes(&outcome), [(TimeoutAfterEffect, again)], "{marker}");
    }
}

/// Twenty items of a second, of which some fail at once and with them the run: what the run has done before is done
/// again by its retries, which have other luck.
#[test]
fn a_batch_failed_at_another_item() {
    for (failure, setting) in [("error", "schedule.on-item-error=fail"), ("crash", "schedule.on-item-error=continue")] {
        let failing = || {
            daily_batch()
                .burst(20)
                .strategy(setting)
                .post(&format!("failures.{failure}=0.2"))
                .post("failures.fails-at=0.0")
        };
        let outcome = failing().run();
        let items = &outcome.items;
        // Each run's busy seconds are the items it did; those beyond the first effects are repeats.
        let done = u64::try_from(outcome.functions[0].runs.busy / common::secs(1.0)).expect("few items");
        assert!(items.duplicates > 0, "a run fails after its first item");
        assert_eq!(done, items.processed + items.duplicates);
        assert_eq!(causes(&outcome), [(RunFailedAfterEffect, done - items.processed)]);
        assert_eq!(causes(&failing().strategy("schedule.marker=per-item").run()), []);
    }
}

/// Ten items of 70 s and a tick each 10 minutes: the second run lists all ten, though the first has done eight; with a
/// marker for each item it lists the two that are left, of which one is under way.
#[test]
fn two_runs_overlapped() {
    for (marker, again) in [("none", 10), ("per-item", 2)] {
        let outcome = world("schedule -> post")
            .batch_of(10, 70.0)
            .lasts("25m", "0s")
            .strategy("schedule.expression=rate(10 minutes)")
            .strategy(&format!("schedule.marker={marker}"))
            .run();
        assert_eq!(causes(&outcome), [(OverlappingRuns, again)], "{marker}");
    }
}

/// The queue delivers the tick twice, and two runs do the same three items at once.
#[test]
fn one_tick_delivered_twice_makes_runs_overlap() {
    let outcome = daily_batch().batch_of(3, 5.0).post("async.duplicate-probability=1.0").run();
    assert_eq!(causes(&outcome), [(OverlappingRuns, 3)]);
}

/// Sent twice, and each sending copied by the queue: the second sending is one repeat, each copy another.
#[test]
fn a_copy_of_a_second_sending_is_a_copy() {
    let outcome = sent_twice(world("events -> post")).post("async.duplicate-probability=1.0").run();
    assert_eq!(causes(&outcome), [(SentTwice, 1), (AtLeastOnceDelivery, 2)]);
}

/// Two deliveries of three tries each: five repeats, of which one is for the copy itself.
#[test]
fn a_copy_that_is_retried_has_the_retrys_cause_from_its_second_effect_on() {
    let copied = world("events -> post").post("async.duplicate-probability=1.0");
    let outcome = copied.post("failures.error=1.0").post("failures.after-effect=1.0").run();
    assert_eq!(causes(&outcome), [(AtLeastOnceDelivery, 1), (ErrorAfterEffect, 4)]);
}

/// The plain delivery fails at once before its effect (at 0 s), is retried after the second sending (10 s) has done the
/// work, and repeats it: the cause is still that there were two sendings, for the failure came before the effect.
#[test]
fn what_is_overtaken_has_the_cause_of_what_overtook_it() {
    let items = 40;
    let outcome = sent_twice(world("events -> post").burst(items))
        .post("failures.error=0.5")
        .post("failures.fails-at=0.0")
        .post("async.retries=1")
        .run();
    let counts = &outcome.items;
    assert!(counts.duplicates > 0 && counts.lost > 0, "both sendings of some come through, of others none");
    assert_eq!(causes(&outcome), [(SentTwice, counts.duplicates)]);
}

/// Killed at 900 s with nine items done; the retry (960 s) is at work when the next tick (1,200 s) lists the same ten.
/// What the retry does again is for the kill, what the tick's run does again for the overlap with the retry.
#[test]
fn a_kill_and_an_overlap_are_told_apart() {
    let until = |end: &str| {
        let batch = world("schedule -> post").batch_of(10, 95.0).lasts(end, "0s");
        batch.strategy("schedule.expression=rate(20 minutes)").run()
    };
    // The retry has done three (to 1,245 s), the tick's run none (its first to 1,295 s).
    assert_eq!(causes(&until("21m")), [(TimeoutAfterEffect, 3)]);
    // The retry has done five (to 1,435 s), the tick's run three (to 1,485 s): two that the retry had done when they were
    // listed, and one that it did after that.
    assert_eq!(causes(&until("25m")), [(TimeoutAfterEffect, 5), (OverlappingRuns, 3)]);
}

/// Effects that a kill or a crash undoes are no effects: what does the work again repeats nothing.
#[test]
fn what_is_undone_is_not_repeated() {
    let outcome = daily_batch().batch_of(10, 95.0).strategy("schedule.commit=at-end").run();
    assert_eq!((causes(&outcome), outcome.items.processed), (vec![], 0));
    let outcome = world("schedule -> post")
        .burst(5)
        .strategy("schedule.expression=rate(10 minutes)")
        .strategy("schedule.commit=at-end")
        .post("failures.crash=0.3")
        .run();
    assert!(outcome.functions[0].runs.retries > 0, "some runs crash");
    assert_eq!((causes(&outcome), outcome.items.processed), (vec![], 5));
}

/// A run that commits at its end overlaps with the next: the second to commit repeats what the first did.
#[test]
fn overlapping_runs_that_commit_at_their_end() {
    let outcome = world("schedule -> post")
        .batch_of(10, 70.0)
        .lasts("25m", "0s")
        .strategy("schedule.expression=rate(10 minutes)")
        .strategy("schedule.commit=at-end")
        .run();
    assert_eq!(causes(&outcome), [(OverlappingRuns, 10)]);
}

// Behind an SQS queue: what a delivery leaves undone with comes back when its visibility timeout has run.

/// A queue that hides messages for 30 s, and a function that may run for 10 s.
fn queued() -> World {
    world("events -> sqs -> post").lasts("10s", "1h").post("timeout=10s").strategy("sqs.visibility-timeout=30s")
}

#[test]
fn a_queue_delivered_a_copy() {
    let outcome = queued().burst(3).strategy("sqs.duplicate-probability=1.0").run();
    assert_eq!(causes(&outcome), [(AtLeastOnceDelivery, 3)]);
}

/// The function's timeout is within the visibility timeout, and an Init of 8 s is not in it: runs of 9 s begin at 0, 10
/// and 20 s and end at 17, 27 and 29 s. Each delivery but the first was made while the one before was at work.
#[test]
fn the_visibility_timeout_ran_out_over_a_run() {
    let outcome = world("events -> sqs -> post")
        .items(&[(0.0, 9.0)])
        .post("timeout=10s")
        .post("cold-start.init=8s")
        .strategy("sqs.visibility-timeout=10s")
        .run();
    assert_eq!(causes(&outcome), [(VisibilityTimeout, 2)]);
}

/// Of a batch of three, two are done at 1 and 2 s and the third is killed at 10 s; all three come back at 30 s. The third
/// never has its effect.
#[test]
fn a_batch_of_messages_was_killed_after_the_effect() {
    let outcome = queued()
        .items(&[(0.0, 1.0), (0.0, 1.0), (0.0, 20.0)])
        .lasts("1s", "1h")
        .strategy("sqs.max-receive-count=2")
        .run();
    assert_eq!(causes(&outcome), [(TimeoutAfterEffect, 2)]);
}

/// Each of three runs ends at its first item, after the effect of that. With partial response each goes on to the end, and
/// every item stays for its own error.
#[test]
fn a_message_failed_after_its_effect() {
    for (failure, cause) in [("error", ErrorAfterEffect), ("crash", CrashAfterEffect)] {
        let failing = || {
            let world = queued().burst(10).post(&format!("failures.{failure}=1.0")).post("failures.after-effect=1.0");
            world.post("timeout=30s").strategy("sqs.max-receive-count=3")
        };
        assert_eq!(causes(&failing().run()), [(cause, 2)]);
        let partial = failing().strategy("sqs.partial-batch-response=report-batch-item-failures").run();
        assert_eq!(causes(&partial), [(cause, if failure == "error" { 20 } else { 2 })]);
    }
}

/// Some of ten are poison: what a run did before it came to the first of them is done again by the second and last.
#[test]
fn a_batch_of_messages_failed_at_another() {
    let failing = queued()
        .burst(10)
        .set("run.seed=3")
        .post("failures.poison=0.2")
        .post("timeout=30s")
        .strategy("sqs.max-receive-count=2");
    let outcome = failing.run();
    assert!(outcome.items.processed > 0);
    assert_eq!(causes(&outcome), [(RunFailedAfterEffect, outcome.items.processed)]);
}

// Behind a handler that keeps records: what gets through all the same.

/// A handler whose records are good for 10 s, and whose runs may take 10 s.
fn recorded(flow: &str) -> World {
    world(flow).post("timeout=10s").post("idempotency.expires-after=10s").post("idempotency.store.write-latency=0s")
}

/// Done at 1 s and good until 11 s: what is sent again at 10 s is suppressed, what is sent again at 20 s is not.
#[test]
fn the_record_had_expired() {
    for (after, expected) in [("10s", vec![]), ("20s", vec![(IdempotencyExpired, 3)])] {
        let world = recorded("events -> post")
            .burst(3)
            .stream(&format!("sent-twice={{ probability = 1.0, after = \"{after}\" }}"));
        assert_eq!(causes(&world.run()), expected, "{after}");
    }
}

/// The run crashes at 1 s, after its effect, and is not tried again. What is sent again at 20 s finds a lock that has ended:
/// it is done again for that, not for the crash, which was not on its way.
#[test]
fn the_lock_on_a_record_had_expired() {
    let crashing = recorded("events -> post").post("failures.crash=1.0").post("failures.after-effect=1.0");
    let crashing = crashing.post("idempotency.expires-after=1h").post("async.retries=0");
    let outcome = sent_twice(crashing).stream("sent-twice={ probability = 1.0, after = \"20s\" }").run();
    assert_eq!(causes(&outcome), [(IdempotencyExpired, 1)]);
}

/// The same by a retry of the try that crashed: that it crashed is why it is done again.
#[test]
fn a_crash_before_the_record_was_complete_is_a_crash() {
    let crashing = recorded("events -> post").post("failures.crash=1.0").post("failures.after-effect=1.0");
    assert_eq!(causes(&crashing.post("idempotency.expires-after=1h").run()), [(CrashAfterEffect, 2)]);
}

/// Two minutes after a record of a minute: whatever brings the work back, a kill here, it is the record that would have
/// caught it. A batch of three is killed at its third, and comes back with records that have expired.
#[test]
fn what_a_kill_brings_back_after_the_expiry_was_let_through_by_that() {
    let outcome = recorded("events -> sqs -> post")
        .items(&[(0.0, 1.0), (0.0, 1.0), (0.0, 20.0)])
        .lasts("1s", "1h")
        .strategy("sqs.visibility-timeout=30s")
        .strategy("sqs.max-receive-count=2")
        .run();
    assert_eq!(causes(&outcome), [(IdempotencyExpired, 2)]);
}

/// A handler that goes on without its store, which is down for 10 s from then on, and whose items are sent again after 20 s.
fn alone(mode: &str, down_from: &str) -> World {
    let fault = format!(
        "fault=[{{ name = \"down\", kind = \"unavailable\", on = [\"dynamodb\"], start = \"{down_from}\", \
         duration = \"10s\" }}]"
    );
    world("events -> post")
        .post(&format!("idempotency.mode={mode}"))
        .post("idempotency.on-store-error=proceed")
        .stream("sent-twice={ probability = 1.0, after = \"20s\" }")
        .set(&fault)
}

/// The store is down as the item comes again; as it comes first, so that nobody has kept that it is done; and after its
/// effect, at 1 s, when that was to be kept; the lock of a claim is over by 20 s.
#[test]
fn the_store_was_down_and_the_function_went_on() {
    for mode in ["conditional-write", "check-then-act"] {
        for down_from in ["15s", "0s", "500ms"] {
            let outcome = alone(mode, down_from).post("timeout=10s").run();
            assert_eq!(causes(&outcome), [(StoreFailed, 1)], "{mode}, down from {down_from}");
        }
        assert_eq!(causes(&alone(mode, "5s").run()), [], "{mode}: nobody asks it then");
    }
}

/// Sent again while the first is at work, without a claim as the store was down: a claim would have kept the second from
/// it, a plain check would not.
#[test]
fn a_claim_that_was_never_made_let_a_second_run_begin() {
    for (mode, cause) in [("conditional-write", StoreFailed), ("check-then-act", SentTwice)] {
        let outcome = alone(mode, "0s").post("service-time=30s").run();
        assert_eq!(causes(&outcome), [(cause, 1)], "{mode}");
    }
}

/// The store's failure is no cause of what it would have let through: a record that had expired, a try that died after its
/// effect.
#[test]
fn a_store_that_would_have_let_it_through_is_no_cause() {
    let expired = alone("conditional-write", "15s").post("idempotency.expires-after=10s").post("timeout=10s");
    assert_eq!(causes(&expired.run()), [(IdempotencyExpired, 1)]);
    let failing = world("events -> post")
        .post("idempotency.mode=conditional-write")
        .post("idempotency.store.error=1.0")
        .post("idempotency.on-store-error=proceed")
        .post("failures.error=1.0")
        .post("failures.after-effect=1.0");
    assert_eq!(causes(&failing.run()), [(ErrorAfterEffect, 2)]);
}
