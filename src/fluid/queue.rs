//! A queue before ideal servers: the wait is a reflected Brownian motion, made exact where theory is.
//!
//! With `c` servers of mean service time `m`, second moment `s` and load `ρ = λ m / c`, the virtual wait `Z` of busy servers
//! drifts by `ρ − 1` and has a variance of `s / (c m)` a second (one unit of it is the arrivals', the other the services').
//! Where `ρ < 1` it comes to an exponential of rate `θ`, and the wait of M/M/c to none with the chance `1 − C` (Erlang's C)
//! and else to just that exponential: so an item waits `max(0, Z − ln(1/C) / θ)`. That is exact for M/M/c at rest, has
//! the mean of Pollaczek and Khinchine for M/G/1, and goes over into the plain fluid where there is more work than servers.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::books::{Arrivals, Books, ByStep};
use super::counts::{binomial, whole};
use super::delays::Delays;
use super::reflected::Motion;
use super::step::Steps;
use crate::kernel::{Draw, Root, Span, Time};
use crate::metrics::Histogram;
use crate::model::Workload;
use crate::model::outcome::{FluidFlow, Outcome};
use crate::services::lambda::settings::FunctionSettings;

/// A step is cut where it is longer than this share of the motion's memory …
const OF_MEMORY: f64 = 0.25;
/// … but into no more than so many.
const CUTS: f64 = 64.0;
/// A step of so many times the memory is at rest all along.
const AT_REST: f64 = 16.0;
/// Equally likely values of the wait at rest.
const AT_REST_STRATA: u64 = 256;
/// From so many servers on Erlang's C is that of Halfin and Whitt.
const MANY: u32 = 2_000;

/// Plays a queue.
pub(super) fn run(
    (function, servers): (&FunctionSettings, Option<u32>),
    workload: &Workload<'_>,
    root: &Root,
    steps: Steps,
    tick: &mut dyn FnMut(Time) -> bool,
) -> Option<Outcome> {
    let mut books = Books::new(workload, root);
    let service = Delays::sum(&[(&function.service_time, function.time_factor())], &root.purpose("fluid", "service"));
    let mut waits = Histogram::default();
    let mut station = Station::new(function, servers, root);
    for step in steps {
        let arrivals = books.arrive(step);
        let left = books.left();
        let level = station.step(step, &arrivals, &mut waits).min(left);
        books.runs.invocations += arrivals.count;
        books.close_step(step, left - level, 0);
        books.run_in_step(step, station.busy, 0);
        if books.is_drained() {
            break;
        }
        if !tick(step.1) {
            return None;
        }
    }
    Some(station.close(books, &service, &waits, function, workload.bounds))
}

/// Items that arrived together and wait.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    /// From when to when their services start, one after the other, seconds.
    starts: (f64, f64),
    wait: f64,
    count: u64,
    measured: bool,
}

impl Waiting {
    /// Those whose service has not begun.
    fn still(&self, now: f64) -> u64 {
        let (from, to) = self.starts;
        if now >= to { 0 } else { (self.count as f64 * ((to - now) / (to - from)).clamp(0.0, 1.0) + 0.5) as u64 }
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The one whose first service starts first.
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.starts.0.total_cmp(&other.starts.0)
    }
}

/// The servers and what waits for them.
#[derive(Debug)]
struct Station {
    /// None: as many as it takes.
    servers: Option<f64>,
    mean: f64,
    variance: f64,
    wait: f64,
    /// Items that wait, by when their services start, and those of which some have started.
    waiting: BinaryHeap<Reverse<Waiting>>,
    starting: Vec<Waiting>,
    waiting_items: u64,
    /// Items that wait at the end of a step at rest, whose waits are counted.
    waiting_at_rest: u64,
    busy: u64,
    busy_max: u64,
    draws: ByStep,
    /// The chance to wait at the load it was reckoned for.
    known: Option<(f64, f64)>,
}

