//! From a validated design to nodes at work.

use std::collections::VecDeque;

use super::batch_node::BatchNode;
use super::design::{Design, Node, NodeKind, Resource};
use super::fargate_node::FargateNode;
use super::ideal_node::IdealNode;
use super::idempotency_store::IdempotencyStore;
use super::lambda_node::LambdaNode;
use super::outcome::RunTotals;
use super::resource_node::{CallDraws, ResourceNode};
use super::simulation::{NodeState, NotificationNode, Workload};
use super::sqs_node::SqsNode;
use crate::handlers::{PerItem, Program};
use crate::kernel::{Purpose, Root, Time};
use crate::metrics::{Gauge, Grid};
use crate::services::fargate::Tasks;
use crate::services::fargate::settings::FargateSettings;
use crate::services::lambda::settings::{FunctionSettings, LambdaSettings, Platform};
use crate::services::lambda::{Account, Function, FunctionDraws};
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
                next[0],
                self.design.leaves_below(id),
                self.by_stream(label, "send"),
                self.root.purpose(label, "receive"),
            ))),
            NodeKind::Schedule(settings) => {
                NodeState::Schedule(Box::new(BatchNode::new((**settings).clone(), next[0], label, self.root)))
            }
            NodeKind::Function(function) => match &function.platform {
                Platform::Lambda(settings) => NodeState::Lambda(Box::new(self.lambda(id, function, settings))),
                Platform::Fargate(settings) => NodeState::Fargate(Box::new(self.fargate(id, function, settings))),
                Platform::Ideal { servers } => NodeState::Ideal(Box::new(self.ideal(id, function, *servers))),
            },
        }
    }

    fn lambda(&self, id: NodeId, function: &FunctionSettings, settings: &LambdaSettings) -> LambdaNode {
        let name = &function.name;
        let draws = FunctionDraws {
            life: self.root.purpose(name, "life"),
            start_up: self.root.purpose(name, "start-up"),
            dispatch: self.root.purpose(name, "dispatch"),
        };
        let tick_jitter = self.root.purpose(name, "tick jitter");
        LambdaNode {
            function: Function::new(settings.clone(), &self.design.account, draws),
            handler: self.handler(function),
            program: self.program(id),
            store: self.store(id),
            batch: self.schedule_of(id),
            branches: self.design.leaves_below(id),
            leaf: self.leaf(id),
            hops: self.by_stream(name, "hop"),
            tick_hops: self.root.purpose(name, "tick hop"),
            jitters: self.by_stream(name, "jitter").into_iter().chain([tick_jitter]).collect(),
            runs: RunTotals::default(),
            concurrency: self.gauge(),
        }
    }

    fn fargate(&self, id: NodeId, function: &FunctionSettings, settings: &FargateSettings) -> FargateNode {
        let name = &function.name;
        FargateNode {
            tasks: Tasks::new(settings.clone(), self.root.purpose(name, "RunTask")),
            handler: self.handler(function),
            program: self.program(id),
            store: self.store(id),
            batch: self.schedule_of(id),
            leaf: self.leaf(id),
            copies: self.root.purpose(name, "task copies"),
            runs: RunTotals::default(),
            concurrency: self.gauge(),
        }
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
        let Node { calls, idempotency, .. } = &self.design.nodes[id.index()];
        Program::of(calls.clone(), idempotency.is_some())
    }

    fn store(&self, id: NodeId) -> Option<Box<IdempotencyStore>> {
        let Node { label, idempotency, .. } = &self.design.nodes[id.index()];
        let streams = self.workload.streams.iter().map(|stream| stream.name.as_str());
        let settings = (**idempotency.as_ref()?).clone();
        Some(Box::new(IdempotencyStore::new(settings, label, streams, self.root)))
    }

    fn resource(&self, index: usize) -> ResourceNode {
        let Resource { label, settings } = &self.design.resources[index];
        let draws_of = |node: &Node| {
            let streams =
                self.workload.streams.iter().filter(|_| node.calls.iter().any(|call| call.to.index() == index));
            streams.map(|stream| CallDraws::new(&stream.name, &node.label, label, self.root)).collect()
        };
        let draws = self.design.nodes.iter().map(draws_of).collect();
        ResourceNode::new(label.clone(), settings.clone(), draws, self.gauge())
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
