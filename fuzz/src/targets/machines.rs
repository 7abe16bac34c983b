//! State machines and the expressions in them.

use serde_json::{Map, Value, json};
use simctl::kernel::{Root, Span, Time};
use simctl::services::step_functions::execution::{
    Command, Commands, Execution, MachineType, Program, Seed, Settings, Work,
};
use simctl::services::step_functions::language::jsonata::{Expression, World};
use simctl::services::step_functions::language::machine::Machine;

/// State transitions of an execution at most.
const TRANSITIONS: u64 = 500;
/// Steps in which an execution is told something, at most: more than its transitions can ask for.
const STEPS: usize = 20_000;

/// A machine in JSON or YAML; one that is read is run, with a sample of what it looks for as input and results.
pub fn state_machine(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let machine = match Machine::parse(text) {
        Ok(machine) => machine,
        Err(error) => return drop(error.to_string()),
    };
    let sample = machine.sample();
    for graph in &machine.graphs {
        assert!(graph.states.contains(&graph.start) && graph.states.end <= machine.states.len(), "{graph:?}");
    }
    let mut settings = Settings::new(MachineType::Standard, Root::new(1, 0).purpose("machine", "luck"));
    settings.transitions_at_most = TRANSITIONS;
    let program = Program { machine, settings };
    let mut host = Commands::default();
    let mut now = Time::ZERO;
    let mut execution = Execution::start(&program, Seed::default(), sample.clone(), now, &mut host);
    for step in 0..STEPS {
        if execution.end().is_some() {
            return;
        }
        let commands = std::mem::take(&mut host.list);
        if commands.is_empty() {
            assert_ne!(execution.wakes_at(), Time::NEVER, "it waits for nothing");
            now = execution.wakes_at().max(now);
            execution.wake(&program, now, &mut host);
            continue;
        }
        now += Span::from_secs(1);
        for command in commands {
            if let Command::Start(task) = command {
                let items = task.work == Work::ReadItems;
                let output = if items { json!([sample, step]) } else { sample.clone() };
                execution.task_succeeded(&program, task.token, output, now, &mut host);
            }
        }
    }
    panic!("no end after {STEPS} steps");
}

/// An expression of JSONata on the first lines, the value of `$states.input` as JSON on the last.
pub fn jsonata(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (text, input) = text.rsplit_once('\n').unwrap_or((text, ""));
    let expression = match Expression::parse(text) {
        Ok(expression) => expression,
        Err(reason) => return drop(reason),
    };
    let input = serde_json::from_str(input).unwrap_or_else(|_| json!({ "n": 4, "list": [3, 1, 2], "o": { "a": "b" } }));
    let mut variables = Map::new();
    variables.insert("states".to_owned(), json!({ "input": input }));
    let worth = || -> Result<Value, String> {
        expression.evaluate(&variables, World { bits: &|| 10, now_millis: 1_700_000_000_000 })
    };
    assert_eq!(worth(), worth(), "the same again");
    assert_eq!(Expression::parse(expression.text()).as_ref(), Ok(&expression), "its text reads back");
}
