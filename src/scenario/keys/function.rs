//! `[functions.<name>]` and `[account]`, with AWS's limits and defaults.

use super::distribution::TIME;
use super::downstream::CALLS;
use super::idempotency::IDEMPOTENCY_OF_FUNCTION;
use super::initialise::INITIALISE_OF_FUNCTION;
use super::remedies::SHED_OLDER_THAN;
use super::state::{CACHE_OF_FUNCTION, COUNTER_OF_FUNCTION};
use super::{api, fargate};
use crate::kernel::Span;
use crate::scenario::shape::{
    ANY_DURATION, Field, Kind, Need, POSITIVE_DURATION, Shape, Tagged, Types, Word, default, duration, optional,
    required, sourced,
};

const MEMORY: Kind = Kind::Memory { min_mb: 128, max_mb: 10_240 };
const MEMORY_PAGE: &str = "[doc] AWS Lambda guide, configuration-memory";
const TIMEOUT_PAGE: &str = "[doc] AWS Lambda guide, configuration-timeout";
const ASYNC_PAGE: &str = "[doc] AWS Lambda guide, invocation-async-configuring";
const RESERVED_PAGE: &str = "[doc] AWS Lambda guide, configuration-concurrency";
const PROVISIONED_PAGE: &str = "[doc] AWS Lambda guide, provisioned-concurrency";
const LIMITS_PAGE: &str = "[doc] AWS Lambda guide, gettingstarted-limits";
const SCALING_PAGE: &str = "[doc] AWS Lambda guide, scaling-behavior";

/// A function.
pub(crate) static FUNCTION: Tagged = Tagged {
    tag: "platform",
    doc: "What runs it: `lambda` or, for batches, `fargate` by AWS's documented rules, or `ideal` textbook servers.",
    default: Some("lambda"),
    common: &COMMON,
    variants: &[("lambda", &LAMBDA), ("fargate", &fargate::FARGATE), ("ideal", &IDEAL)],
};

static COMMON: Shape = Shape {
    name: "functions",
    doc: "A function: what one item costs.",
    fields: &[required("service-time", TIME, "Time that one item takes, unless the item brings its own.")],
};

static IDEAL: Shape = Shape {
    name: "functions: ideal",
    doc: "Textbook servers behind a `queue`: no start-up, rate or scaling limit, timeout, failure or retry.",
    fields: &[required("concurrency", Kind::ByType(&SERVERS), "How many servers there are.")],
};

static SERVERS: Types = Types {
    text: Some(Kind::Choice(&[Word { word: "unlimited", doc: "as many as it takes" }])),
    number: Some(Kind::Integer { min: 1, max: 10_000_000 }),
    table: None,
    list: None,
};

