//! What a duplicate sees, and how one still gets through: each row of the state machine's two tables, with times by hand.
//! Records are good for an hour; a run may last 30 s. Times are in seconds.

use super::{Check, Claim, Offer, PASSES, Records, Seen, Status, check, claim, complete, withdraw};
use crate::kernel::{Span, Time};

const KEY: u64 = 7;
const EXPIRES_AFTER: Span = Span::from_secs(3_600);
const NO_LAG: Span = Span::ZERO;
const PAYLOAD: u64 = 1;

fn at(seconds: f64) -> Time {
    Time::ZERO + Span::from_secs_f64(seconds)
}

fn offer(sent: f64, deadline: Option<f64>) -> Offer {
    Offer { sent: at(sent), expires_after: EXPIRES_AFTER, deadline: deadline.map(at), payload: PAYLOAD }
}

/// Claims at once, for a run of at most 30 s.
fn run(records: &mut Records<u64>, key: u64, now: f64) -> Claim {
    claim(records, at(now), key, &offer(now, Some(now + 30.0)), Span::from_secs(172_800))
}

/// The same without the Lambda context.
fn run_without_lock(records: &mut Records<u64>, now: f64) -> Claim {
    claim(records, at(now), KEY, &offer(now, None), Span::from_secs(172_800))
}

fn returns(records: &mut Records<u64>, now: f64) {
    complete(records, at(now), KEY, &offer(now, None), Span::from_secs(172_800));
}

/// What a duplicate sees at `now`.
fn duplicate(records: &mut Records<u64>, now: f64) -> Result<Claim, Seen> {
    match run(records, KEY, now) {
        Claim::Refused(record) => Err(record.seen(at(now), PAYLOAD, false)),
        claimed => Ok(claimed),
    }
}

// What a duplicate sees.

/// Claimed at 0 s, at work until 10 s: a duplicate at 5 s.
///
/// Rule [doc] I-pt: while the first run is at work a duplicate's invocation fails with AlreadyInProgress.
#[test]
fn while_the_first_run_works_a_duplicate_fails() {
    let mut records = Records::new();
    assert_eq!(run(&mut records, KEY, 0.0), Claim::Fresh);
    assert_eq!(duplicate(&mut records, 5.0), Err(Seen::AlreadyInProgress));
}

/// Returned at 10 s: a duplicate at 11 s, and one an hour later.
///
/// Rule [doc] I-pt: once the first run has returned, a duplicate is given its stored result and does not run.
#[test]
fn once_the_first_run_has_returned_a_duplicate_gets_its_result() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    returns(&mut records, 10.0);
    assert_eq!(duplicate(&mut records, 11.0), Err(Seen::Stored));
    assert_eq!(duplicate(&mut records, 3_610.0), Err(Seen::Stored));
}

/// Returned at 10.9 s: good until the whole second 3,610 is over, so at 3,610.999 s still, at 3,611 s no more.
///
/// Rule [doc] I-pt: a record is good for expires_after from the end of the work, in whole seconds and strictly; then a duplicate runs again.
#[test]
fn a_record_expires_strictly_in_whole_seconds() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    returns(&mut records, 10.9);
    assert_eq!(duplicate(&mut records, 3_610.999), Err(Seen::Stored));
    assert_eq!(duplicate(&mut records, 3_611.0), Ok(Claim::AfterExpiry));
}

/// Raised at 3 s: a duplicate at 4 s runs.
///
/// Rule [doc] I-pt: a run that raises deletes its record, so that a retry runs again.
#[test]
fn a_run_that_raises_deletes_its_record() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    withdraw(&mut records, KEY);
    assert_eq!(duplicate(&mut records, 4.0), Ok(Claim::Fresh));
}

/// Claimed at 0 s and never heard of again. The lock is 30,000 ms: at 30.0009 s it holds still, at 30.001 s no more.
///
/// Rule [doc] I-pt: a crash or a timeout leaves the record in progress; it is locked until the run's own time is over, in whole milliseconds and strictly.
#[test]
fn what_a_crash_leaves_is_locked_until_the_runs_time_is_over() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    assert_eq!(duplicate(&mut records, 30.0009), Err(Seen::AlreadyInProgress));
    assert_eq!(duplicate(&mut records, 30.001), Ok(Claim::AfterLock));
}

