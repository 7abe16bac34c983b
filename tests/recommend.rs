//! `simctl recommend` on settings whose costs and latencies are known by hand.

mod common;

use std::path::PathBuf;

use common::texts::queues;
use common::{Heard, world};
use simctl::experiment::Options;
use simctl::experiment::recommend::{Found, Question, RecommendError, Recommendation, Standing, recommend};
use simctl::experiment::sweep::{Plan, Template};
use simctl::pricing::PriceBook;
use simctl::scenario::{Condition, Override, Sampling, Vary};

/// Settings of one function: memory, mean time, and how the time varies. Lambda bills each begun millisecond, so that an
/// exponential time of mean m costs 1 / (1 - exp(-1 ms / m)), which is m + 0.5 ms, and any other nearly the same.
///
/// | setting | MB · ms | against the first | mean time |
/// |---|---|---|---|
/// | 1024 MB, 100 ms exponential | 102,913 | | meets |
/// | 512 MB, 190 ms exponential | 97,536 | 5 % less | misses 150 ms |
/// | 1040 MB, 102 ms of two stages | 106,600 | 3.6 % more | meets |
/// | 960 MB, 111 ms lognormal | 107,040 | 4.0 % more | meets |
/// | 2048 MB, 55 ms exponential | 113,664 | 10 % more | meets |
///
/// A request costs as much again as 12,288 MB · ms, which dilutes the differences by a ninth.
const SETTINGS: &str = "strategy.calm.post={memory=\"1024MB\",service-time={exponential=\"100ms\"}},\
                        {memory=\"512MB\",service-time={exponential=\"190ms\"}},\
                        {memory=\"1040MB\",service-time={erlang={mean=\"102ms\",stages=2}}},\
                        {memory=\"960MB\",service-time={lognormal={mean=\"111ms\",cv=1.0}}},\
                        {memory=\"2048MB\",service-time={exponential=\"55ms\"}}";
const BOUND: &str = "latency_mean < 150ms";

/// 300 items a minute, each an invocation without any delay but its own time, and `more` strategies.
fn template(more: &str, sets: &[&str]) -> Template {
    let sets = ["run.duration=1m", "run.replications=10"].iter().chain(sets);
    let sets = sets.map(|set| Override::parse(set).expect("an override")).collect();
    let text = world("events -> post").poisson("5/s").text() + more;
    Template { name: "test.toml".to_owned(), text, folder: PathBuf::new(), sets, only: Vec::new() }
}

fn question(template: Template, vary: &[&str], meet: &[&str]) -> Question {
    let axes = vary.iter().map(|text| Vary::parse(text).unwrap_or_else(|error| panic!("{error}"))).collect();
    let condition =
        |text: &&str| ((*text).to_owned(), Condition::parse(text).unwrap_or_else(|error| panic!("{error}")));
    Question {
        plan: Plan { template, axes, sampling: Sampling::Grid },
        meet: meet.iter().map(condition).collect(),
        confidence: 0.95,
        indifference: 0.01,
        budget: 5_000,
    }
}

