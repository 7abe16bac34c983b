//! The cron batch's mechanics by hand: what a run lists, how long it takes, and what a kill, a retry or the next tick
//! leaves lost, done twice or wasted. A calm world (`common`) has no randomness and no delay but those a test sets.

mod common;

use common::{World, at, latencies, secs, world};
use simctl::model::Outcome;
use simctl::model::outcome::RunTotals;
use simctl::words::LineItem;

/// An hourly batch, sequential, `commit = "per-item"`, `marker = "none"`.
fn batch() -> World {
    world("schedule -> post")
}

/// Ten items of 95 s for a function that is killed at 900 s: it does nine (to 855 s) and is 45 s into the tenth. The
/// retry comes at 960 s. No other tick comes before the end of the run.
fn killed(commit: &str, marker: &str) -> Outcome {
    batch()
        .batch_of(10, 95.0)
        .lasts("59m", "1h")
        .strategy("schedule.expression=rate(1 day)")
        .strategy(&format!("schedule.commit={commit}"))
        .strategy(&format!("schedule.marker={marker}"))
        .strategy("schedule.page-size=4")
        .run()
}

fn runs(outcome: &Outcome) -> RunTotals {
    outcome.functions[0].runs
}

/// (processed, duplicates, lost, left in the backlog).
fn counts(outcome: &Outcome) -> (u64, u64, u64, u64) {
    let items = &outcome.items;
    (items.processed, items.duplicates, items.lost, items.backlog_end)
}

fn pages(outcome: &Outcome) -> u128 {
    outcome.usage.count(LineItem::S3List)
}

/// The second item arrives while the first page is on its way: it is left to the tick at 60 s, which does it at 61 s.
/// Rule [doc] Amazon S3 guide: LIST is strongly consistent.
#[test]
fn a_run_lists_what_is_there_when_its_handler_starts() {
    let outcome = batch()
        .items(&[(0.0, 10.0), (1.0, 1.0)])
        .lasts("30s", "1h")
        .strategy("schedule.expression=rate(1 minute)")
        .strategy("schedule.list-latency=2s")
        .strategy("schedule.page-size=1")
        .run();
    assert_eq!(latencies(&outcome), (secs(12.0 + 62.0), secs(12.0), secs(62.0)));
    assert_eq!((runs(&outcome).invocations, pages(&outcome)), (2, 2));
    assert_eq!(outcome.end, at(63.0));
}

/// 2,500 items of 1 ms, a thousand at once, 1 s a page: done at 1.001, 2.002 and 3.003 s.
///
/// Rule [doc] S3-list: a page of a listing holds at most 1,000 objects.
#[test]
fn a_page_holds_a_thousand_items_and_takes_its_latency() {
    let outcome = batch()
        .burst(2_500)
        .post("service-time=1ms")
        .strategy("schedule.parallel=1000")
        .strategy("schedule.list-latency=1s")
        .run();
    let sum = 1_000.0 * 1.001 + 1_000.0 * 2.002 + 500.0 * 3.003;
    assert_eq!(latencies(&outcome), (secs(sum), secs(1.001), secs(3.003)));
    assert_eq!((pages(&outcome), runs(&outcome).invocations), (3, 1));
    assert_eq!(runs(&outcome).busy, secs(3.003));
}

#[test]
fn a_full_last_page_needs_no_further_one() {
    for (items, expected) in [(999, 1), (1_000, 1), (1_001, 2)] {
        let outcome = batch().burst(items).post("service-time=1ms").strategy("schedule.parallel=100").run();
        assert_eq!(pages(&outcome), expected, "{items} items");
    }
}

/// Four ticks find nothing: each lists one empty page.
///
/// Rule [inferred] S3-list: a listing of nothing is one page, and so one request of the bill.
#[test]
fn a_tick_that_finds_nothing_still_asks() {
    let idle = batch().every("1h", "50m").lasts("1h", "0s").strategy("schedule.expression=rate(15 minutes)");
    let outcome = idle.run();
    assert_eq!((outcome.items.processed, runs(&outcome).invocations, pages(&outcome)), (0, 4, 4));
}

