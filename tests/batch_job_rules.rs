//! AWS Batch by hand: what a job between a schedule and its Fargate task adds. All else is in `fargate_rules`.

mod common;

use common::{World, at, latencies, secs, world};
use simctl::model::Outcome;
use simctl::model::outcome::RunTotals;
use simctl::words::LineItem;

/// An hourly job, whose scheduler takes 10 s and whose task starts at once.
fn job() -> World {
    world("schedule -> post")
        .strategy("post.platform=fargate")
        .strategy("post.vcpu=1")
        .strategy("post.memory=2GB")
        .strategy("post.start-up=0s")
        .strategy("post.duplicate-probability=0.0")
        .strategy("post.via=batch")
        .strategy("post.scheduler-delay=10s")
}

fn runs(outcome: &Outcome) -> RunTotals {
    outcome.functions[0].runs
}

/// (processed, duplicates, lost, left in the backlog).
fn counts(outcome: &Outcome) -> (u64, u64, u64, u64) {
    let items = &outcome.items;
    (items.processed, items.duplicates, items.lost, items.backlog_end)
}

/// 10 s of the scheduler and 40 s of start-up, then an item of 1 s.
///
/// Rule [inferred] Bt-start: a job waits 5 to 60 s for the scheduler before its task starts up.
#[test]
fn a_job_waits_for_the_scheduler_and_then_starts_up() {
    let outcome = job().burst(1).strategy("post.start-up=40s").run();
    assert_eq!(latencies(&outcome), (secs(51.0), secs(51.0), secs(51.0)));
}

/// Unset, the delay is uniform between 5 and 60 s: with an item of 1 s it is done between 6 and 61 s.
#[test]
fn without_a_setting_the_scheduler_takes_5_to_60_seconds() {
    let outcome = job().burst(1).strategy("post.scheduler-delay={ uniform = { low = \"5s\", high = \"60s\" } }").run();
    let (least, most) = (latencies(&outcome).1, latencies(&outcome).2);
    assert!(least == most && (secs(6.0)..=secs(61.0)).contains(&least), "{least}");
}

/// The process fails half-way through its item of 2 s, each time: attempts begin at 10, 21 and 32 s, and end a second later.
///
/// Rule [doc*] Bt-job: an attempt that fails is followed by another, 1 to 10 in all.
#[test]
fn a_job_repeats_a_task_that_failed() {
    let failing = || {
        job()
            .burst(1)
            .lasts("59m", "0s")
            .post("service-time=2s")
            .post("failures.error=1.0")
            .strategy("schedule.on-item-error=fail")
    };
    let thrice = failing().strategy("post.attempts=3").run();
    assert_eq!((runs(&thrice).invocations, runs(&thrice).retries, runs(&thrice).busy), (3, 2, secs(3.0)));
    assert_eq!(counts(&thrice), (0, 0, 0, 1));
    // A minute each.
    assert_eq!(thrice.usage.count(LineItem::FargateX86CpuUnitS), 3 * 60 * 1_024);
    let once = failing().run();
    assert_eq!((runs(&once).invocations, runs(&once).retries), (1, 0));
}

/// Ten items of 70 s: seven are done in 500 s, at which the attempt is ended; the job has attempts left, and yet nothing
/// happens before the next firing.
///
/// Rule [doc*] Bt-time: an attempt is ended at its timeout, 60 s or more, and the job is not tried again.
#[test]
fn an_attempt_is_ended_at_its_timeout_and_the_job_with_it() {
    let outcome = job()
        .batch_of(10, 70.0)
        .lasts("59m", "0s")
        .strategy("post.attempts=3")
        .strategy("post.attempt-timeout=500s")
        .strategy("schedule.marker=per-item")
        .run();
    assert_eq!((runs(&outcome).invocations, runs(&outcome).timeouts, runs(&outcome).busy), (1, 1, secs(500.0)));
    assert_eq!(counts(&outcome), (7, 0, 0, 3));
    assert_eq!(runs(&outcome).wasted, secs(10.0));
}

/// 1 vCPU for two jobs, the second fired at 600 s while the first works to 710 s: it looks every 10 s from 610 s on, for
/// the last time in vain at the instant when the first ends, and finds the processor free at 720 s, when nothing is left.
///
/// Rule [doc*] Bt-job: a job without capacity stays RUNNABLE and spends no attempt; RunTask alone would be given up.
#[test]
fn a_job_waits_for_capacity() {
    let outcome = job()
        .batch_of(10, 70.0)
        .lasts("15m", "0s")
        .set("account.fargate-vcpus=1")
        .strategy("schedule.expression=rate(10 minutes)")
        .strategy("schedule.marker=per-item")
        .run();
    assert_eq!((runs(&outcome).invocations, runs(&outcome).throttles), (2, 11));
    assert_eq!((counts(&outcome), outcome.end), ((10, 0, 0, 0), at(900.0)));
}

/// Rule [doc*] Bt-job: a job costs nothing beside its tasks.
#[test]
fn a_job_has_no_price_of_its_own() {
    let outcome = job().burst(1).run();
    let rows = LineItem::ALL.into_iter().filter(|&row| outcome.usage.count(row) > 0);
    assert!(rows.eq([LineItem::S3List, LineItem::FargateX86CpuUnitS, LineItem::FargateX86MbS]));
}
