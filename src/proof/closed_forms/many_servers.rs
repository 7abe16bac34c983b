//! Some equal servers, an endless waiting room or none, Poisson arrivals.

use libm::{exp, expm1, log};

use super::{falls_to, positive};

/// M/G/c/c loss system: P(block) = B(c, a), whatever the distribution of service.
///
/// By the recursion B₀ = 1, B_k = a·B_{k−1}/(k + a·B_{k−1}). Mean busy servers are a(1−B). NaN for a negative load.
#[must_use]
pub fn erlang_b(servers: u32, load: f64) -> f64 {
    if load < 0.0 {
        return f64::NAN;
    }
    (1..=servers).fold(1.0, |blocked, k| load * blocked / (f64::from(k) + load * blocked))
}

/// M/M/c: P(wait) = C(c, a) = B/(1 − ρ(1−B)); 1 where the load is not below the servers.
#[must_use]
pub fn erlang_c(servers: u32, load: f64) -> f64 {
    if load >= f64::from(servers) {
        return 1.0;
    }
    let blocked = erlang_b(servers, load);
    blocked / (1.0 - load / f64::from(servers) * (1.0 - blocked))
}

/// M/M/c: first come first served, exponential service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ManyServers {
    arrival_rate: f64,
    service_rate: f64,
    servers: u32,
    waits: f64,
}

impl ManyServers {
    /// λ, the μ of one server and c, with λ < cμ.
    #[must_use]
    pub fn new(arrival_rate: f64, service_rate: f64, servers: u32) -> Option<Self> {
        let valid = positive(arrival_rate) && positive(service_rate);
        (valid && arrival_rate < f64::from(servers) * service_rate).then(|| {
            let waits = erlang_c(servers, arrival_rate / service_rate);
            Self { arrival_rate, service_rate, servers, waits }
        })
    }

    /// C(c, a), the share of arrivals that wait at all.
    #[must_use]
    pub fn probability_of_wait(&self) -> f64 {
        self.waits
    }

    /// Wq = C/(cμ−λ).
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.waits / self.spare_rate()
    }

    /// Lq = λWq.
    #[must_use]
    pub fn mean_waiting(&self) -> f64 {
        self.arrival_rate * self.mean_wait()
    }

    /// W = Wq + 1/μ.
    #[must_use]
    pub fn mean_sojourn(&self) -> f64 {
        self.mean_wait() + 1.0 / self.service_rate
    }

    /// P(Wq > t) = C·e^{−(cμ−λ)t}.
    #[must_use]
    pub fn wait_exceeds(&self, t: f64) -> f64 {
        if t < 0.0 { 1.0 } else { self.waits * exp(-self.spare_rate() * t) }
    }

    /// Wq_p = max(0, ln(C/(1−p))/(cμ−λ)).
    #[must_use]
    pub fn wait_quantile(&self, p: f64) -> f64 {
        (log(self.waits / (1.0 - p)) / self.spare_rate()).max(0.0)
    }

    /// With d = c−1−a: P(W > t) = e^{−μt}·[1 + C·(1−e^{−μdt})/d], and 1 + Cμt in the brackets where d = 0.
    #[must_use]
    pub fn sojourn_exceeds(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 1.0;
        }
        let (served, d) = (self.service_rate * t, f64::from(self.servers) - 1.0 - self.load());
        if d == 0.0 {
            return exp(-served) * (1.0 + self.waits * served);
        }
        // The growing factor of a negative d is taken into e^{−μt}, so that neither overflows.
        let growth = (-d).max(0.0);
        exp(-served) + self.waits * -expm1(-d.abs() * served) / d.abs() * exp((growth - 1.0) * served)
    }

    /// Where P(W > t) falls to 1−p; it has no closed inverse.
    #[must_use]
    pub fn sojourn_quantile(&self, p: f64) -> f64 {
        falls_to(1.0 - p, |t| self.sojourn_exceeds(t))
    }

    fn load(&self) -> f64 {
        self.arrival_rate / self.service_rate
    }

    fn spare_rate(&self) -> f64 {
        f64::from(self.servers) * self.service_rate - self.arrival_rate
    }
}

#[cfg(test)]
mod tests {
    use super::super::MarkovServer;
    use super::*;

    #[test]
    fn the_recursions_agree_with_the_sums_by_hand() {
        // a = 2, c = 3: (8/6)/(1 + 2 + 2 + 8/6) = 4/19, and C = 3·(4/19)/(3 − 2·15/19) = 12/27.
        assert!((erlang_b(3, 2.0) - 4.0 / 19.0).abs() < 1e-15);
        assert!((erlang_c(3, 2.0) - 12.0 / 27.0).abs() < 1e-15);
        assert_eq!((erlang_b(0, 2.0), erlang_c(2, 2.0)), (1.0, 1.0));
        assert!(erlang_b(1, -1.0).is_nan());
    }

    #[test]
    fn one_of_many_servers_is_the_single_server() {
        // Here d = −a is negative: P(W > t) = e^{−(μ−λ)t}.
        let many = ManyServers::new(8.0, 10.0, 1).unwrap();
        let single = MarkovServer::new(8.0, 10.0).unwrap();
        assert!((many.mean_wait() - single.mean_wait()).abs() < 1e-12);
        assert!((many.sojourn_exceeds(0.7) - exp(-1.4)).abs() < 1e-14);
        assert!((many.sojourn_quantile(0.99) / single.sojourn_quantile(0.99) - 1.0).abs() < 1e-12);
        assert!((many.wait_exceeds(0.5) - 0.8 * exp(-1.0)).abs() < 1e-14);
        assert_eq!(ManyServers::new(3.0, 1.0, 3), None);
    }
}
