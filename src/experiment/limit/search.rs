//! The search: both ends first, then the middle of what is not decided yet.

use super::probe::{self, LOOKS, Prober, Told};
use super::{Decision, Found, Limit, LimitError, Probe, Question};
use crate::experiment::Options;
use crate::experiment::run::pool;
use crate::pricing::PriceBook;
use crate::scenario::{Scale, Vary};

/// Most values that are tried of a strategy.
const VALUES_AT_MOST: u32 = 40;
/// The chance that any of its decisions is wrong.
const LEVEL: f64 = 0.05;

/// The limit of every strategy, in the order of the scenario.
///
/// # Errors
/// If the scenario is refused at a value, the key has no range, or a run fails.
pub fn find(question: &Question, prices: &PriceBook, options: Options<'_>) -> Result<Vec<Limit>, LimitError> {
    let text = || question.vary.text().to_owned();
    let Some(scale) = question.vary.scale().filter(|_| question.vary.is_range()) else {
        return Err(LimitError::List(text()));
    };
    // Both ends are validated before anything runs.
    let ends = [question.vary.at(0.0), question.vary.at(1.0)];
    let [base, other] = [probe::scenario(question, &ends[0])?, probe::scenario(question, &ends[1])?];
    let names = |scenario: &crate::scenario::Scenario| -> Vec<String> {
        scenario.designs.iter().map(|design| design.name.clone()).collect()
    };
    if names(&base) != names(&other) {
        return Err(LimitError::Strategies(text()));
    }
    if base.run.replications < 2 || other.run.replications < 2 {
        return Err(LimitError::Replications);
    }
    let pool = pool(options.threads)?;
    let level = 1.0 - LEVEL / f64::from(VALUES_AT_MOST * LOOKS);
    let names = names(&base);
    let each = expected_values(question, scale) * base.run.replications;
    let (mut limits, mut before) = (Vec::new(), 0);
    for (design, name) in names.iter().enumerate() {
        let expected = before + each * (names.len() - design) as u64;
        let prober = Prober { question, prices, pool: &pool, options, design, level, before, expected };
        let limit = Search { prober, scale, probes: Vec::new(), runs: 0 }.limit(name.clone())?;
        before += limit.runs;
        limits.push(limit);
    }
    Ok(limits)
}

/// How many values a bisection takes that can decide each of them: both ends, and as many halvings as the precision asks for.
fn expected_values(question: &Question, scale: Scale) -> u64 {
    let [low, high] = [0.0, 1.0].map(|share| Vary::number(&question.vary.at(share)).unwrap_or(1.0));
    let widths = match scale {
        Scale::Linear => (high - low) / (question.precision * high.abs().max(low.abs())),
        Scale::Logarithmic => libm::log(high / low) / question.precision,
    };
    2 + (libm::ceil(libm::log2(widths.max(1.0))) as u64).min(u64::from(VALUES_AT_MOST))
}

/// A search under way.
struct Search<'a> {
    prober: Prober<'a>,
    scale: Scale,
    /// Where each value lies between the ends, from 0 to 1, and what it told.
    probes: Vec<(f64, Probe)>,
    runs: u64,
}

/// What is between the two decided values.
struct Bracket {
    low: f64,
    high: f64,
    /// The least and greatest undecided value.
    undecided: Option<(f64, f64)>,
}

impl Bracket {
    /// The greatest stretch without a value, and its middle.
    fn widest(&self) -> (f64, f64) {
        let stretches = match self.undecided {
            None => [(self.low, self.high), (self.high, self.high)],
            Some((first, last)) => [(self.low, first), (last, self.high)],
        };
        let [one, other] = stretches;
        if one.1 - one.0 >= other.1 - other.0 { one } else { other }
    }
}

impl Search<'_> {
    fn limit(mut self, strategy: String) -> Result<Limit, LimitError> {
        let ends = [self.probe(0.0)?, self.probe(1.0)?];
        let found = match ends {
            [Decision::Undecided, _] | [_, Decision::Undecided] => Found::Unknown,
            [Decision::Holds, Decision::Holds] => Found::Everywhere,
            [Decision::HoldsNot, Decision::HoldsNot] => Found::Nowhere,
            _ => return self.between(strategy, ends[0]),
        };
        Ok(self.told(strategy, found, 0.0, 1.0))
    }

    /// Narrows the bracket; `below` is what holds at its low end.
    fn between(mut self, strategy: String, below: Decision) -> Result<Limit, LimitError> {
        let mut bracket = Bracket { low: 0.0, high: 1.0, undecided: None };
        let mut found = Found::Limit;
        loop {
            let (from, to) = bracket.widest();
            if self.narrow(from, to) {
                if !self.narrow(bracket.low, bracket.high) {
                    found = Found::Noise;
                }
                break;
            }
            if self.probes.len() >= VALUES_AT_MOST as usize || self.left() < self.least() {
                found = Found::Budget;
                break;
            }
            let share = from + (to - from) / 2.0;
            let decision = self.probe(share)?;
            match decision {
                Decision::Undecided => {}
                decision if decision == below => bracket.low = share,
                _ => bracket.high = share,
            }
            bracket.undecided = self.undecided(&bracket);
        }
        Ok(self.told(strategy, found, bracket.low, bracket.high))
    }

    /// The least and greatest undecided value inside; what is outside by now says nothing more.
    fn undecided(&self, bracket: &Bracket) -> Option<(f64, f64)> {
        let inside = self.probes.iter().filter(|(share, probe)| {
            probe.decision == Decision::Undecided && *share > bracket.low && *share < bracket.high
        });
        inside
            .map(|(share, _)| (*share, *share))
            .reduce(|(least, most), (share, _)| (least.min(share), most.max(share)))
    }

    fn value(&self, share: f64) -> String {
        self.prober.question.vary.at(share)
    }

    fn number(&self, share: f64) -> f64 {
        Vary::number(&self.value(share)).unwrap_or(f64::NAN)
    }

    /// Whether two values are as near as was asked, or nothing is between them.
    fn narrow(&self, from: f64, to: f64) -> bool {
        let (low, high) = (self.number(from), self.number(to));
        let between = self.value(from + (to - from) / 2.0);
        high - low <= self.prober.question.precision * high.abs()
            || between == self.value(from)
            || between == self.value(to)
    }

    fn left(&self) -> u64 {
        self.prober.question.budget.saturating_sub(self.runs)
    }

    /// Runs that the next value takes at least: as many as the first took.
    fn least(&self) -> u64 {
        self.probes.iter().map(|(_, probe)| probe.estimate.replications as u64).min().unwrap_or(1)
    }

    fn probe(&mut self, share: f64) -> Result<Decision, LimitError> {
        let value = self.value(share);
        let Told { estimate, decision, doubt, runs } = self.prober.probe(&value, self.runs, self.left())?;
        self.runs += runs;
        let number = self.number(share);
        self.probes.push((share, Probe { value, number, estimate, decision, doubt }));
        Ok(decision)
    }

    fn told(mut self, strategy: String, found: Found, low: f64, high: f64) -> Limit {
        self.probes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (least, most) = (self.number(low), self.number(high));
        let estimate = match self.scale {
            Scale::Linear => least + (most - least) / 2.0,
            Scale::Logarithmic => libm::sqrt(least * most),
        };
        Limit {
            strategy,
            found,
            low: self.value(low),
            high: self.value(high),
            estimate,
            probes: self.probes.into_iter().map(|(_, probe)| probe).collect(),
            runs: self.runs,
        }
    }
}
