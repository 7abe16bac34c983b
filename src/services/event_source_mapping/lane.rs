//! One lane of a stream's mapping: what becomes of the records of one shard, or of a part of it (E-kin, E-gen).
//!
//! A mapping works on one batch at a time for each shard × ParallelizationFactor. Such a lane takes its records in their
//! order; the batch in hand is always the first of them. Rules kept (sources.md §4.3):
//! - a batch closes on its window, BatchSize or 6 MB (4);
//! - after a function error the same batch is tried again and what is behind it waits (5), until it succeeds, has no
//!   retries left, or its records are too old; such a batch is skipped (9);
//! - bisect: a failed batch is cut in two, each tried on its own, and the cut uses up no retry (7);
//! - where the function reports its failures, the lowest one is the checkpoint: what is before it is done, all from there
//!   on is tried again (8), as a batch of its own with all its retries, as AWS was recorded to do;
//! - between tries pass min(60 s, 1 s × 2^k), k being the tries of that batch that failed before [inferred] (13).
//!
//! Left out: tumbling windows.

use std::collections::VecDeque;

use super::batch::PAYLOAD_LIMIT;
use super::settings::StreamMappingSettings;
use crate::kernel::{Span, Time};

/// First and longest pause after a failed try.
const PAUSES: (Span, Span) = (Span::from_secs(1), Span::from_secs(60));

/// A record that a mapping has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<T> {
    /// What it is about.
    pub content: T,
    /// When it was written to the stream.
    pub written: Time,
    /// When the mapping had read it.
    pub read: Time,
    /// Its size.
    pub bytes: u64,
}

/// The records of one lane, oldest first.
#[derive(Debug, Clone)]
pub struct Lane<T> {
    records: VecDeque<Record<T>>,
    /// How many of them, from the first on, are the batch in hand; 0: none is.
    batch: usize,
    /// Whether a run over records of it failed before, and how many retries it has used up.
    tried: bool,
    retries: u32,
    /// The pieces that follow it, of a batch that was cut; the next one last.
    pieces: Vec<usize>,
    /// While no batch is in hand: how many records the next one holds so far, and their bytes.
    gathered: usize,
    gathered_bytes: u64,
}

/// What a lane without a batch in hand does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Nothing: it has no record.
    Empty,
    /// Gathers up to this instant.
    Gathers(Time),
    /// Has closed a batch, which is now in hand.
    Closed,
}

/// What becomes of a batch whose run failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// What is left of it, or its first piece, is tried again after this pause.
    Again(Span),
    /// It has no retries left: all that is in hand is skipped.
    GivenUp,
}

