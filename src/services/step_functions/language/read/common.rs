//! Fields that many states have.

use super::super::json::Document;
use super::super::jsonata::Expression;
use super::super::machine::{Amount, Kind, QueryLanguage, Selection, State, Text, Transition};
use super::super::path::Path;
use super::super::template::{self, Template, TemplateFault};
use super::{Reader, Scope};

/// A key as a step of a JSON path.
pub(super) fn key(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if plain { name.to_owned() } else { format!("['{name}']") }
}

/// A whole number from 0.
pub(super) fn whole(value: &Document) -> Option<u64> {
    match value {
        Document::Number(number) => {
            let as_float =
                || number.as_f64().filter(|&value| value >= 0.0 && value == libm::trunc(value) && value < 1e15);
            number.as_u64().or_else(|| as_float().map(|value| value as u64))
        }
        _ => None,
    }
}

/// Whether a text holds a substitution of the template that deploys the machine: `${Name}`.
pub(super) fn has_substitution(text: &str) -> bool {
    text.split("${").skip(1).any(|rest| rest.contains('}'))
}

impl State {
    /// Where it may go, and whether the graph may end with it.
    pub(super) fn targets(&self) -> (Vec<usize>, bool) {
        let mut targets: Vec<usize> = self.catch.iter().map(|catcher| catcher.next).collect();
        let mut ends = matches!(self.kind, Kind::Succeed | Kind::Fail { .. });
        match self.next {
            Some(Transition::To(next)) => targets.push(next),
            Some(Transition::End) => ends = true,
            None => {}
        }
        if let Kind::Choice { rules, default } = &self.kind {
            targets.extend(rules.iter().map(|rule| rule.next));
            targets.extend(default);
        }
        (targets, ends)
    }
}

