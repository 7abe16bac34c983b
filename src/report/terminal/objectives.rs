//! The objectives: who meets and who misses each, and how sure that is.

use super::paint::{self, Paint};
use super::short_name;
use crate::experiment::results::{ObjectiveResult, Results};
use crate::metrics::catalogue;
use crate::report::{lookup, number};

/// At most so many are listed: those missed or uncertain first.
const MOST_LISTED: usize = 10;
/// At most so many strategies are named on either side of an objective.
const MOST_NAMED: usize = 4;

/// An objective held against each strategy it applies to.
type Group<'a> = Vec<&'a ObjectiveResult>;

/// A line an objective; empty if there are none.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let mut groups = grouped(results);
    if groups.is_empty() {
        return String::new();
    }
    let omitted = groups.len().saturating_sub(MOST_LISTED);
    if omitted > 0 {
        groups.sort_by_key(|group| group.iter().all(|objective| objective.met && objective.certain));
        groups.truncate(MOST_LISTED);
    }
    let text_width = groups.iter().map(|group| group[0].text.chars().count()).max().unwrap_or(0).min(width / 3);
    let lines = groups.iter().map(|group| line(results, group, text_width, width, paint));
    let more = (omitted > 0).then(|| format!("  and {omitted} more, in run.json"));
    std::iter::once(paint.bold("objectives")).chain(lines).chain(more).collect::<Vec<_>>().join("\n")
}

/// The results of equal objectives together, in the order in which each first comes.
fn grouped(results: &Results) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for objective in &results.objectives {
        match groups.iter_mut().find(|group| group[0].text == objective.text) {
            Some(group) => group.push(objective),
            None => groups.push(vec![objective]),
        }
    }
    groups
}

/// `✘ latency_p99 below 60s  missed by hourly batch (59.5 min); met by per event (1.27 s)`.
fn line(results: &Results, group: &Group<'_>, text_width: usize, width: usize, paint: Paint) -> String {
    let (undefined, measured): (Vec<_>, Vec<_>) = group.iter().copied().partition(|objective| objective.undefined);
    let (met, missed): (Vec<_>, Vec<_>) = measured.into_iter().partition(|objective| objective.met);
    let (mark, painted) = match (missed.is_empty(), met.is_empty()) {
        (false, _) => ("✘", paint.bad("✘")),
        (true, false) => ("✔", paint.good("✔")),
        (true, true) => ("-", "-".to_owned()),
    };
    let sides = [("missed", missed), ("met", met)].into_iter().filter(|(_, side)| !side.is_empty());
    let sides = sides.map(|(word, side)| named(results, word, &side, group.len()));
    let sides: Vec<_> = sides.chain(unmeasured(results, &undefined, group.len())).collect();
    let text = format!("  {mark} {:<text_width$}  {}", group[0].text, sides.join("; "));
    paint::wrapped(&text, width, 6 + text_width).replacen(mark, &painted, 1)
}

/// `missed by hourly batch (59.5 min), 5-minute batch (5.11 min)`, or `met by all (0)` where nothing tells them apart.
fn named(results: &Results, word: &str, side: &[&ObjectiveResult], of: usize) -> String {
    let values: Vec<_> = side.iter().map(|objective| measured(objective)).collect();
    if side.len() == of && of > 1 && values.iter().all(|value| *value == values[0]) {
        return format!("{word} by all ({})", values[0]);
    }
    let names = side.iter().zip(&values).map(|(objective, value)| format!("{} ({value})", held(results, objective)));
    format!("{word} by {}", listed(names))
}

/// `not measured: no item arrived`, with the strategies where others were measured; or that they have no such figure.
fn unmeasured(results: &Results, side: &[&ObjectiveResult], of: usize) -> Option<String> {
    if side.is_empty() {
        return None;
    }
    let has_latency = |objective: &ObjectiveResult| {
        let strategy = results.strategies.get(objective.strategy);
        strategy.is_some_and(|strategy| lookup::figure(strategy, "latency_p50").is_some())
    };
    let why = match (side.iter().any(|objective| has_latency(objective)), lookup::nothing_arrived(results)) {
        (true, _) => "nothing in the flow has this figure",
        (false, true) => "no item arrived",
        (false, false) => "no item arrived after the warm-up",
    };
    if side.len() == of {
        return Some(format!("not measured: {why}"));
    }
    let names = listed(side.iter().map(|objective| held(results, objective)));
    Some(format!("not measured for {names}: {why}"))
}

/// The name of the strategy that an objective is held against.
fn held(results: &Results, objective: &ObjectiveResult) -> String {
    short_name(results.strategies.get(objective.strategy).map_or("", |strategy| strategy.name.as_str()))
}

/// The first few of a list, and how many more there are.
fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    let more = (more > 0).then(|| format!("{more} more"));
    names.take(MOST_NAMED).chain(more).collect::<Vec<_>>().join(", ")
}

/// Whether an objective asks for values above its bound.
fn is_floor(objective: &ObjectiveResult) -> bool {
    // A met objective lies on the side it asks for, a missed one on the other.
    objective.met == (objective.measured.mean > objective.bound)
}

/// The value, with its interval where that leaves the verdict open, the share of items within an upper bound on latency,
/// or, where the value is of the processed items only, how many are not.
fn measured(objective: &ObjectiveResult) -> String {
    let unit = catalogue::find(objective.metric).map_or("", |metric| metric.unit);
    // Of a bound on the longest latency, the share within says nothing that the longest does not; and where more than
    // the bound is asked for, those within it are those that fall short.
    let share = objective.share_within.as_ref().filter(|_| objective.metric != "latency_max" && !is_floor(objective));
    let within = share.map(|share| format!(", {} within", number::share(share.mean))).unwrap_or_default();
    if let Some(unprocessed) = &objective.unprocessed {
        let never = number::share(unprocessed.mean);
        return format!("{} where processed, but {never} never are", number::mean(&objective.measured, unit));
    }
    if objective.certain || objective.measured.interval.is_none() {
        return format!("{}{within}", number::mean(&objective.measured, unit));
    }
    format!("{}{within}, not certain", number::estimate(&objective.measured, unit))
}
