//! What is said of a moment, in a line.

use super::instant::{clock, length};
use super::run_over::{cut_off, not_begun, not_kept, undone};
use super::{faults, workflow};
use crate::experiment::story::Story;
use crate::handlers::Source;
use crate::kernel::Time;
use crate::model::ledger::{Branches, End};
use crate::model::story::{Attempt, CallBegins, Ended, Host, Moment, Question, Refusal, Reply, Spot, What};
use crate::model::workflow::errors::ErrorNames;
use crate::model::{Design, NodeKind};
use crate::scenario::Scenario;
use crate::services::lambda::StartUp;
use crate::words::NodeId;

/// The name of the place where it happens, as the scenario has it; empty where it is the item's own story.
pub(super) fn place(design: &Design, spot: Spot) -> &str {
    match spot {
        Spot::Item => "",
        Spot::Node(node) => label(design, node),
        Spot::Resource(resource) => &design.resources[resource.index()].label,
        Spot::Branch(branch) => leaf(design, branch),
    }
}

fn label(design: &Design, node: NodeId) -> &str {
    &design.nodes[node.index()].label
}

/// The label of the function at the end of a branch.
pub(super) fn leaf(design: &Design, branch: usize) -> &str {
    design.leaves().get(branch).map_or("", |&leaf| label(design, leaf))
}

/// What happened, moment by moment.
pub(super) fn sentences(scenario: &Scenario, design: &Design, story: &Story) -> Vec<String> {
    let line = |(index, moment): (usize, &Moment)| {
        let earlier = &story.moments[..index];
        in_context(design, earlier, moment).unwrap_or_else(|| sentence(scenario, design, &story.errors, moment))
    };
    story.moments.iter().enumerate().map(line).collect()
}

/// What happened, where that is said with what was told before.
fn in_context(design: &Design, earlier: &[Moment], moment: &Moment) -> Option<String> {
    let here = earlier.iter().rev().take_while(|before| before.at == moment.at);
    let before = here.map(|before| (before.spot, before.what)).find(|&(spot, _)| spot == moment.spot);
    match (moment.what, before.map(|(_, what)| what)) {
        // Whoever sent an event asynchronously hears nothing of it.
        (What::Throttled { again: None }, before) if !is_called(earlier) => {
            let why =
                if matches!(before, Some(What::Struck(_))) { "not run" } else { "throttled: no concurrency left" };
            Some(format!("{why}; no further try before it is too old"))
        }
        // Why was said in the line before.
        (What::Throttled { again }, Some(What::Struck(_))) => {
            Some(format!("not run; {}", again_at(again, "its caller is told")))
        }
        (What::Finished { effect, .. }, Some(What::CutOff(_))) => {
            Some(format!("attempt is cut off, {}", had_effect(effect)))
        }
        (What::BackOff { until }, Some(What::Told(_))) => Some(format!("asks its store again at {}", clock(until))),
        (What::TooOld, _) => Some(too_old(design, earlier, moment.spot)),
        _ => None,
    }
}

/// Whether a client waits for the answer.
fn is_called(earlier: &[Moment]) -> bool {
    earlier.iter().any(|before| matches!(before.what, What::Requested { .. }))
}

/// The place keeps the item no longer: whether anybody had ever come for it says why.
fn too_old(design: &Design, earlier: &[Moment], spot: Spot) -> String {
    let there = earlier.iter().filter(|before| before.spot == spot);
    let is_queue = matches!(spot, Spot::Node(node) if matches!(design.nodes[node.index()].kind, NodeKind::Sqs(_)));
    if !is_queue {
        return "too old for the stream or its mapping: the record is skipped".to_owned();
    }
    match there.filter(|before| matches!(before.what, What::Received { .. })).count() {
        0 => "retention over: the queue deletes the message, which was never received".to_owned(),
        1 => "retention over: the queue deletes the message, which was received once".to_owned(),
        receives => format!("retention over: the queue deletes the message, which was received {receives} times"),
    }
}

