//! `simctl explain`: the stories of a duplicate and of a lost item step by step, what is refused, and that the stories of
//! all items together are the results of the run.

mod common;
mod program;

use std::fs;
use std::path::Path;

use simctl::experiment::story::{Runs, search, tell};
use simctl::experiment::{self, Options};
use simctl::model::Outcome;
use simctl::model::story::{Fate, Wanted};
use simctl::scenario::{Override, Scenario, load};
use simctl::words::{DuplicateCause, ItemId, StreamId, SuppressedBy};

use common::{World, world};
use program::ended;

const OPTIONS: Options<'static> = Options { threads: Some(1), progress: None, stop: None };

/// The story that the program prints of a world, and its exit code.
fn explained(world: &World, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("calm.toml"), world.text()).expect("written");
    let sets = world.sets().iter().flat_map(|set| ["--set", set]);
    let all: Vec<&str> = ["explain", "calm.toml"].into_iter().chain(arguments.iter().copied()).chain(sets).collect();
    ended(folder.path(), &all)
}

/// A run over a message fails after its effect, at 1 s; its message comes back after 30 s and is done again; the third receive would be one too many.
fn duplicated() -> World {
    world("events -> sqs -> post")
        .every("1h", "10s")
        .lasts("1m", "1h")
        .strategy("sqs.visibility-timeout=30s")
        .strategy("sqs.max-receive-count=2")
        .post("timeout=30s")
        .post("failures={ error = 1.0, after-effect = 1.0 }")
}

/// Every try fails before its effect: three tries, a minute and two apart, and the event is dropped.
fn lost() -> World {
    world("events -> post")
        .every("1h", "10s")
        .lasts("1m", "1h")
        .post("failures.poison=1.0")
        .post("async.on-failure=drop")
}

/// The zone of the first try is lost at 10.5 s, half a second into it; the second, a second later, begins while tries
/// fail; the third comes a minute after that.
fn struck() -> World {
    world("events -> post").every("1h", "10s").lasts("1m", "1h").set(
        "fault=[\
             { name = \"zone-b\", kind = \"zone-lost\", start = \"10500ms\", duration = \"1m\", share = 1.0 }, \
             { name = \"bad-day\", kind = \"errors\", start = \"11s\", duration = \"5s\", probability = 1.0 }]",
    )
}

/// The queue cannot be reached when the item comes, at 10 s; when it is in, at 35 s, its function has no room for a while.
fn held_outside() -> World {
    world("events -> sqs -> post").every("1h", "10s").lasts("1m", "1h").strategy("sqs.visibility-timeout=90m").set(
        "fault=[\
             { name = \"queue-down\", kind = \"unavailable\", on = [\"sqs\"], start = \"5s\", duration = \"30s\", \
             catch-up = \"0s\" }, \
             { name = \"no-room\", kind = \"throttled\", on = [\"post\"], start = \"30s\", duration = \"10s\", \
             left = { concurrency = 0 } }]",
    )
}

/// The topic refuses for good what is sent to it in its outage.
fn turned_away() -> World {
    world("sns -> post").every("1h", "10s").lasts("1m", "1h").set(
        "fault=[{ name = \"topic-down\", kind = \"unavailable\", on = [\"sns\"], start = \"5s\", duration = \"30s\", \
         sends = \"rejected\" }]",
    )
}

#[test]
fn the_story_of_an_item_whose_attempts_are_struck() {
    let (code, out, err) = explained(&struck(), &["--item", "items:0"]);
    assert_eq!(code, Some(0), "{err}");
    insta::assert_snapshot!(out);
}

#[test]
fn the_story_of_an_item_that_is_held_outside_and_then_throttled() {
    let (code, out, err) = explained(&held_outside(), &["--item", "items:0"]);
    assert_eq!(code, Some(0), "{err}");
    insta::assert_snapshot!(out);
}

