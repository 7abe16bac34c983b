//! Where the metric is looked at: each point has for each input its share of the way from low to high, or leaves it as the
//! scenario has it.

use crate::experiment::sobol;
use crate::kernel::Root;

/// For each input its share of the way, from 0 to 1; none leaves it as the scenario has it.
pub(super) type Place = Vec<Option<f64>>;

/// Levels of Morris's grid.
const LEVELS: u64 = 4;
/// A step of an elementary effect: over half of the levels, so that each level is as likely as any other.
const STEP: f64 = LEVELS as f64 / 2.0 / (LEVELS as f64 - 1.0);

/// The scenario as it stands, and then for each input its low and its high end.
pub(super) fn one_at_a_time(inputs: usize) -> Vec<Place> {
    let end = |input: usize, share: f64| (0..inputs).map(|other| (other == input).then_some(share)).collect();
    let ends = (0..inputs).flat_map(|input| [end(input, 0.0), end(input, 1.0)]);
    std::iter::once(vec![None; inputs]).chain(ends).collect()
}

/// A way through the grid: from one point to the next, one input moves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Way {
    /// One more than there are inputs.
    pub points: Vec<Vec<f64>>,
    /// Which input moves after each point but the last.
    pub moves: Vec<usize>,
}

/// Morris's random ways. Where an input starts and moves to depends on its key alone.
pub(super) fn ways(seed: u64, keys: &[&str], count: u32) -> Vec<Way> {
    let root = Root::new(seed, 0);
    let purposes: Vec<_> =
        keys.iter().map(|key| (root.purpose(key, "morris start"), root.purpose(key, "morris order"))).collect();
    let way = |way: u64| {
        let start = |level: u64| level as f64 / (LEVELS - 1) as f64;
        let mut point: Vec<f64> = purposes.iter().map(|(places, _)| start(places.draw(way, 0).below(LEVELS))).collect();
        let mut moves: Vec<usize> = (0..keys.len()).collect();
        moves.sort_by_cached_key(|&input| purposes[input].1.draw(way, 0).bits());
        let mut points = vec![point.clone()];
        for &input in &moves {
            point[input] += if point[input] < 0.5 { STEP } else { -STEP };
            // Levels are told exactly, so that an input is at its ends and not beside them.
            point[input] = libm::round(point[input] * (LEVELS - 1) as f64) / (LEVELS - 1) as f64;
            points.push(point.clone());
        }
        Way { points, moves }
    };
    (0..u64::from(count)).map(way).collect()
}

/// The points of Saltelli's design: two independent matrices, and for each input the first with that input of the second.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrices {
    /// By row and then by input.
    pub a: Vec<Vec<f64>>,
    /// The same.
    pub b: Vec<Vec<f64>>,
}

impl Matrices {
    /// From a scrambled Sobol sequence of two dimensions for each input; none where it has not so many.
    pub(super) fn new(seed: u64, keys: &[&str], rows: u32) -> Option<Self> {
        let column = |(dimension, key): (usize, &&str)| sobol::scrambled(seed, key, dimension, rows);
        let of_a: Option<Vec<_>> = keys.iter().enumerate().map(column).collect();
        let of_b: Option<Vec<_>> =
            keys.iter().enumerate().map(|(input, key)| column((keys.len() + input, key))).collect();
        let rows_of = |columns: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
            (0..rows as usize).map(|row| columns.iter().map(|column| column[row]).collect()).collect()
        };
        Some(Self { a: rows_of(of_a?), b: rows_of(of_b?) })
    }

    /// Row by row: the row of the first, that of the second, and then the mixed one of each input.
    pub(super) fn points(&self) -> impl Iterator<Item = Vec<f64>> {
        self.a.iter().zip(&self.b).flat_map(|(a, b)| {
            let mixed = (0..a.len()).map(|input| {
                let mut point = a.clone();
                point[input] = b[input];
                point
            });
            [a.clone(), b.clone()].into_iter().chain(mixed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_input_moves_at_a_time() {
        let places = one_at_a_time(2);
        let expected = [[None, None], [Some(0.0), None], [Some(1.0), None], [None, Some(0.0)], [None, Some(1.0)]];
        assert_eq!(places, expected);
    }

    #[test]
    fn a_way_moves_each_input_once_over_half_of_the_levels() {
        let ways = ways(7, &["a", "b", "c"], 400);
        let mut counts = [0; LEVELS as usize];
        for way in &ways {
            let mut moved = way.moves.clone();
            moved.sort_unstable();
            assert_eq!(moved, [0, 1, 2]);
            for (pair, &input) in way.points.windows(2).zip(&way.moves) {
                for (other, (before, after)) in pair[0].iter().zip(&pair[1]).enumerate() {
                    let moved = (after - before).abs();
                    assert!((moved - if other == input { STEP } else { 0.0 }).abs() < 1e-12, "{way:?}");
                }
            }
            for share in way.points.iter().flatten() {
                counts[libm::round(share * 3.0) as usize] += 1;
                assert!([0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0].contains(share), "{share}");
            }
        }
        // 400 ways of 4 points of 3 inputs: 1,200 at each level.
        assert!(counts.iter().all(|count| (1_000..1_400).contains(count)), "{counts:?}");
        assert_eq!(ways, super::ways(7, &["a", "b", "c"], 400));
        assert_ne!(ways, super::ways(8, &["a", "b", "c"], 400));
    }

    #[test]
    fn mixed_rows_differ_in_one_input() {
        let matrices = Matrices::new(3, &["a", "b"], 4).expect("four dimensions");
        let points: Vec<_> = matrices.points().collect();
        assert_eq!(points.len(), 4 * (2 + 2));
        for row in points.chunks(4) {
            let [a, b] = [&row[0], &row[1]];
            assert_eq!((&row[2], &row[3]), (&vec![b[0], a[1]], &vec![a[0], b[1]]));
            assert!(a[0] != b[0] && a[1] != b[1]);
        }
        let many = ["k"; sobol::DIMENSIONS_AT_MOST / 2 + 1];
        assert!(Matrices::new(3, &many, 4).is_none());
    }
}
