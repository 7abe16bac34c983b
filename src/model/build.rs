//! From a validated design to nodes at work.

use std::collections::VecDeque;

use super::api_node::ApiNode;
use super::batch_node::BatchNode;
use super::design::{Design, Node, NodeKind, PolledQueue, Resource};
use super::environment_ends::EndsWatch;
use super::fargate_node::FargateNode;
use super::faults::{DesignFault, Target};
use super::fifo_node::{Fifo, FifoDraws};
use super::ideal_node::IdealNode;
use super::idempotency_store::IdempotencyStore;
use super::initialise::Initialiser;
use super::kept_state::KeptState;
use super::lambda_node::LambdaNode;
use super::outcome::RunTotals;
use super::push_node::{PushNode, Subscriber};
use super::resource_node::{CallDraws, ResourceNode};
use super::simulation::{NodeState, NotificationNode, Workload};
use super::sqs_node::SqsNode;
use super::sqs_queue::MessageQueue;
use super::stream_node::{Consumer, StreamDraws, StreamNode};
use crate::handlers::{PerItem, Program, When};
use crate::kernel::{Purpose, Root, Time};
use crate::metrics::{Gauge, Grid};
use crate::services::fargate::Tasks;
use crate::services::fargate::settings::FargateSettings;
use crate::services::faults::FaultKind;
use crate::services::lambda::settings::{FunctionSettings, LambdaSettings, Platform};
use crate::services::lambda::{Account, Function, FunctionDraws};
use crate::services::push_delivery::settings::PushSettings;
use crate::services::sqs::Queue;
use crate::words::NodeId;

/// The account that a design's functions share.
pub(super) fn account(design: &Design) -> Account {
    let functions = design.nodes.iter().filter_map(|node| match &node.kind {
        NodeKind::Function(function) => match &function.platform {
            Platform::Lambda(settings) => Some(&**settings),
            Platform::Fargate(_) | Platform::Ideal { .. } => None,
        },
        _ => None,
    });
    Account::new(&design.account, functions)
}

/// Every node of a design, at the start of a run.
pub(super) fn nodes(design: &Design, workload: &Workload<'_>, root: &Root, grid: Grid) -> Vec<NodeState> {
    let builder = Builder { design, workload, root, grid };
    (0..design.nodes.len()).map(|index| builder.node(NodeId(index as u16))).collect()
}

/// Every resource of a design, at the start of a run.
pub(super) fn resources(design: &Design, workload: &Workload<'_>, root: &Root, grid: Grid) -> Vec<ResourceNode> {
    let builder = Builder { design, workload, root, grid };
    (0..design.resources.len()).map(|index| builder.resource(index)).collect()
}

struct Builder<'a> {
    design: &'a Design,
    workload: &'a Workload<'a>,
    root: &'a Root,
    grid: Grid,
}

