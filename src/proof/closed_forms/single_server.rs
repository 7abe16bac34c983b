//! One server, an endless waiting room, Poisson arrivals, first come first served.

use libm::{exp, log};

use super::{falls_to, positive};

/// M/M/1: exponential service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarkovServer {
    arrival_rate: f64,
    service_rate: f64,
}

impl MarkovServer {
    /// λ and μ, with λ < μ.
    #[must_use]
    pub fn new(arrival_rate: f64, service_rate: f64) -> Option<Self> {
        (positive(arrival_rate) && positive(service_rate) && arrival_rate < service_rate)
            .then_some(Self { arrival_rate, service_rate })
    }

    /// ρ = λ/μ.
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        self.arrival_rate / self.service_rate
    }

    /// L = ρ/(1−ρ), in service or waiting.
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.arrival_rate / self.spare_rate()
    }

    /// P(N ≥ n) = ρⁿ.
    #[must_use]
    pub fn probability_at_least(&self, n: u32) -> f64 {
        libm::pow(self.utilisation(), f64::from(n))
    }

    /// W = 1/(μ−λ).
    #[must_use]
    pub fn mean_sojourn(&self) -> f64 {
        1.0 / self.spare_rate()
    }

    /// Wq = ρ/(μ−λ).
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.utilisation() / self.spare_rate()
    }

    /// W_p = −ln(1−p)/(μ−λ): the sojourn is exponential.
    #[must_use]
    pub fn sojourn_quantile(&self, p: f64) -> f64 {
        -libm::log1p(-p) / self.spare_rate()
    }

    /// Wq_p = max(0, ln(ρ/(1−p))/(μ−λ)), as P(Wq > t) = ρ·e^{−(μ−λ)t}.
    #[must_use]
    pub fn wait_quantile(&self, p: f64) -> f64 {
        (log(self.utilisation() / (1.0 - p)) / self.spare_rate()).max(0.0)
    }

    /// Mean busy period, 1/(μ−λ).
    #[must_use]
    pub fn mean_busy_period(&self) -> f64 {
        self.mean_sojourn()
    }

    /// Variance of the busy period, (1+ρ)/(μ²(1−ρ)³).
    #[must_use]
    pub fn busy_period_variance(&self) -> f64 {
        let (rho, mu) = (self.utilisation(), self.service_rate);
        (1.0 + rho) / (mu * mu * (1.0 - rho) * (1.0 - rho) * (1.0 - rho))
    }

    fn spare_rate(&self) -> f64 {
        self.service_rate - self.arrival_rate
    }
}

/// The first three moments of a service time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceMoments {
    /// E[S].
    pub first: f64,
    /// E[S²].
    pub second: f64,
    /// E[S³].
    pub third: f64,
}

impl ServiceMoments {
    /// Always the same.
    #[must_use]
    pub fn constant(length: f64) -> Self {
        Self::discrete(&[(1.0, length)])
    }

    /// Erlang of k phases: E[S²] = m²(k+1)/k, E[S³] = m³(k+1)(k+2)/k². One phase is the exponential distribution.
    #[must_use]
    pub fn erlang(phases: u32, mean: f64) -> Self {
        let k = f64::from(phases);
        let second = mean * mean * (k + 1.0) / k;
        Self { first: mean, second, third: second * mean * (k + 2.0) / k }
    }

    /// A mixture of exponentials, as (probability, mean): E[Sʲ] = j!·Σ p·mʲ.
    #[must_use]
    pub fn hyperexponential(phases: &[(f64, f64)]) -> Self {
        let Self { first, second, third } = Self::discrete(phases);
        Self { first, second: 2.0 * second, third: 6.0 * third }
    }

    /// One of some lengths, as (probability, length).
    #[must_use]
    pub fn discrete(lengths: &[(f64, f64)]) -> Self {
        let moment = |power: i32| lengths.iter().map(|&(p, length)| p * libm::pow(length, f64::from(power))).sum();
        Self { first: moment(1), second: moment(2), third: moment(3) }
    }

    /// Lognormal of that median: E[Sʲ] = Mʲ·e^{j²σ²/2}.
    #[must_use]
    pub fn lognormal(median: f64, sigma: f64) -> Self {
        let moment = |j: f64| libm::pow(median, j) * exp(j * j * sigma * sigma / 2.0);
        Self { first: moment(1.0), second: moment(2.0), third: moment(3.0) }
    }
}

/// M/G/1: any service time, by Pollaczek and Khinchine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneralServer {
    arrival_rate: f64,
    service: ServiceMoments,
}

impl GeneralServer {
    /// λ and the moments of the service time, with λE[S] < 1.
    #[must_use]
    pub fn new(arrival_rate: f64, service: ServiceMoments) -> Option<Self> {
        let valid = [arrival_rate, service.first, service.second, service.third].into_iter().all(positive);
        (valid && arrival_rate * service.first < 1.0).then_some(Self { arrival_rate, service })
    }

    /// ρ = λE[S].
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        self.arrival_rate * self.service.first
    }

    /// Wq = λE[S²]/(2(1−ρ)).
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.arrival_rate * self.service.second / (2.0 * (1.0 - self.utilisation()))
    }

    /// W = Wq + E[S].
    #[must_use]
    pub fn mean_sojourn(&self) -> f64 {
        self.mean_wait() + self.service.first
    }

    /// L = λW.
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.arrival_rate * self.mean_sojourn()
    }

    /// Var(Wq) = Wq² + λE[S³]/(3(1−ρ)).
    #[must_use]
    pub fn wait_variance(&self) -> f64 {
        let wait = self.mean_wait();
        wait * wait + self.arrival_rate * self.service.third / (3.0 * (1.0 - self.utilisation()))
    }
}

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
    fn unstable_and_senseless_queues_are_refused() {
        assert_eq!(MarkovServer::new(1.0, 1.0), None);
        assert_eq!(MarkovServer::new(f64::NAN, 1.0), None);
        assert_eq!(GeneralServer::new(2.0, ServiceMoments::constant(0.5)), None);
        assert_eq!(DeterministicServer::new(1.0, 0.0), None);
    }

    #[test]
    fn exponential_service_by_pollaczek_khinchine_is_the_markov_queue() {
        let general = GeneralServer::new(8.0, ServiceMoments::erlang(1, 0.1)).unwrap();
        let markov = MarkovServer::new(8.0, 10.0).unwrap();
        assert!((general.mean_wait() - markov.mean_wait()).abs() < 1e-12);
        assert!((general.mean_in_system() - markov.mean_in_system()).abs() < 1e-12);
    }

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
}
