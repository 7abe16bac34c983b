//! The procedure, free of scenarios: settings are played in rounds, and dropped as soon as a round tells enough.
//!
//! Round `l` of [`LOOKS`] has `first · 2^l` replications of each setting that is still in the race. After it, each
//! statement below is made where a one-sided Student-t bound of level `a` on the mean of independent replications bears it:
//!
//! - *meets* an objective, or *misses* it (one on p99.9: by the share of all items beyond its bound);
//! - *costs more* than the cheapest setting that meets them all: the mean of the paired differences is above zero;
//! - is *not cheaper by more than the indifference* δ: the mean of `cost - (1 - δ) · cost of the cheapest` is at least zero.
//!
//! With k settings of a strategy and m objectives, at most m + 2k statements of a round can lead to a wrong choice in it, and
//! one of each setting to a wrong choice among strategies (the proof is in `docs/recommendation.md`); so `a` is the chance
//! of error over the number of these statements and of the rounds.

use super::{Decision, Found, Standing};
use crate::experiment::decide::{decide, decide_rare};
use crate::experiment::quantiles;
use crate::experiment::rare_quantiles::Past;
use crate::scenario::Condition;
use crate::stats::Estimate;

/// Rounds, and so looks at each setting: the last has 32 times the first replications.
pub const LOOKS: u32 = 6;

/// What is to be kept.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub confidence: f64,
    /// δ.
    pub indifference: f64,
    /// Most runs of each strategy.
    pub budget: u64,
    /// Replications of the first round, at least two.
    pub first: u64,
    /// The objectives of all strategies.
    pub goals: Vec<Condition>,
}

/// What one replication of a setting told: NaN where nothing was measured.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draw {
    pub cost: f64,
    pub latency: f64,
    /// By goal.
    pub metrics: Vec<f64>,
    /// By goal: the items beyond its bound, where its metric is a quantile of all replications together.
    pub past: Vec<Option<Past>>,
}

/// A setting in the race.
#[derive(Debug)]
pub(super) struct Runner {
    pub strategy: usize,
    pub draws: Vec<Draw>,
    /// The goals that it is held against, and what is told of them.
    pub held: Vec<(usize, Decision)>,
    /// None as long as it is in the race.
    dropped: Option<Standing>,
}

/// Where the race in a strategy stands.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    pub found: Option<Found>,
    pub chosen: Option<usize>,
    pub runs: u64,
}

/// A race under way; settings stand in the order in which ties are decided.
#[derive(Debug)]
pub(super) struct Race {
    rules: Rules,
    pub runners: Vec<Runner>,
    pub lanes: Vec<Lane>,
    /// Level of the two-sided interval of which each end is a one-sided bound.
    level: f64,
    pub statements: u64,
}

impl Race {
    /// `settings`: the strategy of each; `goals_of`: the goals that each strategy is held against.
    pub(super) fn new(rules: Rules, settings: &[usize], goals_of: &[Vec<usize>]) -> Self {
        let goals: u64 = goals_of.iter().map(|goals| goals.len() as u64).sum();
        let statements = goals + 3 * settings.len() as u64;
        let share = (1.0 - rules.confidence) / (statements * u64::from(LOOKS)) as f64;
        let runner = |&strategy: &usize| Runner {
            strategy,
            draws: Vec::new(),
            held: goals_of[strategy].iter().map(|&goal| (goal, Decision::Undecided)).collect(),
            dropped: None,
        };
        let lane = Lane { found: None, chosen: None, runs: 0 };
        Self {
            runners: settings.iter().map(runner).collect(),
            lanes: vec![lane; goals_of.len()],
            level: 1.0 - 2.0 * share,
            statements,
            rules,
        }
    }

    /// Runs of a strategy that its first round takes.
    pub(super) fn first_round(&self, strategy: usize) -> u64 {
        self.alive(strategy).len() as u64 * self.rules.first
    }

    /// Runs the race. `play` gets (setting, replication) pairs and the number of runs before them, and gives what each told.
    pub(super) fn run<E>(
        &mut self,
        mut play: impl FnMut(&[(usize, u64)], u64) -> Result<Vec<Draw>, E>,
    ) -> Result<(), E> {
        for look in 0..LOOKS {
            let wanted = self.rules.first << look;
            let lanes: Vec<usize> = (0..self.lanes.len()).filter(|&lane| self.enters(lane, wanted)).collect();
            let alive = lanes.iter().flat_map(|&lane| self.alive(lane));
            let missing = |index: usize| (self.runners[index].draws.len() as u64..wanted).map(move |n| (index, n));
            let jobs: Vec<(usize, u64)> = alive.flat_map(missing).collect();
            if jobs.is_empty() {
                break;
            }
            let draws = play(&jobs, self.runs())?;
            for (&(index, _), draw) in jobs.iter().zip(draws) {
                self.lanes[self.runners[index].strategy].runs += 1;
                self.runners[index].draws.push(draw);
            }
            lanes.into_iter().for_each(|lane| self.judge(lane));
        }
        let unsettled: Vec<usize> = (0..self.lanes.len()).filter(|&lane| self.lanes[lane].found.is_none()).collect();
        unsettled.into_iter().for_each(|lane| self.give_up(lane, Found::Noise));
        Ok(())
    }

