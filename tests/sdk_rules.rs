//! How clients of an API retry, as the SDKs of AWS do, one test a rule, with the arithmetic by hand. A calm world (`common`)
//! has no randomness and no delay but those a test sets; a function serves an item in a second. A calm API is a REST API
//! without overhead; one client object makes all calls, which wait for a minute.

mod common;

use common::{World, at, function, latencies, secs, world};
use simctl::model::Outcome;
use simctl::model::outcome::{ApiOutcome, RunTotals};
use simctl::words::DuplicateCause;

fn post() -> World {
    world("api -> post")
        .strategy("api.kind=rest")
        .strategy("api.overhead=0s")
        .strategy("api.client.count=1")
        .lasts("1s", "24h")
}

fn client(world: World, text: &str) -> World {
    world.strategy(&format!("api.client.{text}"))
}

/// Every run fails after a second, before its effect.
fn failing(mode: &str) -> World {
    client(post(), &format!("retry={mode}")).post("failures.error=1.0").post("failures.fails-at=1.0")
}

/// Runs take 2 s, clients wait for 1.5 s.
fn impatient(mode: &str) -> World {
    client(client(post(), &format!("retry={mode}")), "timeout=1500ms").post("service-time=2s")
}

/// Nothing may run: each invoke is throttled, which is a 500.
fn blocked(mode: &str) -> World {
    client(post(), &format!("retry={mode}")).post("reserved-concurrency=0")
}

fn clients(outcome: &Outcome) -> &ApiOutcome {
    &outcome.apis[0]
}

fn runs(outcome: &Outcome) -> RunTotals {
    function(outcome, "post").runs
}

/// When the client had its final answer, in nanoseconds.
fn response(outcome: &Outcome) -> u128 {
    clients(outcome).response.sum()
}

/// Rule [doc] SDKR: standard makes 3 attempts of a call, legacy 5; a number of attempts may be set.
#[test]
fn a_call_has_so_many_attempts() {
    for (mode, attempts) in [("none", 1), ("standard", 3), ("standard-2026", 3), ("adaptive", 3), ("legacy", 5)] {
        let outcome = failing(mode).run();
        assert_eq!((clients(&outcome).requests, runs(&outcome).invocations), (attempts, attempts), "{mode}");
        assert_eq!((clients(&outcome).errors, outcome.items.rejected), (1, 1), "{mode}");
        assert_eq!(runs(&outcome).retries, attempts - 1, "{mode}");
    }
    assert_eq!(clients(&client(failing("standard"), "attempts=4").run()).requests, 4);
}

/// Three runs of a second, and between them waits of less than 1 s and 2 s; of 10 calls not all wait alike.
/// Rule [doc] SDKR: standard waits U(0,1) × min(2^i s, 20 s) before a retry.
#[test]
fn standard_waits_up_to_one_and_two_seconds() {
    let outcome = failing("standard").burst(10).run();
    let response = &clients(&outcome).response;
    let (least, most) = (response.min().unwrap(), response.max().unwrap());
    assert!(least.as_secs_f64() >= 3.0 && most.as_secs_f64() < 6.0 && most > least);
    // Ten sums of U(0,1) + U(0,2): a mean of 1.5 s, give or take 3 standard errors of 0.2 s.
    let mean = response.mean().unwrap() - 3.0;
    assert!((0.9..2.1).contains(&mean), "{mean}");
}

/// After errors less than 50 and 100 ms; three runs of a second.
/// Rule [doc] SDKR: the opt-in of 2026 waits from 50 ms after errors.
#[test]
fn the_opt_in_of_2026_retries_errors_sooner() {
    let response = clients(&failing("standard-2026").burst(10).run()).response.clone();
    assert!(response.min().unwrap().as_secs_f64() >= 3.0 && response.max().unwrap().as_secs_f64() < 3.15);
}

