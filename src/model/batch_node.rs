//! A cron batch in the graph: a schedule wakes a function, which lists what is new and works it off, in a Lambda
//! environment or in a Fargate task ([`batch_host`](super::batch_host)).
//!
//! A run lists what is there when its handler starts and not yet recorded, a page at a time; works off a page with
//! `parallel` workers, each taking the next item when it is free; saves its progress as `marker` says and makes effects
//! durable as `commit` says; then lists the next page. At the function timeout, which a task does not have, it is killed
//! wherever it is: what is not committed is undone, what is not recorded is listed again by the retry a minute later or by
//! the next tick.
//!
//! A run has one pending event, its next step; steps that come before everything else in the calendar are taken at
//! once, so that a page costs no calendar event an item.

mod in_steps;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::batch_host::Place;
use super::item_work::WorkRef;
use super::kept_state::Begins;
use super::lambda_node::Ended;
use super::ledger::{Applied, ItemRef, Path};
use super::listing::{Listed, Listing};
use super::message::{Message, MessageRef, Run, Work};
use super::simulation::{Event, NodeState, Simulation, class};
use super::story::{Attempt, Host, RunOver, Spot, Strike, What};
use super::table_source;
use crate::handlers::{BatchSettings, Commit, Ends, Marker, OnItemError, Overlap, Plan, Position};
use crate::kernel::{Arena, Handle, Purpose, Root, Span, Ticket, Time};
use crate::services::downstream::Process;
use crate::words::{DuplicateCause, ItemId, NodeId};

/// A schedule and the runs it has woken.
#[derive(Debug)]
pub(super) struct BatchNode {
    pub settings: BatchSettings,
    /// The function it wakes.
    pub function: NodeId,
    /// What is new since progress was last saved.
    pub listing: Listing,
    delays: Purpose,
    listings: Purpose,
    /// Latencies of a table's writes, by stream.
    pub writes: Vec<Purpose>,
    runs: Arena<BatchRun>,
    runs_begun: u64,
    /// A fault lets it fire not before then, and whether it then makes up for what it missed.
    pub closed_until: Time,
    pub late_firings: bool,
    /// Whether a fault lets nothing be listed at present.
    pub source_unavailable: bool,
}

/// An item a worker is busy with, or has done.
#[derive(Debug, Clone, Copy)]
struct Job {
    listed: Listed,
    plan: Plan,
    begun: Time,
    /// Why this run processed it besides another run, or another delivery: known when it has.
    cause: Option<DuplicateCause>,
    /// Work in steps, while it is under way …
    work: Option<WorkRef>,
    /// … and the way through it to the effect, if the function has applied that.
    worked: Option<Path>,
}

/// What a run does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The handler starts and asks for the first page.
    Start,
    /// The page asked for arrives.
    Page,
    /// The worker that ends first has done its item.
    Job,
}

/// One run of the batch.
#[derive(Debug)]
struct BatchRun {
    /// Its own number, from 1: what claims are made under.
    number: u64,
    place: Place,
    process: Process,
    handler_start: Time,
    timeout: Option<Ticket>,
    /// The pending event of the next step.
    pending: Ticket,
    step: Step,
    /// What was there when the handler started, listed up to `cursor`.
    cursor: Position,
    end: Position,
    more: bool,
    pages: u32,
    listed: u64,
    page: Vec<Listed>,
    page_next: usize,
    /// Read with the page, and claimed by other runs.
    passed: Vec<ItemRef>,
    /// Jobs under way, soonest end first; ties in order of their start.
    under_way: BinaryHeap<Reverse<(Time, u64, usize)>>,
    /// Jobs by worker.
    workers: Vec<Job>,
    /// Of them, those whose work is advanced step by step.
    in_steps: usize,
    jobs_begun: u64,
    /// Processed but not durable yet (`commit = "at-end"`).
    uncommitted: Vec<Job>,
    /// Succeeded but not recorded yet.
    unrecorded: Vec<Position>,
    /// Claimed by this run.
    claimed: Vec<Position>,
    /// The item that it failed with.
    failed_at: Option<ItemId>,
}

