//! `[strategy.sqs]`: a standard queue and the event source mapping that polls it, with AWS's limits and defaults.

use super::distribution::TIME;
use super::remedies::{REDRIVE_OF_QUEUE, SHED_ABOVE};
use crate::kernel::Span;
use crate::scenario::shape::{Field, Kind, Shape, Word, default, optional, sourced};

pub(super) const VISIBILITY_PAGE: &str = "[doc] Amazon SQS guide, sqs-visibility-timeout";
const ATTRIBUTES_PAGE: &str = "[doc] Amazon SQS API, SetQueueAttributes";
const DELAY_PAGE: &str = "[doc] Amazon SQS guide, sqs-delay-queues";
const DEAD_LETTER_PAGE: &str = "[doc] Amazon SQS guide, sqs-dead-letter-queues";
pub(super) const MAPPING_PAGE: &str = "[doc] AWS Lambda guide, with-sqs";
pub(super) const LATENCY_SOURCE: &str =
    "[inferred]: AWS publishes none; with a warm dispatch as bitesizedserverless.com measured in 2022, p50 and p90";

/// Whole seconds between the two.
pub(super) const fn seconds(min: u64, max: u64) -> Kind {
    Kind::Duration { min: Span::from_secs(min), max: Span::from_secs(max), step: Span::from_secs(1) }
}

// What standard and FIFO queues have in common.

pub(super) const VISIBILITY_TIMEOUT: Field = sourced(
        "visibility-timeout",
        seconds(0, 43_200),
        "\"30s\"",
        "How long a received message stays hidden unless it is deleted; at least the function's timeout. AWS advises six times that, and the window.",
        VISIBILITY_PAGE,
    )
    .limited_by(VISIBILITY_PAGE);

pub(super) const RETENTION: Field = sourced(
    "retention",
    seconds(60, 1_209_600),
    "\"4d\"",
    "A message is kept this long from its sending, then it is `expired`.",
    ATTRIBUTES_PAGE,
)
.limited_by(ATTRIBUTES_PAGE);

pub(super) const DELAY: Field =
    sourced("delay", seconds(0, 900), "\"0s\"", "A new message is hidden this long at first.", DELAY_PAGE)
        .limited_by(DELAY_PAGE);

pub(super) const MAX_RECEIVE_COUNT: Field = Field {
    limit: DEAD_LETTER_PAGE,
    ..optional(
        "max-receive-count",
        Kind::Integer { min: 1, max: 1_000 },
        "there is no dead-letter queue",
        "How often a message may be received; the next receive moves it to the dead-letter queue. AWS advises at least 5.",
    )
};

pub(super) const MAXIMUM_CONCURRENCY: Field = Field {
    limit: MAPPING_PAGE,
    ..optional(
        "maximum-concurrency",
        Kind::Integer { min: 2, max: 1_000 },
        "the mapping grows from 5 to 1,250 batches at once",
        "Most batches at once; what does not fit stays in the queue and is not received.",
    )
};

pub(super) const MESSAGE_SIZE: Field = default(
    "message-size",
    Kind::Bytes,
    "\"1KB\"",
    "Size of a message, at most 1 MB: for the bill and for the 6 MB of a batch.",
);

/// `[strategy.sqs]`.
pub(crate) static SQS: Shape = Shape {
    name: "sqs",
    doc: "An Amazon SQS standard queue, and the event source mapping that polls it and invokes the function after it.",
    fields: &[
        VISIBILITY_TIMEOUT,
        RETENTION,
        DELAY,
        MAX_RECEIVE_COUNT,
        REDRIVE_OF_QUEUE,
        SHED_ABOVE,
        sourced(
            "batch-size",
            Kind::Integer { min: 1, max: 10_000 },
            "10",
            "Most messages of one invocation; above 10 only with a `window` of at least 1 s.",
            MAPPING_PAGE,
        )
        .limited_by(MAPPING_PAGE),
        sourced(
            "window",
            seconds(0, 300),
            "\"0s\"",
            "How long a poller gathers before it invokes; with little traffic up to 20 s although it is shorter.",
            MAPPING_PAGE,
        )
        .limited_by(MAPPING_PAGE),
        MAXIMUM_CONCURRENCY,
        Field {
            limit: MAPPING_PAGE,
            ..optional(
                "minimum-pollers",
                Kind::Integer { min: 2, max: 200 },
                "2 with `maximum-pollers`, else the mapping is in its default mode",
                "Provisioned mode: the least number of event pollers, each for 10 batches at once, 10 receives a second and 1 MB a second, and paid for by the second. Not with `maximum-concurrency`.",
            )
        },
        Field {
            limit: MAPPING_PAGE,
            ..optional(
                "maximum-pollers",
                Kind::Integer { min: 2, max: 10_000 },
                "200 with `minimum-pollers`, else the mapping is in its default mode",
                "Provisioned mode: the greatest number of event pollers. Up to it the mapping adds 1,000 batches at once a minute.",
            )
        },
        sourced(
            "partial-batch-response",
            Kind::Choice(&[
                Word { word: "off", doc: "the first item that fails fails the whole batch" },
                Word {
                    word: "report-batch-item-failures",
                    doc: "the function goes on, and only items that failed stay in the queue",
                },
            ]),
            "\"off\"",
            "What a function does when one item of its batch fails.",
            MAPPING_PAGE,
        ),
        MESSAGE_SIZE,
        sourced(
            "duplicate-probability",
            Kind::Probability,
            "0.00001",
            "Chance that a message is stored twice and so delivered again, whatever becomes of the first.",
            "[inferred]: AWS documents at least once, Amazon SQS guide, standard-queues",
        ),
        sourced(
            "send-latency",
            TIME,
            "{ lognormal = { median = \"3ms\", p99 = \"10ms\" } }",
            "From the send call to the message in the queue.",
            LATENCY_SOURCE,
        ),
        sourced(
            "receive-latency",
            TIME,
            "{ lognormal = { median = \"2ms\", p99 = \"8ms\" } }",
            "From the queue to the poller that has the message.",
            LATENCY_SOURCE,
        ),
    ],
};
