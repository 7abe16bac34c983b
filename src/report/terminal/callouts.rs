//! What must not be overlooked: items that are never done, strategies cut off before their end, runs killed, tries
//! refused, every way in which items ended otherwise, what the clients of an API saw, and why items were done again.

use super::kept;
use super::paint::{self, Paint};
use super::verdict::NOTABLE_SHARE;
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{lookup, number, time_text};
use crate::stats::Estimate;

/// Figures that belong on the screen only when they are not zero, and how they are put.
const RARE: [(&str, &str); 3] = [("dead_lettered", "dead-lettered"), ("expired", "expired"), ("rejected", "rejected")];

/// From this share of all tries on, throttled ones are named: below it retries absorb them unseen.
const MANY_THROTTLED: f64 = 0.01;

/// From so many requests a call on, their number is told.
const MORE_THAN_ONE: f64 = 1.005;

/// From this share of the calls on, those that came to nothing are named.
const MANY_CALLS: f64 = 0.01;

/// Duplicates are a handful up to so many: too few to ask for their causes.
const HANDFUL: f64 = 5.0;
/// Causes of a smaller share of a strategy's duplicates are not named.
const MINOR_CAUSE: f64 = 0.01;

/// A line a strategy and kind of trouble; empty if there is none.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let nevers = results.strategies.iter().filter_map(never).map(|line| paint.bad(&paint::wrapped(&line, width, 2)));
    let troubles = results.strategies.iter().filter_map(|strategy| {
        let line = paint::wrapped(&trouble(strategy)?, width, 2);
        Some(if above_zero(strategy, "timeouts").is_some() { paint.bad(&line) } else { line })
    });
    let cuts = results.strategies.iter().filter_map(|strategy| cut_off(results, strategy));
    let cuts = cuts.map(|line| paint.bad(&paint::wrapped(&line, width, 2)));
    let repeats = results.strategies.iter().filter_map(repeated).map(|line| paint::wrapped(&line, width, 2));
    let clients = results.strategies.iter().filter_map(clients).map(|line| paint::wrapped(&line, width, 2));
    let calls = results.strategies.iter().flat_map(calls).map(|line| paint::wrapped(&line, width, 2));
    let kept = results.strategies.iter().flat_map(|strategy| kept::lines(strategy, width));
    let suppressed = results.strategies.iter().filter_map(suppressed).map(|line| paint::wrapped(&line, width, 2));
    let lines =
        nevers.chain(cuts).chain(troubles).chain(clients).chain(calls).chain(kept).chain(repeats).chain(suppressed);
    lines.collect::<Vec<_>>().join("\n")
}

fn never(strategy: &StrategyResults) -> Option<String> {
    let endless = |metric: &str| lookup::figure(strategy, metric).is_some_and(|estimate| !estimate.mean.is_finite());
    endless("latency_p99").then(|| {
        let share = lookup::mean(strategy, "unprocessed_share");
        let why = if share > 0.0 {
            format!("{} of its items are never fully processed", number::share(share))
        } else {
            "in at least one replication too few of its items are ever processed".to_owned()
        };
        let half = if endless("latency_p50") { ", and not even the median is reached" } else { "" };
        format!("! {} has no p99: {why}{half}", strategy.name)
    })
}

/// `! hourly batch was cut off 24 h after the last arrival (run.drain): 4,120 ±100 items still in the backlog`.
fn cut_off(results: &Results, strategy: &StrategyResults) -> Option<String> {
    let left = counted(above_zero(strategy, "backlog_end")?);
    let when = if results.drain_s > 0.0 {
        format!("{} after", time_text::short(results.drain_s))
    } else {
        "right after".to_owned()
    };
    let things = lookup::unit_word(results);
    Some(format!(
        "! {} was cut off {when} the last arrival (run.drain): {left} {things} still in the backlog",
        strategy.name
    ))
}

/// `hourly batch: 2 runs killed at the timeout, 640 s of work wasted in all`.
fn trouble(strategy: &StrategyResults) -> Option<String> {
    let rare =
        RARE.iter().filter_map(|(metric, words)| Some(format!("{} {words}", counted(above_zero(strategy, metric)?))));
    let parts: Vec<_> = killed(strategy).into_iter().chain(throttled(strategy)).chain(rare).collect();
    (!parts.is_empty()).then(|| format!("{}: {}", strategy.name, parts.join(", ")))
}

fn killed(strategy: &StrategyResults) -> Option<String> {
    let timeouts = above_zero(strategy, "timeouts")?;
    let runs = if timeouts.mean == 1.0 { "run" } else { "runs" };
    let wasted = above_zero(strategy, "wasted_seconds")
        .map(|wasted| format!(", {} of work wasted in all", number::estimate(wasted, "s")))
        .unwrap_or_default();
    Some(format!("{} {runs} killed at the timeout{wasted}", counted(timeouts)))
}

