//! How far to trust the answer: what the model leaves out or had to choose, as far as a scenario has to do with it.
//!
//! docs/fidelity.md has the whole of it with the reasons; this is what a reader of one report must know.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::experiment::results::Results;
use crate::scenario::{Chain, parse_flow};

/// What a scenario must have for a caveat to touch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Touches {
    /// Every scenario.
    All,
    /// Those whose flows name one of these services.
    Service(&'static [&'static str]),
    /// Those with a function on this platform, in some strategy.
    Platform(&'static str),
    /// Those that set this key somewhere.
    Key(&'static str),
}

use Touches::{All, Key, Platform, Service};

/// One thing to know: what it is about, and a sentence or two.
struct Caveat {
    touches: Touches,
    about: &'static str,
    text: &'static str,
}

/// A row of the table below.
const fn caveat(touches: Touches, about: &'static str, text: &'static str) -> Caveat {
    Caveat { touches, about, text }
}

static CAVEATS: [Caveat; 27] = [
    caveat(
        All,
        "The model",
        "Latencies of one strategy are independent of each other: networks, neighbours and Regions do not drift over the day, \
         and there are no outages.",
    ),
    caveat(
        All,
        "Prices",
        "List prices without tax, discounts or savings plans. Not on the bill: logs, data transfer, storage of objects, \
         dead-letter queues and destinations.",
    ),
    caveat(
        Platform("lambda"),
        "Cold starts",
        "The default Init is that of a small Python function without dependencies; real applications take longer. Give \
         cold-start.init where it matters. SnapStart, container images and VPCs are not modelled.",
    ),
    caveat(
        Platform("lambda"),
        "Idle environments",
        "AWS does not say when an idle environment ends. The default, 600 s after its last use, was measured in 2020 on lone \
         environments; for spare ones of a busy function it is too strict.",
    ),
    caveat(
        Platform("lambda"),
        "Memory and bandwidth",
        "Running out of memory, /tmp, file descriptors and network bandwidth are not simulated; failures.crash stands for them.",
    ),
    caveat(
        Service(&["events", "s3", "sns", "eventbridge"]),
        "Asynchronous queue",
        "AWS documents that an event may be delivered twice, not how often. Rates of copies (10⁻⁵ by default) and the jitter \
         of retries are our assumptions, and so are duplicates that come of them.",
    ),
    caveat(
        Service(&["s3"]),
        "S3 notifications",
        "AWS says \"usually within seconds, sometimes a minute or longer\"; the distribution of the delay is inferred from that. \
         Two writes of one key that make one notification are not modelled.",
    ),
    caveat(
        Service(&["s3"]),
        "Requests of a prefix",
        "A prefix that refuses requests for a while is divided in two and keeps its parts; when S3 divides is not published.",
    ),
    caveat(
        Service(&["schedule", "scheduler"]),
        "When a schedule fires",
        "AWS promises a precision of one minute. The default spreads firings within it, most in the first seconds; retries of a \
         firing that its target refused are not modelled.",
    ),
    caveat(
        Service(&["schedule", "scheduler"]),
        "Workers of a batch",
        "Workers of one run share its processors at no loss: enough memory for all of them is the scenario's to give. Reading the \
         object an item stands for is part of the service time.",
    ),
    caveat(
        Service(&["sqs", "sqs-fifo"]),
        "Queue latencies",
        "AWS publishes none for sending and receiving; the defaults agree with measurements up to p90 and are too low at p99.",
    ),
    caveat(
        Service(&["sqs"]),
        "Copies in the queue",
        "A message is stored twice with a chance of 10⁻⁵ by default; AWS documents that it happens, not how often.",
    ),
    caveat(
        Service(&["sqs"]),
        "Pollers",
        "How errors slow a mapping down and how a throttled batch is tried again are inferred: AWS gives no schedule.",
    ),
    caveat(
        Service(&["sqs-fifo"]),
        "FIFO throughput",
        "Limits are kept for the queue as configured; the partitions of high throughput are not simulated one by one.",
    ),
    caveat(
        Service(&["sns", "eventbridge"]),
        "Filters",
        "A filter lets a share of the items through, the same items in every strategy; the content of policies is not modelled.",
    ),
    caveat(
        Service(&["sns", "eventbridge"]),
        "Retries of a push",
        "AWS gives the number of retries and their sum; how each wait grows, and its jitter, are inferred.",
    ),
    caveat(
        Service(&["kinesis", "dynamodb-streams"]),
        "Shards",
        "A stream's shards stay as they are within a run: on-demand capacity, splitting and merging are not modelled.",
    ),
    caveat(
        Service(&["kinesis", "dynamodb-streams"]),
        "Stream latencies",
        "AWS publishes none; the defaults are near those measured from writer to function, p10 to p99.",
    ),
    caveat(
        Service(&["dynamodb-streams"]),
        "Writes to the table",
        "What they cost and whether they are throttled is not simulated: the table is the producer's.",
    ),
    caveat(
        Service(&["api"]),
        "The API",
        "All of its overhead lies before the invocation; authorizers, caches, usage plans and WebSockets are not modelled. \
         The rate limit is exact here and \"best effort\" at AWS.",
    ),
    caveat(
        Platform("fargate"),
        "Tasks on Fargate",
        "Start-up times are inferred from few measurements. Spot, Windows, and storage above 20 GB are not modelled.",
    ),
    caveat(Key("via"), "AWS Batch", "Array jobs, queues with priorities and environments on EC2 are not modelled."),
    caveat(Key("idempotency"), "Idempotency", "Throttling of the records' table and its storage are not simulated."),
    caveat(
        Key("calls"),
        "What functions call",
        "Beyond its capacity a resource shares its speed among the calls in flight; a real one may collapse sooner.",
    ),
    caveat(
        Key("provisioned-concurrency"),
        "Provisioned concurrency",
        "It is ready from the start and for ever: its allocation time and target tracking are not modelled.",
    ),
    caveat(
        Platform("ideal"),
        "Ideal servers",
        "A textbook queue for comparison with theory, and no service that AWS sells: it has no price.",
    ),
    caveat(
        Key("trace"),
        "The trace",
        "It is played as it was recorded: what the day before or after would have brought is not in it.",
    ),
];

pub(super) fn section(results: &Results) -> Markup {
    let scenario = Traits::of(results);
    let touching: Vec<&Caveat> = CAVEATS.iter().filter(|caveat| scenario.touched_by(caveat.touches)).collect();
    html! {
        section aria-labelledby="caveats-heading" {
            h2 #caveats-heading { "How far to trust it" }
            p.note { "What the model leaves out or had to choose, as far as this scenario has to do with it." }
            dl.caveats { @for caveat in touching { div { dt { (caveat.about) } dd { (caveat.text) } } } }
        }
    }
}

/// What a scenario has to do with.
struct Traits {
    services: BTreeSet<String>,
    platforms: BTreeSet<String>,
    keys: BTreeSet<String>,
}

impl Traits {
    fn of(results: &Results) -> Self {
        let mut services = BTreeSet::new();
        results
            .strategies
            .iter()
            .filter_map(|strategy| parse_flow(&strategy.flow).ok())
            .for_each(|chain| words(&chain, &mut services));
        let platforms = results.settings.iter().filter(|setting| setting.key == "platform");
        let platforms = platforms.map(|setting| setting.value.trim_matches('"').to_owned());
        let written = || results.settings.iter().filter(|setting| setting.source.is_none());
        let tables = written().flat_map(|setting| setting.table.split('.')).map(str::to_owned);
        let trace = written().filter(|setting| setting.key == "process" && setting.value == "\"trace\"");
        let keys = written().map(|setting| setting.key.clone()).chain(tables).chain(trace.map(|_| "trace".to_owned()));
        Self { services, platforms: platforms.collect(), keys: keys.collect() }
    }

    fn touched_by(&self, touches: Touches) -> bool {
        match touches {
            All => true,
            Service(words) => words.iter().any(|word| self.services.contains(*word)),
            Platform(word) => self.platforms.contains(word),
            Key(key) => self.keys.contains(key),
        }
    }

    /// Whether a flow names one of these services.
    fn names(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.services.contains(*word))
    }
}

