//! Intervals, paired differences and goodness of fit, over replications.

mod batch_means;
mod estimate;
mod goodness_of_fit;
mod hypothesis;
mod warm_up;

pub use batch_means::{batch_means, critical_correlation, lag_one_correlation};
pub use estimate::{Estimate, paired_difference, paired_ratio, student_quantile, variance_ratio};
pub use goodness_of_fit::{ks_critical, ks_p_value, ks_statistic};
pub use hypothesis::{Difference, Summary, holm, sign_test};
pub use warm_up::{Truncation, mser5};
