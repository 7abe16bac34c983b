//! The timeline of one item as a screen, and a verdict below it.

use std::fmt::Write;

use super::instant::{civil, clock, length};
use super::standing::standing;
use super::words::{is_turn, names, place, sentences};
use crate::experiment::story::Story;
use crate::kernel::{Span, Time};
use crate::model::Design;
use crate::model::ledger::Path;
use crate::model::story::Fate;
use crate::report::number::share;
use crate::scenario::Scenario;
use crate::words::{DuplicateCause, SuppressedBy};

/// The story of an item on a screen.
#[must_use]
pub fn render(scenario: &Scenario, story: &Story) -> String {
    let design = &scenario.designs[story.design];
    let mut screen = head(scenario, design, story);
    timeline(&mut screen, scenario, design, story);
    verdict(&mut screen, design, story);
    screen
}

fn item_name(scenario: &Scenario, story: &Story) -> String {
    format!("{}:{}", scenario.streams[story.item.stream.index()].name, story.item.number)
}

fn head(scenario: &Scenario, design: &Design, story: &Story) -> String {
    let name = item_name(scenario, story);
    let arrived = story.verdict.arrived.unwrap_or(Time::ZERO);
    let mut text = format!("{name} in \"{}\", scenario {}\n", design.name, scenario.name);
    let run = &scenario.run;
    let rows = [
        ("flow", design.flow.clone()),
        ("replication", format!("{} of {}, seed {}", story.replication + 1, run.replications, run.seed)),
        ("arrival", civil(run.start, arrived)),
    ];
    for (title, value) in rows {
        line(&mut text, &format!("  {title:<12}{value}"));
    }
    text
}

fn timeline(screen: &mut String, scenario: &Scenario, design: &Design, story: &Story) {
    let arrived = story.verdict.arrived.unwrap_or(Time::ZERO);
    let stream = &scenario.streams[story.item.stream.index()].name;
    let rows: Vec<[String; 4]> = story
        .moments
        .iter()
        .zip(sentences(scenario, design, story))
        .map(|(moment, text)| {
            let there = place(design, moment.spot);
            let there = if there.is_empty() { stream } else { there };
            let mark = match moment.what {
                _ if is_turn(&moment.what) => "* ",
                _ if moment.what.is_of_fault() => "! ",
                _ => "  ",
            };
            [
                clock(moment.at),
                format!("+{}", length(moment.at.since(arrived))),
                there.to_owned(),
                format!("{mark}{text}"),
            ]
        })
        .collect();
    let titles = ["run time", "since arrival", "where", "  what"].map(str::to_owned);
    let width = |column: usize| {
        let widest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        widest.max(titles[column].chars().count())
    };
    let (clock, since, place) = (width(0), width(1), width(2));
    screen.push('\n');
    for [at, after, there, what] in std::iter::once(&titles).chain(&rows) {
        line(screen, &format!("  {at:>clock$}  {after:>since$}  {there:<place$}  {what}"));
    }
    if story.left_out > 0 {
        line(screen, &format!("  … {} more moments are left out here, and counted below", story.left_out));
    }
}

fn verdict(screen: &mut String, design: &Design, story: &Story) {
    screen.push_str("\nVerdict\n");
    for (title, value) in verdict_rows(design, story) {
        line(screen, &format!("  {title:<12}{value}"));
    }
}

fn verdict_rows(design: &Design, story: &Story) -> Vec<(&'static str, String)> {
    let verdict = &story.verdict;
    let mut rows = vec![("ended", ended(design, story))];
    if let (Some((latency, path)), Some(wait)) = (verdict.completed, verdict.wait()) {
        rows.push(("latency", format!("{} = {}", length(latency), split(latency, wait, &path))));
    }
    let causes = DuplicateCause::ALL.map(|cause| (verdict.duplicates.count(cause), cause.words()));
    rows.push(("duplicates", counts(verdict.duplicates.total(), &causes)));
    let mechanisms = SuppressedBy::ALL.map(|mechanism| (verdict.suppressed.count(mechanism), mechanism.words()));
    rows.push(("caught", counts(verdict.suppressed.total(), &mechanisms)));
    rows
}

/// How the item ended, or how it stands when the run is over.
fn ended(design: &Design, story: &Story) -> String {
    let verdict = &story.verdict;
    let mut parts = Vec::new();
    if verdict.owed == 0 {
        parts.push("owes no effect".to_owned());
    } else if let Some((latency, _)) = verdict.completed {
        parts.push(format!("processed {} after its arrival", length(latency)));
    } else if verdict.applied != 0 {
        parts.push(format!("processed at {} alone", names(design, verdict.applied)));
    }
    for (fate, branches) in &verdict.ended {
        let which = if design.leaves().len() > 1 { format!(" at {}", names(design, *branches)) } else { String::new() };
        parts.push(format!("{}{which}", fate.words()));
    }
    if verdict.in_backlog() > 0 {
        let where_to = standing(design, story).map_or_else(String::new, |standing| format!(": {standing}"));
        parts.push(format!("still in the backlog when the run ended at {}{where_to}", clock(story.until)));
    }
    if verdict.ended.iter().any(|(fate, _)| *fate == Fate::Lost) {
        parts.push("nothing works towards the effect any more".to_owned());
    }
    parts.join("; ")
}

/// Where the time went: the parts that are not nothing, largest first in the order of the way.
fn split(latency: Span, wait: Span, path: &Path) -> String {
    let parts = [
        ("waiting", wait),
        ("hops", path.hop),
        ("cold start", path.cold),
        ("service", path.service),
        ("back-off", path.back_off),
    ];
    let of = |span: Span| share(span.as_secs_f64() / latency.as_secs_f64());
    let told: Vec<String> = parts
        .iter()
        .filter(|(_, span)| *span > Span::ZERO)
        .map(|(name, span)| format!("{name} {} ({})", length(*span), of(*span)))
        .collect();
    if told.is_empty() { "no time at all".to_owned() } else { told.join(" + ") }
}

/// So many, and of each kind how many: `3: 2 sent twice, 1 redone after a kill`.
fn counts(total: u64, kinds: &[(u64, &str)]) -> String {
    let told: Vec<String> =
        kinds.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect();
    if told.is_empty() { "none".to_owned() } else { format!("{total}: {}", told.join(", ")) }
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{}", line.trim_end());
}
