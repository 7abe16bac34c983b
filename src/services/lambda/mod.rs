//! AWS Lambda: execution environments, concurrency, time and money. It knows nothing of what a handler does.

mod account;
pub mod async_queue;
mod environments;
mod function;
pub mod settings;

pub use super::token_bucket::TokenBucket;
pub use account::Account;
pub use environments::{Environment, Environments};
pub use function::{Function, FunctionDraws, INIT_LIMIT, Left, Mode, Place, Start, StartUp, Throttle};

/// Memory at which a function has one whole virtual processor, MB (L-mem).
pub const ONE_VCPU_MB: u64 = 1_769;

/// Speed of one thread at this memory: 1 is a whole virtual processor. CPU is in proportion to memory up to that, and
/// more does not help one thread (L-mem).
#[must_use]
pub fn thread_speed(memory_mb: u64) -> f64 {
    memory_mb.min(ONE_VCPU_MB) as f64 / ONE_VCPU_MB as f64
}
