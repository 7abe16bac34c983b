//! What a sweep was asked for: a scenario, the keys that vary, and how their values are combined.

use std::path::PathBuf;

use thiserror::Error;

use super::latin;
use crate::experiment::run_alone::{self, RunAlone};
use crate::experiment::sobol;
use crate::scenario::{Diagnostics, Override, Sampling, Scenario, UnknownStrategy, Vary, load_text};

/// The most points of a sweep.
pub const POINTS_AT_MOST: u64 = 1_000_000;

/// A scenario that is not read yet, so that it can be read with other values at each point.
#[derive(Debug, Clone)]
pub struct Template {
    /// How messages name the file.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Where the paths in it start.
    pub folder: PathBuf,
    /// What is changed at every point.
    pub sets: Vec<Override>,
    /// The only strategies that are run; empty: all.
    pub only: Vec<String>,
}

impl Template {
    /// The scenario with `more` changed in it.
    ///
    /// # Errors
    /// Everything that is wrong with the file and the changes; a key that only `simctl run` follows.
    pub fn load(&self, more: impl IntoIterator<Item = Override>) -> Result<Scenario, TemplateError> {
        let overrides: Vec<Override> = self.sets.iter().cloned().chain(more).collect();
        let scenario = load_text(&self.name, &self.text, &self.folder, &overrides)?;
        run_alone::check(&scenario)?;
        if self.only.is_empty() { Ok(scenario) } else { Ok(scenario.only(&self.only)?) }
    }
}

/// Why a scenario cannot be run.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// It is wrong.
    #[error("{0}")]
    Scenario(#[from] Diagnostics),
    /// A strategy was asked for that it does not have.
    #[error("error: --only: {0}")]
    Strategy(#[from] UnknownStrategy),
    /// It has a key of `[run]` that only `simctl run` follows.
    #[error("error: {0}")]
    RunAlone(#[from] RunAlone),
}

/// What a sweep was asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The scenario.
    pub template: Template,
    /// The keys that vary.
    pub axes: Vec<Vary>,
    /// How their values are combined.
    pub sampling: Sampling,
}

impl Plan {
    /// How many points it has, none of them validated yet.
    ///
    /// # Errors
    /// If it has none, or more than a sweep may have.
    pub fn count(&self) -> Result<u64, AskedError> {
        Points::new(self, 0).map(|points| points.count())
    }
}

/// Why there are no points to speak of.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AskedError {
    /// Nothing varies.
    #[error("nothing varies: write e.g. --vary run.load=0.1..10:log:20, or a [sweep] table in the scenario")]
    Nothing,
    /// A key varies twice.
    #[error("`{0}` varies twice")]
    Twice(String),
    /// A range of a grid says not how many values it has.
    #[error("`{0}` needs a number of values in a grid: write e.g. LOW..HIGH:9, or --sample sobol:N")]
    Count(String),
    /// There are more keys than dimensions.
    #[error("{0} keys vary, and a Sobol sequence has at most {most}: write --sample latin:N", most = sobol::DIMENSIONS_AT_MOST)]
    Dimensions(usize),
    /// There are too many points.
    #[error("the grid has more than 1,000,000 points: vary less, or write --sample sobol:N")]
    Many,
}

/// The values of every point, made one by one.
#[derive(Debug, Clone)]
pub(super) struct Points {
    axes: Vec<Vary>,
    /// For each key its shares of the way; empty in a grid.
    shares: Vec<Vec<f64>>,
    count: u64,
}

