//! The names of errors: what an execution failed with, what was retried and caught, and where, in the outcome, in the
//! figures of a report and in the story of an item.

mod common;

use common::workflow::{World, express, machine, orchestrated, ran, retried, standard, task, two};
use serde_json::{Value, json};
use simctl::experiment::results::Results;
use simctl::experiment::{self, Options, story};
use simctl::model::Outcome;
use simctl::model::workflow::errors::{NAMES_AT_MOST, OTHER, UNNAMED};
use simctl::pricing::PriceBook;
use simctl::report;
use simctl::words::{ItemId, StreamId};

/// An error, the state it arose in, and how often it was retried, caught, for good, and the end of an execution.
type Row<'a> = (&'a str, &'a str, [u64; 4]);

/// What errors did; executions as a whole have no state.
fn rows(outcome: &Outcome) -> Vec<Row<'_>> {
    let machine = ran(outcome);
    let row = |error: &'_ simctl::model::workflow::outcome::ErrorOutcome| {
        [error.retried, error.caught, error.failed, error.executions]
    };
    let name = |state: Option<u32>| state.map_or("", |state| machine.states[state as usize].name.as_str());
    machine.errors.0.iter().map(|error| (error.error.as_str(), name(error.state), row(error))).collect()
}

fn reported(world: &World, replications: u64) -> Results {
    let text = world.text().replace("replications = 1\n", &format!("replications = {replications}\n"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("m.asl.json"), world.machine.to_string()).expect("it takes a file");
    let scenario = simctl::scenario::load_text("test.toml", &text, folder.path(), &[]).expect("a scenario");
    experiment::run(&scenario, &PriceBook::embedded(), Options::default()).expect("a run")
}

fn figures<'a>(results: &'a Results, metric: &str) -> Vec<(&'a str, f64)> {
    let figures = results.strategies[0].figures.iter().filter(|figure| figure.metric == metric);
    figures.map(|figure| (figure.scope.as_str(), figure.estimate.mean)).collect()
}

fn failing(error: &str) -> String {
    format!("service-time = \"1s\"\nerrors = {{ {error} = 1.0 }}")
}

#[test]
fn an_execution_fails_with_the_error_that_nothing_takes_up() {
    let outcome = standard(machine(&json!({ "A": retried("", 2) }))).task("A", &failing("Broken")).items(3).run();
    assert_eq!(rows(&outcome), [("Broken", "A", [6, 0, 3, 3])]);
    let outcome = orchestrated(machine(&json!({ "A": retried("", 2) }))).task("A", &failing("Broken")).run();
    // Lambda tries the function again twice, and each run is an execution.
    assert_eq!(rows(&outcome), [("Broken", "A", [6, 0, 3, 3])]);
}

#[test]
fn a_caught_error_ends_nothing() {
    let mut first = retried("B", 1);
    first["Catch"] = json!([{ "ErrorEquals": ["Broken"], "Next": "B" }]);
    let states = json!({ "A": first, "B": { "Type": "Fail", "Error": "Rejected" } });
    let outcome = standard(machine(&states)).task("A", &failing("Broken")).run();
    assert_eq!(rows(&outcome), [("Broken", "A", [1, 1, 0, 0]), ("Rejected", "B", [0, 0, 1, 1])]);
    let results = reported(&standard(machine(&states)).task("A", &failing("Broken")).items(2), 1);
    assert_eq!(figures(&results, "executions_failed"), [("", 2.0), ("machine/Rejected", 2.0)]);
    assert_eq!(figures(&results, "state_executions_failed"), [("machine/B/Rejected", 2.0)]);
    assert_eq!(figures(&results, "state_errors"), [("machine/A/Broken", 4.0), ("machine/B/Rejected", 2.0)]);
}

#[test]
fn a_timeout_has_its_name_and_a_state_if_it_is_a_states() {
    let mut slow = task("");
    slow["TimeoutSeconds"] = json!(5);
    let outcome = standard(machine(&json!({ "A": slow }))).takes("A", "10s").run();
    assert_eq!(rows(&outcome), [("States.Timeout", "A", [0, 0, 1, 1])]);
    let mut whole = two();
    whole["TimeoutSeconds"] = json!(5);
    let outcome = standard(whole).takes("A", "10s").run();
    assert_eq!((rows(&outcome), ran(&outcome).executions.timed_out), (vec![("States.Timeout", "", [0, 0, 0, 1])], 1));
    // Five minutes are all that AWS gives an Express workflow.
    let outcome = express(two()).takes("A", "6m").run();
    assert_eq!(rows(&outcome), [("States.Timeout", "", [0, 0, 0, 1])]);
}

#[test]
fn an_error_in_a_branch_arose_there() {
    let branches = json!([
        { "StartAt": "Pack", "States": { "Pack": task("") } },
        { "StartAt": "Ship", "States": { "Ship": task("") } },
    ]);
    let states = json!({ "A": { "Type": "Parallel", "Branches": branches, "End": true } });
    let outcome = standard(machine(&states)).takes("Pack", "9s").task("Ship", &failing("NoCarrier")).run();
    let failed = [("NoCarrier", "A", [0, 0, 1, 0]), ("NoCarrier", "Ship", [0, 0, 1, 1])];
    assert_eq!(rows(&outcome), failed);
}

