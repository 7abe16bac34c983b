//! `--set dotted.key=value`: single values of a scenario changed from outside.

use thiserror::Error;
use toml::de::DeValue;

use super::diagnostics::{Diagnostic, Diagnostics, Place};
use super::nearest::nearest;
use super::shape::alternatives;
use super::tree::{Node, Origin, Table, Value, convert, quoted};

/// One `--set`, or an option that stands for one, read but not yet applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The option that was written in place of a `--set`; none: it was one.
    option: Option<&'static str>,
    text: String,
    path: Vec<Segment>,
    value_start: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    key: String,
    start: usize,
    end: usize,
}

/// Why a `--set` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OverrideError {
    /// There is no `=` after the key.
    #[error("`{0}` has no value: write key=value, e.g. run.load=2")]
    NoValue(String),
    /// The key is empty or has an empty part.
    #[error("`{0}` has an empty key: write e.g. functions.post.memory=1024MB")]
    EmptyKey(String),
    /// A quote is not closed, or something follows it.
    #[error("`{0}` has a broken quote in its key: write e.g. strategy.\"hourly batch\".flow=…")]
    Quote(String),
    /// The key has more parts than any scenario.
    #[error("`{0}` has more than 32 parts in its key")]
    TooDeep(String),
}

impl Override {
    /// Reads `dotted.key=value`. Parts of the key may be quoted; array tables are addressed by their `name`.
    ///
    /// # Errors
    /// If there is no `=`, or the key is empty or badly quoted.
    pub fn parse(text: &str) -> Result<Self, OverrideError> {
        let mut path = Vec::new();
        let mut at = 0;
        loop {
            let segment = segment(text, at)?;
            let after = text[segment.end..].chars().next();
            at = segment.end + 1;
            path.push(segment);
            if path.len() > 32 {
                return Err(OverrideError::TooDeep(text.to_owned()));
            }
            match after {
                Some('.') => {}
                Some('=') => return Ok(Self { option: None, text: text.to_owned(), path, value_start: at }),
                Some(_) => return Err(OverrideError::Quote(text.to_owned())),
                None => return Err(OverrideError::NoValue(text.to_owned())),
            }
        }
    }

    /// What an option such as `--duration` stands for: messages name the option. `key` is dotted, without quotes.
    #[must_use]
    pub fn of_option(option: &'static str, key: &str, value: &str) -> Self {
        let segment = |part: &str| Segment { key: part.to_owned(), start: 0, end: option.len() };
        Self {
            option: Some(option),
            text: format!("{option} {value}"),
            path: key.split('.').map(segment).collect(),
            value_start: option.len() + 1,
        }
    }

    /// What stands at its key in a scenario as understood; array tables are addressed by their `name`.
    pub(crate) fn find<'a>(&self, understood: &'a serde_json::Value) -> Option<&'a serde_json::Value> {
        self.path.iter().try_fold(understood, |here, segment| match here {
            serde_json::Value::Array(tables) => tables.iter().find(|table| table["name"] == segment.key.as_str()),
            _ => here.get(&segment.key),
        })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same, written as that option: messages name it.
    #[must_use]
    pub(crate) fn named(self, option: &'static str) -> Self {
        Self { option: Some(option), ..self }
    }

    /// The key and the value as they were written, if it was as `key=value`.
    pub(crate) fn halves(&self) -> (&str, &str) {
        (&self.text[..self.value_start.saturating_sub(1)], &self.text[self.value_start..])
    }

    /// The `--set` that does the same.
    #[must_use]
    pub fn as_set(&self) -> String {
        let written_as_option = self.option.is_some_and(|option| self.text.starts_with(option));
        if !written_as_option {
            return self.text.clone();
        }
        let keys: Vec<&str> = self.path.iter().map(|segment| segment.key.as_str()).collect();
        format!("{}={}", keys.join("."), &self.text[self.value_start..])
    }

    /// The value: TOML if it is TOML, else the text itself.
    fn value(&self, source: usize) -> Node {
        let text = &self.text[self.value_start..];
        let origin = Origin::Written(Place { source, span: self.value_start..self.text.len() });
        let start = Origin::Written(Place { source, span: self.value_start..self.value_start });
        match DeValue::parse(text).map(|value| convert(&value, &start)) {
            Ok(node) if !matches!(node.value, Value::NoNumber(_)) => node,
            _ => Node { value: Value::Text(text.trim().to_owned()), origin },
        }
    }
}

/// The part of the key that starts at `start`; its end is where a `.` or `=` should stand.
fn segment(text: &str, start: usize) -> Result<Segment, OverrideError> {
    let start = text.len() - text[start..].trim_start().len();
    let rest = &text[start..];
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let length = rest[1..].find(quote).ok_or_else(|| OverrideError::Quote(text.to_owned()))?;
        return Ok(Segment { key: rest[1..=length].to_owned(), start, end: start + length + 2 });
    }
    let length = rest.find(['.', '=']).unwrap_or(rest.len());
    let key = rest[..length].trim();
    if key.is_empty() {
        return Err(OverrideError::EmptyKey(text.to_owned()));
    }
    Ok(Segment { key: key.to_owned(), start, end: start + length })
}

/// Applies the overrides in their order.
pub(crate) fn apply(root: &mut Node, overrides: &[Override], diagnostics: &mut Diagnostics) {
    for (index, one) in overrides.iter().enumerate() {
        let name = one.option.map_or_else(|| format!("--set #{}", index + 1), str::to_owned);
        let source = diagnostics.add_source(name, &one.text);
        let outcome =
            no_new_function(root, &one.path, source).and_then(|()| set(root, &one.path, one.value(source), source));
        if let Err(diagnostic) = outcome {
            diagnostics.push(diagnostic);
        }
    }
}

