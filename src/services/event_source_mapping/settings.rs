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
