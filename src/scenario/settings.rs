//! The settings of a scenario one by one: which were written, and where each of the others comes from.

use serde::Serialize;

use super::explain::{inline, is_section, key};
use super::tree::{Node, Origin, Table, Value};

/// One key of a scenario as understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The strategy it belongs to; none where it holds for all.
    pub strategy: Option<String>,
    /// Its table: `run`, `functions.post.async`, `arrivals.withdrawals`; within a strategy the table there: `schedule`,
    /// and empty for the strategy's own keys.
    pub table: String,
    /// The key.
    pub key: String,
    /// Its value as TOML.
    pub value: String,
    /// Where a default comes from, `default` where it is the program's own; none: it was written.
    pub source: Option<&'static str>,
}

/// Every setting, in the order in which they are explained.
pub(super) fn settings(root: &Table) -> Vec<Setting> {
    let mut found = Vec::new();
    collect(&mut found, root, "", &Within { strategy: None, table: String::new() });
    found
}

/// Where a table stands.
struct Within {
    strategy: Option<String>,
    table: String,
}

impl Within {
    /// The place of a table within this one.
    fn step(&self, name: &str) -> Self {
        let table = if self.table.is_empty() { name.to_owned() } else { format!("{}.{name}", self.table) };
        Self { strategy: self.strategy.clone(), table }
    }
}

/// Keys with simple values first, then the tables.
fn collect(found: &mut Vec<Setting>, table: &Table, path: &str, within: &Within) {
    for entry in table.entries.iter().filter(|entry| !is_section(&entry.node, path)) {
        found.push(Setting {
            strategy: within.strategy.clone(),
            table: within.table.clone(),
            key: entry.key.clone(),
            value: inline(&entry.node),
            source: match entry.node.origin {
                Origin::Default(reason) => Some(reason),
                Origin::Written(_) => None,
            },
        });
    }
    for entry in table.entries.iter().filter(|entry| is_section(&entry.node, path)) {
        let path = if path.is_empty() { key(&entry.key) } else { format!("{path}.{}", key(&entry.key)) };
        match &entry.node.value {
            Value::List(list) => {
                for (index, node) in list.iter().enumerate() {
                    node.table().into_iter().for_each(|inner| {
                        collect(found, inner, &path, &of_list(within, &entry.key, node, index));
                    });
                }
            }
            Value::Table(inner) => collect(found, inner, &path, &within.step(&key(&entry.key))),
            _ => {}
        }
    }
}

/// The place of an entry of an array of tables: by its name where it has one, else by its number from 1.
fn of_list(within: &Within, list: &str, node: &Node, index: usize) -> Within {
    let name = node.table().and_then(|table| table.get("name")).and_then(Node::text);
    match name {
        Some(name) if list == "strategy" && within.table.is_empty() => {
            Within { strategy: Some(name.to_owned()), table: String::new() }
        }
        Some(name) => within.step(list).step(&key(name)),
        None => within.step(list).step(&(index + 1).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::scenario::{Setting, load_text, starter};

    #[test]
    fn every_setting_says_whether_it_was_written_and_else_where_it_comes_from() {
        let scenario =
            load_text("starter.toml", starter(), Path::new(""), &[]).unwrap_or_else(|faults| panic!("{faults}"));
        let find = |strategy: Option<&str>, table: &str, key: &str| -> &Setting {
            let of = |setting: &&Setting| {
                setting.strategy.as_deref() == strategy && setting.table == table && setting.key == key
            };
            scenario.settings.iter().find(of).unwrap_or_else(|| panic!("{strategy:?} {table} {key}"))
        };
        let burst = find(None, "account", "scaling-burst");
        assert_eq!((burst.value.as_str(), burst.source), ("1000", Some("[doc] AWS Lambda guide, scaling-behavior")));
        assert_eq!(find(None, "run", "load").source, Some("default"));
        assert_eq!(find(None, "functions.handle", "memory").source, None);
        let (batch, schedule) = (scenario.designs[0].name.as_str(), "schedule");
        assert_eq!(find(Some(batch), schedule, "expression").source, None);
        assert_eq!(find(Some(batch), schedule, "page-size").source, Some("[doc] Amazon S3 API, ListObjectsV2"));
    }
}
