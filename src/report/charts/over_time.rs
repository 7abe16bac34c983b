//! `backlog.svg` and `concurrency.svg`: a level over time, one panel a strategy under one axis of time.
//!
//! Panels, because saw-teeth laid over each other cannot be told apart, and a design that keeps up is a flat line at
//! the foot of one that does not.

use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{self, AXIS, Canvas, Failure, GRID, Heading, LABEL, Lettering, MUTED, Point, SMALL, TEXT, WIDTH};
use super::fault_bands::Bands;
use super::findings;
use super::levels::{self, Level};
use super::palette::{Ink, ink};
use super::reading::{self, Reading};
use crate::experiment::results::{Results, SeriesFigure, StrategyResults};
use crate::report::time_text::{self, Clock};
use crate::report::{ReportError, lookup, number};

const LEFT: f64 = 88.0;
const RIGHT: f64 = WIDTH - 22.0;
const CAPTION: f64 = 26.0;
const GAP: f64 = 16.0;
const AXIS_HEIGHT: f64 = 50.0;
/// Panels whose tops differ by more than this have scales of their own: lower than a quarter of its height, a panel
/// cannot be read.
const COMMON_SCALE: f64 = 4.0;
/// Strength of the bands: faint, so that the mean stands out where joined bins make them wide.
const BAND: f64 = 0.2;
/// Pixels between the instants that a pointer can read.
const READING_STEP: f64 = 2.0;
/// Most ticks on the axis of time, and the least white between their names, pixels.
const MOST_TICKS: usize = 9;
const TICK_GAP: f64 = 8.0;

/// Which level is drawn.
pub(super) struct Kind {
    pub file: &'static str,
    series: &'static str,
    peak: &'static str,
    /// Whether the level counts what is owed, so that subject and axis end with its unit.
    owed: bool,
    subject: &'static str,
    axis: &'static str,
    unit: &'static str,
}

/// Effects still owed.
pub(super) const BACKLOG: Kind = Kind {
    file: "backlog.svg",
    series: "backlog",
    peak: "backlog_max",
    owed: true,
    subject: "Peak backlog",
    axis: "backlog",
    unit: "runs",
};

/// Runs at once.
pub(super) const CONCURRENCY: Kind = Kind {
    file: "concurrency.svg",
    series: "concurrency",
    peak: "concurrency_max",
    owed: false,
    subject: "Most runs at once",
    axis: "runs at once",
    unit: "runs",
};

/// How far the functions of streams are behind.
pub(super) const ITERATOR_AGE: Kind = Kind {
    file: "iterator-age.svg",
    series: "iterator_age",
    peak: "iterator_age_max",
    owed: false,
    subject: "Greatest iterator age",
    axis: "iterator age (s)",
    unit: "s",
};

/// Connections that functions hold open.
pub(super) const CONNECTIONS: Kind = Kind {
    file: "connections.svg",
    series: "connections",
    peak: "connections_max",
    owed: false,
    subject: "Most connections open",
    axis: "connections open",
    unit: "connections",
};

/// Whether any strategy has this level.
pub(super) fn is_measured(results: &Results, kind: &Kind) -> bool {
    results.strategies.iter().any(|strategy| !lookup::series(strategy, kind.series).is_empty())
}

struct Panel {
    /// The index of its strategy.
    strategy: usize,
    name: String,
    peak: Option<String>,
    /// What a point stands for, where it is not what the note under the title says.
    joined: Option<String>,
    ink: Ink,
    levels: Vec<Level>,
    top: f64,
}

/// Where a panel lies and what it spans.
struct Scale {
    upper: f64,
    lower: f64,
    end: f64,
    top: f64,
}

impl Scale {
    fn at(&self, time: f64, level: f64) -> Point {
        let x = LEFT + time / self.end * (RIGHT - LEFT);
        (x, self.lower - level / self.top * (self.lower - self.upper))
    }
}