impl BatchNode {
    pub(super) fn new(
        settings: BatchSettings,
        function: NodeId,
        label: &str,
        root: &Root,
        writes: Vec<Purpose>,
    ) -> Self {
        Self {
            settings,
            function,
            listing: Listing::default(),
            delays: root.purpose(label, "schedule delay"),
            listings: root.purpose(label, "listing"),
            writes,
            runs: Arena::new(),
            runs_begun: 0,
            closed_until: Time::ZERO,
            late_firings: false,
            source_unavailable: false,
        }
    }

    fn list_latency(&self, run: &BatchRun) -> Span {
        self.settings.list_latency.span(&mut self.listings.draw(run.number, run.pages))
    }

    /// Lists a run's next page into it, of items that together have at most `bytes`, but one at least.
    fn list_page(&mut self, run: Handle, bytes: u64, size: impl Fn(ItemRef) -> u64) {
        let Self { settings, listing, runs, .. } = self;
        let run = &mut runs[run];
        let left = settings.max_items.map_or(u64::MAX, |most| most - run.listed);
        let most = u64::from(settings.page_size).min(left) as usize;
        let claimant = (settings.overlap == Overlap::Claim).then_some(run.number);
        run.page.clear();
        run.passed.clear();
        run.page_next = 0;
        run.pages += 1;
        let (page, passed) = (&mut run.page, &mut run.passed);
        run.cursor =
            listing.list(run.cursor, run.end, most, claimant, |listed| page.push(listed), |item| passed.push(item));
        let full = run.page.len() == settings.page_size as usize;
        let cut = run.cut_page(listing, bytes, size);
        if claimant.is_some() {
            run.claimed.extend(run.page.iter().map(|listed| listed.position));
        }
        run.listed += run.page.len() as u64;
        let allowed = settings.max_items.is_none_or(|most| run.listed < most);
        run.more = allowed && (full || cut) && run.cursor < run.end;
    }
}

