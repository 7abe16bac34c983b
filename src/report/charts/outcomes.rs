//! `outcomes.svg`: what became of the effects owed, and how many were applied again on top of that.

use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{self, AXIS, Canvas, Failure, GRID, Heading, LABEL, Lettering, MARGIN, MUTED, SMALL, TEXT, WIDTH};
use super::{findings, palette};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{ReportError, lookup, number};

const LEFT: f64 = MARGIN + 8.0;
const RIGHT: f64 = WIDTH - 30.0;
const NAME_HEIGHT: f64 = 24.0;
const BAR_HEIGHT: f64 = 22.0;
const ROW: f64 = 20.0;
const GAP: f64 = 14.0;
const AXIS_HEIGHT: f64 = 50.0;
/// The least width of a part that is not zero: it can be seen, though not to scale.
const LEAST_WIDTH: f64 = 3.0;
const SWATCH: f64 = 10.0;

/// Metric, words and colour, in the order of the bar: what is owed, by how it ended, then the extra work.
const PARTS: [(&str, &str, RGBColor); 8] = [
    ("processed", "processed", palette::PROCESSED),
    ("backlog_end", "in backlog at the end", palette::BACKLOG),
    ("dead_lettered", "dead-lettered", palette::DEAD_LETTERED),
    ("expired", "expired", palette::EXPIRED),
    ("rejected", "rejected", palette::REJECTED),
    ("lost", "lost", palette::LOST),
    ("duplicates_suppressed", "duplicates suppressed", palette::SUPPRESSED),
    ("duplicates", "applied again", palette::DUPLICATE),
];

/// A part that is not zero.
struct Part {
    share: f64,
    text: String,
    colour: RGBColor,
    /// Whether it is work done again, not a way in which an owed effect ended.
    again: bool,
}

/// A strategy's bar and the rows of its legend.
struct Bar<'a> {
    name: &'a str,
    parts: Vec<Part>,
    /// For each part, its row and the left edge of its entry.
    entries: Vec<(usize, f64)>,
}

/// The chart as an SVG document.
pub(super) fn chart(results: &Results) -> Result<String, ReportError> {
    let bars: Vec<_> = results.strategies.iter().map(bar).collect();
    let heading = Heading::new(
        &findings::outcomes(results),
        "How owed effects ended; repeated work lies beyond 100 %. Small parts are drawn 3 px wide",
    );
    let reach = bars.iter().map(|bar| bar.parts.iter().map(|part| part.share).sum()).fold(1.0, f64::max);
    let first = heading.height();
    let bottom = first + bars.iter().map(Bar::height).sum::<f64>();
    canvas::draw("outcomes.svg", bottom + AXIS_HEIGHT, &heading, |canvas| {
        axis(canvas, reach, bottom)?;
        let mut y = first;
        for bar in &bars {
            bar.paint(canvas, y, reach)?;
            y += bar.height();
        }
        Ok(())
    })
}

fn bar(strategy: &StrategyResults) -> Bar<'_> {
    let owed = lookup::mean(strategy, "owed");
    let part = |(metric, words, colour): &(&str, &str, RGBColor)| {
        let estimate = lookup::figure(strategy, metric).filter(|estimate| estimate.mean > 0.0 && owed > 0.0)?;
        let share = estimate.mean / owed;
        let text = format!("{words} {} ({})", number::estimate(estimate, "effects"), number::share(share));
        Some(Part { share, text, colour: *colour, again: metric.starts_with("duplicates") })
    };
    let parts: Vec<_> = PARTS.iter().filter_map(part).collect();
    let entries = entries(&parts);
    Bar { name: &strategy.name, parts, entries }
}

/// Lays the legend's entries out in rows.
fn entries(parts: &[Part]) -> Vec<(usize, f64)> {
    let (mut row, mut x) = (0, LEFT);
    let mut laid = Vec::new();
    for part in parts {
        let width = SWATCH + 6.0 + canvas::text_width(&part.text, SMALL) + 14.0;
        if x > LEFT && x + width > RIGHT + 14.0 {
            (row, x) = (row + 1, LEFT);
        }
        laid.push((row, x));
        x += width;
    }
    laid
}

fn place(share: f64, reach: f64) -> f64 {
    LEFT + share / reach * (RIGHT - LEFT)
}

