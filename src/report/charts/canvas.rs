//! A sheet to draw on in pixels: titles, lines, bands, text. All that is known here of the drawing library.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle};

use super::super::ReportError;

/// Width of every chart, pixels.
pub(in crate::report) const WIDTH: f64 = 720.0;
/// Left edge of titles.
pub(super) const MARGIN: f64 = 16.0;
/// Size of axis text and of notes: the smallest there is.
pub(super) const SMALL: f64 = 12.0;
/// Size of labels.
pub(super) const LABEL: f64 = 13.0;

/// The library draws on whole coordinates: each pixel is divided in so many, so that curves are smooth.
const FINE: f64 = 10.0;
/// The SVG writer divides font sizes by this; text comes out in true pixels if it is multiplied first.
const FONT_FACTOR: f64 = 1.24;
const FONT: &str = "system-ui, sans-serif";
const TITLE: f64 = 16.0;
const TITLE_LINE: f64 = 21.0;
const NOTE_LINE: f64 = 17.0;

/// Near black, for text.
pub(super) const TEXT: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// For axis text and notes.
pub(super) const MUTED: RGBColor = RGBColor(0x59, 0x59, 0x59);
/// For grid lines.
pub(super) const GRID: RGBColor = RGBColor(0xE3, 0xE3, 0xE3);
/// For the line that marks zero.
pub(super) const AXIS: RGBColor = RGBColor(0x8C, 0x8C, 0x8C);

/// Marks in a drawing under way, private characters that no text of ours holds: what belongs to a strategy begins, with
/// the strategy's number after it, and ends.
const BEGINS: char = '\u{E000}';
const ENDS: char = '\u{E001}';

/// Why drawing failed, in the library's words.
pub(super) type Failure = DrawingAreaErrorKind<std::io::Error>;
/// A point, pixels from the upper left corner.
pub(super) type Point = (f64, f64);

/// A drawing under way.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// How a piece of text is set.
#[derive(Clone, Copy)]
pub(super) struct Lettering {
    /// Height of the font, pixels.
    pub size: f64,
    /// Its colour.
    pub colour: RGBColor,
    /// Whether it is bold.
    pub bold: bool,
    /// Which end of the text lies at the point.
    pub side: HPos,
    /// Which edge of the text lies at the point.
    pub edge: VPos,
}

impl Lettering {
    /// Text that starts at a point and is centred on its height.
    pub(super) const fn new(size: f64, colour: RGBColor) -> Self {
        Self { size, colour, bold: false, side: HPos::Left, edge: VPos::Center }
    }

    /// The same, bold.
    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The same, at another side and edge.
    pub(super) const fn at(self, side: HPos, edge: VPos) -> Self {
        Self { side, edge, ..self }
    }
}

/// A title that states the finding, and notes on how to read the chart, broken into lines.
pub(super) struct Heading {
    title: Vec<String>,
    notes: Vec<String>,
}

impl Heading {
    pub(super) fn new(title: &str, note: &str) -> Self {
        let fitting = |text: &str, size: f64| broken(text, WIDTH - 2.0 * MARGIN, size);
        // Bold letters are wider than the estimate, which is for regular ones.
        Self { title: fitting(title, TITLE * 1.05), notes: fitting(note, LABEL) }
    }

    /// Where the chart under it begins.
    pub(super) fn height(&self) -> f64 {
        MARGIN + self.title.len() as f64 * TITLE_LINE + self.notes.len() as f64 * NOTE_LINE + 12.0
    }
}

