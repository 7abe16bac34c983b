//! What can be set on a queue, validated. Defaults are AWS's where AWS documents one.

use crate::kernel::{Distribution, Span};

/// A queue, standard or FIFO.
#[derive(Debug, Clone, PartialEq)]
pub struct SqsSettings {
    /// How long a received message stays hidden, 0 to 12 h.
    pub visibility_timeout: Span,
    /// How long a message is kept, 60 s to 14 d from its sending.
    pub retention: Span,
    /// How long a new message is hidden at first, 0 to 15 min.
    pub delay: Span,
    /// How often a message may be received before it is moved to the dead-letter queue, 1 to 1,000; none: there is no
    /// dead-letter queue.
    pub max_receive_count: Option<u32>,
    /// Chance that a message is stored twice, so that it is delivered again whatever becomes of the first.
    pub duplicate_probability: f64,
    /// From the send call to the message in the queue.
    pub send_latency: Distribution,
    /// From the instant a receive takes messages to the poller that has them.
    pub receive_latency: Distribution,
    /// Size of a message in bytes, at most 1 MiB.
    pub message_bytes: u64,
}

/// What is set on FIFO queues besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FifoSettings {
    /// What the message groups are.
    pub grouping: Grouping,
    /// How many calls it takes.
    pub throughput: Throughput,
    /// Messages of one send call, 1 to 10.
    pub send_batch: u32,
}

/// Which messages belong to one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Those of equal keys.
    Key,
    /// All.
    One,
}

/// The mode of a FIFO queue's throughput.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throughput {
    /// A limit for the queue.
    Ordinary,
    /// A limit for each partition.
    High {
        /// Into how many partitions the groups are spread, at least 1.
        partitions: u32,
    },
}
