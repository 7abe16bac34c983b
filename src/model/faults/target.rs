//! The parts of a design that a fault strikes.

use crate::services::faults::Fault;
use crate::words::{NodeId, ResourceId};

/// A fault of the scenario, and what of a strategy it strikes.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignFault {
    /// The fault: the same for every strategy.
    pub fault: Fault,
    /// What it strikes here, each once; nothing only in a run that shows what would have been without it.
    pub targets: Vec<Target>,
}

/// A part of a design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A service or a function of the flow.
    Node(NodeId),
    /// What functions call.
    Resource(ResourceId),
    /// The table of an idempotent function.
    Store(NodeId),
    /// What the batch of a schedule lists.
    BatchSource(NodeId),
}
