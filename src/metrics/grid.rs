//! The grid on which time series are kept: a bounded number of bins that lose no peak, wider the longer a run lasts.

use serde::{Deserialize, Serialize};

use crate::kernel::{Span, Time};

/// Equal bins from the start of the run, of one of the round widths of a ladder.
///
/// A series starts on the finest grid on which arrivals fit in [`Grid::MAX_BINS`] bins, and goes on to the next
/// [coarser](Grid::coarser) one whenever it outgrows that number. Each width of the ladder divides the next, so that a
/// bin of the coarser grid is some whole bins of the finer, and nothing is lost that recording on it from the start
/// would have kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grid {
    width: Span,
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

/// The round widths: each unit with the multiples people count it in, finest first.
///
/// Each divides the next, so 2 and 5 cannot both stand between 1 and 10. Up to a minute it is 5, for an hour of arrivals
/// is then 720 bins of 5 s; above it is 2, for a day is then 720 bins of 2 minutes, with room for six hours of drain. No step
/// is more than fivefold, so that a series that has just outgrown a grid still has 180 bins. 1,000 days are enough for
/// [`Grid::MAX_BINS`] bins to reach the end of the clock.
const LADDER: [(u64, &[u64]); 7] = [
    (1, &[1, 5, 10, 50, 100, 500]),
    (MICROSECOND, &[1, 5, 10, 50, 100, 500]),
    (MILLISECOND, &[1, 5, 10, 50, 100, 500]),
    (SECOND, &[1, 5, 10, 30]),
    (MINUTE, &[1, 2, 10, 30]),
    (HOUR, &[1, 2, 6, 12]),
    (DAY, &[1, 2, 10, 20, 100, 200, 1_000]),
];

/// Every width of the ladder, finest first.
fn widths() -> impl Iterator<Item = u64> {
    LADDER.iter().flat_map(|&(unit, multiples)| multiples.iter().map(move |many| many * unit))
}

impl Grid {
    /// The most bins a series may have. Every step of the ladder divides it.
    pub const MAX_BINS: usize = 900;

    /// The finest grid that covers `span` with [`Grid::MAX_BINS`] bins.
    #[must_use]
    pub fn covering(span: Span) -> Self {
        let least = span.as_nanos().div_ceil(Self::MAX_BINS as u64);
        Self { width: Span::from_nanos(widths().find(|&width| width >= least).unwrap_or(1_000 * DAY)) }
    }

    /// Width of a bin.
    #[must_use]
    pub const fn width(self) -> Span {
        self.width
    }

    /// The next grid of the ladder; none after the coarsest, which reaches the end of the clock.
    #[must_use]
    pub fn coarser(self) -> Option<Self> {
        let next = widths().find(|&width| width > self.width.as_nanos())?;
        Some(Self { width: Span::from_nanos(next) })
    }

    /// How many bins of this grid make one of a coarser one.
    pub(super) fn bins_in_one_of(self, coarser: Self) -> usize {
        (coarser.width.as_nanos() / self.width.as_nanos()) as usize
    }
}

impl Bin {
    /// This bin and the one after it as one.
    fn with(self, next: &Self) -> Self {
        Self { integral: self.integral + next.integral, min: self.min.min(next.min), max: self.max.max(next.max) }
    }
}

/// Makes one bin of every `many` neighbours, in place; the last may be of fewer.
pub(super) fn join(bins: &mut Vec<Bin>, many: usize) {
    let joined = bins.len().div_ceil(many);
    for index in 0..joined {
        let (first, end) = (index * many, bins.len().min((index + 1) * many));
        bins[index] = bins[first + 1..end].iter().fold(bins[first], Bin::with);
    }
    bins.truncate(joined);
}

impl Series {
    /// The same level on a coarser grid, or the same: exactly as if it had been kept on that from the start.
    #[must_use]
    pub fn coarsened(&self, grid: Grid) -> Self {
        let mut bins = self.bins.clone();
        join(&mut bins, self.grid.bins_in_one_of(grid).max(1));
        Self { grid: grid.max(self.grid), end: self.end, bins }
    }

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

