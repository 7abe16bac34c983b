//! The ledger once more, naively: every moment of a run is recorded, and books are kept of them in maps, with all items
//! remembered for ever. What the two say of effects, duplicates by cause, ends, latencies and the backlog is the same,
//! whatever the flow.
//!
//! The naive ledger believes nothing of what the other one concluded. It takes what was asked of it: that an effect was
//! applied by a way, that effects were to end so, that nothing holds an item any more. It decides itself whether that is a
//! first effect or a duplicate, what its cause is, and what was lost.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use simctl::kernel::{Root, Span, Time};
use simctl::model::ledger::{End, StepId};
use simctl::model::story::{Fate, InWorkflow, Moment, Recorder, Spot, What};
use simctl::model::{Outcome, Simulation, Workload};
use simctl::scenario::{self, Scenario};
use simctl::words::{DuplicateCause, ItemId, StreamId, SuppressedBy};

use super::common::{World, world};
use super::values::Maker;
use super::{EVENTS_AT_MOST, flow, plain, settled};

/// How an owed effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Owed,
    Ended(Fate),
    /// Applied by a way that had this cause.
    Applied(Option<DuplicateCause>),
}

#[derive(Debug)]
struct Item {
    arrived: Time,
    key: u64,
    measured: bool,
    /// By branch owed.
    effects: BTreeMap<usize, Stands>,
    folded: bool,
}

/// What the books say at the end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    arrived: u64,
    owed: u64,
    processed: u64,
    completed: u64,
    duplicates: BTreeMap<&'static str, u64>,
    suppressed: BTreeMap<&'static str, u64>,
    ends: BTreeMap<&'static str, u64>,
    backlog_end: u64,
    order_inversions: u64,
    /// Sum, number and greatest of the latencies, in nanoseconds.
    latency: (u128, u64, u64),
    wait: u128,
    /// Time that owed effects spent in the backlog, in nanoseconds.
    in_backlog: u128,
    /// What faults did to items; the other ledger knows nothing of it.
    strikes: BTreeSet<&'static str>,
}

#[derive(Debug, Default)]
struct Naive {
    items: HashMap<ItemId, Item>,
    youngest: HashMap<(StreamId, u64, usize), u64>,
    /// The first way to each step.
    steps: BTreeMap<(ItemId, StepId), Option<DuplicateCause>>,
    totals: Totals,
}

impl Naive {
    fn replay(&mut self, moment: &Moment) {
        let Some(id) = moment.item else { return };
        if let What::Arrived { owed, measured, key } = moment.what {
            return self.arrive(id, moment.at, owed, measured, key);
        }
        let at = moment.at;
        match moment.what {
            What::Applied { path, latency, last } => {
                let complete = self.apply(id, at, branch(moment), path.cause);
                let item = &self.items[&id];
                assert_eq!((complete, latency), (Some(last), at.since(item.arrived)), "{moment:?}");
                if last && item.measured {
                    let nanos = latency.as_nanos();
                    let (sum, count, most) = &mut self.totals.latency;
                    (*sum, *count, *most) = (*sum + u128::from(nanos), *count + 1, nanos.max(*most));
                    let on_the_way = path.hop + path.cold + path.service + path.back_off;
                    self.totals.wait += u128::from(latency.saturating_sub(on_the_way).as_nanos());
                }
            }
            What::AppliedAgain { way, .. } => {
                assert_eq!(self.apply(id, at, branch(moment), way), None, "not the first: {moment:?}");
            }
            What::Workflow(what) => {
                assert!(!self.items[&id].folded, "after its end: {moment:?}");
                self.step(id, &what);
            }
            What::Suppressed(mechanism) => *self.totals.suppressed.entry(mechanism.name()).or_default() += 1,
            What::EndedAs { asked, end, .. } => self.end(id, at, asked, end),
            What::Struck(strike) => {
                assert!(!self.items[&id].folded, "after its end: {moment:?}");
                self.totals.strikes.insert(strike.name());
            }
            What::Folded => self.fold(id, at),
            _ => assert!(!self.items[&id].folded, "after its end: {moment:?}"),
        }
    }

    fn arrive(&mut self, id: ItemId, at: Time, owed: u16, measured: bool, key: u64) {
        let effects = (0..16).filter(|branch| owed >> branch & 1 == 1).map(|branch| (branch, Stands::Owed)).collect();
        let item = Item { arrived: at, key, measured, effects, folded: false };
        self.totals.arrived += 1;
        self.totals.owed += item.effects.len() as u64;
        self.totals.completed += u64::from(item.effects.is_empty());
        assert!(self.items.insert(id, item).is_none(), "{id} arrives twice");
    }

