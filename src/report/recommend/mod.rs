//! What is recommended: the screen, `settings.csv`, `front.csv`, `recommend.json` and a chart.

mod sentence;
mod tables;
mod words;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::files::{check_fill, fill_with};
use super::plain_table::{align_right, plain_table, text_of};
use super::study::Head;
use super::{ReportError, charts, number, terminal};
use crate::experiment::prices_used;
use crate::experiment::recommend::{Answer, Found, Question, Recommendation, Setting};
use crate::experiment::results::PricesUsed;
use crate::pricing::PriceBook;
use crate::scenario::{Scenario, Vary};

pub(super) use words::{Words, met};

/// The files of a recommendation's folder.
const KNOWN: [&str; 4] = ["settings.csv", "front.csv", "recommend.json", "front.svg"];
/// The version of the document's shape; it grows when a key changes its meaning or goes.
const FORMAT_VERSION: u32 = 1;

/// A question with its answer, and what it was asked of.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What was asked.
    pub question: &'a Question,
    /// The scenario without any change of the search.
    pub base: &'a Scenario,
    /// The prices that made money of counts.
    pub prices: &'a PriceBook,
    /// What was found.
    pub found: &'a Recommendation,
}

/// The answer of each strategy in a table, and all of it in sentences; `width` in characters.
#[must_use]
pub fn render_recommendation(asked: &Asked<'_>, width: u16) -> String {
    let found = asked.found;
    let mut out = format!("{}: the cheapest setting of each strategy that meets\n", asked.base.name);
    for goal in &found.goals {
        let _infallible = writeln!(out, "  {}", goal.text);
    }
    let mut table = plain_table(width, &["strategy", "setting", found.latency, "USD per\nmillion", "settings", "runs"]);
    for answer in &found.answers {
        table.add_row(row(asked, answer));
    }
    align_right(&mut table, 2..6);
    let _infallible = writeln!(out, "\n{}\n", text_of(&table));
    let prices = terminal::prices(&prices_used(asked.prices, asked.base.free_tier));
    for sentence in sentence::sentences(asked).into_iter().chain(doubts(found)).chain(prices) {
        let _infallible = writeln!(out, "{}", terminal::wrapped(&sentence, usize::from(width), 2));
    }
    out
}

/// What is to be known of the quantiles of the settings that are recommended.
fn doubts(found: &Recommendation) -> Vec<String> {
    let chosen = found.answers.iter().filter_map(|answer| Some((answer, &found.settings[answer.chosen?])));
    let of = |(answer, setting): (&Answer, &Setting)| {
        let line = |doubt| format!("! {}", terminal::doubt(&answer.strategy, doubt, "replication"));
        setting.doubts.iter().map(line).collect::<Vec<_>>()
    };
    chosen.flat_map(of).collect()
}

fn row(asked: &Asked<'_>, answer: &Answer) -> [String; 6] {
    let chosen = answer.chosen.map(|index| &asked.found.settings[index]);
    let none = if answer.found == Found::Nothing { "none meets them" } else { "none is shown to meet them" };
    let figure = |figure: fn(&Setting) -> (&crate::stats::Estimate, bool)| {
        chosen.map_or_else(String::new, |setting| {
            let (estimate, money) = figure(setting);
            number::estimate(estimate, if money { "USD" } else { "s" }).to_string()
        })
    };
    [
        answer.strategy.clone(),
        chosen.map_or_else(|| none.to_owned(), |setting| asked.words().setting(setting)),
        figure(|setting| (&setting.latency, false)),
        figure(|setting| (&setting.cost, true)),
        answer.settings.to_string(),
        answer.runs.to_string(),
    ]
}

impl Asked<'_> {
    /// How its settings are named.
    pub(super) fn words(&self) -> Words<'_> {
        Words { keys: &self.found.keys }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    vary: Vec<&'a str>,
    sample: String,
    confidence: f64,
    indifference: f64,
    budget: u64,
    answer: Vec<String>,
    #[serde(flatten)]
    found: &'a Recommendation,
    prices: PricesUsed,
    understood: &'a serde_json::Value,
}

fn document<'a>(asked: &Asked<'a>) -> Document<'a> {
    let Asked { question, base, prices, found } = *asked;
    let plan = &question.plan;
    Document {
        head: Head::new(FORMAT_VERSION, base, &plan.template),
        vary: plan.axes.iter().map(Vary::text).collect(),
        sample: plan.sampling.to_string(),
        confidence: question.confidence,
        indifference: question.indifference,
        budget: question.budget,
        answer: sentence::sentences(asked),
        found,
        prices: prices_used(prices, base.free_tier),
        understood: &base.understood,
    }
}

/// The document of `recommend.json` on one line, without a line end; what is `never` is null.
///
/// # Errors
/// [`ReportError::Json`] if it cannot be written.
pub fn recommendation_json(asked: &Asked<'_>) -> Result<String, ReportError> {
    Ok(serde_json::to_string(&document(asked))?)
}

/// Fills `<out>/<scenario>-recommend/` and returns its path; completed beside and exchanged whole, as a run's report is.
///
/// # Errors
/// As for [a run's report](super::files::write).
pub fn write(asked: &Asked<'_>, out: &Path) -> Result<PathBuf, ReportError> {
    let mut json = serde_json::to_vec_pretty(&document(asked))?;
    json.push(b'\n');
    let files = [
        ("settings.csv", tables::settings(asked)?),
        ("front.csv", tables::front(asked)?),
        ("recommend.json", json),
        ("front.svg", charts::of_recommendation(asked)?.into_bytes()),
    ];
    fill_with(&folder_name(asked.base), out, is_known, "recommend.json", files)
}

/// The folder that [`write()`] would fill, if it may and can.
///
/// # Errors
/// As for [a run's report](super::files::check).
pub fn check(base: &Scenario, out: &Path) -> Result<PathBuf, ReportError> {
    check_fill(&folder_name(base), out, is_known)
}

fn folder_name(base: &Scenario) -> String {
    format!("{}-recommend", base.name)
}

fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

#[cfg(test)]
mod tests;
