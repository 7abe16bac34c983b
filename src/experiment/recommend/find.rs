//! The race of a scenario's settings, and the answer that is read from it.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::front::front;
use super::race::{Draw, Race, Rules};
use super::space::{Place, Space};
use super::{Answer, Goal, Held, Question, RecommendError, Recommendation, Setting, Standing};
use crate::experiment::decide::samples_of;
use crate::experiment::figures::quantile;
use crate::experiment::run::{REPORTS_A_RUN, pool, run_one};
use crate::experiment::{ExperimentError, Options, assemble, quantiles};
use crate::metrics::Histogram;
use crate::model::Outcome;
use crate::pricing::PriceBook;
use crate::scenario::{Condition, Objective, Scenario};
use crate::stats::Estimate;

/// What is made least.
const COST: &str = "cost_usd_per_million";
/// The latency beside it, where no objective is on one.
const LATENCY: &str = "latency_p99";

/// The cheapest setting of every strategy that meets the objectives.
///
/// # Errors
/// If there is nothing to meet or to choose from, a point is refused, the first round exceeds the budget, or a run fails.
pub fn recommend(
    question: &Question,
    prices: &PriceBook,
    options: Options<'_>,
) -> Result<Recommendation, RecommendError> {
    let space = Space::new(question, options.threads)?;
    let base = &space.scenarios[0];
    if base.objectives.is_empty() {
        return Err(RecommendError::NoObjective);
    }
    if base.run.replications < 2 {
        return Err(RecommendError::Replications);
    }
    let mut race = race(question, &space);
    for (strategy, design) in base.designs.iter().enumerate() {
        let (needed, replications) = (race.first_round(strategy), base.run.replications);
        if needed > question.budget {
            let (budget, strategy) = (question.budget, design.name.clone());
            let settings = (needed / replications) as usize;
            return Err(RecommendError::Budget { budget, needed, replications, settings, strategy });
        }
    }
    let pool = pool(options.threads)?;
    let metrics = Metrics { latency: latency_metric(&base.objectives), goals: &base.objectives };
    let together: Vec<Mutex<Together>> = space.places.iter().map(|_| Mutex::default()).collect();
    race.run(|jobs, before| {
        let total = (before + jobs.len() as u64) * REPORTS_A_RUN;
        let play = |&(setting, replication): &(usize, u64)| {
            let Place { strategy, point, .. } = space.places[setting];
            let scenario = &space.scenarios[point];
            let outcome = run_one(scenario, replication, strategy, total, options)?;
            // Whole numbers are added, so that the order of the threads changes nothing.
            together[setting].lock().unwrap_or_else(PoisonError::into_inner).add(&outcome);
            Ok(metrics.draw(scenario, prices, outcome))
        };
        let draws: Vec<Result<Draw, ExperimentError>> = pool.install(|| jobs.par_iter().map(play).collect());
        draws.into_iter().collect::<Result<Vec<_>, _>>()
    })?;
    options.look()?;
    let together: Vec<Together> =
        together.into_iter().map(|one| one.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
    Ok(told(&space, &race, &together, metrics.latency))
}

fn race(question: &Question, space: &Space) -> Race {
    let base = &space.scenarios[0];
    let condition = |goal: &Objective| Condition { metric: goal.metric, side: goal.side, bound: goal.bound };
    let rules = Rules {
        confidence: question.confidence,
        indifference: question.indifference,
        budget: question.budget,
        first: base.run.replications,
        goals: base.objectives.iter().map(condition).collect(),
    };
    let strategies: Vec<usize> = space.places.iter().map(|place| place.strategy).collect();
    let goals = |strategy: usize| -> Vec<usize> {
        let own = |goal: &usize| base.objectives[*goal].strategies.contains(&strategy);
        (0..base.objectives.len()).filter(own).collect()
    };
    let goals_of: Vec<Vec<usize>> = (0..base.designs.len()).map(goals).collect();
    Race::new(rules, &strategies, &goals_of)
}

fn latency_metric(objectives: &[Objective]) -> &'static str {
    let mut names = objectives.iter().map(|goal| goal.metric.name);
    names.find(|name| name.starts_with("latency_") && !name.ends_with("_seconds")).unwrap_or(LATENCY)
}

/// All items of a setting's replications.
#[derive(Debug, Default)]
struct Together {
    latency: Histogram,
    items: u64,
}

impl Together {
    fn add(&mut self, outcome: &Outcome) {
        self.latency.merge(&outcome.items.latency);
        self.items += outcome.items.measured;
    }

    fn all(&self) -> quantiles::All<'_> {
        quantiles::All { latency: &self.latency, items: self.items }
    }

    /// A metric over the replications, as reports show it: a rare quantile is of all items.
    fn estimate(&self, metric: &str, own: &[f64]) -> Estimate {
        let samples: Vec<f64> = own.iter().copied().filter(|sample| !sample.is_nan()).collect();
        match quantiles::rare_metric(metric) {
            Some(q) if self.items > 0 => {
                Estimate { mean: quantile(&self.latency, q, self.items), interval: None, replications: own.len() }
            }
            _ => Estimate::from_samples(&samples),
        }
    }
}

/// What is read from a run.
struct Metrics<'a> {
    latency: &'static str,
    goals: &'a [Objective],
}

