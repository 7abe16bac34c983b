//! Made-up results of a bank's ATM day, by formula: deterministic, and of the shapes that real runs have.

use std::f64::consts::TAU;

use crate::experiment::results::{
    Comparison, Figure, ObjectiveResult, PricesUsed, QuantileFigure, Results, SeriesFigure, SeriesPoint,
    StrategyResults,
};
use crate::metrics::catalogue;
use crate::stats::Estimate;

const REPLICATIONS: usize = 20;
const DAY: f64 = 86_400.0;
const BIN: f64 = 60.0;
const ARRIVED: f64 = 2_074_312.0;

/// A mean with a symmetric interval.
pub(super) fn around(mean: f64, half: f64) -> Estimate {
    Estimate { mean, interval: Some((mean - half, mean + half)), replications: REPLICATIONS }
}

/// What tells the strategies of the day apart.
struct Shape {
    name: &'static str,
    flow: &'static str,
    /// p50, p90, p95, p99, p99.9 and maximum of the latency, seconds.
    latency: [f64; 6],
    /// Seconds between ticks; none: item by item.
    period: Option<f64>,
    /// Most runs at once.
    runs: f64,
    /// By cause, to their scopes.
    duplicates: &'static [(&'static str, f64)],
    cost: f64,
    /// The share of the cost that is not Lambda's but the listing's.
    listing: f64,
}

const SHAPES: [Shape; 3] = [
    Shape {
        name: "hourly batch",
        flow: "schedule -> post",
        latency: [842.0, 1_504.0, 1_612.0, 1_734.0, 2_410.0, 3_105.0],
        period: Some(3_600.0),
        runs: 2.0,
        duplicates: &[("error_after_effect", 10_302.0), ("timeout_after_effect", 30_905.0)],
        cost: 0.412,
        listing: 0.03,
    },
    Shape {
        name: "5-minute batch",
        flow: "schedule -> post",
        latency: [161.0, 284.0, 296.0, 309.0, 322.0, 341.0],
        period: Some(300.0),
        runs: 1.0,
        duplicates: &[],
        cost: 0.397,
        listing: 0.04,
    },
    Shape {
        name: "per event",
        flow: "events -> post",
        latency: [0.231, 0.52, 0.71, 1.4, 2.9, 64.1],
        period: None,
        runs: 74.0,
        duplicates: &[("at_least_once_delivery", 22.0), ("error_after_effect", 290.0)],
        cost: 0.865,
        listing: 0.0,
    },
];

/// The whole day: hourly batch, 5-minute batch and per event.
pub(super) fn atm() -> Results {
    let strategies: Vec<_> = SHAPES.iter().map(strategy).collect();
    let comparisons = (1..strategies.len()).flat_map(|index| compared(&strategies, index)).collect();
    let objectives = SHAPES.iter().enumerate().map(|(index, shape)| objective(index, shape.latency[3])).collect();
    Results {
        faults: Vec::new(),
        scenario: "atm".to_owned(),
        summary: "ATM transactions into the ledger: hourly batch against one invocation per transaction".to_owned(),
        program_version: "0.1.0".to_owned(),
        seed: 20_261_123,
        replications: REPLICATIONS as u64,
        precision: None,
        warm_up: None,
        batch_means: None,
        fluid: None,
        rare_quantiles: Vec::new(),
        pairs: Vec::new(),
        duration_s: DAY,
        drain_s: DAY,
        start: "2026-11-23T00:00:00Z".to_owned(),
        baseline: 0,
        strategies,
        comparisons,
        objectives,
        fingerprint: "6f1d0c2a".to_owned(),
        prices: PricesUsed {
            region: "us-east-1".to_owned(),
            written: "2026-11-23".to_owned(),
            free_tier: false,
            changed: Vec::new(),
            free: None,
        },
        understood: serde_json::json!({ "run": { "duration": "24h" } }),
        settings: Vec::new(),
        explained: "name = \"atm\"\n".to_owned(),
        only: Vec::new(),
    }
}

/// Arrivals a second at a time of day: lunch and evening peaks.
fn rate(seconds: f64) -> f64 {
    let hour = seconds / 3_600.0;
    let peak = |at: f64, width: f64| libm::exp(-(hour - at) * (hour - at) / (2.0 * width * width));
    4.0 + 56.0 * peak(12.5, 2.0) + 44.0 * peak(18.0, 1.8)
}

