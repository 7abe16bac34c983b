//! `duplicates.svg`: how many effects each strategy applied again, and what brought them about; how many repetitions were
//! suppressed, and by what.
//!
//! A bar a strategy, all to one scale, its causes end to end and behind them, lighter, what was suppressed; under it each
//! part by its colour, its count and its words, so that a bar too short to be seen is read all the same.

use plotters::style::RGBColor;

use super::bars::{self, BARS, BEHIND, LEAST, RIGHT};
use super::canvas::{self, AXIS, Canvas, Failure, Heading, LABEL, Lettering, MUTED, Point, SMALL, TEXT};
use super::{findings, palette};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{ReportError, lookup, number};
use crate::stats::Estimate;

const ROW: f64 = 22.0;
const BAR: f64 = 16.0;
const LINE: f64 = 17.0;
const SWATCH: f64 = 9.0;
const GAP: f64 = 12.0;
/// Parts at least this long are set apart by a white line.
const APART: f64 = 3.0;

/// A strategy's bar.
struct Bar<'a> {
    name: &'a str,
    text: String,
    parts: Vec<Part>,
    /// How many lines its parts take in words.
    lines: usize,
}

/// A cause in it, or what suppressed repetitions.
struct Part {
    colour: RGBColor,
    count: f64,
    words: String,
    /// Where its swatch is: from the left end of the bars, and in which line.
    at: (f64, usize),
}

/// The chart as an SVG document; none where nothing was repeated.
pub(super) fn chart(results: &Results) -> Result<Option<String>, ReportError> {
    let bars: Vec<_> = results.strategies.iter().map(bar).collect();
    let reach = bars.iter().map(Bar::reach).fold(0.0, f64::max);
    if reach == 0.0 {
        return Ok(None);
    }
    let longest = bars::longest(bars.iter().map(|bar| bar.text.as_str()));
    let heading = Heading::new(&findings::duplicates(results), caption(results));
    let first = heading.height();
    let height = bars.iter().map(Bar::height).sum::<f64>();
    canvas::draw("duplicates.svg", first + height, &heading, |canvas| {
        let mut y = first;
        for bar in &bars {
            bar.paint(canvas, y, (longest - BARS) / reach)?;
            y += bar.height();
        }
        Ok(())
    })
    .map(Some)
}

fn bar(strategy: &StrategyResults) -> Bar<'_> {
    // The same order in each bar, so that bars are compared part by part.
    let mut causes = lookup::causes(strategy);
    causes.sort_by_key(|&(cause, _)| cause);
    let mut mechanisms = lookup::mechanisms(strategy);
    mechanisms.sort_by_key(|&(mechanism, _)| mechanism);
    let repeated = causes.iter().map(|&(cause, estimate)| Part::new(palette::cause(cause), estimate, cause.words()));
    let suppressed = mechanisms.iter().map(|&(mechanism, estimate)| {
        Part::new(palette::SUPPRESSED, estimate, &format!("suppressed {}", mechanism.words()))
    });
    let mut parts: Vec<_> = repeated.chain(suppressed).collect();
    let lines = place(&mut parts);
    let text = lookup::figure(strategy, "duplicates");
    let text = text.map_or_else(|| "-".to_owned(), |estimate| number::estimate(estimate, "effects").to_string());
    // Where the bar is longer than what was done again, that has to be said.
    let text = if mechanisms.is_empty() { text } else { format!("{text} again") };
    Bar { name: &strategy.name, text, parts, lines }
}

fn caption(results: &Results) -> &'static str {
    if results.strategies.iter().all(|strategy| lookup::mechanisms(strategy).is_empty()) {
        "Effects applied again, by their cause"
    } else {
        "Effects applied again, by their cause; lighter: repeats that were suppressed"
    }
}

/// Finds each part's words a place, one behind the other as far as they fit. Returns the lines they take.
fn place(parts: &mut [Part]) -> usize {
    let (mut x, mut line) = (0.0, 0);
    for part in parts.iter_mut() {
        let width = SWATCH + 5.0 + canvas::text_width(&part.words, SMALL);
        if x > 0.0 && BARS + x + width > RIGHT {
            (x, line) = (0.0, line + 1);
        }
        part.at = (x, line);
        x += width + BEHIND;
    }
    if parts.is_empty() { 0 } else { line + 1 }
}

impl Bar<'_> {
    /// Of all its parts together.
    fn reach(&self) -> f64 {
        self.parts.iter().map(|part| part.count).sum()
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
            let to = from + part.count * scale;
            // A whole bar that is too short is drawn once, in the colour of its first part.
            let end = if from == BARS { to.max(BARS + LEAST) } else { to };
            canvas.rectangle((from, upper), (end, lower), part.colour)?;
            if from > BARS && to - from > APART {
                canvas.line(&[(from, upper), (from, lower)], plotters::style::WHITE, 1.0)?;
            }
            from = to;
        }
        canvas.line(&[(BARS, upper), (BARS, lower)], AXIS, 1.0)?;
        let end = if self.parts.is_empty() { BARS } else { from.max(BARS + LEAST) };
        canvas.text((end + BEHIND, middle), &self.text, Lettering::new(SMALL, TEXT))?;
        self.parts.iter().try_for_each(|part| part.paint(canvas, (BARS, y + ROW)))
    }
}

impl Part {
    fn new(colour: RGBColor, estimate: &Estimate, words: &str) -> Self {
        let words = format!("{} {words}", number::mean(estimate, "effects"));
        Self { colour, count: estimate.mean, words, at: (0.0, 0) }
    }

    fn paint(&self, canvas: &Canvas<'_>, (left, top): Point) -> Result<(), Failure> {
        let (x, middle) = (left + self.at.0, top + (self.at.1 as f64 + 0.5) * LINE);
        let swatch = |x: f64, y: f64| (x, middle + y);
        canvas.rectangle(swatch(x, -SWATCH / 2.0), swatch(x + SWATCH, SWATCH / 2.0), self.colour)?;
        canvas.text((x + SWATCH + 5.0, middle), &self.words, Lettering::new(SMALL, MUTED))
    }
}
