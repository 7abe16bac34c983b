//! `sweep.json`: what reproduces a sweep. Its figures are in the tables.

use serde::Serialize;

use crate::experiment::prices_used;
use crate::experiment::results::PricesUsed;
use crate::experiment::sweep::Sweep;
use crate::report::ReportError;
use crate::scenario::{Override, Vary};

/// The version of the document's shape; it grows when a key changes its meaning or goes.
const FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    program_version: &'a str,
    scenario: &'a str,
    summary: &'a str,
    seed: u64,
    replications: u64,
    strategies: Vec<&'a str>,
    set: Vec<String>,
    vary: Vec<&'a str>,
    sample: String,
    points: u64,
    /// Of what was asked: the same for every machine that runs a share of the sweep.
    digest: &'a str,
    /// Of what was found: over the fingerprints of all points.
    fingerprint: &'a str,
    prices: PricesUsed,
    /// The scenario with none of the keys varied.
    understood: &'a serde_json::Value,
}

/// The document, with a line end.
pub(super) fn json(sweep: &Sweep, fingerprint: &str) -> Result<Vec<u8>, ReportError> {
    let (base, plan) = (sweep.base(), sweep.plan());
    let document = Document {
        format_version: FORMAT_VERSION,
        program_version: env!("CARGO_PKG_VERSION"),
        scenario: &base.name,
        summary: &base.summary,
        seed: base.run.seed,
        replications: base.run.replications,
        strategies: base.designs.iter().map(|design| design.name.as_str()).collect(),
        set: plan.template.sets.iter().map(Override::as_set).collect(),
        vary: plan.axes.iter().map(Vary::text).collect(),
        sample: plan.sampling.to_string(),
        points: sweep.points(),
        digest: sweep.digest(),
        fingerprint,
        prices: prices_used(sweep.prices(), base.free_tier),
        understood: &base.understood,
    };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}
