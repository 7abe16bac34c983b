//! Lambda's documented rules, one test each, with the arithmetic by hand. A calm world (`common`) has no randomness and
//! no delay but those a test sets; a function serves an item in a second on 1,024 MB.

mod common;

use common::{World, figure, function, latencies, secs, world};
use simctl::experiment;
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::model::outcome::RunTotals;
use simctl::pricing::{FreeTier, PriceBook};
use simctl::words::LineItem;

fn post() -> World {
    world("events -> post")
}

fn runs(outcome: &Outcome) -> RunTotals {
    outcome.functions[0].runs
}

/// Billed milliseconds on demand, of a function of 1,024 MB.
fn billed_ms(outcome: &Outcome) -> u128 {
    let mb_ms = outcome.usage.count(LineItem::LambdaX86MbMs);
    assert_eq!(mb_ms % 1_024, 0);
    mb_ms / 1_024
}

/// Rule [doc] L-conc: One request at a time in an environment; a request takes an idle one or gets a new one; busy environments queue nothing.
#[test]
fn an_environment_serves_one_request_at_a_time() {
    let outcome = post().burst(3).run();
    assert_eq!((outcome.functions[0].environments_max, runs(&outcome).cold_starts), (3, 3));
    assert_eq!(outcome.concurrency.max, 3);
    assert_eq!(latencies(&outcome), (secs(3.0), secs(1.0), secs(1.0)), "none waits for another");
}

/// Two at once make two environments. Single items every 100 s then go to the one used last, so the other is idle for
/// more than 600 s when two come at once again: 3 cold starts. Taking turns would have kept both warm: 2.
/// Rule [measured] M-pacs, 21,969 of 22,092 choices: The most recently used idle environment is chosen.
#[test]
fn the_most_recently_used_environment_is_chosen() {
    let mut items = vec![(0.0, 1.0), (0.0, 1.0)];
    items.extend((1..=11).map(|n| (100.0 * f64::from(n), 1.0)));
    items.extend([(1_150.0, 1.0), (1_150.0, 1.0)]);
    let outcome = post().items(&items).post("idle.ttl=600s").run();
    assert_eq!(runs(&outcome).cold_starts, 3);
}

/// 0.25 s dispatch + 2 s unlogged + 3 s Init + 1 s service = 6.25 s; billed are Init and service. The timeout of 2 s is
/// shorter than the Init, which is outside it.
/// Rule [doc] L-env, L-time: The first Init is outside the function timeout.
/// Rule [inferred] defaults: Init, unlogged part and dispatch are drawn for each environment and each run.
#[test]
fn a_cold_start_is_felt_whole_its_init_is_billed_and_outside_the_timeout() {
    let cold = post().post("cold-start.unlogged=2s").post("cold-start.init=3s").post("warm-dispatch=250ms");
    let outcome = cold.post("timeout=2s").run();
    assert_eq!(latencies(&outcome).0, secs(6.25));
    let split = outcome.items.split;
    assert_eq!((split.hop, split.cold_start, split.service), (secs(0.25), secs(5.0), secs(1.0)));
    assert_eq!((split.wait, split.back_off), (0, 0));
    assert_eq!((runs(&outcome).timeouts, runs(&outcome).cold_starts), (0, 1));
    assert_eq!(billed_ms(&outcome), 4_000);
    assert_eq!(runs(&outcome).busy, secs(6.25));
}

/// Init of 12 s is cut at 10 s and done again inside the run: 10 + 12 + 1 = 23 s. The failed one is billed as part of
/// the run that repeats it: 13 s.
/// Rule [doc] L-env: Init is given up after 10 s and repeated inside the first run and its timeout (on-demand environments).
/// Rule [doc] B-init: A failed Init that is repeated is billed as part of that run.
#[test]
fn an_init_over_ten_seconds_is_repeated_inside_the_run() {
    let outcome = post().post("cold-start.init=12s").post("timeout=13s").run();
    assert_eq!((latencies(&outcome).0, runs(&outcome).timeouts), (secs(23.0), 0));
    assert_eq!(billed_ms(&outcome), 13_000);
}

