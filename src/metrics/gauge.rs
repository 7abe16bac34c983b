//! Levels over time: time-weighted, on a grid that grows coarser with the run.

use serde::{Deserialize, Serialize};

use super::grid::{Grid, Series};
use super::recorder::{Level, Recorder};
use crate::kernel::{Span, Time};

/// An integer level that steps up and down: a backlog, a concurrency.
///
/// A bin's least and greatest are over every level taken in it, however briefly, and the level it opened with, even where
/// that changes at the very instant the bin opens. All sums are integers, and exact. A level is counted as reached when
/// it is left (or a bin or the run ends), so that the last step up can be [taken back](Gauge::take_back).
#[derive(Debug, Clone)]
pub struct Gauge {
    level: Steady,
    recorder: Recorder<Steady>,
}

/// A level that stays as it is until it is changed.
#[derive(Debug, Clone, Copy)]
struct Steady(u64);

impl Level for Steady {
    const SCALE: u128 = 1;
    #[inline]
    fn at(self, _now: u64) -> u64 {
        self.0
    }
    #[inline]
    fn integral(self, from: u64, until: u64) -> u128 {
        u128::from(self.0) * u128::from(until - from)
    }
}

/// The age of the oldest of something: grows with the clock between the moments when the oldest changes.
///
/// Sums are kept doubled (the area under a slope of one has halves) and halved at the end, at the edges of the bins: the
/// integral up to an edge is exact up to half a ns², and any bins in a row add up to what one over them would hold.
#[derive(Debug, Clone)]
pub struct AgeGauge {
    oldest: Ageing,
    recorder: Recorder<Ageing>,
}

/// The age of what was born at the given nanosecond; none has age 0.
#[derive(Debug, Clone, Copy)]
struct Ageing(Option<u64>);

impl Level for Ageing {
    const SCALE: u128 = 2;
    #[inline]
    fn at(self, now: u64) -> u64 {
        self.0.map_or(0, |born| now.saturating_sub(born))
    }
    #[inline]
    fn integral(self, from: u64, until: u64) -> u128 {
        // Twice the trapezium under the slope from one age to the other.
        let ages = u128::from(self.at(from)) + u128::from(self.at(until));
        ages * u128::from(until - from)
    }
}

impl Gauge {
    /// A gauge at level 0 at time 0, on this grid until it is outgrown. The time mean is taken over `from..until`.
    #[must_use]
    pub fn new(grid: Grid, from: Time, until: Time) -> Self {
        Self { level: Steady(0), recorder: Recorder::new(grid, from, until) }
    }

    /// The level now.
    #[must_use]
    #[inline]
    pub fn level(&self) -> u64 {
        self.level.0
    }

    /// The highest level so far.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.recorder.max().max(self.level.0)
    }

    /// Steps up. Times must not go back.
    #[inline]
    pub fn up(&mut self, now: Time, by: u64) {
        self.leave(now);
        self.level.0 += by;
    }

    /// Steps down, by at most the level. Times must not go back.
    #[inline]
    pub fn down(&mut self, now: Time, by: u64) {
        debug_assert!(by <= self.level.0, "a level of {} cannot fall by {by}", self.level.0);
        self.leave(now);
        self.level.0 -= by;
        self.recorder.lower_to(self.level.0);
    }

    /// Takes back the last step up, or a part of it, at the instant at which it was made: as if it had been smaller.
    #[inline]
    pub fn take_back(&mut self, now: Time, by: u64) {
        debug_assert!(by <= self.level.0, "of a level of {} no {by} can be taken back", self.level.0);
        self.recorder.advance(now, self.level);
        self.level.0 -= by;
        self.recorder.lower_to(self.level.0);
    }

    /// The level holds up to `now`, and is about to change.
    #[inline]
    fn leave(&mut self, now: Time) {
        self.recorder.advance(now, self.level);
        self.recorder.raise_to(self.level.0);
    }

    /// Ends the measurement; the level stays as it is until then.
    #[must_use]
    pub fn finish(self, end: Time) -> GaugeTotals {
        self.recorder.finish(end, self.level)
    }
}

