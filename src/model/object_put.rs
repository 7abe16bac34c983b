//! Objects on their way into a bucket: what exceeds the rate of its prefix is refused, and its sender tries again as the
//! AWS SDK does by default: up to three tries, the i-th retry after a random part of 2^i seconds, at most 20 s.

use super::ledger::{Arrived, End, ItemRef, Path};
use super::simulation::{Event, NodeState, Simulation, class};
use super::story::{Refusal, Spot, What};
use crate::arrivals::StreamSettings;
use crate::arrivals::settings::{KeySettings, ProcessSettings};
use crate::kernel::{Arena, Handle, Purpose, Root, Span, Time};
use crate::services::s3::{Prefixes, PutSettings};
use crate::words::NodeId;

/// The longest back-off of the SDK, seconds.
const BACK_OFF_AT_MOST: f64 = 20.0;

/// A bucket at work.
#[derive(Debug)]
pub(super) struct Bucket {
    prefixes: Prefixes,
    waiting: Arena<Put>,
    /// Back-off of senders, by stream.
    back_offs: Vec<Purpose>,
}

/// An object that was refused, and is put again.
#[derive(Debug, Clone, Copy)]
struct Put {
    item: ItemRef,
    path: Path,
    refused: Time,
    tries: u32,
}

impl Bucket {
    /// Whether items may share a prefix: where each has one of its own, no rate can be exceeded.
    pub(super) fn is_shared(streams: &[StreamSettings]) -> bool {
        let alone = |stream: &StreamSettings| {
            stream.keys == KeySettings::Unique && !matches!(stream.process, ProcessSettings::Trace(_))
        };
        !streams.iter().all(alone)
    }

    pub(super) fn new(settings: PutSettings, label: &str, streams: &[StreamSettings], root: &Root) -> Self {
        let back_off = |stream: &StreamSettings| root.purpose(&format!("{}/{label}", stream.name), "put back-off");
        let back_offs = streams.iter().map(back_off).collect();
        Self { prefixes: Prefixes::new(settings), waiting: Arena::new(), back_offs }
    }
}

impl Simulation<'_> {
    /// An item is put into a bucket, if there is one, and then notified of. Takes over one hold.
    pub(super) fn put_object(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        self.try_put(node, Put { item, path, refused: at, tries: 0 }, at);
    }

    /// A sender's back-off is over.
    pub(super) fn put_again(&mut self, node: NodeId, put: Handle) {
        let now = self.now;
        let NodeState::Notification(state) = &mut self.nodes[node.index()] else { return };
        let Some(bucket) = &mut state.bucket else { return };
        let Some(&waiting) = bucket.waiting.get(put) else { return };
        bucket.waiting.remove(put);
        let mut put = waiting;
        put.path.back_off += now.since(put.refused);
        self.try_put(node, put, now);
    }

    fn try_put(&mut self, node: NodeId, put: Put, at: Time) {
        let &Arrived { stream, number, key, .. } = self.ledger.arrived(put.item);
        let NodeState::Notification(state) = &mut self.nodes[node.index()] else { return };
        let Some(bucket) = &mut state.bucket else { return self.notify(node, put.item, at, put.path) };
        if bucket.prefixes.put((stream.index() as u16, key), at) {
            return self.notify(node, put.item, at, put.path);
        }
        let tries = put.tries + 1;
        if tries >= bucket.prefixes.settings().attempts {
            self.tell(put.item, node, What::Refused { why: Refusal::Rate, again: None });
            let branches = self.design.leaves_below(node);
            self.ledger.end(self.now, put.item, branches, End::Rejected);
            return self.ledger.release(self.now, put.item);
        }
        let longest = libm::exp2(f64::from(put.tries)).min(BACK_OFF_AT_MOST);
        let part = bucket.back_offs[stream.index()].draw(number, put.tries).unit();
        let again = at + Span::from_secs_f64(longest * part);
        self.ledger.tell(at, put.item, Spot::Node(node), What::Refused { why: Refusal::Rate, again: Some(again) });
        let put = bucket.waiting.insert(Put { refused: at, tries, ..put });
        self.calendar.schedule(again, class::ARRIVAL, Event::PutAgain(node, put));
    }
}
