//! `latency-cdf.svg`: which share of all items has its effect within a time.

use plotters::style::WHITE;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{self, AXIS, Canvas, Failure, GRID, Heading, LABEL, Lettering, MUTED, Point, SMALL, WIDTH};
use super::findings;
use super::palette::ink;
use super::placing::{self, Frame};
use super::reading::{self, Reading};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{ReportError, lookup, number, time_text};

const LEFT: f64 = 66.0;
const RIGHT: f64 = WIDTH - 22.0;
const PLOT_HEIGHT: f64 = 300.0;
const AXIS_HEIGHT: f64 = 52.0;
const LEGEND_ROW: f64 = 20.0;
const LABEL_LINE: f64 = 16.0;
/// Part of the plot's width that is kept free for the shares that are never done.
const NEVER_ROOM: f64 = 0.17;

/// Pixels between the times that a pointer can read.
const READING_STEP: f64 = 3.0;

/// Seconds at which the axis has a tick: what people say, a decade or so apart.
const TICKS: [f64; 14] =
    [1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3_600.0, 36_000.0, 86_400.0, 864_000.0];

/// From seconds and shares to pixels; times on a logarithmic scale.
struct Scale {
    least: f64,
    most: f64,
    plot: Frame,
}

impl Scale {
    fn new(results: &Results, plot: Frame) -> Self {
        let points = || results.strategies.iter().flat_map(|strategy| &strategy.latency_cdf);
        // The first thousandth of a curve says little and may stretch the axis by decades.
        let telling = points().filter(|(seconds, share)| *seconds > 0.0 && *share >= 0.001);
        let least = telling.map(|point| point.0).fold(f64::INFINITY, f64::min);
        let most = points().map(|point| point.0).fold(0.0, f64::max);
        if !least.is_finite() {
            return Self { least: 0.1, most: 10.0, plot };
        }
        let (least, most) = (least * 0.8, (most * 1.25).max(least * 10.0));
        // Where items are never done, their share is named past the end of the curves.
        let room =
            if results.strategies.iter().any(|strategy| never_share(strategy).is_some()) { NEVER_ROOM } else { 0.0 };
        Self { least, most: least * libm::pow(most / least, 1.0 / (1.0 - room)), plot }
    }

    fn x(&self, seconds: f64) -> f64 {
        let part = libm::log(seconds.max(self.least) / self.least) / libm::log(self.most / self.least);
        self.plot.from.0 + part.min(1.0) * (self.plot.to.0 - self.plot.from.0)
    }

    fn y(&self, share: f64) -> f64 {
        self.plot.to.1 - share * (self.plot.to.1 - self.plot.from.1)
    }

    /// The curve in pixels, from the axis up, with points less than a pixel apart left out.
    fn curve(&self, strategy: &StrategyResults) -> Vec<Point> {
        let all = strategy.latency_cdf.iter().map(|&(seconds, share)| (self.x(seconds), self.y(share)));
        let mut curve: Vec<Point> = Vec::new();
        let Some(&(first, _)) = strategy.latency_cdf.first() else {
            return curve;
        };
        curve.push((self.x(first), self.y(0.0)));
        let last = strategy.latency_cdf.len() - 1;
        for (index, (x, y)) in all.enumerate() {
            let before = curve[curve.len() - 1];
            if index == last || (x - before.0).abs() + (y - before.1).abs() >= 1.0 {
                curve.push((x, y));
            }
        }
        curve
    }
}

fn heading(results: &Results) -> Heading {
    Heading::new(
        &findings::latency(results),
        "Share of all arrived items done within a time; dots mark the median and 99th percentile",
    )
}