/// 3, 1, 2 and 2 s. One after another: done at 3, 4, 6, 8 s. By two workers: 3; 1, 3; and the last from 3 to 5 s.
#[test]
fn workers_take_the_next_item_when_they_are_free() {
    for (parallel, sum, length) in [(1, 21.0, 8.0), (2, 12.0, 5.0), (4, 8.0, 3.0)] {
        let items = [(0.0, 3.0), (0.0, 1.0), (0.0, 2.0), (0.0, 2.0)];
        let outcome = batch().items(&items).strategy(&format!("schedule.parallel={parallel}")).run();
        assert_eq!(latencies(&outcome).0, secs(sum), "{parallel} at once");
        assert_eq!(runs(&outcome).busy, secs(length), "{parallel} at once");
        assert_eq!((counts(&outcome), runs(&outcome).wasted), ((4, 0, 0, 0), 0));
    }
}

/// Nothing is ever saved: all three tries do the same nine items and are killed in the tenth. Wasted: 45 s, then twice
/// 855 + 45 s.
///
/// Rule [doc] L-time: a run is killed at the function timeout, at most 15 minutes, wherever it is.
#[test]
fn without_a_marker_a_run_that_is_too_long_never_gets_past_its_kill() {
    let outcome = killed("per-item", "none");
    assert_eq!(counts(&outcome), (9, 18, 0, 1));
    assert_eq!((runs(&outcome).timeouts, runs(&outcome).invocations), (3, 3));
    assert_eq!(runs(&outcome).wasted, secs(45.0 + 2.0 * 900.0));
    assert_eq!(runs(&outcome).billed_mb_ms, 3 * 900_000 * 1_024);
}

/// The retry finds the tenth item only: 960 to 1,055 s.
#[test]
fn a_marker_for_each_item_loses_only_the_work_under_way() {
    let outcome = killed("per-item", "per-item");
    assert_eq!(counts(&outcome), (10, 0, 0, 0));
    assert_eq!((runs(&outcome).timeouts, runs(&outcome).invocations), (1, 2));
    assert_eq!((runs(&outcome).wasted, latencies(&outcome).2), (secs(45.0), secs(1_055.0)));
}

/// Two pages of four are recorded; the ninth item is done but its page is not: the retry does it again (960 to 1,055 s)
/// and then the tenth (to 1,150 s).
#[test]
fn a_marker_for_each_page_does_the_unfinished_page_again() {
    let outcome = killed("per-item", "per-page");
    assert_eq!(counts(&outcome), (10, 1, 0, 0));
    assert_eq!((runs(&outcome).wasted, latencies(&outcome).2), (secs(45.0 + 95.0), secs(1_150.0)));
}

/// A kill undoes all nine items, at each of three tries: 900 s each time, and nothing is done.
#[test]
fn effects_at_the_end_are_undone_by_a_kill() {
    let outcome = killed("at-end", "none");
    assert_eq!(counts(&outcome), (0, 0, 0, 10));
    assert_eq!(runs(&outcome).wasted, secs(3.0 * 900.0));
}

/// Progress was saved for eight items whose effects are undone: nothing will look at them again. The retry does the other
/// two and commits both at 960 + 190 s.
#[test]
fn progress_saved_before_effects_loses_items_at_a_kill() {
    let outcome = killed("at-end", "per-page");
    assert_eq!(counts(&outcome), (2, 0, 8, 0));
    assert_eq!(runs(&outcome).wasted, secs(900.0));
    assert_eq!(latencies(&outcome), (secs(2.0 * 1_150.0), secs(1_150.0), secs(1_150.0)));
    let outcome = killed("at-end", "per-item");
    assert_eq!(counts(&outcome), (1, 0, 9, 0));
}

/// Without a kill, effects at the end are durable when the run ends: three items of 1 s all at 3 s.
#[test]
fn effects_at_the_end_become_durable_together() {
    let outcome = batch().batch_of(3, 1.0).strategy("schedule.commit=at-end").run();
    assert_eq!(latencies(&outcome), (secs(9.0), secs(3.0), secs(3.0)));
    // Of 9 s: 1 s of service each; the rest is waiting, before it or for the commit.
    assert_eq!((outcome.items.split.service, outcome.items.split.wait), (secs(3.0), secs(6.0)));
}

