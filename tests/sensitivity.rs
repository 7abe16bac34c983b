//! `simctl sensitivity` against queues whose answers are known in closed form, and as a shell sees it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use simctl::experiment::Options;
use simctl::experiment::sensitivity::{Question, Sensitivity, study};
use simctl::experiment::sweep::Template;
use simctl::pricing::PriceBook;
use simctl::scenario::{Override, Vary, metric_named};

/// One server, 8 items a second at random, 100 ms on average: half a second in the system, 1 / (10 - 8).
const QUEUE: &str = r#"
name = "mm1"
[run]
duration = "4000s"
warm-up = "200s"
drain = "1h"
seed = 11
replications = 4
[[arrivals]]
name = "items"
process = "poisson"
rate = "8/s"
[functions.server]
platform = "ideal"
concurrency = 1
service-time = { exponential = "100ms" }
[[strategy]]
name = "one server"
flow = "queue -> server"
"#;

const LOAD: &str = "run.load=0.25..1";
const SERVICE: &str = "functions.server.service-time.exponential=50ms..100ms";
/// Of no effect on a function that is no Lambda.
const DRAIN: &str = "run.drain=1h..2h";

fn question(inputs: &[&str], ways: u32, rows: u32, sets: &[&str]) -> Question {
    let template = Template {
        name: "mm1.toml".to_owned(),
        text: QUEUE.to_owned(),
        folder: PathBuf::new(),
        sets: sets.iter().map(|set| Override::parse(set).expect("a change")).collect(),
        only: Vec::new(),
    };
    let inputs = inputs.iter().map(|input| Vary::parse(input).expect("a range")).collect();
    let metric = metric_named("latency_mean").expect("a metric");
    Question { template, inputs, metric, ways, rows, budget: 5_000 }
}

fn found(question: &Question, threads: usize) -> Sensitivity {
    let options = Options { threads: Some(threads), progress: None, stop: None };
    study(question, &PriceBook::embedded(), options).expect("a sensitivity").remove(0)
}

/// Time in the system of M/M/1.
fn in_system(load: f64, service_s: f64) -> f64 {
    1.0 / (1.0 / service_s - 8.0 * load)
}

#[test]
fn the_ends_of_each_input_are_those_of_the_closed_form() {
    let found = found(&question(&[LOAD, SERVICE, DRAIN], 0, 0, &[]), 2);
    let near = |swing: &simctl::experiment::sensitivity::Swing, known: f64| {
        let (low, high) = swing.estimate.interval.expect("an interval");
        // Twice the half width, with four replications, leaves less than 1 % of the seeds outside.
        let half = high - low;
        assert!((swing.estimate.mean - known).abs() < half.min(known / 2.0), "{swing:?} is not {known}");
    };
    let [load, service, drain] = &found.inputs[..] else { panic!("three inputs") };
    near(&load.low, in_system(0.25, 0.1));
    near(&load.high, in_system(1.0, 0.1));
    near(&service.low, in_system(1.0, 0.05));
    near(&service.high, in_system(1.0, 0.1));
    // What the scenario has itself, and what has no effect, changes nothing at all: both sides saw the same items.
    for swing in [&load.high, &service.high, &drain.low, &drain.high] {
        assert_eq!(swing.change.expect("a change").mean, 0.0);
    }
    assert!(load.is_shown() && service.is_shown() && !drain.is_shown());
    // 1/8 s at a quarter of the load, 1/12 s with twice the speed: the service time moves it more.
    let order: Vec<&str> = found.ranked().iter().map(|input| input.key.as_str()).collect();
    assert_eq!(order, ["functions.server.service-time.exponential", "run.load", "run.drain"]);
    assert!(found.inputs.iter().all(|input| input.effects.is_none() && input.indices.is_none()));
}