impl Simulation<'_> {
    pub(super) fn batch(&mut self, schedule: NodeId) -> &mut BatchNode {
        match &mut self.nodes[schedule.index()] {
            NodeState::Schedule(state) => state,
            other => unreachable!("a batch names another node as its schedule: {other:?}"),
        }
    }

    /// The schedule whose function a message is for, and the run under way for it.
    fn batch_of(&mut self, reference: MessageRef) -> Option<(NodeId, Handle)> {
        let &Message { node, batch_run, .. } = self.messages.get(reference)?;
        Some((self.host(node).schedule?, batch_run?))
    }

    /// Where the run of a message happens, while there is one.
    pub(super) fn place_of(&mut self, message: &Message) -> Option<Place> {
        let (schedule, run) = (self.host(message.node).schedule?, message.batch_run?);
        Some(self.batch(schedule).runs[run].place)
    }

    /// The Init of the environment of a batch run is repeated inside the run.
    pub(super) fn batch_repeats_init(&mut self, reference: MessageRef, takes: Span) {
        let Some((schedule, run)) = self.batch_of(reference) else { return };
        if let Place::Environment(start) = &mut self.batch(schedule).runs[run].place {
            start.delays.repeated_init = takes;
        }
    }

    /// Puts every schedule's first firing in the calendar.
    pub(super) fn start_schedules(&mut self) {
        for index in 0..self.nodes.len() {
            self.schedule_tick(NodeId(index as u16), 0);
        }
    }

    fn schedule_tick(&mut self, schedule: NodeId, ordinal: u32) {
        let NodeState::Schedule(state) = &self.nodes[schedule.index()] else { return };
        if let Some(&at) = state.settings.ticks.get(ordinal as usize) {
            self.calendar.schedule(at, class::TICK, Event::Tick(schedule, ordinal));
        }
    }

    /// A schedule fires: within the minute, its function is invoked asynchronously, or a task of it is started; at times
    /// twice.
    pub(super) fn tick(&mut self, schedule: NodeId, ordinal: u32) {
        let (now, batch) = (self.now, self.batch(schedule));
        let (until, late) = (batch.closed_until, batch.late_firings);
        if until <= now {
            self.fire(schedule, ordinal);
        } else if late {
            self.calendar.schedule(until, class::TICK, Event::FiresLate(schedule, ordinal));
        }
        self.schedule_tick(schedule, ordinal + 1);
    }

    /// A firing, at its time or late.
    pub(super) fn fire(&mut self, schedule: NodeId, ordinal: u32) {
        self.tell_of(schedule, What::Fired { ordinal });
        let batch = self.batch(schedule);
        let (mut draw, settings) = (batch.delays.draw(u64::from(ordinal), 0), &batch.settings);
        let delay = settings.delay.span(&mut draw);
        let again = draw.chance(settings.duplicate_probability).then(|| settings.delay.span(&mut draw));
        let (function, billed_as) = (batch.function, settings.billed_as);
        for (copy, delay) in [Some(delay), again].into_iter().flatten().enumerate() {
            let copy = copy as u32;
            match &self.nodes[function.index()] {
                NodeState::Fargate(_) => self.fire_task(function, (ordinal, copy), delay),
                _ => self.fire_event(function, (ordinal, copy), delay),
            }
            if let Some(item) = billed_as {
                self.usage.add(item, 1);
            }
        }
    }

    /// A schedule fires, for the n-th time as a copy or not, and after `delay` invokes a Lambda function, whose queue
    /// delivers at least once.
    fn fire_event(&mut self, function: NodeId, (ordinal, copy): (u32, u32), delay: Span) {
        let now = self.now;
        let state = self.lambda(function);
        let mut draw = state.tick_hops.draw(u64::from(ordinal), copy);
        let settings = state.asynchronous();
        let hop = settings.hop.span(&mut draw);
        let again = draw.chance(settings.duplicate_probability).then(|| settings.hop.span(&mut draw));
        for hop in again.into_iter().chain([hop]) {
            let path = Path { hop: delay, ..Path::default() };
            self.queue_message(function, Work::Tick(ordinal), now + delay, hop, path);
        }
    }

    /// A batch run's environment or task is there (or will be): its handler starts, its timeout is set.
    pub(super) fn begin_batch(&mut self, reference: MessageRef, place: Place) {
        let node = self.messages[reference].node;
        let begins = self.now + place.before_run();
        let handler_start = self.now + place.before_handler();
        let host = self.host(node);
        let deadline = host.timeout.map(|timeout| begins + timeout);
        let Some(schedule) = host.schedule else { return };
        let timeout = deadline.map(|at| self.calendar.schedule(at, class::TIMEOUT, Event::BatchTimeout(reference)));
        let pending = self.calendar.schedule(handler_start, class::BATCH, Event::Batch(reference));
        let process = place.process(node, reference);
        let batch = self.batch(schedule);
        batch.runs_begun += 1;
        let run = batch.runs.insert(BatchRun::new(batch.runs_begun, (place, process), handler_start, timeout, pending));
        let message = &mut self.messages[reference];
        message.batch_run = Some(run);
        if let Place::Environment(start) = place {
            message.run = Some(Run::of_many_steps(start));
        }
    }

    /// A run's next step is due: take it, and those after it that come before everything else.
    pub(super) fn batch_step(&mut self, reference: MessageRef) {
        loop {
            let Some((schedule, run)) = self.batch_of(reference) else { return };
            let next = match self.batch(schedule).runs[run].step {
                Step::Start => self.handler_starts(reference, schedule, run),
                Step::Page => self.page_arrives(reference, schedule, run),
                Step::Job => self.job_ends(reference, schedule, run),
            };
            let Some(next) = next else { return };
            if self.calendar.next_time().is_some_and(|pending| pending <= next) {
                let pending = self.calendar.schedule(next, class::BATCH, Event::Batch(reference));
                self.batch(schedule).runs[run].pending = pending;
                return;
            }
            self.now = next;
        }
    }

    /// The handler looks for other runs, notes what is new, and asks for the first page. Returns when that arrives.
    fn handler_starts(&mut self, reference: MessageRef, schedule: NodeId, run: Handle) -> Option<Time> {
        let now = self.now;
        let batch = self.batch(schedule);
        // The lock is taken by the handler: a run that still starts up holds none.
        let locked = batch.runs.iter().any(|other| other.step != Step::Start);
        if locked && batch.settings.overlap == Overlap::Skip {
            return self.batch_ends(reference, schedule, run, Ended::Returned);
        }
        batch.runs[run].end = batch.listing.end();
        batch.runs[run].step = Step::Page;
        Some(now + batch.list_latency(&batch.runs[run]))
    }

    /// A page arrives and the workers begin. Returns when the run's next step is due.
    fn page_arrives(&mut self, reference: MessageRef, schedule: NodeId, run: Handle) -> Option<Time> {
        if self.batch(schedule).source_unavailable {
            return self.batch_ends(reference, schedule, run, Ended::Errored);
        }
        let Self { nodes, ledger, .. } = self;
        let NodeState::Schedule(batch) = &mut nodes[schedule.index()] else { return None };
        let bytes = table_source::page_bytes(&batch.settings.source);
        batch.list_page(run, bytes, |item| ledger.arrived(item).size);
        self.charge_page(schedule, run);
        let held = self.batch(schedule).runs[run].page.len();
        for index in 0..held {
            let BatchRun { page, number, .. } = &self.batch(schedule).runs[run];
            let (item, number) = (page[index].item, *number);
            self.ledger.hold(item);
            self.tell(item, schedule, What::Listed { run: number });
        }
        let workers = (self.batch(schedule).settings.parallel as usize).min(held);
        for worker in 0..workers {
            self.begin_job(reference, schedule, run, worker);
        }
        self.next_step(reference, schedule, run)
    }

    /// A worker takes the next item of the page, if there is one.
    fn begin_job(&mut self, reference: MessageRef, schedule: NodeId, run: Handle, worker: usize) {
        let now = self.now;
        let batch = self.batch(schedule);
        let function = batch.function;
        let state = &mut batch.runs[run];
        let Some(&listed) = state.page.get(state.page_next) else { return };
        state.page_next += 1;
        if self.works_in_steps(function) {
            return self.begin_job_in_steps(reference, schedule, run, worker, listed);
        }
        let attempt = self.ordinals.next_run(listed.item, function);
        self.tell_worker_began(reference, worker, listed.item, attempt);
        let arrived = *self.ledger.arrived(listed.item);
        let plan = self.host(function).handler.plan(arrived.stream.index(), arrived.number, attempt, arrived.service);
        let mut plan = self.with_writes(schedule, plan, &arrived, attempt);
        let process = self.batch(schedule).runs[run].process;
        let begins = Begins { process, arrived: &arrived, attempt, at: now, last: false };
        plan.processing += self.state_adds(function, &begins, &plan);
        let state = &mut self.batch(schedule).runs[run];
        state.set_job(worker, Job { listed, plan, begun: now, cause: None, work: None, worked: None });
        state.jobs_begun += 1;
        state.under_way.push(Reverse((now + plan.processing, state.jobs_begun, worker)));
    }

    /// The worker that ends first has done its item. Returns when the run's next step is due.
    fn job_ends(&mut self, reference: MessageRef, schedule: NodeId, run: Handle) -> Option<Time> {
        let state = &mut self.batch(schedule).runs[run];
        let Reverse((_, _, worker)) = state.under_way.pop()?;
        let job = state.workers[worker];
        let item = self.item_id(job.listed.item);
        let finished = What::Finished { ended: job.plan.ends.into(), effect: job.plan.effect };
        if job.plan.effect {
            self.job_succeeds(schedule, run, job, finished);
        } else {
            self.tell_of_worker(schedule, job.listed.item, finished);
            self.waste(schedule, job.plan.processing);
            self.ledger.release(self.now, job.listed.item);
        }
        let on_item_error = self.batch(schedule).settings.on_item_error;
        match job.plan.ends {
            Ends::Crashed => return self.batch_fails(reference, schedule, run, Ended::Crashed, Some(item)),
            Ends::Errored if on_item_error == OnItemError::Fail => {
                return self.batch_fails(reference, schedule, run, Ended::Errored, Some(item));
            }
            Ends::Errored | Ends::Returned => {}
        }
        self.begin_job(reference, schedule, run, worker);
        self.next_step(reference, schedule, run)
    }

    /// An item is processed: its effect is durable now or at the end, its progress saved now or later. An item whose
    /// processing failed after its effect is not recorded.
    fn job_succeeds(&mut self, schedule: NodeId, run: Handle, job: Job, finished: What) {
        let batch = self.batch(schedule);
        let commit = batch.settings.commit;
        let cause = batch.listing.processed(&job.listed, Ended::from(job.plan.ends));
        let job = Job { cause, ..job };
        match commit {
            Commit::PerItem => self.commit(schedule, run, &job, Some(finished)),
            Commit::AtEnd => {
                self.tell_of_worker(schedule, job.listed.item, finished);
                self.batch(schedule).runs[run].uncommitted.push(job);
            }
        }
        if job.plan.ends == Ends::Returned {
            self.mark(schedule, run, job.listed.position);
        }
    }

    /// The progress of an item is saved, now or later.
    fn mark(&mut self, schedule: NodeId, run: Handle, position: Position) {
        let batch = self.batch(schedule);
        match batch.settings.marker {
            Marker::PerItem => self.record(schedule, position),
            Marker::None | Marker::PerPage => batch.runs[run].unrecorded.push(position),
        }
    }

    /// What comes after a step: the next job's end, the next page, or the end of the run.
    fn next_step(&mut self, reference: MessageRef, schedule: NodeId, run: Handle) -> Option<Time> {
        let state = &mut self.batch(schedule).runs[run];
        if let Some(&Reverse((end, _, _))) = state.under_way.peek() {
            state.step = Step::Job;
            return Some(end);
        }
        if state.in_steps > 0 {
            return None;
        }
        state.step = Step::Page;
        let more = state.more;
        if self.batch(schedule).settings.marker == Marker::PerPage {
            self.record_page(schedule, run);
        }
        if more {
            let batch = self.batch(schedule);
            let latency = batch.list_latency(&batch.runs[run]);
            return Some(self.now + latency);
        }
        self.batch_ends(reference, schedule, run, Ended::Returned)
    }

    /// A run fails with an item.
    fn batch_fails(
        &mut self,
        reference: MessageRef,
        schedule: NodeId,
        run: Handle,
        ended: Ended,
        at: Option<ItemId>,
    ) -> Option<Time> {
        self.batch(schedule).runs[run].failed_at = at;
        self.batch_ends(reference, schedule, run, ended)
    }

    /// A run ends, by itself or by force. Returns that no step follows.
    fn batch_ends(&mut self, reference: MessageRef, schedule: NodeId, run: Handle, ended: Ended) -> Option<Time> {
        if let Some(timeout) = self.batch(schedule).runs[run].timeout {
            self.calendar.cancel(timeout);
        }
        if ended == Ended::Returned {
            self.commit_all(schedule, run);
            self.record_page(schedule, run);
        } else if self.batch(schedule).settings.commit == Commit::PerItem {
            self.tell_unmarked(schedule, run, ended);
            let BatchNode { listing, runs, .. } = self.batch(schedule);
            listing.left_unmarked(&runs[run].unrecorded, ended);
        }
        self.discard(schedule, run, ended);
        let place = self.batch(schedule).runs[run].place;
        self.batch(schedule).runs.remove(run);
        self.messages[reference].batch_run = None;
        self.leave(reference, &place, ended);
        None
    }

    /// A run reaches the function timeout: it is killed wherever it is, and takes no further step.
    pub(super) fn batch_timeout(&mut self, reference: MessageRef) {
        self.kill_batch(reference, Ended::TimedOut);
    }

    /// A run is lost with the place it is in.
    pub(super) fn batch_lost(&mut self, reference: MessageRef) {
        self.kill_batch(reference, Ended::Lost);
    }

    fn kill_batch(&mut self, reference: MessageRef, ended: Ended) {
        if let Some((schedule, run)) = self.batch_of(reference) {
            let pending = self.batch(schedule).runs[run].pending;
            self.calendar.cancel(pending);
            self.batch_ends(reference, schedule, run, ended);
        }
    }

    /// Makes one item's effect durable, with which its work is over if that is to be told, and lets go of it.
    fn commit(&mut self, schedule: NodeId, run: Handle, job: &Job, finished: Option<What>) {
        let batch = self.batch(schedule);
        let (function, state) = (batch.function, &batch.runs[run]);
        let (handler_start, place, process) = (state.handler_start, state.place, state.process);
        let Some(branch) = self.host(function).leaf else { return };
        let item = job.listed.item;
        let way = job
            .worked
            .unwrap_or_else(|| way_through(self.ledger.arrived(item).at, handler_start, &place, job.plan.processing));
        let path = Path { cause: job.cause, ..way };
        let applied = self.ledger.apply(self.now, item, branch, path);
        self.count_item(function, Some(process), applied);
        if applied == Applied::Again {
            self.waste(schedule, path.service);
        }
        if let Some(finished) = finished {
            self.tell(item, function, finished);
        }
        self.ledger.release(self.now, item);
    }

    fn commit_all(&mut self, schedule: NodeId, run: Handle) {
        let jobs = std::mem::take(&mut self.batch(schedule).runs[run].uncommitted);
        for job in &jobs {
            self.tell_of_worker(schedule, job.listed.item, What::Committed);
            self.commit(schedule, run, job, None);
        }
    }

    /// Saves the progress of an item: it is new no more.
    fn record(&mut self, schedule: NodeId, position: Position) {
        let item = self.batch(schedule).listing.record(position);
        self.charge_delete(schedule, item);
        if let Some(item) = item {
            self.tell(item, schedule, What::Marked);
            self.ledger.release(self.now, item);
        }
    }

    fn record_page(&mut self, schedule: NodeId, run: Handle) {
        let positions = std::mem::take(&mut self.batch(schedule).runs[run].unrecorded);
        for &position in &positions {
            self.record(schedule, position);
        }
        // Hands the buffer back, so that a run allocates once.
        let state = &mut self.batch(schedule).runs[run];
        state.unrecorded = positions;
        state.unrecorded.clear();
    }

    /// Lets go of all that a run still had: jobs under way, items not begun, effects not durable, claims.
    fn discard(&mut self, schedule: NodeId, run: Handle, ended: Ended) {
        let now = self.now;
        self.abandon_jobs(schedule, run, ended);
        let Self { nodes, ledger, .. } = self;
        let NodeState::Schedule(batch) = &mut nodes[schedule.index()] else { return };
        let function = Spot::Node(batch.function);
        let undone = std::mem::take(&mut batch.runs[run].uncommitted);
        undone.iter().for_each(|job| batch.listing.undone(&job.listed));
        let state = &mut batch.runs[run];
        let mut wasted = Span::ZERO;
        let mut items: Vec<ItemRef> =
            state.page[state.page_next.min(state.page.len())..].iter().map(|l| l.item).collect();
        let over = state.over(ended);
        items.iter().for_each(|&item| ledger.tell(now, item, Spot::Node(schedule), What::NotBegun(over)));
        while let Some(Reverse((_, _, worker))) = state.under_way.pop() {
            wasted += now.since(state.workers[worker].begun);
            let item = state.workers[worker].listed.item;
            if let Some(cut_off) = cut_off(over) {
                ledger.tell(now, item, function, cut_off);
            }
            ledger.tell(now, item, function, What::Finished { ended, effect: false });
            items.push(item);
        }
        for job in undone {
            ledger.tell(now, job.listed.item, function, What::Undone(over));
            wasted += job.worked.map_or(job.plan.processing, |path| path.service);
            items.push(job.listed.item);
        }
        for position in std::mem::take(&mut state.claimed) {
            batch.listing.unclaim(position);
        }
        self.waste(schedule, wasted);
        for item in items {
            self.ledger.release(now, item);
        }
    }

    fn waste(&mut self, schedule: NodeId, time: Span) {
        let function = self.batch(schedule).function;
        self.host(function).runs.wasted += u128::from(time.as_nanos());
    }
}

