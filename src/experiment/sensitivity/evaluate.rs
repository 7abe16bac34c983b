//! The metric at every point, for every strategy, replication by replication.

use rayon::prelude::*;

use super::designs::Place;
use super::{Question, SensitivityError};
use crate::experiment::decide::measured;
use crate::experiment::results::RareQuantile;
use crate::experiment::run::{REPORTS_A_RUN, pool, run_one};
use crate::experiment::sweep::TemplateError;
use crate::experiment::{ExperimentError, Options, quantiles};
use crate::pricing::PriceBook;
use crate::scenario::{Override, Scenario};

/// The samples at a point, by strategy; those in which nothing was measured are left out.
pub(super) type Samples = Vec<Vec<f64>>;

/// What all runs told.
pub(super) struct Evaluated {
    /// By point, the scenario as it stands first.
    pub samples: Vec<Samples>,
    /// By strategy: what is to be known of the metric as the scenario stands.
    pub doubts: Vec<Option<RareQuantile>>,
}

/// The scenario at a point.
fn scenario(question: &Question, place: &Place) -> Result<Scenario, SensitivityError> {
    let values = question.inputs.iter().zip(place).filter_map(|(input, share)| Some((input, input.at((*share)?))));
    let changes: Result<Vec<Override>, _> = values.clone().map(|(input, value)| input.change(&value)).collect();
    let changes = changes.map_err(|_| SensitivityError::Nothing)?;
    let described = || values.clone().map(|(input, value)| format!("{}={value}", input.key())).collect::<Vec<_>>();
    question.template.load(changes).map_err(|error| match error {
        TemplateError::Scenario(diagnostics) if place.iter().any(Option::is_some) => {
            SensitivityError::Refused { values: described().join(", "), diagnostics }
        }
        other => other.into(),
    })
}

/// Validates the scenario at every point, and that it is one whose strategies can be compared and whose runs are allowed.
pub(super) fn check(question: &Question, base: &Scenario, places: &[Place]) -> Result<(), SensitivityError> {
    let names = |scenario: &Scenario| -> Vec<String> {
        std::iter::once(&scenario.name).chain(scenario.designs.iter().map(|design| &design.name)).cloned().collect()
    };
    let budget = question.budget;
    let allowed = |needed: u64| if needed > budget { Err(SensitivityError::Budget { needed, budget }) } else { Ok(()) };
    // Most scenarios have as many replications everywhere: so it is told before thousands of points are read.
    allowed(places.len() as u64 * base.run.replications)?;
    let mut needed = 0;
    for place in places {
        let scenario = scenario(question, place)?;
        if names(&scenario) != names(base) {
            let moved = question.inputs.iter().zip(place).filter(|(_, share)| share.is_some());
            let keys: Vec<&str> = moved.map(|(input, _)| input.key()).collect();
            return Err(SensitivityError::Strategies(keys.join(", ")));
        }
        if scenario.run.replications < 2 {
            return Err(SensitivityError::Replications);
        }
        needed += scenario.run.replications;
    }
    allowed(needed)
}

/// The samples at every point, in their order, whatever the threads.
pub(super) fn samples(
    question: &Question,
    places: &[Place],
    prices: &PriceBook,
    options: Options<'_>,
) -> Result<Evaluated, SensitivityError> {
    let pool = pool(options.threads)?;
    let designs = scenario(question, &places[0])?.designs.len();
    let jobs: Vec<(&Place, usize)> =
        places.iter().flat_map(|place| (0..designs).map(move |design| (place, design))).collect();
    // A point and a strategy are a job, so that no more outcomes are in memory than there are threads times replications.
    let metric = question.metric.name;
    let one = |&(place, design): &(&Place, usize)| -> Result<_, SensitivityError> {
        let scenario = scenario(question, place)?;
        let total = jobs.len() as u64 * scenario.run.replications * REPORTS_A_RUN;
        let run = |replication| run_one(&scenario, replication, design, total, options);
        let outcomes: Result<Vec<_>, ExperimentError> = (0..scenario.run.replications).map(run).collect();
        let outcomes = outcomes?;
        let stands = place.iter().all(Option::is_none);
        let doubt = stands.then(|| quantiles::doubtful_own(design, metric, &outcomes)).flatten();
        Ok((measured(metric, &scenario, prices, &outcomes), doubt))
    };
    let found: Vec<Result<_, SensitivityError>> = pool.install(|| jobs.par_iter().map(one).collect());
    let (samples, doubts): (Vec<Vec<f64>>, Vec<_>) =
        found.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let samples = samples.chunks(designs).map(<[Vec<f64>]>::to_vec).collect();
    Ok(Evaluated { samples, doubts: doubts.into_iter().take(designs).collect() })
}
