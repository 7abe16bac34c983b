//! One asynchronous invocation for each item: pools of items on their way, in hand, and waiting to be tried again.
//!
//! Each pool keeps its mean by Little's law: of those in it each stays for a step with the chance of an exponential stay, so
//! that a pool without limit has the Poisson level of M/G/∞. What exceeds the concurrency, or the environments that may be
//! added, is throttled and tried again as Lambda's queue does, 1 s, 2 s, 4 s … 5 min later.

use std::collections::VecDeque;

use super::books::{Arrivals, Books, ByStep, middle};
use super::counts::binomial;
use super::delays::Delays;
use super::environments::Environments;
use super::queue::{erlang_b, highest, normal, staying};
use super::step::Steps;
use crate::kernel::{Draw, Purpose, Root, Span, Time};
use crate::metrics::Histogram;
use crate::model::Workload;
use crate::model::outcome::{FluidFlow, Outcome};
use crate::services::lambda::INIT_LIMIT;
use crate::services::lambda::async_queue::{Verdict, after_error, after_throttle};
use crate::services::lambda::settings::{AccountSettings, FunctionSettings, LambdaSettings, OnFailure};
use crate::services::notification::NotificationSettings;
use crate::words::{Architecture, LineItem};

/// Plays a function that is invoked for each item.
pub(super) fn run(
    (source, function, lambda): (&NotificationSettings, &FunctionSettings, &LambdaSettings),
    account: &AccountSettings,
    workload: &Workload<'_>,
    root: &Root,
    steps: Steps,
    tick: &mut dyn FnMut(Time) -> bool,
) -> Option<Outcome> {
    let mut books = Books::new(workload, root);
    let parts = Parts::new(source, function, lambda, root);
    let mut pools = Pools::new(&parts, account, lambda, root);
    for step in steps {
        let arrivals = books.arrive(step);
        let done = pools.step(step, &arrivals, &mut books);
        let running = pools.running().min(pools.limit);
        books.close_step(step, done, pools.peak.saturating_sub(running));
        books.run_in_step(step, running, pools.peak);
        if books.is_drained() {
            break;
        }
        if !tick(step.1) {
            return None;
        }
    }
    Some(pools.close(books, &function.name, workload.bounds))
}

/// What the parts of an item's way take, and how they end.
#[derive(Debug)]
struct Parts<'a> {
    lambda: &'a LambdaSettings,
    /// From the arrival to the first try, seconds on average.
    way: f64,
    /// A run with a warm environment.
    warm: Delays,
    /// From the arrival to the end of the first run, on a warm and on a new environment.
    first_warm: Delays,
    first_cold: Delays,
    /// Runs that fail without their effect, seconds on average.
    failed_run: f64,
    /// What a new environment adds to a run.
    cold: f64,
    /// The chance that a run fails, the share of these after the effect, and that it is killed at the timeout.
    fails: f64,
    after_effect: f64,
    times_out: f64,
    /// Billed milliseconds of a run that succeeds, of one that fails early, and of an Init.
    billed: [f64; 3],
    /// Chances of a second delivery.
    twice: f64,
    jitter: Span,
}

impl<'a> Parts<'a> {
    fn new(
        source: &NotificationSettings,
        function: &FunctionSettings,
        lambda: &'a LambdaSettings,
        root: &Root,
    ) -> Self {
        let purpose = |name: &str| -> Purpose { root.purpose("fluid", name) };
        let (service, factor) = (&function.service_time, function.time_factor());
        let environments = &lambda.environments;
        let (hop, dispatch) = (&lambda.asynchronous.hop, &environments.warm_dispatch);
        let timeout = lambda.timeout.as_secs_f64();
        let served = Delays::sum(&[(service, factor)], &purpose("service")).at_most(timeout);
        let failures = &function.failures;
        let early = Delays::sum(&[(service, factor * failures.fails_at)], &purpose("service")).at_most(timeout);
        let (way, warm) = ([(&source.latency, 1.0), (hop, 1.0)], [(dispatch, 1.0), (service, factor)]);
        let new = [(&environments.unlogged, 1.0), (&environments.init, 1.0)];
        let times_out = 1.0 - service.cdf(timeout / factor.max(f64::MIN_POSITIVE));
        let fails = failures.error + failures.crash;
        let init = Delays::sum(&[(&environments.init, 1.0)], &purpose("init")).at_most(INIT_LIMIT.as_secs_f64());
        Self {
            lambda,
            way: way.iter().map(|(part, _)| part.mean()).sum(),
            warm: Delays::sum(&warm, &purpose("warm")),
            first_warm: Delays::sum(&[&way[..], &warm].concat(), &purpose("first warm")),
            first_cold: Delays::sum(&[&way[..], &new, &warm].concat(), &purpose("first cold")),
            failed_run: dispatch.mean() + early.mean(),
            cold: new.iter().map(|(part, _)| part.mean()).sum(),
            fails: times_out + (1.0 - times_out) * fails,
            after_effect: if fails > 0.0 { (1.0 - times_out) * failures.after_effect } else { 0.0 },
            times_out,
            billed: [served.mean_millis_begun(), early.mean_millis_begun(), init.mean() * 1e3],
            twice: source.duplicate_probability + lambda.asynchronous.duplicate_probability,
            jitter: Span::from_secs_f64(lambda.asynchronous.retry_jitter.mean()),
        }
    }
}

