//! Which branches an item goes down: all, but for those that the filters of topics and buses keep it from.
//!
//! Whether an item matches depends on the item and on the first function behind the filter alone, not on the strategy:
//! what one strategy filters from a function, every strategy does that filters it by the same share.

use super::design::{Design, NodeKind};
use super::ledger::Branches;
use crate::arrivals::StreamSettings;
use crate::kernel::{Purpose, Root};
use crate::words::{NodeId, StreamId};

/// Every filter of a design.
#[derive(Debug)]
pub(super) struct Filters {
    /// All leaves.
    leaves: Branches,
    filters: Vec<Filter>,
}

/// The filter between a topic or a bus and one thing that follows it.
#[derive(Debug)]
struct Filter {
    node: NodeId,
    /// Which of those that follow.
    place: usize,
    /// Share of the items that match.
    share: f64,
    /// By stream.
    draws: Vec<Purpose>,
    /// The leaves behind it.
    below: Branches,
}

impl Filter {
    fn passes(&self, stream: StreamId, number: u64) -> bool {
        self.draws[stream.index()].draw(number, 0).chance(self.share)
    }
}

impl Filters {
    pub(super) fn new(design: &Design, leaves: Branches, streams: &[StreamSettings], root: &Root) -> Self {
        let mut filters = Vec::new();
        for (index, node) in design.nodes.iter().enumerate() {
            let NodeKind::Push(settings) = &node.kind else { continue };
            for (place, (delivery, &next)) in settings.deliveries.iter().zip(&node.next).enumerate() {
                if delivery.filter >= 1.0 {
                    continue;
                }
                let function = first_function(design, next);
                let owner = |stream: &StreamSettings| format!("{}/{function}", stream.name);
                filters.push(Filter {
                    node: NodeId(index as u16),
                    place,
                    share: delivery.filter,
                    draws: streams.iter().map(|stream| root.purpose(&owner(stream), "filter")).collect(),
                    below: design.leaves_below(next),
                });
            }
        }
        Self { leaves, filters }
    }

    /// The branches that an item owes an effect on.
    pub(super) fn owed(&self, stream: StreamId, number: u64) -> Branches {
        let kept_from = self.filters.iter().filter(|filter| !filter.passes(stream, number));
        kept_from.fold(self.leaves, |owed, filter| owed & !filter.below)
    }

    /// Whether an item matches the filter before what follows a node in this place.
    pub(super) fn pass(&self, node: NodeId, place: usize, stream: StreamId, number: u64) -> bool {
        let found = self.filters.iter().find(|filter| (filter.node, filter.place) == (node, place));
        found.is_none_or(|filter| filter.passes(stream, number))
    }
}

/// The label of the first function at or behind a node.
fn first_function(design: &Design, node: NodeId) -> &str {
    let found = &design.nodes[node.index()];
    match (&found.kind, found.next.first()) {
        (NodeKind::Function(_), _) | (_, None) => &found.label,
        (_, Some(&next)) => first_function(design, next),
    }
}