/// The same without the Lambda context: blocked for the whole hour, 3,600 s and the second of it.
///
/// Rule [doc] I-pt: without the Lambda context what a crash leaves is blocked until the record itself expires: retries are lost, not duplicated.
#[test]
fn without_the_context_what_a_crash_leaves_is_blocked_until_the_record_expires() {
    let mut records = Records::new();
    run_without_lock(&mut records, 0.0);
    assert_eq!(duplicate(&mut records, 3_600.999), Err(Seen::AlreadyInProgress));
    assert_eq!(duplicate(&mut records, 3_601.0), Ok(Claim::AfterExpiry));
}

// The passes.

/// The claim is sent at 3,610.99 s, while the record is good, and its answer is read at 3,611.01 s: expired by then.
/// The second pass succeeds.
///
/// Rule [doc] I-pt: what has expired between the claim and its answer is an inconsistent state, and is claimed again at once, in three passes at most.
#[test]
fn what_expires_on_the_way_is_claimed_again() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    returns(&mut records, 10.0);
    let refused = claim(&mut records, at(3_611.0), KEY, &offer(3_610.99, None), NO_LAG);
    let Claim::Refused(record) = refused else { panic!("the claim's own clock is that of its sending: {refused:?}") };
    assert_eq!((record.status(), record.seen(at(3_611.01), PAYLOAD, false)), (Status::Completed, Seen::Inconsistent));
    assert_eq!(claim(&mut records, at(3_611.01), KEY, &offer(3_611.01, None), NO_LAG), Claim::AfterExpiry);
    assert_eq!(PASSES, 3);
}

/// The same with a lock: sent at 30.000 s, read at 30.002 s.
#[test]
fn a_lock_that_ends_on_the_way_is_inconsistent_too() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    let Claim::Refused(record) = run(&mut records, KEY, 30.0) else { panic!("locked up to 30 s") };
    assert_eq!(record.seen(at(30.002), PAYLOAD, false), Seen::Inconsistent);
}

/// A duplicate with another payload, while the first works and when it has returned.
///
/// Rule [doc] I-pt: with payload validation another payload under a known key fails the invocation; without it the stored result is returned.
#[test]
fn another_payload_under_a_known_key_is_an_error_if_payloads_are_validated() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    returns(&mut records, 10.0);
    let Claim::Refused(record) = run(&mut records, KEY, 11.0) else { panic!("it is there") };
    assert_eq!(record.seen(at(11.0), PAYLOAD + 1, true), Seen::OtherPayload);
    assert_eq!(record.seen(at(11.0), PAYLOAD + 1, false), Seen::Stored);
    assert_eq!(record.seen(at(11.0), PAYLOAD, true), Seen::Stored);
}

// How duplicates still get through.

/// (1) Redelivered out of a dead-letter queue a day later: an hour is shorter than what sources keep.
///
/// Rule [doc] I-pt: a redelivery later than expires_after runs again, however long the source keeps its messages.
#[test]
fn a_late_redelivery_runs_again() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    returns(&mut records, 1.0);
    assert_eq!(duplicate(&mut records, 86_400.0), Ok(Claim::AfterExpiry));
}

/// (2) The effect was at 2 s, the crash before the record was completed: the retry at 31 s repeats the effect.
///
/// Rule [doc] I-pt: a crash between the effect and the completed record lets the retry repeat the effect when the lock is over.
#[test]
fn a_crash_before_the_record_is_completed_lets_the_retry_through() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    assert_eq!(duplicate(&mut records, 31.0), Ok(Claim::AfterLock));
}

/// (3) It raised after its effect: the record is gone and the retry repeats what was done.
///
/// Rule [doc] I-pt: an exception after part of the work deletes the record, so that the retry repeats that part.
#[test]
fn an_exception_after_the_effect_lets_the_retry_through() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    withdraw(&mut records, KEY);
    assert_eq!(run(&mut records, KEY, 60.0), Claim::Fresh);
}

