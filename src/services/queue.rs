//! The textbook queue: first in, first out, no delay, polling or loss.

/// An ideal queue in front of ideal servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueSettings {
    /// Waiting places; none means without bound, 0 is a loss system. Items refused are `rejected`.
    pub capacity: Option<u64>,
}
