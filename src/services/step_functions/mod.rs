//! AWS Step Functions.

pub mod execution;
pub mod language;
pub mod service;
pub mod settings;
