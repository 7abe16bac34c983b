//! The backlog of every strategy as a line of blocks, all to one scale.

use super::paint::Paint;
use super::{name_width, short_name};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::time_text::{self, Clock};
use crate::report::{lookup, number};

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A heading that states the scale, and a line a strategy; empty if no backlog was kept.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let columns = (width - name_width(results) - 4).min(72);
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
    let scale = format!("one scale: {} = {} effects", BLOCKS[7], number::plain(top, "effects"));
    let heading = format!("{} ({scale}; {} to {until})", paint.bold("backlog"), clock.name(0.0, end));
    let lines = results.strategies.iter().zip(&levels).map(|(strategy, levels)| {
        let blocks: String = levels.iter().map(|&level| block(level, top)).collect();
        format!("  {:<1$}  {2}", short_name(&strategy.name), name_width(results), blocks.trim_end())
    });
    std::iter::once(heading).chain(lines).map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
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

/// Nothing for an empty backlog; the lowest block for anything above it.
fn block(level: f64, top: f64) -> char {
    if level <= 0.0 {
        return ' ';
    }
    BLOCKS[((level / top * 8.0).ceil() as usize).clamp(1, 8) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_the_scale_and_show_the_smallest_backlog() {
        let drawn: String = [0.0, 0.001, 12.5, 12.6, 50.0, 99.0, 100.0].into_iter().map(|l| block(l, 100.0)).collect();
        assert_eq!(drawn, " ▁▁▂▄██");
    }
}
