//! Which designs can be reckoned in aggregated counts, and what is left of them then.

use crate::arrivals::Expectation;
use crate::arrivals::settings::{ProcessSettings, StreamSettings};
use crate::handlers::{BatchSettings, Commit, Marker, OnItemError, Overlap, Source};
use crate::model::design::{Design, Node, NodeKind};
use crate::model::outcome::FluidFlow;
use crate::services::lambda::settings::{FunctionSettings, IdlePolicy, LambdaSettings, Platform};
use crate::services::notification::NotificationSettings;

/// Flows that there is a fluid of, for who writes another.
const FLOWS: &str = "expected one of `queue -> function` (ideal), `events -> function` or `s3 -> function` (Lambda), \
                     `schedule -> function` (Lambda)";

/// The square of the coefficient of variation up to which few servers' waits are near exponential.
const VARIES_AT_MOST: f64 = 2.25;
/// From so many servers on the form of the service time hardly matters to the wait.
const MANY_SERVERS: u32 = 20;

/// A design, reduced to what its fluid is made of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Plan<'a> {
    /// Ideal servers behind a queue without bound.
    Queue { function: &'a FunctionSettings, servers: Option<u32> },
    /// Asynchronous invocations, one for each item.
    PerEvent { source: &'a NotificationSettings, function: &'a FunctionSettings, lambda: &'a LambdaSettings },
    /// Runs that a schedule wakes.
    Batch { label: &'a str, batch: &'a BatchSettings, function: &'a FunctionSettings, lambda: &'a LambdaSettings },
}

/// What stands against a fluid of a strategy, or of the streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The node, by its label; none: the flow as a whole, or a stream.
    pub node: Option<String>,
    /// The key of that node's table which says so.
    pub key: &'static str,
    /// What it is, in words that read after "mode = fluid does not play".
    pub what: &'static str,
    /// What was expected there.
    pub expected: &'static str,
}

impl Refusal {
    const fn of_flow(what: &'static str) -> Self {
        Self { node: None, key: "flow", what, expected: FLOWS }
    }

    fn of(node: &str, key: &'static str, what: &'static str, expected: &'static str) -> Self {
        Self { node: Some(node.to_owned()), key, what, expected }
    }
}

/// The kind of flow that a design is.
///
/// # Errors
/// The first thing in it that has no fluid.
pub fn flow_of(design: &Design, streams: &[StreamSettings]) -> Result<FluidFlow, Refusal> {
    let flow = match plan(design)? {
        Plan::Queue { .. } => FluidFlow::Queue,
        Plan::PerEvent { .. } => FluidFlow::PerEvent,
        Plan::Batch { .. } => FluidFlow::Batch,
    };
    let certain = |stream: &StreamSettings| matches!(stream.process, ProcessSettings::Deterministic { .. });
    if flow == FluidFlow::Queue && streams.iter().any(certain) {
        let what = "a queue before ideal servers whose items do not arrive at random";
        return Err(Refusal { expected: "expected `poisson` streams", ..Refusal::of_flow(what) });
    }
    Ok(flow)
}

/// What stands against a fluid of a stream, and its key.
#[must_use]
pub fn refused_stream(stream: &StreamSettings, start: jiff::Timestamp, load: f64) -> Option<(&'static str, Refusal)> {
    let refusal = |key, what, expected| Some((key, Refusal { node: None, key, what, expected }));
    if Expectation::of(stream, start, load).is_none() {
        let expected = "expected `poisson` or `deterministic`: a fluid follows a rate by the clock";
        return refusal("process", "arrivals of this process", expected);
    }
    if stream.sent_twice.as_ref().is_some_and(|twice| twice.probability > 0.0) {
        return refusal("sent-twice", "items that are sent twice", "expected a stream without `sent-twice`");
    }
    None
}

