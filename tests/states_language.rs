//! The Amazon States Language against machines and evaluations that others wrote down: `../shared/data/asl-*`. Where they
//! are absent the tests say so and are skipped.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use simctl::services::step_functions::language::choice::Operator;
use simctl::services::step_functions::language::machine::Machine;

fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: ../shared/data/{folder} is absent");
    None
}

/// Files of a folder and the folders in it, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() { found.extend(files(&entry)) } else { found.push(entry) }
    }
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Marked otherwise than they are taken here, with the reason.
const SET_APART: [(&str, &str); 4] = [
    ("invalid-json-surround-syntax-extra-spaces.json", "AWS was recorded to take ` {% .. %}` as a plain text"),
    ("invalid-jsonata-surround-syntax-no-spaces.json", "machines that run on AWS write `{%$x %}`"),
    (
        "valid-map-with-item-batcher-jsonata.json",
        "a state of JSONPath in a machine of JSONata, which AWS documents not to be",
    ),
    ("valid-jsonata.asl.json", "it has a regular expression and a grouping, which are not evaluated here"),
];

/// Rule [doc] ASL: machines of a validator's test suite are accepted or refused as they are marked, each with one fault of the language.
#[test]
fn machines_are_accepted_or_refused_as_marked() {
    let Some(folder) = shared("asl-validation") else { return };
    let (mut checked, mut wrong) = (0, Vec::new());
    for path in files(&folder).iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let text = fs::read_to_string(path).expect("a text");
        let machine = Machine::parse(&text);
        checked += 1;
        let set_apart = SET_APART.iter().any(|(known, _)| *known == name(path));
        if machine.is_ok() != (name(path).starts_with("valid-") != set_apart) {
            wrong.push(format!("{}: {:?}", name(path), machine.err().map(|error| error.to_string())));
        }
    }
    println!("machines of a validator: {checked} checked, {} of them set apart", SET_APART.len());
    for (name, reason) in SET_APART {
        println!("  set apart {name}: {reason}");
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(checked, 112, "machines are missing");
}

/// Rule [measured] LS: 259 evaluations of 13 comparison operators give what AWS gave.
#[test]
fn recorded_choices_agree() {
    let Some(file) = shared("asl-conformance/choice-operators.json") else { return };
    let cases: Value = serde_json::from_str(&fs::read_to_string(file).expect("a text")).expect("JSON");
    let mut checked = 0;
    for (name, evaluations) in cases.as_object().expect("by operator") {
        let (operator, _) = Operator::find(name).unwrap_or_else(|| panic!("there is no {name}"));
        for case in evaluations.as_array().expect("evaluations") {
            let held = operator.holds(&case["variable"], &case["value"]);
            assert_eq!(Value::Bool(held), case["result"], "{name}: {case}");
            checked += 1;
        }
    }
    assert_eq!(checked, 259);
}