/// What happened.
fn sentence(scenario: &Scenario, design: &Design, errors: &ErrorNames, moment: &Moment) -> String {
    match moment.what {
        What::Arrived { owed, .. } => arrived(design, owed),
        What::SentAgain => "its sender sends it once more".to_owned(),
        What::Kept { copy, until } => kept(design, moment.spot, copy, until),
        What::HandedOn { to, copy } => handed_on(design, to, copy),
        What::Delayed { until } if matches!(moment.spot, Spot::Resource(_)) => {
            format!("not called yet: its client holds the call back until {}", clock(until))
        }
        What::Delayed { until } => format!("held back by the quota until {}", clock(until)),
        What::Refused { why, again } => format!("{}; {}", refusal(why), again_at(again, "no further try")),
        What::Received { receives, visible_again } => {
            format!("message received (receive {receives}), hidden until {}", clock(visible_again))
        }
        What::VisibleAgain => "visibility timeout over: the message is visible again".to_owned(),
        What::Deleted => "message deleted from the queue".to_owned(),
        What::Redriven => "received too often: the message moves to the dead-letter queue".to_owned(),
        What::MovedBack => "a redrive moves the message back from the dead-letter queue".to_owned(),
        What::TooOld => "too old: it is kept no longer".to_owned(),
        What::Read => "record read from its shard".to_owned(),
        What::PassedOver => "the reader goes on past the record".to_owned(),
        What::Listed { run } => format!("listed by batch run {run}"),
        What::Marked => "progress saved: it is listed no more".to_owned(),
        What::Committed => "batch run commits what it has processed".to_owned(),
        What::Undone(over) => undone(scenario, &over),
        What::NotBegun(over) => not_begun(scenario, &over),
        What::CutOff(over) => cut_off(scenario, &over),
        What::NotKept(over) => not_kept(scenario, &over),
        What::Shed { age, oldest } => {
            format!(
                "shed: it is {} old as its work would begin, and none older than {} is taken",
                length(age),
                length(oldest)
            )
        }
        What::Began(attempt) => began(&attempt),
        What::Finished { ended, effect } => finished(ended, effect),
        What::Throttled { again } => {
            format!("throttled: no concurrency left; {}", again_at(again, "its caller is told"))
        }
        What::BackOff { until } if matches!(moment.spot, Spot::Resource(_)) => {
            format!("its caller backs off, and calls again at {}", clock(until))
        }
        What::BackOff { until } => format!("backs off, tried again at {}", clock(until)),
        What::GivenUp if matches!(moment.spot, Spot::Resource(_)) => "its caller does not call again".to_owned(),
        What::GivenUp => "given up: no further try".to_owned(),
        What::Requested { attempt } => format!("client sends attempt {attempt} of its call"),
        What::Heard { status, again } => {
            let then = if status < 400 { "done".to_owned() } else { again_at(again, "the client gives up") };
            format!("client hears {status}; {then}")
        }
        What::ClientGaveUp { again } => {
            format!("client stops waiting for an answer; {}", again_at(again, "the client gives up"))
        }
        What::Called { begins } => called(begins).to_owned(),
        What::Answered { done, took } => {
            format!("answers after {}: {}", length(took), if done { "done" } else { "failed" })
        }
        What::LeftWaiting { effect: true, .. } => "caller stops waiting; the call goes on and takes effect".to_owned(),
        What::LeftWaiting { begun: true, .. } => "caller stops waiting for the answer".to_owned(),
        What::LeftWaiting { begun: false, .. } => "caller stops waiting: it got no connection".to_owned(),
        What::ShortCircuited => "not called: the circuit breaker is open".to_owned(),
        What::PoolRefused { again: Some(ready) } => {
            format!("refuses the connections of a new environment: Init is repeated, until {}", clock(ready))
        }
        What::PoolRefused { again: None } => "refuses the connections that the function opens first".to_owned(),
        What::Asked(question) => asked(question).to_owned(),
        What::Told(reply) => told(reply).to_owned(),
        What::StoreSilent { goes_on: true } => "goes on without its idempotency store (fails open)".to_owned(),
        What::StoreSilent { goes_on: false } => "cannot go on without its idempotency store (fails closed)".to_owned(),
        What::Struck(strike) => faults::strikes(design, moment, strike),
        What::FaultBegins { fault, target, since } => faults::begins(design, moment, fault, target, since),
        What::FaultEnds { fault, target } => faults::ends(design, fault, target),
        What::Applied { latency, last, .. } => applied(design, latency, last),
        What::AppliedAgain { cause, .. } => {
            let why = cause.map_or(String::new(), |cause| format!(" ({})", cause.words()));
            format!("DUPLICATE: effect applied again{why}")
        }
        What::Workflow(what) => workflow::sentence(design, errors, moment.spot, &what),
        What::Suppressed(mechanism) => format!("repetition caught {}", mechanism.words()),
        What::EndedAs { branches: 0, end, .. } => {
            format!("{}, but its effect was applied or had ended before", ended_as(end).to_lowercase())
        }
        What::EndedAs { branches, end, .. } => format!("{}: {}", ended_as(end), owed_words(design, branches)),
        What::Lost { branches } => format!("LOST: nothing works towards {} any more", owed_words(design, branches)),
        What::Folded => "the end: nothing holds the item any more".to_owned(),
        What::Backlog { level } => format!("backlog {level}"),
        What::Ran { .. } => "a run".to_owned(),
        What::RunRefused => "refused to run".to_owned(),
        What::Fired { ordinal } => format!("fires for the {}. time", ordinal + 1),
    }
}

