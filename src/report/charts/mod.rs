//! The charts, one file a chart, as SVG of a reading width of 720 px.

mod canvas;
mod findings;
mod latency;
mod levels;
mod outcomes;
mod over_time;
mod palette;
mod placing;

use super::ReportError;
use crate::experiment::results::Results;

/// Every chart with its file name.
pub(super) fn all(results: &Results) -> Result<Vec<(&'static str, String)>, ReportError> {
    Ok(vec![
        ("latency-cdf.svg", latency::chart(results)?),
        ("backlog.svg", over_time::chart(results, &over_time::BACKLOG)?),
        ("concurrency.svg", over_time::chart(results, &over_time::CONCURRENCY)?),
        ("outcomes.svg", outcomes::chart(results)?),
    ])
}

#[cfg(test)]
mod tests;
