//! The charts, one file a chart, as SVG of a reading width of 720 px.

mod axis;
mod bars;
mod canvas;
mod cost;
pub(super) mod curves;
mod duplicates;
mod effects;
mod fault_bands;
mod findings;
mod front;
mod heat_map;
mod latency;
mod levels;
mod limit;
pub(super) mod machine;
mod outcomes;
mod over_time;
mod palette;
mod placing;
mod reading;
mod stacked;
mod sweep_lines;
mod tornado;

use super::ReportError;
use super::recommend::Asked;
use super::sweep::Drawn;
use crate::experiment::limit::{Limit, Question};
use crate::experiment::results::Results;
use crate::experiment::sensitivity::{self, Sensitivity};
use crate::experiment::sweep::Sweep;
use crate::scenario::Sampling;

pub(super) use canvas::{Parts, WIDTH};
pub(super) use palette::strategy_colours;
pub(super) use reading::{Reading, readings};

/// Every chart with its file name; those of iterator ages, of connections and of duplicates only where there are any, that of cost where
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
    if over_time::is_measured(results, &over_time::CONNECTIONS) {
        charts.push(("connections.svg", over_time::chart(results, &over_time::CONNECTIONS)?));
    }
    charts.extend(duplicates::chart(results)?.map(|svg| ("duplicates.svg", svg)));
    charts.extend(cost::chart(results)?.map(|svg| ("cost.svg", svg)));
    Ok(charts)
}

/// Every chart of a sweep with its file name: lines over one key, a map over two, and dots over each where there are more
/// or where they are sampled. A metric that is zero everywhere has none.
pub(super) fn of_sweep(sweep: &Sweep, drawn: &Drawn) -> Result<Vec<(String, String)>, ReportError> {
    let mut charts = Vec::new();
    for metric in drawn.metrics.iter().filter(|metric| metric.says_something()) {
        let name = metric.metric.name;
        match (sweep.axes(), sweep.plan().sampling) {
            ([_], _) => {
                let file = format!("{name}.svg");
                charts.push((file.clone(), sweep_lines::chart(&file, sweep, metric, 0, true)?));
            }
            ([_, _], Sampling::Grid) => {
                let file = format!("{name}-map.svg");
                charts.push((file.clone(), heat_map::chart(&file, sweep, metric)?));
            }
            (axes, _) => {
                for (index, axis) in axes.iter().enumerate() {
                    let file = format!("{name}-by-{}-{}.svg", index + 1, slug(axis.key()));
                    charts.push((file.clone(), sweep_lines::chart(&file, sweep, metric, index, false)?));
                }
            }
        }
    }
    Ok(charts)
}

/// The chart of where designs break.
pub(super) fn of_limit(question: &Question, limits: &[Limit]) -> Result<String, ReportError> {
    limit::chart(question, limits)
}

/// The charts of which inputs move a metric most, with their file names.
pub(super) fn of_sensitivity(
    question: &sensitivity::Question,
    found: &[Sensitivity],
) -> Result<Vec<(&'static str, String)>, ReportError> {
    let mut charts = vec![("tornado.svg", tornado::chart(question, found)?)];
    charts.extend(effects::charts(question, found)?);
    Ok(charts)
}

/// The chart of cost against latency.
pub(super) fn of_recommendation(asked: &Asked<'_>) -> Result<String, ReportError> {
    front::chart(asked)
}

/// A key as part of a file's name.
fn slug(key: &str) -> String {
    let words: Vec<&str> = key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase().chars().take(80).collect()
}

#[cfg(test)]
mod tests;
