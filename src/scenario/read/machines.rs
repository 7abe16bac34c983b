//! State machines: their files, what their tasks are bound to, and what runs them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value as Json;

use super::Reader;
use super::strategies::function_with;
use crate::kernel::Distribution;
use crate::model::design::{Node as DesignNode, NodeKind};
use crate::model::workflow::rules::rules_in_words;
use crate::model::workflow::settings::{Binding, Choreography, TaskWork, Weighted, WorkflowSettings, task_states};
use crate::scenario::flow::FlowError;
use crate::scenario::graph::{Graph, GraphNode, Role, Service};
use crate::scenario::load::text_of_named;
use crate::scenario::nearest::nearest;
use crate::scenario::tree::{Node, Origin, Table, Value, quoted};
use crate::services::step_functions::language::machine::{Kind, Machine, State};
use crate::services::step_functions::language::{Document, MachineError};
use crate::services::step_functions::settings::{Quota, ServiceSettings, Type};
use crate::words::NodeId;

/// The rules of Choice states in a few words.
type Rules = BTreeMap<String, Vec<String>>;

/// A machine before its functions have numbers.
#[derive(Debug)]
pub(super) struct Draft {
    file: String,
    machine: Arc<Machine>,
    rules: BTreeMap<String, Vec<String>>,
    input: Weighted,
    durable: bool,
    choreography: Option<Choreography>,
    bindings: Vec<(Binding, Option<String>)>,
}

impl Draft {
    /// The functions that its tasks invoke.
    pub(super) fn functions(&self) -> impl Iterator<Item = &str> {
        self.bindings.iter().filter_map(|(_, function)| function.as_deref())
    }

    /// The machine, its functions being these, from the given number on.
    pub(super) fn settle(self, functions: &[String], first: usize) -> Option<WorkflowSettings> {
        let place = |name: &String| {
            let place = functions.iter().position(|function| function == name)?;
            u16::try_from(first + place).ok().map(NodeId)
        };
        let tasks = self.bindings.iter().cloned().map(|(mut binding, function)| {
            if let Some(name) = &function {
                binding.work = TaskWork::Function(place(name)?);
            }
            Some(binding)
        });
        let tasks = tasks.collect::<Option<_>>()?;
        let Self { file, machine, rules, input, durable, choreography, .. } = self;
        Some(WorkflowSettings { file, machine, rules, tasks, input, durable, choreography })
    }
}