/// Whether settings of the account with this key matter to a scenario.
pub(super) fn account_key_matters(results: &Results, key: &str) -> bool {
    let scenario = Traits::of(results);
    match key {
        "fargate-vcpus" => scenario.platforms.contains("fargate"),
        "api-rate" | "api-burst" => scenario.names(&["api"]),
        _ => true,
    }
}

fn words(chain: &Chain, found: &mut BTreeSet<String>) {
    found.extend(chain.steps.iter().map(|step| step.word.clone()));
    chain.branches.iter().for_each(|branch| words(branch, found));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn only_what_touches_the_scenario_is_said() {
        let mut results = fixture::atm();
        let text = section(&results).into_string();
        assert!(text.contains("When a schedule fires") && text.contains("Asynchronous queue"), "{text}");
        assert!(!text.contains("Shards") && !text.contains("The API") && !text.contains("Fargate"), "{text}");
        results.strategies[0].flow = "events -> [kinesis:log -> post, sqs -> post]".to_owned();
        let text = section(&results).into_string();
        assert!(text.contains("Shards") && text.contains("Pollers"), "inside a fan-out too: {text}");
    }

    /// A misspelt word would silence a caveat for ever.
    #[test]
    fn every_service_that_a_caveat_waits_for_is_one() {
        let reference = crate::scenario::reference();
        for caveat in &CAVEATS {
            if let Service(words) = caveat.touches {
                words.iter().for_each(|word| assert!(reference.contains(&format!("[strategy.{word}]")), "{word}"));
            }
            if let Key(key) = caveat.touches {
                assert!(reference.contains(key), "{key}");
            }
        }
    }
}
