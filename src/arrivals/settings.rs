//! What can be asked of an arrival stream, validated.

use std::path::PathBuf;

use crate::kernel::{Distribution, Span};

/// One stream of items.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSettings {
    /// Its name; all its randomness is keyed by it.
    pub name: String,
    /// When items arrive.
    pub process: ProcessSettings,
    /// The key each item carries (a partition key, an account, an S3 prefix).
    pub keys: KeySettings,
    /// Bytes of each item.
    pub size: Distribution,
    /// The chance that its sender sends an item a second time, and how long after the first.
    pub sent_twice: Option<SentTwice>,
}

/// An item sent again by its sender: the same item, delivered once more.
#[derive(Debug, Clone, PartialEq)]
pub struct SentTwice {
    /// Chance per item, in [0, 1].
    pub probability: f64,
    /// From the first sending to the second.
    pub after: Distribution,
}

/// How keys are given to items.
#[derive(Debug, Clone, PartialEq)]
pub enum KeySettings {
    /// Every item has a key of its own (its ordinal).
    Unique,
    /// `count` keys, equally likely.
    Uniform {
        /// How many keys there are, at least 1.
        count: u64,
    },
    /// `count` keys; the k-th is chosen in proportion to k^-exponent.
    Zipf {
        /// Above 0.
        exponent: f64,
        /// How many keys there are, at least 1.
        count: u64,
    },
}

/// When items arrive. Rates are in items per second, before `run.load` multiplies them.
#[derive(Debug, Clone, PartialEq)]
pub enum ProcessSettings {
    /// One item every `interval`, the first at `offset`.
    Deterministic {
        /// Between items, above zero.
        interval: Span,
        /// Of the first item from the start of the run.
        offset: Span,
    },
    /// Poisson arrivals at a rate that may follow the clock.
    Poisson(RateProfile),
    /// A Poisson process whose rate jumps between states (on/off bursts are two states).
    Mmpp(Vec<MmppState>),
    /// Independent gaps from one distribution.
    Renewal {
        /// Between items, in seconds.
        gap: Distribution,
    },
    /// Scheduled bursts.
    Bursts(Vec<Burst>),
    /// Replay of a recorded stream.
    Trace(TraceSettings),
}

/// A rate that may follow the clock.
#[derive(Debug, Clone, PartialEq)]
pub enum RateProfile {
    /// Always the same.
    Constant(f64),
    /// A daily wave: `mean + (peak - mean) cos(2 pi (t - peak_at) / 24 h)`, or, where the peak is above twice the mean
    /// and that would go below zero, a raised cosine with the same mean and peak, held over each minute.
    Daily {
        /// Mean over the day.
        mean: f64,
        /// Highest rate; from the mean to [`MOST_POINTED`](super::MOST_POINTED) times it.
        peak: f64,
        /// Time of day of the peak, from midnight UTC.
        peak_at: Span,
    },
    /// Piecewise constant: 24 hourly rates from midnight, 168 hourly rates from Monday midnight, or any number of
    /// equal steps that cover `period` (from the CSV of rates), repeated for ever.
    Steps {
        /// Rates of the steps.
        rates: Vec<f64>,
        /// What all the steps together cover: a day or a week, aligned with the calendar (weeks start on Monday).
        period: Span,
    },
}

/// One state of a Markov-modulated Poisson process.
#[derive(Debug, Clone, PartialEq)]
pub struct MmppState {
    /// Arrivals per second while in it.
    pub rate: f64,
    /// Mean length of a stay (exponential); the states follow each other in turn.
    pub mean_stay: Span,
}

/// "30,000 objects at 02:00 within 5 minutes".
#[derive(Debug, Clone, PartialEq)]
pub struct Burst {
    /// Items in it, before `run.load`.
    pub items: u64,
    /// Time of day it starts, from midnight UTC; every day of the run.
    pub at: Span,
    /// Items arrive independently and uniformly within this length of time (zero: all at once).
    pub within: Span,
}

/// A recorded stream.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSettings {
    /// The file, already resolved against the scenario's folder.
    pub path: PathBuf,
    /// The form of its rows.
    pub format: TraceFormat,
    /// Rows may be out of order by at most this much; a row later than that is an error that names its line.
    pub reorder: Span,
    /// Only arrivals this long after the trace's first are skipped to, e.g. to start at the busy hour.
    pub skip: Span,
    /// Items keep the trace's own time from its first row; this many trace seconds pass in one second of the run.
    pub speed: f64,
}

/// The form of a trace's rows.
#[derive(Debug, Clone, PartialEq)]
pub enum TraceFormat {
    /// CSV with a header; one row an arrival.
    Timestamps {
        /// Column of the arrival time.
        time: String,
        /// How that column reads.
        unit: TimeUnit,
        /// Column of the key (any text; equal text, equal key), if any.
        key: Option<String>,
        /// Column of the size in bytes, if any.
        size: Option<String>,
        /// Column of the service time in seconds, if any.
        service: Option<String>,
    },
    /// Azure Functions 2019: `HashOwner,HashApp,HashFunction,Trigger,1..1440` counts per minute; arrivals are placed
    /// uniformly within their minute. One function, or the sum of all.
    MinuteCounts {
        /// `HashFunction` to replay; none: the sum of all rows.
        function: Option<String>,
    },
    /// Azure Functions 2021: `app,func,end_timestamp,duration` in seconds; start = end − duration, which is also the
    /// item's service time. Rows are by end time: `reorder` bounds how far starts are out of order.
    Invocations {
        /// `func` to replay; none: all.
        function: Option<String>,
    },
}

/// How a time column reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Decimal seconds.
    Seconds,
    /// Decimal milliseconds.
    Milliseconds,
    /// Decimal microseconds.
    Microseconds,
    /// Whole nanoseconds.
    Nanoseconds,
    /// A date and time: RFC 3339, or `YYYY-MM-DD HH:MM:SS[.fraction]` read as UTC.
    DateTime,
}