impl Station {
    fn new(function: &FunctionSettings, servers: Option<u32>, root: &Root) -> Self {
        let (service, factor) = (&function.service_time, function.time_factor());
        let (mean, second) = (service.mean(), service.variance() + service.mean() * service.mean());
        let servers = servers.map(f64::from);
        Self {
            mean: mean * factor,
            variance: servers.map_or(0.0, |servers| if mean > 0.0 { second / mean * factor / servers } else { 0.0 }),
            servers,
            wait: 0.0,
            waiting: BinaryHeap::new(),
            starting: Vec::new(),
            waiting_items: 0,
            waiting_at_rest: 0,
            busy: 0,
            busy_max: 0,
            draws: ByStep::new(root, "queue"),
            known: None,
        }
    }

    /// Goes on by a step; returns the items in the queue and in service at its end. An item's wait is counted when it is over.
    fn step(&mut self, (from, to): (Time, Time), arrivals: &Arrivals, waits: &mut Histogram) -> u64 {
        let length = to.since(from).as_secs_f64();
        let mut draw = self.draws.next();
        let Some(servers) = self.servers else {
            self.thin(length, arrivals.count, &mut draw);
            record(waits, arrivals.measured, 0.0, arrivals.count);
            return self.busy;
        };
        self.waiting_at_rest = 0;
        let load = arrivals.rate * self.mean / servers;
        let motion = Motion { drift: load - 1.0, variance: self.variance };
        let chance = self.chance_to_wait(load, servers);
        self.wait_on((from.as_nanos() as f64 / 1e9, length), motion, chance, arrivals, waits, &mut draw);
        let now = to.as_nanos() as f64 / 1e9;
        self.start_until(now, waits);
        if arrivals.rate > 0.0 {
            self.busy = self.busy_at((load, chance, lift(motion, chance)), servers, &mut draw);
        } else if self.waiting() > 0 {
            self.busy = servers as u64;
        } else {
            self.thin(length, 0, &mut draw);
        }
        self.busy_max = self.busy_max.max(self.busy);
        self.waiting() + self.busy
    }

    /// Items that wait.
    const fn waiting(&self) -> u64 {
        self.waiting_items + self.waiting_at_rest
    }

    /// Without a queue: of those in service and those that arrive, these are there still.
    fn thin(&mut self, length: f64, arrived: u64, draw: &mut Draw) {
        let (stays, is_left) = staying(length, self.mean);
        self.busy = binomial(self.busy, stays, draw) + binomial(arrived, is_left, draw);
        self.busy_max = self.busy_max.max(self.busy);
    }

    /// The waits of the items of a step.
    fn wait_on(
        &mut self,
        (from, length): (f64, f64),
        motion: Motion,
        chance: f64,
        arrivals: &Arrivals,
        waits: &mut Histogram,
        draw: &mut Draw,
    ) {
        let lift = lift(motion, chance);
        let memory = motion.memory();
        if let Some(rate) = motion.settled_rate()
            && length > AT_REST * memory + self.wait / -motion.drift
        {
            self.rest(rate, lift, arrivals, waits, draw);
            return;
        }
        let cuts = (length / (OF_MEMORY * memory)).ceil().clamp(1.0, CUTS);
        let (mut given, each) = (0, length / cuts);
        for cut in 1..=cuts as u64 {
            self.wait = motion.after(self.wait, each, draw);
            let upto = (u128::from(arrivals.count) * u128::from(cut) / cuts as u128) as u64;
            let (count, wait) = (upto - given, (self.wait - lift).max(0.0));
            given = upto;
            if wait > 0.0 && count > 0 {
                let arrived = from + cut as f64 * each;
                let starts = (arrived - each + wait, arrived + wait);
                self.waiting.push(Reverse(Waiting { starts, wait, count, measured: arrivals.measured }));
                self.waiting_items += count;
            } else {
                record(waits, arrivals.measured, wait, count);
            }
        }
    }

