//! What functions call: `[downstream.<name>]`, and `calls` of the functions.

use super::breaker::breaker;
use super::{Reader, initialise};
use crate::handlers::{CallSettings, Commit};
use crate::kernel::Span;
use crate::model::design::{Node as DesignNode, NodeKind, Resource};
use crate::scenario::keys::downstream::{CALL_TABLE, DOWNSTREAM};
use crate::scenario::nearest::nearest;
use crate::scenario::shape::{Kind, alternatives, fill};
use crate::scenario::tree::{Node, Origin, Table, Value, quoted};
use crate::services::circuit_breaker::BreakerSettings;
use crate::services::downstream::settings::{DownstreamSettings, Holding, RateLimit};
use crate::services::sdk_client::settings::{Callee, ClientSettings, RetryMode};
use crate::words::ResourceId;

/// The table of a scenario that declares downstreams.
pub(super) const DOWNSTREAMS: &str = "downstream";

/// A call as it was read, by the name of what is called.
#[derive(Debug)]
struct NamedCall<'a> {
    to: &'a str,
    at: f64,
    is_effect: bool,
    timeout: Span,
    client: ClientSettings,
    breaker: Option<BreakerSettings>,
}

/// The downstreams of a scenario.
pub(super) fn declared(root: &Table) -> &[crate::scenario::tree::Entry] {
    root.table(DOWNSTREAMS).map_or(&[], |table| &table.entries)
}

