//! Names of streams, items and nodes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An arrival stream, by its position in the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId(pub u16);

/// One unit of work: the `number`-th arrival (from 0) of a stream, the same in every strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemId {
    /// The stream it came from.
    pub stream: StreamId,
    /// Its ordinal in that stream, from 0.
    pub number: u64,
}

/// A node of a strategy's graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u16);

/// What the functions of a strategy call while they run, by its place in the list of those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceId(pub u16);

impl StreamId {
    /// Its place in the scenario's list.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl NodeId {
    /// Its place in the graph's list.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl ResourceId {
    /// Its place in the strategy's list.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.stream.0, self.number)
    }
}
