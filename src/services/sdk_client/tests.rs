use super::*;
use crate::kernel::Root;

fn settings(mode: RetryMode) -> ClientSettings {
    ClientSettings::new(mode, Callee::Other)
}

fn draw() -> Draw {
    Root::new(1, 0).purpose("client", "back-off").draw(0, 0)
}

/// The longest waits: those of a luck that is all but 1, in milliseconds.
fn longest(settings: ClientSettings, failure: Failure, retries: u32) -> Vec<u64> {
    (0..retries).map(|retry| wait(&settings, failure, retry, 1.0).as_nanos() / 1_000_000).collect()
}

/// Attempts of a call that always fails so.
fn attempts(settings: ClientSettings, failure: Failure) -> u32 {
    let (mut client, mut call) = (Client::new(&settings), Call::default());
    loop {
        client.send(Time::ZERO, &mut call);
        if client.failed(Time::ZERO, &settings, &mut call, failure, &mut draw()).is_none() {
            return call.attempts();
        }
    }
}

/// Rule [doc] SDKR: standard tries a call 3 times in all, 2026's DynamoDB clients 4 times, legacy 5 and for DynamoDB 10 times.
#[test]
fn each_mode_has_its_number_of_attempts() {
    use RetryMode::{Adaptive, Legacy, None, Standard, Standard2026};
    let of = |callee| {
        [None, Legacy, Standard, Standard2026, Adaptive]
            .map(|mode| attempts(ClientSettings::new(mode, callee), Failure::Transient))
    };
    assert_eq!(of(Callee::Other), [1, 5, 3, 3, 3]);
    assert_eq!(of(Callee::DynamoDb), [1, 10, 3, 4, 3]);
    assert_eq!(attempts(ClientSettings { max_attempts: 7, ..settings(Standard) }, Failure::Throttled), 7);
}

/// Rule [doc] SDKR: standard waits U(0,1) × min(2^i s, 20 s) before retry i, from 0.
#[test]
fn standard_doubles_from_a_second_to_twenty() {
    let seconds = [1, 2, 4, 8, 16, 20, 20].map(|seconds| seconds * 1_000);
    for mode in [RetryMode::Standard, RetryMode::Adaptive] {
        for failure in [Failure::Transient, Failure::Timeout, Failure::Throttled] {
            assert_eq!(longest(settings(mode), failure, 7), seconds);
        }
    }
    assert_eq!(wait(&settings(RetryMode::Standard), Failure::Transient, 2, 0.25), Span::from_secs(1));
    assert_eq!(wait(&settings(RetryMode::Standard), Failure::Transient, 2, 0.0), Span::ZERO);
}

/// Rule [doc] SDKR: the opt-in of 2026 waits from 50 ms after transient errors (DynamoDB 25 ms) and from 1 s after throttles, at most 20 s.
#[test]
fn the_opt_in_of_2026_doubles_from_fifty_milliseconds_or_a_second() {
    let other = settings(RetryMode::Standard2026);
    let dynamodb = ClientSettings::new(RetryMode::Standard2026, Callee::DynamoDb);
    assert_eq!(longest(other, Failure::Transient, 4), [50, 100, 200, 400]);
    assert_eq!(longest(other, Failure::Timeout, 10)[8..], [12_800, 20_000]);
    assert_eq!(longest(dynamodb, Failure::Transient, 3), [25, 50, 100]);
    assert_eq!(longest(other, Failure::Throttled, 6), [1_000, 2_000, 4_000, 8_000, 16_000, 20_000]);
    assert_eq!(longest(dynamodb, Failure::Throttled, 2), [1_000, 2_000]);
}

/// Rule [doc] SDKR: three attempts add 1.5 s on average today, and with the opt-in 75 ms after transient errors and 1.5 s after throttles.
#[test]
fn two_retries_add_what_aws_says() {
    let added = |mode, failure| {
        let spans = (0..2).map(|retry| wait(&settings(mode), failure, retry, 0.5));
        spans.fold(Span::ZERO, |sum, span| sum + span)
    };
    assert_eq!(added(RetryMode::Standard, Failure::Transient), Span::from_millis(1_500));
    assert_eq!(added(RetryMode::Standard2026, Failure::Transient), Span::from_millis(75));
    assert_eq!(added(RetryMode::Standard2026, Failure::Throttled), Span::from_millis(1_500));
}

/// Rule [doc*] SDKR: legacy waits U(0,1) × 2^i s without a bound and without a quota; for DynamoDB 50 ms × 2^i.
#[test]
fn legacy_has_neither_a_longest_wait_nor_a_quota() {
    let legacy = settings(RetryMode::Legacy);
    assert_eq!(longest(legacy, Failure::Transient, 6)[4..], [16_000, 32_000]);
    assert_eq!(
        longest(ClientSettings::new(RetryMode::Legacy, Callee::DynamoDb), Failure::Throttled, 3),
        [50, 100, 200]
    );
    let (mut client, mut call) = (Client::new(&legacy), Call { attempts: 1, ..Call::default() });
    assert!((0..1_000).all(|_| client.failed(Time::ZERO, &legacy, &mut call, Failure::Timeout, &mut draw()).is_some()));
}

