//! `[[fault]]`.

use super::STRATEGIES_AT_MOST;
use crate::scenario::shape::{
    ANY_DURATION, Field, Kind, POSITIVE_DURATION, Shape, Tagged, Word, default, optional, required, sourced,
};

/// The most faults of a scenario.
pub(crate) const FAULTS_AT_MOST: usize = 64;

/// A fault.
pub(crate) static FAULT: Tagged = Tagged {
    tag: "kind",
    doc: "What goes wrong.",
    default: None,
    common: &COMMON,
    variants: &[
        ("zone-lost", &ZONE_LOST),
        ("unavailable", &UNAVAILABLE),
        ("throttled", &THROTTLED),
        ("slow", &SLOW),
        ("errors", &ERRORS),
        ("slow-start", &SLOW_START),
        ("bad-deploy", &BAD_DEPLOY),
        ("poison", &POISON),
        ("incident", &INCIDENT),
    ],
};

static COMMON: Shape = Shape {
    name: "fault",
    doc: "Something that goes wrong for a time, the same in every strategy. A strategy without what it strikes is not struck.",
    fields: &[
        required("name", Kind::Label, "Its name, unique."),
        optional(
            "start",
            ANY_DURATION,
            "`schedule` says when",
            "When it begins, from the start of the run. Either this or `schedule`.",
        ),
        optional(
            "schedule",
            Kind::Text("a schedule such as \"cron(0 3 ? * SUN *)\" or \"rate(1 day)\""),
            "it happens once, at `start`",
            "When it begins by the clock, again and again: maintenance. AWS's `at(…)`, `cron(…)` or `rate(…)`.",
        ),
        optional(
            "time-zone",
            Kind::Text("an IANA time zone such as \"Europe/Berlin\""),
            "UTC",
            "The time zone of `schedule`.",
        ),
        optional(
            "on",
            Kind::List {
                of: &Kind::Text("a label of a flow, a function, a service, a downstream, lambda, fargate or dynamodb"),
                min: 1,
                max: 64,
            },
            "all that it can strike",
            "What it strikes: services by label or word, functions, downstreams; `lambda` and `fargate` are all functions there, `dynamodb` the tables of idempotent functions, `s3` the bucket that a batch lists too.",
        ),
        optional(
            "strategies",
            Kind::List { of: &Kind::Text("the name of a strategy"), min: 1, max: STRATEGIES_AT_MOST },
            "all",
            "The strategies that it strikes.",
        ),
    ],
};

const DURATION: Field = required("duration", POSITIVE_DURATION, "How long it lasts.");

static ZONE_LOST: Shape = Shape {
    name: "fault: zone-lost",
    doc: "An Availability Zone is lost: at the start, its execution environments and tasks die in the middle of what they do.",
    fields: &[
        required(
            "duration",
            POSITIVE_DURATION,
            "How long reports show it; what is lost is lost at the start, and starts anew in the other zones.",
        ),
        sourced(
            "share",
            Kind::Probability,
            "0.3333333333333333",
            "The share of environments and tasks that was in the zone: one of three.",
            "[inferred]: Z-az, AWS publishes no placement",
        ),
    ],
};

static UNAVAILABLE: Shape = Shape {
    name: "fault: unavailable",
    doc: "A service is disrupted: it refuses calls with an error of its own (5xx) and delivers nothing; then the backlog comes back at once.",
    fields: &[
        DURATION,
        default(
            "share",
            Kind::Probability,
            "1.0",
            "Of the calls, the share that is refused. Below 1 it strikes what is called: functions, APIs, downstreams and tables.",
        ),
        default(
            "sends",
            Kind::Choice(&[
                Word { word: "held", doc: "its sender keeps it and sends it after the outage" },
                Word { word: "rejected", doc: "it is refused for good" },
                Word { word: "taken", doc: "the service takes it, and only delivers nothing" },
            ]),
            "\"held\"",
            "What becomes of what is sent meanwhile to a queue, a topic, a bus, a stream or a bucket. Clients of an API and callers of downstreams and tables do as their retries say.",
        ),
        default(
            "catch-up",
            ANY_DURATION,
            "\"1m\"",
            "With `held`: senders send what they kept within this time after the outage, in its order.",
        ),
        default(
            "missed-firings",
            Kind::Choice(&[
                Word { word: "skipped", doc: "they never happen" },
                Word { word: "late", doc: "all of them happen at the end of the outage" },
            ]),
            "\"skipped\"",
            "What becomes of the firings of a schedule that is struck.",
        ),
    ],
};

