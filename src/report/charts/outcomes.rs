//! `outcomes.svg`: what became of what was owed, and how much was done again on top of that.
//!
//! A group of bars for each way to end, each to its own scale: the exceptions are a thousandth of the whole, and they
//! are what strategies differ in.

use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::bars::{self, BARS, BEHIND, LEAST, LEFT};
use super::canvas::{self, AXIS, Canvas, Failure, Heading, LABEL, Lettering, MUTED, SMALL, TEXT};
use super::{findings, palette};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{ReportError, lookup, number};
use crate::stats::Estimate;

const CAPTION: f64 = 26.0;
const ROW: f64 = 20.0;
const BAR: f64 = 14.0;
const GAP: f64 = 14.0;

/// Metric, words and colour: what is owed, by how it ended, then the extra work.
const PARTS: [(&str, &str, RGBColor); 8] = [
    ("processed", "done", palette::PROCESSED),
    ("duplicates", "done again", palette::DUPLICATE),
    ("duplicates_suppressed", "repeats suppressed", palette::SUPPRESSED),
    ("backlog_end", "in the backlog at the end", palette::BACKLOG),
    ("dead_lettered", "dead-lettered", palette::DEAD_LETTERED),
    ("expired", "expired", palette::EXPIRED),
    ("rejected", "rejected", palette::REJECTED),
    ("lost", "lost", palette::LOST),
];

/// The bars of one way to end.
struct Group<'a> {
    words: &'static str,
    colour: RGBColor,
    bars: Vec<Bar<'a>>,
    /// What the longest bar stands for.
    reach: f64,
    /// Whether the bars are held against all that is owed, as those of what is done are.
    of_all: bool,
}

struct Bar<'a> {
    name: &'a str,
    length: f64,
    text: String,
}

/// The chart as an SVG document.
pub(super) fn chart(results: &Results) -> Result<String, ReportError> {
    let groups: Vec<_> = PARTS.iter().filter_map(|part| group(results, part)).collect();
    let things = lookup::unit_word(results);
    let note = format!("In {things}, and as shares of those owed; each group of bars has its own scale");
    let longest = bars::longest(groups.iter().flat_map(|group| &group.bars).map(|bar| bar.text.as_str()));
    let heading = Heading::new(&findings::outcomes(results), &note);
    let first = heading.height();
    let height = groups.iter().map(Group::height).sum::<f64>().max(ROW);
    canvas::draw("outcomes.svg", first + height, &heading, |canvas| {
        if groups.is_empty() {
            return canvas.text((LEFT, first), "nothing was owed", Lettering::new(SMALL, MUTED));
        }
        let mut y = first;
        for group in &groups {
            group.paint(canvas, y, longest)?;
            y += group.height();
        }
        Ok(())
    })
}

/// The group of a part; none where no strategy has any of it.
fn group<'a>(results: &'a Results, &(metric, words, colour): &(&str, &'static str, RGBColor)) -> Option<Group<'a>> {
    let bars: Vec<_> = results.strategies.iter().map(|strategy| bar(strategy, metric)).collect();
    let longest = bars.iter().map(|bar| bar.length).fold(0.0, f64::max);
    let of_all = metric == "processed";
    (longest > 0.0).then_some(Group { words, colour, bars, reach: if of_all { 1.0 } else { longest }, of_all })
}

fn bar<'a>(strategy: &'a StrategyResults, metric: &str) -> Bar<'a> {
    let owed = lookup::mean(strategy, "owed");
    let share = |estimate: &Estimate| if owed > 0.0 { estimate.mean / owed } else { 0.0 };
    let (length, text) = match lookup::figure(strategy, metric) {
        Some(estimate) if share(estimate) > 0.0 => {
            let share = share(estimate);
            (share, format!("{} ({})", number::estimate(estimate, "effects"), number::share(share)))
        }
        Some(_) => (0.0, "0".to_owned()),
        None => (0.0, "-".to_owned()),
    };
    Bar { name: &strategy.name, length, text }
}

impl Group<'_> {
    fn height(&self) -> f64 {
        CAPTION + self.bars.len() as f64 * ROW + GAP
    }

    fn paint(&self, canvas: &Canvas<'_>, y: f64, longest: f64) -> Result<(), Failure> {
        canvas.text((LEFT, y + CAPTION / 2.0), self.words, Lettering::new(LABEL, TEXT).bold())?;
        let (upper, lower) = (y + CAPTION, y + CAPTION + self.bars.len() as f64 * ROW);
        for (index, bar) in self.bars.iter().enumerate() {
            let middle = upper + (index as f64 + 0.5) * ROW;
            canvas.of_strategy(index, || self.paint_bar(canvas, bar, middle, longest))?;
        }
        canvas.line(&[(BARS, upper), (BARS, lower)], AXIS, 1.0)?;
        if self.of_all {
            canvas.line(&[(longest, upper), (longest, lower)], AXIS, 1.0)?;
            let how = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Center);
            canvas.text((longest, y + CAPTION / 2.0), "100 %", how)?;
        }
        Ok(())
    }

    fn paint_bar(&self, canvas: &Canvas<'_>, bar: &Bar<'_>, middle: f64, longest: f64) -> Result<(), Failure> {
        bars::name(canvas, bar.name, middle, SMALL)?;
        let mut end = BARS;
        if bar.length > 0.0 {
            end += (bar.length / self.reach * (longest - BARS)).max(LEAST);
            canvas.rectangle((BARS, middle - BAR / 2.0), (end, middle + BAR / 2.0), self.colour)?;
        }
        let behind = if self.of_all { longest } else { end };
        canvas.text((behind + BEHIND, middle), &bar.text, Lettering::new(SMALL, TEXT))
    }
}
