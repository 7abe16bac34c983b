//! Streams under random settings, loads and faults: every run obeys the ledger's laws (it would end as an error), and
//! keeps the order of each key wherever the function does.

mod common;

use common::{figure, function, world};
use proptest::prelude::*;
use proptest::sample::select;
use simctl::words::LineItem;

#[derive(Debug, Clone)]
struct Case {
    flow: &'static str,
    sets: Vec<String>,
    goes_on: bool,
}

/// Settings of a stream named `lines`, whatever it is.
fn stream() -> impl Strategy<Value = (Vec<String>, bool)> {
    let batches = (1u32..30, select(vec![0u32, 0, 3]), 1u32..=10, 1u32..6);
    let failing = (
        prop::option::of(0u32..4),
        select(vec!["", "60s", "5m"]),
        any::<bool>(),
        select(vec!["off", "report-first-failure", "report-batch-item-failures"]),
        any::<bool>(),
    );
    (batches, failing, 0u32..400).prop_map(
        |((size, window, factor, shards), (retries, age, bisect, response, told), latency)| {
            let set = |key: &str, value: String| format!("strategy.calm.lines.{key}={value}");
            let mut sets = vec![
                set("batch-size", size.to_string()),
                set("window", format!("{window}s")),
                set("parallelization-factor", factor.to_string()),
                set("shards", shards.to_string()),
                set("bisect-on-error", if bisect { "on" } else { "off" }.to_owned()),
                set("partial-batch-response", response.to_owned()),
                set("on-failure-destination", if told { "sqs" } else { "none" }.to_owned()),
                set("put-latency", format!("{{ uniform = {{ low = \"0ms\", high = \"{}ms\" }} }}", latency + 1)),
                set("first-poll", "{ uniform = { low = \"0ms\", high = \"250ms\" } }".to_owned()),
            ];
            sets.extend(retries.map(|most| set("maximum-retry-attempts", most.to_string())));
            if !age.is_empty() {
                sets.push(set("maximum-record-age", age.to_owned()));
            }
            (sets, response == "report-batch-item-failures")
        },
    )
}

fn function_sets() -> impl Strategy<Value = Vec<String>> {
    let faults = (0.0f64..0.1, 0.0f64..0.05, 0.0f64..1.0, 0.0f64..0.01);
    (faults, select(vec!["2s", "30s"]), select(vec!["10ms", "200ms"]), prop::option::of(0u32..6)).prop_map(
        |((error, crash, after, poison), timeout, service, reserved)| {
            let mut sets = vec![
                format!("failures={{ error = {error:.3}, crash = {crash:.3}, after-effect = {after:.2}, poison = {poison:.4} }}"),
                format!("timeout={timeout}"),
                format!("service-time={{ exponential = \"{service}\" }}"),
            ];
            sets.extend(reserved.map(|most| format!("reserved-concurrency={most}")));
            sets
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let flows = select(vec![
        "kinesis:lines -> post",
        "kinesis:lines -> [a, post]",
        "events -> kinesis:lines -> post",
        "dynamodb-streams:lines -> [a, post]",
        "kinesis:lines -> post -> b",
    ]);
    let arrivals = (1u32..40, 1u32..30, 0u64..1_000, select(vec!["1KB", "200KB"]));
    (flows, arrivals, stream(), function_sets(), any::<bool>()).prop_map(
        |(flow, (rate, keys, seed, bytes), (mut sets, goes_on), function, pushed)| {
            if pushed && flow.contains("kinesis") {
                sets.push("strategy.calm.lines.reading=enhanced-fan-out".to_owned());
            }
            sets.push(format!("arrivals.items.rate={rate}/s"));
            sets.push(format!("arrivals.items.keys={{ count = {keys} }}"));
            sets.push(format!("arrivals.items.size={bytes}"));
            sets.push(format!("run.seed={seed}"));
            sets.extend(function.into_iter().map(|set| format!("functions.post.{set}")));
            Case { flow, sets, goes_on }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// A shard of 200 KB records is throttled from five a second on: what its producer sends again is overtaken. Else no
    /// effect comes before an older one of its key, unless the function itself goes on past a failed record.
    #[test]
    fn laws_hold_and_the_order_of_keys_is_kept(case in case()) {
        let world = world(case.flow).poisson("1/s").lasts("60s", "26h");
        let outcome = case.sets.iter().fold(world, |world, set| world.set(set)).run();
        let items = &outcome.items;
        let unthrottled = figure(&outcome, "throttled_puts") == 0.0;
        // The function behind a function is invoked asynchronously, in no order.
        let ordered = !case.goes_on && unthrottled && !case.flow.ends_with("-> b");
        prop_assert!(!ordered || items.order_inversions == Some(0), "{:?} inversions", items.order_inversions);
        prop_assert_eq!(items.backlog_end, 0, "26 hours are enough for what is kept for 24");
        let runs = function(&outcome, "post").runs;
        prop_assert!(runs.invocations <= runs.attempts);
        prop_assert!(!case.flow.contains("kinesis") || outcome.usage.count(LineItem::KinesisShardS) > 0);
    }
}
