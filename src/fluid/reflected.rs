//! Brownian motion that is reflected at zero: what the wait before busy servers looks like from a distance (Kingman; Halfin
//! and Whitt).

use rand_distr::{Distribution as _, StandardNormal};

use crate::kernel::Draw;

/// Drift and variance, each a unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Motion {
    pub drift: f64,
    pub variance: f64,
}

impl Motion {
    /// Where it is after `length` from `level`. Exact for any length: the lowest point of the path to where it ends without
    /// reflection has a distribution that is inverted (a Brownian bridge's minimum).
    pub(super) fn after(self, level: f64, length: f64, draw: &mut Draw) -> f64 {
        let spread = self.variance * length;
        let normal: f64 = StandardNormal.sample(draw);
        let free = self.drift * length + spread.sqrt() * normal;
        let lowest = (free - (free * free - 2.0 * spread * libm::log(1.0 - draw.unit())).sqrt()) / 2.0;
        (level + free).max(free - lowest)
    }

    /// The rate of the exponential distribution that it comes to; none where it does not drift down.
    pub(super) fn settled_rate(self) -> Option<f64> {
        (self.drift < 0.0).then(|| -2.0 * self.drift / self.variance)
    }

    /// The time in which it forgets where it was; without end where it does not drift down.
    pub(super) fn memory(self) -> f64 {
        if self.drift < 0.0 { self.variance / (self.drift * self.drift) } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Root;

    /// Exponential with mean variance / (2 × drift) = 2.5, however long the steps are. Values that far apart in time as its
    /// memory (25 s) are nearly independent; of 200,000 s that leaves 4,000 at least: 5 standard errors are 8 %.
    #[test]
    fn it_settles_at_the_exponential_for_any_step() {
        let motion = Motion { drift: -0.2, variance: 1.0 };
        assert!(motion.settled_rate() == Some(0.4) && (motion.memory() - 25.0).abs() < 1e-9);
        for length in [0.05, 1.0, 20.0, 500.0] {
            let purpose = Root::new(9, 0).purpose("reflected", &format!("{length}"));
            let steps = (200_000.0 / length) as u64;
            let (mut level, mut sum, mut above) = (2.5, 0.0, 0u64);
            for step in 0..steps {
                level = motion.after(level, length, &mut purpose.draw(step, 0));
                sum += level;
                above += u64::from(level > 5.0);
            }
            let few = if steps < 4_000 { 5.0 / (steps as f64).sqrt() } else { 0.08 };
            assert!((sum / steps as f64 / 2.5 - 1.0).abs() < few, "{length}: {}", sum / steps as f64);
            let share = above as f64 / steps as f64;
            assert!((share - (-2.0f64).exp()).abs() < 0.135 * 2.5 * few, "{length}: {share}");
        }
    }

    #[test]
    fn far_from_zero_it_is_free() {
        let motion = Motion { drift: 0.5, variance: 0.01 };
        let draw = &mut Root::new(9, 0).purpose("reflected", "free").draw(0, 0);
        let end = motion.after(1e6, 100.0, draw);
        assert!((end - 1e6 - 50.0).abs() < 5.0);
        assert_eq!((motion.settled_rate(), motion.memory()), (None, f64::INFINITY));
    }
}
