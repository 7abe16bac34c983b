//! An outage and the drain after it, held against the closed form for constant rates: arrivals go on at λ for the length D
//! of the outage, and are then served at μ. The peak of the backlog is λD, the drain takes λD/(μ − λ), λ(D + drain) items
//! are delayed, and in first-come order the delay falls linearly from D to 0.

mod common;

use common::{at, load, world};
use simctl::experiment::simulate;
use simctl::kernel::{Span, Time};
use simctl::model::Outcome;
use simctl::model::outcome::Back;

/// An item a second, each served in a second, of which so many at once; nothing is delivered from 1,000 s to 2,000 s.
fn outage(servers: u32, sets: &[&str]) -> Outcome {
    let fault = "\n[[fault]]\nname = \"outage\"\nkind = \"unavailable\"\non = [\"sqs\"]\nsends = \"taken\"\n\
                 start = \"1000s\"\nduration = \"1000s\"\n";
    let world = world("events -> sqs -> post").every("1s", "0s");
    let calm = [
        "run.duration=2h".to_owned(),
        "strategy.calm.sqs.batch-size=1".to_owned(),
        format!("strategy.calm.sqs.maximum-concurrency={servers}"),
    ];
    let sets: Vec<String> = calm.into_iter().chain(sets.iter().map(|&set| set.to_owned())).collect();
    simulate(&load(&(world.text() + fault), &sets), 0, 0).unwrap_or_else(|error| panic!("{error}"))
}

fn recovery(outcome: &Outcome) -> f64 {
    match outcome.faults[0].occurrences[0].backlog {
        Back::After(span) => span.as_secs_f64(),
        other => panic!("the backlog is never back: {other:?}"),
    }
}

/// λ = 1, D = 1,000 s; μ = 2, 3 and 5: the drain takes 1,000, 500 and 250 s. A run ends a second after it began, so that the
/// last of the backlog leaves within a second of it.
#[test]
fn the_drain_takes_as_long_as_the_closed_form_says() {
    for (servers, drain) in [(2, 1_000.0), (3, 500.0), (5, 250.0)] {
        let outcome = outage(servers, &[]);
        let (items, delayed) = (&outcome.items, 1_000.0 + drain);
        assert!((recovery(&outcome) - drain).abs() <= 3.0, "{servers}: {} s for {drain} s", recovery(&outcome));
        assert!((outcome.backlog.max as f64 - 1_000.0).abs() <= 2.0, "{servers}: a peak of {}", outcome.backlog.max);
        assert_eq!((items.processed, items.duplicates), (7_200, 0));
        // Each takes its second, and the delayed items have waited for half of the outage in the mean.
        let waited = (items.latency.sum() as f64 / 1e9) - 7_200.0;
        let expected = delayed * 1_000.0 / 2.0;
        assert!((waited / expected - 1.0).abs() < 0.01, "{servers}: {waited} s of waiting for {expected} s");
        let occurrence = outcome.faults[0].occurrences[0];
        assert_eq!((occurrence.start, occurrence.end, occurrence.backlog_before), (at(1_000.0), at(2_000.0), 1));
    }
}

/// With μ = 2 the last delayed item arrives at 3,000 s; one that arrives from 2,880 s on waits for less than 60 s. Windows of a
/// minute begin at whole minutes: the first of which all items come within 61 s is that of 2,880 s.
#[test]
fn the_latency_is_back_when_the_delay_has_fallen_to_the_bound() {
    let fault = "\n[[fault]]\nname = \"outage\"\nkind = \"unavailable\"\non = [\"sqs\"]\nsends = \"taken\"\n\
                 start = \"1000s\"\nduration = \"1000s\"\n[[objective]]\nmetric = \"latency_p99\"\nbelow = \"61s\"\n";
    let world = world("events -> sqs -> post").every("1s", "0s");
    let sets = ["run.duration=2h", "strategy.calm.sqs.batch-size=1", "strategy.calm.sqs.maximum-concurrency=2"];
    let scenario = load(&(world.text() + fault), &sets.map(str::to_owned));
    let outcome = simulate(&scenario, 0, 0).unwrap_or_else(|error| panic!("{error}"));
    let Back::After(after) = outcome.faults[0].occurrences[0].latency else { panic!("it is back in this run") };
    let back = Time::ZERO + Span::from_secs(2_000) + after;
    assert!((at(2_880.0)..=at(2_940.0)).contains(&back), "{after}");
}

/// A retention of 400 s is an age limit A: of the items that arrive in the outage and wait for longer, a share of 1 − A/D
/// expires, and none of those that come later.
#[test]
fn an_age_limit_below_the_outage_loses_what_is_older() {
    let outcome = outage(5, &["strategy.calm.sqs.retention=400s"]);
    let expired = outcome.items.expired as f64;
    assert!((expired - 600.0).abs() <= 2.0, "{expired} expired: those of the first 600 s");
    assert_eq!(outcome.without_faults.map(|calm| calm.ended), Some(0));
}
