//! The documented rules of S3 event notifications, one test each, and what AWS answered when S3 notified a queue and when
//! asynchronous invocations failed (recorded by LocalStack's tests). A calm world (`common`) has no randomness and no delay
//! but those a test sets; a function serves an item in a second.
//!
//! The recordings lie beside the checkout; where they are absent the tests say so and pass.

mod common;

use common::recordings::recorded;
use common::{World, function, latencies, load, secs, world};
use serde_json::Value;
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::model::design::NodeKind;
use simctl::words::{DuplicateCause, LineItem};

fn straight() -> World {
    world("s3 -> post")
}

fn invocations(outcome: &Outcome) -> u64 {
    function(outcome, "post").runs.invocations
}

/// Rule [doc] S3-ev: an object is notified at least once; a copy invokes the function again.
#[test]
fn an_object_is_notified_at_least_once() {
    let outcome = straight().strategy("s3.duplicate-probability=1.0").run();
    assert_eq!((invocations(&outcome), outcome.items.processed, outcome.items.duplicates), (2, 1, 1));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::AtLeastOnceDelivery), 1);
}

/// Rule [doc] S3-ev: a copy is a message of its own in a queue too.
#[test]
fn a_copy_is_a_message_of_its_own() {
    let outcome =
        world("s3 -> sqs -> post").strategy("s3.duplicate-probability=1.0").strategy("sqs.batch-size=1").run();
    assert_eq!((invocations(&outcome), outcome.items.duplicates), (2, 1));
}

/// Rule [doc] S3-ev: notifications have no order, of several objects or of one: they overtake one another.
///
/// An object of one key each second, and the default latency: median 0.6 s, p99 5 s. Of two in a row the later is notified first where
/// the latencies differ by more than a second, as they do in about one pair in six.
#[test]
fn notifications_overtake_one_another() {
    let text = straight().every("1s", "0s").stream("keys={count=1}").lasts("1h", "1h");
    let by_default = text.strategy("s3.latency={lognormal={median=\"600ms\",p99=\"5s\"}}").run_in_order();
    let inversions = by_default.items.order_inversions.expect("they are watched");
    assert_eq!(by_default.items.processed, 3_600);
    assert!((360..1_200).contains(&inversions), "{inversions}");
    let constant = straight().every("1s", "0s").stream("keys={count=1}").strategy("s3.latency=5s").run_in_order();
    assert_eq!(constant.items.order_inversions, Some(0), "equal latencies keep the order");
}

/// Rule [doc] S3-ev: a notification usually comes within seconds, sometimes after a minute or longer.
#[test]
fn a_notification_comes_within_seconds_and_sometimes_after_minutes() {
    let text = straight().text().replace("latency = \"0s\"\nduplicate-probability = 0.0\n", "");
    let scenario = load(&text, &[]);
    let NodeKind::Notification(settings) = &scenario.designs[0].nodes[0].kind else { panic!("no notification") };
    let latency = &settings.latency;
    assert!((latency.quantile(0.5) - 0.6).abs() < 0.01 && latency.quantile(0.98) < 10.0);
    assert!(latency.cdf(60.0) < 1.0 && latency.largest().is_none_or(|largest| largest >= 60.0));
    assert!((settings.duplicate_probability - 1e-5).abs() < f64::EPSILON);
}

/// Rule [doc] E-s3: a function is invoked asynchronously: a function error is retried after 1 and 2 minutes, then given up.
///
/// Notified after 2 s; runs at 2, 63 and 184 s, each a second long.
#[test]
fn a_function_is_invoked_asynchronously() {
    let outcome = straight().strategy("s3.latency=2s").post("failures.error=1.0").post("failures.fails-at=1.0").run();
    assert_eq!((invocations(&outcome), outcome.items.lost, outcome.backlog.integral), (3, 1, secs(185.0)));
}

/// Rule [doc] S3-ev: destinations are Lambda functions, SQS standard queues, SNS standard topics and EventBridge, each after the notification's latency.
#[test]
fn objects_go_to_functions_queues_topics_and_buses() {
    for flow in [
        "s3 -> post",
        "s3 -> sqs -> post",
        "s3 -> sns -> post",
        "s3 -> eventbridge -> post",
        "s3 -> sns -> sqs -> post",
        "s3 -> eventbridge -> sqs -> post",
        "s3 -> eventbridge -> sns -> sqs -> post",
    ] {
        let outcome = world(flow).burst(5).strategy("s3.latency=2s").run();
        assert_eq!(outcome.items.processed, 5, "{flow}");
        assert_eq!(outcome.items.split.hop, secs(10.0), "{flow}: five notifications of 2 s");
    }
}

/// Rule [doc] S3-ev: one object is one notification with one record, so one invocation, or one message.
#[test]
fn one_object_is_one_notification() {
    assert_eq!(invocations(&straight().burst(25).run()), 25);
    let queued = world("s3 -> sqs -> post").burst(25).strategy("sqs.batch-size=1").run();
    assert_eq!(invocations(&queued), 25);
}

