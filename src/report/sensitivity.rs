//! Which inputs move a metric most: the screen, `sensitivity.csv`, `sensitivity.json` and charts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::files::{check_fill, fill_with};
use super::study::Head;
use super::tables::{bounds, finished};
use super::{ReportError, charts, number, terminal};
use crate::experiment::sensitivity::{Effects, Index, Influence, Question, Sensitivity, Swing};
use crate::scenario::{Scenario, Vary};
use crate::stats::Estimate;

/// The files of a sensitivity's folder.
const KNOWN: [&str; 5] = ["sensitivity.csv", "sensitivity.json", "tornado.svg", "morris.svg", "sobol.svg"];
/// The version of the document's shape; it grows when a key changes its meaning or goes.
const FORMAT_VERSION: u32 = 1;
/// What is not told.
const NOTHING: &str = "-";

/// The answer in a sentence: `latency_p99 of hourly batch moves most with run.load: from 41 min at 0.5 to 2.1 h at 2.`
#[must_use]
pub fn sentence(question: &Question, found: &Sensitivity) -> String {
    let (metric, strategy) = (question.metric.name, &found.strategy);
    let ranked = found.ranked();
    let Some(first) = ranked.iter().find(|input| input.is_shown()) else {
        return format!("No input is shown to move {metric} of {strategy}; more replications tell more.");
    };
    let at = |swing: &Swing| format!("{} at {}", figure(question, &swing.estimate), swing.value);
    let mut text =
        format!("{metric} of {strategy} moves most with {}: {}, {}", first.key, at(&first.low), at(&first.high));
    if let Some(indices) = &first.indices {
        let _infallible = write!(text, "; its share of the variance, with others, is {}", index(&indices.total));
    }
    text + "."
}

/// The metric somewhere, to three digits: its change, which is paired, is often far better known than the figure itself.
pub(super) fn figure(question: &Question, estimate: &Estimate) -> String {
    if estimate.mean.is_nan() { NOTHING.to_owned() } else { number::plain(estimate.mean, question.metric.unit) }
}

/// The screen: a table and a sentence for each strategy; `width` in characters is that of the sentences.
#[must_use]
pub fn render(question: &Question, found: &[Sensitivity], width: u16) -> String {
    let width = usize::from(width);
    let metric = question.metric;
    let mut out = format!("{}, by each input alone from its low to its high value\n", metric.name);
    for strategy in found {
        let base = figure(question, &strategy.base);
        let _infallible = write!(out, "\n{}: {base} as the scenario stands\n", strategy.strategy);
        out += &aligned(&rows(question, strategy));
        let endless = (strategy.endless > 0 && question.ways + question.rows > 0).then(|| {
            format!(
                "At {} of the sampled points {} is never, or was not measured: no effect or index over all inputs can be told.",
                strategy.endless, metric.name
            )
        });
        let doubt = strategy.doubt.as_ref();
        let doubt = doubt.map(|found| format!("! {}", terminal::doubt(&strategy.strategy, found, "replication")));
        for line in std::iter::once(sentence(question, strategy)).chain(endless).chain(doubt) {
            let _infallible = writeln!(out, "{}", terminal::wrapped(&line, width, 2));
        }
    }
    out
}

/// The heading and a row an input, those that move the metric most first.
fn rows(question: &Question, found: &Sensitivity) -> Vec<Vec<String>> {
    let mut heading = vec!["input", "low", "", "high", "", "moves by"];
    if question.ways > 0 {
        heading.extend(["mu*", "sigma"]);
    }
    if question.rows > 0 {
        heading.extend(["first order", "total"]);
    }
    let unit = question.metric.unit;
    let row = |input: &&Influence| {
        let mut row = vec![input.key.clone()];
        for swing in [&input.low, &input.high] {
            row.extend([swing.value.clone(), figure(question, &swing.estimate)]);
        }
        let spread = input.spread(&found.base);
        let doubt = if input.is_shown() || spread == 0.0 { "" } else { " (not shown)" };
        row.push(number::plain(spread, unit) + doubt);
        if question.ways > 0 {
            let texts = |effects: &Effects| {
                [number::estimate(&effects.mu_star, unit).to_string(), number::plain(effects.sigma, unit)]
            };
            row.extend(input.effects.as_ref().map_or([NOTHING, NOTHING].map(str::to_owned), texts));
        }
        if question.rows > 0 {
            let texts = input.indices.as_ref().map(|indices| [index(&indices.first), index(&indices.total)]);
            row.extend(texts.unwrap_or([NOTHING, NOTHING].map(str::to_owned)));
        }
        row
    };
    let heading = heading.into_iter().map(str::to_owned).collect();
    std::iter::once(heading).chain(found.ranked().iter().map(row)).collect()
}