/// (4) The producer sends again, with a new id.
///
/// Rule [doc] I-pt: what a producer sends again under a new id is not recognised.
#[test]
fn a_new_id_for_each_sending_lets_it_through() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    returns(&mut records, 1.0);
    assert_eq!(run(&mut records, KEY + 1, 2.0), Claim::Fresh);
}

/// (5) The first owner is slow: its lock ends at 30 s, a second takes over at 31 s, and at 32 s the first raises and
/// deletes the record of the second, so that a third runs at 33 s beside it.
///
/// Rule [doc] I-pt: records are updated and deleted without a condition, so a slow first owner may delete or overwrite the record of the second.
#[test]
fn a_slow_first_owner_deletes_the_record_of_the_second() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    assert_eq!(run(&mut records, KEY, 31.0), Claim::AfterLock);
    withdraw(&mut records, KEY);
    assert_eq!(run(&mut records, KEY, 33.0), Claim::Fresh);
    // Or it returns and completes it, while the second is at work still.
    returns(&mut records, 34.0);
    assert_eq!(duplicate(&mut records, 35.0), Err(Seen::Stored));
}

/// (7) A key that is too narrow, say the customer's: another item of that customer is taken for a duplicate.
///
/// Rule [doc] I-pt: a key that is too narrow makes false duplicates: another item's stored result is returned.
#[test]
fn a_key_that_two_items_share_makes_a_false_duplicate() {
    let mut records = Records::new();
    run(&mut records, KEY, 0.0);
    returns(&mut records, 1.0);
    assert_eq!(duplicate(&mut records, 2.0), Err(Seen::Stored), "whichever item asks");
}

/// (8) Each Region has a table of its own.
///
/// Rule [doc] I-pt: tables of several Regions do not know of each other: each lets the first delivery through.
#[test]
fn a_table_in_another_region_knows_nothing() {
    let mut regions = [Records::new(), Records::new()];
    assert_eq!(regions.each_mut().map(|records| run(records, KEY, 0.0)), [Claim::Fresh; 2]);
}

/// Deleted two days after its expiry at 3,610 s: at 4,000 s the record is there still, and a claim replaces it.
///
/// Rule [doc] I-pt: the lag of the time to live never causes an early or a late run, for the condition looks at the expiry itself.
#[test]
fn the_deletion_lag_changes_nothing() {
    for lag in [NO_LAG, Span::from_secs(172_800)] {
        let mut records = Records::new();
        claim(&mut records, at(0.0), KEY, &offer(0.0, None), lag);
        complete(&mut records, at(10.0), KEY, &offer(10.0, None), lag);
        let early = claim(&mut records, at(3_609.0), KEY, &offer(3_609.0, None), lag);
        assert!(matches!(early, Claim::Refused(_)), "{early:?}");
        let late = claim(&mut records, at(4_000.0), KEY, &offer(4_000.0, None), lag);
        assert_eq!(late, Claim::AfterExpiry, "deleted or not");
    }
}

// A check before the work.

/// Two runs read at 0 s and 0.5 s; the first writes its record at 1 s.
///
/// Rule [inferred] I-cta: a handler that checks, works and then writes lets every run through that checks before the first has written.
#[test]
fn two_runs_at_once_both_find_nothing() {
    let mut records = Records::new();
    assert_eq!([0.0, 0.5].map(|now| check(&records, at(now), KEY, NO_LAG)), [Check::Nothing; 2]);
    returns(&mut records, 1.0);
    assert_eq!([1.0, 3_602.0].map(|now| check(&records, at(now), KEY, NO_LAG)), [Check::Done, Check::Expired]);
}

/// Written at 1 s: a read at 1.2 s that is half a second behind misses it.
///
/// Rule [doc] D-read: an eventually consistent check may miss a record that was written a moment ago.
#[test]
fn an_eventually_consistent_check_may_miss_the_record() {
    let mut records = Records::new();
    returns(&mut records, 1.0);
    let behind = Span::from_millis(500);
    let found = [1.2, 1.6].map(|now| check(&records, at(now), KEY, behind));
    assert_eq!(found, [Check::Nothing, Check::Done]);
}
