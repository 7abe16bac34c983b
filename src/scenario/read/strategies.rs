//! `[[strategy]]`: the flow, and the settings of its services and functions.

use super::Reader;
use super::api::api_account;
use super::functions::{account, fargate_account};
use super::resources;
use crate::handlers::{BatchSettings, Commit, Marker, OnItemError, Overlap};
use crate::kernel::Time;
use crate::model::design::{Design, Node as DesignNode, NodeKind};
use crate::scenario::RunSettings;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics, Place};
use crate::scenario::flow;
use crate::scenario::graph::{self, Graph, GraphNode, Host, Known, Role, Service};
use crate::scenario::keys::{downstream, function, strategy};
use crate::scenario::nearest::nearest;
use crate::scenario::shape::check::Checker;
use crate::scenario::shape::{Kind, fill};
use crate::scenario::tree::{Entry, Node, Origin, Table, Value, quoted};
use crate::services::fargate::UNITS_PER_VCPU;
use crate::services::lambda::settings::{AccountSettings, Platform};
use crate::services::notification::NotificationSettings;
use crate::services::queue::QueueSettings;
use crate::services::s3::PutSettings;
use crate::services::schedule::{Expression, ScheduleError};
use crate::words::NodeId;

/// The most times that a schedule may fire in one run.
pub(super) const TICKS_AT_MOST: usize = 1_000_000;
/// Concurrency that AWS keeps from reservations.
const KEPT_UNRESERVED: u64 = 100;
/// The table of a strategy that overrides `[account]`.
const ACCOUNT: &str = "account";

/// A strategy's flow, resolved.
#[derive(Debug)]
pub(crate) struct Settled {
    graph: Graph,
    flow: String,
}

/// Resolves every flow and checks the tables of its services and functions, before defaults are filled in.
pub(crate) fn settle(root: &mut Table, diagnostics: &mut Diagnostics) -> Vec<Option<Settled>> {
    let functions = root.get("functions").and_then(Node::table).cloned().unwrap_or_default();
    let resources = root.get(resources::DOWNSTREAMS).and_then(Node::table).cloned().unwrap_or_default();
    reserved_names(&functions, "function", diagnostics);
    reserved_names(&resources, "downstream", diagnostics);
    shared_names(&functions, &resources, diagnostics);
    let Some(Value::List(strategies)) = root.get_mut("strategy").map(|node| &mut node.value) else { return Vec::new() };
    let settle = |node: &mut Node| settle_one(node.table_mut()?, &functions, &resources, diagnostics);
    strategies.iter_mut().map(settle).collect()
}

fn reserved_names(named: &Table, noun: &str, diagnostics: &mut Diagnostics) {
    for entry in &named.entries {
        let name = entry.key.as_str();
        let expected = if graph::is_service_word(name) || [ACCOUNT, "name", "flow"].contains(&name) {
            "expected a name that is no service and no key of a strategy"
        } else if graph::is_latency_part(name) {
            "expected another name: the results have a part of the latency of this name"
        } else {
            continue;
        };
        let title = format!("a {noun} cannot be named {}", quoted(name));
        diagnostics.push(Diagnostic::new(title).at(entry.key_origin.place()).expected(expected));
    }
}

/// A table of a strategy is either a function's or a downstream's.
fn shared_names(functions: &Table, resources: &Table, diagnostics: &mut Diagnostics) {
    for entry in resources.entries.iter().filter(|entry| functions.get(&entry.key).is_some()) {
        let title = format!("a function and a downstream are both named {}", quoted(&entry.key));
        diagnostics.push(Diagnostic::new(title).at(entry.key_origin.place()).expected("expected a name of its own"));
    }
}