/// The chart as an SVG document.
pub(super) fn chart(results: &Results, kind: &Kind) -> Result<String, ReportError> {
    let end = end_of(results, kind);
    let mut panels = panels(results, kind, end);
    let own = own_scales(&mut panels);
    let unit = lookup::unit_word(results);
    let subject = if kind.owed { format!("{}, in {unit}", kind.subject) } else { kind.subject.to_owned() };
    let axis = if kind.owed { format!("{} ({unit})", kind.axis) } else { kind.axis.to_owned() };
    let bands = Bands::new(results, (LEFT, RIGHT), end);
    let note = note(results, kind, own) + &bands.note();
    let heading = Heading::new(&findings::peak(results, kind.peak, &subject, kind.unit), &note);
    let first = heading.height() + bands.height();
    let panel_height = match panels.len() {
        0..=3 => 96.0,
        4..=6 => 66.0,
        _ => 48.0,
    };
    let pitch = CAPTION + panel_height + GAP;
    let bottom = first + panels.len() as f64 * pitch - GAP;
    canvas::draw(kind.file, bottom + AXIS_HEIGHT, &heading, |canvas| {
        for (index, panel) in panels.iter().enumerate() {
            let upper = first + index as f64 * pitch + CAPTION;
            let scale = Scale { upper, lower: upper + panel_height, end, top: panel.top };
            bands.shade(canvas, panel.strategy, scale.upper, scale.lower)?;
            canvas.of_strategy(panel.strategy, || paint(canvas, panel, &scale))?;
        }
        bands.names(canvas, heading.height())?;
        canvas.upright_text((16.0, (first + bottom) / 2.0), &axis, Lettering::new(SMALL, MUTED))?;
        time_axis(canvas, results, end, bottom)
    })
}

/// What the chart says under a pointer: each panel's mean there, and from where to where the level went.
pub(super) fn reading(results: &Results, kind: &Kind) -> Reading {
    let end = end_of(results, kind);
    let clock = Clock::of(&results.start);
    let count = ((RIGHT - LEFT) / READING_STEP) as usize + 1;
    let seconds = |index: usize| index as f64 * READING_STEP / (RIGHT - LEFT) * end;
    let value = |panel: &Panel, seconds: f64| {
        let drawn = panel.levels.partition_point(|level| level.time <= seconds);
        drawn.checked_sub(1).map_or_else(|| "-".to_owned(), |last| level_text(&panel.levels[last], kind.unit))
    };
    let row = |panel: &Panel| reading::Row {
        strategy: panel.strategy,
        name: panel.name.clone(),
        values: (0..count).map(|index| value(panel, seconds(index))).collect(),
    };
    Reading {
        left: LEFT,
        step: READING_STEP,
        labels: (0..count).map(|index| clock.instant(seconds(index), end)).collect(),
        rows: panels(results, kind, end).iter().map(row).collect(),
    }
}

/// `1,200 (0 to 4,100)`.
fn level_text(level: &Level, unit: &str) -> String {
    let mean = number::plain(level.mean, unit);
    if level.min == level.max {
        return mean;
    }
    format!("{mean} ({} to {})", number::plain(level.min, unit), number::plain(level.max, unit))
}

fn note(results: &Results, kind: &Kind, own: bool) -> String {
    let bin =
        bin_drawn(results, kind).map_or_else(String::new, |seconds| format!(" per {}", time_text::short(seconds)));
    let mean = match results.replications {
        1 => "mean".to_owned(),
        count => format!("mean of {count} replications"),
    };
    let scales = match (own, results.strategies.len()) {
        (_, 1) => "",
        (true, _) => "; own scale in each panel",
        (false, _) => "; one scale for all panels",
    };
    format!("Line: {mean}{bin}; band: lowest to highest{scales}")
}

/// How long a time each point of the lines stands for: the bins of the series, joined.
fn bin_drawn(results: &Results, kind: &Kind) -> Option<f64> {
    let mut series = results.strategies.iter().flat_map(|strategy| lookup::series(strategy, kind.series));
    series.find_map(levels::seconds_a_point)
}

fn panels(results: &Results, kind: &Kind, end: f64) -> Vec<Panel> {
    let mut panels = Vec::new();
    for (index, strategy) in results.strategies.iter().enumerate() {
        for series in lookup::series(strategy, kind.series) {
            let peak = peak_text(results, strategy, series, kind, end);
            let scope = if series.scope.is_empty() { String::new() } else { format!(", {}", series.scope) };
            let (levels, joined) = levels::drawn(series);
            let top = levels::top_of(&levels);
            panels.push(Panel {
                strategy: index,
                name: format!("{}{scope}", strategy.name),
                peak,
                joined,
                ink: ink(index),
                levels,
                top,
            });
        }
    }
    panels
}

