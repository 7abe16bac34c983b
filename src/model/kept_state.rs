//! State that functions keep in their processes, and what becomes of it: the rules are in
//! [`handlers::state`](crate::handlers::state), what each process holds is here.
//!
//! What a handler does about its state is known when it begins with an item: whether it loads the cached value, and
//! whether it will write the counter. What these take is a part of the work on that item. An item is counted when it has
//! its effect, by the process that worked on it, if that is still there.

use std::collections::BTreeMap;

use super::ledger::{Applied, Arrived};
use super::outcome::StateOutcome;
use super::simulation::{NodeState, Simulation};
use crate::handlers::Plan;
use crate::handlers::state::{
    Cache, CacheSettings, Cached, Changes, Counter, FlushAtEndOf, Read, StateSettings, Tally,
};
use crate::kernel::{Purpose, Root, Span, Time};
use crate::services::downstream::Process;
use crate::words::{LineItem, NodeId, Usage};

/// Half read units of a strongly consistent read of up to 4 KB.
const HALF_UNITS_OF_A_LOAD: u128 = 2;

/// What one process holds.
#[derive(Debug, Clone, Copy)]
struct Memory {
    tally: Option<Tally>,
    cached: Option<Cached>,
}

/// The state of one function, in all its processes.
#[derive(Debug)]
pub(super) struct KeptState {
    counter: Option<Counter>,
    cache: Option<(CacheSettings, Changes)>,
    reads: Cache,
    /// One for each process that is there: environments that have ended are left out.
    memories: BTreeMap<Process, Memory>,
    /// Draws by stream.
    draws: Vec<StateDraws>,
    usage: Usage,
}

/// Draws about the items of one stream.
#[derive(Debug, Clone, Copy)]
struct StateDraws {
    writes: Purpose,
    loads: Purpose,
}

/// An item that a process begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begins<'a> {
    pub process: Process,
    pub arrived: &'a Arrived,
    /// The ordinal of the run among those of the item here.
    pub attempt: u32,
    pub at: Time,
    /// Whether the invocation ends with it.
    pub last: bool,
}

