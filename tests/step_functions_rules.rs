//! The documented rules of AWS Step Functions around a state machine, and of a function that runs one itself, one test
//! each, with the arithmetic by hand. Nothing is random and nothing takes time but what a test sets.

mod common;

use std::path::Path;

use common::workflow::{
    World, duplicates, entered, express, longest, machine, orchestrated, ran, retried, standard, task, two,
};
use common::{function, latencies, secs};
use serde_json::{Value, json};
use simctl::experiment;
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::scenario::{explain, load_text};
use simctl::words::{DuplicateCause, LineItem, SuppressedBy};

/// Rule [doc] P-vt: a Standard workflow is billed by state transition, whatever time passes in its states.
///
/// A takes 2 s and B 3 s: the item is done after 5 s, with two transitions.
#[test]
fn a_standard_workflow_is_billed_by_its_transitions() {
    let outcome = standard(two()).takes("A", "2s").takes("B", "3s").run();
    assert_eq!(latencies(&outcome), (secs(5.0), 5_000_000_000, 5_000_000_000));
    assert_eq!(outcome.usage.count(LineItem::StepTransitions), 2);
    assert_eq!((outcome.usage.count(LineItem::StepExpressRequests), outcome.items.processed), (0, 1));
}

/// Rule [inferred] SFN: an execution begins after the start's latency, and each further state after a transition's.
///
/// 1 s to start, A for 2 s, 0.5 s to B, B for 3 s.
#[test]
fn transitions_take_their_time() {
    let settings = "start-latency = \"1s\"\ntransition-latency = \"500ms\"";
    let outcome = standard(two()).takes("A", "2s").takes("B", "3s").table("machine", settings).run();
    assert_eq!(latencies(&outcome).0, secs(6.5));
}

/// Rule [doc] SFNE: each retry is a state transition, and pauses grow by the back-off rate.
///
/// A fails after 2 s, always: tries at 0, 3 and 7 s, the last of which fails at 9 s. The failed execution is kept.
#[test]
fn a_task_is_retried_after_growing_pauses() {
    let world = standard(machine(&json!({ "A": retried("", 2) })));
    let outcome = world.task("A", "service-time = \"2s\"\nerrors = { Broken = 1.0 }").run();
    let state = &ran(&outcome).states[0];
    assert_eq!((state.entered, state.retries, state.failed), (1, 2, 1));
    assert_eq!((outcome.usage.count(LineItem::StepTransitions), outcome.items.dead_lettered), (3, 1));
    assert_eq!((ran(&outcome).executions.failed, outcome.backlog.integral), (1, secs(9.0)));
}

/// Rule [doc] SFNE: after its retries an error is caught, and the execution goes on where the catcher says.
#[test]
fn a_caught_error_leads_on() {
    let mut first = retried("B", 1);
    first["Catch"] = json!([{ "ErrorEquals": ["Broken"], "Next": "C" }]);
    let world = standard(machine(&json!({ "A": first, "B": task(""), "C": task("") })));
    let outcome = world.task("A", "service-time = \"1s\"\nerrors = { Broken = 1.0 }").takes("C", "1s").run();
    assert_eq!((entered(&outcome, "B"), entered(&outcome, "C"), ran(&outcome).states[0].caught), (0, 1, 1));
    // 1 s, a pause of 1 s, 1 s, and C.
    assert_eq!(latencies(&outcome).0, secs(4.0));
    let taken: Vec<(u32, u32, u64)> = ran(&outcome).ways.iter().map(|way| (way.from, way.to, way.taken)).collect();
    assert_eq!(taken, [(0, 1, 0), (0, 2, 1)]);
}

/// Rule [doc] SFNQ: executions start from a token bucket; what is throttled is tried again by its caller, and then rejected.
#[test]
fn starts_are_throttled() {
    let settings = "start-rate = 1\nstart-burst = 1\nstart-attempts = 1";
    let outcome = standard(two()).takes("A", "1s").takes("B", "1s").machine(settings).items(3).run();
    assert_eq!((outcome.items.processed, outcome.items.rejected), (1, 2));
    assert_eq!(ran(&outcome).executions.throttled_starts, 2);
    let patient = "start-rate = 1\nstart-burst = 1\nstart-attempts = 50";
    let outcome = standard(two()).takes("A", "1s").takes("B", "1s").machine(patient).items(3).run();
    assert_eq!((outcome.items.processed, outcome.items.rejected), (3, 0));
}

