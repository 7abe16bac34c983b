//! SQS queues and their event source mappings.

use super::Reader;
use crate::kernel::Span;
use crate::model::design::{NodeKind, PolledQueue};
use crate::scenario::graph::Graph;
use crate::scenario::shape::written;
use crate::scenario::tree::{Node, Table};
use crate::scenario::units;
use crate::services::event_source_mapping::settings::MappingSettings;
use crate::services::lambda::settings::Platform;
use crate::services::sqs::PER_CALL;
use crate::services::sqs::settings::SqsSettings;

/// AWS's largest message, in bytes.
const MESSAGE_BYTES_AT_MOST: f64 = 1_048_576.0;
/// The shortest window of a batch that takes more than one receive.
const WINDOW_OF_LARGE_BATCHES: Span = Span::from_secs(1);

impl Reader<'_> {
    /// A queue and its mapping, out of a table that was filled.
    pub(super) fn polled_queue(&mut self, table: &Table) -> Option<PolledQueue> {
        let (batch_size, window) = (table.integer("batch-size")?, table.span("window")?);
        if batch_size > PER_CALL && window < WINDOW_OF_LARGE_BATCHES {
            let title = format!("a `batch-size` of {batch_size} needs a `window`");
            let expected = "expected at most 10, or a `window` of at least 1s: AWS's rule";
            self.fault(table.get("batch-size")?, title, expected);
            return None;
        }
        let send_latency = self.time(table, "send-latency");
        let receive_latency = self.time(table, "receive-latency");
        Some(PolledQueue {
            queue: SqsSettings {
                visibility_timeout: table.span("visibility-timeout")?,
                retention: table.span("retention")?,
                delay: table.span("delay")?,
                max_receive_count: table.integer("max-receive-count"),
                duplicate_probability: table.number("duplicate-probability")?,
                message_bytes: self.message_bytes(table.get("message-size")?)?,
                send_latency: send_latency?,
                receive_latency: receive_latency?,
            },
            mapping: MappingSettings {
                batch_size,
                window,
                maximum_concurrency: table.integer("maximum-concurrency"),
                report_batch_item_failures: table.text("partial-batch-response")? == "report-batch-item-failures",
            },
        })
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
