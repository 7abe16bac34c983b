//! SQS queues and their event source mappings.

use super::Reader;
use crate::kernel::Span;
use crate::model::design::{NodeKind, PolledQueue};
use crate::scenario::graph::Graph;
use crate::scenario::shape::written;
use crate::scenario::tree::{Node, Table};
use crate::scenario::units;
use crate::services::event_source_mapping::settings::{MappingSettings, ProvisionedPollers};
use crate::services::lambda::settings::Platform;
use crate::services::sqs::PER_CALL;
use crate::services::sqs::settings::{FifoSettings, Grouping, SqsSettings, Throughput};

/// AWS's largest message, in bytes.
const MESSAGE_BYTES_AT_MOST: f64 = 1_048_576.0;
/// AWS's defaults of provisioned mode.
const POLLERS_AT_LEAST: u32 = 2;
const POLLERS_AT_MOST: u32 = 200;
/// The shortest window of a batch that takes more than one receive.
const WINDOW_OF_LARGE_BATCHES: Span = Span::from_secs(1);

impl Reader<'_> {
    /// A queue and its mapping, out of a table that was filled.
    pub(super) fn polled_queue(&mut self, table: &Table) -> Option<PolledQueue> {
        let (batch_size, window): (u32, Span) = (table.integer("batch-size")?, table.span("window")?);
        if batch_size > PER_CALL && window < WINDOW_OF_LARGE_BATCHES {
            let title = format!("a `batch-size` of {batch_size} needs a `window`");
            let expected = "expected at most 10, or a `window` of at least 1s: AWS's rule";
            self.fault(table.get("batch-size")?, title, expected);
            return None;
        }
        self.queue_and_mapping(table, None)
    }

    /// A FIFO queue and its mapping, out of a table that was filled.
    pub(super) fn fifo_queue(&mut self, table: &Table) -> Option<PolledQueue> {
        if table.span("window")? > Span::ZERO {
            let expected = "expected 0s: AWS gathers batches of standard queues only (AWS Lambda guide, with-sqs)";
            self.fault(table.get("window")?, "a FIFO queue has no batching window", expected);
            return None;
        }
        let partitions = table.integer("partitions")?;
        let fifo = FifoSettings {
            grouping: if table.text("group")? == "one" { Grouping::One } else { Grouping::Key },
            throughput: if table.text("throughput")? == "high" {
                Throughput::High { partitions }
            } else {
                Throughput::Ordinary
            },
            send_batch: table.integer("send-batch")?,
        };
        self.queue_and_mapping(table, Some(fifo))
    }

    fn queue_and_mapping(&mut self, table: &Table, fifo: Option<FifoSettings>) -> Option<PolledQueue> {
        let send_latency = self.time(table, "send-latency");
        let receive_latency = self.time(table, "receive-latency");
        let redrive = self.redrive(table)?;
        Some(PolledQueue {
            queue: SqsSettings {
                visibility_timeout: table.span("visibility-timeout")?,
                retention: table.span("retention")?,
                delay: table.span("delay")?,
                max_receive_count: table.integer("max-receive-count"),
                // A FIFO queue makes no copies.
                duplicate_probability: table.number("duplicate-probability").unwrap_or(0.0),
                message_bytes: self.message_bytes(table.get("message-size")?)?,
                send_latency: send_latency?,
                receive_latency: receive_latency?,
            },
            fifo,
            redrive,
            shed_above: table.integer("shed-above"),
            mapping: MappingSettings {
                batch_size: table.integer("batch-size")?,
                window: table.span("window")?,
                maximum_concurrency: table.integer("maximum-concurrency"),
                provisioned: self.provisioned_pollers(table)?,
                report_batch_item_failures: table.text("partial-batch-response")? == "report-batch-item-failures",
            },
        })
    }

    /// The event pollers of provisioned mode, if it is on.
    fn provisioned_pollers(&mut self, table: &Table) -> Option<Option<ProvisionedPollers>> {
        let (least, most) = (table.get("minimum-pollers"), table.get("maximum-pollers"));
        let Some(node) = least.or(most) else { return Some(None) };
        if let Some(node) = table.get("maximum-concurrency") {
            let title = "`maximum-concurrency` and provisioned pollers exclude each other";
            self.fault(node, title, "expected one of the two: AWS's rule");
            return None;
        }
        let minimum = table.integer("minimum-pollers").unwrap_or(POLLERS_AT_LEAST);
        let maximum = table.integer("maximum-pollers").unwrap_or(POLLERS_AT_MOST);
        if minimum > maximum {
            let title = format!("`minimum-pollers` of {minimum} with `maximum-pollers` of {maximum}");
            self.fault(node, title, "expected no more pollers at least than at most");
            return None;
        }
        Some(Some(ProvisionedPollers { minimum, maximum }))
    }

    fn message_bytes(&mut self, node: &Node) -> Option<u64> {
        let bytes = units::size(node.text()?).ok()?;
        if !(1.0..=MESSAGE_BYTES_AT_MOST).contains(&bytes) {
            self.fault(node, "no message has this size", "expected from 1B to 1MB: AWS's limit");
            return None;
        }
        Some(bytes as u64)
    }

    /// AWS creates a mapping only if the visibility timeout is at least the function's timeout.
    pub(super) fn visibility_timeouts(&mut self, graph: &Graph, kinds: &[NodeKind], strategy: &Table) {
        for (node, kind) in graph.nodes.iter().zip(kinds) {
            let NodeKind::Sqs(settings) = kind else { continue };
            let Some(NodeKind::Function(function)) = node.next.first().map(|&next| &kinds[next]) else { continue };
            let Platform::Lambda(lambda) = &function.platform else { continue };
            if settings.queue.visibility_timeout >= lambda.timeout {
                continue;
            }
            let visibility = written(settings.queue.visibility_timeout);
            let title = format!(
                "the visibility timeout of `{}`, {visibility}, is shorter than the timeout of `{}`, {}",
                node.label,
                function.name,
                written(lambda.timeout)
            );
            let own = strategy.table(&node.label).and_then(|table| table.get("visibility-timeout"));
            let written_down = own.filter(|node| node.origin.place().is_some());
            if let Some(node) = written_down.or_else(|| strategy.get("flow")) {
                let expected = "expected a `visibility-timeout` of at least the function's timeout: AWS's rule";
                self.fault(node, title, expected);
            }
        }
    }
}
