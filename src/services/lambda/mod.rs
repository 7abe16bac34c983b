//! AWS Lambda: execution environments, concurrency, time and money. It knows nothing of what a handler does.

mod account;
pub mod async_queue;
mod bucket;
mod environments;
mod function;
pub mod settings;

pub use account::Account;
pub use bucket::TokenBucket;
pub use environments::{Environment, Environments};
pub use function::{Function, FunctionDraws, INIT_LIMIT, Left, Mode, Place, Start, StartUp, Throttle};

/// Memory at which a function has one whole virtual processor, MB (L-mem).
pub const ONE_VCPU_MB: u64 = 1_769;

/// How long a service time takes at `memory_mb` if it took 1 at `measured_at_mb` and `cpu_share` of it is the work of
/// one thread: CPU is in proportion to memory up to one virtual processor, and more does not help one thread (L-mem).
#[must_use]
pub fn memory_factor(cpu_share: f64, measured_at_mb: u64, memory_mb: u64) -> f64 {
    let speed = |mb: u64| mb.min(ONE_VCPU_MB) as f64 / ONE_VCPU_MB as f64;
    (1.0 - cpu_share) + cpu_share * speed(measured_at_mb) / speed(memory_mb)
}
