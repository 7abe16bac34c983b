//! `simctl run` killed at any moment leaves the old report or the new one, whole; and a report of two runs is told.
//!
//! `cargo test --release --test kills --test sweep -- --ignored two_hundred` kills each command two hundred times.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::texts;
use simctl::kernel::{Purpose, Root};
use simctl::report::whole::read_run;
use tempfile::TempDir;

fn scenario() -> String {
    texts::small("duration = \"10m\"\nreplications = 4", "5/s", "\"batch\"", "rate(1 minute)")
}

/// What a report holds, by name.
type Report = BTreeMap<String, Vec<u8>>;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("small.toml"), scenario()).expect("written");
    folder
}

/// A run of the scenario with that seed, as yet not started.
fn run(folder: &Path, seed: u64) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simctl"));
    command.args(["run", "small.toml", "--quiet", "--seed", &seed.to_string()]).current_dir(folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The report in its place; none where there is none.
fn report(folder: &Path) -> Option<Report> {
    let entries = fs::read_dir(folder.join("reports/small")).ok()?;
    let read = |path: &Path| fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let named = entries.map(|entry| entry.expect("an entry"));
    Some(named.map(|entry| (entry.file_name().to_string_lossy().into_owned(), read(&entry.path()))).collect())
}

/// Whether a report is being written, or was when its run was killed: a folder beside the place has files in it.
fn is_writing(folder: &Path) -> bool {
    let entries = fs::read_dir(folder.join("reports")).into_iter().flatten().flatten();
    let mut beside = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(".simctl."));
    beside.any(|entry| fs::read_dir(entry.path()).is_ok_and(|mut files| files.next().is_some()))
}

/// Removes what killed runs left beside the report, so that what the next one writes is seen.
fn clear(folder: &Path) {
    for entry in fs::read_dir(folder.join("reports")).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(".simctl.") {
            fs::remove_dir_all(entry.path()).expect("removed");
        }
    }
}

/// Waits until a time is over, a condition holds, or the child has ended.
fn wait(child: &mut Child, until: Instant, condition: impl Fn() -> bool) {
    while Instant::now() < until && !condition() && child.try_wait().expect("its state").is_none() {
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// Runs to the end; how long it took in all, and how long from the first file on.
fn timed(folder: &Path, seed: u64) -> (Duration, Duration) {
    let start = Instant::now();
    let mut child = run(folder, seed).spawn().expect("it starts");
    wait(&mut child, start + Duration::from_secs(600), || is_writing(folder));
    let written = Instant::now();
    assert!(child.wait().expect("it ends").success());
    (start.elapsed(), written.elapsed())
}

/// What a number of kills met.
#[derive(Debug, Default)]
struct Met {
    /// Kills of a run that had not ended.
    kills: u64,
    /// Of them, those while files were written or exchanged.
    writing: u64,
    /// Of them, those that left the report of the run that was killed.
    new: u64,
}

/// Kills runs until so many kills met one; after each, the report in place is one of the two, whole.
fn kill(times: &Purpose, wanted: u64) -> Met {
    let folder = folder();
    let (whole, writing) = timed(folder.path(), 0);
    let mut known = vec![report(folder.path()).expect("a report")];
    timed(folder.path(), 1);
    known.push(report(folder.path()).expect("a report"));
    assert!(known[0] != known[1] && known[0].len() >= 8);
    let mut met = Met::default();
    for attempt in 0..wanted * 20 {
        if met.kills == wanted {
            break;
        }
        let seed = attempt % 2;
        clear(folder.path());
        let mut child = run(folder.path(), seed).spawn().expect("it starts");
        let mut draw = times.draw(attempt, 0);
        // A quarter at any moment, the others while the report is written and exchanged.
        if draw.chance(0.25) {
            let moment = Instant::now() + whole.mul_f64(draw.unit());
            wait(&mut child, moment, || false);
        } else {
            wait(&mut child, Instant::now() + whole * 10, || is_writing(folder.path()));
            let moment = Instant::now() + writing.mul_f64(1.1 * draw.unit());
            wait(&mut child, moment, || false);
        }
        // SIGKILL; a program that has ended is not harmed.
        let _ = child.kill();
        let killed = !child.wait().expect("it ends").success();
        let found = report(folder.path()).expect("a report at every moment");
        let whose = known.iter().position(|report| *report == found);
        let whose = whose.unwrap_or_else(|| panic!("a torn report after attempt {attempt}: {:?}", found.keys()));
        read_run(&folder.path().join("reports/small/run.json")).expect("whole");
        met.kills += u64::from(killed);
        met.writing += u64::from(killed && is_writing(folder.path()));
        met.new += u64::from(killed && whose as u64 == seed);
    }
    assert_eq!(met.kills, wanted, "too many runs had ended before they were killed: {met:?}");
    // Whatever killed runs left, the next one takes away.
    timed(folder.path(), 0);
    assert_eq!(fs::read_dir(folder.path().join("reports")).expect("a folder").count(), 1);
    met
}

#[test]
fn a_killed_run_leaves_the_old_report_or_the_new_one() {
    let met = kill(&Root::new(40, 0).purpose("run", "kills"), 40);
    assert!(met.writing >= 8, "{met:?}");
}

#[test]
#[ignore = "takes a minute; the same as the one above with more kills"]
fn two_hundred_kills_leave_the_old_report_or_the_new_one() {
    let met = kill(&Root::new(200, 0).purpose("run", "kills"), 200);
    println!("{met:?}");
    assert!(met.writing >= 40, "{met:?}");
}

#[test]
fn a_report_of_two_runs_is_no_side_of_a_comparison() {
    let folder = folder();
    timed(folder.path(), 0);
    let compare = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simctl"));
        command.args(["compare", "reports/small/run.json", "reports/small/run.json"]).current_dir(folder.path());
        let output = command.output().expect("it starts");
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    assert_eq!(compare().0, Some(0));
    fs::write(folder.path().join("reports/small/latency.csv"), "of another run").expect("written");
    let (code, err) = compare();
    assert_eq!(code, Some(2), "{err}");
    let expected = "error: reports/small is torn: latency.csv is not the file that run.json was written with";
    assert!(err.starts_with(expected), "{err}");
}
