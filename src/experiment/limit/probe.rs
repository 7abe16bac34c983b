//! A metric at one value, with replications added until its side of the bound is told.

use super::{Decision, LimitError, Question};
use crate::experiment::decide::judged;
use crate::experiment::results::RareQuantile;
use crate::experiment::run::{REPORTS_A_RUN, run_some};
use crate::experiment::{Options, quantiles};
use crate::model::Outcome;
use crate::pricing::PriceBook;
use crate::scenario::Scenario;
use crate::stats::Estimate;

/// How often the replications may be doubled.
const DOUBLINGS: u32 = 3;
/// Looks at a value.
pub(super) const LOOKS: u32 = DOUBLINGS + 1;

/// What one value told.
pub(super) struct Told {
    pub estimate: Estimate,
    pub decision: Decision,
    pub doubt: Option<RareQuantile>,
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
    /// Runs of the strategies before this one.
    pub before: u64,
    /// Runs that are expected in all: at least those that are done.
    pub expected: u64,
}

impl Prober<'_> {
    /// The scenario with the key at a value.
    pub(super) fn scenario(&self, value: &str) -> Result<Scenario, LimitError> {
        scenario(self.question, value)
    }

    /// Decides a value with at most `budget` runs, after `done` of its strategy.
    pub(super) fn probe(&self, value: &str, done: u64, budget: u64) -> Result<Told, LimitError> {
        let scenario = self.scenario(value)?;
        let mut outcomes = Vec::new();
        let mut wanted = scenario.run.replications;
        for look in 0..LOOKS {
            let have = outcomes.len() as u64;
            if look > 0 && wanted > budget {
                break;
            }
            let total = self.expected.max(self.before + done + wanted) * REPORTS_A_RUN;
            outcomes.extend(run_some(&scenario, self.design, have..wanted, self.pool, total, self.options)?);
            let told = self.told(&scenario, &outcomes);
            if told.decision != Decision::Undecided {
                return Ok(told);
            }
            wanted *= 2;
        }
        Ok(self.told(&scenario, &outcomes))
    }

    /// What the runs so far tell.
    fn told(&self, scenario: &Scenario, outcomes: &[Outcome]) -> Told {
        let until = &self.question.until;
        let (estimate, decision) = judged(until, scenario, self.prices, outcomes, self.level);
        let doubt = quantiles::doubtful(self.design, until.metric.name, outcomes);
        Told { estimate, decision, doubt, runs: outcomes.len() as u64 }
    }
}

/// The scenario with the key at a value.
pub(super) fn scenario(question: &Question, value: &str) -> Result<Scenario, LimitError> {
    let wrong = |_| LimitError::List(question.vary.text().to_owned());
    Ok(question.template.load([question.vary.change(value).map_err(wrong)?])?)
}
