//! Finding room for labels beside curves.

use super::canvas::Point;

/// A rectangle: its upper left and lower right corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub from: Point,
    pub to: Point,
}

impl Frame {
    fn holds(&self, (x, y): Point) -> bool {
        x >= self.from.0 && x <= self.to.0 && y >= self.from.1 && y <= self.to.1
    }

    fn within(&self, outer: &Self) -> bool {
        outer.holds(self.from) && outer.holds(self.to)
    }

    fn meets(&self, other: &Self) -> bool {
        self.from.0 <= other.to.0 && other.from.0 <= self.to.0 && self.from.1 <= other.to.1 && other.from.1 <= self.to.1
    }

    /// Whether a line passes through it, looked at in steps of two pixels.
    fn crossed_by(&self, line: &[Point]) -> bool {
        line.windows(2).any(|pair| {
            let (from, to) = (pair[0], pair[1]);
            let steps = ((to.0 - from.0).abs().max((to.1 - from.1).abs()) / 2.0).ceil().max(1.0);
            (0..=steps as usize).any(|step| {
                let part = step as f64 / steps;
                self.holds((from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part))
            })
        })
    }
}

/// A place for each label beside its own rising curve, where it touches no curve and no other label; none where there
/// is no such place, nor on what is taken already. Tried from the middle of the curve outwards, under it and over it.
pub(super) fn beside(curves: &[Vec<Point>], sizes: &[(f64, f64)], taken: &[Frame], plot: &Frame) -> Vec<Option<Frame>> {
    let mut placed: Vec<Option<Frame>> = Vec::new();
    for (curve, &size) in curves.iter().zip(sizes) {
        let free = |frame: &Frame| {
            frame.within(plot)
                && !curves.iter().any(|curve| frame.crossed_by(curve))
                && !placed.iter().flatten().chain(taken).any(|other| other.meets(frame))
        };
        let found = candidates(curve, size, plot).into_iter().find(free);
        placed.push(found);
    }
    placed
}

fn candidates(curve: &[Point], (width, height): (f64, f64), plot: &Frame) -> Vec<Frame> {
    const LEVELS: [f64; 9] = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.12, 0.9];
    const GAP: f64 = 7.0;
    let level = |part: f64| plot.to.1 - part * (plot.to.1 - plot.from.1);
    let anchors = LEVELS.into_iter().filter_map(|part| {
        let y = level(part);
        curve.iter().find(|point| point.1 <= y).map(|point| (point.0, y))
    });
    let around = |(x, y): Point| {
        let under = Frame { from: (x + GAP, y), to: (x + GAP + width, y + height) };
        let over = Frame { from: (x - GAP - width, y - height), to: (x - GAP, y) };
        [over, under]
    };
    anchors.flat_map(around).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLOT: Frame = Frame { from: (0.0, 0.0), to: (200.0, 100.0) };

    #[test]
    fn labels_touch_neither_curves_nor_each_other() {
        let curves = [vec![(60.0, 100.0), (80.0, 0.0)], vec![(100.0, 100.0), (120.0, 0.0)]];
        let placed = beside(&curves, &[(40.0, 20.0), (40.0, 20.0)], &[], &PLOT);
        for frame in &placed {
            let frame = frame.expect("there is room");
            assert!(frame.within(&PLOT) && curves.iter().all(|curve| !frame.crossed_by(curve)));
        }
        assert!(!placed[0].expect("placed").meets(&placed[1].expect("placed")));
    }

    #[test]
    fn a_label_without_room_is_not_placed() {
        let curves = [vec![(100.0, 100.0), (101.0, 0.0)]];
        assert_eq!(beside(&curves, &[(150.0, 20.0)], &[], &PLOT), [None]);
        assert!(beside(&curves, &[(50.0, 20.0)], &[], &PLOT)[0].is_some());
        assert_eq!(beside(&curves, &[(50.0, 20.0)], &[PLOT], &PLOT), [None]);
    }
}
