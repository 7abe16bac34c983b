//! `simctl limit` against what is known by hand, and by queueing theory.

mod common;

use std::path::PathBuf;

use common::texts::queues;
use common::{Heard, world};
use simctl::experiment::Options;
use simctl::experiment::limit::{Decision, Found, Limit, Question, find};
use simctl::experiment::sweep::Template;
use simctl::pricing::PriceBook;
use simctl::proof::closed_forms::ManyServers;
use simctl::scenario::{Condition, Override, Vary};

fn question(text: String, sets: &[String], vary: &str, until: &str) -> Question {
    let sets = sets.iter().map(|set| Override::parse(set).expect("an override")).collect();
    let template = Template { name: "test.toml".to_owned(), text, folder: PathBuf::new(), sets, only: Vec::new() };
    let vary = Vary::parse(vary).unwrap_or_else(|error| panic!("{error}"));
    let until = Condition::parse(until).unwrap_or_else(|error| panic!("{error}"));
    Question { template, vary, until, precision: 0.02, budget: 2_000 }
}

fn limits(question: &Question) -> Vec<Limit> {
    find(question, &PriceBook::embedded(), Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn one(question: &Question) -> Limit {
    limits(question).remove(0)
}

fn ends(limit: &Limit) -> (f64, f64) {
    let number = |text: &str| Vary::number(text).expect("a number");
    (number(&limit.low), number(&limit.high))
}

/// An item a second for an hour, a second of work for each of `parallel` workers, in one run at the end of the hour: it is
/// killed at 900 s if there are more than 900 for each, so the wall lies at load = parallel / 4.
#[test]
fn the_fifteen_minute_wall_of_a_deterministic_batch_is_where_it_is_by_hand() {
    for parallel in [1, 4] {
        let calm = world("schedule -> post").every("1s", "500ms");
        let sets = ["run.replications=2".to_owned(), format!("strategy.calm.schedule.parallel={parallel}")];
        let vary = "run.load=0.05..4:log";
        let found = one(&question(calm.text(), &sets, vary, "timeouts > 0"));
        let wall = f64::from(parallel) / 4.0;
        let (low, high) = ends(&found);
        assert_eq!(found.found, Found::Limit, "{found:#?}");
        assert!(low <= wall * 1.002 && high >= wall * 0.998, "{wall} is not in {low} to {high}");
        assert!(high - low <= 0.02 * high, "{low} to {high}");
        // Nothing is random: no value needs more than the two replications.
        assert!(found.probes.iter().all(|probe| probe.estimate.replications == 2));
    }
}

/// The least number of workers that keeps under the wall: a whole number, by hand.
#[test]
fn the_least_number_of_workers_is_found() {
    let calm = world("schedule -> post").every("1s", "500ms");
    let found = one(&question(
        calm.text(),
        &["run.replications=2".to_owned()],
        "strategy.calm.schedule.parallel=1..100:log:whole",
        "timeouts > 0",
    ));
    // 3,600 items of a second in 900 s: four.
    assert_eq!((found.found, found.low.as_str(), found.high.as_str()), (Found::Limit, "3", "4"), "{found:#?}");
}

/// An item waits for the next run, and then for its turn among a hundred workers: up to ten minutes and six seconds where
/// runs are ten minutes apart, eleven minutes where they are eleven.
#[test]
fn the_longest_interval_of_a_schedule_is_found() {
    let calm = world("schedule -> post").every("1s", "500ms");
    let sets = ["run.replications=2".to_owned(), "strategy.calm.schedule.parallel=100".to_owned()];
    let vary = "strategy.calm.schedule.expression=rate(1..60 minutes)";
    let found = one(&question(calm.text(), &sets, vary, "latency_max > 630s"));
    let ends = (found.low.as_str(), found.high.as_str());
    assert_eq!((found.found, ends), (Found::Limit, ("rate(10 minutes)", "rate(11 minutes)")), "{found:#?}");
}

/// M/M/1 with two services a second: 99.9 % of items are done within ln(1000) / (2 - load), which is 13.8 s at a load of 1.499.
/// A replication of half an hour has too few items beyond it; all of them together have enough.
#[test]
fn the_limit_of_a_rare_quantile_is_that_of_all_items_together() {
    let text = queues("tail", "duration = \"35m\"\nwarm-up = \"5m\"\nreplications = 40", "500ms", 2);
    let mut question = question(text, &[], "run.load=1..1.9", "latency_p999 > 13.8s");
    (question.precision, question.budget, question.template.only) = (0.1, 4_000, vec!["one".to_owned()]);
    let found = one(&question);
    let (low, high) = ends(&found);
    assert!(low <= 1.499_4 && (1.499_4..1.9).contains(&high), "{low} to {high}");
    let probe = found.probes.iter().find(|probe| probe.number == 1.45).expect("the first middle");
    let doubt = probe.doubt.expect("few items are beyond it");
    assert!(doubt.pooled && doubt.beyond < 10.0, "{doubt:?}");
}

#[test]
fn what_holds_everywhere_or_nowhere_has_no_limit() {
    let calm = world("events -> post").every("1s", "0s");
    let sets = ["run.replications=2", "run.duration=5m"].map(str::to_owned);
    let found = |until: &str| one(&question(calm.text(), &sets, "run.load=0.5..2", until)).found;
    assert_eq!(found("latency_p99 > 500ms"), Found::Everywhere);
    assert_eq!(found("latency_p99 > 5s"), Found::Nowhere);
}

const MMC: &str = r#"
name = "mmc"
[run]
duration = "3000s"
warm-up = "100s"
drain = "1h"
replications = 10
[[arrivals]]
name = "items"
process = "poisson"
rate = "1/s"
[functions.server]
platform = "ideal"
concurrency = 4
service-time = { exponential = "1s" }
[[strategy]]
name = "servers"
flow = "queue -> server"
"#;

/// The load of M/M/4 at which the mean sojourn is so long, by bisection of the closed form.
fn known_load(sojourn: f64) -> f64 {
    let (mut low, mut high) = (0.1, 3.999);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        let at = ManyServers::new(middle, 1.0, 4).expect("it is stable").mean_sojourn();
        if at > sojourn { high = middle } else { low = middle }
    }
    low
}

/// The interval holds the closed form's limit: in at least 95 of 100 seeds by design, here in at least 38 of 40.
#[test]
fn the_limit_of_many_servers_is_that_of_theory() {
    let known = known_load(1.25);
    let (mut held, mut found_limits) = (0, 0);
    for seed in 0..40 {
        let mut question =
            question(MMC.to_owned(), &[format!("run.seed={seed}")], "run.load=0.5..3.8", "latency_mean > 1250ms");
        question.budget = 400;
        let found = one(&question);
        let (low, high) = ends(&found);
        held += u32::from(low <= known && known <= high);
        found_limits += u32::from(matches!(found.found, Found::Limit | Found::Noise | Found::Budget));
        assert!(found.runs <= 400 + 10, "{} runs", found.runs);
        assert!(high - low < 0.6, "{low} to {high} is too wide to be of use: {found:#?}");
    }
    assert_eq!(found_limits, 40);
    assert!(held >= 38, "{known} is in {held} of 40 intervals");
}

/// Values are decided by intervals on one side of the bound, whatever is in between.
#[test]
fn every_decision_stands_on_its_interval() {
    let question = question(MMC.to_owned(), &[], "run.load=0.5..3.8", "latency_mean > 1250ms");
    let found = one(&question);
    let (low, high) = ends(&found);
    assert!(found.probes.windows(2).all(|pair| pair[0].number < pair[1].number));
    for probe in &found.probes {
        let (least, most) = probe.estimate.interval.expect("replications");
        match probe.decision {
            Decision::Holds => assert!(least > 1.25 && probe.number >= high, "{probe:?}"),
            Decision::HoldsNot => assert!(most <= 1.25 && probe.number <= low, "{probe:?}"),
            Decision::Undecided => assert!(probe.number > low && probe.number < high, "{probe:?}"),
        }
    }
}

/// Threads, and strategies beside it, change nothing.
#[test]
fn the_same_question_has_the_same_answer() {
    let two =
        format!("{MMC}[[strategy]]\nname = \"more\"\nflow = \"queue -> server\"\n[strategy.server]\nconcurrency = 6\n");
    let ask = |text: &str, threads: usize| {
        let question = question(text.to_owned(), &[], "run.load=0.5..5.8", "latency_mean > 1250ms");
        let options = Options { threads: Some(threads), ..Options::default() };
        find(&question, &PriceBook::embedded(), options).unwrap_or_else(|error| panic!("{error}"))
    };
    let both = ask(&two, 1);
    assert_eq!(both, ask(&two, 3));
    assert_eq!(both[0], ask(MMC, 2)[0]);
    assert!(both[1].estimate > both[0].estimate + 1.0, "six servers bear more than four");
}

/// Every run is told of as it goes, and the work that is announced grows only where more of it becomes known.
#[test]
fn progress_is_told_of_every_run() {
    let heard = Heard::default();
    let options = Options { threads: Some(2), progress: Some(&heard), stop: None };
    let question = question(MMC.to_owned(), &[], "run.load=0.5..3.8", "latency_mean > 1250ms");
    let found = find(&question, &PriceBook::embedded(), options).unwrap_or_else(|error| panic!("{error}"));
    let runs: u64 = found.iter().map(|limit| limit.runs).sum();
    assert!(runs > 0 && heard.reports() % runs == 0 && heard.reports() <= heard.announced(), "{heard:?} of {runs}");
}

/// The program: what it prints and leaves, and what it refuses before anything runs.
#[test]
fn the_program_answers_on_the_screen_and_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mmc.toml"), MMC).expect("written");
    let ended = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_simctl"));
        let output = command.arg("limit").args(arguments).current_dir(folder.path()).output().expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let until = "latency_mean > 1250ms";
    for (arguments, because) in [
        (&["--vary", "run.load=1,2", "--until", until][..], "in a range of numbers"),
        (&["--vary", "run.start", "--until", until], "`run.start` has no range"),
        (&["--vary", "run.load=0..2", "--until", until], "--> --vary:1:10"),
        (&["--vary", "run.load=1..2", "--until", "latency_p98 > 1s"], "there is no metric"),
        (&["--vary", "run.load=1..2", "--until", "lost"], "is no condition"),
        (&["--vary", "run.load=1..2", "--until", until, "--replications", "1"], "2 replications at least"),
        (&["--vary", "run.load=1..2", "--until", until, "--strategy", "x"], "there is no strategy"),
        (&["--vary", "run.load=1..2", "--until", until, "--precision", "0"], "--precision"),
    ] {
        let (code, out, err) = ended(&[&["mmc.toml"][..], arguments].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(because), "{arguments:?}: {err}");
    }
    assert!(!folder.path().join("reports").exists(), "nothing was written");
    let asked = ["mmc.toml", "--vary", "run.load=0.5..3.8", "--until", until, "--precision", "10"];
    let (code, out, err) = ended(&asked);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("servers  begins at run.load = ") && out.ends_with("report: reports/mmc-limit\n"), "{out}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join("reports/mmc-limit").join(name)).expect(name);
    assert!(read("limit.csv").starts_with("strategy,key,condition,found,estimate,low,high,runs\nservers,run.load,"));
    assert!(read("probes.csv").lines().count() > 4 && read("limit.svg").starts_with("<svg"));
    let document: serde_json::Value = serde_json::from_str(&read("limit.json")).expect("json");
    assert_eq!(document["until"], "latency_mean > 1.25 s");
    let (code, _, err) = ended(&["mmc.toml", "--vary", "run.load", "--until", until, "--precision", "20", "-q"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "a key alone has a range around its value");
    let around: serde_json::Value = serde_json::from_str(&read("limit.json")).expect("json");
    assert_eq!(around["vary"], "run.load=0.1..10:log");
    let (_, line, _) = ended(&[&asked[..], &["--format", "json", "-q"]].concat());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line).expect("json"), document);
}
