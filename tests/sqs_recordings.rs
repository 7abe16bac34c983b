//! What AWS answered when SQS drove Lambda (recorded by LocalStack's tests, November 2025), against the simulator.
//!
//! The recordings lie beside the checkout; where they are absent the tests say so and pass.

mod common;

use common::recordings::recorded;
use common::{function, world};
use serde_json::Value;
use simctl::model::Outcome;
use simctl::model::design::NodeKind;

/// Every receive count in what was recorded.
fn receive_counts(content: &Value) -> Vec<u32> {
    match content {
        Value::Object(fields) => {
            let own = fields.get("ApproximateReceiveCount").and_then(Value::as_str);
            let own = own.map(|count| count.parse().expect("a count is a number"));
            own.into_iter().chain(fields.values().flat_map(receive_counts)).collect()
        }
        Value::Array(values) => values.iter().flat_map(receive_counts).collect(),
        _ => Vec::new(),
    }
}

fn counts(outcome: &Outcome) -> (u64, u64, u64) {
    let runs = function(outcome, "post").runs;
    (runs.invocations, runs.retries, outcome.items.processed)
}

/// Rule [measured] R-aws: a new mapping has a batch size of 10, no window, no MaximumConcurrency and no partial batch response.
#[test]
fn a_mapping_has_the_defaults_that_were_recorded() {
    let Some(content) = recorded("sqs.json", "test_duplicate_event_source_mappings") else { return };
    let created = &content["create"];
    let scenario = world("events -> sqs -> post").scenario();
    let NodeKind::Sqs(queue) = &scenario.designs[0].nodes[1].kind else { panic!("no queue") };
    assert_eq!(created["BatchSize"].as_u64(), Some(u64::from(queue.mapping.batch_size)));
    assert_eq!(created["MaximumBatchingWindowInSeconds"].as_u64(), Some(queue.mapping.window.as_nanos()));
    assert_eq!((&created["ScalingConfig"], queue.mapping.maximum_concurrency), (&Value::Null, None));
    let reports = created["FunctionResponseTypes"].as_array().is_some_and(|types| !types.is_empty());
    assert_eq!(reports, queue.mapping.report_batch_item_failures);
}

/// A batch size of 20, a window of 1 s, a reserved and maximum concurrency of 2, and 30 messages.
///
/// Rule [measured] R-aws: 30 messages with a batch size of 20, a window of 1 s and a MaximumConcurrency of 2 make two batches, each message received once.
#[test]
fn thirty_messages_make_the_batches_that_were_recorded() {
    let Some(content) = recorded("sqs.json", "batching_reserved_concurrency") else { return };
    let mapping = &content["create-event-source-mapping-response"];
    let outcome = world("events -> sqs -> post")
        .burst(content["Records"].as_array().expect("a list of records").len() as u64)
        .post(&format!("reserved-concurrency={}", content["put_concurrency_resp"]["ReservedConcurrentExecutions"]))
        .strategy(&format!("sqs.batch-size={}", mapping["BatchSize"]))
        .strategy(&format!("sqs.window={}s", mapping["MaximumBatchingWindowInSeconds"]))
        .strategy(&format!("sqs.maximum-concurrency={}", mapping["ScalingConfig"]["MaximumConcurrency"]))
        .run();
    let batches = content["batch_info"]["total_batches_received"].as_u64().expect("a number of batches");
    assert_eq!(counts(&outcome), (batches, 0, 30));
    assert_eq!(receive_counts(&content), [1; 30]);
}

/// Batch sizes from 15 to 10,000 and 15 messages: each is received once.
///
/// Rule [measured] R-aws: with batch sizes from 15 to 10,000 each of 15 messages is received once.
#[test]
fn large_batches_receive_each_message_once_as_recorded() {
    for size in [15, 100, 1_000, 10_000] {
        let Some(content) = recorded("sqs.json", &format!("test_sqs_event_source_mapping_batch_size[{size}]")) else {
            return;
        };
        assert_eq!(receive_counts(&content), [1; 15]);
        let outcome = world("events -> sqs -> post")
            .burst(15)
            .strategy(&format!("sqs.batch-size={size}"))
            .strategy("sqs.window=1s")
            .run();
        let (_, retries, processed) = counts(&outcome);
        assert_eq!((retries, processed, outcome.items.duplicates), (0, 15, 0));
    }
}

/// The first attempt fails, the second comes after the visibility timeout with a receive count of 2.
///
/// Rule [measured] R-aws: after a failed run the message is received again when the visibility timeout has run, with a receive count of 2.
#[test]
fn a_failed_message_is_received_a_second_time_as_recorded() {
    let Some(content) = recorded("sqs.json", "test_failing_lambda_retries_after_visibility_timeout") else { return };
    let attempts = [&content["first_attempt"], &content["second_attempt"]].map(receive_counts);
    assert_eq!(attempts, [vec![1], vec![2]]);
    let outcome = world("events -> sqs -> post")
        .post("failures.error=1.0")
        .strategy(&format!("sqs.batch-size={}", content["event_source_mapping"]["BatchSize"]))
        .strategy("sqs.max-receive-count=2")
        .run();
    assert_eq!((counts(&outcome), outcome.items.dead_lettered), ((2, 1, 0), 1));
}
