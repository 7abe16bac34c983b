//! Replications, comparison, objectives. Threads live here and nowhere lower.

pub mod results;