/// What a design's fluid is made of.
pub(super) fn plan(design: &Design) -> Result<Plan<'_>, Refusal> {
    if !design.faults.is_empty() {
        return Err(Refusal { expected: "expected a strategy that no fault strikes", ..Refusal::of_flow("faults") });
    }
    let [source, target] = &design.nodes[..] else {
        return Err(Refusal::of_flow("a flow of more than a source and a function"));
    };
    let NodeKind::Function(function) = &target.kind else {
        return Err(Refusal::of_flow("this flow"));
    };
    plain(target)?;
    match (&source.kind, &function.platform) {
        (NodeKind::Queue(queue), Platform::Ideal { servers }) => {
            if queue.capacity.is_some() {
                let expected = "expected no `capacity`";
                return Err(Refusal::of(&source.label, "capacity", "a queue with a bound", expected));
            }
            served(&target.label, function, *servers)?;
            Ok(Plan::Queue { function, servers: *servers })
        }
        (NodeKind::Notification(notification), Platform::Lambda(lambda)) => {
            invoked(&target.label, lambda)?;
            Ok(Plan::PerEvent { source: notification, function, lambda })
        }
        (NodeKind::Schedule(batch), Platform::Lambda(lambda)) => {
            woken(source, target, batch, function)?;
            invoked(&target.label, lambda)?;
            Ok(Plan::Batch { label: &source.label, batch, function, lambda })
        }
        (NodeKind::Schedule(_), Platform::Fargate(_)) => {
            let expected = "expected the platform `lambda`";
            Err(Refusal::of(&target.label, "platform", "tasks on Fargate", expected))
        }
        _ => Err(Refusal::of_flow("this flow")),
    }
}

/// Of a function that does one thing: it works on an item.
fn plain(node: &Node) -> Result<(), Refusal> {
    let NodeKind::Function(function) = &node.kind else { return Ok(()) };
    let has = [
        (node.workflow.is_some(), "flow", "state machines"),
        (!node.calls.is_empty(), "calls", "a function that calls something"),
        (node.idempotency.is_some(), "idempotency", "a function that remembers its items"),
        (node.initialise.is_some(), "initialise", "a function that initialises something"),
        (node.state.is_some(), "counter", "a function that keeps state"),
        (function.failures.poison > 0.0, "failures", "poison items"),
    ];
    match has.iter().find(|(found, ..)| *found) {
        Some(&(_, key, what)) => {
            Err(Refusal::of(&node.label, key, what, "expected a function of a service time and chances of failure"))
        }
        None => Ok(()),
    }
}

/// Of servers so few that the form of their service time matters, where that is far from exponential.
fn served(label: &str, function: &FunctionSettings, servers: Option<u32>) -> Result<(), Refusal> {
    let service = &function.service_time;
    let varies = service.variance() > VARIES_AT_MOST * service.mean() * service.mean();
    if varies && servers.is_some_and(|servers| servers < MANY_SERVERS) {
        let expected = "expected a coefficient of variation of at most 1.5, or 20 servers";
        return Err(Refusal::of(label, "service-time", "few servers whose service time varies so much", expected));
    }
    Ok(())
}

/// Of a Lambda function whose environments are plain.
fn invoked(label: &str, lambda: &LambdaSettings) -> Result<(), Refusal> {
    let refused = |key, what, expected| Err(Refusal::of(label, key, what, expected));
    if lambda.provisioned > 0 {
        return refused("provisioned-concurrency", "provisioned concurrency", "expected none");
    }
    if lambda.shed_older_than.is_some() {
        return refused("shed-older-than", "items that are passed over for their age", "expected none");
    }
    if !matches!(lambda.environments.idle, IdlePolicy::FixedTtl(_)) {
        let expected = "expected a time to live of each environment";
        return refused("idle", "environments that are not taken each by itself", expected);
    }
    Ok(())
}

/// Of a batch that lists objects and leaves failed items for a later run.
fn woken(source: &Node, target: &Node, batch: &BatchSettings, function: &FunctionSettings) -> Result<(), Refusal> {
    let refused = |key, what, expected| Err(Refusal::of(&source.label, key, what, expected));
    if batch.source != Source::S3 {
        return refused("source", "a batch that lists a table", "expected `s3`");
    }
    if batch.overlap == Overlap::Claim {
        return refused("overlap", "runs that claim their items", "expected `allow` or `skip`");
    }
    if batch.commit == Commit::AtEnd && batch.marker != Marker::None {
        return refused("marker", "progress that is saved before its effects are", "expected `none` beside `at-end`");
    }
    if function.failures.error > 0.0 && (batch.on_item_error == OnItemError::Fail || batch.commit == Commit::AtEnd) {
        return refused("on-item-error", "runs that fail, or undo, with an item", "expected `continue` and `per-item`");
    }
    if function.failures.crash > 0.0 {
        return Err(Refusal::of(&target.label, "failures", "runs that crash", "expected no chance of a crash"));
    }
    Ok(())
}