fn settle_one(
    table: &mut Table,
    functions: &Table,
    resources: &Table,
    diagnostics: &mut Diagnostics,
) -> Option<Settled> {
    let settled = resolve(table, functions, diagnostics);
    // The tables of a flow that is wrong are checked as far as their names tell what they are.
    let graph = settled.as_ref().map(|settled| &settled.graph);
    for entry in &mut table.entries {
        if resources.get(&entry.key).is_some() {
            settle_resource(entry, diagnostics);
        } else {
            settle_table(entry, graph, functions, diagnostics);
        }
    }
    let settled = settled?;
    missing_schedules(table, &settled.graph, diagnostics);
    Some(settled)
}

/// The flow of a strategy; none where it is wrong, which is then said.
fn resolve(table: &Table, functions: &Table, diagnostics: &mut Diagnostics) -> Option<Settled> {
    let flow_node = table.get("flow")?;
    let chain = match flow::parse(flow_node.text()?) {
        Ok(chain) => chain,
        Err(error) => {
            report(&error, flow_node, diagnostics);
            return None;
        }
    };
    let known: Vec<Known<'_>> = functions
        .entries
        .iter()
        .map(|entry| {
            let host = platform_of(&entry.key, table, functions).and_then(Host::find).unwrap_or(Host::Lambda);
            Known { name: &entry.key, host }
        })
        .collect();
    let (graph, errors) = graph::build(&chain, &known);
    for error in &errors {
        report(error, flow_node, diagnostics);
    }
    errors.is_empty().then(|| Settled { graph, flow: flow::normalised(&chain) })
}

/// What runs a function in this strategy.
fn platform_of<'a>(name: &str, strategy: &'a Table, functions: &'a Table) -> Option<&'a str> {
    let in_table = |table: &'a Table| table.table(name)?.text("platform");
    in_table(strategy).or_else(|| in_table(functions)).or(Some("lambda"))
}

/// Reports an error of a flow at its place inside the text, if the text stands in the source as it is.
pub(super) fn report(error: &flow::FlowError, node: &Node, diagnostics: &mut Diagnostics) {
    let place = node.origin.place().map(|place| {
        let written = diagnostics.source_text(place.source).get(place.span.clone()).unwrap_or_default();
        let inner = node.text().and_then(|text| written.find(text)).filter(|&offset| offset <= 4);
        match inner {
            Some(offset) => {
                let start = place.span.start + offset;
                Place { source: place.source, span: start + error.span.start..start + error.span.end }
            }
            None => place,
        }
    });
    diagnostics.push(Diagnostic::new(&error.title).at(place).expected(&error.expected));
}

fn settle_table(entry: &mut Entry, graph: Option<&Graph>, functions: &Table, diagnostics: &mut Diagnostics) {
    // What was refused was refused aloud.
    if strategy::STRATEGY.field(&entry.key).is_some() || entry.node.value == Value::Refused {
        return;
    }
    let key = entry.key.clone();
    if key == ACCOUNT {
        let mut checker = Checker { diagnostics, partial: true, base_tag: None };
        return checker.value(&mut entry.node, &Kind::Table(&function::ACCOUNT), &key, "");
    }
    let role = match graph {
        Some(graph) => graph.of_table(&key).map(|node| node.role.clone()).or_else(|| {
            // Tasks of a state machine invoke functions that do not stand in the flow.
            let task = graph.runs_machines() && functions.get(&key).is_some();
            task.then(|| Role::Function(key.clone()))
        }),
        None => role_by_name(&key, functions),
    };
    match (role, graph) {
        (Some(Role::Service(service)), _) => {
            let kind = Kind::Table(service.shape());
            Checker { diagnostics, partial: false, base_tag: None }.value(&mut entry.node, &kind, &key, "");
            fill::value(&mut entry.node, &kind);
        }
        (Some(Role::Function(_)), _) => {
            let base_tag = functions.table(&key).and_then(|base| base.text("platform")).map(str::to_owned);
            let mut checker = Checker { diagnostics, partial: true, base_tag };
            checker.value(&mut entry.node, &Kind::Tagged(&function::FUNCTION), &key, "");
            if let Some(base) = functions.table(&key) {
                fill_other_platform(entry, base, diagnostics);
            }
        }
        (None, Some(graph)) => unknown_table(entry, graph, diagnostics),
        (Some(Role::NotBuilt) | None, _) => {}
    }
}