impl KeptState {
    pub(super) fn new<'a>(
        settings: StateSettings,
        function: &str,
        streams: impl Iterator<Item = &'a str>,
        root: &Root,
    ) -> Self {
        let draws = |stream: &str| {
            let owner = format!("{stream}/{function}");
            StateDraws { writes: root.purpose(&owner, "counter write"), loads: root.purpose(&owner, "cache load") }
        };
        let changes =
            |cache: &CacheSettings| Changes::new(cache.changes_every, cache.pattern, root.purpose(function, "changes"));
        Self {
            counter: settings.counter.map(Counter::new),
            cache: settings.cache.map(|cache| (cache.clone(), changes(&cache))),
            reads: Cache::default(),
            memories: BTreeMap::new(),
            draws: streams.map(draws).collect(),
            usage: Usage::default(),
        }
    }

    pub(super) const fn usage(&self) -> &Usage {
        &self.usage
    }

    fn memory(&mut self, process: Process, now: Time) -> &mut Memory {
        let counter = &self.counter;
        let begin = || Memory { tally: counter.as_ref().map(|counter| counter.begin(now)), cached: None };
        self.memories.entry(process).or_insert_with(begin)
    }

    /// A process begins with an item, which will take so long. Returns what its state adds to that.
    fn begins(&mut self, begins: &Begins<'_>, plan: &Plan) -> Span {
        let loading = self.read(begins);
        let writing = if plan.effect { self.writes(begins, loading + plan.processing) } else { Span::ZERO };
        loading + writing
    }

    /// The handler uses the cached value. Returns what loading it takes, if it must.
    fn read(&mut self, begins: &Begins<'_>) -> Span {
        let &Begins { process, arrived, attempt, at, .. } = begins;
        let held = self.memory(process, at).cached;
        let Some((cache, changes)) = &self.cache else { return Span::ZERO };
        if self.reads.read(held.as_ref(), at, cache.ttl) == Read::FromMemory {
            return Span::ZERO;
        }
        let load = cache.load_time.span(&mut self.draws[arrived.stream.index()].loads.draw(arrived.number, attempt));
        let loaded = at + load;
        let cached = Cached::new(loaded, changes.first_after(loaded));
        self.usage.add(LineItem::DynamoDbHalfReadUnits, HALF_UNITS_OF_A_LOAD);
        self.memory(process, at).cached = Some(cached);
        load
    }

    /// What writing the counter takes, if the work of this item will.
    fn writes(&mut self, begins: &Begins<'_>, processing: Span) -> Span {
        let &Begins { process, arrived, attempt, at, last } = begins;
        let Some(tally) = self.memory(process, at).tally else { return Span::ZERO };
        let Some(counter) = &self.counter else { return Span::ZERO };
        let settings = counter.settings();
        let at_end = last && settings.flush_at_end_of == FlushAtEndOf::Invocation;
        if !at_end && !counter.is_due(&tally, at + processing) {
            return Span::ZERO;
        }
        let draws = self.draws[arrived.stream.index()].writes;
        settings.write_time.span(&mut draws.draw(arrived.number, attempt))
    }

    /// An item has its effect by the work of this process.
    fn count(&mut self, process: Process, now: Time, applied: Applied) {
        let Some(mut tally) = self.memory(process, now).tally else { return };
        let Some(counter) = &mut self.counter else { return };
        let written = counter.count(&mut tally, now, applied == Applied::Again);
        self.usage.add(LineItem::DynamoDbWriteUnits, u128::from(written));
        self.memory(process, now).tally = Some(tally);
    }

    /// What a process has counted is written, if it is so at the end of this.
    fn flush_at_end_of(&mut self, end: FlushAtEndOf, process: Process, now: Time) {
        let Some(Memory { tally: Some(tally), .. }) = self.memories.get_mut(&process) else { return };
        let Some(counter) = self.counter.as_mut().filter(|counter| counter.settings().flush_at_end_of == end) else {
            return;
        };
        let written = counter.write(tally, now);
        self.usage.add(LineItem::DynamoDbWriteUnits, u128::from(written));
    }

    /// A process is gone.
    fn forget(&mut self, process: Process) {
        let Some(memory) = self.memories.remove(&process) else { return };
        if let (Some(counter), Some(tally)) = (&mut self.counter, memory.tally) {
            counter.lose(&tally);
        }
    }

    /// Closes its books: what processes still hold is in memory only.
    pub(super) fn finish(mut self) -> StateOutcome {
        if let Some(counter) = &mut self.counter {
            self.memories.values().filter_map(|memory| memory.tally).for_each(|tally| counter.leave(&tally));
        }
        StateOutcome { counter: self.counter.map(|counter| counter.totals()), cache: self.cache.map(|_| self.reads) }
    }
}

impl Simulation<'_> {
    fn kept_state(&mut self, function: NodeId) -> Option<&mut KeptState> {
        match &mut self.nodes[function.index()] {
            NodeState::Lambda(state) => state.kept.as_deref_mut(),
            NodeState::Fargate(state) => state.kept.as_deref_mut(),
            _ => None,
        }
    }

    /// What the state of a function adds to its work on an item.
    pub(super) fn state_adds(&mut self, function: NodeId, begins: &Begins<'_>, plan: &Plan) -> Span {
        self.kept_state(function).map_or(Span::ZERO, |state| state.begins(begins, plan))
    }

    /// An item has its effect by the work of a process; a process that is gone does not count it.
    pub(super) fn count_item(&mut self, function: NodeId, process: Option<Process>, applied: Applied) {
        let now = self.now;
        let Some(state) = self.kept_state(function) else { return };
        match process {
            Some(process) => state.count(process, now, applied),
            None => {
                if let Some(counter) = &mut state.counter {
                    counter.miss(applied == Applied::Again);
                }
            }
        }
    }

    /// An invocation has ended well.
    pub(super) fn invocation_returned(&mut self, process: Process) {
        let now = self.now;
        if let Some(state) = self.kept_state(NodeId(process.0)) {
            state.flush_at_end_of(FlushAtEndOf::Invocation, process, now);
        }
    }

    /// An environment has expired, and is given the time of its Shutdown phase.
    pub(super) fn environment_expired(&mut self, process: Process) {
        let now = self.now;
        if let Some(state) = self.kept_state(NodeId(process.0)) {
            state.flush_at_end_of(FlushAtEndOf::Environment, process, now);
        }
    }

    /// A process is gone, and with it all that it held.
    pub(super) fn forget_state(&mut self, process: Process) {
        if let Some(state) = self.kept_state(NodeId(process.0)) {
            state.forget(process);
        }
    }
}
