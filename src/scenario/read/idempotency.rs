//! Idempotent handlers and their tables.

use super::Reader;
use super::resources::schedule_commits_at_end;
use crate::handlers::idempotency::settings::{IdempotencySettings, KeyOf, Mode, OnStoreError};
use crate::model::design::Node as DesignNode;
use crate::scenario::tree::{Node, Table};
use crate::scenario::units;
use crate::services::dynamodb::Consistency;
use crate::services::dynamodb::settings::{Capacity, TableSettings};
use crate::services::sdk_client::settings::{Callee, ClientSettings, RetryMode};

/// AWS's largest item of a table, in bytes.
const ITEM_BYTES_AT_MOST: f64 = 409_600.0;

impl Reader<'_> {
    /// What each function of a strategy does to be idempotent; `functions` holds their tables, by node.
    pub(super) fn idempotent_functions(
        &mut self,
        nodes: &mut [DesignNode],
        functions: &[Option<Table>],
        strategy: &Table,
    ) -> Option<()> {
        for (index, table) in functions.iter().enumerate() {
            let Some(table) = table else { continue };
            nodes[index].idempotency = self.idempotency(table)?;
            if nodes[index].idempotency.is_some() && schedule_commits_at_end(nodes, &nodes[index]) {
                let title = format!(
                    "`{}` keeps of each item that it is done, and its batch commits at its end",
                    nodes[index].label
                );
                let at = strategy.table(&nodes[index].label).and_then(|own| own.get("idempotency"));
                let expected = "expected commit = \"per-item\": what is recorded as done must be durable";
                self.fault(at.or_else(|| strategy.get("flow"))?, title, expected);
            }
        }
        Some(())
    }

    /// The idempotency of a function, out of its table, which was filled; inside: none, where the handler does not look.
    pub(super) fn idempotency(&mut self, function: &Table) -> Option<Option<Box<IdempotencySettings>>> {
        let Some(node) = function.get("idempotency") else { return Some(None) };
        let table = node.table()?;
        let mode = match table.text("mode")? {
            "none" => return Some(None),
            "check-then-act" => Mode::CheckThenAct(match table.text("read")? {
                "strong" => Consistency::Strong,
                _ => Consistency::Eventual,
            }),
            _ => Mode::ConditionalWrite,
        };
        let store = self.store(table.table("store")?);
        let record_bytes = self.record_bytes(table.get("record-size")?);
        Some(Some(Box::new(IdempotencySettings {
            mode,
            key: match table.text("key")? {
                "delivery" => KeyOf::Delivery,
                _ => KeyOf::Item,
            },
            expires_after: table.span("expires-after")?,
            lock: table.text("in-progress-expiry")? == "function-timeout",
            missing_key: table.number("missing-key")?,
            payload_varies: table.number("payload-varies")?,
            validate_payload: table.text("validate-payload")? == "on",
            on_store_error: match table.text("on-store-error")? {
                "proceed" => OnStoreError::Proceed,
                _ => OnStoreError::Fail,
            },
            record_bytes: record_bytes?,
            client: client(table.table("store")?)?,
            table: store?,
        })))
    }

    fn store(&mut self, table: &Table) -> Option<TableSettings> {
        let capacity =
            Capacity::OnDemand { peak_writes: table.integer("peak-writes")?, peak_reads: table.integer("peak-reads")? };
        Some(TableSettings {
            capacity,
            write_latency: self.time(table, "write-latency")?,
            read_latency: self.time(table, "read-latency")?,
            eventual_lag: self.time(table, "eventual-lag")?,
            ttl_lag: self.time(table, "ttl-lag")?,
            error: table.number("error")?,
        })
    }

    fn record_bytes(&mut self, node: &Node) -> Option<u64> {
        let bytes = units::size(node.text()?).ok()?;
        if !(1.0..=ITEM_BYTES_AT_MOST).contains(&bytes) {
            self.fault(node, "no record has this size", "expected from 1B to 400KB: AWS's limit");
            return None;
        }
        Some(bytes as u64)
    }
}

fn client(store: &Table) -> Option<ClientSettings> {
    let mode = match store.text("sdk-retries")? {
        "none" => RetryMode::None,
        "legacy" => RetryMode::Legacy,
        "standard-2026" => RetryMode::Standard2026,
        _ => RetryMode::Standard,
    };
    Some(ClientSettings::new(mode, Callee::DynamoDb))
}
