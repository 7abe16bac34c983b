//! What a shard gives (K-lim, K-api, K-efo, E-kin): to standard consumers, by calls that share its limits; to consumers
//! with enhanced fan-out, each at a rate of its own.

use super::MIB;
use super::settings::StreamService;
use crate::kernel::{Span, Time};

/// Most records of one GetRecords call (K-api).
pub const CALL_RECORDS: usize = 10_000;
/// Most bytes of one GetRecords call (K-api); a single record is never larger.
pub const CALL_BYTES: u64 = 10 * MIB;
/// Bytes a second of a shard, for all standard consumers together, and for each one with enhanced fan-out.
const BYTES: u64 = 2 * MIB;
/// GetRecords calls a second of a shard.
const CALLS: u64 = 5;
/// After an answer of the most bytes no call is answered for so long.
const AFTER_MOST: Span = Span::from_secs(5);
/// A second's worth.
const WORTH: Span = Span::from_secs(1);

/// The read limits that the standard consumers of a shard share. Calls and bytes are each a bucket of a second's worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShardReads {
    calls_full: Time,
    bytes_full: Time,
    closed_until: Time,
}

impl ShardReads {
    /// When the next call is answered, asked at `now`.
    #[must_use]
    pub fn next_call(&self, now: Time) -> Time {
        let room = |full: Time, needed: Span| now + (full.since(now) + needed).saturating_sub(WORTH);
        let call = Span::from_nanos(WORTH.as_nanos() / CALLS);
        // A call is answered if any byte is left of the second's worth, and may then take more.
        let byte = Span::from_nanos(1);
        room(self.calls_full, call).max(room(self.bytes_full, byte)).max(self.closed_until)
    }

    /// A call was answered with so many bytes.
    pub fn answered(&mut self, now: Time, bytes: u64) {
        self.calls_full = self.calls_full.max(now) + Span::from_nanos(WORTH.as_nanos() / CALLS);
        self.bytes_full = self.bytes_full.max(now) + passage(bytes);
        if bytes >= CALL_BYTES {
            self.closed_until = now + AFTER_MOST;
        }
    }
}

/// When one consumer polls one shard while no more is known to wait: at a first instant and then in equal steps. Polls
/// that would find nothing are made, and have no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polls {
    first: Time,
    every: Span,
}

impl Polls {
    /// Polls `every` so often from `first` on. Where the consumers of a Kinesis shard are so many that their polls would
    /// exceed 5 calls a second, each polls as often as its share of them allows.
    #[must_use]
    pub fn new(service: StreamService, consumers: usize, first: Time, every: Span) -> Self {
        let share = match service {
            StreamService::Kinesis => Span::from_nanos(WORTH.as_nanos() / CALLS).times(consumers as u64),
            StreamService::DynamoDb => Span::ZERO,
        };
        Self { first, every: every.max(share).max(Span::from_nanos(1)) }
    }

    /// The first poll at `now` or after.
    #[must_use]
    pub const fn next(&self, now: Time) -> Time {
        let steps = now.since(self.first).as_nanos().div_ceil(self.every.as_nanos());
        Time::from_nanos(self.first.as_nanos().saturating_add(self.every.times(steps).as_nanos()))
    }
}

/// The stream of pushes from one shard to one consumer with enhanced fan-out: 2 MB/s of its own, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pushes {
    free: Time,
    last: Time,
}

impl Pushes {
    /// When a record that is in the stream at `now` reaches the consumer: after its latency, not before the record in
    /// front of it, and no sooner than the rate allows.
    pub fn arrives(&mut self, now: Time, bytes: u64, latency: Span) -> Time {
        self.free = self.free.max(now) + passage(bytes);
        // A second's worth passes at once.
        let delayed = self.free.since(now).saturating_sub(WORTH);
        self.last = self.last.max(now + delayed + latency);
        self.last
    }
}

/// How long so many bytes take at 2 MB/s.
fn passage(bytes: u64) -> Span {
    Span::from_nanos((u128::from(bytes) * u128::from(WORTH.as_nanos())).div_ceil(u128::from(BYTES)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    /// Five at once; the sixth 200 ms later.
    ///
    /// Rule [doc] K-lim: the standard consumers of a shard share 5 GetRecords calls a second.
    #[test]
    fn a_shard_answers_5_calls_a_second() {
        let mut shard = ShardReads::default();
        for _ in 0..5 {
            assert_eq!(shard.next_call(at(0)), at(0));
            shard.answered(at(0), 1_000);
        }
        assert_eq!(shard.next_call(at(0)), at(200));
        shard.answered(at(200), 1_000);
        assert_eq!((shard.next_call(at(200)), shard.next_call(at(2_000))), (at(400), at(2_000)));
    }

    /// 6 MiB are three seconds' worth, of which one is there: the next call is answered after two, and a nanosecond.
    ///
    /// Rule [doc] K-lim: the standard consumers of a shard share 2 MB a second.
    #[test]
    fn a_shard_gives_2_mb_a_second() {
        let mut shard = ShardReads::default();
        shard.answered(at(0), 6 * MIB);
        assert_eq!(shard.next_call(at(0)), at(2_000) + Span::from_nanos(1));
        shard.answered(at(10_000), MIB);
        assert_eq!(shard.next_call(at(10_000)), at(10_000), "half of the second's worth is left");
    }

    /// Rule [doc] K-api: after an answer of 10 MB no call is answered for 5 seconds.
    #[test]
    fn after_10_mb_no_call_is_answered_for_5_seconds() {
        let mut shard = ShardReads::default();
        shard.answered(at(1_000), CALL_BYTES);
        assert_eq!(shard.next_call(at(1_000)), at(6_000));
    }

    /// Rule [inferred] K-efo: with more than five consumers each polls as often as its share of the 5 calls allows.
    #[test]
    fn polls_keep_their_step_and_share_the_calls() {
        let polls = |consumers| Polls::new(StreamService::Kinesis, consumers, at(300), Span::from_secs(1));
        assert_eq!([0, 300, 301, 1_300].map(|now| polls(1).next(at(now))), [at(300), at(300), at(1_300), at(1_300)]);
        // Ten consumers have half a call a second each.
        assert_eq!([5, 10].map(|consumers| polls(consumers).next(at(301))), [at(1_300), at(2_300)]);
        let table = Polls::new(StreamService::DynamoDb, 2, at(0), Span::from_millis(250));
        assert_eq!(table.next(at(251)), at(500));
    }

    /// Records of 1 MiB at one instant: two pass at once, each of the others waits half a second more.
    ///
    /// Rule [doc] K-efo: a consumer with enhanced fan-out has 2 MB a second of each shard for itself.
    #[test]
    fn pushes_are_in_order_and_2_mb_a_second() {
        let mut pushes = Pushes::default();
        let arrivals: Vec<Time> = (0..5).map(|_| pushes.arrives(at(0), MIB, Span::from_millis(70))).collect();
        assert_eq!(arrivals, [70, 70, 570, 1_070, 1_570].map(at));
        let mut pushes = Pushes::default();
        assert_eq!(pushes.arrives(at(0), 10, Span::from_millis(90)), at(90));
        assert_eq!(pushes.arrives(at(10), 10, Span::from_millis(50)), at(90), "not before the one in front of it");
    }
}