/// Rule [doc] SFNQ: transitions of Standard workflows are delayed beyond their quota; executions do not fail for it.
///
/// One transition a second: A at once, B after a second, C after another; tasks take no time.
#[test]
fn transitions_are_delayed_beyond_their_quota() {
    let world = standard(machine(&json!({ "A": task("B"), "B": task("C"), "C": task("") })));
    let world = world.takes("A", "0s").takes("B", "0s").takes("C", "0s");
    let outcome = world.machine("transition-rate = 1\ntransition-burst = 1").run();
    assert_eq!(latencies(&outcome).0, secs(2.0));
}

/// Rule [doc] SFNS: a Standard workflow starts one execution of a name: a second start of it does nothing.
#[test]
fn a_second_start_of_a_name_is_suppressed() {
    let twice = |settings: &str| {
        let world = standard(two()).takes("A", "1s").takes("B", "1s").machine(settings);
        world.table("events", "duplicate-probability = 1.0").run()
    };
    let named = twice("");
    assert_eq!((named.items.duplicates, ran(&named).executions.started), (0, 1));
    assert_eq!(named.items.suppressed_by.count(SuppressedBy::ExecutionName), 1);
    let random = twice("execution-name = \"random\"");
    assert_eq!(duplicates(&random, DuplicateCause::AtLeastOnceDelivery), (2, 2));
    assert_eq!(ran(&random).executions.succeeded, 2);
}

/// Rule [doc] SFNS: an Express workflow that is started asynchronously runs at least once: all of its steps may run again.
#[test]
fn an_express_workflow_may_run_twice() {
    let world = standard(two()).takes("A", "1s").takes("B", "1s");
    let outcome = world.machine("type = \"express\"\nduplicate-probability = 1.0").run();
    assert_eq!((ran(&outcome).executions.started, outcome.items.processed), (2, 1));
    assert_eq!(duplicates(&outcome, DuplicateCause::AtLeastOnceDelivery), (2, 2));
}

/// Rule [doc] P-vt: an Express workflow is billed by request and by its duration in steps of 100 ms and 64 MB.
///
/// 1.05 s and 1 s are 2.05 s, billed as 2.1 s.
#[test]
fn an_express_workflow_is_billed_by_its_duration() {
    let outcome = express(two()).takes("A", "1050ms").takes("B", "1s").run();
    assert_eq!(outcome.usage.count(LineItem::StepExpressRequests), 1);
    assert_eq!(outcome.usage.count(LineItem::StepExpressMbMs), 2_100 * 64);
    assert_eq!(outcome.usage.count(LineItem::StepTransitions), 0);
}

/// Rule [doc] ASL: heartbeats keep a task with HeartbeatSeconds alive, a callback too; without them it ends with States.Timeout after so many seconds.
#[test]
fn heartbeats_keep_a_callback_alive() {
    let mut ask = task("");
    ask["Resource"] = json!("arn:aws:states:::sqs:sendMessage.waitForTaskToken");
    ask["HeartbeatSeconds"] = json!(60);
    let asked = |heartbeat: &str| {
        let world = standard(machine(&json!({ "A": ask })));
        world.task("A", &format!("service-time = \"30m\"\n{heartbeat}")).run()
    };
    assert_eq!(longest(&asked("")), 1_800.0);
    let silent = asked("heartbeat = \"never\"");
    assert_eq!((ran(&silent).states[0].timed_out, ran(&silent).executions.failed), (1, 1));
    assert_eq!((silent.items.dead_lettered, silent.backlog.integral), (1, secs(60.0)));
}

/// Rule [doc] SFNQ: a Map state works on what its ItemReader finds: the items that `result` tells, else two samples.
///
/// Read in 2 s, then each takes a second; a child starts every 10 ms.
#[test]
fn items_of_a_reader_are_told() {
    let inner = json!({
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
        "StartAt": "Each", "States": { "Each": task("") },
    });
    let reader = json!({ "Resource": "arn:aws:states:::s3:getObject", "Parameters": { "Bucket": "b", "Key": "k" } });
    let map = machine(&json!({ "A": { "Type": "Map", "ItemReader": reader, "ItemProcessor": inner, "End": true } }));
    let read = |items: &str| {
        let world = standard(map.clone()).task("A", &format!("service-time = \"2s\"\n{items}"));
        world.takes("Each", "1s").run()
    };
    let told = read("result = '[1, 2, 3, 4, 5]'");
    assert_eq!((entered(&told, "Each"), longest(&told)), (5, 3.04));
    assert_eq!(entered(&read(""), "Each"), 2);
}