    /// Whether the item has all its effects with this one; none: it had this one before.
    fn apply(&mut self, id: ItemId, at: Time, branch: usize, way: Option<DuplicateCause>) -> Option<bool> {
        let item = self.items.get_mut(&id).expect("it arrived");
        assert!(!item.folded, "{id} has an effect after its end");
        let before = item.effects.insert(branch, Stands::Applied(way)).expect("it owes it");
        match before {
            Stands::Applied(first) => {
                item.effects.insert(branch, before);
                let cause = way.or(first).expect("a cause");
                *self.totals.duplicates.entry(cause.name()).or_default() += 1;
                return None;
            }
            Stands::Owed => self.totals.in_backlog += u128::from(at.since(item.arrived).as_nanos()),
            Stands::Ended(_) => {}
        }
        self.totals.processed += 1;
        let youngest = self.youngest.entry((id.stream, item.key, branch)).or_insert(id.number);
        self.totals.order_inversions += u64::from(*youngest > id.number);
        *youngest = id.number.max(*youngest);
        let complete = item.effects.values().all(|stands| matches!(stands, Stands::Applied(_)));
        self.totals.completed += u64::from(complete);
        Some(complete)
    }

    /// Effects of steps of workflows: each once, what happens again is a duplicate.
    fn step(&mut self, id: ItemId, what: &InWorkflow) {
        match *what {
            InWorkflow::Applied { step, way } => {
                assert!(self.steps.insert((id, step), way).is_none(), "{id} had the effect of {step:?} before");
            }
            InWorkflow::AppliedAgain { step, way, .. } => {
                let first = self.steps[&(id, step)];
                // An execution that came there twice by the plain way has retried.
                let cause = way.or(first).unwrap_or(DuplicateCause::TaskRetry);
                *self.totals.duplicates.entry(cause.name()).or_default() += 1;
            }
            _ => {}
        }
    }

    fn end(&mut self, id: ItemId, at: Time, asked: u16, end: End) {
        let item = self.items.get_mut(&id).expect("it arrived");
        for (branch, stands) in &mut item.effects {
            if asked >> branch & 1 == 1 && *stands == Stands::Owed {
                *stands = Stands::Ended(end.into());
                self.totals.in_backlog += u128::from(at.since(item.arrived).as_nanos());
            }
        }
    }

    fn fold(&mut self, id: ItemId, at: Time) {
        let item = self.items.get_mut(&id).expect("it arrived");
        assert!(!std::mem::replace(&mut item.folded, true), "{id} ends twice");
        for stands in item.effects.values_mut().filter(|stands| **stands == Stands::Owed) {
            *stands = Stands::Ended(Fate::Lost);
            self.totals.in_backlog += u128::from(at.since(item.arrived).as_nanos());
        }
    }

    fn close(mut self, end: Time) -> Totals {
        for item in self.items.values() {
            for stands in item.effects.values() {
                match stands {
                    Stands::Owed => {
                        self.totals.backlog_end += 1;
                        self.totals.in_backlog += u128::from(end.since(item.arrived).as_nanos());
                    }
                    Stands::Ended(fate) => *self.totals.ends.entry(fate.name()).or_default() += 1,
                    Stands::Applied(_) => {}
                }
            }
        }
        self.totals
    }
}

fn branch(moment: &Moment) -> usize {
    match moment.spot {
        Spot::Branch(branch) => branch,
        other => panic!("an effect at {other:?}"),
    }
}

