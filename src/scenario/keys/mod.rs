//! Every key of a scenario, as shapes.

pub(crate) mod api;
pub(crate) mod arrivals;
mod breaker;
pub(crate) mod choreography;
pub(crate) mod distribution;
pub(crate) mod downstream;
mod fargate;
pub(crate) mod fault;
pub(crate) mod function;
mod idempotency;
mod initialise;
pub(crate) mod kinesis;
pub(crate) mod machine;
pub(crate) mod precision;
pub(crate) mod prices;
pub(crate) mod push;
mod remedies;
pub(crate) mod scheduler;
pub(crate) mod sqs;
pub(crate) mod sqs_fifo;
mod state;
pub(crate) mod strategy;

use super::shape::{
    ANY_DURATION, Field, Kind, LONGEST, Names, Shape, Types, Word, default, duration, optional, required,
};
use crate::kernel::Span;

/// The most arrival streams a scenario may have.
pub(crate) const STREAMS_AT_MOST: usize = 64;
/// The most strategies a scenario may have.
pub(crate) const STRATEGIES_AT_MOST: usize = 32;
/// The most replications of a strategy.
pub(crate) const REPLICATIONS_AT_MOST: i64 = 10_000;

/// A scenario.
pub(crate) static SCENARIO: Shape = Shape {
    name: "scenario",
    doc: "A stream of work and the strategies that compete for it.",
    fields: &[
        required("name", Kind::Slug, "The folder of its reports: lower-case letters, digits and hyphens."),
        default(
            "summary",
            Kind::Text("one line of text"),
            "\"(no summary)\"",
            "One line: the question that the scenario answers.",
        ),
        optional(
            "baseline",
            Kind::Text("the name of a strategy"),
            "the first strategy",
            "The strategy that the others are compared with.",
        ),
        required("run", Kind::Table(&RUN), "How long, how often and from which seed."),
        required(
            "arrivals",
            Kind::List { of: &Kind::Tagged(&arrivals::STREAM), min: 1, max: STREAMS_AT_MOST },
            "The streams of items; all of them go to every strategy.",
        ),
        default(
            "functions",
            Kind::Map { of: &Kind::Tagged(&function::FUNCTION), key: Names::Function },
            "{}",
            "The functions, by name: what one item costs. A scenario of state machines whose tasks name none needs none.",
        ),
        default(
            "downstream",
            Kind::Map { of: &Kind::Table(&downstream::DOWNSTREAM), key: Names::Downstream },
            "{}",
            "What functions call while they run, by name.",
        ),
        default(
            "account",
            Kind::Table(&function::ACCOUNT),
            "{}",
            "The AWS account that the functions of a strategy share.",
        ),
        optional(
            "machine",
            Kind::Table(&machine::MACHINE),
            "what the resources of its tasks tell, and samples of what the machine looks for",
            "What the tasks of state machines do.",
        ),
        default("prices", Kind::Table(&prices::PRICES), "{}", "How counts become money."),
        required(
            "strategy",
            Kind::List { of: &Kind::Open(&strategy::STRATEGY), min: 1, max: STRATEGIES_AT_MOST },
            "The ways to process the streams.",
        ),
        optional(
            "fault",
            Kind::List { of: &Kind::Tagged(&fault::FAULT), min: 0, max: fault::FAULTS_AT_MOST },
            "nothing goes wrong but by chance",
            "What goes wrong, and when: the same in every strategy.",
        ),
        default(
            "objective",
            Kind::List { of: &Kind::Variants(&OBJECTIVES), min: 0, max: 64 },
            "[]",
            "What a good strategy must reach.",
        ),
        optional(
            "sweep",
            Kind::Table(&SWEEP),
            "no keys vary but those of `simctl sweep --vary`",
            "The keys that vary in a sweep; no run depends on it, and `simctl check` prints it not.",
        ),
        optional(
            "search",
            Kind::Table(&SEARCH),
            "no settings to choose among but those of `simctl recommend --vary`",
            "The settings that a recommendation chooses among; no run depends on it, and `simctl check` prints it not.",
        ),
    ],
};

/// The keys that vary, of `[sweep]` and `[search]`.
const VARY: Field = required(
    "vary",
    Kind::List { of: &Kind::Text("KEY=a,b,c or KEY=LOW..HIGH:COUNT or KEY=LOW..HIGH:log:COUNT"), min: 1, max: 16 },
    "Each key with its values, as `--vary` takes it.",
);
/// How their values are combined.
const SAMPLE: Field = default(
    "sample",
    Kind::Text("grid, latin:N or sobol:N"),
    "\"grid\"",
    "How values are combined: `grid` is each with each, `latin:N` a Latin hypercube of N points, `sobol:N` N points of a scrambled Sobol sequence.",
);

/// `[search]`.
static SEARCH: Shape = Shape {
    name: "search",
    doc: "The settings that `simctl recommend` chooses among, where none are named by `--vary`; at most 1,000 points.",
    fields: &[VARY, SAMPLE],
};

