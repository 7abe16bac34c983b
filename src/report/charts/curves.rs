//! Curves over one axis each way, found ones beside expected ones: for pages that hold the simulator against a rule.

use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{self, AXIS, Canvas, Failure, GRID, Heading, LABEL, Lettering, MUTED, Point, SMALL, WIDTH};
use super::palette::{Ink, ink};
use crate::report::{ReportError, number};

const LEFT: f64 = 92.0;
const RIGHT: f64 = WIDTH - 24.0;
const HEIGHT: f64 = 280.0;
const AXIS_HEIGHT: f64 = 50.0;
const LEGEND_LINE: f64 = 20.0;
const SWATCH: f64 = 34.0;
/// Dashes of what is expected.
const DASHES: [f64; 2] = [5.0, 4.0];
/// Most intervals between the ticks of an axis.
const TICKS: f64 = 8.0;

/// A chart of curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves<'a> {
    /// What it shows, as a sentence.
    pub title: &'a str,
    /// How to read it.
    pub note: &'a str,
    /// What the horizontal axis measures, with its unit.
    pub across: &'a str,
    /// What the vertical axis measures.
    pub upward: &'a str,
    /// The curves, each pair of a found and an expected one in one colour.
    pub curves: Vec<Curve<'a>>,
}

/// What was found, and what was expected of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve<'a> {
    /// Its name.
    pub name: &'a str,
    /// Found points, from left to right: a whole line.
    pub found: Vec<(f64, f64)>,
    /// What the dashed line is.
    pub expected_name: &'a str,
    /// Expected points, from left to right: a dashed line in the dark.
    pub expected: Vec<(f64, f64)>,
}

/// Where the chart lies and what it spans.
struct Scale {
    upper: f64,
    lower: f64,
    across: f64,
    upward: f64,
}

impl Scale {
    fn at(&self, (x, y): (f64, f64)) -> Point {
        (LEFT + x / self.across * (RIGHT - LEFT), self.lower - y / self.upward * (self.lower - self.upper))
    }
}

impl Curves<'_> {
    /// The chart as an SVG document.
    ///
    /// # Errors
    /// The drawing library refuses.
    pub fn svg(&self) -> Result<String, ReportError> {
        let heading = Heading::new(self.title, self.note);
        let legend = heading.height();
        let upper = legend + self.curves.len() as f64 * LEGEND_LINE + 14.0;
        let points = || self.curves.iter().flat_map(|curve| curve.found.iter().chain(&curve.expected));
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let (across, upward) =
            (most(&mut points().map(|point| point.0)), 1.04 * most(&mut points().map(|point| point.1)));
        let scale = Scale { upper, lower: upper + HEIGHT, across, upward };
        canvas::draw("curves.svg", scale.lower + AXIS_HEIGHT, &heading, |canvas| {
            self.axes(canvas, &scale)?;
            for (index, curve) in self.curves.iter().enumerate() {
                // Every second ink is whole and light enough for the dashes upon it.
                let ink = ink(2 * index + 1);
                let on_sheet = |points: &[(f64, f64)]| points.iter().map(|&point| scale.at(point)).collect::<Vec<_>>();
                canvas.line(&on_sheet(&curve.found), ink.line, 4.0)?;
                canvas.dashed(&on_sheet(&curve.expected), canvas::TEXT, 1.4, &DASHES)?;
                legend_line(canvas, legend + (index as f64 + 0.5) * LEGEND_LINE, curve, ink)?;
            }
            Ok(())
        })
    }

    fn axes(&self, canvas: &Canvas<'_>, scale: &Scale) -> Result<(), Failure> {
        let small = Lettering::new(SMALL, MUTED);
        for tick in ticks(scale.upward) {
            let (_, y) = scale.at((0.0, tick));
            canvas.line(&[(LEFT, y), (RIGHT, y)], if tick == 0.0 { AXIS } else { GRID }, 1.0)?;
            canvas.text((LEFT - 8.0, y), &number::plain(tick, "runs"), small.at(HPos::Right, VPos::Center))?;
        }
        for tick in ticks(scale.across) {
            let (x, y) = scale.at((tick, 0.0));
            canvas.line(&[(x, y), (x, y + 4.0)], AXIS, 1.0)?;
            canvas.text((x, y + 8.0), &number::plain(tick, "runs"), small.at(HPos::Center, VPos::Top))?;
        }
        let middle = ((LEFT + RIGHT) / 2.0, scale.lower + 27.0);
        canvas.text(middle, self.across, small.at(HPos::Center, VPos::Top))?;
        canvas.upright_text((18.0, (scale.upper + scale.lower) / 2.0), self.upward, small)
    }
}

/// `━━ name   ┅┅ what was expected`.
fn legend_line(canvas: &Canvas<'_>, y: f64, curve: &Curve<'_>, ink: Ink) -> Result<(), Failure> {
    let half = (RIGHT - LEFT) / 2.0;
    for (x, name, found) in [(LEFT, curve.name, true), (LEFT + half, curve.expected_name, false)] {
        let line = [(x, y), (x + SWATCH, y)];
        if found {
            canvas.line(&line, ink.line, 4.0)?;
        } else {
            canvas.line(&line, ink.line, 4.0)?;
            canvas.dashed(&line, canvas::TEXT, 1.4, &DASHES)?;
        }
        let name = canvas::fitted(name, half - SWATCH - 16.0, LABEL);
        canvas.text((x + SWATCH + 8.0, y), &name, Lettering::new(LABEL, ink.text))?;
    }
    Ok(())
}

/// Round numbers from 0 to `top`: steps of 1, 2 or 5 times a power of ten, at most [`TICKS`] of them.
fn ticks(top: f64) -> impl Iterator<Item = f64> {
    let power = libm::pow(10.0, libm::floor(libm::log10(top / TICKS)));
    let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power).into_iter().find(|step| top / step <= TICKS);
    let step = step.unwrap_or(top);
    (0..=TICKS as u32).map(move |index| f64::from(index) * step).take_while(move |&tick| tick <= top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(300.0).collect::<Vec<_>>(), [0.0, 50.0, 100.0, 150.0, 200.0, 250.0, 300.0]);
        assert_eq!(ticks(1_250.0).last(), Some(1_200.0));
        assert_eq!(ticks(1_040_000.0).last(), Some(1_000_000.0));
    }

    #[test]
    fn a_chart_holds_its_names_and_both_lines() {
        let curve = |name| Curve {
            name,
            found: vec![(0.0, 0.0), (10.0, 20.0)],
            expected_name: "by hand",
            expected: vec![(0.0, 1.0), (10.0, 21.0)],
        };
        let chart = Curves {
            title: "As documented",
            note: "Lines",
            across: "seconds",
            upward: "batches",
            curves: vec![curve("one & only"), curve("two")],
        };
        let svg = chart.svg().expect("a chart");
        for text in ["<title>As documented</title>", "one &amp; only", "two", "by hand", "seconds", "batches"] {
            assert!(svg.contains(text), "{text}");
        }
    }
}