/// The same with a timeout of 12 s: 12 + 1 s do not fit, at any of the three tries.
/// Rule [doc] L-env, L-trbl: After a crash or timeout the environment is reset, not replaced; its next run repeats Init, inside its Duration and timeout ("suppressed init").
#[test]
fn a_repeated_init_counts_against_the_timeout() {
    let outcome = post().post("cold-start.init=12s").post("timeout=12s").run();
    assert_eq!((runs(&outcome).timeouts, outcome.items.lost), (3, 1));
    assert_eq!(billed_ms(&outcome), 36_000);
    assert_eq!(runs(&outcome).cold_starts, 1, "the environment is reset, not replaced");
}

/// Crash half-way through 2 s of service, after an Init of 4 s: 5 s billed. The retry repeats Init inside the run: 5 s
/// again, but not as a cold start.
/// Rule [doc] L-env, L-trbl: After a crash or timeout the environment is reset, not replaced; its next run repeats Init, inside its Duration and timeout ("suppressed init").
/// Rule [doc] L-trbl: Running out of memory crashes the process, and that resets the environment.
#[test]
fn a_crash_resets_the_environment_and_init_is_repeated_in_the_next_run() {
    let crashing = || post().post("failures.crash=1.0").post("cold-start.init=4s").post("service-time=2s");
    let outcome = crashing().post("async.retries=1").run();
    assert_eq!((runs(&outcome).invocations, runs(&outcome).cold_starts), (2, 1));
    assert_eq!((billed_ms(&outcome), runs(&outcome).timeouts), (10_000, 0));
    assert_eq!(runs(&outcome).wasted, secs(1.0 + 5.0), "the first run's Init is no processing");
    let outcome = crashing().post("async.retries=1").post("timeout=4s").run();
    assert_eq!(runs(&outcome).timeouts, 1, "4 + 1 s are over a timeout of 4 s only where Init is inside it");
}

/// Init 4 s, timeout 3 s. The first item needs 5 s and times out, which resets the environment: now each of its retries,
/// and each try of the second item (which needs 1 s only), spends its 3 s in Init. After 600 idle seconds a new
/// environment is made, with Init outside the timeout: the third item is done.
/// Rule [doc] L-trbl; measured M-stuy: Init longer than the timeout: every run in a reset environment times out until it is replaced.
#[test]
fn the_doom_loop_lasts_until_a_new_environment_is_made() {
    let outcome =
        post().items(&[(0.0, 5.0), (20.0, 1.0), (2_000.0, 1.0)]).post("cold-start.init=4s").post("timeout=3s").run();
    assert_eq!((runs(&outcome).invocations, runs(&outcome).timeouts), (7, 6));
    assert_eq!((outcome.items.processed, outcome.items.lost), (1, 2));
    assert_eq!(runs(&outcome).cold_starts, 2);
    assert_eq!(latencies(&outcome).0, secs(5.0));
}

/// The handler raises an error half-way: no reset, so that the retries have no Init and no timeout of 3 s is reached.
/// Rule [inferred] from L-env: An error that the handler returns does not reset the environment.
#[test]
fn a_handler_error_keeps_the_environment() {
    let outcome = post().post("failures.error=1.0").post("cold-start.init=4s").post("timeout=3s").run();
    assert_eq!((runs(&outcome).invocations, runs(&outcome).timeouts, runs(&outcome).cold_starts), (3, 0, 1));
    assert_eq!(billed_ms(&outcome), 4_000 + 3 * 500);
    assert_eq!(runs(&outcome).wasted, secs(1.5));
}

/// Idle from 1 s: warm at 600 s (599 s idle), gone at 1,201 s (600 s idle).
#[test]
fn an_idle_environment_ends_after_its_time_to_live() {
    let outcome = post().items(&[(0.0, 1.0), (600.0, 1.0), (1_201.0, 1.0)]).post("idle={ ttl = \"600s\" }").run();
    assert_eq!(runs(&outcome).cold_starts, 2);
}

/// Eight environments idle from 1 s; at 381 s four are left, so that four of eight start cold; at 380 s none would.
#[test]
fn half_of_the_idle_environments_end_every_380_seconds() {
    for (second_burst, cold) in [(380.0, 8), (381.0, 12)] {
        let items: Vec<_> = [(0.0, 1.0); 8].into_iter().chain([(second_burst, 1.0); 8]).collect();
        let outcome = post().items(&items).post("idle={ half-every = \"380s\" }").run();
        assert_eq!(runs(&outcome).cold_starts, cold, "second burst at {second_burst} s");
    }
}

