//! The question, and the answer in a sentence; then how each objective was met.

use maud::{Markup, html};

use crate::experiment::results::{ObjectiveResult, Results};
use crate::report::{lookup, number, terminal};

const COST: &str = "cost_usd_per_million";

pub(super) fn section(results: &Results) -> Markup {
    let sentences = terminal::sentences(results);
    let answer = sentence(results);
    let warnings: Vec<String> = terminal::warnings(results).into_iter().chain(terminal::intervals(results)).collect();
    html! {
        section #answer aria-labelledby="answer-heading" {
            h2 #answer-heading { "The answer" }
            p.question { span.label { "Question" } " " (question(results)) }
            p.answer { (answer) }
            @let others: Vec<&String> = sentences.iter().filter(|sentence| **sentence != answer).collect();
            @if !others.is_empty() { ul.sentences { @for sentence in others { li { (sentence) } } } }
            @if !results.objectives.is_empty() { (objectives(results)) }
            @if !warnings.is_empty() {
                h3 { "What must not be overlooked" }
                ul.warnings { @for warning in &warnings { li { (warning.trim_start_matches("! ")) } } }
            }
        }
    }
}

/// `Which of “hourly batch” and “per event” meets latency_p99 below 60s, and what does it cost?`
fn question(results: &Results) -> String {
    let names: Vec<&str> = results.strategies.iter().map(|strategy| strategy.name.as_str()).collect();
    let mut objectives: Vec<&str> = results.objectives.iter().map(|objective| objective.text.as_str()).collect();
    objectives.dedup();
    let objectives = listed(&objectives);
    match (&names[..], objectives.is_empty()) {
        ([only], true) => format!("How long do items take with {only}, and what do they cost?"),
        ([only], false) => format!("Does {only} meet {objectives}, and what does it cost?"),
        (_, true) => format!("Which of {} is done soonest, and what does it cost?", named(&names)),
        (_, false) => format!("Which of {} meets {objectives}, and what does it cost?", named(&names)),
    }
}

/// The answer in a sentence: who meets every objective, and at what price; without objectives, how the fastest strategy
/// compares with the baseline.
pub(in crate::report) fn sentence(results: &Results) -> String {
    held(results).unwrap_or_else(|| terminal::sentences(results).into_iter().next().unwrap_or_default())
}

/// Who meets every objective; none where there are no objectives, or nothing to say of them.
fn held(results: &Results) -> Option<String> {
    if results.objectives.is_empty() || lookup::nothing_arrived(results) {
        return None;
    }
    let meets = |index: &usize| of(results, *index).all(|objective| objective.met);
    let all = 0..results.strategies.len();
    let (good, bad): (Vec<usize>, Vec<usize>) = all.partition(meets);
    let every = if texts(results).len() == 1 { "the objective" } else { "every objective" };
    let name = |index: usize| results.strategies[index].name.as_str();
    let mut text = match (&good[..], bad.is_empty()) {
        ([], _) if bad.len() == 1 => format!("{} does not meet {every}", name(bad[0])),
        ([], _) => format!("None of the {} strategies meets {every}", bad.len()),
        ([only], true) => format!("{} meets {every}", name(*only)),
        ([only], false) => format!("Only {} meets {every}", name(*only)),
        (several, true) => format!("All {} strategies meet {every}", several.len()),
        (several, false) => {
            format!("{} meet {every}", named(&several.iter().map(|&index| name(index)).collect::<Vec<_>>()))
        }
    };
    text.push_str(&price(results, &good));
    let unsure = results.objectives.iter().any(|objective| !objective.certain && !objective.undefined);
    if unsure && (results.replications > 1 || results.batch_means.is_some()) {
        text.push_str("; not every interval is narrow enough to be sure");
    }
    text.push('.');
    Some(text)
}

