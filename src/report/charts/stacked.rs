//! Bars of parts end to end, all to one scale; under each bar its parts by their colour and words, so that a part too
//! short to be seen is read all the same.

use plotters::style::RGBColor;

use super::bars::{self, BARS, BEHIND, LEAST, RIGHT};
use super::canvas::{self, AXIS, Canvas, Failure, Heading, LABEL, Lettering, MUTED, Point, SMALL, TEXT};
use crate::report::ReportError;

const ROW: f64 = 22.0;
const BAR: f64 = 16.0;
const LINE: f64 = 17.0;
const SWATCH: f64 = 9.0;
const GAP: f64 = 12.0;
/// Parts at least this long are set apart by a white line.
const APART: f64 = 3.0;

/// A strategy's bar.
pub(super) struct Bar<'a> {
    name: &'a str,
    total: f64,
    text: String,
    parts: Vec<Part>,
    /// Where the swatch of each part is: from the left end of the bars, and in which line.
    places: Vec<(f64, usize)>,
    /// How many lines its parts take in words.
    lines: usize,
}

/// A part of a bar.
pub(super) struct Part {
    /// How much it is, in the unit of all bars.
    pub amount: f64,
    /// What stands beside its swatch.
    pub words: String,
    /// Of the bar and the swatch.
    pub colour: RGBColor,
}

/// The chart as an SVG document, a bar a strategy in their order; none where there is nothing to stack.
pub(super) fn chart(chart: &'static str, heading: &Heading, bars: &[Bar<'_>]) -> Result<Option<String>, ReportError> {
    let reach = bars.iter().map(|bar| bar.total).fold(0.0, f64::max);
    if reach == 0.0 {
        return Ok(None);
    }
    let longest = bars::longest(bars.iter().map(|bar| bar.text.as_str()));
    let first = heading.height();
    let height = bars.iter().map(Bar::height).sum::<f64>();
    canvas::draw(chart, first + height, heading, |canvas| {
        let mut y = first;
        for (index, bar) in bars.iter().enumerate() {
            canvas.of_strategy(index, || bar.paint(canvas, y, (longest - BARS) / reach))?;
            y += bar.height();
        }
        Ok(())
    })
    .map(Some)
}

/// Finds the words of each part a place, one behind the other as far as they fit.
fn places(parts: &[Part]) -> Vec<(f64, usize)> {
    let (mut x, mut line) = (0.0, 0);
    let place = |part: &Part| {
        let width = SWATCH + 5.0 + canvas::text_width(&part.words, SMALL);
        if x > 0.0 && BARS + x + width > RIGHT {
            (x, line) = (0.0, line + 1);
        }
        let at = (x, line);
        x += width + BEHIND;
        at
    };
    parts.iter().map(place).collect()
}

impl<'a> Bar<'a> {
    /// The bar of a strategy's parts, with `text` behind it.
    pub(super) fn new(name: &'a str, text: String, parts: Vec<Part>) -> Self {
        let places = places(&parts);
        let lines = places.last().map_or(0, |(_, line)| line + 1);
        Self { name, total: parts.iter().map(|part| part.amount).sum(), text, parts, places, lines }
    }

    fn height(&self) -> f64 {
        ROW + self.lines as f64 * LINE + GAP
    }

    fn paint(&self, canvas: &Canvas<'_>, y: f64, scale: f64) -> Result<(), Failure> {
        let middle = y + ROW / 2.0;
        bars::name(canvas, self.name, middle, LABEL)?;
        let (upper, lower) = (middle - BAR / 2.0, middle + BAR / 2.0);
        let mut from = BARS;
        for part in &self.parts {
            let to = from + part.amount * scale;
            // A whole bar that is too short is drawn once, in the colour of its first part.
            let end = if from == BARS { to.max(BARS + LEAST) } else { to };
            canvas.rectangle((from, upper), (end, lower), part.colour)?;
            if from > BARS && to - from > APART {
                canvas.line(&[(from, upper), (from, lower)], plotters::style::WHITE, 1.0)?;
            }
            from = to;
        }
        canvas.line(&[(BARS, upper), (BARS, lower)], AXIS, 1.0)?;
        let end = if self.total > 0.0 { from.max(BARS + LEAST) } else { BARS };
        canvas.text((end + BEHIND, middle), &self.text, Lettering::new(SMALL, TEXT))?;
        self.parts.iter().zip(&self.places).try_for_each(|(part, &at)| part.paint(canvas, at, (BARS, y + ROW)))
    }
}

impl Part {
    fn paint(&self, canvas: &Canvas<'_>, at: (f64, usize), (left, top): Point) -> Result<(), Failure> {
        let (x, middle) = (left + at.0, top + (at.1 as f64 + 0.5) * LINE);
        let swatch = |x: f64, y: f64| (x, middle + y);
        canvas.rectangle(swatch(x, -SWATCH / 2.0), swatch(x + SWATCH, SWATCH / 2.0), self.colour)?;
        canvas.text((x + SWATCH + 5.0, middle), &self.words, Lettering::new(SMALL, MUTED))
    }
}
