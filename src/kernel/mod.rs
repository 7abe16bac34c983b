//! A discrete-event kernel: integer time, a calendar with a total order, and random numbers keyed by what they are for.
//!
//! Nothing here knows of services, items or AWS; `examples/mm1.rs` uses it alone.

pub mod arena;
pub mod calendar;
pub mod dist;
pub mod random;
pub mod time;

pub use arena::{Arena, Handle};
pub use calendar::{Calendar, Class, Ticket};
pub use dist::{Distribution, DistributionError};
pub use random::{Draw, Purpose, Root};
pub use time::{Span, Time};
