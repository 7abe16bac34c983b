//! Remedies in random flows: switched on with high odds and tight limits, so that each does something now and then, and
//! told from what a run came to.

use simctl::model::design::NodeKind;
use simctl::model::{Design, Outcome};
use simctl::scenario::Scenario;
use simctl::services::lambda::settings::Platform;

use super::values::Maker;
use super::{FUNCTIONS, labels_of};

/// Every remedy that does something in some of the random flows.
pub const ALL: [&str; 9] =
    [BREAKER, SHORT_CIRCUIT, REDRIVE, DEPTH, AGE, QUOTA, DESTINATION, MAXIMUM_CONCURRENCY, RESERVED_CONCURRENCY];

const BREAKER: &str = "a breaker opened";
const SHORT_CIRCUIT: &str = "a call was short-circuited";
const REDRIVE: &str = "a message was redriven";
const DEPTH: &str = "an item was shed by depth";
const AGE: &str = "an item was shed by age";
const QUOTA: &str = "a retry quota was used up";
const DESTINATION: &str = "an on-failure destination was used";
const MAXIMUM_CONCURRENCY: &str = "MaximumConcurrency was reached";
const RESERVED_CONCURRENCY: &str = "reserved concurrency throttled";

/// Settings that make remedies of a flow step in.
pub fn settings(maker: &mut Maker, flow: &str) -> Vec<String> {
    let mut sets = Vec::new();
    if !maker.chance(0.85) {
        return sets;
    }
    let mut some = |maker: &mut Maker, table: &str, settings: &[&str]| {
        let chosen: Vec<&&str> = settings.iter().filter(|_| maker.chance(0.85)).collect();
        sets.extend(chosen.into_iter().map(|setting| format!("{table}.{setting}")));
    };
    for (service, label) in labels_of(flow) {
        let table = format!("strategy.random.{label}");
        match service {
            "sqs" => {
                let redrive = "redrive={ at = [\"1m\", \"3m\"] }";
                let few = [
                    "max-receive-count=1",
                    redrive,
                    "shed-above=1",
                    "maximum-concurrency=2",
                    "batch-size=1",
                    "window=\"0s\"",
                ];
                some(maker, &table, &few);
            }
            "kinesis" | "dynamodb-streams" => {
                some(maker, &table, &["on-failure-destination=\"sqs\"", "maximum-retry-attempts=0"]);
            }
            "api" => some(maker, &table, &["client.retry=\"standard-2026\"", "client.objects=1"]),
            _ => {}
        }
    }
    let words: Vec<&str> = flow.split(|byte: char| !byte.is_ascii_alphanumeric()).collect();
    for (name, _) in FUNCTIONS.iter().filter(|(name, platform)| *platform == "lambda" && words.contains(name)) {
        let settings = [
            "reserved-concurrency=2",
            "shed-older-than=\"2s\"",
            "async.on-failure=\"destination\"",
            "failures.error=0.8",
        ];
        some(maker, &format!("functions.{name}"), &settings);
    }
    if maker.chance(0.7) {
        sets.push("downstream.db.error=1.0".to_owned());
    }
    sets
}

/// The remedies that did something in a run.
pub fn used(scenario: &Scenario, outcome: &Outcome) -> Vec<&'static str> {
    let design = &scenario.designs[0];
    let calls = |count: fn(&simctl::model::outcome::CallTotals) -> u64| {
        outcome.resources.iter().map(|resource| count(&resource.calls)).sum::<u64>()
    };
    let counts = [
        (BREAKER, calls(|calls| calls.breakers_opened)),
        (SHORT_CIRCUIT, calls(|calls| calls.short_circuited)),
        (REDRIVE, outcome.remedies.redriven),
        (DEPTH, outcome.remedies.shed_by_depth),
        (AGE, outcome.remedies.shed_by_age),
        (QUOTA, outcome.remedies.retries_denied),
        (DESTINATION, outcome.remedies.to_destination),
        (MAXIMUM_CONCURRENCY, full_queues(design, outcome)),
        (RESERVED_CONCURRENCY, throttled(design, outcome)),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(name, _)| name).collect()
}

/// Queues of which as many batches were worked on at once as their MaximumConcurrency lets.
fn full_queues(design: &Design, outcome: &Outcome) -> u64 {
    let is_full = |node: &&simctl::model::design::Node| {
        let NodeKind::Sqs(queue) = &node.kind else { return false };
        let function = node.next.first().map(|next| &design.nodes[next.index()].label);
        let most = outcome.functions.iter().find(|one| Some(&one.label) == function).map(|one| one.concurrency.max);
        queue.mapping.maximum_concurrency.is_some_and(|limit| most == Some(u64::from(limit)))
    };
    design.nodes.iter().filter(is_full).count() as u64
}

/// Functions that were throttled while all of their reserved concurrency was in use.
fn throttled(design: &Design, outcome: &Outcome) -> u64 {
    let reserved = |label: &str| {
        let node = design.nodes.iter().find(|node| node.label == label)?;
        let NodeKind::Function(function) = &node.kind else { return None };
        let Platform::Lambda(lambda) = &function.platform else { return None };
        lambda.reserved.filter(|&reserved| reserved > 0)
    };
    let is_throttled = |one: &&simctl::model::outcome::FunctionOutcome| {
        let full = reserved(&one.label).is_some_and(|reserved| one.concurrency.max == u64::from(reserved));
        full && one.runs.throttles > 0
    };
    outcome.functions.iter().filter(is_throttled).count() as u64
}
