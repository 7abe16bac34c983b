//! `mode = "fluid"`: it agrees with the event-driven run, and with theory, within the errors it states; what it does not know
//! is absent; its books balance; its bytes depend on the seed alone.

use std::path::Path;

use proptest::prelude::*;
use simctl::experiment::{self, Options, Results, run_all};
use simctl::fluid::{STATED, stated};
use simctl::model::Outcome;
use simctl::model::outcome::FluidFlow;
use simctl::pricing::PriceBook;
use simctl::proof::closed_forms::ManyServers;
use simctl::scenario::{Override, Scenario, load, load_text};

fn shipped(name: &str, sets: &[&str]) -> Scenario {
    let sets: Vec<Override> = sets.iter().map(|text| Override::parse(text).expect("an override")).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    load(&path, &sets).unwrap_or_else(|faults| panic!("{name}: {faults}"))
}

fn results(scenario: &Scenario) -> Results {
    experiment::run(scenario, &PriceBook::embedded(), Options::default()).expect("a run")
}

fn figure(results: &Results, strategy: usize, metric: &str) -> Option<f64> {
    let figures = &results.strategies[strategy].figures;
    figures.iter().find(|figure| figure.scope.is_empty() && figure.metric == metric).map(|figure| figure.estimate.mean)
}

/// In a few steps of a queue on one slow server less than an item comes, so that what is not there cannot be in it: only its
/// latency is held.
const FEW_A_STEP: &str = "textbook/md1.toml";

/// Each strategy of a shipped scenario in both modes, on every metric whose error is stated.
fn agree(name: &str, sets: &[&str], flows: &[FluidFlow]) {
    let events = results(&shipped(name, sets));
    let fluid = results(&shipped(name, &[sets, &["run.mode=fluid"]].concat()));
    assert_eq!(events.strategies.len(), flows.len());
    for (strategy, flow) in flows.iter().enumerate() {
        for row in STATED.iter().filter(|row| row.flow == *flow) {
            let [was, is] = [&events, &fluid].map(|results| figure(results, strategy, row.metric));
            let (was, is) = (was.expect("a figure"), is.expect("a figure"));
            let off = (is - was).abs() / was.abs().max(f64::MIN_POSITIVE);
            let of = &events.strategies[strategy].name;
            let held = name != FEW_A_STEP || row.metric != "backlog_mean";
            println!("{name}, {of}: {} {was:.6} {is:.6}, off by {:.2} %", row.metric, 100.0 * off);
            assert!(!held || off <= row.within, "{name}, {of}: {} is {was} and in the fluid {is}", row.metric);
        }
    }
}

#[test]
fn it_agrees_with_the_event_driven_day_of_the_bank() {
    let sets = ["run.start=2026-11-23T10:00:00Z", "run.duration=5h", "run.replications=3"];
    agree("atm.toml", &sets, &[FluidFlow::Batch, FluidFlow::Batch, FluidFlow::PerEvent]);
}

/// With twice the load its runs are killed one after the other.
#[test]
fn it_agrees_with_the_event_driven_day_where_the_batch_is_killed() {
    let sets = ["run.start=2026-11-23T10:00:00Z", "run.duration=5h", "run.replications=3", "run.load=2"];
    agree("atm.toml", &sets, &[FluidFlow::Batch, FluidFlow::Batch, FluidFlow::PerEvent]);
}

#[test]
fn it_agrees_with_event_driven_textbook_queues() {
    for (name, sets, flows) in [
        ("textbook/mmc-100.toml", &["run.duration=20000s", "run.replications=2"][..], 1),
        ("textbook/mginf.toml", &["run.replications=3"], 2),
        ("textbook/mg1-lognormal.toml", &["run.replications=8"], 1),
        ("textbook/md1.toml", &["run.replications=8"], 1),
        ("textbook/mmc-1000.toml", &["run.replications=2"], 1),
    ] {
        agree(name, sets, &vec![FluidFlow::Queue; flows]);
    }
}

