//! `limit.svg`: the metric over the key at every value that was tried, with the bound, and the interval of each limit.

use plotters::style::text_anchor::{HPos, VPos};

use super::axis::Axis;
use super::canvas::{self, AXIS, Canvas, Failure, GRID, Heading, LABEL, Lettering, MUTED, Point, SMALL, TEXT, WIDTH};
use super::palette::ink;
use super::placing::Frame;
use crate::experiment::limit::{Found, Limit, Question};
use crate::report::limit::condition_text;
use crate::report::{ReportError, number};
use crate::scenario::{Scale, Vary};

const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - 26.0;
const PLOT_HEIGHT: f64 = 320.0;
const AXIS_HEIGHT: f64 = 58.0;
const LEGEND_ROW: f64 = 20.0;
/// Room over the plot for what is never.
const NEVER_ROOM: f64 = 22.0;
/// Strength of the intervals of the limits.
const BAND: f64 = 0.22;

struct Sheet<'a> {
    question: &'a Question,
    values: Axis,
    figures: Axis,
    plot: Frame,
    never: bool,
}

/// The chart as an SVG document.
pub(super) fn chart(question: &Question, limits: &[Limit]) -> Result<String, ReportError> {
    let title = format!("Where {}, by {}", condition_text(question), question.vary.key());
    let heading =
        Heading::new(&title, "Dots are the values tried, bands the interval of each limit, the thick line the bound");
    let means = limits.iter().flat_map(|limit| &limit.probes).map(|probe| probe.estimate.mean);
    let never = means.clone().any(f64::is_infinite);
    let top = heading.height() + if never { NEVER_ROOM } else { 0.0 };
    let ends = [0.0, 1.0].map(|share| Vary::number(&question.vary.at(share)).unwrap_or(share));
    let sheet = Sheet {
        question,
        values: Axis::new(ends[0], ends[1], question.vary.scale() == Some(Scale::Logarithmic)),
        figures: Axis::of_figures(means.chain([question.until.bound])),
        plot: Frame { from: (LEFT, top), to: (RIGHT, top + PLOT_HEIGHT) },
        never,
    };
    let height = sheet.plot.to.1 + AXIS_HEIGHT + limits.len() as f64 * LEGEND_ROW;
    canvas::draw("limit.svg", height, &heading, |canvas| {
        sheet.axes(canvas)?;
        for (index, limit) in limits.iter().enumerate() {
            sheet.limit(canvas, limit, index)?;
            let y = sheet.plot.to.1 + AXIS_HEIGHT + index as f64 * LEGEND_ROW;
            canvas.dashed(&[(LEFT, y), (LEFT + 34.0, y)], ink(index).line, 2.2, ink(index).dashes)?;
            let text = canvas::fitted(&legend(limit), RIGHT - LEFT - 42.0, LABEL);
            canvas.text((LEFT + 42.0, y), &text, Lettering::new(LABEL, ink(index).text))?;
        }
        Ok(())
    })
}

fn legend(limit: &Limit) -> String {
    let where_it_is = match limit.found {
        Found::Limit | Found::Noise | Found::Budget => format!("{} to {}", limit.low, limit.high),
        Found::Everywhere => "everywhere".to_owned(),
        Found::Nowhere => "nowhere".to_owned(),
        Found::Unknown => "cannot be told".to_owned(),
    };
    format!("{}: {where_it_is}", limit.strategy)
}

impl Sheet<'_> {
    fn x(&self, value: f64) -> f64 {
        self.plot.from.0 + self.values.part(value) * (self.plot.to.0 - self.plot.from.0)
    }

    /// What is never lies over the plot.
    fn y(&self, figure: f64) -> f64 {
        if figure.is_infinite() {
            return self.plot.from.1 - NEVER_ROOM / 2.0;
        }
        self.plot.to.1 - self.figures.part(figure) * (self.plot.to.1 - self.plot.from.1)
    }

    fn axes(&self, canvas: &Canvas<'_>) -> Result<(), Failure> {
        let (plot, metric) = (&self.plot, self.question.until.metric);
        let right = Lettering::new(SMALL, MUTED).at(HPos::Right, VPos::Center);
        let never = self.never.then_some(f64::INFINITY);
        for figure in self.figures.ticks(7, metric.unit == "s").into_iter().chain(never) {
            let y = self.y(figure);
            canvas.line(&[(plot.from.0, y), (plot.to.0, y)], GRID, 1.0)?;
            canvas.text((plot.from.0 - 8.0, y), &number::plain(figure, metric.unit), right)?;
        }
        let under = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
        canvas.line(&[(plot.from.0, plot.to.1), (plot.to.0, plot.to.1)], AXIS, 1.0)?;
        for value in self.values.ticks(9, false) {
            let x = self.x(value);
            canvas.line(&[(x, plot.to.1), (x, plot.to.1 + 4.0)], AXIS, 1.0)?;
            canvas.text((x, plot.to.1 + 8.0), &format!("{value}{}", self.question.vary.unit()), under)?;
        }
        let scale = |axis: &Axis| if axis.is_logarithmic() { " (logarithmic)" } else { "" };
        let key = format!("{}{}", self.question.vary.key(), scale(&self.values));
        canvas.text(((plot.from.0 + plot.to.0) / 2.0, plot.to.1 + 28.0), &key, under)?;
        let figure = format!("{}{}", metric.name, scale(&self.figures));
        canvas.upright_text((16.0, (plot.from.1 + plot.to.1) / 2.0), &figure, Lettering::new(SMALL, MUTED))?;
        let bound = self.y(self.question.until.bound);
        canvas.line(&[(plot.from.0, bound), (plot.to.0, bound)], TEXT, 2.0)
    }

    fn limit(&self, canvas: &Canvas<'_>, limit: &Limit, index: usize) -> Result<(), Failure> {
        let (plot, ink) = (&self.plot, ink(index));
        if matches!(limit.found, Found::Limit | Found::Noise | Found::Budget) {
            let [low, high] = [&limit.low, &limit.high].map(|value| self.x(Vary::number(value).unwrap_or(0.0)));
            // A narrow interval is still seen.
            let (low, high) = (low.min((low + high) / 2.0 - 1.0), high.max((low + high) / 2.0 + 1.0));
            let band = [(low, plot.from.1), (high, plot.from.1), (high, plot.to.1), (low, plot.to.1)];
            canvas.area(&band, ink.line, BAND)?;
        }
        let points: Vec<Point> =
            limit.probes.iter().map(|probe| (self.x(probe.number), self.y(probe.estimate.mean))).collect();
        canvas.dashed(&points, ink.line, 1.4, ink.dashes)?;
        points.iter().try_for_each(|&point| canvas.dot(point, ink.line))
    }
}
