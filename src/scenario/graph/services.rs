//! The services that a flow may name, and what composes: one row a service.

use crate::scenario::keys::{api, choreography, kinesis, machine, push, scheduler, sqs, sqs_fifo, strategy};
use crate::scenario::shape::Shape;

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Events,
    S3,
    Schedule,
    Scheduler,
    Queue,
    Sqs,
    SqsFifo,
    Sns,
    EventBridge,
    Kinesis,
    DynamoDbStreams,
    Api,
    Machine,
    Orchestrate,
    Durable,
    Choreograph,
}

/// What runs a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Lambda,
    Fargate,
    Ideal,
}

impl Host {
    /// Its word in `platform`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Fargate => "fargate",
            Self::Ideal => "ideal",
        }
    }

    /// The host of that word.
    pub(crate) fn find(word: &str) -> Option<Self> {
        [Self::Lambda, Self::Fargate, Self::Ideal].into_iter().find(|host| host.word() == word)
    }
}

/// How a service composes with others.
#[derive(Debug)]
pub(crate) struct Composition {
    /// Its word in flows.
    pub(crate) word: &'static str,
    /// Which it is.
    pub(crate) service: Service,
    /// Its table; none: it is not built, and a flow that names it is refused.
    pub(crate) shape: Option<&'static Shape>,
    /// Whether a flow may start with it.
    pub(crate) starts: bool,
    /// What may stand before it, besides the start: services …
    pub(crate) after: &'static [Service],
    /// … and functions.
    pub(crate) after_functions: &'static [Host],
    /// The functions that it may feed.
    pub(crate) feeds: &'static [Host],
    /// Whether exactly one thing follows it.
    pub(crate) single: bool,
    /// Whether it runs a state machine, whose file is named in the flow, and ends the flow.
    pub(crate) machine: bool,
}

/// Every service, in the order of the messages and of the reference.
pub(crate) static COMPOSITIONS: [Composition; 16] = [
    Composition {
        word: "events",
        service: Service::Events,
        shape: Some(&strategy::EVENTS),
        starts: true,
        after: &[],
        after_functions: &[],
        feeds: &[Host::Lambda],
        single: false,
        machine: false,
    },
    Composition {
        word: "s3",
        service: Service::S3,
        shape: Some(&strategy::S3),
        starts: true,
        after: &[],
        after_functions: &[],
        feeds: &[Host::Lambda],
        single: false,
        machine: false,
    },
    Composition {
        word: "schedule",
        service: Service::Schedule,
        shape: Some(&strategy::SCHEDULE),
        starts: true,
        after: &[],
        after_functions: &[],
        feeds: &[Host::Lambda, Host::Fargate],
        single: true,
        machine: false,
    },
    Composition {
        word: "queue",
        service: Service::Queue,
        shape: Some(&strategy::QUEUE),
        starts: true,
        after: &[],
        after_functions: &[Host::Lambda, Host::Ideal],
        feeds: &[Host::Ideal],
        single: true,
        machine: false,
    },
    Composition {
        word: "sqs",
        service: Service::Sqs,
        shape: Some(&sqs::SQS),
        starts: true,
        after: &[Service::Events, Service::S3, Service::Sns, Service::EventBridge, Service::Api],
        after_functions: &[Host::Lambda],
        feeds: &[Host::Lambda],
        single: true,
        machine: false,
    },
    Composition {
        word: "sqs-fifo",
        service: Service::SqsFifo,
        shape: Some(&sqs_fifo::SQS_FIFO),
        starts: true,
        after: &[Service::Events, Service::EventBridge, Service::Api],
        after_functions: &[Host::Lambda],
        feeds: &[Host::Lambda],
        single: true,
        machine: false,
    },
    Composition {
        word: "sns",
        service: Service::Sns,
        shape: Some(&push::SNS),
        starts: true,
        after: &[Service::Events, Service::S3, Service::EventBridge, Service::Api],
        after_functions: &[Host::Lambda],
        feeds: &[Host::Lambda],
        single: false,
        machine: false,
    },
    Composition {
        word: "eventbridge",
        service: Service::EventBridge,
        shape: Some(&push::EVENTBRIDGE),
        starts: true,
        after: &[Service::Events, Service::S3, Service::Api],
        after_functions: &[Host::Lambda],
        feeds: &[Host::Lambda],
        single: false,
        machine: false,
    },
    Composition {
        word: "scheduler",
        service: Service::Scheduler,
        shape: Some(&scheduler::SCHEDULER),
        starts: true,
        after: &[],
        after_functions: &[],
        feeds: &[Host::Lambda, Host::Fargate],
        single: true,
        machine: false,
    },
    Composition {
        word: "kinesis",
        service: Service::Kinesis,
        shape: Some(&kinesis::KINESIS),
        starts: true,
        after: &[Service::Events, Service::EventBridge, Service::Api],
        after_functions: &[Host::Lambda],
        feeds: &[Host::Lambda],
        single: false,
        machine: false,
    },
    Composition {
        word: "dynamodb-streams",
        service: Service::DynamoDbStreams,
        shape: Some(&kinesis::DYNAMODB_STREAMS),
        starts: true,
        after: &[Service::Events],
        after_functions: &[Host::Lambda],
        feeds: &[Host::Lambda],
        single: false,
        machine: false,
    },
    Composition {
        word: "api",
        service: Service::Api,
        shape: Some(&api::API),
        starts: true,
        after: &[],
        after_functions: &[],
        feeds: &[Host::Lambda],
        single: true,
        machine: false,
    },
    Composition {
        word: "machine",
        service: Service::Machine,
        shape: Some(&machine::MACHINE_OF_STRATEGY),
        starts: false,
        after: &[Service::Events, Service::Api, Service::EventBridge],
        after_functions: &[],
        feeds: &[],
        single: false,
        machine: true,
    },
    Composition {
        word: "orchestrate",
        service: Service::Orchestrate,
        shape: Some(&machine::ORCHESTRATE),
        starts: false,
        after: &[
            Service::Events,
            Service::S3,
            Service::Sqs,
            Service::SqsFifo,
            Service::Sns,
            Service::EventBridge,
            Service::Api,
        ],
        after_functions: &[],
        feeds: &[],
        single: false,
        machine: true,
    },
    Composition {
        word: "durable",
        service: Service::Durable,
        shape: Some(&machine::DURABLE),
        starts: false,
        after: &[Service::Events, Service::Sns, Service::EventBridge],
        after_functions: &[],
        feeds: &[],
        single: false,
        machine: true,
    },
    Composition {
        word: "choreograph",
        service: Service::Choreograph,
        shape: Some(&choreography::CHOREOGRAPH),
        starts: false,
        after: &[Service::Events, Service::Api],
        after_functions: &[Host::Lambda],
        feeds: &[],
        single: false,
        machine: true,
    },
];