impl<T> Lane<T> {
    /// A lane without records.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            records: VecDeque::new(),
            batch: 0,
            tried: false,
            retries: 0,
            pieces: Vec::new(),
            gathered: 0,
            gathered_bytes: 0,
        }
    }

    /// The mapping has read one more record.
    pub fn push(&mut self, record: Record<T>) {
        self.records.push_back(record);
    }

    /// How many records are in the batch in hand; none: there is no such batch.
    #[must_use]
    pub const fn batch_len(&self) -> usize {
        self.batch
    }

    /// Whether a run over records of the batch in hand failed before.
    #[must_use]
    pub const fn is_retry(&self) -> bool {
        self.tried
    }

    /// A record of the batch in hand, by its place in it.
    #[must_use]
    pub fn get(&self, index: usize) -> &Record<T> {
        &self.records[index]
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, index: usize) -> &mut Record<T> {
        &mut self.records[index]
    }

    /// The records of the batch in hand, to be changed.
    pub fn batch_mut(&mut self) -> impl Iterator<Item = &mut Record<T>> {
        self.records.iter_mut().take(self.batch)
    }

    /// Closes a batch if it is time to; one that is in hand stays as it is.
    pub fn look(&mut self, now: Time, settings: &StreamMappingSettings) -> Look {
        if self.batch > 0 {
            return Look::Closed;
        }
        if let Some(piece) = self.pieces.pop() {
            (self.batch, self.tried) = (piece, true);
            return Look::Closed;
        }
        let Some(first) = self.records.front() else { return Look::Empty };
        let closes = first.read + settings.window;
        if !self.gather(settings.batch_size as usize) && now < closes {
            return Look::Gathers(closes);
        }
        (self.batch, self.tried) = (self.gathered, false);
        (self.gathered, self.gathered_bytes) = (0, 0);
        Look::Closed
    }

    /// Counts what the next batch, of at most so many records, holds so far. Whether it can take no more.
    fn gather(&mut self, most: usize) -> bool {
        while self.gathered < most {
            let Some(record) = self.records.get(self.gathered) else { return false };
            if self.gathered > 0 && self.gathered_bytes + record.bytes > PAYLOAD_LIMIT {
                return true;
            }
            self.gathered += 1;
            self.gathered_bytes += record.bytes;
        }
        true
    }

    /// Takes out the first record if it was written `limit` ago or earlier: it is skipped. Not while its batch runs.
    pub fn skip_old(&mut self, now: Time, limit: Span) -> Option<T> {
        if self.records.front()?.written + limit > now {
            return None;
        }
        if self.batch > 0 {
            return self.finish_first();
        }
        if let Some(next) = self.pieces.last_mut() {
            *next -= 1;
            if *next == 0 {
                self.pieces.pop();
            }
        }
        let record = self.records.pop_front()?;
        if self.gathered > 0 {
            self.gathered -= 1;
            self.gathered_bytes -= record.bytes;
        }
        Some(record.content)
    }

    /// Takes out the first record of the batch in hand, which is done with or skipped. None: it has no more.
    pub fn finish_first(&mut self) -> Option<T> {
        if self.batch == 0 {
            return None;
        }
        self.batch -= 1;
        if self.batch == 0 {
            self.retries = 0;
        }
        self.records.pop_front().map(|record| record.content)
    }

    /// The run of the batch reported a record as its lowest failure, and the `before` records in front of it were taken
    /// out: if there were any, what is left is a batch of its own.
    pub fn reported(&mut self, before: usize, settings: &StreamMappingSettings) -> Failed {
        if before > 0 {
            return self.begin_anew();
        }
        self.retry(settings)
    }

    /// The run of the batch failed as a whole.
    pub fn failed(&mut self, settings: &StreamMappingSettings) -> Failed {
        if settings.bisect && self.batch > 1 {
            let first = self.batch / 2;
            self.pieces.push(self.batch - first);
            self.batch = first;
            return self.begin_anew();
        }
        self.retry(settings)
    }

    /// What is in hand now has all its retries.
    fn begin_anew(&mut self) -> Failed {
        self.tried = true;
        self.retries = 0;
        Failed::Again(pause(0))
    }

    fn retry(&mut self, settings: &StreamMappingSettings) -> Failed {
        if settings.maximum_retry_attempts.is_some_and(|most| self.retries >= most) {
            return Failed::GivenUp;
        }
        let pause = pause(self.retries);
        self.tried = true;
        self.retries = self.retries.saturating_add(1);
        Failed::Again(pause)
    }
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The pause after a failed try of a batch that used up so many retries before.
fn pause(retries: u32) -> Span {
    PAUSES.0.times(1 << retries.min(6)).min(PAUSES.1)
}

#[cfg(test)]
mod tests {
    use super::super::settings::PartialBatchResponse;
    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn settings(batch_size: u32) -> StreamMappingSettings {
        StreamMappingSettings {
            batch_size,
            window: Span::ZERO,
            parallelization_factor: 1,
            maximum_retry_attempts: None,
            maximum_record_age: None,
            bisect: false,
            partial_batch_response: PartialBatchResponse::Off,
            on_failure_destination: false,
        }
    }

    /// Records 0, 1, 2, … of 1 KiB, record i written at i seconds; all read at 10 s.
    fn lane(records: u64) -> Lane<u64> {
        let mut lane = Lane::new();
        for content in 0..records {
            lane.push(Record { content, written: at(content), read: at(10), bytes: 1_024 });
        }
        lane
    }

    fn finished(lane: &mut Lane<u64>, count: usize) -> Vec<u64> {
        (0..count).map_while(|_| lane.finish_first()).collect()
    }

    const fn again(secs: u64) -> Failed {
        Failed::Again(Span::from_secs(secs))
    }

    #[test]
    fn without_a_window_what_was_read_is_the_batch_up_to_its_size() {
        let mut lane = lane(25);
        for expected in [10, 10, 5] {
            assert_eq!(lane.look(at(10), &settings(10)), Look::Closed);
            assert_eq!(lane.batch_len(), expected);
            finished(&mut lane, expected);
        }
        assert_eq!(lane.look(at(10), &settings(10)), Look::Empty);
    }

    #[test]
    fn a_window_counts_from_the_reading_of_the_first_record() {
        let mut lane = lane(3);
        let gathering = StreamMappingSettings { window: Span::from_secs(5), ..settings(10) };
        assert_eq!(lane.look(at(10), &gathering), Look::Gathers(at(15)));
        (0..6).for_each(|_| lane.push(Record { content: 9, written: at(12), read: at(12), bytes: 1 }));
        assert_eq!(lane.look(at(12), &gathering), Look::Gathers(at(15)));
        lane.push(Record { content: 9, written: at(13), read: at(13), bytes: 1 });
        assert_eq!((lane.look(at(13), &gathering), lane.batch_len()), (Look::Closed, 10));
        let mut lane = self::lane(3);
        assert_eq!((lane.look(at(15), &gathering), lane.batch_len()), (Look::Closed, 3));
    }

