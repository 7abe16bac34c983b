//! What can be set on a topic or a bus, validated. Defaults are AWS's where AWS documents one.

use super::RetryPolicy;
use crate::kernel::Distribution;
use crate::words::LineItem;

/// A topic or a bus.
#[derive(Debug, Clone, PartialEq)]
pub struct PushSettings {
    /// What a publish is billed as, each 64 KB.
    pub billed_as: LineItem,
    /// Publishes a second; none: what publishes here does not count against a quota.
    pub publish_quota: Option<u64>,
    /// What becomes of publishes above the quota.
    pub excess: Excess,
    /// First tries of deliveries and retries a second; what exceeds it is delayed; none: without limit.
    pub invocation_quota: Option<u64>,
    /// From the publish to the delivery, as far as it is the service's own.
    pub latency: Distribution,
    /// Size of a message in bytes.
    pub message_bytes: u64,
    /// Chance that a delivery is made twice.
    pub duplicate_probability: f64,
    /// When a delivery that failed is tried again.
    pub retry: RetryPolicy,
    /// The subscribers or targets, in the order of the flow.
    pub deliveries: Vec<DeliverySettings>,
}

/// What becomes of publishes above the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// They are refused, and the publisher's SDK tries so often in all.
    Refused {
        /// Tries, the first one too; at least 1.
        attempts: u32,
    },
    /// They wait for their turn: what publishes is itself a service that does not give up.
    Delayed,
}

/// One subscriber or target.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliverySettings {
    /// Share of the items that match its filter.
    pub filter: f64,
    /// Chance that a try fails on the side of the service that it goes to; it is retried.
    pub server_error: f64,
    /// Chance that a message meets an endpoint that is gone or forbidden; it is not retried.
    pub client_error: f64,
    /// Where it goes when it is given up.
    pub on_failure: OnFailure,
}

impl Default for DeliverySettings {
    /// Everything matches, nothing fails, and there is no dead-letter queue.
    fn default() -> Self {
        Self { filter: 1.0, server_error: 0.0, client_error: 0.0, on_failure: OnFailure::Drop }
    }
}

/// Where a message goes that is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// Nowhere.
    Drop,
    /// To the subscriber's own dead-letter queue.
    DeadLetterQueue,
}
