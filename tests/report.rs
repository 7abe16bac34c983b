//! The files of a report, byte by byte: their columns, their order and how numbers are written are a promise.

use std::fs;

use simctl::experiment::results::{
    Comparison, Figure, ObjectiveResult, PricesUsed, QuantileFigure, Results, SeriesFigure, SeriesPoint,
    StrategyResults,
};
use simctl::report;
use simctl::stats::Estimate;

fn around(mean: f64, half: f64) -> Estimate {
    Estimate { mean, interval: Some((mean - half, mean + half)), replications: 2 }
}

fn alone(mean: f64) -> Estimate {
    Estimate { mean, interval: None, replications: 1 }
}

fn strategy(name: &str, p99: Estimate) -> StrategyResults {
    let figure = |scope: &str, metric, unit, estimate| Figure { scope: scope.to_owned(), metric, unit, estimate };
    let point = |time_s, mean| SeriesPoint { time_s, estimate: around(mean, 0.5), min: 0.0, max: mean + 1.0 };
    StrategyResults {
        name: name.to_owned(),
        flow: "events -> post".to_owned(),
        figures: vec![
            figure("", "owed", "effects", around(3.0, 0.0)),
            figure("", "processed", "effects", around(2.5, 0.1)),
            figure("", "duplicates", "effects", around(0.5, 0.25)),
            figure("", "latency_p99", "s", p99),
            figure("sent_twice", "duplicates", "effects", around(0.5, 0.25)),
            figure("post", "invocations", "runs", alone(3.0)),
        ],
        quantiles: vec![QuantileFigure { scope: String::new(), quantile: 0.99, estimate: p99 }],
        latency_cdf: vec![(0.1, 0.5), (1.0 / 3.0, 0.75)],
        series: vec![SeriesFigure {
            scope: String::new(),
            series: "backlog",
            unit: "effects",
            points: vec![point(0.0, 1.0), point(0.5, 2.0)],
        }],
        machines: Vec::new(),
    }
}

fn results() -> Results {
    let never = Estimate { mean: f64::INFINITY, interval: Some((f64::INFINITY, f64::INFINITY)), replications: 2 };
    let p99 = around(0.125, 1e-7);
    Results {
        faults: Vec::new(),
        scenario: "tiny-1".to_owned(),
        summary: "three items".to_owned(),
        program_version: "0.0.0".to_owned(),
        seed: u64::MAX,
        replications: 2,
        precision: None,
        warm_up: None,
        batch_means: None,
        fluid: None,
        rare_quantiles: Vec::new(),
        pairs: Vec::new(),
        duration_s: 60.0,
        drain_s: 0.0,
        start: "2026-11-23T00:00:00Z".to_owned(),
        baseline: 0,
        strategies: vec![strategy("never, at times", never), strategy("per event", p99)],
        comparisons: vec![Comparison {
            strategy: 1,
            metric: "processed",
            unit: "effects",
            difference: around(0.0, 0.25),
            ratio: Some(around(1.0, 0.125)),
            variance_ratio: Some(0.25),
        }],
        objectives: vec![ObjectiveResult {
            text: "latency_p99 below 60s".to_owned(),
            location: None,
            metric: "latency_p99",
            strategy: 1,
            bound: 60.0,
            measured: p99,
            met: true,
            certain: true,
            undefined: false,
            unprocessed: None,
            share_within: Some(around(0.75, 0.0)),
        }],
        fingerprint: "00ff".to_owned(),
        prices: PricesUsed {
            region: "us-east-1".to_owned(),
            written: "2026-11-23".to_owned(),
            free_tier: false,
            changed: Vec::new(),
            free: None,
        },
        understood: serde_json::json!({ "run": { "seed": 7, "load": 1.0 } }),
        settings: Vec::new(),
        explained: String::new(),
        only: Vec::new(),
    }
}

#[test]
fn tables_and_document() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = report::files::write(&results(), out.path()).expect("written");
    assert_eq!(folder, out.path().join("tiny-1"));
    for name in ["summary.csv", "latency.csv", "series.csv", "comparisons.csv", "run.json"] {
        let text = fs::read_to_string(folder.join(name)).expect("a file");
        insta::assert_snapshot!(name, if name == "run.json" { without_digests(&text) } else { text });
    }
}

/// The document without the digests of the other files, which change with every stroke of a chart.
fn without_digests(text: &str) -> String {
    let (before, digests) = text.split_once(",\n  \"files\": {").expect("digests");
    assert_eq!(digests.lines().filter(|line| line.contains("\": \"")).count(), 10, "{digests}");
    format!("{before}\n}}\n")
}

#[test]
fn the_document_on_one_line_says_the_same() {
    let line = report::json_line(&results()).expect("a document");
    assert_eq!(line.lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&line).expect("json");
    assert_eq!(value["seed"], serde_json::json!(u64::MAX));
    assert_eq!(value["comparisons"][0]["strategy"], "per event");
    assert_eq!(value["strategies"][0]["quantiles"][0]["seconds"]["mean"], serde_json::Value::Null);
}

#[test]
fn no_file_tells_where_it_was_written() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = report::files::write(&results(), out.path()).expect("written");
    let place = out.path().to_string_lossy().into_owned();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        assert!(!fs::read_to_string(&path).expect("a file").contains(&place), "{}", path.display());
    }
}
