//! Where charts of bars have their names and bars, and how a name stands before its bar.

use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{self, Canvas, Failure, Lettering, MARGIN, SMALL, TEXT, WIDTH};

/// Captions and names begin here.
pub(super) const LEFT: f64 = MARGIN + 8.0;
/// Nothing is drawn behind here.
pub(super) const RIGHT: f64 = WIDTH - MARGIN;
/// Names of strategies end here, right before the bars.
const NAMES: f64 = LEFT + 180.0;
/// Bars begin here.
pub(super) const BARS: f64 = NAMES + 8.0;
/// White between a bar and what it counts.
pub(super) const BEHIND: f64 = 7.0;
/// The least length of a bar of something: it can be seen, though not to scale.
pub(super) const LEAST: f64 = 1.5;

/// Where the longest bar ends, so that what it counts has room behind it.
pub(super) fn longest<'a>(texts: impl Iterator<Item = &'a str>) -> f64 {
    RIGHT - BEHIND - texts.map(|text| canvas::text_width(text, SMALL)).fold(0.0, f64::max)
}

/// A strategy's name before its bar.
pub(super) fn name(canvas: &Canvas<'_>, name: &str, middle: f64, size: f64) -> Result<(), Failure> {
    let name = canvas::fitted(name, NAMES - LEFT, size);
    canvas.text((NAMES, middle), &name, Lettering::new(size, TEXT).at(HPos::Right, VPos::Center))
}
