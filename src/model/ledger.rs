//! The ledger: the one place that knows the truth of each item.
//!
//! An item owes one effect for each branch of the flow it goes down. Each owed effect ends as processed, dead-lettered,
//! expired, rejected or lost, or is in the backlog when the run ends; the ledger counts each once and proves it at the
//! end. An item is folded into counters, and its place freed, when nothing holds it any more: no message, try, timer or
//! listing.
//!
//! An effect applied again is a duplicate, and has one cause: why there was the work that did it besides the plain way
//! (sent once, delivered once, tried until it took effect), which its [`Path`] says. Of all work for an effect only one
//! can have come the plain way; where that is what came second, its duplicate has the cause of the work that overtook it.

mod steps;

pub use steps::StepId;

use self::steps::Step;
use super::batches::Batches;
use super::fault_watch::FaultWatch;
use super::key_order::KeyOrder;
use super::outcome::{BranchOutcome, ItemTotals};
use super::story::{Moment, Recorder, Spot, What};
use crate::kernel::{Arena, Handle, Span, Time};
use crate::metrics::{AgeGauge, Gauge, GaugeTotals, Grid};
use crate::words::{DuplicateCause, ItemId, StreamId, SuppressedBy};

/// Leaves of a flow, as bits: the branches an item owes effects on.
pub type Branches = u16;
/// Most branches a flow may have.
pub const MAX_BRANCHES: usize = Branches::BITS as usize;

/// An item in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemRef(Handle);

impl ItemRef {
    /// Its place, for tables kept beside the ledger.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0.index()
    }
}

/// How an owed effect can end without having been applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Given up into a dead-letter queue or an on-failure destination.
    DeadLettered,
    /// Outlived its largest age.
    Expired,
    /// Refused at the door.
    Rejected,
}

/// What an item brought with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrived {
    /// Its stream.
    pub stream: StreamId,
    /// Its ordinal in the stream.
    pub number: u64,
    /// When it arrived.
    pub at: Time,
    /// Its own service time, if it brings one.
    pub service: Option<Span>,
    /// Its key: equal keys of a stream belong together.
    pub key: u64,
    /// Bytes.
    pub size: u64,
}

/// An item's way to one effect: where its time went, apart from waiting, and why there is this way besides another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Path {
    /// Hops between services and dispatch.
    pub hop: Span,
    /// Cold starts.
    pub cold: Span,
    /// Service itself, of the tries that succeeded.
    pub service: Span,
    /// Failed tries and the waits after them.
    pub back_off: Span,
    /// What brought this way about besides the plain one, which has none; of several the latest.
    pub cause: Option<DuplicateCause>,
    /// Which sending of its item it began with, from 0: what a sender sends again may have another id and payload.
    pub sending: u16,
}

impl Path {
    /// Two stretches of one way.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self {
            hop: self.hop + next.hop,
            cold: self.cold + next.cold,
            service: self.service + next.service,
            back_off: self.back_off + next.back_off,
            cause: next.cause.or(self.cause),
            sending: self.sending.max(next.sending),
        }
    }

    fn total(&self) -> Span {
        self.hop + self.cold + self.service + self.back_off
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    arrived: Arrived,
    holders: u32,
    owed: Branches,
    /// Branches whose effect was applied.
    applied: Branches,
    /// Branches that ended without it (and may still be applied by a straggler).
    dead_lettered: Branches,
    expired: Branches,
    rejected: Branches,
    /// Neighbours in the list of items in the backlog, in order of arrival.
    older: Option<Handle>,
    newer: Option<Handle>,
}

impl Entry {
    fn in_backlog(&self) -> Branches {
        self.owed & !(self.applied | self.dead_lettered | self.expired | self.rejected)
    }
}

/// Whether an effect was the first of its item on that branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The effect the item was waiting for.
    First,
    /// The item had it already.
    Again,
}

