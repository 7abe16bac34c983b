//! A timeline of runs in the Chrome trace format, for Perfetto and `chrome://tracing`: execution environments are
//! threads of their function, runs are slices with the cold start as a slice within, backlog and concurrency are counters,
//! and what went wrong is an instant. Arrivals and effects of items are instants on tracks of their own. Each fault is a track of the strategy it strikes, with its windows as slices.
//!
//! Times are in microseconds, with the nanoseconds as decimals, so that nothing overlaps that did not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::story::faults;
use super::{Beside, ReportError};
use crate::experiment::timeline::Track;
use crate::kernel::{Span, Time};
use crate::model::faults::{DesignFault, Target};
use crate::model::ledger::End;
use crate::model::story::{Ended, Host, Moment, Spot, What};
use crate::model::{Design, NodeKind};
use crate::scenario::Scenario;
use crate::services::faults::joined;
use crate::words::{DuplicateCause, ItemId, NodeId};

/// Processes of one strategy are numbered in steps of this: the strategy itself, and its functions after it.
const PROCESSES: u64 = 100;
/// The thread of a process that holds what concerns no environment.
const OWN_THREAD: u64 = 0;
/// Events that name a thread.
const NAMES_OF_A_THREAD: usize = 2;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Events, names of tracks among them.
    pub events: usize,
    /// The strategies that the limit cut short, and when.
    pub cut: Vec<(String, Time)>,
}

/// Writes the timeline of some strategies to a file. `limit` is the most events that are written, names of tracks among them;
/// each strategy has an equal share.
///
/// # Errors
/// [`ReportError::Io`] if the file cannot be written.
pub fn write(scenario: &Scenario, tracks: &[Track], limit: usize, place: &Beside) -> Result<Written, ReportError> {
    let share = limit / tracks.len().max(1);
    let mut written = Written { events: 0, cut: Vec::new() };
    let mut all = Vec::new();
    for (index, track) in tracks.iter().enumerate() {
        let design = &scenario.designs[track.design];
        let base = (index as u64 + 1) * PROCESSES;
        let mut events = Drawing::of(scenario, design, base, track);
        let room = events_within(design, base, &events, share);
        if room < events.len() || track.is_cut {
            events.truncate(room);
            let until = events.last().map_or(Time::ZERO, |event| event.at);
            written.cut.push((design.name.clone(), until));
        }
        let before = all.len();
        all.extend(names(design, base, &events).into_iter().take(share));
        all.extend(events.into_iter().map(Event::value));
        written.events += all.len() - before;
    }
    save(scenario, &all, place)?;
    Ok(written)
}

/// How many of the first events there is room for in a share, with the names of the tracks that they use.
fn events_within(design: &Design, base: u64, events: &[Event], share: usize) -> usize {
    let mut left = share.saturating_sub(names(design, base, &[]).len());
    let mut named = BTreeSet::new();
    for (index, event) in events.iter().enumerate() {
        let names = event.is_of_environment(base) && named.insert((event.process, event.thread));
        let costs = if names { 1 + NAMES_OF_A_THREAD } else { 1 };
        if costs > left {
            return index;
        }
        left -= costs;
    }
    events.len()
}

/// One event a line, so that a file can be looked at and compared.
fn save(scenario: &Scenario, events: &[Value], place: &Beside) -> Result<(), ReportError> {
    let head = json!({ "scenario": scenario.name, "seed": scenario.run.seed, "start": scenario.run.start.to_string() });
    place.write(|out| {
        write!(out, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{head},\"traceEvents\":[")?;
        for (index, event) in events.iter().enumerate() {
            write!(out, "{}\n{event}", if index > 0 { "," } else { "" })?;
        }
        writeln!(out, "\n]}}")
    })
}

/// One event of the trace.
#[derive(Debug)]
struct Event {
    at: Time,
    /// Of two at once the one that holds the other comes first.
    depth: u8,
    process: u64,
    thread: u64,
    what: Shape,
    name: String,
    details: Value,
}

/// What an event is in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Slice(Span),
    Instant,
    Counter,
}