/// Events that are tried again together.
#[derive(Debug, Clone, Copy)]
struct Cohort {
    /// When they arrived, and whether latencies are taken of them.
    born: Time,
    measured: bool,
    /// When they are due.
    due: Time,
    count: u64,
    throttles: u32,
    errors: u8,
    /// Whether they have had their effect, or are copies: nothing is left that they could do.
    idle: bool,
}

/// Where the items are.
#[derive(Debug)]
struct Pools<'a> {
    parts: &'a Parts<'a>,
    limit: u64,
    /// On their way to the first try, by whether latencies are taken of them; those in one pool share their fate.
    way: u64,
    /// In a run that will have its effect, and in one that has none to have.
    useful: u64,
    useless: u64,
    /// Runs that wait for a new environment.
    starting: u64,
    peak: u64,
    environments: Environments,
    /// By how many steps ahead.
    due: VecDeque<Vec<Cohort>>,
    spare: Vec<Cohort>,
    draws: ByStep,
    /// Waits of the items whose first try was admitted, and of the others up to the try that was.
    firsts: u64,
    cold_firsts: u64,
    late: Histogram,
    runs: [f64; 3],
}

/// Tries of a step that are admitted.
#[derive(Debug, Clone, Copy)]
struct Admission {
    share: f64,
    now: Time,
}

impl<'a> Pools<'a> {
    fn new(parts: &'a Parts<'a>, account: &AccountSettings, lambda: &LambdaSettings, root: &Root) -> Self {
        Self {
            parts,
            limit: u64::from(lambda.reserved.unwrap_or(account.concurrency)),
            way: 0,
            useful: 0,
            useless: 0,
            starting: 0,
            peak: 0,
            environments: Environments::new(&lambda.environments, account.scaling_burst, account.scaling_period),
            due: VecDeque::new(),
            spare: Vec::new(),
            draws: ByStep::new(root, "per event"),
            firsts: 0,
            cold_firsts: 0,
            late: Histogram::default(),
            runs: [0.0; 3],
        }
    }

    const fn running(&self) -> u64 {
        self.useful + self.useless
    }

    /// Goes on by a step; returns how many items were done in it.
    fn step(&mut self, (from, to): (Time, Time), fresh: &Arrivals, books: &mut Books) -> u64 {
        let length = to.since(from).as_secs_f64();
        let mut draw = self.draws.next();
        self.environments.begin(from, length);
        // A cohort that is put off by less than a step is due in the next.
        let due = self.due.pop_front().unwrap_or_default();
        let (stays, is_left) = staying(length, self.parts.way);
        let on_way = binomial(self.way, stays, &mut draw) + binomial(fresh.count, is_left, &mut draw);
        let tried = self.way + fresh.count - on_way;
        self.way = on_way;
        let copies = binomial(tried, self.parts.twice, &mut draw);
        let again: u64 = due.iter().map(|cohort| cohort.count).sum();
        let (stays, is_left) = staying(length, self.parts.warm.mean());
        let (useful, useless) = (binomial(self.useful, stays, &mut draw), binomial(self.useless, stays, &mut draw));
        let offered = tried + copies + again;
        // What counts vary by chance is in the blocking already: its load is of the rate.
        let load = (fresh.rate + again as f64 / length) * self.parts.warm.mean();
        let share = self.share(useful + useless, offered, is_left, load);
        let admission = Admission { share, now: middle((from, to)) };
        let first = Cohort {
            born: admission.now,
            measured: fresh.measured,
            due: admission.now,
            count: tried,
            throttles: 0,
            errors: 0,
            idle: false,
        };
        let copies = Cohort { count: copies, idle: true, ..first };
        let mut admitted = Admitted::default();
        for cohort in [first, copies].into_iter().chain(due.iter().copied()) {
            self.try_cohort(cohort, admission, (from, to), books, &mut admitted, &mut draw);
        }
        self.reuse(due);
        let fresh_runs = [admitted.useful, admitted.useless];
        let under_way = fresh_runs.map(|count| binomial(count, is_left, &mut draw));
        let done = self.useful + admitted.useful - (useful + under_way[0]);
        (self.useful, self.useless) = (useful + under_way[0], useless + under_way[1]);
        self.start(to, (length, fresh.rate), fresh_runs[0] + fresh_runs[1], admitted.firsts, &mut draw);
        self.count(books, offered, again, fresh_runs);
        done
    }

