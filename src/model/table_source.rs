//! A queue built by oneself: a DynamoDB table that a scheduled function polls.
//!
//! The sender puts a row for each item. A run queries the table page by page; with claims it writes a condition on each
//! row that it has read, which fails on those of other runs; it deletes the rows that are done. Rows are read eventually
//! consistent. Reads and writes are charged on demand, by size, those that find nothing or fail too.

use super::ledger::{Arrived, ItemRef, Path};
use super::simulation::{NodeState, Simulation};
use super::story::What;
use crate::handlers::{Ends, Marker, Overlap, Plan, Source};
use crate::kernel::{Handle, Span};
use crate::words::{LineItem, NodeId};

/// A page of a query ends with the row that fills it (D-unit).
const PAGE_BYTES: u64 = 1_048_576;
/// Bytes of a write request unit.
const WRITE_UNIT: u64 = 1_024;
/// Bytes of half a read request unit: what one unit reads consistently, half of one reads eventually consistent.
const HALF_READ_UNIT: u64 = 4_096;

/// The bytes that a page of this source holds at most.
pub(super) const fn page_bytes(source: &Source) -> u64 {
    match source {
        Source::S3 => u64::MAX,
        Source::Table { .. } => PAGE_BYTES,
    }
}

/// Units of one write of a row of this size.
fn write_units(bytes: u64) -> u128 {
    u128::from(bytes.div_ceil(WRITE_UNIT).max(1))
}

impl Simulation<'_> {
    /// An item is there for the next run: its row is put, or it is an object of the bucket. Takes over one hold.
    pub(super) fn put_in_source(&mut self, schedule: NodeId, item: ItemRef, path: &Path) {
        let size = self.ledger.arrived(item).size;
        let NodeState::Schedule(batch) = &mut self.nodes[schedule.index()] else { return };
        batch.listing.arrives(item, path);
        if matches!(batch.settings.source, Source::Table { .. }) {
            self.usage.add(LineItem::DynamoDbWriteUnits, write_units(size));
        }
        self.tell(item, schedule, What::Kept { copy: false, until: None });
    }

    /// A page was listed: one request of the bucket, or a query with the claims of what it read.
    pub(super) fn charge_page(&mut self, schedule: NodeId, run: Handle) {
        let Self { nodes, ledger, usage, .. } = self;
        let NodeState::Schedule(batch) = &nodes[schedule.index()] else { return };
        if batch.settings.source == Source::S3 {
            return usage.add(LineItem::S3List, 1);
        }
        let (listed, passed) = batch.read_by(run);
        let (mut bytes, mut claims) = (0u64, 0u128);
        for item in listed.chain(passed.iter().copied()) {
            let size = ledger.arrived(item).size;
            bytes = bytes.saturating_add(size);
            claims += write_units(size);
        }
        usage.add(LineItem::DynamoDbHalfReadUnits, u128::from(bytes.div_ceil(HALF_READ_UNIT).max(1)));
        if batch.settings.overlap == Overlap::Claim {
            usage.add(LineItem::DynamoDbWriteUnits, claims);
        }
    }

    /// A row is deleted; where another run has done that, the delete finds nothing and is charged all the same.
    pub(super) fn charge_delete(&mut self, schedule: NodeId, item: Option<ItemRef>) {
        if !matches!(self.batch(schedule).settings.source, Source::Table { .. }) {
            return;
        }
        let size = item.map_or(0, |item| self.ledger.arrived(item).size);
        self.usage.add(LineItem::DynamoDbWriteUnits, write_units(size));
    }

    /// The plan of an item with what its worker waits for the table: its claim before the work, and where each row is
    /// deleted by itself, that after it.
    pub(super) fn with_writes(&mut self, schedule: NodeId, plan: Plan, arrived: &Arrived, attempt: u32) -> Plan {
        let batch = self.batch(schedule);
        let Source::Table { write_latency } = &batch.settings.source else { return plan };
        let mut draw = batch.writes[arrived.stream.index()].draw(arrived.number, attempt);
        let (claim, delete) = (write_latency.span(&mut draw), write_latency.span(&mut draw));
        let claims = batch.settings.overlap == Overlap::Claim;
        let deletes = batch.settings.marker == Marker::PerItem && plan.effect && plan.ends == Ends::Returned;
        let of = |span: Span, there: bool| if there { span } else { Span::ZERO };
        Plan { processing: plan.processing + of(claim, claims) + of(delete, deletes), ..plan }
    }
}
