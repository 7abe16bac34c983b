//! The lessons: one page each, whose tables are of shipped scenarios and of metrics that exist. That their figures are
//! today's is looked at by `cargo run --release --example lessons -- --check`, for it runs every scenario in full.

#[expect(dead_code, reason = "an example has a main of its own")]
#[path = "../examples/lessons.rs"]
mod lessons;

use std::fs;
use std::path::Path;

use lessons::{Figures, Page, pages};
use simctl::metrics::catalogue;
use simctl::scenario;
use simctl::words::DuplicateCause;

fn read(path: &Path) -> Page {
    let text = fs::read_to_string(path).expect("a page");
    Page::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Heading, line, and a row for each strategy of the scenario, in its order, with a cell for each column.
fn check_form(figures: &Figures) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&figures.scenario);
    let scenario = scenario::load(&path, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    for column in &figures.columns {
        assert!(catalogue::find(&column.metric).is_some(), "{}: no metric {:?}", figures.scenario, column.metric);
        let is_cause = || DuplicateCause::ALL.iter().any(|cause| cause.name() == column.scope);
        assert!(
            column.scope.is_empty() || column.metric != "duplicates" || is_cause(),
            "{}: no cause of duplicates {:?}",
            figures.scenario,
            column.scope
        );
    }
    let rows: Vec<_> = figures.table.lines().collect();
    assert!(rows.iter().all(|row| row.matches('|').count() == figures.columns.len() + 2), "{rows:?}");
    let names: Vec<_> = rows[2..].iter().map(|row| row[2..].split(" |").next().expect("a name")).collect();
    let strategies: Vec<_> = scenario.designs.iter().map(|design| design.name.as_str()).collect();
    assert_eq!(names, strategies, "{}: run `cargo run --release --example lessons`", figures.scenario);
}

#[test]
fn every_table_is_of_a_shipped_scenario_and_of_known_metrics() {
    let pages = pages();
    assert!(pages.len() > 1, "docs/lessons/ is empty");
    for path in pages.iter().filter(|path| !path.ends_with("README.md")) {
        let page = read(path);
        assert!(!page.figures.is_empty(), "{}: a lesson without a figure", path.display());
        page.figures.iter().for_each(check_form);
    }
}

#[test]
fn the_index_names_every_lesson() {
    let pages = pages();
    let index = pages.iter().find(|path| path.ends_with("README.md")).expect("docs/lessons/README.md");
    let index = fs::read_to_string(index).expect("a page");
    for path in pages.iter().filter(|path| !path.ends_with("README.md")) {
        let name = path.file_name().expect("a name").to_string_lossy();
        assert!(index.contains(&format!("]({name})")), "docs/lessons/README.md does not name {name}");
    }
}
