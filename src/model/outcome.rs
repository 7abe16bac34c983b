//! What one run of one strategy left: integers only, so that merging is exact, on every machine and in every order.

use serde::{Deserialize, Serialize};

pub use super::batches::ItemBatch;
use super::ledger::Path;
use super::workflow::outcome::MachineOutcome;
use crate::handlers::state::{Cache, CounterTotals};
use crate::kernel::{Span, Time};
use crate::metrics::{GaugeTotals, Histogram};
use crate::services::api_gateway::STATUSES;
use crate::words::{DuplicatesByCause, SuppressedCounts, Usage};

/// Version of [`Outcome`]'s form; a reader refuses others.
pub const OUTCOME_VERSION: u32 = 6;

/// One run of one strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// [`OUTCOME_VERSION`].
    pub version: u32,
    /// When the run ended: drained, or `drain` was over.
    pub end: Time,
    /// Items and effects.
    pub items: ItemTotals,
    /// By branch, in a fan-out.
    pub branches: Vec<BranchOutcome>,
    /// By function, in the order of the graph.
    pub functions: Vec<FunctionOutcome>,
    /// By API, in the order of the graph.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apis: Vec<ApiOutcome>,
    /// By stream of records, in the order of the graph.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<StreamOutcome>,
    /// By state machine, in the order of the graph.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<MachineOutcome>,
    /// By resource that functions call, in the order of the scenario; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceOutcome>,
    /// By fault, in the order of the scenario, those that strike the strategy; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultOutcome>,
    /// What the same run came to without any of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_faults: Option<WithoutFaults>,
    /// What remedies did; left out where they did nothing.
    #[serde(default, skip_serializing_if = "RemedyTotals::is_empty")]
    pub remedies: RemedyTotals,
    /// Effects owed and not yet applied, over time.
    pub backlog: GaugeTotals,
    /// Age of the oldest of them, over time, in nanoseconds.
    pub oldest_age: GaugeTotals,
    /// Runs at once, over time, all functions together.
    pub concurrency: GaugeTotals,
    /// What is billed.
    pub usage: Usage,
    /// The kind of flow that was reckoned in aggregated counts, which leaves much of the above unknown; none: every item
    /// was played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fluid: Option<FluidFlow>,
}

/// A kind of flow that can be reckoned in aggregated counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FluidFlow {
    /// A textbook queue and its servers.
    Queue,
    /// One asynchronous invocation for each item.
    PerEvent,
    /// A schedule whose runs work off what is new.
    Batch,
}

/// Counts and latencies of items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemTotals {
    /// Items that arrived.
    pub arrived: u64,
    /// Of them, those that arrived after the warm-up, of which latencies are taken.
    pub measured: u64,
    /// Effects owed.
    pub owed: u64,
    /// Effects applied for the first time.
    pub processed: u64,
    /// Items that have all their effects, those that owe none included.
    pub completed: u64,
    /// Effects given up into a dead-letter queue or destination.
    pub dead_lettered: u64,
    /// Effects whose message grew too old.
    pub expired: u64,
    /// Effects refused at the door.
    pub rejected: u64,
    /// Effects nothing works towards any more.
    pub lost: u64,
    /// Effects still owed at the end.
    pub backlog_end: u64,
    /// Effects applied again.
    pub duplicates: u64,
    /// The same by cause.
    pub duplicates_by_cause: DuplicatesByCause,
    /// Repetitions that a queue's de-duplication or idempotency caught.
    pub duplicates_suppressed: u64,
    /// The same by mechanism; left out where there are none.
    #[serde(default, skip_serializing_if = "SuppressedCounts::is_empty")]
    pub suppressed_by: SuppressedCounts,
    /// Effects applied for the first time after that of a younger item of the same key; none: it was not watched.
    pub order_inversions: Option<u64>,
    /// Sojourn times of the measured items that completed.
    pub latency: Histogram,
    /// Their waits.
    pub wait: Histogram,
    /// Where their time went.
    pub split: Split,
    /// How many of them came within each of the objectives' bounds.
    pub within: Vec<u64>,
    /// The same items in batches by the time of their arrival, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<ItemBatch>,
}

impl ItemTotals {
    /// Effects that ended without being applied.
    #[must_use]
    pub const fn ended(&self) -> u64 {
        self.dead_lettered + self.expired + self.rejected + self.lost
    }

    /// Of a run in which nothing has arrived, with so many bounds on latency.
    #[must_use]
    pub fn new(bounds: usize) -> Self {
        Self {
            arrived: 0,
            measured: 0,
            owed: 0,
            processed: 0,
            completed: 0,
            dead_lettered: 0,
            expired: 0,
            rejected: 0,
            lost: 0,
            backlog_end: 0,
            duplicates: 0,
            duplicates_by_cause: DuplicatesByCause::default(),
            duplicates_suppressed: 0,
            suppressed_by: SuppressedCounts::default(),
            order_inversions: None,
            latency: Histogram::default(),
            wait: Histogram::default(),
            split: Split::default(),
            within: vec![0; bounds],
            batches: Vec::new(),
        }
    }
}