/// The name of a moment's kind in documents, snake_case and stable.
pub(super) const fn kind(what: &What) -> &'static str {
    match what {
        What::Arrived { .. } => "arrived",
        What::SentAgain => "sent_again",
        What::Kept { .. } => "kept",
        What::HandedOn { .. } => "handed_on",
        What::Delayed { .. } => "delayed",
        What::Refused { .. } => "refused",
        What::Received { .. } => "received",
        What::VisibleAgain => "visible_again",
        What::Deleted => "deleted",
        What::Redriven => "redriven",
        What::MovedBack => "moved_back",
        What::TooOld => "too_old",
        What::Read => "read",
        What::PassedOver => "passed_over",
        What::Listed { .. } => "listed",
        What::Marked => "marked",
        What::Committed => "committed",
        What::Undone(_) => "undone",
        What::NotBegun(_) => "not_begun",
        What::CutOff(_) => "cut_off",
        What::NotKept(_) => "not_kept",
        What::Shed { .. } => "shed",
        What::Began(_) => "began",
        What::Finished { .. } => "finished",
        What::Throttled { .. } => "throttled",
        What::BackOff { .. } => "back_off",
        What::GivenUp => "given_up",
        What::Requested { .. } => "requested",
        What::Heard { .. } => "heard",
        What::ClientGaveUp { .. } => "client_gave_up",
        What::Called { .. } => "called",
        What::Answered { .. } => "answered",
        What::LeftWaiting { .. } => "left_waiting",
        What::ShortCircuited => "short_circuited",
        What::PoolRefused { .. } => "pool_refused",
        What::Asked(_) => "store_asked",
        What::Told(_) => "store_answered",
        What::StoreSilent { .. } => "store_silent",
        What::Struck(_) => "struck",
        What::FaultBegins { .. } => "fault_begins",
        What::FaultEnds { .. } => "fault_ends",
        What::Applied { .. } => "applied",
        What::AppliedAgain { .. } => "applied_again",
        What::Workflow(what) => workflow::kind(what),
        What::Suppressed(_) => "suppressed",
        What::EndedAs { end: End::DeadLettered, .. } => "dead_lettered",
        What::EndedAs { end: End::Expired, .. } => "expired",
        What::EndedAs { end: End::Rejected, .. } => "rejected",
        What::Lost { .. } => "lost",
        What::Folded => "folded",
        What::Backlog { .. } => "backlog",
        What::Ran { .. } => "ran",
        What::RunRefused => "run_refused",
        What::Fired { .. } => "fired",
    }
}