/// Rule [doc] P-vt: Express children of a distributed Map are billed as Express workflows, by request and duration, and their transitions are free; Standard ones by transition.
///
/// Two sample items, each worked on for 1,010 ms: 2 x 1,100 ms of 64 MB.
#[test]
fn express_children_are_billed() {
    let run = |kind: &str| {
        let inner = json!({
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": kind },
            "StartAt": "Each", "States": { "Each": task("") },
        });
        let reader = json!({ "Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": { "Bucket": "b" } });
        let map =
            machine(&json!({ "A": { "Type": "Map", "ItemReader": reader, "ItemProcessor": inner, "End": true } }));
        let usage = standard(map).takes("Each", "1010ms").run().usage;
        [LineItem::StepTransitions, LineItem::StepExpressRequests, LineItem::StepExpressMbMs]
            .map(|line| usage.count(line))
    };
    assert_eq!(run("EXPRESS"), [1, 2, 2 * 1_100 * 64]);
    assert_eq!(run("STANDARD"), [3, 0, 0]);
}

/// JSON in a scenario may have several lines and as many bytes as AWS takes; what `check` prints of it reads back.
#[test]
fn json_is_as_long_as_a_payload() {
    let choice = json!({ "Type": "Choice", "Choices": [{ "Variable": "$.text", "IsPresent": true, "Next": "B" }] });
    let world = standard(machine(&json!({ "A": choice, "B": task("") }))).takes("B", "1s");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("m.asl.json"), world.machine.to_string()).expect("a machine");
    let load = |text: &str| load_text("long.toml", text, folder.path(), &[]).map_err(|faults| faults.to_string());
    let text = |length: usize| {
        let letters = "x".repeat(length);
        let input = format!("\n[machine]\ninput = '''{{\n\t\"text\":\n\"{letters}\" }}'''\n[machine.tasks.B]");
        world.text().replacen("[machine.tasks.B]", &input, 1)
    };
    let scenario = load(&text(200_000)).unwrap_or_else(|faults| panic!("{faults}"));
    let again = load(&explain(&scenario)).unwrap_or_else(|faults| panic!("{faults}"));
    for scenario in [scenario, again] {
        let outcome = experiment::simulate(&scenario, 0, 0).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((entered(&outcome, "B"), outcome.items.processed), (1, 1));
    }
    let refused = load(&text(262_144)).expect_err("it is too long");
    assert!(refused.contains("it is longer than 262144 bytes, AWS's largest payload"), "{refused}");
}

/// A scenario of state machines whose tasks name no function has no `[functions]`: written or not, it is the same.
#[test]
fn a_scenario_of_machines_only_needs_no_functions() {
    let text = standard(two()).takes("A", "2s").takes("B", "3s").text();
    let (before, rest) = text.split_once("[functions.").expect("functions");
    let (_, rest) = rest.split_once("[machine.").expect("tasks");
    let bare = format!("{before}[machine.{rest}");
    assert!(!bare.contains("functions"), "{bare}");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("m.asl.json"), two().to_string()).expect("a machine");
    let runs = [text, bare].map(|text| {
        let scenario = load_text("machines.toml", &text, folder.path(), &[]).unwrap_or_else(|error| panic!("{error}"));
        experiment::simulate(&scenario, 0, 0).unwrap_or_else(|error| panic!("{error}"))
    });
    assert_eq!(runs[0], runs[1]);
}