/// Nine items of 100 s are done at the very instant of the timeout; the tenth is not, and is begun anew at 960 s.
///
/// Rule [inferred] L-time: what is done at the very instant of the timeout is done in time.
#[test]
fn what_is_done_at_the_instant_of_the_timeout_is_done_in_time() {
    for (items, timeouts, last) in [(9, 0, 900.0), (10, 1, 1_060.0)] {
        let daily = batch().batch_of(items, 100.0).strategy("schedule.expression=rate(1 day)");
        let outcome = daily.strategy("schedule.marker=per-item").run();
        assert_eq!((runs(&outcome).timeouts, latencies(&outcome).2), (timeouts, secs(last)), "{items} items");
        assert_eq!((outcome.items.duplicates, runs(&outcome).wasted), (0, 0));
    }
    let outcome = world("events -> post").post("service-time=15m").run();
    assert_eq!((outcome.items.processed, runs(&outcome).timeouts), (1, 0));
}

/// The third item would end at 1,200 s; the run is killed at 900 s and its retry starts the item anew: 960 to 1,360 s.
/// Nothing that the killed run had planned may touch the retry.
///
/// Rule [doc] L-retry: a run that was killed is retried after one minute, and begins anew.
#[test]
fn a_killed_run_leaves_nothing_behind_for_its_retry() {
    let outcome = batch()
        .batch_of(3, 400.0)
        .strategy("schedule.expression=rate(1 day)")
        .strategy("schedule.marker=per-item")
        .run();
    assert_eq!(counts(&outcome), (3, 0, 0, 0));
    assert_eq!(latencies(&outcome), (secs(400.0 + 800.0 + 1_360.0), secs(400.0), secs(1_360.0)));
    assert_eq!(runs(&outcome).wasted, secs(100.0));
    assert_eq!(runs(&outcome).busy, secs(900.0 + 400.0));
}

/// Ten items of 70 s: 700 s, but the next tick comes after 600 s.
fn overlapping() -> World {
    batch().batch_of(10, 70.0).lasts("25m", "0s").strategy("schedule.expression=rate(10 minutes)")
}

/// At 600 s the second run lists all ten, because the first has saved nothing yet, and does each after the first did:
/// ten duplicates. By the third tick (1,200 s) the first has recorded them all.
#[test]
fn overlapping_runs_list_the_same_items() {
    let outcome = overlapping().run();
    assert_eq!(counts(&outcome), (10, 10, 0, 0));
    assert_eq!((runs(&outcome).wasted, runs(&outcome).invocations), (secs(700.0), 3));
    assert_eq!(outcome.concurrency.max, 2);
    assert_eq!(latencies(&outcome).2, secs(700.0));
}

/// Eight are recorded by 600 s; the ninth (under way to 630 s) and the tenth are done by both runs.
#[test]
fn overlapping_runs_with_a_marker_for_each_item_share_only_what_is_left() {
    let outcome = overlapping().strategy("schedule.marker=per-item").run();
    assert_eq!((counts(&outcome), runs(&outcome).wasted), ((10, 2, 0, 0), secs(140.0)));
}

#[test]
fn a_claim_keeps_other_runs_off() {
    let outcome = overlapping().strategy("schedule.overlap=claim").run();
    assert_eq!((counts(&outcome), runs(&outcome).wasted), ((10, 0, 0, 0), 0));
    assert_eq!(runs(&outcome).invocations, 3);
}

/// A killed run's claims are given up with it: its retry at 960 s takes the tenth item.
#[test]
fn a_claim_ends_with_its_run() {
    let outcome = batch()
        .batch_of(10, 95.0)
        .strategy("schedule.expression=rate(1 day)")
        .strategy("schedule.overlap=claim")
        .strategy("schedule.marker=per-item")
        .run();
    assert_eq!((counts(&outcome), latencies(&outcome).2), ((10, 0, 0, 0), secs(1_055.0)));
}

/// The run that sees another ends at once: 700 s of work and two runs of no length.
#[test]
fn a_lock_makes_the_second_run_end_at_once() {
    let outcome = overlapping().strategy("schedule.overlap=skip").run();
    assert_eq!((counts(&outcome), runs(&outcome).wasted), ((10, 0, 0, 0), 0));
    assert_eq!((runs(&outcome).busy, runs(&outcome).invocations), (secs(700.0), 3));
}

