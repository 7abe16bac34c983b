//! How often an item was delivered to and run at each node: the `attempt` its draws there are keyed by.

use super::ledger::ItemRef;
use crate::words::NodeId;

/// Counters beside the ledger's places, one pair for each (item, node).
#[derive(Debug)]
pub(super) struct Ordinals {
    nodes: usize,
    counts: Vec<Counts>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    deliveries: u32,
    runs: u32,
}

impl Ordinals {
    pub(super) const fn new(nodes: usize) -> Self {
        Self { nodes, counts: Vec::new() }
    }

    /// Starts counting for an item whose place may have been another's.
    pub(super) fn reset(&mut self, item: ItemRef) {
        let from = item.index() * self.nodes;
        if self.counts.len() < from + self.nodes {
            self.counts.resize(from + self.nodes, Counts::default());
        }
        self.counts[from..from + self.nodes].fill(Counts::default());
    }

    /// The ordinal of this delivery, from 0.
    pub(super) fn next_delivery(&mut self, item: ItemRef, node: NodeId) -> u32 {
        let count = &mut self.counts[item.index() * self.nodes + node.index()].deliveries;
        *count += 1;
        *count - 1
    }

    /// The ordinal of this run, from 0.
    pub(super) fn next_run(&mut self, item: ItemRef, node: NodeId) -> u32 {
        let count = &mut self.counts[item.index() * self.nodes + node.index()].runs;
        *count += 1;
        *count - 1
    }
}
