//! The workers of a batch run whose function calls something: their work is advanced step by step
//! ([`item_work`](super::super::item_work)), and the run has no event of its own for what they do.

use super::{Commit, Job, OnItemError, cut_off, way_through};
use crate::handlers::Plan;
use crate::kernel::{Handle, Span};
use crate::model::item_work::{Assignment, EffectOf, WorkHost, WorkResult};
use crate::model::lambda_node::Ended;
use crate::model::ledger::Path;
use crate::model::listing::Listed;
use crate::model::message::MessageRef;
use crate::model::simulation::{Event, Simulation, class};
use crate::words::{DuplicateCause, NodeId};

impl Simulation<'_> {
    /// A worker takes an item, and a function that calls something works on it.
    pub(super) fn begin_job_in_steps(
        &mut self,
        reference: MessageRef,
        schedule: NodeId,
        run: Handle,
        worker: usize,
        listed: Listed,
    ) {
        let now = self.now;
        let batch = self.batch(schedule);
        let (function, state) = (batch.function, &batch.runs[run]);
        let (handler_start, place, process) = (state.handler_start, state.place, state.process);
        let way = way_through(self.ledger.arrived(listed.item).at, handler_start, &place, Span::ZERO);
        let path = Path { sending: listed.sending, ..way };
        let work = self.begin_work(Assignment {
            host: WorkHost::Worker(reference, worker),
            function,
            item: listed.item,
            begins: now,
            process,
            // The run's own timeout ends all that it has under way.
            deadline: None,
            path,
        });
        let state = &mut self.batch(schedule).runs[run];
        state.in_steps += 1;
        let job = Job { listed, plan: Plan::NOTHING, begun: now, cause: None, work: Some(work), worked: None };
        state.set_job(worker, job);
    }

    /// An effect may come of what a worker does from now on. Returns why it would be one besides another.
    pub(in crate::model) fn worker_announces(
        &mut self,
        reference: MessageRef,
        worker: usize,
    ) -> Option<DuplicateCause> {
        let (schedule, run) = self.batch_of(reference)?;
        let batch = self.batch(schedule);
        let job = &mut batch.runs[run].workers[worker];
        job.cause = batch.listing.processed(&job.listed, Ended::Returned);
        job.cause
    }

    /// A worker's function applies the effect of its item: durable now or at the end.
    pub(in crate::model) fn worker_effect(&mut self, reference: MessageRef, worker: usize, path: Path) {
        let Some((schedule, run)) = self.batch_of(reference) else { return };
        let batch = self.batch(schedule);
        let job = &mut batch.runs[run].workers[worker];
        (job.worked, job.cause) = (Some(path), path.cause);
        let job = *job;
        match batch.settings.commit {
            Commit::PerItem => self.commit(schedule, run, &job, None),
            Commit::AtEnd => batch.runs[run].uncommitted.push(job),
        }
    }

    /// A worker's work in steps is over: it takes the next item, or the run goes on as it ended.
    pub(in crate::model) fn worker_over(&mut self, reference: MessageRef, worker: usize, result: WorkResult) {
        let Some((schedule, run)) = self.batch_of(reference) else { return };
        let state = &mut self.batch(schedule).runs[run];
        state.in_steps -= 1;
        let job = state.workers[worker];
        // What another run has marked meanwhile may be gone.
        let item = self.batch(schedule).listing.item_at(job.listed.position).map(|item| self.item_id(item));
        self.job_over(schedule, run, worker, &result);
        if result.ended == Ended::Returned {
            self.mark(schedule, run, job.listed.position);
        } else if result.effect != EffectOf::None {
            self.batch(schedule).listing.failed(job.listed.position, result.ended);
        }
        let fails = self.batch(schedule).settings.on_item_error == OnItemError::Fail;
        if result.fails_run || result.ended == Ended::Crashed || (result.ended == Ended::Errored && fails) {
            self.batch_fails(reference, schedule, run, result.ended, item);
            return;
        }
        self.begin_job(reference, schedule, run, worker);
        if let Some(next) = self.next_step(reference, schedule, run) {
            let pending = self.calendar.schedule(next, class::BATCH, Event::Batch(reference));
            self.batch(schedule).runs[run].pending = pending;
        }
    }

    /// Lets go of the item of work in steps that is over, and takes back what was announced of it if nothing came of it.
    fn job_over(&mut self, schedule: NodeId, run: Handle, worker: usize, result: &WorkResult) {
        let batch = self.batch(schedule);
        let job = &mut batch.runs[run].workers[worker];
        job.work = None;
        let job = *job;
        if result.effect == EffectOf::None {
            if result.announced {
                batch.listing.undone(&job.listed);
            }
            self.waste(schedule, result.worked);
        }
        // What the function applied itself has let go of the item, or will with its commit.
        if job.worked.is_none() {
            self.ledger.release(self.now, job.listed.item);
        }
    }

    /// Drops the work in steps that a run still had under way when it `ended` so.
    pub(super) fn abandon_jobs(&mut self, schedule: NodeId, run: Handle, ended: Ended) {
        for worker in 0..self.batch(schedule).runs[run].workers.len() {
            let Job { work: Some(work), listed, .. } = self.batch(schedule).runs[run].workers[worker] else { continue };
            let over = self.batch(schedule).runs[run].over(ended);
            if let Some(cut_off) = cut_off(over) {
                self.tell_of_worker(schedule, listed.item, cut_off);
            }
            let result = self.abandon_work(work, ended);
            self.job_over(schedule, run, worker, &result);
            if result.effect != EffectOf::None {
                self.batch(schedule).listing.left_unmarked(&[listed.position], ended);
            }
        }
    }
}
