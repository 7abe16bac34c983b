//! Ways through the graph, by hand: sources, chains, fan-outs, several streams, items sent twice.

mod common;

use std::path::Path;

use common::{at, calm_function, figure, function, latencies, load, secs, world};
use simctl::experiment;
use simctl::scenario::load_text;

/// Rule [doc] L-async: The invoke call is accepted at once; a queue invokes the function.
/// Rule [doc] S3-ev; figures inferred: A notification comes usually within seconds, sometimes a minute or longer.
/// Rule [doc] S3-ev: Lambda is invoked asynchronously.
#[test]
fn s3_notifies_after_its_latency() {
    let outcome = world("s3 -> post").strategy("s3.latency=600ms").post("async.hop=100ms").run();
    assert_eq!(latencies(&outcome).0, secs(0.6 + 0.1 + 1.0));
    assert_eq!(outcome.items.split.hop, secs(0.7));
}

/// Rule [doc] S3-ev; odds inferred: Notifications come at least once, in no order.
#[test]
fn s3_notifies_at_least_once() {
    let outcome = world("s3 -> post").burst(7).strategy("s3.duplicate-probability=1.0").run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (7, 7));
    assert_eq!(function(&outcome, "post").runs.invocations, 14);
}

/// The source and the queue each deliver twice: four runs, three of them for nothing.
/// Rule [doc] S3-ev; odds inferred: Notifications come at least once, in no order.
#[test]
fn copies_multiply() {
    let doubled = world("s3 -> post").strategy("s3.duplicate-probability=1.0").post("async.duplicate-probability=1.0");
    let outcome = doubled.run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (1, 3));
    assert_eq!(function(&outcome, "post").runs.wasted, secs(3.0));
}

/// 0.5 s to the first function; each takes a hop of 0.1 s and 1, 2 and 3 s.
fn chain() -> common::World {
    ["a", "b", "c"].into_iter().zip(["1s", "2s", "3s"]).fold(
        world("events -> a -> b -> c").strategy("events.latency=500ms"),
        |world, (name, service)| {
            world
                .set(&format!("functions.{name}.service-time={service}"))
                .set(&format!("functions.{name}.async.hop=100ms"))
        },
    )
}

#[test]
fn a_chain_adds_up() {
    let outcome = chain().run();
    assert_eq!(latencies(&outcome).0, secs(0.5 + 1.1 + 2.1 + 3.1));
    let split = outcome.items.split;
    assert_eq!((split.hop, split.service, split.wait), (secs(0.8), secs(6.0), 0));
    assert_eq!((outcome.items.owed, outcome.items.processed), (1, 1));
    let busy = ["a", "b", "c"].map(|label| function(&outcome, label).runs.busy);
    assert_eq!(busy, [secs(1.0), secs(2.0), secs(3.0)]);
}

/// The first function sends its message on and then fails, three times: all three messages go down the chain. The last
/// function wastes the two runs that found the effect applied; before it, every run led to a message onward.
#[test]
fn an_error_after_the_message_was_sent_on_runs_the_rest_again() {
    let outcome = chain().set("functions.a.failures.error=1.0").set("functions.a.failures.after-effect=1.0").run();
    let invocations = ["a", "b", "c"].map(|label| function(&outcome, label).runs.invocations);
    assert_eq!(invocations, [3, 3, 3]);
    assert_eq!((outcome.items.processed, outcome.items.duplicates, outcome.items.lost), (1, 2, 0));
    let wasted = ["a", "b", "c"].map(|label| function(&outcome, label).runs.wasted);
    assert_eq!(wasted, [0, 0, secs(6.0)]);
}

/// What fails half-way down never owes more than one effect, and is lost where it is given up.
#[test]
fn a_failure_inside_a_chain_ends_the_item_there() {
    let failing = || chain().set("functions.b.failures.error=1.0").set("functions.b.async.retries=1");
    let outcome = failing().run();
    assert_eq!((outcome.items.owed, outcome.items.lost), (1, 1));
    assert_eq!(function(&outcome, "c").runs.attempts, 0);
    let outcome = failing().set("functions.b.async.on-failure=destination").run();
    assert_eq!((outcome.items.lost, outcome.items.dead_lettered), (0, 1));
}

/// Four items to `a` (their own time) and to `b`, which is killed after 2 s.
fn fan_out(on_failure: &str) -> simctl::model::Outcome {
    world("events -> [a, b]")
        .items(&[(0.0, 1.0), (0.0, 1.0), (0.0, 1.0), (0.0, 5.0)])
        .set("functions.b.timeout=2s")
        .set("functions.b.async.retries=0")
        .set("functions.b.async.hop=500ms")
        .set(&format!("functions.b.async.on-failure={on_failure}"))
        .run()
}

