//! Lambda's event source mappings. Of an SQS queue: how many batches at once, and when a batch is closed. Of a stream: the
//! batches of each shard, one after the other, and what becomes of those that fail. They know neither the queue or the
//! stream nor the function.

mod batch;
mod lane;
mod pollers;
mod provisioned;
pub mod settings;

pub use batch::{BatchRules, PAYLOAD_LIMIT};
pub use lane::{Failed, Lane, Look, Record};
pub use pollers::{CEILING, Pollers, START, TICK, after_throttle};
pub use provisioned::BATCHES_A_POLLER;
