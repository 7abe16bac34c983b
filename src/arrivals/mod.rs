//! Arrival processes, one file each, and trace replay.
//!
//! A [`Stream`] yields the items of one arrival process lazily and in time order. Streams are superposed by running
//! several side by side: each has its own randomness, keyed by its name, so that adding one changes no other.

mod bursts;
mod check;
mod clock;
mod deterministic;
mod error;
mod expectation;
mod keys;
mod marks;
mod mmpp;
mod pointed;
mod poisson;
mod profile;
mod renewal;
pub mod settings;
mod spread;
mod stream;
mod trace;

pub use error::ArrivalError;
pub use expectation::Expectation;
pub use pointed::MOST_POINTED;
pub use settings::StreamSettings;
pub use stream::{Arrival, Stream};
pub(crate) use trace::ITEMS_MAX;
pub(crate) use trace::table::{Column, Table};
