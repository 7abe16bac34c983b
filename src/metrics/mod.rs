//! What is measured while a run goes on: integers only, so that merging is exact and order-free.

pub mod catalogue;
mod gauge;
mod grid;
mod histogram;
mod recorder;

pub use gauge::{AgeGauge, Gauge, GaugeTotals};
pub use grid::{Bin, Grid, Series};
pub use histogram::{Histogram, HistogramError};
