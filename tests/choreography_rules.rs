//! The rules of a state machine whose steps are events over a bus, one test each, with the arithmetic by hand. Nothing is
//! random and nothing takes time but what a test sets.

mod common;

use common::workflow::{World, duplicates, entered, longest, machine, ran, retried, standard, task, two};
use common::{function, latencies, secs};
use serde_json::{Value, json};
use simctl::model::Outcome;
use simctl::words::{DuplicateCause, LineItem, SuppressedBy};

fn choreographed(machine: Value) -> World {
    World { flow: "events -> choreograph(m.asl.json)", ..standard(machine) }
}

/// Events, invocations and writes that are billed.
fn billed(outcome: &Outcome) -> (u128, u128, u128) {
    let count = |item| outcome.usage.count(item);
    (count(LineItem::EventBridgeEvents), count(LineItem::LambdaRequests), count(LineItem::DynamoDbWriteUnits))
}

fn caught(mut state: Value, next: &str) -> Value {
    state["Catch"] = json!([{ "ErrorEquals": ["States.ALL"], "Next": next }]);
    state
}

/// A Parallel state of one task each, and what follows it.
fn fork(branches: &[&str], next: &str) -> Value {
    let branch = |name: &&str| json!({ "StartAt": name, "States": { *name: task("") } });
    json!({ "Type": "Parallel", "Branches": branches.iter().map(branch).collect::<Vec<_>>(), "Next": next })
}

/// How many executions have no end and stand in a state, and how many have none.
fn unfinished(outcome: &Outcome, state: &str) -> (u64, u64) {
    let found = ran(outcome).states.iter().find(|found| found.name == state).expect("a state of the machine");
    (found.unfinished, ran(outcome).executions.unfinished)
}

/// Rule [doc] LA: a rule invokes the function of each step asynchronously on the event before it; each event and each run is billed, and no transition.
///
/// Twice 0.1 s of the bus, A for 2 s and B for 3 s. The item's own event, A's and B's; two runs of 1,024 MB.
#[test]
fn each_step_is_an_event_and_an_invocation() {
    let outcome = choreographed(two()).takes("A", "2s").takes("B", "3s").bus("latency = \"100ms\"").run();
    assert_eq!(latencies(&outcome).0, secs(5.2));
    assert_eq!(billed(&outcome), (3, 2, 0));
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), 5_000 * 1_024);
    assert_eq!(outcome.usage.count(LineItem::StepTransitions), 0);
    assert_eq!((outcome.items.processed, ran(&outcome).executions.succeeded), (1, 1));
    assert_eq!((outcome.items.split.hop, outcome.items.split.service), (secs(0.2), secs(5.0)));
}

/// Rule [doc] EBQ: an event is billed by each 64 KB of it.
#[test]
fn large_events_are_billed_by_64_kb() {
    let outcome = choreographed(two()).takes("A", "1s").takes("B", "1s").bus("event-size = \"100KB\"").run();
    assert_eq!(billed(&outcome), (6, 2, 0));
}

/// Rule [doc] EBQ: a Choice is the patterns of rules on the event before it: no event, no invocation and no time of its own.
#[test]
fn a_choice_is_the_pattern_of_a_rule() {
    let states = json!({
        "A": task("C"),
        "C": { "Type": "Choice", "Choices": [{ "Variable": "$.large", "BooleanEquals": true, "Next": "L" }], "Default": "S" },
        "L": task(""),
        "S": task(""),
    });
    let world = choreographed(machine(&states)).takes("L", "1s").takes("S", "1s");
    let outcome = world.task("A", "service-time = \"1s\"\nresult = '{ \"large\": true }'").run();
    assert_eq!((entered(&outcome, "L"), entered(&outcome, "S")), (1, 0));
    assert_eq!((billed(&outcome), latencies(&outcome).0), ((3, 2, 0), secs(2.0)));
}

/// Rule [doc] L-async: a step that fails is run again by Lambda after 1 and 2 minutes, whatever the machine's Retry says; then its event is dropped, and nobody knows.
///
/// Runs of 2 s at 0, 62 and 184 s; the machine would have tried five times.
#[test]
fn lambda_retries_and_not_the_machine() {
    let world = choreographed(machine(&json!({ "A": retried("B", 4), "B": task("") }))).takes("B", "1s");
    let outcome = world.task("A", "service-time = \"2s\"\nerrors = { Broken = 1.0 }").run();
    assert_eq!((function(&outcome, "choreograph/A").runs.invocations, outcome.items.lost), (3, 1));
    assert_eq!((outcome.backlog.integral, billed(&outcome)), (secs(186.0), (1, 3, 0)));
    assert_eq!((unfinished(&outcome, "A"), unfinished(&outcome, "B")), ((1, 1), (0, 1)));
    assert_eq!((ran(&outcome).executions.failed, ran(&outcome).states[0].retries), (0, 2));
}