fn throttled(strategy: &StrategyResults) -> Option<String> {
    let throttles = above_zero(strategy, "throttles")?;
    let share = throttles.mean / above_zero(strategy, "attempts")?.mean;
    (share >= MANY_THROTTLED)
        .then(|| format!("{} tries throttled ({} of all)", counted(throttles), number::share(share)))
}

/// `at once: clients wait 488 ms (p50) and 10.3 s (p99) for their answer; 7,300 ±200 calls end in an error, of them
/// 1,480 ±90 done all the same; 1.09 requests a call`, where clients call an API.
fn clients(strategy: &StrategyResults) -> Option<String> {
    let waits = |metric| Some(number::mean(lookup::figure(strategy, metric)?, "s"));
    let mut line = format!(
        "{}: clients wait {} (p50) and {} (p99) for their answer",
        strategy.name,
        waits("response_p50")?,
        waits("response_p99")?
    );
    if let Some(errors) = above_zero(strategy, "client_errors") {
        line += &format!("; {} calls end in an error", counted(errors));
        if let Some(done) = above_zero(strategy, "client_errors_done") {
            line += &format!(", of them {} done all the same", counted(done));
        }
    }
    let requests_a_call = lookup::mean(strategy, "requests") / lookup::mean(strategy, "arrived");
    if requests_a_call >= MORE_THAN_ONE {
        line += &format!("; {requests_a_call:.2} requests a call");
    }
    Some(line)
}

/// `hourly batch: 1,700 duplicates, of them 1,280 redone after a kill, 411 redone after an error`, where there are more
/// than a handful and they are a notable share of what is owed.
fn repeated(strategy: &StrategyResults) -> Option<String> {
    let duplicates = above_zero(strategy, "duplicates")?;
    let notable = duplicates.mean > HANDFUL && duplicates.mean >= NOTABLE_SHARE * lookup::mean(strategy, "owed");
    let causes = lookup::causes(strategy);
    let (first, most) = causes.first().filter(|_| notable)?;
    let why = if causes.len() == 1 {
        format!("all {}", first.words())
    } else if most.mean > (1.0 - MINOR_CAUSE) * duplicates.mean {
        format!("nearly all {}", first.words())
    } else {
        let major = causes.iter().filter(|(_, estimate)| estimate.mean >= MINOR_CAUSE * duplicates.mean);
        let named = major.map(|(cause, estimate)| format!("{} {}", number::mean(estimate, "effects"), cause.words()));
        format!("of them {}", named.collect::<Vec<_>>().join(", "))
    };
    Some(format!("{}: {} duplicates, {why}", strategy.name, number::mean(duplicates, "effects")))
}

/// `queued: 1,720 repeats suppressed by idempotency records`, where there are more than a handful.
fn suppressed(strategy: &StrategyResults) -> Option<String> {
    let all = above_zero(strategy, "duplicates_suppressed").filter(|all| all.mean > HANDFUL)?;
    let count = number::mean(all, "effects");
    let how = match lookup::mechanisms(strategy)[..] {
        [] => return None,
        [(only, _)] => only.words().to_owned(),
        ref several => {
            let named =
                several.iter().map(|(by, estimate)| format!("{} {}", number::mean(estimate, "effects"), by.words()));
            named.collect::<Vec<_>>().join(", ")
        }
    };
    Some(format!("{}: {count} repeats suppressed {how}", strategy.name))
}

/// `per event: 92 % of 1,200,000 calls to ledger-db refused, 3 % not answered in time`, a line for each of what is called.
fn calls(strategy: &StrategyResults) -> Vec<String> {
    let named = strategy.figures.iter().filter(|figure| figure.metric == "calls" && !figure.scope.is_empty());
    named.filter_map(|figure| calls_to(strategy, &figure.scope, &figure.estimate)).collect()
}

fn calls_to(strategy: &StrategyResults, scope: &str, calls: &Estimate) -> Option<String> {
    let share_of = |metric: &str| {
        let found = lookup::scoped(strategy, scope, metric)?;
        Some(found.estimate.mean / calls.mean).filter(|&share| share >= MANY_CALLS)
    };
    let kinds =
        [("calls_refused", "refused"), ("calls_unanswered", "not answered in time"), ("calls_failed", "failed")];
    let parts: Vec<String> = kinds
        .iter()
        .filter_map(|(metric, words)| Some(format!("{} {words}", number::share(share_of(metric)?))))
        .collect();
    let all = number::mean(calls, "calls");
    (!parts.is_empty()).then(|| format!("{}: of {all} calls to {scope} {}", strategy.name, parts.join(", ")))
}

fn above_zero<'a>(strategy: &'a StrategyResults, metric: &str) -> Option<&'a Estimate> {
    lookup::figure(strategy, metric).filter(|estimate| estimate.mean > 0.0)
}

fn counted(estimate: &Estimate) -> String {
    number::estimate(estimate, "runs").to_string()
}
