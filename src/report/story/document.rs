//! The story of one item as a document: integers for machines, and the sentences for people.

use serde_json::{Map, Value, json};

use super::instant::civil;
use super::standing::standing;
use super::words::{kind, leaf, place, sentences};
use crate::experiment::story::Story;
use crate::kernel::{Span, Time};
use crate::model::Design;
use crate::model::ledger::{Branches, Path};
use crate::model::story::{Attempt, Ended, Fate, Host, Moment, Strike, What};
use crate::model::workflow::errors::ErrorNames;
use crate::scenario::Scenario;
use crate::words::{DuplicateCause, ItemId, SuppressedBy};

/// Version of the document's form.
const FORMAT: u32 = 1;

/// The story of an item as a document.
#[must_use]
pub fn json(scenario: &Scenario, story: &Story) -> Value {
    let design = &scenario.designs[story.design];
    let arrived = story.verdict.arrived.unwrap_or(Time::ZERO);
    let item = item(scenario, story.item);
    let stream = item["stream"].clone();
    let moments: Vec<Value> = story
        .moments
        .iter()
        .zip(sentences(scenario, design, story))
        .map(|(moment, text)| {
            let there = place(design, moment.spot);
            let mut entry = Map::new();
            entry.insert("at_ns".to_owned(), json!(moment.at.as_nanos()));
            entry.insert("at".to_owned(), json!(civil(scenario.run.start, moment.at)));
            entry.insert("since_arrival_ns".to_owned(), json!(moment.at.since(arrived).as_nanos()));
            entry.insert("where".to_owned(), if there.is_empty() { stream.clone() } else { json!(there) });
            entry.insert("what".to_owned(), json!(kind(&moment.what)));
            data(scenario, design, &story.errors, moment, &mut entry);
            entry.insert("text".to_owned(), json!(text));
            Value::Object(entry)
        })
        .collect();
    json!({
        "format": FORMAT,
        "scenario": scenario.name,
        "strategy": design.name,
        "flow": design.flow,
        "seed": scenario.run.seed,
        "replication": story.replication + 1,
        "item": item,
        "start": scenario.run.start.to_string(),
        "moments": moments,
        "moments_left_out": story.left_out,
        "verdict": verdict(design, story),
    })
}

fn item(scenario: &Scenario, item: ItemId) -> Value {
    json!({ "stream": scenario.streams[item.stream.index()].name, "number": item.number })
}

fn verdict(design: &Design, story: &Story) -> Value {
    let verdict = &story.verdict;
    let causes = DuplicateCause::ALL.into_iter().filter(|&cause| verdict.duplicates.count(cause) > 0);
    let causes: Map<String, Value> =
        causes.map(|cause| (cause.name().to_owned(), json!(verdict.duplicates.count(cause)))).collect();
    let mechanisms = SuppressedBy::ALL.into_iter().filter(|&mechanism| verdict.suppressed.count(mechanism) > 0);
    let mechanisms: Map<String, Value> =
        mechanisms.map(|by| (by.name().to_owned(), json!(verdict.suppressed.count(by)))).collect();
    let mut fields = Map::new();
    fields.insert("owed".to_owned(), branches(design, verdict.owed));
    fields.insert("processed".to_owned(), branches(design, verdict.applied));
    for fate in [Fate::DeadLettered, Fate::Expired, Fate::Rejected, Fate::Lost] {
        let ended = verdict.ended.iter().filter(|(ended, _)| *ended == fate).fold(0, |all, (_, some)| all | some);
        fields.insert(fate.name().to_owned(), branches(design, ended));
    }
    fields.insert("in_backlog".to_owned(), json!(verdict.in_backlog()));
    let standing = (verdict.in_backlog() > 0).then(|| standing(design, story)).flatten();
    fields.insert("waits".to_owned(), json!(standing));
    fields.insert("latency_ns".to_owned(), json!(verdict.completed.map(|(latency, _)| latency.as_nanos())));
    if let (Some((_, path)), Some(wait)) = (verdict.completed, verdict.wait()) {
        fields.insert("split_ns".to_owned(), split(wait, &path));
    }
    fields.insert("duplicates".to_owned(), Value::Object(causes));
    fields.insert("suppressed".to_owned(), Value::Object(mechanisms));
    fields.insert("folded_ns".to_owned(), json!(verdict.folded.map(Time::as_nanos)));
    fields.insert("until_ns".to_owned(), json!(story.until.as_nanos()));
    Value::Object(fields)
}

fn split(wait: Span, path: &Path) -> Value {
    json!({
        "wait": wait.as_nanos(),
        "hop": path.hop.as_nanos(),
        "cold_start": path.cold.as_nanos(),
        "service": path.service.as_nanos(),
        "back_off": path.back_off.as_nanos(),
    })
}

