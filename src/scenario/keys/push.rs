//! `[strategy.sns]` and `[strategy.eventbridge]`: what pushes to its subscribers, with AWS's limits and defaults.

use super::distribution::TIME;
use crate::kernel::Span;
use crate::scenario::shape::{Kind, Names, Shape, Word, default, sourced};

const SNS_QUOTAS: &str = "[doc] AWS General Reference, Amazon SNS quotas";
const BUS_QUOTAS: &str = "[doc] EventBridge guide, eb-quota";
const BUS_RETRY: &str = "[doc] EventBridge guide, eb-rule-retry-policy";
const SDK_RETRY: &str = "[doc] SDKs and Tools Reference, feature-retry-behavior";

const QUOTA: Kind = Kind::Integer { min: 1, max: 1_000_000_000 };
const ATTEMPTS: Kind = Kind::Integer { min: 1, max: 100 };

const FILTER_DOC: &str = "Share of the items that match. The others are not delivered and owe no effect below; which they are depends on the item and on the first function below alone, so that every strategy filters the same ones.";

const ON_FAILURE: Kind = Kind::Choice(&[
    Word { word: "drop", doc: "nowhere: its effects are lost" },
    Word { word: "dead-letter-queue", doc: "a queue of its own: its effects are dead-lettered" },
]);

/// `[strategy.sns.subscriptions.<label>]`.
static SUBSCRIPTION: Shape = Shape {
    name: "subscription",
    doc: "A subscription of a topic, named by the label, or by the function, that follows the topic in the flow.",
    fields: &[
        default("filter", Kind::Probability, "1.0", FILTER_DOC),
        default(
            "server-error",
            Kind::Probability,
            "0.0",
            "Chance that one delivery attempt fails on the side of SQS or Lambda; it is tried again, 100,015 times over 23 days.",
        ),
        default(
            "client-error",
            Kind::Probability,
            "0.0",
            "Chance that a message meets an endpoint that is gone or forbidden; it is given up without a retry.",
        ),
        default("on-failure", ON_FAILURE, "\"drop\"", "Where a message goes that is given up."),
    ],
};

/// `[strategy.sns]`.
pub(crate) static SNS: Shape = Shape {
    name: "sns",
    doc: "An Amazon SNS standard topic: each subscription gets a copy of each message, at least once and in no order. Lambda is invoked asynchronously.",
    fields: &[
        default(
            "subscriptions",
            Kind::Map { of: &Kind::Table(&SUBSCRIPTION), key: Names::Label },
            "{}",
            "What differs by subscription, by the label or function that follows the topic: filters, failures, dead-letter queues.",
        ),
        sourced(
            "publish-quota",
            QUOTA,
            "30000",
            "Messages published a second; what exceeds it is refused. AWS's quota in us-east-1; 9,000, 1,500 or 300 elsewhere, raised on request.",
            SNS_QUOTAS,
        ),
        sourced(
            "publish-attempts",
            ATTEMPTS,
            "3",
            "Tries of a publisher whose publish was refused, the first included; after the last it is `rejected`.",
            SDK_RETRY,
        ),
        sourced(
            "latency",
            TIME,
            "{ lognormal = { median = \"36ms\", p99 = \"100ms\" } }",
            "From the publish to the queue's send or to the asynchronous invoke call.",
            "[inferred]: with the hop and the dispatch of a warm function as bitesizedserverless.com measured in 2022, p50 and p90",
        ),
        sourced(
            "message-size",
            Kind::Bytes,
            "\"1KB\"",
            "Size of a message, at most 256 KB: each 64 KB are billed.",
            SNS_QUOTAS,
        )
        .limited_by(SNS_QUOTAS),
        sourced(
            "duplicate-probability",
            Kind::Probability,
            "0.00001",
            "Chance that a delivery to a subscription is made twice.",
            "[inferred]: AWS documents at least once, Amazon SNS guide",
        ),
        sourced(
            "retry-jitter",
            Kind::Probability,
            "0.1",
            "Share of its length by which a wait before a retry is longer or shorter, at most.",
            "[inferred]: AWS documents jitter, Amazon SNS guide, sns-message-delivery-retries",
        ),
    ],
};

