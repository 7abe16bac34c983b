//! What the gauges share: the open bin, the bins before it, and the window of the time mean.

use std::marker::PhantomData;

use super::gauge::GaugeTotals;
use super::grid::{self, Bin, Grid, Series};
use crate::kernel::Time;

/// How a level runs between two changes. Times are nanoseconds since the start.
pub(super) trait Level: Copy {
    /// What [`Level::integral`] is multiplied by, to stay in integers.
    const SCALE: u128;
    /// The level at a time; between two changes it never falls.
    fn at(self, now: u64) -> u64;
    /// [`Level::SCALE`] × level × nanoseconds from one time to a later one.
    fn integral(self, from: u64, until: u64) -> u128;
}

/// Follows a level through the bins.
///
/// `stop` is the next time at which anything but the open bin's integral has to be touched: the end of the bin or of a
/// side of the window. A change before it costs one comparison, one product and one sum.
#[derive(Debug, Clone)]
pub(super) struct Recorder<L> {
    now: u64,
    stop: u64,
    open: Bin,
    /// Where the open bin begins and ends.
    bin: (u64, u64),
    grid: Grid,
    /// The bins before the open one, in the scale of the level; at most [`Grid::MAX_BINS`].
    closed: Vec<Bin>,
    closed_integral: u128,
    window: (u64, u64),
    /// The integral up to each side of the window, once passed.
    at_window: (Option<u128>, Option<u128>),
    level: PhantomData<L>,
}

impl<L: Level> Recorder<L> {
    /// A recorder of a level that is 0 at time 0.
    pub(super) fn new(grid: Grid, from: Time, until: Time) -> Self {
        let window = (from.as_nanos(), until.max(from).as_nanos());
        Self {
            now: 0,
            stop: 0,
            open: Bin::default(),
            bin: (0, grid.width().as_nanos()),
            grid,
            closed: Vec::new(),
            closed_integral: 0,
            window,
            at_window: (None, None),
            level: PhantomData,
        }
    }

    /// Moves on to `now` with the level as it was since the last call.
    #[inline]
    pub(super) fn advance(&mut self, now: Time, level: L) {
        let now = now.as_nanos();
        debug_assert!(now >= self.now, "time went back from {} to {now} ns", self.now);
        if now >= self.stop {
            self.pass_stops(now, level);
        }
        self.accrue(now, level);
    }

    /// The level has just risen, or been reached.
    #[inline]
    pub(super) fn raise_to(&mut self, level: u64) {
        self.open.max = self.open.max.max(level);
    }

    /// The level has just fallen, or been reached.
    #[inline]
    pub(super) fn lower_to(&mut self, level: u64) {
        self.open.min = self.open.min.min(level);
    }

    /// The highest level so far.
    pub(super) fn max(&self) -> u64 {
        self.closed.iter().map(|bin| bin.max).fold(self.open.max, u64::max)
    }

    #[inline]
    fn accrue(&mut self, until: u64, level: L) {
        self.open.integral += level.integral(self.now, until);
        self.now = until;
    }

    /// Closes the bins that end by `now` and takes note of the sides of the window.
    #[cold]
    #[inline(never)]
    fn pass_stops(&mut self, now: u64, level: L) {
        loop {
            let (from, until) = self.window;
            let from = if self.at_window.0.is_some() { u64::MAX } else { from };
            let until = if self.at_window.1.is_some() { u64::MAX } else { until };
            self.stop = self.bin.1.min(from).min(until);
            // The end of the clock is no stop: nothing happens there.
            if self.stop > now || self.stop == u64::MAX {
                return;
            }
            self.accrue(self.stop, level);
            let integral = self.closed_integral + self.open.integral;
            if self.stop == from {
                self.at_window.0 = Some(integral);
            } else if self.stop == until {
                self.at_window.1 = Some(integral);
            } else {
                self.close_bin(level.at(self.stop));
            }
        }
    }

    /// Ends the open bin and opens the next with the level that lasts into it; or goes on with a wider one.
    fn close_bin(&mut self, level: u64) {
        if self.is_full() && self.coarsen() {
            return;
        }
        self.raise_to(level);
        self.closed_integral += self.open.integral;
        self.closed.push(self.open);
        self.open = Bin { integral: 0, min: level, max: level };
        self.open_from(self.bin.1);
    }

    fn open_from(&mut self, start: u64) {
        self.bin = (start, start.saturating_add(self.grid.width().as_nanos()));
    }

    /// Whether an open bin of any length is one too many.
    fn is_full(&self) -> bool {
        self.closed.len() == Grid::MAX_BINS
    }

    /// Goes on on the next coarser grid, in the room there is; whether there is one. As many bins as there may be are
    /// whole bins of it, so the open bin, which is the one after them, begins one of it.
    #[cold]
    fn coarsen(&mut self) -> bool {
        let Some(coarser) = self.grid.coarser() else { return false };
        grid::join(&mut self.closed, self.grid.bins_in_one_of(coarser));
        self.grid = coarser;
        self.open_from(self.bin.0);
        true
    }

    /// Ends the measurement. What happens at the very end of the last bin counts in it: no bin is empty.
    pub(super) fn finish(mut self, end: Time, level: L) -> GaugeTotals {
        debug_assert!(end.as_nanos() >= self.now, "the end {end:?} is before the last change");
        let end = end.as_nanos().max(self.now);
        self.advance(Time::from_nanos(end), level);
        self.raise_to(level.at(end));
        let integral = self.closed_integral + self.open.integral;
        if self.is_full() && self.bin.0 < end {
            self.coarsen();
        }
        match self.closed.last_mut() {
            Some(last) if self.bin.0 == end => {
                (last.min, last.max) = (last.min.min(self.open.min), last.max.max(self.open.max));
            }
            _ => self.closed.push(self.open),
        }
        self.totals(end, integral)
    }

    fn totals(mut self, end: u64, integral: u128) -> GaugeTotals {
        // Rounded at the edges of the bins, not in each: then joined bins are what one bin would have been.
        let mut upto_edge = 0;
        for bin in &mut self.closed {
            let from = upto_edge / L::SCALE;
            upto_edge += bin.integral;
            bin.integral = upto_edge / L::SCALE - from;
        }
        let upto = |passed: Option<u128>| passed.unwrap_or(integral);
        let window_integral = (upto(self.at_window.1) - upto(self.at_window.0)) / L::SCALE;
        let (from, until) = (Time::from_nanos(self.window.0.min(end)), Time::from_nanos(self.window.1.min(end)));
        GaugeTotals {
            integral: integral / L::SCALE,
            window_integral,
            window: until.since(from),
            max: self.closed.iter().map(|bin| bin.max).max().unwrap_or(0),
            series: Series { grid: self.grid, end: Time::from_nanos(end), bins: self.closed },
        }
    }
}