/// A cold start longer than the interval: each run begins while an earlier one starts up. The lock is held from the
/// handler's start, so the first to come to it works: at 70 s.
#[test]
fn a_run_that_only_starts_up_holds_no_lock() {
    let outcome = batch()
        .batch_of(1, 1.0)
        .lasts("5m", "0s")
        .strategy("schedule.expression=rate(1 minute)")
        .strategy("schedule.overlap=skip")
        .post("cold-start.unlogged=70s")
        .run();
    assert_eq!((counts(&outcome), latencies(&outcome).2), ((1, 0, 0, 0), secs(71.0)));
}

/// The second tick is throttled at 600, 601, 603, 607, 615, 631 and 663 s, and runs at 727 s, when nothing is left.
///
/// Rule [doc] L-resv: a reserved concurrency of 1 throttles a second run while the first works.
#[test]
fn reserved_concurrency_of_one_keeps_runs_apart() {
    let outcome = overlapping().post("reserved-concurrency=1").run();
    assert_eq!((counts(&outcome), runs(&outcome).wasted), ((10, 0, 0, 0), 0));
    assert_eq!((runs(&outcome).throttles, outcome.concurrency.max), (7, 1));
}

/// Three items of 2 s fail half-way each; the run goes on and succeeds, and the next tick lists all three again.
#[test]
fn an_item_that_fails_is_left_for_a_later_run() {
    let outcome = batch()
        .batch_of(3, 2.0)
        .lasts("90s", "0s")
        .strategy("schedule.expression=rate(1 minute)")
        .post("failures.error=1.0")
        .run();
    assert_eq!((counts(&outcome), runs(&outcome).wasted), ((0, 0, 0, 3), secs(6.0)));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).retries), (2, 0));
}

/// An item whose error came after its effect is not recorded, and so is done again at the next tick: 60 to 62 s.
#[test]
fn an_item_that_fails_after_its_effect_is_done_again() {
    let outcome = batch()
        .batch_of(1, 2.0)
        .lasts("90s", "0s")
        .strategy("schedule.expression=rate(1 minute)")
        .post("failures.error=1.0")
        .post("failures.after-effect=1.0")
        .run();
    assert_eq!((counts(&outcome), runs(&outcome).wasted), ((1, 1, 0, 0), secs(2.0)));
}

/// The run fails with its first item, at 1 s of 2 s, at each of three tries: at 0, 61 and 182 s. With two at once, the
/// second item is cut off at the same instant.
///
/// Rule [doc] L-retry: an asynchronous invocation that fails is retried twice, after 1 and 2 minutes.
#[test]
fn an_item_that_fails_may_fail_the_run() {
    for (parallel, wasted) in [(1, 3.0), (2, 6.0)] {
        let outcome = batch()
            .batch_of(3, 2.0)
            .lasts("59m", "0s")
            .strategy("schedule.on-item-error=fail")
            .strategy(&format!("schedule.parallel={parallel}"))
            .post("failures.error=1.0")
            .run();
        assert_eq!((counts(&outcome), runs(&outcome).wasted), ((0, 0, 0, 3), secs(wasted)));
        assert_eq!((runs(&outcome).invocations, runs(&outcome).busy), (3, secs(3.0)));
    }
}

/// A crash ends the run whatever is said about errors, and the environment repeats its Init of 4 s inside the next run.
///
/// Rule [doc] L-env: an environment whose run crashed is reset, and the next run repeats its Init.
#[test]
fn a_crash_ends_the_run_and_resets_the_environment() {
    let outcome =
        batch().batch_of(3, 2.0).lasts("59m", "0s").post("failures.crash=1.0").post("cold-start.init=4s").run();
    assert_eq!((counts(&outcome), runs(&outcome).wasted), ((0, 0, 0, 3), secs(3.0)));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).cold_starts), (3, 1));
    assert_eq!(runs(&outcome).billed_mb_ms, 3 * 5_000 * 1_024);
}

/// Init of 4 s is outside the timeout in the first run, which crashes, and inside it in the next: killed at 3 s, before
/// the handler starts.
///
/// Rule [doc] L-env: an Init that is repeated after a reset counts towards the function timeout.
#[test]
fn a_batch_can_be_killed_before_its_handler_starts() {
    let outcome = batch()
        .batch_of(1, 2.0)
        .lasts("59m", "0s")
        .post("failures.crash=1.0")
        .post("cold-start.init=4s")
        .post("timeout=3s")
        .run();
    assert_eq!((runs(&outcome).timeouts, runs(&outcome).invocations, pages(&outcome)), (2, 3, 1));
    assert_eq!(runs(&outcome).wasted, secs(1.0));
}

