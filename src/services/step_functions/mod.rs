//! AWS Step Functions.

pub mod execution;
pub mod language;
