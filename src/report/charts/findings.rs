//! Titles that state what a chart shows, computed from the results.

use super::canvas;
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{lookup, number};

/// With more strategies than this, a title names only the two ends.
const MOST_NAMED: usize = 3;

/// `99 % of items are done within 1.4 s (per event), 28.9 min (hourly batch)`.
pub(super) fn latency(results: &Results) -> String {
    match ranked(results, "latency_p99") {
        ranked if ranked.is_empty() => "How long items take".to_owned(),
        ranked => format!("99 % of items are done within {}", listed(&ranked, "s")),
    }
}

/// `Peak backlog, in items: 65 (per event), 213,000 (hourly batch)`.
pub(super) fn peak(results: &Results, metric: &str, subject: &str, unit: &str) -> String {
    match ranked(results, metric) {
        ranked if ranked.is_empty() => subject.to_owned(),
        ranked => format!("{subject}: {}", listed(&ranked, unit)),
    }
}

/// What became of what was owed: what is left undone, then what is done twice.
pub(super) fn outcomes(results: &Results) -> String {
    if lookup::nothing_arrived(results) {
        return "No item arrived".to_owned();
    }
    let undone = |strategy: &StrategyResults| {
        let owed = lookup::mean(strategy, "owed");
        if owed > 0.0 { 1.0 - lookup::mean(strategy, "processed") / owed } else { 0.0 }
    };
    let again = |strategy: &StrategyResults| lookup::mean(strategy, "duplicates");
    let things = lookup::unit_word(results);
    let every = format!("Every {} is done", things.trim_end_matches('s'));
    let left = greatest(results, undone);
    let twice = greatest(results, again).map(|(strategy, _)| {
        let count = lookup::figure(strategy, "duplicates").map_or_else(String::new, |e| number::mean(e, "effects"));
        (strategy, format!("does {count} again"))
    });
    // What is done twice a run in aggregated counts does not tell.
    let told = results.strategies.iter().any(|strategy| lookup::figure(strategy, "duplicates").is_some());
    match (left, twice) {
        (None, None) if !told => every,
        (None, None) => format!("{every}, and none twice"),
        (None, Some(_)) => format!("{every}; done again: {}", listed(&ranked(results, "duplicates"), "effects")),
        (Some((strategy, share)), twice) => {
            let left = format!("{} leaves {} of its {things} undone", shown(&strategy.name), number::share(share));
            match twice {
                None if !told => left,
                None => format!("{left}; none is done twice"),
                Some((other, again)) if other.name == strategy.name => format!("{left} and {again}"),
                Some((other, again)) => format!("{left}; {} {again}", shown(&other.name)),
            }
        }
    }
}

/// `Most duplicates: hourly batch (1,700), 75 % of them redone after a kill`.
pub(super) fn duplicates(results: &Results) -> String {
    let again = |strategy: &StrategyResults| lookup::mean(strategy, "duplicates");
    let Some((strategy, total)) = greatest(results, again) else { return "No duplicates".to_owned() };
    let most = if results.strategies.len() > 1 { "Most duplicates" } else { "Duplicates" };
    let count = lookup::figure(strategy, "duplicates").map_or_else(String::new, |e| number::mean(e, "effects"));
    let cause = match lookup::causes(strategy)[..] {
        [] => String::new(),
        [(only, _)] => format!(", all {}", only.words()),
        [(first, estimate), ..] => format!(", {} of them {}", number::share(estimate.mean / total), first.words()),
    };
    format!("{most}: {} ({count}){cause}", shown(&strategy.name))
}

/// `A million items cost $0.372 (hourly batch), $2.30 (per event)`.
pub(super) fn cost(results: &Results) -> String {
    let things = lookup::unit_word(results);
    match ranked(results, "cost_usd_per_million") {
        ranked if ranked.is_empty() => format!("What a million {things} cost"),
        ranked => format!("A million {things} cost {}", listed(&ranked, "USD")),
    }
}

/// A name as titles give it: not too long.
fn shown(name: &str) -> String {
    canvas::fitted(name, 220.0, canvas::LABEL)
}

/// The strategy with the greatest value above zero; the first of equals.
fn greatest(results: &Results, value: impl Fn(&StrategyResults) -> f64) -> Option<(&StrategyResults, f64)> {
    let values = results.strategies.iter().map(|strategy| (strategy, value(strategy)));
    // Differences of means of counts are exact to far less than one effect in a million.
    values.filter(|(_, value)| *value > 1e-9).reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Strategies with a figure, from the smallest to the largest.
fn ranked<'a>(results: &'a Results, metric: &str) -> Vec<(&'a str, crate::stats::Estimate)> {
    let mut found: Vec<_> = results
        .strategies
        .iter()
        .filter_map(|strategy| Some((strategy.name.as_str(), *lookup::figure(strategy, metric)?)))
        .collect();
    found.sort_by(|left, right| left.1.mean.total_cmp(&right.1.mean));
    if found.len() > MOST_NAMED {
        found.drain(1..found.len() - 1);
    }
    found
}

fn listed(ranked: &[(&str, crate::stats::Estimate)], unit: &str) -> String {
    let parts = ranked.iter().map(|(name, estimate)| format!("{} ({})", number::mean(estimate, unit), shown(name)));
    parts.collect::<Vec<_>>().join(", ")
}