impl Event {
    /// Whether its thread is an environment's, which is named if it is used.
    fn is_of_environment(&self, base: u64) -> bool {
        self.process != base && matches!(self.what, Shape::Slice(_))
    }

    fn value(self) -> Value {
        let mut event = Map::new();
        let mut put = |key: &str, value: Value| _ = event.insert(key.to_owned(), value);
        put("name", json!(self.name));
        match self.what {
            Shape::Slice(length) => {
                put("ph", json!("X"));
                put("dur", micros(length.as_nanos()));
            }
            Shape::Instant => {
                put("ph", json!("i"));
                put("s", json!("t"));
            }
            Shape::Counter => put("ph", json!("C")),
        }
        put("ts", micros(self.at.as_nanos()));
        put("pid", json!(self.process));
        put("tid", json!(self.thread));
        put("args", self.details);
        Value::Object(event)
    }
}

/// Microseconds, exact to the nanosecond as far as a double is.
fn micros(nanos: u64) -> Value {
    if nanos.is_multiple_of(1_000) { json!(nanos / 1_000) } else { json!(nanos as f64 / 1e3) }
}

/// The events of one strategy, as they are drawn.
struct Drawing<'a> {
    scenario: &'a Scenario,
    design: &'a Design,
    base: u64,
    events: Vec<Event>,
    /// When the lanes of runs without an environment of their own are free again, by function.
    lanes: BTreeMap<u16, Vec<Time>>,
    /// Runs that begin and end, for the counters: +1 and −1 by function and instant.
    levels: BTreeMap<(u16, Time), i64>,
}

impl<'a> Drawing<'a> {
    /// In the order of time; at one instant slices come before what lies within them.
    fn of(scenario: &'a Scenario, design: &'a Design, base: u64, track: &Track) -> Vec<Event> {
        let mut drawing =
            Self { scenario, design, base, events: Vec::new(), lanes: BTreeMap::new(), levels: BTreeMap::new() };
        let mut runs: Vec<&Moment> = Vec::new();
        for moment in &track.moments {
            if let What::Ran { .. } = moment.what {
                runs.push(moment);
            } else {
                drawing.draw(moment);
            }
        }
        runs.sort_by_key(|moment| match moment.what {
            What::Ran { since, .. } => (since, moment.at),
            _ => (moment.at, moment.at),
        });
        runs.into_iter().for_each(|moment| drawing.run(moment));
        drawing.concurrency();
        drawing.faults(track.until);
        drawing.events.sort_by_key(|event| (event.at, event.depth, event.process, event.thread));
        drawing.events
    }

    fn draw(&mut self, moment: &Moment) {
        let item = moment.item.map(|item| self.item(item)).unwrap_or_default();
        match moment.what {
            What::Backlog { level } => self.count_backlog(moment.at, level),
            What::Arrived { .. } => {
                let (at, thread) = (moment.at, arrivals(self.design));
                self.mark(at, (self.base, thread), "arrives", json!({ "item": item }));
            }
            What::Applied { latency, .. } => {
                let details =
                    json!({ "item": item, "at": self.leaf(moment), "latency_us": micros(latency.as_nanos()) });
                self.mark(moment.at, (self.base, effects(self.design)), "effect", details);
            }
            What::AppliedAgain { cause, .. } => {
                let cause = cause.map(DuplicateCause::name);
                let details = json!({ "item": item, "at": self.leaf(moment), "cause": cause });
                self.mark(moment.at, (self.base, effects(self.design)), "duplicate", details);
            }
            What::EndedAs { end, .. } => {
                let name = match end {
                    End::DeadLettered => "dead-lettered",
                    End::Expired => "expired",
                    End::Rejected => "rejected",
                };
                self.instant(moment.at, self.base, name, json!({ "item": item }));
            }
            What::Lost { .. } => {
                self.instant(moment.at, self.base, "lost", json!({ "item": item }));
            }
            What::RunRefused => {
                if let Spot::Node(node) = moment.spot {
                    self.instant(moment.at, self.process(node), "throttled", json!({}));
                }
            }
            What::Suppressed(by) => {
                let details = json!({ "item": item, "by": by.name() });
                self.mark(moment.at, (self.base, effects(self.design)), "suppressed", details);
            }
            What::VisibleAgain => self.instant(moment.at, self.base, "visible again", json!({ "item": item })),
            What::Redriven => self.instant(moment.at, self.base, "to the dead-letter queue", json!({ "item": item })),
            What::MovedBack => self.instant(moment.at, self.base, "moved back", json!({ "item": item })),
            What::Fired { ordinal } => {
                self.instant(moment.at, self.base, "schedule fires", json!({ "ordinal": ordinal + 1 }));
            }
            _ => {}
        }
    }

