//! `tornado.svg`: for each strategy, how far each input alone moves the metric from where it stands, the one that moves it
//! most on top; two bars an input, one for each end of its range.

use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::Axis;
use super::canvas::{self, AXIS, Canvas, Failure, GRID, Heading, LABEL, Lettering, MARGIN, MUTED, SMALL, TEXT, WIDTH};
use super::palette::ink;
use crate::experiment::sensitivity::{Question, Sensitivity, Swing};
use crate::report::sensitivity::figure;
use crate::report::{ReportError, number};

/// Room at either side of the bars for what stands at their ends.
const ENDS: f64 = 128.0;
const LEFT: f64 = MARGIN + ENDS;
const RIGHT: f64 = WIDTH - MARGIN - ENDS;
const CAPTION: f64 = 26.0;
const KEY: f64 = 18.0;
const BAR: f64 = 14.0;
/// White over the name of the next input.
const GAP: f64 = 9.0;
const TICKS: f64 = 34.0;
/// An input at its low value.
const LOW: RGBColor = RGBColor(0x4A, 0xA8, 0xDE);
/// An input at its high value.
const HIGH: RGBColor = RGBColor(0xD5, 0x5E, 0x00);

/// The bars of one strategy, to a scale of their own.
struct Panel<'a> {
    question: &'a Question,
    found: &'a Sensitivity,
    axis: Axis,
    top: f64,
}

/// The chart as an SVG document.
pub(super) fn chart(question: &Question, found: &[Sensitivity]) -> Result<String, ReportError> {
    let heading = Heading::new(
        &format!("Which inputs move {}", question.metric.name),
        "Blue: the input alone at its low value; orange: at its high value; the line: the scenario as it stands; thin lines: \
         95 % intervals of the change. Each strategy has a scale of its own",
    );
    let first = heading.height();
    let height = height(question.inputs.len());
    canvas::draw("tornado.svg", first + height * found.len() as f64, &heading, |canvas| {
        found.iter().enumerate().try_for_each(|(index, found)| {
            let panel = Panel { question, found, axis: axis(found), top: first + height * index as f64 };
            canvas.of_strategy(index, || panel.paint(canvas, index))
        })
    })
}

fn height(inputs: usize) -> f64 {
    CAPTION + inputs as f64 * (KEY + 2.0 * BAR + GAP) + TICKS
}

/// Over all bars and their intervals.
fn axis(found: &Sensitivity) -> Axis {
    let swings = found.inputs.iter().flat_map(|input| [&input.low, &input.high]);
    let ends = swings.flat_map(|swing| interval(found, swing).chain([swing.estimate.mean]));
    let finite = ends.chain([found.base.mean]).filter(|value| value.is_finite());
    let wider = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), wider);
    Axis::new(low, high, false)
}

/// The interval of a change, where it moves the metric to; not there where nothing is certain of it.
fn interval(found: &Sensitivity, swing: &Swing) -> impl Iterator<Item = f64> + use<> {
    let base = found.base.mean;
    let ends = swing.change.as_ref().and_then(|change| change.interval);
    ends.into_iter().flat_map(move |(low, high)| [base + low, base + high]).filter(|end| end.is_finite())
}

impl Panel<'_> {
    /// What is never lies at the right end.
    fn x(&self, value: f64) -> f64 {
        if value.is_nan() { self.x(self.found.base.mean) } else { LEFT + self.axis.part(value) * (RIGHT - LEFT) }
    }

    fn paint(&self, canvas: &Canvas<'_>, index: usize) -> Result<(), Failure> {
        let (metric, base) = (self.question.metric, &self.found.base);
        let caption = format!("{}: {} as it stands", self.found.strategy, figure(self.question, base));
        let caption = canvas::fitted(&caption, WIDTH - 2.0 * MARGIN, LABEL * 1.05);
        canvas.text((MARGIN, self.top + CAPTION / 2.0), &caption, Lettering::new(LABEL, ink(index).text).bold())?;
        let (from, to) = (self.top + CAPTION, self.top + height(self.found.inputs.len()) - TICKS);
        let under = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
        for value in self.axis.ticks(5, false) {
            let x = self.x(value);
            canvas.line(&[(x, from), (x, to)], GRID, 1.0)?;
            canvas.text((x, to + 5.0), &number::plain(value, metric.unit), under)?;
        }
        for (row, input) in self.found.ranked().into_iter().enumerate() {
            let y = from + row as f64 * (KEY + 2.0 * BAR + GAP);
            let key = canvas::fitted(&input.key, WIDTH - 2.0 * MARGIN, SMALL);
            canvas.text((MARGIN, y + KEY / 2.0), &key, Lettering::new(SMALL, TEXT))?;
            self.bar(canvas, &input.low, y + KEY, LOW)?;
            self.bar(canvas, &input.high, y + KEY + BAR, HIGH)?;
        }
        let stands = self.x(base.mean);
        canvas.line(&[(stands, from + KEY), (stands, to)], AXIS, 1.5)
    }

    /// From where the metric stands to where the input moves it, with the value behind its end.
    fn bar(&self, canvas: &Canvas<'_>, swing: &Swing, top: f64, colour: RGBColor) -> Result<(), Failure> {
        let (from, to) = (self.x(self.found.base.mean), self.x(swing.estimate.mean));
        canvas.rectangle((from.min(to), top + 1.0), (from.max(to), top + BAR - 1.0), colour)?;
        let middle = top + BAR / 2.0;
        let ends: Vec<f64> = interval(self.found, swing).map(|end| self.x(end)).collect();
        let (mut left, mut right) = (from.min(to), from.max(to));
        if let [low, high] = ends[..] {
            canvas.line(&[(low, middle), (high, middle)], TEXT, 1.0)?;
            (left, right) = (left.min(low), right.max(high));
        }
        let text =
            canvas::fitted(&format!("{}: {}", swing.value, figure(self.question, &swing.estimate)), ENDS - 8.0, SMALL);
        if to < from {
            canvas.text((left - 5.0, middle), &text, Lettering::new(SMALL, TEXT).at(HPos::Right, VPos::Center))
        } else {
            canvas.text((right + 5.0, middle), &text, Lettering::new(SMALL, TEXT))
        }
    }
}