/// A little repeatable unevenness in -1..1.
fn ripple(seconds: f64) -> f64 {
    libm::sin(seconds / 371.0 * TAU) * libm::sin(seconds / 1_013.0 * TAU)
}

fn strategy(shape: &Shape) -> StrategyResults {
    let series = [("backlog", "effects"), ("concurrency", "runs")];
    StrategyResults {
        name: shape.name.to_owned(),
        flow: shape.flow.to_owned(),
        figures: figures(shape),
        quantiles: quantiles(shape),
        latency_cdf: cumulative(shape),
        series: series.into_iter().map(|(kind, unit)| series_of(shape, kind, unit)).collect(),
        machines: Vec::new(),
    }
}

/// Metrics of strategies whose flow begins with an API.
const OF_CLIENTS: [&str; 8] = [
    "requests",
    "answers",
    "client_timeouts",
    "client_errors",
    "client_errors_done",
    "response_p50",
    "response_p95",
    "response_p99",
];

/// Figures that only functions lead to that keep a counter, a value or connections in their environments.
const OF_STATE: [&str; 16] = [
    "connections_mean",
    "connections_opened",
    "connections_refused",
    "counter_total",
    "counter_error_share",
    "lost_increments",
    "unflushed_increments",
    "double_increments",
    "counter_looks_off_share",
    "counter_off_max",
    "counter_writes",
    "cache_reads",
    "cache_loads",
    "stale_reads_share",
    "staleness_mean",
    "staleness_max",
];

/// Gives a strategy figures that only clients of an API lead to.
pub(super) fn called_by_clients(results: &mut Results, strategy: usize, means: &[(&str, f64)]) {
    let figures = means.iter().map(|&(name, mean)| {
        let metric = catalogue::find(name).expect("a known metric");
        Figure { scope: String::new(), metric: metric.name, unit: metric.unit, estimate: around(mean, mean / 50.0) }
    });
    results.strategies[strategy].figures.extend(figures);
}

fn figures(shape: &Shape) -> Vec<Figure> {
    let value = |metric: &str| match metric {
        "arrived" | "owed" | "processed" => around(ARRIVED, 640.0),
        "duplicates" => repeats(shape.duplicates.iter().map(|(_, count)| count).sum()),
        "latency_p50" => around(shape.latency[0], shape.latency[0] / 90.0),
        "latency_p90" => around(shape.latency[1], shape.latency[1] / 90.0),
        "latency_p95" => around(shape.latency[2], shape.latency[2] / 80.0),
        "latency_p99" => around(shape.latency[3], shape.latency[3] / 70.0),
        "latency_p999" => around(shape.latency[4], shape.latency[4] / 50.0),
        "latency_max" => around(shape.latency[5], shape.latency[5] / 40.0),
        "backlog_max" => {
            let peak = (0..1_500).map(|bin| level(shape, "backlog", f64::from(bin) * BIN)).fold(0.0, f64::max);
            around(peak, peak / 55.0)
        }
        "concurrency_max" => around(shape.runs, if shape.period.is_some() { 0.0 } else { 1.6 }),
        "cost_usd_per_million" => around(shape.cost, shape.cost / 100.0),
        "cost_usd" => around(shape.cost * ARRIVED / 1e6, shape.cost / 50.0),
        _ => around(0.0, 0.0),
    };
    let figure = |scope: &str, metric: &catalogue::Metric| Figure {
        scope: scope.to_owned(),
        metric: metric.name,
        unit: metric.unit,
        estimate: value(metric.name),
    };
    let invocations = catalogue::find("invocations").expect("a known metric");
    let duplicates = catalogue::find("duplicates").expect("a known metric");
    let causes = shape.duplicates.iter().map(|&(scope, count)| {
        let estimate = repeats(count);
        Figure { estimate, ..figure(scope, duplicates) }
    });
    let per_million = catalogue::find("cost_usd_per_million").expect("a known metric");
    let shares = [("lambda", 1.0 - shape.listing), ("s3", shape.listing)].into_iter().filter(|(_, share)| *share > 0.0);
    let services = shares.map(|(service, share)| {
        let estimate = around(shape.cost * share, shape.cost * share / 100.0);
        Figure { estimate, ..figure(service, per_million) }
    });
    // None of the strategies has clients that call an API, functions that keep something, or runs a state machine.
    let of_machines = |name: &str| {
        ["executions", "transitions", "orchestrator_", "state_retries", "state_caught", "state_failed"]
            .iter()
            .chain(&["state_timed_out", "state_e", "state_latency", "orchestration_", "waiting_"])
            .any(|prefix| name.starts_with(prefix))
    };
    let absent = |name: &str| OF_CLIENTS.contains(&name) || OF_STATE.contains(&name) || of_machines(name);
    let whole = catalogue::ALL.iter().filter(|metric| !absent(metric.name)).map(|metric| figure("", metric));
    whole.chain(causes).chain(services).chain([figure("post", invocations)]).collect()
}