/// A law that a run broke: a mistake of the simulator, never of its user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Owed effects were not each counted once.
    #[error(
        "conservation broken: {owed} effects owed, but {processed} processed + {dead_lettered} dead-lettered + \
         {expired} expired + {rejected} rejected + {lost} lost + {backlog} in backlog"
    )]
    Conservation {
        /// Effects owed.
        owed: u64,
        /// Applied.
        processed: u64,
        /// In a dead-letter queue.
        dead_lettered: u64,
        /// Too old.
        expired: u64,
        /// Refused.
        rejected: u64,
        /// Lost.
        lost: u64,
        /// Still owed.
        backlog: u64,
    },
    /// ∫ backlog dt differs from the sum of the times in it.
    #[error("little's law broken: the backlog integrates to {integral} ns, but its effects spent {times} ns in it")]
    Little {
        /// ∫ backlog dt.
        integral: u128,
        /// Σ time each owed effect spent in the backlog.
        times: u128,
    },
    /// A duplicate has no cause: the plain way of an item led to its effect twice.
    #[error("duplicates without a cause: {duplicates} effects applied again, but causes were found for {attributed}")]
    Causes {
        /// Effects applied again.
        duplicates: u64,
        /// Of them, those with a cause.
        attributed: u64,
    },
}

/// What the ledger is to measure.
#[derive(Debug, Clone)]
pub struct LedgerSettings {
    /// The grid its series begin on.
    pub grid: Grid,
    /// Latencies are taken of items that arrive from here on.
    pub warm_up: Time,
    /// Time means end here.
    pub until: Time,
    /// Branches of the flow, at most [`MAX_BRANCHES`].
    pub branches: usize,
    /// Latency bounds of the objectives: the items within each are counted exactly.
    pub bounds: Vec<Span>,
    /// Whether effects are held against the order in which the items of each key arrived.
    pub watch_order: bool,
}

/// Items, their effects, and what became of them.
#[derive(Debug, Clone)]
pub struct Ledger {
    settings: LedgerSettings,
    entries: Arena<Entry>,
    oldest: Option<Handle>,
    newest: Option<Handle>,
    backlog: Gauge,
    oldest_age: AgeGauge,
    totals: ItemTotals,
    branches: Vec<BranchOutcome>,
    times_in_backlog: u128,
    /// What brought about the way that led to an item's first effect, for each branch of each place in `entries`.
    /// Written when that effect is applied.
    first_causes: Vec<Option<DuplicateCause>>,
    /// The order within keys, if it is watched.
    order: Option<KeyOrder>,
    /// Who is told of what happens, if anybody listens.
    recorder: Option<Box<Recorder>>,
    /// How the backlog and the latency come through faults, if there are any.
    pub(super) faults: Option<Box<FaultWatch>>,
    /// Effects of the steps of workflows, for each place in `entries`; empty where there are none.
    steps: Vec<Vec<Step>>,
    /// The measured items in batches, if that is asked for.
    batches: Option<Box<Batches>>,
}

/// What the ledger found.
#[derive(Debug, Clone)]
pub struct LedgerTotals {
    /// Counts and latencies.
    pub items: ItemTotals,
    /// The same by branch, where there is more than one.
    pub branches: Vec<BranchOutcome>,
    /// The backlog over time.
    pub backlog: GaugeTotals,
    /// The age of its oldest item over time.
    pub oldest_age: GaugeTotals,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new(settings: LedgerSettings) -> Self {
        Self {
            entries: Arena::new(),
            oldest: None,
            newest: None,
            backlog: Gauge::new(settings.grid, settings.warm_up, settings.until),
            oldest_age: AgeGauge::new(settings.grid),
            totals: ItemTotals {
                order_inversions: settings.watch_order.then_some(0),
                ..ItemTotals::new(settings.bounds.len())
            },
            branches: if settings.branches > 1 { vec![BranchOutcome::default(); settings.branches] } else { vec![] },
            times_in_backlog: 0,
            first_causes: Vec::new(),
            order: settings.watch_order.then(|| KeyOrder::new(settings.branches)),
            recorder: None,
            faults: None,
            steps: Vec::new(),
            batches: None,
            settings,
        }
    }

