//! A flow as a graph of services and functions, and the rules of what may follow what.

mod refusals;
mod services;

use std::ops::Range;

use super::flow::{Chain, FlowError, Step};
use super::nearest::nearest;
use crate::metrics::catalogue::LATENCY_PARTS;
use crate::model::ledger::MAX_BRANCHES;

pub(crate) use services::{Host, Service, built, is_service_word};
use services::{is_not_built, words};

/// The most nodes of a flow.
pub(crate) const NODES_AT_MOST: usize = 32;

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    Service(Service),
    Function(String),
    /// A service that flows may name one day; a flow that names it is refused.
    NotBuilt,
}

/// A place in the graph; its successors have higher numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphNode {
    pub(crate) label: String,
    pub(crate) role: Role,
    pub(crate) next: Vec<usize>,
    pub(crate) span: Range<usize>,
    /// The file of its state machine, and where that stands in the flow.
    pub(crate) file: Option<(String, Range<usize>)>,
}

/// A flow, resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<GraphNode>,
    pub(crate) entries: Vec<usize>,
}

impl Graph {
    /// The node that a table of the strategy sets: a service by its label, else a function by its name.
    pub(crate) fn of_table(&self, key: &str) -> Option<&GraphNode> {
        let named = || self.nodes.iter().filter(|node| node.label == key);
        named().find(|node| !matches!(node.role, Role::Function(_))).or_else(|| named().next())
    }

    /// Whether a state machine is run in it.
    pub(crate) fn runs_machines(&self) -> bool {
        self.nodes.iter().any(|node| node.file.is_some())
    }
}

/// A function that a flow may name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) name: &'a str,
    pub(crate) host: Host,
}

/// The graph of a flow, with all that is wrong with it.
pub(crate) fn build(chain: &Chain, functions: &[Known<'_>]) -> (Graph, Vec<FlowError>) {
    let mut builder = Builder { graph: Graph::default(), errors: Vec::new(), functions, complete: true };
    builder.graph.entries = builder.chain(chain);
    if builder.graph.nodes.len() > NODES_AT_MOST {
        let span = builder.graph.nodes[NODES_AT_MOST].span.clone();
        builder.fault(span, "the flow has too many steps", "expected at most 32 services and functions");
    } else if builder.complete {
        builder.rules();
    }
    (builder.graph, builder.errors)
}

struct Builder<'a> {
    graph: Graph,
    errors: Vec<FlowError>,
    functions: &'a [Known<'a>],
    /// Every word was understood, so that the rules can be held against the whole.
    complete: bool,
}

