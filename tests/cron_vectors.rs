//! Schedule expressions against what AWS answered and what public libraries expect.
//!
//! Where these disagree with each other or with AWS's documentation, the disagreement is listed with its reason; a listed
//! one that goes away fails the test too.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use simctl::services::schedule::Expression;

/// Refused, though a library gives them times: the step of 0. Not verified on AWS, and invalid by the validity list.
const REFUSED: &str = "/0 ";

/// An empty list of times means that the rule never fires again, except where the library was asked for no times at all.
const ASKED_FOR_NONE: &str = "*/5 * * * ? *";

/// Accepted, though the validity list (its authors' reading of the documentation) calls them invalid.
const ACCEPTED: [(&str, &str, &str); 10] = [
    ("dayOfWeek", "*/4", "`*/b` counts from the least value in every field; the fire-time vectors have `*/3` here"),
    ("dayOfMonth", "05-10", "a padded `05` is accepted alone, and stands in published templates"),
    ("hour", "05-10", "as for day-of-month"),
    ("month", "05-10", "as for day-of-month"),
    ("month", "jan", "the documentation does not speak of case"),
    ("month", "Jan", "as for `jan`"),
    ("month", "jAn", "as for `jan`"),
    ("month", "JAN-12", "the same list accepts the mix of names and numbers in `JAN-APR,6,9/3`"),
    ("month", "1,JUN", "as for `JAN-12`"),
    ("year", "2000/01", "a padded number is read as elsewhere"),
];

/// A file of vectors beside the checkout; none, said aloud, where it is absent.
fn vectors(name: &str) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/cron-vectors").join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: ../shared/data/cron-vectors/{name} is absent");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

fn instants(value: &Value) -> Vec<Timestamp> {
    value.as_array().unwrap().iter().map(instant).collect()
}

/// Times from `start` on, inclusive or not.
fn times<'a>(rule: &'a Expression, vector: &Value) -> impl Iterator<Item = Timestamp> + 'a {
    let start = instant(&vector["start"]);
    let first = if vector["start_inclusive"] == true { rule.first_at_or_after(start) } else { rule.next_after(start) };
    std::iter::successors(first, |&last| rule.next_after(last))
}

fn check(vector: &Value) {
    let fields = vector["expr"].as_str().unwrap();
    let text = format!("cron({fields})");
    let rule = Expression::parse(&text);
    if format!("{fields} ").contains(REFUSED) {
        assert!(rule.is_err(), "{text} is listed as refused");
        return;
    }
    let rule = rule.unwrap_or_else(|error| panic!("{text}: {error}"));
    match vector["kind"].as_str().unwrap() {
        "next" => {
            let expected = instants(&vector["expected"]);
            let many = if fields == ASKED_FOR_NONE { expected.len() } else { expected.len().max(1) };
            assert_eq!(times(&rule, vector).take(many).collect::<Vec<_>>(), expected, "{text}");
        }
        "between" => {
            let end = instant(&vector["end"]);
            let last = if vector["end_inclusive"] == true { end } else { end - SignedDuration::from_nanos(1) };
            let found: Vec<_> = times(&rule, vector).take_while(|&time| time <= last).collect();
            assert_eq!(found, instants(&vector["expected"]), "{text}");
        }
        "match" => {
            for case in vector["cases"].as_array().unwrap() {
                let at = instant(&case[0]);
                assert_eq!(rule.matches(at, at), case[1] == true, "{text} at {at}");
            }
        }
        kind => panic!("no check for vectors of kind {kind}"),
    }
}

/// Rule [doc] E-sched: A cron expression fires in each minute that matches it.
#[test]
fn fire_times_are_those_of_the_vectors() {
    let Some(vectors) = vectors("vectors.json") else { return };
    let vectors = vectors.as_array().unwrap();
    assert!(vectors.len() > 100);
    for vector in vectors {
        assert!(vector.get("timezone").is_none(), "rules are in UTC");
        check(vector);
    }
}

/// Rule [doc] E-sched; edges inferred from Quartz: The six-field `cron(...)` grammar: `, - * / ? L W #`, exactly one `?` in the day fields, names, wrapping ranges, 1970 to 2199.
/// Rule [doc] E-sched; what PutRule answers measured: `rate(...)`: whole minutes, hours or days, singular for 1.
#[test]
fn put_rule_and_the_parser_agree() {
    let Some(answers) = vectors("aws-accepted-rejected.json") else { return };
    for text in answers["accepted_by_aws"].as_array().unwrap() {
        let text = text.as_str().unwrap();
        assert!(Expression::parse(text).is_ok(), "{text} is accepted by AWS");
    }
    for text in answers["rejected_by_aws"].as_array().unwrap() {
        let text = text.as_str().unwrap();
        assert!(Expression::parse(text).is_err(), "{text} is rejected by AWS");
    }
}

/// The expression in which one field is as given.
fn with_field(field: &str, text: &str) -> String {
    match field {
        "minute" => format!("cron({text} 1 1 1 ? *)"),
        "hour" => format!("cron(1 {text} 1 1 ? *)"),
        "dayOfMonth" if text == "?" => "cron(1 1 ? 1 1 *)".to_owned(),
        "dayOfMonth" => format!("cron(1 1 {text} 1 ? *)"),
        "month" => format!("cron(1 1 1 {text} ? *)"),
        "dayOfWeek" if text == "?" => "cron(1 1 1 1 ? *)".to_owned(),
        "dayOfWeek" => format!("cron(1 1 ? 1 {text} *)"),
        "year" => format!("cron(1 1 1 1 ? {text})"),
        _ => panic!("no field {field}"),
    }
}

/// Rule [doc] E-sched; edges inferred from Quartz: The six-field `cron(...)` grammar: `, - * / ? L W #`, exactly one `?` in the day fields, names, wrapping ranges, 1970 to 2199.
#[test]
fn single_fields_are_valid_as_listed() {
    let Some(fields) = vectors("field-validity.json") else { return };
    for (field, cases) in fields.as_object().unwrap() {
        for case in cases.as_array().unwrap() {
            let text = case["expression"].as_str().unwrap();
            // Blanks separate fields, so those around a field belong to none of them.
            if text.trim() != text {
                continue;
            }
            let listed = ACCEPTED.iter().any(|&(of, what, _)| (of, what) == (field, text));
            assert!(!(listed && case["valid"] == true), "{field} `{text}` is no disagreement");
            let expected = case["valid"] == true || listed;
            let found = Expression::parse(&with_field(field, text));
            assert_eq!(found.is_ok(), expected, "{field} `{text}`: {found:?}");
        }
    }
}
