//! A metric over two keys: one panel a strategy, one cell a point, dark where there is much.

use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::Axis;
use super::canvas::{self, Canvas, Failure, Heading, LABEL, Lettering, MUTED, SMALL, TEXT, WIDTH};
use super::sweep_lines::title;
use crate::experiment::sweep::Sweep;
use crate::report::sweep::DrawnMetric;
use crate::report::{ReportError, number};

/// Least room left of the cells; names that are longer get more, up to a limit.
const LEFT: f64 = 70.0;
const LEFT_AT_MOST: f64 = 230.0;
const RIGHT: f64 = WIDTH - 22.0;
const CAPTION: f64 = 26.0;
const GAP: f64 = 18.0;
const AXIS_HEIGHT: f64 = 52.0;
/// Cells with less room have no figure written in them.
const LEAST_WIDTH: f64 = 46.0;
const LEAST_HEIGHT: f64 = 15.0;

/// Little and much; lightness falls evenly, so that it is read in grey too.
const LITTLE: RGBColor = RGBColor(0xF3, 0xF6, 0xFA);
const MUCH: RGBColor = RGBColor(0x0B, 0x3C, 0x6F);
/// What is never.
const NEVER: RGBColor = RGBColor(0x1A, 0x1A, 0x1A);
/// What was not measured.
const ABSENT: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);

/// One panel: where it lies and how large its cells are.
struct Panel {
    left: f64,
    upper: f64,
    cell: (f64, f64),
    counts: (u32, u32),
}

/// The chart of a metric over the two keys of a grid.
pub(super) fn chart(file: &str, sweep: &Sweep, metric: &DrawnMetric) -> Result<String, ReportError> {
    let [across, up] = sweep.axes() else {
        let reason = "a map has two keys".to_owned();
        return Err(ReportError::Chart { chart: file.to_owned(), reason });
    };
    let counts = (across.count().unwrap_or(1), up.count().unwrap_or(1));
    let keys = format!("{} and {}", across.key(), up.key());
    let heading =
        Heading::new(&title(metric, &keys), "One panel a strategy and one cell a point; the darker, the more");
    let means = metric.strategies.iter().flatten().flatten().map(|estimate| estimate.mean);
    let shades = Axis::of_figures(means);
    let first = heading.height();
    let height = (f64::from(counts.1) * 24.0).clamp(60.0, 320.0);
    let names = (0..counts.1).map(|index| canvas::text_width(&up.value(index), SMALL));
    let left = (names.fold(0.0, f64::max) + 40.0).clamp(LEFT, LEFT_AT_MOST);
    let cell = ((RIGHT - left) / f64::from(counts.0), height / f64::from(counts.1));
    let pitch = CAPTION + height + GAP;
    let bottom = first + metric.strategies.len() as f64 * pitch - GAP;
    canvas::draw(file, bottom + AXIS_HEIGHT, &heading, |canvas| {
        for (index, design) in sweep.base().designs.iter().enumerate() {
            let upper = first + index as f64 * pitch + CAPTION;
            let caption = Lettering::new(LABEL, TEXT).bold().at(HPos::Left, VPos::Bottom);
            canvas.text((left, upper - 6.0), &canvas::fitted(&design.name, RIGHT - left, LABEL), caption)?;
            let panel = Panel { left, upper, cell, counts };
            panel.cells(canvas, metric, index, &shades)?;
            panel.names_up(canvas, |index| up.value(index))?;
        }
        let panel = Panel { left, upper: bottom - height, cell, counts };
        panel.names_across(canvas, bottom, |index| across.value(index))?;
        let under = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
        canvas.text(((left + RIGHT) / 2.0, bottom + 28.0), across.key(), under)?;
        canvas.upright_text((14.0, (first + bottom) / 2.0), up.key(), Lettering::new(SMALL, MUTED))
    })
}

impl Panel {
    /// The corner of a cell; the second key grows upwards.
    fn corner(&self, across: u32, up: u32) -> (f64, f64) {
        let row = self.counts.1 - 1 - up;
        (self.left + f64::from(across) * self.cell.0, self.upper + f64::from(row) * self.cell.1)
    }

    fn cells(&self, canvas: &Canvas<'_>, metric: &DrawnMetric, strategy: usize, shades: &Axis) -> Result<(), Failure> {
        for across in 0..self.counts.0 {
            for up in 0..self.counts.1 {
                // The last key of a grid varies fastest.
                let point = across as usize * self.counts.1 as usize + up as usize;
                let mean = metric.strategies[strategy].get(point).copied().flatten().map(|estimate| estimate.mean);
                let (colour, dark) = colour(mean, shades);
                let from = self.corner(across, up);
                canvas.rectangle(from, (from.0 + self.cell.0, from.1 + self.cell.1), colour)?;
                if let Some(mean) = mean.filter(|_| self.cell.0 >= LEAST_WIDTH && self.cell.1 >= LEAST_HEIGHT) {
                    let ink = if dark { ABSENT } else { TEXT };
                    let how = Lettering::new(SMALL - 1.0, ink).at(HPos::Center, VPos::Center);
                    let middle = (from.0 + self.cell.0 / 2.0, from.1 + self.cell.1 / 2.0);
                    let text = number::plain(mean, metric.metric.unit);
                    canvas.text(middle, &canvas::fitted(&text, self.cell.0 - 2.0, SMALL - 1.0), how)?;
                }
            }
        }
        Ok(())
    }

    fn names_up(&self, canvas: &Canvas<'_>, name: impl Fn(u32) -> String) -> Result<(), Failure> {
        let every = (14.0 / self.cell.1).ceil().max(1.0) as usize;
        (0..self.counts.1).step_by(every).try_for_each(|up| {
            let y = self.corner(0, up).1 + self.cell.1 / 2.0;
            let how = Lettering::new(SMALL, MUTED).at(HPos::Right, VPos::Center);
            canvas.text((self.left - 8.0, y), &canvas::fitted(&name(up), self.left - 34.0, SMALL), how)
        })
    }

    fn names_across(&self, canvas: &Canvas<'_>, y: f64, name: impl Fn(u32) -> String) -> Result<(), Failure> {
        let names: Vec<String> = (0..self.counts.0).map(name).collect();
        let widest = names.iter().map(|name| canvas::text_width(name, SMALL)).fold(0.0, f64::max).min(150.0) + 8.0;
        let every = (widest / self.cell.0).ceil().max(1.0) as usize;
        let room = self.cell.0 * every as f64 - 6.0;
        names.iter().enumerate().step_by(every).try_for_each(|(index, name)| {
            let x = self.left + (index as f64 + 0.5) * self.cell.0;
            let how = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
            canvas.text((x, y + 8.0), &canvas::fitted(name, room, SMALL), how)
        })
    }
}

/// The colour of a figure, and whether it is dark.
fn colour(mean: Option<f64>, shades: &Axis) -> (RGBColor, bool) {
    match mean {
        None => (ABSENT, false),
        Some(mean) if mean.is_infinite() => (NEVER, true),
        Some(mean) => {
            let part = shades.part(mean);
            let mixed = |little: u8, much: u8| (f64::from(little) + (f64::from(much) - f64::from(little)) * part) as u8;
            let colour = RGBColor(mixed(LITTLE.0, MUCH.0), mixed(LITTLE.1, MUCH.1), mixed(LITTLE.2, MUCH.2));
            (colour, part > 0.5)
        }
    }
}
