//! Random machines, random answers of their tasks: what must hold of every execution's history.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use simctl::kernel::{Root, Span, Time};
use simctl::services::step_functions::execution::{
    End, Event, EventKind, Execution, Failure, Host, MachineType, Program, Seed, Settings, TaskStart, Token,
};
use simctl::services::step_functions::language::machine::{Kind, Machine, Transition};

/// A state to be, before it has a name.
#[derive(Debug, Clone)]
enum Shape {
    Pass,
    Wait(u8),
    /// With a retrier of so many attempts, and a catcher or none, and a timeout or none.
    Task(u8, bool, bool),
    /// To the next, or past it.
    Choice,
    Parallel(Vec<Vec<Self>>),
    Map(Vec<Self>, bool),
}

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let leaf = prop_oneof![
        Just(Shape::Pass),
        (0_u8..3).prop_map(Shape::Wait),
        (0_u8..3, any::<bool>(), any::<bool>()).prop_map(|(tries, catches, times)| Shape::Task(tries, catches, times)),
        Just(Shape::Choice),
    ];
    let shape = leaf.prop_recursive(2, 12, 3, |inner| {
        let chain = prop::collection::vec(inner, 1..3);
        prop_oneof![
            prop::collection::vec(chain.clone(), 1..4).prop_map(Shape::Parallel),
            (chain, any::<bool>()).prop_map(|(chain, is_distributed)| Shape::Map(chain, is_distributed)),
        ]
    });
    prop::collection::vec(shape, 1..5)
}

/// A graph of a chain of shapes; names are numbers, unique in the machine.
fn graph(shapes: &[Shape], names: &mut u32) -> Value {
    let first = *names;
    *names += shapes.len() as u32 + 1;
    let name = |index: usize| format!("s{}", first + index as u32);
    let mut states = serde_json::Map::new();
    for (index, shape) in shapes.iter().enumerate() {
        let next = name(index + 1);
        let mut state = match shape {
            Shape::Pass => json!({"Type": "Pass", "Next": next}),
            Shape::Wait(seconds) => json!({"Type": "Wait", "Seconds": seconds, "Next": next}),
            Shape::Task(tries, ..) => json!({"Type": "Task", "Resource": "r", "ResultPath": null, "Next": next,
                "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": tries}]}),
            Shape::Choice => json!({"Type": "Choice", "Default": name(shapes.len()), "Choices": [
                {"Variable": "$.a", "IsPresent": true, "Next": next}]}),
            Shape::Parallel(branches) => {
                let branches: Vec<Value> = branches.iter().map(|branch| graph(branch, names)).collect();
                json!({"Type": "Parallel", "Branches": branches, "ResultPath": null, "Next": next})
            }
            Shape::Map(chain, is_distributed) => {
                let mut processor = graph(chain, names);
                if *is_distributed {
                    processor["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
                }
                json!({"Type": "Map", "ItemsPath": "$.items", "ItemSelector": {"a": 1, "items": [1, 2]},
                    "ItemProcessor": processor, "ResultPath": null, "Next": next})
            }
        };
        if let Shape::Task(_, catches, times) = shape {
            if *catches {
                state["Catch"] = json!([{"ErrorEquals": ["States.ALL"], "Next": next, "ResultPath": "$.error"}]);
            }
            if *times {
                state["TimeoutSeconds"] = json!(2);
            }
        }
        states.insert(name(index), state);
    }
    states.insert(name(shapes.len()), json!({"Type": "Succeed"}));
    json!({"StartAt": name(0), "States": states})
}

/// Counts what happens, and lets tasks end as a list of answers says: whether they fail, and after how many seconds.
struct Counting {
    answers: Vec<(bool, u8)>,
    asked: usize,
    now: Time,
    pending: Vec<(Time, Token, bool)>,
    /// Of each state: how often it was entered, and left.
    entered: BTreeMap<usize, i64>,
    exited: BTreeMap<usize, i64>,
    last: Time,
    tasks: i64,
    history: u32,
    ended: bool,
}

impl Host for Counting {
    fn start_task(&mut self, task: TaskStart) {
        let (fails, seconds) = self.answers[self.asked % self.answers.len()];
        self.asked += 1;
        self.pending.push((self.now + Span::from_secs(seconds.into()), task.token, fails));
    }

    fn cancel_task(&mut self, token: Token) {
        self.pending.retain(|(_, pending, _)| *pending != token);
    }

