//! The figures of faults: how long a strategy took to recover, what it lost and doubled, and how much more was asked of
//! its parts.

use crate::model::Outcome;
use crate::model::outcome::{Back, FaultOutcome, FunctionOutcome, OccurrenceOutcome, RequestTotals};

/// A scope, a metric and its value.
pub(super) type Named = (String, &'static str, f64);

/// Of the whole strategy, where faults strike it: the longest recovery, the greatest amplification.
pub(super) fn whole(outcome: &Outcome) -> Vec<Named> {
    if outcome.faults.is_empty() {
        return Vec::new();
    }
    let longest = |of: fn(&OccurrenceOutcome) -> Back| greatest(outcome.faults.iter().map(|fault| recovery(fault, of)));
    let mut figures = vec![
        ("recovery_seconds", longest(|occurrence| occurrence.backlog)),
        ("latency_recovery_seconds", longest(|occurrence| occurrence.latency)),
    ];
    if let Some(calm) = &outcome.without_faults {
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
    for fault in &outcome.faults {
        let name = &fault.name;
        figures.push((name.clone(), "recovery_seconds", recovery(fault, |occurrence| occurrence.backlog)));
        figures.push((name.clone(), "latency_recovery_seconds", recovery(fault, |occurrence| occurrence.latency)));
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
fn recovery(fault: &FaultOutcome, of: impl Fn(&OccurrenceOutcome) -> Back) -> f64 {
    greatest(fault.occurrences.iter().map(|occurrence| match of(occurrence) {
        Back::Unknown => f64::NAN,
        Back::After(span) => span.as_secs_f64(),
        Back::Never => f64::INFINITY,
    }))
}

/// Requests over those that are no repetition, of each part in the whole run.
fn overall(outcome: &Outcome) -> Vec<(String, f64)> {
    let ratio = |offered: u64, first: u64| if first == 0 { f64::NAN } else { offered as f64 / first as f64 };
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
    let of_fault = |(fault, calm): (&FaultOutcome, &Vec<RequestTotals>)| {
        let load = |(struck, calm): (&RequestTotals, &RequestTotals)| {
            let load = if calm.offered == 0 { f64::NAN } else { struck.offered as f64 / calm.offered as f64 };
            (format!("{}/{}", fault.name, struck.label), load)
        };
        fault.requests.iter().zip(calm).map(load).collect::<Vec<_>>()
    };
    outcome.faults.iter().zip(&calm.requests).flat_map(of_fault).collect()
}

fn amplification(requests: &RequestTotals) -> f64 {
    if requests.first == 0 { f64::NAN } else { requests.offered as f64 / requests.first as f64 }
}

/// The greatest of those that are something; of nothing where none is.
fn greatest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NAN, f64::max)
}