/// An item every 5 minutes keeps one environment warm for two hours, and no longer.
/// Rule [measured] M-pacs, M-xeb; spread inferred: Longest life about 2 h under steady traffic, default 7,200 s + U(0, 180 s).
#[test]
fn an_environment_ends_at_its_longest_life() {
    let steady = || post().every("5m", "0s").lasts("7201s", "1h");
    assert_eq!(runs(&steady().run()).cold_starts, 2, "at 0 s and at 7,200 s");
    assert_eq!(runs(&steady().lasts("7200s", "1h").run()).cold_starts, 1);
}

/// Rule [measured] M-pacs, 81 of 181 on busy functions: Part of the replacements at the end of a life is felt by nobody: 0.45.
#[test]
fn a_replacement_ahead_of_need_is_felt_by_nobody() {
    let outcome = post().every("5m", "0s").lasts("7201s", "1h").post("hidden-replacement=1.0").run();
    assert_eq!(runs(&outcome).cold_starts, 1);
}

/// 1,001 at once: the last is throttled, and runs a second later.
/// Rule [doc] L-lim: 1,000 concurrent runs in the account, shared.
#[test]
fn the_account_runs_a_thousand_at_once() {
    let outcome = post().burst(1_001).set("account.scaling-burst=5000").post("service-time=500ms").run();
    assert_eq!((runs(&outcome).throttles, outcome.concurrency.max), (1, 1_000));
    assert_eq!(latencies(&outcome), (secs(1_000.0 * 0.5 + 1.5), secs(0.5), secs(1.5)));
}

/// 101 items to both branches of an account of 200, 50 of which `a` reserves. `a`: 50 run, 51 are throttled; a second
/// later 50 run and 1 is throttled again: 52. `b` has 150 left for it: none.
/// Rule [doc] L-resv, L-conc: Reserved concurrency is a cap and a guarantee.
#[test]
fn reserved_concurrency_is_a_cap_and_leaves_the_rest_to_others() {
    let outcome = world("events -> [a, b]")
        .burst(101)
        .set("account.concurrency=200")
        .set("functions.a.reserved-concurrency=50")
        .set("functions.a.service-time=500ms")
        .run();
    let throttles = ["a", "b"].map(|label| function(&outcome, label).runs.throttles);
    assert_eq!(throttles, [52, 0]);
    assert_eq!(function(&outcome, "a").concurrency.max, 50);
}

/// The account has 200, `a` reserves 100, so `b` has 100. `b` is busy for a minute with the first hundred items: of the
/// hundred at 10 s all are throttled in `b` and none in `a`.
/// Rule [doc] L-resv, L-conc: Reserved concurrency is a cap and a guarantee.
#[test]
fn reserved_concurrency_is_a_guarantee() {
    let items: Vec<_> = [(0.0, 5.0); 100].into_iter().chain([(10.0, 5.0); 100]).collect();
    let outcome = world("events -> [a, b]")
        .items(&items)
        .lasts("11s", "0s")
        .set("account.concurrency=200")
        .set("functions.a.reserved-concurrency=100")
        .set("functions.b.memory=128MB")
        .set("functions.b.measured-at=1769MB")
        .set("functions.b.cpu-share=1.0")
        .run();
    // On 128 MB `b` takes 5 s × 1,769 / 128 = 69 s.
    assert_eq!(function(&outcome, "a").runs.throttles, 0);
    assert!(function(&outcome, "b").runs.throttles >= 100);
    assert_eq!(function(&outcome, "b").concurrency.max, 100);
}

/// Rule [doc] L-resv: Reserved 0 blocks the function: events are given up without retries.
#[test]
fn reserved_concurrency_zero_gives_events_up_without_retries() {
    let blocked = || post().burst(3).post("reserved-concurrency=0");
    let outcome = blocked().run();
    let totals = runs(&outcome);
    assert_eq!((totals.attempts, totals.throttles, totals.retries, totals.invocations), (3, 3, 0, 0));
    assert_eq!(outcome.items.lost, 3);
    let outcome = blocked().post("async.on-failure=dead-letter-queue").run();
    assert_eq!((outcome.items.lost, outcome.items.dead_lettered), (0, 3));
}

