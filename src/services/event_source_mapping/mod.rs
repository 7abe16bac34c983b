//! Lambda's event source mapping of an SQS queue: how many batches at once, and when a batch is closed. It knows
//! neither the queue nor the function.

mod batch;
mod pollers;
mod provisioned;
pub mod settings;

pub use batch::{BatchRules, PAYLOAD_LIMIT};
pub use pollers::{CEILING, Pollers, START, TICK, after_throttle};
pub use provisioned::BATCHES_A_POLLER;
