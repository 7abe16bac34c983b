//! The published incidents of us-east-1 that faults can be shaped like, phase by phase (Z-pes: AWS's post-event
//! summaries). What each phase did in figures is not published: shares and factors are inferred.

use super::{FaultKind, Left, Sends};
use crate::kernel::Span;

/// A service that an incident names, by its word in a scenario.
pub type Word = &'static str;

/// An incident.
#[derive(Debug, Clone, Copy)]
pub struct Incident {
    /// Its word in a scenario.
    pub word: &'static str,
    /// What happened.
    pub doc: &'static str,
    /// What it did, in the order of their starts.
    pub phases: &'static [Phase],
}

/// One thing that an incident did.
#[derive(Debug, Clone, Copy)]
pub struct Phase {
    /// What is said of it after the fault's name.
    pub name: &'static str,
    /// From the start of the incident.
    pub after: Span,
    /// How long.
    pub lasts: Span,
    /// What went wrong …
    pub kind: FaultKind,
    /// … with these.
    pub on: &'static [Word],
}

const fn minutes(minutes: u64) -> Span {
    Span::from_secs(60 * minutes)
}

/// Senders catch up within this (inferred).
const HELD: Sends = Sends::Held(Span::from_secs(60));
/// Nothing is delivered or taken.
const DOWN: FaultKind = FaultKind::Unavailable { share: 1.0, sends: HELD, late_firings: false };
/// Nothing is delivered, but what is sent is kept.
const DELIVERS_NOTHING: FaultKind = FaultKind::Unavailable { share: 1.0, sends: Sends::Taken, late_firings: true };

const fn refuses(share: f64) -> FaultKind {
    FaultKind::Unavailable { share, sends: HELD, late_firings: false }
}

/// Every incident, in the order of time.
pub const ALL: [Incident; 5] = [
    Incident {
        word: "kinesis-2020",
        doc: "25 November 2020: Kinesis down for 17 h 8 min, deliveries of EventBridge failing for 11 h, Lambda refusing invokes for 4 h 21 min",
        phases: &[
            Phase { name: "Kinesis", after: Span::ZERO, lasts: minutes(1_028), kind: DOWN, on: &["kinesis"] },
            Phase {
                name: "EventBridge",
                after: Span::ZERO,
                lasts: minutes(660),
                kind: FaultKind::Errors { probability: 0.5, after_effect: 0.0 },
                on: &["eventbridge"],
            },
            Phase { name: "Lambda", after: minutes(60), lasts: minutes(261), kind: refuses(0.5), on: &["lambda"] },
        ],
    },
    Incident {
        word: "network-2021",
        doc: "7 December 2021: API Gateway refusing calls for 6 h 52 min, deliveries of EventBridge failing and then switched off for 2 h; Lambda at work",
        phases: &[
            Phase { name: "API Gateway", after: Span::ZERO, lasts: minutes(412), kind: refuses(0.5), on: &["api"] },
            Phase {
                name: "EventBridge errors",
                after: Span::ZERO,
                lasts: minutes(305),
                kind: FaultKind::Errors { probability: 0.5, after_effect: 0.0 },
                on: &["eventbridge"],
            },
            Phase {
                name: "EventBridge off",
                after: minutes(305),
                lasts: minutes(120),
                kind: DELIVERS_NOTHING,
                on: &["eventbridge", "schedule", "scheduler"],
            },
        ],
    },
    Incident {
        word: "lambda-2023",
        doc: "13 June 2023: Lambda could not use new environments for 1 h 56 min: invokes refused and slow starts; EventBridge behind",
        phases: &[
            Phase { name: "Lambda", after: Span::ZERO, lasts: minutes(116), kind: refuses(0.6), on: &["lambda"] },
            Phase {
                name: "Lambda starts",
                after: Span::ZERO,
                lasts: minutes(116),
                kind: FaultKind::SlowStart { factor: 5.0 },
                on: &["lambda"],
            },
            Phase {
                name: "EventBridge",
                after: Span::ZERO,
                lasts: minutes(116),
                kind: FaultKind::Errors { probability: 0.3, after_effect: 0.0 },
                on: &["eventbridge"],
            },
        ],
    },
    Incident {
        word: "kinesis-2024",
        doc: "30 July 2024: Kinesis disrupted for 6 h 52 min",
        phases: &[Phase { name: "Kinesis", after: Span::ZERO, lasts: minutes(412), kind: DOWN, on: &["kinesis"] }],
    },
    Incident {
        word: "dynamodb-2025",
        doc: "20 October 2025: DynamoDB down for 2 h 52 min, polls of queues for 4 h 49 min, launches for 11 h 25 min, asynchronous and mapped invokes throttled to a tenth for 4 h 23 min",
        phases: &[
            Phase {
                name: "DynamoDB",
                after: Span::ZERO,
                lasts: minutes(172),
                kind: DOWN,
                on: &["dynamodb", "dynamodb-streams"],
            },
            Phase {
                name: "SQS polls",
                after: minutes(3),
                lasts: minutes(289),
                kind: DELIVERS_NOTHING,
                on: &["sqs", "sqs-fifo"],
            },
            Phase { name: "launches", after: minutes(157), lasts: minutes(685), kind: DOWN, on: &["fargate"] },
            Phase {
                name: "Lambda throttled",
                after: minutes(436),
                lasts: minutes(263),
                kind: FaultKind::Throttled { left: Left::Share(0.1), spares_synchronous: true },
                on: &["lambda"],
            },
        ],
    },
];

/// The incident of this word.
#[must_use]
pub fn find(word: &str) -> Option<&'static Incident> {
    ALL.iter().find(|incident| incident.word == word)
}