#[test]
fn the_story_of_an_item_that_is_turned_away() {
    let (code, out, err) = explained(&turned_away(), &["--ended", "rejected"]);
    assert_eq!(code, Some(0), "{err}");
    insta::assert_snapshot!(out);
}

#[test]
fn the_document_names_what_struck() {
    let (code, out, err) = explained(&struck(), &["--item", "items:0", "--format", "json"]);
    assert_eq!(code, Some(0), "{err}");
    let document: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let moments = document["moments"].as_array().expect("moments");
    let strikes = moments.iter().filter(|moment| moment["what"] == "struck");
    let strikes: Vec<(u64, &str, &str)> = strikes
        .map(|moment| {
            let (how, fault) = (moment["how"].as_str(), moment["faults"][0].as_str());
            (
                moment["since_arrival_ns"].as_u64().expect("a time") / 1_000_000,
                how.expect("how"),
                fault.expect("a name"),
            )
        })
        .collect();
    assert_eq!(strikes, [(500, "zone_lost", "zone-b"), (1_500, "fails", "bad-day")]);
}

#[test]
fn the_story_of_a_duplicate() {
    let (code, out, err) = explained(&duplicated(), &["--worst", "duplicates"]);
    assert_eq!(code, Some(0), "{err}");
    insta::assert_snapshot!(out);
}

/// A function that runs a state machine is killed while it waits, and begins anew; a durable one is suspended.
#[test]
fn the_story_of_an_order_tells_of_kills_and_of_waiting() {
    let story = |arguments: &[&str]| {
        let all = [&["explain", "scenarios/orders.toml"], arguments].concat();
        let (code, out, err) = ended(Path::new(env!("CARGO_MANIFEST_DIR")), &all);
        assert_eq!(code, Some(0), "{err}");
        out
    };
    let killed = story(&["--strategy", "orchestrator", "--worst", "duplicates"]);
    let at = |text: &str| killed.find(text).unwrap_or_else(|| panic!("no {text:?}: {killed}"));
    assert!(at("attempt 1 begins") < at("attempt is killed at the timeout, with effect"));
    assert!(at("attempt is killed at the timeout") < at("attempt 2 begins"));
    let waited = story(&["--strategy", "durable", "--worst", "latency"]);
    let at = |text: &str| waited.find(text).unwrap_or_else(|| panic!("no {text:?}: {waited}"));
    assert!(at("`Ask a person` asks") < at("suspended: the attempt ends") && at("suspended") < at("attempt 2 begins"));
}

#[test]
fn the_story_of_a_lost_item() {
    let (code, out, err) = explained(&lost(), &["--lost"]);
    assert_eq!(code, Some(0), "{err}");
    insta::assert_snapshot!(out);
}

#[test]
fn the_document_says_the_same() {
    let (code, out, err) = explained(&lost(), &["--item", "items:0", "--format", "json"]);
    assert_eq!(code, Some(0), "{err}");
    let document: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(document["item"], serde_json::json!({ "stream": "items", "number": 0 }));
    assert_eq!(document["verdict"]["lost"], serde_json::json!(["post"]));
    let moments = document["moments"].as_array().expect("moments");
    let kinds: Vec<&str> = moments.iter().filter_map(|moment| moment["what"].as_str()).collect();
    assert_eq!(
        kinds,
        [
            "arrived",
            "handed_on",
            "kept",
            "began",
            "finished",
            "back_off",
            "began",
            "finished",
            "back_off",
            "began",
            "finished",
            "given_up",
            "lost",
            "folded"
        ]
    );
    let at = |index: usize| moments[index]["since_arrival_ns"].as_u64().expect("nanoseconds") / 1_000_000;
    // A try fails half-way through its second; a minute, another, two minutes, the third.
    assert_eq!([3, 4, 6, 7, 9, 10].map(at), [0, 500, 60_500, 61_000, 181_000, 181_500]);
}

