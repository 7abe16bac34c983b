//! Random flows with random settings: no scenario that validates panics, hangs or breaks a law, and none that does not
//! validate is met with anything but its faults. The ledger proves conservation, Little's law and that every duplicate has
//! a cause at the end of each run; what is here says that the run has an end, is the same again, and keeps the order it
//! promises.
//!
//! Flows and settings are made from the JSON Schema, so that what is built next is tried here unasked.

#[path = "../common/mod.rs"]
mod common;
mod naive_ledger;
mod remedies;
mod values;

use std::collections::BTreeMap;
use std::path::Path;

use simctl::kernel::{Root, Time};
use simctl::model::{Outcome, Simulation, Workload};
use simctl::scenario::{self, Override, Scenario, load_text};
use values::Maker;

/// A run with more events than this is held to have no end. Its items are a few dozen.
const EVENTS_AT_MOST: u64 = 3_000_000;

/// Functions of the flows, by platform.
const FUNCTIONS: [(&str, &str); 6] =
    [("a", "lambda"), ("b", "lambda"), ("c", "lambda"), ("d", "lambda"), ("task", "fargate"), ("ideal", "ideal")];

/// What a random scenario is written as: a text that holds by itself, and values set on it.
#[derive(Debug, Clone)]
struct Random {
    text: String,
    sets: Vec<String>,
}

impl Random {
    fn load(&self) -> Result<Scenario, String> {
        let overrides: Vec<Override> =
            self.sets.iter().map(|set| Override::parse(set).unwrap_or_else(|error| panic!("{set}: {error}"))).collect();
        load_text("random.toml", &self.text, Path::new("."), &overrides).map_err(|faults| faults.to_string())
    }
}

/// A chain of services and functions, or a fan-out of chains; most compose nothing that AWS allows.
fn flow(maker: &mut Maker, services: &[String]) -> String {
    let mut left: Vec<&str> = FUNCTIONS.iter().map(|(name, _)| *name).collect();
    let mut labels = 0;
    if maker.chance(0.15) {
        let branches: Vec<String> = (0..2).map(|_| chain(maker, services, &mut left, &mut labels, 2)).collect();
        return format!("[{}]", branches.join(", "));
    }
    chain(maker, services, &mut left, &mut labels, 4)
}

fn chain(maker: &mut Maker, services: &[String], left: &mut Vec<&str>, labels: &mut u32, most: usize) -> String {
    let mut steps = Vec::new();
    let machines = MACHINES.map(str::to_owned);
    for step in 0..=maker.below(most) {
        let service = step == 0 || maker.chance(0.4);
        if service {
            let runs_machine_here = step > 0 && maker.chance(0.15);
            steps.push(if runs_machine_here {
                labelled(maker, &machines, labels)
            } else {
                labelled(maker, services, labels)
            });
            if runs_machine(&steps[steps.len() - 1]) {
                return steps.join(" -> ");
            }
        } else if !left.is_empty() {
            steps.push(left.remove(maker.below(left.len().min(4))).to_owned());
        }
    }
    if maker.chance(0.25) && left.len() > 3 {
        let branches: Vec<String> = (0..2 + maker.below(2))
            .map(|_| {
                let head = if maker.chance(0.4) {
                    match labelled(maker, services, labels) {
                        whole if runs_machine(&whole) => return whole,
                        head => format!("{head} -> "),
                    }
                } else {
                    String::new()
                };
                format!("{head}{}", left.remove(0))
            })
            .collect();
        steps.push(format!("[{}]", branches.join(", ")));
    } else if !left.is_empty() {
        // Only ideal functions follow queues, and there is one.
        let after_queue = steps.last().is_some_and(|step| step.starts_with("queue:"));
        let ideal = left.iter().position(|name| *name == "ideal").filter(|_| after_queue);
        let place = ideal.unwrap_or_else(|| maker.below(left.len()));
        steps.push(left.remove(place).to_owned());
    }
    steps.join(" -> ")
}

/// A service under a label of its own: `sqs:n3`, with a file where it runs a state machine.
fn labelled(maker: &mut Maker, services: &[String], labels: &mut u32) -> String {
    *labels += 1;
    let service = &services[maker.below(services.len())];
    let file = if MACHINES.contains(&service.as_str()) { format!("({ORDER})") } else { String::new() };
    format!("{service}:n{labels}{file}")
}

/// The machine that is run.
const ORDER: &str = "scenarios/order.asl.json";

/// Services that run a state machine, and end their chain.
const MACHINES: [&str; 4] = ["machine", "orchestrate", "durable", "choreograph"];

fn runs_machine(step: &str) -> bool {
    step.ends_with(')')
}

