//! Replications, comparison, objectives. Threads live here and nowhere lower.

mod assemble;
mod cdf;
pub mod compare;
mod fault_figures;
pub mod figures;
mod fingerprint;
pub mod limit;
pub mod precision;
pub mod results;
mod run;
pub mod run_alone;
mod series;
pub mod story;
pub mod sweep;
pub mod timeline;

pub use results::Results;
pub use run::{ExperimentError, Options, Progress, run, run_all, simulate};
