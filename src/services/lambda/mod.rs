//! AWS Lambda: execution environments, concurrency, time and money.

pub mod settings;