/// Sums of where the measured items' sojourn times went, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Split {
    /// Waiting for a turn.
    pub wait: u128,
    /// Hops between services.
    pub hop: u128,
    /// Cold starts.
    pub cold_start: u128,
    /// Service.
    pub service: u128,
    /// Failed tries and the waits after them.
    pub back_off: u128,
    /// Items that waited at all.
    pub waited: u64,
}

impl Split {
    pub(super) fn add(&mut self, wait: Span, path: &Path) {
        self.wait += u128::from(wait.as_nanos());
        self.hop += u128::from(path.hop.as_nanos());
        self.cold_start += u128::from(path.cold.as_nanos());
        self.service += u128::from(path.service.as_nanos());
        self.back_off += u128::from(path.back_off.as_nanos());
        self.waited += u64::from(wait > Span::ZERO);
    }
}

/// One branch of a fan-out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BranchOutcome {
    /// The label of its last function.
    pub label: String,
    /// Measured items that owe an effect on it: those that no filter kept from it.
    pub measured: u64,
    /// Effects applied on it.
    pub processed: u64,
    /// Sojourn times to that effect.
    pub latency: Histogram,
}

/// One function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionOutcome {
    /// Its label.
    pub label: String,
    /// Counts of its runs.
    pub runs: RunTotals,
    /// Runs at once, over time.
    pub concurrency: GaugeTotals,
    /// Most environments at once.
    pub environments_max: u64,
    /// What it kept in its processes; left out where it kept nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<StateOutcome>,
}

/// What a function kept in its processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateOutcome {
    /// Its counter, if it has one.
    pub counter: Option<CounterTotals>,
    /// The value it caches, if it does.
    pub cache: Option<Cache>,
}

/// One stream of records, Kinesis or DynamoDB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamOutcome {
    /// Its label.
    pub label: String,
    /// Calls of producers that its shards refused.
    pub throttled_puts: u64,
    /// By function that reads it.
    pub consumers: Vec<ConsumerOutcome>,
}

/// One function that reads a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerOutcome {
    /// The function's label.
    pub function: String,
    /// Age of the last record of the batch that was sent to it last, over time, in nanoseconds; 0 while no batch is in
    /// hand.
    pub iterator_age: GaugeTotals,
}

/// One fault, as a strategy came through it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultOutcome {
    /// Its name.
    pub name: String,
    /// By occurrence, in their order.
    pub occurrences: Vec<OccurrenceOutcome>,
    /// Requests while it held, by function, API and downstream.
    pub requests: Vec<RequestTotals>,
}

/// One occurrence of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OccurrenceOutcome {
    /// Its first instant.
    pub start: Time,
    /// The first instant after it.
    pub end: Time,
    /// The highest backlog in as long a time before it.
    pub backlog_before: u64,
    /// When the backlog was back to that.
    pub backlog: Back,
    /// When items came in time again.
    pub latency: Back,
}

/// When something was back to what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Back {
    /// There is nothing to tell by.
    #[default]
    Unknown,
    /// So long after the end of the fault.
    After(Span),
    /// Not in this run.
    Never,
}

/// Requests to one part of a strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestTotals {
    /// Its label.
    pub label: String,
    /// Requests, repeated and refused ones too.
    pub offered: u64,
    /// Of them, those that are no repetition.
    pub first: u64,
}

/// What remedies did, besides what breakers did to calls, which is counted with these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RemedyTotals {
    /// Messages that redrives moved back from a dead-letter queue.
    pub redriven: u64,
    /// Sends to a queue that were given up for what waited in it already.
    pub shed_by_depth: u64,
    /// Items that functions passed over for their age.
    pub shed_by_age: u64,
    /// Events and records that were given up and went to an on-failure destination.
    pub to_destination: u64,
    /// Retries that clients did not make because their quota was used up.
    pub retries_denied: u64,
}

impl RemedyTotals {
    /// Whether they did nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a run comes to without its faults, all draws being the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutFaults {
    /// Effects that ended without being applied: dead-lettered, expired, rejected or lost.
    pub ended: u64,
    /// Effects applied again.
    pub duplicates: u64,
    /// By fault, what came of the times in which it would have held: where something is never back in them either, the
    /// fault is not to blame.
    pub faults: Vec<FaultOutcome>,
}

impl WithoutFaults {
    /// Of a run whose faults struck nothing.
    #[must_use]
    pub fn of(outcome: Outcome) -> Self {
        Self { ended: outcome.items.ended(), duplicates: outcome.items.duplicates, faults: outcome.faults }
    }
}