/// `peak 213,000 ±4,000 at about 13:00`: of the whole strategy only, for its parts have no such figure.
fn peak_text(
    results: &Results,
    strategy: &StrategyResults,
    series: &SeriesFigure,
    kind: &Kind,
    end: f64,
) -> Option<String> {
    let estimate = lookup::figure(strategy, kind.peak).filter(|_| series.scope.is_empty())?;
    let highest = series.points.iter().max_by(|left, right| {
        // Of equal levels the first is the peak.
        left.estimate.mean.total_cmp(&right.estimate.mean).then(right.time_s.total_cmp(&left.time_s))
    })?;
    let about = Clock::of(&results.start).instant(highest.time_s, end);
    Some(format!("peak {} at about {about}", number::estimate(estimate, kind.unit)))
}

/// Gives every panel the common top, unless their tops are too far apart. Whether they keep their own.
fn own_scales(panels: &mut [Panel]) -> bool {
    let most = panels.iter().map(|panel| panel.top).fold(0.0, f64::max);
    let least = panels.iter().map(|panel| panel.top).filter(|&top| top > 0.0).fold(most, f64::min);
    let own = most > COMMON_SCALE * least;
    for panel in panels {
        let top = if own && panel.top > 0.0 { panel.top } else { most };
        // A little room above, for the width of the line.
        panel.top = if top > 0.0 { top * 1.04 } else { 1.0 };
    }
    own
}

fn end_of(results: &Results, kind: &Kind) -> f64 {
    let series = results.strategies.iter().flat_map(|strategy| lookup::series(strategy, kind.series));
    let ends = series.filter_map(|series| match series.points.as_slice() {
        [.., before, last] => Some(2.0 * last.time_s - before.time_s),
        _ => None,
    });
    let end = ends.fold(0.0, f64::max);
    if end > 0.0 { end } else { results.duration_s.max(1.0) }
}

fn paint(canvas: &Canvas<'_>, panel: &Panel, scale: &Scale) -> Result<(), Failure> {
    caption(canvas, panel, scale)?;
    levels_axis(canvas, scale)?;
    let edge = |level: &dyn Fn(&Level) -> f64| -> Vec<Point> {
        panel.levels.iter().map(|bin| scale.at(bin.time, level(bin))).collect()
    };
    let (upper, mut lower) = (edge(&|bin| bin.max), edge(&|bin| bin.min));
    if upper != lower && upper.len() > 1 {
        lower.reverse();
        canvas.area(&[upper, lower].concat(), panel.ink.line, BAND)?;
    }
    canvas.line(&edge(&|bin| bin.mean), panel.ink.line, 1.4)
}

fn caption(canvas: &Canvas<'_>, panel: &Panel, scale: &Scale) -> Result<(), Failure> {
    let y = scale.upper - CAPTION / 2.0 - 1.0;
    let name = canvas::fitted(&panel.name, if panel.joined.is_some() { 240.0 } else { 300.0 }, LABEL);
    canvas.text((LEFT, y), &name, Lettering::new(LABEL, panel.ink.text).bold())?;
    if let Some(joined) = &panel.joined {
        // Bold letters are wider than the estimate.
        let behind = LEFT + canvas::text_width(&name, LABEL) * 1.08 + 12.0;
        canvas.text((behind, y), joined, Lettering::new(SMALL, MUTED))?;
    }
    match &panel.peak {
        Some(peak) => canvas.text((RIGHT, y), peak, Lettering::new(SMALL, TEXT).at(HPos::Right, VPos::Center)),
        None => Ok(()),
    }
}

fn levels_axis(canvas: &Canvas<'_>, scale: &Scale) -> Result<(), Failure> {
    let step = round_step(scale.top, if scale.lower - scale.upper > 80.0 { 4.0 } else { 2.0 });
    // Levels are whole; only means can lie below one.
    let step = if scale.top >= 1.0 { step.max(1.0) } else { step };
    let ticks = (0..=4).map(|index| f64::from(index) * step).take_while(|&tick| tick <= scale.top);
    for tick in ticks {
        let (_, y) = scale.at(0.0, tick);
        canvas.line(&[(LEFT, y), (RIGHT, y)], if tick == 0.0 { AXIS } else { GRID }, 1.0)?;
        canvas.text(
            (LEFT - 8.0, y),
            &tick_text(tick, step),
            Lettering::new(SMALL, MUTED).at(HPos::Right, VPos::Center),
        )?;
    }
    Ok(())
}

