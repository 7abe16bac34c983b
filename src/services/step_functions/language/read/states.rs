//! States, by type.

use super::super::choice::{Condition, Operand, Operator, instant_of};
use super::super::json::Document;
use super::super::machine::{Amount, Data, Kind, QueryLanguage, Rule, State, Task, Transition, Wait};
use super::common::{has_substitution, key};
use super::fields;
use super::{Place, Reader, Scope};

/// The longest time of the language, in seconds.
pub(super) const SECONDS_AT_MOST: u64 = 99_999_999;
/// Deepest nesting of Boolean operators in a condition.
const CONDITIONS_DEEP: usize = 32;

impl Reader {
    pub(super) fn state(
        &mut self,
        path: &str,
        name: &str,
        document: &Document,
        scope: &Scope,
        inherited: QueryLanguage,
        inner: Place,
    ) -> Option<State> {
        if !matches!(document, Document::Table(_)) {
            self.fault(path, format!("expected a state, not {}", document.kind()));
            return None;
        }
        let Some(word) = document.get("Type").and_then(Document::text) else {
            self.fault(path, "`Type` is missing");
            return None;
        };
        let language = self.language(path, document, inherited);
        let Some(known) = fields::of(word, language) else {
            let types: Vec<&str> = fields::types().collect();
            self.fault(
                format!("{path}.Type"),
                format!("\"{word}\" is no type of state: expected {}", types.join(", ")),
            );
            return None;
        };
        self.known_fields(path, document, &known);
        let data = self.data(path, document, language);
        let retry = self.retriers(path, document);
        let catch = self.catchers(path, document, scope, language);
        let goes_on = known.contains(&"Next");
        let next = goes_on.then(|| self.transition(path, document, scope)).flatten();
        let kind = self.kind(path, word, document, scope, language, inner)?;
        (next.is_some() || !goes_on).then(|| State { name: name.to_owned(), language, kind, data, retry, catch, next })
    }

    fn data(&mut self, path: &str, document: &Document, language: QueryLanguage) -> Data {
        let is_map = document.get("Type").and_then(Document::text) == Some("Map");
        // A Map's older `Parameters` are its `ItemSelector`.
        let field = if language == QueryLanguage::Jsonata { "Arguments" } else { "Parameters" };
        Data {
            input: self.selection(path, document, "InputPath"),
            parameters: if is_map { None } else { self.template(path, document, field, language) },
            result_selector: self.template(path, document, "ResultSelector", language),
            result: self.result_path(path, document),
            output: self.selection(path, document, "OutputPath"),
            output_template: self.template(path, document, "Output", language),
            assign: self.template(path, document, "Assign", language),
        }
    }

    /// Exactly one of `Next` and `End: true`.
    fn transition(&mut self, path: &str, document: &Document, scope: &Scope) -> Option<Transition> {
        match (document.get("Next"), document.get("End")) {
            (Some(next), None) => self.target(&format!("{path}.Next"), next, scope).map(Transition::To),
            (None, Some(Document::Bool(true))) => Some(Transition::End),
            (Some(next), Some(Document::Bool(false))) => {
                self.target(&format!("{path}.Next"), next, scope).map(Transition::To)
            }
            (None, Some(_)) => {
                self.fault(format!("{path}.End"), "expected true");
                None
            }
            (Some(_), Some(_)) => {
                self.fault(path, "expected `Next` or `End`, not both");
                None
            }
            (None, None) => {
                self.fault(path, "expected `Next`, or `End` with true");
                None
            }
        }
    }

    fn kind(
        &mut self,
        path: &str,
        word: &str,
        document: &Document,
        scope: &Scope,
        language: QueryLanguage,
        inner: Place,
    ) -> Option<Kind> {
        match word {
            "Pass" => Some(Kind::Pass { result: document.get("Result").map(|result| result.to_value().into()) }),
            "Task" => self.task(path, document, language).map(|task| Kind::Task(Box::new(task))),
            "Choice" => self.choice(path, document, scope, language),
            "Wait" => self.wait(path, document, language).map(Kind::Wait),
            "Succeed" => Some(Kind::Succeed),
            "Fail" => Some(Kind::Fail {
                error: self.made_text(path, document, "Error", language),
                cause: self.made_text(path, document, "Cause", language),
            }),
            "Parallel" => self.branches(path, document, language, inner),
            _ => self.map(path, document, language, inner).map(|map| Kind::Map(Box::new(map))),
        }
    }

