//! On which side of a bound a metric's mean is shown to lie, by the samples of some replications.

use std::cmp::Ordering;

use serde::Serialize;

use super::assemble::{Samples, samples_of_one};
use super::rare_quantiles::Past;
use super::{quantiles, rare_quantiles};
use crate::model::Outcome;
use crate::pricing::PriceBook;
use crate::scenario::{Condition, Scenario, Side};
use crate::stats::Estimate;

/// Metrics of the processed items only: they miss where an item is never processed.
pub(super) const OF_PROCESSED: [&str; 2] = ["latency_mean", "latency_max"];

/// How a value was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The condition holds there.
    Holds,
    /// It does not.
    HoldsNot,
    /// No number of replications that was tried could tell.
    Undecided,
}

/// A metric of the whole strategy, replication by replication: NaN where nothing was measured, infinite where it would
/// flatter a strategy that lost its slow items.
pub(super) fn samples_of(figures: &[Samples], metric: &str) -> Vec<f64> {
    let whole = |name: &str| figures.iter().find(|figure| figure.scope.is_empty() && figure.metric.name == name);
    let Some(figure) = whole(metric) else { return Vec::new() };
    let unprocessed = whole("unprocessed_share").filter(|_| OF_PROCESSED.contains(&metric));
    let lost = |index: usize| unprocessed.is_some_and(|figure| figure.values[index] > 0.0);
    // A design must not win by losing its slow items.
    let values = figure.values.iter().enumerate();
    values.map(|(index, &value)| if !value.is_nan() && lost(index) { f64::INFINITY } else { value }).collect()
}

/// The same of one strategy's outcomes; replications in which nothing was measured are left out.
pub(super) fn measured(metric: &str, scenario: &Scenario, prices: &PriceBook, outcomes: &[Outcome]) -> Vec<f64> {
    let mut samples = samples_of(&samples_of_one(scenario, prices, outcomes), metric);
    samples.retain(|sample| !sample.is_nan());
    samples
}

/// Which side of the bound a mean is shown to lie on, by the two-sided interval of that level. A mean that is never in some
/// replication is without end; where nothing was measured in any, nothing is too late.
pub(super) fn decide(samples: &[f64], condition: &Condition, level: f64) -> Decision {
    let samples: Vec<f64> = samples.iter().copied().filter(|sample| !sample.is_nan()).collect();
    let told = |holds: bool| if holds { Decision::Holds } else { Decision::HoldsNot };
    let holds = |value: f64| condition.side.holds(value, condition.bound);
    if samples.is_empty() {
        return told(matches!(condition.side, Side::Below | Side::AtMost));
    }
    let mean = Estimate::from_samples(&samples).mean;
    let above_zero = condition.bound == 0.0 && never_negative(condition.metric.name) && mean > 0.0;
    if mean.is_infinite() || above_zero {
        return told(holds(mean));
    }
    let Some((low, high)) = Estimate::with_level(&samples, level).interval else { return Decision::Undecided };
    if holds(low) == holds(high) { told(holds(low)) } else { Decision::Undecided }
}

/// The same of a rare quantile, which is of all replications together: by the items of each beyond the bound. Where
/// nothing was measured, nothing is too late.
pub(super) fn decide_rare(q: f64, past: &[Past], condition: &Condition, level: f64) -> Decision {
    let holds = |at: f64| if condition.side.holds(at, condition.bound) { Decision::Holds } else { Decision::HoldsNot };
    if past.iter().all(|past| past.items == 0) {
        return holds(f64::NEG_INFINITY);
    }
    match rare_quantiles::side(q, past, level) {
        Some(Ordering::Less) => holds(f64::NEG_INFINITY),
        Some(_) => holds(f64::INFINITY),
        None => Decision::Undecided,
    }
}

/// The metric over all outcomes of one strategy, as reports show it, and which side of the bound it is shown to lie on.
pub(super) fn judged(
    condition: &Condition,
    scenario: &Scenario,
    prices: &PriceBook,
    outcomes: &[Outcome],
    level: f64,
) -> (Estimate, Decision) {
    let rare = quantiles::rare_metric(condition.metric.name);
    if let Some((q, estimate)) = rare.and_then(|q| Some((q, quantiles::pooled("", q, outcomes)?))) {
        let past: Vec<Past> = outcomes.iter().map(|run| quantiles::past(run, condition.bound)).collect();
        return (estimate, decide_rare(q, &past, condition, level));
    }
    let samples = measured(condition.metric.name, scenario, prices, outcomes);
    (Estimate::from_samples(&samples), decide(&samples, condition, level))
}

/// Of what is never negative, one value above zero says that the mean is. What a fault did is a difference.
fn never_negative(metric: &str) -> bool {
    !metric.ends_with("_in_fault")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_on_one_side_decides() {
        let until = Condition::parse("latency_p99 > 60s").unwrap();
        let of = |samples: &[f64], level: f64| decide(samples, &until, level);
        assert_eq!(of(&[70.0, 71.0, 72.0], 0.95), Decision::Holds);
        assert_eq!(of(&[50.0, 51.0, 52.0], 0.95), Decision::HoldsNot);
        assert_eq!(of(&[62.0, 64.0, 66.0], 0.95), Decision::Undecided);
        assert_eq!(of(&[62.0, 64.0, 66.0], 0.5), Decision::Holds);
        assert_eq!(of(&[60.0; 3], 0.95), Decision::HoldsNot, "it is not above");
        assert_eq!(of(&[1.0, f64::INFINITY], 0.95), Decision::Holds);
        assert_eq!(of(&[], 0.95), Decision::HoldsNot);
        assert_eq!(of(&[f64::NAN], 0.95), Decision::HoldsNot);
        assert_eq!(of(&[99.0], 0.95), Decision::Undecided);
    }

    #[test]
    fn a_rare_quantile_is_decided_by_the_items_beyond_the_bound() {
        let of = |text: &str, beyond: u64, items: u64| {
            decide_rare(0.999, &[Past { beyond, items }; 20], &Condition::parse(text).unwrap(), 0.95)
        };
        assert_eq!(of("latency_p999 > 60s", 7, 5_000), Decision::Holds);
        assert_eq!(of("latency_p999 > 60s", 3, 5_000), Decision::HoldsNot);
        assert_eq!(of("latency_p999 <= 60s", 3, 5_000), Decision::Holds);
        assert_eq!(of("latency_p999 <= 60s", 5, 5_000), Decision::Undecided);
        assert_eq!(of("latency_p999 <= 60s", 0, 0), Decision::Holds, "nothing is too late");
    }

    #[test]
    fn what_happened_once_does_happen() {
        let of = |text: &str, samples: &[f64]| decide(samples, &Condition::parse(text).unwrap(), 0.999);
        let rare = [0.0, 0.0, 0.0, 1.0, 0.0];
        assert_eq!(of("lost <= 0", &rare), Decision::HoldsNot);
        assert_eq!(of("timeouts > 0", &rare), Decision::Holds);
        assert_eq!(of("lost <= 0", &[0.0; 5]), Decision::Holds);
        // More of it may happen without the fault than with it.
        assert_eq!(of("lost_in_fault <= 0", &rare), Decision::Undecided);
    }
}
