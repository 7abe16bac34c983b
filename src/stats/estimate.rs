//! A mean over replications with its confidence interval.

use serde::{Deserialize, Serialize};

/// A mean with its 95 % Student-t interval. All three are infinite where the value is `never` in any replication; the
/// interval is absent (`None`) with a single replication.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Mean over the replications.
    pub mean: f64,
    /// Lower and upper end of the interval.
    pub interval: Option<(f64, f64)>,
    /// How many replications.
    pub replications: usize,
}
