//! One long run whose intervals come from its batches.

mod common;

use std::path::Path;

use common::texts::queues;
use simctl::experiment::{self, Options, Results};
use simctl::pricing::PriceBook;
use simctl::report;
use simctl::scenario::{Override, load_text};
use simctl::stats::Estimate;

/// M/M/1 half busy, and two servers.
fn text() -> String {
    queues("long", "duration = \"10h\"\nreplications = 1\nintervals = \"batch-means\"", "500ms", 2)
}

fn run(sets: &[&str]) -> Results {
    let sets: Vec<Override> = sets.iter().map(|set| Override::parse(set).expect("an override")).collect();
    let scenario = load_text("long.toml", &text(), Path::new(""), &sets).unwrap_or_else(|faults| panic!("{faults}"));
    experiment::run(&scenario, &PriceBook::embedded(), Options::default()).expect("it runs")
}

fn figure(results: &Results, metric: &str) -> Estimate {
    let mut figures = results.strategies[0].figures.iter();
    figures.find(|figure| figure.scope.is_empty() && figure.metric == metric).expect("a figure").estimate
}

fn screen(results: &Results) -> String {
    report::render(results, 100, false).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// M/M/1 half busy: the mean is 1 s, and the 36,000 items of a run of ten hours tell it to a few per cent.
#[test]
fn latencies_and_waits_have_intervals_and_counts_have_none() {
    let results = run(&[]);
    for metric in ["latency_mean", "latency_p50", "latency_p99", "latency_p999", "wait_mean", "wait_p95"] {
        let estimate = figure(&results, metric);
        let (low, high) = estimate.interval.unwrap_or_else(|| panic!("{metric} has no interval"));
        assert!(low < estimate.mean && estimate.mean < high && estimate.replications == 1, "{metric}: {estimate:?}");
    }
    let width = figure(&results, "latency_mean").relative_half_width().expect("a width");
    assert!((0.01..0.2).contains(&width), "{width}");
    for metric in ["arrived", "invocations", "backlog_max", "cost_usd"] {
        let absent = results.strategies[0].figures.iter().find(|figure| figure.metric == metric);
        assert!(absent.is_none_or(|figure| figure.estimate.interval.is_none()), "{metric}");
    }
    let p99 = results.strategies[0].quantiles.iter().find(|row| row.quantile == 0.99 && row.scope.is_empty());
    assert_eq!(p99.expect("a row").estimate, figure(&results, "latency_p99"), "both files say the same");
}

/// Cutting a run in batches changes nothing of it.
#[test]
fn the_run_is_the_one_without_batches() {
    let (with, without) = (run(&[]), run(&["run.intervals=replications"]));
    for metric in ["latency_mean", "latency_p99", "wait_mean", "backlog_mean"] {
        assert_eq!(figure(&with, metric).mean, figure(&without, metric).mean, "{metric}");
    }
    assert!(without.batch_means.is_none() && figure(&without, "latency_mean").interval.is_none());
}

#[test]
fn strategies_are_compared_batch_by_batch() {
    let results = run(&[]);
    let of =
        |metric: &str| results.comparisons.iter().find(|comparison| comparison.metric == metric).expect("compared");
    let (low, high) = of("latency_mean").difference.interval.expect("an interval");
    assert!(high < 0.0 && low < high, "two servers are shown to be faster: {low} to {high}");
    assert_eq!(of("backlog_mean").difference.interval, None);
}

#[test]
fn the_screen_says_where_intervals_come_from_and_warns() {
    let results = run(&[]);
    let batches = results.batch_means.as_ref().expect("it was asked for");
    assert_eq!((batches.batches, batches.seconds), (20, 1_800.0));
    assert!(batches.strategies.iter().all(|one| one.least_items > 1_000 && !one.correlated), "{batches:?}");
    let text = screen(&results);
    assert!(text.contains("1 replication with 95 % intervals from 20 batches of 30 min"), "{text}");
    assert!(text.contains("! intervals come from batches of one run"), "{text}");
    assert!(report::json_line(&results).expect("a document").contains("\"batch_means\":{\"batches\":20,"));
}

/// Busy for 98 % of the time, the queue remembers far longer than the 18 s of a batch.
#[test]
fn batches_that_are_too_short_are_found_out() {
    let results = run(&["run.load=1.96", "run.duration=6m"]);
    let batches = results.batch_means.as_ref().expect("it was asked for");
    assert!(batches.strategies[0].correlated, "{batches:?}");
    let text = screen(&results);
    assert!(
        text.contains("! batches of one are too short: the mean latency of each is like that of the next"),
        "{text}"
    );
}
