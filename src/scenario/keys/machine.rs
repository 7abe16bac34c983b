//! `[machine]`: what the tasks of state machines do; `[strategy.machine]` and `[strategy.orchestrate]`: what runs them.

use super::distribution::TIME;
use crate::scenario::shape::{Field, Kind, Names, Shape, Types, Word, default, optional, required, sourced};

const SEMANTICS_PAGE: &str = "[doc] AWS Step Functions guide, concepts-standard-vs-express";
const QUOTA_PAGE: &str = "[doc] AWS Step Functions guide, service-quotas";

const RATE: Kind = Kind::Integer { min: 1, max: 10_000_000 };

const JSON: Kind = Kind::Json("JSON text such as '{ \"total\": 20 }'");

/// JSON, one for all or several with odds.
static VALUES: Types =
    Types { text: Some(JSON), number: None, table: None, list: Some(Kind::List { of: &WEIGHTED, min: 1, max: 64 }) };

static WEIGHTED: Kind = Kind::Table(&Shape {
    name: "weighted JSON",
    doc: "One of several values.",
    fields: &[
        required("weight", Kind::Number { min: 0.0, max: 1e12 }, "How often it is drawn, against the others."),
        required("json", JSON, "The value."),
    ],
});

/// `[machine]`.
pub(crate) static MACHINE: Shape = Shape {
    name: "tasks of machines",
    doc: "What the state machines of all strategies are given and what their tasks do, so that designs built of one machine can be compared.",
    fields: &[
        optional(
            "input",
            Kind::ByType(&VALUES),
            "a sample in which every path of the machine finds something",
            "The input of an execution: JSON, or several with weights, of which each item has its own.",
        ),
        default(
            "tasks",
            Kind::Map { of: &Kind::Table(&TASK), key: Names::State },
            "{}",
            "What the Task states do, by the state's name; of the others the resource tells. Of a Map state with an `ItemReader`: what its items are (`result`, a JSON array) and how long reading them takes (`service-time`).",
        ),
    ],
};

/// `[machine.tasks.<state>]`.
static TASK: Shape = Shape {
    name: "task",
    doc: "What a Task state does.",
    fields: &[
        optional(
            "function",
            Kind::Text("the name of a function"),
            "`service-time`",
            "The Lambda function that it invokes synchronously: its concurrency, cold starts, timeout and failures are the task's.",
        ),
        Field {
            source: "[inferred]: AWS publishes no latencies of services",
            ..optional(
                "service-time",
                TIME,
                "by its resource: see the guide",
                "From the request to the answer; of a `.waitForTaskToken` task, until the token comes back.",
            )
        },
        optional(
            "result",
            Kind::ByType(&VALUES),
            "what the task was given; of a machine without `input`, a sample as that; of an `ItemReader`, two sample items",
            "Its result: JSON, or several with weights, drawn for each item.",
        ),
        default(
            "errors",
            Kind::Map { of: &Kind::Probability, key: Names::Error },
            "{}",
            "Errors by name, each with its chance at every attempt.",
        ),
        default(
            "after-effect",
            Kind::Probability,
            "0.0",
            "Of the attempts that end in one of `errors`, the share that had applied the effect.",
        ),
        default(
            "heartbeat",
            Kind::Choice(&[
                Word { word: "sent", doc: "in time, for as long as it works" },
                Word {
                    word: "never",
                    doc: "the task times out after its `HeartbeatSeconds`, unless it has ended by then",
                },
            ]),
            "\"sent\"",
            "What whoever works sends where the state has `HeartbeatSeconds`.",
        ),
        default(
            "effect",
            Kind::Choice(&[
                Word { word: "once", doc: "it must happen once an item: a repetition is a duplicate" },
                Word { word: "none", doc: "it changes nothing, or nothing that a repetition would change again" },
            ]),
            "\"once\"",
            "What the task does to the world.",
        ),
    ],
};

const OVERHEAD: Field = Field {
    source: "[inferred]: AWS publishes none",
    ..optional(
        "transition-latency",
        TIME,
        "log-normal, median 25ms and p99 100ms of a Standard workflow, 8ms and 30ms of an Express one",
        "What Step Functions takes to enter a state.",
    )
};