/// Rule [doc] L-async: an event that is given up goes to the function's dead-letter queue, if it has one.
#[test]
fn what_is_given_up_is_in_the_dead_letter_queue() {
    let world = choreographed(two()).takes("B", "1s");
    let world = world.table("workflow", "service-time = \"0s\"\nasync = { on-failure = \"dead-letter-queue\" }");
    let outcome = world.task("A", "service-time = \"1s\"\nerrors = { Broken = 1.0 }").run();
    assert_eq!((outcome.items.dead_lettered, outcome.items.lost), (1, 0));
    assert_eq!(unfinished(&outcome, "A"), (1, 1));
}

/// Rule [doc] L-async: where the machine's Catch leads, the on-failure destination of the function puts an event on the bus once its retries are used up.
///
/// A fails at 1, 62 and 183 s; C follows for 2 s. The item's event, the destination's and C's.
#[test]
fn a_catch_is_the_event_of_an_on_failure_destination() {
    let states = json!({ "A": caught(task("B"), "C"), "B": task(""), "C": task("") });
    let world = choreographed(machine(&states)).takes("C", "2s").takes("B", "9s");
    let outcome = world.task("A", "service-time = \"1s\"\nerrors = { Broken = 1.0 }").run();
    assert_eq!((entered(&outcome, "B"), entered(&outcome, "C"), ran(&outcome).states[0].caught), (0, 1, 1));
    assert_eq!((latencies(&outcome).0, billed(&outcome)), (secs(185.0), (3, 4, 0)));
    assert_eq!(unfinished(&outcome, "A"), (0, 0));
}

/// Rule [doc] L-async: an attempt that had its effect before its error has it again: a duplicate by the asynchronous retry.
#[test]
fn asynchronous_retries_repeat_effects() {
    let settings = "service-time = \"1s\"\nerrors = { Lost = 1.0 }\nafter-effect = 1.0";
    let outcome = choreographed(two()).takes("B", "1s").task("A", settings).run();
    assert_eq!(duplicates(&outcome, DuplicateCause::ErrorAfterEffect), (2, 2));
    let retries = "service-time = \"0s\"\nasync = { retries = 0 }";
    let once = choreographed(two()).takes("B", "1s").task("A", settings).table("workflow", retries).run();
    assert_eq!((once.items.duplicates, once.items.lost), (0, 1));
}

/// Rule [inferred] L-async: an error that the machine would not retry is the work's, not the attempt's: the same items fail in a choreography as in Step Functions.
///
/// Half of 200 items fail at A. Lambda tries them twice more, to no avail.
#[test]
fn what_the_machine_would_not_retry_fails_again() {
    let failing = |world: World| {
        world.items(200).takes("B", "1s").task("A", "service-time = \"1s\"\nerrors = { Refused = 0.5 }").run()
    };
    let (events, service) = (failing(choreographed(two())), failing(standard(two())));
    assert_eq!(events.items.lost, service.items.dead_lettered);
    assert!((70..130).contains(&events.items.lost), "{}", events.items.lost);
    assert_eq!(u128::from(200 + 2 * events.items.lost + events.items.processed), billed(&events).1);
    // What it would retry may go well the next time.
    let retrying = || machine(&json!({ "A": retried("B", 2), "B": task("") }));
    let events = failing(choreographed(retrying()));
    assert!((10..45).contains(&events.items.lost), "an eighth of 200: {}", events.items.lost);
}

/// Rule [doc] EBR: a bus delivers at least once: what is delivered twice runs twice, and so does all that follows of it.
///
/// A is run twice, and each run's event runs B twice: one duplicate of A and three of B. The workflow is done once.
#[test]
fn a_second_delivery_repeats_all_that_follows() {
    let outcome = choreographed(two()).takes("A", "1s").takes("B", "1s").bus("duplicate-probability = 1.0").run();
    assert_eq!(duplicates(&outcome, DuplicateCause::AtLeastOnceDelivery), (4, 4));
    // The item's own event, two of A and four of B.
    assert_eq!(billed(&outcome), (7, 6, 0));
    assert_eq!((ran(&outcome).executions.started, ran(&outcome).executions.succeeded), (1, 1));
    assert_eq!((outcome.items.processed, unfinished(&outcome, "B")), (1, (0, 0)));
}

