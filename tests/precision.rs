//! Replications are added until an interval is narrow enough, or no more are allowed.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::texts::queues;
use simctl::experiment::precision::next_look;
use simctl::experiment::results::PrecisionReached;
use simctl::experiment::{self, Options, Results};
use simctl::pricing::PriceBook;
use simctl::report;
use simctl::scenario::{Override, Scenario, load_text};

/// A queue half busy, and another of two servers: the first needs many more replications.
fn text(more: &str) -> String {
    queues("queue", &format!("duration = \"10m\"\nreplications = 10\n{more}"), "600ms", 3)
}

fn scenario(sets: &[&str]) -> Scenario {
    let sets: Vec<Override> = sets.iter().map(|set| Override::parse(set).expect("an override")).collect();
    load_text("queue.toml", &text(""), Path::new(""), &sets).unwrap_or_else(|faults| panic!("{faults}"))
}

fn run(scenario: &Scenario, threads: usize) -> Results {
    let options = Options { threads: Some(threads), ..Options::default() };
    experiment::run(scenario, &PriceBook::embedded(), options).expect("it runs")
}

#[test]
fn replications_are_added_until_every_interval_is_narrow_enough() {
    let results = run(&scenario(&["run.precision={ metric = \"latency_mean\", within = \"4%\" }"]), 2);
    let precision = results.precision.as_ref().expect("it was asked for");
    assert_eq!((precision.metric, precision.within, precision.max_replications), ("latency_mean", 0.04, 1_000));
    assert_eq!(precision.looks.first(), Some(&10));
    assert_eq!(precision.looks.last(), Some(&results.replications));
    assert!(results.replications > 10, "ten are too few for the busy queue");
    for (strategy, reached) in results.strategies.iter().zip(&precision.strategies) {
        let figure = strategy.figures.iter().find(|figure| figure.scope.is_empty() && figure.metric == "latency_mean");
        let estimate = figure.expect("a mean").estimate;
        assert_eq!(estimate.replications as u64, results.replications, "every strategy has all of them");
        assert_eq!(estimate.relative_half_width(), reached.half_width);
        assert!(reached.half_width.expect("a width") <= 0.04 && reached.reached == PrecisionReached::Reached);
    }
    let screen = report::render(&results, 100, false).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("latency_mean within ±4 % of its mean reached after"), "{screen}");
    assert!(screen.contains("hold their true value less often than the 95 % they say"), "{screen}");
}

/// The same replications in the same order, whether they were asked for at once or added one look after the other.
#[test]
fn a_run_to_a_precision_is_the_run_of_as_many_replications() {
    let to_precision = run(&scenario(&["run.precision=5%", "run.max-replications=40"]), 2);
    let count = format!("run.replications={}", to_precision.replications);
    let at_once = run(&scenario(&[&count]), 2);
    assert_eq!(to_precision.fingerprint, at_once.fingerprint);
    assert!(at_once.precision.is_none());
}

#[test]
fn threads_do_not_decide_when_to_stop() {
    let scenario = scenario(&["run.precision={ metric = \"latency_mean\", within = \"3%\" }"]);
    let line = |threads| report::json_line(&run(&scenario, threads)).expect("a document");
    let one = line(1);
    assert!(one.contains("\"precision\":{\"metric\":\"latency_mean\",\"within\":0.03,"), "{}", &one[..400]);
    for threads in [2, 3, 7] {
        assert_eq!(one, line(threads), "{threads} threads");
    }
}

#[test]
fn where_the_most_replications_are_not_enough_it_is_said_who_falls_short_and_by_how_much() {
    let results = run(&scenario(&["run.precision=0.1%", "run.max-replications=12"]), 2);
    assert_eq!(results.replications, 12);
    let precision = results.precision.as_ref().expect("it was asked for");
    assert_eq!(precision.looks, [10, 12]);
    assert!(precision.strategies.iter().all(|one| one.reached == PrecisionReached::Short));
    let out = tempfile::tempdir().expect("a folder");
    let folder = report::files::write(&results, out.path()).expect("written");
    let table = std::fs::read_to_string(folder.join("precision.csv")).expect("a table");
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.lines().skip(1).all(|row| row.ends_with(",short,12,12")), "{table}");
    let page = std::fs::read_to_string(folder.join("report.html")).expect("a page");
    for text in [report::render(&results, 100, false), page] {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = "not reached after 12 replications, the most allowed (run.max-replications), by one (±";
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn a_metric_that_is_never_is_not_waited_for() {
    // The drain is cut off: some items are never done, and p99.9 is beyond them in some replication.
    let sets = ["run.precision={ metric = \"latency_p999\", within = \"1%\" }", "run.drain=0s", "run.load=1.6"];
    let results = run(&scenario(&sets), 2);
    let precision = results.precision.as_ref().expect("it was asked for");
    assert_eq!(precision.strategies[0].reached, PrecisionReached::Never);
    assert_eq!(precision.strategies[0].half_width, None);
}

#[test]
fn a_look_is_decided_by_values_alone() {
    let asked = scenario(&["run.precision=2%"]).run.precision.expect("it was asked for");
    let values = vec![vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]];
    assert_eq!(next_look(&values, 10, &asked), Some(20));
    assert_eq!(next_look(&[vec![5.0; 10]], 10, &asked), None);
}

/// Commands that plan their own runs refuse the key, and say what to add.
#[test]
fn commands_that_plan_their_own_runs_refuse_a_precision() {
    let folder = tempfile::tempdir().expect("a folder");
    let file: PathBuf = folder.path().join("queue.toml");
    std::fs::write(&file, text("precision = \"2%\"")).expect("written");
    let file = file.to_string_lossy().into_owned();
    let simctl = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_simctl")).args(arguments).current_dir(folder.path()).output();
        let output = output.expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let limit = ["limit", &file, "--vary", "run.load=0.5..1", "--until", "latency_p99 > 60s"];
    for arguments in [&["sweep", &file, "--vary", "run.load=1,2"][..], &limit, &["compare", &file, &file]] {
        let (code, message) = simctl(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {message}");
        assert!(message.contains("`run.precision`: only `simctl run` adds replications"), "{message}");
        assert!(message.trim_end().ends_with("add --set run.precision=off"), "{message}");
    }
    let (code, message) = simctl(&["compare", &file, &file, "--set", "run.precision=off", "--duration", "10s"]);
    assert_eq!(code, Some(0), "{message}");
}