    /// The step is so long that it is at rest nearly all along: its items have the distribution of the rest.
    fn rest(&mut self, rate: f64, lift: f64, arrivals: &Arrivals, waits: &mut Histogram, draw: &mut Draw) {
        self.wait = -libm::log(1.0 - draw.unit()) / rate;
        self.start_until(f64::INFINITY, waits);
        let (mut given, strata) = (0, AT_REST_STRATA.min(arrivals.count.max(1)));
        let turn = draw.unit();
        for index in 0..strata {
            let upto = (u128::from(arrivals.count) * u128::from(index + 1) / u128::from(strata)) as u64;
            let settled = -libm::log((index as f64 + 1.0 - turn) / strata as f64) / rate;
            record(waits, arrivals.measured, (settled - lift).max(0.0), upto - given);
            given = upto;
        }
        self.waiting_at_rest = whole(arrivals.rate * (self.wait - lift).max(0.0), draw);
    }

    /// Those whose turn has come by now wait no more.
    fn start_until(&mut self, now: f64, waits: &mut Histogram) {
        while self.waiting.peek().is_some_and(|Reverse(first)| first.starts.0 <= now) {
            self.starting.extend(self.waiting.pop().map(|Reverse(first)| first));
        }
        for some in &mut self.starting {
            let still = some.still(now);
            let begun = some.count - still;
            record(waits, some.measured, some.wait, begun);
            self.waiting_items -= begun;
            some.starts.0 = some.starts.0.max(now);
            some.count = still;
        }
        self.starting.retain(|some| some.count > 0);
    }

    /// Busy servers, so that they are the load on average: all of them while who comes must wait.
    fn busy_at(&self, (load, chance, lift): (f64, f64, f64), servers: f64, draw: &mut Draw) -> u64 {
        if self.wait > lift || load >= 1.0 || chance >= 1.0 {
            return servers as u64;
        }
        let not_all = whole((load - chance) / (1.0 - chance) * servers, draw);
        not_all.min(servers as u64)
    }

    /// The chance that an item waits, at rest: Erlang's C.
    fn chance_to_wait(&mut self, load: f64, servers: f64) -> f64 {
        if let Some((_, chance)) = self.known.filter(|&(known, _)| known == load) {
            return chance;
        }
        let chance = erlang_c(servers as u32, load);
        self.known = Some((load, chance));
        chance
    }

    fn close(
        self,
        mut books: Books,
        service: &Delays,
        waits: &Histogram,
        function: &FunctionSettings,
        bounds: &[Span],
    ) -> Outcome {
        service.after(waits, &mut books.items.latency);
        books.items.wait = waits.clone();
        let unwaited = waits.buckets().next().filter(|(low, ..)| *low == Span::ZERO).map_or(0, |(_, _, count)| count);
        books.items.split.waited = waits.count() - unwaited;
        books.runs.attempts = books.runs.invocations;
        books.runs.busy = (books.items.processed as f64 * self.mean * 1e9) as u128;
        books.environments_max = self.busy_max;
        books.close(FluidFlow::Queue, &function.name, bounds)
    }
}

/// How much less than the motion's level an item waits, at rest: what is left waits as often as items do.
fn lift(motion: Motion, chance: f64) -> f64 {
    motion.settled_rate().map_or(0.0, |rate| -libm::log(chance.max(f64::MIN_POSITIVE)) / rate)
}

fn record(waits: &mut Histogram, measured: bool, wait: f64, count: u64) {
    if measured {
        waits.record_many(Span::from_secs_f64(wait), count);
    }
}

/// The chance to stay for a length of time where stays are exponential with this mean, and that of one who comes at any
/// instant of it to be there at its end.
pub(super) fn staying(length: f64, mean: f64) -> (f64, f64) {
    if mean <= 0.0 {
        return (0.0, 0.0);
    }
    let part = length / mean;
    (libm::exp(-part), -libm::expm1(-part) / part)
}

