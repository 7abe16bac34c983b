//! A metric over a key that varies, one line a strategy with the band of its intervals; dots where other keys vary too.

use plotters::style::text_anchor::{HPos, VPos};

use super::axis::Axis;
use super::canvas::{self, AXIS, Canvas, Failure, GRID, Heading, LABEL, Lettering, MUTED, Point, SMALL, WIDTH};
use super::palette::{Ink, ink};
use super::placing::Frame;
use crate::experiment::sweep::Sweep;
use crate::report::sweep::DrawnMetric;
use crate::report::{ReportError, number};
use crate::scenario::{Scale, Vary};
use crate::stats::Estimate;

const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - 26.0;
const PLOT_HEIGHT: f64 = 300.0;
const AXIS_HEIGHT: f64 = 58.0;
const LEGEND_ROW: f64 = 20.0;
/// Room over the plot for what is never.
const NEVER_ROOM: f64 = 22.0;
/// Strength of the bands.
const BAND: f64 = 0.18;
/// Dots of a strategy at most; of more points, every so many.
const MOST_DOTS: usize = 1_500;

/// Where the values of a key lie.
enum Places {
    /// On an axis of numbers.
    Numbers(Axis, String),
    /// Side by side, in this order.
    Words(Vec<String>),
}

impl Places {
    fn of(axis: &Vary) -> Self {
        let Some(scale) = axis.scale() else {
            return Self::Words((0..axis.count().unwrap_or(0)).map(|index| axis.value(index)).collect());
        };
        // A list may come in any order.
        let all = (0..axis.count().unwrap_or(0)).map(|index| axis.value(index)).chain([axis.at(0.0), axis.at(1.0)]);
        let numbers: Vec<f64> = all.filter_map(|value| Vary::number(&value)).collect();
        let (low, high) = (
            numbers.iter().copied().fold(f64::INFINITY, f64::min),
            numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        );
        Self::Numbers(Axis::new(low, high, scale == Scale::Logarithmic), axis.unit().to_owned())
    }

    /// The part of the width at which a value lies.
    fn part(&self, value: &str) -> Option<f64> {
        match self {
            Self::Numbers(axis, _) => Some(axis.part(Vary::number(value)?)),
            Self::Words(words) => {
                let index = words.iter().position(|word| word == value)?;
                Some((index as f64 + 0.5) / words.len() as f64)
            }
        }
    }

    /// (part of the width, name).
    fn ticks(&self) -> Vec<(f64, String)> {
        match self {
            Self::Numbers(axis, unit) => {
                axis.ticks(9, false).into_iter().map(|tick| (axis.part(tick), format!("{tick}{unit}"))).collect()
            }
            Self::Words(words) => {
                let width = (RIGHT - LEFT) / words.len().max(1) as f64 - 6.0;
                let named = |word: &String| (self.part(word).unwrap_or(0.0), canvas::fitted(word, width, SMALL));
                // No more names than there is room for.
                let every = (34.0 / width.max(1.0)).ceil().max(1.0) as usize;
                words.iter().step_by(every).map(named).collect()
            }
        }
    }
}

/// From values and figures to pixels.
struct Sheet<'a> {
    metric: &'a DrawnMetric,
    key: &'a str,
    places: Places,
    figures: Axis,
    plot: Frame,
    never: bool,
}

/// The chart of a metric over one key. `lines`: no other key varies, so that points of a strategy are joined.
pub(super) fn chart(
    file: &str,
    sweep: &Sweep,
    metric: &DrawnMetric,
    key: usize,
    lines: bool,
) -> Result<String, ReportError> {
    let axis = &sweep.axes()[key];
    let heading = Heading::new(&title(metric, axis.key()), &note(sweep, metric, lines));
    let never = metric.strategies.iter().flatten().flatten().any(|estimate| estimate.mean.is_infinite());
    let top = heading.height() + if never { NEVER_ROOM } else { 0.0 };
    let plot = Frame { from: (LEFT, top), to: (RIGHT, top + PLOT_HEIGHT) };
    let all = metric.strategies.iter().flatten().flatten();
    let levels = all.flat_map(|estimate| [Some(estimate.mean), estimate.interval.map(|(_, high)| high)]).flatten();
    let sheet =
        Sheet { metric, key: axis.key(), places: Places::of(axis), figures: Axis::of_figures(levels), plot, never };
    let names: Vec<&str> = sweep.base().designs.iter().map(|design| design.name.as_str()).collect();
    let height = plot.to.1 + AXIS_HEIGHT + names.len() as f64 * LEGEND_ROW;
    canvas::draw(file, height, &heading, |canvas| {
        sheet.axes(canvas)?;
        for (index, estimates) in metric.strategies.iter().enumerate() {
            let places = (0..sweep.points()).map(|point| sheet.places.part(&sweep.values(point)[key]));
            let points = places.zip(estimates).filter_map(|(part, estimate)| Some((part?, (*estimate)?)));
            if lines {
                sheet.line(canvas, points.collect(), ink(index))?;
            } else {
                sheet.dots(canvas, points.collect(), ink(index))?;
            }
        }
        let mut y = plot.to.1 + AXIS_HEIGHT;
        for (index, name) in names.iter().enumerate() {
            let ink = ink(index);
            if lines {
                canvas.dashed(&[(LEFT, y), (LEFT + 34.0, y)], ink.line, 2.2, ink.dashes)?;
            } else {
                canvas.dot((LEFT + 17.0, y), ink.line)?;
            }
            let name = canvas::fitted(name, RIGHT - LEFT - 42.0, LABEL);
            canvas.text((LEFT + 42.0, y), &name, Lettering::new(LABEL, ink.text))?;
            y += LEGEND_ROW;
        }
        Ok(())
    })
}

