//! Random topics and buses: filters, failures of every kind, quotas, copies and retries may break no law. The ledger proves
//! conservation, Little's law and the causes of duplicates at the end of every run; here the counts it leaves are held against
//! each other.

mod common;

use common::{calm_function, calm_queue, load};
use proptest::prelude::*;
use proptest::sample::select;
use simctl::experiment;
use simctl::words::{DuplicateCause, LineItem};

/// A flow, and each of its topics and buses with what follows it.
type Flow = (&'static str, &'static [(&'static str, &'static [&'static str])]);

const FLOWS: [Flow; 7] = [
    ("sns -> [a, sqs -> b]", &[("sns", &["a", "sqs"])]),
    ("eventbridge -> [a, b, sqs -> c]", &[("eventbridge", &["a", "b", "sqs"])]),
    ("s3 -> sns -> [a, b]", &[("sns", &["a", "b"])]),
    ("s3 -> eventbridge -> sns -> [a, b]", &[("eventbridge", &["sns"]), ("sns", &["a", "b"])]),
    ("events -> a -> sns -> [b, c]", &[("sns", &["b", "c"])]),
    ("sns -> [a -> eventbridge -> [b, sqs -> c], post]", &[("sns", &["a", "post"]), ("eventbridge", &["b", "sqs"])]),
    ("[sns -> a, eventbridge -> sqs -> b]", &[("sns", &["a"]), ("eventbridge", &["sqs"])]),
];

/// A chance: often none, seldom certain.
fn chance() -> impl Strategy<Value = f64> {
    prop_oneof![3 => Just(0.0), 3 => 0.01..0.7, 1 => Just(1.0)]
}

/// What is set for a subscription or a rule.
fn delivery() -> impl Strategy<Value = String> {
    let filter = prop_oneof![2 => Just(1.0), 2 => 0.1..0.9, 1 => Just(0.0)];
    (filter, chance(), chance(), select(vec!["drop", "dead-letter-queue"])).prop_map(
        |(filter, server, client, on_failure)| {
            format!(
                "{{ filter = {filter:.3}, server-error = {server:.3}, client-error = {:.3}, on-failure = \"{on_failure}\" }}",
                client / 3.0
            )
        },
    )
}

/// A topic and a bus, of which a flow takes what it names.
fn services() -> impl Strategy<Value = String> {
    let deliveries = prop::collection::vec(delivery(), 6);
    let times = (0u64..3_000, chance(), 0.0..1.0);
    let quotas = (1u32..40, 1u32..4, 1u32..40);
    let retries = (0u32..12, 60u32..200);
    (select(FLOWS.to_vec()), deliveries, times, quotas, retries, any::<u32>()).prop_map(
        |(
            (flow, pushers),
            deliveries,
            (latency, copies, jitter),
            (quota, attempts, invocations),
            (most, age),
            seed,
        )| {
            let mut text = format!(
                "name = \"random\"\n[run]\nduration = \"3m\"\ndrain = \"5m\"\nreplications = 1\nseed = {seed}\n\
                 [[arrivals]]\nname = \"items\"\nprocess = \"poisson\"\nrate = \"1/s\"\n\
                 sent-twice = {{ probability = 0.1, after = \"2s\" }}\n[account]\nconcurrency = 200\n\
                 [[strategy]]\nname = \"random\"\nflow = \"{flow}\"\n"
            );
            let mut deliveries = deliveries.iter();
            for (pusher, labels) in pushers {
                text += &format!(
                    "[strategy.{pusher}]\nlatency = {{ exponential = {{ mean = \"{}ms\" }} }}\n\
                     duplicate-probability = {copies:.3}\nretry-jitter = {jitter:.3}\n",
                    latency + 1
                );
                let (own, table) = match *pusher {
                    "sns" => (format!("publish-quota = {quota}\npublish-attempts = {attempts}\n"), "subscriptions"),
                    _ => (
                        format!(
                            "put-quota = {quota}\nput-attempts = {attempts}\ninvocation-quota = {invocations}\n\
                             max-retry-attempts = {most}\nmax-event-age = \"{age}s\"\n"
                        ),
                        "rules",
                    ),
                };
                text += &format!("{own}[strategy.{pusher}.{table}]\n");
                for (label, settings) in labels.iter().zip(deliveries.by_ref()) {
                    text += &format!("{label} = {settings}\n");
                }
            }
            if flow.contains("sqs") {
                text += &calm_queue("sqs");
            }
            ["post", "a", "b", "c"].into_iter().for_each(|name| text += &calm_function(name));
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_topic_or_bus_breaks_a_law(text in services(), failing in chance()) {
        let sets = [format!("functions.b.failures.error={failing:.3}"), "functions.b.failures.after-effect=0.5".to_owned()];
        let outcome = experiment::simulate(&load(&text, &sets), 0, 0).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let items = &outcome.items;
        let ended =
            items.processed + items.dead_lettered + items.expired + items.rejected + items.lost + items.backlog_end;
        prop_assert_eq!(items.owed, ended);
        prop_assert!(items.completed <= items.arrived && items.measured <= items.arrived);
        prop_assert!(items.latency.count() <= items.measured);
        let split = items.split;
        let parts = split.wait + split.hop + split.cold_start + split.service + split.back_off;
        prop_assert_eq!(parts, items.latency.sum(), "latency is split without remainder");
        let branches = || outcome.branches.iter();
        if branches().count() > 1 {
            prop_assert_eq!(branches().map(|branch| branch.processed).sum::<u64>(), items.processed);
            prop_assert_eq!(branches().map(|branch| branch.measured).sum::<u64>(), items.owed);
        }
        prop_assert!(branches().all(|branch| branch.processed <= branch.measured));
        for cause in [DuplicateCause::OverlappingRuns, DuplicateCause::ClientRetry, DuplicateCause::TimeoutAfterEffect] {
            prop_assert_eq!(items.duplicates_by_cause.count(cause), 0);
        }
        let billed = |item| outcome.usage.count(item) > 0;
        prop_assert!(billed(LineItem::SnsRequests) || billed(LineItem::EventBridgeEvents) || items.arrived == 0);
    }
}
