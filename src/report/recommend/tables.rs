//! `settings.csv` and `front.csv`: one row a setting.

use super::Asked;
use crate::experiment::recommend::{Decision, Setting};
use crate::report::ReportError;
use crate::report::limit::word;
use crate::report::tables::{bounds, finished};

/// Every setting, strategy by strategy.
pub(super) fn settings(asked: &Asked<'_>) -> Result<Vec<u8>, ReportError> {
    table(asked, asked.found.settings.iter().collect())
}

/// Those on the front, the cheapest first.
pub(super) fn front(asked: &Asked<'_>) -> Result<Vec<u8>, ReportError> {
    let mut rows: Vec<&Setting> = asked.found.settings.iter().filter(|setting| setting.on_front).collect();
    rows.sort_by(|a, b| a.cost.mean.total_cmp(&b.cost.mean));
    table(asked, rows)
}

fn table(asked: &Asked<'_>, rows: Vec<&Setting>) -> Result<Vec<u8>, ReportError> {
    let found = asked.found;
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut metrics = vec!["cost_usd_per_million", found.latency];
    metrics.extend(beside(asked).map(|goal| found.goals[goal].metric));
    let mut heading = vec!["strategy".to_owned()];
    heading.extend(found.keys.iter().cloned());
    heading.extend(["standing", "on_front", "misses", "replications"].map(str::to_owned));
    heading.extend(
        metrics.iter().flat_map(|metric| [metric.to_string(), format!("{metric}_low"), format!("{metric}_high")]),
    );
    table.write_record(&heading)?;
    for setting in rows {
        table.write_record(record(asked, setting)?)?;
    }
    finished(table)
}

/// One goal for each metric that has no column yet.
fn beside<'a>(asked: &Asked<'a>) -> impl Iterator<Item = usize> + use<'a> {
    let found = asked.found;
    let first =
        |goal: &usize| found.goals.iter().position(|other| other.metric == found.goals[*goal].metric) == Some(*goal);
    let known = |goal: &usize| [found.latency, "cost_usd_per_million"].contains(&found.goals[*goal].metric);
    (0..found.goals.len()).filter(move |goal| first(goal) && !known(goal))
}

fn record(asked: &Asked<'_>, setting: &Setting) -> Result<Vec<String>, ReportError> {
    let found = asked.found;
    let missed = setting.held.iter().filter(|held| held.decision == Decision::HoldsNot);
    let missed: Vec<&str> = missed.map(|held| found.goals[held.goal].text.as_str()).collect();
    let mut record = vec![found.answers[setting.strategy].strategy.clone()];
    record.extend(setting.values.iter().map(|value| value.clone().unwrap_or_default()));
    record.extend([word(setting.standing)?, setting.on_front.to_string(), missed.join("; ")]);
    record.push(setting.replications.to_string());
    record.extend(bounds(&setting.cost).into_iter().chain(bounds(&setting.latency)));
    for goal in beside(asked) {
        let held = setting.held.iter().find(|held| found.goals[held.goal].metric == found.goals[goal].metric);
        // What was never measured has no number.
        let held = held.filter(|held| !held.estimate.mean.is_nan());
        record.extend(held.map_or_else(|| [const { String::new() }; 3], |held| bounds(&held.estimate)));
    }
    Ok(record)
}