impl Reader {
    /// Fields that nobody knows, and fields that stand twice.
    pub(super) fn known_fields(&mut self, path: &str, document: &Document, known: &[&str]) {
        let entries = document.entries();
        for (index, (name, _)) in entries.iter().enumerate() {
            let place = format!("{path}.{}", key(name));
            if entries[..index].iter().any(|(other, _)| other == name) {
                self.fault(&place, "this field stands twice");
            } else if !known.contains(&name.as_str()) {
                let near = known.iter().find(|known| known.eq_ignore_ascii_case(name));
                let help = near.map_or_else(
                    || format!("expected one of {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.fault(&place, format!("there is no such field here: {help}"));
            }
        }
    }

    /// The language of the machine, a state, or the states of a branch or processor.
    pub(super) fn language(&mut self, path: &str, document: &Document, inherited: QueryLanguage) -> QueryLanguage {
        match document.get("QueryLanguage").map(Document::text) {
            None => inherited,
            Some(Some("JSONPath")) => {
                if self.language == QueryLanguage::Jsonata {
                    let reason =
                        "expected \"JSONata\" as in the whole machine: only a machine of JSONPath has states of both";
                    self.fault(format!("{path}.QueryLanguage"), reason);
                }
                QueryLanguage::JsonPath
            }
            Some(Some("JSONata")) => QueryLanguage::Jsonata,
            Some(_) => {
                self.fault(format!("{path}.QueryLanguage"), "expected \"JSONPath\" or \"JSONata\"");
                inherited
            }
        }
    }

    /// The state of the same scope that a name leads to.
    pub(super) fn target(&mut self, path: &str, value: &Document, scope: &Scope) -> Option<usize> {
        let Some(name) = value.text() else {
            self.fault(path, format!("expected the name of a state, not {}", value.kind()));
            return None;
        };
        let found = scope.names.iter().position(|&known| known == name);
        if found.is_none() {
            self.fault(path, format!("there is no state \"{name}\" here; states are: {}", scope.names.join(", ")));
        }
        found.map(|offset| scope.base + offset)
    }

    pub(super) fn path(&mut self, place: &str, value: &Document) -> Option<Path> {
        let Some(text) = value.text() else {
            self.fault(place, format!("expected a path, not {}", value.kind()));
            return None;
        };
        match Path::parse(text) {
            Ok(path) => Some(path),
            Err(error) => {
                self.fault(place, format!("`{text}` is no path: {error}"));
                None
            }
        }
    }

    /// `InputPath`, `OutputPath`: a path, an intrinsic function's result is not asked for here; or null.
    pub(super) fn selection(&mut self, path: &str, document: &Document, field: &str) -> Option<Selection> {
        let place = format!("{path}.{field}");
        match document.get(field)? {
            Document::Null => Some(Selection::Discard),
            value => self.path(&place, value).map(Selection::Path),
        }
    }

    /// `ResultPath`: a reference path of the input, or null.
    pub(super) fn result_path(&mut self, path: &str, document: &Document) -> Option<Selection> {
        let selection = self.selection(path, document, "ResultPath")?;
        if let Selection::Path(reference) = &selection
            && (!reference.is_reference() || reference.root != super::super::path::Root::Input)
        {
            self.fault(format!("{path}.ResultPath"), "expected a reference path: names and indices from `$` only");
        }
        Some(selection)
    }

    /// A template in the state's language.
    pub(super) fn template(
        &mut self,
        path: &str,
        document: &Document,
        field: &str,
        language: QueryLanguage,
    ) -> Option<Template> {
        let value = document.get(field)?;
        let mut faults: Vec<TemplateFault> = Vec::new();
        let place = format!("{path}.{field}");
        if field == "Assign" && !matches!(value, Document::Table(_)) {
            self.fault(place, format!("expected an object with a value for each variable, not {}", value.kind()));
            return None;
        }
        let template = match language {
            QueryLanguage::JsonPath => Template::of_paths(value, &place, &mut faults),
            QueryLanguage::Jsonata => Template::of_expressions(value, &place, &mut faults),
        };
        self.duplicate_keys(&place, value);
        faults.into_iter().for_each(|fault| self.fault(fault.place, fault.title));
        Some(template)
    }

    pub(super) fn duplicate_keys(&mut self, path: &str, document: &Document) {
        let entries = document.entries();
        for (index, (name, value)) in entries.iter().enumerate() {
            let place = format!("{path}.{}", key(name));
            if entries[..index].iter().any(|(other, _)| other == name) {
                self.fault(&place, "this key stands twice");
            }
            self.duplicate_keys(&place, value);
        }
        if let Document::List(list) = document {
            list.iter().enumerate().for_each(|(index, value)| self.duplicate_keys(&format!("{path}[{index}]"), value));
        }
    }

    /// The expression between `{%` and `%}`.
    pub(super) fn expression(&mut self, place: &str, text: &str, wanted: &str) -> Option<Expression> {
        match template::expression(text).and_then(|inner| inner.map(Expression::parse).transpose()) {
            Ok(Some(expression)) => Some(expression),
            Ok(None) => {
                self.fault(place, format!("expected {wanted}"));
                None
            }
            Err(reason) => {
                self.fault(place, reason);
                None
            }
        }
    }

    /// A whole number as `Field`, or a path to one as `FieldPath`.
    pub(super) fn amount(
        &mut self,
        path: &str,
        document: &Document,
        field: &str,
        bounds: std::ops::RangeInclusive<u64>,
        language: QueryLanguage,
    ) -> Option<Amount> {
        let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let fit = |value: &Document| whole(value).filter(|number| bounds.contains(number)).map(Amount::Fixed);
        self.number(path, document, field, language, (&expected, fit))
    }

    /// A share in per cent, with any fraction, in the same way.
    pub(super) fn percentage(
        &mut self,
        path: &str,
        document: &Document,
        field: &str,
        language: QueryLanguage,
    ) -> Option<Amount> {
        let fit = |value: &Document| match value {
            Document::Number(number) => {
                number.as_f64().filter(|share| (0.0..=100.0).contains(share)).map(Amount::Fraction)
            }
            _ => None,
        };
        self.number(path, document, field, language, ("a number from 0 to 100", fit))
    }

    fn number(
        &mut self,
        path: &str,
        document: &Document,
        field: &str,
        language: QueryLanguage,
        (expected, fit): (&str, impl Fn(&Document) -> Option<Amount>),
    ) -> Option<Amount> {
        let path_field = format!("{field}Path");
        let (fixed, by_path) = (document.get(field), document.get(&path_field));
        if fixed.is_some() && by_path.is_some() {
            self.fault(path, format!("expected `{field}` or `{path_field}`, not both"));
            return None;
        }
        if let Some(value) = by_path {
            return self.path(&format!("{path}.{path_field}"), value).map(Amount::Path);
        }
        let value = fixed?;
        let place = format!("{path}.{field}");
        if value.text().is_some_and(|text| has_substitution(text) && !text.contains("{%")) {
            // Nobody knows the number: it is as if the field were absent, which bounds nothing.
            return None;
        }
        if let (QueryLanguage::Jsonata, Some(text)) = (language, value.text()) {
            return self.expression(&place, text, &format!("{expected}, or an expression")).map(Amount::Expression);
        }
        let amount = fit(value);
        if amount.is_none() {
            self.fault(place, format!("expected {expected}"));
        }
        amount
    }

    /// A text as `Field`, or a path or intrinsic function as `FieldPath`.
    pub(super) fn made_text(
        &mut self,
        path: &str,
        document: &Document,
        field: &str,
        language: QueryLanguage,
    ) -> Option<Text> {
        let path_field = format!("{field}Path");
        let (fixed, by_path) = (document.get(field), document.get(&path_field));
        if fixed.is_some() && by_path.is_some() {
            self.fault(path, format!("expected `{field}` or `{path_field}`, not both"));
            return None;
        }
        if let Some(value) = by_path {
            let place = format!("{path}.{path_field}");
            return match value.text().map(template::source) {
                Some(Ok(template)) => Some(Text::Template(template)),
                Some(Err(reason)) => {
                    self.fault(place, reason);
                    None
                }
                None => {
                    self.fault(place, format!("expected a path, not {}", value.kind()));
                    None
                }
            };
        }
        let place = format!("{path}.{field}");
        let Some(text) = fixed?.text() else {
            self.fault(place, format!("expected a string, not {}", fixed?.kind()));
            return None;
        };
        if language == QueryLanguage::Jsonata {
            return self.template(path, document, field, language).map(Text::Template);
        }
        Some(Text::Fixed(text.to_owned()))
    }
}
