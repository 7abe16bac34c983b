//! The story of an item names the step that decided its fate, also where that is another item's, a downstream's or an
//! operator's doing. A calm world (`common`) has no randomness and no delay but those a test sets.

mod common;

use common::{World, load, world};
use simctl::experiment::Options;
use simctl::experiment::story::{Runs, search, tell};
use simctl::model::story::{Fate, Wanted};
use simctl::report;
use simctl::scenario::Scenario;
use simctl::words::{ItemId, StreamId};

const OPTIONS: Options<'static> = Options { threads: Some(1), progress: None, stop: None };

/// The story of an item of the one stream, as it is printed.
fn story(world: &World, number: u64) -> String {
    tale(&world.scenario(), number)
}

fn tale(scenario: &Scenario, number: u64) -> String {
    let item = ItemId { stream: StreamId(0), number };
    let story = tell(scenario, 0, 0, item, OPTIONS).unwrap_or_else(|error| panic!("{error}"));
    report::story::render(scenario, &story)
}

/// One server, and one item for it.
const IDEAL: &str = r#"
name = "ideal"
[run]
duration = "1m"
[[arrivals]]
name = "items"
process = "bursts"
bursts = [{ items = 1, at = "00:00" }]
[functions.post]
platform = "ideal"
concurrency = 1
service-time = "1s"
[[strategy]]
name = "ideal"
flow = "queue -> post"
"#;

/// The story of the item that is looked for.
fn story_of(world: &World, wanted: Wanted) -> String {
    let found = search(&world.scenario(), wanted, Runs::default(), OPTIONS).expect("a run").expect("an item");
    story(world, found.found.item.number)
}

/// What is told of an item, from the first line that has these words on, with the verdict.
fn from<'a>(story: &'a str, words: &str) -> Vec<&'a str> {
    let lines = story.lines().skip_while(|line| !line.contains(words));
    let lines: Vec<&str> = lines.collect();
    assert!(!lines.is_empty(), "no `{words}` in\n{story}");
    lines
}

/// Whether one line comes before another.
fn assert_order(story: &str, first: &str, then: &str) {
    let place = |words: &str| story.find(words).unwrap_or_else(|| panic!("no `{words}` in\n{story}"));
    assert!(place(first) < place(then), "`{first}` after `{then}` in\n{story}");
}

/// A queue whose batches of two run into a timeout over their second item.
fn killed_batch(flow: &str) -> World {
    world(flow).items(&[(0.0, 1.0), (0.0, 20.0)]).post("timeout=10s").lasts("1m", "1h")
}

/// The first of two is done when the run is killed over the second, and comes again because of that.
#[test]
fn a_run_over_a_queues_batch_is_killed_over_another_item() {
    let world = killed_batch("events -> sqs -> post").strategy("sqs.visibility-timeout=60s");
    insta::assert_snapshot!(story(&world.strategy("sqs.max-receive-count=2"), 0));
}

/// Of batches of ten some are poison: what comes before is done again, what comes after is not begun.
#[test]
fn a_run_over_a_batch_fails_at_another_item() {
    let world = world("events -> sqs -> post").burst(40).post("failures.poison=0.1").lasts("1m", "1h");
    let world = world.strategy("sqs.visibility-timeout=30m").strategy("sqs.max-receive-count=2");
    let twice = story_of(&world, Wanted::Duplicates);
    assert!(twice.contains("the run fails at items:"), "{twice}");
    insta::assert_snapshot!(from(&twice, "the run fails").join("\n"));
}

/// Items of 400 s, a run of 15 minutes: the first is done in time, the third cut off, and nothing is marked.
#[test]
fn a_batch_run_is_killed_before_it_has_saved_its_progress() {
    let world = world("schedule -> post").batch_of(3, 400.0).strategy("schedule.expression=rate(1 day)");
    let world = world.strategy("schedule.marker=none").lasts("59m", "1h");
    let first = story(&world, 0);
    insta::assert_snapshot!(first);
    assert!(story(&world, 2).contains("attempt is killed at the timeout, without effect"));
}

/// Its effect comes before its end, also where a batch run applies it.
#[test]
fn effects_come_before_the_ends_of_their_attempts() {
    let batch = story(&world("schedule -> post"), 0);
    let calls = |flow: &str| {
        world(flow).set("downstream.db.latency=2s").post("calls=[{ to = \"db\", effect = \"downstream\" }]")
    };
    for story in [batch, story(&calls("schedule -> post"), 0), story(&calls("events -> post"), 0)] {
        assert_order(&story, "* effect applied", "attempt returns");
    }
    let answered = story(&calls("events -> post"), 0);
    assert_order(&answered, "db        called", "* effect applied");
    assert_order(&answered, "* effect applied", "answers after 2.000 s: done");
    let ideal = tale(&load(IDEAL, &[]), 0);
    assert_order(&ideal, "* effect applied", "attempt returns");
    let at_end = story(&world("schedule -> post").strategy("schedule.commit=at-end"), 0);
    assert_order(&at_end, "attempt returns", "batch run commits what it has processed");
    assert_order(&at_end, "batch run commits", "* effect applied");
}

/// One connection, two callers, and nobody waits.
#[test]
fn a_downstream_has_no_connection() {
    let calling = world("events -> post").burst(2).post("async.retries=0").post("calls=[\"db\"]");
    let calling = calling.set("downstream.db.latency=2s").set("downstream.db.connections=1");
    insta::assert_snapshot!(story(&calling, 1));
    let waiting = calling.set("downstream.db.connection-wait=1s");
    let gave_up = story(&waiting, 1);
    assert_order(&gave_up, "called; waits for a connection", "caller stops waiting: it got no connection");
    assert_order(&gave_up, "caller stops waiting", "its caller does not call again");
}