#[test]
fn it_agrees_with_the_event_driven_batch_in_turn_and_at_the_end() {
    agree("textbook/timed-clearing.toml", &["run.replications=6"], &[FluidFlow::Batch; 2]);
}

/// Mean and quantiles of the wait in closed form, over 40 times the shipped length, as a fluid is short.
#[test]
fn it_agrees_with_theory() {
    let within = |metric| stated(&[FluidFlow::Queue], metric).expect("it is stated");
    for (name, servers, arrivals, service) in
        [("mm1", 1, 8.0, 10.0), ("mmc", 10, 8.0, 1.0), ("mmc-100", 100, 95.0, 1.0), ("mmc-1000", 1_000, 970.0, 1.0)]
    {
        let sets = ["run.mode=fluid", "run.duration=1000000s", "run.replications=3"];
        let fluid = results(&shipped(&format!("textbook/{name}.toml"), &sets));
        let theory = ManyServers::new(arrivals, service, servers).expect("a steady state");
        for (metric, truth, error) in [
            ("wait_mean", theory.mean_wait(), within("latency_mean")),
            ("waited_share", theory.probability_of_wait(), within("latency_mean")),
            ("latency_mean", theory.mean_sojourn(), within("latency_mean")),
            ("latency_p50", theory.sojourn_quantile(0.5), within("latency_p50")),
            ("latency_p99", theory.sojourn_quantile(0.99), within("latency_p99")),
            ("backlog_mean", arrivals * theory.mean_sojourn(), within("backlog_mean")),
        ] {
            let found = figure(&fluid, 0, metric).expect("a figure");
            println!("{name}: {metric} {truth:.5} {found:.5}, off by {:.2} %", 100.0 * (found / truth - 1.0));
            assert!((found / truth - 1.0).abs() <= error, "{name}: {metric} is {truth} and in the fluid {found}");
        }
    }
}

/// The table of `docs/fluid.md` is [`STATED`].
#[test]
fn the_page_says_what_is_stated() {
    let page = include_str!("../docs/fluid.md");
    let said = |metric: &str, flow| {
        let row = STATED.iter().find(|row| row.metric == metric && row.flow == flow);
        row.map_or("–".to_owned(), |row| format!("±{} %", (row.within * 1e5).round() / 1e3))
    };
    for row in &STATED {
        let cells = [FluidFlow::Queue, FluidFlow::PerEvent, FluidFlow::Batch].map(|flow| said(row.metric, flow));
        let line = format!("| `{}` | {} |", row.metric, cells.join(" | "));
        assert!(page.lines().any(|found| found == line), "docs/fluid.md lacks {line}");
    }
}

/// A fluid knows nothing of single items: no duplicates, no order, no longest latency. None of that is shown as zero.
#[test]
fn what_it_does_not_tell_is_absent() {
    let fluid = results(&shipped("atm.toml", &["run.mode=fluid", "run.duration=2h", "run.replications=2"]));
    let said = fluid.fluid.as_ref().expect("what it is worth");
    assert!(said.not_told.contains(&"duplicates") && said.step_s == 0.1, "{said:?}");
    for strategy in 0..3 {
        for metric in &said.not_told {
            assert_eq!(figure(&fluid, strategy, metric), None, "{metric}");
        }
        assert!(fluid.strategies[strategy].series.iter().all(|series| series.series != "oldest_age"));
        assert!(fluid.strategies[strategy].quantiles.iter().all(|row| row.quantile <= 0.99));
    }
    assert_eq!(said.unanswered, ["duplicates below 1000"]);
    assert!(fluid.objectives.iter().all(|objective| objective.metric != "duplicates"));
    assert!(fluid.objectives.iter().any(|objective| objective.metric == "latency_p99"));
    let line = simctl::report::json_line(&fluid).expect("a document");
    assert!(line.contains("\"mode\":\"fluid\"") && line.contains("\"not_told\":[\"duplicates\""));
    let screen = simctl::report::render(&fluid, 100, false);
    assert!(screen.contains("fluid, in steps of") && screen.contains("latency_p99 ±10 %"), "{screen}");
}