/// An item is done with its last effect: 1.5 s for three of them, by way of `b`. The fourth has the effect of `a` (5 s) and
/// ends in a dead-letter queue in `b` (at 2.5 s): it is never done.
#[test]
fn a_fan_out_owes_an_effect_on_each_branch() {
    let outcome = fan_out("dead-letter-queue");
    let items = &outcome.items;
    assert_eq!((items.arrived, items.owed, items.processed, items.completed), (4, 8, 7, 3));
    assert_eq!((items.dead_lettered, items.lost, items.backlog_end), (1, 0, 0));
    assert_eq!(latencies(&outcome), (secs(4.5), secs(1.5), secs(1.5)));
    let branches: Vec<_> =
        outcome.branches.iter().map(|branch| (branch.label.as_str(), branch.processed, branch.latency.sum())).collect();
    assert_eq!(branches, [("a", 4, secs(8.0)), ("b", 3, secs(4.5))]);
    // Effects owed, second by second: a: 3 × 1 + 5; b: 3 × 1.5 + 2.5.
    assert_eq!(outcome.backlog.integral, secs(8.0 + 7.0));
}

#[test]
fn an_item_without_all_its_effects_ranks_after_all_others() {
    let outcome = fan_out("dead-letter-queue");
    assert_eq!(figure(&outcome, "unprocessed_share"), 0.25);
    // The third of four is the 75th percentile, the fourth never comes.
    assert_eq!(figure(&outcome, "latency_p50"), 1.5);
    assert_eq!(figure(&outcome, "latency_p90"), f64::INFINITY);
    assert_eq!((figure(&outcome, "latency_mean"), figure(&outcome, "latency_max")), (1.5, 1.5));
}

/// Dropped instead: the effect is lost when nothing works on the item any more, which is when `a` is done, at 5 s.
#[test]
fn a_dropped_branch_is_lost_when_the_item_is_folded() {
    let outcome = fan_out("drop");
    assert_eq!((outcome.items.processed, outcome.items.dead_lettered, outcome.items.lost), (7, 0, 1));
    assert_eq!(outcome.backlog.integral, secs(8.0 + 4.5 + 5.0));
}

/// `a` (1 s) sends on to `b` and `c` (1 s each): two effects, both at 2 s; a copy in the queue of `c` adds a duplicate.
#[test]
fn a_fan_out_may_follow_a_function() {
    let outcome = world("events -> a -> [b, c]").set("functions.c.async.duplicate-probability=1.0").run();
    assert_eq!((outcome.items.owed, outcome.items.processed, outcome.items.duplicates), (2, 2, 1));
    assert_eq!(latencies(&outcome).0, secs(2.0));
}

/// What fails before the fan-out ends on both branches.
#[test]
fn giving_up_before_a_fan_out_ends_every_branch_below() {
    let outcome = world("events -> a -> [b, c]")
        .set("functions.a.failures.poison=1.0")
        .set("functions.a.async.on-failure=dead-letter-queue")
        .run();
    assert_eq!((outcome.items.owed, outcome.items.dead_lettered, outcome.items.processed), (2, 2, 0));
}

/// Every item of a fan-out to 16 functions has 16 effects; a seventeenth branch is refused.
#[test]
fn a_flow_has_at_most_sixteen_branches() {
    let text = |branches: usize| {
        let names: Vec<String> = (0..branches).map(|branch| format!("f{branch}")).collect();
        let functions: String = names.iter().map(|name| calm_function(name)).collect();
        format!(
            "name = \"wide\"\n[run]\nduration = \"1s\"\nreplications = 1\n\
             [[arrivals]]\nname = \"items\"\nprocess = \"deterministic\"\ninterval = \"1s\"\n\
             [[strategy]]\nname = \"wide\"\nflow = \"events -> [{}]\"\n{functions}",
            names.join(", ")
        )
    };
    let outcome = experiment::simulate(&load(&text(16), &[]), 0, 0).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((outcome.items.owed, outcome.items.processed, outcome.items.completed), (16, 16, 1));
    let faults = load_text("wide.toml", &text(17), Path::new(""), &[]).expect_err("too many").to_string();
    assert!(faults.contains("too many branches"), "{faults}");
}

/// Two sources of their own: each item comes in at both.
#[test]
fn a_flow_may_have_several_entries() {
    let outcome = world("[events -> a, schedule -> b]").burst(2).run();
    assert_eq!((outcome.items.owed, outcome.items.processed), (4, 4));
    // `a` at once, 1 s; the batch one after another: 1 and 2 s.
    assert_eq!(latencies(&outcome), (secs(3.0), secs(1.0), secs(2.0)));
}