/// Rule [doc] SFNQ: an Express execution lasts five minutes at most, a Standard one a year; of an Express one nothing is kept.
#[test]
fn an_express_workflow_is_over_after_five_minutes() {
    let waits = || machine(&json!({ "A": { "Type": "Wait", "Seconds": 600, "End": true } }));
    let outcome = express(waits()).run();
    assert_eq!((ran(&outcome).executions.timed_out, outcome.items.lost), (1, 1));
    assert_eq!(outcome.backlog.integral, secs(300.0));
    assert_eq!(longest(&standard(waits()).run()), 600.0);
    let ages = || machine(&json!({ "A": { "Type": "Wait", "Seconds": 40_000_000, "End": true } }));
    let mut bound = ages();
    bound["TimeoutSeconds"] = json!(35_000_000);
    for machine in [ages(), bound] {
        let outcome = standard(machine).drain("365d").run();
        assert_eq!((ran(&outcome).executions.timed_out, outcome.items.dead_lettered), (1, 1));
        assert_eq!(outcome.backlog.integral, secs(365.0 * 86_400.0));
    }
}

/// Rule [doc] ORCH: a function that orchestrates is paid for while it waits; a Wait state costs its transition.
///
/// Ten minutes at 1,024 MB against one transition.
#[test]
fn waiting_in_a_function_is_paid_for() {
    let waits = || machine(&json!({ "A": { "Type": "Wait", "Seconds": 600, "End": true } }));
    let (function, service) = (orchestrated(waits()).run(), standard(waits()).run());
    assert_eq!((longest(&function), longest(&service)), (600.0, 600.0));
    assert_eq!(function.usage.count(LineItem::LambdaX86MbMs), 600_000 * 1_024);
    assert_eq!((ran(&function).executions.waited, ran(&service).executions.waited), (secs(600.0), 0));
    assert_eq!(service.usage.count(LineItem::StepTransitions), 1);
    assert_eq!(service.usage.count(LineItem::LambdaX86MbMs), 0);
}

/// Rule [doc] LDF: a function that orchestrates dies at its timeout of 15 minutes at most, and each retry begins with the first step.
///
/// Runs of 900 s at 0, 960 and 1,980 s: A is done in each of them, twice more than once.
#[test]
fn an_orchestrator_dies_after_fifteen_minutes_and_begins_anew() {
    let world =
        orchestrated(machine(&json!({ "A": task("B"), "B": { "Type": "Wait", "Seconds": 1_000, "End": true } })));
    let outcome = world.takes("A", "1s").run();
    let runs = &function(&outcome, "orchestrate").runs;
    assert_eq!((runs.invocations, runs.timeouts, ran(&outcome).executions.killed), (3, 3, 3));
    assert_eq!(duplicates(&outcome, DuplicateCause::OrchestratorRerun), (2, 2));
    assert_eq!((outcome.items.processed, outcome.items.lost), (0, 1));
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), 3 * 900_000 * 1_024);
}

/// Rule [doc] LDF: behind a queue the same: the message comes back, and the workflow begins with its first step.
///
/// B fails after A was done, three times; then the message is in the dead-letter queue.
#[test]
fn an_orchestrator_behind_a_queue_begins_anew_with_each_receive() {
    let world = orchestrated(two()).flow("sqs -> orchestrate(m.asl.json)").takes("A", "1s");
    let world = world.task("B", "service-time = \"1s\"\nerrors = { Broken = 1.0 }");
    let mut text = world.text();
    text += "max-receive-count = 3\n";
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("m.asl.json"), two().to_string()).expect("it takes a file");
    let scenario =
        load_text("test.toml", &text, Path::new(folder.path()), &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let outcome = experiment::simulate(&scenario, 0, 0).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((entered(&outcome, "A"), outcome.items.dead_lettered), (3, 1));
    assert_eq!(duplicates(&outcome, DuplicateCause::OrchestratorRerun), (2, 2));
}

/// Rule [doc] SFNS: in a Standard workflow a step that is done is not done again, whatever fails after it.
///
/// The same machine and the same failure as behind the queue, and no duplicate.
#[test]
fn a_standard_workflow_repeats_only_what_its_retries_say() {
    let world = standard(machine(&json!({ "A": task("B"), "B": retried("", 2) }))).takes("A", "1s");
    let outcome = world.task("B", "service-time = \"1s\"\nerrors = { Broken = 1.0 }").run();
    assert_eq!((entered(&outcome, "A"), outcome.items.duplicates), (1, 0));
}

