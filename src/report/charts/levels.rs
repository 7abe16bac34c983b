//! A series as it is drawn: no more points than can be seen, and no teeth narrower than a pen.

use crate::experiment::results::{SeriesFigure, SeriesPoint};
use crate::report::time_text;

/// Points a panel at most: little more than one a pixel. Joined bins beat against the ticks of a schedule, so that they
/// are joined late.
const MOST_POINTS: usize = 800;
/// Points of a panel whose level turns too often to be drawn: their line is the mean over many teeth.
const FEW_POINTS: usize = 100;
/// A turn is a swing by more than this share of the panel's top.
const SWING: f64 = 0.05;
/// A panel turns too often if a twelfth of its width, some 50 pixels, holds more turns than this: teeth of 3 pixels.
const MOST_TURNS: usize = 30;
const WINDOWS: usize = 12;

/// One bin as drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub time: f64,
    pub mean: f64,
    pub min: f64,
    pub max: f64,
}

/// The highest level that is drawn.
pub(super) fn top_of(levels: &[Level]) -> f64 {
    levels.iter().map(|level| level.max.max(level.mean)).fold(0.0, f64::max)
}

/// The points of a series; fewer, with what each stands for, where the level turns too often for teeth to be drawn.
pub(super) fn drawn(series: &SeriesFigure) -> (Vec<Level>, Option<String>) {
    let levels = thinned(series, MOST_POINTS);
    if densest_turns(&levels, SWING * top_of(&levels)) <= MOST_TURNS {
        return (levels, None);
    }
    let few = thinned(series, FEW_POINTS);
    let joined = match few.as_slice() {
        [first, second, ..] => Some(format!("drawn per {}", time_text::short(second.time - first.time))),
        _ => None,
    };
    (few, joined)
}

/// The most turns of the mean by more than `swing` in any window of the series.
fn densest_turns(levels: &[Level], swing: f64) -> usize {
    let mut counts = [0; WINDOWS];
    let (mut rising, mut extreme) = (true, 0.0_f64);
    for (index, level) in levels.iter().enumerate() {
        let onwards = if rising { level.mean - extreme } else { extreme - level.mean };
        if onwards >= 0.0 {
            extreme = level.mean;
        } else if -onwards > swing {
            (rising, extreme) = (!rising, level.mean);
            counts[index * WINDOWS / levels.len()] += 1;
        }
    }
    counts.into_iter().max().unwrap_or(0)
}

/// Neighbouring bins joined until there are few enough: the mean of their means, the lowest and highest of them all.
fn thinned(series: &SeriesFigure, most: usize) -> Vec<Level> {
    let join = |points: &[SeriesPoint]| Level {
        time: points[0].time_s,
        mean: points.iter().map(|point| point.estimate.mean).sum::<f64>() / points.len() as f64,
        min: points.iter().map(|point| point.min).fold(f64::INFINITY, f64::min),
        max: points.iter().map(|point| point.max).fold(0.0, f64::max),
    };
    series.points.chunks(group_of(series, most)).map(join).collect()
}

/// How long a time each point stands for, where teeth are drawn.
pub(super) fn seconds_a_point(series: &SeriesFigure) -> Option<f64> {
    match series.points.as_slice() {
        [first, second, ..] => Some((second.time_s - first.time_s) * group_of(series, MOST_POINTS) as f64),
        _ => None,
    }
}

/// How many neighbouring bins are joined into a point.
fn group_of(series: &SeriesFigure, most: usize) -> usize {
    series.points.len().div_ceil(most).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn teeth_too_narrow_to_draw_become_a_mean() {
        let results = fixture::atm();
        let points = |strategy: usize| drawn(&results.strategies[strategy].series[0]);
        assert_eq!(points(0).0.len(), 730, "an hour is wide enough");
        // 1460 bins of a minute by fifteens.
        let (five_minutes, joined) = points(1);
        assert_eq!((five_minutes.len(), joined.as_deref()), (98, Some("drawn per 15 min")));
    }

    #[test]
    fn turns_are_counted_where_they_are_densest() {
        let level = |mean: f64| Level { time: 0.0, mean, min: mean, max: mean };
        // Twelve windows of ten points: the first alternates, the others rise.
        let teeth: Vec<_> = (0..120).map(|i| level(if i < 10 { f64::from(i % 2) } else { f64::from(i) })).collect();
        // Up to 1 at the second point, then a turn at each of the eight points after it; the rise is one more, later.
        assert_eq!(densest_turns(&teeth, 0.5), 8);
        assert_eq!(densest_turns(&teeth, 1.5), 0, "smaller than the swing");
        assert_eq!(densest_turns(&[], 0.5), 0);
    }

    #[test]
    fn thinning_keeps_the_extremes_and_the_mean() {
        let mut results = fixture::atm();
        let series = &mut results.strategies[0].series[0];
        series.points[700].max = 1e6;
        let before: f64 = series.points.iter().map(|point| point.estimate.mean).sum();
        let levels = thinned(series, MOST_POINTS);
        assert!(levels.len() <= MOST_POINTS);
        assert_eq!(levels.iter().map(|level| level.max).fold(0.0, f64::max), 1e6);
        // 1460 bins by twos.
        let after: f64 = levels.iter().map(|level| level.mean * 2.0).sum();
        assert!((after / before - 1.0).abs() < 1e-12);
    }
}
