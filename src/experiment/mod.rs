//! Replications, comparison, objectives. Threads live here and nowhere lower.

mod assemble;
mod batch_means;
mod cdf;
pub mod compare;
mod decide;
mod fault_figures;
pub mod figures;
mod fingerprint;
mod fluid;
pub mod limit;
mod machine_errors;
pub mod machines;
pub mod precision;
mod quantiles;
mod rare_quantiles;
pub mod recommend;
pub mod results;
mod run;
pub mod run_alone;
pub mod sensitivity;
mod series;
pub mod sobol;
pub mod story;
pub mod sweep;
pub mod timeline;
mod warm_up;
mod workflow_figures;

pub(crate) use assemble::prices_used;
pub use results::Results;
pub use run::{ExperimentError, Options, Progress, Within, parts_of, run, run_all, simulate};
