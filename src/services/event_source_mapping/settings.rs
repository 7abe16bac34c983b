//! What can be set on the mapping, validated. Defaults are AWS's.

use crate::kernel::Span;

/// An event source mapping from a queue to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingSettings {
    /// Most messages of a batch, 1 to 10,000; above 10 only with a window of at least 1 s.
    pub batch_size: u32,
    /// How long a poller gathers before it invokes, 0 to 300 s.
    pub window: Span,
    /// Most batches at once, 2 to 1,000; none: only the mapping's own ceiling.
    pub maximum_concurrency: Option<u32>,
    /// Event pollers of provisioned mode; none: the default mode. Not with a `maximum_concurrency`.
    pub provisioned: Option<ProvisionedPollers>,
    /// The function answers with the messages that failed (`ReportBatchItemFailures`), so that the others are deleted.
    pub report_batch_item_failures: bool,
}

/// How many event pollers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvisionedPollers {
    /// At least, 2 to 200.
    pub minimum: u32,
    /// At most, 2 to 10,000.
    pub maximum: u32,
}

/// An event source mapping from a stream to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamMappingSettings {
    /// Most records of a batch, 1 to 10,000.
    pub batch_size: u32,
    /// How long a batch gathers before it is sent, 0 to 300 s.
    pub window: Span,
    /// Batches at once of one shard, 1 to 10; records of one key stay in order.
    pub parallelization_factor: u32,
    /// How often a batch is tried again after its first try failed, 0 to 10,000; none: until its records expire (AWS
    /// writes -1).
    pub maximum_retry_attempts: Option<u32>,
    /// Records older than this are skipped, 60 s to 604,800 s; none: there is no such limit (AWS writes -1).
    pub maximum_record_age: Option<Span>,
    /// Cut a batch in two when a function error ends its run (`BisectBatchOnFunctionError`).
    pub bisect: bool,
    /// Whether the function tells which records failed.
    pub partial_batch_response: PartialBatchResponse,
    /// Whether skipped batches are told to a queue, topic or bucket.
    pub on_failure_destination: bool,
}

/// What a function does when one record of its batch fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartialBatchResponse {
    /// It fails, and with it the batch.
    Off,
    /// It stops there and returns this record as its failure, as AWS's example does.
    ReportFirst,
    /// It goes on, and returns every record that failed.
    ReportAll,
}
