//! A scale from values to parts of a length, linear or logarithmic, with round ticks.

/// From values to 0..1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
}

/// Seconds that people say, for logarithmic axes of time.
const SECONDS: [f64; 15] =
    [1e-5, 1e-4, 0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3_600.0, 36_000.0, 86_400.0, 864_000.0, 8.64e6, 8.64e7];

impl Axis {
    /// From `low` to `high`; where they are equal, or none, one is made around them.
    pub(super) fn new(low: f64, high: f64, logarithmic: bool) -> Self {
        let logarithmic = logarithmic && low > 0.0;
        if !(low.is_finite() && high.is_finite()) {
            return Self { low: 0.0, high: 1.0, logarithmic: false };
        }
        if low < high {
            return Self { low, high, logarithmic };
        }
        let (low, high) = if low == 0.0 { (0.0, 1.0) } else { (low - low.abs() / 2.0, low + low.abs() / 2.0) };
        Self { low, high, logarithmic }
    }

    /// An axis for figures: from zero, or logarithmic where all are above it and far apart.
    pub(super) fn of_figures(values: impl Iterator<Item = f64>) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let wider = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), wider);
        if low > 0.0 && high > 30.0 * low {
            return Self::new(low / 1.2, high * 1.2, true);
        }
        Self::new(low.min(0.0), if high > 0.0 { high * 1.06 } else { 1.0 }, false)
    }

    /// Whether equal distances are equal ratios.
    pub(super) fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }

    /// The part of the length at which a value lies, from 0 to 1.
    pub(super) fn part(&self, value: f64) -> f64 {
        let part = if self.logarithmic {
            libm::log(value.max(self.low) / self.low) / libm::log(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        part.clamp(0.0, 1.0)
    }

    /// Round values on the axis; `seconds`: those that people say of time.
    pub(super) fn ticks(&self, most: usize, seconds: bool) -> Vec<f64> {
        let inside = |value: &f64| *value >= self.low * (1.0 - 1e-9) && *value <= self.high * (1.0 + 1e-9);
        if !self.logarithmic {
            return self.linear_ticks(most);
        }
        if seconds && self.high / self.low > 100.0 {
            return SECONDS.into_iter().filter(inside).collect();
        }
        let first = libm::floor(libm::log10(self.low)) as i32;
        let last = libm::ceil(libm::log10(self.high)) as i32;
        let decades = |digits: &[f64]| -> Vec<f64> {
            let of = |decade: i32| digits.iter().map(move |digit| decimal(*digit, decade));
            (first..=last).flat_map(of).filter(inside).collect()
        };
        let many = decades(&[1.0, 2.0, 5.0]);
        if many.len() <= most { many } else { decades(&[1.0]) }
    }

    fn linear_ticks(&self, most: usize) -> Vec<f64> {
        let decade = libm::floor(libm::log10((self.high - self.low) / most as f64)) as i32;
        let steps = [(1.0, decade), (2.0, decade), (5.0, decade), (1.0, decade + 1), (2.0, decade + 1)];
        let fits = |step: f64| (self.high - self.low) / step <= most as f64;
        let (digit, decade) =
            steps.into_iter().find(|&(digit, decade)| fits(decimal(digit, decade))).unwrap_or(steps[4]);
        let step = decimal(digit, decade);
        let (first, last) = (libm::ceil(self.low / step - 1e-9) as i64, libm::floor(self.high / step + 1e-9) as i64);
        (first..=last).map(|index| decimal(index as f64 * digit, decade)).collect()
    }
}

/// `digit` times ten to the `decade`, as the decimal is read, so that 3 × 0.1 is 0.3.
fn decimal(digit: f64, decade: i32) -> f64 {
    format!("{digit}e{decade}").parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_where_they_belong() {
        let linear = Axis::new(1.0, 9.0, false);
        assert_eq!([1.0, 5.0, 9.0, 99.0].map(|value| linear.part(value)), [0.0, 0.5, 1.0, 1.0]);
        let log = Axis::new(0.1, 10.0, true);
        assert!((log.part(1.0) - 0.5).abs() < 1e-12 && log.part(0.0) == 0.0);
        assert!(!Axis::new(0.0, 10.0, true).is_logarithmic(), "there is no logarithm of zero");
        assert_eq!(Axis::new(5.0, 5.0, false).part(5.0), 0.5);
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(Axis::new(0.0, 1.0, false).ticks(6, false), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(Axis::new(0.0, 173.0, false).ticks(6, false), [0.0, 50.0, 100.0, 150.0]);
        assert_eq!(Axis::new(0.1, 10.0, true).ticks(9, false), [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]);
        assert_eq!(Axis::new(1.0, 1e9, true).ticks(9, false).len(), 10);
        assert_eq!(Axis::new(0.5, 4_000.0, true).ticks(9, true), [1.0, 10.0, 60.0, 600.0, 3_600.0]);
    }

    #[test]
    fn figures_far_apart_have_a_logarithmic_axis() {
        assert!(Axis::of_figures([1.0, 31.0, f64::INFINITY].into_iter()).is_logarithmic());
        assert!(!Axis::of_figures([0.0, 31.0].into_iter()).is_logarithmic());
        assert_eq!(Axis::of_figures([f64::INFINITY].into_iter()), Axis { low: 0.0, high: 1.0, logarithmic: false });
    }
}
