//! Runs that a schedule wakes, page by page: what a page takes and the order of its items, without the items.
//!
//! A page of `n` items on `p` workers is over when the last of them is: the work `n m`, shared out, leaves the queue empty at
//! `n m / p − E R`, and the last of `p` residual services `R` ends `E max R` later (renewal theory), with a normal spread of
//! the work about its mean. The k-th item of a page is begun at `(k − p) m / p`, the first `p` at once.

use super::backlog::Backlog;
use super::books::{Books, ByStep};
use super::counts::binomial;
use super::delays::Delays;
use super::per_event::bill;
use super::step::Steps;
use crate::handlers::{BatchSettings, Commit, Marker, Overlap};
use crate::kernel::{Distribution, Draw, Purpose, Root, Span, Time};
use crate::metrics::Histogram;
use crate::model::Workload;
use crate::model::outcome::{FluidFlow, Outcome};
use crate::services::lambda::INIT_LIMIT;
use crate::services::lambda::async_queue::{Verdict, after_error};
use crate::services::lambda::settings::{EnvironmentSettings, FunctionSettings, IdlePolicy, LambdaSettings};
use crate::words::LineItem;
use rand_distr::{Distribution as _, StandardNormal};

/// Groups of items of a page that share a wait.
const GROUPS: u64 = 16;

/// Plays a batch.
pub(super) fn run(
    (label, settings, function, lambda): (&str, &BatchSettings, &FunctionSettings, &LambdaSettings),
    workload: &Workload<'_>,
    root: &Root,
    steps: Steps,
    tick: &mut dyn FnMut(Time) -> bool,
) -> Option<Outcome> {
    let mut books = Books::new(workload, root);
    let mut batch = Batch::new((label, settings, function, lambda), root);
    for step in steps {
        let arrivals = books.arrive(step);
        batch.backlog.push(step.1, arrivals.count);
        batch.advance(step, &mut books);
        let done = batch.done_by(step.1).min(books.left());
        books.close_step(step, done, 0);
        if books.is_drained() {
            break;
        }
        if !tick(step.1) {
            return None;
        }
    }
    Some(batch.close(books, workload.bounds))
}

/// One invocation that is to come.
#[derive(Debug, Clone, Copy)]
struct Start {
    at: Time,
    accepted: Time,
    errors: u8,
}

/// One run.
#[derive(Debug, Clone, Copy)]
struct Run {
    tried: Time,
    accepted: Time,
    errors: u8,
    /// Billed before the handler's own time, in nanoseconds, and when that begins.
    init: Span,
    begins: Time,
    deadline: Time,
    /// When its environment has lived long enough.
    retires: Time,
    /// Where its first page began, where its next begins, and where what was there at its start ends.
    first: u64,
    cursor: u64,
    end: u64,
    /// What it has listed.
    listed: u64,
    stage: Stage,
    next: Time,
}

/// What a run does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its handler starts.
    Start,
    /// A page arrives.
    Page,
    /// A page of so many items is done; maybe there is another.
    Done { count: u64, more: bool },
}

/// An execution environment that is idle.
#[derive(Debug, Clone, Copy)]
struct Idle {
    until: Time,
    retires: Time,
}

/// Items that are done evenly from one instant to another.
#[derive(Debug, Clone, Copy)]
struct Ramp {
    from: Time,
    to: Time,
    count: u64,
    told: u64,
}

/// Items that an earlier run failed at.
#[derive(Debug, Clone, Copy)]
struct Failed {
    born: Time,
    count: u64,
}

/// What a page takes.
#[derive(Debug, Clone, Copy)]
struct PageLaw {
    mean: f64,
    variance: f64,
    residual: f64,
    last_of_all: f64,
}

/// The schedule, its runs, and what is new.
#[derive(Debug)]
struct Batch<'a> {
    settings: &'a BatchSettings,
    lambda: &'a LambdaSettings,
    function: &'a FunctionSettings,
    backlog: Backlog,
    /// Items below these numbers had their effect, and are listed no more.
    applied: u64,
    recorded: u64,
    failed: Vec<Failed>,
    starts: Vec<Start>,
    next_tick: usize,
    runs: Vec<Run>,
    idle: Vec<Idle>,
    ramps: Vec<Ramp>,
    waits: Histogram,
    service: Delays,
    page: PageLaw,
    billed_mb_ms: u128,
    draws: ByStep,
    delays: Purpose,
    hops: Purpose,
}