static LAMBDA: Shape = Shape {
    name: "functions: lambda",
    doc: "A function on AWS Lambda.",
    fields: &[
        sourced(
            "memory",
            MEMORY,
            "\"128MB\"",
            "Memory, which also sets the share of a processor: one at 1,769 MB.",
            MEMORY_PAGE,
        )
        .limited_by(MEMORY_PAGE),
        sourced(
            "timeout",
            Kind::Duration { min: Span::from_secs(1), max: Span::from_secs(900), step: Span::from_secs(1) },
            "\"3s\"",
            "A run is killed after this long.",
            TIMEOUT_PAGE,
        )
        .limited_by(TIMEOUT_PAGE),
        sourced(
            "architecture",
            Kind::Choice(&[Word { word: "x86_64", doc: "64-bit x86" }, Word { word: "arm64", doc: "AWS Graviton" }]),
            "\"x86_64\"",
            "Processor, for the price.",
            "[doc] AWS Lambda guide, foundation-arch",
        ),
        CPU_SHARE,
        Field {
            name: "measured-at",
            kind: Kind::ByType(&PROCESSOR),
            need: Need::SameAs("memory"),
            doc: "Memory at which `service-time` was measured, or a number of vCPUs; absent: the memory of `[functions.<name>]`, whatever a strategy overrides.",
            source: "",
            limit: MEMORY_PAGE,
        },
        default("cold-start", Kind::Table(&COLD_START), "{}", "What a new execution environment takes."),
        sourced(
            "warm-dispatch",
            TIME,
            "{ lognormal = { median = \"10ms\", p99 = \"75ms\" } }",
            "Dispatch to an environment that is ready.",
            "[inferred] from STeLLAR 2021 (median 18 ms, p99 74 ms with the client's own part)",
        ),
        sourced(
            "idle",
            Kind::Variants(&[&IDLE_TTL, &IDLE_FUNCTION, &IDLE_HALF]),
            "{ ttl = \"600s\" }",
            "When idle environments are taken away; AWS says only \"some time\".",
            "[inferred] from pacslab 2020 (timer of 620 to 655 s)",
        ),
        sourced(
            "max-life",
            POSITIVE_DURATION,
            "\"2h\"",
            "Longest life of an environment, whatever the traffic.",
            "[measured] pacslab 2020",
        ),
        sourced(
            "max-life-spread",
            ANY_DURATION,
            "\"180s\"",
            "A uniform part of this is added to `max-life`, environment by environment.",
            "[inferred] from pacslab 2020",
        ),
        sourced(
            "hidden-replacement",
            Kind::Probability,
            "0.45",
            "Chance that an environment at the end of its life was replaced ahead of need.",
            "[measured] pacslab 2020 (81 of 181)",
        ),
        Field {
            source: RESERVED_PAGE,
            ..optional(
                "reserved-concurrency",
                Kind::Integer { min: 0, max: 1_000_000 },
                "the function shares the account's unreserved part",
                "Guaranteed and largest concurrency; 0 blocks the function.",
            )
        },
        sourced(
            "provisioned-concurrency",
            Kind::Integer { min: 0, max: 1_000_000 },
            "0",
            "Environments kept ready.",
            PROVISIONED_PAGE,
        ),
        CALLS,
        default("async", Kind::Table(&ASYNC), "{}", "The queue in front of asynchronous invocations."),
        default("failures", Kind::Table(&FAILURES), "{}", "What goes wrong, per item and attempt."),
        IDEMPOTENCY_OF_FUNCTION,
        INITIALISE_OF_FUNCTION,
        COUNTER_OF_FUNCTION,
        CACHE_OF_FUNCTION,
        SHED_OLDER_THAN,
    ],
};

pub(super) const CPU_SHARE: Field = default(
    "cpu-share",
    Kind::Probability,
    "0.0",
    "Share of the service time that is work of one thread and so shrinks with a faster processor.",
);

/// A processor, by the memory of the Lambda function that has it, or by itself.
pub(super) static PROCESSOR: Types =
    Types { text: Some(MEMORY), number: Some(Kind::Number { min: 0.25, max: 16.0 }), table: None, list: None };

static COLD_START: Shape = Shape {
    name: "cold-start",
    doc: "What a new execution environment takes.",
    fields: &[
        sourced(
            "init",
            TIME,
            "{ percentiles = { p1 = \"67ms\", p10 = \"79ms\", p25 = \"83ms\", p50 = \"92ms\", p75 = \"105ms\", p90 = \"119ms\", p95 = \"133ms\", p99 = \"181ms\", p999 = \"247ms\" } }",
            "Init Duration: extensions, runtime and static code; billed.",
            "[measured] lambda-perf 2026: hello world, python3.13, zip, x86; real applications take longer",
        ),
        sourced(
            "unlogged",
            TIME,
            "{ lognormal = { median = \"150ms\", p99 = \"500ms\" } }",
            "Placement, code fetch and sandbox start before Init: felt by the caller, in no log, not billed.",
            "[inferred] from pacslab 2020 and STeLLAR 2021",
        ),
    ],
};

static IDLE_TTL: Shape = Shape {
    name: "idle: fixed time to live",
    doc: "Each environment is taken this long after its last use.",
    fields: &[required("ttl", POSITIVE_DURATION, "Time after the last use.")],
};