/// Draws a chart: its heading, then what `paint` adds. Gives the SVG document.
pub(super) fn draw(
    chart: &str,
    height: f64,
    heading: &Heading,
    paint: impl FnOnce(&Canvas<'_>) -> Result<(), Failure>,
) -> Result<String, ReportError> {
    let mut svg = String::new();
    let size = ((WIDTH * FINE) as u32, (height * FINE).ceil() as u32);
    let canvas = Canvas { area: SVGBackend::with_string(&mut svg, size).into_drawing_area() };
    let drawn = canvas
        .area
        .fill(&plotters::style::WHITE)
        .and_then(|()| canvas.heading(heading))
        .and_then(|()| paint(&canvas))
        .and_then(|()| canvas.area.present());
    drop(canvas);
    drawn.map_err(|error| ReportError::Chart { chart: chart.to_owned(), reason: error.to_string() })?;
    // The drawing is shown at its reading size, whatever its inner coordinates.
    let outer = |size: (f64, f64)| format!("<svg width=\"{}\" height=\"{}\" ", size.0, size.1);
    let inner = (f64::from(size.0), f64::from(size.1));
    let svg = grouped(&svg).replacen(&outer(inner), &outer((inner.0 / FINE, inner.1 / FINE)), 1);
    // Its title is also told to those who do not see it.
    Ok(svg.replacen(">\n", &format!(" role=\"img\">\n<title>{}</title>\n", escaped(&heading.title.join(" "))), 1))
}

/// Text as XML holds it. Control characters are not allowed there, escaped or not.
pub(super) fn escaped(text: &str) -> String {
    let text = printable(text).replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || [BEGINS, ENDS].contains(&c) { ' ' } else { c }).collect()
}

/// The drawing with its marks, which are pieces of text of their own, made groups.
fn grouped(svg: &str) -> String {
    let mut out = String::with_capacity(svg.len());
    let mut lines = svg.lines().peekable();
    while let Some(line) = lines.next() {
        let mark = lines.peek().filter(|_| line.starts_with("<text ")).copied().unwrap_or_default();
        if let Some(strategy) = mark.strip_prefix(BEGINS) {
            out.push_str(&format!("<g data-strategy=\"{strategy}\">\n"));
        } else if mark.starts_with(ENDS) {
            out.push_str("</g>\n");
        } else {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        // The mark itself and the end of its element.
        lines.nth(1);
    }
    out
}

impl Canvas<'_> {
    fn heading(&self, heading: &Heading) -> Result<(), Failure> {
        let mut y = MARGIN;
        for line in &heading.title {
            self.text((MARGIN, y), line, Lettering::new(TITLE, TEXT).bold().at(HPos::Left, VPos::Top))?;
            y += TITLE_LINE;
        }
        for line in &heading.notes {
            self.text((MARGIN, y), line, Lettering::new(LABEL, MUTED).at(HPos::Left, VPos::Top))?;
            y += NOTE_LINE;
        }
        Ok(())
    }

    /// What `paint` draws belongs to the strategy at that index: it is a group that pages can tell from the rest.
    pub(super) fn of_strategy(&self, index: usize, paint: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        self.mark(format!("{BEGINS}{index}"))?;
        paint()?;
        self.mark(ENDS.to_string())
    }

    fn mark(&self, mark: String) -> Result<(), Failure> {
        let style = (FONT, SMALL).into_font().color(&TEXT);
        self.area.draw(&Text::new(mark, (0, 0), style))
    }

    /// A line through points.
    pub(super) fn line(&self, points: &[Point], colour: RGBColor, width: f64) -> Result<(), Failure> {
        let path: Vec<_> = points.iter().map(|&point| fine(point)).collect();
        let width = (width * FINE) as u32;
        self.area
            .draw(&PathElement::new(path, ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: width }))
    }

    /// A line through points, broken into dashes: lengths drawn and left out by turns; none is a whole line.
    pub(super) fn dashed(&self, points: &[Point], colour: RGBColor, width: f64, dashes: &[f64]) -> Result<(), Failure> {
        if dashes.is_empty() {
            return self.line(points, colour, width);
        }
        split(points, dashes).iter().try_for_each(|dash| self.line(dash, colour, width))
    }

    /// A filled area, `strength` of 1 opaque.
    pub(super) fn area(&self, outline: &[Point], colour: RGBColor, strength: f64) -> Result<(), Failure> {
        let outline: Vec<_> = outline.iter().map(|&point| fine(point)).collect();
        self.area.draw(&Polygon::new(outline, colour.mix(strength)))
    }

    /// A filled rectangle.
    pub(super) fn rectangle(&self, from: Point, to: Point, colour: RGBColor) -> Result<(), Failure> {
        self.area.draw(&Rectangle::new([fine(from), fine(to)], colour.filled()))
    }

    /// A filled dot with a white rim, so that it stands out from its line.
    pub(super) fn dot(&self, at: Point, colour: RGBColor) -> Result<(), Failure> {
        self.area.draw(&Circle::new(fine(at), (4.5 * FINE) as i32, plotters::style::WHITE.filled()))?;
        self.area.draw(&Circle::new(fine(at), (3.5 * FINE) as i32, colour.filled()))
    }

    /// A ring of that radius around a point; what is under it is seen through only where `hollow` is off.
    pub(super) fn ring(&self, at: Point, radius: f64, colour: RGBColor, hollow: bool) -> Result<(), Failure> {
        let radius = (radius * FINE) as i32;
        if hollow {
            self.area.draw(&Circle::new(fine(at), radius, plotters::style::WHITE.filled()))?;
        }
        self.area.draw(&Circle::new(fine(at), radius, colour.stroke_width((1.6 * FINE) as u32)))
    }

    /// A piece of text.
    pub(super) fn text(&self, at: Point, text: &str, how: Lettering) -> Result<(), Failure> {
        self.lettered(at, text, how, FontTransform::None)
    }

    /// Text that reads from below to above, centred on the point.
    pub(super) fn upright_text(&self, at: Point, text: &str, how: Lettering) -> Result<(), Failure> {
        self.lettered(at, text, how.at(HPos::Center, VPos::Center), FontTransform::Rotate270)
    }

    fn lettered(&self, at: Point, text: &str, how: Lettering, turn: FontTransform) -> Result<(), Failure> {
        // The library escapes all else.
        let text = printable(text);
        let weight = if how.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = (FONT, how.size * FINE * FONT_FACTOR).into_font().style(weight).transform(turn);
        let style = font.color(&how.colour).pos(Pos::new(how.side, how.edge));
        self.area.draw(&Text::new(text, fine(at), style))
    }
}

