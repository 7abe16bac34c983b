//! The vocabulary shared by every floor above: names of things, no behaviour.

mod architecture;
mod ids;
mod line_item;

pub use architecture::Architecture;
pub use ids::{ItemId, NodeId, StreamId};
pub use line_item::{LineItem, Usage};
