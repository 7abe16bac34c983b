//! Proof that the simulator is right: what theory says exactly, and the simulator held against it.

pub mod bare_loop;
pub mod bench;
pub mod closed_forms;
pub mod coverage;
pub mod verify;

use crate::experiment::figures::Value;

/// The figure of that name for the whole strategy; NaN where a run has none.
fn figure(figures: &[Value], metric: &str) -> f64 {
    let found = figures.iter().find(|value| value.scope.is_empty() && value.metric.name == metric);
    found.map_or(f64::NAN, |value| value.value)
}
