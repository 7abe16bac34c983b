//! The record of a key, and what each call about it does: pure rules over instants, with no table's latency or limits.

use std::hash::Hash;

use crate::kernel::{Span, Time};
use crate::services::dynamodb::{Found, Items};

/// How often a run puts its claim at most, while what it finds has expired by the time it is read.
pub const PASSES: u32 = 3;

const SECOND: u64 = 1_000_000_000;
const MILLISECOND: u64 = 1_000_000;

/// What is stored of a key's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A run works on it, or left it so.
    InProgress,
    /// It is done, and its result kept.
    Completed,
}

/// A record, with its times as they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    status: Status,
    /// Whole seconds.
    expiration: u64,
    /// Whole milliseconds; none: the claim had no Lambda context.
    locked_until: Option<u64>,
    /// The payload's hash.
    payload: u64,
}

/// Records by key.
pub type Records<K> = Items<K, Record>;

/// A claim as a run sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The run's clock when it makes the call: what the condition is held against.
    pub sent: Time,
    /// How long a record is good for.
    pub expires_after: Span,
    /// When the run is killed at the latest, if the handler knows that.
    pub deadline: Option<Time>,
    /// The payload's hash.
    pub payload: u64,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// There was no record.
    Fresh,
    /// The record there had expired, and may have been deleted since.
    AfterExpiry,
    /// The record there was still in progress, and its lock had expired.
    AfterLock,
    /// The condition failed for this record.
    Refused(Record),
}

/// What a refused run makes of the record that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The work is done: the stored result is returned.
    Stored,
    /// Another run is at work, or left it so: the invocation fails.
    AlreadyInProgress,
    /// It has expired by now: the run claims once more.
    Inconsistent,
    /// Its payload is another one: the invocation fails.
    OtherPayload,
}

impl Record {
    fn new(status: Status, now: Time, expires_after: Span, payload: u64) -> Self {
        let expiration = (now.as_nanos() / SECOND) + expires_after.as_nanos() / SECOND;
        Self { status, expiration, locked_until: None, payload }
    }

    /// What is stored.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The instant from which on it has expired, and its time to live may delete it.
    #[must_use]
    pub fn expires(&self) -> Time {
        Time::ZERO + Span::from_secs(self.expiration + 1)
    }

    /// Whether its expiry lies before this whole second.
    #[must_use]
    pub const fn has_expired(&self, now: Time) -> bool {
        self.expiration < now.as_nanos() / SECOND
    }

    /// Whether a claim in progress is locked no more at this millisecond. One without a lock never is.
    fn is_unlocked(&self, now: Time) -> bool {
        let unlocked = self.locked_until.is_some_and(|until| until < now.as_nanos() / MILLISECOND);
        self.status == Status::InProgress && unlocked
    }

    /// What a run with this payload makes of it, when it reads it.
    #[must_use]
    pub fn seen(&self, now: Time, payload: u64, validate: bool) -> Seen {
        if validate && self.payload != payload {
            Seen::OtherPayload
        } else if self.has_expired(now) || self.is_unlocked(now) {
            Seen::Inconsistent
        } else {
            match self.status {
                Status::InProgress => Seen::AlreadyInProgress,
                Status::Completed => Seen::Stored,
            }
        }
    }
}

/// A conditional put that reaches the table at `now`. A record that is put is deleted `lag` after its expiry.
pub fn claim<K: Copy + Eq + Hash>(records: &mut Records<K>, now: Time, key: K, offer: &Offer, lag: Span) -> Claim {
    let claim = would_claim(records, now, key, offer.sent);
    if let Claim::Refused(_) = claim {
        return claim;
    }
    let record = Record {
        locked_until: offer.deadline.map(|deadline| deadline.as_nanos() / MILLISECOND),
        ..Record::new(Status::InProgress, offer.sent, offer.expires_after, offer.payload)
    };
    records.put(now, key, record, record.expires() + lag);
    claim
}

/// What a claim would come to that was sent then and reaches the table at `now`. Nothing is changed by it.
#[must_use]
pub fn would_claim<K: Copy + Eq + Hash>(records: &Records<K>, now: Time, key: K, sent: Time) -> Claim {
    match records.find(now, key) {
        Found::Nothing => Claim::Fresh,
        Found::Gone => Claim::AfterExpiry,
        Found::Item(there) if there.has_expired(sent) => Claim::AfterExpiry,
        Found::Item(there) if there.is_unlocked(sent) => Claim::AfterLock,
        Found::Item(there) => Claim::Refused(*there),
    }
}

/// The function has returned: its record is completed at `now`, whoever's it is by now.
pub fn complete<K: Copy + Eq + Hash>(records: &mut Records<K>, now: Time, key: K, offer: &Offer, lag: Span) {
    let record = Record::new(Status::Completed, now, offer.expires_after, offer.payload);
    records.put(now, key, record, record.expires() + lag);
}

/// The function has raised: its record is deleted, whoever's it is by now.
pub fn withdraw<K: Copy + Eq + Hash>(records: &mut Records<K>, key: K) {
    records.delete(key);
}

/// What a plain read finds that a handler makes before its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// No record.
    Nothing,
    /// One that has expired, or that was deleted for that.
    Expired,
    /// One that is good: the work is done.
    Done,
}

/// A plain read at `now` that is `behind` the writes.
#[must_use]
pub fn check<K: Copy + Eq + Hash>(records: &Records<K>, now: Time, key: K, behind: Span) -> Check {
    let seen = Time::ZERO + now.since(Time::ZERO).saturating_sub(behind);
    match records.find_as_of(now, key, seen) {
        Found::Nothing => Check::Nothing,
        Found::Gone => Check::Expired,
        Found::Item(record) if record.has_expired(now) => Check::Expired,
        Found::Item(_) => Check::Done,
    }
}
