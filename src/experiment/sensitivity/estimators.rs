//! Effects and indices from the figures at the points of a design.

use super::designs::Way;
use super::{Effects, Index, Indices};
use crate::kernel::Root;
use crate::stats::Estimate;

/// Resamples of the bootstrap.
const RESAMPLES: u64 = 1_000;

/// Morris's effects of each input, from the figures at the points of each way; none where a figure is not finite.
pub(super) fn effects(ways: &[Way], figures: &[f64]) -> Option<Vec<Effects>> {
    let inputs = ways.first()?.moves.len();
    if figures.iter().any(|figure| !figure.is_finite()) {
        return None;
    }
    let mut by_input: Vec<Vec<f64>> = vec![Vec::new(); inputs];
    for (way, figures) in ways.iter().zip(figures.chunks(inputs + 1)) {
        for (step, &input) in way.moves.iter().enumerate() {
            let moved = way.points[step + 1][input] - way.points[step][input];
            by_input[input].push((figures[step + 1] - figures[step]) / moved);
        }
    }
    Some(by_input.iter().map(|effects| summary(effects)).collect())
}

fn summary(effects: &[f64]) -> Effects {
    let sizes: Vec<f64> = effects.iter().map(|effect| effect.abs()).collect();
    let mu = Estimate::from_samples(effects);
    let squares: f64 = effects.iter().map(|effect| (effect - mu.mean) * (effect - mu.mean)).sum();
    let sigma = if effects.len() > 1 { libm::sqrt(squares / (effects.len() - 1) as f64) } else { 0.0 };
    Effects { mu_star: Estimate::from_samples(&sizes), mu, sigma }
}

/// Sobol's indices of each input, from the figures at the points of Saltelli's design, row by row: of the first matrix, of
/// the second, and of each mixed one. None where a figure is not finite, or where all are the same.
///
/// First order as Saltelli et al. (2010), total as Jansen (1999); intervals from resampled rows.
pub(super) fn indices(seed: u64, inputs: usize, figures: &[f64]) -> Option<Vec<Indices>> {
    if figures.iter().any(|figure| !figure.is_finite()) {
        return None;
    }
    let rows: Vec<&[f64]> = figures.chunks(inputs + 2).collect();
    let found = shares(&rows, inputs)?;
    let draws = Root::new(seed, 0).purpose("sensitivity", "bootstrap rows");
    let resampled: Vec<Vec<[f64; 2]>> = (0..RESAMPLES)
        .filter_map(|resample| {
            let mut draw = draws.draw(resample, 0);
            let rows: Vec<&[f64]> = rows.iter().map(|_| rows[draw.below(rows.len() as u64) as usize]).collect();
            shares(&rows, inputs)
        })
        .collect();
    let index = |input: usize, which: usize| {
        let mut values: Vec<f64> = resampled.iter().map(|resample| resample[input][which]).collect();
        values.sort_unstable_by(f64::total_cmp);
        let [low, high] = [0.025, 0.975].map(|part| quantile(&values, part));
        Index { share: found[input][which], low, high }
    };
    Some((0..inputs).map(|input| Indices { first: index(input, 0), total: index(input, 1) }).collect())
}

/// First and total of each input; none where nothing varies.
fn shares(rows: &[&[f64]], inputs: usize) -> Option<Vec<[f64; 2]>> {
    let count = rows.len() as f64;
    let of_both = |figure: fn(f64, f64) -> f64, mean: f64| -> f64 {
        rows.iter().map(|row| figure(row[0], mean) + figure(row[1], mean)).sum::<f64>() / (2.0 * count)
    };
    let mean = of_both(|figure, _| figure, 0.0);
    let variance = of_both(|figure, mean| (figure - mean) * (figure - mean), mean);
    if variance <= 0.0 {
        return None;
    }
    let of = |input: usize| {
        // Taken from the mean, which changes nothing that is estimated and makes it less noisy.
        let first: f64 = rows.iter().map(|row| (row[1] - mean) * (row[2 + input] - row[0])).sum();
        let total: f64 = rows.iter().map(|row| (row[0] - row[2 + input]) * (row[0] - row[2 + input])).sum();
        [first / count / variance, total / (2.0 * count) / variance]
    };
    Some((0..inputs).map(of).collect())
}