impl AgeGauge {
    /// A gauge with nothing in it, on this grid until it is outgrown. Its window is the whole run.
    #[must_use]
    pub fn new(grid: Grid) -> Self {
        Self { oldest: Ageing(None), recorder: Recorder::new(grid, Time::ZERO, Time::NEVER) }
    }

    /// From now on the oldest is the one born at `born` (none: there is none, age 0). Times must not go back.
    #[inline]
    pub fn set_oldest(&mut self, now: Time, born: Option<Time>) {
        self.recorder.advance(now, self.oldest);
        let reached = self.oldest.at(now.as_nanos());
        self.oldest = Ageing(born.map(Time::as_nanos));
        let next = self.oldest.at(now.as_nanos());
        self.recorder.raise_to(reached.max(next));
        self.recorder.lower_to(next);
    }

    /// Ends the measurement; levels are nanoseconds.
    #[must_use]
    pub fn finish(self, end: Time) -> GaugeTotals {
        self.recorder.finish(end, self.oldest)
    }
}

/// What a gauge measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GaugeTotals {
    /// Over the whole run, level × ns.
    pub integral: u128,
    /// Over `from..until` (cut at the end of the run), level × ns.
    pub window_integral: u128,
    /// The length of that window.
    pub window: Span,
    /// Highest level.
    pub max: u64,
    /// The series.
    pub series: Series,
}

#[cfg(test)]
mod tests {
    use super::super::grid::Bin;
    use super::*;
    use proptest::prelude::*;

    /// Bins of so many nanoseconds, a width of the ladder.
    fn bins_of(nanos: u64) -> Grid {
        Grid::covering(Span::from_nanos(nanos * Grid::MAX_BINS as u64))
    }

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    fn bin(integral: u128, min: u64, max: u64) -> Bin {
        Bin { integral, min, max }
    }

    #[test]
    fn a_level_counts_in_every_bin_it_persists_into() {
        let mut gauge = Gauge::new(bins_of(10), at(5), at(32));
        gauge.up(at(3), 2);
        gauge.up(at(8), 1);
        gauge.down(at(31), 3);
        assert_eq!((gauge.level(), gauge.max()), (0, 3));
        let totals = gauge.finish(at(45));
        // 0 to 3 at 0, to 8 at 2 (10), to 10 at 3 (6); two whole bins at 3 (30 each); one ns of the next at 3.
        let expected = vec![bin(16, 0, 3), bin(30, 3, 3), bin(30, 3, 3), bin(3, 0, 3), bin(0, 0, 0)];
        assert_eq!(totals.series.bins, expected);
        assert_eq!((totals.integral, totals.max), (79, 3));
        // From 5: the six of 3..8 × 2 less the four before 5.
        assert_eq!((totals.window_integral, totals.window), (75, Span::from_nanos(27)));
    }

    #[test]
    fn a_peak_of_no_length_is_kept_also_at_the_very_end() {
        let mut gauge = Gauge::new(bins_of(10), at(0), Time::NEVER);
        gauge.up(at(20), 7);
        gauge.down(at(20), 7);
        let totals = gauge.finish(at(20));
        assert_eq!(totals.series.bins, vec![bin(0, 0, 0), bin(0, 0, 7)]);
        assert_eq!((totals.max, totals.window), (7, Span::from_nanos(20)));
    }

    #[test]
    fn a_step_that_is_taken_back_was_never_reached() {
        let mut gauge = Gauge::new(bins_of(10), at(0), Time::NEVER);
        gauge.up(at(3), 2);
        gauge.up(at(20), 5);
        assert_eq!(gauge.max(), 7);
        gauge.take_back(at(20), 4);
        assert_eq!((gauge.level(), gauge.max()), (3, 3));
        gauge.up(at(24), 1);
        gauge.take_back(at(24), 1);
        let totals = gauge.finish(at(30));
        assert_eq!(totals.series.bins, vec![bin(14, 0, 2), bin(20, 2, 2), bin(30, 2, 3)]);
        assert_eq!(totals.max, 3);
    }

    #[test]
    fn a_window_is_cut_at_the_end_of_the_run() {
        let mut gauge = Gauge::new(bins_of(10), at(10), at(100));
        gauge.up(at(0), 1);
        let totals = gauge.clone().finish(at(15));
        assert_eq!((totals.window_integral, totals.window), (5, Span::from_nanos(5)));
        let totals = gauge.finish(at(9));
        assert_eq!((totals.window_integral, totals.window), (0, Span::ZERO));
    }

