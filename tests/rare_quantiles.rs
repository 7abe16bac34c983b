//! Quantiles that few items of a replication lie beyond.

use std::path::Path;

use simctl::experiment::{self, Options, Results};
use simctl::pricing::PriceBook;
use simctl::report;
use simctl::scenario::{Override, load_text};
use simctl::stats::Estimate;

/// No queue: sojourns are service times, of which one in a thousand exceeds 6.908 s.
const TEXT: &str = r#"
name = "rare"
[run]
duration = "1h"
replications = 10
[[arrivals]]
name = "items"
process = "poisson"
rate = "30/min"
[functions.many]
platform = "ideal"
concurrency = 100000
service-time = { exponential = { mean = "1s" } }
[[strategy]]
name = "many"
flow = "queue -> many"
[[objective]]
metric = "latency_p999"
below = "20s"
"#;

fn run(sets: &[&str]) -> Results {
    let sets: Vec<Override> = sets.iter().map(|set| Override::parse(set).expect("an override")).collect();
    let scenario = load_text("rare.toml", TEXT, Path::new(""), &sets).unwrap_or_else(|faults| panic!("{faults}"));
    experiment::run(&scenario, &PriceBook::embedded(), Options::default()).expect("it runs")
}

fn p999(results: &Results) -> Estimate {
    let mut figures = results.strategies[0].figures.iter();
    figures.find(|figure| figure.metric == "latency_p999").expect("a figure").estimate
}

/// Each replication has 1,800 items: its own 99.9th percentile is its second greatest, whose mean is far from the truth
/// by nature. All 18,000 have eighteen beyond it.
#[test]
fn the_percentile_is_of_all_replications_together() {
    let results = run(&[]);
    let (low, high) = p999(&results).interval.expect("an interval");
    assert!(low < 6.908 && 6.908 < high, "{low} to {high}");
    let row = results.strategies[0].quantiles.iter().find(|row| row.quantile == 0.999).expect("a row");
    assert_eq!(row.estimate, p999(&results), "both files say the same");
    let rare = results.rare_quantiles[0];
    assert!(rare.pooled && (rare.beyond - 1.8).abs() < 0.2, "{rare:?}");
    let screen = report::render(&results, 100, false).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        screen.contains("! latency_p999 of many rests on few items: 1.8 of a replication lie beyond it"),
        "{screen}"
    );
}

#[test]
fn with_enough_items_nothing_is_warned_of() {
    let results = run(&["run.load=10"]);
    assert!(results.rare_quantiles.is_empty(), "18 of each lie beyond it");
    let (low, high) = p999(&results).interval.expect("an interval");
    assert!(low < 6.908 && 6.908 < high && high - low < 2.0, "{low} to {high}");
}

/// A server busy for 95 % of the time, in replications of four hours: the longest sojourns are in a few busy spells, which
/// most replications have not had.
#[test]
fn a_percentile_of_replications_that_are_too_short_is_told_by_all_items_together() {
    let results = run(&[
        "functions.many.concurrency=1",
        "functions.many.service-time={ exponential = \"1900ms\" }",
        "run.duration=4h",
        "run.replications=20",
        "objective=[{ metric = \"latency_p99\", below = \"10m\" }]",
    ]);
    let doubtful = results.rare_quantiles.first().expect("it is in doubt");
    let figure = results.strategies[0].figures.iter().find(|figure| figure.metric == "latency_p99").expect("a figure");
    let (_, high) = figure.estimate.interval.expect("an interval");
    assert!(doubtful.together.expect("another value") > high, "{doubtful:?} {figure:?}");
    let screen = report::render(&results, 100, false).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("of all items together, outside its interval"), "{screen}");
}

/// Two replications of 300 items: not one is expected beyond it.
#[test]
fn too_few_items_have_no_upper_end_and_decide_no_objective() {
    let results = run(&["run.replications=2", "run.duration=10m"]);
    assert_eq!(p999(&results).interval.expect("an interval").1, f64::INFINITY);
    assert!(!results.objectives[0].certain);
}

#[test]
fn a_99th_percentile_that_something_is_asked_of_is_warned_of_too() {
    let results = run(&["run.duration=10m", "objective=[{ metric = \"latency_p99\", below = \"20s\" }]"]);
    let rare = results.rare_quantiles[0];
    assert!(rare.metric == "latency_p99" && !rare.pooled, "{rare:?}");
}