    fn bin(integral: u128, min: u64, max: u64) -> Bin {
        Bin { integral, min, max }
    }

    #[test]
    fn the_width_is_the_finest_round_one() {
        assert_eq!(covering(0), 1);
        assert_eq!(covering(900), 1);
        assert_eq!(covering(901), 5);
        // Half a minute over 900 bins is 33.3 ms: the next round width is 50 ms, 600 bins.
        assert_eq!(covering(30 * SECOND), 50 * MILLISECOND);
        // An hour is 4 s a bin: 5 s, 720 bins.
        assert_eq!(covering(HOUR), 5 * SECOND);
        // A day is 96 s a bin: two minutes. A week 11.2 min: half an hour. 30 days 48 min: an hour.
        assert_eq!(covering(DAY), 2 * MINUTE);
        assert_eq!(covering(7 * DAY), 30 * MINUTE);
        assert_eq!(covering(30 * DAY), HOUR);
        // 365 days are 9.73 h a bin.
        assert_eq!(covering(365 * DAY), 12 * HOUR);
        assert_eq!(covering(u64::MAX), 1_000 * DAY);
    }

    #[test]
    fn each_width_divides_the_next_and_the_most_bins_are_whole_bins_of_the_next() {
        let mut grid = Grid::covering(Span::ZERO);
        let mut steps = 0;
        while let Some(next) = grid.coarser() {
            let (fine, coarse) = (grid.width.as_nanos(), next.width.as_nanos());
            let ratio = grid.bins_in_one_of(next);
            assert!(coarse % fine == 0 && (2..=5).contains(&ratio), "{fine} to {coarse}");
            assert_eq!(Grid::MAX_BINS % ratio, 0);
            (grid, steps) = (next, steps + 1);
        }
        assert_eq!((grid.width.as_nanos(), steps), (1_000 * DAY, 36));
        assert!(u128::from(1_000 * DAY) * Grid::MAX_BINS as u128 > u128::from(u64::MAX), "the end of the clock");
    }

    #[test]
    fn joined_bins_keep_area_and_extremes() {
        let mut bins = vec![bin(16, 0, 3), bin(30, 3, 3), bin(31, 2, 9), bin(3, 0, 3), bin(7, 1, 1)];
        join(&mut bins, 2);
        assert_eq!(bins, vec![bin(46, 0, 3), bin(34, 0, 9), bin(7, 1, 1)]);
        join(&mut bins, 5);
        assert_eq!(bins, vec![bin(87, 0, 9)]);
        join(&mut bins, 1);
        assert_eq!(bins, vec![bin(87, 0, 9)]);
    }

    #[test]
    fn a_series_becomes_coarser_and_never_finer() {
        let [fine, coarse] = [1, 5].map(|width| Grid { width: Span::from_nanos(width) });
        let series = Series { grid: fine, end: Time::from_nanos(7), bins: (0..7).map(|n| bin(1, n, n)).collect() };
        let joined = series.coarsened(coarse);
        assert_eq!(
            (joined.grid, joined.end, joined.bins.clone()),
            (coarse, series.end, vec![bin(5, 0, 4), bin(2, 5, 6)])
        );
        assert_eq!([&series.coarsened(fine), &joined.coarsened(fine)], [&series, &joined]);
    }

    #[test]
    fn the_last_bin_is_cut_by_the_end() {
        let grid = Grid { width: Span::from_nanos(10) };
        let series = Series { grid, end: Time::from_nanos(25), bins: vec![Bin::default(); 3] };
        assert_eq!([0, 1, 2].map(|index| series.bin_span(index).as_nanos()), [10, 10, 5]);
    }

    proptest! {
        #[test]
        fn no_span_needs_more_bins_than_allowed(nanos: u64) {
            prop_assert!(nanos.div_ceil(covering(nanos)) <= Grid::MAX_BINS as u64);
        }
    }
}