fn ask(question: &Question) -> Recommendation {
    recommend(question, &PriceBook::embedded(), Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// How many of the seeds chose the first setting, and how many settled on another.
fn chosen(seeds: std::ops::Range<u64>) -> (u64, u64) {
    let (mut right, mut wrong) = (0, 0);
    for seed in seeds {
        let found = ask(&question(template("", &[&format!("run.seed={seed}")]), &[SETTINGS], &[BOUND]));
        let answer = &found.answers[0];
        assert_eq!((answer.settings, found.settings[1].standing), (5, Standing::Misses), "seed {seed}");
        right += u64::from(answer.chosen == Some(0));
        wrong += u64::from(answer.found == Found::Cheapest && answer.chosen != Some(0));
    }
    (right, wrong)
}

/// A stated confidence of 95 % is kept, less five points, in the first hundred seeds.
#[test]
fn the_true_best_is_chosen_at_least_as_often_as_is_stated() {
    let (right, wrong) = chosen(0..100);
    println!("{right} of 100 chose the true best, {wrong} settled on another");
    assert!(right >= 90 && wrong <= 5, "{right} right, {wrong} wrong of 100");
}

#[test]
fn what_became_of_each_setting_is_told() {
    let found = ask(&question(template("", &[]), &[SETTINGS], &[BOUND]));
    assert_eq!((found.best, found.certain, found.answers[0].found), (Some(0), true, Found::Cheapest));
    let best = &found.settings[0];
    // 1024 MB for 100.5 ms at $0.0000166667 a GB-second, and $0.20 a million requests.
    let (low, high) = best.cost.interval.expect("replications");
    assert!(low <= 1.875 && 1.875 <= high && best.standing == Standing::Chosen, "{best:?}");
    assert!(matches!(found.settings[4].standing, Standing::Dearer), "{:?}", found.settings[4]);
    assert_eq!(found.settings.iter().map(|setting| setting.replications).sum::<u64>(), found.runs);
    // By the means: the sooner ones that are dearer, and the cheapest, which is too late.
    let on_front: Vec<bool> = found.settings.iter().map(|setting| setting.on_front).collect();
    assert_eq!((on_front[0], on_front[1], on_front[2], on_front[4]), (true, true, false, true));
}

/// A second strategy that no key of the search touches has one setting, and threads change nothing.
#[test]
fn strategies_stand_side_by_side_whatever_the_threads() {
    let more = "[[strategy]]\nname = \"slow\"\nflow = \"events -> a\"\n";
    let question = question(template(more, &[]), &[SETTINGS], &[BOUND]);
    let with = |threads: usize| {
        let options = Options { threads: Some(threads), ..Options::default() };
        recommend(&question, &PriceBook::embedded(), options).unwrap_or_else(|error| panic!("{error}"))
    };
    let found = with(1);
    assert_eq!(found, with(3));
    let slow = &found.answers[1];
    assert_eq!((slow.found, slow.settings, slow.chosen, slow.nearest), (Found::Nothing, 1, None, Some(5)));
    assert_eq!(found.settings[5].values, [None]);
    assert_eq!((slow.runs, found.answers[0].chosen), (10, Some(0)));
    // What it lacks: every item takes its second.
    assert_eq!(found.settings[5].held[0].estimate.mean, 1.0);
}

#[test]
fn a_budget_that_is_used_up_is_told() {
    let mut question = question(template("", &[]), &[SETTINGS], &[BOUND]);
    question.budget = 60;
    let found = ask(&question);
    assert_eq!((found.answers[0].found, found.certain), (Found::Budget, false));
    assert!(found.runs <= 60 && found.answers[0].open > 0 && found.best.is_some(), "{:?}", found.answers);
    question.budget = 49;
    let error = recommend(&question, &PriceBook::embedded(), Options::default()).expect_err("too small");
    assert!(matches!(error, RecommendError::Budget { needed: 50, settings: 5, .. }), "{error}");
}

/// As many reports of progress as the runs make, and never more than were announced.
#[test]
fn progress_ends_where_the_work_does() {
    let heard = Heard::default();
    let options = Options { threads: Some(2), progress: Some(&heard), stop: None };
    let question = question(template("", &[]), &[SETTINGS], &[BOUND]);
    recommend(&question, &PriceBook::embedded(), options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(heard.reports(), heard.announced());
}

/// A screen without its line breaks.
fn on_one_line(screen: &str) -> String {
    screen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// M/M/1 at 85 %: 99.9 % of items are done within ln(1000) / 0.3 = 23 s, which 16 s forbid. Replications of five minutes have
/// a few hundred items, and a mean of their own percentiles below 16 s.
#[test]
fn a_rare_quantile_is_held_against_all_items_together() {
    let run = "duration = \"8m\"\nwarm-up = \"3m\"\nreplications = 40\nload = 1.7";
    let text = queues("tail", run, "500ms", 2);
    let folder = PathBuf::new();
    let template =
        Template { name: "test.toml".to_owned(), text, folder, sets: Vec::new(), only: vec!["one".to_owned()] };
    let found = ask(&question(template, &["functions.one.concurrency=1,2"], &["latency_p999 < 16s"]));
    let [single, double] = &found.settings[..] else { panic!("{found:#?}") };
    // Both cost nothing, and the first would be chosen if it were shown to meet the objective.
    assert_eq!((single.standing, double.standing), (Standing::NoCheaper, Standing::Chosen), "{found:#?}");
    assert!(single.held[0].estimate.mean > 16.0 && single.doubts[0].pooled, "{single:#?}");
}

/// The program: what it prints and leaves, and what it refuses before anything runs.
#[test]
fn the_program_answers_on_the_screen_and_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = world("events -> post").poisson("5/s").text();
    let search = "[search]\nvary = [\"functions.post.memory=512MB,1024MB\"]\n";
    let objective = "[[objective]]\nmetric = \"latency_p99\"\nbelow = \"2s\"\n";
    for (name, text) in [
        ("plain.toml", text.clone()),
        ("search.toml", format!("{text}{search}")),
        ("whole.toml", format!("{text}{search}{objective}")),
        ("unmet.toml", format!("{text}{search}{}", objective.replace("2s", "1ms"))),
    ] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let ended = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_simctl"));
        command.arg("recommend").args(arguments).args(["--duration", "1m"]).current_dir(folder.path());
        let output = command.output().expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let memory = "functions.post.memory=256MB,512MB";
    for (arguments, because) in [
        (&["plain.toml"][..], "nothing to choose from"),
        (&["search.toml", "--replications", "5"], "nothing to meet"),
        (&["plain.toml", "--vary", memory], "nothing to meet"),
        (&["whole.toml"], "2 replications at least"),
        (&["whole.toml", "--vary", "functions.post.memroy=1,2"], "did you mean `memory`?"),
        (&["whole.toml", "--vary", "run.load=1,2"], "run.load=2 changes [run]"),
        (&["whole.toml", "--vary", "functions.post.memory=128MB..1200MB:1001:whole"], "has 1001 points"),
        (&["whole.toml", "--vary", "functions.post.memory=128MB..1200MB"], "needs a number of values"),
        (&["whole.toml", "--meet", "latency_p98 < 1s"], "there is no metric"),
        (&["whole.toml", "--confidence", "100"], "--confidence"),
        (&["whole.toml", "--indifference=-1"], "--indifference"),
        (&["whole.toml", "--replications", "5", "--budget", "9"], "are 10 runs"),
        (&["whole.toml", "--only", "x"], "there is no strategy"),
    ] {
        let (code, out, err) = ended(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(because), "{arguments:?}: {err}");
    }
    assert!(!folder.path().join("reports").exists(), "nothing was written");
    let (code, out, err) = ended(&["whole.toml", "--replications", "5"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let answer = "The cheapest that meets latency_p99 below 2s is calm with functions.post.memory=512MB, at $8.53 per";
    assert!(on_one_line(&out).contains(answer) && out.ends_with("report: reports/calm-recommend\n"), "{out}");
    let read =
        |name: &str| std::fs::read_to_string(folder.path().join("reports/calm-recommend").join(name)).expect(name);
    let settings = read("settings.csv");
    let heading = "strategy,functions.post.memory,standing,on_front,misses,replications,cost_usd_per_million,";
    assert!(settings.starts_with(heading) && settings.lines().count() == 3, "{settings}");
    assert_eq!(read("front.csv").lines().count(), 2, "the dearer is no sooner");
    assert!(read("front.svg").starts_with("<svg"));
    let document: serde_json::Value = serde_json::from_str(&read("recommend.json")).expect("json");
    assert_eq!((&document["best"], &document["certain"]), (&0.into(), &true.into()));
    let (_, line, _) = ended(&["whole.toml", "--replications", "5", "--format", "json", "--threads", "1"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line).expect("json"), document);
    let (code, out, _) = ended(&["unmet.toml", "--replications", "5"]);
    assert_eq!(code, Some(1), "no is an answer");
    let same = "each of its 2 settings misses: the nearest, functions.post.memory=512MB, has latency_p99 1 s where";
    assert!(on_one_line(&out).contains(same), "of equals the first: {out}");
    let memory = "functions.post.memory=512MB,516MB";
    let varied = "functions.post.service-time={uniform={low=\"900ms\",high=\"1100ms\"}},{exponential=\"1s\"}";
    let asked = ["whole.toml", "--vary", memory, "--vary", varied, "--meet", "latency_mean < 1010ms"];
    let (code, out, _) = ended(&[&asked[..], &["--replications", "5", "--budget", "20"]].concat());
    assert!(code == Some(0) || code == Some(1), "{out}");
    assert!(on_one_line(&out).contains("could not be told"), "{out}");
}