fn fine((x, y): Point) -> (i32, i32) {
    ((x * FINE).round() as i32, (y * FINE).round() as i32)
}

/// How wide a text is about, in pixels: fonts differ, and the widest common ones are about 0.56 of their height.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.56
}

/// Text broken between words into lines no wider than `width`; what stands in parentheses stays together if it is
/// short.
fn broken(text: &str, width: f64, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces(text, width / 2.0, size) {
        match lines.last_mut() {
            Some(line) if text_width(line, size) + text_width(&piece, size) + size / 2.0 <= width => {
                line.push(' ');
                line.push_str(&piece);
            }
            _ => lines.push(piece),
        }
    }
    lines
}

/// The words of a text, those in parentheses joined unless that makes a piece wider than `most`.
fn pieces(text: &str, most: f64, size: f64) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split_whitespace() {
        let joined = open;
        open = (open || word.starts_with('(')) && !word.contains(')');
        match pieces.last_mut() {
            Some(piece) if joined && text_width(piece, size) + text_width(word, size) <= most => {
                piece.push(' ');
                piece.push_str(word);
            }
            _ => pieces.push(word.to_owned()),
        }
    }
    pieces
}

/// A text cut with an ellipsis to fit a width.
pub(super) fn fitted(text: &str, width: f64, size: f64) -> String {
    let most = (width / text_width("x", size)).max(1.0) as usize;
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

/// Cuts a line into its dashes by length along it.
fn split(points: &[Point], dashes: &[f64]) -> Vec<Vec<Point>> {
    let mut cut: Vec<Vec<Point>> = Vec::new();
    let (mut turn, mut left) = (0, dashes[0]);
    let mut dash: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = libm::hypot(to.0 - from.0, to.1 - from.1);
        let mut walked = 0.0;
        while length - walked > left {
            walked += left;
            let part = walked / length;
            let at = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            dash.push(at);
            if turn % 2 == 0 {
                cut.push(std::mem::take(&mut dash));
            }
            dash = vec![at];
            turn += 1;
            left = dashes[turn % dashes.len()];
        }
        left -= length - walked;
        dash.push(to);
    }
    if turn % 2 == 0 && dash.len() > 1 {
        cut.push(dash);
    }
    cut
}

