//! What a function does before its first item: it builds what it needs and opens its connections, once in each environment
//! or at every invocation.
//!
//! Rules kept: what is kept in globals and connections outlives the invocation, as long as its environment (L-env); work
//! of the initialiser is a part of Init, with its limit of 10 s and on the bill (L-env, B-init); work of the handler is a
//! part of every run, and inside the function timeout.
//!
//! Left out: connections that break while nobody uses them, and a proxy that shares connections among environments, of
//! which no document at hand gives numbers.

use crate::kernel::Distribution;
use crate::words::ResourceId;

/// What a function does before its first item, validated.
#[derive(Debug, Clone, PartialEq)]
pub struct InitialiseSettings {
    /// How often.
    pub when: When,
    /// What building takes, without connections.
    pub time: Distribution,
    /// The connections it opens; none: it opens none ahead of its calls.
    pub pool: Option<PoolSettings>,
}

/// How often a function prepares itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Once in each environment, in its Init; once in each Fargate task.
    Environment,
    /// At the beginning of each invocation, whose end closes the connections again.
    Invocation,
}

/// Connections that are opened at once, before the first item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSettings {
    /// Where to.
    pub to: ResourceId,
    /// How many, at least 1.
    pub connections: u32,
}
