//! `[[strategy]]` and the settings of its services.

use super::distribution::TIME;
use crate::scenario::shape::{Kind, POSITIVE_DURATION, Shape, Types, Word, default, optional, required, sourced};

const LIST_PAGE: &str = "[doc] Amazon S3 API, ListObjectsV2";

/// `[[strategy]]`: its own keys; settings of services and functions stand beside them.
pub(crate) static STRATEGY: Shape = Shape {
    name: "strategy",
    doc: "One way to process the streams. `[strategy.<label>]` or `[strategy.<service>]` sets a service of its flow, `[strategy.<function>]` overrides `[functions.<function>]`, `[strategy.account]` overrides `[account]`.",
    fields: &[
        required("name", Kind::Label, "Its name, unique."),
        required(
            "flow",
            Kind::Text("a flow such as \"s3 -> post\""),
            "The path of its items through services and functions.",
        ),
    ],
};

/// `[strategy.schedule]`.
pub(crate) static SCHEDULE: Shape = Shape {
    name: "schedule",
    doc: "An EventBridge schedule that wakes a function, and how that function works off what is new.",
    fields: &[
        required(
            "expression",
            Kind::Text("a schedule such as \"rate(1 hour)\" or \"cron(0 2 * * ? *)\""),
            "AWS's `rate(…)` or `cron(…)`, read in UTC.",
        ),
        sourced(
            "delay",
            TIME,
            "{ percentiles = { p0 = \"0s\", p10 = \"1500ms\", p25 = \"2700ms\", p50 = \"5s\", p75 = \"9400ms\", p90 = \"16500ms\", p99 = \"44s\", p100 = \"59s\" } }",
            "From the scheduled instant to the asynchronous invoke call, within the minute.",
            "[inferred]: AWS documents a precision of one minute, EventBridge guide, eb-scheduled-rule-pattern",
        ),
        default("parallel", Kind::Integer { min: 1, max: 1_024 }, "1", "Items processed at once inside one run."),
        sourced("page-size", Kind::Integer { min: 1, max: 1_000 }, "1000", "Items a page of the listing.", LIST_PAGE)
            .limited_by(LIST_PAGE),
        default(
            "source",
            Kind::Choice(&[
                Word { word: "s3", doc: "objects of a bucket, listed by their keys" },
                Word { word: "table", doc: "rows of a DynamoDB table: a queue built by oneself" },
            ]),
            "\"s3\"",
            "Where what is new is listed, and whose requests that costs.",
        ),
        sourced(
            "list-latency",
            TIME,
            "{ lognormal = { median = \"60ms\", p99 = \"400ms\" } }",
            "Time to list one page of a bucket.",
            "[inferred]: AWS publishes none",
        ),
        optional(
            "query-latency",
            TIME,
            "with a table log-normal, median 3ms, p99 10ms; [inferred] from single-digit milliseconds, DynamoDB guide",
            "Time to query one page of a table.",
        ),
        optional(
            "write-latency",
            TIME,
            "with a table log-normal, median 4ms, p99 15ms; [inferred] from single-digit milliseconds, DynamoDB guide",
            "Time of one write to a table: a claim before an item's work, and its delete after it where `marker` is per item.",
        ),
        default(
            "commit",
            Kind::Choice(&[
                Word { word: "per-item", doc: "each item's effect when it is processed" },
                Word { word: "at-end", doc: "all of a run's at its end; a kill discards them" },
            ]),
            "\"per-item\"",
            "When effects become durable.",
        ),
        default(
            "marker",
            Kind::Choice(&[
                Word { word: "none", doc: "only when the whole run succeeded" },
                Word { word: "per-item", doc: "with each item" },
                Word { word: "per-page", doc: "after each page" },
            ]),
            "\"none\"",
            "When progress is saved; what is committed but not marked is done again.",
        ),
        default(
            "overlap",
            Kind::Choice(&[
                Word { word: "allow", doc: "works too: both list the same items" },
                Word { word: "claim", doc: "passes over the items that another live run has claimed" },
                Word { word: "skip", doc: "sees a lock and ends at once" },
            ]),
            "\"allow\"",
            "What a run does while an earlier one still works.",
        ),
        default(
            "on-item-error",
            Kind::Choice(&[
                Word { word: "continue", doc: "leaves the item for a later run and goes on" },
                Word { word: "fail", doc: "fails as a whole, where it is" },
            ]),
            "\"continue\"",
            "What a run does when one item fails.",
        ),
        optional(
            "max-items",
            Kind::Integer { min: 1, max: 2_000_000_000 },
            "all that is new",
            "At most this many items a run.",
        ),
    ],
};

/// `[strategy.s3]`.
pub(crate) static S3: Shape = Shape {
    name: "s3",
    doc: "Amazon S3 event notifications: at least once, in no order.",
    fields: &[
        sourced(
            "latency",
            TIME,
            "{ mixture = [{ weight = 0.9999, of = { lognormal = { median = \"600ms\", p99 = \"5s\" } } }, { weight = 0.0001, of = { uniform = { low = \"60s\", high = \"300s\" } } }] }",
            "From the item's arrival to the asynchronous invoke call.",
            "[inferred]: AWS documents \"usually within seconds, sometimes a minute or longer\", Amazon S3 guide, EventNotifications",
        ),
        sourced(
            "duplicate-probability",
            Kind::Probability,
            "0.00001",
            "Chance that an item is notified twice.",
            "[inferred]: AWS documents at least once, Amazon S3 guide, EventNotifications",
        ),
        sourced(
            "put-rate",
            Kind::Integer { min: 1, max: 1_000_000_000 },
            "3500",
            "PUTs a second that a prefix takes, which is the key of an item; beyond that the answer is 503 Slow Down.",
            "[doc] Amazon S3 guide, optimizing-performance",
        ),
        sourced(
            "repartition-after",
            POSITIVE_DURATION,
            "\"10m\"",
            "How long a prefix refuses requests until it is divided and takes twice as many.",
            "[inferred]: AWS documents that it happens gradually",
        ),
        sourced(
            "put-attempts",
            Kind::Integer { min: 1, max: 10 },
            "3",
            "Tries of a sender; the i-th retry waits for a random part of 2^i s, at most 20 s. After that the item is rejected.",
            "[doc] AWS SDK reference guide, retry behaviour: the standard mode",
        ),
    ],
};

/// `[strategy.events]`.
pub(crate) static EVENTS: Shape = Shape {
    name: "events",
    doc: "A direct asynchronous invoke of the function by the sender.",
    fields: &[
        default("latency", TIME, "\"0s\"", "From the item's arrival to the asynchronous invoke call."),
        default("duplicate-probability", Kind::Probability, "0.0", "Chance that an item is sent twice."),
    ],
};

static CAPACITY: Types = Types {
    text: Some(Kind::Choice(&[Word { word: "unlimited", doc: "without bound" }])),
    number: Some(Kind::Integer { min: 0, max: 1_000_000_000_000 }),
    table: None,
    list: None,
};

/// `[strategy.queue]`.
pub(crate) static QUEUE: Shape = Shape {
    name: "queue",
    doc: "The textbook queue: first in, first out, no delay, polling or loss.",
    fields: &[default(
        "capacity",
        Kind::ByType(&CAPACITY),
        "\"unlimited\"",
        "Waiting places; 0 is a loss system. Items refused are `rejected`.",
    )],
};
