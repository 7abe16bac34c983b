//! Faults on charts with an axis of time: a shaded band over each panel that they strike, and their names above the
//! first.

use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{self, Canvas, Failure, Lettering, Point, SMALL};
use crate::experiment::results::{FaultWindow, Results};

/// The shade of a band, of its edges, and of the names.
const SHADE: RGBColor = RGBColor(0xC0, 0x39, 0x2B);
const STRENGTH: f64 = 0.10;
const EDGE: RGBColor = RGBColor(0xD9, 0x8C, 0x84);
const NAME: RGBColor = RGBColor(0x8E, 0x27, 0x1C);
/// A band is seen however short its fault.
const LEAST_WIDTH: f64 = 2.0;
/// Height of a line of names, and how many there are at most.
const LINE: f64 = 16.0;
const MOST_LINES: usize = 3;
/// White between two names.
const GAP: f64 = 8.0;

/// A fault's name, where it is written.
struct Label {
    text: String,
    middle: f64,
    line: usize,
}

/// The bands of a chart between two edges, whose time goes from 0 to `end` seconds.
pub(super) struct Bands<'a> {
    faults: &'a [FaultWindow],
    left: f64,
    right: f64,
    end: f64,
    labels: Vec<Label>,
    omitted: usize,
}

impl<'a> Bands<'a> {
    pub(super) fn new(results: &'a Results, (left, right): (f64, f64), end: f64) -> Self {
        let mut bands = Self { faults: &results.faults, left, right, end, labels: Vec::new(), omitted: 0 };
        bands.place();
        bands
    }

    /// What the names need above the first panel.
    pub(super) fn height(&self) -> f64 {
        let lines = self.labels.iter().map(|label| label.line + 1).max().unwrap_or(0);
        lines as f64 * LINE
    }

    /// What a reader must be told: nothing where there are no faults.
    pub(super) fn note(&self) -> String {
        match (self.faults.len(), self.omitted) {
            (0, _) => String::new(),
            (_, 0) => "; shaded: faults".to_owned(),
            (_, omitted) => format!("; shaded: faults, {omitted} without room for a name"),
        }
    }

    /// The bands of a panel of a strategy, from one height to another.
    pub(super) fn shade(&self, canvas: &Canvas<'_>, strategy: usize, upper: f64, lower: f64) -> Result<(), Failure> {
        for fault in self.faults.iter().filter(|fault| fault.strategies.contains(&strategy)) {
            let Some((from, to)) = self.span(fault) else { continue };
            let corners: [Point; 4] = [(from, upper), (to, upper), (to, lower), (from, lower)];
            canvas.area(&corners, SHADE, STRENGTH)?;
            canvas.line(&[(from, upper), (from, lower)], EDGE, 1.0)?;
            canvas.line(&[(to, upper), (to, lower)], EDGE, 1.0)?;
        }
        Ok(())
    }

    /// The names, from this height down.
    pub(super) fn names(&self, canvas: &Canvas<'_>, upper: f64) -> Result<(), Failure> {
        for label in &self.labels {
            let y = upper + (label.line as f64 + 0.5) * LINE;
            let how = Lettering::new(SMALL, NAME).at(HPos::Center, VPos::Center);
            canvas.text((label.middle, y), &label.text, how)?;
        }
        Ok(())
    }

    /// From where to where a fault is drawn; none: it begins after the end.
    fn span(&self, fault: &FaultWindow) -> Option<(f64, f64)> {
        let x = |seconds: f64| self.left + (seconds / self.end).clamp(0.0, 1.0) * (self.right - self.left);
        let (from, to) = (x(fault.start_s), x(fault.end_s));
        (fault.start_s < self.end).then(|| (from.min(self.right - LEAST_WIDTH), to.max(from + LEAST_WIDTH)))
    }

    /// Gives each name, once for faults that come again, the first line in which it touches no other.
    fn place(&mut self) {
        let mut named: Vec<&str> = Vec::new();
        for fault in self.faults {
            if named.contains(&fault.name.as_str()) {
                continue;
            }
            named.push(&fault.name);
            let Some((from, to)) = self.span(fault) else { continue };
            let text = canvas::fitted(&fault.name, 260.0, SMALL);
            let half = canvas::text_width(&text, SMALL) / 2.0;
            let middle = ((from + to) / 2.0).clamp(self.left + half, (self.right - half).max(self.left + half));
            let touches = |label: &Label| {
                let reach = canvas::text_width(&label.text, SMALL) / 2.0 + half + GAP;
                (label.middle - middle).abs() < reach
            };
            let free = |line: &usize| !self.labels.iter().any(|label| label.line == *line && touches(label));
            match (0..MOST_LINES).find(free) {
                Some(line) => self.labels.push(Label { text, middle, line }),
                None => self.omitted += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn fault(name: &str, start_s: f64, end_s: f64) -> FaultWindow {
        FaultWindow { name: name.to_owned(), start_s, end_s, strategies: vec![0, 1, 2] }
    }

    fn lines(faults: Vec<FaultWindow>) -> (Vec<usize>, String) {
        let results = Results { faults, ..fixture::atm() };
        let bands = Bands::new(&results, (100.0, 700.0), 86_400.0);
        (bands.labels.iter().map(|label| label.line).collect(), bands.note())
    }

    #[test]
    fn names_that_would_touch_stand_in_lines_of_their_own() {
        let apart = vec![fault("a", 0.0, 3_600.0), fault("b", 43_200.0, 46_800.0)];
        assert_eq!(lines(apart), (vec![0, 0], "; shaded: faults".to_owned()));
        let near: Vec<_> = (0..4).map(|one| fault(&format!("outage {one}"), 40_000.0, 41_000.0)).collect();
        assert_eq!(lines(near), (vec![0, 1, 2], "; shaded: faults, 1 without room for a name".to_owned()));
        assert_eq!(lines(Vec::new()), (Vec::new(), String::new()));
    }

    #[test]
    fn a_fault_that_comes_again_is_named_once_and_one_after_the_end_not_at_all() {
        let again = vec![fault("a", 0.0, 60.0), fault("a", 80_000.0, 80_060.0), fault("late", 90_000.0, 95_000.0)];
        let results = Results { faults: again, ..fixture::atm() };
        let bands = Bands::new(&results, (100.0, 700.0), 86_400.0);
        assert_eq!(bands.labels.len(), 1);
        let (from, to) = bands.span(&results.faults[0]).expect("it is drawn");
        assert!(to - from >= LEAST_WIDTH, "a minute of a day is seen");
        assert!(bands.labels[0].middle > 100.0, "its name is inside of the chart");
    }
}
