//! One server whose every service takes the same time, an endless waiting room, Poisson arrivals.

use libm::exp;

use super::{GeneralServer, ServiceMoments, falls_to};

/// M/D/1: every service takes exactly D.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeterministicServer {
    arrival_rate: f64,
    length: f64,
    general: GeneralServer,
}

impl DeterministicServer {
    /// λ and D, with λD < 1.
    #[must_use]
    pub fn new(arrival_rate: f64, length: f64) -> Option<Self> {
        let general = GeneralServer::new(arrival_rate, ServiceMoments::constant(length))?;
        Some(Self { arrival_rate, length, general })
    }

    /// Wq = ρD/(2(1−ρ)), half of M/M/1.
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.general.mean_wait()
    }

    /// Var(Wq) = Wq² + λD³/(3(1−ρ)).
    #[must_use]
    pub fn wait_variance(&self) -> f64 {
        self.general.wait_variance()
    }

    /// L = ρ + ρ²/(2(1−ρ)).
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.general.mean_in_system()
    }

    /// P₀ … P_n, the probabilities of so many in the system.
    ///
    /// By crossings of each level: P_{j+1}·P(A=0) = P₀·P(A>j) + Σ_{i=1..j} P_i·P(A>j−i+1) with A the Poisson(ρ) arrivals
    /// during a service. No term is negative, so nothing cancels.
    #[must_use]
    pub fn occupancy(&self, n: usize) -> Vec<f64> {
        let rho = self.general.utilisation();
        let more_than: Vec<f64> = (0..=n).map(|k| poisson_tail(rho, k)).collect();
        let mut probabilities = vec![1.0 - rho];
        for j in 0..n {
            let from_some: f64 = (1..=j).map(|i| probabilities[i] * more_than[j - i + 1]).sum();
            probabilities.push((probabilities[0] * more_than[j] + from_some) * exp(rho));
        }
        probabilities
    }

    /// P(Wq ≤ t); the work grows with the square of t/D. NaN beyond 4,096 D.
    ///
    /// Franx (Operations Research Letters 29, 2001), in place of Crommelin's alternating sum, which loses all digits
    /// beyond t/D ≈ 20: with t in [(k−1)D, kD) and u = λ(kD−t), e^{−u}·Σ_{j<k} Q_{k−j−1}·uʲ/j!, where Q_i is the
    /// probability that at most i wait.
    #[must_use]
    pub fn wait_cdf(&self, t: f64) -> f64 {
        if t < 0.0 || t.is_nan() {
            return 0.0;
        }
        let k = (t / self.length) as usize;
        if k >= MOST_SERVICES {
            return f64::NAN;
        }
        self.wait_cdf_with(t, k + 1, &self.at_most_waiting(k + 1))
    }

    /// Where P(Wq ≤ t) reaches p; at most 4,096 D.
    #[must_use]
    pub fn wait_quantile(&self, p: f64) -> f64 {
        let mut services = 16;
        let mut known = self.at_most_waiting(services);
        while services < MOST_SERVICES && self.wait_cdf_with((services - 1) as f64 * self.length, services, &known) < p
        {
            services *= 2;
            known = self.at_most_waiting(services);
        }
        falls_to(1.0 - p, |t| {
            let k = ((t / self.length) as usize + 1).min(services);
            1.0 - self.wait_cdf_with(t.min(k as f64 * self.length), k, &known)
        })
    }

    /// Q_0 … Q_k.
    fn at_most_waiting(&self, k: usize) -> Vec<f64> {
        let mut sum = 0.0;
        let cumulated = self.occupancy(k + 1).into_iter().map(|probability| {
            sum += probability;
            sum
        });
        cumulated.skip(1).collect()
    }

    fn wait_cdf_with(&self, t: f64, k: usize, at_most_waiting: &[f64]) -> f64 {
        let u = self.arrival_rate * (k as f64 * self.length - t);
        let (mut term, mut sum) = (exp(-u), 0.0);
        for j in 0..k {
            sum += at_most_waiting[k - j - 1] * term;
            term *= u / (j + 1) as f64;
        }
        sum.min(1.0)
    }
}

/// The farthest the wait of M/D/1 is followed, in services: the work, its square, is still done at once.
const MOST_SERVICES: usize = 4_096;

/// P(Poisson(mean) > k) for a mean below 1.
fn poisson_tail(mean: f64, k: usize) -> f64 {
    let mut term = exp(-mean);
    for i in 1..=k + 1 {
        term *= mean / i as f64;
    }
    let (mut sum, mut i) = (0.0, k + 2);
    while term > sum * f64::EPSILON / 4.0 {
        sum += term;
        term *= mean / i as f64;
        i += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_of_the_deterministic_wait_has_its_mean() {
        // E[Wq] = ∫ P(Wq > t) dt, by the midpoint rule; the atom 1 − ρ is at 0.
        let queue = DeterministicServer::new(0.8, 1.0).unwrap();
        assert!((queue.wait_cdf(0.0) - 0.2).abs() < 1e-14);
        let step = 0.01;
        let mean: f64 = (0..10_000).map(|i| (1.0 - queue.wait_cdf((f64::from(i) + 0.5) * step)) * step).sum();
        assert!((mean - queue.mean_wait()).abs() < 1e-4, "{mean}");
        assert_eq!((queue.wait_cdf(-1.0), queue.wait_quantile(0.1)), (0.0, 0.0));
    }

    #[test]
    fn unstable_and_senseless_queues_are_refused_and_far_waits_unknown() {
        assert_eq!(DeterministicServer::new(1.0, 0.0), None);
        assert_eq!(DeterministicServer::new(1.0, 1.0), None);
        assert!(DeterministicServer::new(0.5, 1.0).unwrap().wait_cdf(1e300).is_nan());
    }
}
