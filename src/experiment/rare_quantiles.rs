//! Rare quantiles, p99.9 and beyond, and their intervals.
//!
//! The mean of the replications' own is biased there: the 99.9th percentile of 2,000 items is one of their two greatest, and
//! where a queue is busy the few longest sojourns of a replication are all of one busy spell, however many they are.
//! Student's t around such a mean misses the truth. Instead the quantile is taken of all items of all replications
//! together, and its interval from how far the share of items beyond it varies from replication to replication (Woodruff,
//! Journal of the American Statistical Association 47, 1952): ends are the quantiles at q ± t·s, where s is the standard
//! error of the pooled share beyond, each replication a cluster of its own, and not below that of independent items. The
//! batches of one long run are such clusters too.

use std::cmp::Ordering;

use crate::kernel::Span;
use crate::metrics::Histogram;
use crate::stats::{Estimate, student_quantile};

use super::figures::quantile;

/// With fewer items of a replication beyond a quantile, on average, it rests on few.
pub(super) const FEW: f64 = 10.0;
/// Quantiles below this are taken replication by replication.
const LEAST: f64 = 0.999;

/// The quantile with its interval from all replications together: the latencies of each and the items that they are of.
/// None where that is not called for: it is not so rare, or the greatest, or there are fewer than two replications or no
/// items. The upper end is infinite where the items are too few to tell of one.
pub(super) fn estimate(q: f64, runs: &[(&Histogram, u64)]) -> Option<Estimate> {
    let items = items(runs);
    (is_rare(q) && runs.len() > 1 && items > 0).then(|| pooled(q, runs, items))
}

/// Whether a quantile is taken of all replications together.
pub(super) fn is_rare(q: f64) -> bool {
    (LEAST..1.0).contains(&q)
}

/// All items.
pub(super) fn items(runs: &[(&Histogram, u64)]) -> u64 {
    runs.iter().map(|(_, population)| population).sum()
}

/// All latencies.
pub(super) fn merged(runs: &[(&Histogram, u64)]) -> Histogram {
    let mut all = Histogram::default();
    runs.iter().for_each(|(latency, _)| all.merge(latency));
    all
}

fn pooled(q: f64, runs: &[(&Histogram, u64)], items: u64) -> Estimate {
    let all = merged(runs);
    let at = |share: f64| if share >= 1.0 { f64::INFINITY } else { quantile(&all, share.max(0.0), items) };
    let mean = at(q);
    let margin = |length: f64| student_quantile(Estimate::LEVEL, runs.len() - 1) * share_error(q, length, runs);
    let there = margin(mean);
    // The share beyond a shorter length varies more: at the lower end its own error counts.
    let low = at(q - there.max(margin(at(q - there))));
    Estimate { mean, interval: Some((low, at(q + there))), replications: runs.len() }
}

/// The standard error of the share of items beyond a length, by what it is in each replication.
fn share_error(q: f64, length: f64, runs: &[(&Histogram, u64)]) -> f64 {
    let past: Vec<Past> = runs.iter().map(|(latency, population)| Past::of(latency, *population, length)).collect();
    error_of(q, &past)
}

/// Items of a replication that are beyond a length, or never came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Past {
    /// Those beyond.
    pub beyond: u64,
    /// All of them.
    pub items: u64,
}

impl Past {
    /// Of a population, of which those not in the histogram never came; the length in seconds.
    pub(super) fn of(latency: &Histogram, items: u64, length: f64) -> Self {
        let within = if length.is_finite() {
            latency.count_at_most(Span::from_secs_f64(length.max(0.0)))
        } else {
            latency.count()
        };
        Self { beyond: items - within, items }
    }
}

/// Where the rare quantile is shown to lie by the share of items beyond a bound: a two-sided interval of that level, each
/// replication a cluster of its own. None where that is not told: of a replication or of no items nothing is.
pub(super) fn side(q: f64, past: &[Past], level: f64) -> Option<Ordering> {
    let items: u64 = past.iter().map(|past| past.items).sum();
    if past.len() < 2 || items == 0 {
        return None;
    }
    let share = past.iter().map(|past| past.beyond).sum::<u64>() as f64 / items as f64;
    let margin = student_quantile(level, past.len() - 1) * error_of(q, past);
    if share + margin < 1.0 - q {
        Some(Ordering::Less)
    } else if share - margin > 1.0 - q {
        Some(Ordering::Greater)
    } else {
        None
    }
}

