//! From outcomes to results: estimates over replications, comparisons, objectives, the fingerprint.

use super::compare::Pair;
use super::decide::OF_PROCESSED;
use super::figures::{Reckoning, Value, bound_scope, figures};
use super::machine_errors::Errors;
use super::results::{Comparison, FaultWindow, Figure, ObjectiveResult, PricesUsed, Results, StrategyResults};
use super::{cdf, fingerprint, machines, quantiles, run, series};
use crate::kernel::{Span, Time};
use crate::metrics::catalogue::Metric;
use crate::model::Outcome;
use crate::pricing::{FreeTier, PriceBook, PriceRow};
use crate::scenario::{Objective, Scenario, explain};
use crate::services::faults::{Fault, Window};
use crate::stats::{Estimate, batch_means, paired_difference, paired_ratio, variance_ratio};

/// One figure over all replications.
pub(super) struct Samples {
    pub scope: String,
    pub metric: &'static Metric,
    /// One value a replication, in their order; NaN where it is of nothing (a latency where no item arrived).
    pub values: Vec<f64>,
    /// The values of the batches of the one run that there is, where intervals come from them.
    pub batches: Option<Vec<f64>>,
    /// The figure where it is not the mean of the replications' own: a quantile that few items lie beyond.
    pub pooled: Option<Estimate>,
}

impl Samples {
    /// Over the replications that have the figure, or by the method that it needs.
    pub(super) fn estimate(&self) -> Estimate {
        match (&self.pooled, &self.batches) {
            (Some(pooled), _) => *pooled,
            (None, Some(batches)) => batch_means(self.values[0], batches),
            (None, None) => Estimate::from_samples(&present(&self.values)),
        }
    }
}

/// The values that are not of nothing.
pub(super) fn present(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| !value.is_nan()).collect()
}

/// Everything a report shows.
pub(super) fn assemble(scenario: &Scenario, prices: &PriceBook, outcomes: &[Vec<Outcome>]) -> Results {
    let free_tier = scenario.free_tier;
    let samples = samples_of(scenario, prices, outcomes);
    Results {
        scenario: scenario.name.clone(),
        summary: scenario.summary.clone(),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: scenario.run.seed,
        replications: outcomes.first().map_or(0, |runs| runs.len() as u64),
        precision: None,
        warm_up: None,
        batch_means: super::batch_means::result(scenario, outcomes),
        fluid: super::fluid::result(scenario, outcomes),
        rare_quantiles: quantiles::rare(scenario, outcomes),
        pairs: all_pairs(scenario, &samples),
        duration_s: scenario.run.duration.as_secs_f64(),
        drain_s: scenario.run.drain.as_secs_f64(),
        start: scenario.run.start.to_string(),
        baseline: scenario.baseline,
        strategies: (0..outcomes.len())
            .map(|index| strategy(scenario, index, &outcomes[index], &samples[index]))
            .collect(),
        comparisons: comparisons(scenario.baseline, &samples),
        objectives: objectives(scenario, &samples, outcomes),
        fingerprint: fingerprint::of(outcomes),
        faults: fault_windows(scenario),
        prices: prices_used(prices, free_tier),
        understood: scenario.understood.clone(),
        settings: scenario.settings.clone(),
        explained: explain(scenario),
        only: scenario.only.clone(),
    }
}

/// Every pair of strategies; none where there are two, which the comparisons with the baseline are of.
fn all_pairs(scenario: &Scenario, samples: &[Vec<Samples>]) -> Vec<Pair> {
    let names: Vec<&str> = scenario.designs.iter().map(|design| design.name.as_str()).collect();
    if names.len() > 2 { super::compare::pairs(&names, samples) } else { Vec::new() }
}

/// Every occurrence of every fault, with the strategies that it strikes.
fn fault_windows(scenario: &Scenario) -> Vec<FaultWindow> {
    let occurrences = |fault: &Fault| {
        let strikes =
            |index: &usize| scenario.designs[*index].faults.iter().any(|struck| struck.fault.name == fault.name);
        let strategies: Vec<usize> = (0..scenario.designs.len()).filter(strikes).collect();
        let window = |window: &Window| FaultWindow {
            name: fault.name.clone(),
            start_s: window.start.since(Time::ZERO).as_secs_f64(),
            end_s: window.end.since(Time::ZERO).as_secs_f64(),
            strategies: strategies.clone(),
        };
        fault.windows.iter().map(window).collect::<Vec<_>>()
    };
    scenario.faults.iter().flat_map(occurrences).collect()
}

