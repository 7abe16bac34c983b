//! The check of a tree against its shape: every fault at once.

use super::known::{Blame, Keys, WrittenKey, beside, keys_in, tag_is_misspelled, written};
use super::scalar::{Fault, fault, nearest_choice, unit_hint, value_text};
use super::{Field, Kind, Names, Need, Shape, Tagged, Types, alternatives, keys_of};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::nearest::nearest;
use crate::scenario::tree::{Entry, Node, Table, Value, quoted};

/// The most entries of a map.
const ENTRIES_AT_MOST: usize = 256;

/// Checks values against shapes. What is at fault is reported once and marked as refused.
#[derive(Debug)]
pub(crate) struct Checker<'a> {
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// A table that overrides part of another may leave out required keys.
    pub(crate) partial: bool,
    /// The tag of the table that is overridden.
    pub(crate) base_tag: Option<String>,
}

impl Checker<'_> {
    /// Checks the value of the key `name`.
    pub(crate) fn value(&mut self, node: &mut Node, kind: &Kind, name: &str, limit: &str) {
        match kind {
            Kind::ByType(types) => self.by_type(node, types, kind, name, limit),
            Kind::List { of, min, max } => self.list(node, of, (*min, *max), name, limit),
            Kind::Map { of, key } => self.map(node, of, kind, (name, *key)),
            Kind::Table(shape) => self.table_of(node, kind, name, |checker, node| checker.table(node, shape, name)),
            Kind::Open(shape) => self.table_of(node, kind, name, |checker, node| checker.open(node, shape, name)),
            Kind::OneOf(shape) => self.table_of(node, kind, name, |checker, node| checker.one_of(node, shape, name)),
            Kind::Variants(shapes) => self.table_of(node, kind, name, |checker, node| {
                let chosen = node.table().and_then(|table| choose(shapes, table));
                match chosen {
                    Some(shape) => checker.table_among(node, shape, shapes, name),
                    None => checker.no_variant(node, shapes, kind, name),
                }
            }),
            Kind::Tagged(tagged) => {
                self.table_of(node, kind, name, |checker, node| checker.tagged(node, tagged, name));
            }
            scalar => self.scalar(node, scalar, name, limit),
        }
    }

    fn refuse(&mut self, node: &mut Node, title: String, expected: &str) {
        if node.value != Value::Refused {
            let expected = format!("expected {expected}");
            self.diagnostics.push(Diagnostic::new(title).at(node.origin.place()).expected(expected));
            node.value = Value::Refused;
        }
    }

    fn wrong_type(&mut self, node: &mut Node, kind: &Kind, name: &str) {
        let hint = unit_hint(kind, node);
        let title = format!("`{name}` cannot be {}", node.describe());
        let diagnostic =
            Diagnostic::new(title).at(node.origin.place()).expected(format!("expected {}", kind.expects()));
        self.diagnostics.push(hint.into_iter().fold(diagnostic, Diagnostic::help));
        node.value = Value::Refused;
    }

    fn table_of(&mut self, node: &mut Node, kind: &Kind, name: &str, then: impl FnOnce(&mut Self, &mut Node)) {
        match node.value {
            Value::Table(_) => then(self, node),
            Value::Refused => {}
            _ => self.wrong_type(node, kind, name),
        }
    }

    fn by_type(&mut self, node: &mut Node, types: &Types, kind: &Kind, name: &str, limit: &str) {
        match of_type(types, &node.value) {
            Some(chosen) => self.value(node, chosen, name, limit),
            None if node.value == Value::Refused => {}
            None => self.wrong_type(node, kind, name),
        }
    }

    fn list(&mut self, node: &mut Node, of: &Kind, (min, max): (usize, usize), name: &str, limit: &str) {
        let Value::List(list) = &mut node.value else {
            return self.no_list(node, of, name);
        };
        let count = list.len();
        if count < min || count > max {
            let title = format!("`{name}` has {count} entries");
            return self.refuse(node, title, &format!("{min} to {max} of them"));
        }
        for entry in list {
            self.value(entry, of, name, limit);
        }
    }

    fn no_list(&mut self, node: &mut Node, of: &Kind, name: &str) {
        if node.value == Value::Refused {
            return;
        }
        let expected = format!("expected a list, each entry {}", of.expects());
        let diagnostic = Diagnostic::new(format!("`{name}` is no list")).at(node.origin.place()).expected(expected);
        // Tables of these kinds are entries of the lists of a scenario itself.
        let of_tables = matches!(of, Kind::Tagged(_) | Kind::Open(_) | Kind::Variants(_));
        let is_table = matches!(node.value, Value::Table(_));
        self.diagnostics.push(match of_tables && is_table {
            true => diagnostic.help(format!("write `[[{name}]]`: there may be several")),
            false => diagnostic,
        });
        node.value = Value::Refused;
    }

    fn map(&mut self, node: &mut Node, of: &Kind, kind: &Kind, (name, key): (&str, Names)) {
        let Value::Table(table) = &mut node.value else { return self.wrong_type(node, kind, name) };
        let count = table.entries.len();
        if count > ENTRIES_AT_MOST {
            return self.refuse(node, format!("`{name}` has {count} entries"), "at most 256 of them");
        }
        for entry in &mut table.entries {
            if !key.allow(&entry.key) {
                let title = format!("{} cannot name a {}", quoted(&entry.key), key.noun());
                let diagnostic = Diagnostic::new(title).at(entry.key_origin.place());
                self.diagnostics.push(diagnostic.expected(format!("expected {}", key.expects())));
                entry.node.value = Value::Refused;
            }
            let name = format!("{name}.{}", entry.key);
            self.value(&mut entry.node, of, &name, "");
        }
    }

    /// Checks a table with fixed keys.
    pub(crate) fn table(&mut self, node: &mut Node, shape: &Shape, name: &str) {
        self.fields(node, Keys { shapes: &[shape], tag: None, others: &[], blame: None }, name, |_| None);
    }

    /// Checks the fixed keys; the others must be tables.
    fn open(&mut self, node: &mut Node, shape: &Shape, name: &str) {
        let keys = Keys { shapes: &[shape], tag: None, others: &[], blame: None };
        let Some(table) = node.table_mut() else { return };
        let present = written(table, keys);
        for entry in &mut table.entries {
            let simple = !matches!(entry.node.value, Value::Table(_) | Value::Refused);
            if simple && shape.field(&entry.key).is_none() {
                self.unknown(entry, keys, &present, name);
            }
        }
        self.fields(node, keys, name, |_| Some(String::new()));
    }

    /// Checks a table of one shape; a key of a sibling shape gets a message that says so.
    fn table_among(&mut self, node: &mut Node, shape: &Shape, all: &[&Shape], name: &str) {
        let blame = node.table().and_then(|table| Blame::find(table, self.diagnostics));
        self.fields(node, Keys { shapes: &[shape], tag: None, others: all, blame: blame.as_ref() }, name, |key| {
            let other = all.iter().find(|other| other.field(key).is_some())?;
            Some(format!("`{key}` goes with {}, not with {}", keys_of(other), keys_of(shape)))
        });
    }

    /// Keys that point to no one shape: unknown ones, too few, or some that do not go together.
    fn no_variant(&mut self, node: &mut Node, shapes: &[&Shape], kind: &Kind, name: &str) {
        let Some(table) = node.table_mut() else { return };
        let keys = Keys { shapes: &[], tag: None, others: shapes, blame: None };
        let (present, names, count) = (written(table, keys), keys_in(table), table.entries.len());
        let mut unknown = false;
        for entry in &mut table.entries {
            if find(shapes, &entry.key).is_none() {
                unknown = true;
                self.unknown(entry, keys, &present, name);
            }
        }
        if unknown {
            node.value = Value::Refused;
        } else if count > 1 {
            let title = format!("`{name}` has no form with the keys {{ {names} }}");
            self.refuse(node, title, &kind.expects());
        } else {
            self.refuse(node, format!("`{name}` is incomplete"), &kind.expects());
        }
    }

    fn tagged(&mut self, node: &mut Node, tagged: &Tagged, name: &str) {
        let Some(table) = node.table_mut() else { return };
        let tag = match table.get_mut(tagged.tag) {
            None => self.base_tag.clone().or_else(|| tagged.default.map(str::to_owned)),
            Some(tag) => {
                self.tag(tag, tagged);
                tag.text().map(str::to_owned)
            }
        };
        let others: Vec<&Shape> = tagged.variants.iter().map(|&(_, shape)| shape).collect();
        let blame = node.table().and_then(|table| Blame::find(table, self.diagnostics));
        let blame = blame.filter(|blame| blame.key == tagged.tag);
        let keys = Keys { shapes: &[tagged.common], tag: Some(tagged.tag), others: &others, blame: None };
        let misspelled = node.table().is_some_and(|table| tag_is_misspelled(table, keys));
        let Some(tag) = tag.filter(|_| !misspelled) else {
            let absent = node.table().is_some_and(|table| table.get(tagged.tag).is_none());
            if absent && !self.partial && !misspelled {
                self.missing(node, tagged.tag, &tag_words(tagged), name, None);
            }
            return self.fields(node, keys, name, |key| {
                (key == tagged.tag || others.iter().any(|shape| shape.field(key).is_some())).then(String::new)
            });
        };
        let Some(variant) = tagged.variant(&tag) else { return };
        let shapes = [tagged.common, variant];
        let keys = Keys { shapes: &shapes, tag: Some(tagged.tag), others: &[], blame: blame.as_ref() };
        self.fields(node, keys, name, |key| {
            if key == tagged.tag {
                return Some(String::new());
            }
            Some(format!("`{key}` goes with {}, not with \"{tag}\"", variants_with(tagged, key)?))
        });
    }

    fn tag(&mut self, tag: &mut Node, tagged: &Tagged) {
        let names = || tagged.variants.iter().map(|&(name, _)| name);
        match &tag.value {
            Value::Text(text) if tagged.variant(text).is_some() => {}
            Value::Text(text) => {
                let diagnostic = Diagnostic::new(format!("unknown {} {}", tagged.tag, quoted(text)))
                    .at(tag.origin.place())
                    .expected(format!("expected {}", tag_words(tagged)))
                    .help_nearest(nearest(text, names()));
                self.diagnostics.push(diagnostic);
                tag.value = Value::Refused;
            }
            _ => self.refuse(tag, format!("`{}` is no text", tagged.tag), &tag_words(tagged)),
        }
    }

    /// Checks the keys of a table; `elsewhere` explains a key that is known in another place (an empty text: it is fine).
    fn fields(&mut self, node: &mut Node, keys: Keys<'_>, name: &str, elsewhere: impl Fn(&str) -> Option<String>) {
        let Some(table) = node.table_mut() else { return };
        let present = written(table, keys);
        // What stands inside an overriding table is whole again.
        let partial = std::mem::replace(&mut self.partial, false);
        for entry in &mut table.entries {
            match find(keys.shapes, &entry.key) {
                Some(field) => self.value(&mut entry.node, &field.kind, field.name, field.limit),
                None => match elsewhere(&entry.key) {
                    Some(explanation) if explanation.is_empty() => {}
                    Some(explanation) => self.misplaced(entry, explanation, keys.blame),
                    None => self.unknown(entry, keys, &present, name),
                },
            }
        }
        self.partial = partial;
        if partial {
            return;
        }
        for field in keys.shapes.iter().flat_map(|shape| shape.fields) {
            let absent = node.table().is_some_and(|table| table.get(field.name).is_none());
            if absent && matches!(field.need, Need::Required) {
                self.missing(node, field.name, &field.kind.expects(), name, keys.blame);
            }
        }
    }

    fn one_of(&mut self, node: &mut Node, shape: &Shape, name: &str) {
        let keys = Keys { shapes: &[shape], tag: None, others: &[], blame: None };
        let Some(table) = node.table_mut() else { return };
        let (present, names, count) = (written(table, keys), keys_in(table), table.entries.len());
        for entry in &mut table.entries {
            match shape.field(&entry.key) {
                Some(field) => self.value(&mut entry.node, &field.kind, field.name, field.limit),
                None => self.unknown(entry, keys, &present, name),
            }
        }
        if count != 1 {
            let title = match count {
                0 => format!("`{name}` has no key"),
                _ => format!("`{name}` has {count} keys: {names}"),
            };
            let blame = node.table().and_then(|table| Blame::find(table, self.diagnostics));
            let expected = format!("expected exactly one of {}", keys_of(shape));
            let diagnostic = Diagnostic::new(title).at(node.origin.place()).expected(expected);
            self.diagnostics.push(Blame::moved(blame.as_ref(), diagnostic));
            node.value = Value::Refused;
        }
    }

    fn misplaced(&mut self, entry: &mut Entry, explanation: String, blame: Option<&Blame>) {
        let meaning = match blame {
            Some(_) => "with this change the key has no meaning",
            None => "this key has no meaning here",
        };
        let diagnostic = Diagnostic::new(explanation).at(entry.key_origin.place()).expected(meaning);
        self.diagnostics.push(Blame::moved(blame, diagnostic));
        entry.node.value = Value::Refused;
    }

    fn unknown(&mut self, entry: &mut Entry, keys: Keys<'_>, present: &[WrittenKey], name: &str) {
        let place = whole(name);
        let diagnostic = Diagnostic::new(format!("unknown key `{}` in {place}", entry.key))
            .at(entry.key_origin.place())
            .help_nearest(keys.nearest(&entry.key, &beside(entry.key_origin.place(), present)))
            .help(keys.listed());
        self.diagnostics.push(diagnostic);
        entry.node.value = Value::Refused;
    }

    fn missing(&mut self, node: &Node, key: &str, expected: &str, name: &str, blame: Option<&Blame>) {
        let place = whole(name);
        let diagnostic = Diagnostic::new(format!("`{key}` is missing in {place}")).at(node.origin.place());
        self.diagnostics.push(Blame::moved(blame, diagnostic.expected(format!("expected {key} = {expected}"))));
    }

    fn scalar(&mut self, node: &mut Node, kind: &Kind, name: &str, limit: &str) {
        let fault = match fault(kind, &node.value) {
            Ok(()) => return,
            Err(fault) => fault,
        };
        let (Fault::Value(reason) | Fault::Limit(reason)) = &fault else { return self.wrong_type(node, kind, name) };
        let title = format!("`{name}` cannot be {}: {reason}", value_text(&node.value));
        let mut diagnostic = Diagnostic::new(title)
            .at(node.origin.place())
            .expected(format!("expected {}", kind.expects()))
            .help_nearest(nearest_choice(kind, &node.value));
        if let Some(hint) = unit_hint(kind, node) {
            diagnostic = diagnostic.help(hint);
        }
        if matches!(fault, Fault::Limit(_)) && !limit.is_empty() {
            diagnostic = diagnostic.help(format!("the limit is AWS's: {limit}"));
        }
        self.diagnostics.push(diagnostic);
        node.value = Value::Refused;
    }
}