/// An index with its interval.
fn index(index: &Index) -> String {
    let [share, low, high] = [index.share, index.low, index.high].map(hundredths);
    format!("{share:.2} ({low:.2} to {high:.2})")
}

/// To two decimals, of which none is a zero below zero.
fn hundredths(value: f64) -> f64 {
    libm::round(value * 100.0) / 100.0 + 0.0
}

/// Rows with their columns under each other.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _infallible = writeln!(out, "  {}", line.trim_end());
    }
    out
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    vary: Vec<&'a str>,
    metric: &'a str,
    unit: &'a str,
    morris: u32,
    sobol: u32,
    budget: u64,
    strategies: &'a [Sensitivity],
    sentences: Vec<String>,
    understood: &'a serde_json::Value,
}

fn document<'a>(question: &'a Question, base: &'a Scenario, found: &'a [Sensitivity]) -> Document<'a> {
    Document {
        head: Head::new(FORMAT_VERSION, base, &question.template),
        vary: question.inputs.iter().map(Vary::text).collect(),
        metric: question.metric.name,
        unit: question.metric.unit,
        morris: question.ways,
        sobol: question.rows,
        budget: question.budget,
        strategies: found,
        sentences: found.iter().map(|found| sentence(question, found)).collect(),
        understood: &base.understood,
    }
}

/// The document of `sensitivity.json` on one line, without a line end; what is `never` is null.
///
/// # Errors
/// [`ReportError::Json`] if it cannot be written.
pub fn sensitivity_json(question: &Question, base: &Scenario, found: &[Sensitivity]) -> Result<String, ReportError> {
    Ok(serde_json::to_string(&document(question, base, found))?)
}

/// Fills `<out>/<scenario>-sensitivity/` and returns its path; completed beside and exchanged whole, as a run's report is.
///
/// # Errors
/// As for [a run's report](super::files::write).
pub fn write(question: &Question, base: &Scenario, found: &[Sensitivity], out: &Path) -> Result<PathBuf, ReportError> {
    let mut json = serde_json::to_vec_pretty(&document(question, base, found))?;
    json.push(b'\n');
    let tables = [("sensitivity.csv", table(question, base, found)?), ("sensitivity.json", json)];
    let charts = charts::of_sensitivity(question, found)?.into_iter().map(|(name, svg)| (name, svg.into_bytes()));
    let files: Vec<(&str, Vec<u8>)> = tables.into_iter().chain(charts).collect();
    fill_with(&folder_name(base), out, is_known, "sensitivity.json", files)
}

/// The folder that [`write()`] would fill, if it may and can.
///
/// # Errors
/// As for [a run's report](super::files::check).
pub fn check(base: &Scenario, out: &Path) -> Result<PathBuf, ReportError> {
    check_fill(&folder_name(base), out, is_known)
}

fn folder_name(base: &Scenario) -> String {
    format!("{}-sensitivity", base.name)
}

fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// Tidy: one row a figure.
fn table(question: &Question, base: &Scenario, found: &[Sensitivity]) -> Result<Vec<u8>, ReportError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let columns = ["input", "method", "measure", "value", "metric", "unit", "estimate", "ci_low", "ci_high"];
    table.write_record(["scenario", "strategy"].into_iter().chain(columns))?;
    for strategy in found {
        let mut row = |input: &str, [method, measure, value]: [&str; 3], unit: &str, numbers: [String; 3]| {
            let names = [&base.name, &strategy.strategy, input, method, measure, value, question.metric.name, unit];
            table.write_record(names.into_iter().chain(numbers.iter().map(String::as_str)))
        };
        let unit = question.metric.unit;
        row("", ["one-at-a-time", "base", ""], unit, bounds(&strategy.base))?;
        for input in &strategy.inputs {
            for (name, swing) in [("low", &input.low), ("high", &input.high)] {
                row(&input.key, ["one-at-a-time", name, &swing.value], unit, bounds(&swing.estimate))?;
                if let Some(change) = &swing.change {
                    let measure = format!("{name}_change");
                    row(&input.key, ["one-at-a-time", &measure, &swing.value], unit, bounds(change))?;
                }
            }
            if let Some(effects) = &input.effects {
                row(&input.key, ["morris", "mu_star", ""], unit, bounds(&effects.mu_star))?;
                row(&input.key, ["morris", "mu", ""], unit, bounds(&effects.mu))?;
                let sigma = Estimate { mean: effects.sigma, interval: None, replications: 1 };
                row(&input.key, ["morris", "sigma", ""], unit, bounds(&sigma))?;
            }
            if let Some(indices) = &input.indices {
                for (name, index) in [("first", &indices.first), ("total", &indices.total)] {
                    let numbers = [index.share, index.low, index.high].map(|value| value.to_string());
                    row(&input.key, ["sobol", name, ""], "1", numbers)?;
                }
            }
        }
    }
    finished(table)
}
