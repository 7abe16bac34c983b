//! What has arrived, what was done and what is left, step by step, in whole items.

use crate::arrivals::Expectation;
use crate::kernel::{Draw, Purpose, Root, Span, Time};
use crate::metrics::{AgeGauge, Gauge, Grid};
use crate::model::Workload;
use crate::model::outcome::{
    FluidFlow, FunctionOutcome, ItemTotals, OUTCOME_VERSION, Outcome, RemedyTotals, RunTotals,
};
use crate::words::Usage;

use super::counts::poisson;

/// The books of one run.
#[derive(Debug)]
pub(super) struct Books {
    streams: Vec<Expectation>,
    /// Expected items up to the last step, by stream.
    expected: Vec<f64>,
    draws: Purpose,
    ordinal: u64,
    grid: Grid,
    from: Time,
    until: Time,
    pub items: ItemTotals,
    backlog: Gauge,
    concurrency: Gauge,
    pub runs: RunTotals,
    pub environments_max: u64,
    pub usage: Usage,
    now: Time,
}

/// Items that arrive within a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrivals {
    pub count: u64,
    /// Expected ones a second.
    pub rate: f64,
    /// Whether latencies are taken of them.
    pub measured: bool,
}

impl Books {
    pub(super) fn new(workload: &Workload<'_>, root: &Root) -> Self {
        let (from, until) = (Time::ZERO + workload.warm_up, Time::ZERO + workload.duration);
        let grid = Grid::covering(workload.duration);
        let of = |stream| Expectation::of(stream, workload.start, workload.load);
        let streams: Vec<Expectation> = workload.streams.iter().filter_map(of).collect();
        assert_eq!(
            streams.len(),
            workload.streams.len(),
            "a stream without a rate by the clock is refused before a run"
        );
        Self {
            expected: vec![0.0; streams.len()],
            streams,
            draws: root.purpose("fluid", "arrivals"),
            ordinal: 0,
            grid,
            from,
            until,
            items: ItemTotals::new(workload.bounds.len()),
            backlog: Gauge::new(grid, from, until),
            concurrency: Gauge::new(grid, from, until),
            runs: RunTotals::default(),
            environments_max: 0,
            usage: Usage::default(),
            now: Time::ZERO,
        }
    }

    /// The items of the next step: of a stream at random a Poisson count, else as many as there are.
    pub(super) fn arrive(&mut self, (from, to): (Time, Time)) -> Arrivals {
        let measured = from >= self.from;
        if from >= self.until {
            return Arrivals { count: 0, rate: 0.0, measured };
        }
        let (mut count, mut at_random, mut all) = (0u64, 0.0, 0.0);
        for (stream, before) in self.streams.iter().zip(&mut self.expected) {
            let upto = stream.upto(to.min(self.until));
            let fresh = upto - *before;
            *before = upto;
            all += fresh;
            if stream.is_certain() { count += fresh as u64 } else { at_random += fresh }
        }
        count += poisson(at_random, &mut self.draws.draw(self.ordinal, 0));
        self.ordinal += 1;
        self.items.arrived += count;
        self.items.owed += count;
        self.items.measured += if measured { count } else { 0 };
        Arrivals { count, rate: all / to.since(from).as_secs_f64(), measured }
    }

    /// Items that have arrived and have not come to their end.
    pub(super) fn left(&self) -> u64 {
        let ItemTotals { owed, processed, .. } = self.items;
        let done = processed + self.items.ended();
        assert!(done <= owed, "{done} of {owed} items are done");
        owed - done
    }

    /// A step is over, in which so many items were done, and for an instant so many more were there than at its end. Levels
    /// change in the middle of a step, so that a slope has its mean.
    pub(super) fn close_step(&mut self, step: (Time, Time), processed: u64, more: u64) {
        self.items.processed += processed;
        self.items.completed += processed;
        let (middle, left) = (middle(step), self.left());
        if more > 0 {
            set(&mut self.backlog, middle, left + more);
        }
        set(&mut self.backlog, middle, left);
        self.now = step.1;
    }

    /// So many runs are under way in a step, and at most `most`.
    pub(super) fn run_in_step(&mut self, step: (Time, Time), running: u64, most: u64) {
        let middle = middle(step);
        set(&mut self.concurrency, middle, running.max(most));
        set(&mut self.concurrency, middle, running);
    }

    /// So many runs are under way from an instant on, which is none before the last.
    pub(super) fn run_from(&mut self, now: Time, running: u64) {
        set(&mut self.concurrency, now, running);
    }

    /// Whether nothing is left to come or to do.
    pub(super) fn is_drained(&self) -> bool {
        self.now >= self.until && self.left() == 0
    }

    /// The end of the last step.
    pub(super) const fn now(&self) -> Time {
        self.now
    }

    /// Where the arrivals end.
    pub(super) const fn until(&self) -> Time {
        self.until
    }

    /// Where the measurement begins.
    pub(super) const fn from(&self) -> Time {
        self.from
    }

    /// What the run leaves.
    pub(super) fn close(mut self, flow: FluidFlow, function: &str, bounds: &[Span]) -> Outcome {
        self.items.backlog_end = self.left();
        let within = |bound: &Span| self.items.latency.count_at_most(*bound);
        self.items.within = bounds.iter().map(within).collect();
        let concurrency = self.concurrency.finish(self.now);
        Outcome {
            version: OUTCOME_VERSION,
            end: self.now,
            items: self.items,
            branches: Vec::new(),
            functions: vec![FunctionOutcome {
                label: function.to_owned(),
                runs: self.runs,
                concurrency: concurrency.clone(),
                environments_max: self.environments_max,
                state: None,
            }],
            apis: Vec::new(),
            streams: Vec::new(),
            machines: Vec::new(),
            resources: Vec::new(),
            faults: Vec::new(),
            without_faults: None,
            remedies: RemedyTotals::default(),
            backlog: self.backlog.finish(self.now),
            oldest_age: AgeGauge::new(self.grid).finish(self.now),
            concurrency,
            usage: self.usage,
            fluid: Some(flow),
        }
    }
}

/// The middle of a step.
pub(super) fn middle((from, to): (Time, Time)) -> Time {
    from + Span::from_nanos(to.since(from).as_nanos() / 2)
}

/// Steps a gauge up or down to a level.
fn set(gauge: &mut Gauge, now: Time, level: u64) {
    let held = gauge.level();
    if level > held {
        gauge.up(now, level - held);
    } else if level < held {
        gauge.down(now, held - level);
    }
}

/// The draws of one purpose, one after the other, by the step that they are of.
#[derive(Debug)]
pub(super) struct ByStep {
    purpose: Purpose,
    step: u64,
}

impl ByStep {
    pub(super) fn new(root: &Root, purpose: &str) -> Self {
        Self { purpose: root.purpose("fluid", purpose), step: 0 }
    }

    /// The draws of the next step.
    pub(super) fn next(&mut self) -> Draw {
        self.step += 1;
        self.purpose.draw(self.step, 0)
    }
}
