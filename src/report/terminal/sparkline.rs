//! The backlog of every strategy as a line of blocks, all to one scale, and its peak.

use super::paint::Paint;
use super::{name_width, short_name};
use crate::experiment::results::{FaultWindow, Results, SeriesPoint, StrategyResults};
use crate::report::time_text::{self, Clock};
use crate::report::{lookup, number};

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A heading that states the span of time, and a line a strategy with its peak; empty if no backlog was kept.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let peaks = peaks(results);
    let peak_width = peaks.iter().map(|peak| peak.chars().count()).max().unwrap_or(0);
    let columns = width.saturating_sub(name_width(results) + peak_width + "peak ".len() + 6).clamp(8, 72);
    let bins: Vec<_> = results.strategies.iter().map(|strategy| bins(strategy, results.duration_s)).collect();
    let end = bins.iter().flatten().map(|bin| bin.to).fold(0.0, f64::max);
    let levels: Vec<_> = bins.iter().map(|bins| resampled(bins, end, columns)).collect();
    let top = levels.iter().flatten().copied().fold(0.0, f64::max);
    if top <= 0.0 || end <= 0.0 {
        return String::new();
    }
    let clock = Clock::of(&results.start);
    let until = match clock.name(end, end) {
        text if matches!(clock, Clock::OfDay { .. }) => text,
        _ => time_text::short(end),
    };
    let scale = if results.strategies.len() > 1 { "one scale for all; " } else { "" };
    let heading = format!("{} ({scale}{} to {until})", paint.bold("backlog"), clock.name(0.0, end));
    let lines = results.strategies.iter().zip(&levels).zip(&peaks).map(|((strategy, levels), peak)| {
        let blocks: String = levels.iter().map(|&level| block(level, top)).collect();
        let peak = if peak.is_empty() { String::new() } else { format!("peak {peak:>peak_width$}") };
        format!("  {:<1$}  {blocks}  {peak}", short_name(&strategy.name), name_width(results))
    });
    let marks = marks(results, end, columns).map(|marks| format!("  {:<1$}  {marks}", "", name_width(results)));
    std::iter::once(heading)
        .chain(lines)
        .chain(marks)
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Under the levels, the columns into which a fault reaches; none where there are no faults.
fn marks(results: &Results, end: f64, columns: usize) -> Option<String> {
    const WORD: &str = " faults";
    if results.faults.is_empty() {
        return None;
    }
    let bin = |fault: &FaultWindow| Bin { from: fault.start_s.min(end), to: fault.end_s.min(end), level: 1.0 };
    let mut faults: Vec<Bin> = results.faults.iter().map(bin).collect();
    for fault in &mut faults {
        // One shorter than a column is seen all the same.
        fault.to = fault.to.max(fault.from + end / columns as f64 / 2.0);
    }
    let levels = resampled(&faults, end, columns);
    let line: String = levels.iter().map(|&level| if level > 0.0 { '▔' } else { ' ' }).collect();
    Some(line.trim_end().to_owned() + WORD)
}

/// The peak of each strategy as the table gives it.
fn peaks(results: &Results) -> Vec<String> {
    let peak = |strategy| lookup::figure(strategy, "backlog_max").map(|estimate| number::mean(estimate, "effects"));
    results.strategies.iter().map(|strategy| peak(strategy).unwrap_or_default()).collect()
}

/// One bin of a backlog: from when to when, in seconds, and its mean level.
#[derive(Debug, Clone, Copy)]
struct Bin {
    from: f64,
    to: f64,
    level: f64,
}