    fn task(&mut self, path: &str, document: &Document, language: QueryLanguage) -> Option<Task> {
        let place = format!("{path}.Resource");
        let resource = match document.get("Resource") {
            Some(Document::Text(text)) => {
                self.resource(&place, text);
                Some(text.clone())
            }
            // What CloudFormation puts an ARN in the place of.
            Some(Document::Table(entries)) if matches!(entries.as_slice(), [(name, _)] if name == "Ref" || name.starts_with("Fn::")) => {
                Some(document.get("Resource").map(|resource| resource.to_value().to_string()).unwrap_or_default())
            }
            Some(other) => {
                self.fault(place, format!("expected an ARN, not {}", other.kind()));
                None
            }
            None => {
                self.fault(path, "`Resource` is missing");
                None
            }
        };
        if let Some(credentials) = document.get("Credentials") {
            if matches!(credentials, Document::Table(_)) {
                let _checked = self.template(path, document, "Credentials", language);
            } else {
                self.fault(format!("{path}.Credentials"), format!("expected an object, not {}", credentials.kind()));
            }
        }
        let timeout = self.amount(path, document, "TimeoutSeconds", 1..=SECONDS_AT_MOST, language);
        let heartbeat = self.amount(path, document, "HeartbeatSeconds", 1..=SECONDS_AT_MOST, language);
        let timeout = timeout.unwrap_or(Amount::Fixed(SECONDS_AT_MOST));
        if let (Amount::Fixed(timeout), Some(Amount::Fixed(heartbeat))) = (&timeout, &heartbeat)
            && heartbeat >= timeout
        {
            self.fault(format!("{path}.HeartbeatSeconds"), format!("expected less than the timeout, {timeout}"));
        }
        Some(Task { resource: resource?, timeout, heartbeat })
    }

    /// An ARN, or a text with a substitution; of a Lambda function, its version or alias too.
    fn resource(&mut self, place: &str, text: &str) {
        if text.contains("${") {
            if !has_substitution(text) {
                self.fault(place, "the substitution `${` has no `}`");
            }
            return;
        }
        if text.is_empty() {
            return self.fault(place, "expected an ARN, not an empty string");
        }
        let parts: Vec<&str> = text.split(':').collect();
        if parts.len() >= 8 && parts[..3] == ["arn", "aws", "lambda"] && parts[5] == "function" {
            let qualifier = parts[7];
            let is_name =
                !qualifier.is_empty() && qualifier.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
            if qualifier != "$LATEST" && !is_name {
                self.fault(place, format!("\"{qualifier}\" is no version or alias of a function"));
            }
        }
    }

    fn choice(&mut self, path: &str, document: &Document, scope: &Scope, language: QueryLanguage) -> Option<Kind> {
        let default = document.get("Default").and_then(|value| self.target(&format!("{path}.Default"), value, scope));
        let Some(Document::List(list)) = document.get("Choices").filter(|list| **list != Document::List(vec![])) else {
            self.fault(path, "expected `Choices`, an array of at least one rule");
            return None;
        };
        let rules = list.iter().enumerate().map(|(index, rule)| {
            let place = format!("{path}.Choices[{index}]");
            let next = match rule.get("Next") {
                Some(value) => self.target(&format!("{place}.Next"), value, scope),
                None => {
                    self.fault(&place, "`Next` is missing");
                    None
                }
            };
            let assign = self.template(&place, rule, "Assign", language);
            let output_template = self.template(&place, rule, "Output", language);
            let condition = match language {
                QueryLanguage::JsonPath => self.condition(&place, rule, 0),
                QueryLanguage::Jsonata => self.expression_condition(&place, rule),
            };
            Some(Rule { condition: condition?, next: next?, assign, output_template })
        });
        let rules: Vec<Option<Rule>> = rules.collect();
        Some(Kind::Choice { rules: rules.into_iter().collect::<Option<_>>()?, default })
    }

    fn expression_condition(&mut self, path: &str, rule: &Document) -> Option<Condition> {
        self.known_fields(path, rule, &["Condition", "Next", "Assign", "Output", "Comment"]);
        match rule.get("Condition") {
            Some(Document::Bool(value)) => Some(Condition::Fixed(*value)),
            Some(Document::Text(text)) => {
                let place = format!("{path}.Condition");
                self.expression(&place, text, "an expression between `{%` and `%}`").map(Condition::Expression)
            }
            Some(other) => {
                self.fault(format!("{path}.Condition"), format!("expected an expression, not {}", other.kind()));
                None
            }
            None => {
                self.fault(path, "`Condition` is missing");
                None
            }
        }
    }