/// First and total indices of a function of two uniform inputs, by the middles of a fine grid.
fn known_indices(function: impl Fn(f64, f64) -> f64) -> [[f64; 2]; 2] {
    const PARTS: usize = 200;
    let share = |part: usize| (part as f64 + 0.5) / PARTS as f64;
    let grid: Vec<Vec<f64>> = (0..PARTS).map(|x| (0..PARTS).map(|y| function(share(x), share(y))).collect()).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let variance =
        |values: &[f64]| mean(&values.iter().map(|v| (v - mean(values)) * (v - mean(values))).collect::<Vec<_>>());
    let all = variance(&grid.concat());
    let by_x: Vec<f64> = grid.iter().map(|row| mean(row)).collect();
    let by_y: Vec<f64> = (0..PARTS).map(|y| mean(&grid.iter().map(|row| row[y]).collect::<Vec<_>>())).collect();
    let [x, y] = [variance(&by_x) / all, variance(&by_y) / all];
    [[x, 1.0 - y], [y, 1.0 - x]]
}

#[test]
fn indices_of_a_queue_are_those_of_the_closed_form() {
    // Less load, so that long queues do not need long runs.
    let sets = ["run.duration=600s", "run.warm-up=20s", "run.replications=3"];
    let found = found(&question(&["run.load=0.25..0.75", SERVICE, DRAIN], 0, 128, &sets), 2);
    let known = known_indices(|x, y| in_system(0.25 + 0.5 * x, 0.05 + 0.05 * y));
    for (input, known) in found.inputs.iter().zip(known) {
        let indices = input.indices.expect("indices");
        for (index, known) in [(indices.first, known[0]), (indices.total, known[1])] {
            assert!((index.share - known).abs() < 0.12, "{}: {index:?} is not {known}", input.key);
            assert!(index.low <= index.share && index.share <= index.high, "{index:?}");
        }
    }
    let drain = found.inputs[2].indices.expect("indices");
    assert!(drain.first.share.abs() < 0.02 && drain.total.share.abs() < 0.02, "{drain:?}");
}

#[test]
fn effects_of_a_queue_rank_its_inputs() {
    let sets = ["run.duration=600s", "run.warm-up=20s", "run.replications=2"];
    let question = question(&["run.load=0.25..0.75", SERVICE, DRAIN], 12, 0, &sets);
    let one = found(&question, 1);
    let effects: Vec<_> = one.inputs.iter().map(|input| input.effects.expect("effects")).collect();
    // Both make the queue longer everywhere, the more so the longer it is; the service time by far the most.
    assert!(effects[1].mu_star.mean > effects[0].mu_star.mean && effects[0].mu_star.mean > 0.02, "{effects:?}");
    assert!(effects[0].mu.mean > 0.0 && effects[0].sigma > 0.01 && effects[1].sigma > 0.01, "{effects:?}");
    assert!(effects[2].mu_star.mean == 0.0 && effects[2].sigma == 0.0, "{effects:?}");
    assert_eq!(one, found(&question, 3), "threads change nothing");
}

#[test]
fn what_is_never_has_no_effects() {
    // Next to no drain: at the high load what is in the queue at the end never leaves it.
    let sets = ["run.duration=60s", "run.warm-up=0s", "run.drain=1s", "run.replications=2"];
    let found = found(&question(&["run.load=0.01..4", SERVICE], 4, 4, &sets), 2);
    assert!(found.endless > 0 && found.inputs.iter().all(|input| input.effects.is_none() && input.indices.is_none()));
    assert_eq!(found.inputs[0].high.estimate.mean, f64::INFINITY);
}

fn simctl(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simctl"));
    let output = command.args(arguments).current_dir(folder).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("mm1.toml"), QUEUE).expect("written");
    folder
}

const SHORT: [&str; 4] = ["--duration", "600s", "--replications", "2"];

