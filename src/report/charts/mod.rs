//! The charts, one file a chart, as SVG of a reading width of 720 px.

mod bars;
mod canvas;
mod cost;
pub(super) mod curves;
mod duplicates;
mod findings;
mod latency;
mod levels;
mod outcomes;
mod over_time;
mod palette;
mod placing;
mod stacked;

use super::ReportError;
use crate::experiment::results::Results;

/// Every chart with its file name; those of iterator ages and of duplicates only where there are any, that of cost where
/// services share it.
pub(super) fn all(results: &Results) -> Result<Vec<(&'static str, String)>, ReportError> {
    let mut charts = vec![
        ("latency-cdf.svg", latency::chart(results)?),
        ("backlog.svg", over_time::chart(results, &over_time::BACKLOG)?),
        ("concurrency.svg", over_time::chart(results, &over_time::CONCURRENCY)?),
        ("outcomes.svg", outcomes::chart(results)?),
    ];
    if over_time::is_measured(results, &over_time::ITERATOR_AGE) {
        charts.push(("iterator-age.svg", over_time::chart(results, &over_time::ITERATOR_AGE)?));
    }
    charts.extend(duplicates::chart(results)?.map(|svg| ("duplicates.svg", svg)));
    charts.extend(cost::chart(results)?.map(|svg| ("cost.svg", svg)));
    Ok(charts)
}

#[cfg(test)]
mod tests;