/// The chart as an SVG document.
pub(super) fn chart(results: &Results) -> Result<String, ReportError> {
    let heading = heading(results);
    let top = heading.height();
    let plot = Frame { from: (LEFT, top), to: (RIGHT, top + PLOT_HEIGHT) };
    let scale = Scale::new(results, plot);
    let curves: Vec<_> = results.strategies.iter().map(|strategy| scale.curve(strategy)).collect();
    let labels: Vec<_> = results.strategies.iter().map(label).collect();
    let nevers = nevers(results, &scale);
    let taken: Vec<_> = nevers.iter().map(|never| never.frame).collect();
    let places = placing::beside(&curves, &labels.iter().map(size_of).collect::<Vec<_>>(), &taken, &plot);
    let unplaced = places.iter().filter(|place| place.is_none()).count();
    let height = plot.to.1 + AXIS_HEIGHT + unplaced as f64 * LEGEND_ROW;
    canvas::draw("latency-cdf.svg", height, &heading, |canvas| {
        axes(canvas, &scale)?;
        for (index, strategy) in results.strategies.iter().enumerate() {
            canvas.of_strategy(index, || curve(canvas, &scale, strategy, &curves[index], index))?;
        }
        for never in &nevers {
            canvas.of_strategy(never.index, || never.paint(canvas, &curves[never.index]))?;
        }
        let mut legend = plot.to.1 + AXIS_HEIGHT;
        for (index, (label, place)) in labels.iter().zip(&places).enumerate() {
            match place {
                Some(frame) => canvas.of_strategy(index, || beside(canvas, label, frame, index))?,
                None => {
                    canvas.of_strategy(index, || below(canvas, label, legend, index))?;
                    legend += LEGEND_ROW;
                }
            }
        }
        Ok(())
    })
}

/// What the chart says under a pointer: the share that is done within the time there.
pub(super) fn reading(results: &Results) -> Reading {
    let top = heading(results).height();
    let scale = Scale::new(results, Frame { from: (LEFT, top), to: (RIGHT, top + PLOT_HEIGHT) });
    let count = ((RIGHT - LEFT) / READING_STEP) as usize + 1;
    let seconds = |index: usize| {
        let part = index as f64 * READING_STEP / (RIGHT - LEFT);
        scale.least * libm::pow(scale.most / scale.least, part)
    };
    let within = |strategy: &StrategyResults, seconds: f64| {
        let done = strategy.latency_cdf.partition_point(|&(time, _)| time <= seconds);
        number::share(done.checked_sub(1).map_or(0.0, |last| strategy.latency_cdf[last].1))
    };
    let row = |(index, strategy): (usize, &StrategyResults)| reading::Row {
        strategy: index,
        name: strategy.name.clone(),
        values: (0..count).map(|index| within(strategy, seconds(index))).collect(),
    };
    Reading {
        left: LEFT,
        step: READING_STEP,
        labels: (0..count).map(|index| format!("done within {}", number::duration(seconds(index)))).collect(),
        rows: results.strategies.iter().enumerate().map(row).collect(),
    }
}

/// The strategy's name and its two quantiles, a line each.
fn label(strategy: &StrategyResults) -> [String; 3] {
    let shown = |metric| lookup::figure(strategy, metric).map_or_else(|| "-".to_owned(), |e| number::mean(e, "s"));
    let name = canvas::fitted(&strategy.name, 190.0, LABEL);
    [name, format!("p50 {}", shown("latency_p50")), format!("p99 {}", shown("latency_p99"))]
}

fn size_of(lines: &[String; 3]) -> (f64, f64) {
    let small = lines[1..].iter().map(|line| canvas::text_width(line, SMALL));
    (small.fold(canvas::text_width(&lines[0], LABEL * 1.08), f64::max), 3.0 * LABEL_LINE + 4.0)
}

fn axes(canvas: &Canvas<'_>, scale: &Scale) -> Result<(), Failure> {
    let plot = &scale.plot;
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        let y = scale.y(percent / 100.0);
        canvas.line(&[(plot.from.0, y), (plot.to.0, y)], if percent == 0.0 { AXIS } else { GRID }, 1.0)?;
        let how = Lettering::new(SMALL, MUTED).at(HPos::Right, VPos::Center);
        canvas.text((plot.from.0 - 8.0, y), &format!("{percent} %"), how)?;
    }
    for seconds in TICKS.into_iter().filter(|&tick| tick >= scale.least && tick <= scale.most) {
        let x = scale.x(seconds);
        canvas.line(&[(x, plot.from.1), (x, plot.to.1)], GRID, 1.0)?;
        canvas.line(&[(x, plot.to.1), (x, plot.to.1 + 4.0)], AXIS, 1.0)?;
        let how = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
        canvas.text((x, plot.to.1 + 8.0), &tick_text(seconds), how)?;
    }
    let middle = (plot.from.0 + plot.to.0) / 2.0;
    let how = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
    canvas.text((middle, plot.to.1 + 28.0), "latency, from arrival until done (logarithmic)", how)?;
    canvas.upright_text((16.0, (plot.from.1 + plot.to.1) / 2.0), "share of arrived items", Lettering::new(SMALL, MUTED))
}

