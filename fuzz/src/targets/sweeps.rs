//! What sweeps leave on the disk and read again, and the `run.json` of an earlier run.

use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;
use simctl::experiment::compare::Side;
use simctl::experiment::sweep::parts::{PartError, Parts};
use simctl::experiment::sweep::{Plan, Sweep, Template, manifest as manifests};
use simctl::scenario::{Sampling, Vary};
use tempfile::TempDir;

use super::in_memory;

/// What the sweep is of whose parts are read.
const SCENARIO: &str = "name = \"small\"\n[run]\nduration = \"1m\"\n[[arrivals]]\nname = \"items\"\n\
    process = \"poisson\"\nrate = \"2/m\"\n[functions.post]\nservice-time = \"1s\"\n\
    [[strategy]]\nname = \"a\"\nflow = \"events -> post\"\n[[strategy]]\nname = \"b\"\nflow = \"events -> post\"\n";
/// Points of a manifest that are validated at most: each takes a millisecond.
const POINTS: u64 = 16;

/// The sweep, and a folder for its parts.
fn sweep() -> &'static (Sweep, TempDir) {
    static SWEEP: OnceLock<(Sweep, TempDir)> = OnceLock::new();
    SWEEP.get_or_init(|| {
        let template = Template {
            name: "small.toml".to_owned(),
            text: SCENARIO.to_owned(),
            folder: std::env::temp_dir(),
            sets: Vec::new(),
            only: Vec::new(),
        };
        let axes = vec![Vary::parse("run.load=1,2,3").expect("an axis")];
        let plan = Plan { template, axes, sampling: Sampling::Grid };
        let sweep = Sweep::check(plan, Some(1)).unwrap_or_else(|error| panic!("{error}"));
        (sweep, tempfile::Builder::new().prefix("simctl-fuzz").tempdir_in(in_memory()).expect("a folder"))
    })
}

/// The part of point 1. With an even first byte its head and its digest are made right, so that its rows are read too.
pub fn parts(data: &[u8]) {
    let Some((&kind, body)) = data.split_first() else { return };
    let (sweep, folder) = sweep();
    let folder = folder.path().join(format!("{:?}", std::thread::current().id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let bytes = match std::str::from_utf8(body) {
        Ok(rows) if kind % 2 == 0 => completed(rows, sweep.digest()),
        _ => body.to_vec(),
    };
    std::fs::write(folder.join("0000001.part"), bytes).expect("written");
    let parts = Parts::new(folder, sweep);
    match parts.read(1) {
        Ok(results) => {
            assert_eq!((results.point, results.strategies.len()), (1, 2));
            // What was read is written as a part that reads back alike.
            parts.write(&results).expect("written");
            let again = parts.read(1).expect("what is written reads back");
            assert_eq!(format!("{again:?}"), format!("{results:?}"));
        }
        Err(PartError::Torn { .. } | PartError::Foreign { .. }) => assert!(parts.done().is_err()),
        Err(other) => panic!("{other}"),
    }
}

/// A part of these rows, as far as head and end go.
fn completed(rows: &str, digest: &str) -> Vec<u8> {
    let body = format!("simctl part 2\nsweep {digest}\npoint 1\nfingerprint {}\ndoubt\n{rows}", "cd".repeat(16));
    let body = if body.ends_with('\n') { body } else { body + "\n" };
    let end = blake3::hash(body.as_bytes()).to_hex();
    format!("{body}end {end}\n").into_bytes()
}

/// The manifest of a sweep of few points.
pub fn manifest(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if !is_small(text) {
        return;
    }
    match manifests::read(text, Path::new("/nonexistent"), Some(1)) {
        Ok(sweep) => manifests::write(&sweep, "small.toml", std::io::sink()).expect("a sink takes all"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Whether it has few points, as far as it can be read.
fn is_small(text: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return true };
    let axes = document["vary"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let counts = axes.filter_map(|axis| Vary::parse(axis).ok()?.count());
    let points = counts.fold(1_u64, |points, count| points.saturating_mul(u64::from(count)));
    let latin = document["sample"].as_str().and_then(|sample| sample.strip_prefix("latin:"));
    match latin.and_then(|points| points.parse::<u64>().ok()) {
        Some(points) => points <= POINTS,
        None => points <= POINTS,
    }
}

/// The `run.json` of an earlier run, as `compare` reads it.
pub fn earlier_run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Side::read("run.json", text) {
        Ok(side) => {
            let compared = simctl::experiment::compare::compare(&side, &side);
            let _ = simctl::report::render_comparison(&compared, 100);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
