//! The simulator held against queueing theory: every textbook scenario run, each closed form compared with what came out.
//!
//! A check passes where the theory lies in the 99.9 % Student-t interval of the independent replications. Nothing is
//! tuned: the seeds are the scenarios' own, so that one check in a thousand fails for a right simulator too, whichever
//! seeds are taken. See `docs/verification.md`.

mod cases;
mod judge;
mod measure;
mod render;

use std::path::Path;

pub use cases::cases;
pub use judge::{Finding, Verdict, judge};
pub use measure::{Measure, Sample};
pub use render::{header, line, summary};

use crate::experiment::figures::{Reckoning, figures};
use crate::experiment::{ExperimentError, Options, run_all};
use crate::kernel::Span;
use crate::pricing::PriceBook;
use crate::scenario::{Diagnostics, Override, Scenario, load_text};

/// The share of checks that a right simulator passes.
pub const LEVEL: f64 = 0.999;

/// A model: the scenario that plays it, and what theory says of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// As the field calls it, e.g. `M/M/1`.
    pub model: &'static str,
    /// The scenario's name: its file is `scenarios/textbook/<name>.toml`.
    pub name: &'static str,
    /// The scenario's text.
    pub text: &'static str,
    /// What is compared.
    pub checks: Vec<Check>,
}

/// One comparison of a figure with theory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Check {
    /// What is compared, in words.
    pub what: &'static str,
    /// Index of the strategy in the scenario.
    pub strategy: usize,
    /// How it is measured.
    pub measure: Measure,
    /// What theory says, in the measure's unit; NaN, which nothing agrees with, where the model has no such queue.
    pub theory: f64,
}

impl Case {
    /// The scenario, with single values changed.
    ///
    /// # Errors
    /// What is wrong with the overrides.
    pub fn scenario(&self, overrides: &[Override]) -> Result<Scenario, Diagnostics> {
        load_text(&format!("{}.toml", self.name), self.text, Path::new(""), overrides)
    }

    /// Runs a scenario (this case's, changed or not) and compares it, check by check.
    ///
    /// # Errors
    /// The first run that failed, or the request to stop.
    pub fn verify(&self, scenario: &Scenario, options: Options<'_>) -> Result<Vec<Finding>, ExperimentError> {
        let outcomes = run_all(scenario, options)?;
        let prices = PriceBook::embedded();
        let bounds = bounds(scenario);
        let reckoning = Reckoning {
            prices: &prices,
            free_tier: scenario.free_tier,
            duration: scenario.run.duration,
            bounds: &bounds,
        };
        let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); self.checks.len()];
        for (strategy, runs) in outcomes.iter().enumerate() {
            for outcome in runs {
                let figures = figures(outcome, &reckoning);
                for (check, samples) in self.checks.iter().zip(&mut samples) {
                    if check.strategy == strategy {
                        samples.push(check.measure.sample(outcome, &figures));
                    }
                }
            }
        }
        Ok(self.checks.iter().zip(&samples).map(|(check, samples)| judge(self.model, check, samples)).collect())
    }
}

/// The bounds of the scenario's objectives: the shares within them are counted exactly.
fn bounds(scenario: &Scenario) -> Vec<Span> {
    scenario.objectives.iter().map(|objective| Span::from_secs_f64(objective.bound)).collect()
}