/// Rule [inferred] SFNE: a task whose answer is lost after its effect is done again by its retry.
#[test]
fn a_retry_repeats_an_effect_whose_answer_was_lost() {
    let world = standard(machine(&json!({ "A": retried("", 2) })));
    let settings = "service-time = \"1s\"\nerrors = { Lost = 1.0 }\nafter-effect = 1.0";
    let outcome = world.task("A", settings).run();
    assert_eq!(duplicates(&outcome, DuplicateCause::TaskRetry), (2, 2));
    let harmless = standard(machine(&json!({ "A": retried("", 2) })));
    let outcome = harmless.task("A", &format!("{settings}\neffect = \"none\"")).run();
    assert_eq!(outcome.items.duplicates, 0);
}

/// Rule [inferred] LDF: a function that calls another synchronously holds two units of concurrency, a state machine one.
#[test]
fn synchronous_calls_hold_two_units_of_concurrency() {
    let states = || machine(&json!({ "A": task("") }));
    let function_run = orchestrated(states()).task("A", "function = \"charge\"").run();
    let service_run = standard(states()).task("A", "function = \"charge\"").run();
    assert_eq!((function_run.concurrency.max, service_run.concurrency.max), (2, 1));
    assert_eq!((latencies(&function_run).0, latencies(&service_run).0), (secs(1.0), secs(1.0)));
    assert_eq!(function_run.usage.count(LineItem::LambdaRequests), 2);
}

/// Rule [doc] SFNE: a throttled function is `Lambda.TooManyRequestsException`, and nothing but the machine retries it.
#[test]
fn a_throttled_function_fails_its_task_by_name() {
    let mut state = task("");
    state["Retry"] = json!([{ "ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 2 }]);
    let world = standard(machine(&json!({ "A": state }))).task("A", "function = \"charge\"");
    let outcome = world.table("charge", "reserved-concurrency = 0").run();
    let runs = &function(&outcome, "charge").runs;
    assert_eq!((runs.invocations, runs.throttles, ran(&outcome).states[0].retries), (0, 3, 2));
}

/// Rule [doc] SFNE: a task that is not answered in time is `States.Timeout`; the function goes on running and has its effect.
#[test]
fn a_function_goes_on_when_its_task_has_timed_out() {
    let mut state = retried("", 1);
    state["TimeoutSeconds"] = json!(5);
    let world = standard(machine(&json!({ "A": state }))).task("A", "function = \"charge\"");
    let outcome = world.table("charge", "service-time = \"20s\"").run();
    assert_eq!((ran(&outcome).states[0].timed_out, function(&outcome, "charge").runs.invocations), (2, 2));
    assert_eq!(duplicates(&outcome, DuplicateCause::TaskRetry), (1, 1));
    assert_eq!(outcome.items.dead_lettered, 1);
}

/// Rule [doc] SFN: a `.waitForTaskToken` task waits for hours at the price of its transition, and its timeout ends the wait.
#[test]
fn waiting_for_a_token_costs_a_transition() {
    let asks = |seconds: u64| {
        machine(&json!({ "A": {
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "TimeoutSeconds": seconds, "End": true
        } }))
    };
    let patient = standard(asks(86_400)).takes("A", "10h").run();
    assert_eq!((longest(&patient), patient.usage.count(LineItem::StepTransitions)), (36_000.0, 1));
    let hasty = standard(asks(60)).takes("A", "10h").run();
    assert_eq!((ran(&hasty).executions.failed, hasty.backlog.integral), (1, secs(60.0)));
}

/// Rule [doc] ASL: branches of a Parallel state run at once, and it lasts as long as the longest.
#[test]
fn branches_run_at_once() {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: task("") } });
    let fork = json!({ "Type": "Parallel", "Branches": [branch("B"), branch("C")], "End": true });
    let outcome = standard(machine(&json!({ "A": fork }))).takes("B", "2s").takes("C", "3s").run();
    assert_eq!((latencies(&outcome).0, outcome.usage.count(LineItem::StepTransitions)), (secs(3.0), 3));
}