/// The same of what the run itself says.
fn totals_of(outcome: &Outcome) -> Totals {
    let items = &outcome.items;
    let some = |counts: Vec<(&'static str, u64)>| counts.into_iter().filter(|&(_, count)| count > 0).collect();
    let latency = &items.latency;
    let most = latency.max().map_or(0, Span::as_nanos);
    Totals {
        arrived: items.arrived,
        owed: items.owed,
        processed: items.processed,
        completed: items.completed,
        duplicates: some(DuplicateCause::ALL.map(|c| (c.name(), items.duplicates_by_cause.count(c))).to_vec()),
        suppressed: some(SuppressedBy::ALL.map(|by| (by.name(), items.suppressed_by.count(by))).to_vec()),
        ends: some(vec![
            (Fate::DeadLettered.name(), items.dead_lettered),
            (Fate::Expired.name(), items.expired),
            (Fate::Rejected.name(), items.rejected),
            (Fate::Lost.name(), items.lost),
        ]),
        backlog_end: items.backlog_end,
        order_inversions: items.order_inversions.expect("watched"),
        latency: (latency.sum(), latency.count(), most),
        wait: items.split.wait,
        in_backlog: outcome.backlog.integral,
        strikes: BTreeSet::new(),
    }
}

/// Runs a scenario's one strategy with everything recorded, and holds the two ledgers against each other.
fn agree(scenario: &Scenario, context: &dyn std::fmt::Debug) -> Totals {
    let workload = Workload { watch_order: true, ..scenario.workload() };
    let root = Root::new(scenario.run.seed, 0);
    let mut simulation = Simulation::new(&scenario.designs[0], &workload, &root).expect("a run begins");
    simulation.listen(Recorder::everything());
    let left =
        simulation.advance_some(Time::NEVER, EVENTS_AT_MOST).unwrap_or_else(|error| panic!("{error}: {context:#?}"));
    assert!(!left, "no end: {context:#?}");
    let recorder = simulation.stop_listening().expect("it listens");
    let record = recorder.into_record().expect("it records");
    let mut naive = Naive::default();
    record.moments.iter().for_each(|moment| naive.replay(moment));
    let outcome = simulation.finish().unwrap_or_else(|error| panic!("{error}: {context:#?}"));
    let mut naive = naive.close(outcome.end);
    let strikes = std::mem::take(&mut naive.strikes);
    assert_eq!(naive, totals_of(&outcome), "{context:#?}");
    Totals { strikes, ..naive }
}

/// The kinds of faults.
const FAULTS: [&str; 8] =
    ["zone-lost", "unavailable", "throttled", "slow", "errors", "slow-start", "bad-deploy", "poison"];
/// What they do to items.
const STRIKES: [&str; 10] = [
    "held_outside",
    "turned_away",
    "waits",
    "refused",
    "throttled",
    "store_refuses",
    "store_throttles",
    "fails",
    "poisoned",
    "zone_lost",
];
/// That a function keeps state in its environments.
const STATE: &str = "state is kept";

/// What was seen to happen, over many runs.
#[derive(Debug, Default)]
struct Seen {
    /// Causes, mechanisms, fates, kinds of faults, and that state is kept.
    names: BTreeSet<&'static str>,
    /// What faults did to items.
    strikes: BTreeSet<&'static str>,
}

impl Seen {
    fn add(&mut self, totals: &Totals) {
        let Totals { duplicates, suppressed, ends, .. } = totals;
        self.names.extend(duplicates.keys().chain(suppressed.keys()).chain(ends.keys()));
        self.strikes.extend(&totals.strikes);
    }

    /// What may go wrong in a scenario, and whether its functions keep state.
    fn add_scenario(&mut self, scenario: &Scenario) {
        let design = &scenario.designs[0];
        self.names.extend(design.faults.iter().map(|fault| fault.fault.kind.word()));
        if design.nodes.iter().any(|node| node.state.is_some()) {
            self.names.insert(STATE);
        }
    }

    /// What has not been seen of all that there is.
    fn missing(&self) -> Vec<&'static str> {
        let causes = DuplicateCause::ALL.iter().map(|cause| cause.name());
        let mechanisms = SuppressedBy::ALL.iter().map(|mechanism| mechanism.name());
        let fates = [Fate::Lost, Fate::DeadLettered, Fate::Expired, Fate::Rejected].map(Fate::name);
        let names = causes.chain(mechanisms).chain(fates).chain(FAULTS).chain([STATE]);
        let strikes = STRIKES.into_iter().filter(|name| !self.strikes.contains(name));
        names.filter(|name| !self.names.contains(name)).chain(strikes).collect()
    }
}

/// So many flows that validate, from this seed on.
fn try_flows(seed: u64, wanted: usize, seen: &mut Seen) {
    let mut maker = Maker::new(scenario::schema(), seed);
    let services = maker.services();
    let mut valid = 0;
    while valid < wanted {
        let flow = flow(&mut maker, &services);
        let random = plain(&mut maker, &flow);
        if random.load().is_err() {
            continue;
        }
        let random = settled(&mut maker, random, &flow);
        let scenario = random.load().unwrap_or_else(|faults| panic!("it was valid before: {faults}"));
        // What has no fault is tried, and not counted.
        valid += usize::from(!scenario.designs[0].faults.is_empty());
        seen.add_scenario(&scenario);
        seen.add(&agree(&scenario, &random));
    }
}