    /// Enters an item that owes an effect on each of `owed`, held once. One that owes none has all its effects, and its
    /// latency is of nothing.
    pub fn arrive(&mut self, arrived: Arrived, owed: Branches) -> ItemRef {
        let handle = self.entries.insert(Entry {
            arrived,
            holders: 1,
            owed,
            applied: 0,
            dead_lettered: 0,
            expired: 0,
            rejected: 0,
            older: None,
            newer: None,
        });
        if let Some(order) = &mut self.order {
            order.enter(arrived.stream, arrived.key);
        }
        let places = (handle.index() + 1) * self.settings.branches;
        if self.first_causes.len() < places {
            self.first_causes.resize(places, None);
        }
        self.forget_steps(handle.index());
        self.totals.arrived += 1;
        let measured = arrived.at >= self.settings.warm_up;
        self.tell(arrived.at, ItemRef(handle), Spot::Item, What::Arrived { owed, measured, key: arrived.key });
        if owed == 0 {
            self.totals.completed += 1;
            return ItemRef(handle);
        }
        self.link(arrived.at, handle);
        self.totals.measured += u64::from(measured);
        if let Some(batches) = &mut self.batches
            && measured
        {
            batches.arrived(arrived.at);
        }
        for (branch, outcome) in self.branches.iter_mut().enumerate() {
            outcome.measured += u64::from(measured && owed >> branch & 1 == 1);
        }
        let effects = u64::from(owed.count_ones());
        self.totals.owed += effects;
        self.tell_watch(arrived.at);
        if let Some(watch) = &mut self.faults {
            watch.arrived(arrived.at);
        }
        self.backlog.up(arrived.at, effects);
        self.tell_backlog(arrived.at);
        ItemRef(handle)
    }

    /// The youngest item comes into the list of those in the backlog.
    fn link(&mut self, now: Time, handle: Handle) {
        self.entries[handle].older = self.newest;
        match self.newest {
            Some(newest) => self.entries[newest].newer = Some(handle),
            None => {
                self.oldest = Some(handle);
                self.oldest_age.set_oldest(now, Some(now));
            }
        }
        self.newest = Some(handle);
    }

    /// What the item brought with it.
    #[must_use]
    pub fn arrived(&self, item: ItemRef) -> &Arrived {
        &self.entries[item.0].arrived
    }

    /// One more message, try, timer or listing holds the item.
    pub fn hold(&mut self, item: ItemRef) {
        self.entries[item.0].holders += 1;
    }

    /// One fewer holds it; with the last, the item is folded and what it still owes is lost.
    pub fn release(&mut self, now: Time, item: ItemRef) {
        let entry = &mut self.entries[item.0];
        entry.holders -= 1;
        if entry.holders == 0 {
            let abandoned = entry.in_backlog();
            if abandoned != 0 {
                self.leave_backlog(now, item, abandoned);
                self.unlink(now, item.0);
                self.totals.lost += u64::from(abandoned.count_ones());
                self.tell(now, item, Spot::Item, What::Lost { branches: abandoned });
            }
            self.tell(now, item, Spot::Item, What::Folded);
            if let Some(order) = &mut self.order {
                let Arrived { stream, key, .. } = self.entries[item.0].arrived;
                order.leave(stream, key);
            }
            self.entries.remove(item.0);
        }
    }

    /// Whether the item has its effect on this branch.
    #[must_use]
    pub fn has_effect(&self, item: ItemRef, branch: usize) -> bool {
        self.entries[item.0].applied >> branch & 1 == 1
    }

