//! A value that each process loads when it needs it and keeps for a while, while the true one changes.

use serde::{Deserialize, Serialize};

use super::changes::Pattern;
use crate::kernel::{Distribution, Span, Time};

/// A value that a function caches.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheSettings {
    /// How long a loaded value is used; none: as long as the process lives, zero: once.
    pub ttl: Option<Span>,
    /// What loading it takes, as a part of the run.
    pub load_time: Distribution,
    /// From one change of the true value to the next, on average; none: it never changes.
    pub changes_every: Option<Span>,
    /// How the changes come.
    pub pattern: Pattern,
}

/// A value that a process has in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cached {
    loaded: Time,
    /// When the true value changed next.
    outdated: Time,
}

/// What a process does for the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// It uses the one in memory.
    FromMemory,
    /// It has none that is young enough, and loads it.
    Loads,
}

/// What is counted of a cache, all processes together. Serialised with a run's outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cache {
    /// Values used.
    pub reads: u64,
    /// Of them, those that were loaded for it.
    pub loads: u64,
    /// Of them, those that were not the true one any more.
    pub stale: u64,
    /// For how long those had not been, together, in nanoseconds.
    pub staleness: u128,
    /// The longest of that, in nanoseconds.
    pub staleness_max: u64,
}

impl Cached {
    /// A value loaded at an instant, after which the true one changes at `outdated`.
    #[must_use]
    pub const fn new(loaded: Time, outdated: Time) -> Self {
        Self { loaded, outdated }
    }
}

impl Cache {
    /// A process uses the value at `now`, of what it has in memory.
    pub fn read(&mut self, held: Option<&Cached>, now: Time, ttl: Option<Span>) -> Read {
        self.reads += 1;
        let young = |held: &&Cached| ttl.is_none_or(|ttl| now.since(held.loaded) < ttl);
        let Some(held) = held.filter(young) else {
            self.loads += 1;
            return Read::Loads;
        };
        if held.outdated < now {
            let staleness = now.since(held.outdated).as_nanos();
            self.stale += 1;
            self.staleness += u128::from(staleness);
            self.staleness_max = self.staleness_max.max(staleness);
        }
        Read::FromMemory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    /// Loaded at 0 s, changed at 15 s, good for 60 s: the reads at 20 and 50 s are stale by 5 and 35 s, that at 60 s loads.
    #[test]
    fn a_value_is_used_for_its_time_to_live_though_it_has_changed() {
        let mut cache = Cache::default();
        let ttl = Some(Span::from_secs(60));
        let held = Cached::new(at(0), at(15));
        let reads = [10, 15, 20, 50, 60].map(|second| cache.read(Some(&held), at(second), ttl));
        assert_eq!(reads[..4], [Read::FromMemory; 4]);
        assert_eq!((reads[4], cache.read(None, at(61), ttl)), (Read::Loads, Read::Loads));
        let second = 1_000_000_000;
        let expected = Cache { reads: 6, loads: 2, stale: 2, staleness: 40 * second, staleness_max: 35_000_000_000 };
        assert_eq!(cache, expected);
    }

    #[test]
    fn no_time_to_live_is_no_limit_and_zero_is_no_cache() {
        let mut cache = Cache::default();
        let held = Cached::new(at(0), at(15));
        assert_eq!(cache.read(Some(&held), at(1_000_000), None), Read::FromMemory);
        assert_eq!(cache.read(Some(&held), at(0), Some(Span::ZERO)), Read::Loads);
    }
}