    /// 6 MiB hold six records of a MiB; a record that is larger by itself goes alone.
    #[test]
    fn a_batch_is_closed_when_6_mb_are_reached() {
        let mut lane = Lane::new();
        let gathering = StreamMappingSettings { window: Span::from_secs(5), ..settings(100) };
        for content in 0..7 {
            lane.push(Record { content, written: at(0), read: at(0), bytes: 1_048_576 });
        }
        assert_eq!((lane.look(at(0), &gathering), lane.batch_len()), (Look::Closed, 6));
        finished(&mut lane, 6);
        lane.push(Record { content: 8, written: at(0), read: at(0), bytes: 8 * 1_048_576 });
        assert_eq!((lane.look(at(0), &gathering), lane.batch_len()), (Look::Closed, 1));
        finished(&mut lane, 1);
        assert_eq!((lane.look(at(5), &gathering), lane.batch_len()), (Look::Closed, 1));
    }

    #[test]
    fn a_failed_batch_is_tried_again_after_a_pause_that_doubles_up_to_a_minute() {
        let mut lane = lane(3);
        lane.look(at(10), &settings(10));
        let pauses: Vec<Failed> = (0..9).map(|_| lane.failed(&settings(10))).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60].map(again));
        assert_eq!((lane.batch_len(), lane.is_retry()), (3, true));
    }

    #[test]
    fn a_batch_without_retries_left_is_given_up_and_the_next_has_all_of_them() {
        let two = StreamMappingSettings { maximum_retry_attempts: Some(2), ..settings(2) };
        let mut lane = lane(4);
        for first in [0, 2] {
            lane.look(at(10), &two);
            assert_eq!([(); 3].map(|()| lane.failed(&two)), [again(1), again(2), Failed::GivenUp]);
            assert_eq!(finished(&mut lane, 2), [first, first + 1]);
        }
    }

    /// Eight records, the sixth is poison: 8 → 4 and 4; the second four → 2 and 2, the first of these → 1 and 1. Cutting
    /// uses up no retry: the poison record alone has the one there is.
    #[test]
    fn bisect_finds_the_poison_record() {
        let cut = StreamMappingSettings { bisect: true, maximum_retry_attempts: Some(1), ..settings(8) };
        let mut lane = lane(8);
        let (mut runs, mut skipped) = (Vec::new(), Vec::new());
        while lane.look(at(10), &cut) == Look::Closed {
            let size = lane.batch_len();
            let batch: Vec<u64> = (0..size).map(|index| lane.get(index).content).collect();
            runs.push(size);
            if !batch.contains(&5) {
                assert_eq!(finished(&mut lane, size), batch);
            } else if lane.failed(&cut) == Failed::GivenUp {
                skipped = finished(&mut lane, size);
            }
        }
        assert_eq!((runs, skipped), (vec![8, 4, 4, 2, 1, 1, 1, 2], vec![5]));
    }

    /// A batch of three whose last record fails: two are done; the third alone is tried again, with all its retries, and
    /// given up after four runs of its own.
    #[test]
    fn what_follows_a_checkpoint_is_a_batch_of_its_own() {
        let three = StreamMappingSettings { maximum_retry_attempts: Some(3), ..settings(3) };
        let mut lane = lane(3);
        lane.look(at(10), &three);
        finished(&mut lane, 2);
        assert_eq!(lane.reported(2, &three), again(1));
        assert_eq!([(); 4].map(|()| lane.reported(0, &three)), [again(1), again(2), again(4), Failed::GivenUp]);
    }

    /// Record i is i seconds old at 0 s: with a limit of 60 s, records 0 to 3 are too old at 63 s.
    #[test]
    fn old_records_are_skipped_from_a_batch_in_hand_its_pieces_and_what_waits() {
        let mut waiting = lane(6);
        let skip = |lane: &mut Lane<u64>| std::iter::from_fn(|| lane.skip_old(at(63), Span::from_secs(60))).count();
        assert_eq!(
            (skip(&mut waiting), waiting.look(at(63), &settings(10)), waiting.batch_len()),
            (4, Look::Closed, 2)
        );
        let mut in_hand = lane(6);
        in_hand.look(at(10), &settings(10));
        assert_eq!((skip(&mut in_hand), in_hand.batch_len()), (4, 2));
        let mut cut = lane(6);
        let bisect = StreamMappingSettings { bisect: true, ..settings(10) };
        cut.look(at(10), &bisect);
        cut.failed(&bisect);
        assert_eq!((skip(&mut cut), cut.batch_len()), (4, 0), "the whole first piece, and one of the second");
        assert_eq!((cut.look(at(63), &bisect), cut.batch_len()), (Look::Closed, 2));
    }
}
