//! YAML as a document: the JSON of it, with bounds, since machine files come from strangers.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::Number;

use super::json::{Document, DocumentError};

/// Deepest nesting.
const DEEPEST: usize = 128;

/// What is being read: a list, or an object with the key whose value is to come.
enum Open {
    List(Vec<Document>, Option<String>),
    Table(Vec<(String, Document)>, Option<String>, Option<String>),
}

/// Reads the first document of a text.
///
/// A tag of CloudFormation (`!Ref X`, `!Sub X`) becomes what it stands for (`{"Ref": X}`, `{"Fn::Sub": X}`).
///
/// # Errors
/// Where it is not YAML, or nested deeper than 128; aliases are not followed, since a few of them can stand for gigabytes.
pub(super) fn parse(text: &str) -> Result<Document, DocumentError> {
    let mut open: Vec<Open> = Vec::new();
    let mut whole = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| DocumentError {
            line: error.marker().line(),
            column: error.marker().col() + 1,
            reason: error.info().to_owned(),
        })?;
        let refused = |reason: &str| Err(at(&span, reason));
        let done = match event {
            Event::Alias(_) => return refused("aliases are not followed: expected the value itself"),
            Event::Scalar(text, style, _, tag) => tagged(scalar(&text, style, tag.as_deref()), tag.as_deref()),
            Event::SequenceStart(_, tag) => {
                open.push(Open::List(Vec::new(), function(tag.as_deref())));
                if open.len() > DEEPEST {
                    return refused("this is nested too deep");
                }
                continue;
            }
            Event::MappingStart(_, tag) => {
                open.push(Open::Table(Vec::new(), None, function(tag.as_deref())));
                if open.len() > DEEPEST {
                    return refused("this is nested too deep");
                }
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(list, function)) => wrapped(Document::List(list), function),
                Some(Open::Table(entries, _, function)) => wrapped(Document::Table(entries), function),
                None => return refused("this ends what never began"),
            },
            Event::DocumentEnd => break,
            _ => continue,
        };
        match open.last_mut() {
            None => whole = Some(done),
            Some(Open::List(list, _)) => list.push(done),
            Some(Open::Table(entries, key, _)) => match key.take() {
                Some(key) => entries.push((key, done)),
                None => match name(&done) {
                    Some(name) => *key = Some(name),
                    None => return refused("expected a string as the key"),
                },
            },
        }
    }
    whole.ok_or_else(|| DocumentError { line: 1, column: 1, reason: "there is nothing in it".to_owned() })
}

fn at(span: &Span, reason: &str) -> DocumentError {
    DocumentError { line: span.start.line(), column: span.start.col() + 1, reason: reason.to_owned() }
}

/// A key as a string: YAML's `1:` and `true:` too.
fn name(key: &Document) -> Option<String> {
    match key {
        Document::Text(text) => Some(text.clone()),
        Document::Null | Document::Bool(_) | Document::Number(_) => Some(key.to_value().to_string()),
        Document::List(_) | Document::Table(_) => None,
    }
}

/// What a plain scalar is by YAML's core schema; in quotes it is a string.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Document {
    let is_string =
        style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if is_string {
        return Document::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Document::Null,
        "true" | "True" | "TRUE" => return Document::Bool(true),
        "false" | "False" | "FALSE" => return Document::Bool(false),
        _ => {}
    }
    let radix =
        |prefix: &str, radix| text.strip_prefix(prefix).and_then(|digits| u64::from_str_radix(digits, radix).ok());
    let whole = radix("0x", 16).or_else(|| radix("0o", 8)).map(Number::from);
    let looks_like_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let decimal = || {
        let text = text.strip_prefix('+').unwrap_or(text);
        text.parse::<i64>().ok().map(Number::from).or_else(|| text.parse().ok().and_then(Number::from_f64))
    };
    match whole.or_else(|| looks_like_number.then(decimal).flatten()) {
        Some(number) => Document::Number(number),
        None => Document::Text(text.to_owned()),
    }
}

/// The function of CloudFormation that a tag stands for.
fn function(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty())?;
    Some(if tag.suffix == "Ref" { "Ref".to_owned() } else { format!("Fn::{}", tag.suffix) })
}

fn tagged(document: Document, tag: Option<&Tag>) -> Document {
    wrapped(document, function(tag))
}

fn wrapped(document: Document, function: Option<String>) -> Document {
    match function {
        Some(function) => Document::Table(vec![(function, document)]),
        None => document,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yaml_is_the_json_it_stands_for() {
        let text = "# a machine\nStartAt: A\nlist: [1, 0x10, -2.5, 'x', \"1\", ~, true]\nnested:\n  - a: >\n      folded\n      text\n    b: !Ref Name\n    c: !Sub '${X}'\n  - {}\n2: no\n";
        let value = parse(text).unwrap().to_value();
        let expected = json!({
            "StartAt": "A", "list": [1, 16, -2.5, "x", "1", null, true],
            "nested": [{"a": "folded text\n", "b": {"Ref": "Name"}, "c": {"Fn::Sub": "${X}"}}, {}],
            "2": "no"
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn what_is_no_yaml_or_too_much_of_it_is_refused() {
        for text in ["a: [1", "a: *b", "a: &x 1\nb: *x", "", "a: b: c", "[a]: 1"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err(), "deep nesting is refused, not followed");
        assert!(parse(&"- ".repeat(100_000)).is_err(), "deep nesting is refused, not followed");
        assert_eq!(parse("a: 1\nb: [").unwrap_err().line, 3);
    }

    #[test]
    fn keys_that_stand_twice_are_kept() {
        assert_eq!(parse("a: 1\na: 2").unwrap().entries().len(), 2);
    }
}