/// A tick of an axis with that step, short enough for the margin.
fn tick_text(tick: f64, step: f64) -> String {
    if step < 1.0 {
        let decimals = -libm::floor(libm::log10(step)) as usize;
        return format!("{tick:.decimals$}");
    }
    if step >= 1e6 && tick > 0.0 { format!("{} M", tick / 1e6) } else { number::plain(tick, "runs") }
}

/// The smallest of 1, 2 and 5 times a power of ten that goes into `top` at most `most` times.
fn round_step(top: f64, most: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(top / most)));
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|step| top / step <= most).unwrap_or(top)
}

fn time_axis(canvas: &Canvas<'_>, results: &Results, end: f64, y: f64) -> Result<(), Failure> {
    let clock = Clock::of(&results.start);
    let how = Lettering::new(SMALL, MUTED).at(HPos::Center, VPos::Top);
    for (x, middle, name) in time_ticks(clock, end) {
        canvas.line(&[(x, y), (x, y + 4.0)], AXIS, 1.0)?;
        canvas.text((middle, y + 8.0), &name, how)?;
    }
    canvas.text(((LEFT + RIGHT) / 2.0, y + 27.0), &clock.title(&results.start, end), how)
}

/// Where each tick stands, the middle of its name, and the name: as many as there is room for.
fn time_ticks(clock: Clock, end: f64) -> Vec<(f64, f64, String)> {
    let tick = |seconds: f64| {
        let x = LEFT + seconds / end * (RIGHT - LEFT);
        let name = clock.name(seconds, end);
        // A name at the right edge is moved inwards.
        let middle = x.min(WIDTH - 6.0 - canvas::text_width(&name, SMALL) / 2.0);
        (x, middle, name)
    };
    let clear = |pair: &[(f64, f64, String)]| {
        let halves = (canvas::text_width(&pair[0].2, SMALL) + canvas::text_width(&pair[1].2, SMALL)) / 2.0;
        pair[1].1 - pair[0].1 >= halves + TICK_GAP
    };
    let tried =
        (2..=MOST_TICKS).rev().map(|most| time_text::ticks(end, most).into_iter().map(tick).collect::<Vec<_>>());
    tried.into_iter().find(|ticks| ticks.windows(2).all(clear)).unwrap_or_else(|| vec![tick(0.0)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn steps_are_round() {
        assert_eq!(round_step(213_147.0, 3.0), 100_000.0);
        assert_eq!(round_step(64.8, 3.0), 50.0);
        assert_eq!(round_step(1.0, 3.0), 0.5);
        assert_eq!(round_step(3.0, 3.0), 1.0);
        assert_eq!(tick_text(0.6, 0.2), "0.6");
        assert_eq!(tick_text(200_000.0, 100_000.0), "200,000");
        assert_eq!(tick_text(4e6, 2e6), "4 M");
    }

    #[test]
    fn names_of_ticks_do_not_touch() {
        for hours in [1.0, 2.5, 24.2, 25.0, 36.0, 47.0, 48.5, 49.0, 72.0, 100.0, 168.0, 1_000.0] {
            for clock in [Clock::OfDay { from: 0 }, Clock::OfDay { from: 11 }, Clock::Elapsed] {
                let ticks = time_ticks(clock, hours * 3_600.0);
                assert!(ticks.len() > 2, "{hours} h: {ticks:?}");
                for pair in ticks.windows(2) {
                    let width = |tick: &(f64, f64, String)| canvas::text_width(&tick.2, SMALL);
                    assert!(
                        pair[0].1 + width(&pair[0]) / 2.0 < pair[1].1 - width(&pair[1]) / 2.0,
                        "{hours} h: {pair:?}"
                    );
                }
                let last = ticks.last().expect("a tick");
                assert!(last.1 + canvas::text_width(&last.2, SMALL) / 2.0 <= WIDTH, "{hours} h: {last:?}");
            }
        }
    }

    #[test]
    fn panels_share_a_scale_unless_one_would_be_flat() {
        let kind = &CONCURRENCY;
        let mut panels = panels(&fixture::atm(), kind, 90_000.0);
        assert!(own_scales(&mut panels), "runs of 1 and of 74");
        panels.iter_mut().for_each(|panel| panel.top = 74.0);
        panels[0].top = 20.0;
        assert!(!own_scales(&mut panels));
        assert!(panels.iter().all(|panel| (panel.top - 74.0 * 1.04).abs() < 1e-9));
    }
}
