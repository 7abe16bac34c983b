//! What reports say of faults: how much more is asked while one holds, what it lost and doubled by the same run without
//! it, and where it is shown.

mod common;

use common::{World, load, world};
use simctl::experiment::results::Results;
use simctl::experiment::simulate;
use simctl::experiment::{Options, run};
use simctl::model::Outcome;
use simctl::pricing::PriceBook;
use simctl::scenario::Scenario;

/// A fault of this kind on that part, from 100 s to 1,100 s.
fn fault(kind: &str, on: &str) -> String {
    format!(
        "\n[[fault]]\nname = \"trouble\"\nkind = \"{kind}\"\non = [\"{on}\"]\nstart = \"100s\"\nduration = \"1000s\"\n"
    )
}

/// An item every 10 s for 2,000 s, whose function calls `db`; what fails is not tried again by Lambda.
fn calling(retries: &str, more: &str) -> Scenario {
    let world: World = world("events -> post").every("10s", "0s");
    let sets = [
        "run.duration=2000s".to_owned(),
        "downstream.db.latency=10ms".to_owned(),
        "functions.post.async.retries=0".to_owned(),
        format!("functions.post.calls=[{{ to = \"db\", retries = \"{retries}\" }}]"),
    ];
    load(&(world.text() + &fault("errors", "db") + more), &sets)
}

fn outcome(scenario: &Scenario) -> Outcome {
    simulate(scenario, 0, 0).unwrap_or_else(|error| panic!("{error}"))
}