/// The same of the pool that an environment opens at its start: Init is repeated, and the process ends.
#[test]
fn a_downstream_refuses_the_connections_of_an_environment() {
    let pooled = world("events -> post")
        .burst(2)
        .post("async.retries=0")
        .post("initialise.when=environment")
        .post("initialise.connects-to=db")
        .post("initialise.connections=1")
        .set("downstream.db.latency=0s")
        .set("downstream.db.connection=per-environment")
        .set("downstream.db.connection-idle=1h")
        .set("downstream.db.connections=1");
    insta::assert_snapshot!(story_of(&pooled, Wanted::Fate(Fate::Lost)));
}

/// The call of the first item fails and opens the breaker for the second.
#[test]
fn a_circuit_breaker_is_open() {
    let call = "calls=[{ to = \"db\", circuit-breaker = { failures = 1, open = \"1h\", kept = \"shared\" } }]";
    let world = world("events -> post").items(&[(0.0, 1.0), (20.0, 1.0)]).post("async.retries=0").post(call);
    let world = world.set("downstream.db.latency=2s").set("downstream.db.error=1.0");
    assert_order(&story(&world, 0), "answers after 2.000 s: failed", "its caller does not call again");
    insta::assert_snapshot!(story(&world, 1));
}

/// The client backs off and calls again.
#[test]
fn a_call_is_made_again() {
    let world = world("events -> post").post("async.retries=0").post("calls=[{ to = \"db\", retries = \"standard\" }]");
    let told = story(&world.set("downstream.db.latency=2s").set("downstream.db.error=1.0"), 0);
    assert_order(&told, "its caller backs off, and calls again at", "its caller does not call again");
}

/// It fails, is a dead letter at a minute, and is moved back at 200 s.
#[test]
fn a_redrive_moves_a_message_back() {
    let world = world("events -> sqs -> post").post("failures.error=1.0").strategy("sqs.visibility-timeout=30s");
    let world = world.post("timeout=30s").strategy("sqs.max-receive-count=1").lasts("1m", "1h");
    let told = story(&world.strategy("sqs.redrive={ at = [\"200s\"] }"), 0);
    insta::assert_snapshot!(from(&told, "the message moves").join("\n"));
}

/// Two at once, 10 s each, and nothing older than 15 s: the last two begin at 20 s, and are shed. The same of work in steps.
#[test]
fn an_item_is_shed() {
    let two_at_once = |flow: &str| {
        let world = world(flow).strategy("sqs.maximum-concurrency=2").strategy("sqs.batch-size=1");
        world.batch_of(6, 10.0).post("shed-older-than=15s")
    };
    let plain = two_at_once("events -> sqs -> post");
    let steps = two_at_once("events -> sqs -> post").post("calls=[\"db\"]").set("downstream.db.latency=0s");
    let told = story_of(&plain, Wanted::Fate(Fate::Expired));
    insta::assert_snapshot!(from(&told, "attempt 1 begins").join("\n"));
    for told in [told, story_of(&steps, Wanted::Fate(Fate::Expired))] {
        assert_order(&told, "attempt 1 begins", "shed: it is 20.000 s old as its work would begin");
        assert_order(&told, "shed: it is", "EXPIRED: its effect");
        assert_order(&told, "EXPIRED: its effect", "attempt returns");
    }
}

/// Two run for 10 minutes, and nobody ever comes for the third.
fn crowded() -> World {
    let world = world("events -> sqs -> post").strategy("sqs.maximum-concurrency=2").strategy("sqs.batch-size=1");
    world.batch_of(3, 600.0)
}

#[test]
fn a_message_is_never_received() {
    let expired = crowded().strategy("sqs.retention=60s");
    insta::assert_snapshot!(from(&story_of(&expired, Wanted::Fate(Fate::Expired)), "message stored").join("\n"));
    let left = story(&crowded().lasts("1m", "0s"), 2);
    insta::assert_snapshot!(from(&left, "message stored").join("\n"));
}

/// At the end of a run items are where they are.
#[test]
fn a_story_says_where_an_item_was_left() {
    for (world, words) in [
        (world("events -> post").lasts("500ms", "0s"), "attempt 1 at post is under way"),
        (world("events -> post").post("failures.error=1.0").lasts("10s", "0s"), "it waits at post until 00:01:00.500"),
        (world("schedule -> post").every("1h", "1s").lasts("10s", "0s"), "it waits for schedule, and was never listed"),
        (
            world("kinesis -> post").every("1h", "1500ms").lasts("1600ms", "0s"),
            "its record waits in kinesis, and was never read",
        ),
    ] {
        let told = story(&world, 0);
        let verdict =
            told.lines().find(|line| line.contains("still in the backlog")).unwrap_or_else(|| panic!("{told}"));
        assert!(verdict.ends_with(words), "{told}");
    }
}

/// An item that is sent twice, 20 s apart, to a function that asks a store; from 15 s to 25 s the store is down.
fn store_down(policy: &str) -> World {
    world("events -> post")
        .stream("sent-twice={ probability = 1.0, after = \"20s\" }")
        .post("idempotency.mode=conditional-write")
        .post(&format!("idempotency.on-store-error={policy}"))
        .post("async.retries=1")
        .set(
            "fault=[{ name = \"table-down\", kind = \"unavailable\", on = [\"dynamodb\"], start = \"15s\", \
             duration = \"10s\" }]",
        )
}

#[test]
fn a_store_is_down_and_the_function_goes_on_or_does_not() {
    insta::assert_snapshot!("fails_open", from(&story(&store_down("proceed"), 0), "sends it once more").join("\n"));
    insta::assert_snapshot!("fails_closed", from(&story(&store_down("fail"), 0), "sends it once more").join("\n"));
}