    fn condition(&mut self, path: &str, rule: &Document, depth: usize) -> Option<Condition> {
        if depth > CONDITIONS_DEEP {
            self.fault(path, "this condition is nested too deep");
            return None;
        }
        let around: &[&str] =
            if depth == 0 { &["Next", "Comment", "Assign", "Variable"] } else { &["Comment", "Variable"] };
        let names = rule.entries().iter().map(|(name, _)| name.as_str());
        let operators: Vec<&str> = names.filter(|name| !around.contains(name)).collect();
        let &[operator] = operators.as_slice() else {
            let found = if operators.is_empty() { "none".to_owned() } else { operators.join(", ") };
            self.fault(path, format!("expected one comparison, And, Or or Not, but there is {found}"));
            return None;
        };
        let place = format!("{path}.{}", key(operator));
        let value = rule.get(operator)?;
        for name in around {
            let count = rule.entries().iter().filter(|(other, _)| other == name).count();
            if count > 1 {
                self.fault(format!("{path}.{name}"), "this field stands twice");
            } else if count == 1 && *name == "Variable" && ["And", "Or", "Not"].contains(&operator) {
                self.fault(format!("{path}.{name}"), format!("`{operator}` combines conditions and has no variable"));
            }
        }
        match operator {
            "And" => self.conditions(&place, value, depth).map(Condition::And),
            "Or" => self.conditions(&place, value, depth).map(Condition::Or),
            "Not" => self.condition(&place, value, depth + 1).map(|inner| Condition::Not(Box::new(inner))),
            operator => self.comparison(path, &place, rule, operator, value),
        }
    }

    fn conditions(&mut self, path: &str, value: &Document, depth: usize) -> Option<Vec<Condition>> {
        match value {
            Document::List(list) if !list.is_empty() => {
                let each = list.iter().enumerate();
                let all: Vec<Option<Condition>> =
                    each.map(|(index, one)| self.condition(&format!("{path}[{index}]"), one, depth + 1)).collect();
                all.into_iter().collect()
            }
            _ => {
                self.fault(path, "expected an array of at least one condition");
                None
            }
        }
    }

    fn comparison(
        &mut self,
        path: &str,
        place: &str,
        rule: &Document,
        name: &str,
        value: &Document,
    ) -> Option<Condition> {
        let Some((operator, by_path)) = Operator::find(name) else {
            self.fault(place, format!("there is no comparison \"{name}\""));
            return None;
        };
        let variable = match rule.get("Variable") {
            Some(variable) => self.path(&format!("{path}.Variable"), variable),
            None => {
                self.fault(path, "`Variable` is missing");
                None
            }
        };
        let operand = if by_path {
            self.path(place, value).map(Operand::Path)
        } else {
            let plain = value.to_value();
            if operator.accepts(&plain) || value.text().is_some_and(has_substitution) {
                Some(Operand::Value(plain))
            } else {
                self.fault(place, format!("expected {}", operator.expected()));
                None
            }
        };
        Some(Condition::Compares { variable: variable?, operator, operand: operand? })
    }

    fn wait(&mut self, path: &str, document: &Document, language: QueryLanguage) -> Option<Wait> {
        let ways = ["Seconds", "Timestamp", "SecondsPath", "TimestampPath"];
        let given: Vec<&str> = ways.into_iter().filter(|way| document.get(way).is_some()).collect();
        let &[way] = given.as_slice() else {
            self.fault(path, "expected exactly one of Seconds, Timestamp, SecondsPath and TimestampPath");
            return None;
        };
        let value = document.get(way)?;
        let place = format!("{path}.{way}");
        match way {
            "Timestamp" => {
                let text = value.text().unwrap_or_default();
                if language == QueryLanguage::Jsonata && text.contains("{%") {
                    return self.expression(&place, text, "an instant or an expression").map(Wait::UntilExpression);
                }
                if has_substitution(text) {
                    // An instant that nobody knows has passed.
                    return Some(Wait::Until(jiff::Timestamp::UNIX_EPOCH));
                }
                let instant = instant_of(text);
                if instant.is_none() {
                    self.fault(place, "expected an instant such as \"2026-11-23T09:00:00Z\"");
                }
                instant.map(Wait::Until)
            }
            "TimestampPath" => self.path(&place, value).map(Wait::UntilPath),
            // Of seconds that nobody knows there are none.
            _ if value.text().is_some_and(|text| has_substitution(text) && !text.contains("{%")) => {
                Some(Wait::Seconds(Amount::Fixed(0)))
            }
            _ => self.amount(path, document, "Seconds", 0..=SECONDS_AT_MOST, language).map(Wait::Seconds),
        }
    }

    fn branches(&mut self, path: &str, document: &Document, language: QueryLanguage, inner: Place) -> Option<Kind> {
        let Some(Document::List(list)) = document.get("Branches").filter(|list| **list != Document::List(vec![]))
        else {
            self.fault(path, "expected `Branches`, an array of at least one branch");
            return None;
        };
        let each = list.iter().enumerate().map(|(index, branch)| {
            let place = format!("{path}.Branches[{index}]");
            if !matches!(branch, Document::Table(_)) {
                self.fault(place, format!("expected an object with `StartAt` and `States`, not {}", branch.kind()));
                return None;
            }
            self.known_fields(&place, branch, &["StartAt", "States", "Comment", "QueryLanguage"]);
            let language = self.language(&place, branch, language);
            self.graph(&place, branch, language, inner)
        });
        let graphs: Vec<Option<_>> = each.collect();
        graphs.into_iter().collect::<Option<_>>().map(Kind::Parallel)
    }
}
