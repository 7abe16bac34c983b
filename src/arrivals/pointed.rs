//! A daily profile whose peak is more than twice its mean: a raised cosine, minute by minute.
//!
//! The sinusoid `mean + (peak − mean) cos θ` would go below zero. The family `peak · ((1 + cos θ) / 2)^n` does not, is
//! the same as the sinusoid at peak = 2 · mean (n = 1), and grows narrower with n. Its rate is held over each minute,
//! and n is solved for so that the day's mean is the one asked for.

use std::f64::consts::TAU;

use crate::kernel::Span;

/// The largest peak a profile may have, in means.
pub const MOST_POINTED: f64 = 100.0;

const MINUTES: usize = 1_440;

/// Rates of the minutes of a day from midnight. `peak` lies between twice and [`MOST_POINTED`] times the mean.
pub(super) fn minute_rates(mean: f64, peak: f64, peak_at: Span) -> Vec<f64> {
    let heights: Vec<f64> = (0..MINUTES).map(|minute| height(minute, peak_at)).collect();
    let exponent = solve(&heights, mean / peak);
    let shape: Vec<f64> = heights.iter().map(|&height| libm::pow(height, exponent)).collect();
    let scale = mean * MINUTES as f64 / shape.iter().sum::<f64>();
    shape.iter().map(|value| value * scale).collect()
}

/// `(1 + cos θ) / 2` in the middle of a minute.
fn height(minute: usize, peak_at: Span) -> f64 {
    let angle = TAU * ((minute as f64 + 0.5) * 60.0 - peak_at.as_secs_f64()) / 86_400.0;
    f64::midpoint(1.0, libm::cos(angle))
}

/// The exponent at which the mean of the powers is `share`, by bisection: the mean falls as the exponent grows.
fn solve(heights: &[f64], share: f64) -> f64 {
    let mean = |exponent: f64| heights.iter().map(|&h| libm::pow(h, exponent)).sum::<f64>() / heights.len() as f64;
    let (mut low, mut high) = (0.5_f64, 1e6_f64);
    for _ in 0..80 {
        let middle = (low * high).sqrt();
        if mean(middle) > share { low = middle } else { high = middle }
    }
    (low * high).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(rates: &[f64]) -> f64 {
        rates.iter().sum::<f64>() / rates.len() as f64
    }

    #[test]
    fn the_mean_and_the_peak_are_the_ones_asked_for() {
        for (asked, peak) in [(24.0, 70.0), (1.0, 2.0), (3.0, 300.0)] {
            let rates = minute_rates(asked, peak, Span::from_secs(12 * 3_600 + 1_800));
            assert!((mean(&rates) / asked - 1.0).abs() < 1e-12);
            let (highest, at) =
                rates.iter().zip(0..).fold((0.0, 0), |best, (&r, i)| if r > best.0 { (r, i) } else { best });
            assert!((highest / peak - 1.0).abs() < 0.01, "{highest} for {peak}");
            assert!((749..=750).contains(&at), "the minute on either side of 12:30, not {at}");
        }
    }

    /// (1 + cos θ) · mean is the sinusoid with peak = 2 · mean; at 6 h from the peak it is the mean itself.
    #[test]
    fn at_twice_the_mean_it_is_the_sinusoid() {
        let rates = minute_rates(10.0, 20.0, Span::ZERO);
        for (minute, rate) in rates.iter().enumerate() {
            let sinusoid = 10.0 + 10.0 * libm::cos(TAU * (minute as f64 + 0.5) / 1_440.0);
            assert!((rate - sinusoid).abs() < 1e-4, "minute {minute}: {rate} against {sinusoid}");
        }
    }
}
