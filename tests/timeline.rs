//! `simctl run --timeline`: the file is a Chrome trace, its slices lie within each other, its counters count, and the same
//! run writes the same bytes.

mod program;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use program::ended;
use serde_json::Value;

/// Items that come every second; every tenth try or so fails, and two at once are all that Lambda runs.
const SCENARIO: &str = r#"
name = "small"
[run]
duration = "2m"
drain = "10m"
replications = 2
[[arrivals]]
name = "items"
process = "deterministic"
interval = "1s"
[account]
concurrency = 2
[functions.post]
service-time = "1500ms"
timeout = "3s"
failures = { error = 0.1, crash = 0.1 }
[[strategy]]
name = "per event"
flow = "events -> post"
[[strategy]]
name = "batch"
flow = "schedule -> post"
[strategy.schedule]
expression = "rate(1 minute)"
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("small.toml"), SCENARIO).expect("written");
    folder
}

/// Runs with a timeline; what it printed, and the events.
fn timeline(folder: &Path, more: &[&str]) -> (String, Vec<Value>) {
    let mut arguments = vec!["run", "small.toml", "--timeline", "t.json"];
    arguments.extend(more);
    let (code, out, err) = ended(folder, &arguments);
    assert_eq!(code, Some(0), "{err}");
    let text = fs::read_to_string(folder.join("t.json")).expect("a file");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    (out, document["traceEvents"].as_array().expect("events").clone())
}

/// Nanoseconds of a time in microseconds.
fn nanos(value: &Value) -> u64 {
    (value.as_f64().expect("a number") * 1e3 + 0.5) as u64
}

type Track = (u64, u64);

fn track(event: &Value) -> Track {
    (event["pid"].as_u64().expect("a process"), event["tid"].as_u64().expect("a thread"))
}

#[test]
fn the_file_is_a_trace_whose_slices_lie_within_each_other() {
    let folder = folder();
    let (out, events) = timeline(folder.path(), &[]);
    assert!(out.contains("timeline: t.json, ") && !out.contains("--timeline-limit"), "{out}");
    let mut last: HashMap<Track, u64> = HashMap::new();
    let mut open: HashMap<Track, Vec<u64>> = HashMap::new();
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for event in &events {
        let phase = event["ph"].as_str().expect("a phase");
        assert!(event["name"].is_string() && event["args"].is_object(), "{event}");
        *kinds.entry(format!("{phase} {}", event["name"].as_str().expect("a name"))).or_default() += 1;
        if phase == "M" {
            continue;
        }
        let (track, at) = (track(event), nanos(&event["ts"]));
        assert!(at >= last.insert(track, at).unwrap_or(0), "time goes backwards: {event}");
        if phase == "X" {
            let end = at + nanos(&event["dur"]);
            let stack = open.entry(track).or_default();
            while stack.last().is_some_and(|&outer| outer <= at) {
                stack.pop();
            }
            assert!(stack.last().is_none_or(|&outer| end <= outer), "not within the one around it: {event}");
            stack.push(end);
        }
    }
    for expected in
        ["X post", "X cold start", "C backlog", "C concurrency", "i throttled", "i crashed", "M process_name"]
    {
        assert!(kinds.contains_key(expected), "no {expected}: {kinds:#?}");
    }
    let names: Vec<&str> = events
        .iter()
        .filter(|event| event["name"] == "process_name")
        .filter_map(|event| event["args"]["name"].as_str())
        .collect();
    assert_eq!(names, ["per event", "per event: post", "batch", "batch: post"]);
}