/// `, at $2.30 a million items`, or which of several is the cheapest.
fn price(results: &Results, good: &[usize]) -> String {
    let cost = |&index: &usize| Some((index, lookup::figure(&results.strategies[index], COST)?));
    let costs = good.iter().filter_map(cost).filter(|(_, cost)| cost.mean.is_finite() && cost.mean > 0.0);
    let Some((index, least)) = costs.min_by(|left, right| left.1.mean.total_cmp(&right.1.mean)) else {
        return String::new();
    };
    let shown = number::mean(least, "USD");
    let things = lookup::unit_word(results);
    match good.len() {
        1 => format!(", at {shown} a million {things}"),
        _ => format!("; {} is the cheapest of them, at {shown} a million {things}", results.strategies[index].name),
    }
}

fn of(results: &Results, strategy: usize) -> impl Iterator<Item = &ObjectiveResult> {
    results.objectives.iter().filter(move |objective| objective.strategy == strategy)
}

/// The objectives as written, each once.
fn texts(results: &Results) -> Vec<&str> {
    let mut texts: Vec<&str> = Vec::new();
    for objective in &results.objectives {
        if !texts.contains(&objective.text.as_str()) {
            texts.push(&objective.text);
        }
    }
    texts
}

fn objectives(results: &Results) -> Markup {
    let cell = |text: &str, strategy: usize| {
        of(results, strategy).find(|objective| objective.text == text).map_or_else(|| html! { td { "–" } }, verdict)
    };
    let table = html! {
        table.objectives {
            caption { "Objectives, and what was measured" }
            thead { tr {
                th scope="col" { "Strategy" }
                @for text in texts(results) { th scope="col" { (text) } }
            } }
            tbody { @for (index, strategy) in results.strategies.iter().enumerate() {
                tr data-strategy=(index) {
                    th scope="row" { (strategy.name) }
                    @for text in texts(results) { (cell(text, index)) }
                }
            } }
        }
    };
    super::scrolling("Objectives, and what was measured", &table)
}

fn verdict(objective: &ObjectiveResult) -> Markup {
    let unit = crate::metrics::catalogue::find(objective.metric).map_or("", |metric| metric.unit);
    let (class, word) = match (objective.undefined, objective.met, objective.certain) {
        (true, ..) => ("plain", "nothing measured"),
        (_, true, true) => ("good", "met"),
        (_, true, false) => ("unsure", "met, not for sure"),
        (_, false, true) => ("bad", "missed"),
        (_, false, false) => ("unsure", "missed, not for sure"),
    };
    let within = objective.share_within.as_ref().filter(|_| !objective.undefined);
    html! {
        td {
            span class={ "verdict " (class) } { (word) }
            @if !objective.undefined { span.measured { (number::estimate(&objective.measured, unit).to_string()) } }
            @if let Some(share) = within { span.within { (number::share(share.mean)) " of items within" } }
            @if let Some(left) = &objective.unprocessed {
                span.within { (number::share(left.mean)) " of the items were never processed" }
            }
        }
    }
}

/// `“a” and “b”`: names may hold an "and" of their own.
fn named(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    listed(&quoted.iter().map(String::as_str).collect::<Vec<_>>())
}

/// `a`, `a and b`, `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_answer_says_who_meets_what_and_at_what_price() {
        let mut results = fixture::atm();
        assert_eq!(
            question(&results),
            "Which of “hourly batch”, “5-minute batch” and “per event” meets latency_p99 below 60s, and what does it cost?"
        );
        let said = |results: &Results| held(results).expect("an answer");
        assert_eq!(said(&results), "Only per event meets the objective, at $0.865 a million items.");
        results.objectives[1].met = true;
        assert_eq!(
            said(&results),
            "“5-minute batch” and “per event” meet the objective; 5-minute batch is the cheapest of them, at $0.397 a million items."
        );
        results.objectives.iter_mut().for_each(|objective| objective.met = false);
        results.objectives[0].certain = false;
        assert_eq!(
            said(&results),
            "None of the 3 strategies meets the objective; not every interval is narrow enough to be sure."
        );
        fixture::only(&mut results, 0);
        assert_eq!(question(&results), "Does hourly batch meet latency_p99 below 60s, and what does it cost?");
        results.objectives.clear();
        assert_eq!(held(&results), None);
    }
}