    fn item(&self, item: ItemId) -> String {
        format!("{}:{}", self.scenario.streams[item.stream.index()].name, item.number)
    }

    fn process(&self, function: NodeId) -> u64 {
        self.base + 1 + u64::from(function.0)
    }

    /// The function at whose branch an effect was applied.
    fn leaf(&self, moment: &Moment) -> &str {
        let Spot::Branch(branch) = moment.spot else { return "" };
        self.design.leaves().get(branch).map_or("", |leaf| &self.design.nodes[leaf.index()].label)
    }

    fn instant(&mut self, at: Time, process: u64, name: &str, details: Value) {
        self.mark(at, (process, OWN_THREAD), name, details);
    }

    fn mark(&mut self, at: Time, (process, thread): (u64, u64), name: &str, details: Value) {
        let name = name.to_owned();
        self.events.push(Event { at, depth: 3, process, thread, what: Shape::Instant, name, details });
    }

    fn count_backlog(&mut self, at: Time, level: u64) {
        let (process, thread) = (self.base, OWN_THREAD);
        let (name, details) = ("backlog".to_owned(), json!({ "now": level }));
        self.events.push(Event { at, depth: 4, process, thread, what: Shape::Counter, name, details });
    }

    /// A run: a slice from its admission to its end, and within it what passed before the handler.
    fn run(&mut self, moment: &Moment) {
        let (What::Ran { since, on, ended }, Spot::Node(node)) = (moment.what, moment.spot) else { return };
        let process = self.process(node);
        *self.levels.entry((node.0, since)).or_default() += 1;
        *self.levels.entry((node.0, moment.at)).or_default() -= 1;
        let (thread, cold, start_up) = match on {
            Host::Environment { ordinal, start_up } => {
                let thread = ordinal.map_or_else(|| self.lane(node, since, moment.at), |ordinal| ordinal + 1);
                (thread, start_up.cold, start_up.before_run() + start_up.repeated_init)
            }
            Host::Task { start_up } => (self.lane(node, since, moment.at), true, start_up),
            Host::Worker { .. } | Host::Server => (self.lane(node, since, moment.at), false, Span::ZERO),
        };
        let length = moment.at.since(since);
        let name = self.design.nodes[node.index()].label.clone();
        let outcome = outcome(ended);
        let details = json!({ "ended": outcome, "cold": cold });
        self.events.push(Event { at: since, depth: 1, process, thread, what: Shape::Slice(length), name, details });
        let before = if start_up < length { start_up } else { length };
        if cold && before > Span::ZERO {
            let (what, name) = (Shape::Slice(before), "cold start".to_owned());
            self.events.push(Event { at: since, depth: 2, process, thread, what, name, details: json!({}) });
        }
        if let Some(Ended::Crashed | Ended::TimedOut | Ended::Lost) = ended {
            let name = outcome.to_owned();
            let details = json!({});
            self.events.push(Event { at: moment.at, depth: 3, process, thread, what: Shape::Instant, name, details });
        }
    }

    /// Each fault: a slice for each of its windows, as far as the timeline goes, on a track of its own.
    fn faults(&mut self, until: Time) {
        let (design, process) = (self.design, self.base);
        for (number, DesignFault { fault, targets }) in design.faults.iter().enumerate() {
            let on: Vec<&str> = targets.iter().map(|&target| struck(design, target)).collect();
            for window in joined(fault.windows.iter().copied()).into_iter().filter(|window| window.start < until) {
                let (what, name) = (Shape::Slice(window.end.min(until).since(window.start)), fault.name.clone());
                let details = json!({ "kind": fault.kind.word(), "what": faults::kind(&fault.kind), "on": on });
                let (at, thread) = (window.start, number as u64 + 1);
                self.events.push(Event { at, depth: 1, process, thread, what, name, details });
            }
        }
    }

