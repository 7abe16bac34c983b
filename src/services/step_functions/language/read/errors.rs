//! Retriers and catchers.

use super::super::json::Document;
use super::super::machine::{Catcher, QueryLanguage};
use super::super::retry::{Retrier, reserved};
use super::common::{has_substitution, whole};
use super::states::SECONDS_AT_MOST;
use super::{Reader, Scope};

/// AWS's longest `MaxDelaySeconds`.
const DELAY_AT_MOST: u64 = 31_622_400;

impl Reader {
    fn error_names(&mut self, path: &str, document: &Document, is_last: bool) -> Option<Vec<String>> {
        let Some(Document::List(list)) = document.get("ErrorEquals").filter(|list| **list != Document::List(vec![]))
        else {
            self.fault(path, "expected `ErrorEquals`, an array of at least one error name");
            return None;
        };
        let names: Option<Vec<String>> = list.iter().map(|name| name.text().map(str::to_owned)).collect();
        let place = format!("{path}.ErrorEquals");
        let Some(names) = names else {
            self.fault(place, "expected the names of errors, as strings");
            return None;
        };
        if names.iter().any(|name| name == reserved::ALL) && (names.len() > 1 || !is_last) {
            self.fault(place, "`States.ALL` must stand alone and last");
        }
        Some(names)
    }

    pub(super) fn retriers(&mut self, path: &str, document: &Document) -> Vec<Retrier> {
        let list = match document.get("Retry") {
            None => return Vec::new(),
            Some(Document::List(list)) => list,
            Some(other) => {
                self.fault(format!("{path}.Retry"), format!("expected an array of retriers, not {}", other.kind()));
                return Vec::new();
            }
        };
        let each = list.iter().enumerate();
        each.filter_map(|(index, retrier)| {
            self.retrier(&format!("{path}.Retry[{index}]"), retrier, index + 1 == list.len())
        })
        .collect()
    }

    fn retrier(&mut self, path: &str, document: &Document, is_last: bool) -> Option<Retrier> {
        let fields = [
            "ErrorEquals",
            "IntervalSeconds",
            "MaxAttempts",
            "BackoffRate",
            "MaxDelaySeconds",
            "JitterStrategy",
            "Comment",
        ];
        self.known_fields(path, document, &fields);
        let errors = self.error_names(path, document, is_last);
        let interval_seconds = self.whole_or(path, document, "IntervalSeconds", 1..=SECONDS_AT_MOST, 1);
        let max_attempts = self.whole_or(path, document, "MaxAttempts", 0..=SECONDS_AT_MOST, 3);
        let max_delay_seconds = document
            .get("MaxDelaySeconds")
            .map(|_| self.whole_or(path, document, "MaxDelaySeconds", 1..=DELAY_AT_MOST, DELAY_AT_MOST));
        if max_delay_seconds.is_some_and(|longest| longest <= interval_seconds) {
            self.fault(format!("{path}.MaxDelaySeconds"), "expected more than `IntervalSeconds`");
        }
        let backoff_rate = match document.get("BackoffRate") {
            None => 2.0,
            Some(Document::Number(number)) if number.as_f64().is_some_and(|rate| rate >= 1.0) => {
                number.as_f64().unwrap_or(1.0)
            }
            Some(other) if other.text().is_some_and(has_substitution) => 2.0,
            Some(_) => {
                self.fault(format!("{path}.BackoffRate"), "expected a number of at least 1");
                1.0
            }
        };
        let full_jitter = match document.get("JitterStrategy").map(Document::text) {
            None | Some(Some("NONE")) => false,
            Some(Some("FULL")) => true,
            Some(_) => {
                self.fault(format!("{path}.JitterStrategy"), "expected \"FULL\" or \"NONE\"");
                false
            }
        };
        Some(Retrier { errors: errors?, interval_seconds, max_attempts, backoff_rate, max_delay_seconds, full_jitter })
    }

    fn whole_or(
        &mut self,
        path: &str,
        document: &Document,
        field: &str,
        bounds: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> u64 {
        let Some(value) = document.get(field) else { return default };
        match whole(value) {
            Some(number) if bounds.contains(&number) => number,
            _ if value.text().is_some_and(has_substitution) => default,
            _ => {
                let reason = format!("expected a whole number from {} to {}", bounds.start(), bounds.end());
                self.fault(format!("{path}.{field}"), reason);
                default
            }
        }
    }

    pub(super) fn catchers(
        &mut self,
        path: &str,
        document: &Document,
        scope: &Scope,
        language: QueryLanguage,
    ) -> Vec<Catcher> {
        let list = match document.get("Catch") {
            None => return Vec::new(),
            Some(Document::List(list)) => list,
            Some(other) => {
                self.fault(format!("{path}.Catch"), format!("expected an array of catchers, not {}", other.kind()));
                return Vec::new();
            }
        };
        let each = list.iter().enumerate();
        each.filter_map(|(index, catcher)| {
            let place = format!("{path}.Catch[{index}]");
            self.catcher(&place, catcher, index + 1 == list.len(), scope, language)
        })
        .collect()
    }

    fn catcher(
        &mut self,
        path: &str,
        document: &Document,
        is_last: bool,
        scope: &Scope,
        language: QueryLanguage,
    ) -> Option<Catcher> {
        let own = if language == QueryLanguage::Jsonata { "Output" } else { "ResultPath" };
        self.known_fields(path, document, &["ErrorEquals", "Next", "Assign", "Comment", own]);
        let errors = self.error_names(path, document, is_last);
        let next = match document.get("Next") {
            Some(value) => self.target(&format!("{path}.Next"), value, scope),
            None => {
                self.fault(path, "`Next` is missing");
                None
            }
        };
        let result = self.result_path(path, document);
        let output_template = self.template(path, document, "Output", language);
        let assign = self.template(path, document, "Assign", language);
        Some(Catcher { errors: errors?, next: next?, result, output_template, assign })
    }
}