fn tick_text(seconds: f64) -> String {
    match seconds {
        86_400.0 => "1 d".to_owned(),
        s if s >= 1.0 => time_text::short(s),
        s if s >= 0.001 => format!("{} ms", s * 1e3),
        s => format!("{} us", libm::round(s * 1e6)),
    }
}

fn curve(
    canvas: &Canvas<'_>,
    scale: &Scale,
    strategy: &StrategyResults,
    points: &[Point],
    index: usize,
) -> Result<(), Failure> {
    let ink = ink(index);
    canvas.dashed(points, ink.line, 2.2, ink.dashes)?;
    for (metric, share) in [("latency_p50", 0.5), ("latency_p99", 0.99)] {
        let seconds = lookup::figure(strategy, metric).map_or(f64::INFINITY, |estimate| estimate.mean);
        if seconds.is_finite() {
            canvas.dot((scale.x(seconds), scale.y(share)), ink.line)?;
        }
    }
    Ok(())
}

/// The share of a strategy's items that are never done, if there are any.
fn never_share(strategy: &StrategyResults) -> Option<f64> {
    strategy.latency_cdf.last().map(|&(_, share)| 1.0 - share).filter(|&never| never > 1e-9)
}

/// `2.3 % never`: where it is written, at the right edge of the plot.
struct Never {
    index: usize,
    text: String,
    frame: Frame,
}

/// What is never done, by strategy: each under the level its curve ends at, and under the one before it.
fn nevers(results: &Results, scale: &Scale) -> Vec<Never> {
    let shares = results.strategies.iter().enumerate();
    let mut shares: Vec<_> = shares.filter_map(|(index, strategy)| Some((index, never_share(strategy)?))).collect();
    shares.sort_by(|left, right| left.1.total_cmp(&right.1));
    let mut free = f64::NEG_INFINITY;
    let mut nevers = Vec::new();
    for (index, share) in shares {
        let text = format!("{} never", number::share(share));
        let right = scale.plot.to.0;
        let upper = (scale.y(1.0 - share) + 4.0).max(free);
        free = upper + LABEL_LINE;
        let frame = Frame { from: (right - canvas::text_width(&text, SMALL * 1.08), upper), to: (right, free) };
        nevers.push(Never { index, text, frame });
    }
    nevers
}

impl Never {
    /// The curve goes on level to the edge, and says so.
    fn paint(&self, canvas: &Canvas<'_>, curve: &[Point]) -> Result<(), Failure> {
        let ink = ink(self.index);
        let (right, upper) = (self.frame.to.0, self.frame.from.1);
        if let Some(&end) = curve.last() {
            canvas.dashed(&[end, (right, end.1)], ink.line, 1.4, &[2.0, 3.0])?;
        }
        let how = Lettering::new(SMALL, ink.text).bold().at(HPos::Right, VPos::Top);
        canvas.text((right, upper + 1.0), &self.text, how)
    }
}

fn beside(canvas: &Canvas<'_>, label: &[String; 3], frame: &Frame, index: usize) -> Result<(), Failure> {
    // Whichever edge is nearer to the curve, text starts from the frame's left: the frame is as wide as the text.
    let corners = [frame.from, (frame.to.0, frame.from.1), frame.to, (frame.from.0, frame.to.1)];
    canvas.area(&corners, WHITE, 0.85)?;
    let (x, y) = (frame.from.0, frame.from.1 + 2.0 + LABEL_LINE / 2.0);
    canvas.text((x, y), &label[0], Lettering::new(LABEL, ink(index).text).bold())?;
    canvas.text((x, y + LABEL_LINE), &label[1], Lettering::new(SMALL, ink(index).text))?;
    canvas.text((x, y + 2.0 * LABEL_LINE), &label[2], Lettering::new(SMALL, ink(index).text))
}

fn below(canvas: &Canvas<'_>, label: &[String; 3], y: f64, index: usize) -> Result<(), Failure> {
    let ink = ink(index);
    canvas.dashed(&[(LEFT, y), (LEFT + 34.0, y)], ink.line, 2.2, ink.dashes)?;
    let text = format!("{}: {}, {}", label[0], label[1], label[2]);
    canvas.text((LEFT + 42.0, y), &text, Lettering::new(SMALL, ink.text))
}