impl<'a> Batch<'a> {
    fn new(
        (label, settings, function, lambda): (&str, &'a BatchSettings, &'a FunctionSettings, &'a LambdaSettings),
        root: &Root,
    ) -> Self {
        let (service, factor) = (&function.service_time, function.time_factor());
        Self {
            service: Delays::sum(&[(service, factor)], &root.purpose("fluid", "service")),
            page: PageLaw::new(service, factor, settings.parallel),
            settings,
            lambda,
            function,
            backlog: Backlog::default(),
            applied: 0,
            recorded: 0,
            failed: Vec::new(),
            starts: Vec::new(),
            next_tick: 0,
            runs: Vec::new(),
            idle: Vec::new(),
            ramps: Vec::new(),
            waits: Histogram::default(),
            billed_mb_ms: 0,
            draws: ByStep::new(root, "batch"),
            // The draws of the run that plays every item: firings are the same in both.
            delays: root.purpose(label, "schedule delay"),
            hops: root.purpose(&function.name, "tick hop"),
        }
    }

    /// Everything that happens before the end of a step, in the order of time.
    fn advance(&mut self, (_, to): (Time, Time), books: &mut Books) {
        self.fire(to, books);
        loop {
            let start = (0..self.starts.len()).min_by_key(|&index| self.starts[index].at);
            let start = start.filter(|&index| self.starts[index].at <= to);
            let next = (0..self.runs.len()).min_by_key(|&index| self.runs[index].next);
            let next = next.filter(|&index| self.runs[index].next <= to);
            match (start, next) {
                (Some(start), next) if next.is_none_or(|next| self.starts[start].at < self.runs[next].next) => {
                    let start = self.starts.swap_remove(start);
                    self.begin(start, books);
                }
                (_, Some(next)) => self.goes_on(next, books),
                (Some(_) | None, None) => break,
            }
        }
        let asked = self.runs.iter().map(|run| run.next).fold(to, Time::min);
        self.backlog.forget(self.recorded.min(self.applied), asked);
    }

    /// Firings up to an instant, each of which may invoke twice, through a queue that may deliver twice.
    fn fire(&mut self, to: Time, books: &mut Books) {
        while let Some(&at) = self.settings.ticks.get(self.next_tick).filter(|&&at| at <= to) {
            let ordinal = self.next_tick as u64;
            self.next_tick += 1;
            // A schedule that fires where the run is over wakes nobody.
            if at > books.until() && books.is_drained() {
                continue;
            }
            let mut draw = self.delays.draw(ordinal, 0);
            let delay = self.settings.delay.span(&mut draw);
            let twice = draw.chance(self.settings.duplicate_probability).then(|| self.settings.delay.span(&mut draw));
            for (copy, delay) in [Some(delay), twice].into_iter().flatten().enumerate() {
                let settings = &self.lambda.asynchronous;
                let mut draw = self.hops.draw(ordinal, copy as u32);
                let hop = settings.hop.span(&mut draw);
                let again = draw.chance(settings.duplicate_probability).then(|| settings.hop.span(&mut draw));
                for hop in again.into_iter().chain([hop]) {
                    self.starts.push(Start { at: at + delay + hop, accepted: at + delay, errors: 0 });
                }
                if let Some(row) = self.settings.billed_as {
                    books.usage.add(row, 1);
                }
            }
        }
    }

    /// A run begins: its environment is there or made, and then its handler starts.
    fn begin(&mut self, start: Start, books: &mut Books) {
        let mut draw = self.draws.next();
        books.runs.invocations += 1;
        books.runs.attempts += 1;
        books.runs.retries += u64::from(start.errors > 0);
        let environments = &self.lambda.environments;
        let dispatch = environments.warm_dispatch.span(&mut draw);
        self.idle.retain(|idle| idle.until > start.at);
        let reused = self.idle.pop();
        let hidden = draw.chance(environments.hidden_replacement);
        let EnvironmentSettings { max_life, max_life_spread, .. } = environments;
        let life = *max_life + max_life_spread.scaled(draw.unit());
        let is_cold = reused.is_none_or(|idle| idle.retires <= start.at && !hidden);
        let (unlogged, init, retires) = match reused {
            Some(idle) if idle.retires > start.at => (Span::ZERO, Span::ZERO, idle.retires),
            Some(_) if hidden => (Span::ZERO, Span::ZERO, start.at + life),
            _ => {
                let init = environments.init.span(&mut draw).min(INIT_LIMIT);
                (environments.unlogged.span(&mut draw), init, start.at + life)
            }
        };
        books.runs.cold_starts += u64::from(is_cold);
        let begins = start.at + dispatch + unlogged + init;
        self.runs.push(Run {
            tried: start.at,
            accepted: start.accepted,
            errors: start.errors,
            init,
            begins,
            deadline: begins + self.lambda.timeout,
            retires,
            first: 0,
            cursor: 0,
            end: 0,
            listed: 0,
            stage: Stage::Start,
            next: begins,
        });
        books.run_from(start.at, self.runs.len() as u64);
        let environments = self.runs.len() + self.idle.len();
        books.environments_max = books.environments_max.max(environments as u64);
    }

    /// A run comes to its next step, or its time is over.
    fn goes_on(&mut self, index: usize, books: &mut Books) {
        let Run { next, deadline, stage, .. } = self.runs[index];
        if next >= deadline {
            return self.kill(index, books);
        }
        match stage {
            Stage::Start => self.handler_starts(index, books),
            Stage::Page => self.page_arrives(index, books),
            Stage::Done { count, more } => self.page_is_done(index, count, more, books),
        }
        if let Some(run) = self.runs.get_mut(index) {
            run.next = run.next.min(run.deadline);
        }
    }

    /// The handler looks for other runs, notes what is new, and asks for the first page.
    fn handler_starts(&mut self, index: usize, books: &mut Books) {
        let now = self.runs[index].next;
        let locked = self.runs.iter().any(|other| other.stage != Stage::Start);
        if locked && self.settings.overlap == Overlap::Skip {
            return self.end(index, now, books);
        }
        let (first, end, takes) = (self.recorded, self.backlog.arrived_by(now), self.list_latency());
        let run = &mut self.runs[index];
        (run.first, run.cursor, run.end) = (first, first, end);
        (run.stage, run.next) = (Stage::Page, now + takes);
    }

    fn list_latency(&mut self) -> Span {
        let draw = &mut self.draws.next();
        self.settings.list_latency.span(draw)
    }

    /// A page arrives and the workers begin; what another run has recorded meanwhile is not in it.
    fn page_arrives(&mut self, index: usize, books: &mut Books) {
        let mut run = self.runs[index];
        run.cursor = run.cursor.max(self.recorded);
        let most = self.settings.max_items.unwrap_or(u64::MAX);
        let full = u64::from(self.settings.page_size);
        let count = full.min(most - run.listed).min(run.end.saturating_sub(run.cursor));
        books.usage.add(LineItem::S3List, 1);
        let before = if run.listed == 0 { std::mem::take(&mut self.failed) } else { Vec::new() };
        run.listed += count;
        let mut draw = self.draws.next();
        let ends = self.work(&run, count, &before, books, &mut draw);
        let more = count == full && run.listed < most && run.cursor + count < run.end;
        (run.stage, run.next) = (Stage::Done { count, more }, ends);
        self.runs[index] = run;
    }

    /// A page is done: its progress is saved, and the next asked for.
    fn page_is_done(&mut self, index: usize, count: u64, more: bool, books: &mut Books) {
        let run = &mut self.runs[index];
        run.cursor += count;
        let (now, cursor) = (run.next, run.cursor);
        if self.settings.marker != Marker::None {
            self.recorded = self.recorded.max(cursor);
        }
        if !more {
            return self.succeed(index, now, books);
        }
        let takes = self.list_latency();
        let run = &mut self.runs[index];
        (run.stage, run.next) = (Stage::Page, now + takes);
    }

    /// A page is worked off, with what earlier runs failed at: returns when it is over, if the run is not killed before.
    fn work(&mut self, run: &Run, count: u64, before: &[Failed], books: &mut Books, draw: &mut Draw) -> Time {
        let now = run.next;
        let again: u64 = before.iter().map(|failed| failed.count).sum();
        let takes = self.page.takes(count + again, self.settings.parallel, draw);
        let work_ends = now + Span::from_secs_f64(takes);
        let (mean, workers) = (self.page.mean, f64::from(self.settings.parallel));
        let begun = |place: f64| now + Span::from_secs_f64((place + 0.5 - workers).max(0.0) * mean / workers);
        for failed in before {
            self.apply(failed.born, failed.count, begun(0.0), run.deadline, books);
        }
        if self.settings.commit == Commit::AtEnd {
            return work_ends;
        }
        let groups = GROUPS.min(count.max(1));
        for group in 0..groups {
            let [from, to] = [group, group + 1].map(|edge| run.cursor + count * edge / groups);
            let from_fresh = from.max(self.applied);
            if from_fresh >= to {
                continue;
            }
            let middle = f64::midpoint(from_fresh as f64, to as f64);
            let at = begun(again as f64 + middle - run.cursor as f64);
            if at + Span::from_secs_f64(mean) > run.deadline {
                break;
            }
            let fresh = to - from_fresh;
            let failures = &self.function.failures;
            let fails = binomial(fresh, failures.error, draw);
            let undone = fails - binomial(fails, failures.after_effect, draw);
            let born = self.backlog.arrival(middle);
            if undone > 0 {
                self.failed.push(Failed { born, count: undone });
            }
            self.apply(born, fresh - undone, at, run.deadline, books);
            self.applied = to;
            if self.settings.marker == Marker::PerItem {
                self.recorded = self.recorded.max(to);
            }
        }
        work_ends
    }

    /// Items have their effect, a service after they are begun.
    fn apply(&mut self, born: Time, count: u64, begun: Time, deadline: Time, books: &Books) {
        if count == 0 {
            return;
        }
        let at = (begun + Span::from_secs_f64(self.page.mean)).min(deadline);
        self.ramps.push(Ramp { from: at, to: at, count, told: 0 });
        if born >= books.from() {
            self.waits.record_many(begun.since(born), count);
        }
    }

    /// A run ends well: what it made durable only now counts, and what it recorded only now.
    fn succeed(&mut self, index: usize, now: Time, books: &mut Books) {
        let run = self.runs[index];
        if self.settings.commit == Commit::AtEnd {
            let (from, to) = (run.first.max(self.applied), run.cursor);
            let groups = GROUPS.min(to.saturating_sub(from).max(1));
            for group in 0..groups {
                let [first, last] = [group, group + 1].map(|edge| from + to.saturating_sub(from) * edge / groups);
                let born = self.backlog.arrival(f64::midpoint(first as f64, last as f64));
                // The wait is of all that passes before the end, the service too.
                self.apply(born, last - first, now, now, books);
            }
            self.applied = self.applied.max(to);
        }
        self.recorded = self.recorded.max(run.cursor);
        self.end(index, now, books);
    }

    /// A run is killed at its timeout, and tried again by its queue.
    fn kill(&mut self, index: usize, books: &mut Books) {
        let run = self.runs[index];
        books.runs.timeouts += 1;
        let jitter = Span::from_secs_f64(self.lambda.asynchronous.retry_jitter.mean());
        let errors = run.errors + 1;
        if let Verdict::RetryAt(at) = after_error(&self.lambda.asynchronous, run.accepted, run.deadline, errors, jitter)
        {
            self.starts.push(Start { at, accepted: run.accepted, errors });
        }
        self.end(index, run.deadline, books);
    }

    /// A run is over: it is billed, and its environment idle.
    fn end(&mut self, index: usize, now: Time, books: &mut Books) {
        let run = self.runs.swap_remove(index);
        books.run_from(now, self.runs.len() as u64);
        books.runs.busy += u128::from(now.since(run.tried).as_nanos());
        let billed = u128::from((now.since(run.begins) + run.init).as_millis_ceil().max(1));
        self.billed_mb_ms += billed * u128::from(self.lambda.memory_mb);
        if let IdlePolicy::FixedTtl(ttl) = self.lambda.environments.idle {
            self.idle.push(Idle { until: now + ttl, retires: run.retires });
        }
    }

    /// Items whose effects came by an instant and were not told of before.
    fn done_by(&mut self, now: Time) -> u64 {
        let mut done = 0;
        self.ramps.retain_mut(|ramp| {
            let share = if now >= ramp.to {
                ramp.count
            } else {
                let (passed, whole) = (now.since(ramp.from).as_nanos(), ramp.to.since(ramp.from).as_nanos());
                (u128::from(ramp.count) * u128::from(passed) / u128::from(whole.max(1))) as u64
            };
            done += share - ramp.told;
            ramp.told = share;
            share < ramp.count
        });
        done
    }

    fn close(mut self, mut books: Books, bounds: &[Span]) -> Outcome {
        // Runs that the end cuts off are paid for as far as they came.
        let until = books.now();
        while !self.runs.is_empty() {
            self.end(self.runs.len() - 1, until, &mut books);
        }
        let at_end = self.settings.commit == Commit::AtEnd;
        if at_end {
            books.items.latency.merge(&self.waits);
        } else {
            self.service.after(&self.waits, &mut books.items.latency);
        }
        books.runs.billed_mb_ms = self.billed_mb_ms;
        bill(&mut books, self.lambda, self.billed_mb_ms);
        books.close(FluidFlow::Batch, &self.function.name, bounds)
    }
}

impl PageLaw {
    fn new(service: &Distribution, factor: f64, workers: u32) -> Self {
        let (mean, variance) = (service.mean(), service.variance());
        let second = variance + mean * mean;
        let residual = if mean > 0.0 { second / mean / 2.0 } else { 0.0 };
        Self {
            mean: mean * factor,
            variance: variance * factor * factor,
            residual: residual * factor,
            last_of_all: factor * last_residual(service, workers),
        }
    }

