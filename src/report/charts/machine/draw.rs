//! A placed machine as SVG.

use std::fmt::Write as _;

use super::bends;
use super::graph::{ABOVE, Diagram, ICON, LINE, NAME, SMALL};
use super::hot;
use super::layout::{Box, LABEL, Layout, Point, Route, Stop};
use crate::report::charts::canvas::{escaped, text_width};

/// Around the whole.
const MARGIN: f64 = 24.0;
const TITLE: f64 = 16.0;
/// The narrowest drawing.
const WIDTH: f64 = 720.0;
/// The widest way.
const WIDEST: f64 = 7.0;
/// The radius of a way's corners.
const CORNER: f64 = 9.0;

const TEXT: &str = "#222222";
const MUTED: &str = "#595959";
const BAD: &str = "#A34700";
const HOT: &str = "#14213D";
const WAY: &str = "#9DB2C6";
const IDLE: &str = "#D5D9DE";
const CATCH: &str = "#E39A6A";

/// Fill, rim and icon of a state by its type.
fn colours(kind: &str) -> (&'static str, &'static str, &'static str) {
    match kind {
        "Task" => ("#FFFFFF", "#4AA8DE", "#146694"),
        "Choice" => ("#FFF7E3", "#E69F00", "#855C00"),
        "Wait" => ("#F6EFF6", "#8E3B8A", "#7A2E76"),
        "Succeed" => ("#E6F5F0", "#009E73", "#006E50"),
        "Fail" => ("#FBEAE3", "#D55E00", "#A34700"),
        "Pass" => ("#F4F5F6", "#8C8C8C", "#595959"),
        _ => ("#F3F7FA", "#7C97B0", "#3D5A73"),
    }
}

/// The icon of a state's type, on a square of 14.
fn icon(kind: &str) -> &'static str {
    match kind {
        "Task" => {
            "M7 1.2 L8.2 3 L10.3 2.5 L10.9 4.6 L13 5.2 L12.4 7.3 L13.6 9 L11.6 10.2 L11.4 12.3 L9.2 12.2 L7.6 13.7 L6 12.2 L3.8 12.5 L3.3 10.4 L1.2 9.6 L2 7.5 L0.9 5.6 L2.8 4.7 L3.2 2.5 L5.4 2.9 Z M7 5 A2.2 2.2 0 1 0 7.01 5 Z"
        }
        "Choice" => "M7 0.8 L13.2 7 L7 13.2 L0.8 7 Z",
        "Wait" => "M7 1 A6 6 0 1 0 7.01 1 Z M6.3 3 L7.7 3 L7.7 6.7 L10.2 8.3 L9.5 9.5 L6.3 7.5 Z",
        "Succeed" => "M1.2 7.4 L3 5.5 L5.6 8.1 L11.2 2.2 L13 4 L5.7 11.9 Z",
        "Fail" => {
            "M2.6 1.2 L7 5.6 L11.4 1.2 L12.8 2.6 L8.4 7 L12.8 11.4 L11.4 12.8 L7 8.4 L2.6 12.8 L1.2 11.4 L5.6 7 L1.2 2.6 Z"
        }
        "Pass" => "M1 5.6 L8 5.6 L8 2.4 L13.2 7 L8 11.6 L8 8.4 L1 8.4 Z",
        "Parallel" => "M1 1.5 H5 V12.5 H1 Z M9 1.5 H13 V12.5 H9 Z",
        _ => "M1 1 H9.4 V3 H3 V9.4 H1 Z M4.6 4.6 H13 V13 H4.6 Z",
    }
}

/// A machine, being drawn.
pub(super) struct Drawing<'a> {
    diagram: &'a Diagram<'a>,
    layout: &'a Layout,
    hot: Vec<Stop>,
    svg: String,
}

impl<'a> Drawing<'a> {
    pub(super) fn new(diagram: &'a Diagram<'a>, layout: &'a Layout) -> Self {
        Self { diagram, layout, hot: hot::everywhere(diagram), svg: String::new() }
    }