/// A scenario of this flow in which all has its default.
fn plain(maker: &mut Maker, flow: &str) -> Random {
    let process = maker.pick(&[
        "process = \"poisson\"\nrate = \"20/min\"",
        "process = \"deterministic\"\ninterval = \"4s\"",
        "process = \"bursts\"\nbursts = [{ items = 25, at = \"00:00\", within = \"10s\" }]",
    ]);
    let keys = maker.pick(&["\"unique\"", "{ count = 3 }", "{ zipf = 1.2, count = 5 }"]);
    let again = maker.pick(&["0.0", "0.2"]);
    let mut text = format!(
        "name = \"random\"\n[run]\nduration = \"3m\"\ndrain = \"{}\"\nreplications = 1\nseed = {}\n\
         [[arrivals]]\nname = \"one\"\n{process}\nkeys = {keys}\nsize = \"{}\"\n\
         sent-twice = {{ probability = {again}, after = \"5s\" }}\n",
        maker.pick(&["0s", "1m", "20m", "1h"]),
        maker.below(1_000_000),
        maker.pick(&["1KB", "1KB", "40KB", "200KB"]),
    );
    for (name, platform) in FUNCTIONS {
        let more = match platform {
            "fargate" => "vcpu = 0.5\nmemory = \"1GB\"\n",
            "ideal" => "concurrency = 2\n",
            _ => "timeout = \"20s\"\n",
        };
        text += &format!("[functions.{name}]\nplatform = \"{platform}\"\nservice-time = \"900ms\"\n{more}");
    }
    text += &format!("[[strategy]]\nname = \"random\"\nflow = \"{flow}\"\n");
    for label in labels_of(flow) {
        if label.0.starts_with("schedule") {
            text += &format!("[strategy.{}]\nexpression = \"rate(1 minute)\"\n", label.1);
        }
        if ["orchestrate", "durable", "choreograph"].contains(&label.0) {
            text += &format!("[strategy.{}]\nfunction = \"d\"\n", label.1);
        }
    }
    if flow.contains(ORDER) {
        text += &tasks(maker);
    }
    Random { text, sets: Vec::new() }
}

/// What the tasks of the state machine do, so that executions come to its fork and beyond, and fail now and then, before or
/// after their effect: one works itself or is done by a function.
fn tasks(maker: &mut Maker) -> String {
    let work = maker.pick(&["service-time = \"2s\"", "service-time = \"90s\"", "function = \"c\""]);
    let person = maker.pick(&["3s", "2m", "40h"]);
    let total = maker.pick(&["80", "900"]);
    format!(
        "[machine]\ninput = '{{ \"total\": {total} }}'\n\
         [machine.tasks.\"Charge card\"]\n{work}\nerrors = {{ ProviderBusy = 0.4 }}\nafter-effect = 0.5\n\
         result = [{{ weight = 4, json = '{{ \"status\": \"paid\" }}' }}, \
         {{ weight = 1, json = '{{ \"status\": \"declined\" }}' }}]\n\
         [machine.tasks.\"Ask a person\"]\nservice-time = \"{person}\"\n\
         result = [{{ weight = 1, json = '{{ \"approved\": true }}' }}]\n\
         [machine.tasks.\"Book carrier\"]\nerrors = {{ NoCapacity = 0.5 }}\n"
    )
}

/// The services of a flow with their labels.
fn labels_of(flow: &str) -> Vec<(&str, &str)> {
    let is_word = |byte: char| byte.is_ascii_alphanumeric() || byte == '-' || byte == ':';
    flow.split(|byte: char| !is_word(byte)).filter_map(|word| word.split_once(':')).collect()
}

/// The same with random settings. What is refused is taken back, until what is left holds.
fn settled(maker: &mut Maker, mut random: Random, flow: &str) -> Random {
    let mut sets = maker.table("account", "account", 0.1);
    for (service, label) in labels_of(flow) {
        sets.extend(maker.table(service, &format!("strategy.random.{label}"), 0.35));
    }
    let words: Vec<&str> = flow.split(|byte: char| !byte.is_ascii_alphanumeric()).collect();
    for (name, platform) in FUNCTIONS.iter().filter(|(name, _)| words.contains(name)) {
        sets.extend(maker.function(platform, &format!("functions.{name}"), 0.25));
    }
    // Lambda functions and tasks may call a database while they run.
    let calls = maker.pick(&[
        "[]",
        "[]",
        "[\"db\"]",
        "[{ to = \"db\", effect = \"downstream\" }]",
        "[{ to = \"db\", circuit-breaker = { failures = 2, open = \"20s\", kept = \"shared\" } }]",
        "[{ to = \"db\", retries = \"standard-2026\" }]",
    ]);
    let callers: Vec<&str> =
        FUNCTIONS.iter().map(|(name, _)| *name).filter(|name| *name != "ideal" && words.contains(name)).collect();
    if calls != "[]" && !callers.is_empty() {
        random.text += "[downstream.db]\nlatency = \"300ms\"\n";
        sets.push(format!("functions.{}.calls={calls}", callers[maker.below(callers.len())]));
        sets.extend(maker.table("downstream", "downstream.db", 0.3));
    }
    sets.extend(remedies::settings(maker, flow));
    sets.extend(add_faults(maker, &mut random, flow));
    random.sets = sets;
    for _ in 0..12 {
        let Err(faults) = random.load() else { return random };
        let before = random.sets.len();
        let at_fault = |index: usize| faults.contains(&format!("--set #{}:", index + 1));
        let mut index = 0;
        random.sets.retain(|_| {
            index += 1;
            !at_fault(index - 1)
        });
        if random.sets.len() == before {
            random.sets.truncate(before / 2);
        }
    }
    random.sets.clear();
    random
}

