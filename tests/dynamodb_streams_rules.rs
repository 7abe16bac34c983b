//! The documented rules of DynamoDB Streams and of their event source mapping where they differ from those of Kinesis
//! (`kinesis_rules.rs`), with the arithmetic by hand, and what AWS answered when a stream drove Lambda (recorded by
//! LocalStack's tests, November 2025). The recordings lie beside the checkout; where they are absent the tests say so.

mod common;

use common::recordings::recorded;
use common::{World, at, figure, function, latencies, secs, world};
use serde_json::Value;
use simctl::model::Outcome;
use simctl::model::design::NodeKind;
use simctl::words::LineItem;

fn post() -> World {
    world("dynamodb-streams -> post").strategy("dynamodb-streams.shards=1")
}

fn invocations(outcome: &Outcome) -> u64 {
    function(outcome, "post").runs.invocations
}

/// Written at 0.3 s, seen by the poll at 0.5 s, done at 1.5 s.
///
/// Rule [doc] E-ddb: each shard is polled four times a second.
#[test]
fn a_shard_is_polled_four_times_a_second() {
    let outcome = post().every("10s", "300ms").lasts("10s", "1h").run();
    assert_eq!((latencies(&outcome).0, outcome.items.split.wait), (secs(1.2), secs(0.2)));
}

/// 25,000 changes at once, a call of 0.1 s each: 10,000 records are there after 0.1, 10,000 after 0.2, 5,000 after 0.3 s.
///
/// Rule [doc] K-api: one call gives at most 10,000 records; where more wait, the shard is polled again at once [inferred].
#[test]
fn where_more_is_waiting_a_shard_is_polled_again_at_once() {
    let outcome = post()
        .burst(25_000)
        .post("service-time=0s")
        .strategy("dynamodb-streams.read-latency=100ms")
        .strategy("dynamodb-streams.batch-size=10000")
        .run();
    assert_eq!(latencies(&outcome), (secs(1_000.0 + 2_000.0 + 1_500.0), secs(0.1), secs(0.3)));
}

/// Rule [doc] D-str: what the table takes is in its stream: the stream refuses no write.
#[test]
fn a_table_stream_refuses_nothing() {
    let outcome = post().burst(5_000).stream("size=100KB").post("service-time=0s").run();
    assert_eq!((outcome.items.processed, outcome.items.rejected, figure(&outcome, "throttled_puts")), (5_000, 0, 0.0));
}

/// Throttled at 0, 1, 3, 7, 15, 31, 63 s and then each minute, as on a Kinesis stream.
///
/// Rule [doc] D-str: a record is kept for 24 hours, no more and no less.
#[test]
fn a_record_expires_after_24_hours() {
    let outcome = post().lasts("1s", "60h").post("reserved-concurrency=0").run();
    assert_eq!((outcome.items.expired, outcome.end), (1, at(86_403.0)));
}

/// Rule [doc] D-str: each change is in the stream once, and changes of one key are in order.
#[test]
fn each_change_is_in_the_stream_once_and_in_order() {
    let outcome = world("dynamodb-streams -> post")
        .poisson("200/s")
        .lasts("60s", "24h")
        .stream("keys={ zipf = 1.0, count = 50 }")
        .post("service-time={ exponential = \"20ms\" }")
        .strategy("dynamodb-streams.parallelization-factor=10")
        .run();
    let items = &outcome.items;
    assert_eq!((items.processed, items.duplicates, items.order_inversions), (items.arrived, 0, Some(0)));
}

/// Rule [doc] E-ddb: a batch holds at most 100 records by default.
#[test]
fn a_batch_holds_100_by_default() {
    let outcome = post().burst(250).run();
    assert_eq!((invocations(&outcome), latencies(&outcome).2), (3, secs(250.0)));
}

/// Seven changes of a MiB at once: six fit into 6 MB.
///
/// Rule [doc] E-gen: a batch of 6 MB is closed.
#[test]
fn a_batch_of_6_mb_is_closed() {
    assert_eq!(invocations(&post().burst(7).stream("size=1MB").run()), 2);
}

/// Rule [doc] P-ddb: reads by Lambda are free, and there is no shard to pay for.
#[test]
fn reading_is_free() {
    let outcome = post().burst(100).run();
    let lambda = [LineItem::LambdaRequests, LineItem::LambdaX86MbMs];
    for row in LineItem::ALL {
        assert_eq!(outcome.usage.count(row) > 0, lambda.contains(&row), "{}", row.name());
    }
}

/// Rule [doc] D-str: two functions may read a table's stream, each by itself.
#[test]
fn two_functions_may_read_a_table_stream() {
    let outcome = world("dynamodb-streams -> [a, b]").burst(10).run();
    assert_eq!((outcome.items.owed, outcome.items.processed), (20, 20));
}

