//! What an idempotent handler does around its work on an item: it looks whether that is done, and keeps that it is.
//!
//! The rules of the records are in [`idempotency`](crate::handlers::idempotency), their table in
//! [`idempotency_store`](crate::model::idempotency_store). The table decides a call when it is made; its answer takes a
//! while, so what a run learns may be over by then, and a run may be killed before it learns it.

use super::{ItemWork, Phase, WorkHost, WorkRef};
use crate::handlers::idempotency::settings::{Mode, OnStoreError};
use crate::handlers::idempotency::{Check, Claim, PASSES, Record, Seen};
use crate::kernel::Time;
use crate::model::idempotency_store::{Answer, Ask, Asker, IdempotencyStore, RecordKey, Unkept};
use crate::model::lambda_node::Ended;
use crate::model::ledger::Arrived;
use crate::model::simulation::{Simulation, class};
use crate::model::story::{Question, What};
use crate::services::sdk_client::{Call, Client, Failure};
use crate::words::{DuplicateCause, NodeId, SuppressedBy};

/// What work knows of its record.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Guard {
    /// None: the handler does not look, or the item has no key.
    key: Option<RecordKey>,
    /// Whether the table failed, and the work is done without it.
    alone: bool,
    payload: u64,
    /// Whether it has claimed its record, and neither completed nor deleted it.
    holds: bool,
    /// What it found in place of a good record.
    found: Found,
    /// Claims so far.
    passes: u32,
    /// Calls so far.
    calls: u32,
    /// The call under way, as the SDK sees it.
    call: Call,
}

/// What work finds where a record would keep it from being done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Found {
    #[default]
    Nothing,
    /// A record that has expired.
    Expired,
    /// A record in progress whose lock has expired.
    Unlocked,
    /// Nothing, because other work has no record for which the store could not be told; or the store could not be asked, and
    /// would have kept this work from being done.
    NotAsked,
    /// Nothing, because other work was begun without a claim.
    NotClaimed,
}

impl Guard {
    /// Why the work is done besides other work that had the same key; `cause` is why it was begun at all.
    pub(super) fn cause(&self, cause: Option<DuplicateCause>) -> Option<DuplicateCause> {
        use DuplicateCause::{
            CrashAfterEffect, ErrorAfterEffect, IdempotencyExpired, RunFailedAfterEffect, StoreFailed,
            TimeoutAfterEffect,
        };
        match self.found {
            Found::Nothing => cause,
            Found::Expired => Some(IdempotencyExpired),
            Found::NotAsked => Some(StoreFailed),
            // A claim would have kept nothing of what died from being done again, in the end.
            Found::NotClaimed => match cause {
                Some(CrashAfterEffect | TimeoutAfterEffect | RunFailedAfterEffect | ErrorAfterEffect) => cause,
                _ => Some(StoreFailed),
            },
            // The owner of the lock had died: that it died too late is why its work is repeated, not that the lock ends.
            Found::Unlocked => match cause {
                Some(CrashAfterEffect | TimeoutAfterEffect | RunFailedAfterEffect) => cause,
                _ => Some(IdempotencyExpired),
            },
        }
    }
}

