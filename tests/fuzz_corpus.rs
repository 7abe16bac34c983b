//! The committed inputs of the fuzzers, and the shipped and the bad scenarios, run through what is fuzzed: none may panic,
//! none may take long. `fuzz/README.md` says how the inputs were found.

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// No input takes a second in an optimised build; this leaves room for a slow machine and a build that is none.
const LONGEST: Duration = Duration::from_secs(20);
/// The most bytes of the corpus.
const LARGEST: u64 = 2 << 20;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Hands the bytes of each file to a target.
fn run(name: &str, target: targets::Target, files: &[PathBuf]) {
    for file in files {
        let bytes = fs::read(file).expect("a file");
        // Told before, so that a panic is known by its input.
        println!("{name}: {}", file.display());
        let start = Instant::now();
        target(&bytes);
        assert!(start.elapsed() < LONGEST, "{name} takes {:?} for {}", start.elapsed(), file.display());
    }
}

#[test]
fn no_committed_input_panics_or_hangs() {
    let corpus = root().join("fuzz/corpus");
    let mut bytes = 0;
    for (name, target) in targets::TARGETS {
        let files = files(&corpus.join(name));
        assert!(!files.is_empty(), "{name} has inputs");
        bytes += files.iter().map(|file| fs::metadata(file).expect("a file").len()).sum::<u64>();
        run(name, target, &files);
    }
    assert!(bytes <= LARGEST, "the corpus has {bytes} bytes: minimise it (fuzz/README.md)");
}

#[test]
fn every_target_has_its_program_and_its_inputs() {
    let names = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(root().join(folder)).expect("a folder");
        let stem = |path: PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
        let mut names: Vec<_> = entries.map(|entry| stem(entry.expect("an entry").path())).collect();
        names.sort();
        names
    };
    let targets: Vec<_> = targets::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz/fuzz_targets"), targets);
    assert_eq!(names("fuzz/corpus"), targets);
}

#[test]
fn shipped_and_bad_scenarios_are_read_as_the_fuzzers_read_them() {
    for folder in ["scenarios", "scenarios/textbook", "tests/bad_input"] {
        run("scenario", targets::scenario, &files(&root().join(folder)));
    }
}

/// Each was larger, deeper or longer than a reader should follow.
#[test]
fn absurd_inputs_end_soon() {
    let deep = |open: &str, times: usize| format!("name = {}", open.repeat(times)).into_bytes();
    targets::scenario(&deep("[", 1_000_000));
    targets::scenario(&deep("{a=", 300_000));
    targets::scenario(format!("name = \"{}\"", "x".repeat(1_000_000)).as_bytes());
    targets::scenario("[[arrivals]]\n".repeat(70_000).as_bytes());
    targets::flow("[".repeat(1_000_000).as_bytes());
    targets::flow("a -> ".repeat(200_000).as_bytes());
    targets::vary(format!("a={}", "1,".repeat(300_000)).as_bytes());
    targets::vary(b"a=1..2:100000");
    targets::conditions(format!("{}=1", "a.".repeat(1_000_000)).as_bytes());
    targets::schedule(format!("cron({})", "0 ".repeat(1_000_000)).as_bytes());
    // Minutes with more items than a run may have, skipped or not; times at both ends of the clock.
    for skip in 0..4 {
        let rows = "HashFunction,1,2\nf1,18446744073709551615,18446744073709551615\n";
        targets::trace_minutes(&[&[0, 4, 0, skip], rows.as_bytes()].concat());
    }
    for unit in 0..5 {
        let rows = "time\n-9223372036854775808\n9223372036854775807\n";
        targets::trace_timestamps(&[&[unit, 0, 3, 2, 0, 3], rows.as_bytes()].concat());
    }
    targets::number_files(&[&b"\x00"[..], "1".repeat(3_000_000).as_bytes()].concat());
    targets::parts(&[&b"\x00"[..], "0,,latency_p99,1,,,1\n".repeat(20_000).as_bytes()].concat());
    targets::earlier_run("[".repeat(1_000_000).as_bytes());
}