impl Builder<'_> {
    fn fault(&mut self, span: Range<usize>, title: impl Into<String>, expected: impl Into<String>) {
        self.errors.push(FlowError { title: title.into(), expected: expected.into(), span });
    }

    /// Adds a chain; the nodes where it begins.
    fn chain(&mut self, chain: &Chain) -> Vec<usize> {
        let mut heads = Vec::new();
        let mut last: Option<usize> = None;
        for step in &chain.steps {
            let node = self.node(step);
            match last {
                Some(last) => self.graph.nodes[last].next.push(node),
                None => heads.push(node),
            }
            last = Some(node);
        }
        for branch in &chain.branches {
            let branch_heads = self.chain(branch);
            match last {
                Some(last) => self.graph.nodes[last].next.extend(branch_heads),
                None => heads.extend(branch_heads),
            }
        }
        heads
    }

    fn node(&mut self, step: &Step) -> usize {
        if is_not_built(&step.word) {
            return self.not_built(step);
        }
        let service = Service::find(&step.word);
        let known = self.functions.iter().any(|function| function.name == step.word);
        let role = match service {
            Some(service) => Role::Service(service),
            None => Role::Function(step.word.clone()),
        };
        if service.is_none() && !known {
            self.unknown(step);
        }
        self.file_of(step, service);
        let label = self.label(step, service.is_some());
        let file = step.file.clone();
        self.graph.nodes.push(GraphNode { label, role, next: Vec::new(), span: step.span.clone(), file });
        self.graph.nodes.len() - 1
    }

    /// A service whose label and file may be right one day: that it is not built is all there is to say.
    fn not_built(&mut self, step: &Step) -> usize {
        self.complete = false;
        let title = format!("`{}` is not built yet", step.word);
        self.fault(step.span.clone(), title, format!("built are: {}", words(|_| true)));
        let role = Role::NotBuilt;
        let (label, span, file) = (step.word.clone(), step.span.clone(), step.file.clone());
        self.graph.nodes.push(GraphNode { label, role, next: Vec::new(), span, file });
        self.graph.nodes.len() - 1
    }

    /// What runs a state machine needs its file, and nothing else takes one.
    fn file_of(&mut self, step: &Step, service: Option<Service>) {
        let runs_machine = service.is_some_and(|service| service.composition().machine);
        match &step.file {
            Some((_, span)) if !runs_machine => {
                self.fault(span.clone(), format!("`{}` takes no file", step.word), "expected no parenthesis here");
            }
            Some((path, span)) if path.is_empty() => {
                self.fault(span.clone(), "the file of the state machine is missing", "expected its path");
            }
            None if runs_machine => {
                let expected = format!("expected its file, such as `{}(order.asl.json)`", step.word);
                self.fault(step.span.clone(), format!("`{}` needs a state machine", step.word), expected);
            }
            _ => {}
        }
    }

    fn unknown(&mut self, step: &Step) {
        self.complete = false;
        let names = self.functions.iter().map(|function| function.name);
        let known = built().map(|composition| composition.word).chain(names);
        let hint = match step.word.as_str() {
            "fargate" => "; Fargate is a platform: give a function platform = \"fargate\"".to_owned(),
            word => nearest(word, known).map_or(String::new(), |word| format!("; did you mean `{word}`?")),
        };
        let names: Vec<&str> = self.functions.iter().map(|function| function.name).collect();
        let names = if names.is_empty() { "a table [functions.NAME]".to_owned() } else { names.join(", ") };
        let services = words(|_| true);
        let expected = format!("expected a service ({services}) or a function ({names}){hint}");
        self.fault(step.span.clone(), format!("`{}` is neither a service nor a function", step.word), expected);
    }

    /// Labels of services that another name takes.
    fn label_taken(&mut self, label: &str, span: &Range<usize>) {
        let whose = if is_service_word(label) {
            "a service's name"
        } else if is_latency_part(label) {
            "the name of a part of the latency in the results"
        } else {
            return;
        };
        self.fault(span.clone(), format!("the label `{label}` is {whose}"), "expected another word");
    }

    fn label(&mut self, step: &Step, service: bool) -> String {
        let (label, span) = match &step.label {
            None => (step.word.clone(), step.span.clone()),
            Some((label, span)) => {
                if !service {
                    let title = format!("the function `{}` cannot be labelled", step.word);
                    self.fault(span.clone(), title, "expected no label: a function is known by its name");
                }
                self.label_taken(label, span);
                (label.clone(), span.clone())
            }
        };
        // A service may have the label of a function: `sqs:audit -> audit`.
        let alike = |node: &GraphNode| matches!(node.role, Role::Function(_)) != service;
        if self.graph.nodes.iter().any(|node| node.label == label && alike(node)) {
            let expected = if service {
                format!("expected a label that is used once, such as `{}:second`", step.word)
            } else {
                "expected each function at most once in a flow".to_owned()
            };
            self.fault(span, format!("`{label}` stands twice in the flow"), expected);
        }
        label
    }

    fn rules(&mut self) {
        self.branch_rule();
        for entry in self.graph.entries.clone() {
            let GraphNode { label, role, span, .. } = self.graph.nodes[entry].clone();
            match role {
                Role::Function(_) => {
                    let title = format!("a flow cannot start with the function `{label}`");
                    self.fault(span, title, format!("expected one of {} before it", words(|service| service.starts)));
                }
                Role::Service(service) if !service.composition().starts => {
                    let title = format!("a flow cannot start with `{label}`");
                    self.fault(span, title, format!("expected one of {}", words(|service| service.starts)));
                }
                Role::Service(_) | Role::NotBuilt => {}
            }
        }
        for index in 0..self.graph.nodes.len() {
            let node = self.graph.nodes[index].clone();
            match &node.role {
                Role::Service(service) => self.service_rules(*service, &node),
                Role::Function(name) => self.function_rules(&node, self.host(name)),
                Role::NotBuilt => {}
            }
        }
    }

    /// An item owes an effect on each branch, and the ledger keeps so many.
    fn branch_rule(&mut self) {
        let mut ends = self.graph.nodes.iter().filter(|node| node.next.is_empty());
        if let Some(one_more) = ends.nth(MAX_BRANCHES) {
            let span = one_more.span.clone();
            self.fault(span, "the flow has too many branches", format!("expected at most {MAX_BRANCHES} ends"));
        }
    }

    fn service_rules(&mut self, service: Service, node: &GraphNode) {
        if service.composition().machine {
            return self.ends_the_flow(node);
        }
        if node.next.is_empty() {
            let title = format!("the flow ends in the service `{}`", node.label);
            return self.fault(node.span.clone(), title, "expected `->` and a function: a flow ends in a function");
        }
        if service.composition().single && node.next.len() > 1 {
            let title = format!("`{}` cannot feed {} functions", node.label, node.next.len());
            self.fault(node.span.clone(), title, "expected exactly one function after it");
        }
        for &next in &node.next {
            let target = self.graph.nodes[next].clone();
            match &target.role {
                Role::Service(then) if then.composition().after.contains(&service) => {}
                Role::Service(then) => {
                    let title = format!("`{}` cannot follow `{}`", target.label, node.label);
                    let why = refusals::why_not(service, *then).map(str::to_owned);
                    self.fault(
                        target.span.clone(),
                        title,
                        why.unwrap_or_else(|| format!("expected {}", what_follows(service))),
                    );
                }
                Role::Function(name) => self.host_rule(service, node, &target, self.host(name)),
                Role::NotBuilt => {}
            }
            let wakes = matches!(service, Service::Schedule | Service::Scheduler);
            if wakes && matches!(target.role, Role::Function(_)) && !target.next.is_empty() {
                let title = format!("nothing can follow the scheduled function `{}`", target.label);
                self.fault(target.span.clone(), title, "expected the end of the flow after it");
            }
        }
    }

    /// What runs a state machine is the end of its flow.
    fn ends_the_flow(&mut self, node: &GraphNode) {
        if let Some(&next) = node.next.first() {
            let span = self.graph.nodes[next].span.clone();
            let title = format!("nothing can follow the state machine of `{}`", node.label);
            self.fault(span, title, "expected the end of the flow: what comes after belongs into the machine");
        }
    }

    /// What a service feeds runs where it can.
    fn host_rule(&mut self, service: Service, node: &GraphNode, target: &GraphNode, host: Host) {
        let feeds = service.composition().feeds;
        if feeds.contains(&host) {
            return;
        }
        let title = format!("`{}` cannot feed `{}`, whose platform is {}", node.label, target.label, host.word());
        let expected = match (host, feeds) {
            (Host::Fargate, _) => "expected a schedule before it: schedules start tasks, items do not".to_owned(),
            (_, feeds) => {
                let hosts: Vec<String> = feeds.iter().map(|host| format!("platform = \"{}\"", host.word())).collect();
                format!("expected a function with {}", hosts.join(" or "))
            }
        };
        self.fault(target.span.clone(), title, expected);
    }

    fn function_rules(&mut self, node: &GraphNode, host: Host) {
        for &next in &node.next {
            let target = self.graph.nodes[next].clone();
            let (title, expected) = match &target.role {
                Role::Service(service) if service.composition().after_functions.contains(&host) => continue,
                Role::Service(_) => {
                    let follow = words(|service| service.after_functions.contains(&host));
                    (
                        format!("`{}` cannot follow the function `{}`", target.label, node.label),
                        format!("expected a function or one of {follow}"),
                    )
                }
                Role::Function(name) => match (host, self.host(name)) {
                    (Host::Ideal, _) | (_, Host::Ideal) => (
                        format!("`{}` cannot invoke `{}`", node.label, target.label),
                        "expected a queue between them: ideal functions take work from queues only".to_owned(),
                    ),
                    (_, Host::Fargate) => (
                        format!("`{}` cannot invoke `{}`, whose platform is fargate", node.label, target.label),
                        "expected a schedule before it: schedules start tasks, functions do not".to_owned(),
                    ),
                    (Host::Lambda | Host::Fargate, Host::Lambda) => continue,
                },
                Role::NotBuilt => continue,
            };
            self.fault(target.span.clone(), title, expected);
        }
    }

    fn host(&self, name: &str) -> Host {
        let known = self.functions.iter().find(|function| function.name == name);
        known.map_or(Host::Lambda, |function| function.host)
    }
}

