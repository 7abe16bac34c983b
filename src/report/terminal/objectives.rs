//! The objectives: met or missed, and how sure that is.

use super::paint::{self, Paint};
use super::{name_width, short_name};
use crate::experiment::results::{ObjectiveResult, Results};
use crate::metrics::catalogue;
use crate::report::number;

/// At most so many are listed: those missed or uncertain first.
const MOST_LISTED: usize = 10;

/// A line an objective and strategy; empty if there are none.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let mut listed: Vec<_> = results.objectives.iter().collect();
    if listed.is_empty() {
        return String::new();
    }
    let omitted = listed.len().saturating_sub(MOST_LISTED);
    if omitted > 0 {
        listed.sort_by_key(|objective| objective.met && objective.certain);
        listed.truncate(MOST_LISTED);
    }
    let lines = listed.into_iter().map(|objective| line(results, objective, width, paint));
    let more = (omitted > 0).then(|| format!("  and {omitted} more, in run.json"));
    std::iter::once(paint.bold("objectives")).chain(lines).chain(more).collect::<Vec<_>>().join("\n")
}

fn line(results: &Results, objective: &ObjectiveResult, width: usize, paint: Paint) -> String {
    let name = results.strategies.get(objective.strategy).map_or("", |strategy| strategy.name.as_str());
    let unit = catalogue::find(objective.metric).map_or("", |metric| metric.unit);
    let measured = number::estimate(&objective.measured, unit);
    let within =
        objective.share_within.as_ref().map(|share| format!(", {} of items within", number::share(share.mean)));
    let doubt = if objective.certain || objective.measured.interval.is_none() { "" } else { " (not certain)" };
    let name_width = name_width(results);
    let text = format!(
        "{:<name_width$}  {}: {measured}{}{doubt}",
        short_name(name),
        objective.text,
        within.unwrap_or_default()
    );
    let (verdict, painted) =
        if objective.met { ("✔ met   ", paint.good("✔ met")) } else { ("✘ missed", paint.bad("✘ missed")) };
    let whole = paint::wrapped(&format!("  {verdict}  {text}"), width, 14 + name_width);
    whole.replacen(verdict.trim_end(), &painted, 1)
}
