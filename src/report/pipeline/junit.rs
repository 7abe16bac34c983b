//! JUnit's XML, which pipelines of every make read: a test suite a scenario, a test case an objective of a strategy.

use std::fmt::Write as _;

use super::{Case, Status, cases};
use crate::experiment::results::Results;

/// The document. It has no times: they would differ from run to run, and the file is equal bytes for equal results.
#[must_use]
pub fn junit(results: &Results) -> String {
    let cases: Vec<Case<'_>> = cases(results).collect();
    let count = |status: Status| cases.iter().filter(|case| case.status == status).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"",
        cases.len(),
        count(Status::Missed),
        count(Status::Unmeasured)
    );
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _infallible = writeln!(out, "<testsuites name=\"simctl\" {counts}>");
    let _infallible = writeln!(out, "  <testsuite name={} {counts}>", attribute(&results.scenario));
    properties(&mut out, results);
    cases.iter().for_each(|case| test_case(&mut out, case, &results.scenario));
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// What reproduces the run.
fn properties(out: &mut String, results: &Results) {
    out.push_str("    <properties>\n");
    for (name, value) in [
        ("version", results.program_version.clone()),
        ("seed", results.seed.to_string()),
        ("replications", results.replications.to_string()),
        ("fingerprint", results.fingerprint.clone()),
    ] {
        let _infallible = writeln!(out, "      <property name=\"{name}\" value={}/>", attribute(&value));
    }
    out.push_str("    </properties>\n");
}

fn test_case(out: &mut String, case: &Case<'_>, scenario: &str) {
    let class = attribute(&format!("{scenario}.{}", case.strategy));
    let place = case
        .place
        .map_or_else(String::new, |place| format!(" file={} line=\"{}\"", attribute(&place.text), place.line));
    let _infallible = write!(out, "    <testcase classname={class} name={}{place}>", attribute(case.objective));
    let message = attribute(&case.message);
    let inner = match case.status {
        Status::Missed => format!("<failure type=\"objective\" message={message}>{}</failure>", text(&case.message)),
        Status::Unmeasured => format!("<skipped message={message}/>"),
        Status::Met | Status::MetUnsure => format!("<system-out>{}</system-out>", text(&case.message)),
    };
    let _infallible = writeln!(out, "\n      {inner}\n    </testcase>");
}

/// A value in quotes.
fn attribute(value: &str) -> String {
    format!("\"{}\"", text(value).replace('\n', "&#10;").replace('\r', "&#13;").replace('\t', "&#9;"))
}

/// Text as XML holds it; what XML 1.0 has no way to hold becomes a replacement character.
fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\r' | '\t' => out.push(letter),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            letter if letter.is_control() => out.push('\u{FFFD}'),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn each_objective_of_each_strategy_is_a_case() {
        let mut results = fixture::atm();
        results.objectives[1].undefined = true;
        insta::assert_snapshot!(junit(&results));
    }

    #[test]
    fn whatever_a_name_holds_is_text() {
        assert_eq!(text("a<b>&\"c\"'\u{7}\u{FFFF}"), "a&lt;b&gt;&amp;&quot;c&quot;&apos;\u{FFFD}\u{FFFD}");
        assert_eq!(attribute("a\nb\tc\r"), "\"a&#10;b&#9;c&#13;\"");
    }
}
