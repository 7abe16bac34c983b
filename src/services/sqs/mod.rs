//! Amazon SQS, standard and FIFO queues: messages and their states, by the documented rules. It knows nothing of who
//! polls it.

mod dead_letters;
pub mod deduplication;
mod fifo;
mod queue;
pub mod settings;
mod throughput;

pub use dead_letters::{DeadLetters, REDRIVE_RATE_AT_MOST, RedriveSettings};
pub use deduplication::Deduplication;
pub use fifo::{Entered, FifoQueue, SCANNED};
pub use queue::{IN_FLIGHT_LIMIT, Queue, Receipt, Received};
pub use throughput::{CALLS_A_SECOND, CallLimits, SEND_TRIES, send_back_off};

/// Messages that one receive, and one batch of deletes, may hold (S-api, S-qlim).
pub const PER_CALL: u32 = 10;
/// Longest wait of a long poll (S-poll).
pub const LONG_POLL: crate::kernel::Span = crate::kernel::Span::from_secs(20);
/// Bytes that one request of the bill holds (P-sqs).
const PER_REQUEST: u64 = 64 * 1_024;

/// How many requests a call about so many bytes is on the bill: one for each 64 KB begun, at least one (P-sqs).
#[must_use]
pub fn requests_of(bytes: u64) -> u64 {
    bytes.div_ceil(PER_REQUEST).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_64_kb_begun_is_a_request() {
        assert_eq!([0, 1, 65_536, 65_537, 1_048_576].map(requests_of), [1, 1, 1, 2, 16]);
    }
}
