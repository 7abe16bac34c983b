//! `front.svg`: the cost of every setting against its latency, with the front of those that none beats in both.

use plotters::style::text_anchor::{HPos, VPos};

use super::axis::Axis;
use super::canvas::{self, AXIS, Canvas, Failure, GRID, Heading, LABEL, Lettering, MUTED, Point, SMALL, TEXT, WIDTH};
use super::palette::ink;
use super::placing::Frame;
use crate::experiment::recommend::{Found, Setting};
use crate::report::recommend::{Asked, met};
use crate::report::{ReportError, number};

const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - 26.0;
const PLOT_HEIGHT: f64 = 320.0;
const AXIS_HEIGHT: f64 = 62.0;
const LEGEND_ROW: f64 = 20.0;
/// Room over the plot for what is never.
const NEVER_ROOM: f64 = 22.0;
/// Radius of the dot of a setting, and of the ring around a chosen one.
const DOT: f64 = 4.0;
const CHOSEN: f64 = 8.0;

struct Sheet<'a> {
    asked: &'a Asked<'a>,
    costs: Axis,
    latencies: Axis,
    plot: Frame,
    never: bool,
}

/// The chart as an SVG document.
pub(super) fn chart(asked: &Asked<'_>) -> Result<String, ReportError> {
    let found = asked.found;
    let heading = Heading::new(&title(asked), NOTE);
    let latencies = || found.settings.iter().map(|setting| setting.latency.mean);
    let never = latencies().any(f64::is_infinite);
    let top = heading.height() + if never { NEVER_ROOM } else { 0.0 };
    let sheet = Sheet {
        asked,
        costs: Axis::of_figures(found.settings.iter().map(|setting| setting.cost.mean)),
        latencies: Axis::of_figures(latencies().chain(bounds(asked))),
        plot: Frame { from: (LEFT, top), to: (RIGHT, top + PLOT_HEIGHT) },
        never,
    };
    let height = sheet.plot.to.1 + AXIS_HEIGHT + found.answers.len() as f64 * LEGEND_ROW;
    canvas::draw("front.svg", height, &heading, |canvas| {
        sheet.axes(canvas)?;
        sheet.front(canvas)?;
        for setting in &found.settings {
            sheet.setting(canvas, setting)?;
        }
        let chosen = found.answers.iter().filter_map(|answer| answer.chosen).map(|index| &found.settings[index]);
        chosen.into_iter().try_for_each(|setting| sheet.chosen(canvas, setting))?;
        sheet.legend(canvas)
    })
}

const NOTE: &str = "Each dot is a setting: filled where it is shown to meet the objectives, ringed where it is chosen. \
                    The grey steps join those that no other beats in both cost and latency.";

fn title(asked: &Asked<'_>) -> String {
    let found = asked.found;
    match found.best.map(|index| &found.settings[index]) {
        None => "No setting is shown to meet the objectives".to_owned(),
        Some(best) => {
            let name = &found.answers[best.strategy].strategy;
            format!("The cheapest that meets the objectives: {name}, {}", asked.words().setting(best))
        }
    }
}

/// The bounds that objectives set to the latency that is drawn.
fn bounds<'a>(asked: &'a Asked<'_>) -> impl Iterator<Item = f64> + 'a {
    let found = asked.found;
    found.goals.iter().filter(|goal| goal.metric == found.latency).map(|goal| goal.bound)
}

