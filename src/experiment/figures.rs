//! The figures of one outcome: each metric of the catalogue, for the whole strategy and by scope.

use super::fault_figures;
use crate::kernel::Span;
use crate::metrics::catalogue::{self, LATENCY_PARTS, Metric};
use crate::metrics::{GaugeTotals, Histogram};
use crate::model::Outcome;
use crate::model::outcome::{
    ApiOutcome, CallTotals, ConnectionsOutcome, ConsumerOutcome, FunctionOutcome, ItemTotals, RemedyTotals,
    ResourceOutcome, RunTotals, StateOutcome, StreamOutcome,
};
use crate::model::workflow::outcome::{self as workflow, ExecutionTotals, MachineOutcome};
use crate::pricing::{Bill, FreeTier, PriceBook};
use crate::services::api_gateway::STATUSES;
use crate::words::{DuplicateCause, LineItem, SuppressedBy};

/// One figure of one outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// Empty for the whole strategy.
    pub scope: String,
    /// Which metric.
    pub metric: &'static Metric,
    /// In the metric's unit; infinite is `never`, NaN is "of nothing" and left out of reports.
    pub value: f64,
}

/// What figures are reckoned with, besides the outcome.
#[derive(Debug, Clone, Copy)]
pub struct Reckoning<'a> {
    /// The price book.
    pub prices: &'a PriceBook,
    /// Whether the monthly free allowances are taken off.
    pub free_tier: FreeTier,
    /// How long arrivals last: what monthly tiers are scaled by.
    pub duration: Span,
    /// Latency bounds of the objectives, as counted.
    pub bounds: &'a [Span],
}

impl Reckoning<'_> {
    fn bill(&self, outcome: &Outcome) -> Bill {
        self.prices.cost(outcome.usage.counts(), self.duration, self.free_tier)
    }
}

/// Every figure of an outcome, in a fixed order: the whole strategy first.
#[must_use]
pub fn figures(outcome: &Outcome, reckoning: &Reckoning<'_>) -> Vec<Value> {
    let mut list = List(Vec::new());
    list.whole(outcome, reckoning);
    list.latency_parts(outcome);
    list.duplicates_by_cause(outcome);
    list.suppressed_by_mechanism(outcome);
    list.within(outcome, reckoning.bounds);
    if outcome.functions.len() > 1 {
        outcome.functions.iter().for_each(|function| list.function(function));
    }
    outcome.apis.iter().for_each(|api| list.api(&api.label, api));
    outcome.streams.iter().for_each(|stream| list.stream(stream));
    list.machines(&outcome.machines);
    list.calls(&outcome.resources);
    list.states(&outcome.functions);
    for branch in &outcome.branches {
        list.push(&branch.label, "processed", branch.processed as f64);
        list.push(&branch.label, "latency_mean", of_processed(branch.latency.mean(), branch.measured));
        for (metric, q) in LATENCY_QUANTILES {
            list.push(&branch.label, metric, quantile(&branch.latency, q, branch.measured));
        }
    }
    list.named(fault_figures::by_scope(outcome));
    list.bill(outcome, &reckoning.bill(outcome));
    list.0
}

/// Latency quantiles that are metrics.
pub(super) const LATENCY_QUANTILES: [(&str, f64); 5] =
    [("latency_p50", 0.5), ("latency_p90", 0.9), ("latency_p95", 0.95), ("latency_p99", 0.99), ("latency_p999", 0.999)];

/// Quantiles of the wait that are metrics.
pub(super) const WAIT_QUANTILES: [(&str, f64); 3] = [("wait_p50", 0.5), ("wait_p95", 0.95), ("wait_p99", 0.99)];

/// A latency quantile over `population` items, of which those not in the histogram never came; seconds.
#[must_use]
pub fn quantile(latency: &Histogram, q: f64, population: u64) -> f64 {
    if population == 0 {
        return f64::NAN;
    }
    let never = population - latency.count();
    latency.quantile(q, never).map_or(f64::INFINITY, Span::as_secs_f64)
}

