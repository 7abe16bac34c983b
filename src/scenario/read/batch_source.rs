//! Where a scheduled function lists what is new: `source` of a schedule and the latencies that go with it.

use super::Reader;
use crate::handlers::Source;
use crate::kernel::Distribution;
use crate::scenario::tree::{Node, Origin, Table};

/// Latencies of a table, and what they are where they are not written: log-normal, single-digit milliseconds.
const QUERY: (&str, &str) = ("query-latency", "{ lognormal = { median = \"3ms\", p99 = \"10ms\" } }");
const WRITE: (&str, &str) = ("write-latency", "{ lognormal = { median = \"4ms\", p99 = \"15ms\" } }");

impl Reader<'_> {
    /// The source and the time to list a page of it.
    pub(super) fn batch_source(&mut self, table: &Table) -> Option<(Source, Distribution)> {
        if table.text("source")? == "table" {
            let (query, write_latency) = (self.latency(table, QUERY), self.latency(table, WRITE));
            return Some((Source::Table { write_latency: write_latency? }, query?));
        }
        for (key, _) in [QUERY, WRITE] {
            if let Some(node) = table.get(key) {
                let title = format!("`{key}` goes with source = \"table\", not with \"s3\"");
                self.fault(node, title, "this key has no meaning here");
            }
        }
        Some((Source::S3, self.time(table, "list-latency")?))
    }

    /// A latency as written, or its default.
    fn latency(&mut self, table: &Table, (key, default): (&'static str, &'static str)) -> Option<Distribution> {
        if table.get(key).is_some() {
            return self.time(table, key);
        }
        let mut filled = Table::default();
        filled.set(key, Origin::Default(default), Node::of_default(default, "default"));
        self.time(&filled, key)
    }
}