fn repeats(count: f64) -> Estimate {
    around(count, count / 30.0)
}

fn quantiles(shape: &Shape) -> Vec<QuantileFigure> {
    let of = |(quantile, seconds): (f64, f64)| QuantileFigure {
        scope: String::new(),
        quantile,
        estimate: around(seconds, seconds / 80.0),
    };
    [0.5, 0.9, 0.95, 0.99, 0.999, 1.0].into_iter().zip(shape.latency).map(of).collect()
}

/// The distribution through the shape's quantiles, straight between them on a logarithmic axis.
fn cumulative(shape: &Shape) -> Vec<(f64, f64)> {
    let first = shape.latency[0] * if shape.period.is_some() { 0.004 } else { 0.4 };
    let knots: Vec<_> =
        [(first, 0.0)].into_iter().chain(shape.latency.into_iter().zip([0.5, 0.9, 0.95, 0.99, 0.999, 1.0])).collect();
    let between = |pair: &[(f64, f64)], part: f64| {
        let (from, to) = (pair[0], pair[1]);
        // Waiting for a tick is uniform in time; a single run is nearer to log-normal.
        let seconds = if shape.period.is_some() {
            from.0 + (to.0 - from.0) * part
        } else {
            from.0 * libm::pow(to.0 / from.0, part)
        };
        (seconds, from.1 + (to.1 - from.1) * part)
    };
    let inner = knots.windows(2).flat_map(|pair| (0..100).map(move |step| between(pair, f64::from(step) / 100.0)));
    inner.chain(knots.last().copied()).collect()
}

/// The level of a series at an instant.
fn level(shape: &Shape, kind: &str, seconds: f64) -> f64 {
    let rate = |at: f64| if at < DAY { rate(at) } else { 0.0 };
    match (shape.period, kind) {
        (Some(period), "backlog") => {
            let tick = libm::floor(seconds / period) * period;
            let (gathered, since) = (rate(tick - 1.0) * period, seconds - tick);
            let drained = since / (period * (0.1 + 0.25 * rate(tick) / 60.0));
            (if tick > 0.0 { gathered * (1.0 - drained).max(0.0) } else { 0.0 }) + rate(seconds) * since
        }
        (Some(period), _) => {
            let tick = libm::floor(seconds / period) * period;
            let busy = tick > 0.0 && seconds - tick < period * (0.1 + 0.25 * rate(tick - 1.0) / 60.0);
            if busy { shape.runs } else { 0.0 }
        }
        (None, "backlog") => rate(seconds) * (0.9 + 0.2 * ripple(seconds)),
        (None, _) => rate(seconds) * (0.8 + 0.2 * ripple(seconds)),
    }
}

fn series_of(shape: &Shape, kind: &'static str, unit: &'static str) -> SeriesFigure {
    let point = |bin: u32| {
        let time_s = f64::from(bin) * BIN;
        let mean = level(shape, kind, time_s);
        let spread = if shape.period.is_some() && kind != "backlog" { 0.0 } else { 0.07 * mean };
        SeriesPoint { time_s, estimate: around(mean, spread / 3.0), min: mean - spread, max: mean + 2.0 * spread }
    };
    SeriesFigure { scope: String::new(), series: kind, unit, points: (0..1_460).map(point).collect() }
}

fn compared(strategies: &[StrategyResults], index: usize) -> Vec<Comparison> {
    let pairs = strategies[index].figures.iter().zip(&strategies[0].figures).filter(|(own, _)| own.scope.is_empty());
    let compare = |(own, base): (&Figure, &Figure)| {
        let (own_mean, base_mean) = (own.estimate.mean, base.estimate.mean);
        let ratio = base_mean / own_mean;
        Comparison {
            strategy: index,
            metric: own.metric,
            unit: own.unit,
            difference: around(own_mean - base_mean, own_mean.max(base_mean) / 60.0),
            ratio: (own_mean > 0.0 && base_mean > 0.0).then(|| around(ratio, ratio * 0.03)),
            variance_ratio: Some(0.4),
        }
    };
    pairs.map(compare).collect()
}

