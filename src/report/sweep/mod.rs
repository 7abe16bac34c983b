//! What a sweep leaves: `points.csv`, `sweep.csv`, `sweep.parquet`, `sweep.json` and charts, made from its parts alone, in
//! the order of the points. Tables are written as the parts are read; only what the charts draw is kept.

mod columns;
mod document;
mod drawn;
mod tables;

use std::path::{Path, PathBuf};

pub(super) use drawn::{Drawn, DrawnMetric};

use super::files::{check_fill, fill, write_all};
use super::terminal::{by_batches, wrapped};
use super::{ReportError, charts};
use crate::experiment::sweep::Sweep;
use crate::experiment::sweep::parts::Parts;
use crate::metrics::catalogue;

/// A sweep's folder, and what is to be known of what is in it.
#[derive(Debug)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// A sentence each.
    pub warnings: Vec<String>,
}

impl Written {
    /// What people are told, at most `width` characters wide.
    #[must_use]
    pub fn render(&self, sweep: &Sweep, width: u16) -> String {
        let warnings = self.warnings.iter().map(|text| format!("! {text}"));
        let warnings: String = warnings.map(|text| wrapped(&text, usize::from(width), 2) + "\n").collect();
        format!("{} points\n{warnings}report: {}\n", sweep.points(), self.folder.display())
    }
}

/// What holds of intervals by batches, and at how many points quantiles are in doubt.
fn warnings(sweep: &Sweep, doubtful: u64) -> Vec<String> {
    let batches = sweep.base().run.batch_means.then(|| by_batches().to_owned());
    let doubts = (doubtful > 0).then(|| {
        format!(
            "quantiles are in doubt at {doubtful} of {} points (in_doubt of points.csv says which): few items lie beyond them, \
             or replications are too short to have their share of the longest; run longer",
            sweep.points()
        )
    });
    batches.into_iter().chain(doubts).collect()
}

/// Fills `<out>/<scenario>-sweep/` from the parts; completed beside and exchanged whole, as a run's report is.
///
/// # Errors
/// As [`check`]; [`ReportError::Part`] if a part is missing, torn or foreign; else what could not be written or drawn.
pub fn write(sweep: &Sweep, parts: &Parts, out: &Path) -> Result<Written, ReportError> {
    parts.complete()?;
    let mut doubtful = 0;
    let folder = fill(&folder_name(sweep), out, is_known, "sweep.json", |folder| {
        let mut tables = tables::Tables::create(sweep, folder)?;
        let mut drawn = Drawn::of(sweep);
        let mut fingerprint = blake3::Hasher::new();
        parts.each(|point| {
            fingerprint.update(point.fingerprint.as_bytes());
            doubtful += u64::from(!point.doubts.is_empty());
            tables.add(sweep, &point)?;
            drawn.add(&point);
            Ok::<(), ReportError>(())
        })?;
        tables.finish()?;
        let fingerprint = fingerprint.finalize().to_hex()[..32].to_owned();
        let mut files =
            vec![("sweep.json".to_owned(), document::json(sweep, &fingerprint, &warnings(sweep, doubtful))?)];
        files.extend(charts::of_sweep(sweep, &drawn)?.into_iter().map(|(name, svg)| (name, svg.into_bytes())));
        write_all(folder, files)
    })?;
    Ok(Written { folder, warnings: warnings(sweep, doubtful) })
}

/// The folder that [`write()`] would fill, if it may and can.
///
/// # Errors
/// As for [a run's report](super::files::check).
pub fn check(sweep: &Sweep, out: &Path) -> Result<PathBuf, ReportError> {
    check_fill(&folder_name(sweep), out, is_known)
}

/// Where the parts are kept while the sweep runs, unless another folder is named.
#[must_use]
pub fn parts_folder(sweep: &Sweep, out: &Path) -> PathBuf {
    out.join(format!("{}.parts", folder_name(sweep)))
}

fn folder_name(sweep: &Sweep) -> String {
    format!("{}-sweep", sweep.base().name)
}

/// Whether a sweep may hold a file of that name: a table, the document, or a chart of a metric.
fn is_known(name: &str) -> bool {
    let of_metric = |stem: &str| {
        let metric = stem.split('-').next().unwrap_or_default();
        catalogue::find(metric).is_some()
    };
    ["points.csv", "sweep.csv", "sweep.parquet", "sweep.json"].contains(&name)
        || name.strip_suffix(".svg").is_some_and(of_metric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_a_sweep_are_replaced() {
        for name in
            ["sweep.parquet", "sweep.json", "latency_p99.svg", "backlog_max-map.svg", "duplicates-by-run-load.svg"]
        {
            assert!(is_known(name), "{name}");
        }
        for name in ["summary.csv", "backlog.svg", "thesis.svg", "latency_p99.tex"] {
            assert!(!is_known(name), "{name}");
        }
    }
}