/// A figure of the processed items: `never` where items arrived and none was processed, of nothing where none arrived.
fn of_processed(seconds: Option<f64>, arrived: u64) -> f64 {
    seconds.unwrap_or(if arrived > 0 { f64::INFINITY } else { f64::NAN })
}

/// The scope of what is measured of a stream's consumer: the stream's label, and where several read it the function's.
pub(super) fn consumer_scope(stream: &StreamOutcome, consumer: &ConsumerOutcome) -> String {
    match stream.consumers.len() {
        1 => stream.label.clone(),
        _ => format!("{}/{}", stream.label, consumer.function),
    }
}

/// The scope of the share within a bound on latency: its seconds, exactly.
#[must_use]
pub fn bound_scope(bound: Span) -> String {
    format!("{}s", bound.as_secs_f64())
}

struct List(Vec<Value>);

impl List {
    fn push(&mut self, scope: &str, metric: &str, value: f64) {
        let metric = catalogue::find(metric).expect("figures name metrics of the catalogue");
        self.0.push(Value { scope: scope.to_owned(), metric, value });
    }

    fn whole(&mut self, outcome: &Outcome, reckoning: &Reckoning<'_>) {
        self.item_counts(outcome);
        let runs = total_runs(&outcome.functions);
        self.run_counts("", &runs);
        self.all_apis(&outcome.apis);
        self.streams(outcome);
        self.latencies(outcome);
        self.push("", "backlog_mean", time_mean(&outcome.backlog));
        self.push("", "backlog_max", outcome.backlog.max as f64);
        self.push("", "oldest_age_max", outcome.oldest_age.max as f64 / 1e9);
        self.push("", "concurrency_mean", time_mean(&outcome.concurrency));
        self.push("", "concurrency_max", outcome.concurrency.max as f64);
        let environments: u64 = outcome.functions.iter().map(|function| function.environments_max).sum();
        self.push("", "environments_max", environments as f64);
        self.run_times("", &runs);
        let cost = reckoning.bill(outcome).total().usd();
        self.push("", "cost_usd", cost);
        self.push("", "cost_usd_per_million", per_million(cost, &outcome.items));
        self.remedies(&outcome.remedies);
        self.named(fault_figures::whole(outcome));
    }

    fn remedies(&mut self, remedies: &RemedyTotals) {
        let RemedyTotals { redriven, shed_by_depth, shed_by_age, to_destination, retries_denied } = *remedies;
        self.push("", "redriven", redriven as f64);
        self.push("", "shed_by_depth", shed_by_depth as f64);
        self.push("", "shed_by_age", shed_by_age as f64);
        self.push("", "to_destination", to_destination as f64);
        self.push("", "retries_denied", retries_denied as f64);
    }

    fn named(&mut self, figures: Vec<fault_figures::Named>) {
        figures.into_iter().for_each(|(scope, metric, value)| self.push(&scope, metric, value));
    }

    fn item_counts(&mut self, outcome: &Outcome) {
        let items = &outcome.items;
        self.push("", "arrived", items.arrived as f64);
        self.push("", "owed", items.owed as f64);
        self.push("", "processed", items.processed as f64);
        let unprocessed = (items.arrived - items.completed) as f64 / items.arrived.max(1) as f64;
        self.push("", "unprocessed_share", unprocessed);
        self.push("", "backlog_end", items.backlog_end as f64);
        self.push("", "dead_lettered", items.dead_lettered as f64);
        self.push("", "expired", items.expired as f64);
        self.push("", "rejected", items.rejected as f64);
        self.push("", "lost", items.lost as f64);
        self.push("", "duplicates", items.duplicates as f64);
        self.push("", "duplicates_suppressed", items.duplicates_suppressed as f64);
        if let Some(inversions) = items.order_inversions {
            self.push("", "order_inversions", inversions as f64);
        }
    }