/// Four, four and two items a minute: done at 1 to 4, 61 to 64 and 121 to 122 s.
#[test]
fn a_run_takes_no_more_than_its_most() {
    let outcome = batch()
        .batch_of(10, 1.0)
        .lasts("1s", "1h")
        .strategy("schedule.expression=rate(1 minute)")
        .strategy("schedule.max-items=4")
        .strategy("schedule.page-size=3")
        .run();
    assert_eq!(latencies(&outcome), (secs(10.0 + 250.0 + 243.0), secs(1.0), secs(122.0)));
    // Pages of 3 and 1, of 3 and 1, and of 2.
    assert_eq!((runs(&outcome).invocations, pages(&outcome)), (3, 5));
}

/// Timed clearing with sequential items: T = 60 s, overhead 5 s, 0.5 s an item, one item each 10 s from 5 s. The tick at
/// 60 s does them at 65.5, 66, … 68 s: 60.5 + 51 + 41.5 + 32 + 22.5 + 13 s.
#[test]
fn items_wait_for_the_tick_the_listing_and_their_turn() {
    let items: Vec<_> = (0..7).map(|n| if n == 0 { (0.0, 0.5) } else { (10.0 * f64::from(n) - 5.0, 0.5) }).collect();
    let outcome = batch()
        .items(&items)
        .lasts("59s", "1h")
        .strategy("schedule.expression=rate(1 minute)")
        .strategy("schedule.list-latency=5s")
        .run();
    // The trace's first item is there for the tick at 0 s, and done at 5.5 s. The item at 5 s came too late for it.
    assert_eq!(latencies(&outcome), (secs(5.5 + 220.5), secs(5.5), secs(60.5)));
    assert_eq!((outcome.items.split.service, outcome.items.split.wait), (secs(3.5), secs(226.0 - 3.5)));
    assert_eq!(outcome.items.split.waited, 7);
}

/// Delay within the minute, hop of the queue, dispatch and cold start, as far as they came after the item: 1 + 2 + 0.5
/// + 3 + 4 s before the handler.
///
/// Rule [inferred] E-sched: a rule fires within the minute of its instant.
#[test]
fn what_passes_before_the_handler_is_felt_by_items_that_were_there() {
    let outcome = batch()
        .items(&[(0.0, 1.0), (9.0, 1.0)])
        .lasts("10s", "0s")
        .set("run.drain=1m")
        .strategy("schedule.delay=1s")
        .post("async.hop=2s")
        .post("warm-dispatch=500ms")
        .post("cold-start.unlogged=3s")
        .post("cold-start.init=4s")
        .run();
    assert_eq!(latencies(&outcome), (secs(11.5 + 3.5), secs(3.5), secs(11.5)));
    // The second came 1.5 s before the handler started: that much of its way was Init. The first felt all 7 s of start-up.
    assert_eq!(outcome.items.split.cold_start, secs(7.0 + 1.5));
    assert_eq!(runs(&outcome).busy, secs(7.5 + 2.0));
}

/// Rule [doc] E-sched: a rule fires by its rate or cron expression, read in UTC.
#[test]
fn schedules_fire_as_they_are_written() {
    for (expression, fired) in [
        ("rate(15 minutes)", 4),
        ("rate(7 minutes)", 9),
        ("rate(1 hour)", 1),
        ("cron(0/15 * * * ? *)", 4),
        ("cron(5 0 * * ? *)", 1),
        ("cron(0/20 0 ? * MON *)", 3),
    ] {
        let idle = batch().every("1h", "59m").lasts("1h", "0s");
        let outcome = idle.strategy(&format!("schedule.expression={expression}")).run();
        assert_eq!(runs(&outcome).invocations, fired, "{expression} in an hour from Monday midnight");
    }
}

/// Rule [doc] E-sched: a cron expression fires at its time of day and not at the start.
#[test]
fn a_cron_waits_for_its_time_of_day() {
    let outcome = batch().strategy("schedule.expression=cron(30 2 * * ? *)").run();
    assert_eq!(latencies(&outcome).0, secs(9_001.0));
}
