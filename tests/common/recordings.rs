//! What AWS answered in recorded tests. The recordings lie beside the checkout.

use std::path::Path;

use serde_json::Value;

const FOLDER: &str = "../shared/data/aws-integration-recordings";

/// What one recorded test of a file found, by the end of its name; none, and a line that says so, where the recordings are
/// absent.
pub fn recorded(file: &str, test: &str) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(file);
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: {FOLDER}/{file} is absent");
        return None;
    };
    let all: Value = serde_json::from_str(&text).expect("the recordings are JSON");
    let all = all.as_object().expect("the recordings are by test").clone();
    let found = all.into_iter().find(|(name, _)| name.ends_with(test));
    let (_, content) = found.unwrap_or_else(|| panic!("no recorded test is named like {test}"));
    Some(content["recorded-content"].clone())
}
