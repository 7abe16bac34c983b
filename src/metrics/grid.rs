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

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The round widths: each unit with the multiples people count it in, finest first. 200 days are enough for
/// [`Grid::MAX_BINS`] bins to reach the end of the clock.
const LADDER: [(u64, &[u64]); 7] = [
    (1, &[1, 2, 5, 10, 20, 50, 100, 200, 500]),
    (MICROSECOND, &[1, 2, 5, 10, 20, 50, 100, 200, 500]),
    (MILLISECOND, &[1, 2, 5, 10, 20, 50, 100, 200, 500]),
    (SECOND, &[1, 2, 5, 10, 15, 30]),
    (MINUTE, &[1, 2, 5, 10, 15, 30]),
    (HOUR, &[1, 2, 3, 6, 12]),
    (DAY, &[1, 2, 5, 10, 20, 50, 100, 200]),
];

impl Grid {
    /// The most bins a series may have up to the horizon.
    pub const MAX_BINS: u64 = 1_500;

    /// The finest grid of a round width (1, 2, 5, 10, 15, 30 of a unit …) that covers `horizon`.
    #[must_use]
    pub fn covering(horizon: Span) -> Self {
        let least = horizon.as_nanos().div_ceil(Self::MAX_BINS);
        let mut widths = LADDER.iter().flat_map(|&(unit, multiples)| multiples.iter().map(move |many| many * unit));
        Self { width: Span::from_nanos(widths.find(|&width| width >= least).unwrap_or(200 * DAY)) }
    }
}

impl Series {
    /// How much time the bin of that index covers: the grid's width, less where the end of the run cuts it short.
    #[must_use]
    pub fn bin_span(&self, index: usize) -> Span {
        let start = Time::ZERO + self.grid.width.times(index as u64);
        self.grid.width.min(self.end.since(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn covering(nanos: u64) -> u64 {
        Grid::covering(Span::from_nanos(nanos)).width.as_nanos()
    }

    #[test]
    fn the_width_is_the_finest_round_one() {
        assert_eq!(covering(0), 1);
        assert_eq!(covering(1_500), 1);
        assert_eq!(covering(1_501), 2);
        // An hour over 1,500 bins is 2.4 s: the next round width is 5 s, 720 bins.
        assert_eq!(covering(HOUR), 5 * SECOND);
        // A day is 57.6 s a bin: a minute. A week 403.2 s: ten minutes. 30 days 28.8 min: half an hour.
        assert_eq!(covering(DAY), MINUTE);
        assert_eq!(covering(7 * DAY), 10 * MINUTE);
        assert_eq!(covering(30 * DAY), 30 * MINUTE);
        // 365 days are 5.84 h a bin.
        assert_eq!(covering(365 * DAY), 6 * HOUR);
        assert_eq!(covering(u64::MAX), 200 * DAY);
    }

    #[test]
    fn the_last_bin_is_cut_by_the_end() {
        let grid = Grid { width: Span::from_nanos(10) };
        let series = Series { grid, end: Time::from_nanos(25), bins: vec![Bin::default(); 3] };
        assert_eq!([0, 1, 2].map(|index| series.bin_span(index).as_nanos()), [10, 10, 5]);
    }

    proptest! {
        #[test]
        fn no_horizon_needs_more_bins_than_allowed(nanos: u64) {
            prop_assert!(nanos.div_ceil(covering(nanos)) <= Grid::MAX_BINS);
        }
    }
}
