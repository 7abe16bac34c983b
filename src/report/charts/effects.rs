//! `morris.svg` and `sobol.svg`: what each input does wherever the others are, two bars an input from zero, the input
//! that does most on top.

use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::Axis;
use super::canvas::{self, AXIS, Canvas, Failure, GRID, Heading, LABEL, Lettering, MARGIN, MUTED, SMALL, TEXT, WIDTH};
use super::palette::ink;
use crate::experiment::sensitivity::{Influence, Question, Sensitivity};
use crate::report::{ReportError, number};

const LEFT: f64 = MARGIN + 8.0;
/// Room behind the bars for what they say.
const RIGHT: f64 = WIDTH - MARGIN - 150.0;
const CAPTION: f64 = 26.0;
const KEY: f64 = 18.0;
const BAR: f64 = 13.0;
const GAP: f64 = 9.0;
const TICKS: f64 = 34.0;
const UPPER: RGBColor = RGBColor(0x14, 0x21, 0x3D);
const LOWER: RGBColor = RGBColor(0x4A, 0xA8, 0xDE);

/// A figure with its interval.
type Ranged = (f64, Option<(f64, f64)>);

/// What a chart draws of an input: two figures, if there are any.
type Figures = fn(&Influence) -> Option<[Ranged; 2]>;

/// Both charts as far as there is anything to draw, with their file names.
pub(super) fn charts(question: &Question, found: &[Sensitivity]) -> Result<Vec<(&'static str, String)>, ReportError> {
    let metric = question.metric;
    let morris = (
        "morris.svg",
        Heading::new(
            &format!("What inputs do to {} wherever the others are", metric.name),
            "Dark: mu*, the mean size of an input's effect over its whole range, with its 95 % interval; light: sigma, how \
             much that differs from place to place",
        ),
        effects as Figures,
        metric.unit,
    );
    let sobol = (
        "sobol.svg",
        Heading::new(
            &format!("Whose the variance of {} is", metric.name),
            "Dark: the share that an input explains alone; light: alone and together with others; thin lines: 95 % intervals",
        ),
        indices as Figures,
        "1",
    );
    let mut charts = Vec::new();
    for (name, heading, figures, unit) in [morris, sobol] {
        let told: Vec<usize> = (0..found.len())
            .filter(|&index| found[index].inputs.iter().any(|input| figures(input).is_some()))
            .collect();
        if !told.is_empty() {
            let panels = told.into_iter().map(|index| (index, Panel::new(&found[index], figures, unit)));
            charts.push((name, chart(name, &heading, &panels.collect::<Vec<_>>())?));
        }
    }
    Ok(charts)
}

fn effects(input: &Influence) -> Option<[Ranged; 2]> {
    let effects = input.effects.as_ref()?;
    Some([(effects.mu_star.mean, effects.mu_star.interval), (effects.sigma, None)])
}

fn indices(input: &Influence) -> Option<[Ranged; 2]> {
    let indices = input.indices.as_ref()?;
    Some([&indices.first, &indices.total].map(|index| (index.share, Some((index.low, index.high)))))
}

/// The bars of one strategy, to a scale of their own.
struct Panel<'a> {
    strategy: &'a str,
    unit: &'static str,
    /// Inputs with their figures, the greatest second or else first figure on top.
    rows: Vec<(&'a str, [Ranged; 2])>,
    axis: Axis,
}

fn chart(name: &str, heading: &Heading, panels: &[(usize, Panel<'_>)]) -> Result<String, ReportError> {
    let height = heading.height() + panels.iter().map(|(_, panel)| panel.height()).sum::<f64>();
    canvas::draw(name, height, heading, |canvas| {
        let mut top = heading.height();
        panels.iter().try_for_each(|(index, panel)| {
            canvas.of_strategy(*index, || panel.paint(canvas, *index, top))?;
            top += panel.height();
            Ok(())
        })
    })
}

impl<'a> Panel<'a> {
    fn new(found: &'a Sensitivity, figures: Figures, unit: &'static str) -> Self {
        let row = |input: &'a Influence| Some((input.key.as_str(), figures(input)?));
        let mut rows: Vec<_> = found.inputs.iter().filter_map(row).collect();
        let most = |row: &(&str, [Ranged; 2])| row.1[0].0.max(row.1[1].0);
        rows.sort_by(|one, other| most(other).total_cmp(&most(one)));
        let ends = rows.iter().flat_map(|row| row.1).map(|(figure, interval)| interval.map_or(figure, |ends| ends.1));
        let high = ends.fold(0.0, f64::max);
        Self { strategy: &found.strategy, unit, rows, axis: Axis::new(0.0, high, false) }
    }

    fn height(&self) -> f64 {
        CAPTION + self.rows.len() as f64 * (KEY + 2.0 * BAR + GAP) + TICKS
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.axis.part(value) * (RIGHT - LEFT)
    }

    fn text(&self, value: f64) -> String {
        if self.unit == "1" { number::share(value.max(0.0)) } else { number::plain(value, self.unit) }
    }

    fn paint(&self, canvas: &Canvas<'_>, index: usize, top: f64) -> Result<(), Failure> {
        let caption = canvas::fitted(self.strategy, WIDTH - 2.0 * MARGIN, LABEL * 1.05);
        canvas.text((MARGIN, top + CAPTION / 2.0), &caption, Lettering::new(LABEL, ink(index).text).bold())?;
        let (from, to) = (top + CAPTION, top + self.height() - TICKS);
        let under = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
        for value in self.axis.ticks(5, false) {
            let x = self.x(value);
            canvas.line(&[(x, from), (x, to)], GRID, 1.0)?;
            canvas.text((x, to + 5.0), &self.text(value), under)?;
        }
        canvas.line(&[(LEFT, from), (LEFT, to)], AXIS, 1.5)?;
        for (row, (key, figures)) in self.rows.iter().enumerate() {
            let y = from + row as f64 * (KEY + 2.0 * BAR + GAP);
            let key = canvas::fitted(key, RIGHT - LEFT, SMALL);
            canvas.text((LEFT + 6.0, y + KEY / 2.0), &key, Lettering::new(SMALL, TEXT))?;
            for (bar, (&figure, colour)) in figures.iter().zip([UPPER, LOWER]).enumerate() {
                self.bar(canvas, figure, y + KEY + bar as f64 * BAR, colour)?;
            }
        }
        Ok(())
    }

    /// A bar with its interval, and what it says behind both.
    fn bar(&self, canvas: &Canvas<'_>, (figure, interval): Ranged, top: f64, colour: RGBColor) -> Result<(), Failure> {
        let (end, middle) = (self.x(figure), top + BAR / 2.0);
        canvas.rectangle((LEFT, top + 1.0), (end, top + BAR - 1.0), colour)?;
        let reach = interval.map(|(low, high)| (self.x(low), self.x(high)));
        if let Some((low, high)) = reach {
            canvas.line(&[(low, middle), (high, middle)], MUTED, 1.0)?;
        }
        let right = reach.map_or(end, |(_, high)| high.max(end));
        canvas.text((right + 6.0, middle), &self.text(figure), Lettering::new(SMALL, TEXT))
    }
}