/// What goes up comes down: all of the runs end, and with them the concurrency; the backlog ends as the results say.
#[test]
fn counters_end_where_the_run_does() {
    let folder = folder();
    let (_, events) = timeline(folder.path(), &["--timeline-strategy", "per event"]);
    let last = |name: &str| {
        let found = events.iter().rev().find(|event| event["name"] == name).expect("a counter");
        found["args"]["now"].as_u64().expect("a level")
    };
    assert_eq!((last("concurrency"), last("backlog")), (0, 0));
    let most = events.iter().filter(|event| event["name"] == "concurrency").filter_map(|e| e["args"]["now"].as_u64());
    assert_eq!(most.max(), Some(2));
    let run: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("reports/small/run.json")).expect("a report"))
            .expect("JSON");
    let runs = events.iter().filter(|event| event["ph"] == "X" && event["name"] == "post").count();
    assert!(runs > 120 && run["strategies"][0]["name"] == "per event", "{runs}");
}

/// Every window of a fault is a slice of the strategy's, on a track of its own, as far as the run goes.
#[test]
fn faults_are_tracks_of_slices() {
    let folder = folder();
    let faults = "fault=[\
        { name = \"slow\", kind = \"slow\", start = \"10s\", duration = \"20s\", factor = 2.0 }, \
        { name = \"zone\", kind = \"zone-lost\", schedule = \"rate(1 minute)\", duration = \"5s\" }]";
    let (_, events) = timeline(folder.path(), &["--timeline-strategy", "per event", "--set", faults]);
    let slices = |name: &str| -> Vec<(Track, u64, u64)> {
        let named = events.iter().filter(|event| event["ph"] == "X" && event["name"] == name);
        let secs = |value: &Value| nanos(value) / 1_000_000_000;
        named.map(|event| (track(event), secs(&event["ts"]), secs(&event["dur"]))).collect()
    };
    let slow = slices("slow");
    assert_eq!(slow.iter().map(|&(_, start, length)| (start, length)).collect::<Vec<_>>(), [(10, 20)]);
    let zones = slices("zone");
    assert!(zones.len() >= 2 && (zones[0].1, zones[1].1, zones[1].2) == (0, 60, 5), "{zones:?}");
    assert!(zones.iter().all(|zone| zone.0.0 == slow[0].0.0 && zone.0.1 != slow[0].0.1), "a track each: {zones:?}");
    let names: Vec<&str> =
        events.iter().filter(|e| e["name"] == "thread_name").filter_map(|e| e["args"]["name"].as_str()).collect();
    assert!(names.contains(&"fault: slow") && names.contains(&"fault: zone"), "{names:?}");
    let slice = events.iter().find(|event| event["name"] == "slow").expect("a slice");
    assert_eq!((&slice["args"]["kind"], &slice["args"]["on"][0]), (&"slow".into(), &"post".into()));
}

#[test]
fn the_same_run_writes_the_same_bytes_whatever_the_threads() {
    let folder = folder();
    let bytes = |threads: &str| {
        timeline(folder.path(), &["--threads", threads]);
        fs::read(folder.path().join("t.json")).expect("a file")
    };
    assert_eq!(bytes("1"), bytes("2"));
}

#[test]
fn the_limit_is_kept_and_said() {
    let folder = folder();
    let (out, events) = timeline(folder.path(), &["--timeline-limit", "100"]);
    assert!(events.len() <= 100 && events.len() > 90, "{}", events.len());
    assert!(out.contains(&format!("t.json, {} events", events.len())), "{out}");
    assert!(out.contains("\"per event\" only up to 00:00:") && out.contains("--timeline-limit"), "{out}");
    // Names of tracks are events too.
    for limit in [1, 10, 31] {
        let (_, events) = timeline(folder.path(), &["--timeline-limit", &limit.to_string()]);
        assert!(events.len() <= limit, "{} of {limit}", events.len());
    }
}

