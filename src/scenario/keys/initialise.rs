//! `[functions.<name>.initialise]`: what a function does before its first item.

use super::distribution::TIME;
use crate::scenario::shape::{Field, Kind, Shape, Word, default, optional, sourced};

/// `initialise` of a function.
pub(super) const INITIALISE_OF_FUNCTION: Field = optional(
    "initialise",
    Kind::Table(&INITIALISE),
    "nothing but what `cold-start` says",
    "What it does before its first item: it builds what it needs, and opens its connections.",
);

/// `[functions.<name>.initialise]`.
pub(super) static INITIALISE: Shape = Shape {
    name: "initialise",
    doc: "What a function does before its first item: once in each environment, or at every invocation.",
    fields: &[
        sourced(
            "when",
            Kind::Choice(&[
                Word {
                    word: "environment",
                    doc: "in the initialiser, outside the handler: a part of Init, kept as long as the environment lives (a Fargate task does it once)",
                },
                Word {
                    word: "invocation",
                    doc: "in the handler: a part of every run, inside the timeout; its connections are closed at the end of the run",
                },
                Word { word: "none", doc: "not at all: for a strategy without what `[functions]` has" },
            ]),
            "\"environment\"",
            "How often.",
            "[doc] AWS Lambda guide, lambda-runtime-environment",
        ),
        default("time", TIME, "\"0s\"", "What building takes, for example of a database context, without connections."),
        optional(
            "connects-to",
            Kind::Text("the name of a downstream"),
            "it opens no connections ahead of its calls",
            "The downstream to which it opens connections; that must have connection = \"per-environment\". They count against its `connections` until the environment ends, or the server closes them. Opening takes its `connect-time`.",
        ),
        default(
            "connections",
            Kind::Integer { min: 1, max: 10_000 },
            "1",
            "How many it opens, at once: the size of its pool. If it cannot have all of them, it fails.",
        ),
    ],
};