/// What functions called while they ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceOutcome {
    /// Its label.
    pub label: String,
    /// Counts of its calls.
    pub calls: CallTotals,
    /// From the request to the answer, of the calls that were done and whose caller still waited.
    pub latency: Histogram,
    /// Calls at work, over time.
    pub concurrency: GaugeTotals,
    /// Its connections, where functions open them ahead of their calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<ConnectionsOutcome>,
}

/// The connections of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionsOutcome {
    /// Open, in use or kept, over time.
    pub open: GaugeTotals,
    /// Opened.
    pub opened: u64,
    /// Refused for want of room, to a function that would have opened them ahead, or to a call.
    pub refused: u64,
}

/// Counts of the calls to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallTotals {
    /// Calls, repeated and refused ones too.
    pub calls: u64,
    /// Of them, those that were made before for the same item, by this run or an earlier one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeated: u64,
    /// Of them, those that had to wait for a connection.
    pub waited: u64,
    /// Answered as done.
    pub done: u64,
    /// Answered as failed.
    pub failed: u64,
    /// Refused for the rate limit.
    pub refused_rate: u64,
    /// Refused for want of a connection, at once or after waiting for one.
    pub refused_connections: u64,
    /// Whose caller was gone before the answer.
    pub left: u64,
    /// Most connections in use at once.
    pub connections_max: u64,
    /// Calls that an open circuit breaker kept from being made; not among `calls`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub short_circuited: u64,
    /// Times that a circuit breaker opened.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub breakers_opened: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl CallTotals {
    /// Adds another resource's counts.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.repeated += other.repeated;
        self.waited += other.waited;
        self.done += other.done;
        self.failed += other.failed;
        self.refused_rate += other.refused_rate;
        self.refused_connections += other.refused_connections;
        self.left += other.left;
        self.connections_max += other.connections_max;
        self.short_circuited += other.short_circuited;
        self.breakers_opened += other.breakers_opened;
    }
}

/// Counts of a function's runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunTotals {
    /// Runs: billed requests.
    pub invocations: u64,
    /// Tries, throttled ones too.
    pub attempts: u64,
    /// Tries after the first.
    pub retries: u64,
    /// Tries refused.
    pub throttles: u64,
    /// Runs killed at the timeout.
    pub timeouts: u64,
    /// Runs that waited for a new environment.
    pub cold_starts: u64,
    /// Time environments (or ideal servers) were taken, ns.
    pub busy: u128,
    /// Processing time that led to no first effect (or, before the last function, to no onward message), ns.
    pub wasted: u128,
    /// Billed milliseconds × MB.
    pub billed_mb_ms: u128,
}

impl RunTotals {
    /// Adds another function's counts.
    pub fn add(&mut self, other: &Self) {
        self.invocations += other.invocations;
        self.attempts += other.attempts;
        self.retries += other.retries;
        self.throttles += other.throttles;
        self.timeouts += other.timeouts;
        self.cold_starts += other.cold_starts;
        self.busy += other.busy;
        self.wasted += other.wasted;
        self.billed_mb_ms += other.billed_mb_ms;
    }
}

/// One API, as its clients saw it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ApiOutcome {
    /// Its label.
    pub label: String,
    /// Calls: one an item.
    pub calls: u64,
    /// Of them, those about items that arrived after the warm-up, of which response times are taken.
    pub measured: u64,
    /// Requests: the attempts of the calls.
    pub requests: u64,
    /// Of them, those whose client stopped waiting before the answer came.
    pub timeouts: u64,
    /// Calls that ended in an error for their client.
    pub errors: u64,
    /// Of them, those whose work was done all the same, before or after.
    pub errors_done: u64,
    /// The API's answers by status, in the order of [`STATUSES`].
    pub answers: [u64; STATUSES.len()],
    /// How long the clients of measured calls waited for their final answer, good or bad.
    pub response: Histogram,
}

impl ApiOutcome {
    pub(super) fn count(&mut self, status: u16) {
        if let Some(index) = STATUSES.iter().position(|&known| known == status) {
            self.answers[index] += 1;
        }
    }

    /// Answers of a status.
    #[must_use]
    pub fn answered(&self, status: u16) -> u64 {
        STATUSES.iter().zip(self.answers).filter(|&(&known, _)| known == status).map(|(_, count)| count).sum()
    }

    /// Adds what another API's clients saw.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.measured += other.measured;
        self.requests += other.requests;
        self.timeouts += other.timeouts;
        self.errors += other.errors;
        self.errors_done += other.errors_done;
        self.answers.iter_mut().zip(other.answers).for_each(|(count, more)| *count += more);
        self.response.merge(&other.response);
    }
}
