//! `[strategy.kinesis]` and `[strategy.dynamodb-streams]`: a stream and the event source mappings that read it, with AWS's
//! limits and defaults.

use super::distribution::TIME;
use crate::kernel::Span;
use crate::scenario::shape::{Field, Kind, Shape, Word, default, optional, sourced};

const LIMITS_PAGE: &str = "[doc] Amazon Kinesis guide, service-sizes-and-limits";
const FAN_OUT_PAGE: &str = "[doc] Amazon Kinesis guide, enhanced-consumers";
const MAPPING_PAGE: &str = "[doc] AWS Lambda guide, with-kinesis";
const TABLE_MAPPING_PAGE: &str = "[doc] AWS Lambda guide, with-ddb";
const LATENCY_SOURCE: &str = "[inferred]: AWS publishes none; with polls and a warm dispatch as bitesizedserverless.com measured in 2022, p10 to p99";
const PRODUCER_SOURCE: &str = "[inferred]: the standard mode of the AWS SDKs";

/// Whole seconds between the two.
const fn seconds(min: u64, max: u64) -> Kind {
    Kind::Duration { min: Span::from_secs(min), max: Span::from_secs(max), step: Span::from_secs(1) }
}

const fn batch_size(page: &'static str) -> Field {
    sourced("batch-size", Kind::Integer { min: 1, max: 10_000 }, "100", "Most records of one invocation.", page)
        .limited_by(page)
}

const fn window(page: &'static str) -> Field {
    sourced(
        "window",
        seconds(0, 300),
        "\"0s\"",
        "How long a batch gathers before it is sent; without one, what a poll returned is sent.",
        page,
    )
    .limited_by(page)
}

const fn parallelization_factor(page: &'static str) -> Field {
    sourced(
        "parallelization-factor",
        Kind::Integer { min: 1, max: 10 },
        "1",
        "Batches of one shard that are worked on at once; records of one key stay in order.",
        page,
    )
    .limited_by(page)
}

const fn maximum_retry_attempts(page: &'static str) -> Field {
    Field {
        limit: page,
        ..optional(
            "maximum-retry-attempts",
            Kind::Integer { min: 0, max: 10_000 },
            "a failed batch is tried until its records expire, and blocks what is behind it (AWS's -1)",
            "How often a failed batch is tried again before it is skipped.",
        )
    }
}

const fn maximum_record_age(page: &'static str) -> Field {
    Field {
        limit: page,
        ..optional(
            "maximum-record-age",
            seconds(60, 604_800),
            "records are tried as long as the stream keeps them (AWS's -1)",
            "Records older than this are skipped; AWS takes no less than 60 s.",
        )
    }
}

const fn bisect(page: &'static str) -> Field {
    sourced(
        "bisect-on-error",
        Kind::Choice(&[
            Word { word: "off", doc: "the batch is tried again as it is" },
            Word { word: "on", doc: "the batch is cut in two, each tried on its own; cutting uses up no retry" },
        ]),
        "\"off\"",
        "What becomes of a batch whose run ended in a function error.",
        page,
    )
}

const fn partial_batch_response(page: &'static str) -> Field {
    sourced(
        "partial-batch-response",
        Kind::Choice(&[
            Word { word: "off", doc: "fails, and with it the whole batch" },
            Word {
                word: "report-first-failure",
                doc: "stops there and returns that record, as AWS's example does: all from there on is tried again",
            },
            Word {
                word: "report-batch-item-failures",
                doc: "goes on and returns all that failed: everything from the first of them on is tried again, even if it had worked",
            },
        ]),
        "\"off\"",
        "What a function does when one record of its batch fails.",
        page,
    )
}

const fn on_failure_destination(page: &'static str) -> Field {
    sourced(
        "on-failure-destination",
        Kind::Choice(&[
            Word { word: "none", doc: "nowhere: its records are `lost`, or `expired` if it was for their age" },
            Word { word: "sqs", doc: "a queue, which is told which records they were: `dead_lettered`" },
            Word { word: "sns", doc: "a topic, which is told the same: `dead_lettered`" },
            Word { word: "s3", doc: "a bucket, which gets the records too: `dead_lettered`" },
        ]),
        "\"none\"",
        "Where a batch that is skipped goes.",
        page,
    )
}

