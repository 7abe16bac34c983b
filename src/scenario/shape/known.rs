//! The keys that a table may have, and those it has: which one a misspelled key may be meant as, and which `--set` is to
//! blame for keys that do not go together.

use super::{Shape, alternatives, keys_of};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics, Place};
use crate::scenario::nearest::nearest;
use crate::scenario::tree::{Entry, Node, Table, quoted};

/// The keys that a table may have.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    /// The fixed keys.
    pub(super) shapes: &'a [&'a Shape],
    /// The key that tells which of the further keys there are.
    pub(super) tag: Option<&'static str>,
    /// Shapes that the table could have had: a misspelled key may be meant as one of theirs.
    pub(super) others: &'a [&'a Shape],
    /// The `--set` that made a table of one form out of one of another.
    pub(super) blame: Option<&'a Blame>,
}

/// A `--set` that changed one key of a table whose other keys were written elsewhere.
pub(super) struct Blame {
    pub(super) key: String,
    place: Place,
    /// The `--set` that would replace the whole table.
    whole: String,
}

impl Blame {
    /// The last change of a table that was written in several places.
    pub(super) fn find(table: &Table, diagnostics: &Diagnostics) -> Option<Self> {
        let places = || table.entries.iter().filter_map(|entry| Some((entry, entry.key_origin.place()?)));
        let (entry, place) = places().max_by_key(|(_, place)| place.source)?;
        if places().all(|(_, other)| other.source == place.source) {
            return None;
        }
        let path = diagnostics.source_text(place.source).get(..place.span.start)?.strip_suffix('.')?;
        let name =
            table.get("name").and_then(Node::text).map_or(String::new(), |name| format!("name = {}, ", quoted(name)));
        let whole = format!("{path}={{ {name}… }}");
        Some(Self { key: entry.key.clone(), place, whole })
    }

    /// Blames the `--set` instead of what it left as it was.
    pub(super) fn moved(this: Option<&Self>, diagnostic: Diagnostic) -> Diagnostic {
        match this {
            Some(blame) => {
                diagnostic.at(Some(blame.place.clone())).help(format!("set the whole value: --set '{}'", blame.whole))
            }
            None => diagnostic,
        }
    }
}

impl Keys<'_> {
    fn own(&self) -> impl Iterator<Item = &'static str> {
        self.tag.into_iter().chain(self.shapes.iter().flat_map(|shape| shape.fields).map(|field| field.name))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &'static str> {
        self.own().chain(self.others.iter().flat_map(|shape| shape.fields).map(|field| field.name))
    }

    /// The nearest key that is not among those already `present`.
    pub(super) fn nearest(&self, key: &str, present: &[String]) -> Option<&'static str> {
        nearest(key, self.all().filter(|known| !present.iter().any(|present| present == known)))
    }

    /// What the keys are, for people.
    pub(super) fn listed(&self) -> String {
        if self.tag.is_none() && self.others.len() > 1 {
            return format!("known are {}", alternatives(self.others.iter().map(|shape| keys_of(shape)).collect()));
        }
        format!("known keys: {}", self.own().collect::<Vec<_>>().join(", "))
    }
}

/// A key of a table, and the text in which it was written.
pub(super) type WrittenKey = (String, Option<usize>);

/// The known keys of a table: few, however many it has.
pub(super) fn written(table: &Table, keys: Keys<'_>) -> Vec<WrittenKey> {
    let known = table.entries.iter().filter(|entry| keys.all().any(|known| known == entry.key));
    let source = |entry: &Entry| entry.key_origin.place().map(|place| place.source);
    known.map(|entry| (entry.key.clone(), source(entry))).collect()
}

/// The keys that were written in the same text: a `--set` may well mean a key that the file has.
pub(super) fn beside(place: Option<Place>, keys: &[WrittenKey]) -> Vec<String> {
    let source = place.map(|place| place.source);
    keys.iter().filter(|(_, other)| *other == source).map(|(key, _)| key.clone()).collect()
}

/// The first keys of a table, for people.
pub(super) fn keys_in(table: &Table) -> String {
    const SHOWN_AT_MOST: usize = 5;
    let shown = table.entries.iter().take(SHOWN_AT_MOST).map(|entry| entry.key.as_str());
    let more = (table.entries.len() > SHOWN_AT_MOST).then_some("…");
    shown.chain(more).collect::<Vec<_>>().join(", ")
}

/// Whether an unknown key is best read as the tag, so that nobody knows which further keys there are.
pub(super) fn tag_is_misspelled(table: &Table, keys: Keys<'_>) -> bool {
    let Some(tag) = keys.tag.filter(|tag| table.get(tag).is_none()) else { return false };
    let present: Vec<String> = written(table, keys).into_iter().map(|(key, _)| key).collect();
    let unknown = table.entries.iter().filter(|entry| keys.all().all(|known| known != entry.key));
    unknown.into_iter().any(|entry| keys.nearest(&entry.key, &present) == Some(tag))
}
