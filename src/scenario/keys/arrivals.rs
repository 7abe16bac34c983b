//! `[[arrivals]]`.

use super::distribution::{SIZE, TIME};
use crate::kernel::Span;
use crate::scenario::shape::{
    ANY_DURATION, Kind, POSITIVE_DURATION, POSITIVE_NUMBER, Shape, Tagged, Types, Word, default, duration, optional,
    required,
};

/// The most items that one burst may hold.
const BURST_AT_MOST: i64 = 2_000_000_000;

/// A stream of items.
pub(crate) static STREAM: Tagged = Tagged {
    tag: "process",
    doc: "When items arrive.",
    default: None,
    common: &COMMON,
    variants: &[
        ("deterministic", &DETERMINISTIC),
        ("poisson", &POISSON),
        ("mmpp", &MMPP),
        ("renewal", &RENEWAL),
        ("bursts", &BURSTS),
        ("trace", &TRACE),
    ],
};

static COMMON: Shape = Shape {
    name: "arrivals",
    doc: "A stream of items; all its randomness is keyed by its name.",
    fields: &[
        required("name", Kind::Label, "Its name, unique."),
        default(
            "keys",
            Kind::ByType(&KEYS),
            "\"unique\"",
            "The key that each item carries: a partition key, an account, an S3 prefix.",
        ),
        default("size", SIZE, "\"1KB\"", "Size of each item."),
        optional("sent-twice", Kind::Table(&SENT_TWICE), "never", "Items that their sender sends again."),
    ],
};

static KEYS: Types = Types {
    text: Some(Kind::Choice(&[Word { word: "unique", doc: "every item has a key of its own" }])),
    number: None,
    table: Some(Kind::Variants(&[&ZIPF_KEYS, &UNIFORM_KEYS])),
    list: None,
};

static UNIFORM_KEYS: Shape = Shape {
    name: "uniform keys",
    doc: "Equally likely keys.",
    fields: &[required("count", Kind::Integer { min: 1, max: 1_000_000_000 }, "How many keys there are.")],
};

static ZIPF_KEYS: Shape = Shape {
    name: "zipf keys",
    doc: "Keys of unequal weight: the k-th is chosen in proportion to k^-zipf.",
    fields: &[
        required("zipf", Kind::Number { min: f64::MIN_POSITIVE, max: 100.0 }, "The exponent."),
        required("count", Kind::Integer { min: 1, max: 1_000_000_000 }, "How many keys there are."),
    ],
};

static SENT_TWICE: Shape = Shape {
    name: "sent-twice",
    doc: "Items that their sender sends again: the same item, delivered once more.",
    fields: &[
        required("probability", Kind::Probability, "Chance per item."),
        required("after", TIME, "From the first sending to the second."),
    ],
};

static DETERMINISTIC: Shape = Shape {
    name: "arrivals: deterministic",
    doc: "One item every `interval`.",
    fields: &[
        required("interval", POSITIVE_DURATION, "Between items."),
        default("offset", ANY_DURATION, "\"0s\"", "Of the first item from the start of the run."),
    ],
};

static POISSON: Shape = Shape {
    name: "arrivals: poisson",
    doc: "Poisson arrivals at a rate that may follow the clock.",
    fields: &[required("rate", Kind::ByType(&RATE), "The rate: constant, a daily wave, or steps.")],
};

static RATE: Types = Types {
    text: Some(Kind::Rate),
    number: None,
    table: Some(Kind::Variants(&[&DAILY, &HOURLY, &RATES_OF_FILE])),
    list: None,
};

static DAILY: Shape = Shape {
    name: "daily rate",
    doc: "A daily wave, mean + (peak - mean) cos(2 pi (t - peak-at) / 24 h); beyond a peak of twice the mean a raised cosine of the same mean and peak, held over each minute.",
    fields: &[
        required("mean", Kind::Rate, "Mean over the day."),
        required("peak", Kind::Rate, "Highest rate, from the mean to 100 times the mean."),
        required("peak-at", Kind::TimeOfDay, "Time of day of the peak, UTC."),
    ],
};

const PER: Kind = Kind::Choice(&[
    Word { word: "s", doc: "items a second" },
    Word { word: "min", doc: "items a minute" },
    Word { word: "h", doc: "items an hour" },
    Word { word: "d", doc: "items a day" },
]);

static HOURLY_ENTRY: Types =
    Types { text: Some(Kind::Rate), number: Some(Kind::Number { min: 0.0, max: 1e12 }), table: None, list: None };

static HOURLY: Shape = Shape {
    name: "hourly rate",
    doc: "24 rates from midnight or 168 from Monday midnight, UTC, repeated for ever.",
    fields: &[
        required(
            "hourly",
            Kind::List { of: &Kind::ByType(&HOURLY_ENTRY), min: 24, max: 168 },
            "24 or 168 rates; bare numbers need `per`.",
        ),
        optional("per", PER, "every rate has its unit", "The unit of bare numbers."),
    ],
};