static LEFT_OF: Shape = Shape {
    name: "what a throttle leaves",
    doc: "A share or a number.",
    fields: &[
        required(
            "share",
            Kind::Probability,
            "This share: of a function's concurrency (reserved, or the account's), or of the calls of an API, a downstream or a table.",
        ),
        required(
            "concurrency",
            Kind::Integer { min: 0, max: 1_000_000 },
            "So many runs at once, of functions on Lambda only.",
        ),
    ],
};

static THROTTLED: Shape = Shape {
    name: "fault: throttled",
    doc: "A throttle storm: calls are refused with 429 beyond what is left.",
    fields: &[
        DURATION,
        required("left", Kind::OneOf(&LEFT_OF), "What is left."),
        default(
            "calls",
            Kind::Choice(&[
                Word { word: "all", doc: "whoever calls" },
                Word {
                    word: "asynchronous",
                    doc: "asynchronous events and the polls of event source mappings; requests of an API are spared",
                },
            ]),
            "\"all\"",
            "Whose invokes of a function are throttled.",
        ),
    ],
};

const FACTOR: Kind = Kind::Number { min: 1.0, max: 1e4 };

static SLOW: Shape = Shape {
    name: "fault: slow",
    doc: "A brown-out: work of functions and calls of downstreams and tables take longer.",
    fields: &[DURATION, required("factor", FACTOR, "So many times as long.")],
};

static ERRORS: Shape = Shape {
    name: "fault: errors",
    doc: "Elevated error rates: attempts of functions end in an error, calls of downstreams and tables and deliveries of topics and buses fail, an API answers 5xx.",
    fields: &[
        DURATION,
        default("probability", Kind::Probability, "1.0", "Chance of each attempt and call; 1: a black-out."),
        default(
            "after-effect",
            Kind::Probability,
            "0.0",
            "Of the attempts of functions and calls of downstreams that fail, the share that had done what they were for.",
        ),
    ],
};

static SLOW_START: Shape = Shape {
    name: "fault: slow-start",
    doc: "Cold starts of functions and starts of tasks take longer.",
    fields: &[DURATION, required("factor", FACTOR, "So many times as long.")],
};

static BAD_DEPLOY: Shape = Shape {
    name: "fault: bad-deploy",
    doc: "New code that fails is rolled out at the start and rolled back at the end; all environments are replaced each time.",
    fields: &[
        DURATION,
        default("probability", Kind::Probability, "1.0", "Chance that an attempt of the new code fails."),
    ],
};

static POISON: Shape = Shape {
    name: "fault: poison",
    doc: "Items that arrive in the window fail at every attempt: the same items in every strategy.",
    fields: &[DURATION, default("probability", Kind::Probability, "1.0", "Chance of each item.")],
};

static INCIDENT: Shape = Shape {
    name: "fault: incident",
    doc: "A disruption of a region shaped like a published one, with its phases and lengths.",
    fields: &[required(
        "incident",
        Kind::Choice(&[
            Word {
                word: "kinesis-2020",
                doc: "25 November 2020: Kinesis down for 17 h 8 min, deliveries of EventBridge failing for 11 h, Lambda refusing invokes for 4 h 21 min",
            },
            Word {
                word: "network-2021",
                doc: "7 December 2021: API Gateway refusing calls for 6 h 52 min, deliveries of EventBridge failing and then switched off for 2 h",
            },
            Word {
                word: "lambda-2023",
                doc: "13 June 2023: Lambda refusing invokes and slow to start for 1 h 56 min, EventBridge behind",
            },
            Word { word: "kinesis-2024", doc: "30 July 2024: Kinesis disrupted for 6 h 52 min" },
            Word {
                word: "dynamodb-2025",
                doc: "20 October 2025: DynamoDB down for 2 h 52 min, polls of queues for 4 h 49 min, launches for 11 h 25 min, asynchronous and mapped invokes throttled to a tenth for 4 h 23 min",
            },
        ]),
        "Which.",
    )],
};