    /// The share of the tries that is admitted: all, as far as there is room, less those that meet a peak of the others.
    fn share(&self, held: u64, offered: u64, is_left: f64, load: f64) -> f64 {
        if offered == 0 {
            return 1.0;
        }
        let room = self.limit.min(self.environments.available()) as f64;
        let flow = offered as f64;
        let most = if is_left > 0.0 { ((room - held as f64) / is_left).max(0.0) } else { f64::INFINITY };
        let refused = if load > 0.0 { blocked(self.limit, load) } else { 0.0 };
        (most / flow).min(1.0 - refused).clamp(0.0, 1.0)
    }

    /// Tries of a cohort: those admitted run, and end as runs end; the others are throttled.
    fn try_cohort(
        &mut self,
        cohort: Cohort,
        admission: Admission,
        step: (Time, Time),
        books: &mut Books,
        admitted: &mut Admitted,
        draw: &mut Draw,
    ) {
        if cohort.count == 0 {
            return;
        }
        let runs = binomial(cohort.count, admission.share, draw);
        let throttled = cohort.count - runs;
        let failed = binomial(runs, self.parts.fails, draw);
        let after = if cohort.idle { 0 } else { binomial(failed, self.parts.after_effect, draw) };
        let useful = if cohort.idle { 0 } else { runs - failed + after };
        admitted.useful += useful;
        admitted.useless += runs - useful;
        let is_first = cohort.throttles == 0 && cohort.errors == 0;
        if cohort.measured && useful > 0 {
            if is_first {
                self.firsts += useful;
                admitted.firsts += useful;
            } else {
                self.late.record_many(cohort.due.since(cohort.born), useful);
            }
        }
        self.runs[0] += (runs - failed + after) as f64;
        self.runs[1] += (failed - after) as f64;
        books.runs.throttles += throttled;
        books.runs.timeouts += binomial(failed, self.parts.times_out / self.parts.fails.max(f64::MIN_POSITIVE), draw);
        let settings = &self.parts.lambda.asynchronous;
        if throttled > 0 {
            let next = Cohort { count: throttled, throttles: cohort.throttles + 1, ..cohort };
            let verdict = after_throttle(settings, cohort.born, cohort.due, next.throttles);
            self.follow(next, verdict, step, books);
        }
        let now = cohort.due + Span::from_secs_f64(self.parts.failed_run);
        for (count, idle) in [(failed - after, cohort.idle), (after, true)] {
            if count > 0 {
                let next = Cohort { count, idle, errors: cohort.errors + 1, throttles: 0, ..cohort };
                let verdict = after_error(settings, cohort.born, now, next.errors, self.parts.jitter);
                self.follow(next, verdict, step, books);
            }
        }
    }

    /// What becomes of events after a failed try.
    fn follow(&mut self, cohort: Cohort, verdict: Verdict, (from, to): (Time, Time), books: &mut Books) {
        let on_failure = self.parts.lambda.asynchronous.on_failure;
        match verdict {
            Verdict::RetryAt(due) => {
                let steps = due.since(from).as_nanos() / to.since(from).as_nanos().max(1);
                let ahead = (steps.max(1) - 1) as usize;
                while self.due.len() <= ahead {
                    self.due.push_back(Vec::new());
                }
                let place = &mut self.due[ahead];
                if place.capacity() == 0 {
                    std::mem::swap(place, &mut self.spare);
                }
                place.push(Cohort { due, ..cohort });
            }
            Verdict::Exhausted | Verdict::ExpiresAt(_) if cohort.idle => {}
            Verdict::Exhausted | Verdict::ExpiresAt(_) if on_failure != OnFailure::Drop => {
                books.items.dead_lettered += cohort.count;
            }
            Verdict::Exhausted => books.items.lost += cohort.count,
            Verdict::ExpiresAt(_) => books.items.expired += cohort.count,
        }
    }