/// The table of a strategy that overrides `[downstream.<name>]`.
fn settle_resource(entry: &mut Entry, diagnostics: &mut Diagnostics) {
    if entry.node.value != Value::Refused {
        let mut checker = Checker { diagnostics, partial: true, base_tag: None };
        checker.value(&mut entry.node, &Kind::Table(&downstream::DOWNSTREAM), &entry.key, "");
    }
}

/// An override that moves a function to another platform brings defaults that `[functions]` does not show: it becomes
/// the whole function, so that each is seen with its source.
fn fill_other_platform(entry: &mut Entry, base: &Table, diagnostics: &mut Diagnostics) {
    let platform = |table: &Table| table.text("platform").or(function::FUNCTION.default).map(str::to_owned);
    let Some(over) = entry.node.table() else { return };
    let Some(tag) = over.text("platform").map(str::to_owned).filter(|tag| Some(tag) != platform(base).as_ref()) else {
        return;
    };
    let Some(variant) = function::FUNCTION.variant(&tag) else { return };
    let mut whole = merged(base, over);
    carry_measured_at(&mut whole, base);
    whole.entries.retain(|entry| {
        let key = entry.key.as_str();
        key == function::FUNCTION.tag || variant.field(key).or(function::FUNCTION.common.field(key)).is_some()
    });
    entry.node.value = Value::Table(whole);
    // The base has nothing of what the other platform requires.
    let kind = Kind::Tagged(&function::FUNCTION);
    Checker { diagnostics, partial: false, base_tag: None }.value(&mut entry.node, &kind, &entry.key, "");
    fill::value(&mut entry.node, &kind);
}

/// A service time was measured where `[functions]` says, whatever platform a strategy moves the function to.
fn carry_measured_at(whole: &mut Table, base: &Table) {
    const MEASURED_AT: &str = "measured-at";
    let origin = Origin::Default(fill::OWN_DEFAULT);
    let mut filled = Node { value: Value::Table(base.clone()), origin: origin.clone() };
    fill::value(&mut filled, &Kind::Tagged(&function::FUNCTION));
    let measured = filled.table().and_then(|table| table.get(MEASURED_AT)).filter(|_| whole.get(MEASURED_AT).is_none());
    if let Some(measured) = measured {
        whole.set(MEASURED_AT, origin, measured.clone());
    }
}

/// What a table sets, where no flow tells: a service by its word, or a function.
fn role_by_name(key: &str, functions: &Table) -> Option<Role> {
    let service = Service::find(key).map(Role::Service);
    service.or_else(|| functions.get(key).map(|_| Role::Function(key.to_owned())))
}

fn unknown_table(entry: &Entry, graph: &Graph, diagnostics: &mut Diagnostics) {
    let names = || graph.nodes.iter().map(|node| node.label.as_str()).chain([ACCOUNT, "name", "flow"]);
    let title = format!("`{}` names nothing in the flow of this strategy", entry.key);
    let in_flow: Vec<&str> = graph.nodes.iter().map(|node| node.label.as_str()).collect();
    diagnostics.push(
        Diagnostic::new(title)
            .at(entry.key_origin.place())
            .expected(format!("expected account or one of {}", in_flow.join(", ")))
            .help_nearest(nearest(&entry.key, names())),
    );
}

/// How objects are put into a bucket; what is sent as an event is no object.
fn puts(service: Service, table: &Table) -> Option<PutSettings> {
    (service == Service::S3).then_some(PutSettings {
        rate: table.integer("put-rate")?,
        repartition: table.span("repartition-after")?,
        attempts: table.integer("put-attempts")?,
    })
}