    /// The whole document, with a title and a line on how to read it.
    pub(super) fn document(mut self, title: &str, note: &str) -> String {
        let needed = text_width(title, TITLE).max(text_width(note, 13.0)) * 0.92 + 2.0 * MARGIN;
        let width = (self.layout.width + 2.0 * MARGIN).max(needed).max(WIDTH).ceil();
        let top = MARGIN + 58.0;
        let height = (top + self.layout.height + MARGIN).ceil();
        let left = (width - self.layout.width) / 2.0;
        self.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" font-family=\"system-ui, sans-serif\">\n<title>{}</title>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n",
            escaped(title)
        ));
        self.text((MARGIN, MARGIN + 12.0), title, TITLE, TEXT, "start", true);
        self.text((MARGIN, MARGIN + 34.0), note, 13.0, MUTED, "start", false);
        self.put(format_args!("<g transform=\"translate({left:.1} {top:.1})\">\n"));
        self.containers();
        self.routes(false);
        self.routes(true);
        self.dots();
        self.boxes();
        self.labels();
        self.put(format_args!("</g>\n</svg>\n"));
        self.svg
    }

    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        let _infallible = self.svg.write_fmt(what);
    }

    fn text(&mut self, (x, y): Point, text: &str, size: f64, colour: &str, anchor: &str, bold: bool) {
        let weight = if bold { " font-weight=\"600\"" } else { "" };
        self.put(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" fill=\"{colour}\" text-anchor=\"{anchor}\"{weight}>{}</text>\n",
            escaped(text)
        ));
    }

    /// The outer of what holds others comes first, as states are in the order of the machine.
    fn containers(&mut self) {
        let mut holders: Vec<usize> = (0..self.diagram.blocks.len()).collect();
        holders.retain(|&state| !self.diagram.blocks[state].inner.is_empty());
        let area = |state: &usize| self.layout.boxes[*state].width * self.layout.boxes[*state].height;
        holders.sort_by(|left, right| area(right).total_cmp(&area(left)));
        for state in holders {
            let Box { x, y, width, height } = self.layout.boxes[state];
            let (fill, rim, _) = colours(self.diagram.machine.states[state].kind);
            let hot = self.hot.contains(&Stop::State(state));
            let (rim, line) = if hot { (HOT, 1.6) } else { (rim, 1.2) };
            self.put(format_args!(
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"10\" fill=\"{fill}\" \
                 stroke=\"{rim}\" stroke-width=\"{line}\" stroke-dasharray=\"5 3\"/>\n"
            ));
            self.head(state);
        }
    }

    /// The states that hold no others.
    fn boxes(&mut self) {
        for state in 0..self.diagram.blocks.len() {
            if !self.diagram.blocks[state].inner.is_empty() {
                continue;
            }
            let Box { x, y, width, height } = self.layout.boxes[state];
            let kind = self.diagram.machine.states[state].kind;
            let (fill, rim, _) = colours(kind);
            let hot = self.hot.contains(&Stop::State(state));
            let entered = self.diagram.machine.outcome.states[state].entered > 0;
            let (stroke, line) = if hot { (HOT, 1.8) } else { (rim, 1.2) };
            let faint = if entered { "" } else { " opacity=\"0.55\"" };
            let round = if matches!(kind, "Succeed" | "Fail") { height / 2.0 } else { 7.0 };
            self.put(format_args!(
                "<g{faint}><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{round:.1}\" \
                 fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{line}\"/>\n"
            ));
            self.head(state);
            self.put(format_args!("</g>\n"));
        }
    }

    /// Icon, name and counts.
    fn head(&mut self, state: usize) {
        let Box { x, y, .. } = self.layout.boxes[state];
        let kind = self.diagram.machine.states[state].kind;
        let (_, _, ink) = colours(kind);
        self.put(format_args!(
            "<path transform=\"translate({:.1} {:.1})\" d=\"{}\" fill=\"{ink}\" fill-rule=\"evenodd\"><title>{kind}</title></path>\n",
            x + 9.0,
            y + ABOVE + 1.0,
            icon(kind)
        ));
        let name = self.diagram.name(state);
        self.text((x + ICON, y + ABOVE + 12.0), &name, NAME, TEXT, "start", true);
        for (index, line) in self.diagram.lines(state).into_iter().enumerate() {
            let at = (x + ICON, y + ABOVE + 13.0 + (index as f64 + 1.0) * LINE);
            self.text(at, &line.text, SMALL, if line.bad { BAD } else { MUTED }, "start", false);
        }
    }

    fn dots(&mut self) {
        for &(stop, (x, y)) in &self.layout.dots {
            let ink = if self.hot.contains(&stop) { HOT } else { "#7C97B0" };
            match stop {
                Stop::Start(_) => self.put(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{ink}\"/>\n")),
                _ => self.put(format_args!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6.5\" fill=\"#FFFFFF\" stroke=\"{ink}\" stroke-width=\"1.6\"/>\
                     <circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{ink}\"/>\n"
                )),
            }
        }
    }

    /// Ways, those of the hottest path above the others.
    fn routes(&mut self, hot: bool) {
        let heights = bends::heights(&self.layout.routes);
        for (route, heights) in self.layout.routes.iter().zip(heights) {
            if self.is_hot(route) == hot {
                self.route(route, &heights, hot);
            }
        }
    }

    fn is_hot(&self, route: &Route) -> bool {
        let along = self.hot.windows(2).any(|pair| pair == [route.from, route.to]);
        along && self.taken(route) > 0
    }

    fn taken(&self, route: &Route) -> u64 {
        match (route.way, route.from, route.to) {
            (Some(way), _, _) => self.diagram.taken(way),
            (None, Stop::Start(graph), _) => self.diagram.begun(graph),
            (None, Stop::State(state), _) => self.diagram.ended(state),
            (None, Stop::End(_), _) => 0,
        }
    }

    fn route(&mut self, route: &Route, heights: &[Option<f64>], hot: bool) {
        let taken = self.taken(route);
        let catches = route.way.is_some_and(|way| self.diagram.machine.ways[way].is_catch);
        let ink = match (hot, taken, catches) {
            (true, _, _) => HOT,
            (_, 0, _) => IDLE,
            (_, _, true) => CATCH,
            _ => WAY,
        };
        let share = self.diagram.share_of(taken);
        let width = if taken == 0 { 1.0 } else { 1.2 + (WIDEST - 1.2) * share.sqrt() };
        let dashes = if catches { " stroke-dasharray=\"6 4\"" } else { "" };
        let (path, tip, towards) = curve(&route.points, heights, width);
        self.put(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"{width:.1}\" stroke-linejoin=\"round\"{dashes}/>\n"
        ));
        let half = 3.2 + width * 0.62;
        let (x, y) = tip;
        let long = 7.0 + width * 0.5;
        self.put(format_args!(
            "<path d=\"M{x:.1} {y:.1} L{:.1} {:.1} L{:.1} {:.1} Z\" fill=\"{ink}\"/>\n",
            x - towards.0 * long - towards.1 * half,
            y - towards.1 * long + towards.0 * half,
            x - towards.0 * long + towards.1 * half,
            y - towards.1 * long - towards.0 * half,
        ));
    }

    fn labels(&mut self) {
        for route in &self.layout.routes {
            let (Some(way), Some((x, y))) = (route.way, route.label) else { continue };
            let label = self.diagram.label(way);
            let width = text_width(&label, SMALL) * 0.96 + 8.0;
            let ink = if self.diagram.machine.ways[way].is_catch { BAD } else { TEXT };
            let ink = if self.diagram.taken(way) == 0 { MUTED } else { ink };
            self.put(format_args!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{LABEL}\" rx=\"4\" fill=\"#FFFFFF\" fill-opacity=\"0.92\"/>\n",
                x - width / 2.0,
                y - LABEL / 2.0
            ));
            self.text((x, y + SMALL * 0.36), &label, SMALL, ink, "middle", false);
        }
    }
}