impl BatchRun {
    fn set_job(&mut self, worker: usize, job: Job) {
        match self.workers.get_mut(worker) {
            Some(place) => *place = job,
            None => self.workers.push(job),
        }
    }

    fn new(
        number: u64,
        (place, process): (Place, Process),
        handler_start: Time,
        timeout: Option<Ticket>,
        pending: Ticket,
    ) -> Self {
        Self {
            number,
            place,
            process,
            handler_start,
            timeout,
            pending,
            step: Step::Start,
            cursor: Listing::start(),
            end: Listing::start(),
            more: false,
            pages: 0,
            listed: 0,
            page: Vec::new(),
            page_next: 0,
            passed: Vec::new(),
            under_way: BinaryHeap::new(),
            workers: Vec::new(),
            in_steps: 0,
            jobs_begun: 0,
            uncommitted: Vec::new(),
            unrecorded: Vec::new(),
            claimed: Vec::new(),
            failed_at: None,
        }
    }

    /// How it was over, for its items.
    const fn over(&self, ended: Ended) -> RunOver {
        RunOver { ended, at: self.failed_at }
    }

    /// Leaves to the next page what exceeds the bytes of this one. Returns whether anything does.
    fn cut_page(&mut self, listing: &mut Listing, bytes: u64, size: impl Fn(ItemRef) -> u64) -> bool {
        if bytes == u64::MAX {
            return false;
        }
        let mut sum = 0u64;
        let exceeds = |listed: &Listed| {
            sum = sum.saturating_add(size(listed.item));
            sum > bytes
        };
        let kept = self.page.iter().position(exceeds).map(|index| index.max(1));
        let Some(first) = kept.and_then(|kept| self.page.get(kept)) else { return false };
        self.cursor = first.position;
        for listed in self.page.drain(kept.unwrap_or_default()..) {
            listing.unclaim(listed.position);
        }
        true
    }
}