/// Two provisioned environments take two of three items at once; the third starts cold on demand.
/// Rule [doc] L-conc, L-pc: Provisioned environments come first; what exceeds them, or 10 requests/s for each, runs on demand, unless all that is reserved is provisioned.
#[test]
fn provisioned_concurrency_spills_over() {
    let outcome = post().burst(3).post("provisioned-concurrency=2").post("cold-start.init=4s").run();
    assert_eq!((runs(&outcome).cold_starts, runs(&outcome).throttles), (1, 0));
    assert_eq!(latencies(&outcome), (secs(1.0 + 1.0 + 5.0), secs(1.0), secs(5.0)));
    assert_eq!(outcome.usage.count(LineItem::ProvisionedX86MbMs), 2 * 1_000 * 1_024);
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), 5_000 * 1_024);
}

/// Reserved and provisioned are both 2: the third item is throttled and runs a second later.
/// Rule [doc] L-conc, L-pc: Provisioned environments come first; what exceeds them, or 10 requests/s for each, runs on demand, unless all that is reserved is provisioned.
#[test]
fn provisioned_concurrency_that_is_all_that_is_reserved_throttles() {
    let outcome = post().burst(3).post("provisioned-concurrency=2").post("reserved-concurrency=2").run();
    assert_eq!((runs(&outcome).throttles, runs(&outcome).cold_starts), (1, 0));
    assert_eq!(latencies(&outcome).2, secs(2.0));
}

/// Two environments are kept ready for the hour in which items arrive, whatever comes: all work is done after 1 s.
/// Rule [doc] price page: Provisioned concurrency is paid while it is configured.
#[test]
fn provisioned_concurrency_is_paid_while_items_may_arrive() {
    let outcome = post().post("provisioned-concurrency=2").run();
    assert_eq!(outcome.end, common::at(3_600.0));
    assert_eq!(outcome.usage.count(LineItem::ProvisionedReadyX86MbMs), 2 * 3_600_000 * 1_024);
}

/// 50 items in a second on one provisioned environment, each 10 ms: its bucket of 10 refilled by 10 a second admits
/// floor(10 + 9.8) = 19 of them up to 0.98 s; 31 run on demand.
/// Rule [doc] L-conc, L-pc: Provisioned environments come first; what exceeds them, or 10 requests/s for each, runs on demand, unless all that is reserved is provisioned.
#[test]
fn provisioned_concurrency_admits_ten_requests_a_second_for_each_unit() {
    let outcome =
        post().every("20ms", "0s").lasts("1s", "1m").post("service-time=10ms").post("provisioned-concurrency=1");
    let outcome = outcome.run();
    assert_eq!(outcome.usage.count(LineItem::ProvisionedX86MbMs), 19 * 10 * 1_024);
    assert_eq!(billed_ms(&outcome), 31 * 10);
}

/// The same with all that is reserved provisioned: what exceeds ten requests a second is throttled, and nothing runs on
/// demand, though the one environment is idle half of the time.
/// Rule [doc] L-conc, L-pc: Provisioned environments come first; what exceeds them, or 10 requests/s for each, runs on demand, unless all that is reserved is provisioned.
#[test]
fn provisioned_concurrency_that_is_all_that_is_reserved_throttles_what_exceeds_its_rate() {
    let outcome = post()
        .every("20ms", "0s")
        .lasts("1s", "10m")
        .post("service-time=10ms")
        .post("provisioned-concurrency=1")
        .post("reserved-concurrency=1")
        .run();
    assert!(runs(&outcome).throttles >= 31);
    assert_eq!(outcome.usage.count(LineItem::ProvisionedX86MbMs), 50 * 10 * 1_024);
    assert_eq!((billed_ms(&outcome), outcome.items.processed), (0, 50));
}

/// 100 requests a second of 10 ms each use one environment of a reserved concurrency of 1: ten times its requests-per-second
/// limit, which asynchronous invocations do not have.
/// Rule [doc] L-conc: Asynchronous invokes have no limit of requests a second.
#[test]
fn asynchronous_invocations_have_no_requests_per_second_limit() {
    let outcome =
        post().every("10ms", "0s").lasts("2s", "1m").post("service-time=9ms").post("reserved-concurrency=1").run();
    assert_eq!((runs(&outcome).throttles, outcome.items.processed), (0, 200));
}

