//! What is said of faults, in a line.

use super::instant::clock;
use crate::kernel::Time;
use crate::model::Design;
use crate::model::faults::Target;
use crate::model::story::{Moment, Strike};
use crate::services::faults::{FaultKind, Left};

/// The beginning of a fault.
pub(super) fn begins(design: &Design, moment: &Moment, fault: usize, target: Target, since: Time) -> String {
    let fault = &design.faults[fault].fault;
    let which = if since < moment.at { format!("holds since {}", clock(since)) } else { "begins".to_owned() };
    format!("FAULT {} {which}: {}{}", fault.name, kind(&fault.kind), part(target))
}

/// The end of a fault.
pub(super) fn ends(design: &Design, fault: usize, target: Target) -> String {
    format!("FAULT {} is over{}", design.faults[fault].fault.name, part(target))
}

/// What a fault does to an item.
pub(super) fn strikes(design: &Design, moment: &Moment, strike: Strike) -> String {
    let names = strike.faults(design, moment.spot, moment.at);
    let by = if names.is_empty() { String::new() } else { format!(" by {}", names.join(" and ")) };
    match strike {
        Strike::HeldOutside { until } => format!("held outside{by}: its sender sends it at {}", clock(until)),
        Strike::TurnedAway => format!("turned away{by}: unavailable, and its sender does not keep it"),
        Strike::Waits { until } => format!("kept waiting{by}: nothing is handed on before {}", clock(until)),
        Strike::Refused => format!("struck{by}: the service refuses with an error of its own (5xx)"),
        Strike::Throttled => format!("struck{by}: throttled beyond what is left (429)"),
        Strike::StoreRefuses => format!("struck{by}: its idempotency table refuses the call (5xx)"),
        Strike::StoreThrottles => format!("struck{by}: its idempotency table throttles the call"),
        Strike::Fails => format!("struck{by}: what has begun will fail"),
        Strike::Poisoned => format!("struck{by}: the item is poison, every attempt at it fails"),
        Strike::ZoneLost => format!("struck{by}: the zone it ran in is lost"),
    }
}

/// What of a place is struck, where it is not the place itself.
const fn part(target: Target) -> &'static str {
    match target {
        Target::Node(_) | Target::Resource(_) => "",
        Target::Store(_) => " (its idempotency table)",
        Target::BatchSource(_) => " (what its batch lists)",
    }
}

/// A kind of fault, with its figures.
pub(in crate::report) fn kind(kind: &FaultKind) -> String {
    let percent = |share: f64| format!("{} %", (share * 1e4).round() / 1e2);
    match *kind {
        FaultKind::ZoneLost { share } => format!("a zone is lost, with {} of environments and tasks", percent(share)),
        FaultKind::Unavailable { share, .. } if share < 1.0 => format!("{} of calls refused (5xx)", percent(share)),
        FaultKind::Unavailable { .. } => "unavailable".to_owned(),
        FaultKind::Throttled { left, spares_synchronous } => {
            let whom = if spares_synchronous { "asynchronous events and polls throttled" } else { "throttled" };
            match left {
                Left::Share(share) => format!("{whom}, {} left", percent(share)),
                Left::Concurrency(concurrency) => format!("{whom}, a concurrency of {concurrency} left"),
            }
        }
        FaultKind::Slow { factor } => format!("{factor} times as slow"),
        FaultKind::Errors { probability, .. } => format!("{} of attempts and calls fail", percent(probability)),
        FaultKind::SlowStart { factor } => format!("cold starts take {factor} times as long"),
        FaultKind::BadDeploy { probability } => format!("new code, of whose attempts {} fail", percent(probability)),
        FaultKind::Poison { probability } => format!("{} of arriving items are poison", percent(probability)),
    }
}
