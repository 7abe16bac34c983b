//! What faults strike in a design, and what they do there.

mod target;

pub use target::{DesignFault, Target};
