//! The store of an idempotent function: its table, and the records that may still be asked for.

use std::collections::BTreeMap;

use super::ledger::ItemRef;
use super::simulation::{NodeState, Simulation};
use super::story::{Question, Reply, Strike};
use crate::handlers::idempotency::settings::{IdempotencySettings, KeyOf, Mode};
use crate::handlers::idempotency::{Check, Claim, Offer, Records, check, claim, complete, withdraw, would_claim};
use crate::kernel::{Draw, Purpose, Root, Span, Time};
use crate::services::dynamodb::{Consistency, Table, half_read_units, write_units};
use crate::services::faults::Condition;
use crate::words::{StreamId, Usage};

/// Of the ordinals that a call's draws are keyed by, those of its luck while faults strike the table.
const BY_FAULT: u32 = 1 << 31;

/// Names a record: an item's place in the ledger, and the sending if each has a key of its own.
pub(super) type RecordKey = (usize, u16);

/// What is asked of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Whether the work is done, or another run's, before it is begun.
    Look,
    /// That it be kept that the work is done.
    Complete,
    /// That a claim be deleted.
    Withdraw,
}

/// What the store answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// To a conditional put.
    Claimed(Claim),
    /// To a plain read.
    Checked(Check),
    /// To an update, a put or a delete without a condition.
    Done,
    /// Throttled.
    Throttled,
    /// Failed for good.
    Failed,
}

impl From<Ask> for Question {
    fn from(ask: Ask) -> Self {
        match ask {
            Ask::Look => Self::Look,
            Ask::Complete => Self::Complete,
            Ask::Withdraw => Self::Withdraw,
        }
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Claimed(Claim::Fresh) | Answer::Checked(Check::Nothing) => Self::Fresh,
            Answer::Claimed(Claim::AfterExpiry) | Answer::Checked(Check::Expired) => Self::Expired,
            Answer::Claimed(Claim::AfterLock) => Self::Unlocked,
            Answer::Claimed(Claim::Refused(_)) => Self::Refused,
            Answer::Checked(Check::Done) => Self::Done,
            Answer::Done => Self::Kept,
            Answer::Throttled => Self::Throttled,
            Answer::Failed => Self::Failed,
        }
    }
}

/// Who asks, about what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker {
    pub key: RecordKey,
    pub stream: StreamId,
    pub number: u64,
    /// The ordinal of the call among those about this item.
    pub ordinal: u32,
    /// When the run is killed, if its handler knows.
    pub deadline: Option<Time>,
    pub payload: u64,
}

/// The store of one function.
#[derive(Debug)]
pub(super) struct IdempotencyStore {
    pub settings: IdempotencySettings,
    table: Table,
    records: Records<RecordKey>,
    draws: Vec<StoreDraws>,
    /// The highest sending that a key was made of.
    last_sending: u16,
    /// What faults make of the table at present.
    pub struck: Condition,
    /// What functions did that went on without the store: it has no record of it.
    unkept: BTreeMap<RecordKey, Unkept>,
}

/// Work without a record, because the store could not be asked or told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unkept {
    /// It was begun without a claim, which would have kept others from it.
    Begun,
    /// It was done, and no record says so.
    Done,
}

/// Draws about the items of one stream.
#[derive(Debug, Clone, Copy)]
struct StoreDraws {
    calls: Purpose,
    pauses: Purpose,
    keys: Purpose,
    payloads: Purpose,
    lags: Purpose,
}

impl StoreDraws {
    fn new(stream: &str, function: &str, root: &Root) -> Self {
        let owner = format!("{stream}/{function}");
        let purpose = |what| root.purpose(&owner, what);
        Self {
            calls: purpose("idempotency call"),
            pauses: purpose("idempotency retry"),
            keys: purpose("idempotency key"),
            payloads: purpose("idempotency payload"),
            lags: purpose("idempotency deletion"),
        }
    }
}