/// Books of one run.
fn balanced(outcome: &Outcome) {
    let items = &outcome.items;
    assert_eq!(items.owed, items.processed + items.ended() + items.backlog_end);
    assert!(items.latency.count() <= items.measured && items.measured <= items.arrived);
    let integral: u128 = outcome.backlog.series.bins.iter().map(|bin| bin.integral).sum();
    assert_eq!(integral, outcome.backlog.integral);
}

fn small(flow: &str, function: &str, rate: f64, more: &str) -> Scenario {
    let text = format!(
        "name = \"small\"\n[run]\nmode = \"fluid\"\nduration = \"20m\"\ndrain = \"10m\"\nwarm-up = \"1m\"\nreplications = 2\n\
         [[arrivals]]\nname = \"items\"\nprocess = \"poisson\"\nrate = \"{rate}/s\"\n\
         [functions.post]\n{function}\n[[strategy]]\nname = \"a\"\nflow = \"{flow}\"\n{more}\n"
    );
    load_text("small.toml", &text, Path::new("."), &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every item is processed, ended or left, at any load, with failures, throttles and kills.
    #[test]
    fn every_item_is_somewhere(
        rate in 0.01..3_000.0f64, servers in 1u32..400, mean_ms in 1u32..2_000, error in 0.0..0.9f64, step_ms in 50u32..20_000,
    ) {
        let step = format!("run.fluid-step={step_ms}ms");
        let queue = format!("platform = \"ideal\"\nconcurrency = {servers}\nservice-time = {{ exponential = \"{mean_ms}ms\" }}");
        let lambda = format!("service-time = {{ exponential = \"{mean_ms}ms\" }}\ntimeout = \"3s\"\nfailures = {{ error = {error:.3} }}");
        let few = format!("[strategy.account]\nconcurrency = {}\n", servers + 100);
        let minutes = "[strategy.schedule]\nexpression = \"rate(1 minute)\"\nparallel = 8\nmarker = \"per-page\"\n";
        for scenario in [
            small("queue -> post", &queue, rate, ""),
            small("events -> post", &lambda, rate, &few),
            small("schedule -> post", &lambda, rate, minutes),
        ] {
            let step = Override::parse(&step).expect("an override");
            let text = simctl::scenario::explain(&scenario);
            let scenario = load_text("small.toml", &text, Path::new("."), &[step]).unwrap_or_else(|faults| panic!("{faults}"));
            run_all(&scenario, Options::default()).expect("a run").iter().flatten().for_each(balanced);
        }
    }
}

#[test]
fn bytes_depend_on_the_seed_alone() {
    let of = |threads, seed: &str| {
        let scenario = shipped("atm.toml", &["run.mode=fluid", "run.duration=6h", "run.replications=4", seed]);
        let options = Options { threads: Some(threads), ..Options::default() };
        let results = experiment::run(&scenario, &PriceBook::embedded(), options).expect("a run");
        simctl::report::json_line(&results).expect("a document")
    };
    assert_eq!(of(1, "run.seed=1"), of(2, "run.seed=1"));
    assert_ne!(of(1, "run.seed=1"), of(1, "run.seed=2"));
}

/// 2.6 × 10^12 items, in as much memory as steps need.
#[test]
fn a_month_at_a_million_a_second_is_played() {
    let scenario = shipped(
        "atm.toml",
        &[
            "run.mode=fluid",
            "run.duration=30d",
            "run.replications=1",
            "run.load=40000",
            "account.concurrency=1000000",
            "account.scaling-burst=100000",
        ],
    );
    let outcomes = run_all(&scenario, Options::default()).expect("a run");
    outcomes.iter().flatten().for_each(balanced);
    assert!(outcomes[2][0].items.processed > 2_000_000_000_000);
    // A batch of 62 workers has no chance.
    assert!(outcomes[0][0].items.backlog_end > outcomes[0][0].items.processed);
}