#[test]
fn what_there_is_not_is_refused_or_said() {
    let world = lost();
    for (arguments, because) in [
        (&["--item", "items:9"][..], "only `items:0` arrives"),
        (&["--item", "itms:0"], "did you mean `items`?"),
        (&["--item", "items"], "expected STREAM:N"),
        (&["--item", "items:-1"], "whole number"),
        (&["--item", "items:0", "--strategy", "clam"], "did you mean `calm`?"),
        (&["--item", "items:0", "--replication", "2"], "there is no replication 2"),
        (&["--item", "items:0", "--lost"], "cannot be used with"),
        (&[], "required"),
    ] {
        let (code, out, err) = explained(&world, arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(because), "{arguments:?}: {err}");
    }
    for (arguments, because) in [
        (&["--worst", "duplicates"][..], "nothing was applied twice, in the one replication of \"calm\""),
        (&["--ended", "expired"], "nothing expired"),
        (&["--worst", "latency"], "no measured item has all its effects"),
    ] {
        let (code, out, err) = explained(&world, arguments);
        assert_eq!(code, Some(1), "{err}");
        assert!(out.starts_with(because), "{out}");
        assert!(out.contains("  1 lost: --ended lost tells of the first\n"), "{out}");
    }
}

/// What is there is said where what was asked for is not.
#[test]
fn who_asks_for_what_is_not_there_is_told_what_can_be_asked() {
    let dead = lost().post("async.on-failure=destination");
    let (code, out, err) = explained(&dead, &["--lost"]);
    assert_eq!(code, Some(1), "{err}");
    assert_eq!(
        out,
        "nothing was lost, in the one replication of \"calm\"\n  \
         1 dead-lettered: --ended dead-lettered tells of the first\n  the latest: --worst latency\n"
    );
    assert_eq!(explained(&dead, &["--ended", "dead-lettered"]).0, Some(0), "as it says");
    let (_, out, _) = explained(&world("events -> post"), &["--worst", "duplicates"]);
    assert!(out.contains("no item ended lost, dead-lettered, expired or rejected"), "{out}");
    assert_eq!(explained(&dead, &["--lost", "--format", "json"]).1, "null\n");
}

/// The counts of all stories together, of a run in which so many items arrived.
fn assert_stories_add_up(scenario: &Scenario, design: usize, outcome: &Outcome) {
    let (mut processed, mut backlog, mut latency) = (0, 0, 0u128);
    let mut ends = [Fate::DeadLettered, Fate::Expired, Fate::Rejected, Fate::Lost].map(|fate| (fate, 0));
    let mut causes = DuplicateCause::ALL.map(|cause| (cause, 0));
    let mut caught = SuppressedBy::ALL.map(|by| (by, 0));
    let mut arrived = 0;
    for stream in 0..scenario.streams.len() {
        for number in 0.. {
            let item = ItemId { stream: StreamId(stream as u16), number };
            let story = tell(scenario, 0, design, item, OPTIONS).expect("a story");
            let verdict = &story.verdict;
            if verdict.arrived.is_none() {
                assert_eq!(story.arrived, number);
                break;
            }
            arrived += 1;
            assert!(story.moments.is_sorted_by_key(|moment| moment.at));
            processed += u64::from(verdict.applied.count_ones());
            backlog += verdict.in_backlog();
            latency += verdict.completed.map_or(0, |(latency, _)| u128::from(latency.as_nanos()));
            ends.iter_mut().for_each(|(fate, count)| *count += verdict.ended_as(*fate));
            causes.iter_mut().for_each(|(cause, count)| *count += verdict.duplicates.count(*cause));
            caught.iter_mut().for_each(|(by, count)| *count += verdict.suppressed.count(*by));
        }
    }
    let items = &outcome.items;
    let context = (&scenario.name, &scenario.designs[design].name);
    assert_eq!((arrived, processed, backlog), (items.arrived, items.processed, items.backlog_end), "{context:?}");
    assert_eq!(latency, items.latency.sum(), "{context:?}");
    let expected = [items.dead_lettered, items.expired, items.rejected, items.lost];
    assert_eq!(ends.map(|(_, count)| count), expected, "{context:?}");
    assert_eq!(causes.map(|(cause, _)| items.duplicates_by_cause.count(cause)), causes.map(|(_, c)| c), "{context:?}");
    assert_eq!(caught.map(|(by, _)| items.suppressed_by.count(by)), caught.map(|(_, count)| count), "{context:?}");
}