/// The functions at the ends of these branches.
fn branches(design: &Design, branches: Branches) -> Value {
    let leaves = (0..Branches::BITS as usize).filter(|branch| branches >> branch & 1 == 1);
    leaves.map(|branch| leaf(design, branch)).collect::<Vec<_>>().into()
}

/// What a moment brings besides its kind.
fn data(scenario: &Scenario, design: &Design, errors: &ErrorNames, moment: &Moment, entry: &mut Map<String, Value>) {
    let mut put = |key: &str, value: Value| _ = entry.insert(key.to_owned(), value);
    let instant = |at: Option<Time>| json!(at.map(Time::as_nanos));
    match moment.what {
        What::Arrived { owed, .. } => put("owed", branches(design, owed)),
        What::Kept { copy, until } => {
            put("copy", json!(copy));
            put("until_ns", instant(until));
        }
        What::HandedOn { to, copy } => {
            put("to", json!(to.map(|to| &design.nodes[to.index()].label)));
            put("copy", json!(copy));
        }
        What::Delayed { until } | What::BackOff { until } => put("until_ns", instant(Some(until))),
        What::Refused { again, .. }
        | What::PoolRefused { again }
        | What::Throttled { again }
        | What::ClientGaveUp { again } => {
            put("again_ns", instant(again));
        }
        What::Heard { status, again } => {
            put("status", json!(status));
            put("again_ns", instant(again));
        }
        What::Received { receives, visible_again } => {
            put("receives", json!(receives));
            put("visible_again_ns", instant(Some(visible_again)));
        }
        What::Struck(strike) => {
            put("how", json!(strike.name()));
            put("faults", json!(strike.faults(design, moment.spot, moment.at)));
            if let Strike::HeldOutside { until } | Strike::Waits { until } = strike {
                put("until_ns", instant(Some(until)));
            }
        }
        What::FaultBegins { fault, .. } | What::FaultEnds { fault, .. } => {
            let fault = &design.faults[fault].fault;
            put("fault", json!(fault.name));
            put("kind", json!(fault.kind.word()));
        }
        What::Listed { run } => put("run", json!(run)),
        What::Requested { attempt } => put("attempt", json!(attempt)),
        What::Began(attempt) => began(&attempt, &mut put),
        What::Finished { ended, effect } => {
            put("ended", json!(ended_name(ended)));
            put("effect", json!(effect));
        }
        What::NotBegun(over) | What::CutOff(over) | What::NotKept(over) | What::Undone(over) => {
            put("ended", json!(ended_name(over.ended)));
            put("at_item", json!(over.at.map(|at| item(scenario, at))));
        }
        What::Shed { age, oldest } => {
            put("age_ns", json!(age.as_nanos()));
            put("oldest_ns", json!(oldest.as_nanos()));
        }
        What::StoreSilent { goes_on } => put("goes_on", json!(goes_on)),
        What::LeftWaiting { effect, .. } => put("effect", json!(effect)),
        What::Answered { done, took } => {
            put("done", json!(done));
            put("took_ns", json!(took.as_nanos()));
        }
        What::Applied { path, latency, last } => {
            put("latency_ns", json!(latency.as_nanos()));
            put("split_ns", split(latency.saturating_sub(path.hop + path.cold + path.service + path.back_off), &path));
            put("last", json!(last));
        }
        What::AppliedAgain { cause, .. } => put("cause", json!(cause.map(DuplicateCause::name))),
        What::Workflow(what) => super::workflow::data(design, errors, moment.spot, &what, &mut put),
        What::Suppressed(mechanism) => put("by", json!(mechanism.name())),
        What::EndedAs { branches: some, .. } | What::Lost { branches: some } => put("effects", branches(design, some)),
        _ => {}
    }
}

fn began(attempt: &Attempt, put: &mut impl FnMut(&str, Value)) {
    put("attempt", json!(attempt.ordinal + 1));
    match attempt.on {
        Host::Environment { ordinal, start_up } => {
            put("environment", json!(ordinal.map(|ordinal| ordinal + 1)));
            put("cold", json!(start_up.cold));
            put(
                "start_up_ns",
                json!({
                    "dispatch": start_up.dispatch.as_nanos(),
                    "sandbox": start_up.unlogged.as_nanos(),
                    "init": start_up.init.as_nanos(),
                    "repeated_init": start_up.repeated_init.as_nanos(),
                }),
            );
        }
        Host::Worker { run, worker, environment } => {
            put("run", json!(run));
            put("worker", json!(worker + 1));
            put("environment", json!(environment.map(|ordinal| ordinal + 1)));
        }
        Host::Task { start_up } => put("start_up_ns", json!(start_up.as_nanos())),
        Host::Server => {}
    }
}

const fn ended_name(ended: Ended) -> &'static str {
    match ended {
        Ended::Returned => "returned",
        Ended::Errored => "errored",
        Ended::Crashed => "crashed",
        Ended::TimedOut => "timed_out",
        Ended::Lost => "lost",
    }
}
