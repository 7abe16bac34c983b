//! Names of streams, items, nodes and calls.

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

/// A request between two nodes. The generation tells a live call from one whose place in the arena was taken since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId {
    /// Place in the arena.
    pub index: u32,
    /// How often that place had been given out before.
    pub generation: u32,
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.stream.0, self.number)
    }
}