    /// Runs of all strategies.
    pub(super) fn runs(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.runs).sum()
    }

    /// Settings of a strategy that are in the race.
    fn alive(&self, strategy: usize) -> Vec<usize> {
        let alive = |index: &usize| self.runners[*index].strategy == strategy && self.runners[*index].dropped.is_none();
        (0..self.runners.len()).filter(alive).collect()
    }

    /// Whether a strategy takes part in the next round: it is not settled, and its budget suffices.
    fn enters(&mut self, lane: usize, wanted: u64) -> bool {
        if self.lanes[lane].found.is_some() {
            return false;
        }
        let alive = self.alive(lane);
        let missing: u64 = alive.iter().map(|&index| wanted - self.runners[index].draws.len() as u64).sum();
        let enters = self.lanes[lane].runs + missing <= self.rules.budget;
        if !enters {
            self.give_up(lane, Found::Budget);
        }
        enters
    }

    fn give_up(&mut self, lane: usize, why: Found) {
        self.lanes[lane].found = Some(if self.lanes[lane].chosen.is_some() { why } else { Found::Unknown });
    }

    /// Looks at a strategy after a round.
    fn judge(&mut self, lane: usize) {
        for index in self.alive(lane) {
            self.hold(index);
        }
        let alive = self.alive(lane);
        if alive.is_empty() {
            self.lanes[lane].found = Some(Found::Nothing);
        }
        let meeting = alive.iter().copied().filter(|&index| self.runners[index].meets());
        let cost = |index: usize| self.runners[index].mean_cost();
        let Some(chosen) = meeting.min_by(|&a, &b| cost(a).total_cmp(&cost(b))) else { return };
        self.lanes[lane].chosen = Some(chosen);
        for &index in alive.iter().filter(|&&index| index != chosen) {
            if self.shown(index, chosen, 0.0, |low| low > 0.0) {
                self.runners[index].dropped = Some(Standing::Dearer);
            }
        }
        let mut rivals = self.alive(lane).into_iter().filter(|&index| index != chosen);
        if rivals.all(|index| self.no_cheaper(index, chosen)) {
            self.lanes[lane].found = Some(Found::Cheapest);
        }
    }

    /// Decides what can be decided of the goals of a setting.
    fn hold(&mut self, index: usize) {
        let (goals, level) = (&self.rules.goals, self.level);
        let Runner { draws, held, dropped, .. } = &mut self.runners[index];
        for (goal, decision) in held.iter_mut().filter(|(_, decision)| *decision == Decision::Undecided) {
            let samples: Vec<f64> = draws.iter().map(|draw| draw.metrics[*goal]).collect();
            let past: Vec<Past> = draws.iter().filter_map(|draw| draw.past[*goal]).collect();
            let condition = &goals[*goal];
            *decision = match quantiles::rare_metric(condition.metric.name) {
                // As in every run: where nothing was measured, nothing was missed.
                _ if samples.iter().all(|sample| sample.is_nan()) => Decision::Holds,
                Some(q) => decide_rare(q, &past, condition, level),
                None => decide(&samples, condition, level),
            };
        }
        if held.iter().any(|(_, decision)| *decision == Decision::HoldsNot) {
            *dropped = Some(Standing::Misses);
        }
    }

    /// Whether a setting is shown not to be cheaper than another by more than the indifference.
    pub(super) fn no_cheaper(&self, index: usize, than: usize) -> bool {
        self.shown(index, than, self.rules.indifference, |low| low >= 0.0)
    }

    /// Whether the lower bound of `cost - (1 - less) · cost of the other`, pair by pair, is as asked.
    fn shown(&self, index: usize, other: usize, less: f64, asked: fn(f64) -> bool) -> bool {
        let pairs = self.runners[index].draws.iter().zip(&self.runners[other].draws);
        let difference = |(own, other): (&Draw, &Draw)| {
            // Both without end are no different.
            let both = own.cost.is_infinite() && own.cost == other.cost;
            if both { 0.0 } else { own.cost - (1.0 - less) * other.cost }
        };
        let differences: Vec<f64> = pairs.map(difference).filter(|difference| !difference.is_nan()).collect();
        let bound = Estimate::with_level(&differences, self.level).interval.map(|(low, _)| low);
        // Where nothing arrived at all, nothing costs more than anything.
        asked(if differences.is_empty() { 0.0 } else { bound.unwrap_or(f64::NEG_INFINITY) })
    }

    /// What became of a setting.
    pub(super) fn standing(&self, index: usize) -> Standing {
        let runner = &self.runners[index];
        match (runner.dropped, self.lanes[runner.strategy].chosen) {
            (Some(standing), _) => standing,
            (None, Some(chosen)) if chosen == index => Standing::Chosen,
            (None, Some(chosen)) if self.no_cheaper(index, chosen) => Standing::NoCheaper,
            (None, _) => Standing::Open,
        }
    }
}

impl Runner {
    fn meets(&self) -> bool {
        self.held.iter().all(|(_, decision)| *decision == Decision::Holds)
    }

    /// What has no cost at all ranks last.
    pub(super) fn mean_cost(&self) -> f64 {
        let mean = Estimate::from_samples(&self.costs()).mean;
        if mean.is_nan() { f64::INFINITY } else { mean }
    }

    /// The costs that there are.
    pub(super) fn costs(&self) -> Vec<f64> {
        self.draws.iter().map(|draw| draw.cost).filter(|cost| !cost.is_nan()).collect()
    }
}

#[cfg(test)]
mod tests;
