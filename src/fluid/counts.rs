//! Aggregated counts: how many of many items, drawn at once.

use rand_distr::{Distribution as _, StandardNormal};

use crate::kernel::Draw;

/// From this mean on a count is drawn by its normal approximation with the correction for skewness (Cornish and Fisher);
/// below it by inversion, exactly.
const LARGE: f64 = 60.0;

/// A Poisson count with this mean.
pub(super) fn poisson(mean: f64, draw: &mut Draw) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    if mean >= LARGE {
        return about(mean, mean, 1.0, draw);
    }
    inverted(libm::exp(-mean), |count| mean / count, draw)
}

/// How many of `many` do what each does with this chance.
pub(super) fn binomial(many: u64, chance: f64, draw: &mut Draw) -> u64 {
    if many == 0 || chance <= 0.0 {
        return 0;
    }
    if chance >= 1.0 {
        return many;
    }
    if chance > 0.5 {
        return many - binomial(many, 1.0 - chance, draw);
    }
    let (whole, odds) = (many as f64, chance / (1.0 - chance));
    let mean = whole * chance;
    let count = if mean >= LARGE {
        about(mean, mean * (1.0 - chance), 1.0 - 2.0 * chance, draw)
    } else {
        inverted(libm::exp(whole * libm::log1p(-chance)), |count| odds * (whole - count + 1.0) / count, draw)
    };
    count.min(many)
}

/// A real number of items made whole: the whole part, and one more with the chance of the rest.
pub(super) fn whole(count: f64, draw: &mut Draw) -> u64 {
    let low = count.max(0.0) as u64;
    low + u64::from(draw.chance(count - low as f64))
}

/// A count of this mean and variance; `skew` times the standard deviation is its third central moment by its variance.
fn about(mean: f64, variance: f64, skew: f64, draw: &mut Draw) -> u64 {
    let z: f64 = StandardNormal.sample(draw);
    let count = mean + variance.sqrt() * z + skew * (z * z - 1.0) / 6.0;
    (count + 0.5).max(0.0) as u64
}

/// By the probability of none, and of each count over that of the one before.
fn inverted(none: f64, over_last: impl Fn(f64) -> f64, draw: &mut Draw) -> u64 {
    let (mut left, mut mass, mut count) = (draw.unit() - none, none, 0u64);
    while left >= 0.0 && mass > 0.0 {
        count += 1;
        mass *= over_last(count as f64);
        left -= mass;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Root;

    /// Mean, variance and third central moment of 40,000 draws.
    fn moments(mut count: impl FnMut(&mut Draw) -> u64) -> [f64; 3] {
        let purpose = Root::new(5, 0).purpose("counts", "test");
        let values: Vec<f64> = (0..40_000).map(|item| count(&mut purpose.draw(item, 0)) as f64).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let central = |power: i32| values.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / n;
        [mean, central(2), central(3)]
    }

    /// All three are the mean; 5 standard errors of the first two, 8 of the third, by the moments of a normal.
    #[test]
    fn poisson_counts_have_their_moments() {
        for mean in [0.01, 0.7, 12.0, 59.9, 60.0, 1e3, 1e9] {
            let [first, second, third] = moments(|draw| poisson(mean, draw));
            let n = 40_000.0;
            assert!((first - mean).abs() < 5.0 * (mean / n).sqrt(), "{mean}: {first}");
            assert!((second - mean).abs() < 5.0 * ((2.0 * mean * mean + mean) / n).sqrt(), "{mean}: {second}");
            let error = 8.0 * ((15.0 * mean.powi(3) + 25.0 * mean * mean + mean) / n).sqrt();
            assert!((third - mean).abs() < error, "{mean}: {third}");
        }
        assert_eq!(moments(|draw| poisson(0.0, draw)), [0.0; 3]);
    }

    #[test]
    fn binomial_counts_have_their_moments() {
        for (many, chance) in [(1u64, 0.3), (40, 0.5), (1_000, 0.001), (1_000, 0.999), (100_000, 0.2), (1 << 40, 0.75)]
        {
            let [first, second, _] = moments(|draw| binomial(many, chance, draw));
            let (mean, variance) = (many as f64 * chance, many as f64 * chance * (1.0 - chance));
            assert!((first - mean).abs() < 5.0 * (variance / 4e4).sqrt(), "{many} {chance}: {first}");
            let error = 5.0 * ((2.0 * variance * variance + variance) / 4e4).sqrt();
            assert!((second - variance).abs() < error, "{many} {chance}: {second}");
        }
        let draw = &mut Root::new(5, 0).purpose("counts", "edges").draw(0, 0);
        assert_eq!([binomial(9, 0.0, draw), binomial(9, 1.0, draw), binomial(0, 0.5, draw)], [0, 9, 0]);
    }

    #[test]
    fn a_share_of_an_item_is_one_as_often() {
        let [mean, ..] = moments(|draw| whole(2.3, draw));
        assert!((mean - 2.3).abs() < 0.012);
    }
}