/// `[strategy.machine]`.
pub(crate) static MACHINE_OF_STRATEGY: Shape = Shape {
    name: "machine",
    doc: "AWS Step Functions: one execution an item.",
    fields: &[
        sourced(
            "type",
            Kind::Choice(&[
                Word { word: "standard", doc: "each state runs exactly once; billed by state transition" },
                Word { word: "express", doc: "at least once, five minutes; billed by request, duration and memory" },
            ]),
            "\"standard\"",
            "The workflow's type.",
            SEMANTICS_PAGE,
        ),
        sourced(
            "start",
            Kind::Choice(&[
                Word { word: "asynchronous", doc: "StartExecution: nobody waits for the end" },
                Word {
                    word: "synchronous",
                    doc: "StartSyncExecution of an Express workflow by an API, which waits for the end: at most once, and nothing but the client tries it again",
                },
            ]),
            "\"asynchronous\"",
            "How executions are started.",
            SEMANTICS_PAGE,
        ),
        default(
            "execution-name",
            Kind::Choice(&[
                Word { word: "per-item", doc: "the item's: a Standard workflow starts no second execution of it" },
                Word { word: "random", doc: "a new one each time" },
            ]),
            "\"per-item\"",
            "How executions are named. Express workflows have no use for names.",
        ),
        OVERHEAD,
        Field {
            source: "[measured] BITE 2022: StartExecution to the first handler",
            ..optional(
                "start-latency",
                TIME,
                "by percentiles: p50 99ms and p99 250ms of a Standard workflow, 118ms and 298ms of an Express one, 77ms and 241ms of one that is waited for",
                "From StartExecution to the first state at work.",
            )
        },
        Field {
            source: QUOTA_PAGE,
            ..optional(
                "start-rate",
                RATE,
                "300 of Standard workflows, 6000 of Express ones",
                "Executions started a second; in smaller Regions 150 and 1,500. Synchronous starts have no such quota.",
            )
        },
        Field {
            source: QUOTA_PAGE,
            ..optional(
                "start-burst",
                RATE,
                "1300 of Standard workflows, 6000 of Express ones",
                "Executions started at once; 800 in smaller Regions.",
            )
        },
        sourced(
            "transition-rate",
            RATE,
            "5000",
            "State transitions a second of Standard workflows; what exceeds them is delayed. 800 in smaller Regions.",
            QUOTA_PAGE,
        ),
        sourced("transition-burst", RATE, "5000", "State transitions at once.", QUOTA_PAGE),
        sourced(
            "start-attempts",
            Kind::Integer { min: 1, max: 185 },
            "3",
            "How often whoever starts an execution tries, if it is throttled: after a random part of 2^i s, at most 20 s. After that the item is rejected.",
            "[doc] AWS SDK reference guide, retry behaviour: the standard mode",
        ),
        sourced(
            "duplicate-probability",
            Kind::Probability,
            "0.00001",
            "Chance that an Express workflow, which runs at least once, runs twice.",
            "[inferred]: AWS documents that it happens, not how often",
        ),
    ],
};

/// `[strategy.orchestrate]`.
pub(crate) static ORCHESTRATE: Shape = Shape {
    name: "orchestrate",
    doc: "The anti-pattern: one function that runs the state machine in its own process, calls the tasks one after another and waits for them. It is paid for while it waits, dies at its timeout, and begins anew when it is retried.",
    fields: &[required(
        "function",
        Kind::Text("the name of a function"),
        "The function whose memory, timeout, concurrency and retries it has; its `service-time` passes before the first state.",
    )],
};

/// `[strategy.durable]`.
pub(crate) static DURABLE: Shape = Shape {
    name: "durable",
    doc: "A Lambda durable function: it runs the state machine and keeps a checkpoint of each step. While it only waits it is not running; it is invoked again when something is due, and passes over what is done.",
    fields: &[required(
        "function",
        Kind::Text("the name of a function"),
        "The function whose memory, timeout and concurrency it has; its `service-time` passes at the start of each invocation, which runs from the top.",
    )],
};