/// No Catch takes States.Runtime, and none is there for what a Choice does not match.
#[test]
fn errors_of_the_machine_itself_have_their_names() {
    let never = json!([{ "Variable": "$.absent", "IsPresent": false, "Next": "B" }]);
    let states = json!({ "A": { "Type": "Choice", "Choices": never }, "B": { "Type": "Succeed" } });
    let outcome = standard(machine(&states)).run();
    assert_eq!(rows(&outcome), [("States.NoChoiceMatched", "A", [0, 0, 1, 1])]);
    let states = json!({ "A": { "Type": "Fail" } });
    assert_eq!(rows(&standard(machine(&states)).run()), [(UNNAMED, "A", [0, 0, 1, 1])]);
}

/// A step of a choreography is tried again by Lambda, whatever the machine says, and its error has the same name.
#[test]
fn errors_of_steps_that_events_carry_have_the_same_names() {
    let mut first = retried("", 2);
    first["Catch"] = json!([{ "ErrorEquals": ["Broken"], "Next": "B" }]);
    let states = json!({ "A": first, "B": { "Type": "Fail", "Error": "Rejected" } });
    let world = standard(machine(&states)).flow("events -> choreograph(m.asl.json)").task("A", &failing("Broken"));
    assert_eq!(rows(&world.run()), [("Broken", "A", [2, 1, 0, 0]), ("Rejected", "B", [0, 0, 1, 1])]);
}

/// A machine that fails with another error for every item.
fn named_by_data() -> Value {
    machine(&json!({ "A": { "Type": "Fail", "ErrorPath": "States.Format('a/b%{}', $$.Execution.Name)" } }))
}

#[test]
fn names_made_of_data_are_bounded_and_the_rest_is_counted() {
    let outcome = standard(named_by_data()).items(100).run();
    let rows = rows(&outcome);
    assert_eq!(rows.len(), NAMES_AT_MOST + 1);
    assert!(rows[..NAMES_AT_MOST].iter().all(|(name, _, counts)| name.starts_with("a/b%") && counts[3] == 1));
    assert_eq!(rows[NAMES_AT_MOST], (OTHER, "A", [0, 0, 36, 36]));
}

/// Each replication has the same hundred names, of which all together keep the same 64, in whatever order threads end.
#[test]
fn replications_are_merged_in_their_order() {
    let world = standard(named_by_data()).items(100);
    let results = reported(&world, 3);
    let failed = figures(&results, "executions_failed");
    assert_eq!((failed.len(), failed[0]), (NAMES_AT_MOST + 2, ("", 100.0)));
    assert_eq!(failed[NAMES_AT_MOST + 1], ("machine/(other)", 36.0));
    assert!(
        failed[1..=NAMES_AT_MOST].iter().all(|(scope, mean)| scope.starts_with("machine/a%2Fb%25") && *mean == 1.0)
    );
    let merged = &results.strategies[0].machines[0].outcome.errors;
    assert_eq!(merged.names().len(), NAMES_AT_MOST + 1);
    assert_eq!(merged.0.iter().map(|error| error.executions).sum::<u64>(), 300);
}

/// What a replication did not have is zero there, and counts in the mean.
#[test]
fn an_error_that_one_replication_had_is_zero_in_the_others() {
    let world = standard(machine(&json!({ "A": task("") })));
    let world = world.task("A", "service-time = \"1s\"\nerrors = { Rare = 0.1, Common = 0.6 }");
    let results = reported(&world, 20);
    let failed = figures(&results, "executions_failed");
    let total: f64 = failed[1..].iter().map(|(_, mean)| mean).sum();
    assert_eq!(failed.len(), 3, "{failed:?}");
    assert!((total - failed[0].1).abs() < 1e-9, "{failed:?}");
    assert!(failed[1..].iter().all(|(_, mean)| *mean > 0.0 && *mean < 1.0), "{failed:?}");
}

fn told(world: &World) -> (String, Value) {
    let scenario = world.load().expect("a scenario");
    let item = ItemId { stream: StreamId(0), number: 0 };
    let story = story::tell(&scenario, 0, 0, item, Options::default()).expect("a story");
    (report::story::render(&scenario, &story), report::story::json(&scenario, &story))
}

#[test]
fn a_story_names_the_error_of_every_failure() {
    let mut first = retried("B", 1);
    first["TimeoutSeconds"] = json!(5);
    first["Catch"] = json!([{ "ErrorEquals": ["Broken"], "Next": "B" }]);
    let mut second = task("");
    second["TimeoutSeconds"] = json!(5);
    let states = json!({ "A": first, "B": second });
    let world = standard(machine(&states)).task("A", &failing("Broken")).takes("B", "10s");
    let (text, document) = told(&world);
    insta::assert_snapshot!(text);
    let moments = document["moments"].as_array().expect("moments");
    let named = moments.iter().filter(|moment| moment.get("error").is_some());
    let named: Vec<[&str; 3]> =
        named.map(|moment| ["what", "state", "error"].map(|key| moment[key].as_str().unwrap_or_default())).collect();
    assert_eq!(
        named,
        [
            ["task_fails", "A", "Broken"],
            ["state_retried", "A", "Broken"],
            ["task_fails", "A", "Broken"],
            ["state_caught", "A", "Broken"],
            ["task_times_out", "B", "States.Timeout"],
            ["execution_fails", "B", "States.Timeout"],
        ]
    );
}

#[test]
fn a_story_names_the_error_of_an_execution_as_a_whole() {
    let mut whole = two();
    whole["TimeoutSeconds"] = json!(5);
    let (text, document) = told(&standard(whole).takes("A", "10s"));
    assert!(text.contains("execution times out: States.Timeout"), "{text}");
    let end = document["moments"]
        .as_array()
        .and_then(|moments| moments.iter().find(|moment| moment["what"] == "execution_times_out"));
    assert_eq!(end.map(|end| &end["error"]), Some(&json!("States.Timeout")));
}
