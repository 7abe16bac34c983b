//! From outcomes to results: estimates over replications, comparisons, objectives, the fingerprint.

use super::figures::{Reckoning, Value, bound_scope, figures, quantile};
use super::results::{Comparison, Figure, ObjectiveResult, QuantileFigure, Results, StrategyResults};
use super::{cdf, fingerprint, run, series};
use crate::kernel::Span;
use crate::metrics::catalogue::Metric;
use crate::model::Outcome;
use crate::pricing::PriceBook;
use crate::scenario::{Objective, Scenario, Side};
use crate::stats::{Estimate, paired_difference, paired_ratio};

/// The quantiles of `latency.csv`.
const QUANTILES: [f64; 13] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0];

/// One figure over all replications.
struct Samples {
    scope: String,
    metric: &'static Metric,
    values: Vec<f64>,
}

/// Everything a report shows.
pub(super) fn assemble(scenario: &Scenario, prices: &PriceBook, outcomes: &[Vec<Outcome>]) -> Results {
    let bounds = run::latency_bounds(scenario);
    let reckoning = Reckoning { prices, duration: scenario.run.duration, bounds: &bounds };
    let samples: Vec<Vec<Samples>> = outcomes.iter().map(|runs| samples(runs, &reckoning)).collect();
    Results {
        scenario: scenario.name.clone(),
        summary: scenario.summary.clone(),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: scenario.run.seed,
        replications: scenario.run.replications,
        duration_s: scenario.run.duration.as_secs_f64(),
        drain_s: scenario.run.drain.as_secs_f64(),
        start: scenario.run.start.to_string(),
        baseline: scenario.baseline,
        strategies: (0..outcomes.len())
            .map(|index| strategy(scenario, index, &outcomes[index], &samples[index]))
            .collect(),
        comparisons: comparisons(scenario.baseline, &samples),
        objectives: objectives(scenario, &samples),
        fingerprint: fingerprint::of(outcomes),
        understood: scenario.understood.clone(),
    }
}

fn samples(runs: &[Outcome], reckoning: &Reckoning<'_>) -> Vec<Samples> {
    let mut samples: Vec<Samples> = Vec::new();
    for outcome in runs {
        for Value { scope, metric, value } in figures(outcome, reckoning) {
            match samples.iter_mut().find(|known| known.metric.name == metric.name && known.scope == scope) {
                Some(known) => known.values.push(value),
                None => samples.push(Samples { scope, metric, values: vec![value] }),
            }
        }
    }
    samples.retain(|figure| figure.values.iter().all(|value| !value.is_nan()) && !is_unused_row(figure));
    samples
}

/// A row of the bill that no run used.
fn is_unused_row(figure: &Samples) -> bool {
    figure.metric.name == "cost_usd" && !figure.scope.is_empty() && figure.values.iter().all(|&value| value == 0.0)
}

fn strategy(scenario: &Scenario, index: usize, runs: &[Outcome], samples: &[Samples]) -> StrategyResults {
    let design = &scenario.designs[index];
    StrategyResults {
        name: design.name.clone(),
        flow: design.flow.clone(),
        figures: samples.iter().map(figure).collect(),
        quantiles: quantiles(runs),
        latency_cdf: cdf::pooled(runs),
        series: series::merge(runs),
    }
}

fn figure(samples: &Samples) -> Figure {
    Figure {
        scope: samples.scope.clone(),
        metric: samples.metric.name,
        unit: samples.metric.unit,
        estimate: Estimate::from_samples(&samples.values),
    }
}

fn quantiles(runs: &[Outcome]) -> Vec<QuantileFigure> {
    let mut rows = Vec::new();
    let branches = runs.first().map_or(0, |run| run.branches.len());
    let scopes = std::iter::once(None).chain((0..branches).map(Some));
    for branch in scopes {
        for q in QUANTILES {
            let values: Vec<f64> = runs
                .iter()
                .map(|run| {
                    let latency = branch.map_or(&run.items.latency, |branch| &run.branches[branch].latency);
                    quantile(latency, q, run.items.measured)
                })
                .collect();
            if values.iter().all(|value| !value.is_nan()) {
                let scope = branch.map_or(String::new(), |branch| runs[0].branches[branch].label.clone());
                rows.push(QuantileFigure { scope, quantile: q, estimate: Estimate::from_samples(&values) });
            }
        }
    }
    rows
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
            Some(Comparison {
                strategy,
                metric: figure.metric.name,
                unit: figure.metric.unit,
                difference: paired_difference(&figure.values, &base.values)?,
                // How many times the strategy's figure the baseline's is.
                ratio: paired_ratio(&figure.values, &base.values),
            })
        })
        .collect()
}

fn objectives(scenario: &Scenario, samples: &[Vec<Samples>]) -> Vec<ObjectiveResult> {
    let mut results = Vec::new();
    for objective in &scenario.objectives {
        for &strategy in &objective.strategies {
            results.push(objective_result(objective, strategy, &samples[strategy]));
        }
    }
    results
}

fn objective_result(objective: &Objective, strategy: usize, samples: &[Samples]) -> ObjectiveResult {
    let figure = whole(samples, objective.metric.name);
    let measured = Estimate::from_samples(figure.map_or(&[f64::INFINITY], |figure| &figure.values));
    let meets = |value: f64| match objective.side {
        Side::Below => value < objective.bound,
        Side::Above => value > objective.bound,
    };
    // What was not measured, as nothing arrived, meets no objective.
    let met = figure.is_some() && meets(measured.mean);
    let certain = measured.interval.is_some_and(|(low, high)| meets(low) == met && meets(high) == met);
    let bound = bound_scope(Span::from_secs_f64(objective.bound));
    let within = samples.iter().find(|figure| figure.metric.name == "within_share" && figure.scope == bound);
    ObjectiveResult {
        text: objective.text.clone(),
        metric: objective.metric.name,
        strategy,
        bound: objective.bound,
        measured,
        met,
        certain,
        undefined: false,
        only_processed: false,
        share_within: within
            .filter(|_| objective.metric.name.starts_with("latency_"))
            .map(|figure| Estimate::from_samples(&figure.values)),
    }
}