    fn observe(&mut self, event: &Event<'_>) {
        assert!(event.at >= self.last && event.since <= event.at, "time goes forward");
        assert!(!self.ended, "nothing happens after the end");
        self.last = event.at;
        self.history += u32::from(event.kind.is_history() && !event.is_child);
        let Some(state) = event.state else {
            self.ended = !event.is_child && matches!(event.kind, EventKind::ExecutionEnded(_));
            return;
        };
        match event.kind {
            EventKind::Entered(_) => *self.entered.entry(state).or_default() += 1,
            EventKind::Exited(_) => *self.exited.entry(state).or_default() += 1,
            EventKind::TaskScheduled(_) => self.tasks += 1,
            EventKind::TaskSucceeded(_)
            | EventKind::TaskFailed(_)
            | EventKind::TaskTimedOut(_)
            | EventKind::TaskAborted => self.tasks -= 1,
            _ => {}
        }
    }
}

fn run(shapes: &[Shape], answers: Vec<(bool, u8)>) {
    let text = graph(shapes, &mut 0).to_string();
    // A chain that a Choice leaves may have states that no way leads to: it is refused then, and nothing is to be seen.
    let Ok(machine) = Machine::parse(&text) else { return };
    let program =
        Program { machine, settings: Settings::new(MachineType::Standard, Root::new(1, 0).purpose("m", "l")) };
    let mut host = Counting {
        answers,
        asked: 0,
        now: Time::ZERO,
        pending: Vec::new(),
        entered: BTreeMap::new(),
        exited: BTreeMap::new(),
        last: Time::ZERO,
        tasks: 0,
        history: 0,
        ended: false,
    };
    let input = json!({"a": 1, "items": [1, 2, 3]});
    let mut execution = Execution::start(&program, Seed::default(), input, Time::ZERO, &mut host);
    while execution.end().is_none() {
        host.pending.sort_by_key(|(at, token, _)| std::cmp::Reverse((*at, *token)));
        let task_at = host.pending.last().map_or(Time::NEVER, |(at, ..)| *at);
        host.now = task_at.min(execution.wakes_at());
        assert!(host.now < Time::NEVER, "it waits for ever");
        let now = host.now;
        if execution.wakes_at() <= task_at {
            execution.wake(&program, now, &mut host);
            continue;
        }
        let Some((_, token, fails)) = host.pending.pop() else { continue };
        let taken = if fails {
            execution.task_failed(&program, token, Failure::named("Boom"), now, &mut host)
        } else {
            execution.task_succeeded(&program, token, json!({"done": true}), now, &mut host)
        };
        assert!(taken, "what is pending is waited for");
    }
    assert!(host.ended && host.pending.is_empty());
    assert_eq!(execution.usage().events, host.history, "every event of the history is told, once");
    obeys(&program.machine, &host, matches!(execution.end(), Some(End::Succeeded(_))));
}

fn obeys(machine: &Machine, host: &Counting, succeeded: bool) {
    let count = |of: &BTreeMap<usize, i64>, state: usize| of.get(&state).copied().unwrap_or_default();
    for (index, state) in machine.states.iter().enumerate() {
        let (entered, exited) = (count(&host.entered, index), count(&host.exited, index));
        assert!(exited <= entered, "{}: left {exited} times, entered {entered}", state.name);
        let leads_here = |other: &simctl::services::step_functions::language::machine::State| {
            let by_choice = match &other.kind {
                Kind::Choice { rules, default } => {
                    rules.iter().any(|rule| rule.next == index) || *default == Some(index)
                }
                _ => false,
            };
            by_choice
                || other.next == Some(Transition::To(index))
                || other.catch.iter().any(|catcher| catcher.next == index)
        };
        let led: i64 = machine
            .states
            .iter()
            .enumerate()
            .filter(|(_, other)| leads_here(other))
            .map(|(other, _)| count(&host.exited, other))
            .sum();
        let begins = machine.graphs.iter().find(|graph| graph.start == index);
        match begins {
            None => assert!(entered <= led, "{}: entered {entered} times, led to {led} times", state.name),
            Some(graph) if graph.owner.is_none() => assert_eq!(entered, 1, "the machine starts once"),
            Some(_) => {}
        }
        if succeeded && machine.graphs[0].states.contains(&index) {
            assert_eq!(entered, exited, "{}: what was entered was left", state.name);
        }
    }
    if succeeded {
        assert_eq!(host.tasks, 0, "every task that was scheduled ended or was aborted");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Rule [doc] ASL: in random machines, a state is entered only where another led to it, left no more often than entered, and every task that starts ends.
    #[test]
    fn a_history_obeys_the_language(shapes in shapes(), answers in prop::collection::vec((prop::bool::weighted(0.25), 0_u8..4), 1..12)) {
        run(&shapes, answers);
    }
}