    /// Seconds from the beginning of a page of so many items to its end.
    fn takes(&self, items: u64, workers: u32, draw: &mut Draw) -> f64 {
        let normal: f64 = StandardNormal.sample(draw);
        if items == 0 {
            return 0.0;
        }
        let (items, workers) = (items as f64, f64::from(workers));
        if items <= workers {
            // The longest of so few is the last of all, as near as their share tells.
            return self.mean + (self.last_of_all - self.residual).max(0.0) * (items / workers);
        }
        let spread = (items * self.variance).sqrt() / workers;
        let work = items * self.mean / workers + self.last_of_all - self.residual;
        (work + spread * normal).max(self.mean)
    }
}

/// The mean of the longest of so many independent residual services (in seconds).
fn last_residual(service: &Distribution, workers: u32) -> f64 {
    let mean = service.mean();
    if mean <= 0.0 {
        return 0.0;
    }
    // The residual's share up to x grows by the share of services longer than x: both integrals by trapezia, from the
    // scale of a service up, in steps that grow with x.
    let (mut x, mut below, mut last, mut sum) = (0.0, 0.0f64, 1.0, 0.0);
    let mut step = mean / 512.0;
    while last > 1e-9 && x < mean * 1e6 {
        let next = x + step;
        let longer = (1.0 - service.cdf(x) + 1.0 - service.cdf(next)) / 2.0;
        if longer < 1e-12 {
            break;
        }
        below = (below + longer * step / mean).min(1.0);
        let exceeds = 1.0 - below.powi(i32::try_from(workers).unwrap_or(i32::MAX));
        sum += (last + exceeds) / 2.0 * step;
        last = exceeds;
        x = next;
        step = (x / 256.0).max(mean / 512.0);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A residual of an exponential is one: the longest of p is p harmonic. Of a constant it is uniform: p / (p + 1).
    #[test]
    fn the_last_residual_is_that_of_order_statistics() {
        let exponential = Distribution::exponential(2.0).expect("a distribution");
        let harmonic = |count: u32| (1..=count).map(|k| 1.0 / f64::from(k)).sum::<f64>();
        for workers in [1, 4, 62] {
            let found = last_residual(&exponential, workers);
            assert!((found / (2.0 * harmonic(workers)) - 1.0).abs() < 0.01, "{workers}: {found}");
        }
        let constant = Distribution::constant(3.0).expect("a distribution");
        assert!((last_residual(&constant, 4) / 2.4 - 1.0).abs() < 0.01);
    }

    /// 1,000 items of 1 s on 10 workers: 100 s, and the end of the last.
    #[test]
    fn a_page_takes_its_work_and_the_end_of_its_last() {
        let law = PageLaw::new(&Distribution::constant(1.0).expect("a distribution"), 1.0, 10);
        let draw = &mut Root::new(1, 0).purpose("page", "test").draw(0, 0);
        let takes = law.takes(1_000, 10, draw);
        assert!((takes - 100.4).abs() < 0.2, "{takes}");
        assert_eq!(law.takes(0, 10, draw), 0.0);
    }
}
