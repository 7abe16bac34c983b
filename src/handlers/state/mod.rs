//! State that a function keeps in its process: a counter in a global, and a value that it caches. Both outlive the
//! invocation and end with the process, and each environment has its own.
//!
//! Rules kept: globals are kept between invocations (L-env), one copy for each environment, as each serves one request at
//! a time (L-conc); between invocations an environment is frozen, so that nothing is written or refreshed at a time, but
//! only when an invocation finds it due (L-env); a crash or a kill ends the process with all that it held (L-env); at the
//! end of an environment only an extension is given time, without one it is killed at once (L-env).
//!
//! Left out: a store that throttles or fails, a counter so hot that its item is the bottleneck, and state in /tmp, which a
//! reset leaves in place.

pub mod cache;
pub mod changes;
pub mod counter;

pub use cache::{Cache, CacheSettings, Cached, Read};
pub use changes::{Changes, Pattern};
pub use counter::{Counter, CounterSettings, CounterTotals, FlushAtEndOf, Tally};

/// What a function keeps in its process, validated.
#[derive(Debug, Clone, PartialEq)]
pub struct StateSettings {
    /// A counter of the items it has done.
    pub counter: Option<CounterSettings>,
    /// A value that it looks up for each item.
    pub cache: Option<CacheSettings>,
}