/// Rule [doc] S3-ev: a notification has at most 64 KB, whatever the object's size: it is one message on the bill of a queue, a topic or a bus.
#[test]
fn a_notification_has_at_most_64_kb() {
    let large = || "size=\"100MB\"";
    let topic = world("s3 -> sns -> post").burst(3).stream(large()).run();
    let bus = world("s3 -> eventbridge -> post").burst(3).stream(large()).run();
    assert_eq!(topic.usage.count(LineItem::SnsRequests), 3);
    assert_eq!(bus.usage.count(LineItem::EventBridgeEvents), 3);
    for (flow, set) in [
        ("s3 -> sqs -> post", "sqs.message-size=65KB"),
        ("s3 -> sns -> post", "sns.message-size=65KB"),
        ("s3 -> eventbridge -> post", "eventbridge.event-size=65KB"),
    ] {
        let text = world(flow).strategy(set).refusal();
        assert!(text.contains("is a notification") && text.contains("at most 64KB"), "{text}");
    }
}

/// Rule [doc] P-vt: notifications to functions, queues and topics are free; objects on the bus are custom events.
#[test]
fn what_notifications_cost() {
    let straight = straight().burst(4).run();
    assert_eq!(straight.usage.count(LineItem::S3List) + straight.usage.count(LineItem::EventBridgeEvents), 0);
    let bus = world("s3 -> eventbridge -> post").burst(4).run();
    assert_eq!(bus.usage.count(LineItem::EventBridgeEvents), 4);
}

/// The records of what was recorded: maps with the source `aws:s3`.
fn records(content: &Value) -> Vec<&Value> {
    match content {
        Value::Object(fields) if fields.get("eventSource").is_some_and(|source| source == "aws:s3") => vec![content],
        Value::Object(fields) => fields.values().flat_map(records).collect(),
        Value::Array(values) => values.iter().flat_map(records).collect(),
        _ => Vec::new(),
    }
}

/// Rule [measured] R-aws: two objects put made two records, one each, and each record names one object and its size.
#[test]
fn each_object_made_one_record_as_recorded() {
    let Some(content) = recorded("s3-notifications.json", "test_object_created_put") else { return };
    let found = records(&content);
    assert!(found.iter().all(|record| record["eventName"] == "ObjectCreated:Put"));
    assert!(found.iter().all(|record| record["s3"]["object"]["size"].as_u64().is_some_and(|bytes| bytes > 0)));
    let queued = world("s3 -> sqs -> post").burst(found.len() as u64).strategy("sqs.batch-size=1").run();
    assert_eq!((found.len() as u64, invocations(&queued)), (2, queued.items.arrived));
}

/// Rule [measured] R-aws: every record has a sequencer, by which the order that delivery does not keep can be told, and is far below 64 KB.
#[test]
fn records_are_small_and_have_a_sequencer_as_recorded() {
    for test in ["test_object_created_put", "test_object_created_copy", "test_object_created_complete_multipart_upload"]
    {
        let Some(content) = recorded("s3-notifications.json", test) else { return };
        for record in records(&content) {
            assert!(record["s3"]["object"]["sequencer"].is_string(), "{test}");
            assert!(record.to_string().len() < 2_048, "{test}: the default size of a message is 1 KB");
        }
    }
}

/// What a failed invocation leaves: how often it was tried.
fn invoke_count(content: &Value) -> u64 {
    let context = &content["requestContext"];
    context["approximateInvokeCount"].as_u64().expect("a count")
}

/// A function that fails at every try, with an on-failure destination.
fn failing(retries: u32, age: &str) -> Outcome {
    world("events -> post")
        .post("failures.error=1.0")
        .post(&format!("async.retries={retries}"))
        .post(&format!("async.max-event-age={age}"))
        .post("async.on-failure=destination")
        .run()
}

/// Rule [measured] R-aws: by default a failing event is tried three times, with no retries once, and then it goes to the destination.
#[test]
fn a_failing_event_is_tried_as_often_as_recorded() {
    let path = |content: &Value| content["receive_message_result"]["Messages"][0]["Body"].clone();
    for (test, retries) in [("test_lambda_destination_default_retries", 2), ("invocation[payload1]", 0)] {
        let Some(content) = recorded("async-destinations.json", test) else { return };
        let body = path(&content);
        assert_eq!(body["requestContext"]["condition"], "RetriesExhausted", "{test}");
        let outcome = failing(retries, "6h");
        assert_eq!((invoke_count(&body), outcome.items.dead_lettered), (invocations(&outcome), 1), "{test}");
    }
}

/// Rule [measured] R-aws: an event that grows too old before a retry goes to the destination after the tries it had: one, or two where its age leaves room for the retry a minute later.
#[test]
fn an_event_that_grows_too_old_is_tried_as_often_as_recorded() {
    let Some(content) = recorded("async-destinations.json", "test_maxeventage") else { return };
    for (message, age) in [("no_retry_failure_message", "60s"), ("single_retry_failure_message", "100s")] {
        let body = &content[message]["Body"];
        assert_eq!(body["requestContext"]["condition"], "EventAgeExceeded");
        let outcome = failing(2, age);
        assert_eq!((invoke_count(body), outcome.items.dead_lettered), (invocations(&outcome), 1), "{message}");
    }
}

/// The latency of a notification is a hop; the queue's, and the function's, come after it.
#[test]
fn the_latency_of_a_notification_is_a_hop() {
    let outcome = straight().strategy("s3.latency=2s").post("async.hop=500ms").run();
    assert_eq!((latencies(&outcome).0, outcome.items.split.hop), (secs(3.5), secs(2.5)));
    assert_eq!(outcome.items.latency.max(), Some(Span::from_millis(3_500)));
}
