//! Where designs break: the screen, `limit.csv`, `probes.csv`, `limit.json` and a chart.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::files::{check_fill, fill_with};
use super::study::Head;
use super::tables::bounds;
use super::{ReportError, charts, number, terminal, time_text};
use crate::experiment::limit::{Decision, Found, Limit, Probe, Question};
use crate::scenario::{Scenario, Side, Vary};

/// The files of a limit's folder.
const KNOWN: [&str; 4] = ["limit.csv", "probes.csv", "limit.json", "limit.svg"];
/// The version of the document's shape; it grows when a key changes its meaning or goes.
const FORMAT_VERSION: u32 = 1;

/// What was asked, in the words of the question: `latency_p99 > 60s`.
#[must_use]
pub fn condition_text(question: &Question) -> String {
    let sign = match question.until.side {
        Side::Above => ">",
        Side::AtLeast => ">=",
        Side::Below => "<",
        Side::AtMost => "<=",
    };
    format!("{} {sign} {}", question.until.metric.name, number::plain(question.until.bound, question.until.metric.unit))
}

/// The answer for each strategy, a line each, and what is to be known of it; `width` in characters.
#[must_use]
pub fn render_limits(question: &Question, limits: &[Limit], width: u16) -> String {
    let (key, condition) = (question.vary.key(), condition_text(question));
    let mut out = format!("{condition}, by {key}\n\n");
    let names = limits.iter().map(|limit| limit.strategy.chars().count()).max().unwrap_or(0);
    for limit in limits {
        let name = &limit.strategy;
        let _infallible = writeln!(out, "{name:<names$}  {}  ({} runs)", answer(question, limit), limit.runs);
    }
    let promise =
        "The limit lies between the two values in 95 of 100 seeds at least, where the metric moves in one direction.";
    let promise = limits.iter().any(|limit| is_between(limit.found)).then(|| promise.to_owned());
    let lines: Vec<String> =
        promise.into_iter().chain(limits.iter().filter_map(|limit| doubt(question, limit))).collect();
    if !lines.is_empty() {
        out.push('\n');
    }
    for line in lines {
        let _infallible = writeln!(out, "{}", terminal::wrapped(&line, usize::from(width), 2));
    }
    out
}

/// `begins at run.load = 0.845, between 0.831838 and 0.85931`.
fn answer(question: &Question, limit: &Limit) -> String {
    let (key, unit) = (question.vary.key(), question.vary.unit());
    let [low, high] = [&limit.low, &limit.high].map(|value| value_text(value));
    let ends = limit.probe(&limit.low).is_some_and(|probe| probe.decision == Decision::Holds);
    let (verb, is_next) = (if ends { "ends" } else { "begins" }, limit.is_next_to(question));
    let estimate = length(limit.estimate, unit).unwrap_or_else(|| number::plain(limit.estimate, "") + unit);
    match limit.found {
        Found::Limit | Found::Noise | Found::Budget if is_next && ends => format!("up to {key} = {low}, not at {high}"),
        Found::Limit | Found::Noise | Found::Budget if is_next => format!("from {key} = {high} on, not at {low}"),
        Found::Limit => format!("{verb} at {key} = {estimate}, between {low} and {high}"),
        Found::Noise => format!("{verb} at {key} = {estimate}, between {low} and {high}; more replications tell more"),
        Found::Budget => format!("{verb} between {key} = {low} and {high}; the budget is used up"),
        Found::Everywhere => format!("everywhere from {low} to {high}"),
        Found::Nowhere => format!("nowhere from {low} to {high}"),
        Found::Unknown => format!("cannot be told at an end of {low} to {high}; more replications tell more"),
    }
}

fn is_between(found: Found) -> bool {
    matches!(found, Found::Limit | Found::Noise | Found::Budget)
}

impl Limit {
    /// What was tried at a value.
    fn probe(&self, value: &str) -> Option<&Probe> {
        self.probes.iter().find(|probe| probe.value == value)
    }

    /// Whether both ends are whole numbers of which one follows the other.
    fn is_next_to(&self, question: &Question) -> bool {
        let [low, high] = [&self.low, &self.high].map(|value| Vary::number(value).unwrap_or(f64::NAN));
        question.vary.is_whole() && high - low == 1.0
    }
}

/// What is to be known of the metric at an end of the answer, where it is a quantile in doubt.
fn doubt(question: &Question, limit: &Limit) -> Option<String> {
    let ends = [&limit.low, &limit.high].into_iter().filter_map(|value| limit.probe(value));
    let (probe, found) = ends.filter_map(|probe| Some((probe, probe.doubt.as_ref()?))).next()?;
    let told = terminal::doubt(&limit.strategy, found, "replication");
    Some(format!("! at {} = {}, {told}", question.vary.key(), probe.value))
}

