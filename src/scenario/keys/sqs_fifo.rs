//! `[strategy.sqs-fifo]`: a FIFO queue and the event source mapping that polls it, with AWS's limits and defaults.

use super::distribution::TIME;
use super::sqs::{
    DELAY, MAPPING_PAGE, MAX_RECEIVE_COUNT, MAXIMUM_CONCURRENCY, MESSAGE_SIZE, RETENTION, VISIBILITY_TIMEOUT, seconds,
};
use crate::scenario::shape::{Kind, Shape, Word, default, sourced};

const QUOTA_PAGE: &str = "[doc] Amazon SQS guide, quotas-fifo";
const BATCH_PAGE: &str = "[doc] Amazon SQS guide, quotas-messages";
const LATENCY_SOURCE: &str = "[inferred]: AWS publishes none; with a warm dispatch as bitesizedserverless.com measured in 2022, p50, p90 and p99";

/// `[strategy.sqs-fifo]`.
pub(crate) static SQS_FIFO: Shape = Shape {
    name: "sqs-fifo",
    doc: "An Amazon SQS FIFO queue, which keeps the order inside message groups and delivers nothing sent twice within five minutes, and the event source mapping that polls it and invokes the function after it.",
    fields: &[
        default(
            "group",
            Kind::Choice(&[
                Word { word: "key", doc: "those of equal keys (`keys` of their stream)" },
                Word { word: "one", doc: "all: one batch at a time" },
            ]),
            "\"key\"",
            "Which messages make a message group: their order is kept, and while one of them is in flight no other of them is received.",
        ),
        sourced(
            "throughput",
            Kind::Choice(&[
                Word { word: "ordinary", doc: "300 sends and 300 receives a second" },
                Word { word: "high", doc: "as many of each partition; groups are spread over `partitions` by their hash" },
            ]),
            "\"ordinary\"",
            "How many calls the queue takes. A send beyond is throttled, tried twice more by its sender, and then `rejected`.",
            QUOTA_PAGE,
        ),
        sourced(
            "partitions",
            Kind::Integer { min: 1, max: 233 },
            "233",
            "Partitions with `throughput = \"high\"`.",
            "[inferred]: AWS makes as many as the traffic needs; the quota of us-east-1, 70,000 calls a second, over 300 calls of each",
        )
        .limited_by(QUOTA_PAGE),
        sourced(
            "send-batch",
            Kind::Integer { min: 1, max: 10 },
            "1",
            "Messages of one send call: for the limit and for the bill. The time to gather them is not counted.",
            BATCH_PAGE,
        )
        .limited_by(BATCH_PAGE),
        VISIBILITY_TIMEOUT,
        RETENTION,
        DELAY,
        MAX_RECEIVE_COUNT,
        sourced(
            "batch-size",
            Kind::Integer { min: 1, max: 10 },
            "10",
            "Most messages of one invocation.",
            MAPPING_PAGE,
        )
        .limited_by(MAPPING_PAGE),
        sourced(
            "window",
            seconds(0, 300),
            "\"0s\"",
            "0 s: batches of FIFO queues are not gathered.",
            MAPPING_PAGE,
        )
        .limited_by(MAPPING_PAGE),
        MAXIMUM_CONCURRENCY,
        sourced(
            "partial-batch-response",
            Kind::Choice(&[
                Word { word: "off", doc: "the first item that fails fails the whole batch" },
                Word {
                    word: "report-batch-item-failures",
                    doc: "the function stops at the first item that fails and returns it and all later ones, which stay in the queue",
                },
            ]),
            "\"off\"",
            "What a function does when one item of its batch fails.",
            MAPPING_PAGE,
        ),
        MESSAGE_SIZE,
        sourced(
            "send-latency",
            TIME,
            "{ lognormal = { median = \"8ms\", p99 = \"25ms\" } }",
            "From the send call to the message in the queue; the next message of its group waits for it.",
            LATENCY_SOURCE,
        ),
        sourced(
            "receive-latency",
            TIME,
            "{ mixture = [{ weight = 0.97, of = { lognormal = { median = \"6ms\", p99 = \"40ms\" } } }, { weight = 0.03, of = { uniform = { low = \"60ms\", high = \"900ms\" } } }] }",
            "From the queue to the poller that has the message.",
            LATENCY_SOURCE,
        ),
    ],
};