/// A new name under `functions` is a slip of the pen: no flow could use it without another change.
fn no_new_function(root: &Node, path: &[Segment], source: usize) -> Result<(), Diagnostic> {
    let [first, name, ..] = path else { return Ok(()) };
    let functions = root.table().and_then(|root| root.table("functions"));
    if first.key != "functions" || functions.is_some_and(|functions| functions.get(&name.key).is_some()) {
        return Ok(());
    }
    let names = || functions.into_iter().flat_map(|functions| &functions.entries).map(|entry| entry.key.as_str());
    Err(Diagnostic::new(format!("no function is named {}, and a `--set` makes none", quoted(&name.key)))
        .at(Some(Place { source, span: name.start..name.end }))
        .expected(match names().next() {
            Some(_) => format!("expected {}", alternatives(names().map(quoted).collect())),
            None => format!("expected a table [functions.{}] in the scenario", name.key),
        })
        .help_nearest(nearest(&name.key, names())))
}

fn set(node: &mut Node, path: &[Segment], value: Node, source: usize) -> Result<(), Diagnostic> {
    let [segment, rest @ ..] = path else {
        *node = value;
        return Ok(());
    };
    let place = Place { source, span: segment.start..segment.end };
    match &mut node.value {
        Value::Table(table) => {
            let origin = Origin::Written(place);
            if table.get(&segment.key).is_none() {
                let empty = Node { value: Value::Table(Table::default()), origin: origin.clone() };
                table.set(&segment.key, origin.clone(), empty);
            }
            let Some(entry) = table.entries.iter_mut().find(|entry| entry.key == segment.key) else { return Ok(()) };
            if rest.is_empty() {
                entry.key_origin = origin;
            }
            set(&mut entry.node, rest, value, source)
        }
        Value::List(list) => match list.iter().position(|entry| name_of(entry) == Some(&segment.key)) {
            Some(index) => set(&mut list[index], rest, value, source),
            None => Err(no_such_name(list, segment).at(Some(place))),
        },
        _ => Err(Diagnostic::new(format!("`{}` leads into {}, which has no keys", segment.key, node.describe()))
            .at(Some(place))
            .expected("expected a key of a table")
            .help("set the whole value instead")),
    }
}

fn no_such_name(list: &[Node], segment: &Segment) -> Diagnostic {
    let names: Vec<&str> = list.iter().filter_map(name_of).collect();
    let diagnostic = Diagnostic::new(format!("no entry is named {}", quoted(&segment.key)))
        .help_nearest(nearest(&segment.key, names.iter().copied()));
    if names.is_empty() {
        return diagnostic.expected("these entries have no names, so that a `--set` cannot tell them apart");
    }
    diagnostic.expected(format!("expected {}", alternatives(names.iter().map(|name| quoted(name)).collect())))
}

fn name_of(node: &Node) -> Option<&str> {
    node.table()?.get("name")?.text()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        Override::parse(text).unwrap().path.into_iter().map(|segment| segment.key).collect()
    }

    #[test]
    fn keys_are_dotted_and_may_be_quoted() {
        assert_eq!(keys("run.load=2"), ["run", "load"]);
        assert_eq!(
            keys("strategy.\"hourly batch\".schedule.expression=rate(30 minutes)"),
            ["strategy", "hourly batch", "schedule", "expression"]
        );
        assert_eq!(keys("a.'b=c.d'=x=y"), ["a", "b=c.d"]);
        assert_eq!(keys(" \"a.b\". 'c'. d =1"), ["a.b", "c", "d"]);
    }

    #[test]
    fn a_value_is_toml_or_else_text() {
        let value = |text: &str| Override::parse(text).unwrap().value(0).value;
        assert_eq!(value("a=2"), Value::Integer(2));
        assert_eq!(value("a=1_000"), Value::Integer(1_000));
        assert_eq!(value("a=0x10"), Value::Integer(16));
        for text in ["1_000ms", "1_200/min", "1_024MB", "1_000.5s", "1_0e"] {
            assert_eq!(value(&format!("a={text}")), Value::Text(text.to_owned()), "{text}");
        }
        assert_eq!(value("a=18446744073709551615"), Value::LargeInteger("18446744073709551615".to_owned()));
        assert_eq!(value("a=-9223372036854775809"), Value::LargeInteger("-9223372036854775809".to_owned()));
        assert_eq!(value("a=rate(30 minutes)"), Value::Text("rate(30 minutes)".to_owned()));
        assert_eq!(value("a=\"2\""), Value::Text("2".to_owned()));
        assert_eq!(
            value("a=[true]").clone(),
            Value::List(vec![Node {
                value: Value::Bool(true),
                origin: Origin::Written(Place { source: 0, span: 3..7 }),
            }])
        );
        assert_eq!(value("a="), Value::Text(String::new()));
    }

    #[test]
    fn an_option_is_written_as_the_set_it_stands_for() {
        assert_eq!(Override::of_option("--seed", "run.seed", "7").as_set(), "run.seed=7");
        let text = "strategy.\"hourly batch\".flow=schedule -> post";
        let set = Override::parse(text).unwrap();
        assert_eq!((set.as_set(), set.named("--vary").as_set()), (text.to_owned(), text.to_owned()));
    }

    #[test]
    fn broken_overrides_are_refused() {
        for wrong in ["", "=", "a", "a.", ".a=1", "a..b=1", "\"a=1", "\"a\"b=1", " '=1", " =1"] {
            assert!(Override::parse(wrong).is_err(), "{wrong}");
        }
    }
}