    fn run_counts(&mut self, scope: &str, runs: &RunTotals) {
        self.push(scope, "invocations", runs.invocations as f64);
        self.push(scope, "attempts", runs.attempts as f64);
        self.push(scope, "retries", runs.retries as f64);
        self.push(scope, "throttles", runs.throttles as f64);
        self.push(scope, "timeouts", runs.timeouts as f64);
        self.push(scope, "cold_starts", runs.cold_starts as f64);
    }

    /// Of all streams together, where there are any.
    fn streams(&mut self, outcome: &Outcome) {
        let ages = outcome.streams.iter().flat_map(|stream| &stream.consumers).map(|one| one.iterator_age.max);
        if let Some(oldest) = ages.max() {
            self.push("", "iterator_age_max", oldest as f64 / 1e9);
            let throttled: u64 = outcome.streams.iter().map(|stream| stream.throttled_puts).sum();
            self.push("", "throttled_puts", throttled as f64);
        }
    }

    /// Of one stream, and of each function that reads it.
    fn stream(&mut self, stream: &StreamOutcome) {
        for consumer in &stream.consumers {
            let oldest = consumer.iterator_age.max as f64 / 1e9;
            self.push(&consumer_scope(stream, consumer), "iterator_age_max", oldest);
        }
        self.push(&stream.label, "throttled_puts", stream.throttled_puts as f64);
    }

    fn run_times(&mut self, scope: &str, runs: &RunTotals) {
        self.push(scope, "busy_seconds", runs.busy as f64 / 1e9);
        self.push(scope, "wasted_seconds", runs.wasted as f64 / 1e9);
        self.push(scope, "billed_gb_seconds", runs.billed_mb_ms as f64 / 1_024_000.0);
    }

    fn all_apis(&mut self, apis: &[ApiOutcome]) {
        let Some((first, others)) = apis.split_first() else { return };
        let mut all = first.clone();
        others.iter().for_each(|other| all.add(other));
        self.api("", &all);
    }

    /// What the clients of an API saw.
    fn api(&mut self, scope: &str, api: &ApiOutcome) {
        self.push(scope, "requests", api.requests as f64);
        self.push(scope, "client_timeouts", api.timeouts as f64);
        self.push(scope, "client_errors", api.errors as f64);
        self.push(scope, "client_errors_done", api.errors_done as f64);
        for (metric, q) in [("response_p50", 0.5), ("response_p95", 0.95), ("response_p99", 0.99)] {
            self.push(scope, metric, quantile(&api.response, q, api.measured));
        }
        if !scope.is_empty() {
            let by_status = STATUSES.iter().zip(api.answers);
            by_status.for_each(|(status, count)| self.push(&format!("{scope}/{status}"), "answers", count as f64));
        }
    }

    fn latencies(&mut self, outcome: &Outcome) {
        let items = &outcome.items;
        self.push("", "latency_mean", of_processed(items.latency.mean(), items.measured));
        for (metric, q) in LATENCY_QUANTILES {
            self.push("", metric, quantile(&items.latency, q, items.measured));
        }
        let longest = items.latency.max().map(Span::as_secs_f64);
        self.push("", "latency_max", of_processed(longest, items.measured));
        self.push("", "wait_mean", of_processed(items.wait.mean(), items.measured));
        for (metric, q) in WAIT_QUANTILES {
            self.push("", metric, quantile(&items.wait, q, items.wait.count()));
        }
        self.push("", "waited_share", share(items.split.waited, items.wait.count()));
    }

    /// Where the mean latency went.
    fn latency_parts(&mut self, outcome: &Outcome) {
        let (split, count) = (&outcome.items.split, outcome.items.latency.count());
        let parts = [split.wait, split.hop, split.cold_start, split.service, split.back_off];
        for (scope, nanos) in LATENCY_PARTS.into_iter().zip(parts) {
            self.push(scope, "latency_mean", nanos as f64 / count as f64 / 1e9);
        }
    }

