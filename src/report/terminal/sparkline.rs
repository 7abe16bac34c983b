//! The backlog of every strategy as a line of blocks, all to one scale, and its peak.

use super::paint::Paint;
use super::{name_width, short_name};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::time_text::{self, Clock};
use crate::report::{lookup, number};

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A heading that states the span of time, and a line a strategy with its peak; empty if no backlog was kept.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let peaks = peaks(results);
    let peak_width = peaks.iter().map(|peak| peak.chars().count()).max().unwrap_or(0);
    let columns = width.saturating_sub(name_width(results) + peak_width + "peak ".len() + 6).clamp(8, 72);
    let end = results.strategies.iter().map(end_of).fold(0.0, f64::max);
    let levels: Vec<_> = results.strategies.iter().map(|strategy| resampled(strategy, end, columns)).collect();
    let top = levels.iter().flatten().copied().fold(0.0, f64::max);
    if top <= 0.0 || end <= 0.0 {
        return String::new();
    }
    let clock = Clock::of(&results.start);
    let until = match clock.name(end, end) {
        text if clock == Clock::OfDay => text,
        _ => time_text::short(end),
    };
    let scale = if results.strategies.len() > 1 { "one scale for all; " } else { "" };
    let heading = format!("{} ({scale}{} to {until})", paint.bold("backlog"), clock.name(0.0, end));
    let lines = results.strategies.iter().zip(&levels).zip(&peaks).map(|((strategy, levels), peak)| {
        let blocks: String = levels.iter().map(|&level| block(level, top)).collect();
        let peak = if peak.is_empty() { String::new() } else { format!("peak {peak:>peak_width$}") };
        format!("  {:<1$}  {blocks}  {peak}", short_name(&strategy.name), name_width(results))
    });
    std::iter::once(heading).chain(lines).map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// The peak of each strategy as the table gives it.
fn peaks(results: &Results) -> Vec<String> {
    let peak = |strategy| lookup::figure(strategy, "backlog_max").map(|estimate| number::mean(estimate, "effects"));
    results.strategies.iter().map(|strategy| peak(strategy).unwrap_or_default()).collect()
}

fn end_of(strategy: &StrategyResults) -> f64 {
    let last = |points: &[crate::experiment::results::SeriesPoint]| match points {
        [.., before, last] => last.time_s + (last.time_s - before.time_s),
        [only] => only.time_s,
        [] => 0.0,
    };
    lookup::series(strategy, "backlog").iter().map(|series| last(&series.points)).fold(0.0, f64::max)
}

/// The highest mean level in each column, so that no peak is lost.
fn resampled(strategy: &StrategyResults, end: f64, columns: usize) -> Vec<f64> {
    let mut levels = vec![0.0_f64; columns];
    for point in lookup::series(strategy, "backlog").first().into_iter().flat_map(|series| &series.points) {
        let column = (point.time_s / end * columns as f64) as usize;
        if let Some(level) = levels.get_mut(column) {
            *level = level.max(point.estimate.mean);
        }
    }
    levels
}

/// Nothing for an empty backlog, a dot for one below half a step of the scale, else the nearest block.
fn block(level: f64, top: f64) -> char {
    let step = libm::round(level / top * BLOCKS.len() as f64) as usize;
    match step {
        0 if level > 0.0 => '·',
        0 => ' ',
        _ => BLOCKS[step.min(BLOCKS.len()) - 1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_the_scale_and_a_dot_is_next_to_nothing() {
        // A step is 12.5: half a step is 6.25, and 43.75 is midway between the third and the fourth.
        let levels = [0.0, 0.001, 6.2, 6.3, 12.5, 43.7, 43.8, 50.0, 99.0, 100.0];
        let drawn: String = levels.into_iter().map(|level| block(level, 100.0)).collect();
        assert_eq!(drawn, " ··▁▁▃▄▄██");
    }
}
