//! How much of the start of a series is to be cut, so that the rest is steady.

/// Values that are averaged before the rule looks at them.
const AT_ONCE: usize = 5;
/// Fewest such averages that the rule is asked about.
const LEAST: usize = 20;

/// What is cut from the start of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truncation {
    /// Values that are cut: never more than half of them.
    pub values: usize,
    /// Whether the rule would have cut more than half: the series is too short for its start, and the rest is not shown to
    /// be steady.
    pub beyond_half: bool,
}

/// MSER-5 (White, Cobb and Spratt, IIE Transactions 32, 2000): of the means of five values each, the first d are cut for
/// which the squared standard error of the mean of the rest, Σ(z − z̄)² / (k − d)², is least.
///
/// None with fewer than 100 values. The last five means are never cut: a rest of so few may be alike by chance.
#[must_use]
pub fn mser5(series: &[f64]) -> Option<Truncation> {
    let means: Vec<f64> =
        series.chunks_exact(AT_ONCE).map(|values| values.iter().sum::<f64>() / AT_ONCE as f64).collect();
    if means.len() < LEAST {
        return None;
    }
    let error = |cut: usize| {
        let rest = &means[cut..];
        // Taken from the first value on, so that a rest of equals has no error at all.
        let mean = rest[0] + rest.iter().map(|z| z - rest[0]).sum::<f64>() / rest.len() as f64;
        rest.iter().map(|z| (z - mean) * (z - mean)).sum::<f64>() / (rest.len() * rest.len()) as f64
    };
    let least = (0..=means.len() - AT_ONCE).min_by(|&one, &other| error(one).total_cmp(&error(other)))?;
    let half = means.len() / 2;
    Some(Truncation { values: least.min(half) * AT_ONCE, beyond_half: least > half })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_at_the_start_is_cut_to_the_last_value() {
        // Fifty values of a start, then 350 that go up and down around another level.
        let series: Vec<f64> =
            (0..400).map(|index| if index < 50 { 100.0 } else { [1.0, 3.0, 2.0][index / 5 % 3] }).collect();
        assert_eq!(mser5(&series), Some(Truncation { values: 50, beyond_half: false }));
    }

    #[test]
    fn what_is_steady_from_the_start_is_kept() {
        assert_eq!(mser5(&[2.0; 200]), Some(Truncation { values: 0, beyond_half: false }));
        let wave: Vec<f64> = (0..400).map(|index| [1.0, 3.0][index / 5 % 2]).collect();
        assert_eq!(mser5(&wave), Some(Truncation { values: 0, beyond_half: false }));
    }

    #[test]
    fn what_is_never_steady_is_cut_in_half_and_said() {
        let ramp: Vec<f64> = (0..400).map(|index| f64::from(index) * f64::from(index)).collect();
        assert_eq!(mser5(&ramp), Some(Truncation { values: 200, beyond_half: true }));
        assert_eq!(mser5(&ramp[..99]), None, "too short to tell");
    }
}