/// Rule [doc] SFNE: a retry of a Parallel state runs all of its branches again, those that had ended well too.
///
/// B is done after 1 s, C fails after 2 s; after a pause of 1 s both begin again, and C fails for good.
#[test]
fn a_retried_fork_repeats_what_was_done_in_it() {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: task("") } });
    let mut fork = json!({ "Type": "Parallel", "Branches": [branch("B"), branch("C")], "End": true });
    fork["Retry"] = json!([{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1 }]);
    let world = standard(machine(&json!({ "A": fork }))).takes("B", "1s");
    let outcome = world.task("C", "service-time = \"2s\"\nerrors = { Broken = 1.0 }").run();
    assert_eq!(duplicates(&outcome, DuplicateCause::TaskRetry), (1, 1));
    assert_eq!((ran(&outcome).executions.failed, outcome.backlog.integral), (1, secs(5.0)));
}

/// Rule [doc] ASL: items of a Map state are worked on side by side, each once.
#[test]
fn items_of_a_map_state_are_steps_of_their_own() {
    let map = json!({
        "Type": "Map", "ItemsPath": "$.items", "End": true,
        "ItemProcessor": { "StartAt": "B", "States": { "B": task("") } }
    });
    let world = standard(machine(&json!({ "A": map }))).takes("B", "2s");
    let world = World { tasks: world.tasks.clone() + "[machine]\ninput = '{ \"items\": [1, 2, 3] }'\n", ..world };
    let outcome = world.run();
    assert_eq!((entered(&outcome, "B"), outcome.items.duplicates, latencies(&outcome).0), (3, 0, secs(2.0)));
}

/// Rule [doc] ASL: a Choice state goes where the first rule leads that holds; here by the input of each item.
///
/// One input in four is large: of 4,000 items 1,000, give or take four standard errors (27 each).
#[test]
fn inputs_are_drawn_by_their_weights() {
    let choice = json!({ "Type": "Choice", "Default": "B",
        "Choices": [{ "Variable": "$.total", "NumericGreaterThan": 500, "Next": "C" }] });
    let world = standard(machine(&json!({ "A": choice, "B": task(""), "C": task("") }))).items(4_000);
    let input =
        "[machine]\ninput = [{ weight = 3, json = '{ \"total\": 1 }' }, { weight = 1, json = '{ \"total\": 900 }' }]\n";
    let world = world.machine("start-burst = 5000").takes("B", "1s").takes("C", "1s");
    let outcome = World { tasks: world.tasks.clone() + input, ..world }.run();
    let large = entered(&outcome, "C");
    assert!((890..1_110).contains(&large), "{large} of 4,000 are large");
    assert_eq!(entered(&outcome, "B") + large, 4_000);
}

/// Five steps, each of which fails once in ten.
fn five_steps(retry: impl Fn(&str) -> Value) -> Value {
    machine(&json!({ "A": retry("B"), "B": retry("C"), "C": retry("D"), "D": retry("E"), "E": retry("") }))
}

fn failing_steps(world: World) -> Outcome {
    let steps = ["A", "B", "C", "D", "E"];
    let world = steps
        .into_iter()
        .fold(world, |world, step| world.task(step, "service-time = \"1ms\"\nerrors = { Broken = 0.1 }"));
    world.items(20_000).run()
}

/// Rule [doc] ORCH-1: a function that begins anew with each of three runs succeeds with 0.93133 and makes 6.45883 steps an item.
///
/// Standard errors over 20,000 items: 0.0018 of the share, below 0.03 of the steps.
#[test]
fn an_orchestrator_repeats_the_steps_that_were_done() {
    let outcome =
        failing_steps(orchestrated(five_steps(task)).table("workflow", "service-time = \"0s\"\ntimeout = \"60s\""));
    let share = outcome.items.processed as f64 / 20_000.0;
    let steps: u64 = ran(&outcome).states.iter().map(|state| state.entered).sum();
    assert!((share - 0.931_325_8).abs() < 0.007_2, "{share}");
    assert!((steps as f64 / 20_000.0 - 6.458_826).abs() < 0.12, "{steps}");
    assert_eq!(outcome.items.duplicates, outcome.items.duplicates_by_cause.count(DuplicateCause::OrchestratorRerun));
}