    fn duplicates_by_cause(&mut self, outcome: &Outcome) {
        for cause in DuplicateCause::ALL {
            self.push(cause.name(), "duplicates", outcome.items.duplicates_by_cause.count(cause) as f64);
        }
    }

    /// What the whole costs, by service and then line by line.
    fn bill(&mut self, outcome: &Outcome, bill: &Bill) {
        for (service, sum) in bill.by_service() {
            self.push(service, "cost_usd", sum.usd());
            self.push(service, "cost_usd_per_million", per_million(sum.usd(), &outcome.items));
        }
        for item in LineItem::ALL {
            self.push(item.name(), "cost_usd", bill.line(item).usd());
        }
    }

    fn suppressed_by_mechanism(&mut self, outcome: &Outcome) {
        for mechanism in SuppressedBy::ALL {
            let count = outcome.items.suppressed_by.count(mechanism);
            self.push(mechanism.name(), "duplicates_suppressed", count as f64);
        }
    }

    /// Executions of state machines, of all together and of each, and the states of each.
    fn machines(&mut self, machines: &[MachineOutcome]) {
        if machines.is_empty() {
            return;
        }
        let mut all = ExecutionTotals::default();
        machines.iter().for_each(|machine| all.add(&machine.executions));
        self.push("", "executions", all.started as f64);
        self.push("", "executions_unwell", (all.failed + all.timed_out + all.killed) as f64);
        self.push("", "executions_failed", (all.failed + all.timed_out) as f64);
        self.push("", "transitions", all.transitions as f64);
        self.push("", "orchestrator_wait_seconds", all.waited as f64 / 1e9);
        for machine in machines {
            let MachineOutcome { label, executions, .. } = machine;
            for (end, count) in executions.by_end() {
                self.push(&format!("{label}/{end}"), "executions", count as f64);
            }
            machine.states.iter().for_each(|state| self.machine_state(label, state));
        }
    }

    fn machine_state(&mut self, machine: &str, state: &workflow::StateOutcome) {
        let scope = format!("{machine}/{}", state.name);
        let counts = [
            ("state_entered", state.entered),
            ("state_retries", state.retries),
            ("state_caught", state.caught),
            ("state_failed", state.failed),
            ("state_timed_out", state.timed_out),
            ("state_unfinished", state.unfinished),
        ];
        counts.into_iter().for_each(|(metric, count)| self.push(&scope, metric, count as f64));
        for (metric, q) in [("state_latency_p50", 0.5), ("state_latency_p99", 0.99)] {
            self.push(&scope, metric, quantile(&state.latency, q, state.latency.count()));
        }
    }

    /// Calls to what functions call, of all of it together and of each.
    fn calls(&mut self, resources: &[ResourceOutcome]) {
        if resources.is_empty() {
            return;
        }
        let (mut all, mut latency) = (CallTotals::default(), Histogram::default());
        for resource in resources {
            all.add(&resource.calls);
            latency.merge(&resource.latency);
        }
        self.call_counts("", &all, &latency);
        let pooled = || resources.iter().filter_map(|resource| resource.connections.as_ref());
        if pooled().next().is_some() {
            let sum = |count: fn(&ConnectionsOutcome) -> u64| pooled().map(count).sum();
            let most = pooled().map(|one| one.open.max).max().unwrap_or_default();
            self.push("", "connections_max", most as f64);
            self.connection_counts("", sum(|one| one.opened), sum(|one| one.refused));
        }
        for resource in resources {
            let label = &resource.label;
            self.call_counts(label, &resource.calls, &resource.latency);
            self.push(label, "calls_at_once_mean", time_mean(&resource.concurrency));
            self.push(label, "calls_at_once_max", resource.concurrency.max as f64);
            self.push(label, "connections_max", resource.calls.connections_max as f64);
            if let Some(connections) = &resource.connections {
                self.push(label, "connections_mean", time_mean(&connections.open));
                self.connection_counts(label, connections.opened, connections.refused);
            }
        }
    }