/// What the Trace Event Format asks of an event: a name, a phase, a time in microseconds, a process and a thread, and of
/// each phase its own.
fn assert_is_trace_event(event: &Value) {
    let number = |value: &Value| value.as_f64().is_some_and(|number| number >= 0.0);
    assert!(event["name"].is_string() && event["args"].is_object(), "{event}");
    assert!(number(&event["ts"]) && event["pid"].is_u64() && event["tid"].is_u64(), "{event}");
    let args = event["args"].as_object().expect("arguments");
    let (of_phase, more): (bool, &[&str]) = match event["ph"].as_str() {
        Some("X") => (number(&event["dur"]), &["dur"]),
        Some("i") => (event["s"] == "t", &["s"]),
        Some("C") => (!args.is_empty() && args.values().all(Value::is_number), &[]),
        Some("M") => match event["name"].as_str() {
            Some("process_name" | "thread_name") => (args["name"].is_string(), &[]),
            Some("process_sort_index" | "thread_sort_index") => (args["sort_index"].is_u64(), &[]),
            _ => (false, &[]),
        },
        _ => (false, &[]),
    };
    let known =
        |key: &&String| !["name", "ph", "ts", "pid", "tid", "args"].iter().chain(more).any(|known| known == *key);
    let unknown: Vec<&String> = event.as_object().expect("an object").keys().filter(known).collect();
    assert!(of_phase && unknown.is_empty(), "{unknown:?} {event}");
}

#[test]
fn every_event_has_the_fields_that_the_format_asks_for() {
    let folder = folder();
    let fault = "fault=[{ name = \"slow\", kind = \"slow\", start = \"10s\", duration = \"20s\", factor = 2.0 }]";
    let (_, events) = timeline(folder.path(), &["--set", fault]);
    events.iter().for_each(assert_is_trace_event);
    let text = fs::read_to_string(folder.path().join("t.json")).expect("a file");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&document["displayTimeUnit"], &document["otherData"]["scenario"]), (&"ms".into(), &"small".into()));
}

/// Each item comes once, and has its effect once or more, on tracks of their own; no more effects than the results have.
#[test]
fn arrivals_and_effects_are_tracks_of_marks() {
    let folder = folder();
    let twice = "functions.post.failures={ error = 0.2, after-effect = 1.0 }";
    let (_, events) = timeline(folder.path(), &["--timeline-strategy", "per event", "--set", twice]);
    let items = |name: &str| -> Vec<(Track, String)> {
        let named = events.iter().filter(|event| event["name"] == name);
        named.map(|event| (track(event), event["args"]["item"].as_str().expect("an item").to_owned())).collect()
    };
    let (arrivals, effects, duplicates) = (items("arrives"), items("effect"), items("duplicate"));
    assert_eq!((arrivals.len(), arrivals[0].1.as_str(), effects.len()), (120, "items:0", 120));
    assert!(!duplicates.is_empty() && duplicates.iter().all(|one| effects.contains(one)), "{duplicates:?}");
    let names: HashMap<Track, &str> = events
        .iter()
        .filter(|event| event["name"] == "thread_name")
        .filter_map(|event| Some((track(event), event["args"]["name"].as_str()?)))
        .collect();
    assert!(arrivals.iter().all(|(track, _)| names[track] == "arrivals"));
    assert!(effects.iter().chain(&duplicates).all(|(track, _)| names[track] == "effects"));
    let effect = events.iter().find(|event| event["name"] == "effect").expect("an effect");
    assert_eq!((&effect["args"]["at"], nanos(&effect["args"]["latency_us"]) >= 1_500_000_000), (&"post".into(), true));
    let duplicate = events.iter().find(|event| event["name"] == "duplicate").expect("a duplicate");
    assert_eq!(duplicate["args"]["cause"], "error_after_effect");
}

#[test]
fn what_cannot_be_shown_is_refused_before_the_work() {
    let folder = folder();
    for (more, because) in [
        (&["--timeline", "no/such/folder.json"][..], "cannot write no/such/folder.json"),
        (&["--timeline", "t.json", "--timeline-strategy", "per evnt"], "did you mean `per event`?"),
        (&["--timeline", "t.json", "--timeline-replication", "3"], "there is no replication 3"),
        (&["--timeline-limit", "5"], "--timeline"),
    ] {
        let mut arguments = vec!["run", "small.toml"];
        arguments.extend(more);
        let (code, out, err) = ended(folder.path(), &arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains(because), "{err}");
        assert!(!folder.path().join("reports").exists(), "nothing was run");
    }
}