/// A value that was tried, as people write it: `12 min 20 s` for `12.3333m`. What was written whole stays as it is.
fn value_text(value: &str) -> String {
    let unit = value.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let broken = Vary::number(value).filter(|number| number.fract() != 0.0);
    broken.and_then(|number| length(number, unit)).unwrap_or_else(|| value.to_owned())
}

/// So many minutes, hours or days, to the second; none of other units.
fn length(number: f64, unit: &str) -> Option<String> {
    let size = match unit {
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Some(time_text::exact(libm::round(number * size)))
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    vary: &'a str,
    until: String,
    precision: f64,
    budget: u64,
    limits: &'a [Limit],
    understood: &'a serde_json::Value,
}

fn document<'a>(question: &'a Question, base: &'a Scenario, limits: &'a [Limit]) -> Document<'a> {
    Document {
        head: Head::new(FORMAT_VERSION, base, &question.template),
        vary: question.vary.text(),
        until: condition_text(question),
        precision: question.precision,
        budget: question.budget,
        limits,
        understood: &base.understood,
    }
}

/// The document of `limit.json` on one line, without a line end.
///
/// # Errors
/// [`ReportError::Json`] if it cannot be written.
pub fn limits_json(question: &Question, base: &Scenario, limits: &[Limit]) -> Result<String, ReportError> {
    Ok(serde_json::to_string(&document(question, base, limits))?)
}

/// Fills `<out>/<scenario>-limit/` and returns its path; completed beside and exchanged whole, as a run's report is.
///
/// # Errors
/// As for [a run's report](super::files::write).
pub fn write(question: &Question, base: &Scenario, limits: &[Limit], out: &Path) -> Result<PathBuf, ReportError> {
    let mut json = serde_json::to_vec_pretty(&document(question, base, limits))?;
    json.push(b'\n');
    let files = [
        ("limit.csv", table(question, limits)?),
        ("probes.csv", probes(question, limits)?),
        ("limit.json", json),
        ("limit.svg", charts::of_limit(question, limits)?.into_bytes()),
    ];
    fill_with(&folder_name(base), out, is_known, "limit.json", files)
}

/// The folder that [`write()`] would fill, if it may and can.
///
/// # Errors
/// As for [a run's report](super::files::check).
pub fn check(base: &Scenario, out: &Path) -> Result<PathBuf, ReportError> {
    check_fill(&folder_name(base), out, is_known)
}

fn folder_name(base: &Scenario) -> String {
    format!("{}-limit", base.name)
}

fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// The word of a finding or a decision, as the document has it.
pub(super) fn word(value: impl Serialize) -> Result<String, ReportError> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().to_owned())
}

fn table(question: &Question, limits: &[Limit]) -> Result<Vec<u8>, ReportError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["strategy", "key", "condition", "found", "estimate", "low", "high", "runs"])?;
    for limit in limits {
        let between = matches!(limit.found, Found::Limit | Found::Noise | Found::Budget);
        let estimate = if between { limit.estimate.to_string() } else { String::new() };
        let (condition, found, runs) = (condition_text(question), word(limit.found)?, limit.runs.to_string());
        let key = question.vary.key();
        table.write_record([&limit.strategy, key, &condition, &found, &estimate, &limit.low, &limit.high, &runs])?;
    }
    super::tables::finished(table)
}

fn probes(question: &Question, limits: &[Limit]) -> Result<Vec<u8>, ReportError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let key = question.vary.key();
    table.write_record([
        "strategy",
        key,
        "metric",
        "unit",
        "mean",
        "ci_low",
        "ci_high",
        "replications",
        "condition",
    ])?;
    let metric = question.until.metric;
    for limit in limits {
        for probe in &limit.probes {
            let [mean, low, high] = bounds(&probe.estimate);
            let (replications, decision) = (probe.estimate.replications.to_string(), word(probe.decision)?);
            let names = [limit.strategy.as_str(), &probe.value, metric.name, metric.unit];
            table.write_record(names.into_iter().chain([&*mean, &low, &high, &replications, &decision]))?;
        }
    }
    super::tables::finished(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_told_in_the_units_that_people_write() {
        let told = ["12.3333m", "10m", "1.5h", "2.5s", "300.5/s", "512MB"].map(value_text);
        assert_eq!(told, ["12 min 20 s", "10m", "1 h 30 min", "2.5s", "300.5/s", "512MB"]);
    }
}
