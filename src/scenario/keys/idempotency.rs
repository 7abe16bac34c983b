//! `[functions.<name>.idempotency]`: a handler that looks whether its work is done, and the DynamoDB table it asks.

use super::distribution::TIME;
use crate::kernel::Span;
use crate::scenario::shape::{Field, Kind, LONGEST, Shape, Word, default, optional, sourced};

const POWERTOOLS: &str = "[doc] Powertools for AWS Lambda (Python), utilities/idempotency";
const CAPACITY_PAGE: &str = "[doc] Amazon DynamoDB guide, on-demand-capacity-mode";
const LATENCY: &str = "[inferred]: AWS documents single-digit milliseconds on average";
const RETRIES: &str = "[doc] AWS SDKs and Tools reference, feature-retry-behavior";
const CAPACITY_AT_MOST: i64 = 40_000;

/// `idempotency` of a function.
pub(super) const IDEMPOTENCY_OF_FUNCTION: Field = optional(
    "idempotency",
    Kind::Table(&IDEMPOTENCY),
    "whatever reaches the handler is done, again too",
    "Before its work the handler looks in a DynamoDB table whether it is done; what the calls take is part of its run, and on the bill.",
);

/// `[functions.<name>.idempotency]`.
pub(super) static IDEMPOTENCY: Shape = Shape {
    name: "idempotency",
    doc: "A handler that looks in a DynamoDB table whether its work is done, as Powertools for AWS Lambda does.",
    fields: &[
        default(
            "mode",
            Kind::Choice(&[
                Word {
                    word: "conditional-write",
                    doc: "it puts a record on the condition that there is none, and completes it after its work: Powertools",
                },
                Word {
                    word: "check-then-act",
                    doc: "it reads, works, and then writes a record: runs at once all find nothing",
                },
                Word { word: "none", doc: "it does not look: for a strategy without what `[functions]` has" },
            ]),
            "\"conditional-write\"",
            "How it finds out that the work is done.",
        ),
        default(
            "key",
            Kind::Choice(&[
                Word { word: "item", doc: "the item's own: whatever is sent or delivered of it again has the same" },
                Word {
                    word: "delivery",
                    doc: "a new one for each sending: what the sender sends twice is not recognised",
                },
            ]),
            "\"item\"",
            "What the key of a record is made of.",
        ),
        sourced(
            "expires-after",
            Kind::Duration { min: Span::from_secs(1), max: LONGEST, step: Span::from_secs(1) },
            "\"1h\"",
            "How long a record is good for; queues and topics may deliver again much later.",
            POWERTOOLS,
        ),
        sourced(
            "in-progress-expiry",
            Kind::Choice(&[
                Word {
                    word: "function-timeout",
                    doc: "a record in progress is locked as long as its run may last: the handler knows the Lambda context",
                },
                Word { word: "none", doc: "only `expires-after` frees it: what a crash leaves is blocked for so long" },
            ]),
            "\"function-timeout\"",
            "What frees a record that a run left in progress (conditional-write).",
            POWERTOOLS,
        ),
        sourced(
            "read",
            Kind::Choice(&[
                Word { word: "eventual", doc: "it may miss what was written a moment ago, for half the price" },
                Word { word: "strong", doc: "it sees all that was written before it" },
            ]),
            "\"eventual\"",
            "How current the check is (check-then-act).",
            "[doc] Amazon DynamoDB guide, HowItWorks.ReadConsistency",
        ),
        default(
            "missing-key",
            Kind::Probability,
            "0.0",
            "Chance that an item has no key: nothing is kept of it, and nothing caught.",
        ),
        default(
            "payload-varies",
            Kind::Probability,
            "0.0",
            "Chance that a sender's second sending of an item has another payload than its first.",
        ),
        sourced(
            "validate-payload",
            Kind::Choice(&[
                Word { word: "off", doc: "the payload does not matter" },
                Word { word: "on", doc: "another payload under a known key fails the invocation" },
            ]),
            "\"off\"",
            "What another payload under a known key does (conditional-write).",
            POWERTOOLS,
        ),
        sourced(
            "on-store-error",
            Kind::Choice(&[
                Word { word: "fail", doc: "the invocation fails: nothing is done twice, but nothing is done" },
                Word { word: "proceed", doc: "the work is done without a record" },
            ]),
            "\"fail\"",
            "What the handler does before its work when the table fails.",
            POWERTOOLS,
        ),
        default(
            "record-size",
            Kind::Bytes,
            "\"512B\"",
            "Size of a record, at most 400KB: each KB begun is a write unit.",
        )
        .limited_by("[doc] Amazon DynamoDB guide, ServiceQuotas"),
        default("store", Kind::Table(&STORE), "{}", "The DynamoDB table."),
    ],
};

/// `[functions.<name>.idempotency.store]`.
static STORE: Shape = Shape {
    name: "idempotency: store",
    doc: "A DynamoDB table on demand, of which nothing else asks anything.",
    fields: &[
        sourced(
            "peak-writes",
            Kind::Integer { min: 1, max: CAPACITY_AT_MOST },
            "2000",
            "The highest write units a second that it has served before the run: it serves twice as many at once, at most 40,000. A new table counts as 2,000.",
            CAPACITY_PAGE,
        ),
        sourced(
            "peak-reads",
            Kind::Integer { min: 1, max: CAPACITY_AT_MOST },
            "6000",
            "The highest read units a second, likewise.",
            CAPACITY_PAGE,
        ),
        sourced(
            "write-latency",
            TIME,
            "{ lognormal = { median = \"4ms\", p99 = \"15ms\" } }",
            "Time of a put, an update or a delete, whether its condition holds or not.",
            LATENCY,
        ),
        sourced(
            "read-latency",
            TIME,
            "{ lognormal = { median = \"3ms\", p99 = \"10ms\" } }",
            "Time of a get.",
            LATENCY,
        ),
        sourced(
            "eventual-lag",
            TIME,
            "{ lognormal = { median = \"20ms\", p99 = \"500ms\" } }",
            "How far an eventually consistent read is behind the writes.",
            "[inferred]: AWS documents usually less than a second",
        ),
        sourced(
            "ttl-lag",
            TIME,
            "{ uniform = { low = \"0s\", high = \"48h\" } }",
            "From the expiry of a record to its deletion, which is free; the handler looks at the expiry itself.",
            "[inferred]: AWS documents within a few days, earlier typically within 48 hours",
        ),
        default("error", Kind::Probability, "0.0", "Chance that a call fails for good, after all that the SDK tries."),
        sourced(
            "sdk-retries",
            Kind::Choice(&[
                Word { word: "standard", doc: "3 attempts, up to 1 s and 2 s apart" },
                Word { word: "standard-2026", doc: "4 attempts, as SDKs do from May 2026 if told to" },
                Word { word: "legacy", doc: "10 attempts from 50 ms on, as boto3 does unless told otherwise" },
                Word { word: "none", doc: "one attempt" },
            ]),
            "\"standard\"",
            "What the SDK does about calls that are throttled.",
            RETRIES,
        ),
    ],
};
