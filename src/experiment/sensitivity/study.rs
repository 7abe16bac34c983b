//! The whole: points of every design that was asked for, their figures, and what follows for each strategy.

use super::designs::{Matrices, Place, Way, one_at_a_time, ways};
use super::estimators::{effects, indices};
use super::evaluate::{self, Evaluated, Samples};
use super::{Effects, Indices, Influence, Question, Sensitivity, SensitivityError, Swing};
use crate::experiment::Options;
use crate::pricing::PriceBook;
use crate::scenario::Vary;
use crate::stats::{Estimate, paired_difference};

/// What the inputs do to every strategy, in the order of the scenario.
///
/// # Errors
/// If the scenario is refused at a point, more runs are needed than are allowed, or a run fails.
pub fn study(
    question: &Question,
    prices: &PriceBook,
    options: Options<'_>,
) -> Result<Vec<Sensitivity>, SensitivityError> {
    check_inputs(&question.inputs)?;
    let base = question.template.load([])?;
    let plan = Plan::new(question, base.run.seed)?;
    let places = plan.places();
    evaluate::check(question, &base, &places)?;
    let Evaluated { samples, doubts } = evaluate::samples(question, &places, prices, options)?;
    let names = base.designs.iter().map(|design| design.name.clone()).enumerate();
    let told = names.map(|(design, name)| plan.told(question, &samples, design, name));
    Ok(told.zip(doubts).map(|(told, doubt)| Sensitivity { doubt, ..told }).collect())
}

fn check_inputs(inputs: &[Vary]) -> Result<(), SensitivityError> {
    if inputs.is_empty() {
        return Err(SensitivityError::Nothing);
    }
    for (index, input) in inputs.iter().enumerate() {
        if inputs[..index].iter().any(|other| other.key() == input.key()) {
            return Err(SensitivityError::Twice(input.text().to_owned()));
        }
        if input.count() == Some(1) {
            return Err(SensitivityError::Single(input.text().to_owned()));
        }
    }
    Ok(())
}

/// The points of all designs: one at a time, then Morris's ways, then Saltelli's rows.
struct Plan {
    seed: u64,
    ends: Vec<Place>,
    ways: Vec<Way>,
    matrices: Option<Matrices>,
}

impl Plan {
    fn new(question: &Question, seed: u64) -> Result<Self, SensitivityError> {
        let keys: Vec<&str> = question.inputs.iter().map(Vary::key).collect();
        let matrices = match question.rows {
            0 => None,
            rows => Some(Matrices::new(seed, &keys, rows).ok_or(SensitivityError::Inputs(keys.len()))?),
        };
        Ok(Self { seed, ends: one_at_a_time(keys.len()), ways: ways(seed, &keys, question.ways), matrices })
    }

    fn places(&self) -> Vec<Place> {
        let all = |shares: Vec<f64>| shares.into_iter().map(Some).collect::<Place>();
        let of_ways = self.ways.iter().flat_map(|way| way.points.iter().cloned().map(all));
        let of_rows = self.matrices.iter().flat_map(Matrices::points).map(all);
        self.ends.iter().cloned().chain(of_ways).chain(of_rows).collect()
    }

    /// What follows for one strategy.
    fn told(&self, question: &Question, samples: &[Samples], design: usize, strategy: String) -> Sensitivity {
        let samples: Vec<&[f64]> = samples.iter().map(|point| point[design].as_slice()).collect();
        let (ends, sampled) = samples.split_at(self.ends.len());
        let figures: Vec<f64> = sampled.iter().map(|samples| Estimate::from_samples(samples).mean).collect();
        let of_ways = self.ways.iter().map(|way| way.points.len()).sum();
        let (of_ways, of_rows) = figures.split_at(of_ways);
        let effects = effects(&self.ways, of_ways);
        let count = question.inputs.len();
        let indices = self.matrices.as_ref().and_then(|_| indices(self.seed, count, of_rows));
        let influence = |(input, vary): (usize, &Vary)| {
            let of = |share: f64, end: usize| swing(vary.at(share), ends[1 + 2 * input + end], ends[0]);
            Influence {
                key: vary.key().to_owned(),
                low: of(0.0, 0),
                high: of(1.0, 1),
                effects: effects.as_ref().map(|effects: &Vec<Effects>| effects[input]),
                indices: indices.as_ref().map(|indices: &Vec<Indices>| indices[input]),
            }
        };
        Sensitivity {
            strategy,
            base: Estimate::from_samples(ends[0]),
            inputs: question.inputs.iter().enumerate().map(influence).collect(),
            doubt: None,
            endless: figures.iter().filter(|figure| !figure.is_finite()).count(),
        }
    }
}

fn swing(value: String, samples: &[f64], base: &[f64]) -> Swing {
    Swing { value, estimate: Estimate::from_samples(samples), change: paired_difference(samples, base) }
}