impl Reader<'_> {
    /// The machine of a node, with its tasks bound as `[machine]` says.
    pub(super) fn machine(&mut self, root: &Table, strategy: &Table, node: &GraphNode) -> Option<Draft> {
        let flow = strategy.get("flow")?;
        let (file, span) = node.file.as_ref()?;
        let (machine, rules) = match self.machine_file(file, flow)? {
            Ok((machine, rules)) => (Arc::new(machine), rules),
            Err(reasons) => {
                for reason in reasons.into_iter().take(FAULTS_AT_MOST) {
                    let title = format!("{file} is no state machine: {reason}");
                    self.flow_fault(flow, span, title, "expected what the Amazon States Language asks for there");
                }
                return None;
            }
        };
        self.can_be_of_its_type(strategy, node, file, &machine)?;
        let settings = root.table("machine");
        let input = match settings.and_then(|table| table.get("input")) {
            Some(node) => self.weighted(node)?,
            None => Weighted::constant(machine.sample()),
        };
        // Of a machine whose input is not told, results are samples too.
        let sample = settings.and_then(|table| table.get("input")).is_none().then(|| input.clone());
        let tasks = settings.and_then(|table| table.table("tasks"));
        let bound: Vec<Option<_>> = task_states(&machine)
            .map(|state| self.binding(root, &machine, state, tasks.and_then(|tasks| tasks.table(&state.name))))
            .collect();
        let mut bindings = bound.into_iter().collect::<Option<Vec<_>>>()?;
        bindings.iter_mut().for_each(|(binding, _)| {
            if binding.result.is_none() {
                binding.result.clone_from(&sample);
            }
        });
        let durable = node.role == Role::Service(Service::Durable);
        let choreography = match node.role {
            Role::Service(Service::Choreograph) => {
                self.can_be_choreographed(flow, span, file, &machine)?;
                Some(self.choreography(strategy.table(&node.label)?)?)
            }
            _ => None,
        };
        Some(Draft { file: file.clone(), machine, rules, input, durable, choreography, bindings })
    }

    /// What AWS allows in Standard workflows only is not in an Express one.
    fn can_be_of_its_type(&mut self, strategy: &Table, node: &GraphNode, file: &str, machine: &Machine) -> Option<()> {
        let at = strategy.table(&node.label).and_then(|table| table.get("type"));
        let Some(at) = at.filter(|at| at.text() == Some("express")) else { return Some(()) };
        let faults = machine.express_faults();
        for fault in faults.iter().take(FAULTS_AT_MOST) {
            let title = format!("{file} cannot be an Express workflow: {fault}");
            self.fault(at, title, "expected type = \"standard\": AWS's rule");
        }
        faults.is_empty().then_some(())
    }

    /// The machines of a strategy's nodes, in their order.
    pub(super) fn machines(&mut self, root: &Table, strategy: &Table, graph: &Graph) -> Option<Vec<Option<Draft>>> {
        let drafts: Vec<Option<Option<Draft>>> = graph
            .nodes
            .iter()
            .map(|node| match node.file {
                Some(_) => self.machine(root, strategy, node).map(Some),
                None => Some(None),
            })
            .collect();
        drafts.into_iter().collect()
    }

    /// The function in which a machine is run, out of its table.
    pub(super) fn orchestrator(
        &mut self,
        root: &Table,
        strategy: &Table,
        node: &GraphNode,
        table: Option<&Table>,
    ) -> Option<NodeKind> {
        let named = strategy.table(&node.label)?.get("function")?;
        let name = self.function_named(root, named)?;
        self.plain_function(named, &name, table?, "run a state machine")?;
        self.function(&name, table?).map(|function| NodeKind::Function(Box::new(function)))
    }

    /// A function that runs a machine, or a task of one, has no calls, idempotency, state or remedies of its own.
    pub(super) fn plain_function(&mut self, at: &Node, name: &str, table: &Table, what: &str) -> Option<()> {
        if let Some(key) = own_ways(table) {
            let title = format!("the function `{name}` has `{key}` and cannot {what}");
            self.fault(at, title, format!("expected a function without `{key}`: it is not modelled there"));
            return None;
        }
        Some(())
    }

    /// Adds the functions that tasks invoke behind the nodes of the flow, and gives each node its machine.
    pub(super) fn task_functions(
        &mut self,
        root: &Table,
        strategy: &Table,
        nodes: &mut Vec<DesignNode>,
        drafts: Vec<Option<Draft>>,
    ) -> Option<()> {
        let flow_nodes = nodes.len();
        let mut names: Vec<String> = drafts.iter().flatten().flat_map(Draft::functions).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        for name in &names {
            let at = strategy.get("flow")?;
            if nodes.iter().any(|node| matches!(&node.kind, NodeKind::Function(function) if function.name == *name)) {
                let title = format!("the function `{name}` stands in the flow and is invoked by a task");
                self.fault(at, title, "expected two functions: their runs are told apart by their names");
                return None;
            }
            let table = function_with(root, strategy.table(name), name)?;
            self.plain_function(at, name, &table, "do a task")?;
            let kind = NodeKind::Function(Box::new(self.function(name, &table)?));
            let (label, next, calls) = (name.clone(), Vec::new(), Vec::new());
            nodes.push(DesignNode {
                label,
                kind,
                next,
                calls,
                idempotency: None,
                initialise: None,
                state: None,
                workflow: None,
            });
        }
        for (index, draft) in drafts.into_iter().enumerate() {
            nodes[index].workflow = match draft {
                Some(draft) => Some(Box::new(draft.settle(&names, flow_nodes)?)),
                None => None,
            };
        }
        Some(())
    }

    /// The machine in a file beside the scenario; inside, what is wrong with it.
    fn machine_file(&mut self, file: &str, flow: &Node) -> Option<Result<(Machine, Rules), Vec<String>>> {
        let path: PathBuf = match &flow.origin {
            Origin::Written(place) if place.source == 0 => self.folder.join(file),
            _ => PathBuf::from(file),
        };
        let text = match text_of_named(&path) {
            Ok(text) => text,
            Err(reason) => {
                let title = format!("the state machine \"{file}\" cannot be read: {reason}");
                self.fault(flow, title, "expected a file; paths start at the scenario's folder");
                return None;
            }
        };
        if !self.files.contains(&path) {
            self.files.push(path);
        }
        self.machine_texts.insert(file.to_owned(), text.clone());
        let read = Machine::parse(&text).map_err(|error| match error {
            MachineError::Faults(faults) => faults.iter().map(ToString::to_string).collect(),
            other => vec![other.to_string()],
        });
        // YAML has the same fields as JSON.
        let fields = Document::parse(&text).map(|document| document.to_value()).unwrap_or_default();
        Some(read.map(|machine| (machine, rules_in_words(&fields))))
    }

    /// What a Task state does, or what reads the items of a Map state: what the scenario says, or else what its resource
    /// tells.
    fn binding(
        &mut self,
        root: &Table,
        machine: &Machine,
        state: &State,
        table: Option<&Table>,
    ) -> Option<(Binding, Option<String>)> {
        let (resource, items) = match &state.kind {
            Kind::Task(task) => (&task.resource, None),
            Kind::Map(map) => (&map.reader.as_ref()?.resource, Some(machine.sample_items(map))),
            _ => return None,
        };
        if items.is_some() {
            self.reader_of_items(state, table)?;
        }
        let mut function = None;
        let mut work = None;
        if let Some(node) = table.and_then(|table| table.get("function")) {
            function = Some(self.function_named(root, node)?);
        }
        if let Some(table) = table.filter(|table| table.get("service-time").is_some()) {
            if function.is_some() {
                let title = format!("the task {} has a `function` and a `service-time`", quoted(&state.name));
                self.fault(table.get("service-time")?, title, "expected one of the two");
                return None;
            }
            work = Some(TaskWork::Time(self.time(table, "service-time")?));
        }
        if function.is_none() && work.is_none() && items.is_none() {
            function = function_of_resource(root, resource);
        }
        let work = match work {
            Some(work) => work,
            None => TaskWork::Time(time_of_resource(resource)?),
        };
        let errors = match table.and_then(|table| table.get("errors")) {
            Some(node) => self.errors_of_task(node)?,
            None => Vec::new(),
        };
        let result = match table.and_then(|table| table.get("result")) {
            Some(node) => Some(self.weighted(node)?),
            None => items.clone().map(Weighted::constant),
        };
        let binding = Binding {
            state: state.name.clone(),
            resource: resource.clone(),
            work,
            reads_items: items.is_some(),
            result,
            errors,
            after_effect: table.map_or(Some(0.0), |table| table.number("after-effect"))?,
            sends_heartbeats: table.and_then(|table| table.text("heartbeat")) != Some("never"),
            effect: items.is_none() && table.and_then(|table| table.text("effect")) != Some("none"),
        };
        Some((binding, function))
    }

    /// What is said of an `ItemReader`: Step Functions itself reads, and what it reads is a list.
    fn reader_of_items(&mut self, state: &State, table: Option<&Table>) -> Option<()> {
        let Some(table) = table else { return Some(()) };
        if let Some(at) = table.get("function") {
            let title = format!("the items of the Map state {} are read by no function", quoted(&state.name));
            self.fault(at, title, "expected `result`, a JSON array of the items, and `service-time`");
            return None;
        }
        let Some(at) = table.get("result") else { return Some(()) };
        if self.weighted(at)?.values().all(Json::is_array) {
            return Some(());
        }
        let title = format!("the items of the Map state {} are no list", quoted(&state.name));
        self.fault(at, title, "expected a JSON array such as '[{ \"id\": 1 }, { \"id\": 2 }]'");
        None
    }

    /// The function that a key names, which must be one on Lambda.
    pub(super) fn function_named(&mut self, root: &Table, node: &Node) -> Option<String> {
        let name = node.text()?;
        let functions = root.table("functions")?;
        let Some(table) = functions.table(name) else {
            let names = || functions.entries.iter().map(|entry| entry.key.as_str());
            let hint = nearest(name, names()).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let expected = match functions.entries.as_slice() {
                [] => format!("expected a table [functions.{name}]: the scenario has no functions"),
                _ => format!("expected one of {}{hint}", names().collect::<Vec<_>>().join(", ")),
            };
            self.fault(node, format!("there is no function {}", quoted(name)), expected);
            return None;
        };
        if table.text("platform") != Some("lambda") {
            let title = format!("`{name}` cannot be invoked: its platform is not lambda");
            self.fault(node, title, "expected a function with platform = \"lambda\"");
            return None;
        }
        Some(name.to_owned())
    }

    fn errors_of_task(&mut self, node: &Node) -> Option<Vec<(String, f64)>> {
        let errors: Vec<(String, f64)> = node
            .table()?
            .entries
            .iter()
            .map(|entry| Some((entry.key.clone(), entry.node.number()?)))
            .collect::<Option<_>>()?;
        if errors.iter().map(|(_, odds)| odds).sum::<f64>() > 1.0 + 1e-9 {
            let title = "the chances of `errors` add up to more than 1";
            self.fault(node, title, "expected chances that exclude each other");
            return None;
        }
        Some(errors)
    }

    /// JSON, or several with weights.
    fn weighted(&mut self, node: &Node) -> Option<Weighted> {
        let Value::List(list) = &node.value else { return self.json(node).map(Weighted::constant) };
        let values: Vec<Option<(f64, Json)>> = list
            .iter()
            .map(|entry| {
                let table = entry.table()?;
                Some((table.number("weight")?, self.json(table.get("json")?)?))
            })
            .collect();
        let weighted = Weighted::new(values.into_iter().collect::<Option<_>>()?);
        if weighted.is_none() {
            self.fault(node, "all weights are 0", "expected at least one above 0");
        }
        weighted
    }

    fn json(&mut self, node: &Node) -> Option<Json> {
        match serde_json::from_str(node.text()?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(node, format!("this is no JSON: {error}"), "expected JSON such as '{ \"total\": 20 }'");
                None
            }
        }
    }

    /// Says what is wrong at a place of a flow.
    pub(super) fn flow_fault(
        &mut self,
        flow: &Node,
        span: &std::ops::Range<usize>,
        title: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let error = FlowError { title: title.into(), expected: expected.into(), span: span.clone() };
        super::strategies::report(&error, flow, self.diagnostics);
    }

    /// AWS Step Functions, out of a table that was filled.
    pub(super) fn step_functions(&mut self, table: &Table) -> Option<ServiceSettings> {
        let kind = match table.text("type")? {
            "express" => Type::Express,
            _ => Type::Standard,
        };
        let starts = kind.start_quota();
        let synchronous = table.text("start")? == "synchronous";
        if let (true, Type::Standard, Some(at)) = (synchronous, kind, table.get("start")) {
            let expected = "expected type = \"express\": AWS's rule";
            self.fault(at, "nobody can wait for the end of a Standard workflow", expected);
            return None;
        }
        Some(ServiceSettings {
            kind,
            synchronous,
            named_by_item: table.text("execution-name")? == "per-item",
            transition_latency: match table.get("transition-latency") {
                Some(_) => self.time(table, "transition-latency")?,
                None => transition_latency_of(kind)?,
            },
            start_latency: match table.get("start-latency") {
                Some(_) => self.time(table, "start-latency")?,
                None => start_latency_of(kind, synchronous)?,
            },
            starts: Quota {
                rate: table.integer("start-rate").unwrap_or(starts.rate),
                burst: table.integer("start-burst").unwrap_or(starts.burst),
            },
            transitions: Quota { rate: table.integer("transition-rate")?, burst: table.integer("transition-burst")? },
            start_attempts: table.integer("start-attempts")?,
            duplicate_probability: table.number("duplicate-probability")?,
        })
    }

    /// Only an API waits for the end of an execution.
    pub(super) fn machines_that_are_waited_for(&mut self, graph: &Graph, kinds: &[NodeKind], strategy: &Table) {
        for (index, kind) in kinds.iter().enumerate() {
            if !matches!(kind, NodeKind::Machine(settings) if settings.synchronous) {
                continue;
            }
            let is_api = |node: &GraphNode| node.role == Role::Service(Service::Api);
            let feeds = |node: &&GraphNode| node.next.contains(&index);
            let before = graph.nodes.iter().filter(feeds).find(|node| !is_api(node));
            let at = strategy.table(&graph.nodes[index].label).and_then(|table| table.get("start"));
            if let (Some(before), Some(at)) = (before, at) {
                let title = format!("`{}` waits for the end of no execution", before.label);
                self.fault(at, title, "expected `api` before a workflow that is started synchronously");
            }
        }
    }

    /// Tasks that are told of and stand in no machine.
    pub(super) fn tasks_are_in_machines(&mut self, root: &Table, known: &[&str]) {
        let Some(tasks) = root.table("machine").and_then(|table| table.table("tasks")) else { return };
        for entry in tasks.entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let title = format!("no machine has a Task state {}", quoted(&entry.key));
            let hint = nearest(&entry.key, known.iter().copied());
            let hint = hint.map_or(String::new(), |near| format!("; did you mean {}?", quoted(near)));
            let node = Node { value: Value::Refused, origin: entry.key_origin.clone() };
            self.fault(&node, title, format!("expected the name of a Task state of a flow's machine{hint}"));
        }
    }
}

