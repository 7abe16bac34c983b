//! The scenario as understood: every default filled in and marked with its source.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Number};

use super::Scenario;
use super::tree::{Node, Origin, Table, Value};
use crate::model::design::NodeKind;

/// The scenario as understood, in TOML: it could be read again. Defaults are marked with a comment that gives their
/// source.
#[must_use]
pub fn explain(scenario: &Scenario) -> String {
    let unused = unused_functions(scenario);
    let notes = unused.iter().map(|name| format!("# note: no flow uses the function `{name}`\n"));
    notes.chain(bindings(scenario)).chain([scenario.explained.clone()]).collect()
}

/// What each task of a state machine is bound to, a line each.
fn bindings(scenario: &Scenario) -> Vec<String> {
    let mut lines = Vec::new();
    for design in &scenario.designs {
        for workflow in design.nodes.iter().filter_map(|node| node.workflow.as_ref()) {
            for task in &workflow.tasks {
                let line = format!("# {}: task \"{}\": {}\n", workflow.file, task.state, task.words(design));
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
    }
    lines
}

/// Functions that are written and stand in no flow.
fn unused_functions(scenario: &Scenario) -> Vec<&str> {
    let functions = scenario.understood["functions"].as_object();
    let labels = || scenario.designs.iter().flat_map(|design| &design.nodes).map(|node| node.label.as_str());
    let names = functions.into_iter().flat_map(Map::keys).map(String::as_str);
    // A function that runs a state machine stands in the flow under another word.
    let kinds = || scenario.designs.iter().flat_map(|design| &design.nodes).map(|node| &node.kind);
    let runs = |name: &str| kinds().any(|kind| matches!(kind, NodeKind::Function(function) if function.name == name));
    // A choreography makes its steps' functions after one.
    let strategies = || scenario.understood["strategy"].as_array().into_iter().flatten();
    let is_model = |name: &str| strategies().any(|strategy| strategy["choreograph"]["function"] == name);
    names.filter(|name| labels().all(|label| label != *name) && !runs(name) && !is_model(name)).collect()
}

/// The scenario as JSON.
pub(super) fn understood(root: &Table) -> serde_json::Value {
    let absent = root.absent.iter().map(|&(key, _)| (key.to_owned(), serde_json::Value::Null));
    let entries = root.entries.iter().map(|entry| (entry.key.clone(), json(&entry.node)));
    let entries = absent.chain(entries);
    serde_json::Value::Object(entries.collect::<Map<_, _>>())
}

/// The same with the text of each state machine, by the name that flows give its file.
pub(super) fn with_machines(
    mut understood: serde_json::Value,
    machines: &BTreeMap<String, String>,
) -> serde_json::Value {
    if let (Some(object), false) = (understood.as_object_mut(), machines.is_empty()) {
        let texts = machines.iter().map(|(file, text)| (file.clone(), text.as_str().into()));
        object.insert("machines".to_owned(), serde_json::Value::Object(texts.collect()));
    }
    understood
}

pub(super) fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Text(text) | Value::DateTime(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Number(number) => Number::from_f64(*number).map_or(serde_json::Value::Null, Into::into),
        Value::Bool(value) => (*value).into(),
        Value::List(list) => list.iter().map(json).collect(),
        Value::Table(table) => understood(table),
        // Nothing refused reaches a scenario that is explained.
        Value::LargeInteger(_) | Value::NoNumber(_) | Value::Refused => serde_json::Value::Null,
    }
}

/// The scenario as TOML with comments; the notes come first.
pub(super) fn text(root: &Table, notes: &[String]) -> String {
    let mut out = String::new();
    for note in notes {
        let _infallible = writeln!(out, "# note: {note}");
    }
    table(&mut out, root, "");
    out
}

/// Keys with simple values first, then the tables.
fn table(out: &mut String, table: &Table, path: &str) {
    for entry in &table.entries {
        if is_section(&entry.node, path) {
            continue;
        }
        let line = format!("{} = {}", key(&entry.key), inline(&entry.node));
        match &entry.node.origin {
            Origin::Default(reason) => {
                let reason = if reason.starts_with('[') { format!("default, {reason}") } else { (*reason).to_owned() };
                let _infallible = writeln!(out, "{line:<48} # {reason}");
            }
            Origin::Written(_) => {
                let _infallible = writeln!(out, "{line}");
            }
        }
    }
    for &(name, meaning) in table.absent.iter().filter(|(name, _)| table.get(name).is_none()) {
        let _infallible = writeln!(out, "# {name} is absent: {meaning}");
    }
    for entry in table.entries.iter().filter(|entry| is_section(&entry.node, path)) {
        let path = if path.is_empty() { key(&entry.key) } else { format!("{path}.{}", key(&entry.key)) };
        match &entry.node.value {
            Value::List(list) => {
                for node in list {
                    let _infallible = writeln!(out, "\n[[{path}]]");
                    node.table().into_iter().for_each(|inner| self::table(out, inner, &path));
                }
            }
            Value::Table(inner) => {
                if inner.entries.iter().any(|entry| !is_section(&entry.node, &path)) {
                    let _infallible = writeln!(out, "\n[{path}]");
                }
                self::table(out, inner, &path);
            }
            _ => {}
        }
    }
}

/// What gets a heading of its own: the tables that scenarios write so, and those with defaults of their own.
pub(super) fn is_section(node: &Node, path: &str) -> bool {
    match &node.value {
        Value::Table(table) => {
            let defaults = table.entries.iter().any(|entry| matches!(entry.node.origin, Origin::Default(_)));
            let own_default = matches!(node.origin, Origin::Default(reason) if reason.starts_with('['));
            path.is_empty() || ["functions", "downstream", "strategy"].contains(&path) || (defaults && !own_default)
        }
        Value::List(list) => path.is_empty() && !list.is_empty() && list.iter().all(|entry| entry.table().is_some()),
        _ => false,
    }
}

pub(super) fn inline(node: &Node) -> String {
    match &node.value {
        // Only JSON has several lines, and it is the same in one.
        Value::Text(text) => toml::Value::from(text.replace(['\n', '\r', '\t'], " ")).to_string(),
        Value::DateTime(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => format!("{number:?}"),
        Value::Bool(value) => value.to_string(),
        Value::List(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Table(table) => {
            let entries = table.entries.iter().map(|entry| format!("{} = {}", key(&entry.key), inline(&entry.node)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::LargeInteger(_) | Value::NoNumber(_) | Value::Refused => "\"\"".to_owned(),
    }
}

pub(super) fn key(key: &str) -> String {
    let bare = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') && !key.is_empty();
    if bare { key.to_owned() } else { toml::Value::from(key).to_string() }
}
