//! The metrics: their stable names, their units and which way is better.

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Less of it.
    Lower,
    /// More of it.
    Higher,
    /// Neither: it describes the run.
    Neither,
}

/// One metric of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Stable, `snake_case`.
    pub name: &'static str,
    /// `s`, `items`, `effects`, `runs`, `environments`, `GB-s`, `USD`, `times` or `1` (a share).
    pub unit: &'static str,
    /// Which way is better.
    pub better: Better,
    /// What it counts, in a sentence.
    pub meaning: &'static str,
}

macro_rules! metrics {
    ($($name:literal $unit:literal $better:ident $meaning:literal;)*) => {
        /// Every metric, in the order of the reports.
        pub static ALL: &[Metric] =
            &[$(Metric { name: $name, unit: $unit, better: Better::$better, meaning: $meaning },)*];
    };
}

metrics! {
    "arrived" "items" Neither "items that arrived";
    "owed" "effects" Neither "effects owed: one for each branch an item goes down";
    "processed" "effects" Higher "effects applied for the first time";
    "unprocessed_share" "1" Lower "share of the arrived items that never had all their effects";
    "backlog_end" "effects" Lower "effects still owed when the run ended";
    "dead_lettered" "effects" Lower "effects given up into a dead-letter queue or on-failure destination";
    "expired" "effects" Lower "effects whose message outlived its largest age";
    "rejected" "effects" Lower "effects refused at the door";
    "lost" "effects" Lower "effects that nothing works towards any more";
    "duplicates" "effects" Lower "effects applied again to an item that has them; a scope names their cause";
    "duplicates_suppressed" "effects" Lower "repetitions caught by idempotency or by the de-duplication of a FIFO queue";
    "order_inversions" "effects" Lower "effects applied for the first time after that of a younger item of the same key";
    "invocations" "runs" Lower "runs of a function: billed requests";
    "attempts" "runs" Lower "tries of an invocation: runs and throttled tries";
    "retries" "runs" Lower "tries after the first";
    "throttles" "runs" Lower "tries refused for want of concurrency or rate";
    "timeouts" "runs" Lower "runs killed at the function timeout";
    "cold_starts" "runs" Lower "runs that waited for a new environment";
    "requests" "requests" Neither "requests that clients sent to an API, retries too";
    "answers" "answers" Neither "answers of an API; a scope names the API and the HTTP status";
    "client_timeouts" "requests" Lower "requests whose client stopped waiting before their answer";
    "client_errors" "calls" Lower "calls of an API that ended in an error for their client, retries and all";
    "client_errors_done" "calls" Lower "of them, calls whose work was done all the same";
    "response_p50" "s" Lower "median time that clients waited for their final answer, good or bad";
    "response_p95" "s" Lower "95th percentile of that time";
    "response_p99" "s" Lower "99th percentile of that time";
    "latency_mean" "s" Lower "mean sojourn time over the processed items";
    "latency_p50" "s" Lower "median sojourn time over all arrived items";
    "latency_p90" "s" Lower "90th percentile of the sojourn time";
    "latency_p95" "s" Lower "95th percentile of the sojourn time";
    "latency_p99" "s" Lower "99th percentile of the sojourn time";
    "latency_p999" "s" Lower "99.9th percentile of the sojourn time";
    "latency_max" "s" Lower "longest sojourn time of a processed item";
    "within_share" "1" Higher "share of the arrived items that came within an objective's bound on latency";
    "wait_mean" "s" Lower "mean time spent waiting for a turn: sojourn less hops, cold starts, service and back-off";
    "wait_p50" "s" Lower "median wait of the processed items";
    "wait_p95" "s" Lower "95th percentile of the wait";
    "wait_p99" "s" Lower "99th percentile of the wait";
    "waited_share" "1" Lower "share of the processed items that waited at all";
    "backlog_mean" "effects" Lower "time mean of the backlog from warm-up to the end of arrivals";
    "backlog_max" "effects" Lower "peak backlog";
    "oldest_age_max" "s" Lower "greatest age the oldest item of the backlog reached";
    "iterator_age_max" "s" Lower "greatest age of the last record of a batch when it was sent to a stream's function";
    "throttled_puts" "records" Lower "calls of producers that a stream's shards refused; each is tried again or rejected";
    "calls" "calls" Neither "calls that functions make while they run, repeated ones too; a scope names what is called";
    "calls_refused" "calls" Lower "of them, those refused for want of a connection or for the rate limit";
    "calls_failed" "calls" Lower "of them, those answered with an error";
    "calls_unanswered" "calls" Lower "of them, those not answered before their caller left";
    "calls_short_circuited" "calls" Neither "calls that an open circuit breaker kept from being made; not among the calls";
    "breakers_opened" "openings" Lower "times that a circuit breaker opened";
    "redriven" "messages" Neither "messages that redrives moved back from a dead-letter queue to their queue";
    "shed_by_depth" "items" Neither "items that senders gave up because too many waited in the queue";
    "shed_by_age" "items" Neither "items that functions passed over because they were too old";
    "to_destination" "events" Neither "events and records that were given up and went to an on-failure destination";
    "retries_denied" "retries" Neither "retries that clients did not make because their quota was used up";
    "call_latency_mean" "s" Lower "mean time from a call to its answer, of those that were done";
    "calls_at_once_mean" "calls" Neither "time mean of the calls at work from warm-up to the end of arrivals";
    "calls_at_once_max" "calls" Neither "most calls at work at once";
    "connections_max" "connections" Neither "most connections at once, of one downstream";
    "connections_mean" "connections" Neither "time mean of the connections open, where functions open them ahead of their calls";
    "connections_opened" "connections" Neither "connections opened, of a downstream to which functions open them ahead of their calls";
    "connections_refused" "connections" Lower "times that such a downstream had no connection for who asked: a function at its start, or a call";
    "counter_total" "increments" Neither "what a counter that a function keeps in its environments had come to when the run ended";
    "counter_error_share" "1" Lower "by how much that is off, as a share of the items that should have been counted";
    "lost_increments" "increments" Lower "increments that ended with their environment before they were written";
    "unflushed_increments" "increments" Lower "increments that were in memory only when the run ended";
    "double_increments" "increments" Lower "increments for an item that was counted already";
    "counter_looks_off_share" "1" Lower "share of the increments after which the environment saw another count than the true one";
    "counter_off_max" "increments" Lower "the most by which it did";
    "counter_writes" "writes" Neither "writes of that counter to its store";
    "cache_reads" "reads" Neither "uses of a value that a function caches in its environments";
    "cache_loads" "reads" Neither "of them, those for which it was loaded";
    "stale_reads_share" "1" Lower "share of them that used a value which had changed since";
    "staleness_mean" "s" Lower "mean time for which the value of those had been another";
    "staleness_max" "s" Lower "longest of that";
    "executions" "executions" Neither "executions of state machines that were started; a scope names the machine and their end";
    "executions_unwell" "executions" Lower "of them, those that failed, timed out or died with the function that ran them";
    "executions_failed" "executions" Lower "of them, those that failed or timed out; a scope names the machine and the error that they ended with";
    "transitions" "transitions" Neither "state transitions of the executions that ended, retries too";
    "orchestrator_wait_seconds" "s" Lower "time that functions are paid for while they only wait for a state machine's tasks, pauses and retries";
    "orchestration_usd_per_million" "USD" Lower "cost per million effects processed of keeping track of executions: state transitions, Express requests and durations, durable operations, a choreography's events, schedules and records, and runs of functions that only do so, but for their waiting";
    "waiting_usd_per_million" "USD" Lower "cost per million effects processed of the run time in which functions only wait for a state machine's tasks, pauses and retries";
    "state_entered" "times" Neither "how often a state was entered; a scope names the machine and the state";
    "state_retries" "times" Lower "how often it was tried again after an error";
    "state_caught" "times" Lower "how often its error was caught";
    "state_failed" "times" Lower "how often it failed for good";
    "state_errors" "times" Lower "how often it had an error, each time tried again, caught or failing for good; a scope names the machine, the state and the error";
    "state_executions_failed" "executions" Lower "executions that failed or timed out with an error that arose in it; a scope names the machine, the state and the error";
    "state_timed_out" "times" Lower "how often its task took too long or was silent for too long";
    "state_unfinished" "executions" Lower "executions that events carry which have no end and stand in it";
    "state_latency_p50" "s" Lower "median time from entering it to leaving it";
    "state_latency_p99" "s" Lower "99th percentile of that time";
    "concurrency_mean" "runs" Neither "time mean of the runs at once from warm-up to the end of arrivals";
    "concurrency_max" "runs" Neither "most runs at once";
    "environments_max" "environments" Neither "most execution environments at once";
    "busy_seconds" "s" Neither "time spent in runs";
    "wasted_seconds" "s" Lower "run time that led to no first effect: failed, killed and repeated work";
    "billed_gb_seconds" "GB-s" Lower "billed run time by memory";
    "recovery_seconds" "s" Lower "longest time from the end of a fault until the backlog was no higher than in as long a time before it; a scope names the fault";
    "latency_recovery_seconds" "s" Lower "longest time from the end of a fault to a window of arrivals of which 99 % came within the objective's bound; a scope names the fault";
    "recovery_never_anyway" "1" Neither "of the runs whose backlog was never back after a fault, the share in which it was not back without the fault either; a scope names the fault";
    "latency_recovery_never_anyway" "1" Neither "of the runs in which latency was never back after a fault, the share in which the bound was not held without the fault either; a scope names the fault";
    "lost_in_fault" "effects" Lower "effects dead-lettered, expired, rejected or lost, less those of the same run without its faults";
    "duplicates_in_fault" "effects" Lower "duplicates, less those of the same run without its faults";
    "load_in_fault" "times" Lower "requests offered to a part while a fault holds, over those of the same run without its faults; a scope names the fault and the part, without one it is the greatest";
    "load_amplification" "times" Lower "requests offered to a part over those that are no repetition, in the whole run of a strategy with faults; without a scope the greatest";
    "load_amplification_in_fault" "times" Lower "the same while a fault holds; a scope names the fault and the part";
    "cost_usd" "USD" Lower "cost of the whole run";
    "cost_usd_per_million" "USD" Lower "cost per million effects processed";
}

/// The parts that a mean latency is split into, as the results name them.
pub const LATENCY_PARTS: [&str; 5] = ["wait", "hop", "cold_start", "service", "back_off"];

/// The metric of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Metric> {
    ALL.iter().find(|metric| metric.name == name)
}