impl Bar<'_> {
    fn height(&self) -> f64 {
        let rows = self.entries.last().map_or(1, |entry| entry.0 + 1);
        NAME_HEIGHT + BAR_HEIGHT + 3.0 + rows as f64 * ROW + GAP
    }

    fn paint(&self, canvas: &Canvas<'_>, y: f64, reach: f64) -> Result<(), Failure> {
        let name = canvas::fitted(self.name, RIGHT - LEFT, LABEL);
        canvas.text((LEFT, y + NAME_HEIGHT / 2.0), &name, Lettering::new(LABEL, TEXT).bold())?;
        let upper = y + NAME_HEIGHT;
        if self.parts.is_empty() {
            let how = Lettering::new(SMALL, MUTED);
            return canvas.text((LEFT, upper + BAR_HEIGHT / 2.0), "nothing was owed", how);
        }
        grid(canvas, reach, upper - 4.0, upper + BAR_HEIGHT + 4.0)?;
        for ((from, to), part) in self.spans(reach).into_iter().zip(&self.parts) {
            canvas.rectangle((from, upper), (to, upper + BAR_HEIGHT), part.colour)?;
        }
        for (part, &(row, x)) in self.parts.iter().zip(&self.entries) {
            let middle = upper + BAR_HEIGHT + 15.0 + row as f64 * ROW;
            let half = SWATCH / 2.0;
            canvas.rectangle((x, middle - half), (x + SWATCH, middle + half), part.colour)?;
            canvas.text((x + SWATCH + 6.0, middle), &part.text, Lettering::new(SMALL, TEXT))?;
        }
        Ok(())
    }

    /// Left and right edge of every part. What the smallest are widened by is taken from the widest; repeated work
    /// begins at 100 % all the same.
    fn spans(&self, reach: f64) -> Vec<(f64, f64)> {
        let whole = place(1.0, reach) - LEFT;
        let wide = |part: &Part| (part.share * whole).max(LEAST_WIDTH);
        let (owed, again): (Vec<_>, Vec<_>) = self.parts.iter().partition(|part| !part.again);
        let mut widths: Vec<_> = owed.into_iter().map(wide).collect();
        let excess = widths.iter().sum::<f64>() - whole;
        if let Some(widest) = widths.iter_mut().max_by(|left, right| left.total_cmp(right)) {
            *widest -= excess.clamp(0.0, *widest - LEAST_WIDTH);
        }
        let mut spans = side_by_side(LEFT, &widths);
        spans.extend(side_by_side(LEFT + whole, &again.into_iter().map(wide).collect::<Vec<_>>()));
        spans
    }
}

/// Edges of parts in a row; a hair of white keeps neighbours apart in grey too.
fn side_by_side(left: f64, widths: &[f64]) -> Vec<(f64, f64)> {
    let mut edge = left;
    let mut spans = Vec::new();
    for width in widths {
        spans.push((edge, edge + width - 0.6));
        edge += width;
    }
    spans
}

/// Round shares up to the reach of the longest bar, per cent.
fn ticks(reach: f64) -> impl Iterator<Item = f64> {
    let step = [25.0, 50.0, 100.0, 200.0, 500.0, 1_000.0].into_iter().find(|step| reach * 100.0 / step <= 8.0);
    let step = step.unwrap_or(reach * 25.0);
    (0..=8).map(move |index| f64::from(index) * step).take_while(move |percent| *percent <= reach * 100.0 + 1e-9)
}

/// Grid lines behind one bar only, so that none runs through text.
fn grid(canvas: &Canvas<'_>, reach: f64, upper: f64, lower: f64) -> Result<(), Failure> {
    for percent in ticks(reach) {
        let x = place(percent / 100.0, reach);
        let colour = if percent == 0.0 || percent == 100.0 { AXIS } else { GRID };
        canvas.line(&[(x, upper), (x, lower)], colour, 1.0)?;
    }
    Ok(())
}

fn axis(canvas: &Canvas<'_>, reach: f64, y: f64) -> Result<(), Failure> {
    let how = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
    canvas.line(&[(LEFT, y), (RIGHT, y)], AXIS, 1.0)?;
    for percent in ticks(reach) {
        let x = place(percent / 100.0, reach);
        canvas.line(&[(x, y), (x, y + 4.0)], AXIS, 1.0)?;
        canvas.text((x, y + 8.0), &format!("{percent:.0} %"), how)?;
    }
    canvas.text(((LEFT + RIGHT) / 2.0, y + 28.0), "share of the effects owed", how)
}