/// Whether the line is one to look for: it is marked on the screen.
pub(super) const fn is_turn(what: &What) -> bool {
    if let What::Workflow(what) = what {
        return workflow::is_turn(what);
    }
    matches!(
        what,
        What::Applied { .. }
            | What::AppliedAgain { .. }
            | What::Suppressed(_)
            | What::EndedAs { .. }
            | What::Lost { .. }
    )
}

fn arrived(design: &Design, owed: Branches) -> String {
    match (owed.count_ones(), design.leaves().len()) {
        (0, _) => "arrives; filters keep it from every branch, so it owes no effect".to_owned(),
        (_, 1) => "arrives".to_owned(),
        _ => format!("arrives and owes an effect at {}", names(design, owed)),
    }
}

/// The effect or effects on these branches.
fn owed_words(design: &Design, branches: Branches) -> String {
    match design.leaves().len() {
        1 => "its effect".to_owned(),
        _ => format!("the effect at {}", names(design, branches)),
    }
}

/// The leaves of these branches: `bill`, `bill and audit`, `a, b and c`.
pub(super) fn names(design: &Design, branches: Branches) -> String {
    let names: Vec<&str> =
        (0..Branches::BITS as usize).filter(|branch| branches >> branch & 1 == 1).map(|b| leaf(design, b)).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "no function".to_owned(),
    }
}

fn kept(design: &Design, spot: Spot, copy: bool, until: Option<Time>) -> String {
    let Spot::Node(node) = spot else { return "kept".to_owned() };
    let copied = if copy { " a second time (at-least-once delivery)" } else { "" };
    let hidden = until.map_or(String::new(), |until| format!(", hidden until {}", clock(until)));
    match &design.nodes[node.index()].kind {
        NodeKind::Function(_) if until.is_some() => {
            let due = until.map_or(String::new(), |until| format!(", due at {}", clock(until)));
            format!("event accepted into the function's queue{copied}{due}")
        }
        NodeKind::Schedule(batch) if batch.source == Source::S3 => "object there for the next run to list".to_owned(),
        NodeKind::Schedule(_) => "row put into the table, for the next run to read".to_owned(),
        NodeKind::Sqs(_) => format!("message stored{copied}{hidden}"),
        NodeKind::Push(_) => "published".to_owned(),
        NodeKind::Stream(_) if copy => "record written a second time: its producer had called again".to_owned(),
        NodeKind::Stream(_) => "record written to its shard".to_owned(),
        NodeKind::Queue(_) | NodeKind::Function(_) => "waits in the queue for a server".to_owned(),
        NodeKind::Notification(_) | NodeKind::Api(_) | NodeKind::Machine(_) => "accepted".to_owned(),
    }
}

fn handed_on(design: &Design, to: Option<NodeId>, copy: bool) -> String {
    let what = if copy { "tells of it a second time (at-least-once delivery)" } else { "tells of it" };
    to.map_or_else(|| what.to_owned(), |to| format!("{what}: on to {}", label(design, to)))
}

fn again_at(again: Option<Time>, otherwise: &str) -> String {
    again.map_or_else(|| otherwise.to_owned(), |at| format!("tried again at {}", clock(at)))
}

fn refusal(why: Refusal) -> String {
    match why {
        Refusal::Rate => "refused: over the rate".to_owned(),
        Refusal::Crowded => "not sent: too many messages wait there already, and its sender sheds".to_owned(),
        Refusal::Full => "refused: no room".to_owned(),
        Refusal::Size => "refused: too large".to_owned(),
        Refusal::ServerError => "delivery fails: the target does not answer".to_owned(),
        Refusal::ClientError => "delivery fails for good: the target is gone or denies access".to_owned(),
        Refusal::Status(status) => format!("refused with {status}"),
    }
}

