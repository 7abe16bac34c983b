//! One fixture for each rule of validation: `bad_input/*.toml`. Each must be refused, and its messages are kept as
//! snapshots in `bad_input/snapshots`. The first line of a fixture names its rule; lines `#set: key=value` are `--set`s.

use std::fs;
use std::path::{Path, PathBuf};

use simctl::scenario::{self, Diagnostics, Override};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_input")
}

/// The name, the text and the place of every fixture, in the order of the names.
fn fixtures() -> Vec<(String, String)> {
    let mut fixtures: Vec<(String, String)> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    fixtures.sort();
    fixtures
}

fn load(name: &str, text: &str) -> Result<(), Diagnostics> {
    let sets = text.lines().filter_map(|line| line.strip_prefix("#set: "));
    let overrides: Vec<Override> = sets.map(|set| Override::parse(set).unwrap()).collect();
    scenario::load_text(&format!("{name}.toml"), text, &folder(), &overrides).map(drop)
}

#[test]
fn every_rule_has_its_message() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 100, "only {} fixtures were found", fixtures.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, text) in fixtures {
        let Err(diagnostics) = load(&name, &text) else { panic!("{name} was not refused") };
        assert!(!diagnostics.is_empty(), "{name} was refused without a reason");
        settings.set_description(text.lines().next().unwrap_or_default().trim_start_matches("# "));
        settings.bind(|| insta::assert_snapshot!(name.clone(), diagnostics.to_string()));
    }
}

#[test]
fn messages_are_the_same_every_time() {
    for (name, text) in fixtures() {
        let first = load(&name, &text).unwrap_err().to_string();
        let second = load(&name, &text).unwrap_err().to_string();
        assert_eq!(first, second, "{name}");
    }
}

#[test]
fn every_message_has_a_place_in_its_file() {
    for (name, text) in fixtures() {
        let diagnostics = load(&name, &text).unwrap_err();
        for diagnostic in diagnostics.iter() {
            assert!(diagnostics.position(diagnostic).is_some(), "{name}: {} has no place", diagnostic.title());
        }
    }
}