/// What a function has that is not modelled where it runs a machine or does a task of one.
fn own_ways(table: &Table) -> Option<&'static str> {
    let calls = table.get("calls").and_then(Node::list).is_some_and(|calls| !calls.is_empty());
    let guarded = table.table("idempotency").and_then(|table| table.text("mode")).is_some_and(|mode| mode != "none");
    let has = [
        ("calls", calls),
        ("idempotency", guarded),
        ("initialise", super::initialise::table_of(table).is_some()),
        ("counter", table.table("counter").is_some()),
        ("cache", table.table("cache").is_some()),
        ("shed-older-than", table.span("shed-older-than").is_some()),
    ];
    has.into_iter().find(|(_, has)| *has).map(|(key, _)| key)
}

/// Faults of one machine that are shown.
pub(super) const FAULTS_AT_MOST: usize = 8;

fn transition_latency_of(kind: Type) -> Option<Distribution> {
    let (median, p99) = match kind {
        Type::Standard => (0.025, 0.100),
        Type::Express => (0.008, 0.030),
    };
    Distribution::log_normal_median_p99(median, p99).ok()
}

/// BITE 2022, eu-west-1: StartExecution to the start of a handler that is called synchronously (Standard), and of an
/// Express workflow that is started asynchronously, or synchronously.
fn start_latency_of(kind: Type, synchronous: bool) -> Option<Distribution> {
    let [p10, p50, p90, p99] = match (kind, synchronous) {
        (Type::Standard, _) => [0.073, 0.0991, 0.133, 0.250],
        (Type::Express, false) => [0.0965, 0.118, 0.178, 0.298],
        (Type::Express, true) => [0.0575, 0.0773, 0.129, 0.241],
    };
    let p0 = p10 - (p50 - p10);
    Distribution::percentiles(&[(0.0, p0), (0.1, p10), (0.5, p50), (0.9, p90), (0.99, p99), (1.0, 2.0 * p99)]).ok()
}

