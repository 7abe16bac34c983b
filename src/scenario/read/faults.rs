//! `[[fault]]`: what goes wrong, when, and what of each strategy it strikes.

use super::Reader;
use crate::handlers::Source;
use crate::kernel::Time;
use crate::model::design::{Design, NodeKind};
use crate::model::faults::{DesignFault, Target};
use crate::scenario::RunSettings;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::flow::{self, Chain};
use crate::scenario::graph::is_service_word;
use crate::scenario::nearest::nearest;
use crate::scenario::tree::{Node, Table, quoted};
use crate::services::faults::{Fault, FaultKind, Left, Part, Sends, Window, incidents};
use crate::services::lambda::settings::Platform;
use crate::services::schedule::{Expression, Grammar, ScheduleError, time_zone};
use crate::words::{NodeId, ResourceId};

/// The most windows of one fault.
const WINDOWS_AT_MOST: usize = 1_000;

/// Something that a fault may strike.
#[derive(Debug)]
struct Component<'a> {
    /// The names that it answers to: label, and word of its service or platform.
    names: [&'a str; 2],
    target: Target,
    part: Part,
}

/// Reads every fault, and gives each design those that strike a part of it. Where designs are wrong, nothing is said of
/// what is struck.
pub(crate) fn faults(
    reader: &mut Reader<'_>,
    list: Option<&Node>,
    designs: Option<&mut Vec<Design>>,
    run: Option<&RunSettings>,
) -> Option<Vec<Fault>> {
    let mut none = Vec::new();
    let all_designs = designs.is_some();
    let designs = designs.unwrap_or(&mut none);
    let words: Vec<Vec<(String, String)>> = designs.iter().map(|design| words_of(&design.flow)).collect();
    let mut names: Vec<&str> = Vec::new();
    let mut all = Vec::new();
    for node in list.and_then(Node::list).unwrap_or_default() {
        let Some(table) = node.table() else { continue };
        if let Some((name, text)) = table.get("name").and_then(|name| Some((name, name.text()?))) {
            if names.contains(&text) {
                reader.fault(name, format!("two faults are named {}", quoted(text)), "expected a name of its own");
            }
            names.push(text);
        }
        let Some(read) = reader.fault_of(table, run) else { continue };
        if all_designs {
            let targets = reader.targets(table, &read, designs, &words);
            hand_out(&read, targets, designs);
        }
        all.extend(read.into_iter().map(|part| part.fault));
    }
    Some(all)
}

/// Each design gets the faults that strike a part of it.
fn hand_out(read: &[Read], targets: Vec<Vec<Vec<Target>>>, designs: &mut [Design]) {
    for (part, targets) in read.iter().zip(targets) {
        for (design, targets) in designs.iter_mut().zip(targets).filter(|(_, targets)| !targets.is_empty()) {
            design.faults.push(DesignFault { fault: part.fault.clone(), targets });
        }
    }
}

/// A fault, or a part of an incident, with the words that it strikes where the scenario names none.
#[derive(Debug)]
struct Read {
    fault: Fault,
    on: Option<&'static [&'static str]>,
}

/// The steps of a flow: label and word.
fn words_of(flow: &str) -> Vec<(String, String)> {
    fn collect(chain: &Chain, words: &mut Vec<(String, String)>) {
        for step in &chain.steps {
            let label = step.label.as_ref().map_or(&step.word, |(label, _)| label);
            words.push((label.clone(), step.word.clone()));
        }
        chain.branches.iter().for_each(|branch| collect(branch, words));
    }
    let mut words = Vec::new();
    if let Ok(chain) = flow::parse(flow) {
        collect(&chain, &mut words);
    }
    words
}

