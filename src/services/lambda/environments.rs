//! Execution environments: created, used, kept warm, retired.
//!
//! Rules kept (sources in `docs/fidelity.md`):
//! - one request at a time in an environment; a request takes an idle one if there is one (L-conc);
//! - the most recently used idle environment is chosen (measured: M-pacs, 99.4 % of 22,092 choices);
//! - idle environments end after a fixed time of their own or of the whole function's rest, or half of them every period
//!   (measured: M-pacs, M-sebs);
//! - an environment lives at most about two hours, whatever the traffic (measured: M-pacs, M-xeb), and part of those
//!   replacements is felt by nobody (measured: M-pacs);
//! - a crash or timeout resets the environment in place: Init is repeated inside the next run (L-env, L-trbl).
//!
//! Left out: environments created ahead of a first request, code updates, the `Inactive` state after weeks.

use super::settings::{EnvironmentSettings, IdlePolicy};
use crate::kernel::{Purpose, Span, Time};

/// Draws of `life` for an ordinal: 0 its longest life, 1 whether its replacement is hidden; from here on the pairings of
/// [`IdlePolicy::HalfEvery`], one a level.
const FIRST_PAIRING: u32 = 2;

/// One execution environment. It is moved between the idle pool and the run that uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Environment {
    /// The how-manieth of its function; its randomness is keyed by it.
    pub ordinal: u64,
    /// Its process was killed: Init is owed by the next run.
    pub reset: bool,
    idle_since: Time,
    idle_until: Time,
    retires_at: Time,
    /// Whether its end was noted, by one who watches.
    noted: bool,
}

/// The idle environments of one function, least recently used first.
#[derive(Debug, Clone)]
pub struct Environments {
    settings: EnvironmentSettings,
    life: Purpose,
    idle: Vec<Environment>,
    created: u64,
    returned: u64,
    busy: usize,
    most: usize,
    /// When the function last had something to do, as far as it has nothing to do now.
    rests_since: Time,
    /// Whether anybody wants to know of the ends of idle environments …
    watched: bool,
    /// … and the ordinals of those that were met after their end and are yet to be noted.
    met: Vec<u64>,
    /// Environments of a lower ordinal have code that was replaced: they end with their run.
    replaced_below: u64,
}

impl Environments {
    /// No environments yet. `life` draws how long each lives.
    #[must_use]
    pub fn new(settings: EnvironmentSettings, life: Purpose) -> Self {
        Self {
            settings,
            life,
            idle: Vec::new(),
            created: 0,
            returned: 0,
            busy: 0,
            most: 0,
            rests_since: Time::ZERO,
            watched: false,
            met: Vec::new(),
            replaced_below: 0,
        }
    }

    /// The most recently used idle environment that is still there, now busy.
    pub fn reuse(&mut self, now: Time) -> Option<Environment> {
        if let IdlePolicy::FunctionTtl(ttl) = self.settings.idle
            && self.busy == 0
            && now.since(self.rests_since) >= ttl
        {
            self.clear_idle();
        }
        while let Some(environment) = self.idle.pop() {
            if environment.idle_until > now && environment.retires_at > now {
                self.busy += 1;
                return Some(environment);
            }
            if self.watched && !environment.noted {
                self.met.push(environment.ordinal);
            }
            if environment.idle_until <= now {
                continue;
            }
            if self.life.draw(environment.ordinal, 1).chance(self.settings.hidden_replacement) {
                return Some(self.create(now));
            }
        }
        None
    }

    /// A new environment, busy.
    pub fn create(&mut self, now: Time) -> Environment {
        let ordinal = self.created;
        self.created += 1;
        self.busy += 1;
        self.most = self.most.max(self.busy + self.idle.len());
        let spread = self.settings.max_life_spread.scaled(self.life.draw(ordinal, 0).unit());
        Environment {
            ordinal,
            reset: false,
            idle_since: now,
            idle_until: Time::NEVER,
            retires_at: now + self.settings.max_life + spread,
            noted: false,
        }
    }

    /// An environment whose run ended at `now`: idle, unless it reached its longest life.
    pub fn give_back(&mut self, now: Time, mut environment: Environment) {
        self.end(now);
        if environment.ordinal < self.replaced_below {
            self.note_gone(environment.ordinal);
            return;
        }
        environment.idle_since = now;
        environment.idle_until = self.idle_life().map_or(Time::NEVER, |life| now + life);
        self.idle.push(environment);
    }

    /// An environment whose run ended at `now` is gone.
    pub fn end(&mut self, now: Time) {
        self.busy -= 1;
        self.rests_since = now;
    }