/// 1,500 at once for a minute each. 1,000 start; after 1 s the bucket has 100 more, 2 s later 200 more, 4 s later 400, of
/// which the last 200 need half.
/// Rule [doc] L-scale, B-scale: 1,000 new environments each 10 s for each function; refilled continuously, never more than 1,000.
#[test]
fn a_function_adds_a_thousand_environments_each_ten_seconds() {
    let outcome = post().burst(1_500).set("account.concurrency=10000").post("service-time=60s").run();
    let totals = runs(&outcome);
    assert_eq!((totals.throttles, totals.attempts, totals.invocations), (500 + 400 + 200, 2_600, 1_500));
    let sum = 1_000.0 * 60.0 + 100.0 * 61.0 + 200.0 * 63.0 + 200.0 * 67.0;
    assert_eq!(latencies(&outcome), (secs(sum), secs(60.0), secs(67.0)));
    assert_eq!(outcome.items.split.back_off, secs(100.0 + 600.0 + 1_400.0));
}

/// The second item is throttled at 0, 1, 3, 7, 15, 31, 63, 127, 255, 511 s, then waits 300 s: it runs at 811 s.
#[test]
fn throttled_events_back_off_from_one_second_to_five_minutes() {
    let outcome = post().items(&[(0.0, 800.0), (0.0, 1.0)]).post("reserved-concurrency=1").run();
    assert_eq!(runs(&outcome).throttles, 10);
    assert_eq!(latencies(&outcome).2, secs(812.0));
    assert_eq!(outcome.items.split.back_off, secs(811.0));
}

/// Both items fail at every run; throttled tries in between do not count among their three.
/// Rule [doc] L-metr: A throttle is no invocation, no error, and free.
/// Rule [doc] L-async: Throttles use up no retries.
#[test]
fn throttles_use_up_no_retries() {
    let outcome = post()
        .items(&[(0.0, 800.0), (0.0, 1.0)])
        .post("reserved-concurrency=1")
        .post("failures.error=1.0")
        .post("failures.fails-at=1.0")
        .run();
    assert!(runs(&outcome).throttles >= 10);
    assert_eq!((runs(&outcome).invocations, outcome.items.lost), (6, 2));
}

/// Runs of 1 s at 0 s, 61 s (1 min later) and 182 s (2 min later), then given up at 183 s.
/// Rule [doc] L-async: Function errors (also timeouts and crashes) are retried twice, after 1 and 2 minutes.
#[test]
fn function_errors_are_retried_after_one_and_two_minutes() {
    let failing = post().lasts("10s", "1h").post("failures.error=1.0").post("failures.fails-at=1.0");
    let outcome = failing.run();
    assert_eq!((runs(&outcome).invocations, runs(&outcome).retries), (3, 2));
    assert_eq!(outcome.end, common::at(183.0));
    assert_eq!(outcome.backlog.integral, secs(183.0));
    assert_eq!(outcome.items.lost, 1);
    assert_eq!(runs(&failing.post("async.retries=0").run()).invocations, 1);
}

/// Tries at 0, 1, 3, 7, 15 and 31 s; the next would be at 63 s, past the largest age of 60 s.
#[test]
fn an_event_is_given_up_at_its_largest_age() {
    let late =
        || post().items(&[(0.0, 800.0), (0.0, 1.0)]).post("reserved-concurrency=1").post("async.max-event-age=60s");
    let outcome = late().run();
    assert_eq!((outcome.items.expired, outcome.items.dead_lettered, runs(&outcome).throttles), (1, 0, 6));
    assert_eq!(outcome.backlog.integral, secs(800.0 + 60.0));
    let outcome = late().post("async.on-failure=dead-letter-queue").run();
    assert_eq!((outcome.items.expired, outcome.items.dead_lettered), (0, 1));
}

/// Rule [doc] L-async: What is given up goes where failures go: dead-letter queue, on-failure destination, or dropped.
#[test]
fn what_is_given_up_goes_where_failures_go() {
    for (on_failure, expected) in [("drop", (2, 0)), ("dead-letter-queue", (0, 2)), ("destination", (0, 2))] {
        let outcome = post().burst(2).post("failures.error=1.0").post(&format!("async.on-failure={on_failure}")).run();
        assert_eq!((outcome.items.lost, outcome.items.dead_lettered), expected, "{on_failure}");
        assert_eq!(figure(&outcome, "unprocessed_share"), 1.0);
        assert_eq!(figure(&outcome, "latency_p50"), f64::INFINITY);
    }
}

