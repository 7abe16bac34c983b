//! Where the spots of the layers stand from left to right.
//!
//! Spots that are to stand exactly above each other make a column, which has one place: those of the hottest path, and the
//! points of a long way. A column is pulled to what its ways lead to, as far as there is room; what is in its way is pushed
//! along, as far as all that is pushed is pulled there together.

use super::{GAP, Spot, Stretch};

/// Between two ways side by side.
const LANE: f64 = 16.0;
/// Rounds in which each column is pulled, to the right and to the left.
const ROUNDS: usize = 60;
/// Less than this is no distance.
const NOTHING: f64 = 0.01;

/// Places the spots of all layers, each as near to its neighbours as their widths allow. Pairs that are to stand upright
/// are joined in their order, as long as nothing had to stand left of itself for it.
pub(super) fn positions(layers: &[Vec<usize>], stretches: &[Stretch], upright: &[(usize, usize)], spots: &mut [Spot]) {
    let mut columns = Columns::joined(layers, upright, spots.len());
    columns.connect(layers, stretches, spots);
    columns.start();
    for _ in 0..ROUNDS {
        for direction in [1.0, -1.0] {
            columns.settle(direction);
        }
    }
    for (spot, &column) in spots.iter_mut().zip(&columns.of) {
        spot.x = columns.x[column];
    }
}

/// A column beside another, and how far apart their middles are at least.
type Beside = (usize, f64);

struct Columns {
    /// The column of each spot.
    of: Vec<usize>,
    /// The spots of each column; empty for one that was joined to another.
    spots: Vec<Vec<usize>>,
    x: Vec<f64>,
    right: Vec<Vec<Beside>>,
    left: Vec<Vec<Beside>>,
    /// What pulls at each column, and how much.
    pulls: Vec<Vec<(usize, f64)>>,
}

impl Columns {
    /// A column a spot, of which those are joined that are to stand upright.
    fn joined(layers: &[Vec<usize>], upright: &[(usize, usize)], spots: usize) -> Self {
        let mut columns = Self {
            of: (0..spots).collect(),
            spots: (0..spots).map(|spot| vec![spot]).collect(),
            x: vec![0.0; spots],
            right: vec![Vec::new(); spots],
            left: vec![Vec::new(); spots],
            pulls: vec![Vec::new(); spots],
        };
        let mut next = vec![None; spots];
        layers.iter().flat_map(|layer| layer.windows(2)).for_each(|pair| next[pair[0]] = Some(pair[1]));
        for &(one, other) in upright {
            let (one, other) = (columns.of[one], columns.of[other]);
            if one != other && !columns.leads(&next, one, other) && !columns.leads(&next, other, one) {
                let moved = std::mem::take(&mut columns.spots[other]);
                moved.iter().for_each(|&spot| columns.of[spot] = one);
                columns.spots[one].extend(moved);
            }
        }
        columns
    }