fn began(attempt: &Attempt) -> String {
    let which = format!("attempt {} begins", attempt.ordinal + 1);
    match attempt.on {
        Host::Environment { ordinal, start_up } => format!("{which} in {}", environment(ordinal, &start_up)),
        Host::Worker { run, worker, environment: Some(ordinal) } => {
            format!("{which} on worker {} of batch run {run} (environment {})", worker + 1, ordinal + 1)
        }
        Host::Worker { run, worker, environment: None } => {
            format!("{which} on worker {} of batch run {run}", worker + 1)
        }
        Host::Task { start_up } => format!("{which} in a task ({} to start it)", length(start_up)),
        Host::Server => format!("{which} on a server"),
    }
}

fn environment(ordinal: Option<u64>, start_up: &StartUp) -> String {
    let which = ordinal.map_or_else(|| "a provisioned environment".to_owned(), |n| format!("environment {}", n + 1));
    let mut parts = Vec::new();
    for (name, span) in [
        ("dispatch", start_up.dispatch),
        ("sandbox", start_up.unlogged),
        ("init", start_up.init),
        ("repeated init", start_up.repeated_init),
    ] {
        if span.as_nanos() > 0 {
            parts.push(format!("{name} {}", length(span)));
        }
    }
    let kind = if start_up.cold { "cold" } else { "warm" };
    if parts.is_empty() { format!("{which}, {kind}") } else { format!("{which}, {kind}: {}", parts.join(", ")) }
}

fn finished(ended: Ended, effect: bool) -> String {
    let how = match ended {
        Ended::Returned => "attempt returns",
        Ended::Errored => "attempt ends in an error",
        Ended::Crashed => "attempt crashes",
        Ended::TimedOut => "attempt is killed at the timeout",
        Ended::Lost => "attempt is lost with its environment",
    };
    match (ended, effect) {
        (Ended::Returned, _) => how.to_owned(),
        _ => format!("{how}, {}", had_effect(effect)),
    }
}

const fn had_effect(effect: bool) -> &'static str {
    if effect { "with effect" } else { "without effect" }
}

const fn called(begins: CallBegins) -> &'static str {
    match begins {
        CallBegins::AtOnce => "called",
        CallBegins::Waits => "called; waits for a connection",
        CallBegins::OverRate => "called, and refuses: over its rate limit",
        CallBegins::NoConnection => "called, and refuses: no connection is free, and no more callers may wait",
    }
}

const fn asked(question: Question) -> &'static str {
    match question {
        Question::Look => "asks its idempotency store whether the work is done",
        Question::Claim => "puts its claim into its idempotency store, if there is no good record",
        Question::Complete => "asks its idempotency store to keep that the work is done",
        Question::Withdraw => "asks its idempotency store to delete its claim",
    }
}

const fn told(reply: Reply) -> &'static str {
    match reply {
        Reply::Fresh => "store: no record, the work may begin",
        Reply::Expired => "store: the record has expired, the work begins again",
        Reply::Unlocked => "store: the lock of an earlier run has expired, the work begins again",
        Reply::Done => "store: done already",
        Reply::Refused => "store: there is a record already",
        Reply::Kept => "store: written",
        Reply::Throttled => "store: throttled",
        Reply::Failed => "store: failed",
    }
}

fn applied(design: &Design, latency: crate::kernel::Span, last: bool) -> String {
    let of_many = design.leaves().len() > 1;
    let which = if last && of_many { "effect applied, the last one owed," } else { "effect applied" };
    format!("{which} {} after the arrival", length(latency))
}

const fn ended_as(end: End) -> &'static str {
    match end {
        End::DeadLettered => "DEAD-LETTERED",
        End::Expired => "EXPIRED",
        End::Rejected => "REJECTED",
    }
}