/// Services whose tables were not written get theirs; a schedule cannot do without.
fn missing_schedules(table: &mut Table, graph: &Graph, diagnostics: &mut Diagnostics) {
    for node in &graph.nodes {
        let Role::Service(service) = node.role else { continue };
        if table.get(&node.label).is_some() {
            continue;
        }
        if matches!(service, Service::Orchestrate | Service::Durable | Service::Choreograph) {
            let flow = table.get("flow").and_then(|flow| flow.origin.place());
            let title = format!("`[strategy.{}]` is missing", node.label);
            let help = format!("write [strategy.{}] with function = \"the name of a function\"", node.label);
            let expected = match service {
                Service::Choreograph => "this flow needs the function that its steps are like",
                _ => "this flow needs the function that runs the machine",
            };
            diagnostics.push(Diagnostic::new(title).at(flow).expected(expected).help(help));
            continue;
        }
        if matches!(service, Service::Schedule | Service::Scheduler) {
            let flow = table.get("flow").and_then(|flow| flow.origin.place());
            let title = format!("`[strategy.{}]` is missing", node.label);
            let expected = "this flow needs a schedule";
            let help = format!("write [strategy.{}] with expression = \"rate(1 hour)\"", node.label);
            diagnostics.push(Diagnostic::new(title).at(flow).expected(expected).help(help));
            continue;
        }
        let origin = Origin::Default(fill::OWN_DEFAULT);
        let mut settings = Node { value: Value::Table(Table::default()), origin: origin.clone() };
        fill::value(&mut settings, &Kind::Table(service.shape()));
        table.set(&node.label, origin, settings);
    }
}

/// A table over another: tables of the shape are merged key by key, everything else is replaced.
fn merged(base: &Table, over: &Table) -> Table {
    let mut result = base.clone();
    for entry in &over.entries {
        let node = match (base.table(&entry.key), entry.node.table()) {
            (Some(below), Some(above))
                if ["cold-start", "async", "failures", "idempotency", "initialise", "counter", "cache", "store"]
                    .contains(&entry.key.as_str()) =>
            {
                Node { value: Value::Table(merged(below, above)), origin: entry.node.origin.clone() }
            }
            _ => entry.node.clone(),
        };
        result.set(&entry.key, entry.key_origin.clone(), node);
    }
    result
}

/// Reads every strategy out of the filled tree.
pub(crate) fn designs(
    reader: &mut Reader<'_>,
    root: &Table,
    settled: Vec<Option<Settled>>,
    run: Option<&RunSettings>,
) -> Option<Vec<Design>> {
    if let Some(functions) = root.table("functions") {
        for entry in &functions.entries {
            let _whether_used = entry.node.table().and_then(|table| reader.function(&entry.key, table));
        }
    }
    reader.check_downstreams(root);
    let strategies = root.get("strategy")?.list()?;
    let mut names: Vec<&str> = Vec::new();
    let mut designs = Vec::new();
    for (node, settled) in strategies.iter().zip(settled) {
        let table = node.table();
        if let Some((name, node)) = table.and_then(|table| Some((table.text("name")?, table.get("name")?))) {
            if names.contains(&name) {
                reader.fault(node, format!("two strategies are named {}", quoted(name)), "expected a name of its own");
            }
            names.push(name);
        }
        let design = table.zip(settled).and_then(|(table, settled)| reader.design(root, table, settled, run));
        designs.push(design);
    }
    let known = |design: &Design| {
        let workflows = design.nodes.iter().filter_map(|node| node.workflow.as_ref());
        let names = workflows.flat_map(|workflow| workflow.tasks.iter().map(|task| task.state.clone()));
        names.collect::<Vec<_>>()
    };
    if designs.iter().all(Option::is_some) {
        let names: Vec<String> = designs.iter().flatten().flat_map(known).collect();
        reader.tasks_are_in_machines(root, &names.iter().map(String::as_str).collect::<Vec<_>>());
    }
    designs.into_iter().collect()
}