impl Sheet<'_> {
    fn x(&self, cost: f64) -> f64 {
        self.plot.from.0 + self.costs.part(cost) * (self.plot.to.0 - self.plot.from.0)
    }

    /// What is never lies over the plot.
    fn y(&self, latency: f64) -> f64 {
        if latency.is_infinite() {
            return self.plot.from.1 - NEVER_ROOM / 2.0;
        }
        self.plot.to.1 - self.latencies.part(latency) * (self.plot.to.1 - self.plot.from.1)
    }

    /// None where nothing was measured.
    fn place(&self, setting: &Setting) -> Option<Point> {
        let (cost, latency) = (setting.cost.mean, setting.latency.mean);
        (cost.is_finite() && !latency.is_nan()).then(|| (self.x(cost), self.y(latency)))
    }

    fn axes(&self, canvas: &Canvas<'_>) -> Result<(), Failure> {
        let plot = &self.plot;
        let right = Lettering::new(SMALL, MUTED).at(HPos::Right, VPos::Center);
        let never = self.never.then_some(f64::INFINITY);
        for latency in self.latencies.ticks(7, true).into_iter().chain(never) {
            let y = self.y(latency);
            canvas.line(&[(plot.from.0, y), (plot.to.0, y)], GRID, 1.0)?;
            canvas.text((plot.from.0 - 8.0, y), &number::plain(latency, "s"), right)?;
        }
        let under = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
        canvas.line(&[(plot.from.0, plot.to.1), (plot.to.0, plot.to.1)], AXIS, 1.0)?;
        for cost in self.costs.ticks(9, false) {
            let x = self.x(cost);
            canvas.line(&[(x, plot.to.1), (x, plot.to.1 + 4.0)], AXIS, 1.0)?;
            canvas.text((x, plot.to.1 + 8.0), &number::plain(cost, "USD"), under)?;
        }
        let scale = |axis: &Axis| if axis.is_logarithmic() { " (logarithmic)" } else { "" };
        let middle = (plot.from.0 + plot.to.0) / 2.0;
        let costs = format!("cost per million processed{}", scale(&self.costs));
        canvas.text((middle, plot.to.1 + 28.0), &costs, under)?;
        let latency = format!("{}{}", self.asked.found.latency, scale(&self.latencies));
        canvas.upright_text((16.0, (plot.from.1 + plot.to.1) / 2.0), &latency, Lettering::new(SMALL, MUTED))?;
        for bound in bounds(self.asked) {
            let y = self.y(bound);
            canvas.line(&[(plot.from.0, y), (plot.to.0, y)], TEXT, 2.0)?;
            let text = format!("bound: {}", number::plain(bound, "s"));
            let over = Lettering::new(SMALL, TEXT).at(HPos::Right, VPos::Bottom);
            canvas.text((plot.to.0, y - 3.0), &text, over)?;
        }
        Ok(())
    }

    /// From the cheapest to the soonest: a step for each.
    fn front(&self, canvas: &Canvas<'_>) -> Result<(), Failure> {
        let on_front = self.asked.found.settings.iter().filter(|setting| setting.on_front);
        let mut points: Vec<Point> = on_front.filter_map(|setting| self.place(setting)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut steps: Vec<Point> = Vec::new();
        for point in points {
            if let Some(&(_, before)) = steps.last() {
                steps.push((point.0, before));
            }
            steps.push(point);
        }
        if steps.len() > 1 { canvas.line(&steps, AXIS, 1.4) } else { Ok(()) }
    }

    fn setting(&self, canvas: &Canvas<'_>, setting: &Setting) -> Result<(), Failure> {
        let Some(at) = self.place(setting) else { return Ok(()) };
        let colour = ink(setting.strategy).line;
        if met(setting) { canvas.dot(at, colour) } else { canvas.ring(at, DOT, colour, true) }
    }

    /// A ring around it, and its name where that has room.
    fn chosen(&self, canvas: &Canvas<'_>, setting: &Setting) -> Result<(), Failure> {
        let Some(at) = self.place(setting) else { return Ok(()) };
        canvas.ring(at, CHOSEN, ink(setting.strategy).line, false)
    }

    fn legend(&self, canvas: &Canvas<'_>) -> Result<(), Failure> {
        let found = self.asked.found;
        for (index, answer) in found.answers.iter().enumerate() {
            let y = self.plot.to.1 + AXIS_HEIGHT + index as f64 * LEGEND_ROW;
            let ink = ink(index);
            let what = match (answer.chosen.map(|index| &found.settings[index]), answer.found) {
                (Some(setting), _) => {
                    let (latency, cost) = (number::mean(&setting.latency, "s"), number::mean(&setting.cost, "USD"));
                    format!("{} ({cost}, {latency})", self.asked.words().setting(setting))
                }
                (None, Found::Nothing) => "no setting meets the objectives".to_owned(),
                (None, _) => "no setting is shown to meet the objectives".to_owned(),
            };
            canvas.dot((LEFT + 6.0, y), ink.line)?;
            let text = canvas::fitted(&format!("{}: {what}", answer.strategy), RIGHT - LEFT - 20.0, LABEL);
            canvas.text((LEFT + 20.0, y), &text, Lettering::new(LABEL, ink.text))?;
        }
        Ok(())
    }
}