    #[test]
    fn an_age_grows_with_the_clock() {
        let mut gauge = AgeGauge::new(bins_of(10));
        gauge.set_oldest(at(4), Some(at(2)));
        gauge.set_oldest(at(13), Some(at(9)));
        gauge.set_oldest(at(17), None);
        let totals = gauge.finish(at(20));
        // 4..10: ages 2 to 8, (64 − 4)/2 = 30. 10..13: 8 to 11, (121 − 64)/2 = 28.5; 13..17: 4 to 8, 24; then none.
        assert_eq!(totals.series.bins, vec![bin(30, 0, 8), bin(52, 0, 11)]);
        assert_eq!((totals.integral, totals.max), (82, 11));
    }

    #[test]
    fn an_age_persists_to_the_end() {
        let mut gauge = AgeGauge::new(bins_of(10));
        gauge.set_oldest(at(0), Some(at(0)));
        let totals = gauge.finish(at(25));
        assert_eq!(totals.series.bins, vec![bin(50, 0, 10), bin(150, 10, 20), bin(112, 20, 25)]);
        // The whole is halved once: 25²/2 = 312.5.
        assert_eq!((totals.integral, totals.window_integral, totals.max), (312, 312, 25));
    }

    /// Bins of a nanosecond, for 900 of them; then of five, of ten and of fifty.
    #[test]
    fn a_gauge_that_outgrows_its_grid_goes_on_on_the_next() {
        let width = |end: u64| {
            let mut gauge = Gauge::new(bins_of(1), at(0), Time::NEVER);
            gauge.up(at(700), 2);
            gauge.down(at(702), 1);
            let series = gauge.finish(at(end)).series;
            (series.grid.width().as_nanos(), series.bins.len())
        };
        assert_eq!([900, 901, 4_500].map(width), [(1, 900), (5, 181), (5, 900)]);
        assert_eq!([4_501, 9_000, 9_001].map(width), [(10, 451), (10, 900), (50, 181)]);
        let mut gauge = Gauge::new(bins_of(1), at(600), at(720));
        gauge.up(at(700), 2);
        gauge.up(at(703), 7);
        gauge.down(at(703), 7);
        gauge.down(at(712), 1);
        let totals = gauge.finish(at(9_001));
        // Bins of 50 from 700 on: 12 ns at 2 and 38 at 1, the peak of no length among them; then 1 throughout.
        assert_eq!(totals.series.bins[13..16], [bin(0, 0, 0), bin(62, 0, 9), bin(50, 1, 1)]);
        assert_eq!(totals.series.bins[180], bin(1, 1, 1));
        // From 720 there are 8,281 ns at 1; before, 24 + 8.
        assert_eq!((totals.integral, totals.window_integral, totals.max), (8_313, 32, 9));
    }

    #[test]
    fn a_quiet_age_of_centuries_fits_in_its_bins() {
        let mut gauge = AgeGauge::new(bins_of(1));
        gauge.set_oldest(at(0), Some(at(0)));
        let totals = gauge.finish(at(u64::MAX - 1));
        let series = &totals.series;
        assert!(series.bins.len() <= Grid::MAX_BINS && series.bins.len() > 150);
        assert_eq!(totals.integral, u128::from(u64::MAX - 1).pow(2) / 2);
        assert_eq!(series.bins.iter().map(|bin| bin.integral).sum::<u128>(), totals.integral);
        assert_eq!((totals.max, series.bins[0].max), (u64::MAX - 1, series.grid.width().as_nanos()));
    }

    /// Levels nanosecond by nanosecond: what held over `[t, t + 1)`, and every level seen at t before and after changes.
    fn naive(steps: &[(u64, u64)], end: u64, from: u64, until: u64) -> (Vec<Bin>, u128) {
        let mut bins: Vec<Bin> = Vec::new();
        let (mut level, mut window) = (0, 0);
        for t in 0..=end {
            if t % 10 == 0 && (t < end || end == 0) {
                bins.push(bin(0, level, level));
            }
            let open = bins.last_mut().unwrap();
            for &(_, next) in steps.iter().filter(|step| step.0 == t) {
                level = next;
                (open.min, open.max) = (open.min.min(level), open.max.max(level));
            }
            if t < end {
                open.integral += u128::from(level);
                window += if (from..until).contains(&t) { u128::from(level) } else { 0 };
            }
        }
        (bins, window)
    }

