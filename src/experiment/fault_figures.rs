//! The figures of faults: how long a strategy took to recover, what it lost and doubled, and how much more was asked of
//! its parts.

use crate::model::Outcome;
use crate::model::outcome::{Back, FaultOutcome, FunctionOutcome, OccurrenceOutcome, RequestTotals};

/// Which of the two recoveries of an occurrence.
type Recovery = fn(&OccurrenceOutcome) -> Back;

const BACKLOG: Recovery = |occurrence| occurrence.backlog;
const LATENCY: Recovery = |occurrence| occurrence.latency;

/// A scope, a metric and its value.
pub(super) type Named = (String, &'static str, f64);

/// Of the whole strategy, where faults strike it: the longest recovery, the greatest amplification.
pub(super) fn whole(outcome: &Outcome) -> Vec<Named> {
    if outcome.faults.is_empty() {
        return Vec::new();
    }
    let longest = |of: Recovery| greatest(outcome.faults.iter().map(|fault| recovery(fault, of)));
    let mut figures = vec![("recovery_seconds", longest(BACKLOG)), ("latency_recovery_seconds", longest(LATENCY))];
    if let Some(calm) = &outcome.without_faults {
        let anyway = |of: Recovery| never_anyway(outcome.faults.iter().zip(&calm.faults), of);
        figures.push(("recovery_never_anyway", anyway(BACKLOG)));
        figures.push(("latency_recovery_never_anyway", anyway(LATENCY)));
        figures.push(("lost_in_fault", outcome.items.ended() as f64 - calm.ended as f64));
        figures.push(("duplicates_in_fault", outcome.items.duplicates as f64 - calm.duplicates as f64));
    }
    figures.push(("load_in_fault", greatest(loads(outcome).into_iter().map(|(_, value)| value))));
    let in_fault = outcome.faults.iter().flat_map(|fault| &fault.requests).map(amplification);
    figures.push(("load_amplification", greatest(overall(outcome).into_iter().map(|(_, value)| value))));
    figures.push(("load_amplification_in_fault", greatest(in_fault)));
    figures.into_iter().map(|(metric, value)| (String::new(), metric, value)).collect()
}

/// By fault, and by the parts that were asked while it held.
pub(super) fn by_scope(outcome: &Outcome) -> Vec<Named> {
    let mut figures = Vec::new();
    let calm = outcome.without_faults.as_ref().map(|calm| &calm.faults[..]).unwrap_or_default();
    for (fault, calm) in outcome.faults.iter().zip(calm) {
        for (metric, of) in [("recovery_never_anyway", BACKLOG), ("latency_recovery_never_anyway", LATENCY)] {
            figures.push((fault.name.clone(), metric, never_anyway(std::iter::once((fault, calm)), of)));
        }
    }
    for fault in &outcome.faults {
        let name = &fault.name;
        figures.push((name.clone(), "recovery_seconds", recovery(fault, BACKLOG)));
        figures.push((name.clone(), "latency_recovery_seconds", recovery(fault, LATENCY)));
        for requests in &fault.requests {
            let scope = format!("{name}/{}", requests.label);
            figures.push((scope, "load_amplification_in_fault", amplification(requests)));
        }
    }
    figures.extend(loads(outcome).into_iter().map(|(scope, value)| (scope, "load_in_fault", value)));
    if !outcome.faults.is_empty() {
        figures.extend(overall(outcome).into_iter().map(|(label, value)| (label, "load_amplification", value)));
    }
    figures
}

/// The longest of a fault's occurrences, in seconds.
fn recovery(fault: &FaultOutcome, of: Recovery) -> f64 {
    greatest(fault.occurrences.iter().map(|occurrence| match of(occurrence) {
        Back::Unknown => f64::NAN,
        Back::After(span) => span.as_secs_f64(),
        Back::Never => f64::INFINITY,
    }))
}

/// Of faults and of the same times without them: 1 where nothing that is never back would have been without them either, 0
/// where something would; of nothing where all is back.
fn never_anyway<'a>(pairs: impl Iterator<Item = (&'a FaultOutcome, &'a FaultOutcome)>, of: Recovery) -> f64 {
    let occurrences = pairs.flat_map(|(struck, calm)| struck.occurrences.iter().zip(&calm.occurrences));
    let never = occurrences.filter(|(struck, _)| of(struck) == Back::Never);
    never.map(|(_, calm)| if of(calm) == Back::Never { 1.0 } else { 0.0 }).fold(f64::NAN, f64::min)
}

/// Requests over those that are no repetition, of each part in the whole run.
fn overall(outcome: &Outcome) -> Vec<(String, f64)> {
    let function = |one: &FunctionOutcome| {
        let runs = &one.runs;
        (one.label.clone(), ratio(runs.attempts, runs.attempts - runs.retries))
    };
    let functions = outcome.functions.iter().map(function);
    let apis = outcome.apis.iter().map(|api| (api.label.clone(), ratio(api.requests, api.calls)));
    let resources = outcome.resources.iter().map(|resource| {
        let calls = &resource.calls;
        (resource.label.clone(), ratio(calls.calls, calls.calls - calls.repeated))
    });
    functions.chain(apis).chain(resources).collect()
}

/// Requests to each part while a fault holds, over those of the same run without faults.
fn loads(outcome: &Outcome) -> Vec<(String, f64)> {
    let Some(calm) = &outcome.without_faults else { return Vec::new() };
    let of_fault = |(fault, calm): (&FaultOutcome, &FaultOutcome)| {
        let load = |(struck, calm): (&RequestTotals, &RequestTotals)| {
            (format!("{}/{}", fault.name, struck.label), ratio(struck.offered, calm.offered))
        };
        fault.requests.iter().zip(&calm.requests).map(load).collect::<Vec<_>>()
    };
    outcome.faults.iter().zip(&calm.faults).flat_map(of_fault).collect()
}

fn amplification(requests: &RequestTotals) -> f64 {
    ratio(requests.offered, requests.first)
}

/// Of nothing where there is nothing to compare with.
fn ratio(count: u64, with: u64) -> f64 {
    if with == 0 { f64::NAN } else { count as f64 / with as f64 }
}

/// The greatest of those that are something; of nothing where none is.
fn greatest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NAN, f64::max)
}
