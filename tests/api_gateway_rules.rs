//! The documented rules of API Gateway in front of a function, one test each, with the arithmetic by hand. A calm world
//! (`common`) has no randomness and no delay but those a test sets; a function serves an item in a second. A calm API is a
//! REST API without overhead, whose clients do not retry and wait for a minute.

mod common;

use common::{World, at, figure, function, latencies, secs, world};
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::model::outcome::{ApiOutcome, RunTotals};
use simctl::words::LineItem;

fn api_to(flow: &str) -> World {
    world(flow)
        .strategy("api.kind=rest")
        .strategy("api.overhead=0s")
        .strategy("api.client.retry=none")
        .strategy("api.client.timeout=60s")
}

fn post() -> World {
    api_to("api -> post")
}

fn http() -> World {
    post().strategy("api.kind=http")
}

fn clients(outcome: &Outcome) -> &ApiOutcome {
    &outcome.apis[0]
}

fn runs(outcome: &Outcome) -> RunTotals {
    function(outcome, "post").runs
}

/// The statuses that the API answered with, and how often.
fn answers(outcome: &Outcome) -> Vec<(u16, u64)> {
    let api = clients(outcome);
    let all = [200, 413, 429, 500, 502, 503, 504].map(|status| (status, api.answered(status)));
    all.into_iter().filter(|&(_, count)| count > 0).collect()
}

/// Sum, least and greatest of the response times.
fn responses(outcome: &Outcome) -> (u128, u128, u128) {
    let response = &clients(outcome).response;
    let nanos = |span: Option<Span>| u128::from(span.map_or(0, Span::as_nanos));
    (response.sum(), nanos(response.min()), nanos(response.max()))
}

fn seconds(sum: f64, least: f64, most: f64) -> (u128, u128, u128) {
    (secs(sum), secs(least), secs(most))
}

// A request and its answer.

/// 0.2 s to the gateway, 0.3 s of overhead, 0.1 s of dispatch and 1 s of service: the effect after 1.6 s, the answer
/// 0.2 s later.
/// Rule [doc] APIG: a function behind an API is invoked synchronously, its answer is the client's.
#[test]
fn the_client_waits_for_the_function() {
    let outcome =
        post().strategy("api.client.network=200ms").strategy("api.overhead=300ms").post("warm-dispatch=100ms").run();
    assert_eq!((latencies(&outcome), responses(&outcome)), (seconds(1.6, 1.6, 1.6), seconds(1.8, 1.8, 1.8)));
    let split = outcome.items.split;
    assert_eq!((split.hop, split.service, split.wait, split.back_off), (secs(0.6), secs(1.0), 0, 0));
    assert_eq!(answers(&outcome), [(200, 1)]);
    assert_eq!((clients(&outcome).calls, clients(&outcome).requests, clients(&outcome).errors), (1, 1, 0));
}

/// Accepted after 0.1 s, posted after 1.1 s: the client does not wait for what is behind the queue.
/// Rule [inferred] APIG: what a function hands on is done after its answer: response time and completion differ.
#[test]
fn a_queue_behind_the_accepting_function_answers_early() {
    let outcome = api_to("api -> a -> sqs -> post").set("functions.a.service-time=100ms").run();
    assert_eq!((responses(&outcome), latencies(&outcome)), (seconds(0.1, 0.1, 0.1), seconds(1.1, 1.1, 1.1)));
}

/// Rule [inferred] APIG: an integration with a service instead of a function answers once the service has the request.
#[test]
fn an_api_can_feed_a_queue_without_a_function() {
    let outcome = api_to("api -> sqs -> post").strategy("api.overhead=100ms").run();
    assert_eq!((responses(&outcome), latencies(&outcome)), (seconds(0.1, 0.1, 0.1), seconds(1.1, 1.1, 1.1)));
    assert_eq!((answers(&outcome), runs(&outcome).invocations), (vec![(200, 1)], 1));
}

/// Rule [doc] APIG: API Gateway never invokes a function again; nor does Lambda after a synchronous invoke.
#[test]
fn nobody_but_the_client_tries_again() {
    let outcome = post().burst(3).post("failures.error=1.0").post("failures.fails-at=1.0").run();
    assert_eq!((runs(&outcome).invocations, runs(&outcome).retries, outcome.end), (3, 0, at(3_600.0)));
    assert_eq!((outcome.items.rejected, outcome.items.lost, outcome.items.dead_lettered), (3, 0, 0));
    assert_eq!(outcome.backlog.integral, secs(3.0), "the client hears after a second, and that was it");
}

// Statuses.

