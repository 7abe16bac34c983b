//! One server, an endless waiting room, Poisson arrivals, first come first served.

use libm::{exp, log};

use super::positive;

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
    /// E(S).
    pub first: f64,
    /// E(S²).
    pub second: f64,
    /// E(S³).
    pub third: f64,
}

impl ServiceMoments {
    /// Always the same.
    #[must_use]
    pub fn constant(length: f64) -> Self {
        Self::discrete(&[(1.0, length)])
    }

    /// Erlang of k phases: E(S²) = m²(k+1)/k, E(S³) = m³(k+1)(k+2)/k². One phase is the exponential distribution.
    #[must_use]
    pub fn erlang(phases: u32, mean: f64) -> Self {
        let k = f64::from(phases);
        let second = mean * mean * (k + 1.0) / k;
        Self { first: mean, second, third: second * mean * (k + 2.0) / k }
    }

    /// A mixture of exponentials, as (probability, mean): E(Sʲ) = j!·Σ p·mʲ.
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

    /// Lognormal of that median: E(Sʲ) = Mʲ·e^{j²σ²/2}.
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
    /// λ and the moments of the service time, with λE(S) < 1.
    #[must_use]
    pub fn new(arrival_rate: f64, service: ServiceMoments) -> Option<Self> {
        let valid = [arrival_rate, service.first, service.second, service.third].into_iter().all(positive);
        (valid && arrival_rate * service.first < 1.0).then_some(Self { arrival_rate, service })
    }

    /// ρ = λE(S).
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        self.arrival_rate * self.service.first
    }

    /// Wq = λE(S²)/(2(1−ρ)).
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.arrival_rate * self.service.second / (2.0 * (1.0 - self.utilisation()))
    }

    /// W = Wq + E(S).
    #[must_use]
    pub fn mean_sojourn(&self) -> f64 {
        self.mean_wait() + self.service.first
    }

    /// L = λW.
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.arrival_rate * self.mean_sojourn()
    }

    /// Var(Wq) = Wq² + λE(S³)/(3(1−ρ)).
    #[must_use]
    pub fn wait_variance(&self) -> f64 {
        let wait = self.mean_wait();
        wait * wait + self.arrival_rate * self.service.third / (3.0 * (1.0 - self.utilisation()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unstable_and_senseless_queues_are_refused() {
        assert_eq!(MarkovServer::new(1.0, 1.0), None);
        assert_eq!(MarkovServer::new(f64::NAN, 1.0), None);
        assert_eq!(GeneralServer::new(2.0, ServiceMoments::constant(0.5)), None);
    }

    #[test]
    fn exponential_service_by_pollaczek_khinchine_is_the_markov_queue() {
        let general = GeneralServer::new(8.0, ServiceMoments::erlang(1, 0.1)).unwrap();
        let markov = MarkovServer::new(8.0, 10.0).unwrap();
        assert!((general.mean_wait() - markov.mean_wait()).abs() < 1e-12);
        assert!((general.mean_in_system() - markov.mean_in_system()).abs() < 1e-12);
    }
}
