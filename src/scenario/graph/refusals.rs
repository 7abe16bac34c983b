//! What AWS does not let follow what, in its own words, where a list of what may follow would not say why.

use super::services::Service;

/// AWS's rule against `then` after `service`, if there is one to tell.
pub(super) fn why_not(service: Service, then: Service) -> Option<&'static str> {
    match (service, then) {
        (Service::Sns, Service::SqsFifo) => {
            Some("expected `sqs`: only FIFO topics deliver to FIFO queues, and this is a standard one: AWS's rule")
        }
        (Service::S3, Service::SqsFifo) => {
            Some("expected `sqs`, or `eventbridge` between them: S3 notifies no FIFO queue: AWS's rule")
        }
        (Service::S3, Service::Kinesis) => Some(
            "expected `eventbridge` between them: S3 notifies functions, `sqs`, `sns` and `eventbridge`: AWS's rule",
        ),
        (Service::Sns, Service::Kinesis) => {
            Some("expected functions or `sqs`: an SNS topic delivers to no Kinesis stream: AWS's rule")
        }
        (Service::Sns, Service::EventBridge) => {
            Some("expected a function between them: an SNS topic delivers to no event bus: AWS's rule")
        }
        (Service::Schedule | Service::Scheduler, _) => {
            Some("expected one function here: what a schedule wakes lists what is new, and that is not in its event")
        }
        (Service::Sqs | Service::SqsFifo, Service::Machine) => Some(
            "expected a function, or `orchestrate(…)`: no event source mapping starts state machines, and EventBridge \
             Pipes are not modelled",
        ),
        (Service::Sqs | Service::SqsFifo | Service::Api, Service::Durable) => Some(
            "expected an asynchronous invoke: an event source mapping or an API waits for the whole durable execution, for \
             15 minutes at most, which is not modelled",
        ),
        (Service::S3, Service::Durable) => Some(
            "expected `sns` or `eventbridge` between them: a durable function is no direct target of S3 notifications: AWS's \
             rule",
        ),
        (Service::Sns | Service::S3, Service::Machine) => {
            Some("expected `eventbridge` between them: neither S3 nor SNS starts a state machine by itself: AWS's rule")
        }
        (Service::Sqs | Service::SqsFifo, Service::Choreograph) => Some(
            "expected a function between them: no queue puts its messages on a bus, and EventBridge Pipes are not modelled",
        ),
        (Service::Sns, Service::Choreograph) => {
            Some("expected a function between them: an SNS topic delivers to no event bus: AWS's rule")
        }
        (Service::S3, Service::Choreograph) => Some(
            "expected a function between them: events of S3 come on the default bus, and that a choreography shares it is \
             not modelled",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rule [doc] SNSG: a FIFO queue cannot be subscribed to a standard topic.
    #[test]
    fn a_standard_topic_feeds_no_fifo_queue() {
        assert!(!Service::SqsFifo.composition().after.contains(&Service::Sns));
        assert!(why_not(Service::Sns, Service::SqsFifo).is_some_and(|rule| rule.contains("AWS's rule")));
    }

    /// Rule [doc] L-dur: a durable function cannot be the direct target of a bucket's notifications.
    #[test]
    fn a_bucket_notifies_no_durable_function() {
        assert!(!Service::Durable.composition().after.contains(&Service::S3));
        assert!(why_not(Service::S3, Service::Durable).is_some_and(|rule| rule.contains("AWS's rule")));
    }

    /// Rule [doc] S3-ev: notifications go to Lambda, SQS standard queues, SNS standard topics and EventBridge, never to a FIFO queue.
    #[test]
    fn s3_notifies_no_fifo_queue() {
        assert!(!Service::SqsFifo.composition().after.contains(&Service::S3));
        assert!(why_not(Service::S3, Service::SqsFifo).is_some_and(|rule| rule.contains("AWS's rule")));
        for then in [Service::Sqs, Service::Sns, Service::EventBridge] {
            assert!(then.composition().after.contains(&Service::S3) && why_not(Service::S3, then).is_none());
        }
    }

    #[test]
    fn what_is_refused_with_a_reason_does_not_compose() {
        let words = super::super::services::built().map(|composition| composition.service);
        let services: Vec<Service> = words.collect();
        for &one in &services {
            for &then in services.iter().filter(|then| why_not(one, **then).is_some()) {
                assert!(!then.composition().after.contains(&one), "{one:?} -> {then:?}");
            }
        }
    }
}
