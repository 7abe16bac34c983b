//! Sobol's sequence: points that fill a cube of many dimensions more evenly than random ones, and than a Latin hypercube
//! where two or more keys matter together.
//!
//! The sequence is that of Joe and Kuo's direction numbers in Gray code order. [`scrambled`] shuffles it as Owen (1995)
//! does: each binary digit is flipped or not by a draw that is keyed by the digits before it, so that every point is uniform
//! by itself while the evenness of all of them together stays.

mod directions;

use crate::kernel::{Purpose, Root};
use directions::DIRECTIONS;

/// The most dimensions.
pub const DIMENSIONS_AT_MOST: usize = DIRECTIONS.len() + 1;
/// Binary digits of a coordinate.
const DIGITS: u32 = 32;

/// One coordinate of every point.
#[derive(Debug, Clone)]
pub struct Dimension {
    /// What each digit of a point's Gray code flips.
    columns: [u32; DIGITS as usize],
}

impl Dimension {
    /// The coordinate of that index, from 0; none from [`DIMENSIONS_AT_MOST`] on.
    #[must_use]
    pub fn new(index: usize) -> Option<Self> {
        let mut columns = [0; DIGITS as usize];
        if index == 0 {
            for (digit, column) in (0..DIGITS).zip(&mut columns) {
                *column = 1 << (DIGITS - 1 - digit);
            }
            return Some(Self { columns });
        }
        let direction = DIRECTIONS.get(index - 1)?;
        let degree = direction.first.len();
        for digit in 0..DIGITS as usize {
            columns[digit] = match direction.first.get(digit) {
                Some(first) => first << (DIGITS as usize - 1 - digit),
                None => next(&columns[digit - degree..digit], direction.inner),
            };
        }
        Some(Self { columns })
    }

    /// The coordinate at a point, from 0 to 1, as its first 32 binary digits.
    fn digits(&self, point: u32) -> u32 {
        let gray = point ^ (point >> 1);
        (0..DIGITS).filter(|digit| gray >> digit & 1 == 1).fold(0, |sum, digit| sum ^ self.columns[digit as usize])
    }

    /// The coordinate at a point, from 0 (included) to 1.
    #[must_use]
    pub fn at(&self, point: u32) -> f64 {
        f64::from(self.digits(point)) / two_to_the_digits()
    }
}

/// The next direction number of a dimension, from as many before it as its polynomial's degree.
fn next(before: &[u32], inner: u32) -> u32 {
    let degree = before.len();
    let taken = (1..degree).filter(|back| inner >> (degree - 1 - back) & 1 == 1);
    taken.fold(before[0] ^ (before[0] >> degree), |sum, back| sum ^ before[degree - back])
}

fn two_to_the_digits() -> f64 {
    f64::from(u32::MAX) + 1.0
}

/// The first so many coordinates of a dimension, scrambled, from 0 to 1. They depend on the seed, on what `key` names and
/// on the dimension; none where there is no such dimension.
#[must_use]
pub fn scrambled(seed: u64, key: &str, dimension: usize, points: u32) -> Option<Vec<f64>> {
    let purpose = Root::new(seed, 0).purpose(key, "sobol digits");
    let (dimension, index) = (Dimension::new(dimension)?, dimension as u32);
    // The middle of the cell that is left when all digits are told.
    let share = |digits: u32| (f64::from(digits) + 0.5) / two_to_the_digits();
    Some((0..points).map(|point| share(shuffled(dimension.digits(point), &purpose, index))).collect())
}