/// A throttled invoke is a 500, an error: waits of less than 50 and 100 ms. A 429 is a throttle: less than 1 s and 2 s.
/// Rule [doc] SDKR: the opt-in of 2026 waits from 1 s after throttles.
#[test]
fn the_opt_in_of_2026_waits_for_longer_after_throttles() {
    let longest = |world: World| clients(&world.run()).response.max().unwrap().as_secs_f64();
    let throttled =
        |mode| client(post(), &format!("retry={mode}")).burst(20).set("account.api-rate=1").set("account.api-burst=1");
    assert!(longest(blocked("standard-2026").burst(20)) < 0.15);
    assert!((0.5..4.0).contains(&longest(throttled("standard-2026"))), "and a run of a second where one passes");
}

/// 200 calls fail at 1 s: 100 retries cost 500 tokens, for the other 100 calls nothing is left. The 100 that fail again
/// find no token either.
/// Rule [doc] SDKR: a client object has 500 tokens, a retry costs 5; when they are used up errors are returned at once.
#[test]
fn a_quota_of_100_retries_stops_a_storm() {
    let outcome = failing("standard").burst(200).run();
    assert_eq!((clients(&outcome).requests, clients(&outcome).errors), (300, 200));
    assert_eq!(clients(&failing("legacy").burst(200).run()).requests, 1_000, "legacy has none");
}

/// The same 200 calls of two clients that share them by their keys, 100 each: 100 retries each, a first one for every
/// call, none for a second.
/// Rule [doc] SDKR: the quota is of each client object.
#[test]
fn each_client_object_has_a_quota_of_its_own() {
    let of = |count: u32| clients(&client(failing("standard"), &format!("count={count}")).burst(200).run()).requests;
    assert_eq!((of(1), of(2), of(4), of(200)), (300, 400, 600, 600));
}

/// 100 calls time out at 1.5 s: 50 retries cost 500 tokens.
/// Rule [doc] SDKR: a retry after a timeout costs 10 tokens.
#[test]
fn timeouts_use_up_the_quota_twice_as_fast() {
    let outcome = impatient("standard").burst(100).run();
    assert_eq!((clients(&outcome).requests, clients(&outcome).timeouts), (150, 150));
}

/// 35 × 14 = 490 tokens.
/// Rule [doc] SDKR: with the opt-in of 2026 a retry after an error costs 14 tokens.
#[test]
fn the_opt_in_of_2026_has_35_retries_in_its_quota() {
    assert_eq!(clients(&failing("standard-2026").burst(200).run()).requests, 235);
}

/// Gives up at 1.5 s, and the run ends at 2 s: the effect. Both retries do the same. The client never hears.
/// Rule [inferred] SDKR: a client that gives up has its work done all the same, and once more by each retry.
#[test]
fn an_impatient_client_has_its_work_done_three_times() {
    let outcome = impatient("standard").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates, outcome.items.rejected), (1, 2, 0));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::ClientRetry), 2);
    assert_eq!((clients(&outcome).errors, clients(&outcome).errors_done), (1, 1));
    assert_eq!((latencies(&outcome).0, runs(&outcome).wasted), (secs(2.0), secs(4.0)));
    assert!((secs(4.5)..secs(7.5)).contains(&response(&outcome)));
}

/// Rule [inferred] SDKR: a client that does not retry causes no duplicate, but it does not know that its work is done.
#[test]
fn without_retries_a_timeout_leaves_doubt_but_no_duplicate() {
    let outcome = impatient("none").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (1, 0));
    assert_eq!((clients(&outcome).errors, clients(&outcome).errors_done), (1, 1));
    assert_eq!((response(&outcome), latencies(&outcome).0), (secs(1.5), secs(2.0)));
}

/// The client gives up at 1.5 s a run that would fail at 2 s: that is known only then. Nothing is left to do it.
#[test]
fn a_run_that_fails_after_its_client_gave_up_leads_nowhere() {
    let outcome = impatient("none").post("failures.error=1.0").post("failures.fails-at=1.0").run();
    assert_eq!((outcome.items.rejected, clients(&outcome).errors_done), (1, 0));
    assert_eq!((outcome.backlog.integral, response(&outcome)), (secs(2.0), secs(1.5)));
}