    fn call_counts(&mut self, scope: &str, calls: &CallTotals, latency: &Histogram) {
        self.push(scope, "calls", calls.calls as f64);
        self.push(scope, "calls_refused", (calls.refused_rate + calls.refused_connections) as f64);
        self.push(scope, "calls_failed", calls.failed as f64);
        self.push(scope, "calls_unanswered", calls.left as f64);
        self.push(scope, "calls_short_circuited", calls.short_circuited as f64);
        self.push(scope, "breakers_opened", calls.breakers_opened as f64);
        self.push(scope, "call_latency_mean", of_processed(latency.mean(), calls.calls));
    }

    /// What functions kept in their environments, of each and, where only one does, of the whole strategy.
    fn states(&mut self, functions: &[FunctionOutcome]) {
        let keeping =
            || functions.iter().filter_map(|function| Some((function.label.as_str(), function.state.as_ref()?)));
        if let (Some((_, only)), 1) = (keeping().next(), keeping().count()) {
            self.state("", only);
        }
        keeping().for_each(|(label, state)| self.state(label, state));
    }

    fn state(&mut self, scope: &str, state: &StateOutcome) {
        if let Some(counter) = &state.counter {
            let error = counter.stored.abs_diff(counter.truth);
            self.push(scope, "counter_total", counter.stored as f64);
            self.push(scope, "counter_error_share", share(error, counter.truth));
            self.push(scope, "lost_increments", counter.lost as f64);
            self.push(scope, "unflushed_increments", counter.unflushed as f64);
            self.push(scope, "double_increments", counter.again as f64);
            self.push(scope, "counter_looks_off_share", share(counter.looks_off, counter.made));
            self.push(scope, "counter_off_max", counter.off_max as f64);
            self.push(scope, "counter_writes", counter.writes as f64);
        }
        if let Some(cache) = &state.cache {
            self.push(scope, "cache_reads", cache.reads as f64);
            self.push(scope, "cache_loads", cache.loads as f64);
            self.push(scope, "stale_reads_share", share(cache.stale, cache.reads));
            let mean = if cache.stale == 0 { 0.0 } else { cache.staleness as f64 / cache.stale as f64 / 1e9 };
            self.push(scope, "staleness_mean", mean);
            self.push(scope, "staleness_max", cache.staleness_max as f64 / 1e9);
        }
    }

    fn connection_counts(&mut self, scope: &str, opened: u64, refused: u64) {
        self.push(scope, "connections_opened", opened as f64);
        self.push(scope, "connections_refused", refused as f64);
    }

    fn within(&mut self, outcome: &Outcome, bounds: &[Span]) {
        for (bound, &within) in bounds.iter().zip(&outcome.items.within) {
            self.push(&bound_scope(*bound), "within_share", share(within, outcome.items.measured));
        }
    }

    fn function(&mut self, function: &FunctionOutcome) {
        let label = &function.label;
        self.run_counts(label, &function.runs);
        self.push(label, "concurrency_mean", time_mean(&function.concurrency));
        self.push(label, "concurrency_max", function.concurrency.max as f64);
        self.push(label, "environments_max", function.environments_max as f64);
        self.run_times(label, &function.runs);
    }
}

fn total_runs(functions: &[FunctionOutcome]) -> RunTotals {
    let mut total = RunTotals::default();
    functions.iter().for_each(|function| total.add(&function.runs));
    total
}

fn time_mean(totals: &GaugeTotals) -> f64 {
    totals.window_integral as f64 / totals.window.as_nanos() as f64
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// Without end where effects were owed and none was applied; of nothing where none was owed.
fn per_million(cost: f64, items: &ItemTotals) -> f64 {
    match (items.owed, items.processed) {
        (0, _) => f64::NAN,
        (_, 0) => f64::INFINITY,
        (_, processed) => cost / processed as f64 * 1e6,
    }
}