#[test]
fn a_sensitivity_leaves_a_table_a_document_and_a_chart() {
    let folder = folder();
    let asked = ["sensitivity", "mm1.toml", "--vary", LOAD, "--vary", SERVICE, "--metric", "latency_mean"];
    let more = ["--morris", "3", "--sobol", "8"];
    let mut bytes = Vec::new();
    for threads in ["1", "3"] {
        let rest = ["--threads", threads, "--out", threads];
        let (code, out, err) = simctl(folder.path(), &[&asked[..], &more, &rest].concat());
        assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
        assert!(out.contains("latency_mean of one server moves most with functions.server.service-time"), "{out}");
        let read = |name: &str| fs::read(folder.path().join(threads).join("mm1-sensitivity").join(name)).expect(name);
        bytes.push(["sensitivity.csv", "sensitivity.json", "tornado.svg", "morris.svg", "sobol.svg"].map(read));
    }
    assert!(bytes[0] == bytes[1], "threads change no byte");
    let [table, document, chart, effects, indices] =
        bytes.remove(0).map(|bytes| String::from_utf8(bytes).expect("text"));
    let heading = "scenario,strategy,input,method,measure,value,metric,unit,estimate,ci_low,ci_high";
    assert_eq!(table.lines().next(), Some(heading));
    for begin in [
        "mm1,one server,,one-at-a-time,base,,latency_mean,s,",
        "mm1,one server,run.load,one-at-a-time,low,0.25,latency_mean,s,",
        "mm1,one server,run.load,one-at-a-time,low_change,0.25,latency_mean,s,-",
        "mm1,one server,run.load,morris,mu_star,,latency_mean,s,",
        "mm1,one server,run.load,morris,sigma,,latency_mean,s,",
        "mm1,one server,run.load,sobol,total,,latency_mean,1,",
    ] {
        assert!(table.lines().any(|line| line.starts_with(begin)), "{begin}: {table}");
    }
    let document: serde_json::Value = serde_json::from_str(&document).expect("json");
    assert_eq!(document["vary"][1], SERVICE);
    assert!(document["strategies"][0]["inputs"][0]["indices"]["total"]["share"].is_number());
    assert!(chart.contains("run.load") && chart.contains("50ms: ") && chart.contains("data-strategy=\"0\""), "{chart}");
    assert!(effects.contains("mu*") && effects.contains("run.load"), "{effects}");
    assert!(indices.contains("variance of latency_mean") && indices.contains("run.load"), "{indices}");
}

/// Without `--vary`, the inputs are those of the scenario's own table.
#[test]
fn a_scenario_names_its_inputs() {
    let folder = folder();
    let text = format!("{QUEUE}[sweep]\nvary = [\"{LOAD}\"]\n");
    fs::write(folder.path().join("mm1.toml"), text).expect("written");
    let (code, out, err) = simctl(folder.path(), &[&["sensitivity", "mm1.toml", "--morris", "0"][..], &SHORT].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("run.load") && !out.contains("mu*"), "{out}");
}

#[test]
fn what_cannot_be_told_is_refused_before_anything_runs() {
    let folder = folder();
    for (arguments, because) in [
        (&[][..], "nothing varies"),
        (&["--vary", LOAD, "--vary", LOAD], "it varies twice"),
        (&["--vary", "run.load=1"], "one value moves nothing"),
        (&["--vary", "run.load=-1..1"], "nothing was run: one of the points is run.load=-1"),
        (&["--vary", "run.laod=1..2"], "did you mean `load`?"),
        (&["--vary", "strategy.\"one server\".name=a,b"], "the strategies, or the scenario's name, change with it"),
        (&["--vary", LOAD, "--metric", "latency_p98"], "there is no metric `latency_p98`"),
        (&["--vary", LOAD, "--replications", "1"], "2 replications at least"),
        (&["--vary", LOAD, "--sobol", "4096"], "--budget allows 5000"),
    ] {
        let (code, out, err) = simctl(folder.path(), &[&["sensitivity", "mm1.toml"][..], arguments].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(because), "{arguments:?}: {err}");
    }
    assert!(!folder.path().join("reports").exists(), "nothing was written");
}
