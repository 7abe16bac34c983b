//! `run.precision`: how narrow an interval must be.

use super::super::shape::{Kind, Shape, Types, default, required};

/// Fewest replications that a run to a precision begins with: with fewer, their spread says too little of the next.
pub(crate) const BEGIN_AT_LEAST: i64 = 10;
/// Most replications where `max-replications` is absent.
pub(crate) const USUAL_MOST: u64 = 1_000;
/// The metric where only a share is given.
pub(crate) const USUAL_METRIC: &str = "latency_p99";

/// A share alone, or with its metric.
pub(crate) static PRECISION: Types = Types {
    text: Some(Kind::Text("a share of the mean such as \"2%\", or \"off\"")),
    number: None,
    table: Some(Kind::Table(&OF_METRIC)),
    list: None,
};

static OF_METRIC: Shape = Shape {
    name: "precision",
    doc: "How narrow the interval of one metric must be, for every strategy.",
    fields: &[
        default("metric", Kind::Metric, "\"latency_p99\"", "The metric, of whole strategies."),
        required(
            "within",
            Kind::Text("a share of the mean such as \"2%\""),
            "Largest half-width of its 95 % interval, as a share of its mean.",
        ),
    ],
};
