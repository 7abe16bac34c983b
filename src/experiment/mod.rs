//! Replications, comparison, objectives. Threads live here and nowhere lower.

mod assemble;
mod cdf;
pub mod compare;
mod decide;
mod fault_figures;
pub mod figures;
mod fingerprint;
pub mod limit;
pub mod recommend;
pub mod results;
mod run;
mod series;
pub mod story;
pub mod sweep;
pub mod timeline;

pub(crate) use assemble::prices_used;
pub use results::Results;
pub use run::{ExperimentError, Options, Progress, run, run_all, simulate};