fn error_of(q: f64, past: &[Past]) -> f64 {
    let count = past.len() as f64;
    let all = past.iter().map(|past| past.items).sum::<u64>() as f64;
    let share = past.iter().map(|past| past.beyond as f64).sum::<f64>() / all;
    let squares: f64 = past
        .iter()
        .map(|past| {
            let off = past.beyond as f64 - share * past.items as f64;
            off * off
        })
        .sum();
    let clustered = squares * count / (count - 1.0);
    // Never surer than if every item were independent of all others.
    let independent = (1.0 - q) * q * all;
    clustered.max(independent).sqrt() / all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many lengths of 1, 2, 3 … ms.
    fn lengths(count: u64) -> Histogram {
        let mut histogram = Histogram::default();
        (1..=count).for_each(|length| histogram.record(Span::from_micros(length)));
        histogram
    }

    #[test]
    fn it_is_for_rare_quantiles_only() {
        let own = lengths(1_000);
        let runs = vec![(&own, 1_000); 20];
        assert!(estimate(0.999, &runs).is_some());
        assert!(estimate(0.99, &runs).is_none() && estimate(1.0, &runs).is_none());
        assert!(estimate(0.999, &runs[..1]).is_none());
        assert!(estimate(0.999, &[(&own, 0), (&own, 0)]).is_none(), "of no items");
    }

    #[test]
    fn alike_replications_are_as_sure_as_independent_items_and_no_surer() {
        // 20 · 5,000 items: the error of the share is √(0.999 · 0.001 / 100,000) = 9.995e-5, t(0.975; 19) = 2.093024.
        let own = lengths(5_000);
        let found = estimate(0.999, &vec![(&own, 5_000); 20]).expect("it is rare");
        let (low, high) = found.interval.expect("an interval");
        let near = |value: f64, share: f64| assert!((value / (share * 5e-3) - 1.0).abs() < 2.0 / 512.0, "{value}");
        near(found.mean, 0.999);
        near(low, 0.999 - 2.093_024 * 9.995e-5);
        near(high, 0.999 + 2.093_024 * 9.995e-5);
    }

    #[test]
    fn replications_that_differ_make_it_wider() {
        // The k-th longest of each is 50 s / k, and nine times that in every other of the mixed ones. Of the million items a
        // thousand lie beyond, ±2.1 · √1,000 = 66 if all are alike; of the mixed ones 10 or 90 of each, ±2.1 · √33,700 = 384.
        let of = |scale: u64| {
            let mut histogram = Histogram::default();
            (1..=50_000).for_each(|rank| histogram.record(Span::from_micros(50_000_000 * scale / rank)));
            histogram
        };
        let (own, longer) = (of(1), of(9));
        let relative_width = |runs: &[(&Histogram, u64)]| {
            let found = estimate(0.999, runs).expect("it is rare");
            let (low, high) = found.interval.expect("an interval");
            (high - low) / found.mean
        };
        let mixed: Vec<_> = (0..20).map(|run| (if run % 2 == 0 { &own } else { &longer }, 50_000)).collect();
        let (alike, differ) = (relative_width(&[(&own, 50_000); 20]), relative_width(&mixed));
        assert!(differ > 3.0 * alike && differ.is_finite(), "{differ} {alike}");
    }

    #[test]
    fn too_few_items_have_no_upper_end() {
        // 2 · 500 items: one is expected beyond, and t(0.975; 1) is 12.7.
        let own = lengths(500);
        let found = estimate(0.999, &[(&own, 500), (&own, 500)]).expect("it is rare");
        let (low, high) = found.interval.expect("an interval");
        assert!(found.mean.is_finite() && low < found.mean && high.is_infinite());
    }

    #[test]
    fn a_bound_has_a_side_where_the_items_tell_it() {
        // Of 100,000 items 100 may be beyond: t(0.975; 19) · √99.9 = 20.9 on either side.
        let past = |beyond: u64| vec![Past { beyond, items: 5_000 }; 20];
        assert_eq!(side(0.999, &past(3), 0.95), Some(Ordering::Less));
        assert_eq!(side(0.999, &past(4), 0.95), None, "80 are within 20.9 of 100");
        assert_eq!(side(0.999, &past(6), 0.95), None);
        assert_eq!(side(0.999, &past(7), 0.95), Some(Ordering::Greater));
        // None beyond among too few says nothing, and all beyond says all.
        assert_eq!(side(0.999, &[Past { beyond: 0, items: 500 }; 2], 0.95), None);
        assert_eq!(side(0.999, &[Past { beyond: 500, items: 500 }; 2], 0.95), Some(Ordering::Greater));
        assert_eq!(side(0.999, &[Past { beyond: 0, items: 0 }; 2], 0.95), None);
        assert_eq!(side(0.999, &[Past { beyond: 0, items: 1_000_000 }], 0.95), None);
        // The same hundred in one busy spell are less sure.
        let mut spell = past(0);
        spell[0].beyond = 140;
        assert_eq!(side(0.999, &spell, 0.95), None);
    }
}
