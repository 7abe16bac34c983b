//! Intervals, paired differences and goodness of fit, over replications.

mod estimate;
mod goodness_of_fit;
mod hypothesis;

pub use estimate::{Estimate, paired_difference, paired_ratio, variance_ratio};
pub use goodness_of_fit::{ks_critical, ks_p_value, ks_statistic};
pub use hypothesis::{Difference, Summary, holm, sign_test};
