//! Replications added until the interval of a metric is narrow enough, for every strategy.
//!
//! The widths are looked at when the first replications are done, and then again after so many more as the widest of them
//! asks for by the law of 1/√n, at least a quarter more and at most as many again. That keeps the looks few: each is one
//! more chance to stop at a width that is narrow by luck, which makes intervals of a run that stops by their width hold
//! less often than they say (Law and Kelton 1982; measured in docs/verification.md). When to look is known from the
//! outcomes alone, so no result depends on threads.

use super::results::{PrecisionReached, PrecisionResult, StrategyPrecision};
use super::run::{add, pool};
use super::{ExperimentError, Options, assemble};
use crate::model::Outcome;
use crate::pricing::PriceBook;
use crate::scenario::{PrecisionSettings, Scenario};
use crate::stats::Estimate;

/// Every outcome, by strategy and then by replication, and how narrow the intervals became.
pub(super) fn run_until(
    scenario: &Scenario,
    prices: &PriceBook,
    asked: &PrecisionSettings,
    options: Options<'_>,
) -> Result<(Vec<Vec<Outcome>>, PrecisionResult), ExperimentError> {
    let pool = pool(options.threads)?;
    let mut outcomes: Vec<Vec<Outcome>> = scenario.designs.iter().map(|_| Vec::new()).collect();
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); outcomes.len()];
    let (mut done, mut wanted) = (0, scenario.run.replications);
    let mut looks = Vec::new();
    loop {
        add(scenario, done..wanted, &mut outcomes, &pool, options)?;
        for (values, runs) in values.iter_mut().zip(&outcomes) {
            values.extend(assemble::values_of(scenario, prices, &runs[done as usize..], asked.metric));
        }
        done = wanted;
        looks.push(done);
        match next_look(&values, done, asked) {
            Some(next) => wanted = next,
            None => return Ok((outcomes, result(&values, looks, asked))),
        }
    }
}

/// The metric's values of every strategy, NaN where a replication has none: after how many replications to look again;
/// none where it is time to stop.
#[must_use]
pub fn next_look(values: &[Vec<f64>], done: u64, asked: &PrecisionSettings) -> Option<u64> {
    let short = values.iter().map(|values| reached(values, asked.within));
    let widths = short.filter(|(reached, _)| *reached == PrecisionReached::Short).map(|(_, width)| width);
    let widest = widths.map(|width| width.unwrap_or(f64::INFINITY)).reduce(f64::max)?;
    let times = widest / asked.within;
    let needed = (done as f64 * times * times).ceil() as u64;
    (done < asked.max_replications)
        .then(|| needed.clamp(done + done.div_ceil(4), done.saturating_mul(2)).min(asked.max_replications))
}

fn result(values: &[Vec<f64>], looks: Vec<u64>, asked: &PrecisionSettings) -> PrecisionResult {
    let strategies = values.iter().enumerate().map(|(strategy, values)| {
        let (reached, half_width) = reached(values, asked.within);
        StrategyPrecision { strategy, half_width, reached }
    });
    PrecisionResult {
        metric: asked.metric.name,
        within: asked.within,
        max_replications: asked.max_replications,
        looks,
        strategies: strategies.collect(),
    }
}

/// Whether the interval of the present values is narrow enough, and its half-width as a share of the mean.
fn reached(values: &[f64], within: f64) -> (PrecisionReached, Option<f64>) {
    let present = assemble::present(values);
    if present.is_empty() {
        return (PrecisionReached::NothingMeasured, None);
    }
    let estimate = Estimate::from_samples(&present);
    if estimate.mean.is_infinite() {
        // What is never in one replication has no mean, however many are added.
        return (PrecisionReached::Never, None);
    }
    match estimate.relative_half_width() {
        Some(width) if width <= within => (PrecisionReached::Reached, Some(width)),
        width => (PrecisionReached::Short, width.filter(|width| width.is_finite())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::catalogue;

    fn asked(within: f64, max_replications: u64) -> PrecisionSettings {
        let metric = catalogue::find("latency_p99").expect("a metric");
        PrecisionSettings { metric, within, max_replications }
    }

    /// Mean 10 and standard deviation 1 of 20 values: a half-width of t(0.975; 19) / √20 = 2.093024 / 4.472136 = 0.46801.
    fn spread() -> Vec<f64> {
        let off = (19.0f64 / 20.0).sqrt();
        (0..20).map(|index| if index % 2 == 0 { 10.0 - off } else { 10.0 + off }).collect()
    }

    #[test]
    fn the_next_look_is_as_far_as_the_widest_interval_asks_for() {
        let (reached, width) = reached(&spread(), 0.05);
        assert_eq!(reached, PrecisionReached::Reached);
        assert!((width.expect("a width") - 0.046_801).abs() < 1e-6);
        assert_eq!(next_look(&[spread()], 20, &asked(0.05, 1_000)), None);
        // 20 · (0.046801 / 0.04)² = 27.4; 20 · (…/ 0.045)² = 21.6, but a quarter more at least; …/ 0.01: twice at most.
        assert_eq!(next_look(&[spread()], 20, &asked(0.04, 1_000)), Some(28));
        assert_eq!(next_look(&[spread()], 20, &asked(0.045, 1_000)), Some(25));
        assert_eq!(next_look(&[spread()], 20, &asked(0.01, 1_000)), Some(40));
        assert_eq!(next_look(&[vec![7.0; 20], spread()], 20, &asked(0.04, 1_000)), Some(28), "the widest of all");
        assert_eq!(next_look(&[spread()], 20, &asked(0.01, 30)), Some(30));
        assert_eq!(next_look(&[spread()], 20, &asked(0.01, 20)), None, "the cap is hit");
    }

    #[test]
    fn what_no_replication_can_mend_is_not_waited_for() {
        let never = [&spread()[..], &[f64::INFINITY]].concat();
        assert_eq!(reached(&never, 0.01), (PrecisionReached::Never, None));
        assert_eq!(reached(&[f64::NAN; 20], 0.01), (PrecisionReached::NothingMeasured, None));
        assert_eq!(next_look(&[never, vec![f64::NAN; 21]], 21, &asked(0.01, 1_000)), None);
        // Always the same, and never: both are as precise as can be.
        assert_eq!(reached(&[0.0; 20], 0.01), (PrecisionReached::Reached, Some(0.0)));
        // Only the mean is zero: no share of it is wide enough.
        assert_eq!(reached(&[-1.0, 1.0], 0.01), (PrecisionReached::Short, None));
        assert_eq!(next_look(&[vec![-1.0, 1.0]], 2, &asked(0.01, 1_000)), Some(4));
    }
}
