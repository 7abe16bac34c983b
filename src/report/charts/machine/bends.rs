//! Where ways turn that lead far to one side: they go level there, each at a height of its own, so that none lies on another
//! and none crosses one that turns the same way.

use super::layout::{LABEL, Point, RISE, Route};

/// Between two layers of states, with that of labels between them.
const GAP: f64 = 2.0 * RISE + LABEL;
/// From the edge of a box to the first level line.
const EDGE: f64 = 5.0;
/// The same before an arrow.
const ARROW: f64 = 13.0;

/// A stretch that goes level: its upper and its lower end, and between which heights its line may be.
#[derive(Debug, Clone, Copy)]
struct Level {
    route: usize,
    stretch: usize,
    upper: Point,
    lower: Point,
    band: (f64, f64),
}

/// By route and stretch, the height at which it goes level; none: it leads on in a curve.
pub(super) fn heights(routes: &[Route]) -> Vec<Vec<Option<f64>>> {
    let mut heights: Vec<Vec<Option<f64>>> =
        routes.iter().map(|route| vec![None; route.points.len().saturating_sub(1)]).collect();
    let levels: Vec<Level> = routes.iter().enumerate().flat_map(|(index, route)| levels(index, route)).collect();
    for level in &levels {
        heights[level.route][level.stretch] = Some(height(level, &levels));
    }
    heights
}

fn levels(index: usize, route: &Route) -> Vec<Level> {
    let last = route.points.len().saturating_sub(2);
    let stretches = route.points.windows(2).enumerate();
    let level = |(stretch, pair): (usize, &[Point])| {
        let (from, to) = (pair[0], pair[1]);
        let leads_up = to.1 < from.1;
        let (upper, lower) = if leads_up { (to, from) } else { (from, to) };
        let (first, last) = (stretch == 0, stretch == last);
        let ends = if leads_up { (last, first) } else { (first, last) };
        let goes_level = (to.0 - from.0).abs() > RISE && lower.1 - upper.1 > RISE - 1.0;
        let band = band(route.label, upper.1, lower.1, ends);
        goes_level.then_some(Level { route: index, stretch, upper, lower, band })
    };
    stretches.filter_map(level).collect()
}

/// Between which heights a level line keeps clear of boxes and labels: a box may be lower than its layer, so that the gap
/// between the layers is reckoned from the other end. `ends` say whether there is a box at the upper end and at the lower.
fn band(label: Option<Point>, upper: f64, lower: f64, ends: (bool, bool)) -> (f64, f64) {
    let at_label = |y: f64| label.is_some_and(|label| (label.1 - y).abs() < LABEL);
    let gap = if at_label(upper) || at_label(lower) { RISE } else { GAP };
    let middle = f64::midpoint(upper, lower);
    let (from, to) = match ends {
        (true, false) => (lower - gap, lower),
        (false, true) => (upper, upper + gap),
        _ => (middle - 0.75 * RISE, middle + 0.75 * RISE),
    };
    let arrow = if ends.1 { ARROW } else { EDGE };
    (from.max(upper) + EDGE, to.min(lower) - arrow)
}

/// The height of a level line among those that turn the same way beside it: the further back it comes from, the higher.
fn height(level: &Level, levels: &[Level]) -> f64 {
    let side = |level: &Level| (level.lower.0 - level.upper.0).signum();
    let ends = |level: &Level| (level.upper.0.min(level.lower.0), level.upper.0.max(level.lower.0));
    let beside = |other: &&Level| {
        let ((left, right), (from, to)) = (ends(level), ends(other));
        side(other) == side(level)
            && from < right
            && left < to
            && other.band.0 < level.band.1
            && level.band.0 < other.band.1
    };
    let group: Vec<&Level> = levels.iter().filter(beside).collect();
    let top = group.iter().map(|other| other.band.0).fold(f64::NEG_INFINITY, f64::max);
    let bottom = group.iter().map(|other| other.band.1).fold(f64::INFINITY, f64::min);
    let key = |other: &Level| (other.upper.0 * side(other), other.lower.0 * side(other));
    let above = group.iter().filter(|other| key(other) > key(level)).count();
    let share = (above as f64 + 0.5) / group.len() as f64;
    top + (bottom - top).max(0.0) * share
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::machine::layout::Stop;

    fn route(points: &[Point]) -> Route {
        Route { from: Stop::State(0), to: Stop::State(1), way: None, points: points.to_vec(), label: None }
    }

    /// The outer of two ways from the left to one box goes level below the inner, so that they do not cross.
    #[test]
    fn ways_that_turn_alike_keep_apart_and_do_not_cross() {
        let outer = route(&[(0.0, 0.0), (0.0, 100.0), (200.0, 100.0 + RISE)]);
        let inner = route(&[(50.0, 0.0), (50.0, 100.0), (220.0, 100.0 + RISE)]);
        let heights = heights(&[outer, inner]);
        let (Some(outer), Some(inner)) = (heights[0][1], heights[1][1]) else { panic!("{heights:?}") };
        assert!(outer >= inner + 2.0, "{outer} is not below {inner}");
        assert!(inner > 100.0 && outer <= 100.0 + RISE - ARROW, "{inner} and {outer}: room for the arrow");
        assert_eq!(heights[0][0], None, "it goes straight down");
    }

    #[test]
    fn what_leads_nearly_down_is_a_curve() {
        assert_eq!(heights(&[route(&[(0.0, 0.0), (20.0, RISE)])]), [[None]]);
    }

    /// A way that leads straight from box to box, and one beside it that passes by the first: the outer is below.
    #[test]
    fn ways_of_boxes_and_of_lanes_share_the_room_between_layers() {
        let lane = route(&[(0.0, 0.0), (0.0, 100.0), (300.0, 100.0 + GAP)]);
        let direct = route(&[(80.0, 94.0), (320.0, 100.0 + GAP)]);
        let heights = heights(&[lane, direct]);
        let (Some(outer), Some(inner)) = (heights[0][1], heights[1][0]) else { panic!("{heights:?}") };
        assert!(outer >= inner + 2.0 && inner > 100.0, "{inner} and {outer}");
    }
}