    /// Idle environments of these ordinals are gone.
    pub fn lose_idle(&mut self, is_lost: impl Fn(u64) -> bool) {
        let lost = |environment: &Environment| is_lost(environment.ordinal);
        if self.watched {
            self.met.extend(self.idle.iter().filter(|gone| lost(gone) && !gone.noted).map(|gone| gone.ordinal));
        }
        self.idle.retain(|environment| !lost(environment));
    }

    /// The code is replaced: idle environments are gone, and busy ones after their run.
    pub fn replace(&mut self) {
        self.clear_idle();
        self.replaced_below = self.created;
    }

    /// Keeps that an environment ended, if anybody wants to know.
    pub fn note_gone(&mut self, ordinal: u64) {
        if self.watched {
            self.met.push(ordinal);
        }
    }

    /// From here on the end of each idle environment is kept until it is [noted](Self::note_ended).
    pub const fn watch(&mut self) {
        self.watched = true;
    }

    /// When the next idle environment ends, of those whose end was not noted. It need not be met at its end: nothing
    /// happens then, and one that is never asked for again is gone all the same.
    #[must_use]
    pub fn next_end(&self) -> Option<Time> {
        let ends =
            self.idle.iter().filter(|environment| !environment.noted).map(|environment| self.end_of(environment));
        ends.min().filter(|&end| end < Time::NEVER)
    }

    /// When the idle environment that was given back last ends.
    #[must_use]
    pub fn last_end(&self) -> Option<Time> {
        self.idle.last().map(|last| self.end_of(last)).filter(|&end| end < Time::NEVER)
    }

    /// Notes an environment that a request met after its end; returns its ordinal.
    pub fn note_met(&mut self) -> Option<u64> {
        self.met.pop()
    }

    /// Notes an idle environment that has ended by now, each once; returns its ordinal.
    pub fn note_ended(&mut self, now: Time) -> Option<u64> {
        if let Some(ordinal) = self.note_met() {
            return Some(ordinal);
        }
        let ended = |environment: &Environment| !environment.noted && self.end_of(environment) <= now;
        let index = self.idle.iter().position(ended)?;
        let environment = &mut self.idle[index];
        environment.noted = true;
        Some(environment.ordinal)
    }

    /// When an idle environment is taken away, if nobody asks for it before: at the end of its rest, or of its life.
    fn end_of(&self, environment: &Environment) -> Time {
        let retired = environment.retires_at.max(environment.idle_since);
        let rested = match self.settings.idle {
            IdlePolicy::FunctionTtl(ttl) if self.busy == 0 => self.rests_since + ttl,
            _ => environment.idle_until,
        };
        rested.min(retired)
    }

    /// All idle environments are taken away.
    fn clear_idle(&mut self) {
        if self.watched {
            self.met.extend(self.idle.iter().filter(|environment| !environment.noted).map(|gone| gone.ordinal));
        }
        self.idle.clear();
    }

    /// Environments created so far.
    #[must_use]
    pub const fn created(&self) -> u64 {
        self.created
    }