/// A chart taken apart, for pages that set its heading as text of their own.
pub(in crate::report) struct Parts {
    /// What it states.
    pub title: String,
    /// How it is read.
    pub note: String,
    /// Where the drawing under the heading begins, pixels.
    pub top: f64,
    /// How high the whole chart is, pixels.
    pub height: f64,
    /// What is drawn under the heading, on a sheet of [`WIDTH`] × `height`, in inner units of which [`Parts::FINE`] make a
    /// pixel.
    pub body: String,
}

impl Parts {
    /// Inner units of a pixel.
    pub const FINE: f64 = FINE;

    /// The parts of a chart that was made by [`draw`]; none of a text that was not.
    pub(in crate::report) fn of(svg: &str) -> Option<Self> {
        let height = svg.split_once("height=\"")?.1.split_once('"')?.0.parse().ok()?;
        let mut rest = svg.split_once("stroke=\"none\"/>\n")?.1;
        let edge = format!("<text x=\"{}\" ", MARGIN * FINE);
        let (mut title, mut note) = (Vec::new(), Vec::new());
        while rest.starts_with(&edge) {
            let (element, after) = rest.split_once("\n</text>\n")?;
            let (attributes, text) = element.split_once('\n')?;
            if attributes.contains("font-weight=\"bold\"") {
                title.push(text);
            } else {
                note.push(text);
            }
            rest = after;
        }
        let top = MARGIN + title.len() as f64 * TITLE_LINE + note.len() as f64 * NOTE_LINE;
        let plain = |lines: &[&str]| unescaped(&lines.join(" "));
        let body = rest.strip_suffix("</svg>\n")?.to_owned();
        Some(Self { title: plain(&title), note: plain(&note), top, height, body })
    }
}

/// What the escaped text says.
fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_is_taken_apart_and_what_belongs_to_a_strategy_is_a_group() {
        let heading = Heading::new("A <title> & more", "How to read it");
        let how = Lettering::new(SMALL, TEXT);
        let svg = draw("test.svg", 200.0, &heading, |canvas| {
            canvas.text((50.0, 90.0), "for all", how)?;
            canvas.of_strategy(3, || canvas.text((16.0, 90.0), "its \u{E000}7 own", how))
        });
        let parts = Parts::of(&svg.expect("a chart")).expect("parts");
        assert_eq!((parts.title.as_str(), parts.note.as_str()), ("A <title> & more", "How to read it"));
        assert_eq!((parts.top, parts.height), (16.0 + 21.0 + 17.0, 200.0));
        let (before, group) = parts.body.split_once("<g data-strategy=\"3\">").expect("a group");
        assert!(before.contains("for all") && group.contains("its  7 own") && group.ends_with("</g>\n"), "{group}");
        assert!(!parts.body.contains([BEGINS, ENDS]));
    }

    #[test]
    fn a_line_is_cut_into_dashes_around_corners() {
        let corner = [(0.0, 0.0), (4.0, 0.0), (4.0, 6.0)];
        let dashes = split(&corner, &[5.0, 2.0]);
        assert_eq!(dashes, [vec![(0.0, 0.0), (4.0, 0.0), (4.0, 1.0)], vec![(4.0, 3.0), (4.0, 6.0)]]);
    }

    #[test]
    fn text_is_broken_and_cut_to_a_width() {
        assert_eq!(broken("aa bb cc", text_width("aa bb", 10.0) + 6.0, 10.0), ["aa bb", "cc"]);
        assert_eq!(broken("aa bb (cc dd) ee", text_width("aa bb (cc dd", 10.0), 10.0), ["aa bb", "(cc dd) ee"]);
        assert_eq!(fitted("abcdef", text_width("abcd", 10.0), 10.0), "abc…");
        assert_eq!(fitted("abcd", text_width("abcd", 10.0), 10.0), "abcd");
    }
}