impl Metrics<'_> {
    fn draw(&self, scenario: &Scenario, prices: &PriceBook, outcome: Outcome) -> Draw {
        let past =
            |goal: &Objective| quantiles::rare_metric(goal.metric.name).map(|_| quantiles::past(&outcome, goal.bound));
        let past = self.goals.iter().map(past).collect();
        let figures = assemble::samples_of_one(scenario, prices, &[outcome]);
        let value = |metric: &str| samples_of(&figures, metric).first().copied().unwrap_or(f64::NAN);
        Draw {
            cost: value(COST),
            latency: value(self.latency),
            metrics: self.goals.iter().map(|goal| value(goal.metric.name)).collect(),
            past,
        }
    }
}

fn told(space: &Space, race: &Race, together: &[Together], latency: &'static str) -> Recommendation {
    let base = &space.scenarios[0];
    let setting = |index| setting(space, race, index, &together[index], latency);
    let mut settings: Vec<Setting> = (0..space.places.len()).map(setting).collect();
    let points: Vec<(f64, f64)> = settings.iter().map(|setting| (setting.cost.mean, setting.latency.mean)).collect();
    for (setting, on_front) in settings.iter_mut().zip(front(&points)) {
        setting.on_front = on_front;
    }
    let answers: Vec<Answer> =
        (0..base.designs.len()).map(|strategy| answer(base, race, &settings, strategy)).collect();
    let cost = |&index: &usize| race.runners[index].mean_cost();
    let best = answers.iter().filter_map(|answer| answer.chosen).min_by(|a, b| cost(a).total_cmp(&cost(b)));
    let in_question = |index: &usize| !matches!(settings[*index].standing, Standing::Misses | Standing::Dearer);
    let certain = best.is_some_and(|best| {
        let mut others = (0..settings.len()).filter(|&index| index != best).filter(in_question);
        others.all(|index| race.no_cheaper(index, best))
    });
    let goal = |goal: &Objective| Goal {
        text: goal.text.clone(),
        metric: goal.metric.name,
        unit: goal.metric.unit,
        side: goal.side,
        bound: goal.bound,
    };
    Recommendation {
        keys: space.keys.clone(),
        goals: base.objectives.iter().map(goal).collect(),
        latency,
        answers,
        best,
        certain,
        settings,
        statements: race.statements,
        runs: race.runs(),
    }
}

fn setting(space: &Space, race: &Race, index: usize, together: &Together, latency: &'static str) -> Setting {
    let (place, runner, goals) = (&space.places[index], &race.runners[index], &space.scenarios[0].objectives);
    let samples = |value: &dyn Fn(&Draw) -> f64| runner.draws.iter().map(value).collect::<Vec<f64>>();
    let held = |&(goal, decision): &(usize, super::Decision)| Held {
        goal,
        estimate: together.estimate(goals[goal].metric.name, &samples(&|draw| draw.metrics[goal])),
        decision,
    };
    let doubt = |&(goal, _): &(usize, super::Decision)| {
        let (metric, own) = (goals[goal].metric.name, samples(&|draw| draw.metrics[goal]));
        let pooled = quantiles::rare_metric(metric).map(|_| together.estimate(metric, &own));
        quantiles::doubt(place.strategy, metric, &own, together.all(), pooled.as_ref())
    };
    Setting {
        strategy: place.strategy,
        values: place.values.clone(),
        cost: together.estimate(COST, &samples(&|draw| draw.cost)),
        latency: together.estimate(latency, &samples(&|draw| draw.latency)),
        held: runner.held.iter().map(held).collect(),
        doubts: runner.held.iter().filter_map(doubt).collect(),
        standing: race.standing(index),
        on_front: false,
        replications: runner.draws.len() as u64,
    }
}

fn answer(base: &Scenario, race: &Race, settings: &[Setting], strategy: usize) -> Answer {
    let own: Vec<usize> = (0..settings.len()).filter(|&index| settings[index].strategy == strategy).collect();
    let lane = &race.lanes[strategy];
    let missing = |&&index: &&usize| missing(base, &settings[index]);
    let nearest = own.iter().min_by(|a, b| {
        let (a, b) = (missing(a), missing(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    Answer {
        strategy: base.designs[strategy].name.clone(),
        found: lane.found.unwrap_or(super::Found::Unknown),
        chosen: lane.chosen,
        nearest: nearest.copied().filter(|_| lane.chosen.is_none()),
        settings: own.len(),
        open: own.iter().filter(|&&index| settings[index].standing == Standing::Open).count(),
        runs: lane.runs,
    }
}

/// How many objectives the means of a setting miss, and by how much at most, as a part of the bound.
fn missing(base: &Scenario, setting: &Setting) -> (usize, f64) {
    let excess = |held: &Held| {
        let goal = &base.objectives[held.goal];
        let (mean, bound) = (held.estimate.mean, goal.bound);
        let misses = !mean.is_nan() && !goal.side.holds(mean, bound);
        misses.then(|| (mean - bound).abs() / bound.abs().max(f64::MIN_POSITIVE))
    };
    let missed: Vec<f64> = setting.held.iter().filter_map(excess).collect();
    (missed.len(), missed.iter().copied().fold(0.0, f64::max))
}