/// Rule [doc] ORCH-1: with four attempts a step a state machine succeeds with 0.9995 and repeats no step that was done.
///
/// A step is tried (1 - 0.1^4) / 0.9 = 1.1111 times: 5.5544 tries an item, standard error 0.0055.
#[test]
fn a_state_machine_repeats_what_failed_only() {
    let machine = five_steps(|next| retried(next, 3));
    let outcome = failing_steps(standard(machine).machine("start-burst = 30000\ntransition-burst = 200000"));
    let share = outcome.items.processed as f64 / 20_000.0;
    let tries: u64 = ran(&outcome).states.iter().map(|state| state.entered + state.retries).sum();
    assert!((share - 0.999_500_1).abs() < 0.000_64, "{share}");
    assert!((tries as f64 / 20_000.0 - 5.554_4).abs() < 0.022, "{tries}");
    assert_eq!((outcome.items.duplicates, ran(&outcome).executions.transitions), (0, u128::from(tries) as u64));
}

/// An API that starts a Standard workflow is answered when it has started, not when it has ended.
#[test]
fn an_api_answers_when_the_execution_has_started() {
    let world = standard(two()).flow("api -> machine(m.asl.json)").takes("A", "10s").takes("B", "10s");
    let outcome = world.table("api", "overhead = \"0s\"").run();
    assert_eq!(outcome.apis[0].answered(200), 1);
    assert_eq!(outcome.apis[0].response.max(), Some(Span::ZERO));
    assert_eq!(latencies(&outcome).0, secs(20.0));
}

/// Executions that are under way when the run ends are in the backlog, and are billed as far as they came.
#[test]
fn what_is_under_way_at_the_end_is_in_the_backlog() {
    let outcome = standard(two()).takes("A", "1s").takes("B", "10h").drain("1h").run();
    assert_eq!((outcome.items.backlog_end, outcome.usage.count(LineItem::StepTransitions)), (1, 2));
}

/// The function `workflow` is a durable one.
fn durable(machine: Value) -> World {
    World { flow: "events -> durable(m.asl.json)", ..standard(machine) }
}

/// Rule [doc] L-dur: a durable function that only waits is not running; it is paid for the steps in its process.
///
/// A for 2 s, ten hours of waiting, B for 3 s: two invocations of 2 and 3 s, and four operations: the start, two steps and
/// the wait.
#[test]
fn a_durable_function_is_not_running_while_it_waits() {
    let states = json!({ "A": task("W"), "W": { "Type": "Wait", "Seconds": 36_000, "Next": "B" }, "B": task("") });
    let outcome = durable(machine(&states)).takes("A", "2s").takes("B", "3s").run();
    assert_eq!((longest(&outcome), outcome.usage.count(LineItem::DurableOperations)), (36_005.0, 4));
    assert_eq!(outcome.usage.count(LineItem::LambdaRequests), 2);
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), 5_000 * 1_024);
}

/// Rule [doc] L-dur: each invocation runs from the top: what stands before the first step is done again, and steps that are done are not.
///
/// With 1 s of its own the two invocations take 1 + 2 s and 1 + 3 s.
#[test]
fn each_invocation_runs_from_the_top() {
    let states = json!({ "A": task("W"), "W": { "Type": "Wait", "Seconds": 60, "Next": "B" }, "B": task("") });
    let world = durable(machine(&states)).takes("A", "2s").takes("B", "3s");
    let outcome = world.table("workflow", "service-time = \"1s\"").run();
    assert_eq!((longest(&outcome), outcome.items.duplicates), (67.0, 0));
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), 7_000 * 1_024);
    assert_eq!((entered(&outcome, "A"), entered(&outcome, "B")), (1, 1));
}

/// Rule [doc] L-dur: an invocation that is killed is followed by another, which begins the interrupted step anew and nothing before it.
///
/// With a timeout of 10 s: A for 6 s, and B, which takes 6 s, is killed after 4 s and done in a second invocation.
#[test]
fn a_killed_invocation_of_a_durable_function_repeats_the_interrupted_step_only() {
    let world = durable(two()).takes("A", "6s").takes("B", "6s");
    let outcome = world.table("workflow", "service-time = \"0s\"\ntimeout = \"10s\"").run();
    assert_eq!((longest(&outcome), outcome.items.duplicates, outcome.items.processed), (16.0, 0, 1));
    let runs = &function(&outcome, "durable").runs;
    assert_eq!((runs.invocations, runs.timeouts), (2, 1));
}