static RATES_OF_FILE: Shape = Shape {
    name: "rate from a file",
    doc: "Equal steps that cover a day or a week, one rate a row of a CSV file.",
    fields: &[
        required("csv", Kind::Text("the path of a CSV file"), "Path of the file, from the scenario's folder."),
        optional(
            "column",
            Kind::Text("the name of a column"),
            "the first column",
            "Column of the rates, named in the header.",
        ),
        default(
            "period",
            Kind::Choice(&[
                Word { word: "day", doc: "all the steps together cover a day, from midnight UTC" },
                Word { word: "week", doc: "all the steps together cover a week, from Monday midnight UTC" },
            ]),
            "\"day\"",
            "What all the steps together cover.",
        ),
        default("per", PER, "\"s\"", "The unit of the rates."),
    ],
};

static MMPP: Shape = Shape {
    name: "arrivals: mmpp",
    doc: "A Poisson process whose rate jumps between states: `on` and `off`, or a list of `states` that follow each other in turn.",
    fields: &[
        optional("on", Kind::Table(&STATE), "`states` are given", "The busy state, which comes first."),
        optional("off", Kind::Table(&STATE), "`states` are given", "The quiet state."),
        optional(
            "states",
            Kind::List { of: &Kind::Table(&STATE), min: 1, max: 64 },
            "`on` and `off` are given",
            "The states, in turn.",
        ),
    ],
};

static STATE: Shape = Shape {
    name: "state",
    doc: "A state of an MMPP.",
    fields: &[
        required("rate", Kind::Rate, "Rate while in it."),
        required("mean-stay", POSITIVE_DURATION, "Mean length of a stay (exponential)."),
    ],
};

static RENEWAL: Shape = Shape {
    name: "arrivals: renewal",
    doc: "Independent gaps from one distribution.",
    fields: &[required("gap", TIME, "Between items.")],
};

static BURSTS: Shape = Shape {
    name: "arrivals: bursts",
    doc: "Scheduled bursts, every day of the run.",
    fields: &[required("bursts", Kind::List { of: &Kind::Table(&BURST), min: 1, max: 1_440 }, "The bursts.")],
};

static BURST: Shape = Shape {
    name: "burst",
    doc: "For example 30,000 objects at 02:00 within 5 minutes.",
    fields: &[
        required("items", Kind::Integer { min: 1, max: BURST_AT_MOST }, "Items in it."),
        required("at", Kind::TimeOfDay, "Time of day it starts, UTC."),
        default(
            "within",
            duration(Span::ZERO, Span::from_secs(86_400)),
            "\"0s\"",
            "Items arrive independently and uniformly within this time; zero: all at once.",
        ),
    ],
};

static TRACE: Shape = Shape {
    name: "arrivals: trace",
    doc: "Replay of a recorded stream.",
    fields: &[
        required("path", Kind::Text("the path of a CSV file"), "The file, from the scenario's folder."),
        default(
            "format",
            Kind::Choice(&[
                Word { word: "timestamps", doc: "one row an arrival, with a header" },
                Word {
                    word: "azure-2019",
                    doc: "Azure Functions 2019: HashOwner,HashApp,HashFunction,Trigger,1..1440, counts per minute",
                },
                Word {
                    word: "azure-2021",
                    doc: "Azure Functions 2021: app,func,end_timestamp,duration in seconds; duration is the service time",
                },
            ]),
            "\"timestamps\"",
            "The form of its rows.",
        ),
        optional("time", Kind::Text("the name of a column"), "`time`, of timestamps", "Column of the arrival time."),
        optional(
            "unit",
            Kind::Choice(&[
                Word { word: "s", doc: "decimal seconds" },
                Word { word: "ms", doc: "decimal milliseconds" },
                Word { word: "us", doc: "decimal microseconds" },
                Word { word: "ns", doc: "whole nanoseconds" },
                Word { word: "datetime", doc: "RFC 3339, or YYYY-MM-DD HH:MM:SS[.fraction] read as UTC" },
            ]),
            "`s`, of timestamps",
            "How the time column reads.",
        ),
        optional(
            "key",
            Kind::Text("the name of a column"),
            "`keys` give the keys",
            "Column of the key; equal text, equal key.",
        ),
        optional(
            "size-column",
            Kind::Text("the name of a column"),
            "`size` gives the sizes",
            "Column of the size in bytes.",
        ),
        optional(
            "service",
            Kind::Text("the name of a column"),
            "the functions give the service times",
            "Column of the service time in seconds.",
        ),
        optional(
            "function",
            Kind::Text("the name of a function in the trace"),
            "all rows together",
            "The function to replay, of the Azure formats.",
        ),
        default(
            "reorder",
            duration(Span::ZERO, Span::from_secs(86_400)),
            "\"15m\"",
            "Rows may be out of order by at most this much; a row later than that is an error that names its line.",
        ),
        default("skip", ANY_DURATION, "\"0s\"", "Begin this long after the trace's first arrival."),
        default("speed", POSITIVE_NUMBER, "1.0", "Seconds of the trace that pass in one second of the run."),
    ],
};
