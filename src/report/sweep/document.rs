//! `sweep.json`: what reproduces a sweep. Its figures are in the tables.

use serde::Serialize;

use crate::experiment::prices_used;
use crate::experiment::results::PricesUsed;
use crate::experiment::sweep::Sweep;
use crate::report::ReportError;
use crate::report::study::Head;
use crate::scenario::Vary;

/// The version of the document's shape; it grows when a key changes its meaning or goes.
const FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    summary: &'a str,
    strategies: Vec<&'a str>,
    vary: Vec<&'a str>,
    sample: String,
    points: u64,
    /// Of what was asked: the same for every machine that runs a share of the sweep.
    digest: &'a str,
    /// Of what was found: over the fingerprints of all points.
    fingerprint: &'a str,
    /// What is to be known of the intervals.
    warnings: &'a [String],
    prices: PricesUsed,
    /// The scenario with none of the keys varied.
    understood: &'a serde_json::Value,
}

/// The document, with a line end.
pub(super) fn json(sweep: &Sweep, fingerprint: &str, warnings: &[String]) -> Result<Vec<u8>, ReportError> {
    let (base, plan) = (sweep.base(), sweep.plan());
    let document = Document {
        head: Head::new(FORMAT_VERSION, base, &plan.template),
        summary: &base.summary,
        strategies: base.designs.iter().map(|design| design.name.as_str()).collect(),
        vary: plan.axes.iter().map(Vary::text).collect(),
        sample: plan.sampling.to_string(),
        points: sweep.points(),
        digest: sweep.digest(),
        fingerprint,
        warnings,
        prices: prices_used(sweep.prices(), base.free_tier),
        understood: &base.understood,
    };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}