#[test]
fn an_item_sent_twice_is_one_item_done_twice() {
    let outcome = world("events -> post").burst(3).stream("sent-twice={ probability = 1.0, after = \"10s\" }").run();
    assert_eq!((outcome.items.arrived, outcome.items.processed, outcome.items.duplicates), (3, 3, 3));
    assert_eq!(latencies(&outcome).2, secs(1.0));
    assert_eq!(function(&outcome, "post").runs.wasted, secs(3.0));
}

/// Sent again while the batch still waits for its tick (60 s): it is listed twice and done twice.
#[test]
fn a_batch_does_an_item_sent_twice_twice() {
    let outcome = world("schedule -> post")
        .every("1h", "30s")
        .stream("sent-twice={ probability = 1.0, after = \"10s\" }")
        .strategy("schedule.expression=rate(1 minute)")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (1, 1));
    assert_eq!(latencies(&outcome).0, secs(31.0));
}

#[test]
fn streams_are_superposed() {
    let text = format!(
        "name = \"two\"\n[run]\nduration = \"10s\"\nreplications = 1\n\
         [[arrivals]]\nname = \"fast\"\nprocess = \"deterministic\"\ninterval = \"1s\"\n\
         [[arrivals]]\nname = \"slow\"\nprocess = \"deterministic\"\ninterval = \"4s\"\noffset = \"2s\"\n\
         [[strategy]]\nname = \"calm\"\nflow = \"events -> post\"\n{}",
        calm_function("post")
    );
    let outcome = experiment::simulate(&load(&text, &[]), 0, 0).unwrap_or_else(|error| panic!("{error}"));
    // At 0, 1, … 9 s, and at 2 and 6 s.
    assert_eq!((outcome.items.arrived, outcome.items.processed), (12, 12));
    assert_eq!(outcome.concurrency.max, 2);
    assert_eq!(outcome.end, at(10.0));
}

/// One server, 3 s of work each, one waiting place: the third of three at once is refused; the second waits 3 s.
#[test]
fn a_textbook_queue_serves_in_order_and_refuses_what_has_no_place() {
    let outcome = world("queue -> post")
        .burst(3)
        .set("functions={ post = { platform = \"ideal\", concurrency = 1, service-time = \"3s\" } }")
        .strategy("queue={ capacity = 1 }")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.rejected), (2, 1));
    assert_eq!(latencies(&outcome), (secs(9.0), secs(3.0), secs(6.0)));
    assert_eq!((outcome.items.split.wait, outcome.items.split.waited), (secs(3.0), 1));
    // The refused one was never in the backlog: one in service and one waiting.
    assert_eq!(outcome.backlog.max, 2);
}

/// Items of the warm-up are counted, but their latency is not.
#[test]
fn the_warm_up_is_left_out_of_latencies_only() {
    let outcome = world("events -> post").every("1s", "0s").lasts("10s", "1h").set("run.warm-up=4s").run();
    assert_eq!((outcome.items.arrived, outcome.items.measured, outcome.items.latency.count()), (10, 6, 6));
    assert_eq!(outcome.items.processed, 10);
}

/// The ways that a guide of event-driven design names, as it writes them: each carries an item to all its effects. A queue
/// may have the name of the function that it feeds.
#[test]
fn the_flows_of_the_guide_run_as_they_are_written() {
    let flows = [
        ("s3 -> sqs -> post", 1),
        ("sns -> [sqs:billing -> bill, sqs:audit -> audit]", 2),
        ("eventbridge -> sqs -> post", 1),
        ("kinesis -> post", 1),
        ("api -> accept -> sqs -> post", 1),
        ("schedule -> fargate", 1),
    ];
    let functions: String = ["post", "bill", "audit", "accept"]
        .map(|name| format!("[functions.{name}]\nservice-time = \"100ms\"\n"))
        .concat();
    for (flow, effects) in flows {
        let settings = match flow {
            "schedule -> fargate" => "[strategy.schedule]\nexpression = \"rate(1 minute)\"\n",
            // The queue's, not the function's.
            _ if flow.contains("audit") => "[strategy.audit]\nvisibility-timeout = \"1m\"\n",
            _ => "",
        };
        let text = format!(
            "name = \"flow\"\n[run]\nduration = \"1m\"\ndrain = \"1h\"\nreplications = 1\n\
             [[arrivals]]\nname = \"items\"\nprocess = \"deterministic\"\ninterval = \"10s\"\n{functions}\
             [functions.fargate]\nplatform = \"fargate\"\nvcpu = 0.5\nmemory = \"1GB\"\nservice-time = \"100ms\"\n\
             [[strategy]]\nname = \"one\"\nflow = \"{flow}\"\n{settings}"
        );
        let outcome = experiment::simulate(&load(&text, &[]), 0, 0).expect("no law is broken");
        assert_eq!((outcome.items.arrived, outcome.items.processed), (6, 6 * effects), "{flow}");
    }
}
