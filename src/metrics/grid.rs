//! The fixed grid on which time series are kept: a bounded number of bins that lose no peak.

use serde::{Deserialize, Serialize};

use crate::kernel::{Span, Time};

/// Equal bins from the start of the run, of a round width, at most [`Grid::MAX_BINS`] of them up to the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Width of a bin.
    pub width: Span,
}

/// One bin of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bin {
    /// Level × nanoseconds over the bin.
    pub integral: u128,
    /// Lowest level in it.
    pub min: u64,
    /// Highest level in it.
    pub max: u64,
}

/// A level over time, from zero to `end`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Width of the bins.
    pub grid: Grid,
    /// When the run ended; the last bin may be cut short by it.
    pub end: Time,
    /// The bins, without holes.
    pub bins: Vec<Bin>,
}

impl Grid {
    /// The most bins a series may have.
    pub const MAX_BINS: u64 = 1_500;

    /// The finest grid of a round width (1, 2, 5, 10, 15, 30 of a unit …) that covers `horizon`.
    #[must_use]
    pub fn covering(horizon: Span) -> Self {
        let least = horizon.as_nanos().div_ceil(Self::MAX_BINS).max(1);
        Self { width: Span::from_nanos(least) }
    }
}