/// How many calls in a row, each failing once before it is given up by its caller, may retry.
fn retries_of_a_quota(mode: RetryMode, failure: Failure) -> u32 {
    let settings = settings(mode);
    let mut client = Client::new(&settings);
    let mut retried = 0;
    loop {
        let mut call = Call::default();
        client.send(Time::ZERO, &mut call);
        if client.failed(Time::ZERO, &settings, &mut call, failure, &mut draw()).is_none() {
            return retried;
        }
        retried += 1;
    }
}

/// Rule [doc] SDKR: a client object has 500 tokens; a retry costs 5, after a timeout 10, and with too few the error is returned at once.
#[test]
fn a_quota_of_500_tokens_is_a_hundred_retries_or_fifty_after_timeouts() {
    assert_eq!(retries_of_a_quota(RetryMode::Standard, Failure::Transient), 100);
    assert_eq!(retries_of_a_quota(RetryMode::Standard, Failure::Throttled), 100);
    assert_eq!(retries_of_a_quota(RetryMode::Standard, Failure::Timeout), 50);
    assert_eq!(retries_of_a_quota(RetryMode::Adaptive, Failure::Timeout), 50);
}

/// Rule [doc] SDKR: with the opt-in of 2026 a retry costs 14 tokens after a transient error and 5 after a throttle.
#[test]
fn the_opt_in_of_2026_makes_transient_retries_dear() {
    // 35 × 14 = 490.
    assert_eq!(retries_of_a_quota(RetryMode::Standard2026, Failure::Transient), 35);
    assert_eq!(retries_of_a_quota(RetryMode::Standard2026, Failure::Timeout), 35);
    assert_eq!(retries_of_a_quota(RetryMode::Standard2026, Failure::Throttled), 100);
}

/// Rule [doc] SDKR: a success after retries gives back what the last of them cost, a success at the first try one token.
#[test]
fn successes_give_tokens_back() {
    let settings = settings(RetryMode::Standard);
    let (mut client, mut call) = (Client::new(&settings), Call::default());
    client.send(Time::ZERO, &mut call);
    client.succeeded(Time::ZERO, call);
    assert_eq!(client.tokens(), 500, "never more than at first");
    client.failed(Time::ZERO, &settings, &mut call, Failure::Timeout, &mut draw());
    client.send(Time::ZERO, &mut call);
    client.failed(Time::ZERO, &settings, &mut call, Failure::Throttled, &mut draw());
    assert_eq!(client.tokens(), 500 - 10 - 5);
    client.send(Time::ZERO, &mut call);
    client.succeeded(Time::ZERO, call);
    assert_eq!(client.tokens(), 490, "the 5 of the last retry come back, the 10 before do not");
    client.succeeded(Time::ZERO, Call { attempts: 1, ..Call::default() });
    assert_eq!(client.tokens(), 491);
}

/// Rule [doc] SDKR: 500, 502, 503 and 504 are transient; a throttle is an error of its own; other errors are not retried.
#[test]
fn statuses_are_sorted() {
    assert_eq!([200, 202, 301].map(Failure::of_status), [None; 3]);
    assert_eq!([500, 502, 503, 504].map(Failure::of_status), [Some(Failure::Transient); 4]);
    assert_eq!(Failure::of_status(429), Some(Failure::Throttled));
    assert_eq!([400, 403, 404, 413, 501].map(Failure::of_status), [Some(Failure::Permanent); 5]);
    assert_eq!(attempts(settings(RetryMode::Standard), Failure::Permanent), 1);
}

/// Rule [doc] SDKR: adaptive holds back first attempts too, once a throttle was seen.
#[test]
fn adaptive_holds_back_other_calls_of_the_same_client() {
    let settings = settings(RetryMode::Adaptive);
    let mut client = Client::new(&settings);
    let mut first = Call::default();
    assert_eq!(client.send(Time::ZERO, &mut first), Time::ZERO);
    client.failed(Time::ZERO, &settings, &mut first, Failure::Throttled, &mut draw());
    // Nothing measured yet: 0.5 a second, and no token saved up.
    assert_eq!(client.send(Time::ZERO, &mut Call::default()), Time::ZERO + Span::from_secs(2));
    let mut standard = Client::new(&ClientSettings::new(RetryMode::Standard, Callee::Other));
    standard.failed(Time::ZERO, &settings, &mut first, Failure::Throttled, &mut draw());
    assert_eq!(standard.send(Time::ZERO, &mut Call::default()), Time::ZERO);
}
