//! Levels over time: time-weighted, on the fixed grid.

use super::grid::{Grid, Series};
use crate::kernel::{Span, Time};

/// An integer level that steps up and down: a backlog, a concurrency.
#[derive(Debug, Clone)]
pub struct Gauge {
    level: u64,
    max: u64,
}

/// The age of the oldest of something: grows with the clock between the moments when the oldest changes.
#[derive(Debug, Clone)]
pub struct AgeGauge {}

impl Gauge {
    /// A gauge at level 0 at time 0. The time mean is taken over `from..until`.
    #[must_use]
    pub fn new(_grid: Grid, _from: Time, _until: Time) -> Self {
        Self { level: 0, max: 0 }
    }
    /// The level now.
    #[must_use]
    pub fn level(&self) -> u64 {
        self.level
    }
    /// Steps up. Times must not go back.
    pub fn up(&mut self, _now: Time, by: u64) {
        self.level += by;
        self.max = self.max.max(self.level);
    }
    /// Steps down.
    pub fn down(&mut self, _now: Time, by: u64) {
        self.level -= by;
    }
    /// Ends the measurement.
    pub fn finish(self, _end: Time) -> GaugeTotals {
        todo!()
    }
}

/// What a gauge measured.
#[derive(Debug, Clone)]
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

impl AgeGauge {
    /// A gauge with nothing in it.
    #[must_use]
    pub fn new(_grid: Grid) -> Self {
        Self {}
    }
    /// From now on the oldest is the one born at `born` (none: there is none, age 0).
    pub fn set_oldest(&mut self, _now: Time, _born: Option<Time>) {}
    /// Ends the measurement; levels are nanoseconds.
    pub fn finish(self, _end: Time) -> GaugeTotals {
        todo!()
    }
}
