//! What the tasks of a workflow draw: the first try of a state the same in every design, each further one anew.

mod common;

use common::workflow::{World, longest, machine, retried, standard, task};
use serde_json::json;
use simctl::words::DuplicateCause;

const LOGNORMAL: &str = "service-time = { lognormal = { median = \"2s\", p99 = \"20s\" } }";

/// The designs that try a task again after 1 and 2 s, as its machine says.
const KEPT_TRACK_OF: [&str; 3] =
    ["events -> machine(m.asl.json)", "events -> orchestrate(m.asl.json)", "events -> durable(m.asl.json)"];
const EVENTS: &str = "events -> choreograph(m.asl.json)";

/// A, done by the function `charge` or in its own time, and tried twice more if it fails; then B, which takes no time.
fn world(flow: &'static str, by_function: bool, fails: bool, attempts: u32) -> World {
    let mut first = retried("B", attempts);
    first["Catch"] = json!([{ "ErrorEquals": ["States.ALL"], "Next": "B" }]);
    let world = World { flow, ..standard(machine(&json!({ "A": first, "B": task("") }))) }.takes("B", "0s");
    let errors = if fails { "errors = { Broken = 1.0 }" } else { "" };
    if by_function {
        world.task("A", &format!("function = \"charge\"\n{errors}")).table("charge", LOGNORMAL)
    } else {
        world.task("A", &format!("{LOGNORMAL}\n{errors}"))
    }
}

fn takes(flow: &'static str, by_function: bool, fails: bool, attempts: u32) -> f64 {
    longest(&world(flow, by_function, fails, attempts).run())
}

/// Rule [inferred] SFNE: the first try of a task takes the same time whoever runs the machine.
#[test]
fn a_first_try_takes_the_same_time_in_every_design() {
    for by_function in [false, true] {
        let service = takes(KEPT_TRACK_OF[0], by_function, false, 2);
        assert!(service > 0.1, "{service}");
        for flow in KEPT_TRACK_OF.into_iter().chain([EVENTS]) {
            assert_eq!(takes(flow, by_function, false, 2), service, "{flow}, by a function: {by_function}");
        }
    }
}

/// Rule [inferred] SFNE: a task that is tried again takes another time, be it a function's or its own.
///
/// A fails in each of its tries, which take a, b and c: a with no retry, a + 1 + b with one, a + 1 + b + 2 + c with two. By
/// events Lambda tries again after 60 and 120 s, and the tries take the same three times.
#[test]
fn each_further_try_takes_a_time_of_its_own() {
    for by_function in [false, true] {
        let [a, b, c] = {
            let sums = [0, 1, 2].map(|attempts| takes(KEPT_TRACK_OF[0], by_function, true, attempts));
            [sums[0], sums[1] - sums[0] - 1.0, sums[2] - sums[1] - 2.0]
        };
        let differ = |one: f64, other: f64| (one - other).abs() > 1e-3;
        assert!(differ(a, b) && differ(b, c) && differ(a, c), "{a}, {b} and {c} s, by a function: {by_function}");
        for flow in KEPT_TRACK_OF {
            assert!(
                !differ(takes(flow, by_function, true, 2), a + b + c + 3.0),
                "{flow}, by a function: {by_function}"
            );
        }
        let events = takes(EVENTS, by_function, true, 2);
        assert!(!differ(events, a + b + c + 180.0), "{events} s for {}", a + b + c + 180.0);
    }
}

/// An orchestrator that begins anew does the first step again, and that takes another time than it took first.
///
/// A takes a and has its effect, B fails at once; a minute later A takes b: then the second run fails too, and there is none after
/// it. All of both is waiting.
#[test]
fn what_a_run_that_begins_anew_does_again_takes_a_time_of_its_own() {
    let two = || machine(&json!({ "A": task("B"), "B": task("") }));
    let run = |retries: u32| {
        let world = World { flow: KEPT_TRACK_OF[1], ..standard(two()) };
        let world = world.task("A", "function = \"charge\"").table("charge", LOGNORMAL);
        let world = world.task("B", "service-time = \"0s\"\nerrors = { Broken = 1.0 }");
        let settings = format!("service-time = \"0s\"\nasync = {{ retries = {retries} }}");
        world.table("workflow", &settings).run()
    };
    let waited = |retries| run(retries).machines[0].executions.waited;
    let (a, both) = (waited(0), waited(1));
    assert!(a > 0 && both > a && both != 2 * a, "{a} ns, then {} ns", both - a);
    assert_eq!(run(1).items.duplicates_by_cause.count(DuplicateCause::OrchestratorRerun), 1);
}
