//! What a function does with its work.

mod batch_settings;

pub use batch_settings::{BatchSettings, Commit, Marker, OnItemError, Overlap};
