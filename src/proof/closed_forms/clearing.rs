//! Timed clearing: a schedule fires every T and the run drains all that is waiting.

use super::positive;

/// Poisson arrivals at λ; every T a run starts, spends o on itself and then s on each waiting item, in order of arrival.
/// Exact where no run reaches the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimedClearing {
    arrival_rate: f64,
    period: f64,
    overhead: f64,
    per_item: f64,
}

impl TimedClearing {
    /// λ, T, o and s, with λs < 1 and a mean run o + sλT within the period.
    #[must_use]
    pub fn new(arrival_rate: f64, period: f64, overhead: f64, per_item: f64) -> Option<Self> {
        let valid = positive(arrival_rate) && positive(period) && overhead >= 0.0 && per_item >= 0.0;
        (valid && overhead + per_item * arrival_rate * period < period).then_some(Self {
            arrival_rate,
            period,
            overhead,
            per_item,
        })
    }

    /// T/2: the wait until the run starts is uniform over the period.
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.period / 2.0
    }

    /// T²/12.
    #[must_use]
    pub fn wait_variance(&self) -> f64 {
        self.period * self.period / 12.0
    }

    /// λT, the mean of the Poisson number of items a run finds.
    #[must_use]
    pub fn mean_batch(&self) -> f64 {
        self.arrival_rate * self.period
    }

    /// 1 + λT: an item is likelier to be in a large batch.
    #[must_use]
    pub fn mean_batch_of_an_item(&self) -> f64 {
        1.0 + self.mean_batch()
    }

    /// e^{−λT}, the share of runs that find nothing.
    #[must_use]
    pub fn probability_of_empty_run(&self) -> f64 {
        libm::exp(-self.mean_batch())
    }

    /// Mean of R = (T−u) + o + s(1 + Poisson(λu)), u ~ U(0, T), for items that are done one by one:
    /// T/2 + o + s(1 + λT/2).
    #[must_use]
    pub fn mean_response_in_turn(&self) -> f64 {
        self.mean_wait() + self.overhead + self.per_item * (1.0 + self.mean_batch() / 2.0)
    }

    /// Its variance, s²λT/2 + (λs−1)²T²/12.
    #[must_use]
    pub fn response_variance_in_turn(&self) -> f64 {
        let idle = 1.0 - self.arrival_rate * self.per_item;
        self.per_item * self.per_item * self.mean_batch() / 2.0 + idle * idle * self.wait_variance()
    }

    /// Mean response where results appear when the whole run ends: T/2 + o + s(1 + λT).
    #[must_use]
    pub fn mean_response_together(&self) -> f64 {
        self.mean_wait() + self.overhead + self.per_item * self.mean_batch_of_an_item()
    }
}
