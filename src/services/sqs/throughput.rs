//! How many calls a FIFO queue takes (S-qlim, S-fifo): 300 a second of each action, in high-throughput mode of each
//! partition.
//!
//! A call of ten messages counts as one. Each second's calls are saved up, no more. Deletes have no limit of their own
//! here: a batch makes at most one of them, after the receive it began with.

use super::settings::{FifoSettings, Throughput};
use crate::kernel::{Span, Time};
use crate::services::rate::Rate;

/// Calls a second of one action, of a queue or of a partition (S-qlim).
pub const CALLS_A_SECOND: u64 = 300;
/// How often a sender tries to send a message, as the standard mode of the AWS SDKs does.
pub const SEND_TRIES: u32 = 3;
/// Longest wait before a further try.
const BACK_OFF_AT_MOST: Span = Span::from_secs(20);

/// The limits of one queue.
#[derive(Debug, Clone)]
pub struct CallLimits {
    /// Of each partition, in messages.
    sends: Vec<Rate>,
    receives: Rate,
}

impl CallLimits {
    /// Limits from which nothing was taken so far.
    #[must_use]
    pub fn new(settings: &FifoSettings) -> Self {
        let partitions = settings.throughput.partitions();
        let sends = CALLS_A_SECOND * u64::from(settings.send_batch);
        let receives = CALLS_A_SECOND * u64::from(partitions);
        Self { sends: vec![Rate::new(sends, sends); partitions as usize], receives: Rate::new(receives, receives) }
    }

    /// A message is sent to a partition. Returns whether it is taken, or throttled.
    pub fn send(&mut self, now: Time, partition: u32) -> bool {
        self.sends[partition as usize].try_take(now)
    }

    /// When the next receive call is let through.
    pub fn receive_at(&mut self, now: Time) -> Time {
        self.receives.ready_at(now)
    }

    /// A receive call is made.
    pub fn receive(&mut self, now: Time) {
        self.receives.take(now, 1);
    }
}

impl Throughput {
    /// Into how many partitions the groups are spread.
    #[must_use]
    pub const fn partitions(self) -> u32 {
        match self {
            Self::Ordinary => 1,
            Self::High { partitions } => partitions,
        }
    }
}

/// How long a sender waits after its `tries`-th try (from 1) was throttled: U(0, 1) × min(2^(tries − 1) s, 20 s), given
/// `unit` in [0, 1). None: it gives up.
#[must_use]
pub fn send_back_off(tries: u32, unit: f64) -> Option<Span> {
    (tries < SEND_TRIES).then(|| Span::from_secs(1 << (tries - 1).min(6)).min(BACK_OFF_AT_MOST).scaled(unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::sqs::settings::Grouping;

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    fn limits(throughput: Throughput, send_batch: u32) -> CallLimits {
        CallLimits::new(&FifoSettings { grouping: Grouping::Key, throughput, send_batch })
    }

    fn taken(limits: &mut CallLimits, now: Time, partition: u32) -> usize {
        std::iter::from_fn(|| limits.send(now, partition).then_some(())).count()
    }

    /// Rule [doc] S-qlim: a FIFO queue takes 300 sends a second, 3,000 messages in calls of ten; what exceeds that is throttled.
    #[test]
    fn three_hundred_calls_a_second_are_taken() {
        let mut single = limits(Throughput::Ordinary, 1);
        assert_eq!(
            (taken(&mut single, at(0), 0), taken(&mut single, at(500), 0), taken(&mut single, at(9_000), 0)),
            (300, 150, 300)
        );
        assert_eq!(taken(&mut limits(Throughput::Ordinary, 10), at(0), 0), 3_000);
    }

    /// Rule [doc] S-fifo: in high-throughput mode each partition takes 300 calls a second of each action.
    #[test]
    fn with_high_throughput_each_partition_takes_as_much() {
        let mut limits = limits(Throughput::High { partitions: 4 }, 1);
        assert_eq!([0, 1, 3, 3].map(|partition| taken(&mut limits, at(0), partition)), [300, 300, 300, 0]);
        (0..1_200).for_each(|_| limits.receive(at(0)));
        assert!(limits.receive_at(at(0)) > at(0) && limits.receive_at(at(1)) == at(1));
    }

    #[test]
    fn a_sender_tries_three_times_with_growing_waits() {
        let waits = [1, 2, 3].map(|tries| send_back_off(tries, 0.5));
        assert_eq!(waits, [Some(Span::from_millis(500)), Some(Span::from_secs(1)), None]);
    }
}