/// What tells a price book from the embedded one.
pub(crate) fn prices_used(prices: &PriceBook, free_tier: FreeTier) -> PricesUsed {
    let embedded = PriceBook::embedded();
    let free = prices.allowances();
    PricesUsed {
        region: prices.region.clone(),
        written: prices.written.clone(),
        free_tier: free_tier == FreeTier::Granted,
        changed: prices.differences(&embedded).into_iter().map(PriceRow::from).collect(),
        free: (free != embedded.allowances()).then(|| free.to_vec()),
    }
}

/// The figures alone, by strategy.
pub(super) fn figures_of(scenario: &Scenario, prices: &PriceBook, outcomes: &[Vec<Outcome>]) -> Vec<Vec<Figure>> {
    let samples = samples_of(scenario, prices, outcomes);
    samples.iter().map(|samples| samples.iter().map(figure).collect()).collect()
}

/// The figures alone, replication by replication, by strategy.
pub(super) fn samples_of(scenario: &Scenario, prices: &PriceBook, outcomes: &[Vec<Outcome>]) -> Vec<Vec<Samples>> {
    let bounds = run::latency_bounds(scenario);
    let reckoning = reckoning(scenario, prices, &bounds);
    outcomes.iter().map(|runs| samples(runs, &reckoning)).collect()
}

/// The same of one strategy.
pub(super) fn samples_of_one(scenario: &Scenario, prices: &PriceBook, runs: &[Outcome]) -> Vec<Samples> {
    samples(runs, &reckoning(scenario, prices, &run::latency_bounds(scenario)))
}

/// One metric of a whole strategy, replication by replication; NaN where one has no such figure.
pub(super) fn values_of(
    scenario: &Scenario,
    prices: &PriceBook,
    runs: &[Outcome],
    metric: &'static Metric,
) -> Vec<f64> {
    let bounds = run::latency_bounds(scenario);
    let reckoning = reckoning(scenario, prices, &bounds);
    let value = |outcome: &Outcome| {
        let mut figures = figures(outcome, &reckoning).into_iter();
        let found = figures.find(|figure| figure.scope.is_empty() && figure.metric == metric);
        found.map_or(f64::NAN, |figure| figure.value)
    };
    runs.iter().map(value).collect()
}

fn reckoning<'a>(scenario: &Scenario, prices: &'a PriceBook, bounds: &'a [Span]) -> Reckoning<'a> {
    Reckoning { prices, free_tier: scenario.free_tier, duration: scenario.run.duration, bounds }
}

fn samples(runs: &[Outcome], reckoning: &Reckoning<'_>) -> Vec<Samples> {
    let mut samples: Vec<Samples> = Vec::new();
    let errors = Errors::of(runs);
    for (replication, outcome) in runs.iter().enumerate() {
        for Value { scope, metric, value } in figures(outcome, reckoning).into_iter().chain(errors.figures(outcome)) {
            match samples.iter_mut().find(|known| known.metric.name == metric.name && known.scope == scope) {
                Some(known) => {
                    assert_eq!(known.values.len(), replication, "two figures are both {} of `{scope}`", metric.name);
                    known.values.push(value);
                }
                None => samples.push(Samples { scope, metric, values: vec![value], batches: None, pooled: None }),
            }
        }
    }
    for figure in &mut samples {
        if figure.scope.is_empty() {
            figure.batches = super::batch_means::values(runs, figure.metric.name);
        }
        figure.pooled =
            quantiles::of_metric(figure.metric.name).and_then(|q| quantiles::pooled(&figure.scope, q, runs));
    }
    samples.retain(|figure| figure.values.iter().any(|value| !value.is_nan()) && !is_unused_row(figure));
    samples
}

/// A service or row of the bill that no run used, a cause that no duplicate had, a mechanism that suppressed none, a
/// status that no answer had, an error that no execution ended with, or a remedy that did nothing.
fn is_unused_row(figure: &Samples) -> bool {
    const IN_ROWS: [&str; 8] = [
        "executions",
        "executions_failed",
        "state_executions_failed",
        "answers",
        "cost_usd",
        "cost_usd_per_million",
        "duplicates",
        "duplicates_suppressed",
    ];
    /// What only those have who ask for it.
    const WHERE_USED: [&str; 7] = [
        "breakers_opened",
        "calls_short_circuited",
        "redriven",
        "shed_by_depth",
        "shed_by_age",
        "to_destination",
        "retries_denied",
    ];
    let in_rows = IN_ROWS.contains(&figure.metric.name) && !figure.scope.is_empty();
    (in_rows || WHERE_USED.contains(&figure.metric.name))
        && figure.values.iter().all(|&value| value == 0.0 || value.is_nan())
}