impl Builder<'_> {
    fn node(&self, id: NodeId) -> NodeState {
        let Node { label, kind, next, .. } = &self.design.nodes[id.index()];
        match kind {
            NodeKind::Notification(settings) => NodeState::Notification(NotificationNode::new(
                settings.clone(),
                label,
                self.workload.streams,
                self.root,
            )),
            NodeKind::Queue(_) => NodeState::Queue,
            NodeKind::Sqs(settings) => NodeState::Sqs(Box::new(SqsNode::new(
                (**settings).clone(),
                self.message_queue(settings, label),
                next[0],
                self.design.leaves_below(id),
                self.by_stream(label, "send"),
                self.root.purpose(label, "receive"),
            ))),
            NodeKind::Push(settings) => NodeState::Push(Box::new(self.push(id, settings))),
            NodeKind::Api(settings) => NodeState::Api(Box::new(ApiNode::new(
                (**settings).clone(),
                (label, next[0]),
                self.design.leaves_below(id),
                [self.by_stream(label, "request"), self.by_stream(label, "client back-off")],
                Time::ZERO + self.workload.warm_up,
            ))),
            NodeKind::Stream(settings) => NodeState::Stream(Box::new(StreamNode::new(
                (**settings).clone(),
                next.iter().map(|&next| Consumer::new(next, self.design.leaves_below(next), self.gauge())).collect(),
                self.design.leaves_below(id),
                self.stream_draws(label),
            ))),
            NodeKind::Machine(_) => NodeState::Machine,
            NodeKind::Schedule(settings) => {
                let writes = self.by_stream(label, "table write");
                NodeState::Schedule(Box::new(BatchNode::new((**settings).clone(), next[0], label, self.root, writes)))
            }
            NodeKind::Function(function) => match &function.platform {
                Platform::Lambda(settings) => NodeState::Lambda(Box::new(self.lambda(id, function, settings))),
                Platform::Fargate(settings) => NodeState::Fargate(Box::new(self.fargate(id, function, settings))),
                Platform::Ideal { servers } => NodeState::Ideal(Box::new(self.ideal(id, function, *servers))),
            },
        }
    }

    fn message_queue(&self, settings: &PolledQueue, label: &str) -> MessageQueue {
        let Some(fifo) = settings.fifo else { return MessageQueue::Standard(Queue::new(&settings.queue)) };
        let draws = FifoDraws {
            partitions: self.by_stream(label, "partition"),
            back_offs: self.by_stream(label, "send back-off"),
        };
        MessageQueue::Fifo(Box::new(Fifo::new(&settings.queue, fifo, draws)))
    }

    fn stream_draws(&self, label: &str) -> StreamDraws {
        StreamDraws {
            puts: self.by_stream(label, "put"),
            back_offs: self.by_stream(label, "put back-off"),
            first_polls: self.root.purpose(label, "first poll"),
            polls: self.root.purpose(label, "poll"),
            pushes: self.by_stream(label, "push"),
        }
    }

    fn lambda(&self, id: NodeId, settings_of_function: &FunctionSettings, settings: &LambdaSettings) -> LambdaNode {
        let name = &settings_of_function.name;
        let draws = FunctionDraws {
            life: self.root.purpose(name, "life"),
            start_up: self.root.purpose(name, "start-up"),
            dispatch: self.root.purpose(name, "dispatch"),
        };
        let tick_jitter = self.root.purpose(name, "tick jitter");
        let mut function = Function::new(settings.clone(), &self.design.account, draws);
        let ends_watch = self.holds_in_environments(id).then(EndsWatch::default);
        if ends_watch.is_some() {
            function.watch_ends();
        }
        LambdaNode {
            function,
            handler: self.handler(settings_of_function),
            program: self.program(id),
            store: self.store(id),
            initialiser: self.initialiser(id, true),
            kept: self.kept(id),
            ends_watch,
            batch: self.schedule_of(id),
            branches: self.design.leaves_below(id),
            leaf: self.leaf(id),
            hops: self.by_stream(name, "hop"),
            tick_hops: self.root.purpose(name, "tick hop"),
            jitters: self.by_stream(name, "jitter").into_iter().chain([tick_jitter]).collect(),
            runs: RunTotals::default(),
            concurrency: self.gauge(),
            refused: 0.0,
            most: None,
            may_be_lost: self.may_be_lost(id),
        }
    }

    /// Whether a fault may end runs of a function where they are.
    fn may_be_lost(&self, id: NodeId) -> bool {
        let loses = |fault: &DesignFault| matches!(fault.fault.kind, FaultKind::ZoneLost { .. });
        self.design.faults.iter().filter(|fault| loses(fault)).any(|fault| fault.targets.contains(&Target::Node(id)))
    }

    fn fargate(&self, id: NodeId, function: &FunctionSettings, settings: &FargateSettings) -> FargateNode {
        let name = &function.name;
        FargateNode {
            tasks: Tasks::new(settings.clone(), self.root.purpose(name, "RunTask")),
            handler: self.handler(function),
            program: self.program(id),
            store: self.store(id),
            initialiser: self.initialiser(id, false),
            kept: self.kept(id),
            batch: self.schedule_of(id),
            leaf: self.leaf(id),
            copies: self.root.purpose(name, "task copies"),
            scheduler: self.root.purpose(name, "batch scheduler"),
            refused: 0.0,
            runs: RunTotals::default(),
            concurrency: self.gauge(),
        }
    }

    fn push(&self, id: NodeId, settings: &PushSettings) -> PushNode {
        let Node { label, next, .. } = &self.design.nodes[id.index()];
        let subscriber = |&next: &NodeId| {
            let to = &self.design.nodes[next.index()].label;
            let draws = self.by_stream(&format!("{label}/{to}"), "push");
            Subscriber { branches: self.design.leaves_below(next), draws }
        };
        let subscribers = next.iter().map(subscriber).collect();
        PushNode::new(settings.clone(), subscribers, self.design.leaves_below(id), self.by_stream(label, "publish"))
    }

    fn ideal(&self, id: NodeId, function: &FunctionSettings, servers: Option<u32>) -> IdealNode {
        let capacity = self.design.nodes.iter().find_map(|node| match &node.kind {
            NodeKind::Queue(queue) if node.next.contains(&id) => Some(queue.capacity),
            _ => None,
        });
        IdealNode {
            servers,
            capacity: capacity.flatten(),
            waiting: VecDeque::new(),
            busy: 0,
            handler: self.handler(function),
            branches: self.design.leaves_below(id),
            leaf: self.leaf(id),
            runs: RunTotals::default(),
            concurrency: self.gauge(),
            busy_max: 0,
        }
    }

    fn handler(&self, function: &FunctionSettings) -> PerItem {
        let streams: Vec<String> = self.workload.streams.iter().map(|stream| stream.name.clone()).collect();
        let factor = function.time_factor();
        let (service, failures) = (function.service_time.clone(), function.failures.clone());
        PerItem::new(service, factor, failures, &function.name, &streams, self.root)
    }

    fn program(&self, id: NodeId) -> Option<Program> {
        let Node { calls, idempotency, kind, .. } = &self.design.nodes[id.index()];
        let on_lambda =
            matches!(kind, NodeKind::Function(function) if matches!(function.platform, Platform::Lambda(_)));
        // What Lambda's Init does is over when the handler begins, unless it must be asked for connections.
        let initialises = self.design.nodes[id.index()]
            .initialise
            .as_ref()
            .is_some_and(|initialise| initialise.pool.is_some() || initialise.when == When::Invocation || !on_lambda);
        Program::of(calls.clone(), idempotency.is_some(), initialises)
    }

    fn initialiser(&self, id: NodeId, on_lambda: bool) -> Option<Box<Initialiser>> {
        let Node { label, initialise, .. } = &self.design.nodes[id.index()];
        let settings = (**initialise.as_ref()?).clone();
        let connect = match settings.pool {
            Some(pool) => self.design.resources[pool.to.index()].settings.connect.clone(),
            None => settings.time.clone(),
        };
        Some(Box::new(Initialiser::new(settings, connect, on_lambda, self.root.purpose(label, "initialise"))))
    }

    /// Whether something is held in the environments of a function that ends with them.
    fn holds_in_environments(&self, id: NodeId) -> bool {
        let Node { initialise, state, .. } = &self.design.nodes[id.index()];
        state.is_some() || initialise.as_ref().is_some_and(|initialise| initialise.pool.is_some())
    }

    fn store(&self, id: NodeId) -> Option<Box<IdempotencyStore>> {
        let Node { label, idempotency, .. } = &self.design.nodes[id.index()];
        let streams = self.workload.streams.iter().map(|stream| stream.name.as_str());
        let settings = (**idempotency.as_ref()?).clone();
        Some(Box::new(IdempotencyStore::new(settings, label, streams, self.root)))
    }

    fn kept(&self, id: NodeId) -> Option<Box<KeptState>> {
        let Node { label, state, .. } = &self.design.nodes[id.index()];
        let streams = self.workload.streams.iter().map(|stream| stream.name.as_str());
        Some(Box::new(KeptState::new((**state.as_ref()?).clone(), label, streams, self.root)))
    }

    fn resource(&self, index: usize) -> ResourceNode {
        let Resource { label, settings } = &self.design.resources[index];
        let draws_of = |node: &Node| {
            let streams =
                self.workload.streams.iter().filter(|_| node.calls.iter().any(|call| call.to.index() == index));
            streams.map(|stream| CallDraws::new(&stream.name, &node.label, label, self.root)).collect()
        };
        let draws = self.design.nodes.iter().map(draws_of).collect();
        let opens = |node: &Node| node.initialise.as_ref()?.pool.filter(|pool| pool.to.index() == index);
        let pooled = self.design.nodes.iter().any(|node| opens(node).is_some());
        ResourceNode::new(label.clone(), settings.clone(), draws, self.gauge(), pooled.then(|| self.gauge()))
    }

    fn by_stream(&self, function: &str, purpose: &str) -> Vec<Purpose> {
        let owner = |stream: &str| format!("{stream}/{function}");
        self.workload.streams.iter().map(|stream| self.root.purpose(&owner(&stream.name), purpose)).collect()
    }

    fn schedule_of(&self, function: NodeId) -> Option<NodeId> {
        let feeds = |node: &Node| matches!(node.kind, NodeKind::Schedule(_)) && node.next.contains(&function);
        self.design.nodes.iter().position(feeds).map(|index| NodeId(index as u16))
    }

    fn leaf(&self, id: NodeId) -> Option<usize> {
        self.design.leaves().iter().position(|&leaf| leaf == id)
    }

    fn gauge(&self) -> Gauge {
        Gauge::new(self.grid, Time::ZERO + self.workload.warm_up, Time::ZERO + self.workload.duration)
    }
}