    /// Applies the item's effect on a branch.
    pub fn apply(&mut self, now: Time, item: ItemRef, branch: usize, path: Path) -> Applied {
        let bit = 1 << branch;
        let first_cause = &mut self.first_causes[item.index() * self.settings.branches + branch];
        let entry = &mut self.entries[item.0];
        if entry.applied & bit != 0 {
            self.totals.duplicates += 1;
            let cause = path.cause.or(*first_cause);
            if let Some(cause) = cause {
                self.totals.duplicates_by_cause.add(cause);
            }
            self.tell(now, item, Spot::Branch(branch), What::AppliedAgain { cause, way: path.cause });
            return Applied::Again;
        }
        *first_cause = path.cause;
        if let Some(order) = &mut self.order {
            let Arrived { stream, key, number, .. } = entry.arrived;
            let inverted = u64::from(order.apply(stream, key, number, branch));
            self.totals.order_inversions = self.totals.order_inversions.map(|before| before + inverted);
        }
        let was_in_backlog = entry.in_backlog() & bit != 0;
        entry.applied |= bit;
        self.totals.dead_lettered -= u64::from(entry.dead_lettered & bit != 0);
        self.totals.expired -= u64::from(entry.expired & bit != 0);
        self.totals.rejected -= u64::from(entry.rejected & bit != 0);
        self.totals.processed += 1;
        let (arrived, complete) = (entry.arrived.at, entry.applied == entry.owed);
        if was_in_backlog {
            self.leave_backlog(now, item, bit);
            self.unlink_if_done(now, item);
        }
        let latency = now.since(arrived);
        let measured = arrived >= self.settings.warm_up;
        if let Some(outcome) = self.branches.get_mut(branch) {
            outcome.processed += 1;
            if measured {
                outcome.latency.record(latency);
            }
        }
        if complete {
            self.totals.completed += 1;
            if let Some(watch) = &mut self.faults {
                watch.completed(arrived, latency);
            }
            if measured {
                self.record(arrived, latency, &path);
            }
        }
        self.tell(now, item, Spot::Branch(branch), What::Applied { path, latency, last: complete });
        Applied::First
    }

    /// A repetition was kept from being applied, or from being worked towards.
    pub fn suppress(&mut self, now: Time, item: ItemRef, mechanism: SuppressedBy) {
        self.tell(now, item, Spot::Item, What::Suppressed(mechanism));
        self.totals.duplicates_suppressed += 1;
        self.totals.suppressed_by.add(mechanism);
    }

    /// Ends the item's effects on these branches without applying them, where they are still in the backlog. What is
    /// refused at the instant of its arrival never counts in the backlog's peak: nothing took it in.
    pub fn end(&mut self, now: Time, item: ItemRef, branches: Branches, end: End) {
        let entry = &self.entries[item.0];
        let ending = entry.in_backlog() & branches;
        self.tell(now, item, Spot::Item, What::EndedAs { branches: ending, asked: branches, end });
        let entry = &mut self.entries[item.0];
        if ending == 0 {
            return;
        }
        let (mark, count) = match end {
            End::DeadLettered => (&mut entry.dead_lettered, &mut self.totals.dead_lettered),
            End::Expired => (&mut entry.expired, &mut self.totals.expired),
            End::Rejected => (&mut entry.rejected, &mut self.totals.rejected),
        };
        *mark |= ending;
        *count += u64::from(ending.count_ones());
        if end == End::Rejected && entry.arrived.at == now {
            self.tell_watch(now);
            self.backlog.take_back(now, u64::from(ending.count_ones()));
            self.tell_backlog(now);
        } else {
            self.leave_backlog(now, item, ending);
        }
        self.unlink_if_done(now, item);
    }

    /// Has somebody told of what happens from now on, or nobody any more. Returns who was.
    pub(super) fn listen(&mut self, recorder: Option<Box<Recorder>>) -> Option<Box<Recorder>> {
        std::mem::replace(&mut self.recorder, recorder)
    }

