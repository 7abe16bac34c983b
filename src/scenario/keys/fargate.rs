//! `[functions.<name>]` with `platform = "fargate"`, with AWS's limits and defaults.

use super::distribution::TIME;
use super::downstream::CALLS;
use super::function::{CPU_SHARE, FAILURES, PROCESSOR};
use super::idempotency::IDEMPOTENCY_OF_FUNCTION;
use super::initialise::INITIALISE_OF_FUNCTION;
use super::state::{CACHE_OF_FUNCTION, COUNTER_OF_FUNCTION};
use crate::kernel::Span;
use crate::scenario::shape::{Field, Kind, LONGEST, Need, Shape, Word, default, duration, optional, required, sourced};

const SIZE_PAGE: &str = "[doc] Amazon ECS guide, task_definition_parameters";
const START_UP: &str = "[inferred]: AWS publishes none; third parties report 30 s to 3 min";
const JOB_PAGE: &str = "[doc*] AWS Batch guide, job_definition_parameters";
const SILENT: &str = "[inferred]: AWS documents that it happens, not how often";

const VCPU: Field =
    required("vcpu", Kind::Number { min: 0.25, max: 16.0 }, "Virtual processors: 0.25, 0.5, 1, 2, 4, 8 or 16.");
const MEMORY: Field = required(
    "memory",
    Kind::Memory { min_mb: 512, max_mb: 122_880 },
    "Memory, of that which goes with `vcpu`: 2GB to 8GB with 1, for example.",
);

/// A function on Fargate.
pub(super) static FARGATE: Shape = Shape {
    name: "functions: fargate",
    doc: "A function on AWS Fargate: each firing of its `schedule` starts an Amazon ECS task, which has no timeout.",
    fields: &[
        VCPU.limited_by(SIZE_PAGE),
        MEMORY.limited_by(SIZE_PAGE),
        sourced(
            "architecture",
            Kind::Choice(&[Word { word: "x86_64", doc: "64-bit x86" }, Word { word: "arm64", doc: "AWS Graviton" }]),
            "\"x86_64\"",
            "Processor, for the price.",
            SIZE_PAGE,
        ),
        CPU_SHARE,
        Field {
            name: "measured-at",
            kind: Kind::ByType(&PROCESSOR),
            need: Need::SameAs("vcpu"),
            doc: "vCPUs at which `service-time` was measured, or the memory of a Lambda function; absent: those of `[functions.<name>]`, whatever a strategy overrides.",
            source: "",
            limit: "",
        },
        sourced(
            "start-up",
            TIME,
            "{ lognormal = { median = \"35s\", p99 = \"103s\" } }",
            "From the RunTask call to the handler, with an image of 200MB or less.",
            START_UP,
        ),
        sourced(
            "pull-share",
            Kind::Probability,
            "0.5",
            "The last part of `start-up`, from the start of the image pull: it is billed.",
            "[inferred]: AWS publishes none",
        ),
        sourced(
            "image",
            Kind::Memory { min_mb: 1, max_mb: 20_480 },
            "\"200MB\"",
            "The container image; each 500MB above 200MB add 10 s to the pull.",
            START_UP,
        ),
        sourced(
            "duplicate-probability",
            Kind::Probability,
            "0.00001",
            "Chance that a firing of the schedule starts two tasks.",
            SILENT,
        ),
        sourced(
            "start-failure",
            Kind::Probability,
            "0.0",
            "Chance that RunTask finds no capacity: nothing starts before the next firing.",
            SILENT,
        ),
        default(
            "via",
            Kind::Choice(&[
                Word { word: "run-task", doc: "a firing calls RunTask itself, once" },
                Word {
                    word: "batch",
                    doc: "a firing submits an AWS Batch job, which waits for capacity and repeats what failed",
                },
            ]),
            "\"run-task\"",
            "What starts the task.",
        ),
        optional(
            "scheduler-delay",
            TIME,
            "with a job uniform, 5s to 60s; [inferred]: AWS publishes none",
            "From the submitted job, or the end of an attempt, to the RunTask call of the next attempt.",
        ),
        optional(
            "attempts",
            Kind::Integer { min: 1, max: 10 },
            "with a job 1, AWS's default",
            "Attempts of a job whose task fails.",
        )
        .limited_by(JOB_PAGE),
        optional(
            "attempt-timeout",
            duration(Span::from_secs(60), LONGEST),
            "an attempt is never ended",
            "When an attempt of a job is ended, from the end of its start-up.",
        )
        .limited_by(JOB_PAGE),
        CALLS,
        default("failures", Kind::Table(&FAILURES), "{}", "What goes wrong, per item and attempt."),
        IDEMPOTENCY_OF_FUNCTION,
        INITIALISE_OF_FUNCTION,
        COUNTER_OF_FUNCTION,
        CACHE_OF_FUNCTION,
    ],
};

/// `fargate-vcpus` of `[account]`.
pub(super) const QUOTA: Field = sourced(
    "fargate-vcpus",
    Kind::Integer { min: 1, max: 1_000_000 },
    "6",
    "vCPUs of Fargate tasks at once; a new account's, and it can be raised.",
    "[doc] AWS Fargate service quotas",
);
