//! Arrival processes, one file each, and trace replay.

pub mod settings;

pub use settings::StreamSettings;
