//! What a function does with its work. Lambda knows nothing of it; the model advances it.

mod batch_settings;
pub mod idempotency;
mod inbox;
mod initialise;
mod per_item;
mod program;
pub mod state;

pub use batch_settings::{BatchSettings, Commit, Marker, OnItemError, Overlap, Source};
pub use inbox::{Claimant, Inbox, Position};
pub use initialise::{InitialiseSettings, PoolSettings, When};
pub use per_item::{ByFault, Ends, PerItem, Plan, Struck};
pub use program::{CallSettings, Program, Step};