/// Shipped scenarios, so short that some hundred items arrive.
#[test]
fn the_stories_of_all_items_are_the_results_of_the_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let short = [("payments.toml", "20s"), ("atm.toml", "20s"), ("custom-queue.toml", "2m"), ("telemetry.toml", "3s")];
    for (name, duration) in short {
        let sets = [format!("run.duration={duration}"), "run.warm-up=0s".to_owned(), "run.drain=20m".to_owned()];
        let sets: Vec<Override> = sets.iter().map(|set| Override::parse(set).expect("an override")).collect();
        let scenario = load(&folder.join(name), &sets).unwrap_or_else(|faults| panic!("{faults}"));
        for design in 0..scenario.designs.len() {
            let outcome = experiment::simulate(&scenario, 0, design).unwrap_or_else(|error| panic!("{error}"));
            assert!(outcome.items.arrived <= 1_000, "{name}: {} items take too long", outcome.items.arrived);
            assert_stories_add_up(&scenario, design, &outcome);
        }
    }
}

/// The same of a fan-out whose branches fail, each in its own way.
#[test]
fn the_stories_of_a_fan_out_add_up() {
    let scenario = world("sns -> [a, sqs -> b]")
        .burst(40)
        .stream("sent-twice={ probability = 0.2, after = \"5s\" }")
        .strategy("sqs.max-receive-count=2")
        .set("functions.a.failures={ error = 0.5, after-effect = 0.5, poison = 0.2 }")
        .set("functions.a.async.on-failure=drop")
        .set("functions.b.failures={ poison = 0.3 }")
        .scenario();
    let outcome = experiment::simulate(&scenario, 0, 0).unwrap_or_else(|error| panic!("{error}"));
    let items = &outcome.items;
    assert!(items.duplicates > 0 && items.lost > 0 && items.dead_lettered > 0);
    assert_stories_add_up(&scenario, 0, &outcome);
}

/// The same of clients that call again, and of those that are refused.
#[test]
fn the_stories_of_calls_to_an_api_add_up() {
    let scenario = world("api -> post")
        .burst(40)
        .post("reserved-concurrency=5")
        .post("failures={ error = 0.5, after-effect = 0.5 }")
        .scenario();
    let outcome = experiment::simulate(&scenario, 0, 0).unwrap_or_else(|error| panic!("{error}"));
    let items = &outcome.items;
    assert!(items.duplicates > 0 && items.rejected > 0);
    assert_stories_add_up(&scenario, 0, &outcome);
}

/// The longest latency that is found is the `latency_max` of the results, and the item's own story has it.
#[test]
fn the_worst_item_is_the_worst_of_the_results() {
    let scenario = world("events -> sqs -> post")
        .poisson("5/s")
        .lasts("1m", "1h")
        .post("service-time={ exponential = { mean = \"1s\" } }")
        .post("failures.error=0.05")
        .scenario();
    let outcome = experiment::simulate(&scenario, 0, 0).expect("a run");
    let found = search(&scenario, Wanted::Latency, Runs::default(), OPTIONS).expect("a run").expect("an item");
    let max = outcome.items.latency.max().expect("items").as_nanos();
    let story = tell(&scenario, 0, 0, found.found.item, OPTIONS).expect("a story");
    assert_eq!(found.found.measure, max);
    assert_eq!(story.verdict.completed.map(|(latency, _)| latency.as_nanos()), Some(max));
}