impl IdempotencyStore {
    pub(super) fn new<'a>(
        settings: IdempotencySettings,
        function: &str,
        streams: impl Iterator<Item = &'a str>,
        root: &Root,
    ) -> Self {
        Self {
            table: Table::new(settings.table.clone()),
            records: Records::new(),
            draws: streams.map(|stream| StoreDraws::new(stream, function, root)).collect(),
            last_sending: 0,
            struck: Condition::SOUND,
            unkept: BTreeMap::new(),
            settings,
        }
    }

    /// The key of an item; none: it has none.
    pub(super) fn key(&mut self, item: ItemRef, stream: StreamId, number: u64, sending: u16) -> Option<RecordKey> {
        if self.draws[stream.index()].keys.draw(number, 0).chance(self.settings.missing_key) {
            return None;
        }
        let sending = match self.settings.key {
            KeyOf::Item => 0,
            KeyOf::Delivery => sending,
        };
        self.last_sending = self.last_sending.max(sending);
        Some((item.index(), sending))
    }

    /// The hash of an item's payload in this sending: that of the first is 0.
    pub(super) fn payload(&self, stream: StreamId, number: u64, sending: u16) -> u64 {
        let mut draw = self.draws[stream.index()].payloads.draw(number, u32::from(sending));
        let varies = draw.chance(self.settings.payload_varies);
        if varies { u64::from(sending) } else { 0 }
    }

    /// Another item takes this place: nobody asks for the records of the one before it any more.
    pub(super) fn forget(&mut self, item: ItemRef) {
        for sending in 0..=self.last_sending {
            let key = (item.index(), sending);
            withdraw(&mut self.records, key);
            self.unkept.remove(&key);
        }
    }

    /// A call at `now`: what the table does at that instant, and how long its answer takes.
    pub(super) fn ask(&mut self, now: Time, ask: Ask, asker: &Asker) -> (Answer, Span) {
        let mut draw = self.draws[asker.stream.index()].calls.draw(asker.number, asker.ordinal);
        let table = &self.settings.table;
        let reads = ask == Ask::Look && matches!(self.settings.mode, Mode::CheckThenAct(_));
        let latency = if reads { &table.read_latency } else { &table.write_latency }.span(&mut draw);
        let latency = if self.struck.pace == 1.0 { latency } else { latency.scaled(self.struck.pace) };
        if draw.chance(table.error) {
            return (Answer::Failed, latency);
        }
        if let Some(answer) = self.struck_answer(asker) {
            return (answer, latency);
        }
        let served = match (ask, self.settings.mode) {
            (Ask::Look, Mode::CheckThenAct(consistency)) => self.check(now, asker, consistency, &mut draw),
            (Ask::Look, Mode::ConditionalWrite) => self.write(now, asker).then(|| self.claim(now, asker)),
            (Ask::Complete, _) => self.write(now, asker).then(|| self.complete(now, asker)),
            (Ask::Withdraw, _) => self.write(now, asker).then(|| self.withdraw(asker)),
        };
        (served.unwrap_or(Answer::Throttled), latency)
    }

    /// What a fault makes the table answer.
    fn struck_answer(&self, asker: &Asker) -> Option<Answer> {
        if self.struck == Condition::SOUND {
            return None;
        }
        let mut luck = self.draws[asker.stream.index()].pauses.draw(asker.number, asker.ordinal | BY_FAULT);
        let (refused, fails, left) = (luck.chance(self.struck.refused), luck.chance(self.struck.fails), luck.unit());
        match (refused || fails, left < self.struck.share_left) {
            (true, _) => Some(Answer::Failed),
            (false, false) => Some(Answer::Throttled),
            (false, true) => None,
        }
    }

    /// What a look at `now` would have found that came to nothing.
    pub(super) fn would_find(&self, now: Time, key: RecordKey) -> Claim {
        would_claim(&self.records, now, key, now)
    }

    /// A function works, or has worked, without the store. Only where runs claim what they begin does a beginning count.
    pub(super) fn goes_without(&mut self, key: RecordKey, work: Unkept) {
        if work == Unkept::Done || self.settings.mode == Mode::ConditionalWrite {
            let kept = self.unkept.entry(key).or_insert(work);
            *kept = work.max(*kept);
        }
    }

    /// What was done about this key that the store has no record of.
    pub(super) fn unkept(&self, key: RecordKey) -> Option<Unkept> {
        self.unkept.get(&key).copied()
    }

    /// What a fault does to a call that the table has answered so, if that is a fault's doing.
    pub(super) fn strike(&self, asker: &Asker, answer: Answer) -> Option<Strike> {
        match self.struck_answer(asker)? {
            Answer::Failed if answer == Answer::Failed => Some(Strike::StoreRefuses),
            Answer::Throttled if answer == Answer::Throttled => Some(Strike::StoreThrottles),
            _ => None,
        }
    }

    /// Draws of the pause before a call that was throttled is made again.
    pub(super) fn pause(&self, asker: &Asker) -> Draw {
        self.draws[asker.stream.index()].pauses.draw(asker.number, asker.ordinal)
    }

    pub(super) fn usage(&self) -> &Usage {
        self.table.usage()
    }

    fn check(&mut self, now: Time, asker: &Asker, consistency: Consistency, draw: &mut Draw) -> Option<Answer> {
        let behind = match consistency {
            Consistency::Strong => Span::ZERO,
            Consistency::Eventual => self.settings.table.eventual_lag.span(draw),
        };
        let found = check(&self.records, now, asker.key, behind);
        let bytes = if found == Check::Nothing { 0 } else { self.settings.record_bytes };
        let halves = half_read_units(bytes, consistency);
        self.table.read(now, self.hash(asker), halves).ok()?;
        Some(Answer::Checked(found))
    }

    /// A write of a record, whether its condition holds or not: the record there, if any, has the same size. Returns
    /// whether it is served.
    fn write(&mut self, now: Time, asker: &Asker) -> bool {
        let units = write_units(self.settings.record_bytes);
        self.table.write(now, self.hash(asker), units).is_ok()
    }

    fn claim(&mut self, now: Time, asker: &Asker) -> Answer {
        let (offer, lag) = (self.offer(now, asker), self.ttl_lag(asker));
        Answer::Claimed(claim(&mut self.records, now, asker.key, &offer, lag))
    }

    fn complete(&mut self, now: Time, asker: &Asker) -> Answer {
        let (offer, lag) = (self.offer(now, asker), self.ttl_lag(asker));
        complete(&mut self.records, now, asker.key, &offer, lag);
        Answer::Done
    }

    fn withdraw(&mut self, asker: &Asker) -> Answer {
        withdraw(&mut self.records, asker.key);
        Answer::Done
    }

    fn offer(&self, now: Time, asker: &Asker) -> Offer {
        Offer {
            sent: now,
            expires_after: self.settings.expires_after,
            deadline: asker.deadline.filter(|_| self.settings.lock),
            payload: asker.payload,
        }
    }

    fn ttl_lag(&self, asker: &Asker) -> Span {
        let mut draw = self.draws[asker.stream.index()].lags.draw(asker.number, asker.ordinal);
        self.settings.table.ttl_lag.span(&mut draw)
    }

    /// Spreads keys over partitions, the same key always to the same.
    fn hash(&self, asker: &Asker) -> u64 {
        self.draws[asker.stream.index()].keys.draw(asker.number, 1 + u32::from(asker.key.1)).bits()
    }
}

impl Simulation<'_> {
    /// An item takes a place in the ledger that may have been another's, whose records nobody asks for any more.
    pub(super) fn forget_records(&mut self, item: ItemRef) {
        for node in &mut self.nodes {
            let store = match node {
                NodeState::Lambda(state) => &mut state.store,
                NodeState::Fargate(state) => &mut state.store,
                _ => continue,
            };
            if let Some(store) = store {
                store.forget(item);
            }
        }
    }
}

#[cfg(test)]
mod tests;