/// A smooth line through points that leaves and arrives upright, its tip, and the direction in which it points there.
/// It ends a little before the tip, which the arrow covers. Stretches with a height go level there.
fn curve(points: &[Point], heights: &[Option<f64>], width: f64) -> (String, Point, Point) {
    let (first, last) = (points[0], points[points.len() - 1]);
    let before = points[points.len() - 2];
    let sideways = (last.1 - before.1).abs() < 0.5;
    let direction = match (sideways, last.1 < before.1) {
        (true, _) => ((last.0 - before.0).signum(), 0.0),
        (false, true) => (0.0, -1.0),
        (false, false) => (0.0, 1.0),
    };
    let back = 4.0 + width * 0.4;
    let mut path = format!("M{:.1} {:.1}", first.0, first.1);
    for (index, pair) in points.windows(2).enumerate() {
        let (from, mut to) = (pair[0], pair[1]);
        if index + 2 == points.len() {
            to = (to.0 - direction.0 * back, to.1 - direction.1 * back);
        }
        if let Some(height) = heights[index] {
            level(&mut path, from, to, height);
        } else if sideways || (from.0 - to.0).abs() < 0.5 {
            let _infallible = write!(path, " L{:.1} {:.1}", to.0, to.1);
        } else {
            let middle = (from.1 + to.1) / 2.0;
            let _infallible =
                write!(path, " C{:.1} {middle:.1} {:.1} {middle:.1} {:.1} {:.1}", from.0, to.0, to.0, to.1);
        }
    }
    (path, last, direction)
}

/// A line that goes down (or up), level at a height, and on, round its corners.
fn level(path: &mut String, from: Point, to: Point, height: f64) {
    let side = (to.0 - from.0).signum();
    let on = (to.1 - from.1).signum();
    let room = (to.0 - from.0).abs() / 2.0;
    let [first, last] = [(height - from.1).abs(), (to.1 - height).abs()].map(|rise| rise.min(room).min(CORNER));
    let _infallible = write!(
        path,
        " L{:.1} {:.1} Q{:.1} {height:.1} {:.1} {height:.1} L{:.1} {height:.1} Q{:.1} {height:.1} {:.1} {:.1} L{:.1} {:.1}",
        from.0,
        height - on * first,
        from.0,
        from.0 + side * first,
        to.0 - side * last,
        to.0,
        to.0,
        height + on * last,
        to.0,
        to.1,
    );
}
