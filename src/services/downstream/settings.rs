//! What can be set on a downstream, validated.

use crate::kernel::{Distribution, Span};

/// A database or partner's interface that functions call.
#[derive(Debug, Clone, PartialEq)]
pub struct DownstreamSettings {
    /// Time one call takes where nothing else is asked of it.
    pub latency: Distribution,
    /// What a new connection takes besides.
    pub connect: Distribution,
    /// Calls it works on at full speed at once; more share its speed. None: as many as come.
    pub capacity: Option<u32>,
    /// By how much each capacity's worth of calls beyond `capacity` slows all of them besides, at least 0.
    pub contention: f64,
    /// Connections, at least 1; none: as many as it takes.
    pub connections: Option<u32>,
    /// Who holds a connection, and how long.
    pub holding: Holding,
    /// How long a call waits for a connection before it is refused; zero: it is refused at once.
    pub connection_wait: Span,
    /// Calls that may wait for a connection; none: as many as come.
    pub max_waiting: Option<u64>,
    /// Calls it takes, beyond which it refuses; none: as many as come.
    pub rate_limit: Option<RateLimit>,
    /// Chance that a call fails.
    pub error: f64,
    /// Of the calls that fail, the share that had done their work.
    pub after_commit: f64,
    /// Whether it knows an item by its key, and does its work once only.
    pub idempotent: bool,
}

/// Who holds a connection, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Each call takes one and gives it back.
    PerCall,
    /// Each worker of an execution environment or task keeps one from its first call on, until it has been idle this long.
    PerEnvironment {
        /// The server closes a connection that was idle so long.
        idle: Span,
    },
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// From one token to the next, above zero.
    pub interval: Span,
    /// Most tokens saved up, at least 1.
    pub burst: u32,
}