/// The chance to wait in M/M/c at a load below 1; from 1 on, 1.
fn erlang_c(servers: u32, load: f64) -> f64 {
    if load >= 1.0 {
        return 1.0;
    }
    if servers >= MANY {
        let beta = (1.0 - load) * f64::from(servers).sqrt();
        let (density, below) = normal(beta);
        return density / (density + beta * below);
    }
    let blocked = erlang_b(servers, load * f64::from(servers));
    blocked / (1.0 - load * (1.0 - blocked))
}

/// The share of an offered load that finds all servers taken: Erlang's B.
pub(super) fn erlang_b(servers: u32, offered: f64) -> f64 {
    let next = |blocked: f64, servers: u32| offered * blocked / (f64::from(servers) + offered * blocked);
    (1..=servers).fold(1.0, next)
}

/// Density and cumulative share of the standard normal.
pub(super) fn normal(x: f64) -> (f64, f64) {
    let density = libm::exp(-x * x / 2.0) / std::f64::consts::TAU.sqrt();
    (density, libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0)
}

/// How many of what comes at `rate` and stays for `mean` are there at most in a `length` of time, where `mean_level` are on
/// average: levels are left upwards as often as a Poisson count has them.
pub(super) fn highest(mean_level: f64, changes: f64, draw: &mut Draw) -> u64 {
    let rare = -libm::log(1.0 - draw.unit());
    if mean_level <= 0.0 || changes <= 0.0 {
        return mean_level as u64;
    }
    if mean_level < 200.0 {
        let mut level = mean_level as u64;
        let ln_mass = level as f64 * libm::log(mean_level) - mean_level - libm::lgamma(level as f64 + 1.0);
        let mut mass = libm::exp(ln_mass);
        while changes * mass > rare {
            level += 1;
            mass *= mean_level / level as f64;
        }
        return level;
    }
    let odds = changes / (rare * (std::f64::consts::TAU * mean_level).sqrt());
    let sigmas = if odds > 1.0 { (2.0 * libm::log(odds)).sqrt() } else { 0.0 };
    (mean_level + sigmas * mean_level.sqrt() + (sigmas * sigmas - 1.0) / 6.0).max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Root;

    /// Ten servers at 80 %: 0.4092; a hundred at 95 %: 0.506. Halfin and Whitt's at two thousand is near Erlang's.
    #[test]
    fn the_chance_to_wait_is_erlangs() {
        assert!((erlang_c(1, 0.8) - 0.8).abs() < 1e-12);
        assert!((erlang_c(10, 0.8) - 0.4092).abs() < 1e-4);
        assert!((erlang_c(100, 0.95) - 0.506).abs() < 1e-3);
        assert!((erlang_c(MANY - 1, 0.98) - erlang_c(MANY, 0.98)).abs() < 0.02);
        assert_eq!(erlang_c(3, 1.2), 1.0);
    }

    /// The most of M/M/inf with 25 on average, looked at for so long that nearly 1,000 came: simulated elsewhere, about 40.
    #[test]
    fn peaks_are_rare_levels() {
        let purpose = Root::new(3, 0).purpose("highest", "test");
        let mean = |level: f64, changes| {
            (0..2_000).map(|item| highest(level, changes, &mut purpose.draw(item, 0)) as f64).sum::<f64>() / 2e3
        };
        let few = mean(25.0, 1_000.0);
        assert!((36.0..43.0).contains(&few), "{few}");
        // On both sides of the change of method.
        assert!((mean(199.9, 1e5) - mean(200.1, 1e5)).abs() < 3.0);
    }

    #[test]
    fn who_stays_is_there_as_long_as_the_mean() {
        // One that comes each second, each for ten seconds: ten are there.
        let (stays, is_left) = staying(1.0, 10.0);
        assert!((is_left / (1.0 - stays) - 10.0).abs() < 1e-9);
    }
}