    /// Keeps the room of a list for the next.
    fn reuse(&mut self, mut list: Vec<Cohort>) {
        list.clear();
        if list.capacity() > self.spare.capacity() {
            self.spare = list;
        }
    }

    /// Environments of the runs that begin in a step.
    fn start(&mut self, now: Time, (length, rate): (f64, f64), runs: u64, firsts: u64, draw: &mut Draw) {
        let (stays, is_left) = staying(length, self.parts.cold);
        let starting = binomial(self.starting, stays, draw);
        let room = self.limit.min(self.environments.available());
        let level = self.running() + starting;
        // More than arrive, where retries come at once: by more than counts vary by chance.
        let begun = runs as f64;
        let flow = rate.max((begun - 4.0 * begun.sqrt()) / length);
        let mean = flow * self.parts.warm.mean() + starting as f64;
        self.peak = highest(mean, flow * length, draw).max(level).min(room);
        let cold = self.environments.use_up_to(now, self.peak, self.running(), length, draw).min(runs);
        self.starting = starting + binomial(cold, is_left, draw);
        self.runs[2] += cold as f64;
        let share = if runs > 0 { cold as f64 / runs as f64 } else { 0.0 };
        self.cold_firsts += binomial(firsts, share, draw);
    }

    fn count(&self, books: &mut Books, offered: u64, again: u64, runs: [u64; 2]) {
        books.runs.attempts += offered;
        books.runs.retries += again;
        books.runs.invocations += runs[0] + runs[1];
    }

    fn close(self, mut books: Books, function: &str, bounds: &[Span]) -> Outcome {
        let Self { parts, firsts, cold_firsts, late, runs, environments, .. } = self;
        // Those on their way where the measurement began are of the pool, not known one by one.
        let firsts = firsts.min(books.items.measured - late.count());
        let cold_firsts = cold_firsts.min(firsts);
        for (count, delays) in [(firsts - cold_firsts, &parts.first_warm), (cold_firsts, &parts.first_cold)] {
            let mut at_once = Histogram::default();
            at_once.record_many(Span::ZERO, count);
            delays.after(&at_once, &mut books.items.latency);
        }
        parts.warm.after(&late, &mut books.items.latency);
        let [ended, failed, cold] = runs;
        let busy = ended * parts.warm.mean() + failed * parts.failed_run + cold * parts.cold;
        books.runs.busy = (busy * 1e9) as u128;
        books.runs.cold_starts = cold as u64;
        let millis = runs.iter().zip(parts.billed).map(|(count, millis)| count * millis).sum::<f64>();
        let billed = (millis * parts.lambda.memory_mb as f64) as u128;
        books.runs.billed_mb_ms = billed;
        bill(&mut books, parts.lambda, billed);
        books.environments_max = environments.most;
        books.close(FluidFlow::PerEvent, function, bounds)
    }
}

/// What the tries of a step that were admitted come to.
#[derive(Debug, Clone, Copy, Default)]
struct Admitted {
    useful: u64,
    useless: u64,
    /// Of the useful ones, those of measured items at their first try.
    firsts: u64,
}

/// Requests and run time of all runs.
pub(super) fn bill(books: &mut Books, lambda: &LambdaSettings, billed_mb_ms: u128) {
    let row = match lambda.architecture {
        Architecture::X86 => LineItem::LambdaX86MbMs,
        Architecture::Arm => LineItem::LambdaArmMbMs,
    };
    books.usage.add(LineItem::LambdaRequests, u128::from(books.runs.invocations));
    books.usage.add(row, billed_mb_ms);
}

/// Up to so many places the share that finds all of them taken is Erlang's B itself.
const FEW: u64 = 200;

/// The share of a load that finds all places taken; of many places as the normal distribution has it.
fn blocked(places: u64, load: f64) -> f64 {
    if places <= FEW {
        return erlang_b(places as u32, load);
    }
    let (density, below) = normal((places as f64 - load) / load.sqrt());
    density / (load.sqrt() * below.max(f64::MIN_POSITIVE))
}
