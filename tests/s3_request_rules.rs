//! S3's request rates by hand: what a prefix takes a second, what its senders do about 503 Slow Down, and how it is
//! divided. A calm world (`common`) has no randomness and no delay but those a test sets.

mod common;

use common::{World, latencies, secs, world};

/// So many objects at once, all on one prefix.
fn bucket(objects: u64) -> World {
    world("s3 -> post").burst(objects).stream("keys={ count = 1 }")
}

/// Ten objects at once on a prefix that takes six a second: six are put, four refused.
///
/// Rule [doc] S3-perf: a prefix takes 3,500 PUTs a second, what exceeds that is answered 503 Slow Down.
#[test]
fn what_exceeds_the_rate_of_a_prefix_is_refused() {
    let outcome = bucket(10).strategy("s3.put-rate=6").strategy("s3.put-attempts=1").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected), (6, 4));
    let default = bucket(4_000).strategy("s3.put-attempts=1").set("account.concurrency=10000").run();
    assert_eq!(default.items.rejected, 500);
}

/// A sender tries three times: after up to 1 s, then after up to 2 s more.
///
/// Rule [doc] SDKR: a sender tries three times, and waits for a random part of 1 s and then of 2 s.
#[test]
fn a_sender_tries_again_after_a_back_off() {
    let outcome = bucket(10).strategy("s3.put-rate=8").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected), (10, 0));
    let (sum, least, most) = latencies(&outcome);
    assert!(least == secs(1.0) && most > secs(1.0) && most <= secs(4.0), "{least} {most}");
    // Eight felt nothing but the service; what the others felt besides is their back-off.
    assert_eq!(outcome.items.split.back_off, sum - 10 * secs(1.0));
    // A prefix that takes one a second takes one at once, none of the first retries, which come within the second, and
    // at most two of the others, which come within three.
    let crowd = bucket(20).strategy("s3.put-rate=1").run();
    assert_eq!(crowd.items.processed + crowd.items.rejected, 20);
    assert!(crowd.items.rejected >= 17, "{}", crowd.items.rejected);
}

/// Rule [doc] S3-perf: each prefix has its rate, and rates add up.
#[test]
fn each_prefix_has_a_rate_of_its_own() {
    let spread = world("s3 -> post")
        .burst(600)
        .stream("keys={ count = 1000000 }")
        .strategy("s3.put-rate=6")
        .strategy("s3.put-attempts=1")
        .run();
    assert_eq!((spread.items.processed, spread.items.rejected), (600, 0));
}

/// Twenty a second on a prefix that takes ten, for a minute. From the first refusal on it is refused for 10 s; then it is
/// divided and takes all.
///
/// Rule [doc] S3-perf: a prefix under lasting pressure is gradually divided and takes more.
#[test]
fn a_prefix_that_is_asked_too_much_is_divided() {
    let rejected = |after: &str| {
        bucket(1)
            .every("50ms", "0s")
            .lasts("1m", "1h")
            .strategy("s3.put-rate=10")
            .strategy("s3.put-attempts=1")
            .strategy(&format!("s3.repartition-after={after}"))
            .run()
            .items
            .rejected
    };
    // 1,200 in a minute, of which 600 and the burst of ten are taken.
    let never = rejected("1h");
    assert!((580..=600).contains(&never), "{never}");
    // Refused one in two for 10 s, and none thereafter.
    let divided = rejected("10s");
    assert!((95..=105).contains(&divided), "{divided}");
}

/// Events are no objects.
#[test]
fn events_have_no_such_limit() {
    let outcome = world("events -> post").burst(4_000).set("account.concurrency=10000").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected), (4_000, 0));
}
