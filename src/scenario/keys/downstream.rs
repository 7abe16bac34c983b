//! `[downstream.<name>]`, and the calls that functions make to it. No document prescribes what databases and partners do:
//! every default here is our own.

use super::breaker::BREAKER_OF_CALL;
use super::distribution::TIME;
use crate::kernel::Span;
use crate::scenario::shape::{
    ANY_DURATION, Field, Kind, POSITIVE_DURATION, Shape, Types, Word, default, optional, required, sourced,
};

/// Retries of AWS SDKs.
const RETRIES: &str = "[doc] AWS SDKs and Tools guide, feature-retry-behavior";
/// The most calls of a function.
const CALLS_AT_MOST: usize = 16;

/// A downstream.
pub(crate) static DOWNSTREAM: Shape = Shape {
    name: "downstream",
    doc: "A database or partner's interface that functions call while they run; every function of a strategy that calls it shares it. `[strategy.<name>]` overrides it for one strategy.",
    fields: &[
        required("latency", TIME, "Time one call takes where nothing else is asked of it."),
        optional(
            "capacity",
            Kind::Integer { min: 1, max: 1_000_000 },
            "each call takes its own time, however many there are",
            "Calls it works on at full speed; more share that among them, so that each takes longer (processor sharing).",
        ),
        default(
            "contention",
            Kind::Number { min: 0.0, max: 1e6 },
            "0.0",
            "How much work beyond the capacity slows all of it besides: with twice the capacity at work, each call takes 2 × (1 + this) its time.",
        ),
        optional(
            "connections",
            Kind::Integer { min: 1, max: 1_000_000 },
            "it takes as many as come",
            "Most connections at once.",
        ),
        default(
            "connection",
            Kind::Choice(&[
                Word {
                    word: "per-call",
                    doc: "each call takes one and gives it back, as through a proxy or to a partner",
                },
                Word {
                    word: "per-environment",
                    doc: "each execution environment or task keeps those it opened, one for each call it makes at once",
                },
            ]),
            "\"per-call\"",
            "Who holds a connection, and how long.",
        ),
        default(
            "connection-idle",
            POSITIVE_DURATION,
            "\"10m\"",
            "With `per-environment`: the server closes a connection that was idle for so long.",
        ),
        default(
            "connection-wait",
            ANY_DURATION,
            "\"0s\"",
            "How long a call waits where no connection is free, before it is refused; 0s: refused at once, \"too many connections\".",
        ),
        default(
            "connect-time",
            TIME,
            "\"0s\"",
            "What a new connection takes before its first call, TLS and login and all: each call with `per-call`, the first with `per-environment`, and a pool that a function's `initialise` opens once.",
        ),
        optional(
            "max-waiting",
            Kind::Integer { min: 1, max: 1_000_000_000 },
            "as many as come may wait",
            "Most calls that wait for a connection; more are refused.",
        ),
        optional("rate-limit", Kind::Rate, "there is none", "Calls it takes; more are refused, as with HTTP 429."),
        default(
            "rate-burst",
            Kind::Integer { min: 1, max: 1_000_000_000 },
            "1",
            "Calls that `rate-limit` allows at once after a rest: the size of its token bucket.",
        ),
        default("error", Kind::Probability, "0.0", "Chance that a call fails."),
        default(
            "after-commit",
            Kind::Probability,
            "0.0",
            "Of the calls that fail, the share that had done what they were for.",
        ),
        default(
            "idempotent",
            Kind::Choice(&[
                Word { word: "no", doc: "it does what it is asked, as often as it is asked" },
                Word { word: "yes", doc: "it knows an item by its key, and does its work once only" },
            ]),
            "\"no\"",
            "Whether it suppresses the repetition of an effect that is its own (`effect` of the call).",
        ),
    ],
};

/// `calls` of a function.
pub(super) const CALLS: Field = optional(
    "calls",
    Kind::List { of: &CALL_KIND, min: 0, max: CALLS_AT_MOST },
    "it calls nothing",
    "What it calls for each item: names of `[downstream]`, or tables. The time it waits for the answers is paid for.",
);

static CALL_KIND: Kind = Kind::ByType(&CALL);

/// A call: the name of what is called, or a table with it.
static CALL: Types = Types {
    text: Some(Kind::Text("the name of a downstream")),
    number: None,
    table: Some(Kind::Table(&CALL_TABLE)),
    list: None,
};

/// A call as a table.
pub(crate) static CALL_TABLE: Shape = Shape {
    name: "call",
    doc: "A call that a function makes for each item.",
    fields: &[
        required("to", Kind::Text("the name of a downstream"), "The downstream."),
        default(
            "at",
            Kind::Probability,
            "1.0",
            "Where in the service time it is made, as a share of it: 1 at its end.",
        ),
        default(
            "timeout",
            Kind::Duration { min: Span::from_millis(1), max: Span::from_secs(86_400), step: Span::from_nanos(1) },
            "\"60s\"",
            "How long the function waits for the answer, and for a connection. Without an answer the call has failed, although it may still be done.",
        ),
        sourced(
            "retries",
            Kind::Choice(&[
                Word { word: "none", doc: "a call that fails fails the item, as with a plain database driver" },
                Word { word: "standard", doc: "as AWS SDKs do today" },
                Word { word: "standard-2026", doc: "as they do with `AWS_NEW_RETRIES_2026=true`" },
                Word { word: "adaptive", doc: "`standard`, with a rate limiter in each environment" },
                Word { word: "legacy", doc: "as boto3 does unless told otherwise" },
            ]),
            "\"none\"",
            "Whether and when the function makes a call again that failed, was refused or was not answered in time.",
            RETRIES,
        ),
        optional(
            "attempts",
            Kind::Integer { min: 1, max: 100 },
            "as many as the mode of `retries` has: 3, of legacy 5",
            "Attempts of a call in all; a further one only as `retries` says.",
        ),
        default(
            "effect",
            Kind::Choice(&[
                Word { word: "function", doc: "the effect of the item is the function's, at the end of its work" },
                Word { word: "downstream", doc: "the effect is what this call does, when the downstream has done it" },
            ]),
            "\"function\"",
            "Whose the effect of the item is.",
        ),
        BREAKER_OF_CALL,
    ],
};
