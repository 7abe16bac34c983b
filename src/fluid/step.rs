//! The steps in which a fluid goes on.

use crate::kernel::{Span, Time};

/// A run takes at most so many of its own accord.
const MOST: u64 = 1_200_000;
/// A run of seconds or minutes takes about so many …
const FINE: u64 = 100_000;
/// … but needs none shorter than this.
const SHORTEST_NS: u64 = 1_000_000;
/// Steps of a whole number of these, as people count time, in nanoseconds: 1, 2 and 5 of each power of ten below a second,
/// and from there on of seconds, minutes and hours.
const LADDER_S: [u64; 12] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600];

/// The step that a run of this length takes unless it is told another: a second, shorter ones where that leaves fewer than
/// a hundred thousand, longer ones where it makes more than 1.2 million; a year goes in steps of half a minute.
#[must_use]
pub fn default_step(duration: Span) -> Span {
    let length = duration.as_nanos();
    let least = at_least(length.div_ceil(MOST));
    let fine = at_least((length / FINE).max(SHORTEST_NS)).min(Span::from_secs(1));
    least.max(fine)
}

/// The first step of the ladder that is no shorter.
fn at_least(nanos: u64) -> Span {
    let below = [1, 2, 5, 10, 20, 50, 100, 200, 500].map(Span::from_millis);
    let above = LADDER_S.map(Span::from_secs);
    let found = below.into_iter().chain(above).find(|step| step.as_nanos() >= nanos);
    found.unwrap_or(Span::from_nanos(nanos))
}

/// The instants at which steps end: every step, and where the measurement and the arrivals begin and end.
#[derive(Debug)]
pub(super) struct Steps {
    step: Span,
    now: Time,
    stops: [Time; 3],
}

impl Steps {
    pub(super) fn new(step: Span, stops: [Time; 3]) -> Self {
        Self { step, now: Time::ZERO, stops }
    }
}

impl Iterator for Steps {
    type Item = (Time, Time);

    /// The next step, from and to; none past the last stop.
    fn next(&mut self) -> Option<Self::Item> {
        let from = self.now;
        if from >= self.stops[2] {
            return None;
        }
        let stop = self.stops.into_iter().filter(|&stop| stop > from).min();
        self.now = stop.map_or(from + self.step, |stop| stop.min(from + self.step));
        Some((from, self.now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_goes_in_half_minutes_a_day_in_seconds_and_an_hour_in_less() {
        let hours = |hours: u64| default_step(Span::from_secs(3_600 * hours));
        assert_eq!([1, 24, 240, 8_760].map(hours), [50, 1_000, 1_000, 30_000].map(Span::from_millis));
        assert_eq!(default_step(Span::from_millis(1)), Span::from_millis(1));
        assert_eq!(default_step(Span::from_secs(3_652 * 86_400)), Span::from_secs(300));
    }

    #[test]
    fn steps_stop_where_something_begins() {
        let at = |millis| Time::ZERO + Span::from_millis(millis);
        let steps: Vec<_> =
            Steps::new(Span::from_secs(1), [at(1_500), at(3_000), at(3_200)]).map(|step| step.1).collect();
        assert_eq!(steps, [1_000, 1_500, 2_500, 3_000, 3_200].map(at));
    }
}