/// The filled table of a function, with what a strategy says otherwise; none of a service, unless a function is what it
/// runs in.
fn function_table(root: &Table, strategy: &Table, graph: &Graph, node: &GraphNode) -> Option<Table> {
    match &node.role {
        Role::Function(name) => {
            let own = strategy.table(name).filter(|_| graph.of_table(name) == Some(node));
            function_with(root, own, name)
        }
        Role::Service(Service::Orchestrate | Service::Durable) => {
            let name = strategy.table(&node.label)?.text("function")?;
            function_with(root, strategy.table(name), name)
        }
        Role::Service(_) | Role::NotBuilt => None,
    }
}

/// The filled table of a function, with what is said otherwise.
pub(super) fn function_with(root: &Table, over: Option<&Table>, name: &str) -> Option<Table> {
    let base = root.table("functions")?.table(name)?;
    let Some(over) = over else { return Some(base.clone()) };
    let origin = Origin::Default(fill::OWN_DEFAULT);
    let mut node = Node { value: Value::Table(merged(base, over)), origin };
    fill::value(&mut node, &Kind::Tagged(&function::FUNCTION));
    node.table().cloned()
}

impl Reader<'_> {
    fn design(&mut self, root: &Table, table: &Table, settled: Settled, run: Option<&RunSettings>) -> Option<Design> {
        let base = root.table(ACCOUNT)?;
        let account_table = table.table(ACCOUNT).map_or_else(|| base.clone(), |over| merged(base, over));
        let (fargate, account) = (fargate_account(&account_table)?, account(&account_table)?);
        let api = api_account(&account_table)?;
        let functions: Vec<Option<Table>> =
            settled.graph.nodes.iter().map(|node| function_table(root, table, &settled.graph, node)).collect();
        let called = self.resources(root, table, &functions);
        let drafts = self.machines(root, table, &settled.graph);
        let kinds: Vec<Option<NodeKind>> = settled
            .graph
            .nodes
            .iter()
            .zip(&functions)
            .map(|(node, function)| match &node.role {
                Role::Service(Service::Sns) => self.topic(&settled.graph, node, table.table(&node.label)?),
                Role::Service(Service::EventBridge) => self.bus(&settled.graph, node, table.table(&node.label)?),
                Role::Service(Service::Orchestrate | Service::Durable) => {
                    self.orchestrator(root, table, node, function.as_ref())
                }
                Role::Service(Service::Choreograph) => self.bus_of_steps(table.table(&node.label)?),
                Role::Service(service) => self.service(*service, table.get(&node.label)?, run),
                Role::Function(name) => {
                    self.function(name, function.as_ref()?).map(|function| NodeKind::Function(Box::new(function)))
                }
                Role::NotBuilt => None,
            })
            .collect();
        let kinds: Vec<NodeKind> = kinds.into_iter().collect::<Option<_>>()?;
        self.task_quota(fargate.vcpus, &kinds, root, table);
        self.visibility_timeouts(&settled.graph, &kinds, table);
        self.machines_that_are_waited_for(&settled.graph, &kinds, table);
        self.notification_sizes(&settled.graph, table);
        self.stream_readers(&settled.graph, table);
        self.record_sizes(root, &kinds);
        let id = |index: usize| u16::try_from(index).ok().map(NodeId);
        let (resources, calls) = called?;
        let nodes = settled.graph.nodes.into_iter().zip(kinds).zip(calls).map(|((node, kind), calls)| {
            let next = node.next.into_iter().map(id).collect::<Option<_>>()?;
            Some(DesignNode {
                label: node.label,
                kind,
                next,
                calls,
                idempotency: None,
                initialise: None,
                state: None,
                workflow: None,
            })
        });
        let mut nodes = nodes.collect::<Option<Vec<_>>>()?;
        let flow_nodes = nodes.len();
        self.task_functions(root, table, &mut nodes, drafts?)?;
        self.step_functions_of_buses(root, table, &mut nodes)?;
        self.concurrency(&account, &nodes, root, table);
        self.idempotent_functions(&mut nodes, &functions, table)?;
        self.initialised_functions(&mut nodes, &functions, &resources)?;
        self.functions_with_state(&mut nodes, &functions, table)?;
        self.effects_downstream(&nodes, table);
        self.shedding_functions(&nodes, root, table);
        Some(Design {
            name: table.text("name")?.to_owned(),
            flow: settled.flow,
            account,
            fargate,
            api,
            nodes,
            flow_nodes,
            resources,
            faults: Vec::new(),
            entries: settled.graph.entries.into_iter().map(id).collect::<Option<_>>()?,
        })
    }

    fn service(&mut self, service: Service, node: &Node, run: Option<&RunSettings>) -> Option<NodeKind> {
        let table = node.table()?;
        Some(match service {
            Service::Events | Service::S3 => NodeKind::Notification(NotificationSettings {
                latency: self.time(table, "latency")?,
                duplicate_probability: table.number("duplicate-probability")?,
                puts: puts(service, table),
            }),
            Service::Queue => NodeKind::Queue(QueueSettings { capacity: table.limit("capacity")? }),
            Service::Schedule => {
                let ticks = self.ticks(table.get("expression")?, run);
                NodeKind::Schedule(Box::new(self.batch(table, ticks)?))
            }
            Service::Scheduler => NodeKind::Schedule(Box::new(self.scheduler(table, run)?)),
            Service::Sqs => NodeKind::Sqs(Box::new(self.polled_queue(table)?)),
            Service::Api => NodeKind::Api(Box::new(self.called_api(table)?)),
            Service::SqsFifo => NodeKind::Sqs(Box::new(self.fifo_queue(table)?)),
            Service::Kinesis => NodeKind::Stream(Box::new(self.kinesis(table)?)),
            Service::Machine => NodeKind::Machine(Box::new(self.step_functions(table)?)),
            Service::DynamoDbStreams => NodeKind::Stream(Box::new(self.dynamodb_streams(table)?)),
            not_built => unreachable!("a graph names only services that are built: {not_built:?}"),
        })
    }

    /// A batch that is woken at these times, free of charge and once each.
    pub(super) fn batch(&mut self, table: &Table, ticks: Option<Vec<Time>>) -> Option<BatchSettings> {
        let delay = self.time(table, "delay");
        let (source, list_latency) = self.batch_source(table)?;
        Some(BatchSettings {
            expression: table.text("expression")?.to_owned(),
            ticks: ticks?,
            delay: delay?,
            duplicate_probability: 0.0,
            billed_as: None,
            parallel: table.integer("parallel")?,
            page_size: table.integer("page-size")?,
            source,
            list_latency,
            commit: match table.text("commit")? {
                "at-end" => Commit::AtEnd,
                _ => Commit::PerItem,
            },
            marker: match table.text("marker")? {
                "per-item" => Marker::PerItem,
                "per-page" => Marker::PerPage,
                _ => Marker::None,
            },
            overlap: match table.text("overlap")? {
                "claim" => Overlap::Claim,
                "skip" => Overlap::Skip,
                _ => Overlap::Allow,
            },
            on_item_error: match table.text("on-item-error")? {
                "fail" => OnItemError::Fail,
                _ => OnItemError::Continue,
            },
            max_items: table.integer("max-items"),
        })
    }

    fn ticks(&mut self, node: &Node, run: Option<&RunSettings>) -> Option<Vec<Time>> {
        let parsed = Expression::parse(node.text()?);
        let ticks = parsed.and_then(|expression| match run {
            Some(run) => expression.ticks(run.start, run.duration + run.drain, TICKS_AT_MOST),
            None => Ok(Vec::new()),
        });
        self.some_ticks(node, ticks, run)
    }

    /// The times at which a schedule fires, of which there must be some, and not too many.
    pub(super) fn some_ticks(
        &mut self,
        node: &Node,
        ticks: Result<Vec<Time>, ScheduleError>,
        run: Option<&RunSettings>,
    ) -> Option<Vec<Time>> {
        match ticks {
            Ok(ticks) if ticks.is_empty() && run.is_some() => {
                let title = format!("the schedule {} never fires in this run", quoted(node.text()?));
                self.fault(node, title, "expected a schedule that fires before the end of `drain`");
                None
            }
            Ok(ticks) => Some(ticks),
            Err(error @ ScheduleError::Syntax { .. }) => {
                self.syntax(node, error);
                None
            }
            Err(error) => {
                self.fault(node, error.to_string(), "expected at most 1,000,000 times in one run");
                None
            }
        }
    }

    fn syntax(&mut self, node: &Node, error: ScheduleError) {
        let ScheduleError::Syntax { field, range, value, expected } = error else { return };
        let title = format!("wrong {field} {} in a schedule", quoted(&value));
        let fault = flow::FlowError { title, expected: format!("expected {expected}"), span: range };
        report(&fault, node, self.diagnostics);
    }

    /// A task that needs more processors than the account may have at once never starts.
    fn task_quota(&mut self, vcpus: u32, kinds: &[NodeKind], root: &Table, strategy: &Table) {
        for kind in kinds {
            let NodeKind::Function(function) = kind else { continue };
            let Platform::Fargate(fargate) = &function.platform else { continue };
            let needed = fargate.size.cpu_units().div_ceil(UNITS_PER_VCPU);
            if needed <= vcpus {
                continue;
            }
            let title = format!("a task of {needed} vCPU never starts: the account has {vcpus}");
            let expected = "expected at most the account's `fargate-vcpus`, which AWS raises on request";
            let own = strategy.table(&function.name).and_then(|table| table.get("vcpu"));
            let shared = || root.table("functions")?.table(&function.name)?.get("vcpu");
            if let Some(node) = own.or_else(shared).or_else(|| strategy.get("flow")) {
                self.fault(node, title, expected);
            }
        }
    }

    /// AWS's rule for reserved and provisioned concurrency of all functions of a strategy together; the key that asks
    /// for most of it is at fault.
    fn concurrency(&mut self, account: &AccountSettings, nodes: &[DesignNode], root: &Table, strategy: &Table) {
        let (mut reserved, mut provisioned) = (0u64, 0u64);
        let mut asks: Vec<(u64, &str, &str)> = Vec::new();
        for node in nodes {
            let NodeKind::Function(function) = &node.kind else { continue };
            let Platform::Lambda(lambda) = &function.platform else { continue };
            let (sum, own, key) = match lambda.reserved {
                Some(own) => (&mut reserved, own, "reserved-concurrency"),
                None => (&mut provisioned, lambda.provisioned, "provisioned-concurrency"),
            };
            *sum += u64::from(own);
            asks.push((u64::from(own), &function.name, key));
        }
        let free = u64::from(account.concurrency).saturating_sub(KEPT_UNRESERVED);
        let set_aside = reserved + provisioned;
        let Some((_, function, key)) = asks.into_iter().max_by_key(|ask| ask.0) else { return };
        if set_aside <= free {
            return;
        }
        let title = format!(
            "this strategy sets aside a concurrency of {set_aside} (reserved {reserved}, provisioned {provisioned})"
        );
        let expected = match free {
            0 => format!(
                "expected none: AWS keeps {KEPT_UNRESERVED} unreserved, and the account has {}",
                account.concurrency
            ),
            _ => format!(
                "expected at most {free}: AWS keeps {KEPT_UNRESERVED} of the account's {} unreserved",
                account.concurrency
            ),
        };
        let own = strategy.table(function).and_then(|table| table.get(key));
        let shared = || root.table("functions")?.table(function)?.get(key);
        if let Some(node) = own.or_else(shared).or_else(|| strategy.get("flow")) {
            self.fault(node, title, expected);
        }
    }
}
