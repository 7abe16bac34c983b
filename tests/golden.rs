//! A golden fingerprint for each shipped scenario. The fingerprint is over integers only, so it is the same on every
//! machine; it changes with anything that changes a result.
//!
//! Scenarios are shortened to a few hours and two replications, so that this takes seconds. When a change of results is
//! meant, or a scenario is added, write the list anew and read its difference:
//!
//! ```text
//! SIMCTL_RENEW=1 cargo test --test golden && git diff tests/golden
//! ```

use std::fmt::Write;
use std::path::{Path, PathBuf};

use simctl::experiment::{self, Options};
use simctl::kernel::Span;
use simctl::pricing::PriceBook;
use simctl::scenario::{Override, Scenario, load};

const RENEW: &str = "SIMCTL_RENEW=1 cargo test --test golden";
/// Longest stretch of a scenario that is run, from its start, and longest drain after it.
const LONGEST: Span = Span::from_secs(3 * 3_600);
const REPLICATIONS: u64 = 2;
/// Where the hours that tell most are not the first ones: atm's noon peak, whose batch is killed and tried again, fanout's
/// sale, and the night after nightly's payday.
const STARTS: [(&str, &str); 3] = [
    ("atm.toml", "2026-11-23T12:00:00Z"),
    ("fanout.toml", "2026-11-23T11:00:00Z"),
    ("nightly.toml", "2026-11-24T23:00:00Z"),
];

/// Faults that begin later than that are moved to where they strike.
const FAULTS: [(&str, [&str; 2]); 1] =
    [("outage.toml", ["fault.\"Lambda down\".start=30m", "fault.\"Lambda down\".duration=1h"])];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every scenario below a folder, in the order of their paths.
fn scenarios(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            found.extend(scenarios(&path));
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path, sets: &[String]) -> Scenario {
    let overrides: Vec<Override> = sets.iter().map(|set| Override::parse(set).expect("an override")).collect();
    load(path, &overrides).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The scenario, no longer than [`LONGEST`] and with few replications.
fn shortened(path: &Path) -> Scenario {
    let whole = read(path, &[]).run;
    let mut sets = vec![format!("run.replications={}", whole.replications.min(REPLICATIONS))];
    let start = STARTS.iter().find(|(name, _)| path.ends_with(name));
    sets.extend(start.map(|(_, start)| format!("run.start={start}")));
    let faults = FAULTS.iter().filter(|(name, _)| path.ends_with(name));
    sets.extend(faults.flat_map(|(_, sets)| sets).map(|&set| set.to_owned()));
    if whole.duration > LONGEST {
        sets.push(format!("run.duration={}s", LONGEST.as_secs_f64()));
        sets.push(format!("run.warm-up={}ns", whole.warm_up.as_nanos().min(LONGEST.as_nanos() / 2)));
    }
    if whole.drain > LONGEST {
        sets.push(format!("run.drain={}s", LONGEST.as_secs_f64()));
    }
    read(path, &sets)
}

/// One line a scenario: its path and its fingerprint.
fn fingerprints() -> String {
    let mut lines = String::new();
    for path in scenarios(&root().join("scenarios")) {
        let results = experiment::run(&shortened(&path), &PriceBook::embedded(), Options::default());
        let results = results.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let below = path.strip_prefix(root()).expect("a path in the project");
        let words: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        writeln!(lines, "{} {}", words.join("/"), results.fingerprint).expect("strings take text");
    }
    lines
}

#[test]
fn every_scenario_has_its_golden_fingerprint() {
    let list = root().join("tests/golden/fingerprints.txt");
    let found = fingerprints();
    if std::env::var_os("SIMCTL_RENEW").is_some() {
        std::fs::write(&list, &found).unwrap_or_else(|error| panic!("{}: {error}", list.display()));
        return;
    }
    let golden = std::fs::read_to_string(&list).unwrap_or_default();
    let only_in = |one: &str, other: &str, sign: char| {
        let missing = one.lines().filter(|line| !other.lines().any(|known| known == *line));
        missing.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    let difference = only_in(&golden, &found, '-') + &only_in(&found, &golden, '+');
    assert!(
        golden == found,
        "tests/golden/fingerprints.txt (-) and the scenarios (+) differ:\n{difference}\
         where that is meant, write the list anew: {RENEW}"
    );
}
