//! The report that the README shows is the one that the program writes today.
//!
//! `SIMCTL_UPDATE=1 cargo test --test example_report` writes `reports/atm/` and the README's screen anew.

use std::fs;
use std::path::{Path, PathBuf};

use simctl::experiment::{self, Options, Results};
use simctl::pricing::PriceBook;
use simctl::{report, scenario};

const BEGIN: &str = "<!-- screen:begin -->";
const END: &str = "<!-- screen:end -->";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn results() -> Results {
    let scenario = scenario::load(&root().join("scenarios/atm.toml"), &[]).unwrap_or_else(|errors| panic!("{errors}"));
    experiment::run(&scenario, &PriceBook::embedded(), Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The README with its screen replaced.
fn with_screen(readme: &str, screen: &str) -> String {
    let (before, rest) = readme.split_once(BEGIN).expect("the screen's begin in the README");
    let (_, after) = rest.split_once(END).expect("the screen's end in the README");
    format!("{before}{BEGIN}\n```text\n{}\n```\n{END}{after}", screen.trim_end())
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read(path).expect("a file"))
    };
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| read(entry.expect("an entry").path())).collect();
    files.sort();
    files
}

#[test]
fn the_committed_report_and_the_readmes_screen_are_not_stale() {
    const STALE: &str = "is stale: run `SIMCTL_UPDATE=1 cargo test --test example_report`, look at the charts, read the \
                         README's reading again, and commit";
    let results = results();
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let screen = with_screen(&readme, &report::render(&results, 100, false));
    if std::env::var_os("SIMCTL_UPDATE").is_some() {
        report::files::write(&results, &root().join("reports")).unwrap_or_else(|error| panic!("{error}"));
        fs::write(root().join("README.md"), screen).expect("README.md can be written");
        return;
    }
    assert!(readme == screen, "the screen in README.md {STALE}");
    let fresh = tempfile::tempdir().expect("a folder");
    let folder = report::files::write(&results, fresh.path()).unwrap_or_else(|error| panic!("{error}"));
    let (fresh, committed) = (files(&folder), files(&root().join("reports/atm")));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&fresh), names(&committed), "reports/atm {STALE}");
    for ((name, fresh), (_, committed)) in fresh.iter().zip(&committed) {
        assert!(fresh == committed, "reports/atm/{name} {STALE}");
    }
}