/// What is drawn over what: `latency_p99 over run.load: 99th percentile of the sojourn time`.
pub(super) fn title(metric: &DrawnMetric, keys: &str) -> String {
    format!("{} by {keys}: {}", metric.metric.name, metric.metric.meaning)
}

fn note(sweep: &Sweep, metric: &DrawnMetric, lines: bool) -> String {
    let estimates = metric.strategies.iter().flatten().flatten();
    let mean = match estimates.map(|estimate| estimate.replications).max() {
        Some(count @ 2..) => format!("Mean of {count} replications with its 95 % interval"),
        _ => "One replication".to_owned(),
    };
    let thinned = usize::try_from(sweep.points()).unwrap_or(usize::MAX).div_ceil(MOST_DOTS);
    let few = if !lines && thinned > 1 { format!(", every {thinned}th point") } else { String::new() };
    format!("{mean}; one {} a strategy{few}", if lines { "line" } else { "colour" })
}

impl Sheet<'_> {
    fn x(&self, part: f64) -> f64 {
        self.plot.from.0 + part * (self.plot.to.0 - self.plot.from.0)
    }

    /// What is never lies over the plot.
    fn y(&self, figure: f64) -> f64 {
        if figure.is_infinite() {
            return self.plot.from.1 - NEVER_ROOM / 2.0;
        }
        self.plot.to.1 - self.figures.part(figure) * (self.plot.to.1 - self.plot.from.1)
    }

    fn axes(&self, canvas: &Canvas<'_>) -> Result<(), Failure> {
        let plot = &self.plot;
        let right = Lettering::new(SMALL, MUTED).at(HPos::Right, VPos::Center);
        for figure in self.figures.ticks(7, self.metric.metric.unit == "s") {
            let y = self.y(figure);
            canvas.line(&[(plot.from.0, y), (plot.to.0, y)], if figure == 0.0 { AXIS } else { GRID }, 1.0)?;
            canvas.text((plot.from.0 - 8.0, y), &number::plain(figure, self.metric.metric.unit), right)?;
        }
        if self.never {
            let word = number::plain(f64::INFINITY, self.metric.metric.unit);
            canvas.text((plot.from.0 - 8.0, self.y(f64::INFINITY)), &word, right)?;
        }
        let under = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
        canvas.line(&[(plot.from.0, plot.to.1), (plot.to.0, plot.to.1)], AXIS, 1.0)?;
        for (part, name) in self.places.ticks() {
            let x = self.x(part);
            canvas.line(&[(x, plot.to.1), (x, plot.to.1 + 4.0)], AXIS, 1.0)?;
            canvas.text((x, plot.to.1 + 8.0), &name, under)?;
        }
        let logarithmic = matches!(&self.places, Places::Numbers(axis, _) if axis.is_logarithmic());
        let key = format!("{}{}", self.key, if logarithmic { " (logarithmic)" } else { "" });
        canvas.text((self.x(0.5), plot.to.1 + 28.0), &key, under)?;
        let scale = if self.figures.is_logarithmic() { " (logarithmic)" } else { "" };
        let figure = format!("{}{scale}", self.metric.metric.name);
        canvas.upright_text((16.0, (plot.from.1 + plot.to.1) / 2.0), &figure, Lettering::new(SMALL, MUTED))
    }

    /// The points of a strategy from left to right, joined where they are not never.
    fn line(&self, canvas: &Canvas<'_>, mut points: Vec<(f64, Estimate)>, ink: Ink) -> Result<(), Failure> {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        for stretch in points.split(|(_, estimate)| !estimate.mean.is_finite()) {
            let bounds = |end: fn((f64, f64)) -> f64| {
                let at = move |(part, estimate): &(f64, Estimate)| {
                    (self.x(*part), self.y(estimate.interval.map_or(estimate.mean, end)))
                };
                stretch.iter().map(at)
            };
            let outline: Vec<Point> =
                bounds(|interval| interval.0).chain(bounds(|interval| interval.1).rev()).collect();
            if stretch.len() > 1 {
                canvas.area(&outline, ink.line, BAND)?;
                let line: Vec<Point> = stretch.iter().map(|(part, e)| (self.x(*part), self.y(e.mean))).collect();
                canvas.dashed(&line, ink.line, 2.2, ink.dashes)?;
            }
        }
        // Few points are marked; many would hide the line.
        let marked = points.iter().filter(|(_, estimate)| points.len() <= 40 || estimate.mean.is_infinite());
        marked.into_iter().try_for_each(|(part, estimate)| canvas.dot((self.x(*part), self.y(estimate.mean)), ink.line))
    }

    fn dots(&self, canvas: &Canvas<'_>, points: Vec<(f64, Estimate)>, ink: Ink) -> Result<(), Failure> {
        let every = points.len().div_ceil(MOST_DOTS).max(1);
        let mut few = points.into_iter().step_by(every);
        few.try_for_each(|(part, estimate)| canvas.dot((self.x(part), self.y(estimate.mean)), ink.line))
    }
}