fn objective(strategy: usize, p99: f64) -> ObjectiveResult {
    ObjectiveResult {
        text: "latency_p99 below 60s".to_owned(),
        location: None,
        metric: "latency_p99",
        strategy,
        bound: 60.0,
        measured: around(p99, p99 / 70.0),
        met: p99 < 60.0,
        certain: true,
        undefined: false,
        unprocessed: None,
        share_within: Some(around(if p99 < 60.0 { 0.9987 } else { 60.0 / p99 }, 0.0004)),
    }
}

/// Sets a figure of a strategy, its objectives' measurement too.
pub(super) fn set(results: &mut Results, strategy: usize, metric: &str, estimate: Estimate) {
    for figure in &mut results.strategies[strategy].figures {
        if figure.scope.is_empty() && figure.metric == metric {
            figure.estimate = estimate;
        }
    }
    for objective in &mut results.objectives {
        if objective.strategy == strategy && objective.metric == metric {
            objective.measured = estimate;
            objective.met = estimate.mean < objective.bound;
        }
    }
}

/// Lets a share of a strategy's items never be processed: quantiles above it are never, and so are comparisons of them.
pub(super) fn never(results: &mut Results, strategy: usize, share: f64) {
    let interval = results.strategies[strategy].figures[0].estimate.interval;
    let forever = Estimate {
        mean: f64::INFINITY,
        interval: interval.map(|_| (f64::INFINITY, f64::INFINITY)),
        replications: REPLICATIONS,
    };
    set(results, strategy, "unprocessed_share", around(share, share / 20.0));
    set(results, strategy, "lost", around(ARRIVED * share, ARRIVED * share / 20.0));
    set(results, strategy, "processed", around(ARRIVED * (1.0 - share), 640.0));
    for quantile in &mut results.strategies[strategy].quantiles {
        if quantile.quantile > 1.0 - share - 1e-9 {
            quantile.estimate = forever;
        }
    }
    for (metric, quantile) in [("latency_p99", 0.99), ("latency_p999", 0.999)] {
        if quantile > 1.0 - share - 1e-9 {
            set(results, strategy, metric, forever);
            for comparison in &mut results.comparisons {
                if comparison.metric == metric && (comparison.strategy == strategy || strategy == results.baseline) {
                    comparison.difference = Estimate { mean: f64::NAN, interval: None, replications: REPLICATIONS };
                    comparison.ratio = None;
                }
            }
        }
    }
    for objective in results.objectives.iter_mut().filter(|objective| objective.strategy == strategy) {
        objective.share_within = objective.share_within.map(|within| around(within.mean * (1.0 - share), 0.0004));
    }
    for (_, cumulated) in &mut results.strategies[strategy].latency_cdf {
        *cumulated *= 1.0 - share;
    }
}

/// Takes every interval away, as with one replication.
pub(super) fn single_replication(results: &mut Results) {
    let alone = |estimate: &mut Estimate| {
        estimate.interval = None;
        estimate.replications = 1;
    };
    results.replications = 1;
    for strategy in &mut results.strategies {
        strategy.figures.iter_mut().for_each(|figure| alone(&mut figure.estimate));
        strategy.quantiles.iter_mut().for_each(|figure| alone(&mut figure.estimate));
        for point in strategy.series.iter_mut().flat_map(|series| &mut series.points) {
            alone(&mut point.estimate);
            (point.min, point.max) = (point.estimate.mean, point.estimate.mean);
        }
    }
    for comparison in &mut results.comparisons {
        alone(&mut comparison.difference);
        comparison.ratio.as_mut().into_iter().for_each(alone);
    }
    for objective in &mut results.objectives {
        alone(&mut objective.measured);
        objective.share_within.as_mut().into_iter().for_each(alone);
    }
}

/// Keeps one strategy alone.
pub(super) fn only(results: &mut Results, strategy: usize) {
    let kept = results.strategies.swap_remove(strategy);
    results.strategies = vec![kept];
    results.comparisons.clear();
    results.objectives.retain(|objective| objective.strategy == strategy);
    results.objectives.iter_mut().for_each(|objective| objective.strategy = 0);
    results.baseline = 0;
}
