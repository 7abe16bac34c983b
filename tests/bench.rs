//! The benchmark table: every row of it, and its form. How fast anything is, is no test's business.

mod program;

use program::ended;
use serde_json::{Map, Value};

/// The rows, and whether a bare loop stands beside.
const ROWS: [(&str, bool); 13] = [
    ("textbook M/M/1", true),
    ("M/M/1000", true),
    ("per-event ATM day, 2 environments", true),
    ("per-event ATM day, 90 environments", true),
    ("per-event ATM day, 900 environments", true),
    ("per-event ATM day, 100,000 in flight", true),
    ("sqs -> fn, batch 10", false),
    ("kinesis -> fn, 100 shards", false),
    ("hourly batch", false),
    ("state machine orders.toml", false),
    ("trace reader, CSV", false),
    ("atm.toml end to end", false),
    ("start-up", false),
];

fn rows(folder: &tempfile::TempDir, arguments: &[&str]) -> Vec<Map<String, Value>> {
    let arguments = [&["bench", "--quick", "--format", "json"], arguments].concat();
    let (code, out, err) = ended(folder.path(), &arguments);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

#[test]
fn every_row_of_the_table_is_in_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let rows = rows(&folder, &[]);
    let names: Vec<&str> = rows.iter().filter_map(|row| row["work"].as_str()).collect();
    assert_eq!(names, ROWS.map(|(name, _)| name));
    for (row, (name, is_compared)) in rows.iter().zip(ROWS) {
        let mut keys: Vec<&str> = row.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["items_per_s", "ns_per_item", "peak_mib", "ratio", "work"]);
        let figure = |key: &str| row[key].as_f64().filter(|value| value.is_finite() && *value > 0.0);
        let (rate, time) = (figure("items_per_s"), figure("ns_per_item"));
        assert!(rate.zip(time).is_some_and(|(rate, time)| (rate * time / 1e9 - 1.0).abs() < 1e-9), "{row:?}");
        assert_eq!((row["ratio"].is_null(), figure("ratio").is_some()), (!is_compared, is_compared), "{name}");
        assert_eq!(figure("peak_mib").is_some(), cfg!(target_os = "linux"), "{name}");
    }
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "it writes nothing where it is run");
}

#[test]
fn single_works_are_asked_for_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let rows = rows(&folder, &["--work", "start-up", "--work", "M/M/1000"]);
    let names: Vec<&str> = rows.iter().filter_map(|row| row["work"].as_str()).collect();
    assert_eq!(names, ["M/M/1000", "start-up"], "in the order of the table");
}

#[test]
fn the_table_has_a_line_for_each_and_says_what_was_shortened() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["bench", "--quick", "--work", "textbook M/M/1", "--work", "hourly batch"];
    let (code, out, err) = ended(folder.path(), &arguments);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("work") && lines[0].ends_with("target"), "{out}");
    assert!(lines[1].starts_with("textbook M/M/1") && lines[1].ends_with("≥ 8 M/s, ≤ 2.2 × bare"), "{out}");
    assert!(lines[2].starts_with("hourly batch"), "{out}");
    assert!(out.contains("these figures are no measure of speed"), "{out}");
}

#[test]
fn an_unknown_work_is_bad_usage() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = ended(folder.path(), &["bench", "--work", "M/M/2"]);
    assert_eq!(code, Some(2));
    assert!(err.starts_with("error: --work: there is no work `M/M/2`; works: `textbook M/M/1`, `M/M/1000`"), "{err}");
}