/// The function of a scenario that a resource names by its ARN.
fn function_of_resource(root: &Table, resource: &str) -> Option<String> {
    let rest = resource.strip_prefix("arn:aws:lambda:")?;
    let name = rest.split(":function:").nth(1)?.split(':').next()?;
    root.table("functions")?.table(name).filter(|table| table.text("platform") == Some("lambda"))?;
    Some(name.to_owned())
}

/// How long a resource takes of which nothing is said, by its integration; every one of them is inferred.
fn time_of_resource(resource: &str) -> Option<Distribution> {
    // In every partition: `arn:aws:`, `arn:aws-cn:`, `arn:${AWS::Partition}:`.
    let service = resource.split_once(":states:::").map_or(resource, |(_, service)| service);
    let (median, p99) = if resource.ends_with(".waitForTaskToken") {
        (3_600.0, 86_400.0)
    } else if resource.contains(".sync") {
        (60.0, 300.0)
    } else if ["sqs:", "sns:", "dynamodb:", "events:"].iter().any(|prefix| service.starts_with(prefix)) {
        (0.010, 0.050)
    } else if service.starts_with("aws-sdk:") {
        (0.020, 0.200)
    } else if service.starts_with("states:") {
        (0.100, 0.300)
    } else if service.starts_with("http:") {
        (0.200, 2.0)
    } else {
        (0.050, 0.500)
    };
    Distribution::log_normal_median_p99(median, p99).ok()
}
