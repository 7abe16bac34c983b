//! Remedies: redrives of dead letters, and work that is shed.

use super::Reader;
use crate::kernel::Time;
use crate::model::design::{Node as DesignNode, NodeKind};
use crate::scenario::tree::{Node, Table};
use crate::services::lambda::settings::Platform;
use crate::services::sqs::RedriveSettings;

impl Reader<'_> {
    /// When dead letters of a queue are moved back: none is never.
    pub(super) fn redrive(&mut self, queue: &Table) -> Option<Option<RedriveSettings>> {
        let Some(table) = queue.table("redrive") else { return Some(None) };
        if queue.get("max-receive-count").is_none() {
            let expected = "expected a `max-receive-count` beside it: without one there is no dead-letter queue";
            self.fault(queue.get("redrive")?, "a `redrive` of a queue that has no dead letters", expected);
            return None;
        }
        let list = table.get("at")?;
        let starts = list.list()?.iter().map(|start| start.span().map(|span| Time::ZERO + span));
        let starts: Vec<Time> = starts.collect::<Option<_>>()?;
        if !starts.is_sorted() {
            self.fault(list, "the redrives of a queue are not in order", "expected the earliest first");
            return None;
        }
        Some(Some(RedriveSettings { starts, rate: table.integer("rate")? }))
    }

    /// A function that was asked for an item by name cannot pass it over.
    pub(super) fn shedding_functions(&mut self, nodes: &[DesignNode], root: &Table, strategy: &Table) {
        for (index, node) in nodes.iter().enumerate() {
            let NodeKind::Function(function) = &node.kind else { continue };
            let sheds = matches!(&function.platform, Platform::Lambda(lambda) if lambda.shed_older_than.is_some());
            let feeds = |from: &&DesignNode| from.next.iter().any(|next| next.index() == index);
            let asked = |from: &DesignNode| matches!(from.kind, NodeKind::Api(_) | NodeKind::Schedule(_));
            if !sheds || !nodes.iter().filter(feeds).any(asked) {
                continue;
            }
            let key = |table: Option<&Table>| table.and_then(|table| table.get("shed-older-than")).cloned();
            let own = key(strategy.table(&function.name));
            let shared = || key(root.table("functions").and_then(|table| table.table(&function.name)));
            let at: Option<Node> = own.or_else(shared);
            if let Some(at) = at {
                let title = format!("`{}` is asked for its items, and would pass some over", node.label);
                self.fault(&at, title, "expected a function that is told of them: not by an `api`, nor as a batch");
            }
        }
    }
}