/// What few hundred random flows reach seldom or never, each in a world of its own.
fn directed() -> Vec<(&'static str, World)> {
    let guarded = |after: &str| {
        let sent_twice = format!("sent-twice={{ probability = 1.0, after = \"{after}\" }}");
        world("events -> post").post("idempotency.mode=conditional-write").stream(&sent_twice)
    };
    let unavailable = |sends: &str| {
        let down = "name = \"f\", kind = \"unavailable\", start = \"0s\", duration = \"60s\", on = [\"eventbridge\"]";
        world("eventbridge -> post").set(&format!("fault=[{{ {down}, sends = \"{sends}\" }}]"))
    };
    let table = |kind: &str, more: &str| {
        let fault = format!("name = \"table\", kind = \"{kind}\", on = [\"dynamodb\"], {more}");
        format!("fault=[{{ {fault}start = \"5s\", duration = \"1m\" }}]")
    };
    vec![
        (ERROR_AFTER_EFFECT, world("events -> post").post("failures.error=1.0").post("failures.after-effect=1.0")),
        (WAITS, unavailable("taken")),
        (TURNED_AWAY, unavailable("rejected")),
        (CRASH_AFTER_EFFECT, world("events -> post").post("failures.crash=1.0").post("failures.after-effect=1.0")),
        (IDEMPOTENCY_RECORD, guarded("10s")),
        (IDEMPOTENCY_EXPIRED, guarded("1m").post("idempotency.expires-after=30s")),
        (STORE_FAILED, guarded("10s").post("idempotency.on-store-error=proceed").set(&table("unavailable", ""))),
        (
            STORE_FAILED,
            guarded("10s")
                .post("idempotency.on-store-error=proceed")
                .set(&table("throttled", "left = { share = 0.0 }, ")),
        ),
        (
            IDEMPOTENT_DOWNSTREAM,
            world("events -> post")
                .stream("sent-twice={ probability = 1.0, after = \"10s\" }")
                .set("downstream.db.latency=1s")
                .set("downstream.db.idempotent=yes")
                .post("calls=[{ to = \"db\", effect = \"downstream\" }]"),
        ),
        (
            CLIENT_RETRY,
            world("api -> machine(tests/bad_input/several.asl.json)")
                .strategy("machine={ type = \"express\", start = \"synchronous\" }")
                .strategy("api.client.timeout=10s")
                .set("machine.tasks.One.service-time=5s")
                .set("machine.tasks.Two.service-time=20s"),
        ),
        (
            JOIN_RECORD,
            world("events -> choreograph(scenarios/order.asl.json)")
                .strategy("choreograph={ function = \"post\", duplicate-probability = 1.0 }")
                .set("machine.input='{ \"total\": 80 }'")
                .set("machine.tasks.\"Charge card\".result='{ \"status\": \"paid\" }'"),
        ),
    ]
}

const ERROR_AFTER_EFFECT: &str = "error_after_effect";
const WAITS: &str = "waits";
const TURNED_AWAY: &str = "turned_away";
const CRASH_AFTER_EFFECT: &str = "crash_after_effect";
const IDEMPOTENCY_RECORD: &str = "idempotency_record";
const IDEMPOTENCY_EXPIRED: &str = "idempotency_expired";
const STORE_FAILED: &str = "store_failed";
const CLIENT_RETRY: &str = "client_retry";
const JOIN_RECORD: &str = "join_record";
const IDEMPOTENT_DOWNSTREAM: &str = "idempotent_downstream";

/// The suite is worth something only if what it is about happens in it: every cause of a duplicate, every mechanism that
/// catches one, every way to lose an item, every kind of fault and what it does, at least once.
#[test]
fn a_naive_ledger_agrees_and_everything_happens_sometimes() {
    let mut seen = Seen::default();
    try_flows(4, 400, &mut seen);
    eprintln!("random flows alone do not reach {:?}", seen.missing());
    for (name, world) in directed() {
        let totals = agree(&world.scenario(), &world);
        let mut here = Seen::default();
        here.add(&totals);
        let happens = here.names.contains(name) || here.strikes.contains(name);
        assert!(happens, "{name} does not happen: {totals:#?}");
        seen.add(&totals);
    }
    assert_eq!(seen.missing(), [""; 0], "never happens");
}

/// Ten thousand: `cargo test --release --test random_flows ten_thousand -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn a_naive_ledger_agrees_on_ten_thousand_flows() {
    let mut seen = Seen::default();
    for seed in 1..=20 {
        try_flows(seed, 500, &mut seen);
    }
    eprintln!("random flows alone do not reach {:?}", seen.missing());
}
