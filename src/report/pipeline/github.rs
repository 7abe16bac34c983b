//! GitHub's workflow commands: lines of a job's log that become annotations at the line of a file.

use super::{Case, Status, cases};
use crate::experiment::results::Results;
use crate::report::{page, terminal};
use crate::scenario::{Diagnostics, Location};

/// One line an objective that was missed, or is not sure, at the line of the scenario that it was written in; then what
/// makes intervals doubtful, as warnings, and the answer as a notice. What is met for sure needs no annotation. Ends with a
/// line end.
#[must_use]
pub fn annotations(results: &Results) -> String {
    let lines = cases(results).filter_map(|case| annotation(&case));
    let title = format!("simctl {}", results.scenario);
    let properties = [("title", title)];
    let doubts = terminal::intervals(results);
    let doubts = doubts.iter().filter_map(|line| Some(command("warning", &properties, line.strip_prefix("! ")?)));
    let answer = command("notice", &properties, &page::answer_sentence(results));
    lines.chain(doubts).chain([answer]).map(|line| line + "\n").collect()
}

/// One line a fault of a scenario that is refused. Ends with a line end, if there are any.
#[must_use]
pub fn diagnostics_annotations(diagnostics: &Diagnostics) -> String {
    let line = |diagnostic| {
        let position = diagnostics.position(diagnostic);
        let place = position.map(|(text, line, column)| Location { text: text.to_owned(), line, column });
        let place = place.filter(|place| !place.text.starts_with("--"));
        command("error", &properties(place.as_ref(), "scenario"), diagnostic.title()) + "\n"
    };
    diagnostics.iter().map(line).collect()
}

fn annotation(case: &Case<'_>) -> Option<String> {
    let kind = match case.status {
        Status::Met => return None,
        Status::MetUnsure | Status::Unmeasured => "warning",
        Status::Missed => "error",
    };
    Some(command(kind, &properties(case.place, case.objective), &case.message))
}

/// Where an annotation stands, and its title.
fn properties(place: Option<&Location>, title: &str) -> Vec<(&'static str, String)> {
    let place = place.into_iter().flat_map(|place| {
        // Paths are taken from the root of the repository.
        let file = place.text.strip_prefix("./").unwrap_or(&place.text).to_owned();
        [("file", file), ("line", place.line.to_string()), ("col", place.column.to_string())]
    });
    place.chain([("title", title.to_owned())]).collect()
}

/// `::error file=scenarios/atm.toml,line=7,title=…::message`.
fn command(kind: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties: Vec<_> = properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    format!("::{kind} {}::{}", properties.join(","), data(message))
}

/// A message on one line, as the runner reads it back.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, in which colons and commas mean something besides.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::results::RareQuantile;
    use crate::report::fixture;

    #[test]
    fn what_is_missed_points_at_its_line() {
        let mut results = fixture::atm();
        for objective in &mut results.objectives {
            objective.location = Some(Location { text: "./scenarios/atm.toml".to_owned(), line: 117, column: 9 });
        }
        results.objectives[1].location = Some(Location { text: "--set #1".to_owned(), line: 1, column: 3 });
        results.objectives[2].certain = false;
        insta::assert_snapshot!(annotations(&results));
    }

    #[test]
    fn what_makes_intervals_doubtful_is_a_warning() {
        let mut results = fixture::atm();
        let (strategy, metric) = (2, "latency_p99");
        results.rare_quantiles =
            vec![RareQuantile { strategy, metric, beyond: 2.0, pooled: false, together: Some(2.5) }];
        let text = annotations(&results);
        let lines: Vec<&str> = text.lines().collect();
        let [.., doubt, answer] = &lines[..] else { panic!("{text}") };
        // The unit stands behind a blank that does not break.
        assert!(doubt.starts_with("::warning title=simctl atm::latency_p99 of per event is 2.5"), "{text}");
        assert!(answer.starts_with("::notice title=simctl atm::"), "{text}");
    }

    #[test]
    fn no_text_can_begin_a_command_of_its_own() {
        let evil = "a\n::add-mask::b\r% c,file=x:y";
        let line = command("error", &[("title", evil.to_owned())], evil);
        assert_eq!(
            line,
            "::error title=a%0A%3A%3Aadd-mask%3A%3Ab%0D%25 c%2Cfile=x%3Ay::a%0A::add-mask::b%0D%25 c,file=x:y"
        );
    }
}