/// Rule [doc] APIG: a function error is a 502 of a REST API.
#[test]
fn a_function_error_is_502_behind_a_rest_api() {
    for failure in ["failures.error=1.0", "failures.crash=1.0"] {
        assert_eq!(answers(&post().post(failure).run()), [(502, 1)]);
    }
}

/// Rule [doc*] APIG: a function error is a 500 of an HTTP API.
#[test]
fn a_function_error_is_500_behind_an_http_api() {
    assert_eq!(answers(&http().post("failures.error=1.0").run()), [(500, 1)]);
}

/// Rule [doc] L-retry: the function's own timeout is a function error to a synchronous caller, and nothing is retried.
#[test]
fn the_functions_own_timeout_is_a_function_error() {
    let outcome = post().items(&[(0.0, 10.0)]).post("timeout=3s").run();
    assert_eq!((answers(&outcome), responses(&outcome)), (vec![(502, 1)], seconds(3.0, 3.0, 3.0)));
    assert_eq!((runs(&outcome).timeouts, outcome.items.rejected), (1, 1));
}

/// Room for one: the second is refused while the first runs for a second.
/// Rule [doc] APIG: a throttled invoke is a 500, at once: there is no queue in front of a synchronous invoke.
#[test]
fn a_throttled_invoke_is_500() {
    for world in [post(), http()] {
        let outcome = world.burst(2).post("reserved-concurrency=1").run();
        assert_eq!((answers(&outcome), responses(&outcome)), (vec![(200, 1), (500, 1)], seconds(1.0, 0.0, 1.0)));
        assert_eq!((runs(&outcome).throttles, outcome.items.rejected), (1, 1));
        assert_eq!(outcome.backlog.max, 1, "what is refused at its arrival never counts in the peak");
    }
}

/// A run of 40 s: the answer is there after 29 s, the effect after 40 s, and 40 s are billed.
/// Rule [doc] APIG: a REST API waits 29 s and answers 504; the function goes on and is billed.
#[test]
fn an_integration_timeout_is_504_and_the_function_goes_on() {
    let outcome = post().items(&[(0.0, 40.0)]).run();
    assert_eq!((answers(&outcome), responses(&outcome)), (vec![(504, 1)], seconds(29.0, 29.0, 29.0)));
    assert_eq!((latencies(&outcome).0, outcome.items.processed, outcome.items.rejected), (secs(40.0), 1, 0));
    assert_eq!((clients(&outcome).errors, clients(&outcome).errors_done), (1, 1));
    assert_eq!(runs(&outcome).billed_mb_ms, 40_000 * 1_024);
}

/// Rule [doc*] APIG: an HTTP API waits 30 s and answers 503.
#[test]
fn an_http_api_waits_thirty_seconds_and_answers_503() {
    let outcome = http().items(&[(0.0, 30.0), (100.0, 30.001)]).run();
    assert_eq!((answers(&outcome), responses(&outcome)), (vec![(200, 1), (503, 1)], seconds(60.0, 30.0, 30.0)));
}

/// Rule [doc] APIG: a shorter integration timeout may be set, from 50 ms on; overhead does not count against it.
#[test]
fn a_shorter_integration_timeout_may_be_set() {
    let outcome =
        post().strategy("api.integration-timeout=500ms").strategy("api.overhead=100ms").post("warm-dispatch=0s").run();
    assert_eq!((answers(&outcome), responses(&outcome)), (vec![(504, 1)], seconds(0.6, 0.6, 0.6)));
    assert_eq!(outcome.items.processed, 1);
}

/// A start of 30 s: the cold start counts for the API, not for the function's timeout of 10 s.
/// Rule [doc] L-env: an ordinary Init does not count against the function timeout; the API waits for it all the same.
#[test]
fn a_cold_start_counts_against_the_integration_timeout() {
    let outcome = post().post("timeout=10s").post("cold-start.unlogged=30s").run();
    assert_eq!((answers(&outcome), runs(&outcome).timeouts, outcome.items.processed), (vec![(504, 1)], 0, 1));
}

/// Rule [doc] APIG: a request above 10 MB gets 413 and never reaches its function.
#[test]
fn a_request_above_10_mb_is_413() {
    let outcome = post().stream("size=11MB").run();
    assert_eq!((answers(&outcome), runs(&outcome).attempts, outcome.items.rejected), (vec![(413, 1)], 0, 1));
    assert_eq!(answers(&post().stream("size=10MB").run()), [(200, 1)]);
}

// Throttles of the API.

