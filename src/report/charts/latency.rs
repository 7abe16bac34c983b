//! `latency-cdf.svg`: which share of all items has its effect within a time.

use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{self, AXIS, Canvas, Failure, GRID, Heading, LABEL, Lettering, MUTED, Point, SMALL, WIDTH};
use super::findings;
use super::palette::ink;
use super::placing::{self, Frame};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{ReportError, lookup, number, time_text};

const LEFT: f64 = 66.0;
const RIGHT: f64 = WIDTH - 22.0;
const PLOT_HEIGHT: f64 = 300.0;
const AXIS_HEIGHT: f64 = 52.0;
const LEGEND_ROW: f64 = 20.0;
const LABEL_LINE: f64 = 16.0;

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
        Self { least: least * 0.8, most: (most * 1.25).max(least * 10.0), plot }
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

/// The chart as an SVG document.
pub(super) fn chart(results: &Results) -> Result<String, ReportError> {
    let heading = Heading::new(
        &findings::latency(results),
        "Share of all arrived items done within a time; dots mark the median and 99th percentile",
    );
    let top = heading.height();
    let plot = Frame { from: (LEFT, top), to: (RIGHT, top + PLOT_HEIGHT) };
    let scale = Scale::new(results, plot);
    let curves: Vec<_> = results.strategies.iter().map(|strategy| scale.curve(strategy)).collect();
    let labels: Vec<_> = results.strategies.iter().map(label).collect();
    let places = placing::beside(&curves, &labels.iter().map(size_of).collect::<Vec<_>>(), &plot);
    let unplaced = places.iter().filter(|place| place.is_none()).count();
    let height = plot.to.1 + AXIS_HEIGHT + unplaced as f64 * LEGEND_ROW;
    canvas::draw("latency-cdf.svg", height, &heading, |canvas| {
        axes(canvas, &scale)?;
        for (index, strategy) in results.strategies.iter().enumerate() {
            curve(canvas, &scale, strategy, &curves[index], index)?;
        }
        let mut legend = plot.to.1 + AXIS_HEIGHT;
        for (index, (label, place)) in labels.iter().zip(&places).enumerate() {
            match place {
                Some(frame) => beside(canvas, label, frame, index)?,
                None => {
                    below(canvas, label, legend, index)?;
                    legend += LEGEND_ROW;
                }
            }
        }
        Ok(())
    })
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
    canvas.text((middle, plot.to.1 + 28.0), "latency, from arrival to effect (logarithmic)", how)?;
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
    match (points.last(), strategy.latency_cdf.last()) {
        (Some(&end), Some(&(_, share))) if share < 1.0 - 1e-9 => never(canvas, scale, end, 1.0 - share, index),
        _ => Ok(()),
    }
}

/// What is never processed: the curve goes on level to the edge, and says so.
fn never(canvas: &Canvas<'_>, scale: &Scale, end: Point, share: f64, index: usize) -> Result<(), Failure> {
    let ink = ink(index);
    let edge = scale.plot.to.0;
    canvas.dashed(&[end, (edge, end.1)], ink.line, 1.2, &[2.0, 3.0])?;
    let how = Lettering::new(SMALL, ink.text).bold().at(HPos::Right, VPos::Top);
    canvas.text((edge, end.1 + 5.0), &format!("{} never", number::share(share)), how)
}

fn beside(canvas: &Canvas<'_>, label: &[String; 3], frame: &Frame, index: usize) -> Result<(), Failure> {
    // Whichever edge is nearer to the curve, text starts from the frame's left: the frame is as wide as the text.
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