/// Rule [doc] L-dur, B-init: an invocation that goes on with an execution in a new environment has an Init of its own, billed once and outside the timeout.
///
/// Init takes 4 s. A for 6 s, ten hours in which the environment expires, B for 3 s: 4 + 6 and 4 + 3 s are billed.
#[test]
fn a_resumed_execution_may_meet_a_cold_start() {
    let states = json!({ "A": task("W"), "W": { "Type": "Wait", "Seconds": 36_000, "Next": "B" }, "B": task("") });
    let world = durable(machine(&states)).takes("A", "6s").takes("B", "3s");
    let outcome = world.table("workflow", INIT).run();
    assert_eq!((longest(&outcome), function(&outcome, "durable").runs.cold_starts), (36_017.0, 2));
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), 17_000 * 1_024);
}

/// Init takes 4 s, and the timeout is 12 s.
const INIT: &str = "service-time = \"0s\"\ntimeout = \"12s\"\ncold-start = { init = \"4s\", unlogged = \"0s\" }";

/// Rule [doc] L-dur, L-env: the invocation after a killed one repeats Init in the reset environment, inside its duration and timeout.
///
/// Init 4 s, A 6 s, B killed after 6 of its 7 s, at 16 s: 4 + 12 s are billed. Then Init for 4 s, and B for 7 s.
#[test]
fn an_invocation_after_a_killed_one_repeats_init() {
    let outcome = durable(two()).takes("A", "6s").takes("B", "7s").table("workflow", INIT).run();
    let runs = &function(&outcome, "durable").runs;
    assert_eq!((runs.invocations, runs.timeouts, runs.cold_starts), (2, 1, 1));
    assert_eq!((longest(&outcome), outcome.items.duplicates), (27.0, 0));
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), (16_000 + 11_000) * 1_024);
}

/// Rule [doc] L-dur: a durable function that invokes another is suspended until the answer is there.
///
/// `charge` takes a second, in which nothing else runs.
#[test]
fn a_durable_function_is_suspended_while_it_invokes_another() {
    let outcome = durable(machine(&json!({ "A": task("") }))).task("A", "function = \"charge\"").run();
    assert_eq!((outcome.concurrency.max, longest(&outcome)), (1, 1.0));
    assert_eq!((function(&outcome, "durable").runs.invocations, function(&outcome, "charge").runs.invocations), (2, 1));
}

/// Rule [doc] L-dur: an execution of the name of another is not started again.
#[test]
fn a_durable_execution_has_a_name() {
    let world = durable(two()).takes("A", "1s").takes("B", "1s").table("events", "duplicate-probability = 1.0");
    let outcome = world.run();
    assert_eq!((outcome.items.duplicates, ran(&outcome).executions.started), (0, 1));
    assert_eq!(outcome.items.suppressed_by.count(SuppressedBy::ExecutionName), 1);
}

/// Rule [doc] L-dur: an execution has 3,000 operations at most, and ends with the next.
///
/// A loop of waits, of a second each: the start and 3,000 waits are one too many.
#[test]
fn a_durable_execution_has_a_largest_number_of_operations() {
    let states = json!({
        "A": { "Type": "Wait", "Seconds": 1, "Next": "B" },
        "B": { "Type": "Choice", "Choices": [{ "Variable": "$.end", "IsPresent": true, "Next": "C" }], "Default": "A" },
        "C": { "Type": "Succeed" }
    });
    let world = durable(machine(&states));
    let outcome = World { tasks: "[machine]\ninput = '{}'\n".to_owned(), ..world }.run();
    assert_eq!((outcome.usage.count(LineItem::DurableOperations), outcome.items.lost), (3_001, 1));
    assert_eq!(outcome.backlog.integral, secs(2_999.0));
}

/// A machine of whose input and results nothing is told runs on a sample in which its paths find something.
#[test]
fn a_machine_runs_without_its_code_on_a_sample() {
    let choice = json!({ "Type": "Choice", "Default": "C",
        "Choices": [{ "Variable": "$.order.total", "NumericGreaterThan": 5, "Next": "B" }] });
    let mut work = task("C");
    work["Parameters"] = json!({ "id.$": "$.order.id" });
    let world = standard(machine(&json!({ "A": choice, "B": work, "C": { "Type": "Succeed" } })));
    let outcome = world.run();
    assert_eq!((ran(&outcome).executions.succeeded, entered(&outcome, "C")), (1, 1));
}