/// `[sweep]`.
static SWEEP: Shape = Shape {
    name: "sweep",
    doc: "The keys that vary in `simctl sweep`, where none are named by `--vary`.",
    fields: &[VARY, SAMPLE],
};

/// `[run]`.
static RUN: Shape = Shape {
    name: "run",
    doc: "How long, how often and from which seed.",
    fields: &[
        default(
            "start",
            Kind::DateTime,
            "\"2026-11-23T00:00:00Z\"",
            "The instant at which the run starts; schedules, weekdays and times of day are read against it. The default is a Monday.",
        ),
        required("duration", duration(Span::from_nanos(1), LONGEST), "Items arrive for this long."),
        default("drain", ANY_DURATION, "\"24h\"", "After that the run goes on until all is done, at most this long."),
        default(
            "warm-up",
            Kind::DurationOr("auto"),
            "\"0s\"",
            "Latencies are of the items that arrive after this, and time means run from here to `duration`; counts, cost and every other maximum cover the whole run with its drain. `\"auto\"`: what MSER-5 cuts from the backlog of up to five runs of their own, the longest of all strategies.",
        ),
        default(
            "load",
            Kind::Number { min: f64::MIN_POSITIVE, max: 1e6 },
            "1.0",
            "Multiplies every stream, profiles and traces too.",
        ),
        default(
            "seed",
            Kind::Integer { min: 0, max: i64::MAX },
            "1",
            "The root of all randomness: same seed, same bytes.",
        ),
        default(
            "replications",
            Kind::Integer { min: 1, max: REPLICATIONS_AT_MOST },
            "20",
            "Independent runs of each strategy; the intervals come from them.",
        ),
        optional(
            "precision",
            Kind::ByType(&precision::PRECISION),
            "as many as `replications` says",
            "Replications are added to the first `replications` (10 or more) until the half-width of the 95 % interval of a metric (`latency_p99`, where only a share is given) is at most this share of its mean, for every strategy.",
        ),
        optional(
            "max-replications",
            Kind::Integer { min: precision::BEGIN_AT_LEAST, max: REPLICATIONS_AT_MOST },
            "1000, where `precision` is given",
            "The most replications that `precision` may come to; what falls short then is said.",
        ),
        optional(
            "intervals",
            Kind::Choice(&[
                Word { word: "replications", doc: "from independent replications, by Student's t" },
                Word {
                    word: "batch-means",
                    doc: "of latencies and waits, from twenty batches of one long run: `replications = 1`",
                },
            ]),
            "from the replications",
            "Where the 95 % intervals come from.",
        ),
        optional(
            "mode",
            Kind::Choice(&[
                Word { word: "events", doc: "every item is played, event by event" },
                Word {
                    word: "fluid",
                    doc: "aggregated counts in steps, for loads where no single item matters; docs/fluid.md says what it tells and how far it may be off",
                },
            ]),
            "events",
            "How strategies are played.",
        ),
        optional(
            "fluid-step",
            duration(Span::from_millis(1), Span::from_secs(3_600)),
            "1s; less for runs of less than a day, more for runs of more than two weeks",
            "Length of a step, where `mode = \"fluid\"`.",
        ),
    ],
};

static BOUND: Types =
    Types { text: Some(ANY_DURATION), number: Some(Kind::Number { min: 0.0, max: 1e18 }), table: None, list: None };

const METRIC: Field = required("metric", Kind::Metric, "The metric that it speaks of.");
const FOR: Field = optional(
    "strategies",
    Kind::List { of: &Kind::Text("the name of a strategy"), min: 1, max: STRATEGIES_AT_MOST },
    "all",
    "The strategies it is held against.",
);

const BOUND_DOC: &str = "The bound: a duration for metrics in seconds, else a number.";

/// `[[objective]]`, with one of the four bounds.
static OBJECTIVES: [&Shape; 4] = [&OBJECTIVE_BELOW, &OBJECTIVE_AT_MOST, &OBJECTIVE_AT_LEAST, &OBJECTIVE_ABOVE];

static OBJECTIVE_BELOW: Shape = Shape {
    name: "objective-below",
    doc: "The metric's mean over the replications must be below a bound.",
    fields: &[METRIC, required("below", Kind::ByType(&BOUND), BOUND_DOC), FOR],
};

static OBJECTIVE_AT_MOST: Shape = Shape {
    name: "objective-at-most",
    doc: "The metric's mean over the replications must not exceed a bound; 0: it must not happen at all.",
    fields: &[METRIC, required("at-most", Kind::ByType(&BOUND), BOUND_DOC), FOR],
};

static OBJECTIVE_AT_LEAST: Shape = Shape {
    name: "objective-at-least",
    doc: "The metric's mean over the replications must reach a bound.",
    fields: &[METRIC, required("at-least", Kind::ByType(&BOUND), BOUND_DOC), FOR],
};

static OBJECTIVE_ABOVE: Shape = Shape {
    name: "objective-above",
    doc: "The metric's mean over the replications must be above a bound.",
    fields: &[METRIC, required("above", Kind::ByType(&BOUND), BOUND_DOC), FOR],
};