fn results(scenario: &Scenario) -> Results {
    run(scenario, &PriceBook::embedded(), Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn figure(results: &Results, scope: &str, metric: &str) -> Option<f64> {
    let mut figures = results.strategies[0].figures.iter();
    figures.find(|figure| figure.scope == scope && figure.metric == metric).map(|figure| figure.estimate.mean)
}

/// 100 items arrive while every call fails. A client of the legacy mode calls five times for each, the last ones a little after
/// the end of the fault. One of the standard mode would call three times, but its quota of 500 tokens pays for 100 retries at
/// 5 tokens each: two calls an item in the mean.
///
/// Rule [doc] SDKR: the retry quota of a client bounds how much its retries add to the load while all calls fail.
#[test]
fn retries_amplify_the_load_while_a_fault_holds_and_a_quota_bounds_them() {
    let amplified = |retries: &str| {
        let results = results(&calling(retries, ""));
        let of = |scope: &str, metric: &str| figure(&results, scope, metric).expect("it was asked");
        let load = of("trouble/db", "load_in_fault");
        assert_eq!(load, of("trouble/db", "load_amplification_in_fault"), "without the fault each is asked for once");
        assert_eq!((load, of("", "load_amplification_in_fault")), (of("", "load_in_fault"), load), "the greatest");
        assert_eq!(of("trouble/post", "load_in_fault"), 1.0);
        let denied = figure(&results, "", "retries_denied").unwrap_or_default();
        [load, of("db", "load_amplification"), denied]
    };
    assert_eq!(amplified("none"), [1.0, 1.0, 0.0]);
    // Of 200 items half are asked for twice: 50 three times, and then the quota denies 50 their first retry.
    assert_eq!(amplified("standard"), [2.0, 1.5, 50.0]);
    let [load, whole, denied] = amplified("legacy");
    assert_eq!(denied, 0.0, "it has no quota");
    assert!((4.9..=5.0).contains(&load) && (2.9..=3.0).contains(&whole), "{load}, {whole}");
}

/// A tenth of the items is lost to errors of its own whatever happens; the fault adds those of its 100 items that had come
/// through without it.
#[test]
fn what_a_fault_lost_is_the_difference_to_the_same_run_without_it() {
    let with = "[functions.post.failures]\nerror = 0.1\n";
    let text = calling("none", with);
    let outcome = outcome(&text);
    let calm = outcome.without_faults.as_ref().expect("it was run without the fault too");
    assert!((10..=35).contains(&calm.ended), "{calm:?}");
    let results = results(&text);
    let lost = figure(&results, "", "lost_in_fault").expect("there is a fault");
    assert_eq!(lost, outcome.items.lost as f64 - calm.ended as f64);
    assert!((75.0..=100.0).contains(&lost), "{lost}");
    assert_eq!(figure(&results, "", "duplicates_in_fault"), Some(0.0));
}

/// `db` does what it is asked although it answers with an error, and Lambda tries twice more.
#[test]
fn what_a_fault_doubled_is_the_difference_too() {
    let world: World = world("events -> post").every("10s", "0s");
    let sets = [
        "run.duration=2000s".to_owned(),
        "downstream.db.latency=10ms".to_owned(),
        "functions.post.calls=[{ to = \"db\", effect = \"downstream\" }]".to_owned(),
    ];
    let after = fault("errors", "db") + "after-effect = 1.0\n";
    let results = results(&load(&(world.text() + &after), &sets));
    let doubled = figure(&results, "", "duplicates_in_fault").expect("there is a fault");
    // Tries call 1, 62 and 183 s after an item's arrival. Of 94 items the second fails too, and the third doubles once more;
    // of the six that arrive from 1,040 s on the second comes after the fault, doubles, and is the last.
    assert_eq!(doubled, 94.0 * 2.0 + 6.0);
    assert_eq!(figure(&results, "", "lost_in_fault"), Some(0.0));
}

/// One server, ten seconds an item, and an item every ten seconds: it keeps up, and has no time to make good what a fault has
/// held up from 100 s to 1,100 s, in which it works at a third of its pace.
fn on_the_edge(bound: &str) -> Results {
    let text = format!(
        "name = \"edge\"\n[run]\nduration = \"2000s\"\nreplications = 2\n[[arrivals]]\nname = \"items\"\n\
         process = \"deterministic\"\ninterval = \"10s\"\n[functions.post]\nplatform = \"ideal\"\nconcurrency = 1\n\
         service-time = \"10s\"\n[[strategy]]\nname = \"one\"\nflow = \"queue -> post\"\n{}factor = 3\n\
         [[objective]]\nmetric = \"latency_p99\"\nbelow = \"{bound}\"\n",
        fault("slow", "post")
    );
    results(&load(&text, &[]))
}

/// Ten seconds are within 15 s, and not within 5 s.
#[test]
fn a_fault_is_not_blamed_for_a_bound_that_was_not_held_without_it_either() {
    let of = |results: &Results, scope: &str, metric: &str| figure(results, scope, metric);
    let held = on_the_edge("15s");
    for scope in ["", "trouble"] {
        assert_eq!(of(&held, scope, "latency_recovery_seconds"), Some(f64::INFINITY));
        assert_eq!(of(&held, scope, "latency_recovery_never_anyway"), Some(0.0), "it is the fault's doing");
    }
    let screen = simctl::report::render(&held, 100, false);
    assert!(screen.contains("  never  ") && !screen.contains("anyway"), "{screen}");
    let never = on_the_edge("5s");
    for scope in ["", "trouble"] {
        assert_eq!(of(&never, scope, "latency_recovery_seconds"), Some(f64::INFINITY), "an objective on it is missed");
        assert_eq!(of(&never, scope, "latency_recovery_never_anyway"), Some(1.0));
        assert_eq!(of(&never, scope, "recovery_never_anyway"), None, "the backlog is back, when arrivals are over");
    }
    let screen = simctl::report::render(&never, 100, false).replace("\n  ", " ");
    assert!(screen.contains("  never anyway  "), "{screen}");
    assert!(screen.contains("never anyway: not held without the fault either"), "{screen}");
}

#[test]
fn the_charts_the_screen_and_the_document_show_the_fault_with_its_name_escaped() {
    let text = calling("none", "[[objective]]\nmetric = \"recovery_seconds\"\nbelow = \"1h\"\n");
    let mut results = results(&text);
    assert_eq!((results.faults.len(), results.faults[0].start_s, results.faults[0].end_s), (1, 100.0, 1_100.0));
    assert!(results.objectives[0].met, "{:?}", results.objectives);
    results.faults[0].name = "a < b & c".to_owned();
    let screen = simctl::report::render(&results, 100, false);
    assert!(screen.contains("a < b & c: 100 s to 18 min 20 s (16 min 40 s)"), "{screen}");
    assert!(screen.contains("back after"), "{screen}");
}

#[test]
fn without_faults_nothing_is_said_of_them() {
    let results = results(&world("events -> post").scenario());
    assert!(results.faults.is_empty());
    let named = results.strategies[0].figures.iter().map(|figure| figure.metric);
    assert!(!named.into_iter().any(|metric| metric.contains("fault") || metric.contains("recovery")));
    assert!(!simctl::report::render(&results, 100, false).contains("fault"));
}