    proptest! {
        #[test]
        fn a_gauge_agrees_with_counting_every_nanosecond(
            moves in prop::collection::vec((0u64..25, 0u64..9), 0..30), tail in 0u64..40, from in 0u64..99, length in 0u64..200,
        ) {
            let mut gauge = Gauge::new(bins_of(10), at(from), at(from + length));
            let (mut now, mut steps) = (0, Vec::new());
            for (wait, level) in moves {
                now += wait;
                if level > gauge.level() {
                    gauge.up(at(now), level - gauge.level());
                } else {
                    gauge.down(at(now), gauge.level() - level);
                }
                steps.push((now, level));
            }
            let end = now + tail;
            let totals = gauge.finish(at(end));
            let (bins, window) = naive(&steps, end, from, from + length);
            prop_assert_eq!(totals.integral, bins.iter().map(|bin| bin.integral).sum::<u128>());
            prop_assert_eq!(totals.max, bins.iter().map(|bin| bin.max).max().unwrap());
            prop_assert_eq!(totals.window_integral, window);
            prop_assert_eq!(totals.series.bins, bins);
        }

        #[test]
        fn an_age_agrees_with_summing_trapezia(
            moves in prop::collection::vec((0u64..25, prop::option::of(0u64..30)), 0..30), tail in 1u64..40,
        ) {
            let mut gauge = AgeGauge::new(bins_of(10));
            let (mut now, mut born, mut doubled, mut max) = (0u64, None, 0u128, 0);
            let age = |born: Option<u64>, t: u64| born.map_or(0, |born| t - born);
            for (wait, back) in moves {
                let next = now + wait;
                doubled += (now..next).map(|t| u128::from(age(born, t) + age(born, t + 1))).sum::<u128>();
                max = max.max(age(born, next));
                (now, born) = (next, back.map(|back| next.saturating_sub(back)));
                max = max.max(age(born, now));
                gauge.set_oldest(at(now), born.map(at));
            }
            let end = now + tail;
            doubled += (now..end).map(|t| u128::from(age(born, t) + age(born, t + 1))).sum::<u128>();
            let totals = gauge.finish(at(end));
            prop_assert_eq!(totals.integral, doubled / 2);
            prop_assert_eq!(totals.max, max.max(age(born, end)));
            prop_assert_eq!(totals.series.bins.len() as u64, end.div_ceil(10));
        }

        /// Whether a grid is outgrown on the way, or a series made coarser afterwards: it is the series that the coarser
        /// grid would have given from the start.
        #[test]
        fn a_series_made_coarser_is_the_coarser_series(
            moves in prop::collection::vec((0u64..400, 0u64..9, prop::option::of(0u64..900)), 0..60), tail in 0u64..9_000,
        ) {
            let record = |grid: Grid| {
                let (mut gauge, mut ages) = (Gauge::new(grid, at(100), at(999)), AgeGauge::new(grid));
                let mut now = 0;
                for &(wait, level, back) in &moves {
                    now += wait;
                    let held = gauge.level();
                    gauge.down(at(now), held.saturating_sub(level));
                    gauge.up(at(now), level.saturating_sub(held));
                    ages.set_oldest(at(now), back.map(|back| at(now.saturating_sub(back))));
                }
                [gauge.finish(at(now + tail)), ages.finish(at(now + tail))]
            };
            let coarse = record(bins_of(50));
            for fine in [1, 5, 10].map(|width| record(bins_of(width))) {
                for (fine, coarse) in fine.into_iter().zip(&coarse) {
                    prop_assert!(fine.series.bins.len() <= Grid::MAX_BINS);
                    let series = fine.series.coarsened(coarse.series.grid);
                    prop_assert_eq!(GaugeTotals { series, ..fine }, coarse.clone());
                }
            }
        }
    }
}
