//! A sweep in one file, so that other machines run their share of it: the scenario's text, the keys that vary, and the
//! digest that all parts must have. Every point is listed with its number for people; machines make them again.

use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::plan::{Plan, Template};
use super::{PlanError, Sweep};
use crate::pricing::PriceBook;
use crate::scenario::{Override, SamplingError, Vary, load_prices_text};

/// The version of the form.
const FORMAT: u32 = 1;

/// What is read of a manifest; the list of points is not.
#[derive(Debug, Deserialize)]
struct Manifest {
    format_version: u32,
    program_version: String,
    digest: String,
    file: String,
    only: Vec<String>,
    set: Vec<String>,
    vary: Vec<String>,
    sample: String,
    scenario: String,
    /// The price book, where it is not the embedded one.
    #[serde(default)]
    prices: Option<String>,
}

/// Why a manifest is not followed.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// It is no manifest.
    #[error("error: this is no manifest of a sweep: {0}")]
    Form(String),
    /// Another version of simctl wrote it.
    #[error("error: the manifest is of simctl {theirs}, this is {ours}: figures of two versions are not mixed")]
    Version {
        /// Theirs.
        theirs: String,
        /// This one.
        ours: &'static str,
    },
    /// A point is refused.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Its digest is not that of its content.
    #[error(
        "error: the manifest does not say what it said when it was planned: it, or a file that its scenario names, was \
         changed; plan again"
    )]
    Changed,
}

/// One point of the list.
#[derive(Serialize)]
struct Listed {
    point: u64,
    values: Vec<String>,
}

/// Writes the manifest of a sweep; `file` names the scenario in messages.
///
/// # Errors
/// What the writer refused.
pub fn write(sweep: &Sweep, file: &str, mut out: impl Write) -> io::Result<()> {
    let plan = sweep.plan();
    let set: Vec<String> = plan.template.sets.iter().map(Override::as_set).collect();
    let vary: Vec<&str> = plan.axes.iter().map(Vary::text).collect();
    let keys: Vec<&str> = plan.axes.iter().map(Vary::key).collect();
    let own = *sweep.prices() != PriceBook::embedded();
    let prices = own.then(|| ("prices", sweep.prices().to_string().into()));
    let entries = [
        ("format_version", FORMAT.into()),
        ("program_version", env!("CARGO_PKG_VERSION").into()),
        ("digest", sweep.digest().into()),
        ("file", file.into()),
        ("only", plan.template.only.clone().into()),
        ("set", set.into()),
        ("vary", vary.into()),
        ("sample", plan.sampling.to_string().into()),
        ("scenario", plan.template.text.as_str().into()),
        ("keys", serde_json::Value::from(keys)),
    ];
    writeln!(out, "{{")?;
    for (key, value) in entries.into_iter().chain(prices) {
        writeln!(out, "  \"{key}\": {value},")?;
    }
    writeln!(out, "  \"points\": [")?;
    for point in 0..sweep.points() {
        let listed = serde_json::to_string(&Listed { point, values: sweep.values(point) })?;
        let comma = if point + 1 < sweep.points() { "," } else { "" };
        writeln!(out, "    {listed}{comma}")?;
    }
    writeln!(out, "  ]\n}}")
}

/// Reads a manifest and validates its points again; the paths in its scenario start at `folder`.
///
/// # Errors
/// If it is none, is of another version, or does not say any more what it said.
pub fn read(text: &str, folder: &Path, threads: Option<usize>) -> Result<Sweep, ManifestError> {
    let form = |error: String| ManifestError::Form(error);
    let manifest: Manifest = serde_json::from_str(text).map_err(|error| form(error.to_string()))?;
    let ours = env!("CARGO_PKG_VERSION");
    if manifest.format_version != FORMAT || manifest.program_version != ours {
        return Err(ManifestError::Version { theirs: manifest.program_version, ours });
    }
    let sets: Result<Vec<_>, _> = manifest.set.iter().map(|set| Override::parse(set)).collect();
    let axes: Result<Vec<_>, _> = manifest.vary.iter().map(|vary| Vary::parse(vary)).collect();
    let template = Template {
        name: manifest.file,
        text: manifest.scenario,
        folder: folder.to_owned(),
        sets: sets.map_err(|error| form(error.to_string()))?,
        only: manifest.only,
    };
    let sampling = manifest.sample.parse().map_err(|error: SamplingError| form(error.to_string()))?;
    let axes = axes.map_err(|error| form(error.to_string()))?;
    let mut sweep = Sweep::check(Plan { template, axes, sampling }, threads)?;
    if let Some(prices) = &manifest.prices {
        let prices = load_prices_text("the manifest's prices", prices);
        sweep = sweep.priced(prices.map_err(|error| form(error.to_string()))?);
    }
    if sweep.digest() == manifest.digest { Ok(sweep) } else { Err(ManifestError::Changed) }
}
