//! Proof that the simulator is right: what theory says exactly.

pub mod closed_forms;
