//! A plan of which every point was validated, with a digest of all that its figures depend on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;
use thiserror::Error;

use super::plan::{AskedError, Plan, Points, TemplateError};
use crate::experiment::ExperimentError;
use crate::experiment::run::pool;
use crate::model::outcome::OUTCOME_VERSION;
use crate::pricing::PriceBook;
use crate::scenario::{Diagnostics, Override, Scenario, Vary};

/// Begins every digest; it grows when parts change their form or their meaning.
const DOMAIN: &str = "simctl sweep 2";
/// Points that are validated in one go: so many digests are in memory.
const AT_ONCE: u64 = 512;

/// A plan in which every point holds.
#[derive(Debug, Clone)]
pub struct Sweep {
    plan: Plan,
    points: Points,
    base: Scenario,
    digest: String,
    /// By point, in [`work_of`] its scenario.
    works: Vec<u64>,
    prices: PriceBook,
}

/// Why a sweep cannot be run. Nothing has run then.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The scenario by itself is at fault.
    #[error(transparent)]
    Base(#[from] TemplateError),
    /// What was asked makes no points.
    #[error("error: {0}")]
    Asked(#[from] AskedError),
    /// A point is refused.
    #[error("{diagnostics}")]
    Refused {
        /// Its number, from 0.
        point: u64,
        /// Its values, as changes of the scenario.
        values: String,
        /// What is wrong with it.
        diagnostics: Diagnostics,
    },
    /// A point is another scenario, or has other strategies.
    #[error("error: point {point} ({values}) has {what} of its own: a sweep compares the same strategies everywhere")]
    Renamed {
        /// Its number, from 0.
        point: u64,
        /// Its values, as changes of the scenario.
        values: String,
        /// `a name`, `strategies`.
        what: &'static str,
    },
    /// A file that the scenario names cannot be read.
    #[error("error: cannot read {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The threads could not be started.
    #[error("error: {0}")]
    Threads(#[from] ExperimentError),
}

/// What a point adds to the digest, and to the work.
struct Seen {
    digest: blake3::Hash,
    work: u64,
}

/// About how much work a replication of a strategy is, beside those of other points: as long as the arrivals are, and as many.
pub(super) fn work_of(scenario: &Scenario) -> u64 {
    (scenario.run.load * scenario.run.duration.as_secs_f64()).ceil().clamp(1.0, 1e9) as u64
}

impl Sweep {
    /// Validates every point.
    ///
    /// # Errors
    /// What is wrong with the plan, or the first point, in order, that is refused.
    pub fn check(plan: Plan, threads: Option<usize>) -> Result<Self, PlanError> {
        let base = plan.template.load([])?;
        let points = Points::new(&plan, base.run.seed)?;
        let prices = PriceBook::embedded();
        let mut sweep = Self { plan, points, base, digest: String::new(), works: Vec::new(), prices };
        let files = Files::default();
        let pool = pool(threads)?;
        let mut hasher = blake3::Hasher::new();
        sweep.asked(&mut hasher);
        for first in (0..sweep.points()).step_by(AT_ONCE as usize) {
            let last = sweep.points().min(first + AT_ONCE);
            let seen: Vec<Result<Seen, PlanError>> =
                pool.install(|| (first..last).into_par_iter().map(|point| sweep.look_at(point, &files)).collect());
            for seen in seen {
                let seen = seen?;
                hasher.update(seen.digest.as_bytes());
                sweep.works.push(seen.work);
            }
        }
        sweep.digest = hasher.finalize().to_hex().to_string();
        Ok(sweep)
    }

    /// The same with other prices, which its digest tells from the embedded ones.
    #[must_use]
    pub fn priced(self, prices: PriceBook) -> Self {
        if prices == self.prices {
            return self;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.digest.as_bytes());
        hasher.update(prices.to_string().as_bytes());
        Self { digest: hasher.finalize().to_hex().to_string(), prices, ..self }
    }

    /// The prices that make money of counts.
    #[must_use]
    pub fn prices(&self) -> &PriceBook {
        &self.prices
    }

    /// The digest of what was asked: versions, keys, values and the way they are combined.
    fn asked(&self, hasher: &mut blake3::Hasher) {
        let mut texts = vec![DOMAIN.to_owned(), env!("CARGO_PKG_VERSION").to_owned(), OUTCOME_VERSION.to_string()];
        texts.extend([self.plan.sampling.to_string(), self.points().to_string()]);
        texts.extend(self.axes().iter().map(|axis| axis.text().to_owned()));
        for text in texts {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }

    fn look_at(&self, point: u64, files: &Files) -> Result<Seen, PlanError> {
        let scenario = self.scenario(point)?;
        let renamed = |what| PlanError::Renamed { point, values: self.described(point), what };
        let names = |scenario: &Scenario| scenario.designs.iter().map(|design| design.name.clone()).collect::<Vec<_>>();
        if scenario.name != self.base.name {
            return Err(renamed("a name"));
        }
        if names(&scenario) != names(&self.base) {
            return Err(renamed("strategies"));
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(scenario.understood.to_string().as_bytes());
        for path in &scenario.files {
            hasher.update(files.digest(path)?.as_bytes());
        }
        let runs = scenario.run.replications * scenario.designs.len() as u64;
        Ok(Seen { digest: hasher.finalize(), work: runs.saturating_mul(work_of(&scenario)) })
    }

    /// The scenario at a point.
    ///
    /// # Errors
    /// What is wrong with it; nothing, once the sweep was checked and as long as no file changes.
    pub fn scenario(&self, point: u64) -> Result<Scenario, PlanError> {
        let loaded = self.plan.template.load(self.changes(point)?);
        loaded.map_err(|error| match error {
            TemplateError::Scenario(diagnostics) => {
                PlanError::Refused { point, values: self.described(point), diagnostics }
            }
            other @ (TemplateError::Strategy(_) | TemplateError::RunAlone(_)) => PlanError::Base(other),
        })
    }

    fn changes(&self, point: u64) -> Result<Vec<Override>, PlanError> {
        let values = self.values(point);
        let changes: Result<Vec<_>, _> =
            self.axes().iter().zip(&values).map(|(axis, value)| axis.change(value)).collect();
        changes.map_err(|_| PlanError::Asked(AskedError::Nothing))
    }

    /// The values of a point as changes of the scenario: `run.load=2, run.drain=1h`.
    #[must_use]
    pub fn described(&self, point: u64) -> String {
        let values = self.values(point);
        let changes = self.axes().iter().zip(&values).map(|(axis, value)| format!("{}={value}", axis.key()));
        changes.collect::<Vec<_>>().join(", ")
    }

    /// How many points there are.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.points.count()
    }

    /// The work of some points, by which their progress is told.
    pub(super) fn work(&self, points: &[u64]) -> u64 {
        points.iter().fold(0, |work, &point| work.saturating_add(self.works[point as usize]))
    }

    /// The value of each key at a point.
    #[must_use]
    pub fn values(&self, point: u64) -> Vec<String> {
        self.points.values(point)
    }

    /// The keys that vary.
    #[must_use]
    pub fn axes(&self) -> &[Vary] {
        self.points.axes()
    }

    /// What was asked.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The scenario with none of the keys varied.
    #[must_use]
    pub fn base(&self) -> &Scenario {
        &self.base
    }

    /// Of everything that the figures depend on: the scenario of every point as understood, the files it reads, the
    /// seed, the keys and their values, the prices, and the version of the program. In hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// Digests of files, each read once.
#[derive(Default)]
struct Files(std::sync::Mutex<BTreeMap<PathBuf, blake3::Hash>>);

impl Files {
    fn digest(&self, path: &PathBuf) -> Result<blake3::Hash, PlanError> {
        let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(&digest) = known.get(path) {
            return Ok(digest);
        }
        let unreadable = |source| PlanError::File { path: path.clone(), source };
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(std::fs::File::open(path).map_err(unreadable)?).map_err(unreadable)?;
        let digest = hasher.finalize();
        known.insert(path.clone(), digest);
        Ok(digest)
    }
}
