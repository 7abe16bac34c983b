//! What must not be overlooked: items that are never done, and every way in which they ended otherwise.

use super::paint::{self, Paint};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{lookup, number};

/// Figures that belong on the screen only when they are not zero, and how they are put.
const RARE: [(&str, &str); 4] = [
    ("dead_lettered", "dead-lettered"),
    ("expired", "expired"),
    ("rejected", "rejected"),
    ("backlog_end", "still in the backlog at the end"),
];

/// A line a strategy and kind of trouble; empty if there is none.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let nevers = results.strategies.iter().filter_map(never).map(|line| paint.bad(&paint::wrapped(&line, width, 2)));
    let rare = results.strategies.iter().filter_map(rare).map(|line| paint::wrapped(&line, width, 2));
    nevers.chain(rare).collect::<Vec<_>>().join("\n")
}

fn never(strategy: &StrategyResults) -> Option<String> {
    let endless = |metric: &str| lookup::figure(strategy, metric).is_some_and(|estimate| !estimate.mean.is_finite());
    endless("latency_p99").then(|| {
        let share = lookup::mean(strategy, "unprocessed_share");
        let why = if share > 0.0 {
            format!("{} of its items are never fully processed", number::share(share))
        } else {
            "in at least one replication too few of its items are ever processed".to_owned()
        };
        let half = if endless("latency_p50") { ", and not even the median is reached" } else { "" };
        format!("! {} has no p99: {why}{half}", strategy.name)
    })
}

fn rare(strategy: &StrategyResults) -> Option<String> {
    let parts: Vec<_> = RARE
        .iter()
        .filter_map(|(metric, words)| {
            let estimate = lookup::figure(strategy, metric).filter(|estimate| estimate.mean > 0.0)?;
            Some(format!("{} {words}", number::estimate(estimate, "effects")))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{}: {}", strategy.name, parts.join(", ")))
}
