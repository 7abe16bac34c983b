//! Intervals from one long run: the means of its batches stand for replications.

use super::Estimate;

/// A figure of a whole run with the 95 % interval that its batches give: Student's t with one degree of freedom fewer than
/// there are batches, around the figure itself.
///
/// Without an interval where there are fewer than two batches, or one of them has no finite value.
#[must_use]
pub fn batch_means(whole: f64, batches: &[f64]) -> Estimate {
    let of_batches = Estimate::from_samples(batches);
    let half = of_batches.half_width().filter(|half| half.is_finite() && whole.is_finite());
    Estimate { mean: whole, interval: half.map(|half| (whole - half, whole + half)), replications: 1 }
}

/// The correlation of each batch with the next: of independent ones about −1/n. None with fewer than three batches, where
/// one has no finite value, or all are alike.
#[must_use]
pub fn lag_one_correlation(batches: &[f64]) -> Option<f64> {
    let count = batches.len();
    if count < 3 || !batches.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mean = batches.iter().sum::<f64>() / count as f64;
    let squares: f64 = batches.iter().map(|value| (value - mean) * (value - mean)).sum();
    let products: f64 = batches.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    (squares > 0.0).then(|| products / squares)
}

/// The correlation that so many independent batches exceed in one of twenty cases: 1.645 standard deviations (1/√n) above
/// their mean of −1/n.
#[must_use]
pub fn critical_correlation(batches: usize) -> f64 {
    let count = batches as f64;
    1.644_854 / count.sqrt() - 1.0 / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_batches_around_the_whole() {
        // Mean 2, standard error 1/√3, t = 4.302653 at 2 degrees; the whole run's own figure is 2.1.
        let estimate = batch_means(2.1, &[1.0, 2.0, 3.0]);
        assert_eq!((estimate.mean, estimate.replications), (2.1, 1));
        assert!((estimate.half_width().unwrap() - 4.302_652_730 / 3f64.sqrt()).abs() < 1e-8);
        for batches in [&[1.0][..], &[1.0, f64::NAN], &[1.0, f64::INFINITY]] {
            assert_eq!(batch_means(2.0, batches).interval, None, "{batches:?}");
        }
        assert_eq!(batch_means(f64::INFINITY, &[1.0, 2.0]).interval, None);
    }

    #[test]
    fn neighbours_that_move_together_are_told() {
        // Deviations -1.5, -0.5, 0.5, 1.5: products 0.75 - 0.25 + 0.75, squares 5.
        assert_eq!(lag_one_correlation(&[1.0, 2.0, 3.0, 4.0]), Some(0.25));
        assert_eq!(lag_one_correlation(&[1.0, 3.0, 1.0, 3.0]), Some(-0.75));
        assert_eq!(lag_one_correlation(&[1.0, 2.0]), None);
        assert_eq!(lag_one_correlation(&[1.0, 1.0, 1.0]), None);
        assert!((critical_correlation(20) - 0.317_8).abs() < 1e-4);
    }
}