fn strategy(scenario: &Scenario, index: usize, runs: &[Outcome], samples: &[Samples]) -> StrategyResults {
    let design = &scenario.designs[index];
    StrategyResults {
        name: design.name.clone(),
        flow: design.flow.clone(),
        figures: samples.iter().map(figure).collect(),
        quantiles: quantiles::all(runs),
        latency_cdf: cdf::pooled(runs),
        series: series::merge(runs),
        machines: machines::merge(design, runs),
    }
}

fn figure(samples: &Samples) -> Figure {
    Figure {
        scope: samples.scope.clone(),
        metric: samples.metric.name,
        unit: samples.metric.unit,
        estimate: samples.estimate(),
    }
}

fn whole<'a>(samples: &'a [Samples], metric: &str) -> Option<&'a Samples> {
    samples.iter().find(|figure| figure.scope.is_empty() && figure.metric.name == metric)
}

fn comparisons(baseline: usize, samples: &[Vec<Samples>]) -> Vec<Comparison> {
    let others = (0..samples.len()).filter(|&strategy| strategy != baseline);
    others.flat_map(|strategy| compare(baseline, strategy, samples)).collect()
}

fn compare(baseline: usize, strategy: usize, samples: &[Vec<Samples>]) -> Vec<Comparison> {
    let figures = samples[strategy].iter().filter(|figure| figure.scope.is_empty());
    let pairs = figures.filter_map(|figure| Some((figure, whole(&samples[baseline], figure.metric.name)?)));
    pairs
        .filter_map(|(figure, base)| {
            let of_batches = figure.batches.as_ref().zip(base.batches.as_ref());
            // Only replications in which both have the figure make a pair.
            let both = figure.values.iter().copied().zip(base.values.iter().copied());
            let (own, base): (Vec<f64>, Vec<f64>) = both.filter(|(own, base)| !own.is_nan() && !base.is_nan()).unzip();
            let difference = paired_difference(&own, &base)?;
            Some(Comparison {
                strategy,
                metric: figure.metric.name,
                unit: figure.metric.unit,
                difference: of_batches
                    .and_then(|batches| difference_of_batches(difference.mean, batches))
                    .unwrap_or(difference),
                // How many times the strategy's figure the baseline's is.
                ratio: paired_ratio(&own, &base),
                variance_ratio: variance_ratio(&own, &base),
            })
        })
        .collect()
}

/// The difference of two single runs, with the interval of the differences of their batches: these saw the same items.
fn difference_of_batches(whole: f64, (own, base): (&Vec<f64>, &Vec<f64>)) -> Option<Estimate> {
    let differences: Vec<f64> = own.iter().zip(base).map(|(own, base)| own - base).collect();
    whole.is_finite().then(|| batch_means(whole, &differences))
}

fn objectives(scenario: &Scenario, samples: &[Vec<Samples>], outcomes: &[Vec<Outcome>]) -> Vec<ObjectiveResult> {
    let mut results = Vec::new();
    for objective in &scenario.objectives {
        // What is not told is neither met nor missed.
        let told = |strategy: &&usize| super::fluid::tells(&outcomes[**strategy], objective.metric.name);
        for &strategy in objective.strategies.iter().filter(told) {
            results.push(objective_result(objective, strategy, &samples[strategy]));
        }
    }
    results
}