impl Simulation<'_> {
    fn store(&mut self, function: NodeId) -> Option<&mut IdempotencyStore> {
        self.host(function).store
    }

    /// The handler looks whether the work is done. Returns whether it waits for an answer: not without a key.
    pub(super) fn look_in_store(&mut self, work: WorkRef) -> bool {
        let ItemWork { function, item, path, .. } = self.works[work];
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let Some(store) = self.store(function) else { return false };
        let Some(key) = store.key(item, stream, number, path.sending) else { return false };
        let payload = store.payload(stream, number, path.sending);
        self.works[work].guard = Guard { key: Some(key), payload, passes: 1, ..Guard::default() };
        self.ask_store(work, Ask::Look);
        true
    }

    /// The work is done: its record is completed. Returns whether the handler waits for an answer.
    pub(super) fn complete_in_store(&mut self, work: WorkRef) -> bool {
        let guard = &mut self.works[work].guard;
        guard.holds = false;
        let Guard { key, alone, .. } = *guard;
        let kept = key.is_some() && !alone;
        if kept {
            self.ask_store(work, Ask::Complete);
        } else {
            self.goes_without_store(work, Unkept::Done);
        }
        kept
    }

    /// Work with a key goes on without its store.
    fn goes_without_store(&mut self, work: WorkRef, done: Unkept) {
        let ItemWork { function, guard, .. } = self.works[work];
        if let (Some(key), Some(store)) = (guard.key, self.store(function)) {
            store.goes_without(key, done);
        }
    }

    /// The work fails: a function that raises deletes its claim first, one that dies leaves it.
    pub(in crate::model) fn fail_work(&mut self, work: WorkRef, ended: Ended) {
        let guard = &mut self.works[work].guard;
        if ended == Ended::Errored && std::mem::take(&mut guard.holds) {
            self.ask_store(work, Ask::Withdraw);
        } else {
            self.end_work(work, ended);
        }
    }

    fn ask_store(&mut self, work: WorkRef, ask: Ask) {
        self.works[work].guard.call = Call::default();
        self.send_to_store(work, ask);
    }

    /// Makes a call, for the first time or again.
    pub(super) fn send_to_store(&mut self, work: WorkRef, ask: Ask) {
        let now = self.now;
        let deadline = self.known_deadline(work);
        let function = self.works[work].function;
        let Some(asker) = self.asker(work, deadline) else { return };
        let Some(store) = self.store(function) else { return };
        let (answer, latency) = store.ask(now, ask, &asker);
        let claims = ask == Ask::Look && store.settings.mode == Mode::ConditionalWrite;
        let mut client = Client::new(&store.settings.client);
        let strike = store.strike(&asker, answer);
        let item = self.works[work].item;
        self.tell(item, function, What::Asked(if claims { Question::Claim } else { ask.into() }));
        if let Some(strike) = strike {
            self.tell(item, function, What::Struck(strike));
        }
        let state = &mut self.works[work];
        client.send(now, &mut state.guard.call);
        state.guard.calls += 1;
        state.phase = Phase::Asking { ask, answer, asked: now };
        self.wait_until(work, now + latency, class::END);
    }

    fn asker(&self, work: WorkRef, deadline: Option<Time>) -> Option<Asker> {
        let ItemWork { item, attempt, guard, .. } = self.works[work];
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let ordinal = attempt << 10 | guard.calls & 0x3ff;
        Some(Asker { key: guard.key?, stream, number, ordinal, deadline, payload: guard.payload })
    }

    /// When a run is killed, as its handler knows from the Lambda context; a task has none.
    fn known_deadline(&mut self, work: WorkRef) -> Option<Time> {
        let ItemWork { host, function, deadline, .. } = self.works[work];
        let WorkHost::Worker(reference, _) = host else { return deadline };
        let timeout = self.host(function).timeout?;
        let message = *self.messages.get(reference)?;
        Some(message.tried + self.place_of(&message)?.before_run() + timeout)
    }

    /// The answer to a call has come.
    pub(super) fn store_answers(&mut self, work: WorkRef, ask: Ask, answer: Answer, asked: Time) {
        let took = self.now.since(asked);
        let ItemWork { item, function, .. } = self.works[work];
        self.tell(item, function, What::Told(answer.into()));
        let state = &mut self.works[work];
        state.phase = Phase::Between;
        match answer {
            Answer::Throttled | Answer::Failed => state.path.back_off += took,
            Answer::Claimed(_) | Answer::Checked(_) | Answer::Done => state.path.service += took,
        }
        match answer {
            Answer::Throttled => self.store_throttles(work, ask),
            Answer::Failed => self.store_fails(work, ask),
            Answer::Claimed(claim) => self.claim_answered(work, claim),
            Answer::Checked(Check::Done) => self.suppress(work),
            Answer::Checked(Check::Expired) => self.begin_guarded(work, Found::Expired),
            Answer::Checked(Check::Nothing) => self.begin_guarded(work, Found::Nothing),
            Answer::Done if ask == Ask::Withdraw => self.end_work(work, Ended::Errored),
            Answer::Done => self.go_on(work),
        }
    }

    fn claim_answered(&mut self, work: WorkRef, claim: Claim) {
        match claim {
            Claim::Refused(record) => self.claim_refused(work, &record),
            Claim::Fresh => self.begin_guarded(work, Found::Nothing),
            Claim::AfterExpiry => self.begin_guarded(work, Found::Expired),
            Claim::AfterLock => self.begin_guarded(work, Found::Unlocked),
        }
    }

    fn claim_refused(&mut self, work: WorkRef, record: &Record) {
        let now = self.now;
        let ItemWork { function, guard, .. } = self.works[work];
        let validate = self.store(function).is_some_and(|store| store.settings.validate_payload);
        match record.seen(now, guard.payload, validate) {
            Seen::Stored => self.suppress(work),
            Seen::Inconsistent if guard.passes < PASSES => {
                self.works[work].guard.passes += 1;
                self.ask_store(work, Ask::Look);
            }
            Seen::Inconsistent | Seen::AlreadyInProgress | Seen::OtherPayload => self.end_work(work, Ended::Errored),
        }
    }

    /// Nothing keeps the handler from its work.
    fn begin_guarded(&mut self, work: WorkRef, found: Found) {
        let function = self.works[work].function;
        let claims = self.store(function).is_some_and(|store| store.settings.mode == Mode::ConditionalWrite);
        self.works[work].guard.holds = claims;
        self.keep_what_was_found(work, found);
        self.go_on(work);
    }

    /// The store cannot be asked, and the handler begins with its work all the same.
    fn begin_alone(&mut self, work: WorkRef) {
        let now = self.now;
        let ItemWork { function, guard, .. } = self.works[work];
        let (Some(key), Some(store)) = (guard.key, self.store(function)) else { return self.go_on(work) };
        let found = match store.would_find(now, key) {
            Claim::Fresh => Found::Nothing,
            Claim::AfterExpiry => Found::Expired,
            Claim::AfterLock => Found::Unlocked,
            Claim::Refused(_) => Found::NotAsked,
        };
        self.works[work].guard.alone = true;
        self.keep_what_was_found(work, found);
        self.goes_without_store(work, Unkept::Begun);
        self.go_on(work);
    }

    /// What was found, also of work that the store knows nothing of, is why this work is done besides other work.
    fn keep_what_was_found(&mut self, work: WorkRef, found: Found) {
        let ItemWork { function, guard, .. } = self.works[work];
        let unkept = guard.key.and_then(|key| self.store(function)?.unkept(key));
        let found = match (found, unkept) {
            (Found::Nothing | Found::Unlocked, Some(Unkept::Done)) => Found::NotAsked,
            (Found::Nothing, Some(Unkept::Begun)) => Found::NotClaimed,
            (found, _) => found,
        };
        let state = &mut self.works[work];
        state.guard.found = found;
        state.path.cause = state.guard.cause(state.path.cause);
    }

    /// The work is done already: the handler returns what is stored.
    fn suppress(&mut self, work: WorkRef) {
        self.ledger.suppress(self.now, self.works[work].item, SuppressedBy::IdempotencyRecord);
        self.end_work(work, Ended::Returned);
    }

    /// A throttled call is made again as the SDK does, with the quota of a client object of its own.
    fn store_throttles(&mut self, work: WorkRef, ask: Ask) {
        let now = self.now;
        let function = self.works[work].function;
        let mut call = self.works[work].guard.call;
        let Some(asker) = self.asker(work, None) else { return };
        let Some(store) = self.store(function) else { return };
        let (settings, mut draw) = (store.settings.client, store.pause(&asker));
        let pause = Client::new(&settings).failed(now, &settings, &mut call, Failure::Throttled, &mut draw);
        let Some(pause) = pause else { return self.store_fails(work, ask) };
        let state = &mut self.works[work];
        state.guard.call = call;
        state.path.back_off += pause;
        state.phase = Phase::PausingStore(ask);
        let item = state.item;
        self.tell(item, function, What::BackOff { until: now + pause });
        self.wait_until(work, now + pause, class::END);
    }

    /// The table fails for good: before the work the handler fails too, or works without it. After the work it fails,
    /// and its claim is left in progress.
    fn store_fails(&mut self, work: WorkRef, ask: Ask) {
        let function = self.works[work].function;
        let proceeds = self.store(function).is_some_and(|store| store.settings.on_store_error == OnStoreError::Proceed);
        let goes_on = proceeds && ask != Ask::Withdraw;
        let item = self.works[work].item;
        self.tell(item, function, What::StoreSilent { goes_on });
        match ask {
            Ask::Look if proceeds => self.begin_alone(work),
            Ask::Complete if proceeds => {
                self.goes_without_store(work, Unkept::Done);
                self.go_on(work);
            }
            Ask::Look | Ask::Complete | Ask::Withdraw => self.end_work(work, Ended::Errored),
        }
    }

    fn go_on(&mut self, work: WorkRef) {
        self.works[work].step += 1;
        self.take_steps(work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Work that found no record keeps the cause it was begun for; one that found an expired record has that for its
    /// cause; one that found a lock expired has it too, unless the owner of the lock had died after its effect. One that the
    /// store would have kept from it has that for its cause.
    #[test]
    fn the_cause_of_repeated_work_is_what_was_found_or_the_death_of_the_owner() {
        use DuplicateCause::{
            CrashAfterEffect, ErrorAfterEffect, IdempotencyExpired, RunFailedAfterEffect, SentTwice, StoreFailed,
            TimeoutAfterEffect,
        };
        let of = |found, cause| Guard { found, ..Guard::default() }.cause(cause);
        for cause in [None, Some(SentTwice), Some(ErrorAfterEffect), Some(TimeoutAfterEffect)] {
            assert_eq!(of(Found::Nothing, cause), cause);
            assert_eq!(of(Found::Expired, cause), Some(IdempotencyExpired));
        }
        for died in [CrashAfterEffect, TimeoutAfterEffect, RunFailedAfterEffect] {
            assert_eq!(of(Found::Unlocked, Some(died)), Some(died));
        }
        for other in [None, Some(SentTwice), Some(ErrorAfterEffect)] {
            assert_eq!(of(Found::Unlocked, other), Some(IdempotencyExpired));
        }
        for died in [ErrorAfterEffect, CrashAfterEffect, RunFailedAfterEffect, TimeoutAfterEffect] {
            assert_eq!(of(Found::NotClaimed, Some(died)), Some(died));
            assert_eq!(of(Found::NotAsked, Some(died)), Some(StoreFailed));
        }
        for other in [None, Some(SentTwice)] {
            assert_eq!([Found::NotAsked, Found::NotClaimed].map(|found| of(found, other)), [Some(StoreFailed); 2]);
        }
    }
}