    /// A thread for a run that has no environment of its own: the first that is free.
    fn lane(&mut self, function: NodeId, since: Time, until: Time) -> u64 {
        let lanes = self.lanes.entry(function.0).or_default();
        let free = lanes.iter().position(|&busy_until| busy_until <= since);
        let lane = free.unwrap_or(lanes.len());
        match lanes.get_mut(lane) {
            Some(busy_until) => *busy_until = until,
            None => lanes.push(until),
        }
        lane as u64 + 1
    }

    fn concurrency(&mut self) {
        let mut levels: BTreeMap<u16, i64> = BTreeMap::new();
        for ((function, at), change) in std::mem::take(&mut self.levels) {
            let level = levels.entry(function).or_default();
            *level += change;
            let level = u64::try_from(*level).unwrap_or_default();
            let (process, name) = (self.process(NodeId(function)), "concurrency".to_owned());
            let (thread, details) = (OWN_THREAD, json!({ "now": level }));
            self.events.push(Event { at, depth: 4, process, thread, what: Shape::Counter, name, details });
        }
    }
}

/// The thread of a strategy that holds the arrivals of items: the first behind those of its faults.
const fn arrivals(design: &Design) -> u64 {
    design.faults.len() as u64 + 1
}

/// The thread that holds their effects.
const fn effects(design: &Design) -> u64 {
    arrivals(design) + 1
}

/// What a fault strikes, by its label.
fn struck(design: &Design, target: Target) -> &str {
    match target {
        Target::Node(node) | Target::Store(node) | Target::BatchSource(node) => &design.nodes[node.index()].label,
        Target::Resource(resource) => &design.resources[resource.index()].label,
    }
}

const fn outcome(ended: Option<Ended>) -> &'static str {
    match ended {
        Some(Ended::Returned) => "returned",
        Some(Ended::Errored) => "error",
        Some(Ended::Crashed) => "crashed",
        Some(Ended::TimedOut) => "killed at the timeout",
        Some(Ended::Lost) => "lost with its environment",
        None => "under way",
    }
}

/// The names of the processes and threads that some events use, in the order of the flow.
fn names(design: &Design, base: u64, events: &[Event]) -> Vec<Value> {
    let metadata = |name: &str, process: u64, thread: u64, args: Value| json!({ "name": name, "ph": "M", "ts": 0, "pid": process, "tid": thread, "args": args });
    let mut all = Vec::new();
    let mut process = |process: u64, name: String| {
        all.push(metadata("process_name", process, OWN_THREAD, json!({ "name": name })));
        all.push(metadata("process_sort_index", process, OWN_THREAD, json!({ "sort_index": process })));
        all.push(metadata("thread_name", process, OWN_THREAD, json!({ "name": "what happens" })));
    };
    process(base, design.name.clone());
    let mut used: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for (index, node) in design.nodes.iter().enumerate() {
        if matches!(node.kind, NodeKind::Function(_)) {
            let pid = base + 1 + index as u64;
            process(pid, format!("{}: {}", design.name, node.label));
            used.insert(pid, BTreeSet::new());
        }
    }
    let mut thread = |process: u64, thread: u64, name: String| {
        let named: [Value; NAMES_OF_A_THREAD] = [
            metadata("thread_name", process, thread, json!({ "name": name })),
            metadata("thread_sort_index", process, thread, json!({ "sort_index": thread })),
        ];
        all.extend(named);
    };
    for (number, DesignFault { fault, .. }) in design.faults.iter().enumerate() {
        thread(base, number as u64 + 1, format!("fault: {}", fault.name));
    }
    thread(base, arrivals(design), "arrivals".to_owned());
    thread(base, effects(design), "effects".to_owned());
    for event in events.iter().filter(|event| event.is_of_environment(base)) {
        if let Some(threads) = used.get_mut(&event.process) {
            threads.insert(event.thread);
        }
    }
    for (pid, environments) in used {
        environments.into_iter().for_each(|environment| thread(pid, environment, format!("environment {environment}")));
    }
    all
}