    /// Most environments, idle and busy, that existed at once.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.most
    }

    /// How long the next environment rests before it is taken, if its own rest decides that.
    fn idle_life(&mut self) -> Option<Span> {
        match self.settings.idle {
            IdlePolicy::FixedTtl(ttl) => Some(ttl),
            IdlePolicy::FunctionTtl(_) => None,
            IdlePolicy::HalfEvery(period) => {
                let survived = self.periods_survived(self.returned);
                self.returned += 1;
                Some(period.times(survived + 1))
            }
        }
    }

    /// How many periods an idle environment survives. Of two that were given back one after the other, one ends after
    /// the first period; of two such pairs, one of the two survivors after the second; and so on: exact halves, whatever
    /// the size of the pool. Which of the two it is is drawn, so that no rhythm of the traffic falls in with the dealing.
    fn periods_survived(&self, returned: u64) -> u64 {
        (0..64)
            .find(|&level| {
                let (pair, member) = (returned >> 1 >> level, returned >> level & 1);
                self.life.draw(pair, FIRST_PAIRING + level).bits() >> 63 == member
            })
            .map_or(64, u64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Distribution, Root};

    fn settings(idle: IdlePolicy) -> EnvironmentSettings {
        let none = Distribution::constant(0.0).expect("zero is a length of time");
        EnvironmentSettings {
            init: none.clone(),
            initialise: Vec::new(),
            unlogged: none.clone(),
            warm_dispatch: none,
            idle,
            max_life: Span::from_secs(7_200),
            max_life_spread: Span::from_secs(180),
            hidden_replacement: 0.0,
        }
    }

    fn pool(settings: EnvironmentSettings) -> Environments {
        Environments::new(settings, Root::new(1, 0).purpose("post", "life"))
    }

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    #[test]
    fn environments_with_old_code_end_with_their_run() {
        let mut pool = pool(settings(IdlePolicy::FixedTtl(Span::from_secs(600))));
        let (idle, busy) = (pool.create(at(0)), pool.create(at(0)));
        pool.give_back(at(1), idle);
        pool.replace();
        pool.give_back(at(2), busy);
        assert_eq!(pool.reuse(at(3)), None);
        let new = pool.create(at(3));
        pool.give_back(at(4), new);
        assert_eq!(pool.reuse(at(5)).map(|found| found.ordinal), Some(2));
    }

    #[test]
    fn environments_of_a_lost_zone_are_not_found_again() {
        let mut pool = pool(settings(IdlePolicy::FixedTtl(Span::from_secs(600))));
        let both = [pool.create(at(0)), pool.create(at(0))];
        both.into_iter().for_each(|environment| pool.give_back(at(1), environment));
        pool.lose_idle(|ordinal| ordinal == 1);
        assert_eq!(pool.reuse(at(2)).map(|found| found.ordinal), Some(0));
        pool.end(at(3));
        assert_eq!(pool.reuse(at(4)), None);
    }

    /// Rule [measured] M-pacs, 21,969 of 22,092 choices: The most recently used idle environment is chosen.
    #[test]
    fn the_most_recently_used_idle_environment_is_chosen() {
        let mut pool = pool(settings(IdlePolicy::FixedTtl(Span::from_secs(600))));
        let (first, second) = (pool.create(at(0)), pool.create(at(0)));
        pool.give_back(at(1), second);
        pool.give_back(at(2), first);
        assert_eq!(pool.reuse(at(3)).map(|found| found.ordinal), Some(0));
        assert_eq!(pool.reuse(at(3)).map(|found| found.ordinal), Some(1));
        assert_eq!(pool.reuse(at(3)), None);
    }

    /// Rule [measured] M-pacs 620 to 655 s; default 600 s inferred: An idle environment is given up a fixed time after its last use (`ttl`).
    #[test]
    fn an_idle_environment_ends_after_its_time_to_live() {
        let mut pool = pool(settings(IdlePolicy::FixedTtl(Span::from_secs(600))));
        let environment = pool.create(at(0));
        pool.give_back(at(10), environment);
        let kept = pool.reuse(at(609)).expect("599 s idle");
        pool.give_back(at(700), kept);
        assert_eq!(pool.reuse(at(1_300)), None, "600 s idle");
    }

    /// Two overlapping requests at the start, then one every 400 s, then a rest of 600 s: the spare environment waits for
    /// 1,200 s, twice its own time to live, and both are gone after the rest.
    /// Rule [measured] M-pacs: Idle environments are given up all together after a rest of the function (`function-ttl`).
    #[test]
    fn a_function_that_rests_loses_all_its_environments_at_once() {
        let mut pool = pool(settings(IdlePolicy::FunctionTtl(Span::from_secs(600))));
        let spare = pool.create(at(0));
        let used = pool.create(at(0));
        pool.give_back(at(1), spare);
        pool.give_back(at(1), used);
        for now in [400, 800] {
            let again = pool.reuse(at(now)).expect("it was used 400 s ago");
            assert_eq!(again.ordinal, used.ordinal);
            pool.give_back(at(now), again);
        }
        let both = [(); 2].map(|()| pool.reuse(at(1_200)).expect("the function was used 400 s ago"));
        assert_eq!(both.map(|environment| environment.ordinal), [used.ordinal, spare.ordinal]);
        both.into_iter().for_each(|environment| pool.give_back(at(1_200), environment));
        assert_eq!(pool.reuse(at(1_800)), None);
    }

    /// One environment, used twice 120 s apart and then not for 480 s, again and again: half of the long gaps outlast it.
    /// 400 gaps of one half each: 4 standard errors are 40.
    #[test]
    fn no_rhythm_of_the_traffic_falls_in_with_the_halving() {
        for first in [120, 480] {
            let mut pool = pool(settings(IdlePolicy::HalfEvery(Span::from_secs(380))));
            let (mut now, mut cold) = (0, 0);
            for request in 0..800 {
                let environment = pool.reuse(at(now)).unwrap_or_else(|| {
                    cold += 1;
                    pool.create(at(now))
                });
                pool.give_back(at(now), environment);
                now += if request % 2 == 0 { first } else { 600 - first };
            }
            assert!((160..=240).contains(&cold), "{cold} of 400 long gaps, the first of {first} s");
        }
    }

    /// SeBS: warm(t) = warm(0) × 2^-floor(t / 380 s).
    /// Rule [measured] M-sebs: Half of the idle pool is given up every 380 s (`half-every`).
    #[test]
    fn half_of_the_idle_pool_ends_every_period() {
        for (idle_secs, left) in [(379, 16), (380, 8), (759, 8), (760, 4), (1_140, 2), (1_520, 1)] {
            let mut pool = pool(settings(IdlePolicy::HalfEvery(Span::from_secs(380))));
            let all: Vec<_> = (0..16).map(|_| pool.create(at(0))).collect();
            for environment in all {
                pool.give_back(at(1), environment);
            }
            let warm = std::iter::from_fn(|| pool.reuse(at(1 + idle_secs))).count();
            assert_eq!(warm, left, "after {idle_secs} s");
        }
    }

    /// Rule [measured] M-pacs, M-xeb; spread inferred: Longest life about 2 h under steady traffic, default 7,200 s + U(0, 180 s).
    #[test]
    fn no_environment_outlives_its_longest_life() {
        let mut pool = pool(settings(IdlePolicy::FixedTtl(Span::from_secs(600))));
        let environment = pool.create(at(0));
        pool.give_back(at(7_100), environment);
        assert!(pool.reuse(at(7_199)).is_some_and(|kept| kept.ordinal == 0));
        pool.give_back(at(7_300), environment);
        assert_eq!(pool.reuse(at(7_381)), None, "past two hours and its spread");
    }

    /// Rule [measured] M-pacs, 81 of 181 on busy functions: Part of the replacements at the end of a life is felt by nobody: 0.45.
    #[test]
    fn a_hidden_replacement_is_felt_by_nobody() {
        let mut pool = pool(EnvironmentSettings {
            hidden_replacement: 1.0,
            ..settings(IdlePolicy::FixedTtl(Span::from_secs(600)))
        });
        let environment = pool.create(at(0));
        pool.give_back(at(7_300), environment);
        assert_eq!(pool.reuse(at(7_400)).map(|fresh| fresh.ordinal), Some(1));
    }

    #[test]
    fn the_most_at_once_counts_idle_and_busy() {
        let mut pool = pool(settings(IdlePolicy::FixedTtl(Span::from_secs(600))));
        let (a, b) = (pool.create(at(0)), pool.create(at(0)));
        pool.give_back(at(1), a);
        pool.give_back(at(1), b);
        assert!(pool.reuse(at(2)).is_some());
        assert_eq!((pool.most(), pool.created()), (2, 2));
    }

    /// The first is used last at 1 s and the second at 2 s: nobody asks for either again, and both end, after 600 s of rest.
    #[test]
    fn the_end_of_an_idle_environment_is_known_though_nobody_meets_it() {
        let mut pool = pool(settings(IdlePolicy::FixedTtl(Span::from_secs(600))));
        pool.watch();
        let (first, second) = (pool.create(at(0)), pool.create(at(0)));
        assert_eq!(pool.next_end(), None, "both are busy");
        pool.give_back(at(1), first);
        pool.give_back(at(2), second);
        assert_eq!((pool.next_end(), pool.note_ended(at(600))), (Some(at(601)), None));
        assert_eq!((pool.note_ended(at(601)), pool.note_ended(at(601))), (Some(0), None));
        assert_eq!((pool.next_end(), pool.note_ended(at(5_000))), (Some(at(602)), Some(1)));
        assert_eq!((pool.next_end(), pool.note_ended(at(5_000)), pool.reuse(at(5_000))), (None, None, None));
    }

    /// What a request meets after its end is noted too, once. One that reaches its longest life while it works ends when
    /// it is given back.
    #[test]
    fn an_environment_that_is_met_after_its_end_is_noted_once() {
        let mut pool = pool(settings(IdlePolicy::FixedTtl(Span::from_secs(600))));
        pool.watch();
        let first = pool.create(at(0));
        pool.give_back(at(1), first);
        assert_eq!(pool.reuse(at(700)), None);
        assert_eq!((pool.note_ended(at(700)), pool.note_ended(at(700))), (Some(0), None));
        let old = pool.create(at(700));
        pool.give_back(at(8_500), old);
        assert_eq!(pool.next_end(), Some(at(8_500)), "its life ended at 7,900 s to 8,080 s");
        assert_eq!(pool.note_ended(at(8_500)), Some(1));
    }

    #[test]
    fn all_environments_of_a_function_end_with_its_rest() {
        let mut pool = pool(settings(IdlePolicy::FunctionTtl(Span::from_secs(600))));
        pool.watch();
        let (first, second) = (pool.create(at(0)), pool.create(at(0)));
        pool.give_back(at(1), first);
        assert!(pool.next_end().is_some_and(|end| end >= at(7_200)), "while the other works, only its life ends it");
        pool.give_back(at(100), second);
        assert_eq!(pool.next_end(), Some(at(700)));
        assert_eq!(pool.reuse(at(800)), None);
        assert_eq!(
            [pool.note_ended(at(800)), pool.note_ended(at(800)), pool.note_ended(at(800))],
            [Some(1), Some(0), None]
        );
    }
}
