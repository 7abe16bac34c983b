//! A strategy, validated: a small graph of services and functions.

use super::faults::DesignFault;
use super::workflow::settings::WorkflowSettings;
use crate::handlers::idempotency::settings::IdempotencySettings;
use crate::handlers::state::StateSettings;
use crate::handlers::{BatchSettings, CallSettings, InitialiseSettings};
use crate::services::api_gateway;
use crate::services::downstream::settings::DownstreamSettings;
use crate::services::event_source_mapping::settings::{MappingSettings, StreamMappingSettings};
use crate::services::fargate;
use crate::services::kinesis::settings::StreamSettings;
use crate::services::lambda::settings::{AccountSettings, FunctionSettings};
use crate::services::notification::NotificationSettings;
use crate::services::push_delivery::settings::PushSettings;
use crate::services::queue::QueueSettings;
use crate::services::sdk_client::settings::CallerSettings;
use crate::services::sqs::RedriveSettings;
use crate::services::sqs::settings::{FifoSettings, SqsSettings};
use crate::services::step_functions::settings::ServiceSettings;
use crate::words::NodeId;

/// One way to process the streams.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// The strategy's name.
    pub name: String,
    /// The flow as it was written, normalised.
    pub flow: String,
    /// The account its functions share.
    pub account: AccountSettings,
    /// What its Fargate tasks share.
    pub fargate: fargate::settings::AccountSettings,
    /// What its APIs share.
    pub api: api_gateway::settings::AccountSettings,
    /// The graph, sources first; a node's successors have higher numbers.
    ///
    /// Behind those of the flow stand the functions that the tasks of its state machines invoke.
    pub nodes: Vec<Node>,
    /// How many of the nodes are the flow's.
    pub flow_nodes: usize,
    /// Where items enter; more than one only in a fan-out from the start.
    pub entries: Vec<NodeId>,
    /// What its functions call while they run: those that some function of its flow calls.
    pub resources: Vec<Resource>,
    /// What goes wrong with parts of it, and when.
    pub faults: Vec<DesignFault>,
}

/// What functions call while they run. It is no place in the flow: no item goes through it.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its name, unique among those of resources and nodes: the scope of its metrics.
    pub label: String,
    /// How it answers.
    pub settings: DownstreamSettings,
}

/// A place in the graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its label, unique within the strategy: the scope of its metrics.
    pub label: String,
    /// What it is.
    pub kind: NodeKind,
    /// Where its output goes; none: this is a leaf, whose function applies the effect.
    pub next: Vec<NodeId>,
    /// What it calls for each item; empty: nothing, as of all that is no function.
    pub calls: Vec<CallSettings>,
    /// How it looks whether an item is done; none: it does not, as all that is no function.
    pub idempotency: Option<Box<IdempotencySettings>>,
    /// What it does before its first item; none: nothing, as all that is no function.
    pub initialise: Option<Box<InitialiseSettings>>,
    /// What it keeps in its process; none: nothing, as all that is no function.
    pub state: Option<Box<StateSettings>>,
    /// The state machine that it runs, by AWS Step Functions or in a function; none of everything else.
    pub workflow: Option<Box<WorkflowSettings>>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// `events`, `s3`: tells the next function of each item by an asynchronous invoke.
    Notification(NotificationSettings),
    /// `queue`: the textbook queue, pulled by ideal servers.
    Queue(QueueSettings),
    /// `schedule`: wakes a function that lists what is new.
    Schedule(Box<BatchSettings>),
    /// `sqs`, `sqs-fifo`: a queue, whose event source mapping invokes the next function.
    Sqs(Box<PolledQueue>),
    /// `sns`, `eventbridge`: pushes a copy of what is published to each of the next nodes.
    Push(Box<PushSettings>),
    /// `api`: clients that call an API, which invokes the next function synchronously.
    Api(Box<CalledApi>),
    /// `kinesis`, `dynamodb-streams`: a stream, which each function after it reads by an event source mapping.
    Stream(Box<MappedStream>),
    /// `machine`: AWS Step Functions.
    Machine(Box<ServiceSettings>),
    /// A function; `orchestrate` is one that runs a state machine.
    Function(Box<FunctionSettings>),
}

/// An SQS queue and the event source mapping that polls it.
#[derive(Debug, Clone, PartialEq)]
pub struct PolledQueue {
    /// The queue.
    pub queue: SqsSettings,
    /// What makes it a FIFO queue; none: it is a standard one.
    pub fifo: Option<FifoSettings>,
    /// The mapping.
    pub mapping: MappingSettings,
    /// When dead letters are moved back; none: never.
    pub redrive: Option<RedriveSettings>,
    /// Visible messages from which on senders give their items up; none: they never do.
    pub shed_above: Option<u64>,
}

/// An API and those who call it.
#[derive(Debug, Clone, PartialEq)]
pub struct CalledApi {
    /// The API.
    pub gateway: api_gateway::settings::GatewaySettings,
    /// Its clients.
    pub callers: CallerSettings,
}

/// A stream and the settings of the event source mappings that read it.
#[derive(Debug, Clone, PartialEq)]
pub struct MappedStream {
    /// The stream.
    pub stream: StreamSettings,
    /// Each mapping.
    pub mapping: StreamMappingSettings,
}

impl Design {
    /// Whether a service of the flow keeps the items of a key in order.
    #[must_use]
    pub fn keeps_order(&self) -> bool {
        self.nodes.iter().any(|node| node.kind.keeps_order())
    }
}

impl NodeKind {
    /// Whether it keeps the items of a key in order.
    const fn keeps_order(&self) -> bool {
        match self {
            Self::Stream(_) => true,
            Self::Sqs(queue) => queue.fifo.is_some(),
            Self::Notification(_)
            | Self::Queue(_)
            | Self::Schedule(_)
            | Self::Push(_)
            | Self::Api(_)
            | Self::Machine(_)
            | Self::Function(_) => false,
        }
    }
}
