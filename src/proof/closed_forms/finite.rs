//! Finite queues: M/M/1/K and M/M/c/K, and M/M/c/c where K = c.

use super::positive;

/// M/M/c/K: c servers, at most K in the system, the rest refused. Any load is stable.
#[derive(Debug, Clone, PartialEq)]
pub struct FiniteQueue {
    arrival_rate: f64,
    servers: usize,
    /// P₀ … P_K.
    occupancy: Vec<f64>,
}

impl FiniteQueue {
    /// λ, the μ of one server, c ≥ 1 and K ≥ c (in service and waiting).
    ///
    /// P_n = P₀·aⁿ/n! to c, then times ρ a step to K, scaled to sum to 1. (M/M/1/K: P_n = (1−ρ)ρⁿ/(1−ρ^{K+1}).) Built
    /// outwards from the likeliest n, so that no load is too large.
    #[must_use]
    pub fn new(arrival_rate: f64, service_rate: f64, servers: u32, places: u32) -> Option<Self> {
        let valid = positive(arrival_rate) && positive(service_rate);
        if !valid || servers == 0 || places < servers {
            return None;
        }
        let load = arrival_rate / service_rate;
        let (servers, places) = (servers as usize, places as usize);
        let step_up = |to: usize| load / to.min(servers) as f64;
        let likeliest = if load >= servers as f64 { places } else { load as usize };
        let mut occupancy = vec![0.0; places + 1];
        occupancy[likeliest] = 1.0;
        for n in likeliest + 1..=places {
            occupancy[n] = occupancy[n - 1] * step_up(n);
        }
        for n in (0..likeliest).rev() {
            occupancy[n] = occupancy[n + 1] / step_up(n + 1);
        }
        let total: f64 = occupancy.iter().sum();
        occupancy.iter_mut().for_each(|weight| *weight /= total);
        Some(Self { arrival_rate, servers, occupancy })
    }

    /// P_n; 0 beyond K.
    #[must_use]
    pub fn probability_of(&self, n: usize) -> f64 {
        self.occupancy.get(n).copied().unwrap_or(0.0)
    }

    /// P_K, the share of arrivals refused.
    #[must_use]
    pub fn probability_of_refusal(&self) -> f64 {
        self.probability_of(self.occupancy.len() - 1)
    }

    /// L, in service or waiting.
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.mean_beyond(0)
    }

    /// Lq, waiting.
    #[must_use]
    pub fn mean_waiting(&self) -> f64 {
        self.mean_beyond(self.servers)
    }

    /// W of those let in, L/(λ(1−P_K)).
    #[must_use]
    pub fn mean_sojourn(&self) -> f64 {
        self.mean_in_system() / self.accepted_rate()
    }

    /// Wq of those let in, Lq/(λ(1−P_K)).
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.mean_waiting() / self.accepted_rate()
    }

    /// λ(1−P_K), summed so that it does not cancel where nearly all are refused.
    fn accepted_rate(&self) -> f64 {
        self.arrival_rate * self.occupancy[..self.occupancy.len() - 1].iter().sum::<f64>()
    }

    fn mean_beyond(&self, least: usize) -> f64 {
        self.occupancy.iter().skip(least).enumerate().map(|(many, probability)| many as f64 * probability).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::erlang_b;
    use super::*;

    #[test]
    fn without_waiting_places_it_is_the_loss_system() {
        for (servers, load) in [(10, 5.0), (1_000, 950.0), (1_000, 5_000.0)] {
            let queue = FiniteQueue::new(load, 1.0, servers, servers).unwrap();
            assert!((queue.probability_of_refusal() / erlang_b(servers, load) - 1.0).abs() < 1e-11);
            assert_eq!(queue.mean_waiting(), 0.0);
        }
    }

    #[test]
    fn one_server_with_one_place_alternates() {
        // λ = 1, μ = 3: P₀ = 3/4, P₁ = 1/4.
        let queue = FiniteQueue::new(1.0, 3.0, 1, 1).unwrap();
        assert!((queue.probability_of(0) - 0.75).abs() < 1e-15);
        assert!((queue.mean_sojourn() - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!((queue.probability_of(2), FiniteQueue::new(1.0, 1.0, 2, 1)), (0.0, None));
    }
}