/// Each digit flipped or not by a draw of its own for each dimension and choice of the digits before it.
fn shuffled(digits: u32, purpose: &Purpose, dimension: u32) -> u32 {
    let flip = |digit: u32| {
        let before = u64::from(digits) >> (DIGITS - digit);
        // A one before them tells 0 from 00.
        let flipped = purpose.draw(before | 1 << digit, dimension).bits() >> 63;
        (flipped as u32) << (DIGITS - 1 - digit)
    };
    (0..DIGITS).fold(digits, |sum, digit| sum ^ flip(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dimensions() -> Vec<Dimension> {
        (0..DIMENSIONS_AT_MOST).map(|index| Dimension::new(index).expect("a dimension")).collect()
    }

    /// The first points as Joe and Kuo, and SciPy, print them.
    #[test]
    fn the_first_points_are_the_published_ones() {
        let of = |dimension: usize| -> Vec<f64> {
            let dimension = Dimension::new(dimension).expect("a dimension");
            (0..8).map(|point| dimension.at(point)).collect()
        };
        assert_eq!(of(0), [0.0, 0.5, 0.75, 0.25, 0.375, 0.875, 0.625, 0.125]);
        assert_eq!(of(1), [0.0, 0.5, 0.25, 0.75, 0.375, 0.875, 0.125, 0.625]);
        assert_eq!(of(2), [0.0, 0.5, 0.25, 0.75, 0.625, 0.125, 0.875, 0.375]);
        assert_eq!(of(5), [0.0, 0.5, 0.75, 0.25, 0.125, 0.625, 0.875, 0.375]);
        assert_eq!(of(7), [0.0, 0.5, 0.75, 0.25, 0.875, 0.375, 0.125, 0.625]);
        // Point 1,000 of SciPy's `qmc.Sobol(64, scramble=False)`, times 1,024.
        for (dimension, at) in [(0, 225.0), (1, 99.0), (2, 531.0), (10, 87.0), (20, 535.0), (40, 935.0), (63, 457.0)] {
            assert_eq!(Dimension::new(dimension).expect("a dimension").at(1_000) * 1_024.0, at, "{dimension}");
        }
        assert!(Dimension::new(DIMENSIONS_AT_MOST).is_none());
    }

    /// In each dimension, of the first 2ᵏ points one is in each of 2ᵏ equal parts; scrambled ones too.
    #[test]
    fn each_part_of_a_dimension_has_one_point() {
        for index in 0..DIMENSIONS_AT_MOST {
            let plain: Vec<f64> = dimensions()[index..=index].iter().flat_map(|d| (0..256).map(|n| d.at(n))).collect();
            for shares in [plain, scrambled(7, "a key", index, 256).expect("shares")] {
                let mut parts: Vec<u32> = shares.iter().map(|share| (share * 256.0) as u32).collect();
                parts.sort_unstable();
                assert!(parts.into_iter().eq(0..256), "dimension {index}");
            }
        }
    }

    /// Sobol's property A, which Joe and Kuo's numbers have: of the first 2ᵈ points of d dimensions, one is in each of the 2ᵈ
    /// parts that halving every dimension makes. It holds if the leading digits of the direction numbers are independent
    /// (a determinant over two elements), and a digit wrong in the table would break it in half of the cases.
    #[test]
    fn halves_of_all_dimensions_are_met_once() {
        let dimensions = dimensions();
        for count in 1..=DIGITS as usize {
            let mut rows: Vec<u32> = dimensions[..count]
                .iter()
                .map(|dimension| (0..count).fold(0, |row, digit| row | (dimension.columns[digit] >> 31) << digit))
                .collect();
            for column in 0..count {
                let pivot = (column..count).find(|&row| rows[row] >> column & 1 == 1);
                rows.swap(column, pivot.unwrap_or_else(|| panic!("{count} dimensions are dependent")));
                let of_pivot = rows[column];
                for row in &mut rows[column + 1..] {
                    *row ^= if *row >> column & 1 == 1 { of_pivot } else { 0 };
                }
            }
        }
    }

    /// The L2-star discrepancy, squared, by Warnock's formula.
    fn discrepancy(points: &[Vec<f64>]) -> f64 {
        let (count, dimensions) = (points.len() as f64, points[0].len() as i32);
        let singles: f64 = points.iter().map(|point| point.iter().map(|x| (1.0 - x * x) / 2.0).product::<f64>()).sum();
        let pairs: f64 = points
            .iter()
            .flat_map(|a| points.iter().map(move |b| a.iter().zip(b).map(|(a, b)| 1.0 - a.max(*b)).product::<f64>()))
            .sum();
        3.0_f64.powi(-dimensions) - 2.0 / count * singles + pairs / (count * count)
    }

    #[test]
    fn scrambled_points_are_far_more_even_than_random_ones() {
        let points = |seed: u64| -> Vec<Vec<f64>> {
            let columns: Vec<Vec<f64>> =
                (0..4).map(|index| scrambled(seed, &format!("key {index}"), index, 256).expect("shares")).collect();
            (0..256).map(|point| columns.iter().map(|column| column[point]).collect()).collect()
        };
        // The expectation of the same for independent points: (2⁻ᵈ - 3⁻ᵈ) / n.
        let random = (1.0 / 16.0 - 1.0 / 81.0) / 256.0;
        for seed in 0..10 {
            let found = discrepancy(&points(seed));
            assert!(found > 0.0 && found < random / 5.0, "{found} of {random}");
        }
        assert_ne!(points(1), points(2), "another seed, other points");
        assert_eq!(points(1), points(1));
    }

    /// Each point by itself is uniform over the seeds: its mean is a half and its variance a twelfth.
    #[test]
    fn a_scrambled_point_is_uniform() {
        let seeds = 4_000;
        for point in [0, 5] {
            let shares: Vec<f64> = (0..seeds).map(|seed| scrambled(seed, "k", 3, 6).expect("shares")[point]).collect();
            let mean = shares.iter().sum::<f64>() / seeds as f64;
            let square = shares.iter().map(|share| (share - 0.5) * (share - 0.5)).sum::<f64>() / seeds as f64;
            // Four standard errors.
            assert!((mean - 0.5).abs() < 4.0 * 0.289 / 63.2, "{mean}");
            assert!((square - 1.0 / 12.0).abs() < 4.0 * 0.0745 / 63.2, "{square}");
        }
    }
}
