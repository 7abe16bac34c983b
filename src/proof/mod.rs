//! Proof that the simulator is right: what theory says exactly.

pub mod bare_loop;
pub mod closed_forms;
