//! Intervals, paired differences and goodness of fit, over replications.

mod estimate;

pub use estimate::Estimate;
