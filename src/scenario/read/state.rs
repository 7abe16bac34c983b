//! State that functions keep in their processes.

use super::Reader;
use crate::handlers::state::{CacheSettings, CounterSettings, FlushAtEndOf, Pattern, StateSettings};
use crate::model::design::Node as DesignNode;
use crate::scenario::tree::Table;

impl Reader<'_> {
    /// What each function of a strategy keeps in its process; `functions` holds their tables, by node.
    pub(super) fn functions_with_state(
        &mut self,
        nodes: &mut [DesignNode],
        functions: &[Option<Table>],
        strategy: &Table,
    ) -> Option<()> {
        for (node, table) in nodes.iter_mut().zip(functions) {
            let Some(table) = table else { continue };
            let counter = match table.table("counter") {
                None => None,
                Some(counter) => Some(self.counter(counter)?),
            };
            let cache = match table.table("cache") {
                None => None,
                Some(cache) => Some(self.cache(cache)?),
            };
            if counter.is_some() && !node.next.is_empty() {
                let title =
                    format!("`{}` counts what it has done, and is not the last function of its branch", node.label);
                let own = strategy.table(&node.label).and_then(|own| own.get("counter"));
                let expected = "expected a counter of effects: only the last function of a branch has them";
                self.fault(own.or_else(|| strategy.get("flow"))?, title, expected);
            }
            if counter.is_some() || cache.is_some() {
                node.state = Some(Box::new(StateSettings { counter, cache }));
            }
        }
        Some(())
    }

    fn counter(&mut self, table: &Table) -> Option<CounterSettings> {
        Some(CounterSettings {
            flush_after: table.integer("flush-after"),
            flush_every: table.span("flush-every"),
            flush_at_end_of: match table.text("flush-at-end-of")? {
                "invocation" => FlushAtEndOf::Invocation,
                "environment" => FlushAtEndOf::Environment,
                _ => FlushAtEndOf::Nothing,
            },
            write_time: self.time(table, "write-time")?,
        })
    }

    fn cache(&mut self, table: &Table) -> Option<CacheSettings> {
        Some(CacheSettings {
            ttl: table.span("ttl"),
            load_time: self.time(table, "load-time")?,
            changes_every: table.span("changes-every"),
            pattern: match table.text("changes")? {
                "regular" => Pattern::Regular,
                _ => Pattern::Random,
            },
        })
    }
}
