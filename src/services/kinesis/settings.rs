//! What can be set on a stream, validated. Defaults are AWS's where AWS documents one.

use crate::kernel::{Distribution, Span};

/// A stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSettings {
    /// Which service it is.
    pub service: StreamService,
    /// How many shards it has, from the start to the end.
    pub shards: u32,
    /// How long a record is kept from its writing: 24 h to 8,760 h, and always 24 h for DynamoDB Streams.
    pub retention: Span,
    /// From the producer's call to the record in the stream; records for one shard are stored in the order of the calls.
    pub put_latency: Distribution,
    /// How often a producer calls for one record at most, the first call counted; what is refused so often is rejected.
    pub attempts: u32,
    /// Chance that the answer to a call that stored the record is lost, so that the producer calls once more.
    pub duplicate_probability: f64,
    /// How consumers get at the records.
    pub reading: Reading,
}

/// Whose stream it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamService {
    /// Kinesis Data Streams: shards have write limits, standard consumers share read limits, and shards are paid for.
    Kinesis,
    /// DynamoDB Streams: what the table takes the stream takes, and Lambda reads it without charge.
    DynamoDb,
}

/// How consumers get at the records of a shard.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Each consumer polls each shard.
    Polls {
        /// Time between two polls while no more is known to wait.
        every: Span,
        /// When a shard is polled first, up to `every`; drawn for each consumer and shard.
        first: Distribution,
        /// From the poll to the poller that has the records.
        latency: Distribution,
    },
    /// Each consumer is pushed to: enhanced fan-out.
    Pushes {
        /// From the stream to the consumer.
        latency: Distribution,
    },
}
