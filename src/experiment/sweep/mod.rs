//! A sweep: one scenario at many points, each a choice of values for some of its keys.
//!
//! The way of the data: [`Plan`] (what was asked) → [`Sweep`] (every point validated, with a digest of all that its figures
//! depend on) → one [part](parts) a point, written aside and renamed as soon as the point is done → tables and charts, which
//! are made from the parts alone. So one machine, many, and one that was killed and went on leave the same bytes: what
//! is written at the end does not know who wrote the parts, or when.

mod checked;
mod latin;
pub mod manifest;
pub mod parts;
mod plan;
mod run;
mod shard;

pub use checked::{PlanError, Sweep};
pub use plan::{AskedError, Plan, Template, TemplateError};
pub use run::{SweepError, run};
pub use shard::{Shard, ShardError};

use super::results::Figure;

/// What was found at one point.
#[derive(Debug, Clone, PartialEq)]
pub struct PointResults {
    /// Its number, from 0.
    pub point: u64,
    /// Over integers only: that of `run.json` for the same scenario.
    pub fingerprint: String,
    /// The figures of each strategy, in the order of [`Results`](super::Results).
    pub strategies: Vec<Vec<Figure>>,
    /// Quantiles in doubt, of those that charts and objectives are of: index of the strategy, and metric.
    pub doubts: Vec<(usize, &'static str)>,
}