/// Rule [doc] L-async: Lambda's own queue delivers at least once, too.
#[test]
fn lambda_may_run_a_step_twice() {
    let settings = "service-time = \"0s\"\nasync = { duplicate-probability = 1.0 }";
    let outcome = choreographed(two()).takes("A", "1s").takes("B", "1s").table("workflow", settings).run();
    assert_eq!(duplicates(&outcome, DuplicateCause::AtLeastOnceDelivery), (4, 4));
}

/// Rule [doc] EBR: what is sent twice runs twice: there is no execution whose name would tell.
#[test]
fn nobody_knows_an_item_that_is_sent_again() {
    let world = choreographed(two()).takes("A", "1s").takes("B", "1s");
    let outcome = world.table("events", "duplicate-probability = 1.0").run();
    assert_eq!(duplicates(&outcome, DuplicateCause::AtLeastOnceDelivery), (2, 2));
    assert_eq!((ran(&outcome).executions.started, outcome.items.duplicates_suppressed), (2, 0));
}

/// Rule [doc] DDB: a fork is several rules on one event; each branch's end is noted by a conditional write, and who notes the last puts the event that leads on.
///
/// A for 1 s; B for 5 s and C for 2 s, each noted in 1 s; then D for 1 s. The events of the item, A, B, C, of the join and of D; runs of A, B, C, D and two of the join.
#[test]
fn a_fork_joins_by_a_record_of_who_has_arrived() {
    let states = json!({ "A": task("P"), "P": fork(&["B", "C"], "D"), "D": task("") });
    let world = choreographed(machine(&states)).takes("A", "1s").takes("B", "5s").takes("C", "2s").takes("D", "1s");
    let outcome = world.bus("join-latency = \"1s\"").run();
    assert_eq!((latencies(&outcome).0, billed(&outcome)), (secs(8.0), (6, 6, 2)));
    assert_eq!(function(&outcome, "choreograph/P").runs.invocations, 2);
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), (1_000 + 5_000 + 2_000 + 2_000 + 1_000) * 1_024);
    // From the fork to the write of the last branch.
    let latency = &ran(&outcome).states.iter().find(|state| state.name == "P").expect("it forks").latency;
    assert_eq!(latency.sum(), secs(6.0));
}

/// Rule [doc] DDB: a branch's end that comes twice meets the condition of the write, which fails and costs as much; what follows the join happens once.
///
/// B and C run twice each; four ends are noted eight times, of which two open the way.
#[test]
fn the_record_takes_each_branch_once() {
    let states = json!({ "A": fork(&["B", "C"], "D"), "D": json!({ "Type": "Succeed" }) });
    let world = choreographed(machine(&states)).takes("B", "1s").takes("C", "1s");
    let outcome = world.bus("duplicate-probability = 1.0").run();
    assert_eq!(duplicates(&outcome, DuplicateCause::AtLeastOnceDelivery), (2, 2));
    assert_eq!((billed(&outcome).2, outcome.items.suppressed_by.count(SuppressedBy::JoinRecord)), (8, 6));
    assert_eq!((ran(&outcome).executions.succeeded, outcome.items.processed), (1, 1));
}

/// Rule [doc] L-async: a branch that fails for good leads where the fork's Catch does; nobody stops the others.
///
/// B fails at 1, 62 and 183 s; C goes on until 600 s, and its end finds the record closed. D follows B's failure for 1 s.
#[test]
fn a_branch_that_fails_does_not_stop_the_others() {
    let states = json!({ "A": caught(fork(&["B", "C"], "E"), "D"), "D": task(""), "E": task("") });
    let world = choreographed(machine(&states)).takes("C", "600s").takes("D", "1s");
    let outcome = world.task("B", "service-time = \"1s\"\nerrors = { Broken = 1.0 }").run();
    assert_eq!((entered(&outcome, "D"), entered(&outcome, "E"), latencies(&outcome).0), (1, 0, secs(184.0)));
    assert_eq!(outcome.items.suppressed_by.count(SuppressedBy::JoinRecord), 1);
    assert_eq!((u128::from(outcome.end.as_nanos()) >= secs(600.0), outcome.items.duplicates), (true, 0));
    // With both branches broken the record is closed by the first: D follows once.
    let broken = "service-time = \"1s\"\nerrors = { Broken = 1.0 }";
    let world = choreographed(machine(&states)).takes("D", "1s").task("B", broken).task("C", broken);
    let outcome = world.run();
    assert_eq!((entered(&outcome, "D"), outcome.items.suppressed_by.count(SuppressedBy::JoinRecord)), (1, 1));
}