static IDLE_FUNCTION: Shape = Shape {
    name: "idle: fixed time to live of the function",
    doc: "All environments are taken once the function has had no run for this long; with 600 s it agrees with all six PACS recordings of 2020.",
    fields: &[required("function-ttl", POSITIVE_DURATION, "Time after the function's last run.")],
};

static IDLE_HALF: Shape = Shape {
    name: "idle: half the pool",
    doc: "Every period, half of the environments idle for the whole of it are taken; SeBS measured 380 s in 2020.",
    fields: &[required("half-every", POSITIVE_DURATION, "The period.")],
};

static ASYNC: Shape = Shape {
    name: "async",
    doc: "The queue in front of asynchronous invocations.",
    fields: &[
        sourced(
            "hop",
            TIME,
            "{ lognormal = { median = \"20ms\", p99 = \"100ms\" } }",
            "From the accepted invoke call to the first try.",
            "[inferred]: AWS publishes none",
        ),
        sourced(
            "retries",
            Kind::Integer { min: 0, max: 2 },
            "2",
            "Retries after function errors; the waits are 1 and 2 minutes.",
            ASYNC_PAGE,
        )
        .limited_by(ASYNC_PAGE),
        sourced(
            "max-event-age",
            duration(Span::from_secs(60), Span::from_secs(21_600)),
            "\"6h\"",
            "Oldest an event may grow in the queue.",
            ASYNC_PAGE,
        )
        .limited_by(ASYNC_PAGE),
        sourced(
            "retry-jitter",
            TIME,
            "{ uniform = { low = \"0s\", high = \"10s\" } }",
            "Added to the waits of 1 and 2 minutes.",
            "[inferred]: AWS publishes none",
        ),
        sourced(
            "duplicate-probability",
            Kind::Probability,
            "0.00001",
            "Chance that the queue delivers an event twice.",
            "[inferred]: AWS documents that it happens, not how often",
        ),
        sourced(
            "on-failure",
            Kind::Choice(&[
                Word { word: "drop", doc: "the event is lost" },
                Word { word: "dead-letter-queue", doc: "it is kept in a dead-letter queue" },
                Word { word: "destination", doc: "it is sent to an on-failure destination" },
            ]),
            "\"drop\"",
            "What becomes of an event that is given up.",
            "[doc] AWS Lambda guide, invocation-async-retain-records",
        ),
    ],
};

pub(super) static FAILURES: Shape = Shape {
    name: "failures",
    doc: "What goes wrong in a function, per item and attempt.",
    fields: &[
        default("error", Kind::Probability, "0.0", "The handler returns an error."),
        default(
            "crash",
            Kind::Probability,
            "0.0",
            "The process dies: a Lambda environment is reset, and its next run repeats Init inside the timeout; a Fargate task stops.",
        ),
        default(
            "after-effect",
            Kind::Probability,
            "0.0",
            "Of the failing attempts, the share that had already applied the effect.",
        ),
        default("poison", Kind::Probability, "0.0", "Items that fail at every attempt, before their effect."),
        default(
            "fails-at",
            Kind::Probability,
            "0.5",
            "Where in the service time a failing attempt ends, as a share of it.",
        ),
    ],
};

/// `[account]`.
pub(crate) static ACCOUNT: Shape = Shape {
    name: "account",
    doc: "The AWS account that the functions of a strategy share.",
    fields: &[
        sourced(
            "concurrency",
            Kind::Integer { min: 1, max: 10_000_000 },
            "1000",
            "Concurrent executions in the Region; new accounts have less, and it can be raised.",
            LIMITS_PAGE,
        ),
        sourced(
            "scaling-burst",
            Kind::Integer { min: 1, max: 10_000_000 },
            "1000",
            "Environments that a function may add each `scaling-period`.",
            SCALING_PAGE,
        ),
        sourced("scaling-period", POSITIVE_DURATION, "\"10s\"", "Refilled continuously over this time.", SCALING_PAGE),
        fargate::QUOTA,
        api::ACCOUNT_RATE,
        api::ACCOUNT_BURST,
    ],
};
