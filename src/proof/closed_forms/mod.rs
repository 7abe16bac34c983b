//! What queueing theory says exactly, to hold the simulator against.
//!
//! Rates are per second and times in seconds (or any other unit, as long as it is one). A model is built from its
//! parameters, and is refused (`None`) where they are out of range or the queue is not stable; its methods are then total.
//! λ is the arrival rate (Poisson), μ the rate of one server, E(S) = 1/μ, a = λE(S) the offered load, ρ = a/c.

mod clearing;
mod deterministic_server;
mod finite;
mod infinite;
mod many_servers;
mod retries;
mod single_server;
mod tandem;

pub use clearing::TimedClearing;
pub use deterministic_server::DeterministicServer;
pub use finite::FiniteQueue;
pub use infinite::InfiniteServers;
pub use many_servers::{ManyServers, erlang_b, erlang_c};
pub use retries::{all_attempts_fail, mean_attempts, mean_nested_attempts};
pub use single_server::{GeneralServer, MarkovServer, ServiceMoments};
pub use tandem::Tandem;

/// A rate or length that makes sense.
fn positive(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

/// Where a non-increasing function of time falls to `level`: by doubling, then halving down to neighbouring numbers.
fn falls_to(level: f64, tail: impl Fn(f64) -> f64) -> f64 {
    if tail(0.0) <= level {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high) > level && high < f64::MAX / 2.0 {
        (low, high) = (high, high * 2.0);
    }
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if tail(middle) > level {
            low = middle;
        } else {
            high = middle;
        }
    }
}