/// Everything of a design that some fault may strike, and what none can.
fn components<'a>(design: &'a Design, words: &'a [(String, String)]) -> Vec<Component<'a>> {
    let mut components = Vec::new();
    for (index, node) in design.nodes.iter().enumerate() {
        let id = NodeId(index as u16);
        let word = words.iter().find(|(label, word)| *label == node.label && is_service_word(word));
        let word = word.map_or(node.label.as_str(), |(_, word)| word.as_str());
        let (part, word) = part_of(&node.kind, word);
        components.push(Component { names: [&node.label, word], target: Target::Node(id), part });
        if node.idempotency.is_some() {
            components.push(Component { names: ["dynamodb"; 2], target: Target::Store(id), part: Part::Callee });
        }
        if let NodeKind::Schedule(batch) = &node.kind {
            let word = match batch.source {
                Source::S3 => "s3",
                Source::Table { .. } => "dynamodb",
            };
            components.push(Component { names: [word; 2], target: Target::BatchSource(id), part: Part::BatchSource });
        }
    }
    for (index, resource) in design.resources.iter().enumerate() {
        let target = Target::Resource(ResourceId(index as u16));
        components.push(Component { names: [&resource.label; 2], target, part: Part::Callee });
    }
    components
}

/// What sort of part a node is, and the word that names all of them.
fn part_of<'a>(kind: &NodeKind, word: &'a str) -> (Part, &'a str) {
    match kind {
        NodeKind::Function(function) => match function.platform {
            Platform::Lambda(_) => (Part::Lambda, "lambda"),
            Platform::Fargate(_) => (Part::Fargate, "fargate"),
            Platform::Ideal { .. } => (Part::Ideal, "ideal"),
        },
        NodeKind::Notification(_) if word == "events" => (Part::Nothing, word),
        NodeKind::Notification(_) | NodeKind::Sqs(_) | NodeKind::Stream(_) => (Part::Source, word),
        NodeKind::Queue(_) | NodeKind::Machine(_) => (Part::Nothing, word),
        NodeKind::Schedule(_) => (Part::Schedule, word),
        NodeKind::Push(_) if word == "choreograph" => (Part::Push, "eventbridge"),
        NodeKind::Push(_) => (Part::Push, word),
        NodeKind::Api(_) => (Part::Api, word),
    }
}