/// The bins of a strategy's backlog. The last is as wide as the one before it; a lone one lasts as long as arrivals do.
fn bins(strategy: &StrategyResults, duration: f64) -> Vec<Bin> {
    let points = lookup::series(strategy, "backlog").first().map_or(&[][..], |series| &series.points);
    let last = match points {
        [.., before, last] => last.time_s - before.time_s,
        _ => duration,
    };
    let ends = points.iter().skip(1).map(|point| point.time_s).chain(points.last().map(|point| point.time_s + last));
    let bin = |(point, to): (&SeriesPoint, f64)| Bin { from: point.time_s, to, level: point.estimate.mean };
    points.iter().zip(ends).map(bin).collect()
}

/// The highest level of the bins that reach into each column, so that no peak is lost, and no gap is left where a bin
/// is wider than a column.
fn resampled(bins: &[Bin], end: f64, columns: usize) -> Vec<f64> {
    // Far above the error of a division, far below a column: a bin that ends where a column does stays out of the next.
    const TOUCH: f64 = 1e-9;
    let mut levels = vec![0.0_f64; columns];
    let column = |seconds: f64| seconds / end * columns as f64;
    for bin in bins {
        let first = libm::floor(column(bin.from) + TOUCH) as usize;
        let past = (libm::ceil(column(bin.to) - TOUCH) as usize).min(columns);
        for level in levels.iter_mut().take(past).skip(first) {
            *level = level.max(bin.level);
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
    fn equal(levels: &[f64]) -> Vec<Bin> {
        let bin =
            |(index, &level): (usize, &f64)| Bin { from: index as f64 * 10.0, to: index as f64 * 10.0 + 10.0, level };
        levels.iter().enumerate().map(bin).collect()
    }

    #[test]
    fn bins_wider_than_a_column_leave_no_gaps() {
        // 3 bins over 6 columns: two columns each.
        assert_eq!(resampled(&equal(&[1.0, 4.0, 2.0]), 30.0, 6), [1.0, 1.0, 4.0, 4.0, 2.0, 2.0]);
        // 3 bins over 4 columns: bin edges at columns 4/3 and 8/3, so that columns 1 and 2 see two bins each.
        assert_eq!(resampled(&equal(&[1.0, 4.0, 2.0]), 30.0, 4), [1.0, 4.0, 4.0, 2.0]);
        // A strategy that ends at half the time of the longest.
        assert_eq!(resampled(&equal(&[1.0, 4.0]), 40.0, 8), [1.0, 1.0, 4.0, 4.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn bins_narrower_than_a_column_lose_no_peak_and_touching_is_no_overlap() {
        assert_eq!(resampled(&equal(&[1.0, 9.0, 0.0, 2.0, 3.0, 1.0]), 60.0, 3), [9.0, 2.0, 3.0]);
        // Bin edges in a column's every third, where divisions are not exact: 49 columns of 3 bins each.
        let levels: Vec<f64> = (0..147).map(|bin| f64::from(bin / 3)).collect();
        let wanted: Vec<f64> = (0..49).map(f64::from).collect();
        assert_eq!(resampled(&equal(&levels), 1_470.0, 49), wanted);
    }

    #[test]
    fn faults_are_marked_under_the_levels_however_short() {
        let mut results = crate::report::fixture::atm();
        assert_eq!(marks(&results, 86_400.0, 24), None);
        let fault = |start_s, end_s| FaultWindow { name: "a".to_owned(), start_s, end_s, strategies: vec![0] };
        results.faults = vec![fault(7_200.0, 14_400.0), fault(36_000.0, 36_001.0)];
        assert_eq!(marks(&results, 86_400.0, 24).as_deref(), Some("  ▔▔      ▔ faults"));
    }

    #[test]
    fn a_lone_bin_fills_the_line() {
        let mut results = crate::report::fixture::atm();
        crate::report::fixture::only(&mut results, 0);
        let mut first = results.strategies[0].series[0].points[0];
        first.estimate.mean = 3.0;
        results.strategies[0].series[0].points = vec![first];
        let text = render(&results, 100, Paint { colour: false });
        assert!(text.contains(&"█".repeat(60)) && text.contains("00:00 to 24:00"), "{text}");
    }
}