    pub(super) fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_deref()
    }

    /// Tells whoever listens what happens to an item.
    #[inline]
    pub(super) fn tell(&mut self, at: Time, item: ItemRef, spot: Spot, what: What) {
        if let Some(recorder) = &mut self.recorder {
            let Arrived { stream, number, .. } = self.entries[item.0].arrived;
            recorder.hear(&Moment { at, item: Some(ItemId { stream, number }), spot, what });
        }
    }

    #[inline]
    fn tell_backlog(&mut self, at: Time) {
        let level = self.backlog.level();
        self.tell_of(Moment { at, item: None, spot: Spot::Item, what: What::Backlog { level } });
    }

    /// Tells whoever listens of a moment.
    #[inline]
    pub(super) fn tell_of(&mut self, moment: Moment) {
        if let Some(recorder) = &mut self.recorder {
            recorder.hear(&moment);
        }
    }

    /// Whether every item that arrived was folded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Closes the books at the end of the run.
    ///
    /// # Errors
    /// A law the run broke: conservation, or Little's law as an identity.
    pub fn close(mut self, end: Time) -> Result<LedgerTotals, LedgerError> {
        for entry in self.entries.iter() {
            let left = u64::from(entry.in_backlog().count_ones());
            self.totals.backlog_end += left;
            self.times_in_backlog += u128::from(left) * u128::from(end.since(entry.arrived.at).as_nanos());
        }
        let backlog = self.backlog.finish(end);
        prove(&self.totals, &backlog, self.times_in_backlog)?;
        if let Some(batches) = self.batches {
            self.totals.batches = batches.into_list();
        }
        Ok(LedgerTotals {
            items: self.totals,
            branches: self.branches,
            backlog,
            oldest_age: self.oldest_age.finish(end),
        })
    }

    fn record(&mut self, arrived: Time, latency: Span, path: &Path) {
        let wait = latency.saturating_sub(path.total());
        debug_assert!(path.total() <= latency, "an item's parts exceed its sojourn: {path:?} in {latency}");
        self.totals.latency.record(latency);
        self.totals.wait.record(wait);
        self.totals.split.add(wait, path);
        for (bound, within) in self.settings.bounds.iter().zip(&mut self.totals.within) {
            *within += u64::from(latency <= *bound);
        }
        if let Some(batches) = &mut self.batches {
            batches.completed(arrived, latency, wait);
        }
    }

    /// The backlog is about to change.
    #[inline]
    fn tell_watch(&mut self, now: Time) {
        if let Some(watch) = &mut self.faults {
            watch.held(self.backlog.level(), now);
        }
    }

    /// Puts the measured items in so many batches, equal parts of the time from the warm-up to the end of the window; before
    /// the first arrives.
    pub(super) fn cut_in_batches(&mut self, count: usize) {
        self.batches = Some(Box::new(Batches::new(self.settings.warm_up, self.settings.until, count)));
    }

    /// The backlog now.
    #[must_use]
    pub fn backlog(&self) -> u64 {
        self.backlog.level()
    }

    /// Takes effects out of the backlog that were in it.
    fn leave_backlog(&mut self, now: Time, item: ItemRef, branches: Branches) {
        let effects = branches.count_ones();
        let age = now.since(self.entries[item.0].arrived.at);
        self.times_in_backlog += u128::from(effects) * u128::from(age.as_nanos());
        self.tell_watch(now);
        self.backlog.down(now, u64::from(effects));
        self.tell_backlog(now);
    }

    fn unlink_if_done(&mut self, now: Time, item: ItemRef) {
        if self.entries[item.0].in_backlog() == 0 {
            self.unlink(now, item.0);
        }
    }

    fn unlink(&mut self, now: Time, handle: Handle) {
        let Entry { older, newer, .. } = self.entries[handle];
        match newer {
            Some(newer) => self.entries[newer].older = older,
            None => self.newest = older,
        }
        match older {
            Some(older) => self.entries[older].newer = newer,
            None => {
                self.oldest = newer;
                self.oldest_age.set_oldest(now, newer.map(|newer| self.entries[newer].arrived.at));
            }
        }
    }
}

fn prove(totals: &ItemTotals, backlog: &GaugeTotals, times: u128) -> Result<(), LedgerError> {
    let counted =
        totals.processed + totals.dead_lettered + totals.expired + totals.rejected + totals.lost + totals.backlog_end;
    if totals.owed != counted {
        return Err(LedgerError::Conservation {
            owed: totals.owed,
            processed: totals.processed,
            dead_lettered: totals.dead_lettered,
            expired: totals.expired,
            rejected: totals.rejected,
            lost: totals.lost,
            backlog: totals.backlog_end,
        });
    }
    if backlog.integral != times {
        return Err(LedgerError::Little { integral: backlog.integral, times });
    }
    let attributed = totals.duplicates_by_cause.total();
    if totals.duplicates != attributed {
        return Err(LedgerError::Causes { duplicates: totals.duplicates, attributed });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