/// Rule [doc] L-env, L-retry: Killed at the timeout, billed up to it, a function error.
#[test]
fn a_timeout_is_billed_in_full() {
    let outcome = post().post("service-time=10s").post("timeout=3s").post("async.retries=0").run();
    assert_eq!((runs(&outcome).timeouts, billed_ms(&outcome)), (1, 3_000));
    assert_eq!((runs(&outcome).wasted, outcome.items.lost), (secs(3.0), 1));
}

/// Duration, Init Duration and Billed Duration of three lines of public logs, and a warm one.
/// Rule [doc] B-init: Billed Duration = ⌈Duration + Init Duration⌉ in ms, since August 2025.
#[test]
fn duration_and_init_are_billed_together_rounded_up_to_a_millisecond() {
    for (duration_us, init_us, billed) in
        [(2_460, 413_610, 417), (1_233_960, 463_512, 1_698), (382_980, 566_270, 950), (2_460, 0, 3)]
    {
        let outcome = post()
            .post(&format!("service-time={duration_us}us"))
            .post(&format!("cold-start.init={init_us}us"))
            .post("timeout=3s")
            .run();
        assert_eq!(billed_ms(&outcome), billed, "{duration_us} us after {init_us} us");
    }
}

/// 1 s of one thread at a whole processor (1,769 MB): 1,769 / 512 s = 3.455078125 s on 512 MB, half of that and half a
/// second where half is CPU work, and no less than 1 s on more memory.
/// Rule [doc] L-mem; use of it inferred: CPU is in proportion to memory; one thread gains up to 1,769 MB.
#[test]
fn memory_buys_processor_up_to_1769_mb() {
    for (memory, share, expected) in
        [(512, 1.0, 3.455_078_125), (512, 0.5, 2.227_539_062_5), (3_538, 1.0, 1.0), (512, 0.0, 1.0), (1_769, 1.0, 1.0)]
    {
        let outcome = post()
            .post(&format!("memory={memory}MB"))
            .post("measured-at=1769MB")
            .post(&format!("cpu-share={share:.1}"))
            .run();
        let error = latencies(&outcome).0.abs_diff(secs(expected));
        assert!(error <= 1, "{memory} MB, share {share}: off by {error} ns");
    }
}

/// Measured on the function's 512 MB, run by this strategy on 1,024 MB: twice the processor, half the time.
#[test]
fn a_strategy_may_buy_more_memory() {
    let outcome = post().post("memory=512MB").post("cpu-share=1.0").strategy("post={ memory = \"1024MB\" }").run();
    assert_eq!(latencies(&outcome).0, secs(0.5));
    assert_eq!(billed_ms(&outcome), 500);
}

/// The price page's example: a million runs of 100 ms at 512 MB are 50,000 GB-s × 0.0000166667 + 0.20 = 1.03 USD.
/// Rule [doc] L-metr, price page: Each run, retries too, is one request of the bill.
#[test]
fn a_million_runs_cost_what_the_price_page_says() {
    let outcome = post().every("3600us", "0s").post("service-time=100ms").post("memory=512MB").run();
    assert_eq!(outcome.usage.count(LineItem::LambdaRequests), 1_000_000);
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), 1_000_000 * 100 * 512);
    let bill = PriceBook::embedded().cost(outcome.usage.counts(), Span::from_secs(3_600), FreeTier::Ignored);
    assert_eq!(format!("{:.6}", bill.total().usd()), "1.033335");
    assert_eq!(format!("{:.2}", figure(&outcome, "cost_usd_per_million")), "1.03");
}

