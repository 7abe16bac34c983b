//! What a topic (Amazon SNS) and a bus (Amazon EventBridge) have in common: they push what is published to each of their
//! subscribers or targets, and try again where that fails.
//!
//! Rules kept (integration.md §1.1, §1.2, §2; SNSR, SNSG, EBQ, EBR):
//! - each subscriber gets a copy of its own, with retries and a dead-letter queue of its own;
//! - what does not match a subscriber's filter is not delivered to it at all;
//! - a delivery that fails on the side of the service is tried again by the service's schedule ([`RetryPolicy`]); one
//!   that meets an endpoint that is gone or forbidden is not;
//! - what is given up goes to the dead-letter queue, if there is one, or is dropped;
//! - publishing is limited by a quota, and what exceeds it is refused; a bus delays what exceeds the quota of its
//!   invocations ([`Rate`](super::rate::Rate));
//! - every 64 KB of a message are billed ([`billed_chunks`]).
//!
//! Left out: FIFO topics, HTTP/S, mail, SMS and mobile push as subscribers, custom buses of the second kind, archives,
//! replays, pipes and API destinations.

mod retry;
pub mod settings;

pub use retry::{Jitter, LADDER_RETRIES, RetryPolicy, Verdict, Waits, publisher_wait};

/// Bytes that are billed as one publish or one event.
const CHUNK: u64 = 65_536;

/// How many publishes or events a message of so many bytes is billed as.
#[must_use]
pub const fn billed_chunks(bytes: u64) -> u64 {
    if bytes == 0 { 1 } else { bytes.div_ceil(CHUNK) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rule [doc] P-vt: every 64 KB of an SNS message or an EventBridge event are billed as one; a million events of 100 KB are two million.
    #[test]
    fn each_64_kb_are_billed_as_one() {
        assert_eq!([0, 1, 65_536, 65_537, 100_000, 262_144].map(billed_chunks), [1, 1, 1, 2, 2, 4]);
    }
}
