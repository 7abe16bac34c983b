//! The vocabulary shared by every floor above: names of things, no behaviour.

mod architecture;
mod duplicate_cause;
mod ids;
mod line_item;
mod suppressed_by;

pub use architecture::Architecture;
pub use duplicate_cause::{DuplicateCause, DuplicatesByCause};
pub use ids::{ItemId, NodeId, ResourceId, StreamId};
pub use line_item::{LineItem, Usage};
pub use suppressed_by::{SuppressedBy, SuppressedCounts};