impl Reader<'_> {
    /// What is declared is read whether or not anything calls it.
    pub(super) fn check_downstreams(&mut self, root: &Table) {
        for entry in declared(root) {
            let _whether_called = entry.node.table().and_then(|table| self.downstream(table));
        }
    }

    /// What the functions of a strategy call, and the calls of each node. `functions` holds the tables of the functions,
    /// by node.
    pub(super) fn resources(
        &mut self,
        root: &Table,
        strategy: &Table,
        functions: &[Option<Table>],
    ) -> Option<(Vec<Resource>, Vec<Vec<CallSettings>>)> {
        let names: Vec<&str> = declared(root).iter().map(|entry| entry.key.as_str()).collect();
        let calls: Vec<Option<Vec<NamedCall<'_>>>> = functions
            .iter()
            .map(|function| function.as_ref().map_or_else(|| Some(Vec::new()), |table| self.calls(table, &names)))
            .collect();
        let calls: Vec<Vec<NamedCall<'_>>> = calls.into_iter().collect::<Option<_>>()?;
        let connected: Vec<&str> =
            functions.iter().flatten().filter_map(|table| self.connected(table, &names)).collect();
        let called: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| connected.contains(name) || calls.iter().flatten().any(|call| call.to == *name))
            .collect();
        self.overrides_are_called(&names, &called, strategy);
        let resources: Vec<Option<Resource>> = called
            .iter()
            .map(|name| {
                let settings = self.downstream_of(root.table(DOWNSTREAMS)?.table(name)?, strategy.table(name))?;
                Some(Resource { label: (*name).to_owned(), settings })
            })
            .collect();
        let resolve = |call: NamedCall<'_>| {
            let place = called.iter().position(|name| *name == call.to)?;
            Some(CallSettings {
                to: ResourceId(u16::try_from(place).ok()?),
                at: call.at,
                is_effect: call.is_effect,
                timeout: call.timeout,
                client: call.client,
                breaker: call.breaker,
            })
        };
        let calls = calls.into_iter().map(|calls| calls.into_iter().map(resolve).collect::<Option<_>>());
        Some((resources.into_iter().collect::<Option<_>>()?, calls.collect::<Option<_>>()?))
    }

    /// What a strategy says of a downstream that nothing in it calls would change nothing.
    fn overrides_are_called(&mut self, names: &[&str], called: &[&str], strategy: &Table) {
        for name in names.iter().filter(|name| !called.contains(name)) {
            if let Some(node) = strategy.get(name) {
                let title = format!("no function of this strategy calls `{name}`");
                self.fault(
                    node,
                    title,
                    "expected a table of a downstream that is called: see `calls` of the functions",
                );
            }
        }
    }

    /// A downstream with what a strategy says otherwise.
    fn downstream_of(&mut self, base: &Table, over: Option<&Table>) -> Option<DownstreamSettings> {
        let Some(over) = over else { return self.downstream(base) };
        let mut whole = base.clone();
        for entry in &over.entries {
            whole.set(&entry.key, entry.key_origin.clone(), entry.node.clone());
        }
        let mut node = Node { value: Value::Table(whole), origin: Origin::Default(fill::OWN_DEFAULT) };
        fill::value(&mut node, &Kind::Table(&DOWNSTREAM));
        self.downstream(node.table()?)
    }

    /// A downstream, out of a table that was filled.
    fn downstream(&mut self, table: &Table) -> Option<DownstreamSettings> {
        let (latency, connect) = (self.time(table, "latency"), self.time(table, "connect-time"));
        let rate_limit = match table.get("rate-limit") {
            None => None,
            Some(node) => Some(RateLimit { interval: self.interval(node)?, burst: table.integer("rate-burst")? }),
        };
        Some(DownstreamSettings {
            latency: latency?,
            connect: connect?,
            capacity: table.integer("capacity"),
            contention: table.number("contention")?,
            connections: table.integer("connections"),
            holding: match table.text("connection")? {
                "per-environment" => Holding::PerEnvironment { idle: table.span("connection-idle")? },
                _ => Holding::PerCall,
            },
            connection_wait: table.span("connection-wait")?,
            max_waiting: table.integer("max-waiting"),
            rate_limit,
            error: table.number("error")?,
            after_commit: table.number("after-commit")?,
            idempotent: table.text("idempotent")? == "yes",
        })
    }

    /// From one call that a rate limit allows to the next.
    fn interval(&mut self, node: &Node) -> Option<Span> {
        let rate = node.rate()?;
        let interval = Span::from_secs_f64(1.0 / rate);
        if rate > 0.0 && (Span::from_nanos(1)..Span::from_secs(31_557_600)).contains(&interval) {
            return Some(interval);
        }
        self.fault(
            node,
            "no downstream has this `rate-limit`",
            "expected a rate above 1 a year, at most 1,000,000,000/s",
        );
        None
    }

    fn calls<'a>(&mut self, function: &'a Table, known: &[&str]) -> Option<Vec<NamedCall<'a>>> {
        let Some(list) = function.get("calls").and_then(Node::list) else { return Some(Vec::new()) };
        let calls: Vec<Option<NamedCall<'a>>> = list.iter().map(|node| self.call(node, known)).collect();
        let calls: Vec<NamedCall<'a>> = calls.into_iter().collect::<Option<_>>()?;
        if calls.iter().filter(|call| call.is_effect).count() > 1 {
            let node = function.get("calls")?;
            self.fault(node, "two calls are the effect of an item", "expected `effect = \"downstream\"` of one call");
            return None;
        }
        Some(calls)
    }

    fn call<'a>(&mut self, node: &'a Node, known: &[&str]) -> Option<NamedCall<'a>> {
        let to_node = node.table().map_or(Some(node), |table| table.get("to"))?;
        let to = to_node.text()?;
        if !known.contains(&to) {
            self.unknown_downstream(to_node, to, known);
            return None;
        }
        let mut plain = Node { value: Value::Table(Table::default()), origin: Origin::Default(fill::OWN_DEFAULT) };
        fill::value(&mut plain, &Kind::Table(&CALL_TABLE));
        let table = node.table().or_else(|| plain.table())?;
        let mode = match table.text("retries")? {
            "standard" => RetryMode::Standard,
            "standard-2026" => RetryMode::Standard2026,
            "adaptive" => RetryMode::Adaptive,
            "legacy" => RetryMode::Legacy,
            _ => RetryMode::None,
        };
        let client = ClientSettings::new(mode, Callee::Other);
        Some(NamedCall {
            to,
            at: table.number("at")?,
            is_effect: table.text("effect")? == "downstream",
            timeout: table.span("timeout")?,
            client: match mode {
                RetryMode::None => client,
                _ => {
                    ClientSettings { max_attempts: table.integer("attempts").unwrap_or(client.max_attempts), ..client }
                }
            },
            breaker: match table.table("circuit-breaker") {
                None => None,
                Some(table) => Some(breaker(table)?),
            },
        })
    }

    /// The downstream to which a function opens connections ahead of its calls.
    fn connected<'a>(&mut self, function: &'a Table, known: &[&str]) -> Option<&'a str> {
        let name = initialise::connects_to(function)?;
        if !known.contains(&name) {
            let node = initialise::table_of(function)?.get("connects-to")?;
            self.unknown_downstream(node, name, known);
            return None;
        }
        Some(name)
    }

    fn unknown_downstream(&mut self, node: &Node, name: &str, known: &[&str]) {
        let expected = if known.is_empty() {
            format!("expected a table [downstream.{name}] beside the functions")
        } else {
            let hint = nearest(name, known.iter().copied());
            let hint = hint.map_or(String::new(), |name| format!("; did you mean {}?", quoted(name)));
            format!("expected {}{hint}", alternatives(known.iter().copied().map(quoted).collect()))
        };
        self.fault(node, format!("{} is called, and is no downstream", quoted(name)), expected);
    }

    /// An effect at a downstream is the last thing of a flow, and durable when it is done.
    pub(super) fn effects_downstream(&mut self, nodes: &[DesignNode], strategy: &Table) {
        for node in nodes.iter().filter(|node| node.calls.iter().any(|call| call.is_effect)) {
            let at = strategy.table(&node.label).and_then(|table| table.get("calls")).or_else(|| strategy.get("flow"));
            let Some(at) = at else { continue };
            if !node.next.is_empty() {
                let title = format!("the effect of `{}` cannot be at a downstream", node.label);
                self.fault(at, title, "expected that of the last function of a flow");
            }
            if schedule_commits_at_end(nodes, node) {
                let title =
                    format!("the effect of `{}` is at a downstream, and its batch commits at its end", node.label);
                self.fault(at, title, "expected commit = \"per-item\": what the downstream has done is durable");
            }
        }
    }
}

/// Whether the batch of a function commits at its end.
pub(super) fn schedule_commits_at_end(nodes: &[DesignNode], function: &DesignNode) -> bool {
    let feeds =
        |node: &&DesignNode| node.next.iter().any(|next| std::ptr::eq(&raw const nodes[next.index()], function));
    nodes.iter().filter(feeds).any(|node| match &node.kind {
        NodeKind::Schedule(batch) => batch.commit == Commit::AtEnd,
        _ => false,
    })
}
