//! Topics and buses, and what feeds them.

use super::Reader;
use crate::kernel::Span;
use crate::model::design::NodeKind;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::graph::{Graph, GraphNode, Role, Service};
use crate::scenario::nearest::nearest;
use crate::scenario::tree::{Node, Table};
use crate::scenario::units;
use crate::services::push_delivery::settings::{DeliverySettings, Excess, OnFailure, PushSettings};
use crate::services::push_delivery::{Jitter, LADDER_RETRIES, RetryPolicy, Waits};
use crate::words::LineItem;

/// SNS's largest message, in bytes.
const TOPIC_BYTES: (f64, &str) = (262_144.0, "expected from 1B to 256KB: AWS's limit");
/// EventBridge's largest event, in bytes.
const EVENT_BYTES: (f64, &str) = (1_048_576.0, "expected from 1B to 1MB: AWS's limit");
/// S3's largest notification, in bytes.
const NOTIFICATION_BYTES: f64 = 65_536.0;
/// Waits of a bus double from the first to the second.
const BUS_WAITS: Waits = Waits::Doubling { first: Span::from_secs(1), longest: Span::from_secs(600) };

impl Reader<'_> {
    /// A topic, out of a table that was filled.
    pub(super) fn topic(&mut self, graph: &Graph, node: &GraphNode, table: &Table) -> Option<NodeKind> {
        let latency = self.time(table, "latency");
        let deliveries = self.deliveries(graph, node, table, "subscriptions");
        let message_bytes = self.bytes_within(table.get("message-size")?, TOPIC_BYTES);
        Some(NodeKind::Push(Box::new(PushSettings {
            billed_as: LineItem::SnsRequests,
            publish_quota: Some(table.integer("publish-quota")?),
            // S3 and a bus try again for as long as it takes.
            excess: match fed_by(graph, node, &[Service::S3, Service::EventBridge]) {
                true => Excess::Delayed,
                false => Excess::Refused { attempts: table.integer("publish-attempts")? },
            },
            invocation_quota: None,
            latency: latency?,
            message_bytes: message_bytes?,
            duplicate_probability: table.number("duplicate-probability")?,
            retry: RetryPolicy {
                waits: Waits::Ladder,
                jitter: Jitter::Around(table.number("retry-jitter")?),
                retries: LADDER_RETRIES,
                max_age: None,
            },
            deliveries: deliveries?,
        })))
    }

    /// A bus, out of a table that was filled.
    pub(super) fn bus(&mut self, graph: &Graph, node: &GraphNode, table: &Table) -> Option<NodeKind> {
        let deliveries = self.deliveries(graph, node, table, "rules");
        let mut settings = self.bus_settings(table);
        if let Some(settings) = &mut settings
            && fed_by(graph, node, &[Service::S3])
        {
            // What S3 puts on the bus is no PutEvents request of the account.
            settings.publish_quota = None;
        }
        Some(NodeKind::Push(Box::new(PushSettings { deliveries: deliveries?, ..settings? })))
    }

    /// A bus without rules, out of a table that was filled.
    pub(super) fn bus_settings(&mut self, table: &Table) -> Option<PushSettings> {
        let latency = self.time(table, "latency");
        let message_bytes = self.bytes_within(table.get("event-size")?, EVENT_BYTES);
        Some(PushSettings {
            billed_as: LineItem::EventBridgeEvents,
            publish_quota: Some(table.integer("put-quota")?),
            excess: Excess::Refused { attempts: table.integer("put-attempts")? },
            invocation_quota: Some(table.integer("invocation-quota")?),
            latency: latency?,
            message_bytes: message_bytes?,
            duplicate_probability: table.number("duplicate-probability")?,
            retry: RetryPolicy {
                waits: BUS_WAITS,
                jitter: Jitter::Below(table.number("retry-jitter")?),
                retries: table.integer("max-retry-attempts")?,
                max_age: Some(table.span("max-event-age")?),
            },
            deliveries: Vec::new(),
        })
    }

    /// What is set for each subscriber or target, in the order of the flow.
    fn deliveries(
        &mut self,
        graph: &Graph,
        node: &GraphNode,
        table: &Table,
        key: &str,
    ) -> Option<Vec<DeliverySettings>> {
        let labels: Vec<&str> = node.next.iter().map(|&next| graph.nodes[next].label.as_str()).collect();
        let tables = table.table(key)?;
        for entry in tables.entries.iter().filter(|entry| !labels.contains(&entry.key.as_str())) {
            let diagnostic = Diagnostic::new(format!("`{}` does not follow `{}` in the flow", entry.key, node.label));
            self.diagnostics.push(
                diagnostic
                    .at(entry.key_origin.place())
                    .expected(format!("expected one of {}", labels.join(", ")))
                    .help_nearest(nearest(&entry.key, labels.iter().copied())),
            );
        }
        labels
            .iter()
            .map(|label| tables.table(label).map_or_else(|| Some(DeliverySettings::default()), delivery))
            .collect()
    }

    /// A size in bytes up to AWS's limit.
    fn bytes_within(&mut self, node: &Node, (most, expected): (f64, &str)) -> Option<u64> {
        let bytes = units::size(node.text()?).ok()?;
        if !(1.0..=most).contains(&bytes) {
            self.fault(node, "no message has this size", expected);
            return None;
        }
        Some(bytes as u64)
    }

    /// What S3 sends is a notification, and that is at most 64 KB.
    pub(super) fn notification_sizes(&mut self, graph: &Graph, strategy: &Table) {
        let sources = graph.nodes.iter().filter(|node| node.role == Role::Service(Service::S3));
        for &next in sources.flat_map(|source| &source.next) {
            let label = &graph.nodes[next].label;
            let key = if graph.nodes[next].role == Role::Service(Service::EventBridge) {
                "event-size"
            } else {
                "message-size"
            };
            let Some(size) = strategy.table(label).and_then(|table| table.get(key)) else { continue };
            let bytes = size.text().and_then(|text| units::size(text).ok());
            if bytes.is_some_and(|bytes| bytes > NOTIFICATION_BYTES) {
                let title = format!("what S3 sends to `{label}` is a notification, not the object");
                self.fault(size, title, "expected at most 64KB: AWS's limit for a notification");
            }
        }
    }
}

/// Whether one of these services stands before a node.
fn fed_by(graph: &Graph, node: &GraphNode, services: &[Service]) -> bool {
    let feeds = |other: &&GraphNode| other.next.iter().any(|&next| graph.nodes[next] == *node);
    let is_one = |other: &GraphNode| matches!(other.role, Role::Service(service) if services.contains(&service));
    graph.nodes.iter().filter(feeds).any(is_one)
}

/// A subscription or a rule, out of a table that was filled.
fn delivery(table: &Table) -> Option<DeliverySettings> {
    Some(DeliverySettings {
        filter: table.number("filter")?,
        server_error: table.number("server-error")?,
        client_error: table.number("client-error")?,
        on_failure: match table.text("on-failure")? {
            "dead-letter-queue" => OnFailure::DeadLetterQueue,
            _ => OnFailure::Drop,
        },
    })
}