    /// Whether a column stands left of another already.
    fn leads(&self, next: &[Option<usize>], from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.spots.len()];
        let mut open = vec![from];
        while let Some(column) = open.pop() {
            let right = self.spots[column].iter().filter_map(|&spot| next[spot]).map(|spot| self.of[spot]);
            for other in right {
                if other == to {
                    return true;
                }
                if !std::mem::replace(&mut seen[other], true) {
                    open.push(other);
                }
            }
        }
        false
    }

    /// Takes over what stands side by side, and what pulls at what.
    fn connect(&mut self, layers: &[Vec<usize>], stretches: &[Stretch], spots: &[Spot]) {
        let is_way = |spot: &Spot| spot.stop.is_none() && spot.height == 0.0;
        for pair in layers.iter().flat_map(|layer| layer.windows(2)) {
            let (one, other) = (&spots[pair[0]], &spots[pair[1]]);
            let gap = if is_way(one) && is_way(other) { LANE } else { GAP };
            let apart = f64::midpoint(one.width, other.width) + gap;
            let (left, right) = (self.of[pair[0]], self.of[pair[1]]);
            self.right[left].push((right, apart));
            self.left[right].push((left, apart));
        }
        for &Stretch { from, to, weight } in stretches {
            let (from, to) = (self.of[from], self.of[to]);
            if from != to {
                self.pulls[from].push((to, weight));
                self.pulls[to].push((from, weight));
            }
        }
    }

    /// Every column as far left as it may stand.
    fn start(&mut self) {
        let mut moved = true;
        while moved {
            moved = false;
            for column in 0..self.x.len() {
                let least = self.left[column].iter().map(|&(left, apart)| self.x[left] + apart).fold(0.0, f64::max);
                moved |= least > self.x[column] + NOTHING;
                self.x[column] = self.x[column].max(least);
            }
        }
    }

    /// Pulls each column to one side, those first that have most room there.
    fn settle(&mut self, direction: f64) {
        let mut columns: Vec<usize> = (0..self.x.len()).filter(|&column| !self.spots[column].is_empty()).collect();
        columns.sort_by(|&one, &other| (self.x[other] * direction).total_cmp(&(self.x[one] * direction)));
        columns.into_iter().for_each(|column| self.pull(column, direction));
    }

    /// Pulls a column to one side, with all that it pushes before it.
    fn pull(&mut self, column: usize, direction: f64) {
        let mut pushed = vec![column];
        loop {
            let room = self.touched(&mut pushed, direction);
            let (mut force, mut weight) = (0.0, 0.0);
            for &column in &pushed {
                for (other, pull) in self.pulls[column].iter().filter(|(other, _)| !pushed.contains(other)) {
                    force += pull * (self.x[*other] - self.x[column]);
                    weight += pull;
                }
            }
            let step = if weight > 0.0 { force / weight * direction } else { 0.0 };
            if step < NOTHING {
                return;
            }
            let moved = step.min(room) * direction;
            pushed.iter().for_each(|&column| self.x[column] += moved);
            if step <= room {
                return;
            }
        }
    }

    /// Adds what is touched on one side by what is pushed; the room up to the next.
    fn touched(&self, pushed: &mut Vec<usize>, direction: f64) -> f64 {
        let beside = if direction > 0.0 { &self.right } else { &self.left };
        let (mut index, mut least) = (0, f64::INFINITY);
        while index < pushed.len() {
            let column = pushed[index];
            for &(other, apart) in &beside[column] {
                let room = (self.x[other] - self.x[column]) * direction - apart;
                if pushed.contains(&other) {
                    continue;
                }
                if room < NOTHING { pushed.push(other) } else { least = least.min(room) }
            }
            index += 1;
        }
        least
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(rank: usize, width: f64, height: f64) -> Spot {
        Spot { stop: None, rank, width, height, x: 0.0 }
    }

    fn stretch(from: usize, to: usize) -> Stretch {
        Stretch { from, to, weight: 1.0 }
    }

    #[test]
    fn two_below_one_stand_side_by_side_around_it() {
        let mut spots = [spot(0, 40.0, 20.0), spot(1, 40.0, 20.0), spot(1, 60.0, 20.0)];
        positions(&[vec![0], vec![1, 2]], &[stretch(0, 1), stretch(0, 2)], &[], &mut spots);
        assert!((spots[2].x - spots[1].x - (50.0 + GAP)).abs() < 0.1, "{spots:?}");
        assert!((f64::midpoint(spots[1].x, spots[2].x) - spots[0].x).abs() < 0.1, "{spots:?}");
    }

    /// The way from 0 to 4 by 2 is upright though the boxes 1 and 3 are beside it, on different sides.
    #[test]
    fn what_is_upright_pushes_others_aside() {
        let mut spots =
            [spot(0, 40.0, 20.0), spot(1, 90.0, 20.0), spot(1, 8.0, 0.0), spot(2, 8.0, 0.0), spot(2, 70.0, 20.0)];
        let ways = [stretch(0, 1), stretch(0, 2), stretch(2, 3), stretch(1, 4)];
        positions(&[vec![0], vec![1, 2], vec![3, 4]], &ways, &[(0, 2), (2, 3)], &mut spots);
        assert!(spots[0].x == spots[2].x && spots[2].x == spots[3].x, "{spots:?}");
        assert!(spots[1].x + 49.0 + GAP < spots[2].x + 0.1 && spots[3].x + 39.0 + GAP < spots[4].x + 0.1, "{spots:?}");
    }

    /// 0 stands left of 1, and 3 left of 2: the two ways cross, and only the first can be upright.
    #[test]
    fn of_two_ways_that_cross_one_is_upright() {
        let mut spots = [spot(0, 8.0, 0.0), spot(0, 8.0, 0.0), spot(1, 8.0, 0.0), spot(1, 8.0, 0.0)];
        positions(&[vec![0, 1], vec![3, 2]], &[stretch(0, 2), stretch(1, 3)], &[(0, 2), (1, 3)], &mut spots);
        assert_eq!((spots[0].x, spots[3].x < spots[2].x), (spots[2].x, true));
    }
}