impl Simulation<'_> {
    /// Tells that a worker of the run of a message begins with an item, now.
    pub(super) fn tell_worker_began(&mut self, reference: MessageRef, worker: usize, item: ItemRef, ordinal: u32) {
        let Some((schedule, run)) = self.batch_of(reference) else { return };
        let batch = self.batch(schedule);
        let BatchRun { number, place, .. } = batch.runs[run];
        let on = Host::Worker { run: number, worker, environment: place.environment() };
        let function = batch.function;
        self.tell(item, function, What::Began(Attempt { ordinal, on }));
    }

    /// Tells the items that a run had done, and not saved its progress with, that it is over.
    fn tell_unmarked(&mut self, schedule: NodeId, run: Handle, ended: Ended) {
        if self.recorder().is_none() {
            return;
        }
        let Self { nodes, ledger, now, .. } = self;
        let NodeState::Schedule(batch) = &mut nodes[schedule.index()] else { return };
        let over = batch.runs[run].over(ended);
        for &position in &batch.runs[run].unrecorded {
            if let Some(item) = batch.listing.item_at(position) {
                ledger.tell(*now, item, Spot::Node(batch.function), What::NotKept(over));
            }
        }
    }

    /// Tells of a moment of an item at the function of a schedule, now.
    fn tell_of_worker(&mut self, schedule: NodeId, item: ItemRef, what: What) {
        let function = self.batch(schedule).function;
        self.tell(item, function, what);
    }
}

impl BatchNode {
    /// What a run has read with its last page: its items, and those that other runs have claimed.
    pub(super) fn read_by(&self, run: Handle) -> (impl Iterator<Item = ItemRef> + '_, &[ItemRef]) {
        let run = &self.runs[run];
        (run.page.iter().map(|listed| listed.item), &run.passed)
    }
}

/// What is told of work under way in a run that is over, besides its end, where that is not said with its end.
const fn cut_off(over: RunOver) -> Option<What> {
    match over.ended {
        Ended::Lost => Some(What::Struck(Strike::ZoneLost)),
        Ended::Errored | Ended::Crashed => Some(What::CutOff(over)),
        Ended::Returned | Ended::TimedOut => None,
    }
}

/// The way of an item through a run: of the run's cold start and hop only what passed after the item arrived.
fn way_through(arrived: Time, handler_start: Time, place: &Place, service: Span) -> Path {
    let here = handler_start.since(arrived);
    let cold = place.cold_start().min(here);
    let hop = place.hop().min(here.saturating_sub(cold));
    Path { hop, cold, service, ..Path::default() }
}
