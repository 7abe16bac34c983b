//! `circuit-breaker` of a call. No document prescribes one: every default here is our own.

use crate::scenario::shape::{Field, Kind, POSITIVE_DURATION, Shape, Word, default, optional};

/// The breaker of a call.
pub(super) const BREAKER_OF_CALL: Field = optional(
    "circuit-breaker",
    Kind::Table(&BREAKER),
    "there is none: every call is made",
    "Keeps the function from calling while calls fail: a call that it refuses fails at once, and is not made again.",
);

/// A circuit breaker.
pub(crate) static BREAKER: Shape = Shape {
    name: "circuit-breaker",
    doc: "A circuit breaker in front of a call: closed, open or half-open.",
    fields: &[
        default(
            "failures",
            Kind::Integer { min: 1, max: 1_000_000 },
            "5",
            "Calls that fail, are refused or are not answered in time before it opens: in a row, or `within` a time.",
        ),
        optional(
            "within",
            POSITIVE_DURATION,
            "those in a row count, however long ago",
            "How long a failure counts, whatever succeeds after it.",
        ),
        default("open", POSITIVE_DURATION, "\"30s\"", "How long it stays open, and lets no call through."),
        default(
            "probes",
            Kind::Integer { min: 1, max: 1_000_000 },
            "1",
            "Calls that are let through at once after that; as many in a row that succeed close it, one that fails opens it again.",
        ),
        default(
            "kept",
            Kind::Choice(&[
                Word {
                    word: "per-environment",
                    doc: "each execution environment or task has its own in its memory, learns alone, and forgets when it is gone",
                },
                Word { word: "shared", doc: "all of a function's share one, in a store that answers at once" },
            ]),
            "\"per-environment\"",
            "Who shares its state.",
        ),
    ],
};