impl Reader<'_> {
    /// Whether each strategy is struck.
    fn struck_strategies(&mut self, table: &Table, designs: &[Design]) -> Vec<bool> {
        let names: Vec<&str> = designs.iter().map(|design| design.name.as_str()).collect();
        let Some(list) = table.get("strategies").and_then(Node::list) else { return vec![true; names.len()] };
        let mut struck = vec![false; names.len()];
        for node in list {
            if let Some(index) = self.strategy(node, &names)
                && let Some(strategy) = struck.get_mut(index)
            {
                *strategy = true;
            }
        }
        struck
    }

    /// A fault, or the parts of an incident.
    fn fault_of(&mut self, table: &Table, run: Option<&RunSettings>) -> Option<Vec<Read>> {
        let starts = self.starts(table, run)?;
        let name = table.text("name")?;
        if table.text("kind")? == "incident" {
            let incident = incidents::find(table.text("incident")?)?;
            let part = |phase: &incidents::Phase| {
                let windows = starts.iter().map(|&start| Window::new(start + phase.after, phase.lasts)).collect();
                let fault = Fault { name: format!("{name}: {}", phase.name), kind: phase.kind, windows };
                Read { fault, on: Some(phase.on) }
            };
            return Some(incident.phases.iter().map(part).collect());
        }
        let (kind, duration) = (kind_of(table)?, table.span("duration")?);
        let windows = starts.into_iter().map(|start| Window::new(start, duration)).collect();
        Some(vec![Read { fault: Fault { name: name.to_owned(), kind, windows }, on: None }])
    }

    /// When the windows of a fault begin.
    fn starts(&mut self, table: &Table, run: Option<&RunSettings>) -> Option<Vec<Time>> {
        let name = table.get("name")?;
        match (table.get("start"), table.get("schedule")) {
            (Some(start), None) => {
                if let Some(zone) = table.get("time-zone") {
                    self.fault(zone, "`time-zone` goes with `schedule`", "this key has no meaning with `start`");
                }
                let at = start.span()?;
                if run.is_some_and(|run| at >= run.duration + run.drain) {
                    let title = "this fault begins after the end of the run";
                    self.fault(start, title, "expected a start before the end of `drain`");
                }
                Some(vec![Time::ZERO + at])
            }
            (None, Some(schedule)) => self.starts_by_clock(schedule, table.get("time-zone"), run),
            (Some(_), Some(schedule)) => {
                self.fault(schedule, "a fault with both `start` and `schedule`", "expected one of the two");
                None
            }
            (None, None) => {
                self.fault(name, "a fault that never begins", "expected `start` or `schedule`");
                None
            }
        }
    }

    fn starts_by_clock(
        &mut self,
        schedule: &Node,
        zone: Option<&Node>,
        run: Option<&RunSettings>,
    ) -> Option<Vec<Time>> {
        let clock = match zone {
            None => jiff::tz::TimeZone::UTC,
            Some(zone) => match time_zone(zone.text()?) {
                Some(clock) => clock,
                None => {
                    self.no_zone(zone);
                    return None;
                }
            },
        };
        let parsed = Expression::parse_by(Grammar::Scheduler, schedule.text()?);
        let ticks = parsed.and_then(|parsed| match run {
            Some(run) => parsed.ticks_in_zone(&clock, run.start, run.duration + run.drain, WINDOWS_AT_MOST),
            None => Ok(Vec::new()),
        });
        if let Err(ScheduleError::TooManyTicks { .. }) = ticks {
            self.fault(schedule, "this fault begins too often", "expected at most 1,000 times in one run");
            return None;
        }
        self.some_ticks(schedule, ticks, run)
    }

    /// What each part of a fault strikes, by strategy.
    fn targets(
        &mut self,
        table: &Table,
        read: &[Read],
        designs: &[Design],
        words: &[Vec<(String, String)>],
    ) -> Vec<Vec<Vec<Target>>> {
        let struck = self.struck_strategies(table, designs);
        let components: Vec<Vec<Component<'_>>> =
            designs.iter().zip(words).map(|(design, words)| components(design, words)).collect();
        let named: Option<Vec<&str>> =
            table.get("on").and_then(Node::list).map(|list| list.iter().filter_map(Node::text).collect());
        for node in table.get("on").and_then(Node::list).unwrap_or_default() {
            self.can_be_struck(node, read, &components);
        }
        let targets_of = |part: &Read, components: &[Component<'_>]| {
            let is_named = |component: &&Component<'_>| {
                let is_one_of = |names: &[&str]| component.names.iter().any(|name| names.contains(name));
                part.on.is_none_or(is_one_of) && named.as_deref().is_none_or(is_one_of)
            };
            let struck = components.iter().filter(is_named).filter(|found| part.fault.kind.strikes(found.part));
            let mut targets: Vec<Target> = struck.map(|component| component.target).collect();
            targets.sort_unstable();
            targets
        };
        let targets: Vec<Vec<Vec<Target>>> = read
            .iter()
            .map(|part| {
                let of = |(components, &struck): (&Vec<Component<'_>>, &bool)| {
                    if struck { targets_of(part, components) } else { Vec::new() }
                };
                components.iter().zip(&struck).map(of).collect()
            })
            .collect();
        self.spares_state_machines(table, &targets, designs);
        if targets.iter().flatten().all(Vec::is_empty)
            && let Some(name) = table.get("name")
            && (named.is_none() || self.diagnostics.is_empty())
            && struck.contains(&true)
        {
            let title = format!("the fault {} strikes nothing", quoted(name.text().unwrap_or_default()));
            self.fault(name, title, "expected something in a flow of its strategies that such a fault can strike");
        }
        targets
    }

    /// What faults do to the functions of a strategy that has a state machine is not modelled: which of its executions go
    /// on, and what they hear, depends on it.
    fn spares_state_machines(&mut self, table: &Table, targets: &[Vec<Vec<Target>>], designs: &[Design]) {
        let Some(at) = table.get("on").or_else(|| table.get("name")) else { return };
        let name = table.text("name").unwrap_or_default();
        for (index, design) in designs.iter().enumerate() {
            if design.nodes.iter().all(|node| node.workflow.is_none()) {
                continue;
            }
            let struck = targets.iter().filter_map(|part| part.get(index)).flatten().find_map(|target| match target {
                Target::Node(node) => {
                    let node = &design.nodes[node.index()];
                    matches!(node.kind, NodeKind::Function(_)).then_some(node.label.as_str())
                }
                Target::Resource(_) | Target::Store(_) | Target::BatchSource(_) => None,
            });
            if let Some(struck) = struck {
                let strategy = quoted(&design.name);
                let title =
                    format!("the fault {} strikes `{struck}` of {strategy}, which has a state machine", quoted(name));
                let expected = "faults of functions are not modelled there: expected `strategies` without it, or `on` \
                                with something else";
                self.fault(at, title, expected);
                return;
            }
        }
    }

    /// A name of `on` must name something, and something that the fault means something for.
    fn can_be_struck(&mut self, node: &Node, read: &[Read], components: &[Vec<Component<'_>>]) {
        let Some(name) = node.text() else { return };
        let all = || components.iter().flatten();
        let mut found = all().filter(|component| component.names.contains(&name)).peekable();
        if found.peek().is_none() {
            let mut names: Vec<&str> = all().flat_map(|component| component.names).collect();
            names.sort_unstable();
            names.dedup();
            let diagnostic = Diagnostic::new(format!("{} names nothing that any strategy has", quoted(name)));
            self.diagnostics.push(
                diagnostic
                    .at(node.origin.place())
                    .expected(format!("expected one of {}", names.join(", ")))
                    .help_nearest(nearest(name, names.iter().copied())),
            );
        } else if !found.any(|component| read.iter().any(|part| part.strikes(component))) {
            let kinds: Vec<&str> = read.iter().map(|part| part.fault.kind.word()).collect();
            let title = match read {
                [one] => format!("a fault of the kind `{}` cannot strike {}", one.fault.kind.word(), quoted(name)),
                _ => format!("this incident does not strike {}", quoted(name)),
            };
            let can = what_can_be_struck(&kinds, read, components);
            self.fault(node, title, can);
        }
    }
}

