//! The rules of Choice states in a few words, for people: `total > 500`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Symbols of the ends of operators' names, the longest first.
const SYMBOLS: [(&str, &str); 5] =
    [("LessThanEquals", "≤"), ("GreaterThanEquals", "≥"), ("LessThan", "<"), ("GreaterThan", ">"), ("Equals", "=")];

/// The rules of each Choice state of a machine, by the state's name, out of the machine's JSON.
#[must_use]
pub fn rules_in_words(machine: &Value) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    collect(machine, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeMap<String, Vec<String>>) {
    let Some(states) = value.get("States").and_then(Value::as_object) else { return };
    for (name, state) in states {
        if let Some(choices) = state.get("Choices").and_then(Value::as_array) {
            found.insert(name.clone(), choices.iter().map(words).collect());
        }
        state.get("Branches").and_then(Value::as_array).into_iter().flatten().for_each(|branch| collect(branch, found));
        ["ItemProcessor", "Iterator"].iter().filter_map(|key| state.get(key)).for_each(|inner| collect(inner, found));
    }
}

/// A rule, or a part of one.
fn words(rule: &Value) -> String {
    let Some(rule) = rule.as_object() else { return String::new() };
    if let Some(condition) = rule.get("Condition").and_then(Value::as_str) {
        return condition.trim_start_matches("{%").trim_end_matches("%}").trim().to_owned();
    }
    let list = |key: &str, word: &str| {
        let parts = rule.get(key)?.as_array()?;
        Some(parts.iter().map(words).collect::<Vec<_>>().join(word))
    };
    let not = || rule.get("Not").map(|inner| format!("not ({})", words(inner)));
    list("And", " and ").or_else(|| list("Or", " or ")).or_else(not).unwrap_or_else(|| comparison(rule))
}

fn comparison(rule: &Map<String, Value>) -> String {
    let variable = rule.get("Variable").and_then(Value::as_str).map_or("", plain);
    let operator =
        rule.iter().find(|(key, _)| !["Variable", "Next", "Assign", "Output", "Comment"].contains(&key.as_str()));
    let Some((operator, operand)) = operator else { return variable.to_owned() };
    match (operator.as_str(), operand) {
        ("IsPresent", Value::Bool(true)) => return format!("has {variable}"),
        ("IsPresent", _) => return format!("no {variable}"),
        ("BooleanEquals", Value::Bool(true)) => return variable.to_owned(),
        ("BooleanEquals", Value::Bool(false)) => return format!("not {variable}"),
        ("StringMatches", _) => return format!("{variable} like {}", value(operand)),
        _ => {}
    }
    if let Some(nature) = operator.strip_prefix("Is") {
        let is = if operand == &Value::Bool(false) { "is no" } else { "is a" };
        return format!("{variable} {is} {}", nature.to_lowercase());
    }
    let order = operator.strip_suffix("Path").unwrap_or(operator);
    let symbol = SYMBOLS.iter().find(|(name, _)| order.ends_with(name)).map_or("?", |&(_, symbol)| symbol);
    format!("{variable} {symbol} {}", value(operand))
}

fn value(operand: &Value) -> String {
    match operand {
        Value::String(text) => plain(text).to_owned(),
        other => other.to_string(),
    }
}

/// A path without its `$.`.
fn plain(text: &str) -> &str {
    text.strip_prefix("$.").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rules_read_as_people_say_them() {
        for (rule, expected) in [
            (json!({"Variable": "$.total", "NumericGreaterThan": 500, "Next": "A"}), "total > 500"),
            (json!({"Variable": "$.a", "StringEquals": "paid", "Next": "A"}), "a = paid"),
            (json!({"Variable": "$.a", "NumericLessThanEqualsPath": "$.b"}), "a ≤ b"),
            (json!({"Variable": "$.ok", "BooleanEquals": false}), "not ok"),
            (json!({"Variable": "$.x", "IsPresent": true}), "has x"),
            (json!({"Variable": "$.x", "IsNull": true}), "x is a null"),
            (json!({"Not": {"Variable": "$.x", "StringMatches": "a*"}}), "not (x like a*)"),
            (
                json!({"And": [{"Variable": "$.x", "IsPresent": true}, {"Variable": "$.x", "NumericEquals": 1}]}),
                "has x and x = 1",
            ),
            (json!({"Condition": "{% $states.input.x > 1 %}"}), "$states.input.x > 1"),
        ] {
            assert_eq!(words(&rule), expected, "{rule}");
        }
    }

    #[test]
    fn rules_are_found_in_branches_and_processors_too() {
        let choice =
            |name: &str| json!({name: {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true}]}});
        let machine = json!({"States": {
            "Fork": {"Type": "Parallel", "Branches": [{"States": choice("One")}]},
            "Each": {"Type": "Map", "ItemProcessor": {"States": choice("Two")}},
        }});
        assert_eq!(rules_in_words(&machine).keys().collect::<Vec<_>>(), ["One", "Two"]);
    }
}