/// Measured in 2022 from function to function, with default latencies here: p10, p50, p90 and p99.
///
/// Rule [measured] M-bite: a change reaches a warm function in 213 ms, in the median.
#[test]
fn the_default_latencies_are_near_those_measured() {
    let text = "name = \"latency\"\n[run]\nduration = \"3h\"\nreplications = 1\n\
                [[arrivals]]\nname = \"items\"\nprocess = \"poisson\"\nrate = \"1/s\"\n\
                [functions.post]\nservice-time = \"0s\"\ncold-start = { init = \"0s\", unlogged = \"0s\" }\n\
                [[strategy]]\nname = \"calm\"\nflow = \"dynamodb-streams -> post\"\n";
    let outcome = &common::run_all(&common::load(text, &[]), 1)[0][0];
    common::assert_near_measured(
        outcome,
        &[(0.1, 0.118, 0.35), (0.5, 0.213, 0.15), (0.9, 0.341, 0.2), (0.99, 0.552, 0.35)],
    );
}

/// Rule [doc] R-aws: BatchSize 100, window 0, ParallelizationFactor 1, and -1 for retries and age are the defaults.
#[test]
fn a_mapping_has_the_defaults_that_were_recorded() {
    let Some(content) = recorded("dynamodb-streams.json", "test_deletion_event_source_mapping_with_dynamodb") else {
        return;
    };
    let created = &content["create_event_source_mapping_result"];
    let scenario = world("dynamodb-streams -> post").scenario();
    let NodeKind::Stream(stream) = &scenario.designs[0].nodes[0].kind else { panic!("no stream") };
    let mapping = &stream.mapping;
    assert_eq!(created["BatchSize"].as_u64(), Some(u64::from(mapping.batch_size)));
    assert_eq!(created["MaximumBatchingWindowInSeconds"].as_u64(), Some(mapping.window.as_nanos()));
    assert_eq!(created["ParallelizationFactor"].as_u64(), Some(u64::from(mapping.parallelization_factor)));
    assert_eq!(created["BisectBatchOnFunctionError"].as_bool(), Some(mapping.bisect));
    assert_eq!((created["MaximumRetryAttempts"].as_i64(), mapping.maximum_retry_attempts), (Some(-1), None));
    assert_eq!((created["MaximumRecordAgeInSeconds"].as_i64(), mapping.maximum_record_age), (Some(-1), None));
}

/// How often the batch that was given up had been invoked, as its message in the destination says.
fn invoke_count(content: &Value) -> u64 {
    let context = &content["destination_queue_messages"]["Messages"][0]["Body"]["requestContext"];
    assert_eq!(context["condition"], "RetryAttemptsExhausted");
    context["approximateInvokeCount"].as_u64().expect("a count")
}

/// A poison record in a batch of its own, in a world with the settings of a recorded mapping.
fn poison(created: &Value) -> World {
    post()
        .lasts("1s", "1h")
        .post("failures.poison=1.0")
        .strategy(&format!("dynamodb-streams.batch-size={}", created["BatchSize"]))
        .strategy(&format!("dynamodb-streams.window={}s", created["MaximumBatchingWindowInSeconds"]))
        .strategy(&format!("dynamodb-streams.maximum-retry-attempts={}", created["MaximumRetryAttempts"]))
        .strategy("dynamodb-streams.on-failure-destination=sqs")
}

/// Rule [doc] R-aws: with one retry a failing batch was invoked twice, then told to its destination.
#[test]
fn a_failing_batch_is_invoked_as_often_as_recorded() {
    let Some(content) =
        recorded("dynamodb-streams.json", "test_dynamodb_event_source_mapping_with_on_failure_destination_config")
    else {
        return;
    };
    let outcome = poison(&content["create_event_source_mapping_response"]).run();
    assert_eq!((invocations(&outcome), outcome.items.dead_lettered), (invoke_count(&content), 1));
}

/// Six records, the last of which always fails and is reported. It was delivered five times: once behind others, and
/// four times in a batch of its own, with three retries.
///
/// Rule [doc] R-aws: what follows a checkpoint is a batch of its own, with all its retries.
#[test]
fn a_reported_record_is_delivered_as_often_as_recorded() {
    let Some(content) = recorded("dynamodb-streams.json", "test_dynamodb_report_batch_item_failures") else { return };
    let created = &content["create_event_source_mapping_response"];
    let records = content["dynamodb_records"]["Records"].as_array().or_else(|| content["dynamodb_records"].as_array());
    let records = records.expect("a list of records");
    let last = &records[records.len() - 1]["dynamodb"]["SequenceNumber"];
    let delivered = records.iter().filter(|record| record["dynamodb"]["SequenceNumber"] == *last).count() as u64;
    assert_eq!(delivered, 1 + invoke_count(&content), "once behind others");
    let outcome = poison(created).strategy("dynamodb-streams.partial-batch-response=report-batch-item-failures").run();
    assert_eq!((invocations(&outcome), outcome.items.dead_lettered), (invoke_count(&content), 1));
}