/// Up to four faults, of any kind, each of which strikes something; values that are set on them.
fn add_faults(maker: &mut Maker, random: &mut Random, flow: &str) -> Vec<String> {
    let (mut sets, kinds) = (Vec::new(), maker.fault_kinds());
    let many = maker.pick(&[0, 0, 1, 2, 4]);
    for number in 0..many {
        let kind = &kinds[maker.below(kinds.len())];
        let (required, further) = maker.fault(kind, &format!("fault.f{number}"), 0.35);
        let when = match maker.pick(&["once", "once", "clock"]) {
            "clock" => "schedule = \"rate(1 minute)\"".to_owned(),
            _ => format!("start = \"{}\"", maker.pick(&["0s", "5s", "20s", "1m", "90s", "3m", "4m"])),
        };
        let lasts = match kind.as_str() {
            "incident" => String::new(),
            _ => format!("duration = \"{}\"\n", maker.pick(&["1ms", "2s", "20s", "60s", "100s", "10m"])),
        };
        let on = match (maker.chance(0.4), labels_of(flow).as_slice()) {
            (true, labels @ [_, ..]) => format!("on = [\"{}\"]\n", labels[maker.below(labels.len())].1),
            _ => String::new(),
        };
        let text = format!("[[fault]]\nname = \"f{number}\"\nkind = \"{kind}\"\n{when}\n{lasts}{on}{required}");
        let with = Random { text: format!("{}{text}", random.text), sets: Vec::new() };
        if with.load().is_ok() {
            random.text = with.text;
            sets.extend(further);
        }
    }
    sets
}

/// Runs a scenario's one strategy to its end.
fn run(random: &Random, scenario: &Scenario) -> Outcome {
    let workload = Workload { watch_order: true, ..scenario.workload() };
    let root = Root::new(scenario.run.seed, 0);
    let mut simulation = Simulation::new(&scenario.designs[0], &workload, &root).expect("a run begins");
    let left =
        simulation.advance_some(Time::NEVER, EVENTS_AT_MOST).unwrap_or_else(|error| panic!("{error}: {random:#?}"));
    assert!(!left, "no end after {EVENTS_AT_MOST} events: {random:#?}");
    simulation.finish().unwrap_or_else(|error| panic!("{error}: {random:#?}"))
}

/// So many flows that validate, from this seed on; the services they were made of, and the faults that struck them.
fn try_flows(seed: u64, wanted: usize) -> BTreeMap<String, u32> {
    let mut maker = Maker::new(scenario::schema(), seed);
    let services = maker.services();
    let kinds = maker.fault_kinds().into_iter().map(|kind| format!("a fault: {kind:?}"));
    let remedies = remedies::ALL.iter().map(|name| format!("a remedy: {name}"));
    let names = services.iter().cloned().chain(kinds).chain(remedies);
    let mut reached: BTreeMap<String, u32> = names.map(|name| (name, 0)).collect();
    let mut valid = 0;
    while valid < wanted {
        let flow = flow(&mut maker, &services);
        let random = plain(&mut maker, &flow);
        if random.load().is_err() {
            continue;
        }
        valid += 1;
        let random = settled(&mut maker, random, &flow);
        let scenario = random.load().unwrap_or_else(|faults| panic!("it was valid before: {faults}"));
        let outcome = run(&random, &scenario);
        let items = &outcome.items;
        let ended =
            items.processed + items.dead_lettered + items.expired + items.rejected + items.lost + items.backlog_end;
        assert_eq!(items.owed, ended, "{random:#?}");
        if valid % 10 == 0 {
            assert_eq!(run(&random, &scenario), outcome, "the same again: {random:#?}");
        }
        let kinds = random.text.lines().filter_map(|line| line.strip_prefix("kind = "));
        for kind in kinds {
            *reached.entry(format!("a fault: {kind}")).or_default() += 1;
        }
        for remedy in remedies::used(&scenario, &outcome) {
            *reached.entry(format!("a remedy: {remedy}")).or_default() += 1;
        }
        for (service, _) in labels_of(&flow) {
            *reached.entry(service.to_owned()).or_default() += 1;
        }
    }
    reached
}

#[test]
fn a_thousand_random_flows_keep_every_law() {
    let reached = try_flows(20_261_123, 1_000);
    // A remedy needs what it is against to happen, too.
    let least = |name: &str| if name.starts_with("a remedy") { 10 } else { 20 };
    let seldom: Vec<_> = reached.iter().filter(|(name, flows)| **flows < least(name)).collect();
    assert!(seldom.is_empty(), "of 1,000 flows only {seldom:?}");
}

/// More of the same: `cargo test --test random_flows -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn many_random_flows_keep_every_law() {
    for seed in 1..=20 {
        try_flows(seed, 1_000);
    }
}