fn objective_result(objective: &Objective, strategy: usize, samples: &[Samples]) -> ObjectiveResult {
    let figure = whole(samples, objective.metric.name);
    let measured = figure.map_or(Estimate::from_samples(&[]), Samples::estimate);
    let undefined = figure.is_none();
    let meets = |value: f64| objective.side.holds(value, objective.bound);
    // Where no item arrived at all, nothing was missed either.
    let unprocessed =
        OF_PROCESSED.contains(&objective.metric.name).then(|| whole(samples, "unprocessed_share")).flatten();
    let unprocessed = unprocessed.filter(|figure| figure.values.iter().any(|&share| share > 0.0));
    // A design must not win by losing its slow items.
    let met = undefined || (unprocessed.is_none() && meets(measured.mean));
    let certain =
        unprocessed.is_some() || measured.interval.is_some_and(|(low, high)| meets(low) == met && meets(high) == met);
    let bound = bound_scope(Span::from_secs_f64(objective.bound));
    let within = samples.iter().find(|figure| figure.metric.name == "within_share" && figure.scope == bound);
    ObjectiveResult {
        text: objective.text.clone(),
        location: objective.location.clone(),
        metric: objective.metric.name,
        strategy,
        bound: objective.bound,
        measured,
        met,
        certain,
        undefined,
        unprocessed: unprocessed.map(Samples::estimate),
        share_within: within.filter(|_| objective.metric.name.starts_with("latency_")).map(Samples::estimate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Options, run_all};
    use crate::scenario::load_text;

    fn quiet_hours(load: &str) -> Results {
        let text = format!(
            "name = \"quiet\"\n[run]\nduration = \"1h\"\nreplications = 20\nload = {load}\n\
             [[arrivals]]\nname = \"items\"\nprocess = \"poisson\"\nrate = \"2/h\"\n\
             [functions.post]\nplatform = \"ideal\"\nconcurrency = 1\nservice-time = \"1s\"\n\
             [[strategy]]\nname = \"a\"\nflow = \"queue -> post\"\n\
             [[strategy]]\nname = \"b\"\nflow = \"queue -> post\"\n\
             [[objective]]\nmetric = \"latency_p99\"\nbelow = \"1h\"\n"
        );
        let scenario = load_text("quiet.toml", &text, std::path::Path::new("."), &[]).expect("a valid scenario");
        let outcomes = run_all(&scenario, Options::default()).expect("a run");
        let empty = outcomes[0].iter().filter(|outcome| outcome.items.arrived == 0).count();
        assert!(empty > 0, "some replication is empty");
        let results = assemble(&scenario, &PriceBook::embedded(), &outcomes);
        let p99 = results.strategies[0].figures.iter().find(|figure| figure.metric == "latency_p99");
        assert_eq!(p99.map_or(0, |figure| figure.estimate.replications), 20 - empty);
        results
    }

    #[test]
    fn an_empty_replication_is_left_out_of_what_it_has_not() {
        let results = quiet_hours("1.0");
        let per_million = results.strategies[0].figures.iter().find(|f| f.metric == "cost_usd_per_million");
        assert!(per_million.expect("a cost").estimate.mean.is_finite());
        assert!(!results.strategies[0].quantiles.is_empty());
        assert!(results.comparisons.iter().any(|comparison| comparison.metric == "latency_p99"));
        let objective = &results.objectives[0];
        assert!(objective.met && !objective.undefined);
    }

    #[test]
    fn an_objective_that_nothing_was_measured_for_is_not_missed() {
        let results = quiet_hours("0.000001");
        let objective = &results.objectives[0];
        assert!(objective.met && objective.undefined && objective.measured.mean.is_nan());
    }

    /// Neither is off by the width of a bucket.
    #[test]
    fn the_last_quantile_is_the_longest_latency() {
        let text = "name = \"all\"\n[run]\nduration = \"1h\"\nreplications = 3\n\
                    [[arrivals]]\nname = \"items\"\nprocess = \"poisson\"\nrate = \"1/s\"\n\
                    [functions.post]\nplatform = \"ideal\"\nconcurrency = 2\n\
                    service-time = { exponential = { mean = \"1s\" } }\n\
                    [[strategy]]\nname = \"a\"\nflow = \"queue -> post\"\n";
        let scenario = load_text("all.toml", text, std::path::Path::new("."), &[]).expect("a valid scenario");
        let outcomes = run_all(&scenario, Options::default()).expect("a run");
        let found = &assemble(&scenario, &PriceBook::embedded(), &outcomes).strategies[0];
        let longest = found.figures.iter().find(|figure| figure.metric == "latency_max").expect("a figure");
        let last = found.quantiles.iter().find(|row| row.quantile == 1.0).expect("a row");
        assert!(last.estimate.mean.is_finite() && last.scope.is_empty());
        assert_eq!((last.estimate.mean, last.estimate.interval), (longest.estimate.mean, longest.estimate.interval));
    }

    #[test]
    fn a_mean_over_some_of_the_items_meets_no_objective() {
        // Ten items at once for a server of a second, and 3 s: three are processed, on average after 2 s.
        let text = "name = \"few\"\n[run]\nduration = \"2s\"\ndrain = \"1s\"\nreplications = 2\n\
                    [[arrivals]]\nname = \"items\"\nprocess = \"bursts\"\nbursts = [{ items = 10, at = \"00:00\" }]\n\
                    [functions.post]\nplatform = \"ideal\"\nconcurrency = 1\nservice-time = \"1s\"\n\
                    [[strategy]]\nname = \"a\"\nflow = \"queue -> post\"\n\
                    [[objective]]\nmetric = \"latency_mean\"\nbelow = \"1h\"\n";
        let scenario = load_text("few.toml", text, std::path::Path::new("."), &[]).expect("a valid scenario");
        let outcomes = run_all(&scenario, Options::default()).expect("a run");
        let objective = &assemble(&scenario, &PriceBook::embedded(), &outcomes).objectives[0];
        assert!(objective.measured.mean < 3_600.0 && !objective.met && objective.certain);
        assert!(objective.unprocessed.expect("items are left").mean >= 0.7);
    }
}
