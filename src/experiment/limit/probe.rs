//! A metric at one value, with replications added until its side of the bound is told.

use super::{Decision, LimitError, Question};
use crate::experiment::run::run_some;
use crate::experiment::{Options, assemble};
use crate::pricing::PriceBook;
use crate::scenario::{Condition, Scenario, Side};
use crate::stats::Estimate;

/// How often the replications may be doubled.
const DOUBLINGS: u32 = 3;
/// Looks at a value.
pub(super) const LOOKS: u32 = DOUBLINGS + 1;
/// Metrics of the processed items only: they miss where an item is never processed.
const OF_PROCESSED: [&str; 2] = ["latency_mean", "latency_max"];

/// What one value told.
pub(super) struct Told {
    pub estimate: Estimate,
    pub decision: Decision,
    pub runs: u64,
}

/// The strategy and how sure each look must be.
pub(super) struct Prober<'a> {
    pub question: &'a Question,
    pub prices: &'a PriceBook,
    pub pool: &'a rayon::ThreadPool,
    pub options: Options<'a>,
    pub design: usize,
    /// Level of the interval of each look.
    pub level: f64,
}

impl Prober<'_> {
    /// The scenario with the key at a value.
    pub(super) fn scenario(&self, value: &str) -> Result<Scenario, LimitError> {
        scenario(self.question, value)
    }

    /// Decides a value with at most `budget` runs.
    pub(super) fn probe(&self, value: &str, budget: u64) -> Result<Told, LimitError> {
        let scenario = self.scenario(value)?;
        let mut outcomes = Vec::new();
        let mut wanted = scenario.run.replications;
        for look in 0..LOOKS {
            let have = outcomes.len() as u64;
            if look > 0 && wanted > budget {
                break;
            }
            outcomes.extend(run_some(&scenario, self.design, have..wanted, self.pool, self.options)?);
            let samples = metric_samples(self.question.until.metric.name, &scenario, self.prices, &outcomes);
            let (estimate, decision) = decide(&samples, &self.question.until, self.level);
            if decision != Decision::Undecided {
                return Ok(Told { estimate, decision, runs: wanted });
            }
            wanted *= 2;
        }
        let samples = metric_samples(self.question.until.metric.name, &scenario, self.prices, &outcomes);
        let estimate = Estimate::from_samples(&samples);
        Ok(Told { estimate, decision: Decision::Undecided, runs: outcomes.len() as u64 })
    }
}

/// A metric of the whole strategy, replication by replication; those in which nothing was measured are left out.
pub(in crate::experiment) fn metric_samples(
    metric: &str,
    scenario: &Scenario,
    prices: &PriceBook,
    outcomes: &[crate::model::Outcome],
) -> Vec<f64> {
    let figures = assemble::samples_of_one(scenario, prices, outcomes);
    let whole = |name: &str| figures.iter().find(|figure| figure.scope.is_empty() && figure.metric.name == name);
    let Some(figure) = whole(metric) else { return Vec::new() };
    let unprocessed = whole("unprocessed_share").filter(|_| OF_PROCESSED.contains(&metric));
    let lost = |index: usize| unprocessed.is_some_and(|figure| figure.values[index] > 0.0);
    let values = figure.values.iter().enumerate().filter(|(_, value)| !value.is_nan());
    // A design must not win by losing its slow items.
    values.map(|(index, &value)| if lost(index) { f64::INFINITY } else { value }).collect()
}

/// The scenario with the key at a value.
pub(super) fn scenario(question: &Question, value: &str) -> Result<Scenario, LimitError> {
    let wrong = |_| LimitError::List(question.vary.text().to_owned());
    Ok(question.template.load([question.vary.change(value).map_err(wrong)?])?)
}

/// Which side of the bound a mean is shown to lie on. One that is never in some replication is without end; where nothing
/// arrived in any, nothing is too late.
fn decide(samples: &[f64], until: &Condition, level: f64) -> (Estimate, Decision) {
    let shown = Estimate::from_samples(samples);
    let decision = |holds: bool| if holds { Decision::Holds } else { Decision::HoldsNot };
    if samples.is_empty() {
        return (shown, decision(matches!(until.side, Side::Below | Side::AtMost)));
    }
    if shown.mean.is_infinite() {
        return (shown, decision(until.side.holds(shown.mean, until.bound)));
    }
    let Some((low, high)) = Estimate::with_level(samples, level).interval else {
        return (shown, Decision::Undecided);
    };
    let [low, high] = [low, high].map(|end| until.side.holds(end, until.bound));
    (shown, if low == high { decision(low) } else { Decision::Undecided })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_on_one_side_decides() {
        let until = Condition::parse("latency_p99 > 60s").unwrap();
        let of = |samples: &[f64], level: f64| decide(samples, &until, level).1;
        assert_eq!(of(&[70.0, 71.0, 72.0], 0.95), Decision::Holds);
        assert_eq!(of(&[50.0, 51.0, 52.0], 0.95), Decision::HoldsNot);
        assert_eq!(of(&[62.0, 64.0, 66.0], 0.95), Decision::Undecided);
        assert_eq!(of(&[62.0, 64.0, 66.0], 0.5), Decision::Holds);
        assert_eq!(of(&[60.0; 3], 0.95), Decision::HoldsNot, "it is not above");
        assert_eq!(of(&[1.0, f64::INFINITY], 0.95), Decision::Holds);
        assert_eq!(of(&[], 0.95), Decision::HoldsNot);
        assert_eq!(of(&[99.0], 0.95), Decision::Undecided);
    }
}
