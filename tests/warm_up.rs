//! The start of a run that is cut, where it is to be found.

use std::path::Path;
use std::process::Command;

use simctl::experiment::{self, Options, Results};
use simctl::pricing::PriceBook;
use simctl::report;
use simctl::scenario::{Override, load_text};

/// A queue that begins with 600 items before its server, which has them worked off after about 20 minutes, and one with
/// servers enough.
const TEXT: &str = r#"
name = "start"
[run]
duration = "4h"
replications = 4
warm-up = "auto"
[[arrivals]]
name = "items"
process = "poisson"
rate = "30/min"
[[arrivals]]
name = "left over"
process = "bursts"
bursts = [{ items = 600, at = "00:00" }]
[functions.one]
platform = "ideal"
concurrency = 1
service-time = "1s"
[functions.many]
platform = "ideal"
concurrency = 1000
service-time = "1s"
[[strategy]]
name = "one"
flow = "queue -> one"
[[strategy]]
name = "many"
flow = "queue -> many"
"#;

fn run(sets: &[&str]) -> Results {
    let sets: Vec<Override> = sets.iter().map(|set| Override::parse(set).expect("an override")).collect();
    let scenario = load_text("start.toml", TEXT, Path::new(""), &sets).unwrap_or_else(|faults| panic!("{faults}"));
    experiment::run(&scenario, &PriceBook::embedded(), Options::default()).expect("it runs")
}

fn mean(results: &Results) -> f64 {
    let mut figures = results.strategies[0].figures.iter();
    let found = figures.find(|figure| figure.scope.is_empty() && figure.metric == "latency_mean");
    found.expect("a figure").estimate.mean
}

/// 600 items wait at 0:00, a server does 60 a minute and 30 arrive: 20 minutes. Then it is M/D/1 half busy: a mean
/// sojourn of 1.5 s.
#[test]
fn the_start_is_cut_and_what_is_left_is_the_steady_state() {
    let results = run(&[]);
    let found = results.warm_up.as_ref().expect("it was to be found");
    assert!((1_000.0..2_400.0).contains(&found.seconds), "{found:?}");
    assert_eq!(found.pilots, 4);
    assert!(found.strategies[1].seconds < found.strategies[0].seconds && !found.strategies[0].beyond_half, "{found:?}");
    assert!((mean(&results) - 1.5).abs() < 0.1, "{}", mean(&results));
    assert!(mean(&run(&["run.warm-up=0s"])) > 10.0, "the start shows where it is not cut");
    let screen = report::render(&results, 100, false).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("are cut, by MSER-5 on the backlog of 4 runs of their own"), "{screen}");
    assert!(report::json_line(&results).expect("a document").contains("\"warm_up\":{\"seconds\":"));
}

/// The same figures as of who writes down what was found: the runs it was found on are not measured.
#[test]
fn what_was_found_can_be_written_down() {
    let found = run(&[]);
    let seconds = found.warm_up.as_ref().expect("it was to be found").seconds;
    let written = run(&[&format!("run.warm-up={seconds}s")]);
    assert_eq!(found.fingerprint, written.fingerprint);
    assert!(written.warm_up.is_none());
}

/// A queue that only grows has no steady state.
#[test]
fn a_queue_that_is_never_steady_is_warned_of() {
    let results = run(&["run.load=2.4", "arrivals.\"left over\".bursts=[{ items = 1, at = \"00:00\" }]"]);
    let found = results.warm_up.as_ref().expect("it was to be found");
    assert!(found.strategies[0].beyond_half && found.seconds <= 7_200.0, "{found:?}");
    let screen = report::render(&results, 100, false).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("! no steady state was found for one"), "{screen}");
}

#[test]
fn commands_that_plan_their_own_runs_refuse_to_find_it() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("start.toml"), TEXT).expect("written");
    let arguments = ["sweep", "start.toml", "--vary", "run.load=0.5,1"];
    let output = Command::new(env!("CARGO_BIN_EXE_simctl")).args(arguments).current_dir(folder.path()).output();
    let output = output.expect("it starts");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("`run.warm-up`: only `simctl run` finds the warm-up"), "{message}");
}