/// Rule [inferred] DDB: a fork of which a branch is lost waits for it for ever, and nothing says so.
#[test]
fn a_join_that_misses_a_branch_never_comes() {
    let states = json!({ "A": fork(&["B", "C"], "D"), "D": task("") });
    let world = choreographed(machine(&states)).takes("C", "1s").takes("D", "1s");
    let outcome = world.task("B", "service-time = \"1s\"\nerrors = { Broken = 1.0 }").run();
    assert_eq!((entered(&outcome, "D"), outcome.items.lost), (0, 1));
    assert_eq!((unfinished(&outcome, "B"), ran(&outcome).executions.failed), ((1, 1), 0));
}

/// Rule [doc] SCH: a Wait is a one-time schedule, which fires up to a minute late and puts an event; it is billed, and no function runs meanwhile.
///
/// A for 1 s, 600 s and 30 s late, B for 1 s. The events of the item, of the schedule and of B.
#[test]
fn a_wait_is_a_one_time_schedule() {
    let states = json!({ "A": task("W"), "W": { "Type": "Wait", "Seconds": 600, "Next": "B" }, "B": task("") });
    let world = choreographed(machine(&states)).takes("A", "1s").takes("B", "1s");
    let outcome = world.bus("schedule-delay = \"30s\"").run();
    assert_eq!((latencies(&outcome).0, billed(&outcome)), (secs(632.0), (3, 2, 0)));
    assert_eq!(outcome.usage.count(LineItem::SchedulerInvocations), 1);
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), 2_000 * 1_024);
}

/// Rule [doc] SCH: a schedule fires at least once: what follows of it may happen twice.
#[test]
fn a_schedule_may_fire_twice() {
    let states =
        json!({ "A": task("W"), "W": { "Type": "Wait", "Seconds": 5, "Next": "D" }, "D": { "Type": "Succeed" } });
    let outcome = choreographed(machine(&states)).takes("A", "1s").bus("duplicate-probability = 1.0").run();
    // The event that begins A is delivered twice, and each schedule fires twice.
    assert_eq!(outcome.usage.count(LineItem::SchedulerInvocations), 2);
    assert_eq!(billed(&outcome), (1 + 4, 2, 0));
}

/// Rule [inferred] SFNS: a callback is an event that comes later: a function asks, and nothing runs or waits until somebody's code puts the answer on the bus.
///
/// The function asks in 1 s, the answer comes after an hour, B takes 1 s. The events of the item, of the answer and of B.
#[test]
fn a_callback_is_an_event_that_comes_later() {
    let ask = json!({ "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Next": "B" });
    let world = choreographed(machine(&json!({ "A": ask, "B": task("") }))).takes("A", "1h").takes("B", "1s");
    let outcome = world.table("workflow", "service-time = \"1s\"").run();
    assert_eq!((longest(&outcome), billed(&outcome)), (3_603.0, (3, 2, 0)));
    assert_eq!(outcome.usage.count(LineItem::LambdaX86MbMs), 3_000 * 1_024);
}

/// Rule [doc] P-vt: the event by which an AWS service tells of a job's end costs nothing: custom events are billed.
#[test]
fn events_of_aws_services_are_free() {
    let job = json!({ "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Next": "B" });
    let world = choreographed(machine(&json!({ "A": job, "B": task("") }))).takes("A", "60s").takes("B", "1s");
    let outcome = world.run();
    assert_eq!((longest(&outcome), billed(&outcome)), (61.0, (2, 2, 0)));
}

/// Rule [inferred] SFNS: nobody sets a timeout: a task that the machine would give up takes as long as its function may.
#[test]
fn nobody_keeps_a_timeout() {
    let mut slow = caught(task("B"), "C");
    slow["TimeoutSeconds"] = json!(5);
    let states = || machine(&json!({ "A": slow, "B": task(""), "C": task("") }));
    let world = |world: World| world.takes("A", "10s").takes("B", "1s").takes("C", "1s").run();
    let (events, service) = (world(choreographed(states())), world(standard(states())));
    assert_eq!((entered(&events, "B"), entered(&service, "C")), (1, 1));
    assert_eq!((longest(&events), longest(&service)), (11.0, 6.0));
}