/// `[strategy.eventbridge.rules.<label>]`.
static RULE: Shape = Shape {
    name: "rule",
    doc: "A rule of a bus with one target, named by the label, or by the function, that follows the bus in the flow.",
    fields: &[
        default("filter", Kind::Probability, "1.0", FILTER_DOC),
        default(
            "server-error",
            Kind::Probability,
            "0.0",
            "Chance that one invocation of the target fails on its side, by a throttle or an error of its API; it is tried again.",
        ),
        default(
            "client-error",
            Kind::Probability,
            "0.0",
            "Chance that an event meets a target that is gone or forbidden; it is given up without a retry.",
        ),
        default("on-failure", ON_FAILURE, "\"drop\"", "Where an event goes that is given up."),
    ],
};

/// `[strategy.eventbridge]`.
pub(crate) static EVENTBRIDGE: Shape = Shape {
    name: "eventbridge",
    doc: "An Amazon EventBridge bus (the default bus or a Classic custom one), with one rule and one target a branch: at least once and in no order. Lambda is invoked asynchronously.",
    fields: &[
        default(
            "rules",
            Kind::Map { of: &Kind::Table(&RULE), key: Names::Label },
            "{}",
            "What differs by rule, by the label or function that follows the bus: filters, failures, dead-letter queues.",
        ),
        sourced(
            "put-quota",
            QUOTA,
            "10000",
            "PutEvents requests a second; what exceeds it is refused. AWS's quota in us-east-1; 2,400 to 400 elsewhere, raised on request. Objects' notifications do not count.",
            BUS_QUOTAS,
        ),
        sourced(
            "put-attempts",
            ATTEMPTS,
            "3",
            "Tries of a sender whose PutEvents was refused, the first included; after the last it is `rejected`.",
            SDK_RETRY,
        ),
        sourced(
            "invocation-quota",
            QUOTA,
            "18750",
            "Invocations of targets a second; what exceeds it is delayed, not dropped. AWS's quota in us-east-1; 4,500 to 750 elsewhere.",
            BUS_QUOTAS,
        ),
        sourced(
            "latency",
            TIME,
            "{ lognormal = { median = \"110ms\", p99 = \"300ms\" } }",
            "From PutEvents to the call of the target.",
            "[inferred]: with the hop and the dispatch of a warm function as bitesizedserverless.com measured in 2023, p50 and p90",
        ),
        sourced(
            "max-retry-attempts",
            Kind::Integer { min: 0, max: 185 },
            "185",
            "Retries of an invocation that failed.",
            BUS_RETRY,
        )
        .limited_by(BUS_RETRY),
        sourced(
            "max-event-age",
            Kind::Duration { min: Span::from_secs(60), max: Span::from_secs(86_400), step: Span::from_secs(1) },
            "\"24h\"",
            "An event is not tried again once it is so old.",
            BUS_RETRY,
        )
        .limited_by(BUS_RETRY),
        sourced(
            "retry-jitter",
            Kind::Probability,
            "1.0",
            "Share of a wait before a retry that is left to chance; 1 is full jitter. The waits double from 1 s to 600 s.",
            "[inferred]: AWS documents exponential back-off with jitter, EventBridge guide, eb-rule-retry-policy",
        ),
        sourced(
            "event-size",
            Kind::Bytes,
            "\"1KB\"",
            "Size of an event, at most 1 MB: each 64 KB are billed.",
            BUS_QUOTAS,
        )
        .limited_by(BUS_QUOTAS),
        sourced(
            "duplicate-probability",
            Kind::Probability,
            "0.00001",
            "Chance that a target is invoked twice for an event.",
            "[inferred]: AWS documents at least once, EventBridge guide",
        ),
    ],
};