impl Points {
    /// The points of a plan; `seed` places those that are sampled.
    pub(super) fn new(plan: &Plan, seed: u64) -> Result<Self, AskedError> {
        if plan.axes.is_empty() {
            return Err(AskedError::Nothing);
        }
        for (index, axis) in plan.axes.iter().enumerate() {
            if plan.axes[..index].iter().any(|other| other.key() == axis.key()) {
                return Err(AskedError::Twice(axis.key().to_owned()));
            }
        }
        let axes = plan.axes.clone();
        match plan.sampling {
            Sampling::Grid => Ok(Self { count: grid_points(&axes)?, axes, shares: Vec::new() }),
            Sampling::Latin(points) => {
                let shares = axes.iter().map(|axis| latin::shares(seed, axis.key(), points)).collect();
                Ok(Self { axes, shares, count: u64::from(points) })
            }
            Sampling::Sobol(points) => {
                let share = |(index, axis): (usize, &Vary)| sobol::scrambled(seed, axis.key(), index, points);
                let shares: Option<Vec<_>> = axes.iter().enumerate().map(share).collect();
                let shares = shares.ok_or(AskedError::Dimensions(axes.len()))?;
                Ok(Self { axes, shares, count: u64::from(points) })
            }
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The value of each key at a point.
    pub(super) fn values(&self, point: u64) -> Vec<String> {
        if !self.shares.is_empty() {
            return self.axes.iter().zip(&self.shares).map(|(axis, shares)| axis.at(shares[point as usize])).collect();
        }
        let mut rest = point;
        let mut values: Vec<String> = Vec::new();
        for axis in self.axes.iter().rev() {
            let count = u64::from(axis.count().unwrap_or(1));
            values.push(axis.value((rest % count) as u32));
            rest /= count;
        }
        values.reverse();
        values
    }

    /// The keys.
    pub(super) fn axes(&self) -> &[Vary] {
        &self.axes
    }
}

fn grid_points(axes: &[Vary]) -> Result<u64, AskedError> {
    let mut points: u64 = 1;
    for axis in axes {
        let count = axis.count().ok_or_else(|| AskedError::Count(axis.text().to_owned()))?;
        points = points.saturating_mul(u64::from(count));
    }
    if points > POINTS_AT_MOST { Err(AskedError::Many) } else { Ok(points) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(axes: &[&str], sampling: &str) -> Plan {
        let template = Template {
            name: String::new(),
            text: String::new(),
            folder: PathBuf::new(),
            sets: Vec::new(),
            only: Vec::new(),
        };
        let axes = axes.iter().map(|axis| Vary::parse(axis).unwrap()).collect();
        Plan { template, axes, sampling: sampling.parse().unwrap() }
    }

    #[test]
    fn the_last_key_of_a_grid_varies_fastest() {
        let points = Points::new(&plan(&["a=1..2:2", "b=x,y,z"], "grid"), 1).unwrap();
        let values: Vec<_> = (0..points.count()).map(|point| points.values(point).concat()).collect();
        assert_eq!(values, ["1x", "1y", "1z", "2x", "2y", "2z"]);
    }

    #[test]
    fn every_value_of_a_list_comes_up_in_a_hypercube() {
        let points = Points::new(&plan(&["a=1..2", "b=x,y,z"], "latin:9"), 1).unwrap();
        let mut second: Vec<_> = (0..9).map(|point| points.values(point)[1].clone()).collect();
        second.sort();
        assert_eq!(second.concat(), "xxxyyyzzz");
    }

    #[test]
    fn a_sobol_sequence_fills_two_keys_together() {
        let points = Points::new(&plan(&["a=0..8", "b=w,x,y,z"], "sobol:16"), 1).unwrap();
        let cell = |values: Vec<String>| (values[0].parse::<f64>().unwrap() as u32 / 2, values[1].clone());
        let cells: std::collections::BTreeSet<_> = (0..16).map(|point| cell(points.values(point))).collect();
        // Four parts of one key, four values of the other, and a point for each pair.
        assert_eq!(cells.len(), 16, "{cells:?}");
        let many: Vec<String> = (0..65).map(|key| format!("key{key}=0..1")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let refused = Points::new(&plan(&many, "sobol:2"), 1).map(|_| ()).unwrap_err();
        assert_eq!(refused, AskedError::Dimensions(65));
    }

    #[test]
    fn what_has_no_points_is_refused() {
        let refused = |axes: &[&str]| Points::new(&plan(axes, "grid"), 1).map(|_| ()).unwrap_err();
        assert_eq!(refused(&[]), AskedError::Nothing);
        assert_eq!(refused(&["a=1,2", "a=3,4"]), AskedError::Twice("a".to_owned()));
        assert_eq!(refused(&["a=1..2"]), AskedError::Count("a=1..2".to_owned()));
        assert_eq!(refused(&["a=1..2:1001", "b=1..2:1000"]), AskedError::Many);
    }
}
