//! Filling in what a scenario left out.

use super::check::{choose, of_type};
use super::{Kind, Names, Need, Shape, Tagged};
use crate::scenario::tree::{Node, Origin, Value};
use crate::scenario::units;

/// Why a default of our own holds.
pub(crate) const OWN_DEFAULT: &str = "default";

/// Fills the defaults of a value that was checked.
pub(crate) fn value(node: &mut Node, kind: &Kind) {
    match kind {
        Kind::ByType(types) => {
            if let Some(kind) = of_type(types, &node.value) {
                value(node, kind);
            }
        }
        Kind::List { of, .. } => {
            if let Value::List(list) = &mut node.value {
                list.iter_mut().for_each(|entry| value(entry, of));
            }
        }
        Kind::Map { of, key } => {
            if let Value::Table(table) = &mut node.value {
                if *key == Names::Percentile {
                    let share = |key: &str| units::percentile(key).unwrap_or(f64::INFINITY);
                    table.entries.sort_by(|a, b| share(&a.key).total_cmp(&share(&b.key)));
                }
                table.entries.iter_mut().for_each(|entry| value(&mut entry.node, of));
            }
        }
        Kind::Table(shape) | Kind::Open(shape) => table(node, shape),
        Kind::OneOf(shape) => present(node, shape),
        Kind::Variants(shapes) => {
            if let Some(shape) = node.table().and_then(|table| choose(shapes, table)) {
                table(node, shape);
            }
        }
        Kind::Tagged(tagged) => {
            let Some(keys) = node.table_mut() else { return };
            if let (None, Some(default)) = (keys.get(tagged.tag), tagged.default) {
                let origin = Origin::Default(OWN_DEFAULT);
                let tag = Node { value: Value::Text(default.to_owned()), origin: origin.clone() };
                keys.set(tagged.tag, origin, tag);
            }
            let variant = keys.get(tagged.tag).and_then(Node::text).and_then(|tag| tagged.variant(tag));
            table(node, tagged.common);
            if let Some(shape) = variant {
                table(node, shape);
                order(node, tagged, shape);
            }
        }
        _ => {}
    }
}

fn present(node: &mut Node, shape: &Shape) {
    let Some(keys) = node.table_mut() else { return };
    for entry in &mut keys.entries {
        if let Some(field) = shape.field(&entry.key) {
            value(&mut entry.node, &field.kind);
        }
    }
}

/// Fills the defaults of a table with fixed keys, in the order of the shape.
pub(crate) fn table(node: &mut Node, shape: &Shape) {
    present(node, shape);
    let Some(keys) = node.table_mut() else { return };
    for field in shape.fields {
        if keys.get(field.name).is_some() {
            continue;
        }
        let reason = if field.source.is_empty() { OWN_DEFAULT } else { field.source };
        let filled = match field.need {
            Need::Default(text) => {
                let mut filled = Node::of_default(text, reason);
                value(&mut filled, &field.kind);
                Some(filled)
            }
            Need::SameAs(other) => {
                keys.get(other).map(|node| Node { value: node.value.clone(), origin: Origin::Default(OWN_DEFAULT) })
            }
            Need::Optional(meaning) => {
                if !keys.absent.iter().any(|&(name, _)| name == field.name) {
                    keys.absent.push((field.name, meaning));
                }
                None
            }
            Need::Required => None,
        };
        if let Some(filled) = filled {
            keys.set(field.name, Origin::Default(reason), filled);
        }
    }
    keys.entries.sort_by_key(|entry| place(shape, &entry.key));
}

/// What every variant must have, the tag, what belongs to it, and then the rest.
fn order(node: &mut Node, tagged: &Tagged, variant: &Shape) {
    let Some(keys) = node.table_mut() else { return };
    keys.entries.sort_by_key(|entry| match (entry.key.as_str(), tagged.common.field(&entry.key)) {
        (key, Some(field)) if matches!(field.need, Need::Required) => (0, place(tagged.common, key)),
        (key, _) if key == tagged.tag => (1, 0),
        (key, _) if variant.field(key).is_some() => (2, place(variant, key)),
        (key, _) => (3, place(tagged.common, key)),
    });
}

fn place(shape: &Shape, key: &str) -> usize {
    shape.fields.iter().position(|field| field.name == key).unwrap_or(usize::MAX)
}