/// A table as messages name it: by its key, or by words where it is a whole file.
fn whole(name: &str) -> String {
    match name {
        "" => "the scenario".to_owned(),
        words if words.contains(' ') => words.to_owned(),
        key => format!("`{key}`"),
    }
}

/// The kind for the TOML type of a value.
pub(super) fn of_type<'a>(types: &'a Types, value: &Value) -> Option<&'a Kind> {
    match value {
        Value::Text(_) | Value::DateTime(_) => types.text.as_ref(),
        Value::Integer(_) | Value::Number(_) | Value::LargeInteger(_) => types.number.as_ref(),
        Value::Table(_) => types.table.as_ref(),
        Value::List(_) => types.list.as_ref(),
        Value::NoNumber(_) | Value::Bool(_) | Value::Refused => None,
    }
}

/// The shape that the keys of a table point to: the one that knows most of them, at best with all that it requires;
/// none where the keys do not tell.
pub(super) fn choose(shapes: &[&'static Shape], table: &Table) -> Option<&'static Shape> {
    let rank = |shape: &Shape| {
        let known = table.entries.iter().filter(|entry| shape.field(&entry.key).is_some()).count();
        let mut required = shape.fields.iter().filter(|field| matches!(field.need, Need::Required));
        (known, required.all(|field| table.get(field.name).is_some()))
    };
    let best = shapes.iter().map(|shape| rank(shape)).max().filter(|&(known, _)| known > 0)?;
    let mut candidates = shapes.iter().copied().filter(|shape| rank(shape) == best);
    let first = candidates.next();
    let (_, complete) = best;
    if complete || candidates.next().is_none() { first } else { None }
}

fn find(shapes: &[&Shape], key: &str) -> Option<&'static Field> {
    shapes.iter().find_map(|shape| shape.field(key))
}

fn tag_words(tagged: &Tagged) -> String {
    alternatives(tagged.variants.iter().map(|(name, _)| format!("\"{name}\"")).collect())
}

/// Names of functions and labels: they stand in flows and in the reports' scopes.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=64).contains(&text.len()) && text.chars().all(allowed)
}

/// The variants that have a key: `kind = "slow" or "slow-start"`, and of many only how many they are.
fn variants_with(tagged: &Tagged, key: &str) -> Option<String> {
    const NAMED_AT_MOST: usize = 3;
    let with = tagged.variants.iter().filter(|(_, shape)| shape.field(key).is_some());
    let names: Vec<String> = with.map(|(name, _)| quoted(name)).collect();
    match names.len() {
        0 => None,
        1..=NAMED_AT_MOST => Some(format!("{} = {}", tagged.tag, alternatives(names))),
        many if many + 1 == tagged.variants.len() => Some(format!("every other {}", tagged.tag)),
        many => Some(format!("{many} of the {} others", tagged.variants.len() - 1)),
    }
}