/// What may stand after a service, in words.
fn what_follows(service: Service) -> String {
    let services = words(|then| then.after.contains(&service));
    let functions = if service.composition().single { "one function" } else { "functions" };
    if services.is_empty() { format!("{functions} here") } else { format!("{functions}, or {services}") }
}

/// Whether the results give this name to a part of the mean latency, so that nothing else may have it.
pub(crate) fn is_latency_part(name: &str) -> bool {
    LATENCY_PARTS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::flow;

    const FUNCTIONS: [Known<'static>; 5] = [
        Known { name: "post", host: Host::Lambda },
        Known { name: "audit", host: Host::Lambda },
        Known { name: "server", host: Host::Ideal },
        Known { name: "second", host: Host::Ideal },
        Known { name: "task", host: Host::Fargate },
    ];

    fn faults(text: &str) -> Vec<String> {
        build(&flow::parse(text).unwrap(), &FUNCTIONS).1.into_iter().map(|error| error.title).collect()
    }

    #[test]
    fn what_composes_is_accepted() {
        for text in [
            "events -> post",
            "s3 -> post -> audit",
            "s3 -> [post, audit]",
            "schedule -> post",
            "schedule -> task",
            "queue -> server",
            "queue:one -> server -> queue:two -> second",
            "events -> post -> queue -> server",
            "[events -> post, s3 -> audit]",
            "s3 -> sqs -> post",
            "events -> post -> sqs -> audit",
            "events -> sqs:one -> post -> sqs:two -> audit",
            "events -> [sqs:billing -> post, sqs:audits -> audit]",
            "sqs -> post",
            "events -> sqs:post -> post",
            "events -> [sqs:billing -> post, sqs:audit -> audit]",
            "sns -> [sqs:billing -> post, sqs:audits -> audit]",
            "sns -> [post, audit]",
            "s3 -> sns -> [post, audit]",
            "s3 -> eventbridge -> sqs -> post",
            "eventbridge -> [post, sqs -> audit]",
            "events -> post -> sns -> audit",
            "eventbridge -> sns -> [post, audit]",
            "scheduler -> post",
            "scheduler -> task",
            "api -> post",
            "api -> post -> sqs -> audit",
            "api -> sqs -> post",
            "events -> sqs-fifo:one -> post -> sqs-fifo:two -> audit",
            "kinesis -> post",
            "kinesis -> [post, audit]",
            "events -> kinesis -> post",
            "events -> post -> kinesis -> audit",
            "kinesis -> post -> sqs -> audit",
            "dynamodb-streams -> post",
            "events -> dynamodb-streams:orders -> [post, audit]",
            "events -> machine(order.asl.json)",
            "api -> machine(order.asl.json)",
            "eventbridge -> [machine:orders(order.asl.json), post]",
            "sqs -> orchestrate(order.asl.json)",
            "events -> orchestrate(order.asl.json)",
            "events -> durable(order.asl.json)",
            "sns -> [durable(order.asl.json), post]",
            "events -> choreograph(order.asl.json)",
            "api -> choreograph:orders(order.asl.json)",
            "events -> post -> choreograph(order.asl.json)",
        ] {
            assert_eq!(faults(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_does_not_compose_is_refused() {
        for text in [
            "post",
            "events",
            "events -> server",
            "queue -> post",
            "queue -> [server, second]",
            "queue -> server -> post",
            "queue -> server -> second",
            "schedule -> [post, audit]",
            "schedule -> post -> audit",
            "schedule -> task -> audit",
            "events -> task",
            "queue -> task",
            "events -> post -> task",
            "schedule -> fargate",
            "events -> post -> s3",
            "events -> queue -> server",
            "events -> post -> post",
            "queue -> server -> queue -> second",
            "events:s3 -> post",
            "events:back_off -> post",
            "events -> post:x",
            "s3(file) -> post",
            "events -> sqs -> server",
            "events -> sqs -> [post, audit]",
            "events -> sqs",
            "schedule -> sqs -> post",
            "scheduler -> sqs -> post",
            "scheduler -> [post, audit]",
            "scheduler -> post -> audit",
            "sns -> eventbridge -> post",
            "sns -> server",
            "sns -> task",
            "eventbridge -> task",
            "sns -> sns:second -> post",
            "s3 -> scheduler -> post",
            "s3 -> sqs-fifo -> post",
            "schedule -> sqs-fifo -> post",
            "events -> sqs-fifo -> [post, audit]",
            "events -> sqs -> sqs-fifo -> post",
            "events -> sqs-fifo -> task",
            "queue -> server -> sqs -> post",
            "events -> sqs:one -> sqs:two -> post",
            "events -> sqs -> post -> sqs -> audit",
            "kinesis -> server",
            "kinesis -> sqs -> post",
            "s3 -> kinesis -> post",
            "sqs -> kinesis -> post",
            "schedule -> kinesis -> post",
            "kinesis -> task",
            "kinesis",
            "evnts -> post",
            "api -> [post, audit]",
            "api -> server",
            "api -> task",
            "events -> api -> post",
            "events -> post -> api -> audit",
            "api",
            "machine(order.asl.json)",
            "events -> machine",
            "events -> machine()",
            "sqs -> machine(order.asl.json)",
            "sns -> machine(order.asl.json)",
            "schedule -> machine(order.asl.json)",
            "events -> machine(order.asl.json) -> post",
            "events -> post -> machine(order.asl.json)",
            "events -> orchestrate(a.json) -> post",
            "events -> post(a.json)",
            "sqs -> durable(a.json)",
            "api -> durable(a.json)",
            "choreograph(a.json)",
            "sqs -> choreograph(a.json)",
            "sns -> choreograph(a.json)",
            "s3 -> choreograph(a.json)",
            "events -> choreograph(a.json) -> post",
            "s3 -> durable(a.json)",
        ] {
            assert!(!faults(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn of_services_not_built_it_is_said_once_each_and_nothing_else() {
        for (text, words) in [
            ("sns -> [sqs:billing -> post, pipes:audit -> server]", vec!["pipes"]),
            ("sns -> step-functions(order.asl.json)", vec!["step-functions"]),
            ("pipes -> post -> batch -> audit", vec!["pipes", "batch"]),
            ("pipes:post -> post", vec!["pipes"]),
        ] {
            let expected: Vec<String> = words.iter().map(|word| format!("`{word}` is not built yet")).collect();
            assert_eq!(faults(text), expected, "{text}");
        }
    }

    #[test]
    fn successors_have_higher_numbers() {
        let (graph, _) = build(&flow::parse("s3 -> [post, audit]").unwrap(), &FUNCTIONS);
        assert_eq!(graph.entries, [0]);
        assert_eq!(graph.nodes[0].next, [1, 2]);
        assert!(graph.nodes.iter().enumerate().all(|(index, node)| node.next.iter().all(|&next| next > index)));
    }
}
