//! Finding figures in results.

use crate::experiment::results::{Comparison, Figure, Results, SeriesFigure, StrategyResults};
use crate::stats::Estimate;
use crate::words::{DuplicateCause, LineItem, SuppressedBy};

/// A figure of that scope, with its unit; the scope of the whole strategy is empty.
pub(super) fn scoped<'a>(strategy: &'a StrategyResults, scope: &str, metric: &str) -> Option<&'a Figure> {
    strategy.figures.iter().find(|figure| figure.scope == scope && figure.metric == metric)
}

/// A figure of the whole strategy.
pub(super) fn figure<'a>(strategy: &'a StrategyResults, metric: &str) -> Option<&'a Estimate> {
    scoped(strategy, "", metric).map(|figure| &figure.estimate)
}

/// The mean of a figure of the whole strategy; zero where it was not measured.
pub(super) fn mean(strategy: &StrategyResults, metric: &str) -> f64 {
    figure(strategy, metric).map_or(0.0, |estimate| estimate.mean)
}

/// Whether it was counted that no item arrived, in any replication of any strategy.
pub(super) fn nothing_arrived(results: &Results) -> bool {
    results.strategies.iter().all(|strategy| figure(strategy, "arrived").is_some_and(|arrived| arrived.mean == 0.0))
}

/// What an effect is called: an item where every item owes exactly one, as it does without a fan-out.
pub(super) fn unit_word(results: &Results) -> &'static str {
    let one_each = |strategy: &StrategyResults| mean(strategy, "owed") == mean(strategy, "arrived");
    if results.strategies.iter().all(one_each) { "items" } else { "effects" }
}

/// The causes that a strategy's duplicates have, the most frequent first, and of equals in the order of the causes.
pub(super) fn causes(strategy: &StrategyResults) -> Vec<(DuplicateCause, &Estimate)> {
    most_frequent(strategy, "duplicates", DuplicateCause::ALL.into_iter(), DuplicateCause::name)
}

/// What was counted of a metric by scope, the most frequent first, and of equals in their own order.
fn most_frequent<'a, T: Copy>(
    strategy: &'a StrategyResults,
    metric: &'static str,
    all: impl Iterator<Item = T>,
    name: impl Fn(T) -> &'static str,
) -> Vec<(T, &'a Estimate)> {
    let counted = |one: T| {
        let estimate = &scoped(strategy, name(one), metric)?.estimate;
        (estimate.mean > 0.0).then_some((one, estimate))
    };
    let mut found: Vec<_> = all.filter_map(counted).collect();
    found.sort_by(|left, right| right.1.mean.total_cmp(&left.1.mean));
    found
}

/// What each service costs a million effects of a strategy, in the order of the bill, as far as it is on it.
pub(super) fn services(strategy: &StrategyResults) -> Vec<(&'static str, &Estimate)> {
    let mut names = LineItem::ALL.map(LineItem::service).to_vec();
    names.dedup();
    let cost = |name: &'static str| {
        let estimate = &scoped(strategy, name, "cost_usd_per_million")?.estimate;
        (estimate.mean > 0.0 && estimate.mean.is_finite()).then_some((name, estimate))
    };
    names.into_iter().filter_map(cost).collect()
}

/// Whether more than one service is on the bills of the strategies, taken together.
pub(super) fn several_services(results: &Results) -> bool {
    let mut names: Vec<_> =
        results.strategies.iter().flat_map(|strategy| services(strategy)).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    names.len() > 1
}

/// The mechanisms that suppressed repetitions in a strategy, the most frequent first, and of equals in their own order.
pub(super) fn mechanisms(strategy: &StrategyResults) -> Vec<(SuppressedBy, &Estimate)> {
    most_frequent(strategy, "duplicates_suppressed", SuppressedBy::ALL.into_iter(), SuppressedBy::name)
}

/// What remedies do, by its metric: what is said of so many.
const REMEDIES: [(&str, &str); 7] = [
    ("breakers_opened", "breaker openings"),
    ("calls_short_circuited", "calls short-circuited"),
    ("retries_denied", "retries denied by a quota"),
    ("redriven", "messages redriven"),
    ("shed_by_depth", "items shed before a full queue"),
    ("shed_by_age", "items shed for their age"),
    ("to_destination", "events sent to an on-failure destination"),
];

/// What the remedies of a strategy did, in words, as far as they did something.
pub(super) fn remedies(strategy: &StrategyResults) -> Vec<(&'static str, &Estimate)> {
    let used = |(metric, words): (&str, &'static str)| {
        let estimate = figure(strategy, metric)?;
        (estimate.mean > 0.0).then_some((words, estimate))
    };
    REMEDIES.into_iter().filter_map(used).collect()
}

/// The comparison of a strategy with the baseline on a metric.
pub(super) fn comparison<'a>(results: &'a Results, strategy: usize, metric: &str) -> Option<&'a Comparison> {
    results.comparisons.iter().find(|comparison| comparison.strategy == strategy && comparison.metric == metric)
}

/// The series of that kind: the whole strategy's if it was kept, else those of its parts.
pub(super) fn series<'a>(strategy: &'a StrategyResults, kind: &str) -> Vec<&'a SeriesFigure> {
    let of_kind = || strategy.series.iter().filter(|series| series.series == kind);
    let whole: Vec<_> = of_kind().filter(|series| series.scope.is_empty()).collect();
    if whole.is_empty() { of_kind().collect() } else { whole }
}

/// The strategy with the smallest mean of a metric among those where it is finite; the first of equals.
pub(super) fn smallest(results: &Results, metric: &str) -> Option<usize> {
    let means = results.strategies.iter().map(|strategy| figure(strategy, metric).map(|estimate| estimate.mean));
    let finite = means.enumerate().filter_map(|(index, mean)| Some((index, mean.filter(|mean| mean.is_finite())?)));
    finite.min_by(|left, right| left.1.total_cmp(&right.1)).map(|(index, _)| index)
}