/// 2 s of network: the request is at the API when its client has given up, and is done all the same at 3 s.
#[test]
fn a_request_on_its_way_is_done_although_its_client_gave_up() {
    let outcome = client(impatient("none"), "network=2s").post("service-time=1s").run();
    assert_eq!((response(&outcome), latencies(&outcome).0), (secs(1.5), secs(3.0)));
    assert_eq!((clients(&outcome).answered(200), clients(&outcome).timeouts), (1, 1));
}

/// An answer at the very instant at which the client would give up is heard.
#[test]
fn an_answer_in_the_last_instant_is_heard() {
    let outcome = client(post(), "timeout=1s").run();
    assert_eq!((clients(&outcome).errors, clients(&outcome).timeouts), (0, 0));
}

/// Rule [doc] SDKR: 413 is no error that a retry mends; 429 is.
#[test]
fn what_no_retry_mends_is_not_retried() {
    assert_eq!(clients(&client(post(), "retry=standard").stream("size=11MB").run()).requests, 1);
    // Of two at once one gets 429. A token comes each second, and a retry finds it.
    let refused = client(post(), "attempts=20").burst(2).strategy("api.throttle-rate=1").run();
    assert_eq!((clients(&refused).answered(200), clients(&refused).errors), (2, 0));
    assert!(clients(&refused).answered(429) > 0);
}

/// The effect took place in a run that failed afterwards; the client hears an error and calls again, twice.
/// Rule [inferred] SDKR: a retry after an error does again what took effect before the error.
#[test]
fn a_retry_after_an_error_repeats_what_took_effect() {
    let outcome = failing("standard").post("failures.after-effect=1.0").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (1, 2));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::ClientRetry), 2);
    assert_eq!((clients(&outcome).errors, clients(&outcome).errors_done), (1, 1));
}

/// Room for one run of a second, and 3 calls: what is throttled comes back until there is room, and the time from the
/// first attempt to the one that led on is back-off.
#[test]
fn retries_get_through_when_there_is_room_again() {
    let outcome = client(failing("standard"), "attempts=20")
        .burst(3)
        .post("failures.error=0.0")
        .post("reserved-concurrency=1")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates, clients(&outcome).errors), (3, 0, 0));
    let split = outcome.items.split;
    assert_eq!((split.service, split.wait), (secs(3.0), 0));
    assert!(split.back_off >= secs(3.0), "the second waited for a second at least, the third for two");
    assert_eq!(u128::from(runs(&outcome).attempts), u128::from(clients(&outcome).requests));
}

/// Ten calls a second through an API that takes one.
/// Rule [doc] SDKR: adaptive may hold back first attempts, of all calls of the same client object.
#[test]
fn adaptive_holds_back_calls_that_were_never_throttled() {
    let calls = |mode: &str| {
        client(post(), &format!("retry={mode}"))
            .every("100ms", "0s")
            .lasts("10s", "24h")
            .post("service-time=1ms")
            .set("account.api-rate=1")
            .set("account.api-burst=1")
            .run()
    };
    let (standard, adaptive) = (calls("standard"), calls("adaptive"));
    let (free, held) = (clients(&standard), clients(&adaptive));
    assert!(held.answered(429) < free.answered(429) / 2, "{} {}", held.answered(429), free.answered(429));
    assert!(adaptive.items.processed > standard.items.processed, "fewer calls are given up");
    assert!(adaptive.items.split.wait > 0 && standard.items.split.wait == 0, "it is the first attempts that wait");
}

/// The client gives up at 1.5 s, with the message in the queue since 1 s: both are done.
#[test]
fn a_duplicate_goes_through_the_queue_behind_the_api() {
    let outcome = world("api -> a -> sqs -> post")
        .strategy("api.overhead=0s")
        .strategy("api.client.network=1s")
        .strategy("api.client.timeout=1500ms")
        .strategy("api.client.attempts=2")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (1, 1));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::ClientRetry), 1);
    assert!(outcome.end > at(4.0));
}