/// Rule [doc] L-lim: a step is killed at the timeout of its function, 15 minutes at most, and run again.
///
/// Runs of 900 s at 0, 960 and 1,980 s.
#[test]
fn a_step_is_killed_at_the_timeout_of_its_function() {
    let outcome = choreographed(two()).takes("A", "20m").takes("B", "1s").run();
    let runs = &function(&outcome, "choreograph/A").runs;
    assert_eq!((runs.invocations, runs.timeouts, outcome.items.lost), (3, 3, 1));
    assert_eq!(outcome.backlog.integral, secs(2_880.0));
}

/// Rule [doc] EBQ: PutEvents above the quota is refused; the SDK tries again, and then the event is nowhere.
#[test]
fn events_above_the_quota_are_refused() {
    let world = choreographed(two()).items(3).takes("A", "1s").takes("B", "1s");
    let outcome = world.bus("put-quota = 1\nput-attempts = 1").run();
    // One of three items comes in, and its steps' events, a second apart, find room.
    assert_eq!((outcome.items.rejected, outcome.items.processed), (2, 1));
}

/// Rule [inferred] Z-pes: while EventBridge is unavailable the events of steps wait on the bus, and go on when it is back.
///
/// A ends at 1 s, and its event waits from there to 10.5 s; B takes another second.
#[test]
fn events_wait_while_the_bus_is_unavailable() {
    let mut world = choreographed(two()).takes("A", "1s").takes("B", "1s");
    world.tasks += "[[fault]]\nname = \"down\"\nkind = \"unavailable\"\nstart = \"500ms\"\nduration = \"10s\"\n\
                    on = [\"eventbridge\"]\n";
    assert_eq!(longest(&world.run()), 11.5);
}

/// Rule [doc] LDF: a task's own function is invoked asynchronously, and its failures are retried as its `async` settings say.
#[test]
fn a_function_of_a_task_is_the_target_of_a_rule() {
    let world = choreographed(two()).task("A", "function = \"charge\"").takes("B", "1s");
    let outcome = world.table("charge", "failures = { error = 1.0 }\nasync = { retries = 1 }").run();
    let runs = &function(&outcome, "charge").runs;
    assert_eq!((runs.invocations, runs.retries, outcome.items.lost), (2, 1, 1));
}

/// Rule [inferred] ASL: a Fail state is an event that no rule takes: the execution has failed, and nothing keeps it.
#[test]
fn a_fail_state_is_an_event_that_nobody_takes() {
    let states = json!({ "A": task("F"), "F": { "Type": "Fail", "Error": "No" } });
    let outcome = choreographed(machine(&states)).takes("A", "1s").run();
    assert_eq!((ran(&outcome).executions.failed, outcome.items.lost, outcome.items.dead_lettered), (1, 1, 0));
    assert_eq!((billed(&outcome), unfinished(&outcome, "F")), ((2, 1, 0), (0, 0)));
}

/// Rule [inferred] ASL: what is neither a chain nor a fork is refused with its state, its line and the reason.
#[test]
fn what_needs_somebody_who_keeps_count_is_refused() {
    let item = json!({ "StartAt": "B", "States": { "B": task("") } });
    let map = json!({ "A": { "Type": "Map", "ItemProcessor": item, "End": true } });
    let told = choreographed(machine(&map)).load().map(|_| ()).expect_err("a Map cannot be choreographed");
    for part in ["the state \"A\" (m.asl.json, line 4)", "no rule knows how many items it has", "a chain or a fork"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let choices = json!([{ "Variable": "$.done", "IsPresent": true, "Next": "D" }]);
    let again = json!({ "Type": "Choice", "Choices": choices, "Default": "A" });
    let looping = json!({ "A": task("B"), "B": again, "D": { "Type": "Succeed" } });
    let told = choreographed(machine(&looping)).load().map(|_| ()).expect_err("nor can a loop");
    assert!(told.contains("A -> B -> A"), "{told}");
}

/// What is under way when the run ends is unfinished, and it is said where it stands.
#[test]
fn executions_under_way_are_unfinished() {
    let outcome =
        choreographed(two()).takes("A", "1s").takes("B", "14m").drain("0s").items(2).bus("latency = \"59m\"").run();
    assert_eq!((ran(&outcome).executions.succeeded, unfinished(&outcome, "B")), (0, (2, 2)));
}
