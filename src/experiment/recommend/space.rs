//! The settings of each strategy: the points of the search space, those that differ in nothing about it taken together.

use super::{POINTS_AT_MOST, Question, RecommendError};
use crate::experiment::sweep::Sweep;
use crate::model::Design;
use crate::scenario::{Objective, Scenario};

/// A setting that is played.
#[derive(Debug)]
pub(super) struct Place {
    /// Index of the strategy.
    pub strategy: usize,
    /// The first point that has it.
    pub point: usize,
    /// The value of each key; none where the key changes nothing about the strategy.
    pub values: Vec<Option<String>>,
}

/// The whole space.
#[derive(Debug)]
pub(super) struct Space {
    /// By point.
    pub scenarios: Vec<Scenario>,
    pub keys: Vec<String>,
    /// Strategy by strategy, in the order of the points.
    pub places: Vec<Place>,
}

impl Space {
    /// Every point validated, and the same work in all of them.
    pub(super) fn new(question: &Question, threads: Option<usize>) -> Result<Self, RecommendError> {
        if question.plan.axes.is_empty() {
            return Err(RecommendError::NoSpace);
        }
        let points = question.plan.count()?;
        if points > POINTS_AT_MOST {
            return Err(RecommendError::Many(points));
        }
        let sweep = Sweep::check(question.plan.clone(), threads)?;
        let mut scenarios = Vec::new();
        for point in 0..points {
            let mut scenario = sweep.scenario(point)?;
            if let Some(what) = other_work(sweep.base(), &scenario) {
                return Err(RecommendError::Work { values: sweep.described(point), what });
            }
            if !question.meet.is_empty() {
                scenario.objectives = objectives(question, scenario.designs.len());
            }
            // What is told of a scenario is told of the base; a thousand times it would be a hundred megabytes.
            (scenario.understood, scenario.settings) = (serde_json::Value::Null, Vec::new());
            scenarios.push(scenario);
        }
        let keys = sweep.axes().iter().map(|axis| axis.key().to_owned()).collect();
        let places = (0..sweep.base().designs.len()).flat_map(|strategy| places(&sweep, &scenarios, strategy));
        Ok(Self { keys, places: places.collect(), scenarios })
    }
}

/// What a setting must meet, where that is not in the scenario.
fn objectives(question: &Question, strategies: usize) -> Vec<Objective> {
    let objective = |(text, condition): &(String, crate::scenario::Condition)| Objective {
        text: text.clone(),
        metric: condition.metric,
        bound: condition.bound,
        side: condition.side,
        strategies: (0..strategies).collect(),
        location: None,
    };
    question.meet.iter().map(objective).collect()
}

/// What of the work differs, if anything does.
fn other_work(base: &Scenario, point: &Scenario) -> Option<&'static str> {
    [
        (base.run != point.run, "[run]"),
        (base.streams != point.streams, "[[arrivals]]"),
        (base.faults != point.faults, "[[fault]]"),
        (base.objectives != point.objectives, "[[objective]]"),
        (base.free_tier != point.free_tier, "[prices]"),
    ]
    .into_iter()
    .find_map(|(differs, what)| differs.then_some(what))
}

/// The settings of a strategy.
fn places(sweep: &Sweep, scenarios: &[Scenario], strategy: usize) -> Vec<Place> {
    // Whether order is watched at all depends on every strategy.
    let watched = |scenario: &Scenario| scenario.designs.iter().any(Design::keeps_order);
    let same = |a: &Scenario, b: &Scenario| a.designs[strategy] == b.designs[strategy] && watched(a) == watched(b);
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for (point, scenario) in scenarios.iter().enumerate() {
        match classes.iter_mut().find(|class| same(&scenarios[class[0]], scenario)) {
            Some(class) => class.push(point),
            None => classes.push(vec![point]),
        }
    }
    let points: Vec<Vec<String>> = (0..sweep.points()).map(|point| sweep.values(point)).collect();
    let all: Vec<usize> = (0..points.len()).collect();
    let distinct = |class: &[usize], key: usize| {
        let mut values: Vec<&String> = class.iter().map(|&point| &points[point][key]).collect();
        values.sort_unstable();
        values.dedup();
        values.len()
    };
    let of_all: Vec<usize> = (0..sweep.axes().len()).map(|key| distinct(&all, key)).collect();
    let place = |class: Vec<usize>| {
        let changes_nothing = |key: usize| of_all[key] > 1 && distinct(&class, key) == of_all[key];
        let value = |(key, value): (usize, &String)| (!changes_nothing(key)).then(|| value.clone());
        Place { strategy, point: class[0], values: points[class[0]].iter().enumerate().map(value).collect() }
    };
    classes.into_iter().map(place).collect()
}