impl Read {
    fn strikes(&self, component: &Component<'_>) -> bool {
        self.fault.kind.strikes(component.part)
            && self.on.is_none_or(|words| component.names.iter().any(|name| words.contains(name)))
    }
}

/// What a fault could strike here, in words.
fn what_can_be_struck(kinds: &[&str], read: &[Read], components: &[Vec<Component<'_>>]) -> String {
    let strikes = |component: &&Component<'_>| read.iter().any(|part| part.strikes(component));
    let mut names: Vec<&str> =
        components.iter().flatten().filter(strikes).map(|component| component.names[0]).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [] if kinds == ["unavailable"] => {
            "expected something that is called: with a `share` below 1 it delivers all the same".to_owned()
        }
        [] => "nothing in these strategies can be struck by it".to_owned(),
        names => format!("expected one of {}", names.join(", ")),
    }
}

/// What goes wrong.
fn kind_of(table: &Table) -> Option<FaultKind> {
    Some(match table.text("kind")? {
        "zone-lost" => FaultKind::ZoneLost { share: table.number("share")? },
        "unavailable" => FaultKind::Unavailable {
            share: table.number("share")?,
            sends: match table.text("sends")? {
                "rejected" => Sends::Rejected,
                "taken" => Sends::Taken,
                _ => Sends::Held(table.span("catch-up")?),
            },
            late_firings: table.text("missed-firings")? == "late",
        },
        "throttled" => FaultKind::Throttled {
            left: left_of(table.table("left")?)?,
            spares_synchronous: table.text("calls")? == "asynchronous",
        },
        "slow" => FaultKind::Slow { factor: table.number("factor")? },
        "errors" => {
            FaultKind::Errors { probability: table.number("probability")?, after_effect: table.number("after-effect")? }
        }
        "slow-start" => FaultKind::SlowStart { factor: table.number("factor")? },
        "bad-deploy" => FaultKind::BadDeploy { probability: table.number("probability")? },
        _ => FaultKind::Poison { probability: table.number("probability")? },
    })
}

fn left_of(table: &Table) -> Option<Left> {
    match table.number("share") {
        Some(share) => Some(Left::Share(share)),
        None => Some(Left::Concurrency(table.integer("concurrency")?)),
    }
}