/// `[strategy.kinesis]`.
pub(crate) static KINESIS: Shape = Shape {
    name: "kinesis",
    doc: "An Amazon Kinesis stream with provisioned shards, and the event source mapping of each function after it.",
    fields: &[
        default(
            "shards",
            Kind::Integer { min: 1, max: 20_000 },
            "1",
            "Shards: each takes 1 MB/s or 1,000 records/s, and gives 2 MB/s.",
        )
        .limited_by(LIMITS_PAGE),
        sourced(
            "retention",
            Kind::Duration {
                min: Span::from_secs(86_400),
                max: Span::from_secs(8_760 * 3_600),
                step: Span::from_secs(3_600),
            },
            "\"24h\"",
            "A record is kept this long from its writing, then it is `expired`.",
            LIMITS_PAGE,
        )
        .limited_by(LIMITS_PAGE),
        sourced(
            "reading",
            Kind::Choice(&[
                Word {
                    word: "standard",
                    doc: "polls each shard once a second; all of them share its 5 calls/s and 2 MB/s",
                },
                Word { word: "enhanced-fan-out", doc: "is pushed to, at 2 MB/s of its own, for a price" },
            ]),
            "\"standard\"",
            "How each function's mapping reads the stream.",
            FAN_OUT_PAGE,
        ),
        batch_size(MAPPING_PAGE),
        window(MAPPING_PAGE),
        parallelization_factor(MAPPING_PAGE),
        maximum_retry_attempts(MAPPING_PAGE),
        maximum_record_age(MAPPING_PAGE),
        bisect(MAPPING_PAGE),
        partial_batch_response(MAPPING_PAGE),
        on_failure_destination(MAPPING_PAGE),
        sourced(
            "producer-attempts",
            Kind::Integer { min: 1, max: 100 },
            "3",
            "How often a producer calls for one record at most; what is refused so often is `rejected`. It waits U(0, 1) × min(2^i s, 20 s) between.",
            PRODUCER_SOURCE,
        ),
        default(
            "duplicate-probability",
            Kind::Probability,
            "0.0",
            "Chance that the answer to a call that wrote the record is lost, so that the producer writes it again.",
        ),
        sourced(
            "put-latency",
            TIME,
            "{ lognormal = { median = \"8ms\", p99 = \"25ms\" } }",
            "From the producer's call to the record in its shard.",
            LATENCY_SOURCE,
        ),
        sourced(
            "first-poll",
            TIME,
            "{ uniform = { low = \"0s\", high = \"1s\" } }",
            "When a shard is polled first; from then on once a second.",
            "[inferred]: the polls of different shards are not in step",
        ),
        sourced(
            "read-latency",
            TIME,
            "{ lognormal = { median = \"70ms\", p99 = \"650ms\" } }",
            "From a poll to the mapping that has the records.",
            LATENCY_SOURCE,
        ),
        sourced(
            "push-latency",
            TIME,
            "{ lognormal = { median = \"28ms\", p99 = \"65ms\" } }",
            "From the shard to a mapping with enhanced fan-out; AWS says about 70 ms.",
            LATENCY_SOURCE,
        ),
    ],
};

/// `[strategy.dynamodb-streams]`.
pub(crate) static DYNAMODB_STREAMS: Shape = Shape {
    name: "dynamodb-streams",
    doc: "The stream of changes of an Amazon DynamoDB table, kept for 24 hours, and the event source mapping of each function after it, two at most.",
    fields: &[
        sourced(
            "shards",
            Kind::Integer { min: 1, max: 20_000 },
            "4",
            "Shards: about one for each partition of the table.",
            "[inferred]: AWS publishes no number",
        ),
        batch_size(TABLE_MAPPING_PAGE),
        window(TABLE_MAPPING_PAGE),
        parallelization_factor(TABLE_MAPPING_PAGE),
        maximum_retry_attempts(TABLE_MAPPING_PAGE),
        maximum_record_age(TABLE_MAPPING_PAGE),
        bisect(TABLE_MAPPING_PAGE),
        partial_batch_response(TABLE_MAPPING_PAGE),
        on_failure_destination(TABLE_MAPPING_PAGE),
        sourced(
            "put-latency",
            TIME,
            "{ lognormal = { median = \"8ms\", p99 = \"25ms\" } }",
            "From the write to the table to the record in its stream.",
            LATENCY_SOURCE,
        ),
        sourced(
            "first-poll",
            TIME,
            "{ uniform = { low = \"0ms\", high = \"250ms\" } }",
            "When a shard is polled first; from then on four times a second.",
            "[inferred]: the polls of different shards are not in step",
        ),
        sourced(
            "read-latency",
            TIME,
            "{ lognormal = { median = \"65ms\", p99 = \"330ms\" } }",
            "From a poll to the mapping that has the records.",
            LATENCY_SOURCE,
        ),
    ],
};
