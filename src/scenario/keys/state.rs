//! `[functions.<name>.counter]` and `[functions.<name>.cache]`: state that a function keeps in its process.

use super::distribution::TIME;
use crate::scenario::shape::{ANY_DURATION, Field, Kind, POSITIVE_DURATION, Shape, Word, default, optional, sourced};

const LATENCY: &str = "[inferred]: AWS documents single-digit milliseconds on average";
const ENVIRONMENT: &str = "[doc] AWS Lambda guide, lambda-runtime-environment";

/// `counter` of a function.
pub(super) const COUNTER_OF_FUNCTION: Field = optional(
    "counter",
    Kind::Table(&COUNTER),
    "it counts nothing",
    "A counter of the items that it has done, in a global of each environment, added to a total in a DynamoDB item at times. What it ends up with is held against the truth.",
);

/// `cache` of a function.
pub(super) const CACHE_OF_FUNCTION: Field = optional(
    "cache",
    Kind::Table(&CACHE),
    "it looks nothing up",
    "A value that it uses for each item, loaded into a global of each environment, while the true one changes.",
);

/// `[functions.<name>.counter]`.
static COUNTER: Shape = Shape {
    name: "counter",
    doc: "A counter in a global of each environment. Without any of these keys it is never written, and ends with its environments.",
    fields: &[
        optional(
            "flush-after",
            Kind::Integer { min: 1, max: 1_000_000_000 },
            "its number makes no difference",
            "It is written with every so many increments; 1: each is durable at once.",
        ),
        optional(
            "flush-every",
            POSITIVE_DURATION,
            "time makes no difference",
            "It is written with the first increment so long after the last write. Between invocations an environment is frozen: time alone writes nothing.",
        ),
        sourced(
            "flush-at-end-of",
            Kind::Choice(&[
                Word { word: "nothing", doc: "what is not written by then is lost" },
                Word { word: "invocation", doc: "it is written besides at the end of each invocation that returns" },
                Word {
                    word: "environment",
                    doc: "it is written besides when its environment expires: that takes an extension, without which there is no time; a crash or a kill leaves none",
                },
            ]),
            "\"nothing\"",
            "What it is written at the end of.",
            ENVIRONMENT,
        ),
        sourced(
            "write-time",
            TIME,
            "{ lognormal = { median = \"4ms\", p99 = \"15ms\" } }",
            "What a write takes, as part of the run; it is one write unit, and answers with the total.",
            LATENCY,
        ),
    ],
};

/// `[functions.<name>.cache]`.
static CACHE: Shape = Shape {
    name: "cache",
    doc: "A value in a global of each environment, loaded from a DynamoDB item when it is needed and too old.",
    fields: &[
        optional(
            "ttl",
            ANY_DURATION,
            "it is used as long as its environment lives",
            "How long a loaded value is used; 0s: for one item.",
        ),
        sourced(
            "load-time",
            TIME,
            "{ lognormal = { median = \"3ms\", p99 = \"10ms\" } }",
            "What loading takes, as part of the run; it is one read unit.",
            LATENCY,
        ),
        optional(
            "changes-every",
            POSITIVE_DURATION,
            "it never changes",
            "From one change of the true value to the next, on average.",
        ),
        default(
            "changes",
            Kind::Choice(&[
                Word { word: "random", doc: "independent of each other (Poisson)" },
                Word { word: "regular", doc: "equally far apart, the first after `changes-every`" },
            ]),
            "\"random\"",
            "How the changes come; they are the same in every strategy.",
        ),
    ],
};
