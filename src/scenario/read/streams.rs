//! Kinesis and DynamoDB streams, and their event source mappings.

use super::Reader;
use crate::kernel::Span;
use crate::model::design::{MappedStream, NodeKind};
use crate::scenario::graph::{Graph, Role, Service};
use crate::scenario::tree::Table;
use crate::scenario::units;
use crate::services::event_source_mapping::settings::{PartialBatchResponse, StreamMappingSettings};
use crate::services::kinesis::RECORD_BYTES;
use crate::services::kinesis::settings::{Reading, StreamService, StreamSettings};

/// How often Lambda polls a Kinesis shard (E-kin), and one of DynamoDB Streams (E-ddb).
const POLLS: (Span, Span) = (Span::from_secs(1), Span::from_millis(250));
/// How long DynamoDB Streams keeps a record (D-str).
const TABLE_RETENTION: Span = Span::from_secs(86_400);
/// How many may read a shard of DynamoDB Streams (D-str).
const TABLE_READERS: usize = 2;

impl Reader<'_> {
    /// A Kinesis stream and its mappings, out of a table that was filled.
    pub(super) fn kinesis(&mut self, table: &Table) -> Option<MappedStream> {
        let (put, first) = (self.time(table, "put-latency"), self.time(table, "first-poll"));
        let (read, push) = (self.time(table, "read-latency"), self.time(table, "push-latency"));
        let reading = match table.text("reading")? {
            "enhanced-fan-out" => Reading::Pushes { latency: push? },
            _ => Reading::Polls { every: POLLS.0, first: first?, latency: read? },
        };
        let stream = StreamSettings {
            service: StreamService::Kinesis,
            shards: table.integer("shards")?,
            retention: table.span("retention")?,
            put_latency: put?,
            attempts: table.integer("producer-attempts")?,
            duplicate_probability: table.number("duplicate-probability")?,
            reading,
        };
        Some(MappedStream { stream, mapping: stream_mapping(table)? })
    }

    /// A table's stream and its mappings, out of a table that was filled.
    pub(super) fn dynamodb_streams(&mut self, table: &Table) -> Option<MappedStream> {
        let (put, first) = (self.time(table, "put-latency"), self.time(table, "first-poll"));
        let read = self.time(table, "read-latency");
        let stream = StreamSettings {
            service: StreamService::DynamoDb,
            shards: table.integer("shards")?,
            retention: TABLE_RETENTION,
            put_latency: put?,
            attempts: 1,
            duplicate_probability: 0.0,
            reading: Reading::Polls { every: POLLS.1, first: first?, latency: read? },
        };
        Some(MappedStream { stream, mapping: stream_mapping(table)? })
    }

    /// AWS lets two read a shard of DynamoDB Streams at once.
    pub(super) fn stream_readers(&mut self, graph: &Graph, strategy: &Table) {
        for node in &graph.nodes {
            let readers = node.next.len();
            if node.role != Role::Service(Service::DynamoDbStreams) || readers <= TABLE_READERS {
                continue;
            }
            let title = format!("{readers} functions read `{}`", node.label);
            if let Some(flow) = strategy.get("flow") {
                self.fault(flow, title, "expected at most 2: AWS throttles more than two readers of a shard");
            }
        }
    }

    /// No Kinesis record is larger than 10 MiB; of sizes that are drawn, those that are larger are rejected in the run.
    pub(super) fn record_sizes(&mut self, root: &Table, kinds: &[NodeKind]) {
        let kinesis = |kind: &NodeKind| matches!(kind, NodeKind::Stream(stream) if stream.stream.service == StreamService::Kinesis);
        if !kinds.iter().any(kinesis) {
            return;
        }
        let streams = root.get("arrivals").and_then(|node| node.list()).unwrap_or_default();
        for size in streams.iter().filter_map(|stream| stream.table()?.get("size")) {
            if size.text().and_then(|text| units::size(text).ok()).is_some_and(|bytes| bytes > RECORD_BYTES as f64) {
                self.fault(
                    size,
                    "an item of this size is too large for a Kinesis record",
                    "expected at most 10MB: AWS's limit",
                );
            }
        }
    }
}

/// The settings of a stream's mappings.
fn stream_mapping(table: &Table) -> Option<StreamMappingSettings> {
    Some(StreamMappingSettings {
        batch_size: table.integer("batch-size")?,
        window: table.span("window")?,
        parallelization_factor: table.integer("parallelization-factor")?,
        maximum_retry_attempts: table.integer("maximum-retry-attempts"),
        maximum_record_age: table.span("maximum-record-age"),
        bisect: table.text("bisect-on-error")? == "on",
        partial_batch_response: match table.text("partial-batch-response")? {
            "report-first-failure" => PartialBatchResponse::ReportFirst,
            "report-batch-item-failures" => PartialBatchResponse::ReportAll,
            _ => PartialBatchResponse::Off,
        },
        on_failure_destination: table.text("on-failure-destination")? != "none",
    })
}
