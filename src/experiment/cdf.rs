//! The cumulative distribution of latency, pooled over replications.

use crate::metrics::Histogram;
use crate::model::Outcome;

/// Most points of a curve.
const MOST_POINTS: u64 = 800;

/// (seconds, share of all measured items that came within them), both ascending. Points are taken where the share has
/// grown enough, and in both tails one by one.
pub(super) fn pooled(runs: &[Outcome]) -> Vec<(f64, f64)> {
    let mut latency = Histogram::default();
    runs.iter().for_each(|run| latency.merge(&run.items.latency));
    let population: u64 = runs.iter().map(|run| run.items.measured).sum();
    let Some(least) = latency.min() else { return Vec::new() };
    let stride = (latency.count() / (MOST_POINTS / 2)).max(1);
    let mut points = vec![(least.as_secs_f64(), 0.0)];
    let (mut below, mut taken, mut last) = (0, 0, 0.0);
    let buckets: Vec<_> = latency.buckets().collect();
    for (index, &(_, high, count)) in buckets.iter().enumerate() {
        below += count;
        let high = high.min(latency.max().unwrap_or(high)).as_secs_f64();
        let is_end = index + 1 == buckets.len();
        // A step of the share, or of a hundredth of the latency's decade in the tails.
        if below - taken >= stride || is_end || high > last * 1.05 {
            points.push((high, below as f64 / population as f64));
            (taken, last) = (below, high);
        }
    }
    points
}