/// The value under which that part of the sorted values lies.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let index = (sorted.len() as f64 * part) as usize;
    sorted.get(index.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::sensitivity::designs::{Matrices, ways};

    const KEYS: [&str; 3] = ["x1", "x2", "x3"];

    /// Ishigami's function on the cube from -π to π, whose indices are known in closed form.
    fn ishigami(shares: &[f64]) -> f64 {
        let [x, y, z] = [0, 1, 2].map(|input| (2.0 * shares[input] - 1.0) * std::f64::consts::PI);
        libm::sin(x) + 7.0 * libm::sin(y) * libm::sin(y) + 0.1 * libm::pow(z, 4.0) * libm::sin(x)
    }

    /// First and total indices of it with a = 7 and b = 0.1.
    fn ishigami_indices() -> [[f64; 2]; 3] {
        let (a, b) = (7.0_f64, 0.1_f64);
        let pi4 = libm::pow(std::f64::consts::PI, 4.0);
        let alone = [0.5 * (1.0 + b * pi4 / 5.0) * (1.0 + b * pi4 / 5.0), a * a / 8.0, 0.0];
        let together = b * b * pi4 * pi4 * 8.0 / 225.0;
        let variance = alone[0] + alone[1] + together;
        let of = |input: usize, shared: f64| [alone[input] / variance, (alone[input] + shared) / variance];
        [of(0, together), of(1, 0.0), of(2, together)]
    }

    fn estimated(seed: u64, rows: u32) -> Vec<Indices> {
        let matrices = Matrices::new(seed, &KEYS, rows).expect("six dimensions");
        let figures: Vec<f64> = matrices.points().map(|point| ishigami(&point)).collect();
        indices(seed, 3, &figures).expect("indices")
    }

    #[test]
    fn the_indices_of_ishigami_s_function_are_found() {
        let known = ishigami_indices();
        assert!((known[0][0] - 0.3139).abs() < 1e-4 && (known[1][1] - 0.4424).abs() < 1e-4, "{known:?}");
        for seed in 0..5 {
            for (found, known) in estimated(seed, 4_096).iter().zip(known) {
                assert!((found.first.share - known[0]).abs() < 0.02, "{found:?} is not {known:?}");
                assert!((found.total.share - known[1]).abs() < 0.02, "{found:?} is not {known:?}");
            }
        }
    }

    /// Intervals from resampled rows take the rows for random ones, and these are more even: they hold at least as often.
    #[test]
    fn intervals_hold_the_known_indices() {
        let known = ishigami_indices();
        let (mut held, mut all) = (0, 0);
        for seed in 0..100 {
            for (found, known) in estimated(seed, 256).iter().zip(known) {
                for (index, known) in [found.first, found.total].iter().zip(known) {
                    held += u32::from(index.low <= known && known <= index.high);
                    all += 1;
                }
            }
        }
        assert!(f64::from(held) >= 0.92 * f64::from(all), "{held} of {all}");
    }

    /// Straight effects are told exactly; one that depends on another input spreads.
    #[test]
    fn effects_are_those_of_the_function() {
        let ways = ways(5, &KEYS, 40);
        let figures = |function: fn(&[f64]) -> f64| -> Vec<f64> {
            ways.iter().flat_map(|way| way.points.iter().map(|point| function(point))).collect()
        };
        let straight = effects(&ways, &figures(|x| 3.0 * x[0] - 2.0 * x[1] + 5.0)).expect("effects");
        for (effects, [mu_star, mu]) in straight.iter().zip([[3.0, 3.0], [2.0, -2.0], [0.0, 0.0]]) {
            assert!((effects.mu_star.mean - mu_star).abs() < 1e-9 && (effects.mu.mean - mu).abs() < 1e-9);
            assert!(effects.sigma < 1e-9);
        }
        // The effect of the first is (x2 - 1/2): between -1/2 and 1/2, with either sign.
        let crossed = effects(&ways, &figures(|x| (x[0] - 0.5) * (x[1] - 0.5))).expect("effects");
        assert!(crossed[0].mu_star.mean > 0.25 && crossed[0].mu.mean.abs() < 0.2 && crossed[0].sigma > 0.3);
        assert!(effects(&ways, &figures(|x| if x[0] > 0.9 { f64::INFINITY } else { 0.0 })).is_none());
    }

    #[test]
    fn what_does_not_vary_has_no_indices() {
        assert_eq!(indices(1, 2, &[3.0; 16]), None);
        assert_eq!(indices(1, 2, &[1.0, 2.0, f64::INFINITY, 3.0]), None);
    }
}