/// Some of these runs need more than the one provisioned environment and others do not: each row of the bill is the mean
/// over all of them, so that the rows add up to the total, and so do the services.
#[test]
fn the_rows_of_the_bill_add_up_to_its_total() {
    let world = post().poisson("2/min").set("run.replications=8").lasts("1m", "1h");
    let scenario = world.post("provisioned-concurrency=1").post("service-time=5s").scenario();
    let results = experiment::run(&scenario, &PriceBook::embedded(), experiment::Options::default());
    let results = results.unwrap_or_else(|error| panic!("{error}"));
    let costs = results.strategies[0].figures.iter().filter(|figure| figure.metric == "cost_usd");
    let (total, rows): (Vec<_>, Vec<_>) = costs.partition(|figure| figure.scope.is_empty());
    let (rows, services): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|figure| LineItem::ALL.iter().any(|item| item.name() == figure.scope));
    for parts in [&rows, &services] {
        let sum: f64 = parts.iter().map(|row| row.estimate.mean).sum();
        assert!((sum - total[0].estimate.mean).abs() < 1e-12, "{sum} of {}", total[0].estimate.mean);
    }
    assert_eq!(services.iter().map(|row| row.scope.as_str()).collect::<Vec<_>>(), ["lambda"]);
    let scopes: Vec<_> = rows.iter().map(|row| row.scope.as_str()).collect();
    assert_eq!(scopes, ["lambda_requests", "lambda_x86_mb_ms", "provisioned_x86_mb_ms", "provisioned_ready_x86_mb_ms"]);
}

/// Ten minutes of service, of which the run sees two: they are billed, and the item is in the backlog.
#[test]
fn what_still_runs_at_the_end_is_billed_as_far_as_it_came() {
    for flow in ["events -> post", "schedule -> post"] {
        let outcome = world(flow).post("service-time=10m").lasts("1m", "1m").run();
        assert_eq!((billed_ms(&outcome), runs(&outcome).busy), (120_000, secs(120.0)), "{flow}");
        assert_eq!((outcome.items.backlog_end, outcome.items.processed), (1, 0), "{flow}");
        assert_eq!(outcome.end, common::at(120.0), "{flow}");
    }
}

/// Rule [doc] L-async: A function's queue delivers at least once, without any error; order is not kept.
/// Rule [doc] E-sched: A rule may fire twice for one time.
#[test]
fn the_queue_delivers_at_least_once() {
    let outcome = post().burst(10).post("async.duplicate-probability=1.0").run();
    assert_eq!((runs(&outcome).invocations, outcome.items.processed, outcome.items.duplicates), (20, 10, 10));
    assert_eq!(runs(&outcome).wasted, secs(10.0));
}

#[test]
fn poison_items_fail_at_every_attempt() {
    let outcome = post().burst(5).post("failures.poison=1.0").run();
    assert_eq!((runs(&outcome).invocations, outcome.items.processed, outcome.items.lost), (15, 0, 5));
}

/// Each run applies the effect and then fails: the first of three counts, the others are duplicates, and what is given up
/// in the end was processed long ago.
#[test]
fn an_error_after_the_effect_makes_a_duplicate_of_each_retry() {
    let failing = post().burst(4).post("failures.error=1.0").post("failures.after-effect=1.0");
    let outcome = failing.post("async.on-failure=dead-letter-queue").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (4, 8));
    assert_eq!((outcome.items.lost, outcome.items.dead_lettered), (0, 0));
    assert_eq!(latencies(&outcome).2, secs(1.0));
    assert_eq!(runs(&outcome).wasted, secs(8.0));
}

/// A fifth of 20,000 attempts fail, a quarter of those after the effect; without retries 15 % are lost: 3,000, with a
/// standard error of sqrt(20,000 × 0.15 × 0.85) = 50.5; 3.9 of them are 1 in 10,000, two-sided.
#[test]
fn failing_attempts_apply_the_effect_at_their_share() {
    let failing = post().every("100ms", "0s").lasts("2000s", "1h").post("failures.error=0.2");
    let outcome = failing.post("failures.after-effect=0.25").post("async.retries=0").run();
    let lost = outcome.items.lost as f64;
    assert!((lost - 3_000.0).abs() < 3.9 * 50.5, "{lost} lost");
    assert_eq!(outcome.items.processed + outcome.items.lost, 20_000);
}

/// A run of 5 s is in the way: the second item is throttled at 0, 1 and 3 s and runs at 7 s.
#[test]
fn time_between_tries_is_back_off_and_not_wait() {
    let outcome = post().items(&[(0.0, 5.0), (0.0, 1.0)]).post("reserved-concurrency=1").run();
    assert_eq!(outcome.items.split.back_off, secs(7.0));
    assert_eq!((outcome.items.split.wait, outcome.items.split.service), (0, secs(6.0)));
    assert_eq!(latencies(&outcome).2, secs(8.0));
}
