//! `simctl compare` as a shell sees it: verdicts, exit codes, and what is refused.

mod program;

use std::fs;
use std::path::Path;

use program::ended;
use tempfile::TempDir;

const SMALL: &str = r#"
name = "small"
[run]
duration = "20m"
replications = 8
[[arrivals]]
name = "items"
process = "poisson"
rate = "20/m"
[functions.post]
timeout = "15m"
service-time = { exponential = { mean = "1s" } }
[[strategy]]
name = "per event"
flow = "events -> post"
[[strategy]]
name = "batch"
flow = "schedule -> post"
[strategy.schedule]
expression = "rate(1 minute)"
"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("small.toml"), SMALL).expect("written");
    fs::write(folder.path().join("slow.toml"), SMALL.replace("mean = \"1s\"", "mean = \"1050ms\"")).expect("written");
    folder
}

/// The verdict of each (strategy, metric).
fn verdicts(folder: &Path, arguments: &[&str]) -> Vec<(String, String, String)> {
    let (code, out, err) = ended(folder, &[&["compare"][..], arguments, &["--format", "json"]].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let document: serde_json::Value = serde_json::from_str(&out).expect("json");
    let rows = document["rows"].as_array().expect("rows");
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().expect("a text").to_owned();
    rows.iter().map(|row| (text(row, "strategy"), text(row, "metric"), text(row, "verdict"))).collect()
}

fn verdict(found: &[(String, String, String)], strategy: &str, metric: &str) -> String {
    let row = found.iter().find(|row| row.0 == strategy && row.1 == metric);
    row.unwrap_or_else(|| panic!("no {metric} of {strategy}")).2.clone()
}

#[test]
fn a_scenario_is_equal_to_itself() {
    let folder = folder();
    let found = verdicts(folder.path(), &["small.toml", "small.toml"]);
    assert!(found.len() > 40 && found.iter().all(|row| row.2 == "equal"), "{found:?}");
    assert_eq!(ended(folder.path(), &["compare", "small.toml", "small.toml", "--fail-on", "worse"]).0, Some(0));
}

/// Five per cent more service time: seen pair by pair, hidden among independent samples.
#[test]
fn common_random_numbers_show_what_independent_samples_hide() {
    let folder = folder();
    let paired = verdicts(folder.path(), &["small.toml", "slow.toml"]);
    assert_eq!(verdict(&paired, "per event", "latency_mean"), "worse");
    assert_eq!(verdict(&paired, "batch", "latency_mean"), "worse");
    assert_eq!(verdict(&paired, "batch", "lost"), "equal");
    let backwards = verdicts(folder.path(), &["slow.toml", "small.toml"]);
    assert_eq!(verdict(&backwards, "per event", "latency_mean"), "better");
    let unpaired = verdicts(folder.path(), &["small.toml", "slow.toml", "--set-b", "run.seed=7"]);
    assert_eq!(verdict(&unpaired, "batch", "latency_mean"), "no-difference");
}

#[test]
fn a_change_for_the_worse_ends_with_1_where_it_is_asked() {
    let folder = folder();
    for (arguments, code) in [
        (&["small.toml", "slow.toml"][..], 0),
        (&["small.toml", "slow.toml", "--fail-on", "worse"], 1),
        (&["slow.toml", "small.toml", "--fail-on", "worse"], 0),
    ] {
        let (ended, out, err) = ended(folder.path(), &[&["compare"][..], arguments].concat());
        assert_eq!((ended, err.as_str()), (Some(code), ""), "{out}");
        assert!(out.contains("taken pair by pair") && out.contains("Holm"), "{out}");
    }
}

#[test]
fn earlier_runs_are_compared_by_their_intervals() {
    let folder = folder();
    for (file, out) in [("small.toml", "a"), ("slow.toml", "b")] {
        let service = "functions.post.service-time={ exponential = { mean = \"1s\" } }";
        let set = if out == "b" { "functions.post.service-time={ exponential = { mean = \"3s\" } }" } else { service };
        assert_eq!(ended(folder.path(), &["run", file, "--out", out, "--set", set, "-q"]).0, Some(0));
    }
    let (a, b) = ("a/small/run.json", "b/small/run.json");
    let found = verdicts(folder.path(), &[a, b]);
    assert_eq!(verdict(&found, "per event", "latency_mean"), "worse");
    assert_eq!(verdict(&found, "per event", "lost"), "equal");
    let (code, out, _) = ended(folder.path(), &["compare", a, b, "--fail-on", "worse"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("not paired, as a run.json holds means and intervals"), "{out}");
    // One side may still be run.
    assert_eq!(verdict(&verdicts(folder.path(), &[a, "small.toml"]), "batch", "latency_p99"), "equal");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("other.toml"), SMALL.replace("per event", "x").replace("\"batch\"", "\"y\""))
        .expect("written");
    fs::write(folder.path().join("none.json"), "{}").expect("written");
    fs::write(folder.path().join("new.json"), "{\"format_version\": 9}").expect("written");
    for (arguments, because) in [
        (&["small.toml", "other.toml"][..], "no strategy of the same name"),
        (&["small.toml", "none.json"], "format_version is missing"),
        (&["small.toml", "new.json"], "this program reads 1"),
        (&["small.toml", "none.json", "--seed", "7"], "change nothing in it"),
        (&["small.toml", "absent.json"], "cannot read absent.json"),
        (&["small.toml", "absent.toml"], "absent.toml cannot be read"),
    ] {
        let (code, out, err) = ended(folder.path(), &[&["compare"][..], arguments].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(because), "{arguments:?}: {err}");
    }
}