/// Other words that are kept for services.
const KEPT: [&str; 8] = ["dynamodb", "api-gateway", "batch", "ecs", "ec2", "step-functions", "pipes", "function-url"];

impl Service {
    /// How it composes.
    pub(crate) fn composition(self) -> &'static Composition {
        COMPOSITIONS.iter().find(|composition| composition.service == self).expect("every service has its row")
    }

    /// The service of a word, if it is built.
    pub(crate) fn find(word: &str) -> Option<Self> {
        built().find(|composition| composition.word == word).map(|composition| composition.service)
    }

    /// The keys of its table.
    pub(crate) fn shape(self) -> &'static Shape {
        self.composition().shape.expect("only services that are built are named by a graph")
    }
}

/// The services that are built.
pub(crate) fn built() -> impl Iterator<Item = &'static Composition> {
    COMPOSITIONS.iter().filter(|composition| composition.shape.is_some())
}

/// The words of the services that are built and that `which` chooses, as a list.
pub(crate) fn words(which: impl Fn(&Composition) -> bool) -> String {
    let words: Vec<&str> =
        built().filter(|composition| which(composition)).map(|composition| composition.word).collect();
    words.join(", ")
}

/// Whether a word is kept for a service that is not built.
pub(crate) fn is_not_built(word: &str) -> bool {
    KEPT.contains(&word)
        || COMPOSITIONS.iter().any(|composition| composition.word == word && composition.shape.is_none())
}

/// Whether a word is kept for a service, built or not.
pub(crate) fn is_service_word(word: &str) -> bool {
    KEPT.contains(&word) || COMPOSITIONS.iter().any(|composition| composition.word == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_and_every_service_has_one_row() {
        for (index, one) in COMPOSITIONS.iter().enumerate() {
            let alike = |other: &&Composition| other.word == one.word || other.service == one.service;
            assert_eq!(COMPOSITIONS.iter().filter(alike).count(), 1, "{}", one.word);
            assert!(std::ptr::eq(one.service.composition(), &raw const COMPOSITIONS[index]), "{}", one.word);
            assert!(!KEPT.contains(&one.word), "{}", one.word);
        }
    }
}
