//! What is said of searches that ended in every way.

use std::path::{Path, PathBuf};

use super::*;
use crate::experiment::recommend::{Decision, Goal, Held, Standing};
use crate::experiment::sweep::{Plan, Template};
use crate::scenario::{Sampling, Side, load_text, starter};
use crate::stats::Estimate;

fn question() -> Question {
    let template = Template {
        name: "starter.toml".to_owned(),
        text: starter().to_owned(),
        folder: PathBuf::new(),
        sets: Vec::new(),
        only: Vec::new(),
    };
    let vary = Vary::parse("strategy.\"per event\".post.memory=256MB,512MB").expect("a key");
    let plan = Plan { template, axes: vec![vary], sampling: Sampling::Grid };
    Question { plan, meet: Vec::new(), confidence: 0.95, indifference: 0.01, budget: 500 }
}

fn setting(strategy: usize, value: Option<&str>, cost: f64, latency: f64, standing: Standing) -> Setting {
    let estimate = |value: f64| Estimate::from_samples(&[value, value]);
    let decision = match standing {
        Standing::Misses => Decision::HoldsNot,
        Standing::Open => Decision::Undecided,
        Standing::Chosen | Standing::Dearer | Standing::NoCheaper => Decision::Holds,
    };
    Setting {
        strategy,
        values: vec![value.map(str::to_owned)],
        cost: estimate(cost),
        latency: estimate(latency),
        held: vec![Held { goal: 0, estimate: estimate(latency), decision }],
        doubts: Vec::new(),
        standing,
        on_front: standing == Standing::Chosen,
        replications: 2,
    }
}

fn answer(strategy: &str, found: Found, chosen: Option<usize>, nearest: Option<usize>, settings: usize) -> Answer {
    let open = usize::from(!matches!(found, Found::Cheapest | Found::Nothing));
    Answer { strategy: strategy.to_owned(), found, chosen, nearest, settings, open, runs: 40 }
}

/// An hourly batch that is never done, and an invocation for each of two sizes.
fn found(of_each: Found, second: Standing, best: Option<usize>, certain: bool) -> Recommendation {
    let chosen = if best.is_some() { Standing::Chosen } else { Standing::Misses };
    let nearest = if best.is_some() { None } else { Some(1) };
    Recommendation {
        keys: vec!["strategy.\"per event\".post.memory".to_owned()],
        goals: vec![Goal {
            text: "latency_p99 below 60s".to_owned(),
            metric: "latency_p99",
            unit: "s",
            side: Side::Below,
            bound: 60.0,
        }],
        latency: "latency_p99",
        answers: vec![
            answer("hourly batch", Found::Nothing, None, Some(0), 1),
            answer("per event", of_each, best, nearest, 2),
        ],
        best,
        certain,
        settings: vec![
            setting(0, None, 0.4, f64::INFINITY, Standing::Misses),
            setting(1, Some("256MB"), 1.25, if best.is_some() { 2.0 } else { 90.0 }, chosen),
            setting(1, Some("512MB"), 1.2, 70.0, second),
        ],
        statements: 11,
        runs: 80,
    }
}

/// The sentences of an answer, its table of settings, and its chart.
fn told(found: &Recommendation) -> (Vec<String>, String, String) {
    let question = question();
    let base = load_text("starter.toml", starter(), Path::new(""), &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let prices = PriceBook::embedded();
    let asked = Asked { question: &question, base: &base, prices: &prices, found };
    let table = String::from_utf8(tables::settings(&asked).expect("a table")).expect("text");
    (sentence::sentences(&asked), table, charts::of_recommendation(&asked).expect("a chart"))
}

const BEST: &str =
    "The cheapest that meets latency_p99 below 60s is per event with post.memory=256MB, at $1.25 per million.";
const HOURLY: &str = "hourly batch misses them: it has latency_p99 never where latency_p99 below 60s is asked.";

#[test]
fn a_search_that_was_told_says_how_sure_it_is() {
    let (sentences, table, chart) = told(&found(Found::Cheapest, Standing::Misses, Some(1), true));
    let sure = "With 95 % confidence it meets them, and no other setting that does is cheaper by more than 1 %.";
    assert_eq!(sentences, [BEST, sure, HOURLY]);
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows[1], "hourly batch,,misses,false,latency_p99 below 60s,2,0.4,0.4,0.4,inf,inf,inf");
    assert_eq!(rows[2], "per event,256MB,chosen,true,,2,1.25,1.25,1.25,2,2,2");
    for text in
        ["never", "bound: 60 s", "hourly batch: no setting meets the objectives", "post.memory=256MB ($1.25, 2 s)"]
    {
        assert!(chart.contains(text), "{text}");
    }
}

#[test]
fn a_search_that_was_cut_short_says_so() {
    let open = "With 95 % confidence it meets them, but what is not told may meet them and be cheaper, as per event with \
                post.memory=512MB.";
    let budget = "per event: the budget of 500 runs is used up, and 1 of its 2 settings could not be told; a greater \
                  --budget tells more.";
    let (sentences, ..) = told(&found(Found::Budget, Standing::Open, Some(1), false));
    assert_eq!(sentences, [BEST, open, HOURLY, budget]);
    let noise = "per event: 1 of its 2 settings could not be told with the most replications of each, within 40 runs; more \
                 --replications tell more.";
    let (sentences, ..) = told(&found(Found::Noise, Standing::Open, Some(1), false));
    assert_eq!(sentences, [BEST, open, HOURLY, noise]);
}

#[test]
fn a_search_without_an_answer_says_what_is_lacking() {
    let none = "No setting of any strategy is shown to meet latency_p99 below 60s.";
    let (sentences, _, chart) = told(&found(Found::Nothing, Standing::Misses, None, false));
    let nearest = "per event: each of its 2 settings misses: the nearest, post.memory=256MB, has latency_p99 90 s where \
                   latency_p99 below 60s is asked.";
    assert_eq!(sentences, [none, HOURLY, nearest]);
    assert!(chart.contains("No setting is shown to meet the objectives"));
    let (sentences, ..) = told(&found(Found::Unknown, Standing::Open, None, false));
    let unknown = "per event: none is shown to meet them, and 1 of its 2 settings could not be told within 40 runs: the \
                   nearest, post.memory=256MB, has latency_p99 90 s where latency_p99 below 60s is asked; more \
                   --replications or --budget tell more.";
    assert_eq!(sentences, [none, HOURLY, unknown]);
}