/// 30 at once: 20 pass. A second later 10 more would.
/// Rule [doc] APIG: an account takes `api-burst` requests at once and `api-rate` a second after that; the rest gets 429.
#[test]
fn what_exceeds_the_accounts_bucket_gets_429() {
    let outcome = post().burst(30).set("account.api-rate=10").set("account.api-burst=20").run();
    assert_eq!((answers(&outcome), runs(&outcome).attempts), (vec![(200, 20), (429, 10)], 20));
    // One each 50 ms is twice the rate: of 40 in two seconds the bucket gives 20 and what came meanwhile.
    let steady = post().every("50ms", "0s").lasts("2s", "1h").set("account.api-rate=10").set("account.api-burst=5");
    // At 1 in 50 ms the bucket of 5 loses half a token a request: after 9 requests it is at half a token, and from
    // then on every second request passes: 9 + 31 / 2 = 24.
    let outcome = steady.run();
    assert_eq!(answers(&outcome), [(200, 24), (429, 16)]);
}

/// Rule [doc] APIG: by default an account takes 5,000 requests at once.
#[test]
fn an_account_takes_5000_at_once_by_default() {
    let outcome = post().burst(5_003).set("account.concurrency=10000").set("account.scaling-burst=10000").run();
    assert_eq!(answers(&outcome), [(200, 5_000), (429, 3)]);
}

/// Rule [doc] APIG: the limit of the stage or route stands before the account's.
#[test]
fn a_stage_has_a_limit_of_its_own() {
    let outcome = post().burst(30).strategy("api.throttle-rate=10").strategy("api.throttle-burst=4").run();
    assert_eq!(answers(&outcome), [(200, 4), (429, 26)]);
    let rate_alone = post().burst(30).strategy("api.throttle-rate=10").run();
    assert_eq!(answers(&rate_alone), [(200, 10), (429, 20)]);
}

/// Two APIs of one account, each called once an item: 3 of 6 requests pass.
/// Rule [doc] APIG: all APIs of an account and Region share one bucket.
#[test]
fn two_apis_share_the_accounts_bucket() {
    let outcome = world("[api:one -> a, api:two -> b]")
        .burst(3)
        .set("account.api-rate=1")
        .set("account.api-burst=3")
        .strategy("one.client.retry=none")
        .strategy("two.client.retry=none")
        .run();
    let passed: Vec<u64> = outcome.apis.iter().map(|api| api.answered(200)).collect();
    assert_eq!((passed.iter().sum::<u64>(), outcome.items.rejected), (3, 3));
}

// The bill.

/// Rule [doc*] APIG: an HTTP API is billed by each 512 KB of a request, a REST API by request; what gets 429 or 413 is free.
#[test]
fn requests_are_billed_by_kind_and_size() {
    let billed = |world: World, row| world.run().usage.count(row);
    assert_eq!(billed(post().burst(7).stream("size=1MB"), LineItem::ApiRestRequests), 7);
    assert_eq!(billed(http().burst(7).stream("size=1MB"), LineItem::ApiHttpRequests), 14);
    assert_eq!(billed(http().burst(7), LineItem::ApiRestRequests), 0);
    let throttled = post().burst(30).strategy("api.throttle-rate=10").strategy("api.throttle-burst=4");
    assert_eq!(billed(throttled, LineItem::ApiRestRequests), 4);
    assert_eq!(billed(post().stream("size=11MB"), LineItem::ApiRestRequests), 0);
}

/// Rule [doc] L-metr: a throttled invoke is no invocation and is not billed by Lambda; the API bills its request.
#[test]
fn a_throttled_invoke_costs_the_request_only() {
    let usage = post().burst(2).post("reserved-concurrency=0").run().usage;
    assert_eq!((usage.count(LineItem::ApiRestRequests), usage.count(LineItem::LambdaRequests)), (2, 0));
}

// Figures.

/// Answers after 1, 2, … 10 s: the median of ten is the fifth. Errors are answers too.
#[test]
fn response_times_are_of_final_answers() {
    let items: Vec<(f64, f64)> = (1..=10).map(|second| (0.0, f64::from(second))).collect();
    let outcome = post().items(&items).run();
    assert!((figure(&outcome, "response_p50") - 5.0).abs() < 0.02);
    assert!((figure(&outcome, "response_p99") - 10.0).abs() < 0.04);
    let failing = post().items(&items).post("failures.error=1.0").post("failures.fails-at=1.0").run();
    assert_eq!((responses(&failing), clients(&failing).errors), (responses(&outcome), 10));
    assert_eq!(figure(&failing, "latency_p50"), f64::INFINITY, "no effect, no latency");
}

/// A run that is cut off at the end of the run has no answer yet, which ranks after all others.
#[test]
fn what_has_no_answer_at_the_end_ranks_last() {
    let outcome = post().items(&[(0.0, 25.0)]).lasts("5s", "5s").run();
    assert_eq!((figure(&outcome, "response_p50"), outcome.items.backlog_end), (f64::INFINITY, 1));
}
