//! What if the idle timer counted from the function's last request, and not from each environment's own?
//!
//! The same pool of environments, driven directly: an environment's own time to live is longer than the recording, and
//! the whole pool is given up when the function has had nothing to do for the time of the timer.

use simctl::kernel::{Distribution, Purpose, Root, Span, Time};
use simctl::services::lambda::settings::{EnvironmentSettings, IdlePolicy};
use simctl::services::lambda::{Environment, Environments};

use super::pacs::Counts;
use super::{Failure, Request};

/// The default idle time, for the whole function.
const TIMER: Span = Span::from_secs(600);
/// Longer than any recording.
const NEVER: Span = Span::from_secs(1_000_000);

/// The pool of one replication.
struct Pool {
    root: Root,
    pools: u64,
    environments: Environments,
    running: Vec<(Time, Environment)>,
    last_end: Time,
    counts: Counts,
}

/// Counts of one replication of requests in order of time.
pub(super) fn counts(requests: &[Request], replication: u64) -> Result<Counts, Failure> {
    let root = Root::new(2020, replication);
    let mut pool = Pool {
        root,
        pools: 0,
        environments: Environments::new(settings()?, life(&root, 0)),
        running: Vec::new(),
        last_end: Time::ZERO,
        counts: Counts::default(),
    };
    let first_s = requests.first().map_or(0.0, |request| request.at_s);
    for request in requests {
        let at = Time::ZERO + Span::from_secs_f64(request.at_s - first_s);
        pool.request(at, at + Span::from_secs_f64(request.service_s))?;
    }
    // The recordings begin with a warm environment.
    Ok(Counts { felt: pool.counts.felt - 1.0, ..pool.counts })
}

impl Pool {
    fn request(&mut self, at: Time, end: Time) -> Result<(), Failure> {
        self.give_back(at);
        if self.running.is_empty() && at.since(self.last_end) >= TIMER {
            self.pools += 1;
            self.environments = Environments::new(settings()?, life(&self.root, self.pools));
        }
        let before = self.environments.created();
        let environment = match self.environments.reuse(at) {
            Some(environment) => environment,
            None => {
                self.counts.felt += 1.0;
                self.environments.create(at)
            }
        };
        self.counts.environments += (self.environments.created() - before) as f64;
        self.running.push((end, environment));
        self.counts.at_once = self.counts.at_once.max(self.environments.most() as f64);
        self.last_end = self.last_end.max(end);
        Ok(())
    }

    /// Ends the runs that are over.
    fn give_back(&mut self, now: Time) {
        self.running.sort_by_key(|run| run.0);
        let over = self.running.iter().take_while(|run| run.0 <= now).count();
        for (end, environment) in self.running.drain(..over) {
            self.environments.give_back(end, environment);
        }
    }
}

fn life(root: &Root, pool: u64) -> Purpose {
    root.purpose("measured", &format!("life of pool {pool}"))
}

/// The defaults of a scenario, but for the idle time.
fn settings() -> Result<EnvironmentSettings, Failure> {
    let none = Distribution::constant(0.0)?;
    Ok(EnvironmentSettings {
        init: none.clone(),
        unlogged: none.clone(),
        warm_dispatch: none,
        idle: IdlePolicy::FixedTtl(NEVER),
        max_life: Span::from_secs(7_200),
        max_life_spread: Span::from_secs(180),
        hidden_replacement: 0.45,
    })
}
